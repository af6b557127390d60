"""Who sends safety messages for a pharmacy: what its gateway and its recipients know of it.

`NPP_SAFETY_SENDER` names a JSON file of data elements (C.3.1 to C.3.4.8) and "identifier", the sender as the gateway
knows it (N.1.3). Without it the pharmacy's own name and code stand there, and what else a recipient asks is missing.
"""

import json
from pathlib import Path
from typing import Final

from cases.people.models import Pharmacy
from pharmacovigilance.e2b.content import Address, Person, Sender

IDENTIFIER: Final = "identifier"
_SENDER: Final = {
    "C.3.1": "kind", "C.3.2": "organisation", "C.3.3.1": "department", "C.3.4.5": "country", "C.3.4.6": "telephone",
    "C.3.4.7": "fax", "C.3.4.8": "email",
}  # fmt: skip
_PERSON: Final = {"C.3.3.2": "title", "C.3.3.3": "given", "C.3.3.4": "middle", "C.3.3.5": "family"}
_ADDRESS: Final = {"C.3.4.1": "street", "C.3.4.2": "city", "C.3.4.3": "state", "C.3.4.4": "postcode"}
KNOWN: Final = (IDENTIFIER, *_SENDER, *_PERSON, *_ADDRESS)


class SenderUnreadable(ValueError):
    """The file that says who sends cannot be used; the sentence names what is wrong with it."""


def sender_of(pharmacy: Pharmacy, file: Path | None) -> tuple[str, Sender]:
    """The identifier of the sender, and who answers for the report.

    :raises SenderUnreadable: when the file is named and cannot be used.
    """
    said = _read(file) if file else {}
    given = {name: said[element] for element, name in _SENDER.items() if element in said}
    sender = Sender(
        **({"kind": "6", "organisation": pharmacy.name} | given),
        person=Person(**{name: said[element] for element, name in _PERSON.items() if element in said}),
        address=Address(**{name: said[element] for element, name in _ADDRESS.items() if element in said}),
    )
    return said.get(IDENTIFIER, pharmacy.code), sender


def _read(file: Path) -> dict[str, str]:
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise SenderUnreadable(f"NPP_SAFETY_SENDER names {file}, which cannot be read as JSON: {fault}.") from fault
    if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
        raise SenderUnreadable(f"{file} is not one JSON object of texts.")
    if strange := sorted(said.keys() - set(KNOWN)):
        raise SenderUnreadable(f"{file} has {strange[0]!r}; known are {', '.join(KNOWN)}.")
    return said
