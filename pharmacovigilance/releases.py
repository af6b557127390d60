"""How a release of the reporting rules becomes rows: loaded as unreviewed drafts, as pathways are.

A later release adds versions and never edits. It counts from the day of loading as the pharmacies write it, since day 0
of a report is such a day: the earliest of their days, so that no report is heard between the old text and the new. A
rule that it has no longer is retired from that day; what was opened by the rule keeps its text. What two people of the
house stand for counts before any release.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from cases.audit.context import acting
from cases.people.models import Pharmacy, User
from pharmacovigilance.library import Release, release
from pharmacovigilance.models import ReportingRuleVersion
from pharmacovigilance.rulebook import fingerprint


class TextChanged(ValueError):
    """Texts differ from what was loaded under the same release; nothing was loaded."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one run of the loader did; ``newer`` names a release that was loaded before and is newer than this one."""

    added: int
    retired: int
    unchanged: int
    newer: str = ""


def load_release(*, by: User, now: datetime, brought: Release | None = None) -> Loaded:
    """Load the release that came with the product, or another one; doing it again adds nothing.

    The first release counts for every day 0, a later one from the local day on which it is loaded. A release
    older than the newest that was loaded changes nothing.

    :raises TextChanged: naming each rule whose text changed under the same release; nothing is loaded then.
    """
    own = brought or release()
    every = list(ReportingRuleVersion.objects.order_by("rule", "version").defer("reason", "decision_reason"))
    shipped = [row for row in every if row.origin == ReportingRuleVersion.Origin.SHIPPED]
    newest = max((row.release for row in shipped), default="")
    if newest > own.version:
        return Loaded(0, 0, len(shipped), newer=newest)
    last = {row.rule: row for row in shipped}
    _refuse_changed(own, last)
    numbers = {row.rule: row.version for row in every}
    from_day = _today(now) if any(row.release != own.version for row in shipped) else None
    new = list(_new(own, last, numbers, from_day))
    if new:
        for row in new:
            row.proposed_by, row.proposed_at = by, now
        with acting(by=by, verb="pharmacovigilance.rule.loaded", business_at=now):
            ReportingRuleVersion.objects.bulk_create(new)
    retired = sum(row.is_retirement for row in new)
    return Loaded(len(new) - retired, retired, len(own.texts) - len(new) + retired)


def _today(now: datetime) -> date:
    """The local day at the pharmacies, the earliest where they are in several zones; UTC's where there is none yet."""
    zones = set(Pharmacy.objects.values_list("time_zone", flat=True)) or {"UTC"}
    return min(now.astimezone(ZoneInfo(zone)).date() for zone in zones)


def _refuse_changed(own: Release, last: dict[str, ReportingRuleVersion]) -> None:
    changed = [
        rule
        for rule, text in own.texts.items()
        if rule in last and last[rule].release == own.version and last[rule].data_sha256 != fingerprint(text)
    ]
    if changed:
        raise TextChanged(
            f"The text of {', '.join(changed)} changed under the same release, {own.version}. Nothing was loaded. "
            "Give the changed texts a release of their own."
        )


def _new(
    own: Release, last: dict[str, ReportingRuleVersion], numbers: dict[str, int], from_day: date | None
) -> Iterator[ReportingRuleVersion]:
    """A version for each text that is new or changed, and one for each rule that this release has no longer."""
    shipped = ReportingRuleVersion.Origin.SHIPPED
    for rule, text in own.texts.items():
        before, print_ = last.get(rule), fingerprint(text)
        if before is None or before.is_retirement or before.data_sha256 != print_:
            yield ReportingRuleVersion(
                rule=rule, version=numbers.get(rule, 0) + 1, origin=shipped, release=own.version, data=text,
                data_sha256=print_, in_force_from=from_day,
            )  # fmt: skip
    for rule, before in last.items():
        if rule not in own.texts and not before.is_retirement:
            yield ReportingRuleVersion(
                rule=rule, version=numbers[rule] + 1, origin=shipped, release=own.version, is_retirement=True,
                data=before.data, data_sha256=before.data_sha256, in_force_from=from_day,
            )  # fmt: skip
