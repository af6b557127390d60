"""Reporting rules in force on a day: what releases of the product brought, and in its place what two people stand for.

Every text is a row that never changes. A release that was loaded counts as unreviewed drafts; a pharmacist proposes a
version of a rule, changed, new or confirmed as it is; another person decides, and one of the two is the pharmacist in
charge. What is approved counts from its first day on, and obligations keep the version they were opened with.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any, Final

from django.db.models import Q

from pharmacovigilance.library import DEFAULT, SECOND_STAGE, ReportingRule, RuleLibrary, library_of, release
from pharmacovigilance.models import ReportingRuleVersion

REVIEWED: Final = "reviewed"
_Origin = ReportingRuleVersion.Origin


@dataclass(frozen=True, slots=True)
class Standing:
    """One version that counts or counted: of a release, or approved in this house. Its text is found by its SHA-256."""

    rule: str
    number: int
    name: str
    is_of_the_house: bool
    is_retirement: bool
    begins: date | None
    ends: date | None
    sha256: str
    signed_by: str = ""
    signed_on: str = ""

    def holds_on(self, day: date) -> bool:
        return (self.begins is None or self.begins <= day) and (self.ends is None or day <= self.ends)

    @property
    def precedence(self) -> tuple[bool, date, int]:
        """Of two versions in force the greater one counts: what people stand for, then what begins later."""
        return self.is_of_the_house, self.begins or date.min, self.number

    @property
    def text(self) -> Mapping[str, Any]:
        """What it says, with the signature of who approved it."""
        text = _TEXTS[self.sha256]
        if not self.is_of_the_house:
            return text
        return {**text, "status": REVIEWED, "reviewed_by": self.signed_by, "reviewed_on": self.signed_on}


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Every version that stands; read once, it answers for any day without asking the database again."""

    standing: tuple[Standing, ...]

    def on(self, day: date) -> RuleLibrary:
        """The rules for information received on that day."""
        return _library(tuple(self.chosen_on(day).values()))

    def chosen_on(self, day: date) -> dict[str, Standing]:
        """The version of each rule that counts on that day, by the id of the rule; none of one that was retired."""
        chosen: dict[str, Standing] = {}
        for one in sorted(self.standing, key=lambda one: one.precedence):
            if one.holds_on(day):
                chosen[one.rule] = one
        return {rule: one for rule, one in chosen.items() if not one.is_retirement}

    def with_proposal(self, row: ReportingRuleVersion) -> "Rulebook":
        """The same as if that proposal had been approved."""
        remember(row.data_sha256, row.data)
        return Rulebook((*self.standing, _standing(row)))


def rulebook() -> Rulebook:
    """The versions of this house: one query, and a second for texts that this process has not read yet.

    Where no release of a rule was loaded yet the product's file counts in its place, so that no duty is ever missed.
    """
    rows = ReportingRuleVersion.objects.filter(Q(is_approved=True) | Q(origin=_Origin.SHIPPED))
    found = [_standing(row) for row in rows.select_related("decided_by").defer("data", "reason", "decision_reason")]
    _read_texts({one.sha256 for one in found})
    loaded = {one.rule for one in found if not one.is_of_the_house}
    return Rulebook((*found, *(one for one in _of_the_file() if one.rule not in loaded)))


def in_force(day: date) -> RuleLibrary:
    """The rules in force for information received on that day."""
    return rulebook().on(day)


def _standing(row: ReportingRuleVersion) -> Standing:
    return Standing(
        rule=row.rule, number=row.version, name=row.name, is_of_the_house=row.origin == _Origin.HOUSE,
        is_retirement=row.is_retirement, begins=row.in_force_from, ends=row.in_force_until, sha256=row.data_sha256,
        signed_by=row.decided_by.code if row.decided_by else "",
        signed_on=row.decided_at.date().isoformat() if row.decided_at else "",
    )  # fmt: skip


