"""The first layer: the published XML schema, from the folder that the operator names. It is not ours to ship.

Source: HL7 v3 schema set of ICH E2B(R3); roots in ``multicacheschemas``.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

from lxml import etree

from pharmacovigilance.e2b.findings import Finding
from pharmacovigilance.e2b.places import place_of

_MOST: Final = 50


class NoSchema(ValueError):
    """The folder of schemas is named, and has no usable schema for this root."""


@lru_cache(maxsize=4)
def _loaded(folder: Path, root: str) -> etree.XMLSchema:
    at = folder / "multicacheschemas" / f"{root}.xsd"
    if not at.is_file():
        raise NoSchema(f"{at} is not there: NPP_ICH_SCHEMA_DIR names the folder that holds multicacheschemas.")
    try:
        return etree.XMLSchema(etree.parse(str(at), etree.XMLParser(no_network=True)))
    except (etree.XMLSchemaParseError, etree.XMLSyntaxError) as fault:
        raise NoSchema(f"{at} is no usable schema: {fault}") from fault


def check(root: etree._Element, folder: Path) -> Iterator[Finding]:
    """What the schema finds, at most fifty faults.

    :raises NoSchema: when the folder has none.
    """
    schema = _loaded(folder, etree.QName(root).localname)
    if schema.validate(root):
        return
    for entry in list(schema.error_log)[:_MOST]:
        sentence = entry.message.replace("{urn:hl7-org:v3}", "")
        found = root.xpath(entry.path) if entry.path else []
        yield Finding("schema", "", "XSD", place_of(found[0] if found else root), f"Line {entry.line}: {sentence}")
