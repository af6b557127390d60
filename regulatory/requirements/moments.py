"""Moments in their order: nothing is recorded as having happened before what it follows, nor in the future."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cases.deadlines.computation import read_anchor
from cases.deadlines.models import Deadline
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from cases.models import Case
from cases.requirements import signed_determination
from regulatory.models import Authorization, Filing, FilingQuestion, GrantCondition, Review
from regulatory.pathway import local_day, profile_of
from regulatory.profiles.asking import FOLLOWS
from regulatory.standing_reports import of_an_authorization

# (when, what): something that must have happened first.
Earlier = Iterator[tuple[datetime, str]]


def _signed_and_reviewed(situation: Situation) -> Earlier:
    """Both reviews are of the determination that stands; :class:`ReviewsPassed` asks that they are passed at all."""
    signed = signed_determination(situation)
    if signed is None or signed.signed_at is None:
        return
    yield signed.signed_at, f"the signature of {signed.label}"
    passed = situation.case.reviews.filter(determination=signed, state=Review.State.PASSED)
    newest = {review.kind: review for review in passed.order_by("number")}
    for review in newest.values():
        if review.decided_at is not None:
            yield review.decided_at, f"review {review.label}"


def _submission(situation: Situation) -> Earlier:
    filing = situation.subject
    if isinstance(filing, Filing) and filing.submitted_at is not None:
        yield filing.submitted_at, "the submission"


def _acknowledgement(situation: Situation) -> Earlier:
    filing = situation.subject
    yield from _submission(situation)
    if isinstance(filing, Filing) and filing.acknowledged_at is not None:
        yield filing.acknowledged_at, "the acknowledgement"


def _decision(situation: Situation) -> Earlier:
    filing = situation.subject
    if isinstance(filing, Filing) and filing.decided_at is not None:
        yield filing.decided_at, "the decision"


def _question(situation: Situation) -> Earlier:
    yield from _submission(situation)
    question = situation.facts.get("question")
    if isinstance(question, FilingQuestion):
        yield question.asked_at, f"question {question.number}"


def _first_question(situation: Situation) -> Earlier:
    filing = situation.subject
    first = filing.questions.order_by("asked_at").first() if isinstance(filing, Filing) else None
    if first is not None:
        yield first.asked_at, f"question {first.number}"


def _what_opened_the_duty(situation: Situation) -> Earlier:
    """A duty that counts forward was not done before the event it counts from; one that counts back has none.

    A report of a period that is not over is told early, when a case ends within it.
    """
    deadline = situation.facts.get("deadline")
    if not isinstance(deadline, Deadline) or not deadline.rule:
        return
    anchor = read_anchor(deadline.computation["anchor"])
    zone = ZoneInfo(deadline.zone)
    at = anchor if isinstance(anchor, datetime) else datetime.combine(anchor, time.min, tzinfo=zone)
    if deadline.fact in of_an_authorization() and _stands(situation.case, deadline.subject):
        yield at + timedelta(days=1), "the end of the period"
    elif at <= situation.now and at.astimezone(zone).date() <= deadline.due_on:
        yield at, "what the duty counts from"


def _stands(case: Case, label: str) -> bool:
    """Whether the authorization goes on: one that has ended can be reported before its last period is over."""
    ends = (Authorization.State.IN_FORCE, Authorization.State.SUSPENDED)
    return any(one.label == label for one in case.authorizations.filter(state__in=ends))


def _the_letter_that_states_it(situation: Situation) -> Earlier:
    """A condition is met after it was stated: what was so before, the authority knew when it wrote."""
    condition = situation.subject
    filing = condition.authorization.filing if isinstance(condition, GrantCondition) else None
    if filing is not None and filing.decided_at is not None:
        yield filing.decided_at, f"the decision that states {situation.subject_label}"


def _events_before(situation: Situation) -> Earlier:
    """By the order that the pathways' events have; of each the first that stands on the case."""
    wanted, name = [], situation.facts.get("name", "")
    while name := FOLLOWS.get(name, ""):
        wanted.append(name)
    rows = situation.case.pathway_events.filter(name__in=wanted, withdrawn_at__isnull=True).order_by("-happened_at")
    for name, at in dict(rows.values_list("name", "happened_at")).items():
        yield at, name.replace("_", " ")


FOLLOWED: Final[Mapping[str, Callable[[Situation], Earlier]]] = {
    "regulatory.filing.submit": _signed_and_reviewed,
    "regulatory.filing.acknowledge": _submission,
    "regulatory.filing.correct_acknowledgement": _submission,
    "regulatory.filing.receive_question": _submission,
    "regulatory.filing.answer_question": _question,
    "regulatory.filing.record_clock_word": _first_question,
    "regulatory.filing.grant": _acknowledgement,
    "regulatory.filing.refuse": _acknowledgement,
    "regulatory.filing.record_objection": _acknowledgement,
    "regulatory.filing.waive_window": _submission,
    "regulatory.filing.appeal": _decision,
    "regulatory.pathway_event.record": _events_before,
    "regulatory.duty.discharge": _what_opened_the_duty,
    "regulatory.grant_condition.meet": _the_letter_that_states_it,
}


