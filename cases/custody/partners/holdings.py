"""What a partner has on file, read for the rules in two queries, and how it stands on a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import models

from cases.custody.models import CredentialCheck, Partner, PartnerCredential
from cases.custody.partners.rules import BUY, CARRY, SHIP_TO, Checked, Deed, Held, Judged, Rule, judge, table

ACT_OF_KIND = {
    Partner.Kind.SUPPLIER: BUY,
    Partner.Kind.WHOLESALER: BUY,
    Partner.Kind.MANUFACTURER: BUY,
    Partner.Kind.IMPORTER: BUY,
    Partner.Kind.CARRIER: CARRY,
    Partner.Kind.INSTITUTION: SHIP_TO,
}
SUPPLYING = tuple(kind for kind, act in ACT_OF_KIND.items() if act == BUY)


@dataclass(frozen=True, slots=True)
class OnFile:
    """One credential as a page shows it: the row, its checks newest first, and itself as the rules read it."""

    row: PartnerCredential
    checks: tuple[CredentialCheck, ...]
    held: Held


def with_files(partners: "models.QuerySet[Partner]") -> "models.QuerySet[Partner]":
    """The same partners with everything that :func:`on_file` reads, in three queries however many there are."""
    return partners.select_related("pharmacy", "institution").prefetch_related(
        models.Prefetch("credentials", _with_checks(PartnerCredential.objects.all()))
    )


def _with_checks(rows: "models.QuerySet[PartnerCredential]") -> "models.QuerySet[PartnerCredential]":
    checks = CredentialCheck.objects.select_related("checked_by", "evidence")
    return rows.select_related("end", "entered_by").prefetch_related(models.Prefetch("checks", checks))


def on_file(partner: Partner) -> list[OnFile]:
    """Every credential of a partner with its checks and its end."""
    zone = ZoneInfo(partner.pharmacy.time_zone)
    rows = partner.credentials.all()
    if "credentials" not in getattr(partner, "_prefetched_objects_cache", {}):
        rows = _with_checks(rows)
    return [_on_file(row, zone) for row in sorted(rows, key=lambda row: (row.kind, row.pk))]


def _on_file(row: PartnerCredential, zone: ZoneInfo) -> OnFile:
    checks = tuple(sorted(row.checks.all(), key=lambda check: (check.checked_at, check.pk), reverse=True))
    end = getattr(row, "end", None)
    held = Held(
        kind=row.kind,
        number=row.number,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        ended_on=end.ended_on if end else None,
        end_reason=end.reason if end else "",
        checks=tuple(
            Checked(check.checked_at.astimezone(zone).date(), check.result, check.checked_by.display_name)
            for check in reversed(checks)
        ),
    )
    return OnFile(row, checks, held)


def judged(partner: Partner, deed: Deed, held: Iterable[Held] | None = None) -> list[Judged]:
    """Everything that the table asks of this partner for the deed, in the order of the table."""
    there = [one.held for one in on_file(partner)] if held is None else list(held)
    rules = table()
    return [
        judge(rule, there, partner=partner.name, title=rules.title_of(rule), on=deed.on)
        for rule in rules.needed(deed, role=partner.kind, country=partner.country)
    ]


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that the table could ask of a partner, whatever the medicine.

    :param state: ``counts``, ``missing`` or ``unknown`` today, ``later`` for a rule that does not stand yet.
    :param act_by: the last day on which it still counts, or the day before a rule begins; ``None`` where it is late.
    """

    judged: Judged
    title: str
    of: str
    state: str
    act_by: date | None

    @property
    def is_usual(self) -> bool:
        """Whether it is asked for every medicine, or for those that most cases need: kept cold, not controlled."""
        return not self.judged.rule.controlled


def asked_of(partner: Partner, on: date) -> list[Asked]:
    """Everything that the table asks of this partner from today on, in its order."""
    rules, held = table(), [one.held for one in on_file(partner)]
    act = ACT_OF_KIND[Partner.Kind(partner.kind)]
    found = []
    last: date | None
    for rule in rules.rules:
        begins = max(rule.from_on, on)
        widest = Deed(act, begins, is_controlled=True, storage=next(iter(sorted(rule.storage)), ""))
        if not rule.holds(widest, partner.kind, partner.country):
            continue
        title = rules.title_of(rule)
        one = judge(rule, held, partner=partner.name, title=title, on=begins)
        if begins > on and not one.met:
            state, last = "later", begins
        else:
            state = {True: "counts", False: "missing", None: "unknown"}[one.met]
            last = one.lapses_on
        found.append(Asked(one, title, _of(rule), state, last - timedelta(days=1) if last else None))
    return found


def _of(rule: Rule) -> str:
    """For which medicines a rule asks, in words."""
    if rule.controlled:
        return "controlled drugs"
    return "medicines kept " + " or ".join(sorted(rule.storage)) if rule.storage else "every medicine"


def local_day(partner: Partner, moment: datetime) -> date:
    """The local day of a moment at the pharmacy that keeps the partner."""
    return moment.astimezone(ZoneInfo(partner.pharmacy.time_zone)).date()
