"""The stage rail: the seven stages, and under each who did what last, or what is awaited."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from cases.deadlines.models import Deadline
from cases.lifecycle.steps import not_in_pathway
from cases.lifecycle.telling import tell
from cases.models import OPEN_STAGES, Case, CaseEvent, Stage
from cases.people.models import User
from cases.web import words

# The event that a case enters each stage with.
ENTERED: dict[str, str] = {
    Stage.DETERMINATION: "cases.case.opened",
    Stage.FILING: "cases.case.filing_begun",
    Stage.AUTHORIZATION: "cases.case.authorization_awaited",
    Stage.SOURCING: "cases.case.sourcing_begun",
    Stage.SHIPMENT: "cases.case.shipment_begun",
    Stage.DISPENSING: "cases.case.dispensing_begun",
    Stage.FOLLOW_UP: "cases.case.follow_up_begun",
}
# What is told under each stage, by the last two words of the event; the newest one counts.
TOLD: dict[str, tuple[str, ...]] = {
    Stage.DETERMINATION: ("determination.prepared", "determination.signed", "determination.withdrawn"),
    Stage.FILING: ("filing.opened", "filing.made_ready", "filing.submitted", "filing.acknowledged"),
    Stage.AUTHORIZATION: (
        *("filing.question_received", "filing.question_answered", "filing.granted", "filing.refused"),
        *("filing.objected", "filing.lapsed_without_objection", "filing.appealed", "filing.window_waived"),
    ),
    Stage.SOURCING: ("consignment.planned", "consignment.ordered", "consignment.allocated", "consignment.released"),
    Stage.SHIPMENT: ("consignment.dispatched", "consignment.arrived", "consignment.inspected"),
    Stage.DISPENSING: (
        *("consignment.accepted", "consignment.drawn", "consignment.put_back", "consignment.handed_on"),
        *("consignment.taken_in", "consignment.dispensed", "consignment.dose_recorded"),
    ),
    Stage.FOLLOW_UP: ("report.received", "report.triaged", "version.locked", "follow_up.answered"),
}
# What a stage is called in a case of stock, in which nobody is treated.
OF_STOCK: dict[str, str] = {Stage.DISPENSING: "In stock", Stage.FOLLOW_UP: "Account and duties"}
_STAGE_OF = {told: stage for stage, names in TOLD.items() for told in names}


@dataclass
class Rail:
    """One case's events by stage, ready to be told on a day in a zone."""

    case: Case
    today: date
    zone: ZoneInfo
    first: Deadline | None
    entered: dict[str, CaseEvent] = field(default_factory=dict)
    newest: dict[str, CaseEvent] = field(default_factory=dict)
    not_in: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    @property
    def position(self) -> int:
        """Where the case stands; behind the last stage once it is closed."""
        stages = [stage.value for stage in OPEN_STAGES]
        return stages.index(self.case.stage) if self.case.stage in stages else len(stages)

    def state(self, index: int, stage: str) -> str:
        """A stage before the present one is done only when the case went through it; one may be further on already.

        ``none``: the case's pathway does not have it, and the case did not go through it either.
        """
        if index == self.position:
            return "now"
        if index < self.position and stage in self.entered:
            return "done"
        if stage in self.not_in:
            return "none"
        if index < self.position:
            return "next"
        return "ahead" if stage in self.newest else "next"

    def lines(self, index: int, stage: str) -> list[str]:
        """Who did what last; else what is awaited or since when the case is there."""
        event = self.newest.get(stage)
        if event is not None:
            return [f"{_short(event)} {self._day(event.happened_at)}", event.by.display_name]
        if index == self.position and self.first is not None:
            return [words.without_remark(self.first.label), f"until {words.day(self.first.due_on, today=self.today)}"]
        begun = self.entered.get(stage)
        if index <= self.position and begun is not None:
            return [f"Since {self._day(begun.happened_at)}"]
        if stage in self.not_in:
            return [self.not_in[stage]]
        return ["Not needed before the supply"] if index < self.position and stage not in self.seen else []

    def _day(self, at: datetime) -> str:
        return words.day(at, today=self.today, zone=self.zone)


def rail(
    case: Case, user: User, now: datetime, *, first: Deadline | None = None, tells: bool = True
) -> list[dict[str, Any]]:
    """The stages as the component draws them, in the reader's time; one query.

    :param first: the date that breaks first, told under the present stage while nothing has happened in it.
    :param tells: whether it says who did what; else only since when.
    """
    zone = words.zone_of(user.time_zone or "UTC")
    drawn = Rail(case, now.astimezone(zone).date(), zone, first, not_in=not_in_pathway(case))
    stage_entered = {verb: stage for stage, verb in ENTERED.items()}
    events = CaseEvent.objects.filter(case=case).select_related("by").defer("facts", "checklist", "reason")
    for event in events.order_by("seq"):
        if (entered := stage_entered.get(event.verb)) is not None:
            drawn.entered[entered] = event
        told = _STAGE_OF.get(".".join(event.verb.rsplit(".", 2)[-2:]))
        if told is not None:
            drawn.seen.add(told)
        if tells and told is not None:
            drawn.newest[told] = event
    return [
        {
            "name": OF_STOCK.get(stage, stage.label) if case.is_stock else stage.label,
            "state": drawn.state(index, stage.value),
            "lines": drawn.lines(index, stage.value),
        }
        for index, stage in enumerate(OPEN_STAGES)
    ]


def _short(event: CaseEvent) -> str:
    """``Signed``, ``C-1 dispatched``: without the kind of record, which the stage already names."""
    told = tell(event)
    if event.subject and event.subject in told:
        told = told[told.index(event.subject) :]
    return words.capital(told.removeprefix("N-1 "))
