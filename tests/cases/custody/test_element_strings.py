"""A scanned or printed GS1 text gives its four fields, or a sentence that says what to do."""

import pytest

from cases.custody.gs1 import NotReadable, PackText, check_digit_of, read_element_string

GTIN = "0039999900012" + str(check_digit_of("0039999900012"))
PACK = PackText(gtin=GTIN, serial="4T7Q0ZK19X", lot="7K04B8", expiry="270831")
PLAIN = f"01{GTIN}1727083110" + "7K04B8"


@pytest.mark.parametrize(
    "text",
    [
        f"{PLAIN}\x1d214T7Q0ZK19X",
        f"]d2{PLAIN}\x1d214T7Q0ZK19X\r\n",
        f"{PLAIN}<GS>214T7Q0ZK19X",
        f"{PLAIN}{{GS}}214T7Q0ZK19X",
        f"\x1d01{GTIN}214T7Q0ZK19X\x1d107K04B8\x1d17270831",
        f"(01){GTIN}(17)270831(10)7K04B8(21)4T7Q0ZK19X",
        f"(01) {GTIN} (17) 270831 (10) 7K04B8 (21) 4T7Q0ZK19X",
    ],
)
def test_is_read(text: str) -> None:
    assert read_element_string(text) == PACK


def test_a_lost_separator_runs_lot_and_serial_together() -> None:
    assert read_element_string(f"{PLAIN}214T7Q0ZK19X") == PackText(GTIN, "", "7K04B8214T7Q0ZK19X", "270831")


def test_capital_letters_matter() -> None:
    assert read_element_string(f"{PLAIN}\x1d214t7q0zk19x").serial == "4t7q0zk19x"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "hello",
            "'hello' begins with none of (01), (10), (17) and (21). Scan the square code on the pack, or type what is "
            "printed.",
        ),
        (
            f"01{GTIN}17",
            "Nothing follows (17). Scan the whole code again.",
        ),
        (
            f"01{GTIN}172708",
            "After (17) come 6 digits; '2708' came. Scan the whole code again.",
        ),
        (
            "010039999900012110A",
            "The check digit of GTIN 00399999000121 is 1 and should be 3: one digit was misread.",
        ),
        (
            f"01{GTIN}10A\x1d10B",
            "The code holds two values for the lot. Scan one pack alone.",
        ),
        (
            "10A",
            "A GTIN has 14 digits; '' was given. Copy it from the pack.",
        ),
    ],
)
def test_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(NotReadable) as refused:
        read_element_string(text)
    assert str(refused.value) == sentence
