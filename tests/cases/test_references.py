"""Public references: read aloud, typed back, and every slip of one character or one exchange is noticed."""

import hashlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cases.references import (
    ALPHABET,
    CASE,
    ENQUIRY,
    PATIENT,
    PREFIXES,
    TRIAGE,
    InvalidReference,
    is_valid,
    new_reference,
    new_token,
    normalise,
    token_digest,
)

references = st.builds(new_reference, st.sampled_from(PREFIXES))
# Known by hand: sum of value x weight for 2 to 9, prefix N x 10 + P x 11, and the check makes the whole 0 mod 37.
KNOWN = "NP-0000-0000-1"


def test_the_check_character_is_the_one_reckoned_by_hand() -> None:
    # N = 13 and P = 15: 13 x 10 + 15 x 11 = 295 = 7 x 37 + 36, so 1 is missing to a multiple of 37.
    assert normalise(KNOWN) == KNOWN


@pytest.mark.parametrize("prefix", [CASE, ENQUIRY, PATIENT, TRIAGE])
def test_a_new_one_has_its_prefix_and_is_valid(prefix: str) -> None:
    reference = new_reference(prefix)
    assert reference.startswith(f"{prefix}-")
    assert len(reference) == 14
    assert set(reference[3:].replace("-", "")) <= set(ALPHABET)
    assert normalise(reference) == reference


def test_an_unknown_prefix_is_refused() -> None:
    with pytest.raises(InvalidReference, match="'ZZ' is no prefix"):
        new_reference("ZZ")


@given(references, st.integers(0, 8), st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_found(reference: str, position: int, letter: str) -> None:
    letters = list(reference.replace("-", ""))
    assume(letters[2 + position] != letter)
    letters[2 + position] = letter
    assert not is_valid("".join(letters))


@given(references, st.integers(0, 7))
def test_every_exchange_of_neighbours_is_found(reference: str, position: int) -> None:
    letters = list(reference.replace("-", ""))
    left, right = 2 + position, 3 + position
    assume(letters[left] != letters[right])
    letters[left], letters[right] = letters[right], letters[left]
    assert not is_valid("".join(letters))


@given(references, st.sampled_from(PREFIXES))
def test_one_kind_is_never_taken_for_another(reference: str, prefix: str) -> None:
    assume(not reference.startswith(prefix))
    assert not is_valid(prefix + reference[2:])


@given(references, st.booleans(), st.sampled_from(["", " ", "-", "–", " - ", "."]))
def test_spoken_and_sloppy_spellings_come_back_to_the_same(reference: str, lower: bool, joiner: str) -> None:
    prefix, rest = reference[:2], reference[3:].replace("0", "O").replace("1", "l").split("-")
    typed = joiner.join([prefix, *rest])
    assert normalise(typed.lower() if lower else typed) == reference


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "No reference was given."),
        (" - ", "No reference was given."),
        ("ZZ-0000-0000-1", "does not begin with NP, EN, PT or TR"),
        ("NP-0000-000-1", "has 8 characters after NP; a reference has 9"),
        ("NP-0000-00000-1", "has 10 characters after NP; a reference has 9"),
        ("NP-0000-000U-1", "holds “U”, which no reference holds"),
        ("NP-0000-0000-*", "holds “*”, which no reference holds"),
        ("NP-0000-0000-2", "has a typing error: its check character does not fit"),
        ("NP-0000-0001-0", "has a typing error: its check character does not fit"),
        ("NP-0000-0000-1\x00", "has 10 characters after NP"),
    ],
)
def test_says_what_is_wrong(typed: str, sentence: str) -> None:
    with pytest.raises(InvalidReference) as refused:
        normalise(typed)
    assert sentence in str(refused.value)
    assert str(refused.value).isprintable()
    assert not is_valid(typed)


def test_does_not_repeat_a_whole_page_of_nonsense() -> None:
    with pytest.raises(InvalidReference) as refused:
        normalise("x" * 10_000)
    assert len(str(refused.value)) < 200


def test_references_do_not_follow_one_another() -> None:
    assert len({new_reference(CASE) for _ in range(2_000)}) == 2_000


def test_a_token_has_256_bits_and_only_its_digest_is_to_be_kept() -> None:
    token = new_token()
    assert len(token) == 43
    assert token != new_token()
    assert token_digest(token) == hashlib.sha256(token.encode()).hexdigest()
