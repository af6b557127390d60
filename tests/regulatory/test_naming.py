"""The patient's name stands on a paper as the pathway says: asked when it is accepted, enforced when it is filed."""

import io
from dataclasses import dataclass
from pathlib import Path

import pytest

from cases.audit.context import acting
from cases.documents.models import Document
from cases.documents.services import receive_upload, release_unscanned
from cases.lifecycle.engine import consider
from cases.lifecycle.errors import FactsInvalid, NotPossible, RequirementsUnmet
from cases.lifecycle.forms import form_for
from cases.lifecycle.verbs import VERBS, Situation
from cases.models import Case
from cases.people.identity import Identity, correct_identity
from cases.people.models import IdentityAccess
from tests.cases.documents.corpus import pdf
from tests.regulatory.ground import Ground, at, build_ground
from tests.regulatory.pack.test_application_pack import text_of

ACCEPT, MAKE = "documents.document.accept", "regulatory.filing.make_pack"
NOW = at("2026-03-02 09:00")


@dataclass(frozen=True)
class Place:
    """A pathway with a rule on one of its papers."""

    key: str
    country: str
    zone: str
    doc_type: str

    def ground(self) -> Ground:
        return build_ground(self.key, now=NOW, country=self.country, zone=self.zone)


FORBIDS = Place("AU-SAS-A", "AU", "Australia/Sydney", "regulator_form")
REQUIRES = Place("DE-73-3", "DE", "Europe/Berlin", "supply_record")
ASKS_NOTHING = Place("UK-SPECIALS", "GB", "Europe/London", "regulator_form")


def waiting(ground: Ground, doc_type: str) -> Document:
    sent = receive_upload(
        case=ground.case, file=io.BytesIO(pdf()), name="form.pdf", doc_type=doc_type,
        by=ground.house.coordinator, now=NOW,
    )  # fmt: skip
    return release_unscanned(sent, by=ground.house.coordinator, now=NOW, reason="No scanner runs in the tests.")


def name_the_patient(ground: Ground, given: str, family: str) -> None:
    identity = Identity(
        family_name=family,
        given_names=given,
        birth_date=NOW.date().replace(year=1990),
        record_number="INV-1",
        sex="male",
    )
    correct_identity(
        ground.case.patient, identity=identity, by=ground.house.coordinator, now=NOW, reason="A rare name."
    )


def asked(ground: Ground, document: Document) -> bool:
    situation = Situation(ground.case, VERBS[ACCEPT], document, ground.house.coordinator, NOW)
    return "names_patient" in form_for(situation).fields


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("place", "wrong", "right", "told"),
    [
        (FORBIDS, "yes", "no",
         "The patient’s name must not stand on the authority's form. The name stands on D-2. "
         "Reject it; have the name made unreadable, and the paper sent again."),
        (REQUIRES, "no", "yes",
         "The supply record must name the patient. The name is not on D-2. "
         "Reject it, and ask for the one with the full name."),
    ],
)  # fmt: skip
def test_the_wrong_answer_refuses_acceptance_with_the_rule_and_the_remedy(
    place: Place, wrong: str, right: str, told: str
) -> None:
    ground = place.ground()
    document = waiting(ground, place.doc_type)
    written = ground.written()
    with pytest.raises(FactsInvalid) as unanswered:
        ground.take(ACCEPT, subject=document)
    assert set(unanswered.value.errors) == {"names_patient"}
    with pytest.raises(RequirementsUnmet) as refused:
        ground.take(ACCEPT, subject=document, names_patient=wrong)
    (line,) = refused.value.unmet
    assert (line.code, line.fact, line.remedy) == (
        "PaperNamesAsAllowed", told, ("Reject D-2", "documents.document.reject/D-2"),
    )  # fmt: skip
    version = ground.case.profile_version
    assert line.rule.startswith(f"{version} (demonstration copy), privacy rule [")
    assert line.rule.endswith("confidence")
    assert (Document.objects.get(pk=document.pk).state, ground.written()) == ("scanned", written)

    ground.take(ACCEPT, subject=document, names_patient=right)
    kept = Document.objects.get(pk=document.pk)
    assert (kept.state, kept.names_patient) == ("accepted", right == "yes")


