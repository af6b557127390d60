"""What this branch says to people abroad on their own page of a case: what a review sent back to them."""

from collections.abc import Iterator

from cases.models import Case
from cases.people.models import User
from cases.people.roles import PRESCRIBING
from cases.web.registries import Told, tells_abroad
from regulatory.models import Decline, Review
from regulatory.reviewing.sheet import newest


@tells_abroad
def what_a_review_sent_back(user: User, case: Case) -> Iterator[Told]:
    """The items for the prescriber, while no later review of the kind was asked for."""
    if user.role not in PRESCRIBING:
        return
    rows = list(case.reviews.select_related("decided_by").order_by("-number"))
    for kind in Review.Kind.values:
        review = newest(rows, kind)
        if review is None or review.state != Review.State.RETURNED or review.decided_at is None:
            continue
        failed = [
            f"{row['text']} {row['given']['note']}"
            for row in review.checklist.get("rows", ())
            if row["given"] and row["given"]["answer"] == "no" and row["given"]["acts"] == "prescriber"
        ]
        if failed:
            yield Told(
                title=f"To put right: {review.get_kind_display()} {review.label}",
                lines=tuple(failed),
                who=str(review.decided_by),
                when_at=review.decided_at,
            )


@tells_abroad
def what_a_letter_told(user: User, case: Case) -> Iterator[Told]:
    """Each letter of a decline, also one that was reconsidered since."""
    if user.role not in PRESCRIBING:
        return
    rows = case.declines.filter(sent_at__isnull=False).select_related("sent_by", "letter")
    for decline in rows:
        if decline.letter is not None and decline.sent_at is not None:
            since = " We look at it again." if decline.state == Decline.State.RECONSIDERED else ""
            told = f"The pharmacy does not go on with this request. The letter says why and what to do next.{since}"
            yield Told("A letter of the pharmacy", (told,), str(decline.sent_by), decline.sent_at, decline.letter.label)
