"""Every verb that a person could take in the demonstration, with facts that people and machines get wrong.

Whatever is sent, the answer is the event or a refusal in the house's words; never a fault of ours.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from cases.lifecycle.steps import possible_steps
from cases.lifecycle.verbs import VERBS
from cases.models import Case
from cases.people.models import User
from tests.api.callers import PROBLEM, Caller
from tests.databases import FreshDatabase

pytestmark = [pytest.mark.demonstration, pytest.mark.slow]
# Each kind of ask with values that fit it, nearly fit it, or do not fit it at all.
ODD: dict[str, tuple[Any, ...]] = {
    "text": ("", " ", "x", "é" * 200, "ملاحظة", "-1", 0, True, "a" * 201, "a\x00", "\ud800", None),
    "long": ("", "x\n" * 5000, "😀", 5, [], {}, "a\x00", None),
    "date": ("2026-12-04", "1900-01-01", "2200-12-31", "0001-01-01", "9999-12-31", "2026-02-30", 5, "", None, "now"),
    "known_part": ("2026", "2026-03", "2026-03-18", "2026-13", "0000", "9999", "then", 5, "", None),
    "moment": (
        "2026-03-04T10:00:00Z",
        "1900-01-01T00:00:00+14:00",
        "2200-12-30T23:59:59-14:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-03-04",
        1e18,
        "",
        None,
    ),
    "integer": (0, 1, 100_000, 100_001, -1, 1.5, 2**53, 2**60, "7", "x", True, None, 1e308),
    "decimal": (0, "0.001", 1.0005, "999999999.999", "1e3", "NaN", "-0", -5, 2**60, "١٢", None, True),
    "yesno": (True, False, "yes", "no", "true", "maybe", 1, None, []),
    "choice": ("", "none of them", 0, None, ["a"], {"a": 1}),
    "ticks": ([], ["none of them"], "all", [[]], [None], None, [{}]),
    "secret": ("", "wrong", None, 5, ["x"]),
    "document": ("D-1", "D-999999", "F-1", 1, "", None, []),
    "record": ("", "nobody", 1, None, [], "F-1"),
}
MOST_OFTEN_FITTING = 0.6


def facts_for(asks: list[dict[str, Any]], luck: random.Random) -> dict[str, Any]:
    """Facts of the names asked, more often with a value that is offered; now and then one that is not asked."""
    facts: dict[str, Any] = {}
    for ask in asks:
        offered = [option["value"] for option in ask["options"]]
        if offered and luck.random() < MOST_OFTEN_FITTING:
            facts[ask["name"]] = luck.sample(offered, k=1) if ask["kind"] == "ticks" else luck.choice(offered)
        elif luck.random() < 0.9:
            facts[ask["name"]] = luck.choice(ODD[ask["kind"]][: 1 if luck.random() < MOST_OFTEN_FITTING else None])
    return facts | ({"not_asked": "x"} if luck.random() < 0.1 else {})


def takeable() -> Iterator[tuple[User, Case, str, str]]:
    """(who, case, verb, record) for every verb that somebody could take somewhere: at most three of each."""
    taken: dict[str, int] = dict.fromkeys(VERBS, 0)
    now = datetime.now(UTC)
    pic = User.objects.get(email="lindqvist@harrow.example")
    for case in Case.objects.with_people().order_by("pk"):
        receiving = User.objects.filter(role="receiving_pharmacist", institution=case.institution).first()
        for person in filter(None, (pic, case.prescriber.user, receiving)):
            for step in possible_steps(case, by=person, now=now, unlisted=True):
                if taken[step.verb.code] < 3:
                    taken[step.verb.code] += 1
                    yield person, case, step.verb.code, step.on


class Undone(Exception):
    """Ends the transaction of a call, so that every call meets the demonstration as it was loaded."""


def test_no_verb_fails_whatever_it_is_sent(served_database: FreshDatabase) -> None:
    luck = random.Random(20260302)
    callers: dict[int, Caller] = {}
    answered: dict[int, set[str]] = {}
    wrong = []
    for person, case, verb, on in list(takeable()):
        caller = callers.setdefault(person.pk, Caller(person))
        address = f"/cases/{case.reference}"
        asks = caller.read(f"{address}/step", verb=verb, **({"on": on} if on else {}))["asks"]
        for _ in range(6):
            facts = facts_for(asks, luck)
            try:
                with transaction.atomic():
                    answer = caller.post(f"{address}/advance", {"verb": verb, "on": on, "facts": facts})
                    raise Undone
            except Undone:
                answered.setdefault(answer.status_code, set()).add(verb)
            kind = answer["Content-Type"]
            if answer.status_code not in (200, 409, 422) or (answer.status_code != 200 and kind != PROBLEM):
                wrong.append((answer.status_code, verb, on, facts))
            elif answer.status_code == 422:
                named = {one["field"]: one for one in answer.json()["errors"]}
                if not named or not all(one["problem"] and one["remedy"] for one in named.values()):
                    wrong.append((answer.status_code, verb, on, named))
    assert wrong == []
    assert len(answered[200]) >= 25, "deep enough: so many verbs were really taken"
    assert len(set().union(*answered.values())) >= 60
