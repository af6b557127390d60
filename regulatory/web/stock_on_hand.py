"""What lies in stock for a patient's case on a pathway for stock, on the page of the case."""

from datetime import datetime
from typing import Any

from cases.custody.stock import stock_for
from cases.models import Case, Stage
from cases.people.models import User
from cases.people.roles import PHARMACISTS
from cases.web.case_page import verb_url
from cases.web.registries import overview_panel
from regulatory.standing_authority import is_drawn_from_stock


@overview_panel("regulatory/stock_on_hand.html")
def stock_on_hand(case: Case, user: User, now: datetime) -> dict[str, Any]:
    """What lies in stock for a patient's case, while it could still draw; nothing where the pathway has no stock."""
    if case.stage == Stage.CLOSED or not is_drawn_from_stock(case):
        return {}
    rows = list(stock_for(case))
    draws = case.stage in (Stage.SOURCING, Stage.SHIPMENT, Stage.DISPENSING)
    lots = {one.pk: one.units.filter(state="accepted").select_related("lot").first() for one in rows}
    return {
        "rows": [(one, lots[one.pk], one.packs) for one in rows],  # type: ignore[attr-defined]
        "packs": sum(one.packs for one in rows),  # type: ignore[attr-defined]
        "url": verb_url(case, "custody.consignment.draw") if rows and draws and user.role in PHARMACISTS else "",
    }
