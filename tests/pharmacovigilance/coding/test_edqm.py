"""Dose forms and routes stand in a message with the codes of the pharmacy's own EDQM list, where it has those words."""

from typing import Any

from pharmacovigilance.coding.importing import import_dictionary
from pharmacovigilance.coding.services import Kind
from pharmacovigilance.e2b.reading import parts_of, root_of
from pharmacovigilance.messages import export_of
from pharmacovigilance.models import CaseVersion, ReportedProduct
from tests.pharmacovigilance.builders import ASSESSED, READ, Safety

FORMS = b"code,term\r\n10000101,Solution for Injection\r\n"
ROUTES = b"code,term\r\n20000101,Invented route\r\n"


def imported(safety: Safety, kind: str, content: bytes, version: str) -> None:
    import_dictionary(kind, [content], version=version, licensee_confirms=True, by=safety.pic, now=READ)


def locked(safety: Safety) -> CaseVersion:
    safety.attach(safety.receive())
    product = ReportedProduct.objects.get()
    given = {name: getattr(product, name) for name in ("role", "action", "abated")}
    safety.take("product.revise", now=ASSESSED, subject=product, route="invented ROUTE", **given)
    safety.assess()
    return safety.lock()


def told(version: CaseVersion) -> dict[str, Any]:
    (report,) = parts_of(root_of(export_of(version, profile="ich"))).parts("report")
    (dosage,) = [line for patient in report.parts("patient") for drug in patient.parts("drug")
                 for line in drug.parts("dosage")]  # fmt: skip
    names = ("9.1", "9.2a", "9.2b", "10.1", "10.2a", "10.2b")
    return {name: dosage.text(f"G.k.4.r.{name}") for name in names}


def test_the_newest_list_that_has_the_words_gives_the_code(safety: Safety) -> None:
    imported(safety, Kind.EDQM_FORM, FORMS, "9.0")
    imported(safety, Kind.EDQM_FORM, FORMS.replace(b"10000101", b"10000102"), "10.0")
    imported(safety, Kind.EDQM_ROUTE, ROUTES, "10.0")

    version = locked(safety)

    assert version.snapshot is not None
    assert version.snapshot["products"][0]["form_code"] == {"code": "10000102", "version": "10.0"}
    assert told(version) == {
        "9.1": "solution for injection", "9.2a": "10.0", "9.2b": "10000102",
        "10.1": "invented ROUTE", "10.2a": "10.0", "10.2b": "20000101",
    }  # fmt: skip


def test_without_a_list_the_words_stand_alone(safety: Safety) -> None:
    assert told(locked(safety)) == {
        "9.1": "solution for injection", "9.2a": "", "9.2b": "", "10.1": "invented ROUTE", "10.2a": "", "10.2b": "",
    }  # fmt: skip
