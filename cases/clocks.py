"""What the trunk's own verbs bring about: promises to and from the prescriber, and the end of a case's dates."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from cases.deadlines.clocks import DeadlineKind, declare, ladder
from cases.deadlines.models import Deadline, Force, Harm
from cases.deadlines.services import Ball, Promise, cancel, meet, open_deadline
from cases.documents import services as papers
from cases.documents.models import Document, DocumentSlot
from cases.lifecycle.verbs import Situation, after
from cases.models import Case, CaseEvent
from cases.notices.services import plan_notice
from cases.people.links import grant_link
from cases.people.models import AccessLink, User
from cases.people.roles import PRESCRIBING, Role

DETERMINATION_ASKED = declare(
    DeadlineKind(
        "cases.determination_asked",
        "Determination to be signed",
        Force.HOUSE_TARGET,
        ladder("-2d", "+0d:holder+coordinator", "+3d:holder+coordinator"),
        harm=Harm.ROUTINE,
    )
)
DAYS_TO_SIGN = 7
ABROAD = PRESCRIBING | {Role.RECEIVING_PHARMACIST}
# Dates that outlive a closed case: statutory safety duties and notices to an authority that are still owed.
SURVIVES_CLOSING = frozenset({Force.STATUTORY, Force.GUIDELINE})
# Safety duties whose number is an agreement's or the house's working figure are owed all the same.
SAFETY_DUTIES = "pharmacovigilance.report."


@after("cases.case.open", "cases.case.return_to_prescriber")
def ask_for_the_determination(situation: Situation, event: CaseEvent) -> None:
    case = situation.case
    zone = case.institution.time_zone
    due_on = (situation.now + timedelta(days=DAYS_TO_SIGN)).astimezone(ZoneInfo(zone)).date()
    open_deadline(
        case=case,
        key=f"cases.determination_asked:{event.seq}",
        kind=DETERMINATION_ASKED.code,
        due=Promise(due_on, zone, f"{DAYS_TO_SIGN} days after the prescriber was asked; house rule K-05, version 1"),
        ball=Ball(user=case.prescriber.user_id),
        by=situation.by,
        now=situation.now,
    )
    write_with_link(
        key=f"cases.determination_asked:{case.reference}:{event.seq}",
        kind="cases.determination_asked",
        purpose=AccessLink.Purpose.SIGN,
        recipient=case.prescriber.user,
        case=case,
        due_on=due_on,
        by=situation.by,
        now=situation.now,
    )


@after("documents.slot.ask")
def write_for_the_paper(situation: Situation, event: CaseEvent) -> None:
    slot = situation.record(DocumentSlot)
    _ask_by_letter(slot, situation.case, f"{event.seq}", by=situation.by, now=situation.now)


@after("documents.document.find_of_another_patient")
def ask_again_for_what_it_met(situation: Situation, event: CaseEvent) -> None:
    """What a paper of another patient had answered is asked for again, by a letter with its own link."""
    case, now = situation.case, situation.now
    slots = papers.ask_again_for(situation.record(Document), asked_of=case.coordinator, due_on=in_a_week(case, now))
    for slot in slots:
        _ask_by_letter(slot, case, f"{slot.label}:{event.seq}", by=situation.by, now=now)


def in_a_week(case: Case, now: datetime) -> date:
    """The usual time for a paper, by the day where it is asked; house rule K-06, version 1."""
    return now.astimezone(ZoneInfo(case.institution.time_zone)).date() + timedelta(days=7)


@papers.when_stale
def ask_for_the_translation_anew(translation: Document, *, by: User, now: datetime) -> None:
    """A stale translation is asked for again of whoever sent it, with the reason; else of the coordinator.

    Where no version of the source stands, there is nothing to translate yet: the source itself is what is missing.
    """
    case, source = translation.case, translation.translates
    newest = papers.newest_of(source) if source is not None else None
    if source is None or newest is None:
        return
    sender = translation.uploaded_by
    slot = papers.ask_for_document(
        case=case,
        doc_type=translation.doc_type,
        title=translation.title,
        asked_of=sender if sender.is_active and not sender.is_service else case.coordinator,
        asked_by=by,
        asked_at=now,
        due_on=in_a_week(case, now),
        note=f"{translation.label} is stale: {papers.what_became_of(source)}. Send the translation of {newest.label}.",
        renews=translation,
    )
    _ask_by_letter(slot, case, slot.label, by=by, now=now)


def _ask_by_letter(slot: DocumentSlot, case: Case, which: str, *, by: User, now: datetime) -> None:
    """A paper is asked for by a letter with a link to send it; ``which`` names the letter among those of the case."""
    write_with_link(
        key=f"documents.slot_asked:{case.reference}:{which}",
        kind="documents.slot_asked",
        purpose=AccessLink.Purpose.UPLOAD,
        subject=slot.label,
        recipient=slot.asked_of,
        case=case,
        due_on=slot.due_on,
        by=by,
        now=now,
    )


def write_with_link(
    *,
    key: str,
    kind: str,
    purpose: str,
    recipient: User,
    case: Case,
    due_on: date | None,
    by: User,
    now: datetime,
    subject: str = "",
    **told: str,
) -> None:
    """Write to somebody that one thing is asked; people abroad get a link of their own to it (ADR 11).

    Every such letter holds a second link, to report a side effect without signing in.

    :param told: further facts of the letter.
    """
    facts = told | ({"due_on": due_on.isoformat()} if due_on else {})
    if recipient.role in ABROAD:
        _, seed = grant_link(recipient=recipient, case=case, purpose=purpose, subject=subject, by=by, now=now)
        facts["access_link"] = seed
        if purpose != AccessLink.Purpose.REPORT:
            reporting = AccessLink.Purpose.REPORT
            _, facts["report_link"] = grant_link(recipient=recipient, case=case, purpose=reporting, by=by, now=now)
    plan_notice(key=key, kind=kind, by=by, now=now, recipient=recipient, case=case, facts=facts)


@after("cases.determination.sign")
def the_determination_is_there(situation: Situation, event: CaseEvent) -> None:
    asked = Deadline.objects.filter(
        case=situation.case, kind=DETERMINATION_ASKED.code, state__in=["running", "missed", "paused"]
    )
    for deadline in asked:
        meet(deadline=deadline, on=situation.now, by=situation.by, now=situation.now)
    plan_notice(
        key=f"cases.determination_signed:{situation.case.reference}:{event.seq}",
        kind="cases.determination_signed",
        by=situation.by,
        now=situation.now,
        recipient=situation.case.coordinator,
        case=situation.case,
    )


@after("cases.case.close")
def dates_end_with_the_case(situation: Situation, event: CaseEvent) -> None:
    standing = Deadline.objects.filter(case=situation.case, state__in=["running", "paused", "missed"]).exclude(
        Q(force__in=SURVIVES_CLOSING) | Q(kind__startswith=SAFETY_DUTIES)
    )
    for deadline in standing:
        cancel(
            deadline=deadline,
            reason=f"The case was closed: {situation.facts['outcome']}.",
            by=situation.by,
            now=situation.now,
        )
