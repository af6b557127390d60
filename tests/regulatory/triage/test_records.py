"""A triage on record: saved by code, handed in, decided by a named person, told word for word, looked at again."""

import hashlib
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from cases.audit.context import acting
from cases.audit.models import AuditEntry
from cases.audit.verify import verify
from cases.lifecycle.errors import NotPermitted, NotPossible, RequirementsUnmet
from cases.notices.letters import Letter, compose
from cases.notices.models import Notice
from cases.people.models import User
from cases.references import is_valid
from regulatory.enquiries import receive_enquiry
from regulatory.governance import make_demonstration_copy, retire_profile
from regulatory.models import Enquiry, ProfileVersion
from regulatory.triage.answers import AnswersInvalid
from regulatory.triage.deciding import decide, letter_for, tell
from regulatory.triage.forgetting import forget_expired
from regulatory.triage.models import Triage, TriageDecision, TriageLetter, TriageVersion
from regulatory.triage.offers import offers
from regulatory.triage.services import find_by_code, hand_in, new_code, save_answers, start_triage
from regulatory.triage.statistics import statistics
from tests.factories import NOW, House, build_house, draft_profile, signed_profile
from tests.laid import laid
from tests.regulatory.ground import tell_a_decline
from tests.regulatory.triage.ground import ANTIBODY, TABLET

LOOKED_UP = ("profile", "npp_status", "personal_import", "cap_months")
CONTACT = "+1 555 0100, Monday to Friday 9:00 to 17:00 New York"


@laid
def house(db: None) -> House:
    return build_house()


@pytest.fixture
def wizard(db: None) -> User:
    return User.objects.service("triage-wizard")


