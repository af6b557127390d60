"""A version with several events, medicines and lots leaves whole, in every profile, and others read it so."""

from pathlib import Path
from typing import Any

import e2br3
import pytest

from cases.audit.context import acting
from pharmacovigilance.e2b.reading import parts_of, root_of
from pharmacovigilance.e2b.snapshots import as_known
from pharmacovigilance.e2b.validating import check_bytes
from pharmacovigilance.messages import export_of
from pharmacovigilance.models import AdverseEvent, CaseVersion, ReportedProduct
from tests.laid import laid
from tests.pharmacovigilance.builders import ASSESSED, NOTHING_KNOWN, READ, Safety
from tests.pharmacovigilance.e2b.messages import NOW

PROFILES = ["ich", "fda", "eu"]


@laid
def rich(safety: Safety) -> Safety:
    """Two events, our medicine and two others, judged by both sides, the patient described; locked."""
    safety_case = safety.attach(safety.receive(dose=safety.dose(), began="2026-03-08"))
    safety.take(
        "event.add", now=READ, safety_case=safety_case, verbatim="Rash on both arms.", started="Mar 2026",
        ended="2026-03-12", outcome="1", criteria=[], tests="C-reactive protein 140 mg/L.",
    )  # fmt: skip
    safety.take(
        "product.add", now=READ, safety_case=safety_case, name="Inventol", strength="5 mg", role="2", action="4",
        indication="high blood pressure", route="by mouth", abated="not_known",
    )  # fmt: skip
    safety.take(
        "product.add", now=READ, safety_case=safety_case, name="Fictomab", role="3", action="1", abated="not_known",
    )  # fmt: skip
    # As it was asked of a product in earlier versions.
    with acting(by=safety.coordinator, verb="pharmacovigilance.product.revised", business_at=READ):
        ReportedProduct.objects.filter(number=2).update(reappeared="no")
        ReportedProduct.objects.filter(number=3).update(reappeared="yes")
    ours = ReportedProduct.objects.get(number=1)
    safety.take(
        "line.add", now=READ, product=ours, lot_said="LOST-1", lot_status="reported_only", remark="the pack is gone"
    )
    fever = AdverseEvent.objects.get(number=1)
    safety.take("assessment.naranjo", now=READ, event=fever, product=ours, source="pharmacist", **NOTHING_KNOWN)
    safety.take("assessment.who_umc", now=READ, event=fever, product=ours, source="reporter", result="probable")
    rash, other = AdverseEvent.objects.get(number=2), ReportedProduct.objects.get(number=3)
    again = {"now": READ, "source": "reporter"}
    safety.take("assessment.rechallenge", event=fever, product=ours, result="outcome_unknown", **again)
    safety.take("assessment.rechallenge", event=fever, product=ours, result="came_back", **again)
    safety.take("assessment.rechallenge", event=rash, product=ours, result="no", **again)
    safety.take("assessment.rechallenge", event=rash, product=other, result="stayed_away", **again)
    safety.take(
        "version.describe_patient", now=READ, subject=safety.version(), sex="2", age=34, age_unit="a", weight_kg="61.5",
        history="Asthma.",
    )  # fmt: skip
    safety.assess(now=ASSESSED)
    safety.lock()
    return safety


def message(rich: Safety, profile: str) -> bytes:
    return export_of(rich.version(), profile=profile)


@pytest.mark.standards
@pytest.mark.parametrize("profile", PROFILES)
def test_is_valid_by_the_published_schema_and_lacks_codes_and_the_sender_alone(
    profile: str, rich: Safety, e2b: Path
) -> None:
    checked = check_bytes(message(rich, profile), profile=profile, now=NOW, schemas=e2b / "xsd")

    assert {finding.element for finding in checked.findings if not finding.element.startswith("C.3.")} == {
        "E.i.2.1a", "E.i.2.1b",
    }  # fmt: skip
    assert "schema" not in {finding.layer for finding in checked.findings}


