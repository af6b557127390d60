"""A scanned or printed text gives the four fields of one pack, or the name of its fault, the place and a sentence."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.custody.scanning.costumes import COSTUMES, GS
from cases.custody.scanning.reading import FAULTS, SET_82, Expected, ScanRefused, read_against, read_fields, read_scan
from cases.custody.scanning.symbol import element_string

GTIN = "00399999000123"
HEAD = f"01{GTIN}17270831"
GOOD = f"{HEAD}10L42{GS}21SN1"
PACK = Expected(GTIN, date(2027, 8, 31), "L42", "SN1")


def told(text: str) -> tuple[str, str, str, str]:
    scan = read_scan(text)
    return scan.gtin, scan.expiry.isoformat(), scan.lot, scan.serial


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"]d2{GOOD}",
        f"]C1{GOOD}\r\n",
        f"]Q3{GOOD}\t",
        f"{GS}{GOOD}{GS}",
        f"21SN1{GS}01{GTIN}10L42{GS}17270831",
        f"{GOOD}{GS}01{GTIN}",
        f"(01){GTIN}(17)270831(10)L42(21)SN1",
        f"(01) {GTIN} (17) 270831 (10) L42 (21) SN1",
        *[GOOD.replace(GS, costume) for costume in COSTUMES],
        GOOD.replace(GS, "{gs}"),
    ],
)
def test_is_read(text: str) -> None:
    assert told(text) == (GTIN, "2027-08-31", "L42", "SN1")


def test_keeps_what_else_the_pack_says_and_how_it_was_read() -> None:
    scan = read_scan(f"]d2{GOOD}{GS}7150000000000")

    assert (scan.symbology, scan.others, scan.warnings) == ("d2", {"715": "0000000000"}, ())
    assert read_scan(GOOD).warnings == ("The scanner did not say which kind of code it read.",)


def test_an_expiry_without_a_day_is_the_last_day_of_its_month_and_says_so() -> None:
    scan = read_scan(f"]d201{GTIN}1728020010L42{GS}21SN1")

    assert (scan.expiry, scan.printed) == (date(2028, 2, 29), "280200")
    assert scan.warnings == (
        "The pack prints the expiry without a day (280200): its last day of the month counts.",
    )  # fmt: skip


# The nine strings that must never pass (custody facts 3), then what else goes wrong at a scanner.
NINE = {
    "a wrong check digit": (f"01003999990001241727083110L42{GS}21SN1", "bad_check_digit", 16,
        "The check digit of GTIN 00399999000124 is 4 and should be 3: one digit was misread."),
    "a thirteenth month": (f"01{GTIN}1727133110L42{GS}21SN1", "bad_date", 21,
        "(17) 271331 is no day of any calendar: year 27, month 13, day 31."),
    "the 30th of February": (f"01{GTIN}1727023010L42{GS}21SN1", "bad_date", 23,
        "(17) 270230 is no day of any calendar: year 27, month 02, day 30."),
    "a lot of 21 characters": (f"{HEAD}10{'L' * 21}{GS}21SN1", "too_long", 47,
        f"A lot has at most 20 characters; '{'L' * 21}' has 21."),
    "a blank in the lot": (f"{HEAD}10L 42{GS}21SN1", "bad_character", 28,
        "The lot 'L 42' holds a blank, which no pack may print there."),
    "two lots": (f"{HEAD}10L42{GS}10L43{GS}21SN1", "repeated_differs", 33,
        "The code holds two values for the lot: L42 and L43. Scan one pack alone."),
    "a lot without GTIN": (f"1727083110L42{GS}21SN1", "missing_gtin", 11,
        "The code has a lot and no GTIN (01). Scan the whole code again."),
    "a serial beside a third-party serial": (f"{GOOD}{GS}235X1", "excluded_pair", 40,
        "(21) and (235) cannot stand in one code. Scan the code of the single pack, not of its carton."),
    "a GTIN beside the content of a carton": (f"01{GTIN}02{GTIN}1727083110L42{GS}21SN1{GS}375", "excluded_pair", 19,
        "(01) and (02) cannot stand in one code. Scan the code of the single pack, not of its carton."),
}  # fmt: skip
OTHERS = {
    "nothing": ("  \r\n", "empty", 0, "Nothing was read. Scan the square code on the pack."),
    "a plain Data Matrix": (f"]d1{GOOD}", "other_symbology", 1,
        "The scanner read a plain Data Matrix, not a GS1 one. Scan the square GS1 code on the pack."),
    "a word": ("hello", "unknown_identifier", 1,
        "'hello' begins with no identifier of GS1, such as (01), (10), (17) or (21). Scan the square code on the pack, "
        "or type what is printed."),
    "a wrong check digit of a carton": ("00123456789012345670", "bad_check_digit", 20,
        "The check digit of value of (00) 123456789012345670 is 0 and should be 5: one digit was misread."),
    "an end after an identifier": (f"01{GTIN}17", "nothing_follows", 19,
        "Nothing follows (17). Scan the whole code again."),
    "a code that was cut": (f"01{GTIN}172708", "too_short", 23,
        "After (17) come 6 characters; '2708' has 4. Scan the whole code again."),
    "a letter in a GTIN": (f"01A{GTIN[1:]}", "bad_digit", 3,
        "After (01) come digits; 'A0399999000123' holds 'A'."),
    "digits of another script": (f"(01){GTIN}(17)٢٧٠٨٣١(10)L42(21)SN1", "bad_character", 23,
        "The expiry '٢٧٠٨٣١' holds '٢', which no pack may print there."),
    "no serial": (f"{HEAD}10L42", "missing_field", 0,
        "The code does not say: serial (21). Scan the square code, not the bars."),
    "a bracket that is none": ("(99999)1", "unknown_identifier", 1,
        "'(99999)1' does not begin with an identifier in brackets, such as (01)."),
}  # fmt: skip


@pytest.mark.parametrize("what", [*NINE, *OTHERS])
def test_is_refused_by_name_with_its_place(what: str) -> None:
    text, code, position, sentence = (NINE | OTHERS)[what]
    with pytest.raises(ScanRefused) as refused:
        read_scan(text)
    assert (refused.value.code, refused.value.position, str(refused.value)) == (code, position, sentence)
    assert refused.value.code in FAULTS


def test_the_position_is_that_of_the_text_as_it_came() -> None:
    with pytest.raises(ScanRefused) as refused:
        read_scan(f"  ]d2{HEAD}10L42<GS>17271331")
    assert (refused.value.code, refused.value.position) == ("bad_date", 43)


@pytest.mark.parametrize(
    "text", [GOOD.replace(GS, ""), f"01{GTIN}21SN11727083110L42", f"]d210L4221SN101{GTIN}17270831"]
)
def test_a_lost_separator_is_read_only_as_the_expected_pack_letter_for_letter(text: str) -> None:
    scan = read_against(text, [Expected(GTIN, date(2027, 8, 31), "L42", "SN2"), PACK])

    assert (scan.gtin, scan.lot, scan.serial, scan.expiry) == (GTIN, "L42", "SN1", date(2027, 8, 31))
    assert scan.warnings[0].startswith("The scanner dropped the separator between the fields")


@pytest.mark.parametrize(
    ("text", "position"),
    [
        (f"01{GTIN}21SN91727083110L42", 0),
        (f"{HEAD}10L4221SN9", 0),
        (f"{HEAD}10ABCDEFGHIJKLM21SERIAL012345", 47),
        (f"{HEAD}21S10L4210M", 0),
    ],
)
def test_a_lost_separator_of_any_other_pack_is_refused(text: str, position: int) -> None:
    with pytest.raises(ScanRefused) as refused:
        read_against(text, [PACK])
    assert (refused.value.code, refused.value.position) == ("lost_separator", position)


def test_capital_and_small_letters_are_two_serials() -> None:
    assert read_against(GOOD.replace("SN1", "sn1"), [PACK]).serial == "sn1"


def test_what_was_typed_keeps_the_same_rules() -> None:
    assert read_fields(gtin=f" {GTIN}", expiry="270831", lot="L42 ", serial="SN1").lot == "L42"
    with pytest.raises(ScanRefused, match="The check digit of GTIN"):
        read_fields(gtin="00399999000124", expiry="270831", lot="L42", serial="SN1")


FIELD = st.text(alphabet=sorted(SET_82 - set("()<>")), min_size=1, max_size=20)


@given(lot=FIELD, serial=FIELD, order=st.permutations(["01", "17", "10", "21"]))
def test_any_pack_is_read_back_in_any_order(lot: str, serial: str, order: list[str]) -> None:
    values = {"01": GTIN, "17": "270831", "10": lot, "21": serial}
    text = GS.join(f"{name}{values[name]}" for name in order)

    assert told(text) == (GTIN, "2027-08-31", lot, serial)


@given(st.text(max_size=60))
def test_no_text_is_more_than_read_or_refused(text: str) -> None:
    for candidate in (text, f"]d2{text}", f"01{GTIN}{text}", f"(01){GTIN}{text}", element_string(
        gtin=GTIN, expiry="270831", lot=text, serial="SN1")):  # fmt: skip
        refusal = refusal_of(candidate)
        assert refusal is None or (refusal.code in FAULTS and str(refusal))
        assert refusal is None or 0 <= refusal.position <= len(candidate) + 1


def refusal_of(text: str) -> ScanRefused | None:
    try:
        read_against(text, [PACK])
    except ScanRefused as refusal:
        return refusal
    return None


@pytest.mark.parametrize("serial", ["SN10-0021", "X2110", "AB1727123110L42", "0172712310021"])
def test_a_serial_with_the_digits_of_other_identifiers_is_a_serial(serial: str) -> None:
    """Typed with its brackets nothing can have been swallowed, and with its separators neither."""
    for text in (f"(01)00399999000123(17)270831(10)L42(21){serial}", f"01003999990001231727083110L42^21{serial}"):
        assert read_against(text, []).serial == serial