def family_answers(base: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What a family answers: the country's facts are looked up."""
    asked = {name: value for name, value in base.items() if name not in LOOKED_UP}
    return asked | {"country": "GB", "product": "orvelumab 150 mg/mL", "indication": "invented disease"} | more


def handed_in(house: House, wizard: User, answers: dict[str, Any], **more: Any) -> TriageVersion:
    triage, _ = start_triage(pharmacy=house.pharmacy, by=wizard, now=NOW)
    save_answers(triage, answers, by=wizard, now=NOW, **more)
    return hand_in(triage, by=wizard, now=NOW)


def decided(house: House, version: TriageVersion, outcome: str = "", **more: Any) -> TriageDecision:
    return decide(version, outcome=outcome or version.outcome, by=house.coordinator, now=NOW, **more)


def told(house: House, decision: TriageDecision, language: str = "en", **more: Any) -> TriageLetter:
    given = {"channel": "code", "contact": CONTACT} | more
    return tell(decision, language=language, by=house.coordinator, now=NOW, **given)


# ---------- answering


def test_a_code_is_told_once_and_only_its_digest_is_kept(house: House, wizard: User) -> None:
    triage, code = start_triage(pharmacy=house.pharmacy, by=wizard, now=NOW, language="ar")
    assert code.startswith("TR-")
    assert is_valid(code)
    assert triage.code_sha256 == hashlib.sha256(code.encode()).hexdigest()
    assert triage.expires_on == date(2027, 3, 2)
    kept = " ".join(str(entry.new) for entry in AuditEntry.objects.filter(chain=f"triage:{triage.pk}"))
    assert code not in kept


@pytest.mark.parametrize("spelled", ["{code}", " {code} ", "{lower}", "{bare}"])
def test_somebody_comes_back_by_the_code_as_people_type_it(house: House, wizard: User, spelled: str) -> None:
    triage, code = start_triage(pharmacy=house.pharmacy, by=wizard, now=NOW)
    typed = spelled.format(code=code, lower=code.lower(), bare=code.replace("-", ""))
    assert find_by_code(typed) == triage


@pytest.mark.parametrize("typed", ["", "TR-0000-0000-0", "NP-0000-0000-1", "x" * 400, "TR-\x00"])
def test_what_is_no_code_leads_nowhere(house: House, wizard: User, typed: str) -> None:
    start_triage(pharmacy=house.pharmacy, by=wizard, now=NOW)
    assert find_by_code(typed) is None


def test_an_enquiry_has_its_answers_once(house: House) -> None:
    given = {"asked_by": "family", "country": "GB", "product": "orvelumab", "indication": "invented disease"}
    enquiry = receive_enquiry(pharmacy=house.pharmacy, by=house.coordinator, now=NOW, **given)
    start_triage(pharmacy=house.pharmacy, by=house.coordinator, now=NOW, enquiry=enquiry)
    with pytest.raises(NotPossible, match=f"{enquiry.reference} has its answers already"):
        start_triage(pharmacy=house.pharmacy, by=house.coordinator, now=NOW, enquiry=enquiry)


def test_a_renewed_code_shuts_the_old_one(house: House, wizard: User) -> None:
    triage, code = start_triage(pharmacy=house.pharmacy, by=wizard, now=NOW)
    fresh = new_code(triage, by=house.coordinator, now=NOW)
    assert (find_by_code(code), find_by_code(fresh)) == (None, triage)
    with pytest.raises(NotPermitted):
        new_code(triage, by=wizard, now=NOW)


def test_answers_are_kept_step_by_step_and_can_be_taken_back(house: House, wizard: User) -> None:
    triage, _ = start_triage(pharmacy=house.pharmacy, by=wizard, now=NOW)
    save_answers(triage, {"asked_by": "family", "storage": "2-8"}, by=wizard, now=NOW)
    save_answers(triage, {"storage": "unknown", "class": "gene/cell"}, by=wizard, now=NOW)
    assert Triage.objects.get().answers == {"class": "gene_cell", "asked_by": "family"}


def test_a_wrong_answer_is_refused_and_nothing_is_lost(house: House, wizard: User) -> None:
    triage, _ = start_triage(pharmacy=house.pharmacy, by=wizard, now=NOW)
    save_answers(triage, {"asked_by": "family"}, by=wizard, now=NOW)
    with pytest.raises(AnswersInvalid) as refused:
        save_answers(triage, {"asked_by": "neighbour", "storage": "2-8"}, by=wizard, now=NOW)
    assert [(one.field, one.value) for one in refused.value.problems] == [("asked_by", "neighbour")]
    assert Triage.objects.get().answers == {"asked_by": "family"}


def test_handing_in_names_all_that_is_missing_at_once(house: House, wizard: User) -> None:
    triage, _ = start_triage(pharmacy=house.pharmacy, by=wizard, now=NOW)
    with pytest.raises(RequirementsUnmet) as refused:
        hand_in(triage, by=wizard, now=NOW)
    assert [line.code for line in refused.value.unmet] == [
        "AskedByGiven", "CountryGiven", "ProductGiven", "IndicationGiven",
    ]  # fmt: skip
    assert (Enquiry.objects.count(), TriageVersion.objects.count(), Triage.objects.get().state) == (0, 0, "answering")


def test_handing_in_writes_the_enquiry_down_and_keeps_the_evaluation_whole(house: House, wizard: User) -> None:
    profile = signed_profile(house, "UK-SPECIALS")
    version = handed_in(house, wizard, family_answers(ANTIBODY))
    enquiry = version.enquiry
    assert (enquiry.country, enquiry.product, enquiry.asked_by, enquiry.state) == (
        "GB", "orvelumab 150 mg/mL", "prescriber", "open",
    )  # fmt: skip
    assert (version.number, version.cause, version.outcome, version.deciding) == (
        1, "handed_in", "NPP_RECOMMENDED", ["T-10"],
    )  # fmt: skip
    assert (version.profile_version, version.rules_version, version.made_by) == (profile, "1.0.0", wizard)
    assert version.result["profile"]["label"] == "UK-SPECIALS 1.0.0-demo (demonstration copy)"
    assert version.result["confident"] is True
    assert version.triage.state == "waiting"


def test_handing_in_twice_is_one_version_and_a_change_is_another(house: House, wizard: User) -> None:
    signed_profile(house, "UK-SPECIALS")
    first = handed_in(house, wizard, family_answers(ANTIBODY))
    assert hand_in(first.triage, by=wizard, now=NOW) == first
    save_answers(first.triage, {"prescriber": "no", "product": "orvelumab 300 mg"}, by=wizard, now=NOW)
    second = hand_in(first.triage, by=wizard, now=NOW)
    assert (second.number, second.cause, second.outcome) == (2, "changed", "NPP_BLOCKED_NO_PRESCRIBER")
    assert (second.enquiry, Enquiry.objects.get().product) == (first.enquiry, "orvelumab 300 mg")


def test_an_unreviewed_country_gives_no_confident_answer(house: House, wizard: User) -> None:
    draft_profile("UK-SPECIALS")
    version = handed_in(house, wizard, family_answers(ANTIBODY))
    assert (version.outcome, version.result["confident"]) == ("NEEDS_REGULATORY_CHECK", False)
    assert version.result["profile"]["values"]["profile"] == "unreviewed"


def test_a_review_that_is_past_gives_no_confident_answer(house: House, wizard: User) -> None:
    signed_profile(house, "UK-SPECIALS")
    triage, _ = start_triage(pharmacy=house.pharmacy, by=wizard, now=NOW)
    save_answers(triage, family_answers(TABLET), by=wizard, now=NOW)
    version = hand_in(triage, by=wizard, now=NOW + timedelta(days=365))
    assert (version.outcome, version.result["profile"]["values"]["profile"]) == ("NEEDS_REGULATORY_CHECK", "overdue")


def test_an_evaluation_never_changes(house: House, wizard: User) -> None:
    version = handed_in(house, wizard, family_answers(ANTIBODY))
    for change in ({"outcome": "NPP_RECOMMENDED"}, {"answers": {}}, {"forgotten_at": NOW}):
        with pytest.raises(DatabaseError), transaction.atomic(), acting(by=house.pic, verb="tests.triage.forged"):
            TriageVersion.objects.filter(pk=version.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic(), acting(by=house.pic, verb="tests.triage.forged"):
        TriageVersion.objects.filter(pk=version.pk).delete()


# ---------- deciding


def test_accepting_answers_the_enquiry_in_the_name_of_a_person(house: House, wizard: User) -> None:
    profile = signed_profile(house, "UK-SPECIALS")
    decision = decided(house, handed_in(house, wizard, family_answers(ANTIBODY)), next_on=date(2026, 3, 6))
    enquiry = Enquiry.objects.get()
    assert (decision.is_override, decision.decided_by, decision.next_on) == (False, house.coordinator, date(2026, 3, 6))
    assert (enquiry.state, enquiry.outcome, enquiry.answered_by, enquiry.profile_version) == (
        "answered", "NPP_RECOMMENDED", house.coordinator, profile,
    )  # fmt: skip
    assert enquiry.answer == (
        "A named-patient programme is recommended. "
        "Strong reason, and the route is clear: recommend the named-patient programme."
    )
    assert decision.version.triage.state == "waiting"
    assert Triage.objects.get().state == "decided"


def test_deciding_otherwise_needs_a_reason(house: House, wizard: User) -> None:
    signed_profile(house, "UK-SPECIALS")
    version = handed_in(house, wizard, family_answers(ANTIBODY))
    with pytest.raises(RequirementsUnmet) as refused:
        decided(house, version, "CLINICAL_REVIEW", reason=" ")
    assert [line.code for line in refused.value.unmet] == ["OverrideHasReason"]
    assert (TriageDecision.objects.count(), Enquiry.objects.get().state) == (0, "open")
    decision = decided(house, version, "CLINICAL_REVIEW", reason="The dose is above the label.")
    assert (decision.is_override, decision.reason) == (True, "The dose is above the label.")


def test_a_confident_override_on_an_unchecked_country_is_refused_whole(house: House, wizard: User) -> None:
    draft_profile("UK-SPECIALS")
    version = handed_in(house, wizard, family_answers(ANTIBODY))
    with pytest.raises(RequirementsUnmet) as refused:
        decided(house, version, "NPP_RECOMMENDED", reason="I know the route.")
    assert [line.code for line in refused.value.unmet] == ["PathwayFresh"]
    assert (TriageDecision.objects.count(), Triage.objects.get().state) == (0, "waiting")


def test_a_decision_on_answers_that_changed_meanwhile_is_refused(house: House, wizard: User) -> None:
    signed_profile(house, "UK-SPECIALS")
    first = handed_in(house, wizard, family_answers(ANTIBODY))
    save_answers(first.triage, {"prescriber": "no"}, by=wizard, now=NOW)
    hand_in(first.triage, by=wizard, now=NOW)
    with pytest.raises(NotPossible, match="evaluation 2 waits"):
        decided(house, first)
    assert not TriageDecision.objects.exists()


def test_nobody_decides_twice(house: House, wizard: User) -> None:
    signed_profile(house, "UK-SPECIALS")
    version = handed_in(house, wizard, family_answers(ANTIBODY))
    decided(house, version)
    with pytest.raises(NotPossible, match="nothing waits"):
        decided(house, version)


@pytest.mark.parametrize("who", ["doctor", "auditor", "administrator", "receiving", "delegate"])
def test_only_pharmacists_of_the_house_decide(house: House, wizard: User, who: str) -> None:
    version = handed_in(house, wizard, family_answers(ANTIBODY))
    for by in (getattr(house, who), wizard):
        with pytest.raises(NotPermitted):
            decide(version, outcome=version.outcome, by=by, now=NOW)
    assert not TriageDecision.objects.exists()


# ---------- telling


def test_a_letter_is_kept_byte_for_byte_with_its_version(house: House, wizard: User) -> None:
    signed_profile(house, "UK-SPECIALS")
    decision = decided(house, handed_in(house, wizard, family_answers(ANTIBODY)), next_on=date(2026, 3, 6))
    for language in ("en", "fr", "es", "ar"):
        letter = told(house, decision, language)
        assert letter.text_sha256 == hashlib.sha256(letter.text.encode()).hexdigest()
        assert (letter.template, letter.template_version, letter.language) == ("npp-recommended", "1", language)
    english = TriageLetter.objects.get(language="en").text
    assert english.startswith(f"Our answer to your question ({decision.enquiry.reference})\n\nWhat we looked at\n")
    assert "The medicine needs cold storage." in english
    assert "we last checked on Monday 2 March 2026." in english
    assert "We write to you again by Friday 6 March 2026." in english
    assert f"M. Ostby, pharmacist, Harrow Street Pharmacy. {CONTACT}" in english
    assert "برنامج المريض المسمّى هو الأنسب." in TriageLetter.objects.get(language="ar").text
    with pytest.raises(DatabaseError), transaction.atomic(), acting(by=house.pic, verb="tests.triage.forged"):
        TriageLetter.objects.filter(language="en").update(text=english + "P.S.")


def test_the_preview_is_the_letter_that_is_kept(house: House, wizard: User) -> None:
    signed_profile(house, "UK-SPECIALS")
    decision = decided(house, handed_in(house, wizard, family_answers(ANTIBODY)))
    preview = letter_for(
        decision.version, language="es", name="M. Ostby", contact=CONTACT, decision=decision, added="Una nota."
    )
    assert told(house, decision, "es", added="Una nota.").text == preview.text


def test_a_mail_goes_only_when_asked_and_tells_no_medicine_country_or_outcome(house: House, wizard: User) -> None:
    signed_profile(house, "UK-SPECIALS")
    decision = decided(house, handed_in(house, wizard, family_answers(ANTIBODY)))
    told(house, decision)
    assert not Notice.objects.exists()
    letter = told(house, decision, channel="mail", address="ward@example.org")
    notice = Notice.objects.get()
    assert (letter.notice, notice.address, notice.facts) == (
        notice, "ward@example.org", {"enquiry": decision.enquiry.reference},
    )  # fmt: skip
    assert notice.case_id is None
    mail = compose(notice, now=NOW)
    assert isinstance(mail, Letter)
    assert mail.subject == f"{decision.enquiry.reference}: an answer can be read"
    assert "/triage/\n" in mail.body
    for told_nowhere in ("orvelumab", "Kingdom", "programme", "invented disease"):
        assert told_nowhere not in mail.body


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"channel": "pigeon"}, "ChannelKnown"),
        ({"contact": " "}, "ContactGiven"),
        ({"channel": "mail"}, "AddressFits"),
        ({"address": "ward@example.org"}, "AddressFits"),
    ],
)
def test_a_letter_that_cannot_be_told_is_refused(house: House, wizard: User, given: dict[str, str], code: str) -> None:
    decision = decided(house, handed_in(house, wizard, family_answers(ANTIBODY)))
    with pytest.raises(RequirementsUnmet) as refused:
        told(house, decision, **given)
    assert [line.code for line in refused.value.unmet] == [code]
    assert (TriageLetter.objects.count(), Notice.objects.count()) == (0, 0)


