"""The sheet and the standings of a situation, read once each."""

from cases.lifecycle.verbs import Situation
from regulatory.models import Review
from regulatory.reviewing.sheet import Sheet, sheet_of
from regulatory.reviewing.standing import Standing, standings


def sheet_at(situation: Situation) -> Sheet:
    """The sheet of the review that the situation is about."""
    if "review_sheet" not in situation.cache:
        review = situation.record(Review)
        review.case = situation.case
        situation.cache["review_sheet"] = sheet_of(review, now=situation.now)
    found: Sheet = situation.cache["review_sheet"]
    return found


def standings_at(situation: Situation) -> list[Standing]:
    """Both reviews of the case, and whether they stand."""
    if "review_standings" not in situation.cache:
        situation.cache["review_standings"] = standings(situation.case) if situation.case.pk else []
    found: list[Standing] = situation.cache["review_standings"]
    return found
