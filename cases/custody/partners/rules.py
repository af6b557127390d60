"""What a partner must show for a deed on a day, read from a dated table, and whether it does. Pure: no database.

The table (``rules.json``) says which credential a role needs, for which medicine, from which day on, and how many days
a check counts. It is a draft that nobody has reviewed, and every page that rests on it says so. A wrong table names
its rule and value when it is read.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

BUY, CARRY, SHIP_TO = "buy", "carry", "ship_to"
CONFIRMED: Final = "confirmed"
_FILE: Final = Path(__file__).with_name("rules.json")


@dataclass(frozen=True, slots=True)
class CredentialKind:
    """One kind of credential: its title, who gives it, and where it is looked up."""

    code: str
    title: str
    authority: str
    look_up: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table. ``controlled`` and ``storage`` narrow it to some medicines; empty means all.

    :param inside: the partner's country it holds for; ``outside``: every country but that one.
    :param check_holds_days: a check counts on its day and on so many days after it.
    """

    id: str
    act: str
    roles: frozenset[str]
    credential: str
    expires: bool
    check_holds_days: int
    from_on: date
    until_on: date | None
    basis: str
    source: str
    confidence: str
    inside: str = ""
    outside: str = ""
    controlled: bool = False
    storage: frozenset[str] = frozenset()

    def holds(self, deed: "Deed", role: str, country: str) -> bool:
        """Whether a partner of that role and country needs this for the deed."""
        return (
            self.act == deed.act
            and role in self.roles
            and self.stands_on(deed.by_rules_of)
            and (not self.inside or country == self.inside)
            and (not self.outside or country != self.outside)
            and (not self.controlled or deed.is_controlled)
            and (not self.storage or deed.storage in self.storage)
        )

    def stands_on(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


@dataclass(frozen=True, slots=True)
class PaperRule:
    """How exactly transaction papers must name the packs of a transaction on that day: by ``lot`` or by ``serial``."""

    id: str
    inside: str
    level: str
    from_on: date
    until_on: date | None
    basis: str
    source: str
    confidence: str

    def stands_on(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


@dataclass(frozen=True, slots=True)
class Table:
    """The whole table."""

    version: str
    status: str
    note: str
    acts: dict[str, str]
    credentials: dict[str, CredentialKind]
    rules: tuple[Rule, ...]
    papers: tuple[PaperRule, ...]

    def needed(self, deed: "Deed", *, role: str, country: str) -> list[Rule]:
        return [rule for rule in self.rules if rule.holds(deed, role, country)]

    def title_of(self, rule: Rule) -> str:
        return self.credentials[rule.credential].title

    def cited(self, rule: Rule | PaperRule) -> str:
        """How a checklist names the rule it rests on."""
        return (
            f"partner rule {rule.id} of {rule.from_on}, table version {self.version}, unreviewed draft, "
            f"{rule.confidence} confidence"
        )


@dataclass(frozen=True, slots=True)
class Deed:
    """What is to be done with a partner, on which day, with which medicine.

    :param by_rules_of: the day whose rules count, where the deed itself was begun earlier (a purchase).
    """

    act: str
    on: date
    is_controlled: bool = False
    storage: str = ""
    begun_on: date | None = None

    @property
    def by_rules_of(self) -> date:
        return self.begun_on or self.on


@dataclass(frozen=True, slots=True)
class Checked:
    """One look at the source: its local day and what it said."""

    on: date
    result: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """One credential that a partner has on file."""

    kind: str
    number: str
    valid_from: date | None = None
    valid_until: date | None = None
    ended_on: date | None = None
    end_reason: str = ""
    checks: tuple[Checked, ...] = ()  # in the order they were made: of one day the last one counts


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether a partner has what one rule asks for on a day.

    :param met: ``None`` when it is not known: no end on file, or no check that counts on the day.
    :param lapses_on: the first day on which what is met today no longer is; ``None`` while it is not met or never ends.
    :param lapses_by: ``expiry`` or ``check``, what ends first.
    :param since: the day since which it has not been met, where one is known.
    """

    rule: Rule
    met: bool | None
    fact: str
    held: Held | None = None
    lapses_on: date | None = None
    lapses_by: str = ""
    since: date | None = None


def judge(rule: Rule, held: Sequence[Held], *, partner: str, title: str, on: date) -> Judged:
    """The best of what is on file for this rule on that day, in words that name credential, partner and since when."""
    own = [one for one in held if one.kind == rule.credential]
    if not own:
        return Judged(rule, False, f"No {_lower(title)} of {partner} is on file.")
    found = [_judge_one(rule, one, partner=partner, title=title, on=on) for one in own]
    return max(found, key=lambda one: ({True: 2, None: 1, False: 0}[one.met], one.lapses_on or one.since or date.max))


def _judge_one(rule: Rule, held: Held, *, partner: str, title: str, on: date) -> Judged:
    named = f"{title} {held.number} of {partner}"
    ended = held.ended_on
    if ended is not None and on >= ended:
        return Judged(rule, False, f"{named} no longer counts since {ended}: {held.end_reason}", held, since=ended)
    if held.valid_from is not None and on < held.valid_from:
        return Judged(rule, False, f"{named} begins on {held.valid_from}, after {on}.", held)
    if held.valid_until is not None and on > held.valid_until:
        since = held.valid_until + timedelta(days=1)
        return Judged(rule, False, f"{named} ended on {held.valid_until}, before {on}.", held, since=since)
    if held.valid_until is None and rule.expires:
        return Judged(rule, None, f"{named} has no end on file: ask for it.", held)
    # Of two checks of one day the later one counts: what was confirmed in the morning may be gone by the afternoon.
    last = max((check for check in reversed(held.checks) if check.on <= on), key=lambda check: check.on, default=None)
    if last is None:
        return Judged(rule, None, f"{named} was never checked at its source.", held)
    if last.result != CONFIRMED:
        words = "was not found at its source" if last.result == "not_found" else "was found restricted"
        return Judged(rule, False, f"{named} {words} on {last.on}.", held, since=last.on)
    counts_until = last.on + timedelta(days=rule.check_holds_days)
    if on > counts_until:
        return Judged(
            rule,
            None,
            f"{named} was last checked on {last.on}; a check counts {rule.check_holds_days} days, until "
            f"{counts_until}, not on {on}.",
            held,
            since=counts_until + timedelta(days=1),
        )
    until = held.valid_until
    by_expiry = until is not None and until <= counts_until
    last_day = until if until is not None and by_expiry else counts_until
    fact = f"{named}, {f'valid until {until}' if until else 'no end stated'}; checked on {last.on}, which counts until "
    return Judged(
        rule,
        True,
        f"{fact}{counts_until}.",
        held,
        lapses_on=last_day + timedelta(days=1),
        lapses_by="expiry" if by_expiry else "check",
    )


@cache
def table() -> Table:
    """The table as the product has it.

    :raises ValueError: naming the rule and the value that cannot be used.
    """
    return read_table(json.loads(_FILE.read_text(encoding="utf-8")))


def read_table(raw: dict[str, Any]) -> Table:
    """A table from its JSON.

    :raises ValueError: naming the rule and the value that cannot be used.
    """
    kinds = {code: CredentialKind(code, **said) for code, said in raw["credentials"].items()}
    rules = tuple(_rule(line, raw["acts"], kinds) for line in raw["rules"])
    papers = tuple(_paper_rule(line) for line in raw["papers"])
    twice = [*(rule.id for rule in rules), *(paper.id for paper in papers)]
    if len(set(twice)) != len(twice):
        raise ValueError(f"A rule stands twice among {', '.join(sorted(twice))}.")
    return Table(raw["version"], raw["status"], raw["note"], raw["acts"], kinds, rules, papers)


def _rule(line: dict[str, Any], acts: Iterable[str], kinds: dict[str, CredentialKind]) -> Rule:
    named = line["id"]
    if line["act"] not in acts:
        raise ValueError(f"{named} is for {line['act']!r}, which is no act of the table.")
    if line["credential"] not in kinds:
        raise ValueError(f"{named} asks for {line['credential']!r}, which is no credential of the table.")
    if line["check_holds_days"] < 1:
        raise ValueError(f"{named} lets a check count {line['check_holds_days']} days: at least 1 is asked for.")
    return Rule(
        id=named,
        act=line["act"],
        roles=frozenset(line["roles"]),
        credential=line["credential"],
        expires=line["expires"],
        check_holds_days=line["check_holds_days"],
        from_on=date.fromisoformat(line["from"]),
        until_on=_day(line["until"]),
        basis=line["basis"],
        source=line["source"],
        confidence=line["confidence"],
        inside=line.get("inside", ""),
        outside=line.get("outside", ""),
        controlled=line.get("controlled", False),
        storage=frozenset(line.get("storage", ())),
    )


def _paper_rule(line: dict[str, Any]) -> PaperRule:
    if line["level"] not in ("lot", "serial"):
        raise ValueError(f"{line['id']} asks papers to name packs by {line['level']!r}: lot or serial is meant.")
    return PaperRule(
        id=line["id"],
        inside=line["inside"],
        level=line["level"],
        from_on=date.fromisoformat(line["from"]),
        until_on=_day(line["until"]),
        basis=line["basis"],
        source=line["source"],
        confidence=line["confidence"],
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _lower(title: str) -> str:
    """A title inside a sentence; abbreviations keep their capitals."""
    return title if title[:2].isupper() else title[:1].lower() + title[1:]
