"""Any GS1 identifier as the one Digital Link that its event hash is made of. Pure.

Source: Core Business Vocabulary 2.0, section 8.9 (constrained canonical form), EPC Tag Data Standard 2.0, section 6.
"""

import re
from collections.abc import Callable
from typing import Final

from cases.custody.epcis.identifiers import LINK
from cases.custody.gs1 import check_digit_of

# In the path of a Digital Link these signs are percent-encoded; in a URN they stand as they are.
_ENCODED: Final = str.maketrans({sign: f"%{ord(sign):02X}" for sign in "!()*+,:"})
_URN: Final = re.compile(r"urn:epc:(id|class|idpat):([a-z]+):([^?#\s]+)")
_WEB: Final = re.compile(r"https?://[^/?#\s]+(/[^?#\s]*)")
_NAMES: Final = {
    "sscc": "00", "gtin": "01", "gdti": "253", "gcn": "255", "ginc": "401", "gsin": "402", "gln": "414",
    "party": "417", "grai": "8003", "giai": "8004", "itip": "8006", "cpid": "8010", "gsrnp": "8017", "gsrn": "8018",
    "lot": "10", "ser": "21", "cpv": "22",
}  # fmt: skip
# Of the qualifiers of each key, the finest that is given stays.
_QUALIFIERS: Final = {
    "00": (), "01": ("21", "235", "10"), "253": (), "255": (), "401": (), "402": (), "414": ("254",), "417": (),
    "8003": (), "8004": (), "8006": ("21", "10"), "8010": ("8011",), "8017": (), "8018": (),
}  # fmt: skip


def constrained(identifier: str) -> str:
    """The canonical link of a GS1 key with its finest qualifier alone; any other text as it is."""
    if identifier.startswith("urn:epc:"):
        return _of_urn(identifier)
    if identifier.startswith("http"):
        return _of_link(identifier)
    return identifier


def _checked(digits: str) -> str:
    return f"{digits}{check_digit_of(digits)}"


def _gtin(prefix: str, reference: str) -> str:
    return _checked(f"{reference[:1]}{prefix}{reference[1:]}")


def _serial(text: str) -> str:
    return text.translate(_ENCODED)


def _sgln(prefix: str, reference: str, extension: str) -> str:
    place = f"414/{_checked(prefix + reference)}"
    return place if extension == "0" else f"{place}/254/{_serial(extension)}"


# By kind of URN: the parts of its value, split at so many points, as key and value of a link.
_OF: Final[dict[str, tuple[int, Callable[..., str]]]] = {
    "id:sgtin": (2, lambda p, r, s: f"01/{_gtin(p, r)}/21/{_serial(s)}"),
    "id:sscc": (1, lambda p, r: f"00/{_gtin(p, r)}"),
    "id:sgln": (2, _sgln),
    "id:pgln": (1, lambda p, r: f"417/{_checked(p + r)}"),
    "id:grai": (2, lambda p, r, s: f"8003/{_checked('0' + p + r)}{_serial(s)}"),
    "id:giai": (1, lambda p, r: f"8004/{p}{_serial(r)}"),
    "id:gsrn": (1, lambda p, r: f"8018/{_checked(p + r)}"),
    "id:gsrnp": (1, lambda p, r: f"8017/{_checked(p + r)}"),
    "id:gdti": (2, lambda p, r, s: f"253/{_checked(p + r)}{_serial(s)}"),
    "id:cpi": (2, lambda p, r, s: f"8010/{_serial(p + r)}/8011/{s}"),
    "id:sgcn": (2, lambda p, r, s: f"255/{_checked(p + r)}{s}"),
    "id:ginc": (1, lambda p, r: f"401/{p}{_serial(r)}"),
    "id:gsin": (1, lambda p, r: f"402/{_checked(p + r)}"),
    "id:itip": (4, lambda p, r, piece, total, s: f"8006/{_gtin(p, r)}{piece}{total}/21/{_serial(s)}"),
    "id:upui": (2, lambda p, r, s: f"01/{_gtin(p, r)}/235/{_serial(s)}"),
    "class:lgtin": (2, lambda p, r, lot: f"01/{_gtin(p, r)}/10/{_serial(lot)}"),
    "idpat:sgtin": (2, lambda p, r, _: f"01/{_gtin(p, r)}"),
    "idpat:upui": (2, lambda p, r, _: f"01/{_gtin(p, r)}"),
    "idpat:grai": (2, lambda p, r, _: f"8003/{_checked('0' + p + r)}"),
    "idpat:gdti": (2, lambda p, r, _: f"253/{_checked(p + r)}"),
    "idpat:sgcn": (2, lambda p, r, _: f"255/{_checked(p + r)}"),
    "idpat:cpi": (2, lambda p, r, _: f"8010/{_serial(p + r)}"),
    "idpat:itip": (4, lambda p, r, piece, total, _: f"8006/{_gtin(p, r)}{piece}{total}"),
}


def _of_urn(identifier: str) -> str:
    found = _URN.fullmatch(identifier)
    points, made = _OF.get(f"{found[1]}:{found[2]}", (0, None)) if found else (0, None)
    parts = found[3].split(".", points) if found else []
    if made is None or len(parts) != points + 1 or not parts[0].isdigit():
        return identifier
    try:
        return f"{LINK}{made(*parts)}"
    except ValueError:  # letters where a check digit is reckoned: no such key
        return identifier


def _of_link(identifier: str) -> str:
    found = _WEB.match(identifier)
    steps = [_NAMES.get(step, step) for step in found[1].strip("/").split("/")] if found else []
    for place, key in enumerate(steps[:-1]):
        value = steps[place + 1]
        if key in _QUALIFIERS and value[:4].isdigit():
            given = dict(zip(steps[place + 2 :: 2], steps[place + 3 :: 2], strict=False))
            finest = next((name for name in _QUALIFIERS[key] if name in given), "")
            named = value.zfill(14) if key == "01" else value
            return f"{LINK}{key}/{named}" + (f"/{finest}/{given[finest]}" if finest else "")
    return identifier
