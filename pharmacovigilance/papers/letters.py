"""What stands on paper for a letter that no font of the house holds: its name, or its script and how many there are."""

import unicodedata
from itertools import groupby


def named_instead(text: str, letters: str) -> str:
    """The text with these letters named in square brackets, and with them all of their script; the rest as it is."""
    scripts = {_script(sign) for sign in letters if _is_letter(sign)}
    signs = {sign for sign in letters if not _is_letter(sign)}
    shown = []
    for script, run in groupby(text, key=lambda sign: _script(sign) if _is_letter(sign) else ""):
        part = "".join(run)
        if script in scripts:
            shown.append(f"[{len(part)} letters in {script.capitalize()}]")
        else:
            shown.append("".join(_named(sign) if sign in signs else sign for sign in part))
    return "".join(shown)


def _named(sign: str) -> str:
    """A picture by its name; what only joins or varies others is left out."""
    if unicodedata.category(sign) == "Cf":
        return ""
    return f"[{unicodedata.name(sign, f'U+{ord(sign):04X}').lower()}]"


def _is_letter(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LMN" and not unicodedata.name(sign, "").startswith("VARIATION")


def _script(sign: str) -> str:
    return unicodedata.name(sign, "UNKNOWN").partition(" ")[0]
