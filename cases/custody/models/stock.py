"""What is drawn from stock for a patient's case, and put back: which packs left which consignment for which."""

from typing import ClassVar

import pgtrigger
from django.db import models

from cases.audit.capture import regulated
from cases.custody.models.consignments import Consignment
from cases.custody.models.ledger import Unit
from cases.custody.models.written_once import WRITTEN_ONCE

# The same pack on both sides: it left the one consignment and came to the other, as what it was.
SAME_PACK = pgtrigger.Trigger(
    name="same_pack",
    operation=pgtrigger.Insert,
    when=pgtrigger.Before,
    declare=[("m", "custody_stockmove%ROWTYPE"), ("l", "custody_unit%ROWTYPE"), ("e", "custody_unit%ROWTYPE")],
    func="""
        SELECT * INTO m FROM custody_stockmove WHERE id = NEW.move_id;
        SELECT * INTO l FROM custody_unit WHERE id = NEW.left_id;
        SELECT * INTO e FROM custody_unit WHERE id = NEW.entered_id;
        IF l.state <> 'drawn' OR l.serial <> NEW.serial OR (l.gtin, l.serial, l.lot_id, l.content)
            IS DISTINCT FROM (e.gtin, e.serial, e.lot_id, e.content) THEN
            RAISE EXCEPTION 'pack % did not leave as what came', l.serial USING ERRCODE = 'check_violation';
        END IF;
        IF (CASE m.kind WHEN 'draw' THEN (m.stock_id, m.consignment_id) ELSE (m.consignment_id, m.stock_id) END)
            IS DISTINCT FROM (l.consignment_id, e.consignment_id) THEN
            RAISE EXCEPTION 'pack % is not of the consignments of its move', l.serial
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,
)


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="case:case_id")
class StockMove(models.Model):
    """One draw from stock for a patient's case, or its putting back. Written once; a wrong draw is put back.

    ``case`` is the patient's; ``stock`` is the consignment that lies in stock, ``consignment`` the one that the draw
    made in the patient's case. The custody ledger of each case has its own line.
    """

    class Kind(models.TextChoices):
        DRAW = "draw", "drawn from stock"
        BACK = "back", "put back to stock"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="stock_moves")
    kind = models.CharField(max_length=4, choices=Kind.choices)
    stock = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="moves_of_stock")
    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="stock_moves")
    serials = models.JSONField("serial numbers of the packs", default=list)
    reason = models.TextField()
    done_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["consignment", "kind"], name="consignment_is_drawn_and_put_back_once"),
        ]

    def __str__(self) -> str:
        return f"{len(self.serials)} packs {self.get_kind_display()}"


@pgtrigger.register(WRITTEN_ONCE, SAME_PACK)
@regulated(chain="case:case_id")
class StockPack(models.Model):
    """One pack of a draw or of its putting back: the record that it left, and the one that it came to."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    move = models.ForeignKey(StockMove, on_delete=models.PROTECT, related_name="packs")
    serial = models.CharField(max_length=20)
    left = models.OneToOneField(Unit, on_delete=models.PROTECT, related_name="went_by")
    entered = models.OneToOneField(Unit, on_delete=models.PROTECT, related_name="came_by")

    def __str__(self) -> str:
        return self.serial
