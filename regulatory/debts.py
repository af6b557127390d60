"""Duties that a supply or a permission left behind; overdue, they block the next shipment (edge case 31)."""

from datetime import datetime

from cases.deadlines.models import Deadline

# Deadline types of the pathways' vocabulary. Reports per period are the sponsor's and of the product, not of the case.
DEBTS = frozenset(
    {
        "post_supply_notification",
        "post_receipt_notification",
        "emergency_regularisation",
        "ethics_notification",
        "ethics_forwarding",
        "quantity_account",
        # What was permitted by telephone, and is not on paper yet.
        "decision_letter",
    }
)


def is_overdue(deadline: Deadline, now: datetime) -> bool:
    """Whether its date has passed and it is still open, swept or not."""
    open_still = deadline.state in (Deadline.State.RUNNING, Deadline.State.MISSED)
    return open_still and deadline.due_at < now