@requirement(
    "MomentsInOrder",
    "What is recorded has happened, and after what it follows",
    on=tuple(FOLLOWED),
    satisfied_by="you, by giving the moment that the paper or the mail says",
    rule="house rule R-04, version 2",
)
def moments_in_order(situation: Situation) -> Finding:
    happened = situation.facts.get("happened_at")
    if happened is None:
        return Finding(met=True, fact="Give the moment that the paper or the mail says.")
    if happened > situation.now:
        return Finding(met=False, fact=f"{_told(happened)} lies in the future.")
    received = situation.facts.get("letter_received_at")
    if received is not None and not happened <= received <= situation.now:
        wrong = "lies in the future" if received > situation.now else "is before the decision"
        return Finding(met=False, fact=f"The letter's receipt, {_told(received)}, {wrong}.")
    # A person gives the minute, the system its own moments to the microsecond.
    late = [(at, what) for at, what in FOLLOWED[situation.verb.code](situation) if happened < _minute(at)]
    if late:
        at, what = max(late)
        return Finding(met=False, fact=f"{_told(happened)} is before {what} on {_told(at)}.")
    due = situation.facts.get("answer_due_on")
    if isinstance(due, date) and due < (asked := local_day(profile_of(situation.case.profile_version), happened)):
        return Finding(met=False, fact=f"The day for the answer, {due:%Y-%m-%d}, is before the question of {asked}.")
    return Finding(met=True, fact=f"{_told(happened)}.")


# What happened longer ago than this is recorded with a reason (edge case 70).
RECORDED_WITHIN = timedelta(days=30)


@requirement(
    "LateEntryHasReason",
    "What is recorded long after it happened says why",
    on=tuple(FOLLOWED),
    satisfied_by="you, by saying why it is recorded so late",
    rule="house rule R-11, version 1",
)
def late_entry_has_reason(situation: Situation) -> Finding:
    happened = situation.facts.get("happened_at")
    if happened is None or situation.now - happened <= RECORDED_WITHIN:
        return Finding(met=True, fact=f"It is recorded within {RECORDED_WITHIN.days} days.")
    days = (situation.now - happened).days
    why = str(situation.facts.get("why_late", "")).strip() or situation.reason
    if why:
        return Finding(met=True, fact=f"It happened {days} days before it is recorded: {why}")
    return Finding(
        met=False,
        fact=f"{_told(happened)} is {days} days before it is recorded. Say why it is recorded so late, or correct the "
        "moment.",
    )


@requirement(
    "PlannedDayIsAhead",
    "The day planned for the filing has not gone by",
    on=("regulatory.filing.open", "regulatory.filing.renew", "regulatory.filing.vary", "regulatory.filing.make_ready"),
    satisfied_by="you, by planning today or a later day",
    rule="house rule R-23, version 1",
)
def planned_day_is_ahead(situation: Situation) -> Finding:
    """By the authority's day: every paper's age is judged for it."""
    planned = situation.facts.get("planned_on")
    if planned is None:
        return Finding(met=True, fact="No day is planned; one may be given later.")
    today = local_day(profile_of(situation.case.profile_version), situation.now)
    fact = f"{planned} is planned; it is {today} for the authority."
    return Finding(met=planned >= today, fact=fact if planned >= today else f"{fact} Plan today or a later day.")


@requirement(
    "HappensOnce",
    "What happens once is recorded once",
    on=("regulatory.pathway_event.record",),
    satisfied_by="you, by withdrawing the event that is wrong, with its reason, and recording the right one",
    rule="house rule R-22, version 1",
)
def happens_once(situation: Situation) -> Finding:
    name, happened = situation.facts.get("name", ""), situation.facts.get("happened_at")
    if name not in ONCE or happened is None:
        return Finding(met=True, fact="It may happen again." if name else "Choose the event.")
    zone = profile_of(situation.case.profile_version)
    rows = situation.case.pathway_events.filter(name=name, withdrawn_at__isnull=True).order_by("happened_at")
    days = [local_day(zone, at) for at in rows.values_list("happened_at", flat=True)]
    other = next((day for day in days if day != local_day(zone, happened)), None)
    if other is None:
        return Finding(met=True, fact="It is not recorded on another day.")
    return Finding(
        met=False,
        fact=f"{name.replace('_', ' ').capitalize()} is recorded on {other} already. Withdraw that event with its "
        "reason, then record the right day.",
        remedy=("Withdraw it", "regulatory.pathway_event.withdraw"),
    )


# A course ends on one day; a further course begins with its own supply.
ONCE = frozenset({"treatment_ended"})


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _told(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
