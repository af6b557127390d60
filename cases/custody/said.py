"""What each act of the custody ledger is called at the desk and on paper; the ledger keeps the words of EPCIS."""

from cases.custody.fold import ACTS
from cases.custody.models import CustodyEvent

SAID = {
    "allocate": "Allocated to this case",
    "release": "Released for dispatch",
    "take_back": "Release taken back",
    "dispatch": "Handed to the carrier",
    "arrive": "Arrived, in quarantine",
    "inspect_sound": "Inspected: sound",
    "inspect_flawed": "Inspected: not as it should be",
    "temperature_sound": "Temperature read: in range",
    "temperature_flawed": "Temperature read: out of range",
    "decide_release": "Decision: release",
    "decide_quarantine": "Decision: stays in quarantine",
    "decide_reject": "Decision: reject",
    "accept": "Accepted for dispensing",
    "reject": "Rejected",
    "dispense": "Dispensed",
    "dispense_part": "A part dispensed",
    "use_up": "The rest wasted or destroyed",
    "give_dose": "Dose given",
    "give_back": "Sent back",
    "destroy": "Destroyed",
    "cancel": "Set free again, not shipped",
    "hand_over": "Changed hands",
    "draw_out": "Left for another case or back to stock",
    "draw_in": "Came from stock, or back to it",
    "lose": "Reported lost",
}
# The same act read in a patient's case, and in the case of the stock.
_OF_STOCK = {
    ("picking", "reserved"): ("Put back to stock", "Drawn for a patient"),
    ("stocking", "available"): ("Drawn from stock", "Put back, not used"),
}
_BY_WORDS = {(act.biz_step, act.disposition): SAID[code] for code, act in ACTS.items()}


def said_of(event: CustodyEvent) -> str:
    """What a line of the custody ledger is called at the desk."""
    if (event.biz_step, event.disposition) in _OF_STOCK:
        return _OF_STOCK[event.biz_step, event.disposition][event.case.is_stock]
    return _BY_WORDS.get((event.biz_step, event.disposition), event.biz_step)
