"""The one door: every change of a case or of one of its records goes through :func:`advance` (domain.md 3)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from django.apps import apps
from django.db import DataError, models
from django_fsm import can_proceed

from cases.access import permitted
from cases.audit.context import acting
from cases.lifecycle.checklist import Checked, judge, set_aside
from cases.lifecycle.errors import Conflict, FactsInvalid, NotPermitted, NotPossible, Refused, RequirementsUnmet
from cases.lifecycle.forms import as_facts, form_for
from cases.lifecycle.readings import reading_once
from cases.lifecycle.verbs import VERBS, Situation, Verb, consequences_of, reached_from
from cases.locks import holding
from cases.models import Case, CaseEvent, Override
from cases.people.models import User
from cases.people.roles import Role


def advance(
    case: Case,
    verb: str,
    *,
    by: User,
    now: datetime,
    subject: models.Model | None = None,
    facts: Mapping[str, Any] | None = None,
    seen: int | None = None,
    form_key: str | None = None,
    request_id: str = "",
) -> CaseEvent:
    """Take one verb, or refuse it whole. One transaction; nothing outside the database happens inside it.

    :param facts: raw values by ask name (as typed or as JSON); ``reason`` among them.
    :param seen: the case's ``event_seq`` on the page the person read; later events on the same record by somebody
        else are a conflict.
    :param form_key: makes the same form posted twice one event; the second call returns the first event.
    :raises NotPermitted, NotPossible, FactsInvalid, Conflict, RequirementsUnmet: nothing was changed.
    """
    taken = VERBS[verb]
    reason = str((facts or {}).get("reason", "")).strip()
    try:
        with acting(by=by, verb=taken.event, reason=reason, request_id=request_id, business_at=now):
            _lock_in_one_order(case, taken, subject)
            with holding(_locked(case)) as case:
                if form_key and (earlier := CaseEvent.objects.filter(form_key=form_key, case=case, by=by).first()):
                    return earlier
                situation = Situation(case, taken, _locked_subject(case, subject), by, now, reason=reason)
                _refuse_strangers(situation)
                _refuse_conflicts(situation, seen)
                _refuse_impossible(situation)
                with reading_once():
                    situation.facts = _cleaned(situation, facts or {})
                    checklist, overrides = judged(situation)
                if any(line.blocks for line in checklist):
                    raise RequirementsUnmet(_refusal(situation, checklist), checklist)
                situation.subject = taken.effect(situation)
                event = record(situation, checklist, form_key)
                _spend(overrides, checklist)
                follow_through(situation, event)
                return event
    except DataError as fault:
        raise _too_long(fault, facts or {}) from fault
    except Refused as refusal:
        # Rolled back. What counts all the same, such as a wrong password at a signature, is written now.
        if refusal.on_record is not None:
            refusal.on_record()
        raise


def consider(case: Case, verb: str, *, by: User, now: datetime, subject: models.Model | None = None) -> list[Checked]:
    """The checklist as it stands, for a page or the API; writes nothing."""
    with reading_once():
        return judged(Situation(case, VERBS[verb], subject if subject is not None else case, by, now))[0]


def judged(situation: Situation) -> tuple[list[Checked], dict[str, Override]]:
    """The checklist as it stands, and what two people set aside of it, by requirement code; writes nothing."""
    lines = judge(situation)
    if not any(line.can_be_set_aside for line in lines):
        return lines, {}
    overrides = _confirmed_overrides(situation)
    return set_aside(lines, overrides), overrides


def is_possible(subject: models.Model, verb: Verb) -> bool:
    """Whether the record's state leads there at all (requirements aside)."""
    if verb.offered_when is not None and not verb.offered_when(subject):
        return False
    return not verb.transition or can_proceed(getattr(subject, verb.transition), check_conditions=False)


def _lock_in_one_order(case: Case, verb: Verb, subject: models.Model | None) -> None:
    """Two deeds that reach into each other's cases wait for one another, and neither for ever."""
    record = case if subject is None and verb.creates else subject
    further = reached_from(verb, record) if record is not None else set()
    if reached := further - {case.pk}:
        reached.add(case.pk)
        list(Case.objects.select_for_update(of=("self",)).filter(pk__in=reached).order_by("pk").values_list("pk"))


def _locked(case: Case) -> Case:
    return (
        Case.objects.select_for_update(of=("self",))
        # Its neighbours are read when a verb asks for one: a join of them all takes longer to plan than a verb to do.
        .select_related("profile_version")
        # Thousands of lines of a pathway that most verbs never look at, and that are kept by their fingerprint.
        .defer("profile_version__data")
        .get(pk=case.pk)
    )


def _locked_subject(case: Case, subject: models.Model | None) -> models.Model | None:
    if subject is None or isinstance(subject, Case):
        return case
    found: Any = type(subject)._default_manager.select_for_update(of=("self",)).get(pk=subject.pk, case=case)
    found.case = case  # whoever asks the record for its case gets the one that is locked, with what it knows already
    return cast(models.Model, found)


def _refuse_strangers(situation: Situation) -> None:
    if not permitted(situation.by, situation.verb, situation.case, now=situation.now):
        raise NotPermitted(
            f"{situation.by.display_name} ({situation.by.get_role_display()}) may not {_lower(situation.verb.label)}. "
            "Nothing was changed. It is for: "
            + ", ".join(sorted(role.label for role in situation.verb.roles if role != Role.SYSTEM))
            + "."
        )


