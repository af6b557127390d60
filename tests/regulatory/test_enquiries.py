"""Enquiries: an hour's promise, a named answer, and the case that follows."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from cases.lifecycle.errors import NotPermitted, NotPossible, RequirementsUnmet
from cases.models import Case
from regulatory.enquiries import (
    acknowledge_by,
    answer_enquiry,
    open_case_from_enquiry,
    receive_enquiry,
    refer_enquiry,
)
from regulatory.models import Enquiry
from tests.factories import NOW, House, build_house, build_patient, draft_profile, signed_profile
from tests.laid import laid

NEW_YORK = ZoneInfo("America/New_York")


def new_york(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("received", "by"),
    [
        ("2026-12-02 09:30", "2026-12-02 10:30"),
        ("2026-12-02 08:12", "2026-12-02 10:00"),
        ("2026-12-02 16:30", "2026-12-03 09:30"),
        ("2026-12-01 19:40", "2026-12-02 10:00"),
        ("2026-12-04 17:00", "2026-12-07 10:00"),
        ("2026-12-05 12:00", "2026-12-07 10:00"),
        ("2026-10-30 16:59", "2026-11-02 09:59"),
    ],
    ids=[
        "in hours",
        "before opening",
        "over the close",
        "evening",
        "Friday at the close",
        "Saturday",
        "over the clock change",
    ],
)
def test_the_promise_is_one_business_hour(received: str, by: str) -> None:
    assert acknowledge_by(new_york(received), NEW_YORK) == new_york(by)


@laid
def house(db: None) -> House:
    return build_house()


@laid
def enquiry(house: House) -> Enquiry:
    return receive_enquiry(
        pharmacy=house.pharmacy,
        asked_by="prescriber",
        country="gb",
        product="orvelumab",
        indication="invented disease",
        medicine=house.medicine,
        by=house.coordinator,
        now=NOW,
    )


def answered(house: House, enquiry: Enquiry, outcome: str = "NPP_RECOMMENDED") -> Enquiry:
    return answer_enquiry(
        enquiry,
        outcome=outcome,
        answer="A named-patient programme fits best.",
        by=house.coordinator,
        now=NOW,
        profile_version=signed_profile(house, "UK-SPECIALS"),
    )


def test_an_enquiry_has_a_reference_and_a_promise(enquiry: Enquiry) -> None:
    assert (enquiry.reference[:3], enquiry.country, enquiry.state) == ("EN-", "GB", "open")
    assert enquiry.acknowledge_by == new_york("2026-03-02 11:00")


def test_all_that_is_missing_is_told_at_once(house: House) -> None:
    with pytest.raises(RequirementsUnmet) as refused:
        receive_enquiry(
            pharmacy=house.pharmacy,
            asked_by="stranger",
            country="",
            product=" ",
            indication="",
            by=house.coordinator,
            now=NOW,
            received_at=NOW.replace(year=2027),
        )
    assert [line.code for line in refused.value.unmet] == [
        "NotInFuture", "AskerKnown", "CountryGiven", "ProductGiven", "IndicationGiven",
    ]  # fmt: skip
    assert not Enquiry.objects.exists()


def test_a_named_person_answers(house: House, enquiry: Enquiry) -> None:
    done = answered(house, enquiry)
    assert (done.state, done.outcome, done.answered_by, done.answered_at) == (
        "answered", "NPP_RECOMMENDED", house.coordinator, NOW,
    )  # fmt: skip


def test_a_confident_answer_does_not_rest_on_an_unchecked_pathway(house: House, enquiry: Enquiry) -> None:
    stale = draft_profile("UK-SPECIALS")
    with pytest.raises(RequirementsUnmet) as refused:
        answer_enquiry(
            enquiry,
            outcome="NPP_RECOMMENDED",
            answer="Yes.",
            by=house.coordinator,
            now=NOW.replace(year=2027),
            profile_version=stale,
        )
    assert [line.code for line in refused.value.unmet] == ["PathwayFresh"]
    assert Enquiry.objects.get().state == "open"


def test_an_answered_enquiry_becomes_a_case_once(house: House, enquiry: Enquiry) -> None:
    given = {
        "patient": build_patient(house), "prescriber": house.prescriber, "institution": house.institution,
        "coordinator": house.coordinator, "by": house.coordinator, "now": NOW,
    }  # fmt: skip
    answered(house, enquiry)
    case = open_case_from_enquiry(enquiry, form_key="once", **given)
    assert (case.enquiry, case.country, case.medicine, case.stage) == (enquiry, "GB", house.medicine, "determination")
    assert Enquiry.objects.get().state == "became_case"
    assert open_case_from_enquiry(enquiry, form_key="once", **given).pk == case.pk
    with pytest.raises(NotPossible):
        open_case_from_enquiry(enquiry, form_key="twice", **given)
    assert Case.objects.count() == 1


def test_a_case_is_refused_on_an_unsigned_pathway_and_the_enquiry_stays(house: House, enquiry: Enquiry) -> None:
    answered(house, enquiry)
    with pytest.raises(RequirementsUnmet) as refused:
        open_case_from_enquiry(
            enquiry,
            patient=build_patient(house),
            prescriber=house.prescriber,
            institution=house.institution,
            coordinator=house.coordinator,
            by=house.coordinator,
            now=NOW,
            profile_version=draft_profile("UK-SPECIALS"),
        )
    assert "ProfileVersionSigned" in [line.code for line in refused.value.unmet]
    assert (Case.objects.count(), Enquiry.objects.get().state) == (0, "answered")


def test_refer_needs_an_answer_and_a_reason(house: House, enquiry: Enquiry) -> None:
    with pytest.raises(NotPossible, match="is open: it cannot be referred"):
        refer_enquiry(enquiry, reason="Elsewhere.", by=house.coordinator, now=NOW)
    answered(house, enquiry)
    with pytest.raises(RequirementsUnmet) as refused:
        refer_enquiry(enquiry, reason=" ", by=house.coordinator, now=NOW)
    assert [line.code for line in refused.value.unmet] == ["ReasonGiven"]
    assert refer_enquiry(enquiry, reason="Elsewhere.", by=house.coordinator, now=NOW).state == "referred"


@pytest.mark.parametrize("who", ["doctor", "auditor", "administrator", "receiving", "delegate"])
def test_only_pharmacists_of_the_house_handle_enquiries(house: House, enquiry: Enquiry, who: str) -> None:
    with pytest.raises(NotPermitted):
        refer_enquiry(enquiry, reason="No.", by=getattr(house, who), now=NOW)
    assert Enquiry.objects.get().state == "open"
