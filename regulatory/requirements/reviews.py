"""Reviews: of what is on file, answered whole, and decided by somebody who had no part in it."""

from collections.abc import Iterable, Iterator

from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from cases.requirements import signed_determination
from regulatory.models import Review
from regulatory.requirements.common import pharmacists_in_charge
from regulatory.reviewing.answering import made_by
from regulatory.reviewing.sheet import Row
from regulatory.reviewing.situated import sheet_at, standings_at
from regulatory.reviewing.standing import Standing

DECIDES = ("regulatory.review.pass", "regulatory.review.send_back", "regulatory.review.decline")
RULES = {
    Review.Kind.CLINICAL.value: "house rule R-02, version 2",
    Review.Kind.REGULATORY.value: "house rule R-03, version 2",
}


@requirement(
    "ReviewHasDetermination",
    "There is a signed determination to review",
    on=("regulatory.review.request",),
    satisfied_by="the prescriber",
    rule="house rule R-01, version 1",
)
def review_has_determination(situation: Situation) -> Finding:
    signed = signed_determination(situation)
    if signed is None:
        return Finding(met=False, fact="No signed determination is on file.")
    return Finding(met=True, fact=f"{signed.label} was signed on {signed.signed_at:%Y-%m-%d}.", sources=(signed.label,))


@requirement(
    "ReviewIsNotOpenAlready",
    "No review of that kind waits to be decided",
    on=("regulatory.review.request",),
    satisfied_by="a pharmacist in charge who had no part in it, by deciding the one that waits",
    rule="house rule R-15, version 1",
)
def review_is_not_open_already(situation: Situation) -> Finding:
    kind = situation.facts.get("kind", "")
    waiting = list(situation.case.reviews.filter(state=Review.State.REQUESTED).order_by("number"))
    if not kind:
        told = ", ".join(str(review) for review in waiting)
        return Finding(met=True, fact=f"Waiting: {told}." if told else "None waits.")
    same = next((review for review in waiting if review.kind == kind), None)
    if same is None:
        return Finding(met=True, fact="None waits.")
    return Finding(
        met=False,
        fact=f"{same.label} waits since {same.requested_at:%Y-%m-%d}.",
        sources=(same.label,),
        remedy=(f"Open {same.label}", f"regulatory.review.pass/{same.label}"),
    )


@requirement(
    "ReviewerExists",
    "A pharmacist in charge who has no part in it can decide",
    on=("regulatory.review.request",),
    satisfied_by="a coordinating pharmacist, by asking for it; or another pharmacist in charge",
    rule="domain rule: separation of duties by person",
)
def reviewer_exists(situation: Situation) -> Finding:
    signed = signed_determination(situation)
    parted = {situation.by.pk, *((signed.prepared_by_id, signed.prescriber.user_id) if signed else ())}
    able = [str(person) for person in pharmacists_in_charge(situation.case) if person.pk not in parted]
    if able:
        return Finding(met=True, fact=f"Can decide: {', '.join(able)}.")
    return Finding(met=False, fact="Every pharmacist in charge asks for it, or prepared what is reviewed.")


@requirement(
    "ReviewIsOfTheStandingText",
    "The review is of the determination that stands",
    on=("regulatory.review.pass",),
    satisfied_by="whoever asks for a review of the present determination",
    rule="house rule R-01, version 1",
)
def review_is_of_the_standing_text(situation: Situation) -> Finding:
    review, signed = situation.subject, signed_determination(situation)
    if not isinstance(review, Review):
        return Finding(met=None, fact="No review was named.")
    stands = signed is not None and review.determination_id == signed.pk
    if signed is not None and stands:
        review.determination = signed
    now = f"{signed.label} stands" if signed else "no determination stands"
    return Finding(met=stands, fact=f"{review.label} is of {review.determination.label}; {now}.")


@requirement(
    "ReviewerIsAnother",
    "The review is decided by somebody who neither asked for it nor made the determination",
    on=DECIDES,
    satisfied_by="another pharmacist in charge",
    rule="domain rule: separation of duties by person",
)
def reviewer_is_another(situation: Situation) -> Finding:
    review = situation.subject
    if not isinstance(review, Review):
        return Finding(met=None, fact="No review was named.")
    if did := made_by(review).get(situation.by.pk):
        return Finding(met=False, fact=f"You {did} yourself.")
    return Finding(met=True, fact=f"{review.requested_by} asked for {review.label}.")


@requirement(
    "ReviewReadAsItStands",
    "What you read is what is on file now",
    on=DECIDES,
    satisfied_by="you, by reading what changed",
    rule="21 CFR 11.70: a signature is linked to its record",
)
def review_read_as_it_stands(situation: Situation) -> Finding:
    if not isinstance(situation.subject, Review):
        return Finding(met=None, fact="No review was named.")
    now, read = sheet_at(situation).fingerprint, situation.facts.get("fingerprint", "")
    if read and read != now:
        return Finding(met=False, fact=f"You read {read[:12]}; on file is {now[:12]}. Open the review again.")
    return Finding(met=True, fact=f"On file is {now[:12]}.")


