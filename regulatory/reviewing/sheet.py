"""The sheet of a review: each item with its answer, whether the answer still holds, and what was answered before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cases.models import Case
from regulatory.models import Review, ReviewAnswer
from regulatory.reviewing import content as contents
from regulatory.reviewing.checklists import ACTORS, Checklist, Item, checklist
from regulatory.reviewing.content import Circumstance, Content, circumstances, content_of, under

Answer = ReviewAnswer.Answer
ANSWERS = dict(Answer.choices)
OPEN, STALE, CARRIED, ANSWERED = "open", "stale", "carried", "answered"


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as it stands: by whom and when, and from which review it was carried over, if it was."""

    answer: str
    note: str
    acts: str
    by: str
    at: str  # ISO 8601, UTC
    carried_from: str = ""

    @property
    def when(self) -> datetime:
        return datetime.fromisoformat(self.at)

    @property
    def says(self) -> str:
        return ANSWERS.get(Answer(self.answer), self.answer) if self.answer else "no answer yet"


@dataclass(frozen=True, slots=True)
class Row:
    """One item that applies. `state`: open, stale (what it rests on has changed), carried over, or answered."""

    item: Item
    because: str
    may_not_apply: bool
    state: str
    given: Given | None = None
    earlier: Given | None = None  # of the review before, for an item that is asked anew

    @property
    def is_asked(self) -> bool:
        return self.state in (OPEN, STALE)

    @property
    def has_failed(self) -> bool:
        return self.given is not None and self.given.answer == Answer.NO and not self.is_asked

    @property
    def is_incomplete(self) -> bool:
        """Answered with no, and not said why or who must act."""
        return self.has_failed and self.given is not None and not (self.given.note.strip() and self.given.acts)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything a reviewer sees of one review; `left_out` are items that do not apply, with the reason."""

    checklist: Checklist
    rows: tuple[Row, ...]
    left_out: tuple[tuple[Item, str], ...]
    content: Content
    fingerprint: str

    @property
    def asked(self) -> list[Row]:
        return [row for row in self.rows if row.is_asked]

    @property
    def failed(self) -> list[Row]:
        return [row for row in self.rows if row.has_failed]

    @property
    def groups(self) -> list[tuple[str, list[Row]]]:
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            found.setdefault(row.item.group, []).append(row)
        return list(found.items())

    def content_json(self) -> list[dict[str, Any]]:
        """What is reviewed, for keeping."""
        return contents.as_json(self.content)

    def row(self, item: str) -> Row | None:
        return next((row for row in self.rows if row.item.id == item), None)


def sheet_of(review: Review, *, now: datetime) -> Sheet:
    """The sheet of an open review, judged from the case as it stands; of a decided one as it was answered."""
    if review.state != Review.State.REQUESTED:
        return kept_sheet(review)
    content = content_of(review.case, checklist(review.kind).looks_at)
    return sheet_over(review, content, circumstances(review.case, today=now.date()), answers_of(review))


def answers_of(review: Review) -> dict[str, ReviewAnswer]:
    """What has been answered of an open review, by item."""
    return {row.item: row for row in review.answers.select_related("answered_by", "carried_from")}


def sheet_over(
    review: Review, content: Content, holds: Mapping[str, Circumstance], given: Mapping[str, ReviewAnswer]
) -> Sheet:
    """The sheet of an open review over what was read of the case and of its answers already."""
    named = checklist(review.kind)
    before = earlier_answers(review.follows)
    rows: list[Row] = []
    left_out: list[tuple[Item, str]] = []
    for item in named.items:
        applies, because = _applies(item, holds)
        if applies is False:
            left_out.append((item, because))
            continue
        rows.append(_row(item, because, applies is None, given.get(item.id), before.get(item.id), content))
    return Sheet(named, tuple(rows), tuple(left_out), content, contents.fingerprint(content))


def earlier_answers(review: Review | None) -> dict[str, Given]:
    """The answers of a decided review by item; none without one."""
    if review is None:
        return {}
    return {
        row["item"]: Given(**{**row["given"], "carried_from": row["given"]["carried_from"] or review.label})
        for row in review.checklist.get("rows", ())
        if row["given"]
    }


def carried_over(before: Review, case: Case) -> list[ReviewAnswer]:
    """The answers of a decided review that still hold: given, not failed, on what has not changed, to the same words.

    Unsaved; each keeps its person and its time.
    """
    named = checklist(before.kind)
    texts = {row["item"]: row["text"] for row in before.checklist.get("rows", ())}
    content = content_of(case, named.looks_at)
    items = {item.id: item for item in named.items}
    held = []
    for row in before.answers.select_related("answered_by", "carried_from").order_by("pk"):
        item = items.get(row.item)
        if item is None or item.text != texts.get(row.item) or row.answer in ("", Answer.NO):
            continue
        if row.rests_sha256 == under(content, item.rests_on):
            held.append(
                ReviewAnswer(
                    case=case, item=row.item, answer=row.answer, note=row.note, acts=row.acts,
                    rests_sha256=row.rests_sha256, answered_by=row.answered_by, answered_at=row.answered_at,
                    carried_from=row.carried_from or before,
                )
            )  # fmt: skip
    return held


def to_keep(sheet: Sheet) -> dict[str, Any]:
    """The sheet as it was answered, for keeping with the decision; :func:`kept_sheet` reads it back."""
    named = sheet.checklist
    return {
        "kind": named.kind,
        "version": named.version,
        "status": named.status,
        "source": named.source,
        "confidence": named.confidence,
        "sha256": named.sha256,
        "looks_at": list(named.looks_at),
        "rows": [
            {
                "item": row.item.id,
                "group": row.item.group,
                "text": row.item.text,
                "because": row.because,
                "state": row.state,
                "given": _given_json(row.given),
            }
            for row in sheet.rows
        ],
        "left_out": [{"item": item.id, "text": item.text, "because": because} for item, because in sheet.left_out],
    }


def kept_sheet(review: Review) -> Sheet:
    """The sheet of a decided review, from what was kept and nothing else."""
    kept: Mapping[str, Any] = review.checklist
    named = Checklist(
        kind=review.kind,
        version=kept.get("version", "none"),
        status=kept.get("status", "none"),
        source=kept.get("source", ""),
        confidence=kept.get("confidence", "no"),
        looks_at=tuple(kept.get("looks_at", ())),
        items=(),
        sha256=kept.get("sha256", ""),
    )
    rows = tuple(
        Row(
            item=Item(row["item"], row["group"], row["text"], (), ""),
            because=row["because"],
            may_not_apply=False,
            state=row["state"],
            given=Given(**row["given"]) if row["given"] else None,
        )
        for row in kept.get("rows", ())
    )
    left_out = tuple((Item(one["item"], "", one["text"], (), ""), one["because"]) for one in kept.get("left_out", ()))
    return Sheet(named, rows, left_out, contents.from_json(review.content), review.content_sha256)


def failures(sheet: Sheet) -> list[str]:
    """Each failed item in a sentence: what failed, why, and who must act."""
    return [
        f"{row.item.id} {row.item.text} {row.given.note.strip()} To act: {ACTORS.get(row.given.acts, 'nobody named')}."
        for row in sheet.failed
        if row.given is not None
    ]


def _applies(item: Item, holds: Mapping[str, Circumstance]) -> tuple[bool | None, str]:
    """Whether it applies (None when that is not known, which counts as yes), and why."""
    found = [holds[when] for when in item.applies_when]
    because = " ".join(one.because for one in found)
    if any(one.holds is False for one in found):
        return False, " ".join(one.because for one in found if one.holds is False)
    return (None if any(one.holds is None for one in found) else True), because


def _row(
    item: Item, because: str, unknown: bool, row: ReviewAnswer | None, before: Given | None, content: Content
) -> Row:
    given = _given(row)
    state = OPEN
    if row is not None and row.answer:
        fresh = row.rests_sha256 == under(content, item.rests_on)
        state = (CARRIED if row.carried_from_id else ANSWERED) if fresh else STALE
    earlier = before if state in (OPEN, STALE) or (row is not None and not row.carried_from_id) else None
    return Row(item, because, item.may_not_apply or unknown, state, given, earlier)


def _given(row: ReviewAnswer | None) -> Given | None:
    if row is None:
        return None
    carried = row.carried_from.label if row.carried_from is not None else ""
    return Given(row.answer, row.note, row.acts, row.answered_by.display_name, row.answered_at.isoformat(), carried)


def _given_json(given: Given | None) -> dict[str, str] | None:
    if given is None:
        return None
    return {name: getattr(given, name) for name in Given.__slots__}


def newest(reviews: Iterable[Review], kind: str) -> Review | None:
    """The newest of one kind among rows that are ordered newest first."""
    return next((review for review in reviews if review.kind == kind), None)
