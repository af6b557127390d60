"""Drafts of pathways: imported, made from a version, edited fact by fact, withdrawn."""

from typing import Any

import pytest
from django.db import DatabaseError

from cases.audit.context import acting
from cases.audit.models import AuditEntry
from cases.lifecycle.errors import NotPermitted, RequirementsUnmet
from regulatory.drafts import (
    SeenOlder,
    change_fact,
    change_field,
    draft_from,
    import_profile,
    next_number,
    print_of,
    withdraw_draft,
)
from regulatory.governance import fingerprint, review_profile, sign_profile
from regulatory.models import ProfileEdit, ProfileVersion
from regulatory.profiles.files import written
from regulatory.profiles.loader import load, validate_profile
from regulatory.profiles.schema import ProfileDataError
from tests.factories import NOW, House, build_house, draft_profile, signed_profile
from tests.laid import laid
from tests.regulatory.changes.ground import UK, file_of, imported, raw_of, reviewed

LEAD = "UK-SPECIALS.deadlines.1"


@laid
def house(db: None) -> House:
    return build_house()


@laid
def draft(house: House) -> ProfileVersion:
    signed = signed_profile(house, UK)
    return draft_from(signed, number="1.1.0", by=house.coordinator, now=NOW, reason="MHRA wrote on 20 Nov.")


def edit(draft: ProfileVersion, house: House, **more: Any) -> ProfileEdit | None:
    """The lead of a notice becomes 32 days."""
    fact = next(one for one in draft.data["deadlines"] if one["id"] == LEAD)
    given: dict[str, Any] = {
        "section": "deadlines",
        "fact": LEAD,
        "after": {**fact, "amount": 32},
        "seen": print_of(fact),
        "reason": "MHRA notice of 20 Nov, point 3.",
        "by": house.coordinator,
        "now": NOW,
    }
    return change_fact(draft, **(given | more))


def test_a_file_becomes_a_draft_in_the_name_of_who_imported_it(house: House) -> None:
    signed = signed_profile(house, UK)
    done = import_profile(file_of(raw_of()), by=house.coordinator, now=NOW)
    made = done.version
    assert (done.is_new, made.status, made.origin, made.made_by, made.based_on) == (
        True,
        "draft_unreviewed",
        "imported",
        house.coordinator,
        signed,
    )
    assert (made.is_demonstration, made.data_sha256) == (True, fingerprint(raw_of()))
    assert AuditEntry.objects.filter(
        table_name="regulatory_profileversion", verb="regulatory.profile.imported"
    ).exists()


def test_an_exported_file_is_recognised_and_nothing_is_written(house: House) -> None:
    signed_profile(house, UK)
    product = draft_profile(UK)
    before = AuditEntry.objects.count()
    done = import_profile(written(product.data), by=house.coordinator, now=NOW)
    assert (done.is_new, done.version, AuditEntry.objects.count()) == (False, product, before)


def test_a_file_goes_round_through_the_database_byte_for_byte(house: House) -> None:
    content = file_of(raw_of(change=lambda raw: raw["deadlines"][0].update(checked_on="2026-11-20", amount=32.0)))
    made = import_profile(content, by=house.coordinator, now=NOW).version
    assert written(ProfileVersion.objects.get(pk=made.pk).data) == content.replace(b"32.0", b"32")
    assert fingerprint(ProfileVersion.objects.get(pk=made.pk).data) == made.data_sha256


def test_other_data_under_a_taken_number_are_refused_with_a_free_one(house: House) -> None:
    imported(house, raw_of())
    with pytest.raises(ProfileDataError) as refused:
        imported(house, raw_of(change=lambda raw: raw.update(name="Another")))
    (problem,) = refused.value.problems
    assert (problem.path, problem.value, problem.remedy) == (
        "/profile_version",
        "1.1.0",
        "give it a free number, such as 1.2.0",
    )
    assert ProfileVersion.objects.filter(profile_key=UK).count() == 1


@pytest.mark.parametrize("who", ["doctor", "auditor", "receiving"])
def test_nobody_else_imports(house: House, who: str) -> None:
    with pytest.raises(NotPermitted):
        imported(house, raw_of(), by=getattr(house, who))
    assert not ProfileVersion.objects.exists()


