"""Verbs: everything that can be done to a case or to one of its records, as data.

A branch registers its verbs (``verbs.py`` of each app) and its consequences (``clocks.py``); the engine alone takes
them.
The page's form, the API's shape, the button's words and the stored event all come from the same row.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models

from cases.people.roles import PHARMACISTS, Role

if TYPE_CHECKING:
    from cases.models import Case, CaseEvent
    from cases.people.models import User


Record = TypeVar("Record", bound=models.Model)


@dataclass(frozen=True)
class Ask:
    """One thing a person is asked when taking a verb.

    :param kind: text, long, date, known_part (as much of a day as is known), moment, choice, integer, decimal, yesno,
        ticks, secret, document or record.
    :param options: for choice and ticks the (value, label) pairs, for record a function of the situation giving a
        queryset; for document the document types to prefer.
    :param initial: a function of the situation giving the suggested value.
    :param least: the smallest number taken, for integer (0 without it) and decimal.
    :param most: the largest number taken, for integer (100 000 without it) and decimal; the longest text, for long
        (20 000 characters without it) and text (200).
    :param asked_when: a function of the situation; where it says no, the thing is not asked and not taken.
    """

    name: str
    label: str
    kind: str = "text"
    required: bool = True
    hint: str = ""
    options: Any = ()
    initial: Callable[["Situation"], Any] | None = None
    least: int | Decimal | None = None
    most: int | Decimal | None = None
    asked_when: Callable[["Situation"], bool] | None = None

    def is_asked(self, situation: "Situation") -> bool:
        return self.asked_when is None or self.asked_when(situation)


@dataclass
class Situation:
    """Everything a requirement, an effect or a consequence may look at. ``facts`` are cleaned values by ask name."""

    case: "Case"
    verb: "Verb"
    subject: models.Model | None
    by: "User"
    now: datetime
    facts: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    cache: dict[str, Any] = field(default_factory=dict)

    def record(self, kind: type[Record]) -> Record:
        """The record the verb acts on, as the kind that the verb was registered for.

        :raises TypeError: when a verb was registered on another kind than its effect expects.
        """
        if not isinstance(self.subject, kind):
            raise TypeError(f"{self.verb.code} acts on {kind.__name__}, not on {type(self.subject).__name__}.")
        return self.subject

    @property
    def subject_label(self) -> str:
        """How the case names the record: ``F-2``; empty for the case itself or for a record yet to be made."""
        return "" if self.subject is None or self.subject == self.case else getattr(self.subject, "label", "")


Effect = Callable[[Situation], models.Model]
_IT = re.compile(r"\bit\b")


@dataclass(frozen=True)
class Verb:
    """One verb.

    :param code: dotted, owner first, imperative (``regulatory.filing.submit``).
    :param past: the last word of its event (``submitted``).
    :param subject: model label of the record it acts on; the record it makes when ``creates``.
    :param transition: the django-fsm method that the effect calls, when there is one.
    :param stopped_by: kinds of hold that stop it.
    :param consequence: what happens next, shown beside the button.
    :param listed: whether a case's page lists it among its steps; not, when a page of its own offers it.
    :param needs: for a verb that makes a record, the kind of record that the case must have before, and its states.
    :param told_when_impossible: for a record whose state does not lead there, a sentence of its own with what to do.
    :param offered_when: for a verb without a transition, whether the record is one it can act on.
    :param reaches: the keys of the other cases that the deed acts on too; they are locked with its own, in one order.
    """

    code: str
    past: str
    label: str
    subject: str
    effect: Effect
    transition: str = ""
    creates: bool = False
    roles: frozenset[Role] = PHARMACISTS
    asks: tuple[Ask, ...] = ()
    stopped_by: frozenset[str] = frozenset()
    consequence: str = ""
    needs_reason: bool = False
    final: bool = False
    listed: bool = True
    needs: tuple[str, frozenset[str]] | None = None
    offered_when: Callable[[models.Model], bool] | None = None
    reaches: Callable[[models.Model], Iterable[int]] | None = None
    told_when_impossible: Callable[[Any], str] | None = None

    @property
    def event(self) -> str:
        return f"{self.code.rsplit('.', 1)[0]}.{self.past}"

    def called(self, on: str) -> str:
        """The label with the record it is about: "Order C-1", "Record that F-1 was granted", "Pass the review R-2"."""
        if not on:
            return self.label
        return _IT.sub(on, self.label, count=1) if _IT.search(self.label) else f"{self.label} {on}"


Consequence = Callable[[Situation, "CaseEvent"], None]

VERBS: dict[str, Verb] = {}
Reach = Callable[[models.Model], Iterable[int]]
_CONSEQUENCES: dict[str, list[Consequence]] = {}
_REACHES: dict[str, list[Reach]] = {}


def register_verbs(*verbs: Verb) -> None:
    """Add verbs to the house; a code may be registered once."""
    for verb in verbs:
        if verb.code in VERBS:
            raise ValueError(f"The verb {verb.code} is registered twice.")
        VERBS[verb.code] = verb


def after(*codes: str) -> Callable[[Consequence], Consequence]:
    """Decorator: run this in the same transaction, after these verbs were taken (open a deadline, plan a notice)."""

    def register(consequence: Consequence) -> Consequence:
        for code in codes:
            _CONSEQUENCES.setdefault(code, []).append(consequence)
        return consequence

    return register


def also_reaches(*codes: str) -> Callable[[Reach], Reach]:
    """Decorator: these verbs of an inner app act on further cases too, as this says of their record (``reaches``)."""

    def register(reach: Reach) -> Reach:
        for code in codes:
            _REACHES.setdefault(code, []).append(reach)
        return reach

    return register


def reached_from(verb: Verb, record: models.Model) -> set[int]:
    """The keys of the other cases that the verb may act on when it is taken on this record."""
    own = [verb.reaches] if verb.reaches is not None else []
    return {key for reach in (*own, *_REACHES.get(verb.code, ())) for key in reach(record)}


def consequences_of(code: str) -> list[Consequence]:
    return _CONSEQUENCES.get(code, [])


def verbs_on(label: str, *, creating: bool = False) -> list[Verb]:
    """The verbs of one kind of record, in the order they were registered."""
    return [verb for verb in VERBS.values() if verb.subject == label and verb.creates is creating]


def moves(method: str, *, stamps: Mapping[str, str] | None = None, drop: Iterable[str] = ()) -> Effect:
    """The plain effect: call the transition with the facts asked for, plus stamps, and save.

    :param stamps: keyword of the transition -> ``now`` or ``by``.
    :param drop: asks that are not keywords of the transition.
    """

    def effect(situation: Situation) -> models.Model:
        subject = situation.record(models.Model)
        given = {name: value for name, value in situation.facts.items() if name not in set(drop)}
        given.update({keyword: getattr(situation, source) for keyword, source in (stamps or {}).items()})
        getattr(subject, method)(**given)
        subject.save()
        return subject

    return effect


def next_number(records: "models.QuerySet[Any] | models.Manager[Any]") -> int:
    """The next ordinal in a case; safe because the case row is locked while a verb is taken."""
    return (records.aggregate(last=models.Max("number"))["last"] or 0) + 1
