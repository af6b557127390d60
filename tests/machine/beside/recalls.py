"""Recalls and drills of what the walk allocated: opened, stopped, told, closed and withdrawn, over all their cases."""

from collections.abc import Callable
from typing import Any

from cases.custody.models import Recall, Unit
from cases.custody.recalls.reach import Reach
from cases.custody.recalls.services import (
    Notice,
    close_recall,
    open_recall,
    stop_recall,
    tell_recall,
    withdraw_recall,
)
from cases.models import Case
from tests.machine.beside.bench import Act, Bench
from tests.machine.remedies import Wish

NOTICE = Notice(
    source="manufacturer",
    source_reference="",
    recall_class="class_2",
    level="b",
    reason="Particles were seen.",
    instruction="Keep it apart.",
)
ACCOUNTED = [Wish("custody.recall.locate"), *[Wish("custody.recall_letter.answer")] * 4]


def open_one(bench: Bench) -> Any:
    """Over the lot of some pack in sight, or over that pack alone; few at once, for they stop what they reach."""
    if Recall.objects.filter(state__in=("opened", "stopped", "told")).count() >= 3:
        return None
    unit = bench.one(Unit.objects.filter(case__in=bench.cases_in_sight()))
    if unit is None:
        return None
    serial = unit.serial if bench.rng.random() < 0.3 else ""
    return open_recall(
        NOTICE, [Reach(unit.gtin, unit.lot.number, serial)], is_drill=bench.rng.random() < 0.3, by=bench.clerk,
        now=bench.now,
    )  # fmt: skip


def with_recall(how: Callable[..., Any], *states: str, **more: Any) -> Act:
    """A service on one that stands so."""

    def act(bench: Bench) -> Any:
        recall = bench.one(Recall.objects.filter(state__in=states))
        return recall and how(recall, by=bench.clerk, now=bench.now, **more)

    return act


def close_one(bench: Bench) -> Any:
    """What it waits for is hoped for first; by somebody who may or not."""
    recall = bench.one(Recall.objects.filter(state="told"))
    if recall is None:
        return None
    cases = [part.case_id for part in recall.parts.filter(state="told")]
    for case in Case.objects.filter(pk__in=cases).order_by("pk"):
        if case in bench.cases_in_sight():
            bench.hopes.append((case, [*ACCOUNTED]))
    by = bench.rng.choice((bench.world.house.pic,) * 4 + (bench.clerk,))
    return close_recall(recall, conclusion=bench.rng.choice(("All back.",) * 4 + (" ",)), by=by, now=bench.now)


def withdraw_one(*states: str) -> Act:
    """Now and then: what is withdrawn at once is never answered."""

    def act(bench: Bench) -> Any:
        recall = bench.one(Recall.objects.filter(state__in=states)) if bench.rng.random() < 0.3 else None
        return recall and withdraw_recall(
            recall, conclusion="Another lot was meant.", by=bench.world.house.pic, now=bench.now
        )

    return act


ACTS: dict[str, Act] = {
    "a recall is opened": open_one,
    "a recall is stopped": with_recall(stop_recall, "opened"),
    "a recall is told": with_recall(tell_recall, "stopped"),
    "a recall is stopped or told again": with_recall(stop_recall, "stopped", "told", "closed", "withdrawn"),
    "a recall is closed": close_one,
    "an opened recall is withdrawn": withdraw_one("opened"),
    "a stopped recall is withdrawn": withdraw_one("stopped"),
    "a told recall is withdrawn": withdraw_one("told"),
}
