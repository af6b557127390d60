"""Reviews: a checklist answered item by item, decided and signed by a pharmacist in charge who had no part in it."""

import hashlib
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from cases.audit.context import acting
from cases.documents.models import SignatureAttempt
from cases.documents.services import read_bytes, verify_signature
from cases.lifecycle.errors import FactsInvalid, NotPermitted, NotPossible, RequirementsUnmet
from cases.models import Case, Urgency
from cases.notices.models import Notice
from cases.people.models import User
from cases.people.roles import Role
from regulatory.models import Review, ReviewAnswer
from regulatory.reviewing.answering import Typed, keep_answers
from regulatory.reviewing.checklists import KINDS, ChecklistError, checklist, read
from regulatory.reviewing.sheet import Sheet, sheet_of
from tests.factories import PASSWORD, answer_checklist, person
from tests.laid import laid
from tests.regulatory.ground import Ground, at, build_ground


@laid
def ground(db: None) -> Ground:
    return build_ground("UK-SPECIALS", now=at("2026-03-02 10:00"), country="GB", zone="Europe/London")


def ask(ground: Ground, kind: str = "clinical", **more: Any) -> Review:
    ground.take("regulatory.review.request", kind=kind, **more)
    return newest(ground)


def newest(ground: Ground) -> Review:
    rows = Review.objects.select_related("case", "determination__prescriber", "follows", "record")
    return rows.filter(case=ground.case).latest("number")


def sheet(ground: Ground) -> Sheet:
    return sheet_of(newest(ground), now=ground.now)


def keep(ground: Ground, *, by: User | None = None, **given: Typed) -> Sheet:
    typed = {item.replace("_", "-"): one for item, one in given.items()}
    now = ground.now
    return keep_answers(newest(ground), typed, read=sheet(ground).fingerprint, by=by or ground.house.pic, now=now)


def answer_all(ground: Ground, **other: Typed) -> None:
    answer_checklist(newest(ground), by=ground.house.pic, now=ground.now, **other)


def decide(ground: Ground, verb: str, **facts: Any) -> Review:
    given = {"fingerprint": sheet(ground).fingerprint, "password": PASSWORD} | facts
    ground.take(f"regulatory.review.{verb}", by=ground.house.pic, subject=newest(ground), **given)
    return newest(ground)


def states(found: Sheet) -> dict[str, str]:
    return {row.item.id: row.state for row in found.rows}


def test_the_pharmacist_in_charge_hears_of_it_and_has_two_working_days(ground: Ground) -> None:
    review = ask(ground)
    assert (review.state, review.determination.label) == ("requested", "N-1")
    assert (ground.deadline("review").due_on.isoformat(), ground.deadline("review").holder_role) == (
        "2026-03-04",
        "pharmacist_in_charge",
    )
    told = Notice.objects.get(case=ground.case, kind="regulatory.review_requested")
    assert told.recipient == ground.house.pic


def test_only_items_that_the_case_calls_for_are_asked(ground: Ground) -> None:
    ask(ground)
    found = sheet(ground)
    assert [item.id for item, _ in found.left_out] == ["CL-03", "CL-09", "CL-10"]
    assert {item.id: because for item, because in found.left_out}["CL-09"] == "The patient is over 18."
    cold = found.row("CL-14")
    assert cold is not None
    assert cold.because == "orvelumab 150 mg/mL is kept at 2 to 8 °C."
    assert set(states(found).values()) == {"open"}


def test_what_is_not_known_is_asked_and_may_be_said_not_to_apply(ground: Ground) -> None:
    ask(ground)
    with acting(by=ground.house.pic, verb="tests.patient.changed"):
        type(ground.case.patient).objects.filter(pk=ground.case.patient_id).update(birth_year=ground.now.year - 18)
    row = sheet_of(newest(ground), now=ground.now).row("CL-09")
    assert row is not None
    assert (row.because, row.may_not_apply) == ("The patient comes of age (18) this year.", True)
    keep(ground, CL_09=Typed("na"))
    assert states(sheet(ground))["CL-09"] == "answered"


def test_answers_are_kept_as_they_are_typed_and_each_names_its_person(ground: Ground) -> None:
    ask(ground)
    keep(ground, CL_01=Typed("yes"), CL_02=Typed("", "To be looked up."))
    found = keep(ground, CL_04=Typed("no", "The dose is twice the label's.", "prescriber"))
    given = found.row("CL-04").given  # type: ignore[union-attr]
    assert given is not None
    assert (given.answer, given.note, given.acts, given.by) == (
        "no", "The dose is twice the label's.", "prescriber", "H. Lindqvist",
    )  # fmt: skip
    assert [row.item.id for row in found.failed] == ["CL-04"]
    assert (found.row("CL-02").state, found.row("CL-02").given.note) == ("open", "To be looked up.")  # type: ignore[union-attr]
    assert Review.objects.get(case=ground.case).state == "requested"


