"""The line listing: one row for each locked version, as it was locked; by medicine, lot and period."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Count, Q, QuerySet

from cases.countries import name_of
from cases.custody.models import Lot
from cases.models import Case, Medicine
from cases.people.models import User
from pharmacovigilance.e2b.exporting import is_coded
from pharmacovigilance.models import CaseVersion, Obligation, Transmission
from pharmacovigilance.papers import known, phrases
from pharmacovigilance.terms import ACTIONS, OUTCOMES

OUTCOME_WORDS: Final = dict(OUTCOMES)
ACTION_WORDS: Final = dict(ACTIONS)
HEADS: Final = (
    "case", "safety case", "worldwide id", "version", "kind", "standing", "day 0", "received (UTC)", "locked (UTC)",
    "country", "pathway", "age", "sex", "suspect medicine", "lot", "expiry", "supplier", "consignment", "lot remark",
    "event", "began", "outcome", "serious", "criteria", "causality", "expected", "action", "reports", "coded in MedDRA",
    "told in time", "told late", "still owed", "accepted", "snapshot SHA-256",
)  # fmt: skip
_BREAK: Final = "; "


@dataclass(frozen=True, slots=True)
class Asked:
    """Which versions are wanted; what is empty asks nothing. ``since`` and ``until`` are days 0, both included."""

    medicine: Medicine | None = None
    lot: str = ""
    since: date | None = None
    until: date | None = None


def listed(user: User, asked: Asked, *, now: datetime) -> "QuerySet[CaseVersion]":
    """The locked versions of cases that this person may see, by day 0, with what was told and is owed: one query."""
    rows = (
        CaseVersion.objects.filter(case__in=Case.objects.visible_to(user, at=now), locked_at__isnull=False)
        .select_related("case", "safety_case")
        .annotate(
            told_in_time=_count(Obligation.State.DONE),
            told_late=_count(Obligation.State.DONE_LATE),
            still_owed=_count(Obligation.State.OPEN),
            accepted=Count(
                "obligations__transmissions",
                filter=Q(obligations__transmissions__state=Transmission.State.ACCEPTED),
                distinct=True,
            ),
        )
    )
    if asked.medicine is not None:
        rows = rows.filter(case__medicine=asked.medicine)
    if asked.lot:
        rows = rows.filter(_of_lot(asked.lot))
    if asked.since is not None:
        rows = rows.filter(day0__gte=asked.since)
    if asked.until is not None:
        rows = rows.filter(day0__lte=asked.until)
    return rows.order_by("day0", "case__reference", "number")


def medicines_of(user: User, *, now: datetime) -> "QuerySet[Medicine]":
    """The medicines of the cases that this person may see."""
    return Medicine.objects.filter(cases__in=Case.objects.visible_to(user, at=now)).distinct()


def lots_of(user: User, *, now: datetime) -> list[str]:
    """The numbers of the lots of those cases."""
    found = Lot.objects.filter(units__case__in=Case.objects.visible_to(user, at=now))
    return sorted(set(found.values_list("number", flat=True)))


def row_of(version: Any) -> list[str]:
    """One version as cells of text, in the order of ``HEADS``; from its snapshot, so that nothing later changes it."""
    told = known.read(version.snapshot)
    lines = [line for one in told.suspected for line in one.lines]
    return [
        told.case,
        version.safety_case.label,
        version.safety_case.worldwide_id,
        str(told.version),
        phrases.KINDS[told.kind],
        "superseded" if version.state == CaseVersion.State.SUPERSEDED else "current",
        told.day0,
        _moment(version.aware_at),
        _moment(version.locked_at),
        name_of(told.country),
        version.snapshot["pathway"],
        *_patient(version.snapshot.get("patient") or {}),
        _joined(one.words for one in told.suspected),
        *(_joined(getattr(line, name) for line in lines) for name in ("lot", "expires_on", "supplier", "consignment")),
        _joined(part for line in lines for part in (line.remark, line.warning)),
        _joined(one.verbatim for one in told.events),
        _joined(one.started or "not known" for one in told.events),
        _joined(OUTCOME_WORDS[one.outcome] for one in told.events),
        "yes" if told.serious else "no",
        _joined(phrases.CRITERION_WORDS.get(name, name) for one in told.events for name in one.criteria),
        told.causality.replace("_", " "),
        {True: "yes", False: "no", None: "not known"}[told.expected],
        _joined(ACTION_WORDS[one.action] for one in told.suspected),
        str(len(version.snapshot["reports"])),
        "yes" if is_coded(version.snapshot) else "no",
        *(str(getattr(version, name)) for name in ("told_in_time", "told_late", "still_owed", "accepted")),
        version.snapshot_sha256,
    ]  # fmt: skip


def _count(state: str) -> Count:
    return Count("obligations", filter=Q(obligations__state=state), distinct=True)


def _of_lot(number: str) -> Q:
    """A version that names the lot, in either form of snapshot, as linked or as the reporter gave it."""
    lot = {"number": number}
    return (
        Q(snapshot__products__contains=[{"lines": [{"lot": lot}]}])
        | Q(snapshot__products__contains=[{"lines": [{"lot_said": number}]}])
        | Q(snapshot__lot__contains=lot)
        | Q(snapshot__doses__contains=[{"lot": lot}])
    )


def _patient(raw: dict[str, Any]) -> list[str]:
    age, sex = raw.get("age"), raw.get("sex") or ""
    years = f"{age['value']} {phrases.coded('age', age['unit'])}" if age else "not known"
    return [years, phrases.coded("sex", sex)]


def _joined(parts: Any) -> str:
    """Each once, in its order."""
    return _BREAK.join(dict.fromkeys(part for part in parts if part))


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def rows_of(versions: "QuerySet[CaseVersion]") -> Iterator[list[str]]:
    """Every version as cells; read in parts, so that a long listing does not fill the memory."""
    for version in versions.iterator(chunk_size=200):
        yield row_of(version)
