"""The four ways a verb can be refused. Each says that nothing changed, and what to do."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cases.lifecycle.checklist import Checked
    from cases.models import CaseEvent


class Refused(Exception):
    """A verb was not taken and nothing changed.

    ``on_record`` is what must stay on record all the same (a wrong password at a signature); the engine calls it once
    the refused verb is rolled back.
    """

    kind = "refused"
    on_record: Callable[[], object] | None = None

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    @property
    def in_a_line(self) -> str:
        """What was wrong, for where there is room for one line only."""
        return self.sentence


class NotPermitted(Refused):
    """The person may see the record but has not the right to do this (403)."""

    kind = "not-permitted"


class NotPossible(Refused):
    """The record's state does not lead there (409)."""

    kind = "not-possible"


class RequirementsUnmet(Refused):
    """One or more requirements are not met; ``checklist`` is the whole list, met ones too (409)."""

    kind = "requirements-unmet"

    def __init__(self, sentence: str, checklist: Sequence["Checked"]) -> None:
        super().__init__(sentence)
        self.checklist = list(checklist)

    @property
    def unmet(self) -> list["Checked"]:
        return [line for line in self.checklist if line.state == "unmet"]

    @property
    def in_a_line(self) -> str:
        return " ".join(line.fact for line in self.unmet)


class Conflict(Refused):
    """Somebody else acted since the page was read; ``events`` say what changed (409)."""

    kind = "conflict"

    def __init__(self, sentence: str, events: Sequence["CaseEvent"]) -> None:
        super().__init__(sentence)
        self.events = list(events)


class FactsInvalid(Refused):
    """What was typed cannot be used; ``errors`` name each field with a sentence (422)."""

    kind = "facts-invalid"

    def __init__(self, sentence: str, errors: dict[str, list[str]]) -> None:
        super().__init__(sentence)
        self.errors = errors

    @property
    def in_a_line(self) -> str:
        return " ".join(line for lines in self.errors.values() for line in lines)
