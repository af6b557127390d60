"""What this branch says to people abroad on their own page of a case: what a review sent back, what waits for them."""

from collections.abc import Iterator

from cases.lifecycle.verbs import VERBS
from cases.models import Case
from cases.people.models import User
from cases.people.roles import PRESCRIBING
from cases.web.registries import Told, tells_abroad
from regulatory.emergencies import CONFIRMED_BY, PEOPLE, emergency_gates
from regulatory.models import Decline, Review
from regulatory.pathway import profile_of
from regulatory.requirements.emergencies import confirmed_by
from regulatory.reviewing.sheet import newest
from regulatory.verbs.emergencies import BEFORE_USE

CONFIRM = "regulatory.emergency.confirm"


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
def what_an_emergency_waits_for(user: User, case: Case) -> Iterator[Told]:
    """One person said that the treatment cannot wait; whoever may be the second is shown where to say so."""
    emergencies = emergency_gates(profile_of(case.profile_version))
    if not emergencies or user.role not in VERBS[CONFIRM].roles:
        return
    rows = case.attestations.filter(role=CONFIRMED_BY, consignment__state__in=BEFORE_USE)
    for row in rows.select_related("consignment", "attested_by").order_by("-pk"):
        if row.consignment is None:
            continue
        said, label = confirmed_by(row.consignment, emergencies), row.consignment.label
        if len(said) >= PEOPLE or user in said:
            continue
        yield Told(
            title=f"An emergency waits for a second person: {label}",
            lines=(
                f"“{row.statement}”",
                f"If you say so too, take “{VERBS[CONFIRM].called(label)}” under “More you can do here”.",
                "If you do not, call the pharmacy: nothing leaves on one person’s word.",
            ),
            who=row.attested_by.display_name,
            when_at=row.attested_at,
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
