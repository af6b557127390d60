"""Opening what a locked version owes: one obligation for each rule, party and recipient, each with its deadline.

An obligation of an earlier version that is still open is carried: the new one takes its date over, or an earlier one
where a party turns out to have known earlier, so that new information never moves a date later. Where the new version
no longer meets the rule, the old obligation stays open until a person judges it.
"""

from dataclasses import replace
from datetime import UTC, date, datetime

from cases.deadlines.arithmetic import Computation, from_json
from cases.deadlines.clocks import DeadlineKind, declare, ladder
from cases.deadlines.models import OPEN_STATES, Deadline, Force, Harm
from cases.deadlines.services import Ball, Due, Promise, cancel, open_deadline
from cases.lifecycle.verbs import next_number
from cases.models import Case
from cases.people.models import User
from pharmacovigilance.awareness import COMPANIES, INSTITUTIONS, OURS, PRESCRIBERS
from pharmacovigilance.knowledge import facts_of, knew_of, planned_by, planned_for
from pharmacovigilance.library import ReportingRule, RuleLibrary
from pharmacovigilance.models import CaseVersion, Obligation
from pharmacovigilance.rulebook import in_force, rule_as_opened
from pharmacovigilance.rules import CONTRACT, Planned, holds

DUTY = declare(
    DeadlineKind(
        "pharmacovigilance.report.obligation",
        "Adverse-event report",
        Force.STATUTORY,
        ladder(
            "-7d",
            "-3d",
            "-1d:holder+coordinator",
            "-4h:holder+coordinator",
            "+0d:holder+coordinator+pic",
            "+1d:coordinator+pic",
        ),
        harm=Harm.REPORT,
        is_urgent=True,
    )
)
FORCES = {
    "statutory": Force.STATUTORY,
    "condition_of_approval": Force.STATUTORY,
    "guideline": Force.GUIDELINE,
    "professional": Force.GUIDELINE,
    "contractual": Force.PROMISE,
}


def open_obligations(version: CaseVersion, *, case: Case, by: User, now: datetime) -> list[Obligation]:
    """Open everything a version owes that was just locked, earliest first, and carry what earlier ones left open.

    A correction brings no clock of its own: it carries what is open. A nullification is told to whoever was told.
    """
    left_open = list(
        Obligation.objects.filter(
            version__safety_case=version.safety_case, version__version__lt=version.version, state=Obligation.State.OPEN
        )
        .select_related("deadline")
        .order_by("number")
    )
    opened, library = [], in_force(version.day0)
    if version.kind in (CaseVersion.Kind.INITIAL, CaseVersion.Kind.FOLLOW_UP):
        for planned in planned_for(version, case, library=library):
            opened.append(_open(planned, version, case=case, left_open=left_open, by=by, now=now))
        opened += _tell_what_is_less_grave(version, case=case, opened=opened, by=by, now=now)
    elif version.kind == CaseVersion.Kind.AMENDMENT:
        same: dict[tuple[str, str, str], list[Obligation]] = {}
        for old in left_open:
            same.setdefault(_duty(old), []).append(old)
        opened = [_carry(olds, version, case=case, by=by, now=now) for olds in same.values()]
    else:
        opened = _tell_who_was_told(version, library, case=case, by=by, now=now)
    return opened


def _open(
    planned: Planned, version: CaseVersion, *, case: Case, left_open: list[Obligation], by: User, now: datetime
) -> Obligation:
    party, recipient = party_of(planned.rule), recipient_of(planned, case)
    if olds := [old for old in left_open if _duty(old) == (party, recipient, planned.rule_id)]:
        return _carry(olds, version, case=case, by=by, now=now, planned=planned)
    obligation = _make(
        version,
        case,
        party=party,
        recipient=recipient,
        rule=planned.rule,
        rule_id=planned.rule_id,
        day0=planned.day0,
        is_certain=planned.is_certain,
    )
    force = "" if planned.is_planning_figure else FORCES[planned.rule.force]
    return _with_deadline(obligation, planned.rule, case, due=planned.due, force=force, by=by, now=now)