@pytest.mark.django_db
def test_nothing_is_asked_where_no_rule_exists() -> None:
    ground = ASKS_NOTHING.ground()
    document = waiting(ground, "regulator_form")
    assert not asked(ground, document)
    with pytest.raises(FactsInvalid, match="Nothing was changed") as refused:
        ground.take(ACCEPT, subject=document, names_patient="yes")
    assert refused.value.errors == {"names_patient": ["names_patient is not asked here. Leave it out."]}
    ground.take(ACCEPT, subject=document)
    assert Document.objects.get(pk=document.pk).names_patient is None


@pytest.mark.django_db
def test_a_pack_encloses_no_paper_whose_answer_breaks_the_rule() -> None:
    ground = FORBIDS.ground()
    form = ground.paper("regulator_form", uploaded=True)
    ground.take("regulatory.filing.open", kind="notification", authority="TGA", quantity="6")
    ground.take("documents.document.describe", subject=form, names_patient="yes")
    with pytest.raises(RequirementsUnmet) as refused:
        ground.take(MAKE, subject=ground.filing, language="en", naming="initials")
    assert [(line.code, line.fact) for line in refused.value.unmet] == [
        (
            f"EnclosuresNameAsAllowed:{form.label}",
            f"The patient’s name must not stand on the authority's form. The name stands on {form.label}. "
            "Send the right one as its new version.",
        )
    ]
    assert ground.filing.pack is None

    ground.paper("regulator_form", uploaded=True, supersedes=Document.objects.get(pk=form.pk))
    ground.take(MAKE, subject=ground.filing, language="en", naming="initials")
    assert ground.filing.pack is not None


@pytest.mark.django_db
def test_a_form_for_australia_holds_no_name_and_no_sentence_brings_it_in(tmp_path: Path) -> None:
    ground = FORBIDS.ground()
    name_the_patient(ground, "Quillon", "Zzyzx")
    ground.take("regulatory.filing.open", kind="notification", authority="TGA", quantity="6")
    ground.take(MAKE, subject=ground.filing, language="en", naming="initials")
    text = text_of(ground.filing.pack, tmp_path)
    assert ("Zzyzx" in text, "Quillon" in text, "Q. Z." in text or "QZ" in text) == (False, False, True)
    read = IdentityAccess.objects.filter(patient=ground.case.patient, kind="revealed").values_list("purpose", "fields")
    assert list(read.order_by("pk")) == [
        ("check that the pack of F-1 names nobody", ["full_name"]),
        ("application pack of F-1", ["birth_date", "record_number", "sex"]),
    ]

    with acting(by=ground.house.coordinator, verb="tests.case.misworded", business_at=NOW):
        Case.objects.filter(pk=ground.case.pk).update(indication="Seizures of Zzyzx,  Quillon")
    earlier = ground.filing.pack
    with pytest.raises(NotPossible) as refused:
        ground.take(MAKE, subject=ground.filing, language="en", naming="initials")
    assert refused.value.sentence == (
        "Indication: it gives the patient's name, which the pathway forbids on what is filed. Correct the indication. "
        "Nothing was made."
    )
    assert ground.filing.pack == earlier


@pytest.mark.django_db
def test_a_paper_that_nobody_answered_for_is_asked_about_before_it_is_enclosed() -> None:
    ground = FORBIDS.ground()
    form = ground.paper("regulator_form", uploaded=True)
    with acting(by=ground.house.coordinator, verb="tests.papers.older", business_at=NOW):
        Document.objects.filter(pk=form.pk).update(names_patient=None)
    ground.take("regulatory.filing.open", kind="notification", authority="TGA", quantity="6")
    lines = consider(ground.case, MAKE, by=ground.house.coordinator, now=NOW, subject=ground.filing)
    line = next(line for line in lines if line.code == f"EnclosuresNameAsAllowed:{form.label}")
    assert (line.state, line.remedy) == (
        "unmet", ("Say whether the name stands on it", f"documents.document.describe/{form.label}")
    )  # fmt: skip
