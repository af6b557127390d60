"""A question without a case: this pathway, these events and papers, at this instant. Pure; every fault is told at once.

The command, the page and the API read the same words through :func:`read` and answer with :func:`answer`:

    event          NAME=DATE or NAME=DATETHH:MM; a local moment of the pathway's country, or an instant with its offset;
                   behind a comma the channel or the recipient, where a gate asks: decided_granted=2026-11-13,telephone
    document       TYPE=STATE[,STATE...][@ISSUED_ON], ISSUED_ON the day its age counts from
    plan           NAME=DATE of a day that lies ahead (import_day, shipped, ...)
    authorization  [FROM..UNTIL][/QUANTITY], one that covers this case in every respect the pathway asks for
    attest         FACT or FACT=DATE: the statements of that gate fact were signed
    condition      KEY=yes or KEY=no, the answer to a condition of a paper or a duty
    listed         NAME=yes or NAME=no: the product stands on that list, or does not; NAME=ENTRY in the editions held
    party          NAME=ROLE[,PARTICULAR...], for example consignee=hospital_pharmacist,name,civic_address
    lot            MADE..EXPIRES, a lot on its way
    hours          COUNTRY=09:00-17:00, when the authority's office answers on its working days
    question       ASKED or ASKED..ANSWERED: a question of the authority; it stops the count where the pathway says so
    at             an instant; without an offset in the pathway's country; a day alone stands for its last moment
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from regulatory.profiles import words
from regulatory.profiles.asking import THIS_CASE, NotAnswerable, Reading, written
from regulatory.profiles.duties import duties
from regulatory.profiles.duty import Duty
from regulatory.profiles.facts import Event, Facts, ListVersion
from regulatory.profiles.gates import GateResult, evaluate_gates
from regulatory.profiles.loader import Library, Profile
from regulatory.profiles.looks_at import documents_of, events_of
from regulatory.profiles.stops import RUNS_ON, STOPS, awaited_events, doubts_of, pauses_of, said
from regulatory.profiles.stops import Question as Stop


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, read. ``flags`` are sentences a reader must see beside the answer.

    ``inferred`` are events that must have happened by then, at the latest moment they can have; gates alone are judged
    on them, because a clock counted from the latest moment could tell a date that is too late.
    """

    profile: Profile
    facts: Facts
    now: datetime
    flags: tuple[str, ...]
    inferred: tuple[Event, ...] = ()
    questions: tuple[Stop, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """The words of a question, as they were typed."""

    at: str
    event: Sequence[str] = ()
    document: Sequence[str] = ()
    plan: Sequence[str] = ()
    authorization: Sequence[str] = ()
    attest: Sequence[str] = ()
    condition: Sequence[str] = ()
    listed: Sequence[str] = ()
    party: Sequence[str] = ()
    lot: Sequence[str] = ()
    hours: Sequence[str] = ()
    question: Sequence[str] = ()


# Every word of a question that may be given again and again.
REPEATED = tuple(field.name for field in fields(Asked) if field.name != "at")


def read(
    profile: Profile, asked: Asked, *, library: Library, held: Mapping[str, tuple[ListVersion, ...]] | None = None
) -> Question:
    """Turn the words of a question into facts.

    :param held: the editions of dated lists that are known here, by the list's name.
    :raises NotAnswerable: with every fault: an unknown event, paper, state, day; an event after the instant asked
        about, or before the one it depends on.
    """
    reading = Reading(profile, library)
    now = reading.instant("at", asked.at)
    if now is None:
        raise NotAnswerable(reading.faults)
    reading.now = now
    happened, planned = reading.events(asked.event)
    planned |= reading.plans(asked.plan)
    lists, keys = reading.listed(asked.listed, held or {})
    questions = tuple(reading.questions(asked.question))
    inferred, told = _inferred(happened)
    facts = Facts(
        events=tuple(happened),
        documents=tuple(reading.documents(asked.document)),
        authorizations=tuple(reading.authorizations(asked.authorization)),
        attestations=tuple(reading.attestations(asked.attest)),
        planned=planned,
        subject=dict.fromkeys(library.vocabularies["authorisation_covers"], THIS_CASE),
        conditions=reading.conditions(asked.condition),
        lists=lists,
        list_keys=keys,
        parties=reading.parties(asked.party),
        lots=tuple(reading.lots(asked.lot)),
        office_hours=reading.hours(asked.hours),
        pauses=pauses_of(profile, (*happened, *inferred), questions),
        doubts=doubts_of(profile, (*happened, *inferred), questions),
    )
    reading.in_order(happened)
    if reading.faults:
        raise NotAnswerable(reading.faults)
    told = (*told, *_of_questions(profile, facts, questions))
    return Question(profile, facts, now, (*_flags(profile, facts, now, library), *told), inferred, questions)


@dataclass(frozen=True, slots=True)
class Answer:
    """Every gate; ``duties`` are the clocks that an event has opened, ``not_begun`` those that wait for one."""

    question: Question
    gates: tuple[GateResult, ...]
    duties: tuple[Duty, ...]
    not_begun: tuple[Duty, ...]

    def to_json(self) -> dict[str, Any]:
        profile = self.question.profile
        return {
            "profile": profile.key,
            "version": profile.version,
            "status": profile.status,
            "at": self.question.now.isoformat(),
            "gates": [gate.to_json() for gate in self.gates],
            "duties": [duty.to_json() for duty in self.duties],
            "not_begun": [duty.to_json() for duty in self.not_begun],
            "unknown": list(profile.unknown),
            "flags": list(self.question.flags),
        }


def answer(question: Question, *, library: Library) -> Answer:
    """Judge every gate and count every clock on the facts of the question, at its instant."""
    profile, facts, now = question.profile, question.facts, question.now
    for_gates = replace(facts, events=(*facts.events, *question.inferred))
    gates = evaluate_gates(profile, for_gates, calendars=library.calendars, now=now)
    clocks = duties(profile, facts, calendars=library.calendars, now=now, house_targets=library.house_targets)
    return Answer(
        question,
        gates=gates,
        duties=tuple(duty for duty in clocks if duty.state != "not_begun"),
        not_begun=tuple(duty for duty in clocks if duty.state == "not_begun"),
    )


def _of_questions(profile: Profile, facts: Facts, questions: Sequence[Stop]) -> Iterator[str]:
    """What the pathway says of each count that a question may stop, in a sentence."""
    for name in awaited_events(profile) if questions else ():
        rule, count = said(profile, name), f"the count since {words.event(name)}"
        if rule is None and name in facts.doubts:
            yield (
                f"Not known whether a question of the authority stops {count}: ask the authority. "
                "Every date there may be is told with the gate; the latest is counted."
            )
        elif rule == RUNS_ON:
            yield f"A question of the authority does not stop {count}."
        elif name in facts.pauses:
            yield f"A question of the authority stops {count}." if rule == STOPS else f"A question restarts {count}."


# An answer shows that what it answers was sent; it cannot have been sent later.
_SHOWS_SUBMITTED = ("received_by_regulator", "acknowledged", "documents_complete")


def _inferred(happened: Sequence[Event]) -> tuple[tuple[Event, ...], tuple[str, ...]]:
    """A submission that an answer of the authority shows, at the moment of that answer."""
    if any(event.name == "submitted" for event in happened):
        return (), ()
    answers = [event for event in happened if event.name in _SHOWS_SUBMITTED]
    found = tuple(Event("submitted", event.at) for event in answers)
    told = tuple(
        f"submitted is not given: for the gates it is taken as {written(event.at)}, the day of "
        f"{words.event(event.name)}, because it cannot have been later."
        for event in answers
    )
    return found, told


def _flags(profile: Profile, facts: Facts, now: datetime, library: Library) -> Iterator[str]:
    today = now.astimezone(library.calendars[profile.jurisdiction].tzinfo).date()
    if profile.status in ("draft_unreviewed", "reviewed"):
        yield f"{profile.key} {profile.version} is a draft: no pharmacist in charge has signed it."
    if profile.status == "retired":
        yield f"{profile.key} {profile.version} is retired: a new case rests on a later version."
    if profile.review_overdue(today):
        yield "Nobody has checked it against its sources in time; confirm each date with the authority."
    if not profile.in_force(today):
        yield f"The rule is not in force on {words.day(today)}."
    known = events_of(profile)
    for event in facts.events:
        if event.name not in known:
            yield f"{event.name}: no gate and no clock of this pathway looks at it."
    wanted = documents_of(profile)
    for paper in facts.documents:
        if paper.type not in wanted:
            yield f"{paper.type}: no gate of this pathway looks at it."