def _duty(obligation: Obligation) -> tuple[str, str, str]:
    """What makes two obligations of two versions the same duty."""
    return obligation.responsible_party, obligation.recipient, obligation.rule


def _carry(
    olds: list[Obligation],
    version: CaseVersion,
    *,
    case: Case,
    by: User,
    now: datetime,
    planned: Planned | None = None,
) -> Obligation:
    """One obligation for one duty, however many earlier versions left it open; it keeps the earliest date of them.

    Two can be open at once: what an initial report owes still, and what a nullification of it added.

    :param planned: what this version by itself would owe; its date counts only where it is earlier.
    """
    old = min(olds, key=lambda one: one.deadline.due_at if one.deadline else datetime.max.replace(tzinfo=UTC))
    rule = _as_opened(old)
    earlier = planned if planned and old.deadline and planned.due.due_at < old.deadline.due_at else None
    new = _make(
        version,
        case,
        party=old.responsible_party,
        recipient=old.recipient,
        rule=rule,
        rule_id=old.rule,
        day0=earlier.day0 if earlier else old.day0,
        is_certain=planned.is_certain if planned else old.is_certain,
    )
    if (deadline := old.deadline) is not None:
        due = earlier.due if earlier else _same_date(deadline)
        _with_deadline(new, rule, case, due=due, force=deadline.force, by=by, now=now)
    for one in olds:
        if one.deadline is not None and one.deadline.state in OPEN_STATES:
            same = one == old and earlier is None
            cancel(deadline=one.deadline, reason=_carried_by(new, same_date=same), by=by, now=now)
        one.supersede()
        one.save()
    return new


def _as_opened(old: Obligation) -> ReportingRule:
    """The rule of an obligation under the version, review and confidence that it was opened with."""
    rule = rule_as_opened(old.rule, old.rule_version)
    return replace(rule, version=old.rule_version, status=old.rule_status, confidence=old.rule_confidence)


def _carried_by(new: Obligation, *, same_date: bool) -> str:
    return f"Carried by {new.label}, with {'the same' if same_date else 'an earlier'} date."


def _tell_what_is_less_grave(
    version: CaseVersion, *, case: Case, opened: list[Obligation], by: User, now: datetime
) -> list[Obligation]:
    """Who was told by a rule that no longer holds is told once more, by the same clock from the new information.

    Once: whoever was told of a downgrade is not told again by that rule until it holds anew. The rule is read as it was
    when they were told: an event is no less grave because the rule was changed or retired since.
    """
    owed, facts = {_duty(one) for one in opened}, facts_of(version)
    last: dict[tuple[str, str, str], Obligation] = {}
    told = Obligation.objects.filter(
        version__safety_case=version.safety_case,
        version__version__lt=version.version,
        state__in=[Obligation.State.DONE, Obligation.State.DONE_LATE],
    ).order_by("version__version", "number")
    for old in told:
        last[_duty(old)] = old
    found = []
    for duty, old in last.items():
        rule = _as_opened(old)
        # A second stage went with its first, and the default stands only where no rule does.
        if duty in owed or old.is_downgrade or old.rule != rule.id or not rule.applies_if:
            continue
        # A rule that only gives way to a nearer one holds still: that is no downgrade.
        if holds(rule.applies_if, facts) is not False:
            continue
        planned = planned_by(rule, case, aware_at=version.aware_at, knew=knew_of(version))[0]
        made = _make(
            version,
            case,
            party=old.responsible_party,
            recipient=old.recipient,
            rule=rule,
            rule_id=old.rule,
            day0=planned.day0,
            is_certain=True,
            is_downgrade=True,
        )
        force = "" if planned.is_planning_figure else FORCES[rule.force]
        found.append(_with_deadline(made, rule, case, due=planned.due, force=force, by=by, now=now))
    return found


