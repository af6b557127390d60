"""Opening, stopping, telling, closing and withdrawing a recall. Each deed is whole over all its cases, or nothing is.

What happens in one case is a verb of that case, taken through the one door; these services take it for every case.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max

from cases.audit.context import acting
from cases.custody.models import Recall, RecalledCase, RecalledPack, RecallLot
from cases.custody.recalls.reach import Reach, within
from cases.custody.tracing import TracedUnit, traced
from cases.lifecycle.checklist import Checked
from cases.lifecycle.engine import advance, consider
from cases.lifecycle.errors import FactsInvalid, NotPermitted, NotPossible, RequirementsUnmet
from cases.models import Case
from cases.people.models import Pharmacy, User
from cases.people.roles import PHARMACISTS, Role

PIC_ONLY = frozenset({Role.PHARMACIST_IN_CHARGE})
State = Recall.State


@dataclass(frozen=True, slots=True)
class Notice:
    """What called for a recall, as it was written: who says what is wrong, how grave, and what becomes of the packs."""

    source: str
    source_reference: str
    recall_class: str
    level: str
    reason: str
    instruction: str


def open_recall(notice: Notice, lots: Iterable[Reach], *, is_drill: bool = False, by: User, now: datetime) -> Recall:
    """Open a recall or a drill over these lots, and trace every pack within reach to its case. Nothing is stopped yet.

    :raises NotPermitted, FactsInvalid: nothing was changed.
    """
    pharmacy = _pharmacy(by, PHARMACISTS, "open a recall")
    blank = {name: ["Nothing was given. Write it in a sentence."] for name in ("reason", "instruction")
             if not getattr(notice, name).strip()}  # fmt: skip
    if blank:
        raise FactsInvalid("No recall was opened.", blank)
    with acting(by=by, verb="custody.recall.opened", reason=notice.reason, business_at=now):
        Pharmacy.objects.select_for_update().get(pk=pharmacy.pk)
        last = Recall.objects.filter(pharmacy=pharmacy).aggregate(last=Max("number"))["last"] or 0
        recall = Recall.objects.create(
            pharmacy=pharmacy, number=last + 1, is_drill=is_drill, opened_by=by, opened_at=now,
            source=notice.source, source_reference=notice.source_reference, recall_class=notice.recall_class,
            level=notice.level, reason=notice.reason, instruction=notice.instruction,
        )  # fmt: skip
        for one in lots:
            RecallLot.objects.create(pharmacy=pharmacy, recall=recall, gtin=one.gtin, lot=one.lot, serial=one.serial)
        _take_in(recall)
        return recall


def stop_recall(recall: Recall, *, by: User, now: datetime) -> Recall:
    """Stop every pack within reach at once: whoever acts on one of these cases now has finished, or is refused after.

    :raises NotPermitted, NotPossible: nothing was changed.
    """
    _pharmacy(by, PHARMACISTS, "stop the packs of a recall", of=recall)
    with acting(by=by, verb="custody.recall.stopped", business_at=now):
        held = _locked(recall, State.OPENED)
        # Traced again under the locks of the cases: what was allocated meanwhile is within reach as well.
        _lock_cases(held)
        _take_in(held)
        held.stop(stopped_by=by, stopped_at=now)
        held.save()
        _take(held, "stop", (RecalledCase.State.TRACED,), by=by, now=now)
        return held


def tell_recall(recall: Recall, *, by: User, now: datetime) -> Recall:
    """Write the letters of every case, each with its day, into the outbox; a drill writes and sends none.

    :raises NotPermitted, NotPossible: nothing was changed.
    """
    _pharmacy(by, PHARMACISTS, "write the letters of a recall", of=recall)
    with acting(by=by, verb="custody.recall.told", business_at=now):
        held = _locked(recall, State.STOPPED)
        held.tell(told_at=now)
        held.save()
        _take(held, "tell", (RecalledCase.State.STOPPED,), by=by, now=now)
        return held


def close_recall(recall: Recall, *, conclusion: str, by: User, now: datetime) -> Recall:
    """Close it when every pack is accounted for and every letter settled; the packs are stopped by it no longer.

    :raises NotPermitted, NotPossible, FactsInvalid, RequirementsUnmet: nothing was changed; what is missing is named
        case by case.
    """
    _pharmacy(by, PIC_ONLY, "close a recall", of=recall)
    _said(conclusion, "It was not closed.")
    with acting(by=by, verb="custody.recall.closed", reason=conclusion, business_at=now):
        held = _locked(recall, State.TOLD)
        missing = missing_of(held, by=by, now=now)
        if missing:
            raise RequirementsUnmet(f"{held.label} was not closed. Nothing was changed.", missing)
        _take(held, "end", (RecalledCase.State.TOLD,), by=by, now=now)
        held.close(conclusion=conclusion.strip(), closed_by=by, closed_at=now)
        held.save()
        return held


def withdraw_recall(recall: Recall, *, conclusion: str, by: User, now: datetime) -> Recall:
    """Withdraw one that was opened in error or taken back by whoever called for it; the packs are free again.

    :raises NotPermitted, NotPossible, FactsInvalid: nothing was changed.
    """
    _pharmacy(by, PIC_ONLY, "withdraw a recall", of=recall)
    _said(conclusion, "It was not withdrawn.")
    with acting(by=by, verb="custody.recall.withdrawn", reason=conclusion, business_at=now):
        held = _locked(recall, State.OPENED, State.STOPPED, State.TOLD)
        held.withdraw(conclusion=conclusion.strip(), closed_by=by, closed_at=now)
        held.save()
        open_states = (RecalledCase.State.TRACED, RecalledCase.State.STOPPED, RecalledCase.State.TOLD)
        _take(held, "withdraw", open_states, by=by, now=now, facts={"reason": conclusion.strip()})
        return held


def missing_of(recall: Recall, *, by: User, now: datetime) -> list[Checked]:
    """What keeps a recall open, case by case; empty when it can be closed."""
    parts = recall.parts.filter(state=RecalledCase.State.TOLD).select_related("case", "recall").order_by("pk")
    return [
        _of_case(line, part.case)
        for part in parts
        for line in consider(part.case, "custody.recall.end", by=by, now=now, subject=part)
        if line.blocks
    ]


def units_within(recall: Recall) -> list[TracedUnit]:
    """The packs within reach as they stand now, among the cases of the pharmacy; one query."""
    return traced(within(recall.lots.all()), among=Case.objects.filter(pharmacy=recall.pharmacy_id))


def _take_in(recall: Recall) -> None:
    """Give every case that holds a pack within reach its part, and every such pack its line."""
    parts = {part.case_id: part for part in recall.parts.all()}
    known = set(RecalledPack.objects.filter(part__recall=recall).values_list("unit_id", flat=True))
    for unit in units_within(recall):
        if unit.unit in known:
            continue
        if unit.case_id not in parts:
            parts[unit.case_id] = RecalledCase.objects.create(
                case_id=unit.case_id, recall=recall, number=recall.number, is_drill=recall.is_drill
            )
        RecalledPack.objects.create(case_id=unit.case_id, part=parts[unit.case_id], unit_id=unit.unit)


def _take(
    recall: Recall,
    verb: str,
    states: tuple[str, ...],
    *,
    by: User,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Take one verb on each case of a recall that stands so, in the order of their keys."""
    for part in recall.parts.filter(state__in=states).select_related("case").order_by("case_id"):
        advance(part.case, f"custody.recall.{verb}", by=by, now=now, subject=part, facts=facts)