@pytest.mark.parametrize(
    ("item", "typed", "said"),
    [
        ("CL-01", Typed("perhaps"), "“perhaps” is no answer. Give yes, no or na."),
        ("CL-01", Typed("na"), "This item applies here. Answer yes or no."),
        ("CL-01", Typed("no", "x", "nobody"), "“nobody” is nobody who acts."),
        ("CL-99", Typed("yes"), "CL-99 is no item of this review. Leave it out."),
        ("CL-01", Typed("yes", "x" * 2001), "more than 2000 letters"),
    ],
)
def test_a_wrong_answer_is_named_and_nothing_is_kept(ground: Ground, item: str, typed: Typed, said: str) -> None:
    ask(ground)
    with pytest.raises(FactsInvalid) as refused:
        keep_answers(newest(ground), {item: typed, "CL-02": Typed("yes")}, read="", by=ground.house.pic, now=ground.now)
    assert said in refused.value.errors[item][0]
    assert not ReviewAnswer.objects.exists()


def test_a_pass_needs_every_item_and_lists_what_is_open(ground: Ground) -> None:
    ask(ground)
    keep(ground, CL_01=Typed("yes"))
    before = ground.written()
    with pytest.raises(RequirementsUnmet) as refused:
        decide(ground, "pass")
    open_ones = [line.code.partition(":")[2] for line in refused.value.unmet]
    assert open_ones == [row.item.id for row in sheet(ground).rows if row.item.id != "CL-01"]
    assert (newest(ground).state, ground.written()) == ("requested", before)


def test_a_pass_is_signed_over_what_was_reviewed_and_every_answer(ground: Ground) -> None:
    report = ground.paper("clinical_report")
    ask(ground)
    answer_all(ground, CL_06=Typed("yes", "Liver values of February."))
    review = decide(ground, "pass", remarks="Nothing stands against it.", printed_name="H. Lindqvist")

    assert (review.state, review.decided_by, review.remarks) == (
        "passed", ground.house.pic, "Nothing stands against it.",
    )  # fmt: skip
    assert review.record is not None
    signature = review.record.signatures.get()
    assert (signature.signer, signature.printed_name, signature.signed_at) == (
        ground.house.pic, "H. Lindqvist", ground.now,
    )  # fmt: skip
    assert signature.meaning.endswith("I did not prepare it, and I pass it.")
    assert verify_signature(signature) == []
    text = read_bytes(review.record.file).decode()
    assert hashlib.sha256(text.encode()).hexdigest() == signature.document_sha256
    for part in (review.content_sha256, report.sha256, checklist("clinical").sha256, "Liver values of February."):
        assert part in text
    assert "CL-09 The dose suits the child's age and weight, and a guardian agreed. The patient is over 18." in text
    assert ground.deadline("review").state == "met"


def test_the_sheet_is_kept_as_it_was_answered_whatever_the_checklist_becomes(ground: Ground) -> None:
    ask(ground)
    answer_all(ground)
    kept = decide(ground, "pass").checklist
    assert (kept["version"], kept["status"], kept["sha256"]) == ("1", "draft_unreviewed", checklist("clinical").sha256)
    assert [row["item"] for row in kept["rows"]] == [row.item.id for row in sheet(ground).rows]
    assert {row["given"]["answer"] for row in kept["rows"]} == {"yes"}


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"password": "wrong"}, "password"),
        ({"printed_name": "A. Nother"}, "printed_name"),
        ({"password": ""}, "password"),
    ],
)
def test_is_not_signed_without_the_signers_own_password_and_name(
    ground: Ground, facts: dict[str, str], field: str
) -> None:
    ask(ground)
    answer_all(ground)
    with pytest.raises(FactsInvalid) as refused:
        decide(ground, "pass", **facts)
    assert list(refused.value.errors) == [field]
    assert newest(ground).state == "requested"
    tries = SignatureAttempt.objects.filter(signer=ground.house.pic).values_list("what", "fault")
    assert list(tries) == ([("Clinical review R-1", "password")] if facts.get("password") == "wrong" else [])


def test_what_changed_while_it_was_read_is_not_signed(ground: Ground) -> None:
    ask(ground)
    answer_all(ground)
    read_before = sheet(ground).fingerprint
    ground.paper("clinical_report")
    with pytest.raises(RequirementsUnmet) as refused:
        decide(ground, "pass", fingerprint=read_before)
    codes = [line.code for line in refused.value.unmet]
    assert codes[0] == "ReviewReadAsItStands"
    assert codes[1:] == [f"ChecklistAnswered:{item}" for item in ("CL-02", "CL-06", "CL-07", "CL-08")]
    assert states(sheet(ground))["CL-06"] == "stale"


