"""Re-triage: whose answer would rest on other rules or other facts today, what changed, and where it would lead now.

Offered to those who asked to be told, for the last twelve months (triage.md E3); looking changes nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from cases.people.models import Pharmacy
from regulatory.models import Enquiry
from regulatory.triage.answers import Answers
from regulatory.triage.evaluator import evaluate
from regulatory.triage.looking import looked_up_for
from regulatory.triage.models import Triage, TriageVersion
from regulatory.triage.readings import LookedUp
from regulatory.triage.table import load

OFFERED_FOR = timedelta(days=365)
_NAMES = {
    "profile": "review of the country profile",
    "npp_status": "named-patient route",
    "personal_import": "personal route",
    "cap_months": "limit in months",
    "cap_doses": "limit in doses",
}


@dataclass(frozen=True)
class Offer:
    """One answer to look at again."""

    triage: Triage
    version: TriageVersion
    changes: tuple[str, ...]
    outcome_now: str

    @property
    def moves(self) -> bool:
        """Whether it would end elsewhere today."""
        return self.outcome_now != self.version.outcome


def offers(pharmacy: Pharmacy, *, now: datetime) -> list[Offer]:
    """What to look at again: those whose outcome would move first, then the newest. Two queries and one a country."""
    rows = (
        Triage.objects.filter(pharmacy=pharmacy, wants_to_be_told=True, forgotten_at__isnull=True)
        .exclude(state=Triage.State.ANSWERING)
        .exclude(enquiry__state=Enquiry.State.BECAME_CASE)
        .select_related("enquiry", "pharmacy")
        .prefetch_related("versions")
    )
    read: dict[str, LookedUp | None] = {}
    found = [offer for row in rows if (offer := offer_for(row, now=now, read=read))]
    return sorted(found, key=lambda one: (not one.moves, -one.version.pk))


def offer_for(triage: Triage, *, now: datetime, read: dict[str, LookedUp | None] | None = None) -> Offer | None:
    """Whether one triage would be evaluated differently today, and why.

    :param read: what was looked up already, by country.
    """
    versions = sorted(triage.versions.all(), key=lambda one: one.number)
    if not versions or versions[-1].made_at < now - OFFERED_FOR:
        return None
    version, answers = versions[-1], Answers(versions[-1].answers)
    read = {} if read is None else read
    country = answers.get("country") or ""
    if country not in read:
        read[country] = looked_up_for(country, pharmacy=triage.pharmacy, on=now.date())
    changes = tuple(_changes(version, read[country], now.date()))
    if not changes:
        return None
    return Offer(triage, version, changes, evaluate(answers, load(), read[country]).outcome)


def _changes(version: TriageVersion, looked_up: LookedUp | None, today: date) -> Iterator[str]:
    table = load()
    if version.rules_version != table.version or version.rules_sha256 != table.sha256:
        yield f"The rules: {version.rules_version} then, {table.version} now."
    then: Mapping[str, Any] = version.result.get("profile") or {}
    label = looked_up.label if looked_up else "no country profile"
    if then and then.get("label") != label:
        yield f"The country profile: {then.get('label')} then, {label} now."
    before, after = then.get("values", {}), looked_up.values if looked_up else {}
    for name, words in _NAMES.items():
        if then and before.get(name) != after.get(name):
            yield f"The {words}: {_said(before.get(name))} then, {_said(after.get(name))} now."


def _said(value: str | None) -> str:
    return value.replace("_", " ") if value else "not known"