def test_a_draft_begins_with_the_facts_of_its_version_and_none_of_its_signatures(draft: ProfileVersion) -> None:
    signed = draft.based_on
    assert signed is not None
    assert (draft.version, draft.status, draft.is_editable, draft.signed_by, draft.reviewed_by) == (
        "1.1.0",
        "draft_unreviewed",
        True,
        None,
        None,
    )
    assert {**draft.data, "profile_version": ""} == {**signed.data, "profile_version": ""}
    assert next_number(UK) == "1.2.0"


def test_the_same_draft_asked_for_twice_is_one(draft: ProfileVersion, house: House) -> None:
    assert draft.based_on is not None
    again = draft_from(draft.based_on, number="1.1.0", by=house.coordinator, now=NOW, reason="MHRA wrote on 20 Nov.")
    assert again.pk == draft.pk


@pytest.mark.parametrize("number", ["next", "1.1", "", "1.1.0 ", "1.1.0/../x", "9" * 50])
def test_a_number_that_is_none_is_refused(house: House, number: str) -> None:
    signed = signed_profile(house, UK)
    if number.strip() == "1.1.0":
        assert draft_from(signed, number=number, by=house.pic, now=NOW, reason="New.").version == "1.1.0"
        return
    with pytest.raises(ProfileDataError, match="a version number has three parts"):
        draft_from(signed, number=number, by=house.pic, now=NOW, reason="New.")


def test_a_change_keeps_who_when_why_before_and_after(draft: ProfileVersion, house: House) -> None:
    made = edit(draft, house)
    draft = ProfileVersion.objects.get(pk=draft.pk)
    assert made is not None
    assert made.before is not None
    assert made.after is not None
    assert (made.number, made.fact, made.before["amount"], made.after["amount"], made.changed_by, made.reason) == (
        1,
        LEAD,
        28,
        32,
        house.coordinator,
        "MHRA notice of 20 Nov, point 3.",
    )
    assert draft.data["deadlines"][0]["amount"] == 32
    assert draft.data_sha256 == fingerprint(draft.data)


def test_a_change_that_says_the_same_writes_nothing(draft: ProfileVersion, house: House) -> None:
    fact = draft.data["deadlines"][0]
    assert edit(draft, house, after=dict(fact)) is None
    assert draft.edits.count() == 0


def test_a_fact_is_added_under_the_next_id_and_taken_out_again(draft: ProfileVersion, house: House) -> None:
    new = {"value": "Write to MHRA first.", "basis": "recalled", "source": [], "confidence": "low"}
    made = edit(draft, house, section="notes", fact="", after=new)
    assert made is not None
    assert (made.fact, made.before) == ("UK-SPECIALS.notes.2", None)
    gone = edit(draft, house, section="notes", fact=made.fact, after=None, seen=print_of(made.after))
    draft = ProfileVersion.objects.get(pk=draft.pk)
    assert gone is not None
    assert (gone.number, gone.after, len(draft.data["notes"])) == (2, None, 1)


def test_a_wrong_value_names_its_path_and_changes_nothing(draft: ProfileVersion, house: House) -> None:
    fact = draft.data["deadlines"][0]
    with pytest.raises(ProfileDataError) as refused:
        edit(draft, house, after={**fact, "amount": "32 days", "confidence": "certain"})
    assert [problem.path for problem in refused.value.problems] == ["/deadlines/0/amount", "/deadlines/0/confidence"]
    draft = ProfileVersion.objects.get(pk=draft.pk)
    assert (draft.data["deadlines"][0]["amount"], draft.edits.count()) == (28, 0)


def test_two_who_change_one_fact_are_told_and_the_second_loses_nothing(draft: ProfileVersion, house: House) -> None:
    read = print_of(draft.data["deadlines"][0])
    edit(draft, house)
    with pytest.raises(SeenOlder) as refused:
        edit(draft, house, seen=read, by=house.second_pharmacist)
    assert refused.value.sentence.startswith("M. Ostby changed UK-SPECIALS.deadlines.1 in UK-SPECIALS 1.1.0")
    assert refused.value.now_stands is not None
    assert refused.value.now_stands["amount"] == 32
    assert draft.edits.count() == 1


def test_two_who_change_different_facts_both_keep_theirs(draft: ProfileVersion, house: House) -> None:
    edit(draft, house)
    change_field(
        draft,
        field="effective_to",
        after="2026-12-31",
        seen=print_of(None),
        reason="The route closes.",
        by=house.second_pharmacist,
        now=NOW,
    )
    draft = ProfileVersion.objects.get(pk=draft.pk)
    assert (draft.data["deadlines"][0]["amount"], str(draft.effective_to)) == (32, "2026-12-31")
    assert [one.fact for one in draft.edits.all()] == [LEAD, "effective_to"]