def _refuse_conflicts(situation: Situation, seen: int | None) -> None:
    if seen is None or seen >= situation.case.event_seq:
        return
    later = CaseEvent.objects.filter(case=situation.case, seq__gt=seen).exclude(by=situation.by)
    touching = later.filter(subject__in={situation.subject_label, ""}).select_related("by")
    if events := list(touching):
        raise Conflict(
            f"{events[-1].by.display_name} acted on {situation.case.reference} while you were reading. "
            "Nothing of yours was recorded; your entries are kept below.",
            events,
        )


def _refuse_impossible(situation: Situation) -> None:
    subject, verb = situation.subject, situation.verb
    if verb.creates and verb.subject == Case._meta.label:
        raise NotPossible(f"{situation.case.reference} is open already: a case is opened once. Nothing was changed.")
    if verb.creates:
        if situation.case.stage == "closed" and not verb.code.startswith(("pharmacovigilance.", "cases.note.")):
            raise NotPossible(f"{situation.case.reference} is closed. Nothing was changed. Reopen the case first.")
        return
    if subject is None or f"{subject._meta.app_label}.{subject._meta.object_name}" != verb.subject:
        raise NotPossible(f"{verb.label}: the record named is not a {verb.subject}. Nothing was changed.")
    if not is_possible(subject, verb):
        if verb.told_when_impossible is not None and (told := verb.told_when_impossible(subject)):
            raise NotPossible(told)
        named = situation.subject_label or situation.case.reference
        raise NotPossible(
            f"{named} is {_state_words(subject, verb)}: from there one cannot {_lower(verb.label)}. "
            "Nothing was changed. Read the record again; somebody may have acted already."
        )


def _state_words(subject: models.Model, verb: Verb) -> str:
    if not verb.transition:
        return "past that"
    field = getattr(type(subject), verb.transition)._django_fsm.field
    return str(getattr(subject, f"get_{field.name}_display")())


def _cleaned(situation: Situation, facts: Mapping[str, Any]) -> dict[str, Any]:
    known = {ask.name for ask in situation.verb.asks if ask.is_asked(situation)} | {"reason"}
    wrong = {name: [f"{name} is not asked here. Leave it out."] for name in sorted(set(facts) - known)}
    form = form_for(situation, facts)
    wrong |= {name: [str(line) for line in lines] for name, lines in form.errors.items()}
    if wrong:
        raise FactsInvalid("Nothing was changed.", wrong)
    cleaned = dict(form.cleaned_data)
    cleaned.pop("reason", None)
    return {name: value for name, value in cleaned.items() if value is not None}


def _too_long(fault: DataError, facts: Mapping[str, Any]) -> Exception:
    """The answer that a column could not keep whole, where a form let it through; any other fault is given back."""
    column = re.search(r"character varying\((\d+)\)", str(fault))
    if column is None:
        return fault
    most = int(column[1])
    wrong = {
        name: [f"{len(value)} characters were given, at most {most} are kept. Shorten it."]
        for name, value in facts.items()
        if isinstance(value, str) and len(value) > most
    }
    return FactsInvalid("Nothing was changed.", wrong) if wrong else fault


def _confirmed_overrides(situation: Situation) -> dict[str, Override]:
    """Seldom there is one: its two people are read when it is used."""
    rows = Override.objects.filter(
        case=situation.case, verb=situation.verb.code, subject=situation.subject_label, state=Override.State.CONFIRMED
    )
    return {row.requirement: row for row in rows}


def _refusal(situation: Situation, checklist: list[Checked]) -> str:
    unmet = sum(line.blocks for line in checklist)
    named = situation.subject_label or situation.case.reference
    count = "1 requirement was not met" if unmet == 1 else f"{unmet} requirements were not met"
    return f"{named}: “{situation.verb.label}” was not done. {count}. Nothing was changed."


def follow_through(situation: Situation, event: CaseEvent) -> None:
    """Everything a taken verb brings about, in its transaction: deadlines, notices, facts for the gates."""
    for consequence in consequences_of(situation.verb.code):
        consequence(situation, event)


def record(situation: Situation, checklist: list[Checked], form_key: str | None) -> CaseEvent:
    """Write the event of a verb that was just taken; the case row is locked or new."""
    case = situation.case
    case.event_seq += 1
    event = CaseEvent.objects.create(
        case=case,
        seq=case.event_seq,
        verb=situation.verb.event,
        subject=situation.subject_label,
        happened_at=situation.facts.get("happened_at", situation.now),
        recorded_at=datetime.now(UTC),
        by=situation.by,
        reason=situation.reason,
        facts=as_facts(situation.facts, case.pk),
        checklist=[line.as_json() for line in checklist],
        form_key=form_key or None,
    )
    case.save(update_fields=["event_seq"])
    return event


def _spend(overrides: dict[str, Override], checklist: list[Checked]) -> None:
    for line in checklist:
        if line.state == "overridden":
            overrides[line.code].use()
            overrides[line.code].save()


def _lower(label: str) -> str:
    return label[:1].lower() + label[1:]


def subject_named(case: Case, verb: Verb, label: str) -> models.Model | None:
    """The record a page or an API call names by its label (``F-2``); the case itself for an empty label.

    :raises LookupError: when the case has no such record.
    """
    if verb.subject == "cases.Case" or verb.creates:
        return case
    model = apps.get_model(verb.subject)
    number = label.partition("-")[2]
    if not (number.isascii() and number.isdigit()):
        raise LookupError(f"{label!r} names no record of {case.reference}.")
    found: models.Model | None = model._default_manager.filter(case=case, number=int(number)).first()
    if found is None or getattr(found, "label", "") != label:
        raise LookupError(f"{case.reference} has no {label}.")
    return found
