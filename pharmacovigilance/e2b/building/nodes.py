"""The few ways in which HL7's data types are written, each in one function; the order of attributes is fixed."""

import re
from typing import Final

from lxml import etree

from pharmacovigilance.e2b.content import Amount, Null, Term, Text
from pharmacovigilance.e2b.places import HL7, ICH_ID, MEDDRA, XSI, code_system

_TYPE: Final = f"{{{XSI}}}type"
# What XML cannot hold and a pasted text may: it is shown to have been there.
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# The class, mood or type that HL7 fixes for an element of that name; the schema asks for most of them.
_FIXED: Final = {
    "device": {"classCode": "DEV", "determinerCode": "INSTANCE"},
    "controlActProcess": {"classCode": "CACT", "moodCode": "EVN"},
    "controlActEvent": {"classCode": "CACT", "moodCode": "EVN"},
    "investigationEvent": {"classCode": "INVSTG", "moodCode": "EVN"},
    "relatedInvestigation": {"classCode": "INVSTG", "moodCode": "EVN"},
    "adverseEventAssessment": {"classCode": "INVSTG", "moodCode": "EVN"},
    "investigationCharacteristic": {"classCode": "OBS", "moodCode": "EVN"},
    "observation": {"classCode": "OBS", "moodCode": "EVN"},
    "observationEvent": {"classCode": "OBS", "moodCode": "EVN"},
    "causalityAssessment": {"classCode": "OBS", "moodCode": "EVN"},
    "actReference": {"classCode": "OBS", "moodCode": "EVN"},
    "adverseEffectReference": {"classCode": "OBS", "moodCode": "EVN"},
    "productUseReference": {"classCode": "SBADM", "moodCode": "EVN"},
    "substanceAdministration": {"classCode": "SBADM", "moodCode": "EVN"},
    "organizer": {"classCode": "CATEGORY", "moodCode": "EVN"},
    "document": {"classCode": "DOC", "moodCode": "EVN"},
    "act": {"classCode": "ACT", "moodCode": "EVN"},
    "productEvent": {"classCode": "ACT", "moodCode": "EVN"},
    "approval": {"classCode": "CNTRCT", "moodCode": "EVN"},
    "researchStudy": {"classCode": "CLNTRL", "moodCode": "EVN"},
    "studyRegistration": {"classCode": "ACT", "moodCode": "EVN"},
    "observationRange": {"classCode": "OBS", "moodCode": "EVN.CRT"},
    "primaryRole": {"classCode": "INVSBJ"},
    "player1": {"classCode": "PSN", "determinerCode": "INSTANCE"},
    "assignedPerson": {"classCode": "PSN", "determinerCode": "INSTANCE"},
    "assignedEntity": {"classCode": "ASSIGNED"},
    "representedOrganization": {"classCode": "ORG", "determinerCode": "INSTANCE"},
    "playingOrganization": {"classCode": "ORG", "determinerCode": "INSTANCE"},
    "asQualifiedEntity": {"classCode": "QUAL"},
    "asLocatedEntity": {"classCode": "LOCE"},
    "locatedEntity": {"classCode": "LOCE"},
    "locatedPlace": {"classCode": "COUNTRY", "determinerCode": "INSTANCE"},
    "instanceOfKind": {"classCode": "INST"},
    "kindOfProduct": {"classCode": "MMAT", "determinerCode": "KIND"},
    "productInstanceInstance": {"classCode": "MMAT", "determinerCode": "INSTANCE"},
    "asManufacturedProduct": {"classCode": "MANU"},
    "ingredient": {"classCode": "ACTI"},
    "ingredientSubstance": {"classCode": "MMAT", "determinerCode": "KIND"},
    "territorialAuthority": {"classCode": "TERR"},
    "territory": {"classCode": "NAT", "determinerCode": "INSTANCE"},
    "governingPlace": {"classCode": "COUNTRY", "determinerCode": "INSTANCE"},
    "receiver": {"typeCode": "RCV"},
    "sender": {"typeCode": "SND"},
    "author": {"typeCode": "AUT"},
    "performer": {"typeCode": "PRF"},
    "holder": {"typeCode": "HLD"},
    "consumable": {"typeCode": "CSM"},
    "component": {"typeCode": "COMP"},
    "component1": {"typeCode": "COMP"},
    "reference": {"typeCode": "REFR"},
    "authorization": {"typeCode": "AUTH"},
}