def test_a_change_needs_a_reason(draft: ProfileVersion, house: House) -> None:
    with pytest.raises(RequirementsUnmet) as refused:
        edit(draft, house, reason="  ")
    assert [line.code for line in refused.value.unmet] == ["ReasonGiven"]


def test_nothing_changes_once_it_is_reviewed(draft: ProfileVersion, house: House) -> None:
    reviewed(house, draft)
    with pytest.raises(RequirementsUnmet) as refused:
        edit(draft, house)
    assert [line.code for line in refused.value.unmet] == ["DraftIsEditable"]
    with pytest.raises(DatabaseError), acting(by=house.pic, verb="tests.profile.changed"):
        ProfileVersion.objects.filter(pk=draft.pk).update(data={"gates": []})


def test_what_the_product_ships_is_not_edited(house: House) -> None:
    with pytest.raises(RequirementsUnmet):
        edit(draft_profile(UK), house)


def test_an_edit_is_never_rewritten(draft: ProfileVersion, house: House) -> None:
    edit(draft, house)
    with pytest.raises(DatabaseError), acting(by=house.pic, verb="tests.edit.changed"):
        draft.edits.update(reason="Something else")


def test_a_withdrawn_draft_stays_readable_and_is_never_signed(draft: ProfileVersion, house: House) -> None:
    gone = withdraw_draft(draft, reason="MHRA took the notice back.", by=house.coordinator, now=NOW)
    assert (gone.status, gone.is_withdrawn, gone.is_editable) == ("retired", True, False)
    with pytest.raises(RequirementsUnmet):
        review_profile(gone, reviewed_on=NOW.date(), next_review_due=NOW.date(), by=house.pic, now=NOW)


def test_a_version_in_use_is_not_withdrawn(house: House) -> None:
    with pytest.raises(RequirementsUnmet) as refused:
        withdraw_draft(signed_profile(house, UK), reason="No.", by=house.pic, now=NOW)
    assert [line.code for line in refused.value.unmet] == ["NotSignedYet", "DraftIsOurs"]


def test_a_pathway_has_one_version_in_use(draft: ProfileVersion, house: House) -> None:
    signed = sign_profile(reviewed(house, draft), effective_from=NOW.date(), by=house.pic, now=NOW)
    rows = ProfileVersion.objects.filter(profile_key=UK, is_demonstration=True)
    assert [(row.version, row.status) for row in rows] == [("1.0.0-demo", "retired"), ("1.1.0", "active")]
    assert signed.is_demonstration


def test_a_clock_stop_is_checked_in_the_editor_as_when_a_file_is_loaded(house: House, draft: ProfileVersion) -> None:
    facts = draft.data["deadlines"]
    place = next(index for index, one in enumerate(facts) if one["id"] == LEAD)
    other = next(index for index, one in enumerate(facts) if one["id"] != LEAD)
    lead, second = facts[place], facts[other]

    def refused_with(*, fact: str, after: dict[str, Any], seen: str) -> tuple[str, str]:
        held = ProfileVersion.objects.get(pk=draft.pk)
        with pytest.raises(ProfileDataError) as refused:
            edit(draft, house, fact=fact, after=after, seen=seen)
        changed = [after if one["id"] == fact else one for one in held.data["deadlines"]]
        assert list(refused.value.problems) == validate_profile({**held.data, "deadlines": changed}, library=load())
        assert ProfileVersion.objects.get(pk=draft.pk).data == held.data
        (problem,) = refused.value.problems
        return problem.path, problem.value

    wrong = {**lead, "on_question": "pauses"}
    assert refused_with(fact=LEAD, after=wrong, seen=print_of(lead)) == (f"/deadlines/{place}/on_question", '"pauses"')
    assert edit(draft, house, after={**lead, "on_question": "stops"}) is not None
    contrary = {**second, "trigger_event": lead["trigger_event"], "on_question": "restarts"}
    path, value = refused_with(fact=second["id"], after=contrary, seen=print_of(second))
    assert (path, value) in (
        (f"/deadlines/{other}/on_question", '"restarts"'),
        (f"/deadlines/{place}/on_question", "stops"),
    )
