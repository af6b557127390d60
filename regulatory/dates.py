"""Which dates a case's regulatory records ask for, as they stand now: read only, from events, never from a status.

The pathway's own clocks come from the pure :mod:`regulatory.profiles.duties`, asked once for the case, once for each
filing, each consignment and each authorization, so that every date names the record it hangs on. Beside them stand the
house's own watches: an acknowledgement that does not come, a question to answer, a decision to appeal, a review.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from cases.custody.models import Consignment
from cases.deadlines.arithmetic import Computation
from cases.deadlines.dates import Due, Promise
from cases.deadlines.models import Force
from cases.deadlines.services import Ball
from cases.models import Case
from cases.people.roles import Role
from regulatory.counted import counted_from, house_target, of_duty
from regulatory.emergencies import DEBT, was_none
from regulatory.exports import export_version
from regulatory.models import Authorization, Filing, GrantCondition, ProfileVersion, Review
from regulatory.paper_watch import of_papers
from regulatory.pathway import appeal_time, profile_of, uses_event, zone_name
from regulatory.profiles.duty import Duty
from regulatory.profiles.facts import AuthorizationHeld
from regulatory.profiles.periods import CALENDAR_PERIODS
from regulatory.profiles.route import MAIN
from regulatory.profiles.stops import Question
from regulatory.quantities import BEFORE_DISPATCH
from regulatory.records import Records, Wanted, gather, gather_reviews
from regulatory.standing_reports import of_standing_reports, per_authorization
from regulatory.wrong_papers import of_wrong_papers

UNSENT = (Filing.State.PREPARING, Filing.State.READY, Filing.State.WITHDRAWN)
SILENT = (Filing.State.SUBMITTED, Filing.State.ACKNOWLEDGED, Filing.State.QUESTION, Filing.State.ANSWERED)
NOTICES_AFTER = frozenset({"post_supply_notification", "post_receipt_notification", DEBT})
# House targets, in working days of the authority's country unless said otherwise.
ACKNOWLEDGED_WITHIN = 3
ANSWERED_WITHIN = 5
APPEAL_DECIDED_WITHIN = 5
LETTER_WITHIN = 2
REVIEWED_WITHIN = 2
TOLD_WITHIN = 1
RENEWED_BEFORE = timedelta(days=45)
OF_REVIEWS = ("regulatory.review", "regulatory.decline_letter")


def wanted_dates(case: Case, *, now: datetime, version: ProfileVersion | None = None) -> list[Wanted]:
    """Every regulatory date of the case, by its key; those without any date that follows are left out.

    :param version: by whose rules they are counted; the version that the case pins when left out.
    """
    records = gather(case, now, version)
    found = [
        *_of_the_case(records),
        *_of_filings(records),
        *of_papers(records),
        *of_wrong_papers(records),
        *_of_consignments(records),
        *_of_the_export(records),
        *_of_authorizations(records),
        *_of_standing_authorities(records),
        *of_standing_reports(records),
        *_of_conditions(records),
        *_of_reviews(records),
    ]
    return [wanted for wanted in found if wanted.due is not None]


def dates_of_reviews(case: Case, *, now: datetime) -> list[Wanted]:
    """Those of the reviews alone (:data:`OF_REVIEWS`); no other date hangs on one."""
    return list(_of_reviews(gather_reviews(case, now)))


def _of_the_case(records: Records) -> Iterator[Wanted]:
    own, elsewhere = records.events_of(), per_authorization(records.profile)
    names = {event.name for event in own}
    for duty in records.duties(own):
        if duty.trigger in names and duty.fact not in elsewhere:
            yield from of_duty(duty, records, "")
    for duty in records.duties(records.events):
        if duty.trigger in CALENDAR_PERIODS and duty.direction != "before" and duty.fact not in elsewhere:
            yield from of_duty(duty, records, "")


def _of_filings(records: Records) -> Iterator[Wanted]:
    for filing in records.filings:
        if filing.step != MAIN:
            # The pathway's clocks are those of its own filing; one beside it is watched by the house alone.
            yield from _watches(filing, records)
            continue
        own = records.events_of(filing=filing)
        names = {event.name for event in own}
        states_end = any(one.valid_until for one in records.authorizations if one.filing_id == filing.pk)
        asked = [Question(one.asked_at, one.answered_at, filing.clock_word) for one in filing.questions.all()]
        for duty in records.duties([*records.events_of(), *own], questions=asked):
            if duty.trigger not in names or (duty.deadline_type == "authorization_expiry" and states_end):
                continue
            met_on, ended = _window_of(filing, duty, records.now)
            yield from of_duty(duty, records, filing.label, met_on=met_on, ended=ended)
        yield from _watches(filing, records)


def _window_of(filing: Filing, duty: Duty, now: datetime) -> tuple[datetime | None, str]:
    """How a filing's own state ends a window: run out in silence, waived, decided, withdrawn."""
    if filing.state == Filing.State.WITHDRAWN:
        return None, f"{filing.label} was withdrawn."
    if duty.kind != "waiting_window":
        return None, ""
    if duty.state == "ended":
        return None, f"The authority objected to {filing.label} or waived its window."
    ran_out = isinstance(duty.due, Computation) and duty.due.due_at <= now
    if filing.state == Filing.State.NO_OBJECTION and ran_out and isinstance(duty.due, Computation):
        return duty.due.due_at, ""
    if filing.state not in SILENT and not ran_out:
        return None, f"{filing.label} is {filing.get_state_display()}."
    return None, ""


