"""An acknowledgement of messages (ACK), read: what a recipient says of a batch (A) and of each message in it (B.r).

Source: ICH E2B(R3) implementation guide, ICSR acknowledgement transaction (facts, pharmacovigilance 1.10). Pure.
"""

from dataclasses import dataclass
from typing import Final

from lxml import etree

from pharmacovigilance.e2b.findings import Unreadable
from pharmacovigilance.e2b.places import ICH_ID, ICH_LIST, NAMESPACES
from pharmacovigilance.e2b.reading import ACKNOWLEDGEMENT, root_of

OF_BATCH: Final = {
    "AA": "accepted",
    "AE": "some reports need further action",
    "AR": "rejected, none of it was read",
}
OF_MESSAGE: Final = {"CA": "accepted", "CR": "rejected"}


@dataclass(frozen=True)
class OfMessage:
    """What is said of one message."""

    report: str  # ACK.B.r.1
    local_number: str  # ACK.B.r.2
    receiver: str  # ACK.B.r.3
    sender: str  # ACK.B.r.4
    created: str  # ACK.B.r.5
    code: str  # ACK.B.r.6
    text: str  # ACK.B.r.7

    @property
    def faults(self) -> tuple[str, ...]:
        """The recipient's sentences, one by one: FDA joins them by semicolons and cuts the last."""
        return tuple(part.strip() for part in self.text.split(";") if part.strip())

    def names(self, report: str) -> bool:
        """Whether this is about that report; FDA writes message and report identifier in one field."""
        return report in self.report.split()


@dataclass(frozen=True)
class Acknowledgement:
    """What is said of one batch."""

    number: str  # ACK.M.1
    sender: str  # ACK.M.2
    receiver: str  # ACK.M.3
    sent: str  # ACK.M.4
    batch: str  # ACK.A.1
    local_number: str  # ACK.A.2
    batch_sent: str  # ACK.A.3
    code: str  # ACK.A.4
    text: str  # ACK.A.5
    messages: tuple[OfMessage, ...]


def read(data: bytes) -> Acknowledgement:
    """The acknowledgement in a file.

    :raises Unreadable: when it is none, or lacks what names a batch or says what became of it.
    """
    root = root_of(data, roots=(ACKNOWLEDGEMENT,))
    found = Acknowledgement(
        number=_extension(root, "h:id", 20),
        sender=_extension(root, "h:sender/h:device/h:id", 17),
        receiver=_extension(root, "h:receiver/h:device/h:id", 18),
        sent=_at(root, "h:creationTime/@value"),
        batch=_extension(root, "h:acknowledgement/h:targetBatch/h:id", 22),
        local_number=_line(root, "2", "extension"),
        batch_sent=_line(root, "3", "value"),
        code=_at(root, "h:acknowledgement/@typeCode"),
        text=_at(root, "h:acknowledgement/h:acknowledgementDetail/h:text"),
        messages=tuple(_message(node) for node in root.iterfind("h:MCCI_IN000002UV01", NAMESPACES)),
    )
    _refuse_gaps("ACK.A.1", found.batch, "does not name a batch (ACK.A.1)")
    _refuse_gaps(
        "ACK.A.4", found.code in OF_BATCH, f"says {found.code!r} of the batch; known are {', '.join(OF_BATCH)}"
    )
    for number, one in enumerate(found.messages, start=1):
        _refuse_gaps("ACK.B.r.1", one.report, f"does not name the report of its message {number} (ACK.B.r.1)")
        known = f"says {one.code!r} of message {number}; known are {', '.join(OF_MESSAGE)}"
        _refuse_gaps("ACK.B.r.6", one.code in OF_MESSAGE, known)
    return found


def _refuse_gaps(element: str, is_there: object, words: str) -> None:
    if not is_there:
        raise Unreadable(element, f"The acknowledgement {words}. Ask the recipient for it again.")


def _message(node: etree._Element) -> OfMessage:
    return OfMessage(
        report=_extension(node, "h:acknowledgement/h:targetMessage/h:id", 1),
        local_number=_extension(node, "h:id", 19),
        receiver=_extension(node, "h:receiver/h:device/h:id", 16),
        sender=_extension(node, "h:sender/h:device/h:id", 15),
        created=_line(node, "1", "value"),
        code=_at(node, "h:acknowledgement/@typeCode"),
        text=_at(node, "h:acknowledgement/h:acknowledgementDetail/h:text"),
    )


def _extension(node: etree._Element, path: str, number: int) -> str:
    return _at(node, f"{path}[@root='{ICH_ID}{number}']/@extension")


def _line(node: etree._Element, code: str, attribute: str) -> str:
    keyed = f"h:attentionLine[h:keyWordText[@code='{code}'][@codeSystem='{ICH_LIST}24']]"
    return _at(node, f"{keyed}/h:value/@{attribute}")


def _at(node: etree._Element, path: str) -> str:
    return str(node.xpath(f"string({path})", namespaces=NAMESPACES)).strip()