def test_a_referral_that_was_told_ends_the_enquiry_and_opens_no_case(house: House, wizard: User) -> None:
    signed_profile(house, "UK-SPECIALS")
    version = handed_in(house, wizard, family_answers(TABLET))
    assert version.outcome == "PERSONAL_MAY_SUFFICE"
    letter = told(house, decided(house, version))
    assert Enquiry.objects.get().state == "referred"
    assert "We do not operate it." in letter.text
    assert "rules can close quickly, the parcel is less documented" in letter.text
    for promise in ("approved", "guarantee", "%", "entitled", "authorised"):
        assert promise not in letter.text


def test_who_asks_again_after_the_end_gets_an_enquiry_of_its_own(house: House, wizard: User) -> None:
    signed_profile(house, "UK-SPECIALS")
    version = handed_in(house, wizard, family_answers(TABLET))
    told(house, decided(house, version))
    save_answers(version.triage, {"supply_months": 6}, by=wizard, now=NOW)
    again = hand_in(version.triage, by=wizard, now=NOW)
    assert (again.number, again.outcome, again.enquiry.state) == (2, "HUMAN_DECIDES", "open")
    assert again.enquiry != version.enquiry


def test_a_declined_enquiry_is_not_answered_anew(house: House, wizard: User) -> None:
    version = handed_in(house, wizard, family_answers(ANTIBODY))
    tell_a_decline(version.enquiry, by=house.coordinator, now=NOW)
    version.refresh_from_db()
    decided(house, TriageVersion.objects.get(pk=version.pk))
    assert Enquiry.objects.get().state == "declined"


