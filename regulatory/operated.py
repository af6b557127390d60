"""What a person must know of a pathway before a case is opened on it (ADR 27 and 29).

Two things in its data tell it: its scope is stock, authorized before there is a patient (facts, section 6, rule 15), or
the medicine may go to the patient's own address alone (rule 10). Nothing here knows a country.
"""

from dataclasses import dataclass

from cases.countries import name_of
from regulatory.profiles.loader import Profile, load
from regulatory.profiles.looks_at import gate_nodes

STOCK = "stock_no_patient"
PATIENT = "patient_or_guardian"


@dataclass(frozen=True, slots=True)
class NotDone:
    """What is not done on a pathway, or not as usual, why, and the next step; whole sentences."""

    short: str
    title: str
    why: str
    instead: str

    def __str__(self) -> str:
        return f"{self.why} {self.instead}"


def is_stock(profile: Profile) -> bool:
    """Whether it authorizes stock before there is a patient."""
    return profile.scope == STOCK


def goes_home(profile: Profile) -> bool:
    """Whether nobody but the patient may be the consignee; this house delivers to institutions."""
    asked = [node["party"] for node in gate_nodes(profile) if isinstance(node.get("party"), dict)]
    return any(one["party"] == "consignee" and list(one["is_one_of"]) == [PATIENT] for one in asked)


def not_done_on(profile: Profile) -> NotDone | None:
    """What this house does not do on it; None for a pathway on which a case is run to its end."""
    return _home(profile) if goes_home(profile) else None


def told_of(profile: Profile) -> NotDone | None:
    """What a person must know of it before a case is opened: what is not done, or that it is stock before patients."""
    return stock_first(profile) if is_stock(profile) else not_done_on(profile)


def for_one_patient(profile: Profile) -> list[str]:
    """Other pathways of the same country on which a case of one patient is run, by key."""
    return sorted(
        one.key
        for one in load().profiles.values()
        if one.jurisdiction == profile.jurisdiction
        and one.direction == "inbound"
        and one.key != profile.key
        and not is_stock(one)
        and not goes_home(one)
    )


def stock_first(profile: Profile) -> NotDone:
    """How a pathway for stock is gone: a case of the stock first, then one for each patient that draws from it."""
    return NotDone(
        short="stock first, then drawn for patients",
        title="This pathway authorizes stock before any patient is known.",
        why="A case of it is stock of an institution, without a patient; none is made up. Once packs are on hand, each "
        "patient has a case of their own on this pathway, and its packs are drawn from the stock.",
        instead=f"Where no stock is on hand: {for_a_known_patient(profile)}",
    )


def for_a_known_patient(profile: Profile) -> str:
    """The next step for a patient who is known while no stock is on hand; a whole sentence, its first letter small."""
    others = for_one_patient(profile)
    if others:
        return f"for a patient who is known, open the case on {' or '.join(others)}."
    authority = next((str(one["value"]) for one in profile.section("authority")), "the authority")
    return (
        f"no other pathway of {name_of(profile.jurisdiction)} is on file; ask {authority} whether it permits an import "
        "for one named patient, and record the answer in the enquiry."
    )


def _home(profile: Profile) -> NotDone:
    others = for_one_patient(profile)
    institution = f"Where an institution receives and pays, open the case on {' or '.join(others)}. " if others else ""
    return NotDone(
        short="not operated: to the patient’s own address",
        title="No supply goes out on this pathway.",
        why="The medicine may go to the patient’s own address alone. That is personal importation, which is explained "
        "here and not operated; a consignment of this house goes to an institution.",
        instead=f"{institution}Otherwise answer the enquiry with what the family can do, by the letter of the "
        "triage, or decline it by letter.",
    )
