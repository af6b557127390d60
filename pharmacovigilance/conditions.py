"""When a reporting rule applies, as a person states it: ways, each of them conditions that all hold. Pure.

A *way* says of each thing that may be known which answers will do: ``{"serious": ("yes",), "criteria": ("death",)}``.
Of what holds several answers ``no_`` before its name says which ones must not be among them. A rule applies if any of
its ways holds. The trees of ``data/reporting_rules.json`` turn into ways and back, in three values as in one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Any, Final

from pharmacovigilance.terms import CIRCUMSTANCES, CRITERIA, PRODUCT_CLASSES, SPECIAL_SITUATIONS

Tree = Mapping[str, Any]
Way = Mapping[str, tuple[str, ...]]
Options = tuple[tuple[str, str], ...]

MOST_WAYS: Final = 12
NONE_OF: Final = "no_"
YES_NO: Final[Options] = (("yes", "yes"), ("no", "no"))
_TRUTH: Final = {"yes": True, "no": False}


class Kind(StrEnum):
    """What an answer is: yes or no, one of a list, or several of it."""

    TRUTH = "truth"
    ONE = "one"
    SEVERAL = "several"


@dataclass(frozen=True, slots=True)
class Known:
    """One thing that the evaluator may know of a report, in the words of the trade."""

    fact: str
    label: str
    kind: Kind = Kind.TRUTH
    options: Options = YES_NO


def _one(fact: str, label: str, *options: tuple[str, str]) -> Known:
    return Known(fact, label, Kind.ONE, options)


KNOWN: Final[Mapping[str, tuple[Known, ...]]] = {
    "The report": (
        _one(
            "report_stage", "Which report", ("initial", "the first one"),
            ("follow_up_significant", "significant new information"), ("follow_up_minor", "a correction"),
        ),
        _one(
            "event_kind", "What happened", ("adverse_reaction", "suspected adverse reaction"),
            ("adverse_event", "adverse event, not suspected"), ("quality_defect", "quality defect"),
        ),
        Known("reaction_present", "There is a reaction"),
        _one("origin", "Country of the event", ("domestic", "the place of the rule"), ("foreign", "another country")),
        Known("solicited", "The report was asked for"),
    ),
    "Seriousness, expectedness, causality": (
        Known("serious", "Serious"),
        Known("criteria", "Criterion of seriousness", Kind.SEVERAL, CRITERIA),
        Known("unexpected", "Unexpected"),
        Known("related", "Related"),
        Known("special", "Special situation", Kind.SEVERAL, SPECIAL_SITUATIONS),
    ),
    "The product and its supply": (
        Known("biological", "Biological medicine"),
        _one("product_class", "Kind of product", *PRODUCT_CLASSES[:-1]),
        _one(
            "product_status_here", "Standing at the place of the rule", ("authorised", "authorized"),
            ("not_authorised", "not authorized"), ("investigational", "investigational"),
        ),
        _one(
            "defect_class", "Class of the defect", ("critical", "critical"), ("non_critical", "not critical"),
            ("level_1", "level 1"), ("level_2", "level 2"), ("level_3", "level 3"),
        ),
        _one(
            "import_basis", "Ground of the import", ("urgent_public_health_need", "urgent public health need"),
            ("other", "another"),
        ),
        Known("treatment_used", "The treatment was used"),
        Known("treatment_ended", "The treatment has ended"),
        Known("period_ended", "A reporting period has ended"),
    ),
    "Who has which role": (
        Known("agreement_in_force", "An agreement with the manufacturer is in force"),
        _one(
            "agreement_class", "Clock of that agreement", ("24h", "24 hours"), ("1bd", "1 business day"),
            ("2cd", "2 calendar days"), ("4d", "4 days"), ("5cd", "5 calendar days"), ("7cd", "7 calendar days"),
            ("no_clock", "it has none"), ("not_entered", "not entered"),
        ),
        Known("under_ind", "Supplied under a US IND"),
        Known("company_holds_ind", "The company holds the IND"),
        Known("named_on_label", "The pharmacy is named on the label"),
        Known("holder_has_us_nda", "The holder has a US NDA"),
        Known("holder_has_us_bla", "The holder has a US BLA"),
        Known("us_marketed_unapproved_rx", "Marketed in the US without approval"),
    ),
    "Circumstances": tuple(Known(fact, label.capitalize()) for fact, label in CIRCUMSTANCES),
}  # fmt: skip
BY_FACT: Final[Mapping[str, Known]] = {one.fact: one for group in KNOWN.values() for one in group}


class NotAsWays(ValueError):
    """A tree says what no way can say."""


def ways_of(tree: Tree) -> list[Way]:
    """The ways in which a rule applies, in the order of its tree.

    :raises NotAsWays: where two conditions of one way speak of the same thing and cannot be said as one.
    """
    if "any" in tree:
        return [way for part in tree["any"] for way in ways_of(part)]
    if "all" in tree:
        return [_joined(parts) for parts in product(*(ways_of(part) for part in tree["all"]))]
    return [_leaf_as_way(tree)]


def _leaf_as_way(leaf: Tree) -> Way:
    known, value, operator = BY_FACT.get(leaf["fact"]), leaf["value"], leaf["op"]
    if known is None:
        raise NotAsWays(f"{leaf['fact']} is not among what may be known of a report.")
    if operator == "is":
        return {known.fact: (("yes" if value else "no") if known.kind == Kind.TRUTH else value,)}
    return {f"{NONE_OF}{known.fact}" if operator == "has_none" else known.fact: tuple(value)}


def _joined(parts: Sequence[Way]) -> Way:
    way: dict[str, tuple[str, ...]] = {}
    for part in parts:
        for key, words in part.items():
            if key.startswith(NONE_OF) and key in way:
                way[key] = tuple(dict.fromkeys((*way[key], *words)))
            elif key in way and set(way[key]) != set(words):
                raise NotAsWays(f"Two conditions speak of {key}.")
            else:
                way[key] = words
    return way


def tree_of(ways: Sequence[Way]) -> Tree:
    """The tree that holds if any of the ways holds."""
    branches = [_branch(way) for way in ways]
    return branches[0] if len(branches) == 1 else {"any": branches}


def _branch(way: Way) -> Tree:
    leaves = [_leaf(key, words) for key, words in sorted(way.items(), key=lambda pair: _place(pair[0])) if words]
    return leaves[0] if len(leaves) == 1 else {"all": leaves}


def _leaf(key: str, words: tuple[str, ...]) -> Tree:
    known = BY_FACT[_fact(key)]
    if known.kind == Kind.SEVERAL:
        return {"fact": known.fact, "op": "has_none" if key.startswith(NONE_OF) else "has_any", "value": list(words)}
    if known.kind == Kind.TRUTH:
        return {"fact": known.fact, "op": "is", "value": _TRUTH[words[0]]}
    if len(words) == 1:
        return {"fact": known.fact, "op": "is", "value": words[0]}
    return {"fact": known.fact, "op": "in", "value": list(words)}


_PLACES: Final = {fact: place for place, fact in enumerate(BY_FACT)}


def _place(key: str) -> tuple[int, bool]:
    return _PLACES[_fact(key)], key.startswith(NONE_OF)


def _fact(key: str) -> str:
    known = BY_FACT.get(key.removeprefix(NONE_OF))
    return known.fact if known is not None and (key == known.fact or known.kind == Kind.SEVERAL) else key


def keys_of(known: Known) -> tuple[str, ...]:
    """By which names its answers are given: one, or two where it holds several."""
    return (known.fact, f"{NONE_OF}{known.fact}") if known.kind == Kind.SEVERAL else (known.fact,)


def read_ways(given: Iterable[Mapping[str, Sequence[str]]], *, now: Tree) -> tuple[Tree, list[str]]:
    """The tree that was stated, and a sentence for each answer that cannot be used; an empty way is left out.

    :param now: the tree as it stands, which stays as it is written where the same is stated.
    """
    faults: list[str] = []
    ways = [way for number, one in enumerate(given, start=1) if (way := _read_way(number, one, faults))]
    if not ways and not faults:
        faults.append("Is missing. State at least one condition; a rule without any would apply to everything.")
    if len(ways) > MOST_WAYS:
        faults.append(f"There are {len(ways)} ways. State at most {MOST_WAYS}, or propose a second rule.")
    if faults:
        return now, faults
    return (now if _same(ways, now) else tree_of(ways)), []


def _read_way(number: int, one: Mapping[str, Sequence[str]], faults: list[str]) -> Way:
    way: dict[str, tuple[str, ...]] = {}
    for key, words in one.items():
        said = tuple(dict.fromkeys(word for word in words if word))
        known = BY_FACT.get(_fact(key))
        if known is None or key not in keys_of(known):
            faults.append(f"Way {number}: “{key}” is nothing that is known of a report. Choose one of the list.")
            continue
        right = [code for code, _ in known.options]
        faults += [
            f"Way {number}, {known.label.lower()}: {word!r} is no answer. Use: {', '.join(right)}."
            for word in said
            if word not in right
        ]
        if known.kind == Kind.TRUTH and len(said) > 1:
            faults.append(f"Way {number}, {known.label.lower()}: yes and no at once. Choose one, or state neither.")
        if said:
            way[key] = tuple(sorted(said, key=lambda word: right.index(word) if word in right else len(right)))
    for known in BY_FACT.values():
        if both := set(way.get(known.fact, ())) & set(way.get(f"{NONE_OF}{known.fact}", ())):
            faults.append(
                f"Way {number}, {known.label.lower()}: {', '.join(sorted(both))} must and must not be there. "
                "Take one away."
            )
    return way


def _same(ways: Sequence[Way], tree: Tree) -> bool:
    try:
        return _plain(ways) == _plain(ways_of(tree))
    except NotAsWays:
        return False


def _plain(ways: Sequence[Way]) -> set[frozenset[tuple[str, frozenset[str]]]]:
    return {frozenset((key, frozenset(words)) for key, words in way.items()) for way in ways}