def _lock_cases(recall: Recall) -> None:
    keys = {unit.case_id for unit in units_within(recall)}
    list(Case.objects.filter(pk__in=keys).order_by("pk").select_for_update().values_list("pk"))


def _locked(recall: Recall, *states: str) -> Recall:
    held = Recall.objects.select_for_update(of=("self",)).select_related("pharmacy").get(pk=recall.pk)
    if held.state not in states:
        raise NotPossible(
            f"{held.label} is {held.get_state_display()}: that was done already, or does not come next. "
            "Nothing was changed. Read the recall again."
        )
    return held


def _pharmacy(by: User, roles: frozenset[Role], what: str, *, of: Recall | None = None) -> Pharmacy:
    own = by.pharmacy is not None and (of is None or of.pharmacy_id == by.pharmacy_id)
    if not by.is_active or by.role not in roles or not own or by.pharmacy is None:
        named = ", ".join(sorted(role.label for role in roles))
        raise NotPermitted(f"{by.display_name} may not {what}. Nothing was changed. It is for: {named}.")
    return by.pharmacy


def _said(conclusion: str, sentence: str) -> None:
    if not conclusion.strip():
        raise FactsInvalid(sentence, {"conclusion": ["Nothing was given. Say in a sentence how it ended."]})


def _of_case(line: Checked, case: Case) -> Checked:
    return Checked(
        code=f"{line.code}:{case.reference}",
        sentence=f"{case.reference}: {line.sentence[:1].lower()}{line.sentence[1:]}",
        state=line.state,
        fact=line.fact,
        satisfied_by=line.satisfied_by,
        rule=line.rule,
    )