# ---------- again


def test_a_new_version_of_the_pathway_offers_another_look(house: House, wizard: User) -> None:
    draft_profile("UK-SPECIALS")
    version = handed_in(house, wizard, family_answers(ANTIBODY), wants_to_be_told=True)
    handed_in(house, wizard, family_answers(ANTIBODY))
    assert offers(house.pharmacy, now=NOW) == []
    signed_profile(house, "UK-SPECIALS")
    (offer,) = offers(house.pharmacy, now=NOW)
    assert (offer.version, offer.outcome_now, offer.moves) == (version, "NPP_RECOMMENDED", True)
    assert offer.changes == (
        "The country profile: UK-SPECIALS 0.2.0-draft (unreviewed draft) then, "
        "UK-SPECIALS 1.0.0-demo (demonstration copy) now.",
        "The review of the country profile: unreviewed then, fresh now.",
    )
    again = hand_in(version.triage, by=house.coordinator, now=NOW, cause="again")
    assert (again.number, again.cause, again.outcome) == (2, "again", "NPP_RECOMMENDED")
    assert offers(house.pharmacy, now=NOW) == []


def test_a_review_that_falls_due_offers_another_look_and_a_year_later_nothing(house: House, wizard: User) -> None:
    signed_profile(house, "UK-SPECIALS")
    handed_in(house, wizard, family_answers(ANTIBODY), wants_to_be_told=True)
    (offer,) = offers(house.pharmacy, now=NOW + timedelta(days=365))
    assert offer.outcome_now == "NEEDS_REGULATORY_CHECK"
    assert offers(house.pharmacy, now=NOW + timedelta(days=366)) == []


