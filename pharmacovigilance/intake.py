"""Keeping what somebody tells of an event: the report first, with its time of receipt, then its papers.

Pages and API call this and nothing else. A report is never refused for what is missing or cannot be read.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Q

from cases.audit.context import acting
from cases.custody.models import DoseAdministered, Unit, UnitState
from cases.documents import services as papers
from cases.documents.queries import papers_of
from cases.lifecycle.engine import advance
from cases.models import Case, CaseEvent
from cases.people.models import User
from pharmacovigilance.models import ReportPaper, SafetyReport
from pharmacovigilance.said import NOT_KNOWN, Asked, read
from pharmacovigilance.terms import OUTCOMES, SERIOUSNESS, SPECIAL_SITUATIONS

RECEIVE: Final = "pharmacovigilance.report.receive"
PAPER: Final = "safety_report_paper"
OTHER: Final = "other"
# So many doses and packs are offered, the newest first; everything else is told in words.
OFFERED: Final = 12
# Packs that left the shelf for this patient, whole or in part.
_GIVEN_OUT: Final = Q(state=UnitState.DISPENSED) | Q(content_entries__kind="dispense")


@dataclass(frozen=True, slots=True)
class Source:
    """Something that the patient had: a dose on record, or a pack that was dispensed. ``code`` is what a form sends."""

    code: str
    lot: str
    supplier: str
    at: datetime | None
    amount: str


def sources_of(case: Case) -> list[Source]:
    """What this patient had, the newest first: doses, then packs of which no dose is on record."""
    doses = list(
        DoseAdministered.objects.filter(case=case).select_related("unit__lot__supplier").order_by("-given_at")[:OFFERED]
    )
    packs = list(
        Unit.objects.filter(_GIVEN_OUT, case=case, doses=None)
        .select_related("lot__supplier", "consignment")
        .distinct()
        .order_by("-consignment__dispensed_at", "pk")[:OFFERED]
    )
    return [_of_dose(dose) for dose in doses] + [
        Source(f"pack:{pack.pk}", pack.lot.number, pack.lot.supplier.name, pack.consignment.dispensed_at, "")
        for pack in packs
    ]


def only_lot(sources: Sequence[Source]) -> str:
    """The newest of the sources where all are of one lot: it may be filled in, for no other lot was supplied."""
    return sources[0].code if len({source.lot for source in sources}) == 1 else ""


def keep_report(
    case: Case,
    typed: Mapping[str, str | list[str]],
    *,
    by: User,
    now: datetime,
    form_key: str = "",
    request_id: str = "",
    zone: str = "",
    adds_to: SafetyReport | None = None,
) -> SafetyReport:
    """Record what was told, as far as it can be read, through the one door.

    The same form with the same words is one report; with other words it is a further one that adds to the first.

    :param zone: whose time a moment without a zone is in; the pharmacy's when left out.
    :raises NotPermitted: to strangers, and to those who only read.
    """
    said = read(typed, _asked(case, by, now, zone or case.pharmacy.time_zone))
    key = _key(case, by, form_key, typed)
    earlier = _earlier(case, by, key)
    named = said.facts.pop("papers", [])
    facts = dict(said.facts) | ({"unread": "\n".join(said.unread)} if said.unread else {})
    if adds_to := adds_to or (earlier if earlier is not None and not _is_same(case, key) else None):
        facts["adds_to"] = adds_to.pk
    event = advance(case, RECEIVE, by=by, now=now, facts=facts, form_key=key, request_id=request_id)
    report = SafetyReport.objects.get(case=case, number=int(event.subject.removeprefix("S-")))
    _name_papers(report, named, by=by, now=now)
    return report


def keep_papers(report: SafetyReport, files: Iterable[Any], *, by: User, now: datetime, form_key: str) -> list[str]:
    """Take each file in beside the report that is kept already; the sentences say which were not taken and why."""
    refused = []
    for place, file in enumerate(files):
        try:
            with acting(by=by, verb="pharmacovigilance.report.paper_received", business_at=now):
                document = papers.receive_upload(
                    case=report.case,
                    file=file,
                    doc_type=PAPER,
                    by=by,
                    now=now,
                    again=True,
                    language=report.language,
                    form_key=_digest(form_key, report.label, str(place)) if form_key else None,
                )
                ReportPaper.objects.get_or_create(case=report.case, report=report, document=document)
        except papers.UploadRefused as refusal:
            refused.append(refusal.sentence)
    return refused


def _name_papers(report: SafetyReport, labels: Iterable[str], *, by: User, now: datetime) -> None:
    """Papers that are in the house already and came with it."""
    for label in labels:
        document = papers_of(report.case, by).get(number=int(label.removeprefix("D-")))
        with acting(by=by, verb="pharmacovigilance.report.paper_received", business_at=now):
            ReportPaper.objects.get_or_create(case=report.case, report=report, document=document)


def _of_dose(dose: DoseAdministered) -> Source:
    lot = dose.unit.lot if dose.unit else None
    supplier = lot.supplier.name if lot else ""
    return Source(f"dose:{dose.pk}", lot.number if lot else "", supplier, dose.given_at, dose.amount)


def _asked(case: Case, by: User, now: datetime, zone: str) -> Asked:
    yes_no = frozenset({"yes", "no", NOT_KNOWN})
    return Asked(
        codes={
            "criteria": frozenset(code for code, _ in SERIOUSNESS),
            "after": frozenset({OTHER, NOT_KNOWN, *_every_source(case)}),
            "outcome": frozenset(code for code, _ in OUTCOMES),
            "had_reaction": yes_no,
            "situations": frozenset(code for code, _ in SPECIAL_SITUATIONS),
            "qualification": frozenset(SafetyReport.Qualification.values),
            "channel": frozenset(SafetyReport.Channel.values),
            "papers": frozenset(paper.label for paper in papers_of(case, by)),
        },
        zone=ZoneInfo(zone),
        now=now,
    )


def _every_source(case: Case) -> Iterable[str]:
    """All that may be named, also what is too old to be offered."""
    yield from (f"dose:{key}" for key in case.doses.values_list("pk", flat=True))
    yield from (f"pack:{key}" for key in case.units.values_list("pk", flat=True))


def _key(case: Case, by: User, form_key: str, typed: Mapping[str, str | list[str]]) -> str:
    """Which form it came with, and what it said: 32 characters each."""
    if not form_key:
        return ""
    return _digest(by.code, case.reference, form_key) + _digest(json.dumps(typed, sort_keys=True))


def _earlier(case: Case, by: User, key: str) -> SafetyReport | None:
    """The first report that came with the same form."""
    if not key:
        return None
    event = CaseEvent.objects.filter(case=case, by=by, form_key__startswith=key[:32]).order_by("seq").first()
    return SafetyReport.objects.get(case=case, number=int(event.subject.removeprefix("S-"))) if event else None


def _is_same(case: Case, key: str) -> bool:
    return CaseEvent.objects.filter(case=case, form_key=key).exists()


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