@pytest.mark.parametrize("profile", PROFILES)
def test_is_read_back_by_an_independent_reader(profile: str, rich: Safety) -> None:
    icsr = e2br3.parse(message(rich, profile)).messages[0].icsr

    assert [(one.native_term, one.outcome.code) for one in icsr.reactions] == [
        ("Fever since yesterday.", "0"),
        ("Rash on both arms.", "1"),
    ]
    assert [(one.product_name, one.role.code) for one in icsr.drugs] == [
        ("orvelumab 150 mg/mL", "1"),
        ("Inventol 5 mg", "2"),
        ("Fictomab", "3"),
    ]


@pytest.mark.parametrize("profile", PROFILES)
def test_says_of_each_event_and_medicine_what_is_known(profile: str, rich: Safety) -> None:
    batch = parts_of(root_of(message(rich, profile)))
    (patient,) = batch.parts("patient")
    fever, rash = batch.parts("reaction")
    ours, beside, other = batch.parts("drug")

    assert (patient.text("D.5"), patient.text("D.2.2a"), patient.text("D.2.2b"), patient.text("D.3")) == (
        "2", "34", "a", "61.5",
    )  # fmt: skip
    assert (fever.text("E.i.4"), rash.text("E.i.4"), rash.text("E.i.5")) == ("20260308", "202603", "20260312")
    assert (fever.text("E.i.3.2c"), rash.null("E.i.3.2c")) == ("true", "NI")
    assert [line.text("G.k.4.r.7") for line in ours.parts("dosage")] == ["7K04B8", "LOST-1"]
    assert (ours.text("G.k.2.4"), beside.text("G.k.2.4")) == ("US", "")
    assert (beside.text("G.k.8"), other.text("G.k.8")) == ("4", "1")
    # Said of each reaction of ours, the last that was said; of the other as it was asked of the product before: of two
    # reactions it is not known which one came back, save where it was said of one by itself.
    again = [[one.text("G.k.9.i.4") for one in drug.parts("rechallenge")] for drug in (ours, beside, other)]
    assert again == [["1", "4"], ["2", "2"], ["3", "2"]]


def test_a_snapshot_of_the_first_form_is_read_as_the_present_one() -> None:
    lot = {"number": "7K04B8", "gtin": "00399999000123", "expires_on": "2027-08-31", "supplier": "Northway"}
    old: dict[str, Any] = {
        "format": "npp-case-version/1", "case": "NP-1", "worldwide_id": "US-X-1", "version": 1, "kind": "initial",
        "day0": "2026-03-20", "aware_at": "2026-03-20T10:00:00+00:00", "pathway": "UK-SPECIALS", "country": "GB",
        "event": {"verbatim": "Fever.", "serious": True, "seriousness_criterion": "death"},
        "assessment": {"causality": "related", "expected": None, "narrative": "Fever.", "circumstances": {}},
        "product": {"name": "orvelumab", "strength": "150 mg/mL", "form": "solution", "manufacturer": "Invented"},
        "lot": lot, "lot_remark": "",
        "reports": [
            {"label": "S-1", "channel": "prescriber_page", "received_at": "2026-03-20T10:00:00+00:00", "language": "de",
             "verbatim": "Fieber.", "onset_on": "2026-03-19", "seriousness": "death"}
        ],
        "doses": [
            {"given_at": f"2026-03-{day}T14:00:00+00:00", "amount": "150 mg", "consignment": "C-1", "serial": serial,
             "lot": lot, "temperature": "in_range"}
            for day, serial in (("06", "SN-1"), ("13", "SN-2"))
        ],
    }  # fmt: skip
    new = as_known(old)

    assert new["events"][0]["criteria"] == ["death"]
    assert (new["events"][0]["started"], new["events"][0]["language"]) == ("2026-03-19", "de")
    (line,) = new["products"][0]["lines"]
    assert (line["lot"], line["first_given_at"], line["last_given_at"], line["serials"]) == (
        lot, "2026-03-06", "2026-03-13", ["SN-1", "SN-2"],
    )  # fmt: skip
    assert as_known(new) == new
    assert CaseVersion.Kind(new["kind"]) == "initial"
