"""Pathways as governed data: loaded as drafts, reviewed and signed by two people, never changed."""

from dataclasses import replace
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError

from cases.audit.context import acting
from cases.lifecycle.errors import NotPermitted, RequirementsUnmet
from cases.people.models import Pharmacy, User
from regulatory.governance import (
    DataChanged,
    fingerprint,
    load_drafts,
    make_demonstration_copy,
    retire_profile,
    review_profile,
    sign_profile,
)
from regulatory.models import ProfileVersion
from regulatory.profiles.loader import Library, load
from tests.factories import NOW, House, build_house, draft_profile, signed_profile
from tests.laid import laid


@laid
def house(db: None) -> House:
    return build_house()


def with_name(library: Library, key: str, name: str, version: str | None = None) -> Library:
    profile = library.profiles[key]
    raw = {**profile.raw, "name": name, "profile_version": version or profile.version}
    changed = replace(profile, raw=raw, name=name, version=version or profile.version)
    return replace(library, profiles={key: changed})


def test_the_command_loads_48_unreviewed_drafts_once(db: None) -> None:
    said = StringIO()
    call_command("load_profiles", stdout=said)
    call_command("load_profiles", stdout=said)
    assert said.getvalue().splitlines() == [
        "Pathways: 48 loaded as drafts, 0 already there.",
        "Pathways: 0 loaded as drafts, 48 already there.",
    ]
    assert set(ProfileVersion.objects.values_list("status", flat=True)) == {"draft_unreviewed"}


def test_changed_data_under_the_same_version_are_refused(house: House) -> None:
    draft = draft_profile("UK-SPECIALS")
    with pytest.raises(DataChanged, match=r"UK-SPECIALS 0\.2\.0-draft changed under the same version"):
        load_drafts(by=house.pic, now=NOW, library=with_name(load(), "UK-SPECIALS", "Another name"))
    assert ProfileVersion.objects.get().data_sha256 == draft.data_sha256


def test_changed_data_under_a_version_of_their_own_are_loaded(house: House) -> None:
    draft_profile("UK-SPECIALS")
    done = load_drafts(by=house.pic, now=NOW, library=with_name(load(), "UK-SPECIALS", "Another name", "0.3.0-draft"))
    assert (done.added, ProfileVersion.objects.count()) == (1, 2)


def test_the_database_keeps_the_data_as_they_were(house: House) -> None:
    draft = draft_profile("UK-SPECIALS")
    with pytest.raises(DatabaseError), acting(by=house.pic, verb="tests.profile.changed"):
        ProfileVersion.objects.filter(pk=draft.pk).update(data={"gates": []})


def test_two_people_make_a_version_that_cases_may_rest_on(house: House) -> None:
    draft = draft_profile("UK-SPECIALS")
    reviewed = review_profile(
        draft, reviewed_on=date(2026, 3, 1), next_review_due=date(2026, 9, 1), by=house.second_pharmacist, now=NOW
    )
    signed = sign_profile(reviewed, effective_from=date(2026, 3, 2), by=house.pic, now=NOW)
    assert (signed.status, signed.is_signed, signed.signed_sha256) == (
        "active",
        True,
        fingerprint(load().profiles["UK-SPECIALS"].raw),
    )


def test_the_reviewer_does_not_sign(house: House) -> None:
    draft = draft_profile("UK-SPECIALS")
    reviewed = review_profile(
        draft, reviewed_on=date(2026, 3, 1), next_review_due=date(2026, 9, 1), by=house.pic, now=NOW
    )
    with pytest.raises(RequirementsUnmet) as refused:
        sign_profile(reviewed, effective_from=date(2026, 3, 2), by=house.pic, now=NOW)
    assert [line.code for line in refused.value.unmet] == ["SignedByAnother"]
    assert ProfileVersion.objects.get(pk=draft.pk).status == "reviewed"


def test_every_reason_is_told_at_once(house: House) -> None:
    signed = signed_profile(house, "UK-SPECIALS")
    with pytest.raises(RequirementsUnmet) as refused:
        review_profile(signed, reviewed_on=date(2027, 1, 1), next_review_due=date(2026, 1, 1), by=house.pic, now=NOW)
    assert [line.code for line in refused.value.unmet] == [
        "ProfileStateAllows",
        "ReviewedNotInFuture",
        "NextReviewAfterThis",
    ]


@pytest.mark.parametrize("who", ["coordinator", "administrator", "doctor", "auditor", "receiving"])
def test_only_the_pharmacist_in_charge_signs(house: House, who: str) -> None:
    with pytest.raises(NotPermitted):
        sign_profile(draft_profile("UK-SPECIALS"), effective_from=date(2026, 3, 2), by=getattr(house, who), now=NOW)


def test_a_demonstration_copy_is_marked_and_made_once(house: House) -> None:
    first, second = signed_profile(house, "AU-SAS-A"), signed_profile(house, "AU-SAS-A")
    assert first.pk == second.pk
    assert (first.version, first.is_demonstration, first.copied_from.version) == ("1.0.0-demo", True, "0.2.0-draft")


def test_a_live_pharmacy_gets_no_demonstration_copy(house: House) -> None:
    with acting(by=User.objects.service("setup"), verb="tests.pharmacy.added"):
        live = Pharmacy.objects.create(name="Live Pharmacy", code="LIVE")
    with pytest.raises(RequirementsUnmet) as refused:
        make_demonstration_copy(
            draft_profile("AU-SAS-A"), pharmacy=live, reviewed_by=house.second_pharmacist, signed_by=house.pic, now=NOW
        )
    assert [line.code for line in refused.value.unmet] == ["PharmacyIsDemonstration"]


def test_a_new_signed_version_retires_the_one_before(house: House) -> None:
    old = draft_profile("UK-SPECIALS")
    load_drafts(by=house.pic, now=NOW, library=with_name(load(), "UK-SPECIALS", "Another name", "0.3.0-draft"))
    new = ProfileVersion.objects.get(version="0.3.0-draft")
    for version, begins in ((old, date(2026, 1, 1)), (new, date(2026, 3, 1))):
        review_profile(
            version, reviewed_on=date(2026, 1, 1), next_review_due=date(2026, 9, 1), by=house.administrator, now=NOW
        )
        sign_profile(version, effective_from=begins, by=house.pic, now=NOW)
    old = ProfileVersion.objects.get(pk=old.pk)
    assert (old.status, old.effective_to) == ("retired", date(2026, 2, 28))


def test_retiring_needs_a_reason(house: House) -> None:
    with pytest.raises(RequirementsUnmet):
        retire_profile(signed_profile(house, "UK-SPECIALS"), effective_to=None, reason=" ", by=house.pic, now=NOW)
    done = retire_profile(
        signed_profile(house, "UK-SPECIALS"), effective_to=None, reason="The route closed.", by=house.pic, now=NOW
    )
    assert done.status == "retired"