def _watches(filing: Filing, records: Records) -> Iterator[Wanted]:
    case, zone = records.case, zone_name(records.profile)
    coordinator, authority = Ball(user=case.coordinator_id), Ball(party=filing.authority)
    withdrawn = f"{filing.label} was withdrawn." if filing.state == Filing.State.WITHDRAWN else ""
    is_acknowledged = uses_event(records.profile, "acknowledged") or filing.kind == Filing.Kind.APPLICATION
    if filing.submitted_at and is_acknowledged:
        decided = filing.decided_at if filing.acknowledged_at is None else None
        yield Wanted(
            key=f"regulatory.acknowledgement:{filing.label}",
            kind="regulatory.acknowledgement",
            label=f"Acknowledgement by {filing.authority}; look in the junk folder too",
            due=house_target("submitted", filing.submitted_at, ACKNOWLEDGED_WITHIN, records),
            ball=authority,
            subject=filing.label,
            met_on=filing.acknowledged_at or decided,
            ended=withdrawn,
        )
    over = "" if filing.state == Filing.State.QUESTION else f"{filing.label} is {filing.get_state_display()}."
    for question in filing.questions.all():
        due: Due
        if question.answer_due_on:
            because = f"the day that {filing.authority} set in its question {question.number}"
            due = Promise(question.answer_due_on, zone, because)
        else:
            due = house_target("regulator_request", question.asked_at, ANSWERED_WITHIN, records)
        yield Wanted(
            key=f"regulatory.question:{filing.label}:{question.number}",
            kind="regulatory.question",
            label=f"Answer to question {question.number} of {filing.authority}",
            due=due,
            ball=coordinator,
            subject=filing.label,
            force=Force.STATUTORY if question.answer_due_on else "",
            met_on=question.answered_at,
            ended=over if question.answered_at is None else withdrawn,
        )
    yield from _appeal(filing, records)


def _appeal(filing: Filing, records: Records) -> Iterator[Wanted]:
    """Counts from the receipt of the letter; where no source states a time, it is the house's own target."""
    if not filing.decided_at or not filing.refusal_reason:
        return
    told, received = appeal_time(records.profile), filing.letter_received_at or filing.decided_at
    later = any(other.number > filing.number for other in records.filings)
    yield Wanted(
        key=f"regulatory.appeal:{filing.label}",
        kind="regulatory.appeal",
        label=f"Appeal against the refusal of {filing.label}, if one is made"
        if told
        else "Decide on an appeal; its legal time limit is not known here, ask the authority",
        due=counted_from("decided", received, told.amount, told.unit, records)
        if told
        else house_target("decided", received, APPEAL_DECIDED_WITHIN, records),
        ball=Ball(user=records.case.coordinator_id),
        subject=filing.label,
        fact=told.fact if told else "",
        force=Force.STATUTORY if told else "",
        met_on=filing.appealed_at,
        ended="A new filing was opened instead." if later and filing.appealed_at is None else "",
    )


