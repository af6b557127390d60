"""Ciphertexts and keys: what is sealed for one place opens there alone, with its key alone."""

import base64
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cases.people.keys import (
    Key,
    KeyNotUsable,
    Keyring,
    blind_index,
    folded,
    key_id_of,
    keyring,
    seal,
    spelled_out,
    unseal,
)

PLACE = ("people_patient", "full_name", "PT-0000-0000-1")
KEY = Key(bytes(range(32)))
places = st.tuples(st.text(max_size=12), st.text(max_size=12), st.text(max_size=12))


@given(st.binary(max_size=400), places)
def test_what_is_sealed_opens_again(plain: bytes, place: tuple[str, str, str]) -> None:
    assert unseal(KEY, seal(KEY, plain, *place), *place) == plain


@given(places, places)
def test_does_not_open_in_another_place(place: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    assume(place != other)
    sealed = seal(KEY, b"secret", *place)
    with pytest.raises(KeyNotUsable, match="altered or belongs to another place"):
        unseal(KEY, sealed, *other)


def test_parts_of_a_place_do_not_run_together() -> None:
    sealed = seal(KEY, b"secret", "ab", "c")
    with pytest.raises(KeyNotUsable):
        unseal(KEY, sealed, "a", "bc")


@given(st.binary(max_size=60), st.data())
def test_every_flipped_bit_is_found(plain: bytes, data: st.DataObject) -> None:
    sealed = bytearray(seal(KEY, plain, *PLACE))
    bit = data.draw(st.integers(0, 8 * len(sealed) - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(KeyNotUsable):
        unseal(KEY, bytes(sealed), *PLACE)


@given(st.integers(0, 32))
def test_every_cut_is_found(length: int) -> None:
    with pytest.raises(KeyNotUsable):
        unseal(KEY, seal(KEY, b"", *PLACE)[:length], *PLACE)


def test_the_same_plain_text_never_looks_the_same() -> None:
    assert len({seal(KEY, b"same", *PLACE) for _ in range(200)}) == 200


def test_another_key_is_named_in_the_refusal() -> None:
    other = Key(b"\x01" * 32)
    sealed = seal(KEY, b"secret", *PLACE)
    assert key_id_of(sealed) == KEY.id
    with pytest.raises(KeyNotUsable, match=f"made with the key {KEY.id}, not with {other.id}"):
        unseal(other, sealed, *PLACE)


def test_a_key_does_not_show_itself() -> None:
    assert repr(KEY) == "Key()"
    assert KEY.secret.hex() not in f"{KEY} {KEY!r} {Keyring(KEY)!r}"


def test_a_wrapped_key_opens_with_earlier_master_keys_too() -> None:
    old, new, data = Key.fresh(), Key.fresh(), Key.fresh()
    wrapped = Keyring(old).wrap(data, "PT-1", "identity")
    assert Keyring(new, (old,)).unwrap(wrapped, "PT-1", "identity") == data
    with pytest.raises(KeyNotUsable, match=f"locked by the master key {old.id}; this server has {new.id}"):
        Keyring(new).unwrap(wrapped, "PT-1", "identity")
    with pytest.raises(KeyNotUsable):
        Keyring(old).unwrap(wrapped, "PT-2", "identity")


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (None, "NPP_MASTER_KEY is not set."),
        ("", "NPP_MASTER_KEY is not set."),
        ("not base64!", "NPP_MASTER_KEY is not base64."),
        (base64.b64encode(b"short").decode(), "NPP_MASTER_KEY has 5 bytes instead of 32."),
    ],
)
def test_a_useless_master_key_is_said_in_a_sentence(settings: Any, value: str | None, sentence: str) -> None:
    settings.NPP_MASTER_KEY = value
    with pytest.raises(KeyNotUsable) as refused:
        keyring()
    assert str(refused.value).startswith(sentence)
    assert "Make one with: python3 -c" in str(refused.value)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Müller", "MULLER"),
        ("Mu\u0308ller", "müller"),
        ("Łukasz", "lukasz"),
        ("O'Brien", "obrien"),
        ("van der Berg", "Vanderberg"),
        ("Straße", "STRASSE"),
        ("İpek", "ipek"),
        ("Işık", "isik"),
        ("Ｔａｎａｋａ", "tanaka"),
        ("Sørensen", "sorensen"),
        ("Nuñez", "nunez"),
        ("Παπαδόπουλος", "παπαδοπουλος"),
        ("田中", "田中"),
    ],
)
def test_names_fold_to_the_same(left: str, right: str) -> None:
    assert folded(left) == folded(right) != ""


@pytest.mark.parametrize(("left", "right"), [("Müller", "Mueller"), ("Sørensen", "Soerensen"), ("Åberg", "Aaberg")])
def test_names_spelled_out_fold_to_the_same(left: str, right: str) -> None:
    assert folded(spelled_out(left)) == folded(right)


@given(st.text(max_size=40))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)


def test_a_blind_index_has_96_bits_and_depends_on_all_parts(settings: Any) -> None:
    first = blind_index("person", "1", "Canary", "1987-04-09")
    assert len(first) == 24
    assert first == blind_index("person", "1", "CANARY", "1987-04-09")
    others = {
        blind_index("record", "1", "Canary", "1987-04-09"),
        blind_index("person", "2", "Canary", "1987-04-09"),
        blind_index("person", "1", "Canary", "1987-04-10"),
        blind_index("person", "1", "Canar", "y1987-04-09"),
    }
    settings.NPP_INDEX_KEY = base64.b64encode(b"\x07" * 32).decode()
    others.add(blind_index("person", "1", "Canary", "1987-04-09"))
    assert len(others) == 5
    assert first not in others
