"""What can be recorded now of each filing and each authorization, so that the workspace has no dead end."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cases.lifecycle.steps import Step
from cases.models import Case
from cases.web.case_page import verb_url
from regulatory.models import Authorization, Filing


@dataclass(slots=True)
class StepsOnOne:
    """The step that carries the case on, where it is one of this record, and the others: (label, address)."""

    following: tuple[str, str] | None = None
    others: list[tuple[str, str]] = field(default_factory=list)


# The pack has its own place in the row, beside what it is.
_SHOWN_ELSEWHERE = frozenset({"regulatory.filing.make_pack"})


def steps_on_records(case: Case, steps: Sequence[Step], following: Step | None) -> dict[str, StepsOnOne]:
    """By the label of a filing or an authorization; "" stands for the step that opens a filing, where it is next."""
    found: dict[str, StepsOnOne] = {}
    for step in steps:
        told = (step.label, verb_url(case, step.verb.code, step.on))
        if step is following and step.verb.code == "regulatory.filing.open":
            found[""] = StepsOnOne(told)
        if not isinstance(step.subject, Filing | Authorization) or step.verb.code in _SHOWN_ELSEWHERE:
            continue
        one = found.setdefault(step.on, StepsOnOne())
        if step is following:
            one.following = told
        else:
            one.others.append(told)
    return found