def _of_consignments(records: Records) -> Iterator[Wanted]:
    sent = [filing for filing in records.filings if filing.state not in UNSENT and filing.submitted_at]
    for consignment in records.consignments:
        own = records.events_of(consignment=consignment)
        names = {event.name for event in own}
        ahead = consignment.state in BEFORE_DISPATCH
        planned = {"import_day": consignment.planned_arrival_on, "shipped": consignment.planned_dispatch_on}
        for duty in records.duties([*records.events_of(), *own], planned=planned if ahead else None):
            if duty.trigger not in names and not (ahead and duty.trigger in planned):
                continue
            met_on, ended = None, ""
            if duty.deadline_type == DEBT and duty.applies_if and was_none(consignment):
                ended = f"{consignment.label} was no emergency: the gate was open without it when it was dispensed."
            if duty.kind == "notice_lead":
                met_on = _notice_given(consignment, sent, records)
            elif duty.deadline_type in NOTICES_AFTER:
                met_on = _notified_after(duty, sent)
            yield from of_duty(duty, records, consignment.label, met_on=met_on, ended=ended)


def _of_the_export(records: Records) -> Iterator[Wanted]:
    """What is owed to the country of origin before and after a controlled drug leaves (facts, section 6, rule 22)."""
    if not records.case.medicine.is_controlled or (leaving := export_version(records.case)) is None:
        return
    beside = [filing for filing in records.filings if filing.step != MAIN]
    yield from _of_consignments(replace(records, profile=profile_of(leaving), filings=beside))


def _notice_given(consignment: Consignment, sent: list[Filing], records: Records) -> datetime | None:
    """When the notice that this consignment travels under was given; that of another case's is not among them."""
    own = {authorization.pk: authorization.filing_id for authorization in records.authorizations}
    under = own.get(consignment.authorization_id) if consignment.authorization_id else None
    filing = next((filing for filing in sent if filing.pk == under), sent[-1] if sent else None)
    return filing.submitted_at if filing else None


def _notified_after(duty: Duty, sent: list[Filing]) -> datetime | None:
    """The first filing that went out after the supply: it tells the authority of every supply before it."""
    anchor = duty.anchor
    if not isinstance(anchor, datetime):
        return None
    kinds = set(Filing.Kind.values)
    if duty.deadline_type != DEBT:
        kinds.discard(Filing.Kind.APPLICATION)
    moments = [filing.submitted_at for filing in sent if filing.kind in kinds and filing.submitted_at]
    return min((moment for moment in moments if moment >= anchor), default=None)


def _of_authorizations(records: Records) -> Iterator[Wanted]:
    zone = zone_name(records.profile)
    coordinator = Ball(user=records.case.coordinator_id)
    stands = (Authorization.State.IN_FORCE, Authorization.State.SUSPENDED)
    for authorization in records.authorizations:
        label, until = authorization.label, authorization.valid_until
        ended = "" if authorization.state in stands else f"{label} is {authorization.get_state_display()}."
        if until is not None:
            yield Wanted(
                key=f"regulatory.authorization_expiry:{label}",
                kind="regulatory.authorization_expiry",
                label=f"Authorization {label} ends",
                due=Promise(until, zone, f"the last day that {label} names"),
                ball=coordinator,
                subject=label,
                ended=ended,
            )
            yield from _renewal(authorization, until, records, ended)
        if _was_oral(authorization, records):
            yield Wanted(
                key=f"regulatory.decision_letter:{label}",
                kind="regulatory.decision_letter",
                label=f"Written confirmation of {label}, granted by telephone",
                due=house_target("decided_granted", _decided_at(authorization, records), LETTER_WITHIN, records),
                ball=coordinator,
                subject=label,
                met_on=records.now if authorization.document_id else None,
                ended=ended,
            )


def _of_standing_authorities(records: Records) -> Iterator[Wanted]:
    """The end of an authority granted under another case ends this one's supply too; its renewal is filed there."""
    stands = (Authorization.State.IN_FORCE, Authorization.State.SUSPENDED)
    for authorization in records.standing:
        label, until = authorization.named_in(records.case.pk), authorization.valid_until
        if until is not None:
            yield Wanted(
                key=f"regulatory.authorization_expiry:standing-{authorization.pk}",
                kind="regulatory.authorization_expiry",
                label=f"{label} ends",
                due=Promise(until, zone_name(records.profile), f"the last day that {label} names"),
                ball=Ball(user=records.case.coordinator_id),
                ended="" if authorization.state in stands else f"{label} is {authorization.get_state_display()}.",
            )


