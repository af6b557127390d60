"""What lies in stock for a patient's case on a pathway for stock, on the page of the case."""

from datetime import datetime
from typing import Any

from cases.access import permitted_roles
from cases.custody.stock import lots_on_hand, stock_for
from cases.lifecycle.verbs import VERBS
from cases.models import Case, Stage
from cases.people.models import User
from cases.web.case_page import verb_url
from cases.web.registries import overview_panel
from regulatory.stages import DRAW
from regulatory.standing_authority import is_drawn_from_stock


@overview_panel("regulatory/stock_on_hand.html")
def stock_on_hand(case: Case, user: User, now: datetime) -> dict[str, Any]:
    """What lies in stock for a patient's case, while it could still draw; nothing where the pathway has no stock."""
    if case.stage == Stage.CLOSED or not is_drawn_from_stock(case):
        return {}
    lots = lots_on_hand(stock_for(case))
    may_draw = user.role in permitted_roles(VERBS[DRAW])
    draws = may_draw and case.stage in (Stage.SOURCING, Stage.SHIPMENT, Stage.DISPENSING)
    return {
        "lots": lots,
        "packs": sum(packs for _, _, packs in lots),
        "url": verb_url(case, DRAW) if lots and draws else "",
    }
