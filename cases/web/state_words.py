"""How each state of each machine is shown: one of the six states of the look, and its word (the look, section 2)."""

from collections.abc import Sequence
from dataclasses import dataclass

from cases.web.words import capital

#: Which of the six states of the look a machine's state shows as, and its word where it differs from the name itself.
#: harm: unmet, refused, late. care: near, may be overridden. good: met, sent, sealed. wait: with somebody else, or a
#: window that runs. hold: stopped on purpose. draft: unsigned, forecast, not known.
_STATES: dict[str, dict[str, tuple[str, str]]] = {
    "case": {
        "determination": ("wait", "Prescriber determination"),
        "filing": ("wait", "Regulatory filing"),
        "authorization": ("wait", "Authorization"),
        "sourcing": ("wait", "Sourcing"),
        "shipment": ("wait", "Shipment"),
        "dispensing": ("wait", "Dispensing"),
        "follow_up": ("wait", "Adverse-event follow-up"),
        "closed": ("good", "Closed"),
    },
    "outcome": {
        "completed": ("good", "Completed"),
        "declined": ("harm", "Declined"),
        "refused": ("harm", "Refused"),
        "withdrawn": ("hold", "Withdrawn"),
        "deceased": ("hold", "Patient deceased"),
        "transferred": ("good", "Transferred"),
    },
    "urgency": {
        "standard": ("wait", "Standard"),
        "urgent": ("care", "Urgent"),
        "emergency": ("harm", "Emergency"),
    },
    "determination": {
        "draft": ("draft", "Draft, unsigned"),
        "signed": ("good", "Signed"),
        "superseded": ("draft", "Superseded"),
        "withdrawn": ("harm", "Withdrawn"),
    },
    "override": {
        "proposed": ("wait", "Waits for a second person"),
        "confirmed": ("care", "Overridden"),
        "declined": ("harm", "Declined"),
        "used": ("care", "Overridden, used"),
    },
    "enquiry": {
        "open": ("wait", "Open"),
        "answered": ("good", "Answered"),
        "became_case": ("good", "Became a case"),
        "referred": ("good", "Referred"),
        "declined": ("harm", "Declined"),
    },
    "publication": {
        "ordered": ("wait", "Being published"),
        "done": ("good", "Published"),
        "refused": ("harm", "Not published"),
    },
    "decline": {
        "draft": ("draft", "Draft"),
        "sent": ("hold", "Sent"),
        "discarded": ("draft", "Discarded"),
        "reconsidered": ("care", "Reconsidered"),
    },
    "grant_condition": {
        "stated": ("care", "Not sorted"),
        "standing": ("wait", "Standing"),
        "met": ("good", "Met"),
        "lifted": ("draft", "Lifted"),
    },
    "collective_paper": {
        "made": ("care", "Made, not sent"),
        "sent": ("good", "Sent"),
        "withdrawn": ("draft", "Withdrawn"),
    },
    "list_edition": {
        "entered": ("wait", "Entered, not confirmed"),
        "confirmed": ("good", "Confirmed"),
        "withdrawn": ("draft", "Withdrawn"),
    },
    "triage": {
        "answering": ("draft", "Being answered"),
        "waiting": ("wait", "Waits for a person"),
        "decided": ("good", "Decided"),
    },
    "review": {
        "requested": ("wait", "Requested"),
        "passed": ("good", "Passed"),
        "returned": ("care", "Returned"),
        "declined": ("harm", "Declined"),
    },
    "filing": {
        "preparing": ("draft", "Preparing"),
        "ready": ("wait", "Ready"),
        "submitted": ("wait", "Submitted"),
        "acknowledged": ("wait", "Acknowledged"),
        "question": ("care", "Question from the authority"),
        "answered": ("wait", "Answered"),
        "granted": ("good", "Granted"),
        "refused": ("harm", "Refused"),
        "no_objection": ("good", "No objection by lapse"),
        "appealed": ("wait", "Appealed"),
        "withdrawn": ("hold", "Withdrawn"),
    },
    "authorization": {
        "in_force": ("good", "In force"),
        "suspended": ("hold", "Suspended"),
        "exhausted": ("draft", "Used up"),
        "expired": ("harm", "Expired"),
        "revoked": ("harm", "Revoked"),
        "superseded": ("draft", "Superseded"),
    },
    "consignment": {
        "planned": ("draft", "Planned"),
        "ordered": ("wait", "Ordered"),
        "allocated": ("wait", "Allocated"),
        "released": ("good", "Released to ship"),
        "in_transit": ("wait", "In transit"),
        "arrived": ("hold", "In quarantine"),
        "accepted": ("good", "Accepted"),
        "rejected": ("harm", "Rejected"),
        "dispensed": ("good", "Dispensed"),
        "returned": ("draft", "Returned"),
        "destroyed": ("draft", "Destroyed"),
        "lost": ("harm", "Lost"),
        "cancelled": ("draft", "Cancelled"),
        "drawn": ("good", "All drawn for patients"),
        "put_back": ("draft", "Put back to stock"),
    },
    "milestone": {
        "planned": ("wait", "Planned"),
        "reached": ("good", "Reached"),
        "dropped": ("draft", "No longer expected"),
    },
    "supply_exception": {
        "open": ("harm", "Open"),
        "resolved": ("good", "Resolved"),
    },
    "suspect_product": {
        "suspect": ("hold", "Suspect, set apart"),
        "cleared": ("good", "Cleared"),
        "illegitimate": ("harm", "Illegitimate"),
        "terminated": ("draft", "Illegitimate, notice ended"),
    },
    "recall": {
        "opened": ("care", "Opened, nothing stopped"),
        "stopped": ("hold", "Packs stopped"),
        "told": ("wait", "Waits for answers"),
        "closed": ("good", "Closed"),
        "withdrawn": ("draft", "Withdrawn"),
    },
    "recalled_case": {
        "traced": ("care", "Traced, not stopped"),
        "stopped": ("hold", "Packs stopped"),
        "told": ("wait", "Waits for answers"),
        "ended": ("good", "Ended"),
        "withdrawn": ("draft", "Withdrawn"),
    },
    "recall_letter": {
        "waiting": ("wait", "Waits for an answer"),
        "answered": ("good", "Answered"),
        "unanswered": ("harm", "Given up without an answer"),
        "withdrawn": ("draft", "Withdrawn"),
    },
    "unit": {
        "allocated": ("wait", "Allocated"),
        "in_transit": ("wait", "In transit"),
        "quarantine": ("hold", "In quarantine"),
        "accepted": ("good", "Accepted"),
        "rejected": ("harm", "Rejected"),
        "dispensed": ("good", "Dispensed"),
        "returned": ("draft", "Returned"),
        "destroyed": ("draft", "Destroyed"),
        "lost": ("harm", "Lost"),
        "cancelled": ("draft", "Set free again"),
        "drawn": ("draft", "Drawn or put back"),
    },
    "document": {
        "received": ("wait", "Received, not scanned"),
        "scanned": ("wait", "To be reviewed"),
        "accepted": ("good", "Accepted"),
        "rejected": ("harm", "Rejected"),
        "superseded": ("draft", "Superseded"),
        "expired": ("harm", "Expired"),
        "stale": ("harm", "Stale"),
    },
    "document_slot": {
        "open": ("wait", "Asked"),
        "met": ("good", "Met"),
        "withdrawn": ("draft", "Withdrawn"),
    },
    "deadline": {
        "running": ("wait", "Running"),
        "paused": ("hold", "Paused"),
        "met": ("good", "Met"),
        "missed": ("harm", "Late"),
        "met_late": ("care", "Met late"),
        "cancelled": ("draft", "Cancelled"),
    },
    "notice": {
        "planned": ("draft", "Planned"),
        "claimed": ("wait", "Being sent"),
        "sent": ("good", "Sent"),
        "delivered": ("good", "Delivered"),
        "bounced": ("harm", "Bounced"),
        "failed": ("harm", "Not sent"),
        "withdrawn": ("draft", "Withdrawn, no longer stands"),
        "closed": ("draft", "Closed by a person"),
    },
    "safety_report": {
        "received": ("wait", "Received"),
        "triaged": ("wait", "Triaged"),
        "attached": ("good", "Attached to a safety case"),
        "information_only": ("draft", "Information only"),
        "not_valid": ("care", "Not valid, a criterion is missing"),
    },
    "follow_up": {
        "planned": ("draft", "Planned"),
        "asked": ("wait", "Asked"),
        "answered": ("good", "Answered"),
        "lost_to_follow_up": ("care", "Lost to follow-up"),
        "withdrawn": ("draft", "No longer asked"),
    },
    "case_version": {
        "draft": ("draft", "Draft"),
        "assessed": ("wait", "Assessed"),
        "locked": ("good", "Locked"),
        "superseded": ("draft", "Superseded"),
    },
    "obligation": {
        "open": ("wait", "Open"),
        "done": ("good", "Done"),
        "done_late": ("care", "Done late"),
        "waived": ("draft", "Waived"),
        "superseded": ("draft", "Superseded"),
        "not_required": ("draft", "Not required"),
    },
    "transmission": {
        "prepared": ("draft", "Prepared"),
        "sent": ("wait", "Sent"),
        "accepted": ("good", "Accepted"),
        "rejected": ("harm", "Rejected"),
        "no_answer": ("care", "No answer"),
    },
    "profile_version": {
        "draft_unreviewed": ("draft", "Draft, not reviewed"),
        "reviewed": ("good", "Reviewed"),
        "active": ("good", "Active"),
        "retired": ("draft", "Retired"),
    },
    "patient_key": {
        "active": ("good", "Active"),
        "erased": ("hold", "Erased"),
    },
    "hold": {
        "standing": ("hold", "Hold"),
        "lifted": ("good", "Lifted"),
    },
    "deadline_force": {
        "statutory": ("harm", "Statutory"),
        "waiting_window": ("wait", "Waiting window"),
        "expiry": ("care", "Expiry"),
        "house_target": ("draft", "House target"),
        "promise": ("draft", "Promise"),
        "guideline": ("draft", "Guideline"),
    },
}
LOOK_STATES = ("harm", "care", "good", "wait", "hold", "draft")


@dataclass(frozen=True)
class StateWords:
    """How one state of one machine is shown: one of the six states of the look, and its word."""

    look: str
    words: str

    def __str__(self) -> str:
        return self.words


def state(value: str, machine: str) -> StateWords:
    """How a machine's state is shown. A state nobody gave words to shows as itself, as not known: never hidden."""
    known = _STATES.get(machine, {}).get(value)
    if known:
        return StateWords(*known)
    return StateWords("draft", capital(value.replace("_", " ")))


def machines() -> Sequence[str]:
    """The machines that have words, for the test that compares them with the models."""
    return tuple(_STATES)


def states_of(machine: str) -> Sequence[str]:
    """The states of one machine that have words."""
    return tuple(_STATES[machine])


def stage(value: str) -> str:
    """A stage of the case in the seven user's words, as a heading: ``Regulatory filing``."""
    return state(value, "case").words