def put(parent: etree._Element, path: str, text: str = "", **attributes: str) -> etree._Element:
    """Put the elements of a path below the parent, each new; text and attributes are those of the last.

    :param path: names parted by strokes; ``name:TYPE`` gives one its ``typeCode`` where that hangs on the place.
    """
    node = parent
    for step in path.split("/"):
        name, _, kind = step.partition(":")
        node = etree.SubElement(node, f"{{{HL7}}}{name}", {"typeCode": kind} if kind else _FIXED.get(name, {}))
    for name, value in attributes.items():
        if value:
            node.set(_TYPE if name == "type" else name, _NO_XML.sub("\N{REPLACEMENT CHARACTER}", value))
    node.text = _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text) or None
    return node


def identifier(parent: etree._Element, number: int, value: str, name: str = "id") -> etree._Element:
    """An identifier of ICH's, by the number of its root."""
    return put(parent, name, root=f"{ICH_ID}{number}", extension=value)


def code(parent: etree._Element, value: str, listed: str, path: str = "code") -> etree._Element:
    """A code of one of the lists: ICH's by number, ``N`` for the NCI Thesaurus, ``F`` and a number for FDA's."""
    return put(parent, path, code=value, codeSystem=code_system(listed))


def said(parent: etree._Element, path: str, value: Text, **attributes: str) -> etree._Element | None:
    """A text or its null flavour; nothing where nothing is said."""
    if value is None or value == "":
        return None
    if isinstance(value, Null):
        return put(parent, path, nullFlavor=value.value, **attributes)
    return put(parent, path, value, **attributes)


def dated(parent: etree._Element, path: str, value: Text) -> etree._Element | None:
    """A point in time or its null flavour."""
    if value is None:
        return None
    if isinstance(value, Null):
        return put(parent, path, nullFlavor=value.value)
    return put(parent, path, value=value)


def coded_value(parent: etree._Element, value: str | Null, listed: str) -> etree._Element:
    if isinstance(value, Null):
        return put(parent, "value", type="CE", nullFlavor=value.value)
    return put(parent, "value", type="CE", code=value, codeSystem=code_system(listed))


def boolean(parent: etree._Element, value: bool | Null) -> etree._Element:
    if isinstance(value, Null):
        return put(parent, "value", type="BL", nullFlavor=value.value)
    return put(parent, "value", type="BL", value="true" if value else "false")


def amount(parent: etree._Element, path: str, given: Amount, **attributes: str) -> etree._Element:
    return put(parent, path, **attributes, value=given.value, unit=given.unit)


def meddra(parent: etree._Element, path: str, term: Term, **attributes: str) -> etree._Element:
    """A term: its code where it is coded, and what was said."""
    node = put(parent, path, **attributes)
    if isinstance(term.text, Null) and not term.code:
        node.set("nullFlavor", term.text.value)
    if term.code:
        node.set("code", term.code)
    node.set("codeSystem", MEDDRA)
    if term.version:
        node.set("codeSystemVersion", term.version)
    original = said(node, "originalText", term.text)
    if original is not None and term.language and not isinstance(term.text, Null):
        original.set("language", term.language)
    return node


def observed(parent: etree._Element, path: str, number: str, listed: str = "19") -> etree._Element:
    """An observation, a component or a related act that begins with its code."""
    node = put(parent, path)
    code(node, number, listed)
    return node
