"""Both safety cases of a pair laid side by side, thing by thing, with what differs marked."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch

from cases.web.words import day_with_year, hour, place
from pharmacovigilance.models import (
    AdverseEvent,
    CaseVersion,
    DosageLine,
    DuplicateCandidate,
    OtherIdentifier,
    ReportedProduct,
    SafetyCase,
    SafetyReport,
)
from pharmacovigilance.terms import CRITERIA
from pharmacovigilance.web.said_days import said_day

SAME, DIFFERS, ONE_SIDE, UNKNOWN = "same", "differs", "one_side", "unknown"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that both tell of, as lines of text, and how they compare."""

    label: str
    left: tuple[str, ...]
    right: tuple[str, ...]

    @property
    def verdict(self) -> str:
        if not self.left and not self.right:
            return UNKNOWN
        if not self.left or not self.right:
            return ONE_SIDE
        return SAME if self.left == self.right else DIFFERS


def side_by_side(pair: DuplicateCandidate) -> list[Row]:
    """Both safety cases, thing by thing."""
    rows = SafetyCase.objects.select_related("case__patient", "case__pharmacy").prefetch_related(
        Prefetch("versions", CaseVersion.objects.defer("snapshot").order_by("version")),
        Prefetch("reports", SafetyReport.objects.order_by("number")),
        Prefetch("events", AdverseEvent.objects.order_by("number")),
        Prefetch("products", ReportedProduct.objects.order_by("number")),
        Prefetch("dosage_lines", DosageLine.objects.select_related("lot__supplier").order_by("number")),
        Prefetch("other_identifiers", OtherIdentifier.objects.order_by("number")),
    )
    held = {row.pk: row for row in rows.filter(pk__in=[pair.first_id, pair.second_id])}
    left, right = _lines(held[pair.first_id]), _lines(held[pair.second_id])
    return [Row(label, left[label], right[label]) for label in left]


def _lines(row: SafetyCase) -> dict[str, tuple[str, ...]]:
    version = next(iter(reversed(row.versions.all())), None)
    case, events = row.case, list(row.events.all())
    return {
        "Patient": (case.for_whom,),
        "Medicine": _each(f"{one.name} {one.strength}".strip() for one in row.products.all() if one.is_suspect),
        "Lot": _each(_lot(line) for line in row.dosage_lines.all() if line.lot or line.lot_said),
        "Event": _each(event.verbatim for event in events),
        "Began": _each(said_day(event.started) for event in events if event.started),
        "Seriousness": _each(_seriousness(event) for event in events),
        "Outcome": _each(event.get_outcome_display() for event in events if event.outcome != "0"),
        "Causality": (version.get_causality_display(),) if version else (),
        "Day 0": (day_with_year(version.day0),) if version else (),
        "Destination": (case.country_name,),
        "Numbers of other senders": _each(str(one) for one in row.other_identifiers.all()),
        "Reports": _each(_report(report, case.pharmacy.time_zone) for report in row.reports.all()),
        "Narrative": (version.narrative,) if version and version.narrative else (),
    }


def _lot(line: DosageLine) -> str:
    return f"{line.lot.number}, {line.lot.supplier.name}" if line.lot else f"{line.lot_said}, as reported"


def _seriousness(event: AdverseEvent) -> str:
    named = dict(CRITERIA)
    met = ", ".join(named.get(code, code) for code in event.criteria)
    return f"serious: {met}" if met else "not serious"


def _report(report: SafetyReport, zone: str) -> str:
    received = f"{day_with_year(report.received_at, zone=zone)} {hour(report.received_at, zone=zone)} {place(zone)}"
    return f"{received}, {report.get_channel_display()}: {report.verbatim}"


def _each(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
