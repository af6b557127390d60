"""The three kinds of decline: clinical, regulatory, supply; grounds, the fact each must give, steps that may be named.

The three are those of the public practice that the facts name (peers_and_users.md, S7), with the third put in words of
its own: a supply that cannot be had, or not with an unbroken record, or not in its condition.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

CLINICAL, REGULATORY, SUPPLY = "clinical", "regulatory", "supply"
OTHER: Final = "other"
RULE: Final = "house rule R-18, version 1: a decline says why, and what to do next"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. ``fact`` is the field that it must fill beside the explanation, ``asks`` what that field is called;
    ``steps`` those ticked at first."""

    code: str
    label: str
    means: str
    fact: str
    asks: str
    grounds: tuple[str, ...]
    offers: tuple[str, ...]
    steps: tuple[str, ...]


KINDS: Final[Mapping[str, Kind]] = {
    kind.code: kind
    for kind in (
        Kind(
            CLINICAL, "clinical", "The medicine is not right, or not safe, for this patient as the papers stand.",
            "would_change", "What would change the answer",
            ("dose", "contraindication", "interaction", "evidence", "cannot_be_judged"),
            ("talk_to_doctor", "note_from_prescriber", "second_opinion", "trial", "ask_again"),
            ("talk_to_doctor", "note_from_prescriber"),
        ),
        Kind(
            REGULATORY, "regulatory", "The country's rules leave no way that the pharmacy can take.",
            "route", "How the route stands",
            ("route_closed", "conditions_not_met", "paper_missing", "authority_refused", "not_operated"),
            ("talk_to_doctor", "other_route", "local_authority", "trial", "ask_again"),
            ("talk_to_doctor", "local_authority"),
        ),
        Kind(
            SUPPLY, "supply", "It cannot be had, not with an unbroken record, or not in its condition.",
            "tried", "What was tried, with whom and when",
            ("not_sourced", "custody", "journey", "no_receiver"),
            ("talk_to_doctor", "other_pharmacy", "manufacturer", "trial", "ask_again"),
            ("talk_to_doctor", "manufacturer"),
        ),
    )
}  # fmt: skip
LABELS: Final[Mapping[str, str]] = {
    "dose": "Dose or schedule outside what is approved, without a reason on file",
    "contraindication": "Contraindication that the papers do not answer",
    "interaction": "Interaction with another medicine",
    "evidence": "The evidence of today speaks for another treatment",
    "cannot_be_judged": "What is needed to judge it could not be had",
    "route_closed": "The route is closed",
    "conditions_not_met": "The route's conditions cannot be met",
    "paper_missing": "A paper that the authority asks for cannot be had",
    "authority_refused": "The authority refused",
    "not_operated": "The open route is not one we operate",
    "not_sourced": "Not found at a supplier we may buy from",
    "custody": "No unbroken chain of custody",
    "journey": "Cannot travel at its temperature",
    "no_receiver": "No institution can receive it",
    OTHER: "Another ground, as explained",
}
ROUTES: Final = (("open", "open"), ("partially_open", "partially open"), ("closed", "closed"))
STEPS: Final[Mapping[str, str]] = {
    "talk_to_doctor": "Talk to the treating doctor",
    "note_from_prescriber": "A note of the prescriber, then we look again",
    "second_opinion": "A second opinion",
    "trial": "A trial or a programme of the manufacturer",
    "other_route": "Another route of the country",
    "local_authority": "Ask the country's authority",
    "other_pharmacy": "Another pharmacy or hospital",
    "manufacturer": "Ask the manufacturer",
    "ask_again": "Ask us again when it has changed",
}
ADDRESSEES: Final = (
    ("prescriber", "The prescriber"),
    ("family", "The family, by way of the prescriber"),
    ("institution", "The institution"),
)
# How a letter reached the addressee; the prescriber finds it on the page of the case in any case.
CHANNELS: Final = (
    ("page", "On the page of the case; a mail says that it is there"),
    ("told_first", "Said by a person first; then on the page of the case"),
    ("post", "By post"),
    ("handed_over", "Handed over by the prescriber"),
)
LANGUAGES: Final = (("en", "English"), ("fr", "French"), ("es", "Spanish"), ("ar", "Arabic"))
RECONSIDERED: Final = (
    ("new_facts", "New facts, or a note of the prescriber"),
    ("appeal", "Asked by the prescriber or the family"),
    ("rules_changed", "The rules have changed"),
    ("supply_found", "A supply was found"),
    ("our_mistake", "It was our mistake"),
)


def grounds_of(kind: str) -> list[tuple[str, str]]:
    """(code, words) of the grounds of one kind; of all kinds without one."""
    codes = [*KINDS[kind].grounds, OTHER] if kind in KINDS else list(LABELS)
    return [(code, LABELS[code]) for code in codes]


def steps_of(kind: str) -> list[tuple[str, str]]:
    """(code, words) of the steps that a letter of this kind may name."""
    codes = KINDS[kind].offers if kind in KINDS else tuple(STEPS)
    return [(code, STEPS[code]) for code in codes]


def faults_of(kind: Kind, *, ground: str, fact: str, steps: Sequence[str], referral: str) -> Iterator[tuple[str, str]]:
    """(field, what is wrong with it): each kind says its ground and its fact, and every decline names a next step."""
    if not fact.strip():
        yield kind.fact, f"“{kind.asks}” is empty. A {kind.label} decline says it."
    elif kind.code == REGULATORY and fact not in dict(ROUTES):
        yield kind.fact, f"“{fact}” is no word for a route. It is one of: {', '.join(dict(ROUTES))}."
    if ground not in (*kind.grounds, OTHER):
        yield "ground", f"That ground is none of a {kind.label} decline."
    if not any(step in kind.offers for step in steps) and not referral.strip():
        yield "steps", "No next step is named: tick one, or say where to turn."
