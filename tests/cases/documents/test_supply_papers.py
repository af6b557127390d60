"""What a receiving pharmacist is given: the papers of the supply, and what was sent from there."""

import pytest

from cases.documents.downloads import OF_THE_SUPPLY, open_download
from cases.documents.errors import DocumentRefused
from cases.documents.models import DocumentAccess
from cases.documents.receiving import store_text
from cases.documents.types import TYPES
from tests.factories import NOW, build_case, build_house

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("doc_type", ["prescription", "coa", "patient_identity", "clinical_report", "determination"])
def test_a_receiving_pharmacist_gets_the_papers_of_the_supply_alone(doc_type: str) -> None:
    house = build_house()
    case = build_case(house)
    paper = store_text(case=case, doc_type=doc_type, text="invented", by=house.coordinator, now=NOW)
    if doc_type in OF_THE_SUPPLY:
        assert open_download(paper, by=house.receiving, now=NOW).content == b"invented"
    else:
        with pytest.raises(DocumentRefused, match="is no paper of the supply"):
            open_download(paper, by=house.receiving, now=NOW)
    assert DocumentAccess.objects.get(document=paper).granted is (doc_type in OF_THE_SUPPLY)


def test_proof_of_identity_and_clinical_papers_are_not_among_them() -> None:
    assert set(TYPES) >= OF_THE_SUPPLY
    assert not OF_THE_SUPPLY & {"patient_identity", "clinical_report", "medical_necessity_letter", "patient_consent"}


def test_a_receiving_pharmacist_gets_back_what_was_sent_from_there() -> None:
    house = build_house()
    case = build_case(house)
    paper = store_text(case=case, doc_type="correspondence", text="our letter", by=house.receiving, now=NOW)
    assert open_download(paper, by=house.receiving, now=NOW).content == b"our letter"
