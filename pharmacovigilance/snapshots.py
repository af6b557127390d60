"""What a version says, frozen: plain JSON without the patient's identity; reports are built from it alone."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Prefetch

from pharmacovigilance.coding.services import EdqmCodes, Kind, edqm_codes
from pharmacovigilance.duplicates.services import cross_references_of
from pharmacovigilance.e2b.snapshots import NOBODY, PRESENT, as_known
from pharmacovigilance.languages import three_letters
from pharmacovigilance.linking import Doubt, doubts_about
from pharmacovigilance.models import (
    AdverseEvent,
    Assessment,
    CaseVersion,
    DosageLine,
    ReportedProduct,
    SafetyCase,
    SafetyReport,
)
from pharmacovigilance.programmes import asks_for_events
from pharmacovigilance.summing import EXPECTED, UNEXPECTED, standing
from pharmacovigilance.terms import EXPECTEDNESS
from pharmacovigilance.working import judgements_of

OF_A_LOT: Final = ("number", "gtin", "expires_on", "supplier", "supplier_country")
# Columns of a reported product that are copied as they are.
PLAIN: Final = (
    *("number", "role", "name", "strength", "form", "manufacturer", "is_ours"),
    *("indication", "action", "abated", "reappeared", "route"),
)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a safety case, read once, each by number: the page and the snapshot are made from it."""

    events: list[AdverseEvent]
    products: list[ReportedProduct]  # with their lines, lots, suppliers and doses
    judged: list[Assessment]
    doubts: list[Doubt]
    reports: list[SafetyReport]


def known_of(safety_case: SafetyCase) -> Known:
    """Six queries, however much there is of each."""
    lines = DosageLine.objects.select_related("lot__supplier", "dose").order_by("number")
    events = sorted(safety_case.events.all(), key=lambda event: event.number)
    products = list(safety_case.products.prefetch_related(Prefetch("lines", lines)).order_by("number"))
    linked = [line for product in products if product.is_ours for line in product.lines.all() if line.lot_id]
    return Known(
        events=events,
        products=products,
        judged=judgements_of(safety_case),
        doubts=doubts_about(safety_case, sorted(linked, key=lambda line: line.number), events),
        reports=list(safety_case.reports.select_related("entered_by").order_by("number")),
    )


def snapshot_of(version: CaseVersion, *, known: Known | None = None) -> dict[str, Any]:
    """Everything a report may be built from. Eleven queries, however much there is of each.

    :param known: what the caller has read of the safety case already.
    """
    case, safety_case = version.case, version.safety_case
    known = known or known_of(safety_case)
    events, products = known.events, known.products
    doubts = {doubt.line.pk: doubt.sentence for doubt in known.doubts}
    codes = edqm_codes(case.pharmacy, {words for one in products for words in (one.form, one.route)})
    special = version.circumstances.get("special", [])
    return {
        "format": PRESENT,
        "case": case.reference,
        "worldwide_id": safety_case.worldwide_id,
        "version": version.version,
        "kind": version.kind,
        "reason": version.reason,
        "day0": version.day0.isoformat(),
        "aware_at": version.aware_at.isoformat(),
        "zone": case.pharmacy.time_zone,
        "country": case.country,
        "pathway": case.profile_version.profile_key,
        "solicited": asks_for_events(case.profile_version.profile_key),
        "patient": {**NOBODY, **version.patient},
        "events": [_event(event, special) for event in events],
        "products": [_product(product, doubts, codes) for product in products],
        "assessments": [_assessment(one) for one in standing(known.judged)],
        "judged": {
            "serious": version.serious,
            "seriousness_criterion": version.seriousness_criterion,
            "expected": version.expected,
            "causality": version.causality,
            "narrative": version.narrative,
            "circumstances": version.circumstances,
        },
        "others": cross_references_of(safety_case),
        "reports": [_report(report) for report in known.reports],
    }


def content_of_version(version: CaseVersion, *, known: Known | None = None) -> Mapping[str, Any]:
    """What was locked, or what would be if it were locked now; in the present form."""
    return as_known(version.snapshot) if version.snapshot else snapshot_of(version, known=known)


def spelled(snapshot: Mapping[str, Any]) -> bytes:
    """The one canonical spelling of a snapshot: sorted keys, no blanks, UTF-8."""
    return json.dumps(snapshot, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def digest_of(snapshot: Mapping[str, Any]) -> str:
    """SHA-256 of the snapshot in its canonical spelling."""
    return hashlib.sha256(spelled(snapshot)).hexdigest()


def _event(event: AdverseEvent, special: list[str]) -> dict[str, Any]:
    return {
        "number": event.number,
        "verbatim": event.verbatim,
        "language": event.language,
        "language_code": three_letters(event.language),
        "started": event.started,
        "ended": event.ended,
        "outcome": event.outcome,
        "country": event.country,
        "criteria": sorted(event.criteria),
        "special": special,
        "tests": event.tests,
        "meddra": {"code": event.meddra_code, "version": event.meddra_version} if event.meddra_code else None,
    }


def _product(product: ReportedProduct, doubts: Mapping[int, str], codes: EdqmCodes) -> dict[str, Any]:
    lines = sorted(product.lines.all(), key=lambda line: line.number)
    return {name: getattr(product, name) for name in PLAIN} | {
        "form_code": codes.get((Kind.EDQM_FORM, product.form.casefold())),
        "route_code": codes.get((Kind.EDQM_ROUTE, product.route.casefold())),
        "lines": [_line(line, doubts.get(line.pk, "")) for line in lines],
    }


def _line(line: DosageLine, warning: str) -> dict[str, Any]:
    origin = line.origin or {}
    lot = {name: origin.get(name, "") for name in OF_A_LOT} if origin else None
    return {
        "number": line.number,
        "lot": lot,
        "lot_status": line.lot_status,
        "lot_said": line.lot_said,
        "reason": line.reason,
        "first_given_at": line.started,
        "last_given_at": line.last,
        "amount": line.amount,
        "consignment": origin.get("consignment", ""),
        "serials": origin.get("serials", []),
        "temperature": origin.get("temperature", ""),
        "warning": warning,
    }


def _assessment(one: Assessment) -> dict[str, Any]:
    expected = {EXPECTED: True, UNEXPECTED: False}.get(one.result) if one.method == EXPECTEDNESS else None
    return {
        "event": one.event.number,
        "product": one.product.number,
        "source": one.source,
        "method": one.method,
        "answers": one.answers,
        "score": one.score,
        "result": one.result,
        "expected": expected,
        "reference": str(one.reference) if one.reference else None,
        "by": one.assessed_by.code,
        "at": one.assessed_at.isoformat(),
    }


def _report(report: SafetyReport) -> dict[str, Any]:
    return {
        "label": report.label,
        "channel": report.channel,
        "received_at": report.received_at.isoformat(),
        "verbatim": report.verbatim,
        "language": report.language,
        "onset_on": report.onset_on.isoformat() if report.onset_on else None,
        "seriousness": report.seriousness,
        "qualification": getattr(report, "qualification", ""),
        "entered_by": report.entered_by.code,
        "entered_at": report.entered_at.isoformat(),
    }
