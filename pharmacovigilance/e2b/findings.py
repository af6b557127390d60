"""What is wrong with a message or an acknowledgement: the element, the rule, the place and a sentence."""

from dataclasses import asdict, dataclass
from typing import Any, Final

REJECTION, WARNING = "rejection", "warning"
# The layers of the validation, in the order in which they are told; "file" comes before them all.
LAYERS: Final = ("file", "schema", "ich", "recipient")


@dataclass(frozen=True)
class Finding:
    """One fault.

    :param element: the data element by its id; empty for the file as a whole.
    :param rule: the rule's id: ours begin with ICH-, EU- or FILE-, FDA's are its own (R0004, W0005).
    :param xpath: where, without prefixes; the place where it should stand for what is missing.
    """

    layer: str
    element: str
    rule: str
    xpath: str
    sentence: str
    severity: str = REJECTION

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class Unreadable(ValueError):
    """A file that is no message: too large, another kind, cut, with a document type. Nothing of it was taken.

    :param finding: what is wrong, named.
    """

    def __init__(self, rule: str, sentence: str) -> None:
        self.finding = Finding("file", "", f"FILE-{rule}", "/", sentence)
        super().__init__(sentence)
