"""What a new version of a pathway does to a case that pins an older one: it is told, and a person settles it.

A case keeps the version that it pins until a named person moves it (domain.md 5). A hold that came with the change is
lifted by itself, like any other.
"""

from datetime import date

from django.db import models

from cases.deadlines.clocks import USUAL_LADDER, DeadlineKind, declare
from cases.deadlines.dates import Promise
from cases.deadlines.models import OPEN_STATES, Deadline, Force, Harm
from cases.deadlines.services import Ball, meet, open_deadline
from cases.lifecycle.errors import NotPossible
from cases.lifecycle.verbs import Ask, Situation, Verb, after, next_number, register_verbs
from cases.models import Case, CaseEvent, Hold, HoldKind
from cases.people.roles import Role
from regulatory.clocks import bring_in_line
from regulatory.models import ProfileVersion

PIC_ONLY = frozenset({Role.PHARMACIST_IN_CHARGE})
TASK = declare(
    DeadlineKind(
        "pathways.rule_change", "Rule change to be settled", Force.HOUSE_TARGET, USUAL_LADDER, harm=Harm.LICENCE
    )
)
HOLD_UNTIL = "it is settled what the change of the rule means for this case"
MOVE, KEEP = "move", "keep"


def version_in_use(case: Case) -> ProfileVersion | None:
    """The version of the case's pathway that is in use, where the case pins another."""
    pinned = case.profile_version
    return (
        ProfileVersion.objects.filter(
            profile_key=pinned.profile_key,
            status=ProfileVersion.Status.ACTIVE,
            is_demonstration=pinned.is_demonstration,
        )
        .exclude(pk=pinned.pk)
        .first()
    )


def pins_a_retired_version(record: models.Model) -> bool:
    """Whether there may be a newer one: read from the case as it is, without asking the database."""
    version: ProfileVersion = record.profile_version  # type: ignore[attr-defined]
    return bool(version.status == ProfileVersion.Status.RETIRED)


def _announce(situation: Situation) -> models.Model:
    if version_in_use(situation.case) is None:
        raise NotPossible(f"No newer version of {situation.case.profile_version} is in use. Nothing was changed.")
    return situation.case


@after("regulatory.rule_change.announce")
def hold_and_task_follow(situation: Situation, event: CaseEvent) -> None:
    """The task goes to the coordinator; the hold stops every supply until it is lifted."""
    case, says = situation.case, str(situation.facts["says"])
    newer = version_in_use(case)
    if situation.facts["action"] == "hold":
        Hold.objects.create(
            case=case,
            number=next_number(case.holds.all()),
            kind=HoldKind.REGULATORY,
            reason=f"{newer} changes the rule. {says}",
            until=HOLD_UNTIL,
            placed_by=situation.by,
            placed_at=situation.now,
        )
        case.__dict__.pop("standing_holds", None)
    due_on: date = situation.facts["due_on"]
    open_deadline(
        case=case,
        key=f"{TASK.code}:{newer.pk if newer else event.seq}",
        kind=TASK.code,
        label=f"Settle what {newer} means for this case"[:200],
        due=Promise(due_on, case.institution.time_zone, "the day set when the version was published; house rule R-09"),
        ball=Ball(user=case.coordinator_id),
        by=situation.by,
        now=situation.now,
    )


def _settle(situation: Situation) -> models.Model:
    case, newer = situation.case, version_in_use(situation.case)
    if newer is None:
        raise NotPossible(f"No newer version of {case.profile_version} is in use. Nothing was changed.")
    if situation.facts["decision"] == MOVE:
        case.profile_version = newer
        case.save(update_fields=["profile_version"])
    return case


@after("regulatory.rule_change.settle")
def dates_and_task_follow(situation: Situation, event: CaseEvent) -> None:
    """The task is done; dates that had begun keep their version unless the new one says otherwise."""
    case = situation.case
    waiting = Deadline.objects.filter(case=case, kind=TASK.code, state__in=OPEN_STATES)
    for deadline in waiting:
        meet(deadline=deadline, on=situation.now, by=situation.by, now=situation.now)
    if situation.facts["decision"] == MOVE:
        bring_in_line(case, by=situation.by, now=situation.now, reason=situation.reason)


register_verbs(
    Verb(
        code="regulatory.rule_change.announce",
        past="announced",
        label="Put a change of the rule on the case",
        subject="cases.Case",
        effect=_announce,
        roles=PIC_ONLY,
        offered_when=pins_a_retired_version,
        asks=(
            Ask("action", "What is put on it", "choice", options=(("hold", "a hold and a task"), ("task", "a task"))),
            Ask("says", "What changes for this case", "long"),
            Ask("due_on", "To be settled by", "date", initial=lambda situation: situation.now.date()),
        ),
        consequence="The coordinator has to settle it; a hold stops every supply until it is lifted.",
    ),
    Verb(
        code="regulatory.rule_change.settle",
        past="settled",
        label="Settle the change of the rule",
        subject="cases.Case",
        effect=_settle,
        offered_when=pins_a_retired_version,
        asks=(
            Ask(
                "decision",
                "This case",
                "choice",
                options=((MOVE, "goes over to the version in use"), (KEEP, "keeps the version it began with")),
                hint="Dates that run keep the version that started them, unless the new version says otherwise.",
            ),
        ),
        needs_reason=True,
        consequence="Gates and new dates follow the version that the case pins from now on.",
    ),
)