def test_answers_to_what_has_changed_meanwhile_are_kept_and_asked_anew(ground: Ground) -> None:
    ask(ground)
    found = keep_answers(
        newest(ground), {"CL-01": Typed("yes", "As read.")}, read="0" * 64, by=ground.house.pic, now=ground.now
    )
    row = found.row("CL-01")
    assert row is not None
    assert row.given is not None
    assert (row.state, row.given.note) == ("stale", "As read.")


def test_a_return_names_what_failed_and_who_must_act(ground: Ground) -> None:
    ask(ground)
    answer_all(ground, CL_04=Typed("no", "", "prescriber"))
    with pytest.raises(RequirementsUnmet) as refused:
        decide(ground, "send_back")
    assert [(line.code, line.fact) for line in refused.value.unmet] == [
        ("FailedItemsAreNamed", "Without a reason, or without who must act: CL-04.")
    ]
    keep(ground, CL_04=Typed("no", "Twice the label's dose.", "prescriber"))
    decide(ground, "send_back")
    event = ground.case.events.get(verb="regulatory.review.returned")
    assert event.facts["failed"] == [
        "CL-04 Dose, route and schedule agree with the product information, or the record says why not. "
        "Twice the label's dose. To act: the prescriber."
    ]
    told = set(Notice.objects.filter(kind="regulatory.review_decided").values_list("recipient__email", flat=True))
    assert told == {"ostby@example.org", "ferrante@example.org"}


def test_nothing_is_returned_where_nothing_failed(ground: Ground) -> None:
    ask(ground)
    answer_all(ground)
    with pytest.raises(RequirementsUnmet) as refused:
        decide(ground, "send_back")
    assert [line.fact for line in refused.value.unmet] == ["No item was answered no: there is nothing to put right."]


def test_the_next_review_asks_only_what_failed_or_changed_and_shows_what_was_answered(ground: Ground) -> None:
    ask(ground)
    answer_all(ground, CL_04=Typed("no", "Twice the label's dose.", "prescriber"), CL_08=Typed("na"))
    first = decide(ground, "send_back")
    ground.paper("clinical_report")
    again = ask(ground)

    assert again.follows == first
    found = sheet(ground)
    asked = {row.item.id: row.earlier.says if row.earlier else "" for row in found.asked}
    assert asked == {"CL-02": "yes", "CL-04": "no", "CL-06": "yes", "CL-07": "yes", "CL-08": "not applicable"}
    carried = found.row("CL-01")
    assert carried is not None
    assert carried.given is not None
    assert (carried.state, carried.given.by, carried.given.carried_from) == ("carried", "H. Lindqvist", "R-1")
    answer_all(ground)
    second = decide(ground, "pass")
    assert second.state == "passed"
    assert "carried over from R-1" in read_bytes(second.record.file).decode()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda ground: ground.paper("prescription"), "Prescription: was none; is D-"),
        (lambda ground: _urgent(ground), "Urgency: was standard; is urgent."),
    ],
    ids=["a paper", "a fact"],
)
def test_a_later_change_makes_it_stale_and_says_what_changed(ground: Ground, change: Any, said: str) -> None:
    ground.ready()
    assert ground.line("ReviewsPassed:clinical", "regulatory.filing.submit", subject=ground.filing).state == "met"
    if said.startswith("Prescription"):
        said = "Prescription: was D-"
    change(ground)
    for kind in KINDS:
        line = ground.line(f"ReviewsPassed:{kind}", "regulatory.filing.submit", subject=ground.filing)
        assert (line.state, line.satisfied_by) == (
            "unmet", "a pharmacist in charge other than M. Ostby, Dr L. Ferrante",
        )  # fmt: skip
        assert said in line.fact


def _urgent(ground: Ground) -> None:
    with acting(by=ground.house.pic, verb="tests.case.changed"):
        Case.objects.filter(pk=ground.case.pk).update(urgency=Urgency.URGENT)


def test_a_filing_waits_for_both_reviews(ground: Ground) -> None:
    ground.ready()
    ask(ground, "regulatory")
    lines = {line.code: line.fact for line in ground.ask("regulatory.filing.submit", subject=ground.filing)}
    assert lines["ReviewsPassed:regulatory"] == "R-3 is requested."
    with pytest.raises(RequirementsUnmet):
        ground.submit(ground.now)
    assert ground.filing.state == "ready"


def test_the_only_one_who_could_decide_does_not_ask(ground: Ground) -> None:
    before = ground.written()
    with pytest.raises(RequirementsUnmet) as refused:
        ask(ground, by=ground.house.pic)
    assert [(line.code, line.satisfied_by) for line in refused.value.unmet] == [
        ("ReviewerExists", "a coordinating pharmacist, by asking for it; or another pharmacist in charge")
    ]
    assert (Review.objects.count(), ground.written()) == (0, before)


