"""The one door: every way a verb is refused, and what a taken verb leaves behind."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from cases.audit.models import AuditEntry
from cases.deadlines.models import Deadline
from cases.documents.errors import UploadRefused
from cases.documents.services import store_text
from cases.lifecycle.engine import advance, consider
from cases.lifecycle.errors import Conflict, FactsInvalid, NotPermitted, NotPossible, RequirementsUnmet
from cases.models import Case, CaseEvent, Determination, Hold
from cases.notices.models import Notice
from cases.people.erasure import erase_identity
from cases.statements import STATEMENTS
from tests.factories import NOW, PASSWORD, House, build_case, build_house, sign_determination
from tests.laid import laid

pytestmark = pytest.mark.django_db


@laid
def house() -> House:
    return build_house()


@laid
def case(house: House) -> Case:
    return build_case(house)


def written(case: Case) -> tuple[int, int, int, int]:
    """How many events, deadlines, notices and audit entries the case has: a refusal changes none of them."""
    return (
        CaseEvent.objects.filter(case=case).count(),
        Deadline.objects.filter(case=case).count(),
        Notice.objects.filter(case=case).count(),
        AuditEntry.objects.filter(chain=f"case:{case.pk}").count(),
    )


def refusal(case: Case, verb: str, error: type[Exception], **given: Any) -> Any:
    """Take the verb, expect the refusal, and see that nothing was written."""
    before = written(case)
    with pytest.raises(error) as caught:
        advance(case, verb, now=given.pop("now", NOW), **given)
    assert written(case) == before
    return caught.value


def test_opening_writes_the_first_event_asks_the_prescriber_and_promises_a_date(house: House, case: Case) -> None:
    event = CaseEvent.objects.get(case=case)
    assert (event.seq, event.verb, event.by) == (1, "cases.case.opened", house.coordinator)
    asked = Deadline.objects.get(case=case, kind="cases.determination_asked")
    assert (asked.due_on.isoformat(), asked.holder) == ("2026-03-09", house.doctor)
    assert Notice.objects.get(case=case).recipient == house.doctor


def test_all_unmet_requirements_come_at_once(house: House, case: Case) -> None:
    advance(
        case,
        "cases.hold.place",
        by=house.coordinator,
        now=NOW,
        facts={"kind": "clinical", "until": "the doctor has called", "reason": "Dose unclear."},
    )
    found = refusal(case, "cases.case.begin_filing", RequirementsUnmet, by=house.coordinator)
    assert {line.code for line in found.unmet} == {"DeterminationSigned", "NoHold:clinical"}
    assert found.sentence.endswith("2 requirements were not met. Nothing was changed.")
    assert Case.objects.get(pk=case.pk).stage == "determination"


def test_page_and_refusal_and_event_show_the_same_list(house: House, case: Case) -> None:
    shown = consider(case, "cases.case.begin_filing", by=house.coordinator, now=NOW)
    refused = refusal(case, "cases.case.begin_filing", RequirementsUnmet, by=house.coordinator)
    assert [line.as_json() for line in shown] == [line.as_json() for line in refused.checklist]
    sign_determination(house, case)
    event = advance(case, "cases.case.begin_filing", by=house.coordinator, now=NOW)
    assert [line["code"] for line in event.checklist] == [line.code for line in shown]
    assert {line["state"] for line in event.checklist} == {"met"}


def test_a_verb_is_refused_to_a_role_it_is_not_for(house: House, case: Case) -> None:
    found = refusal(case, "cases.case.begin_filing", NotPermitted, by=house.doctor)
    assert found.sentence == (
        "Dr L. Ferrante (prescriber) may not begin regulatory filing. Nothing was changed. "
        "It is for: coordinating pharmacist, pharmacist in charge."
    )


def test_an_auditor_may_take_no_verb(house: House, case: Case) -> None:
    refusal(case, "cases.note.write", NotPermitted, by=house.auditor, facts={"text": "x", "audience": "internal"})


def test_a_prescriber_of_another_case_may_take_no_verb_on_this_one(house: House, case: Case) -> None:
    refusal(case, "cases.note.write", NotPermitted, by=house.stranger.user, facts={"text": "x", "audience": "internal"})


def test_a_state_that_does_not_lead_there_is_said(house: House, case: Case) -> None:
    found = refusal(case, "cases.case.begin_shipment", NotPossible, by=house.coordinator)
    assert "is Prescriber determination: from there one cannot move the case to shipment." in found.sentence


def test_missing_and_unknown_facts_are_named(house: House, case: Case) -> None:
    missing = refusal(case, "cases.hold.place", FactsInvalid, by=house.coordinator, facts={"kind": "clinical"})
    assert missing.errors == {
        "until": ["What ends the hold: nothing was given. Fill it in."],
        "reason": ["Reason: nothing was given. Say why, in a sentence."],
    }
    facts = {"colour": "blue", "kind": "clinical", "until": "Dr Ferrante has called"}
    unknown = refusal(case, "cases.hold.place", FactsInvalid, by=house.coordinator, facts=facts)
    assert unknown.errors == {
        "colour": ["colour is not asked here. Leave it out."],
        "reason": ["Reason: nothing was given. Say why, in a sentence."],
    }


def test_a_nul_character_is_refused_in_words(house: House, case: Case) -> None:
    found = refusal(
        case,
        "cases.hold.place",
        FactsInvalid,
        by=house.coordinator,
        facts={"kind": "clinical", "until": "a\x00b", "reason": "r"},
    )
    assert list(found.errors) == ["until"]


def test_the_same_form_posted_twice_has_one_effect(house: House, case: Case) -> None:
    given = {
        "by": house.coordinator,
        "now": NOW,
        "form_key": "once-only",
        "facts": {"kind": "quality", "until": "answered", "reason": "Label unclear."},
    }
    first = advance(case, "cases.hold.place", **given)
    assert advance(case, "cases.hold.place", **given) == first
    assert Hold.objects.filter(case=case).count() == 1


def test_somebody_elses_later_event_is_a_conflict_and_says_what_changed(house: House, case: Case) -> None:
    seen = Case.objects.get(pk=case.pk).event_seq
    hold = {"kind": "quality", "until": "answered", "reason": "Label unclear."}
    placed = advance(case, "cases.hold.place", by=house.pic, now=NOW, facts=hold)
    advance(
        case,
        "cases.hold.lift",
        by=house.pic,
        now=NOW,
        subject=Hold.objects.get(case=case),
        facts={"reason": "Answered."},
    )
    assert placed.subject == "H-1"
    advance(case, "cases.case.note_run_out", by=house.pic, now=NOW, facts={"runs_out_on": "2026-04-01"})
    found = refusal(
        case, "cases.case.note_run_out", Conflict, by=house.coordinator, seen=seen, facts={"runs_out_on": "2026-05-01"}
    )
    assert [event.verb for event in found.events] == ["cases.case.run_out_noted"]
    assert "H. Lindqvist acted on" in found.sentence


def test_ones_own_later_event_is_no_conflict(house: House, case: Case) -> None:
    seen = Case.objects.get(pk=case.pk).event_seq
    advance(case, "cases.case.note_run_out", by=house.pic, now=NOW, facts={"runs_out_on": "2026-04-01"})
    advance(case, "cases.case.note_run_out", by=house.pic, now=NOW, seen=seen, facts={"runs_out_on": "2026-05-01"})
    assert Case.objects.get(pk=case.pk).runs_out_on.isoformat() == "2026-05-01"


def test_signing_needs_every_statement_and_the_password(house: House, case: Case) -> None:
    advance(
        case,
        "cases.determination.prepare",
        by=house.delegate,
        now=NOW,
        facts={"dose": "150 mg", "justification": "Because."},
    )
    draft = case.determinations.get()
    four = list(STATEMENTS)[:4]
    unmet = refusal(
        case,
        "cases.determination.sign",
        RequirementsUnmet,
        by=house.doctor,
        subject=draft,
        facts={"statements": four, "password": PASSWORD},
    )
    assert [line.code for line in unmet.unmet] == ["EveryStatementMade"]
    refusal(
        case,
        "cases.determination.sign",
        NotPermitted,
        by=house.delegate,
        subject=draft,
        facts={"statements": list(STATEMENTS), "password": PASSWORD},
    )


def test_signing_fixes_the_text_and_keeps_no_password(house: House, case: Case) -> None:
    event = sign_determination(house, case)
    signed = case.determinations.get()
    assert signed.state == Determination.State.SIGNED
    assert signed.document.signatures.get().signer == house.doctor
    assert PASSWORD not in str(event.facts)
    assert Deadline.objects.get(case=case, kind="cases.determination_asked").state == "met"


def test_an_override_needs_the_pic_and_another_person_and_only_where_allowed(house: House, case: Case) -> None:
    asked = {"verb": "cases.case.begin_filing", "record": "", "requirement": "DeterminationSigned", "reason": "Urgent."}
    refusal(case, "cases.override.propose", NotPermitted, by=house.coordinator, facts=asked)
    with pytest.raises(FactsInvalid):
        advance(case, "cases.override.propose", by=house.pic, now=NOW, facts=asked)


def test_closing_ends_house_targets_and_keeps_the_outcome(house: House, case: Case) -> None:
    advance(
        case,
        "cases.case.close",
        by=house.coordinator,
        now=NOW + timedelta(days=1),
        facts={"outcome": "withdrawn", "reason": "The family withdrew."},
    )
    closed = Case.objects.get(pk=case.pk)
    assert (closed.stage, closed.outcome) == ("closed", "withdrawn")
    assert Deadline.objects.get(case=case, kind="cases.determination_asked").state == "cancelled"
    found = refusal(
        case,
        "cases.hold.place",
        NotPossible,
        by=house.coordinator,
        facts={"kind": "quality", "until": "x", "reason": "y"},
    )
    assert "is closed. Nothing was changed. Reopen the case first." in found.sentence


def test_a_case_is_opened_once(house: House, case: Case) -> None:
    found = refusal(case, "cases.case.open", NotPossible, by=house.coordinator)
    assert found.sentence == f"{case.reference} is open already: a case is opened once. Nothing was changed."


def test_a_refusal_and_an_event_are_few_queries(
    house: House, case: Case, django_assert_num_queries: Callable[[int], AbstractContextManager[Any]]
) -> None:
    """Savepoint and actor, the case, the act, its event, the count, and the savepoint's end; a stranger's right."""
    note = {"text": "The ward was called.", "audience": "internal"}
    with django_assert_num_queries(8):
        advance(case, "cases.note.write", by=house.coordinator, now=NOW, facts=note)
    with django_assert_num_queries(5):
        refusal_of_a_stranger(case, house)


def refusal_of_a_stranger(case: Case, house: House) -> None:
    with pytest.raises(NotPermitted):
        advance(case, "cases.case.begin_filing", by=house.stranger.user, now=NOW)


def test_events_are_numbered_from_the_locked_case(house: House, case: Case) -> None:
    stale = Case.objects.get(pk=case.pk)
    for text in ("one", "two", "three"):
        advance(stale, "cases.note.write", by=house.coordinator, now=NOW, facts={"text": text, "audience": "internal"})
    assert list(CaseEvent.objects.filter(case=case).values_list("seq", flat=True)) == [1, 2, 3, 4]
    assert Case.objects.get(pk=case.pk).event_seq == 4


def test_a_case_whose_patient_was_erased_stays_closed(house: House, case: Case) -> None:
    ended = {"outcome": "completed", "reason": "Treatment ended."}
    advance(case, "cases.case.close", by=house.coordinator, now=NOW, facts=ended)
    erase_identity(case.patient, by=house.pic, now=NOW, ground="Asked for by the family.")

    found = refusal(case, "cases.case.reopen", RequirementsUnmet, by=house.pic, facts={"reason": "More is needed."})

    (line,) = found.unmet
    assert (line.code, line.fact) == (
        "PatientIsKept",
        f"What is kept of {case.patient.reference} was erased on 2026-03-02: no paper of it can be read or added. "
        "A patient who is supplied again is registered anew, with a case of its own.",
    )
    with pytest.raises(UploadRefused, match="were erased; nothing can be added to them"):
        store_text(case=case, doc_type="prescription", text="Invented.", by=house.coordinator, now=NOW)