@requirement(
    "ChecklistAnswered",
    "Each item of the checklist that applies is answered, and none with no",
    on=("regulatory.review.pass",),
    satisfied_by="the reviewer",
    rule="house rule R-20, version 1",
)
def checklist_answered(situation: Situation) -> Iterator[Finding]:
    if not isinstance(situation.subject, Review):
        yield Finding(met=None, fact="No review was named.")
        return
    sheet = sheet_at(situation)
    yield from (_unanswered(row) for row in sheet.asked)
    for row in sheet.failed:
        note = row.given.note.strip() if row.given else ""
        yield _item(row, f"{row.item.id} was answered no. {note}".strip(), satisfied_by="whoever must act on it")
    if not sheet.asked and not sheet.failed:
        yield Finding(met=True, fact=f"All {len(sheet.rows)} items of the {sheet.checklist.named}.")


def _unanswered(row: Row) -> Finding:
    if row.given is not None and row.given.answer:
        return _item(row, f"{row.item.id} was answered before what it rests on changed. Answer it anew.")
    return _item(row, f"{row.item.id} is not answered.")


def _item(row: Row, fact: str, *, satisfied_by: str = "") -> Finding:
    code = f"ChecklistAnswered:{row.item.id}"
    return Finding(met=False, fact=fact, sentence=row.item.text, code=code, satisfied_by=satisfied_by)


@requirement(
    "FailedItemsAreNamed",
    "Each item that failed says why and who must act",
    on=("regulatory.review.send_back",),
    satisfied_by="the reviewer",
    rule="house rule R-17, version 1",
)
def failed_items_are_named(situation: Situation) -> Finding:
    review = situation.subject
    if not isinstance(review, Review):
        return Finding(met=None, fact="No review was named.")
    failed = sheet_at(situation).failed
    bare = [row.item.id for row in failed if row.is_incomplete]
    if bare:
        return Finding(met=False, fact=f"Without a reason, or without who must act: {', '.join(bare)}.")
    if failed:
        return Finding(met=True, fact=f"Failed: {', '.join(row.item.id for row in failed)}.")
    signed = signed_determination(situation)
    if signed is None or review.determination_id != signed.pk:
        return Finding(met=True, fact=f"{review.determination.label}, which it is of, no longer stands.")
    return Finding(met=False, fact="No item was answered no: there is nothing to put right.")


@requirement(
    "ReviewsPassed",
    "The reviews are passed",
    on=("regulatory.filing.submit",),
    satisfied_by="a pharmacist in charge",
    rule="house rules R-02 and R-03, version 2",
)
def reviews_passed(situation: Situation) -> Iterable[Finding]:
    signed = signed_determination(situation)
    for standing in standings_at(situation):
        yield _review_finding(standing, signed.pk if signed else None)


def _review_finding(standing: Standing, determination: int | None) -> Finding:
    kind, latest = Review.Kind(standing.kind), standing.review
    sentence = f"{kind.label.capitalize()} passed"
    code, rule = f"ReviewsPassed:{kind.value}", RULES[kind.value]
    again = ("Ask for the review", "regulatory.review.request")
    if latest is None or latest.determination_id != determination:
        fact = "No such review of the present determination was asked for."
        return Finding(met=False, fact=fact, sentence=sentence, code=code, rule=rule, remedy=again)
    named = {"sentence": sentence, "code": code, "rule": rule, "sources": (latest.label,)}
    if standing.holds:
        fact = f"{latest.label} was passed by {latest.decided_by} on {latest.decided_at:%Y-%m-%d}."
        return Finding(met=True, fact=fact, **named)  # type: ignore[arg-type]
    who = _who_may(latest)
    if latest.state == Review.State.PASSED:
        fact = (
            f"{latest.label} was passed by {latest.decided_by} on {latest.decided_at:%Y-%m-%d}. "
            f"Since then this changed: {' '.join(standing.changed)}"
        )
        return Finding(met=False, fact=fact, satisfied_by=who, remedy=again, **named)  # type: ignore[arg-type]
    open_it = ("Open the review", f"regulatory.review.pass/{latest.label}")
    remedy = open_it if latest.state == Review.State.REQUESTED else again
    fact = f"{latest.label} is {latest.get_state_display()}."
    return Finding(met=False, fact=fact, satisfied_by=who, remedy=remedy, **named)  # type: ignore[arg-type]


def _who_may(review: Review) -> str:
    """Who can satisfy it: not those who had a part in it."""
    prepared, asked = review.prepared_by, review.requested_by
    others = ", ".join(str(person) for person in {person.pk: person for person in (asked, prepared) if person}.values())
    return f"a pharmacist in charge other than {others}"
