"""What is drawn of one assessment: its readings from the file, its figures, and the hand-overs of its consignment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from cases.custody.assessing import judged_again
from cases.custody.cold_chain.chart import HandOver, View
from cases.custody.cold_chain.figures import Figures
from cases.custody.cold_chain.series import Series
from cases.custody.fold import DID_NOT_OCCUR
from cases.custody.models import Consignment, CustodyEvent, ExposureAssessment

# What a mark is called above the picture; a step that is not named keeps its own word.
SAID: Final[Mapping[str, str]] = {
    "reserving": "allocated",
    "staging_outbound": "released",
    "storing": "taken back",
    "shipping": "dispatched",
    "transporting": "handed over",
    "receiving": "arrived",
    "inspecting": "opened",
    "accepting": "accepted",
    "dispensing": "dispensed",
}
_OF_NO_HAND: Final = ("sensor_reporting", "holding")
_AROUND: Final = timedelta(days=1)


@dataclass(frozen=True)
class Picture:
    """One assessment, ready to be drawn; ``view`` is the whole of it in the institution's time."""

    assessment: ExposureAssessment
    series: Series
    figures: Figures
    marks: list[HandOver]
    view: View

    @property
    def about(self) -> str:
        one = self.assessment
        return f"consignment {one.consignment.label}, logger {one.logger_number or 'not numbered'}"

    def holder_at(self, moment: object) -> str:
        """Who held it then; empty when that is not on record."""
        return next((mark.holder for mark in reversed(self.marks) if mark.at <= moment), "")  # type: ignore[operator]


def picture_of(assessment: ExposureAssessment, *, key: str = "t") -> Picture:
    """The picture of an assessment that was computed, from the exact bytes of its file.

    :raises ValueError: for one that was typed. :raises BytesNotIntact: the file is not the one that came.
    """
    judged = judged_again(assessment)
    consignment = assessment.consignment
    marks = hand_overs(consignment, judged.figures)
    view = View.whole(judged.figures, marks, consignment.institution.time_zone, key=key)
    return Picture(assessment, judged.counted, judged.figures, marks, view)


def hand_overs(consignment: Consignment, figures: Figures) -> list[HandOver]:
    """Who had it when, around the time that was measured: what was taken back is left out, corrections count."""
    events = list(consignment.custody_events.order_by("event_at", "id"))
    taken_back = {event.corrects_id for event in events if event.error_reason == DID_NOT_OCCUR}
    replaced = {event.corrects_id for event in events}
    standing = [
        event
        for event in events
        if event.pk not in replaced | taken_back
        and event.error_reason != DID_NOT_OCCUR
        and event.biz_step not in _OF_NO_HAND
    ]
    begins, ends = figures.begins - _AROUND, figures.ends + _AROUND
    before = [event for event in standing if event.event_at < begins]
    around = [event for event in standing if begins <= event.event_at <= ends]
    is_held = any(event.event_at <= figures.begins for event in around)
    first = [HandOver(figures.begins, "measured", before[-1].holder)] if before and not is_held else []
    return sorted([*first, *map(_mark, around)], key=lambda mark: mark.at)


def _mark(event: CustodyEvent) -> HandOver:
    return HandOver(event.event_at, SAID.get(event.biz_step, event.biz_step.replace("_", " ")), event.holder)
