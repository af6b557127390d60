"""What a scanner loses on its way through the keyboard, told from one test symbol. Pure."""

from dataclasses import dataclass
from typing import Final

from cases.custody.scanning.costumes import GS, undress
from cases.custody.scanning.symbol import element_string

# GS1's own example company; the signs are those that move between keyboard layouts, y and z those of German ones.
TEST: Final = {"gtin": "09521234543213", "expiry": "301231", "lot": "aZ-y/7", "serial": "Q_z+Y;8"}
TEST_TEXT: Final = element_string(**TEST)


@dataclass(frozen=True, slots=True)
class Loss:
    """One thing that is not as the symbol says: what, what it does to a pack, and what puts it right."""

    title: str
    harm: str
    remedy: str
    is_grave: bool = True


def losses(raw: str) -> list[Loss]:
    """What the scanner made of the test symbol; empty when nothing was lost."""
    worn = undress(raw)
    text, bare = worn.text, TEST_TEXT.replace(GS, "")
    if not text:
        return [NOTHING]
    found = []
    came = text.replace(GS, "")
    if worn.separators == 0 and text != TEST_TEXT:
        found.append(SEPARATOR)
    if came != bare:
        found.append(_other_text(came, bare))
    if not worn.symbology:
        found.append(SYMBOLOGY)
    return found


def _other_text(came: str, bare: str) -> Loss:
    if came == bare.swapcase() or (came.lower() == bare.lower() and came != bare):
        return CAPITALS
    if came.translate(str.maketrans("yzYZ", "zyZY")) == bare:
        return LETTERS
    if len(came) == len(bare) and all(
        one == other or not one.isalnum() or not other.isalnum() or {one.lower(), other.lower()} == {"y", "z"}
        for one, other in zip(came, bare, strict=True)
    ):
        return LAYOUT
    if bare.startswith(came) or bare.endswith(came):
        return CUT
    return OTHER


NOTHING: Final = Loss(
    "Nothing arrived", "No pack can be read.", "Click into the box, then scan. Set the scanner to keyboard mode (HID)."
)
SEPARATOR: Final = Loss(
    "The separator between the fields is lost",
    "Lot and serial run together; a pack is then told only by its whole text.",
    "In the scanner's manual, look for GS or FNC1 substitution: send ASCII 29, F8 or the text <GS>.",
)
CAPITALS: Final = Loss(
    "Capital and small letters are changed",
    "Every serial with letters is another serial.",
    "Switch Caps Lock off at this computer; in the scanner, switch case conversion off.",
)
LETTERS: Final = Loss(
    "Y and Z are exchanged",
    "Serials with these letters are other serials.",
    "Set the scanner's keyboard country to that of this computer, for example Germany.",
)
LAYOUT: Final = Loss(
    "Signs are exchanged",
    "Lots with a dash or a stroke are other lots.",
    "Set the scanner's keyboard country to that of this computer, or let it type by ALT codes.",
)
CUT: Final = Loss(
    "A part of the text is missing",
    "The code of a pack is not read whole.",
    "Set the scanner slower between two keys (10 milliseconds), and scan again.",
)
OTHER: Final = Loss(
    "Another text arrived",
    "It is not the symbol of this page, or the scanner changes it.",
    "Scan the symbol above. If it was that one, set the scanner to its factory values first.",
)
SYMBOLOGY: Final = Loss(
    "The scanner does not say which kind of code it read",
    "A bar code of another kind is not told from a pack's own code. Packs can be read all the same.",
    "In the scanner's manual, look for AIM identifier and switch it on.",
    is_grave=False,
)
