"""What the coding of an event must hold."""

from django.db import models

from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from pharmacovigilance.models import AdverseEvent, CodingTerm
from pharmacovigilance.verbs.coding import CODE, coded_beside, version_chosen


@requirement(
    "LicenseeHoldsCopy",
    "The pharmacy holds its own copy of MedDRA",
    on=(CODE,),
    satisfied_by="a licensee of MedDRA, who imports the pharmacy's own files",
    rule="house rule P-31, version 1 (MedDRA subscription)",
)
def licensee_holds_copy(situation: Situation) -> Finding:
    version = version_chosen(situation)
    return Finding(met=bool(version), fact=f"Version {version}." if version else "No version is imported.")


@requirement(
    "CodeIsCurrentTerm",
    "The code is a current lowest level term of that version",
    on=(CODE,),
    satisfied_by="the coding pharmacist",
    rule="ICH E2B(R3), E.i.2.1b; EU business rules: current terms only",
)
def code_is_current_term(situation: Situation) -> Finding:
    if "code" not in situation.facts:
        return Finding(met=True, fact="Given in the form.")
    code, version = situation.facts["code"].strip(), version_chosen(situation)
    term = _terms(situation, version).filter(code=code).first()
    if term is None:
        return Finding(met=False, fact=f"{code} is no lowest level term of version {version or 'none'}.")
    words = "is current" if term.is_current else f"is not current; the preferred term is {term.parent_code}"
    return Finding(met=term.is_current, fact=f"{code} {words}.")


@requirement(
    "OneVersionPerReport",
    "Every other coded event has a current term in the same version",
    on=(CODE,),
    satisfied_by="the coding pharmacist: code the others anew first, or in this version",
    rule="ICH E2B(R3): one version of MedDRA in a report",
)
def one_version_per_report(situation: Situation) -> Finding:
    event = situation.subject
    if not isinstance(event, AdverseEvent):
        return Finding(met=None, fact="No event was named.")
    version = version_chosen(situation)
    others = list(coded_beside(event))
    known = _terms(situation, version).filter(is_current=True, code__in=[one.meddra_code for one in others])
    codes = set(known.values_list("code", flat=True))
    lost = [f"{one.label}, coded {one.meddra_code}" for one in others if one.meddra_code not in codes]
    return Finding(
        met=not lost,
        fact=f"Not current in version {version}: {'; '.join(lost)}." if lost else f"{len(others)} others fit it.",
    )


def _terms(situation: Situation, version: str) -> "models.QuerySet[CodingTerm]":
    pharmacy = situation.case.pharmacy_id
    return CodingTerm.objects.filter(
        dictionary__pharmacy=pharmacy, dictionary__kind="meddra", dictionary__version=version
    )