def _tell_who_was_told(
    version: CaseVersion, library: RuleLibrary, *, case: Case, by: User, now: datetime
) -> list[Obligation]:
    """A nullification goes to everybody who had a report, by the default clock from the day it is locked."""
    told = Obligation.objects.filter(
        version__safety_case=version.safety_case,
        version__version__lt=version.version,
        state__in=[Obligation.State.DONE, Obligation.State.DONE_LATE],
    ).order_by("number")
    default = planned_by(library.default, case, aware_at=now)[0]
    opened: dict[tuple[str, str], Obligation] = {}
    for old in told:
        pair = (old.responsible_party, old.recipient)
        if pair in opened:
            continue
        made = _make(
            version,
            case,
            party=pair[0],
            recipient=pair[1],
            rule=default.rule,
            rule_id=default.rule_id,
            day0=default.day0,
            is_certain=True,
        )
        holder = _as_opened(old)
        opened[pair] = _with_deadline(made, holder, case, due=default.due, force=Force.GUIDELINE, by=by, now=now)
    return list(opened.values())


def _make(
    version: CaseVersion,
    case: Case,
    *,
    party: str,
    recipient: str,
    rule: ReportingRule,
    rule_id: str,
    day0: date,
    is_certain: bool,
    is_downgrade: bool = False,
) -> Obligation:
    return Obligation.objects.create(
        case=case,
        version=version,
        number=next_number(case.obligations),
        responsible_party=party,
        recipient=recipient,
        rule=rule_id,
        rule_version=rule.version,
        rule_status=rule.status,
        rule_confidence=rule.confidence,
        is_certain=is_certain,
        is_downgrade=is_downgrade,
        day0=day0,
    )


def _with_deadline(
    obligation: Obligation, rule: ReportingRule, case: Case, *, due: Due, force: str, by: User, now: datetime
) -> Obligation:
    remark = "" if rule.is_reviewed else " (draft rule)"
    obligation.deadline = open_deadline(
        case=case,
        key=f"{DUTY.code}:{obligation.label}",
        kind=DUTY.code,
        due=due,
        ball=ball_of(rule, case),
        by=by,
        now=now,
        label=f"{obligation.label}: {obligation.responsible_party} to tell {obligation.recipient}"[:187] + remark,
        subject=obligation.label,
        fact=obligation.rule,
        confidence=rule.confidence,
        force=force,
    )
    obligation.save(update_fields=["deadline"])
    return obligation


def _same_date(deadline: Deadline) -> Due:
    if not deadline.rule:
        return Promise(deadline.due_on, deadline.zone, "carried over with its date", at=deadline.due_at)
    kept = from_json(deadline.computation)
    if isinstance(kept, Computation) and kept.due_at == deadline.due_at:
        return kept
    return Promise(deadline.due_on, deadline.zone, "carried over with its date", at=deadline.due_at)


def party_of(rule: ReportingRule) -> str:
    """The responsible party in words, for example "treating prescriber"."""
    return rule.duty_role.replace("_", " ")[:60]


def recipient_of(planned: Planned, case: Case) -> str:
    """The recipient in words; the other party to an agreement is the manufacturer."""
    if planned.rule.jurisdiction == CONTRACT:
        return case.medicine.manufacturer[:120]
    return planned.recipient[:120]


def ball_of(rule: ReportingRule, case: Case) -> Ball:
    """Who holds the duty: one of us, the prescriber, or an outside party by name."""
    role = rule.duty_role
    if role in OURS:
        return Ball(user=case.coordinator_id)
    if role in PRESCRIBERS:
        return Ball(user=case.prescriber.user_id)
    if role in INSTITUTIONS:
        return Ball(party=case.institution.name[:120])
    if role in COMPANIES:
        return Ball(party=case.medicine.manufacturer[:120])
    return Ball(party=role.replace("_", " "))