def test_the_new_answer_takes_the_place_of_the_old_one(house: House, wizard: User) -> None:
    draft_profile("UK-SPECIALS")
    version = handed_in(house, wizard, family_answers(ANTIBODY))
    decided(house, version)
    assert Enquiry.objects.get().outcome == "NEEDS_REGULATORY_CHECK"
    signed_profile(house, "UK-SPECIALS")
    decided(house, hand_in(version.triage, by=house.coordinator, now=NOW, cause="again"))
    assert (Enquiry.objects.get().outcome, TriageDecision.objects.count()) == ("NPP_RECOMMENDED", 2)


def test_retiring_a_pathway_leaves_the_record_as_it_was(house: House, wizard: User) -> None:
    profile = signed_profile(house, "UK-SPECIALS")
    version = handed_in(house, wizard, family_answers(ANTIBODY), wants_to_be_told=True)
    retire_profile(profile, effective_to=NOW.date(), reason="Closed.", by=house.pic, now=NOW)
    (offer,) = offers(house.pharmacy, now=NOW)
    assert offer.outcome_now == "NEEDS_REGULATORY_CHECK"
    assert TriageVersion.objects.get(pk=version.pk).outcome == "NPP_RECOMMENDED"
    assert ProfileVersion.objects.filter(pk=profile.pk).exists()
    assert make_demonstration_copy is not None


