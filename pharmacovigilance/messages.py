"""Safety messages of this house: built from a locked version, answered by number."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.conf import settings

from cases.audit.context import acting
from cases.lifecycle.engine import advance
from cases.lifecycle.errors import NotPermitted
from cases.people.models import Pharmacy, User
from cases.people.roles import PHARMACISTS
from pharmacovigilance.e2b.acknowledging import Acknowledgement, OfMessage
from pharmacovigilance.e2b.exporting import Origin, export
from pharmacovigilance.models import CaseVersion, Transmission, UnmatchedAcknowledgement
from pharmacovigilance.senders import sender_of

_VERBS: Final = {"CA": "accept", "AA": "accept", "CR": "reject", "AR": "reject"}
_AWAITING: Final = (Transmission.State.SENT, Transmission.State.NO_ANSWER)
Why = UnmatchedAcknowledgement.Why


class NotLocked(ValueError):
    """The version has no snapshot: nothing is reported from what may still change."""


def locked_parts(version: CaseVersion, *, transmission: str = "") -> tuple[Mapping[str, Any], Origin]:
    """The snapshot, and what stands beside it in its message.

    :raises NotLocked: when the version is not locked.
    :raises SenderUnreadable: when the file that says who sends cannot be used.
    """
    if version.snapshot is None or version.locked_at is None:
        raise NotLocked(f"{version.label} is not locked. Lock it: a message is built from what cannot change any more.")
    identifier, sender = sender_of(version.case.pharmacy, settings.NPP_SAFETY_SENDER)
    return version.snapshot, Origin(identifier, sender, version.locked_at, transmission)


def export_of(version: CaseVersion, *, profile: str, transmission: str = "") -> bytes:
    """The message of a locked version; the same each time.

    :raises NotLocked, SenderUnreadable, NotExportable: saying why there is none.
    """
    snapshot, origin = locked_parts(version, transmission=transmission)
    return export(snapshot, profile=profile, origin=origin)


# -- What comes back.


class Answered(NamedTuple):
    """What an acknowledgement did: to which transmission, or why to none."""

    message_number: str
    report: str
    code: str
    transmission: Transmission | None
    why: str


def take_acknowledgement(
    told: Acknowledgement, *, sha256: str, pharmacy: Pharmacy, by: User, now: datetime
) -> list[Answered]:
    """Give each answer to the one transmission it names; what names none of ours is kept apart and changes nothing.

    :raises NotPermitted: when this person may not record answers.
    """
    if by.role not in PHARMACISTS or by.pharmacy_id != pharmacy.pk:
        raise NotPermitted("Acknowledgements are taken by a pharmacist of the pharmacy that sent.")
    said = told.messages or (OfMessage("", "", told.receiver, told.sender, "", told.code, told.text),)
    return [_answered(told, one, sha256=sha256, pharmacy=pharmacy, by=by, now=now) for one in said]


def _answered(
    told: Acknowledgement, one: OfMessage, *, sha256: str, pharmacy: Pharmacy, by: User, now: datetime
) -> Answered:
    transmission, why = _awaiting(told, one, pharmacy)
    if transmission is None or why:
        with acting(by=by, verb="pharmacovigilance.acknowledgement.kept", business_at=now):
            UnmatchedAcknowledgement.objects.get_or_create(
                pharmacy=pharmacy, sha256=sha256, report=one.report, why=why,
                defaults={
                    "number": told.number, "sender": told.sender, "receiver": told.receiver,
                    "message_number": told.batch, "code": one.code, "text": one.text, "received_at": now,
                },
            )  # fmt: skip
        return Answered(told.batch, one.report, one.code, None, why)
    words = "\n".join((f"{told.number}: {one.code}", *one.faults))
    advance(
        transmission.case, f"pharmacovigilance.transmission.{_VERBS[one.code]}", by=by, now=now, subject=transmission,
        facts={"acknowledgement": words},
    )  # fmt: skip
    return Answered(told.batch, one.report, one.code, transmission, "")


def _awaiting(told: Acknowledgement, one: OfMessage, pharmacy: Pharmacy) -> tuple[Transmission | None, str]:
    identifier, _ = sender_of(pharmacy, settings.NPP_SAFETY_SENDER)
    if identifier not in (told.receiver, one.receiver):
        return None, Why.OTHER_SENDER
    transmission = (
        Transmission.objects.filter(message_number=told.batch, case__pharmacy=pharmacy)
        .exclude(message_number="")
        .select_related("case", "obligation__version__safety_case")
        .first()
    )
    if transmission is None:
        return None, Why.UNKNOWN
    named = transmission.obligation.version.safety_case.worldwide_id
    if told.messages and not one.names(named):
        return None, Why.OTHER_REPORT
    if one.code not in _VERBS:
        return None, Why.NOT_SAID
    if transmission.state in _AWAITING:
        return transmission, ""
    return transmission, Why.NOT_SENT if transmission.state == Transmission.State.PREPARED else Why.ANSWERED