def _of_conditions(records: Records) -> Iterator[Wanted]:
    """Tasks and reports that a letter asks, by the day it names; each report's next day is a date of its own."""
    ends = {one.pk: one for one in records.authorizations}
    for condition in records.grant_conditions:
        if condition.state != GrantCondition.State.STANDING or condition.due_on is None:
            continue
        authorization = ends[condition.authorization_id]
        kind = condition.get_kind_display().partition(",")[0].capitalize()
        gone = authorization.state == Authorization.State.SUPERSEDED
        yield Wanted(
            key=condition.due_key,
            kind="regulatory.grant_condition",
            label=f"{kind} of {authorization.label}: {condition.text}"[:200],
            due=Promise(condition.due_on, zone_name(records.profile), f"the day given for {condition.label}"),
            ball=Ball(user=records.case.coordinator_id),
            subject=condition.label,
            force=Force.STATUTORY,
            ended=f"{authorization.label} is superseded." if gone else "",
        )


def _renewal(authorization: Authorization, until: date, records: Records, ended: str) -> Iterator[Wanted]:
    """The pathway's own lead where it states one, else the house's; met by submitting a filing that renews it."""
    renewals = [
        filing.submitted_at
        for filing in records.filings
        if filing.renews_id and filing.renews_id == authorization.filing_id and filing.submitted_at
    ]
    met_on = min(renewals, default=None)
    held = AuthorizationHeld(reference=authorization.label, valid_until=until)
    stated = [duty for duty in records.duties([], held=(held,)) if duty.trigger == "authorisation_expires"]
    for duty in stated:
        yield from of_duty(duty, records, authorization.label, met_on=met_on, ended=ended)
    if not stated:
        yield Wanted(
            key=f"regulatory.renewal_lead:{authorization.label}",
            kind="regulatory.renewal_lead",
            label=f"Renewal of {authorization.label} to be filed",
            due=Promise(
                until - RENEWED_BEFORE,
                zone_name(records.profile),
                f"{RENEWED_BEFORE.days} days before {authorization.label} ends; house rule R-06, version 1",
            ),
            ball=Ball(user=records.case.coordinator_id),
            subject=authorization.label,
            force=Force.HOUSE_TARGET,
            met_on=met_on,
            ended=ended,
        )


def _was_oral(authorization: Authorization, records: Records) -> bool:
    return authorization.filing_id is not None and any(
        event.name == "decided_granted" and event.channel == "telephone" and event.filing_id == authorization.filing_id
        for event in records.events
    )


def _decided_at(authorization: Authorization, records: Records) -> datetime:
    decided = next((filing.decided_at for filing in records.filings if filing.pk == authorization.filing_id), None)
    return decided or records.now


def _of_reviews(records: Records) -> Iterator[Wanted]:
    for review in records.reviews:
        yield Wanted(
            key=f"regulatory.review:{review.label}",
            kind="regulatory.review",
            label=f"{review.get_kind_display().capitalize()} to be decided",
            due=house_target("requested", review.requested_at, REVIEWED_WITHIN, records),
            ball=Ball(role=Role.PHARMACIST_IN_CHARGE),
            subject=review.label,
            met_on=review.decided_at,
        )
        if review.state == Review.State.DECLINED and review.decided_at is not None:
            yield _letter_of(review, review.decided_at, records)


def _letter_of(review: Review, decided_at: datetime, records: Records) -> Wanted:
    """A declined review is told by letter, unless it is asked for again."""
    told = next((one.sent_at for one in records.declines if one.sent_at and one.sent_at >= decided_at), None)
    again = any(one.kind == review.kind and one.number > review.number for one in records.reviews)
    return Wanted(
        key=f"regulatory.decline_letter:{review.label}",
        kind="regulatory.decline_letter",
        label=f"Letter that tells why {review.label} was declined",
        due=house_target("declined", decided_at, TOLD_WITHIN, records),
        ball=Ball(user=records.case.coordinator_id),
        subject=review.label,
        met_on=told,
        ended=f"Another {review.get_kind_display()} was asked for." if again and told is None else "",
    )