# ---------- statistics and forgetting


def test_overrides_are_counted_by_rule_outcome_and_country(house: House, wizard: User) -> None:
    signed_profile(house, "UK-SPECIALS")
    for number in range(5):
        version = handed_in(house, wizard, family_answers(ANTIBODY))
        if number < 3:
            decided(house, version, "HUMAN_DECIDES", reason="The maker is short.")
        else:
            decided(house, version)
    decided(house, handed_in(house, wizard, family_answers(TABLET)))
    found = statistics(house.pharmacy)
    assert (found.decided, found.overridden) == (6, 3)
    assert [(one.rule, one.decided, one.overridden, one.is_suspect, dict(one.instead)) for one in found.rules] == [
        ("T-6", 1, 0, False, {}),
        ("T-10", 5, 3, True, {"HUMAN_DECIDES": 3}),
    ]
    assert found.outcomes == [("PERSONAL_MAY_SUFFICE", 1, 0), ("NPP_RECOMMENDED", 5, 3)]
    assert found.countries == [
        ("GB", [("HUMAN_DECIDES", 3), ("NPP_RECOMMENDED", 2), ("PERSONAL_MAY_SUFFICE", 1)]),
    ]


def test_after_twelve_months_answers_and_letters_are_forgotten_and_the_trail_still_verifies(
    house: House, wizard: User
) -> None:
    signed_profile(house, "UK-SPECIALS")
    triage, code = start_triage(pharmacy=house.pharmacy, by=wizard, now=NOW)
    save_answers(triage, family_answers(ANTIBODY), by=wizard, now=NOW)
    version = hand_in(triage, by=wizard, now=NOW)
    letter = told(house, decided(house, version))
    setup = User.objects.service("setup")
    assert forget_expired(by=setup, now=NOW + timedelta(days=365)) == 0
    assert forget_expired(by=setup, now=NOW + timedelta(days=367)) == 1
    assert forget_expired(by=setup, now=NOW + timedelta(days=367)) == 0
    version.refresh_from_db()
    letter.refresh_from_db()
    assert (version.answers, version.result, letter.text) == ({}, {}, "")
    assert (version.outcome, version.deciding, len(letter.text_sha256)) == ("NPP_RECOMMENDED", ["T-10"], 64)
    assert find_by_code(code) is None
    with pytest.raises(NotPossible, match="deleted after their time"):
        save_answers(triage, {"storage": "frozen"}, by=wizard, now=NOW + timedelta(days=368))
    entries = AuditEntry.objects.filter(table_name__startswith="regulatory_triage")
    trail = " ".join(f"{one.old} {one.new}" for one in entries)
    assert "small_molecule" not in trail
    assert "needs cold storage" not in trail
    assert verify(chain=f"enquiry:{version.enquiry_id}").ok
    assert verify(chain=f"triage:{triage.pk}").ok