@lru_cache(maxsize=64)
def _library(chosen: tuple[Standing, ...]) -> RuleLibrary:
    return library_of((one.text, one.name) for one in chosen)


@lru_cache(maxsize=1)
def _of_the_file() -> tuple[Standing, ...]:
    own = release()
    for text in own.texts.values():
        remember(fingerprint(text), text)
    return tuple(
        Standing(rule, 0, own.version, False, False, None, None, fingerprint(text)) for rule, text in own.texts.items()
    )


# Texts by their SHA-256, so that what is once read is right for ever.
_TEXTS: dict[str, Mapping[str, Any]] = {}


def remember(sha256: str, text: Mapping[str, Any]) -> None:
    _TEXTS.setdefault(sha256, text)


def _read_texts(wanted: set[str]) -> None:
    _of_the_file()
    if unknown := wanted - _TEXTS.keys():
        for sha256, text in ReportingRuleVersion.objects.filter(data_sha256__in=unknown).values_list(
            "data_sha256", "data"
        ):
            remember(sha256, text)


def fingerprint(data: Mapping[str, Any]) -> str:
    """SHA-256 of a rule's text in one canonical spelling: sorted keys, no blanks, UTF-8."""
    plain = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(plain.encode("utf-8")).hexdigest()


# -- What one rule says.


def is_known(rule_id: str) -> bool:
    """Whether there is or was a rule of that id, be it only proposed."""
    return rule_id in release().texts or ReportingRuleVersion.objects.filter(rule=rule_id).exists()


@dataclass(frozen=True, slots=True)
class Said:
    """What one rule says on a day, as text and as rule; one that does not count is retired, ended or proposed."""

    text: Mapping[str, Any]
    rule: ReportingRule
    counts: bool


def said_on(rule_id: str, *, day: date, book: Rulebook | None = None) -> Said:
    """One rule as it counts on that day; where it does not, by its newest text.

    :raises LookupError: when there never was a rule of that id.
    """
    if (one := (book or rulebook()).chosen_on(day).get(rule_id)) is not None:
        return Said(one.text, _alone(one.text, one.name), counts=True)
    newest = ReportingRuleVersion.objects.filter(rule=rule_id).order_by("version").last()
    if newest is None:
        raise LookupError(f"There is no reporting rule {rule_id!r}.")
    return Said(newest.data, _alone(newest.data, newest.name), counts=False)


def _alone(text: Mapping[str, Any], name: str) -> ReportingRule:
    return library_of({DEFAULT: (release().texts[DEFAULT], name), text["id"]: (text, name)}.values())[text["id"]]


def rule_as_opened(rule_id: str, version: str) -> ReportingRule:
    """A rule by the version that an obligation names, whether it still counts or not; its second stage is that rule.

    Where no row and no release has that version any more, the oldest text of the rule stands for it, else the default.
    """
    wanted = rule_id.removesuffix(SECOND_STAGE)
    kept = texts_as_opened([(wanted, version)])[0]["text"]
    if kept is None:
        oldest = ReportingRuleVersion.objects.filter(rule=wanted).order_by("version").first()
        kept = oldest.data if oldest else release().texts.get(wanted, release().texts[DEFAULT])
    return replace(_alone(kept, version), id=wanted)


def texts_as_opened(named: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """The text of each rule under the version that an obligation names; none where nobody has it any more.

    :param named: pairs of a rule's id and the version that the obligation was opened with.
    """
    wanted, own = sorted(set(named)), release()
    found = {(rule, own.version): text for rule, text in own.texts.items()}
    elsewhere = {rule for rule, version in wanted if (rule, version) not in found}
    if elsewhere:
        found |= {(row.rule, row.name): row.data for row in ReportingRuleVersion.objects.filter(rule__in=elsewhere)}
    return [{"rule": rule, "version": version, "text": found.get((rule, version))} for rule, version in wanted]