def test_nobody_decides_what_they_asked_for(ground: Ground) -> None:
    with acting(by=ground.house.administrator, verb="tests.person.added"):
        person("second@example.org", "S. Varga", Role.PHARMACIST_IN_CHARGE, pharmacy=ground.house.pharmacy)
    ask(ground, by=ground.house.pic)
    before = ground.written()
    with pytest.raises(NotPermitted, match="You asked for R-1"):
        keep(ground, CL_01=Typed("yes"))
    with pytest.raises(RequirementsUnmet) as refused:
        decide(ground, "decline", reason="No.")
    assert [(line.code, line.overridable) for line in refused.value.unmet] == [("ReviewerIsAnother", False)]
    assert (newest(ground).state, ground.written()) == ("requested", before)


def test_the_database_itself_tells_reviewer_and_preparer_apart(ground: Ground) -> None:
    review = ask(ground)
    for one in (ground.house.coordinator, ground.house.doctor):
        with (
            pytest.raises(IntegrityError, match="reviewer_is_not_the_preparer"),
            transaction.atomic(),
            acting(by=one, verb="tests.review.forged"),
        ):
            Review.objects.filter(pk=review.pk).update(decided_by=one)


def test_the_database_fixes_a_decided_review_and_its_answers(ground: Ground) -> None:
    ask(ground)
    answer_all(ground)
    review = decide(ground, "pass")
    for change in (
        lambda: Review.objects.filter(pk=review.pk).update(remarks="Otherwise."),
        lambda: ReviewAnswer.objects.filter(review=review, item="CL-01").update(answer="no"),
        lambda: ReviewAnswer.objects.filter(review=review, item="CL-01").delete(),
    ):
        with (
            pytest.raises(DatabaseError, match="the review is decided"),
            transaction.atomic(),
            acting(by=ground.house.pic, verb="tests.review.forged"),
        ):
            change()
    with pytest.raises(NotPossible, match="its answers are fixed"):
        keep(ground, CL_01=Typed("no"))


def test_one_review_of_a_kind_waits_at_a_time(ground: Ground) -> None:
    ask(ground)
    ask(ground, "regulatory")
    with pytest.raises(RequirementsUnmet) as refused:
        ask(ground)
    assert [(line.code, line.remedy) for line in refused.value.unmet] == [
        ("ReviewIsNotOpenAlready", ("Open R-1", "regulatory.review.pass/R-1"))
    ]


def test_a_coordinating_pharmacist_does_not_decide(ground: Ground) -> None:
    ask(ground)
    with pytest.raises(NotPermitted):
        keep(ground, by=ground.house.second_pharmacist, CL_01=Typed("yes"))
    with pytest.raises(NotPermitted):
        ground.take("regulatory.review.pass", by=ground.house.second_pharmacist, subject=newest(ground))
    assert newest(ground).state == "requested"


def test_a_review_of_a_text_that_no_longer_stands_can_only_go_back(ground: Ground) -> None:
    ask(ground)
    ground.take("cases.determination.withdraw", subject=ground.case.determinations.get(), reason="Another dose.")
    answer_all(ground)
    with pytest.raises(RequirementsUnmet) as refused:
        decide(ground, "pass")
    assert [line.code for line in refused.value.unmet] == ["ReviewIsOfTheStandingText"]
    assert decide(ground, "send_back").state == "returned"


@pytest.mark.parametrize("kind", KINDS)
def test_the_checklists_of_the_product_are_sound(kind: str) -> None:
    named = checklist(kind)
    assert (named.version, named.is_reviewed) == ("1", False)
    assert len({item.id for item in named.items}) == len(named.items) >= 15


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"acts": "everybody"}, "CL-01 is put right by 'everybody'"),
        ({"applies_when": ["full_moon"]}, "CL-01 applies when 'full_moon'"),
        ({"rests_on": ["weather"]}, "CL-01 rests on 'weather', which looks_at does not name."),
        ({"id": "one"}, "'one' is no id of its own"),
        ({"colour": "red"}, "CL-01 has colour, which nobody reads."),
        ({"text": ""}, "CL-01 lacks text."),
    ],
)
def test_a_wrong_checklist_is_refused_by_item_and_value(change: dict[str, Any], said: str) -> None:
    item = {"id": "CL-01", "group": "Need", "text": "Why.", "rests_on": ["medicine"], "acts": "prescriber"} | change
    raw = {
        "kind": "clinical", "version": "1", "status": "reviewed", "source": "house", "confidence": "high",
        "looks_at": ["medicine"], "items": [item],
    }  # fmt: skip
    with pytest.raises(ChecklistError) as refused:
        read(raw, "clinical")
    assert said in str(refused.value)
