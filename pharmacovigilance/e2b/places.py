"""Where each data element stands in a message, and the short spelling in which ``data/elements.json`` says so.

A path is XPath without prefixes, each name in HL7's namespace, with these short hands for what repeats everywhere:

=============  ================================================================================
``{34@19}``    whose ``code`` is 34 of ICH code list 19 (``@N``: NCI Thesaurus, ``@F3``: FDA's list)
``{#1}``       whose ``root`` is number 1 of ICH's identifiers (``{F2.1}``: of FDA's)
``{~17}``      whose own ``codeSystem`` is ICH code list 17
``$id``        the identifier of the drug that is read, by which assessments name it
=============  ================================================================================
"""

import re
from typing import Final

from lxml import etree

HL7: Final = "urn:hl7-org:v3"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
NAMESPACES: Final = {"h": HL7, "xsi": XSI}
ICH_LIST: Final = "2.16.840.1.113883.3.989.2.1.1."
ICH_ID: Final = "2.16.840.1.113883.3.989.2.1.3."
FDA: Final = "2.16.840.1.113883.3.989.5.1.2.2.1."
NCI: Final = "2.16.840.1.113883.3.26.1.1"
MEDDRA: Final = "2.16.840.1.113883.6.163"
COUNTRIES: Final = "1.0.3166.1.2.2"
SEXES: Final = "1.0.5218"
NDC: Final = "2.16.840.1.113883.6.69"
DOSE_FORMS: Final = "0.4.0.127.0.16.1.1.2.1"
ROUTES: Final = "0.4.0.127.0.16.1.1.2.6"
FDA_DRUG_INFORMATION: Final = "2.16.840.1.113883.3.989.5.1.2.1.1.7"

_SHORT: Final = re.compile(r"\{([^}]+)\}")
_WORD: Final = re.compile(r"'[^']*'|[@$][\w:]+|[\w-]+(?=\(|::)|[A-Za-z_]\w*")
_OPERATORS: Final = frozenset(("and", "or"))


def spelled_out(path: str) -> str:
    """The path with its short hands written out, names still without prefix: what a finding shows."""
    return _SHORT.sub(lambda found: _predicate(found[1]), path)


def compiled(path: str) -> etree.XPath:
    """The path as lxml evaluates it."""
    return etree.XPath(_WORD.sub(_prefixed, spelled_out(path)), namespaces=NAMESPACES)


def _predicate(short: str) -> str:
    if short[0] == "#":
        return f"[@root='{ICH_ID}{short[1:]}']"
    if short[0] == "~":
        return f"[@codeSystem='{ICH_LIST}{short[1:]}']"
    if short.startswith("F"):
        return f"[@root='{FDA}{short[1:]}']"
    code, system = short.split("@")
    return f"[code[@code='{code}'][@codeSystem='{code_system(system)}']]"


def code_system(short: str) -> str:
    """The object identifier of a code list: ICH's by number, ``N`` for the NCI Thesaurus, ``F`` and a number: FDA's."""
    if short == "N":
        return NCI
    return FDA + short[1:] if short.startswith("F") else ICH_LIST + short


def _prefixed(found: re.Match[str]) -> str:
    word = found[0]
    named = word[0] in "'@$" or word in _OPERATORS or found.string[found.end() : found.end() + 1] in ("(", ":")
    return word if named else f"h:{word}"


def place_of(node: etree._Element) -> str:
    """The XPath of one node of a message, without prefixes; numbered where the parent has several of its name."""
    steps: list[str] = []
    at: etree._Element | None = node
    while at is not None:
        name = etree.QName(at).localname
        before = sum(1 for _ in at.itersiblings(at.tag, preceding=True))
        alone = not before and next(at.itersiblings(at.tag), None) is None
        steps.append(name if alone else f"{name}[{before + 1}]")
        at = at.getparent()
    return "/" + "/".join(reversed(steps))
