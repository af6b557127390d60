"""Deeds outside the cases (a pathway signed, a list confirmed): who may, and every reason against it at once."""

from collections.abc import Iterable
from dataclasses import dataclass

from cases.lifecycle.checklist import Checked
from cases.lifecycle.errors import NotPermitted, RequirementsUnmet
from cases.people.models import User
from cases.people.roles import Role


@dataclass(frozen=True, slots=True)
class Deeds:
    """How one kind of deed words its checks: who can satisfy them, and the rule they come from."""

    satisfied_by: str
    rule: str

    def check(self, code: str, sentence: str, met: bool, fact: str) -> Checked:
        """One line of a checklist; ``fact`` is what was looked at."""
        return Checked(
            code=code,
            sentence=sentence,
            state="met" if met else "unmet",
            fact=fact,
            satisfied_by=self.satisfied_by,
            rule=self.rule,
        )

    def reason_given(self, reason: str) -> Checked:
        return self.check(
            "ReasonGiven",
            "A reason is given",
            bool(reason.strip()),
            "Given." if reason.strip() else "No reason was given.",
        )


def permit(by: User, roles: frozenset[Role], what: str) -> None:
    """Let a person of one of these roles pass.

    :raises NotPermitted: naming who may; nothing was changed.
    """
    if not by.is_active or by.role not in roles:
        named = ", ".join(sorted(role.label for role in roles))
        raise NotPermitted(f"{by.display_name} may not {what}. Nothing was changed. It is for: {named}.")


def refuse_unmet(sentence: str, lines: Iterable[Checked]) -> None:
    """Refuse with the whole checklist when one of its lines is unmet.

    :param sentence: what was not done, without a full stop.
    :raises RequirementsUnmet: nothing was changed.
    """
    checklist = list(lines)
    if any(line.blocks for line in checklist):
        raise RequirementsUnmet(f"{sentence}. Nothing was changed.", checklist)
