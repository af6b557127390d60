"""GS1 identifiers as events write them: EPC URNs and Digital Links, checked digit by digit, one canonical form. Pure.

Source: EPC Tag Data Standard 2.0, section 6 (URN forms); GS1 Digital Link 1.2. A serialised pack is one identifier in
two spellings: ``urn:epc:id:sgtin:0312345.067890.SN1`` is ``https://id.gs1.org/01/00312345678906/21/SN1``.
"""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote

from cases.custody.gs1 import check_digit_of

LINK: Final = "https://id.gs1.org/"
_SGTIN: Final = "urn:epc:id:sgtin:"
_SERIAL = r"(?:[!'()*+,\-.:;=_0-9A-Za-z]|%[0-9A-Fa-f]{2})"
# After the scheme: digits in the number the key has, split at one point into company prefix and reference.
_URNS: Final = {
    "id:sgtin": rf"(?=[\d.]{{14}}\.)\d{{6,12}}\.\d{{1,7}}\.{_SERIAL}{{1,20}}",
    "id:sscc": r"(?=[\d.]{18}$)\d{6,12}\.\d{5,11}",
    "id:sgln": rf"(?=[\d.]{{13}}\.)\d{{6,12}}\.\d{{0,6}}\.{_SERIAL}{{1,20}}",
    "id:pgln": r"(?=[\d.]{13}$)\d{6,12}\.\d{0,6}",
    "class:lgtin": rf"(?=[\d.]{{14}}\.)\d{{6,12}}\.\d{{1,7}}\.{_SERIAL}{{1,20}}",
    "idpat:sgtin": r"(?=[\d.]{14}\.)\d{6,12}\.\d{1,7}\.\*",
}
_KNOWN: Final = re.compile(
    r"(?:id|idpat|class):(?:sgtin|sscc|sgln|pgln|lgtin|grai|giai|gsrn|gsrnp|gdti|cpi|sgcn|ginc|gsin|itip|upui|gid|usdod"
    r"|adi|bic|imovn)"
)
_FORMS: Final = {scheme: re.compile(form) for scheme, form in _URNS.items()}
_PACK: Final = re.compile(rf"urn:epc:id:sgtin:{_URNS['id:sgtin']}")
_LINK: Final = re.compile(rf"https://id\.gs1\.org/(\d{{2,4}})/([^/?#]+)((?:/\d{{2,4}}/{_SERIAL}{{1,30}})*)(?:[?#].*)?")
# A pack's link without anything that needs to be decoded: nearly all of them, and there are many.
_PLAIN_LINK: Final = re.compile(r"https://id\.gs1\.org/01/(\d{14})/21/([0-9A-Za-z_.~-]{1,20})")
_plain = _PLAIN_LINK.fullmatch
_CHECKED: Final = {"01": 14, "00": 18, "414": 13, "417": 13}
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:\S+")


@lru_cache(maxsize=4096)
def fault_of(identifier: str) -> str:
    """What is wrong with one identifier of an event, as a sentence; empty when nothing is."""
    plain = _plain(identifier)
    if plain is not None:
        return _fault_of_key("01", plain[1])
    if _PACK.fullmatch(identifier):
        return ""
    if identifier.startswith("urn:epc:"):
        return _fault_of_urn(identifier)
    if identifier.startswith(LINK):
        return _fault_of_link(identifier)
    if not _URI.fullmatch(identifier):
        return f"{identifier[:60]!r} is no identifier: it has no scheme, such as urn: or https:."
    return ""


def _fault_of_urn(identifier: str) -> str:
    scheme, value = _split(identifier)
    if not _KNOWN.fullmatch(scheme):
        return f"{identifier[:60]!r} names no kind of identifier that GS1 knows."
    form = _FORMS.get(scheme)
    if form is None or form.fullmatch(value):
        return "" if value else f"{identifier[:60]!r} has no value."
    kind = scheme.partition(":")[2].upper()
    return f"{identifier[:80]!r} is malformed: an {kind} has another number of digits or parts."


def _split(identifier: str) -> tuple[str, str]:
    parts = identifier.removeprefix("urn:epc:").split(":", 2)
    return ":".join(parts[:2]), parts[2] if len(parts) > 2 else ""


def _fault_of_link(identifier: str) -> str:
    match = _LINK.fullmatch(identifier)
    if match is None:
        return f"{identifier[:80]!r} is no GS1 Digital Link."
    key, value = match.group(1), match.group(2)
    if key in _CHECKED:
        return _fault_of_key(key, value)
    return ""


@lru_cache(maxsize=4096)
def _fault_of_key(key: str, value: str) -> str:
    digits = _CHECKED[key]
    if len(value) != digits or not value.isascii() or not value.isdigit():
        return f"({key}) has {digits} digits; {value!r} was given."
    wanted = check_digit_of(value[:-1])
    return (
        "" if int(value[-1]) == wanted else f"The check digit of ({key}) {value} is {value[-1]} and should be {wanted}."
    )


def pack_of(identifier: str) -> tuple[str, str] | None:
    """GTIN and serial of one pack, from either spelling; nothing for any other identifier."""
    plain = _plain(identifier)
    if plain is not None:
        return plain[1], plain[2]
    if identifier.startswith(_SGTIN):
        prefix, reference, serial = identifier.removeprefix(_SGTIN).split(".", 2)
        return _gtin_of(prefix, reference), unquote(serial)
    if identifier.startswith(f"{LINK}01/"):
        parts = identifier.partition("?")[0].removeprefix(LINK).split("/")
        found = dict(zip(parts[::2], parts[1::2], strict=False))
        if "21" in found:
            return found["01"].zfill(14), unquote(found["21"])
    return None


@lru_cache(maxsize=4096)
def _gtin_of(prefix: str, reference: str) -> str:
    digits = f"{reference[0]}{prefix}{reference[1:]}"
    return f"{digits}{check_digit_of(digits)}"


def canonical(identifier: str) -> str:
    """One spelling of each pack; every other identifier as it is."""
    pack = pack_of(identifier)
    return identifier if pack is None else link_of(*pack)


def respell(identifier: str, spelled: list[str], packs: list[str]) -> str:
    """Add the one spelling of an identifier and, when it is a pack's, its key; gives what is wrong with it instead.

    One look at each: a file holds half a million of them.
    """
    plain = _plain(identifier)
    if plain is not None:
        gtin = plain[1]
        if fault := _fault_of_key("01", gtin):
            return fault
        spelled.append(identifier)
        packs.append(f"{gtin}.{plain[2]}")
        return ""
    if fault := fault_of(identifier):
        return fault
    pack = pack_of(identifier)
    spelled.append(identifier if pack is None else link_of(*pack))
    if pack is not None:
        packs.append(f"{pack[0]}.{pack[1]}")
    return ""


def link_of(gtin: str, serial: str) -> str:
    """The Digital Link of one pack; needs no company prefix."""
    return f"{LINK}01/{gtin}/21/{quote(serial, safe='')}"


def urn_of(gtin: str, serial: str, company_prefix: str) -> str:
    """The URN of one pack; the company prefix decides where its digits are split.

    :raises ValueError: when the GTIN does not belong to that company prefix.
    """
    if not gtin[1:13].startswith(company_prefix) or not 6 <= len(company_prefix) <= 12:
        raise ValueError(f"GTIN {gtin} is not of the company prefix {company_prefix}.")
    reference = gtin[0] + gtin[1 + len(company_prefix) : 13]
    return f"{_SGTIN}{company_prefix}.{reference}.{quote(serial, safe=chr(39) + '()*+,:;=!')}"
