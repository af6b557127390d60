"""Whether a review that was passed still stands for what is on file, and what has changed since."""

from dataclasses import dataclass

from cases.models import Case
from regulatory.models import Review
from regulatory.reviewing.checklists import checklist
from regulatory.reviewing.content import content_of, from_json, what_changed
from regulatory.reviewing.sheet import newest


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest review of one kind; `changed` says what is not as it was when it was passed, a sentence a part."""

    kind: str
    review: Review | None
    changed: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return self.review is not None and self.review.state == Review.State.PASSED and not self.changed


def standings(case: Case) -> list[Standing]:
    """Both kinds, the clinical one first."""
    reviews = list(
        case.reviews.select_related(
            "decided_by", "requested_by", "prepared_by", "determination__prescriber", "follows", "record"
        ).order_by("-number")
    )
    return [_standing(case, kind, newest(reviews, kind)) for kind in Review.Kind.values]


def _standing(case: Case, kind: str, review: Review | None) -> Standing:
    if review is None or review.state != Review.State.PASSED:
        return Standing(kind, review)
    return Standing(kind, review, changed_since(review, case))


def changed_since(review: Review, case: Case) -> tuple[str, ...]:
    """What is not as it was when a review was decided; empty when nothing changed."""
    looked_at = review.checklist.get("looks_at") or checklist(review.kind).looks_at
    return tuple(what_changed(from_json(review.content), content_of(case, looked_at)))
