"""Answers are kept for twelve months when no case is opened, then forgotten; the trail keeps their digests."""

from datetime import datetime

from cases.audit.context import acting
from cases.people.models import User
from regulatory.models import Enquiry, EnquiryDecline
from regulatory.triage.models import Triage, TriageLetter, TriageVersion
from regulatory.triage.services import KEPT

_EMPTIED = {"explanation": "", "fact": "", "referral": "", "text": ""}


def forget_expired(*, by: User, now: datetime) -> int:
    """Empty the answers and letters whose time is over; returns of how many. Safe to run twice."""
    expired = (
        Triage.objects.filter(expires_on__lt=now.date(), forgotten_at__isnull=True)
        .exclude(enquiry__state=Enquiry.State.BECAME_CASE)
        .values_list("pk", flat=True)
    )
    forgotten = sum(_forget(pk, by=by, now=now) for pk in list(expired))
    codeless = EnquiryDecline.objects.filter(triage__isnull=True, told_at__lt=now - KEPT, forgotten_at__isnull=True)
    with acting(by=by, verb="regulatory.enquiry.forgotten", business_at=now):
        return forgotten + codeless.update(**_EMPTIED, forgotten_at=now)


def _forget(pk: int, *, by: User, now: datetime) -> bool:
    with acting(by=by, verb="regulatory.triage.forgotten", business_at=now):
        held = Triage.objects.select_for_update(of=("self",)).select_related("enquiry").get(pk=pk)
        became_case = held.enquiry is not None and held.enquiry.state == Enquiry.State.BECAME_CASE
        if held.forgotten_at is not None or held.expires_on >= now.date() or became_case:
            return False
        held.declines.filter(forgotten_at__isnull=True).update(**_EMPTIED, forgotten_at=now)
        TriageLetter.objects.filter(decision__version__triage=held, forgotten_at__isnull=True).update(
            text="", forgotten_at=now
        )
        TriageVersion.objects.filter(triage=held, forgotten_at__isnull=True).update(
            answers={}, result={}, forgotten_at=now
        )
        held.answers, held.forgotten_at = {}, now
        held.save(update_fields=["answers", "forgotten_at"])
        return True
