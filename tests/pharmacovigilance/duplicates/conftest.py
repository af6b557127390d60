"""Two safety cases: of one patient, and of two patients of one pharmacy."""

from dataclasses import replace

from tests.cases.custody.builders import build_supply
from tests.factories import build_case
from tests.laid import laid
from tests.pharmacovigilance.builders import Safety
from tests.pharmacovigilance.duplicates.builders import Pair


def _of_two_patients(words: str, onset_on: str) -> Pair:
    one = Safety(build_supply())
    house, profile = one.supply.house, one.supply.case.profile_version
    other = Safety(replace(one.supply, case=build_case(house, number=2, version=profile)))
    first = one.attach(one.receive(onset_on="2026-03-18"))
    second = other.attach(other.receive(verbatim=words, onset_on=onset_on))
    return Pair(one, other, first, second)


@laid
def pair(db: None) -> Pair:
    """Fever after the same medicine on the same day, in two patients: every point but that of sex."""
    return _of_two_patients("Fever since yesterday.", "2026-03-18")


@laid
def unlike(db: None) -> Pair:
    """Two patients, of whom unlike things are told, weeks apart."""
    return _of_two_patients("A rash on both arms.", "2026-01-18")


@laid
def twice(db: None) -> Pair:
    """One patient, of whom two safety cases tell unlike things."""
    one = Safety(build_supply())
    first = one.attach(one.receive())
    second = one.attach(one.receive(verbatim="A rash on both arms."))
    return Pair(one, one, first, second)
