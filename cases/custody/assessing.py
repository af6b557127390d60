"""Assessments of a consignment's temperature: made from a file or from typed extremes, which of them stand, and again.

A better record takes the place of a poorer one of the same logger on the same leg: a file stands above a printed
report, that above what was read off a display. What is poorer or older never takes the place of what is better; it
counts beside it, so that no excursion disappears.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from cases.custody.cold_chain.figures import METHOD_VERSION
from cases.custody.cold_chain.kinetic import USP
from cases.custody.cold_chain.mappings import Mapping as Layout
from cases.custody.cold_chain.record import Judged, Parameters, differences, fingerprint_of, judge, judge_again
from cases.custody.cold_chain.storage import RULES
from cases.custody.cold_chain.summary import judge_summary
from cases.custody.models import Consignment, ExposureAssessment
from cases.documents.models import Document
from cases.documents.services import read_bytes

Basis = ExposureAssessment.Basis
Leg = ExposureAssessment.Leg
_RANK: Final[Mapping[str, int]] = {Basis.FILE: 3, Basis.PRINTED: 2, Basis.DISPLAY: 1, Basis.NONE: 1}
_WORST_FIRST: Final = ("excursion", "unmonitored", "in_range")


def parameters_of(consignment: Consignment, facts: Mapping[str, Any]) -> Parameters:
    """What of a file counts and how: by default the journey from dispatch to opening, measured at least to arrival."""
    leg = facts.get("leg") or Leg.JOURNEY
    begins, ends, until = facts.get("window_from"), facts.get("window_until"), facts.get("window_until")
    if leg == Leg.JOURNEY:
        opened = consignment.inspections.order_by("inspected_at").values_list("inspected_at", flat=True).first()
        begins, ends, until = begins or consignment.dispatched_at, ends or opened, until or consignment.arrived_at
    return Parameters(
        storage=consignment.case.medicine.storage,
        method=facts.get("method") or "trapezoid",
        activation=float(facts.get("activation_kj") or USP.activation),
        begins=begins,
        ends=ends,
        until=until,
    )


def columns_of_file(judged: Judged) -> dict[str, Any]:
    """The columns of an assessment that was computed."""
    found, record = judged.figures, judged.record
    rule = RULES[found.storage]
    return {
        "basis": Basis.FILE,
        "storage": found.storage,
        "method": found.method,
        "engine": METHOD_VERSION,
        "inputs_sha256": fingerprint_of(record),
        "readings": found.readings,
        "begins_at": found.begins,
        "ends_at": found.ends,
        "lowest_c": _exact(found.lowest),
        "highest_c": _exact(found.highest),
        "minutes_above": _exact(found.above),
        "minutes_below": _exact(found.below),
        "minutes_outside": _exact(found.above) + _exact(found.below),
        "minutes_unmonitored": _exact(found.unmonitored),
        "kinetic_mean_c": None if found.kinetic_mean is None else _exact(found.kinetic_mean),
        "worst_kinetic_mean_c": None if found.worst_kinetic_mean is None else _exact(found.worst_kinetic_mean),
        "kinetic_window_hours": None if rule.window_hours is None else int(rule.window_hours),
        "no_kinetic_mean": found.no_kinetic_mean,
        "finding": found.finding,
        "reasons": list(found.reasons),
        "figures": record,
    }


def columns_of_summary(storage: str, facts: Mapping[str, Any], *, printed: bool) -> dict[str, Any]:
    """The columns of an assessment that was typed."""
    lowest, highest = facts.get("lowest_c"), facts.get("highest_c")
    outside = int(facts.get("minutes_outside") or 0)
    finding, words = judge_summary(storage, lowest=lowest, highest=highest, minutes_outside=outside)
    basis = Basis.PRINTED if printed else Basis.DISPLAY if lowest is not None or highest is not None else Basis.NONE
    return {
        "basis": basis,
        "storage": storage,
        "lowest_c": lowest,
        "highest_c": highest,
        "minutes_outside": Decimal(outside),
        "no_kinetic_mean": "There is no kinetic mean without the readings.",
        "finding": finding,
        "reasons": [words],
    }


def budget_columns(consignment: Consignment, facts: Mapping[str, Any], leg: str, outside: Decimal) -> dict[str, Any]:
    """The stability budget before and after, in minutes over all legs; none where nobody has stated one (PDA TR 53).

    Of each leg the most that any assessment found is spent: another method, window or file gives none of it back.
    """
    rows = list(consignment.exposure_assessments.order_by("id").defer("figures"))
    said = [(row.budget_stated, row.budget_source) for row in rows]
    said.append((facts.get("budget_minutes"), facts.get("budget_source", "")))
    stated, source = next(((minutes, words) for minutes, words in reversed(said) if minutes is not None), (None, ""))
    if stated is None:
        return {}
    after = spent([*rows, ExposureAssessment(leg=leg, minutes_outside=outside)])
    return {
        "budget_stated": stated,
        "budget_source": source,
        "budget_before": stated - spent(rows),
        "budget_after": stated - after,
    }


def spent(rows: Iterable[ExposureAssessment]) -> Decimal:
    """Minutes outside the range over all legs."""
    most: dict[str, Decimal] = {}
    for row in rows:
        most[row.leg] = max(most.get(row.leg, Decimal(0)), row.minutes_outside)
    return sum(most.values(), Decimal(0))


def standing(rows: Iterable[ExposureAssessment]) -> list[ExposureAssessment]:
    """Those that nothing later and at least as good has taken the place of, the worst first."""
    ordered = sorted(rows, key=lambda row: row.pk)
    left = [
        row
        for place, row in enumerate(ordered)
        if not any(
            (later.leg, later.logger_number) == (row.leg, row.logger_number) and _RANK[later.basis] >= _RANK[row.basis]
            for later in ordered[place + 1 :]
        )
    ]
    return sorted(left, key=lambda row: (_WORST_FIRST.index(row.finding), -row.pk))


def judge_document(document: Document, layout: Layout, parameters: Parameters) -> Judged:
    """A kept file, judged from its exact bytes.

    :raises LoggerFileRefused: nothing could be read. :raises BytesNotIntact: they are not those that came.
    """
    return judge(read_bytes(document.file), layout, parameters)


def judged_again(assessment: ExposureAssessment) -> Judged:
    """The same file by the same layout and parameters, from its exact bytes.

    :raises ValueError: for an assessment that was typed. :raises BytesNotIntact: the file is not the one that came.
    """
    if assessment.basis != Basis.FILE or assessment.document is None:
        raise ValueError(f"{assessment.label} was typed from a report: there are no readings to reckon with.")
    return judge_again(read_bytes(assessment.document.file), assessment.figures)


def recompute(assessment: ExposureAssessment) -> list[str]:
    """Where an assessment and the same one reckoned now are not alike, in words; empty when they are (I10).

    :raises ValueError, BytesNotIntact: as :func:`judged_again`.
    """
    judged = judged_again(assessment)
    found = differences(assessment.figures, judged.record)
    if not found:
        found = [
            f"{name}: {getattr(assessment, name)} on record, {value} now."
            for name, value in columns_of_file(judged).items()
            if getattr(assessment, name) != value
        ]
    return found


def _exact(value: float) -> Decimal:
    return Decimal(str(round(value, 4)))
