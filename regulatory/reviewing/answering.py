"""Keeping the answers of an open review as they are typed; nothing is decided by it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cases.access import permitted
from cases.audit.context import acting
from cases.lifecycle.errors import FactsInvalid, NotPermitted, NotPossible
from cases.lifecycle.verbs import VERBS
from cases.models import Case
from cases.people.models import User
from regulatory.models import Review, ReviewAnswer
from regulatory.reviewing.checklists import ACTORS, checklist
from regulatory.reviewing.content import circumstances, content_of, under
from regulatory.reviewing.sheet import ANSWERS, Row, Sheet, answers_of, sheet_over

MOST_LETTERS = 2000
DECIDED_BY = "regulatory.review.pass"


@dataclass(frozen=True, slots=True)
class Typed:
    """One answer as it was typed."""

    answer: str = ""
    note: str = ""
    acts: str = ""


def made_by(review: Review) -> dict[int, str]:
    """Who may not decide it, by key, with what they did."""
    determination = review.determination
    return {
        determination.prescriber.user_id: f"signed {determination.label}",
        determination.prepared_by_id: f"prepared {determination.label}",
        review.requested_by_id: f"asked for {review.label}",
    }


def may_answer(review: Review, by: User, *, now: datetime) -> str:
    """Empty when this person may answer and decide; else why not, in a sentence."""
    if not permitted(by, VERBS[DECIDED_BY], review.case, now=now):
        return "A review is answered by a pharmacist in charge."
    if did := made_by(review).get(by.pk):
        return f"You {did}: a review is answered by somebody else."
    return ""


def keep_answers(
    review: Review, given: Mapping[str, Typed], *, read: str, by: User, now: datetime, request_id: str = ""
) -> Sheet:
    """Keep what was typed; what is the same as before is left alone. Returns the sheet as it stands then.

    :param read: the fingerprint of what the person had before them. Where that has changed meanwhile, what they
        answered is kept, and asked anew.
    :raises NotPermitted, NotPossible: nothing was kept.
    :raises FactsInvalid: with a sentence for each item; nothing was kept.
    """
    with acting(by=by, verb="regulatory.review.answered", request_id=request_id, business_at=now):
        Case.objects.select_for_update(of=("self",)).get(pk=review.case_id)
        held = (
            Review.objects.select_for_update(of=("self",))
            .select_related("case__profile_version", "determination__prescriber", "follows")
            .defer("case__profile_version__data")
            .get(pk=review.pk)
        )
        if why := may_answer(held, by, now=now):
            raise NotPermitted(f"{why} Nothing was kept.")
        if held.state != Review.State.REQUESTED:
            raise NotPossible(f"{held.label} is {held.get_state_display()}: its answers are fixed. Nothing was kept.")
        content = content_of(held.case, checklist(held.kind).looks_at)
        holds, there = circumstances(held.case, today=now.date()), answers_of(held)
        sheet = sheet_over(held, content, holds, there)
        if wrong := _faults(sheet, given):
            raise FactsInvalid("Nothing was kept.", wrong)
        new: list[ReviewAnswer] = []
        for item, typed in given.items():
            row = sheet.row(item)
            if row is None or not _differs(row, typed):
                continue
            answer = there.get(item) or ReviewAnswer(case=held.case, review=held, item=item)
            answer.answer, answer.note, answer.acts = typed.answer, typed.note.strip(), typed.acts
            answer.rests_sha256 = under(content, row.item.rests_on) if read == sheet.fingerprint else ""
            answer.answered_by, answer.answered_at, answer.carried_from = by, now, None
            there[item] = answer
            if answer._state.adding:
                new.append(answer)
            else:
                answer.save()
        ReviewAnswer.objects.bulk_create(new)
        return sheet_over(held, content, holds, there)  # answers are no part of what is reviewed


def _differs(row: Row, typed: Typed) -> bool:
    """Whether something is to be written: another answer, or the same one again to what is asked anew."""
    given = row.given
    if given is None:
        return bool(typed.answer or typed.note.strip() or typed.acts)
    same = (given.answer, given.note, given.acts) == (typed.answer, typed.note.strip(), typed.acts)
    return not same or (row.is_asked and bool(typed.answer))


def _faults(sheet: Sheet, given: Mapping[str, Typed]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item, typed in given.items():
        row = sheet.row(item)
        told = []
        if row is None:
            told.append(f"{item[:16]} is no item of this review. Leave it out.")
        elif typed.answer and typed.answer not in ANSWERS:
            told.append(f"“{typed.answer[:20]}” is no answer. Give yes, no or na.")
        elif typed.answer == ReviewAnswer.Answer.NOT_APPLICABLE and not row.may_not_apply:
            told.append("This item applies here. Answer yes or no.")
        if typed.acts and typed.acts not in ACTORS:
            told.append(f"“{typed.acts[:20]}” is nobody who acts. Give one of {', '.join(ACTORS)}.")
        if "\x00" in typed.note or len(typed.note) > MOST_LETTERS:
            told.append(f"The note has a NUL character or more than {MOST_LETTERS} letters. Shorten it.")
        if told:
            found[item] = told
    return found
