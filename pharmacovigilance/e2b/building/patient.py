"""C.5, D, E and F: the study, the patient, the reactions and the tests."""

import uuid
from typing import Final

from lxml import etree

from pharmacovigilance.e2b.building.drug import put_drug
from pharmacovigilance.e2b.building.nodes import (
    amount,
    boolean,
    code,
    coded_value,
    dated,
    identifier,
    meddra,
    observed,
    put,
    said,
)  # fmt: skip
from pharmacovigilance.e2b.content import Amount, Death, History, Null, Patient, Reaction, Report, Stamp, Study, Test
from pharmacovigilance.e2b.places import COUNTRIES, FDA, ICH_ID, SEXES

# Reactions and drugs are named within a message by identifiers of their own; the same report gives the same ones.
_OWN: Final = uuid.UUID("5f0c6d0e-4b5b-5d0f-9c57-6a3c1f2d7e10")
_SERIOUS: Final = (
    ("death", "34"), ("life_threatening", "21"), ("hospitalisation", "33"), ("disability", "35"),
    ("congenital_anomaly", "12"), ("other_medically_important", "26"),
)  # fmt: skip
_ABOUT: Final = "outboundRelationship2:PERT/observation"
_SUBJECT: Final = "subjectOf2:SBJ/observation"


def reaction_id(report: Report, number: int) -> str:
    """The identifier of one reaction within the message."""
    return str(uuid.uuid5(_OWN, f"{report.worldwide}/reaction/{number}"))


def drug_id(report: Report, number: int) -> str:
    """The identifier of one drug within the message."""
    return str(uuid.uuid5(_OWN, f"{report.worldwide}/drug/{number}"))


def put_patient(assessment: etree._Element, report: Report) -> None:
    patient = report.patient
    role = put(assessment, "subject1:SBJ/primaryRole")
    _player(put(role, "player1"), patient)
    if report.study:
        _study(put(role, "subjectOf1:SBJ/researchStudy"), report.study)
    _about_patient(role, patient)
    _history(role, patient)
    if patient.death:
        _death(role, patient.death)
    for number, reaction in enumerate(report.reactions):
        _reaction(role, reaction, reaction_id(report, number))
    if report.tests:
        tests = observed(role, "subjectOf2:SBJ/organizer", "3", "20")
        for test in report.tests:
            _test(put(tests, "component/observation"), test)
    drugs = observed(role, "subjectOf2:SBJ/organizer", "4", "20")
    reactions = [reaction_id(report, number) for number in range(len(report.reactions))]
    for number, drug in enumerate(report.drugs):
        put_drug(put(drugs, "component/substanceAdministration"), drug, drug_id(report, number), reactions)


def _player(node: etree._Element, patient: Patient) -> None:
    said(node, "name", patient.initials)
    if isinstance(patient.sex, Null):
        put(node, "administrativeGenderCode", nullFlavor=patient.sex.value)
    elif patient.sex:
        put(node, "administrativeGenderCode", code=patient.sex, codeSystem=SEXES)
    dated(node, "birthTime", patient.birth)
    if patient.death:
        dated(node, "deceasedTime", patient.death.on)


def _study(node: etree._Element, study: Study) -> None:
    if isinstance(study.number, Null):
        put(node, "id", root=f"{ICH_ID}5", nullFlavor=study.number.value)
    elif study.number:
        identifier(node, 5, study.number)
    code(node, study.kind, "8")
    said(node, "title", study.name)
    if study.registration:
        registered = put(node, "authorization/studyRegistration")
        identifier(registered, 6, study.registration)
        if study.registration_country:
            put(
                registered, "author/territorialAuthority/governingPlace/code",
                code=study.registration_country, codeSystem=COUNTRIES,
            )  # fmt: skip
    for number, given in ((1, study.ind), (2, study.pre_anda), (3, study.cross_reported)):
        if isinstance(given, Null):
            put(node, "authorization/studyRegistration/id", root=f"{FDA}2.{number}", nullFlavor=given.value)
        elif given:
            put(node, "authorization/studyRegistration/id", root=f"{FDA}2.{number}", extension=given)


def _about_patient(role: etree._Element, patient: Patient) -> None:
    if patient.age:
        amount(observed(role, _SUBJECT, "3"), "value", patient.age, type="PQ")
    if patient.age_group:
        coded_value(observed(role, _SUBJECT, "4"), patient.age_group, "9")
    if patient.weight_kg:
        amount(observed(role, _SUBJECT, "7"), "value", Amount(patient.weight_kg, "kg"), type="PQ")
    if patient.height_cm:
        amount(observed(role, _SUBJECT, "17"), "value", Amount(patient.height_cm, "cm"), type="PQ")
    for race in patient.races:
        coded_value(observed(role, _SUBJECT, "C17049", "N"), race, "N")
    if patient.ethnicity:
        coded_value(observed(role, _SUBJECT, "C16564", "N"), patient.ethnicity, "N")


def _history(role: etree._Element, patient: Patient) -> None:
    if patient.history_text is None and not patient.history:
        return
    organizer = observed(role, "subjectOf2:SBJ/organizer", "1", "20")
    for entry in patient.history:
        _disease(put(organizer, "component/observation"), entry)
    if patient.history_text is not None:
        said(observed(organizer, "component/observation", "18"), "value", patient.history_text, type="ED")


def _disease(node: etree._Element, entry: History) -> None:
    meddra(node, "code", entry.disease)
    _interval(node, entry.started, entry.ended)
    if entry.comments:
        put(observed(node, "outboundRelationship2:COMP/observation", "10"), "value", entry.comments, type="ED")
    if entry.continuing is not None:
        boolean(observed(node, "inboundRelationship:REFR/observation", "13"), entry.continuing)


def _interval(node: etree._Element, low: Stamp | Null | None, high: Stamp | Null | None) -> None:
    if low is None and high is None:
        return
    times = put(node, "effectiveTime", type="IVL_TS")
    dated(times, "low", low)
    dated(times, "high", high)


def _death(role: etree._Element, death: Death) -> None:
    for cause in death.causes:
        meddra(observed(role, _SUBJECT, "32"), "value", cause, type="CE")
    if death.autopsy is not None:
        boolean(observed(role, _SUBJECT, "5"), death.autopsy)


def _reaction(role: etree._Element, reaction: Reaction, own: str) -> None:
    node = put(role, _SUBJECT)
    put(node, "id", root=own)
    code(node, "29", "19")
    _interval(node, reaction.started, reaction.ended)
    meddra(node, "value", reaction.term, type="CE")
    if reaction.country:
        put(
            node, "location:LOC/locatedEntity/locatedPlace/code", code=reaction.country, codeSystem=COUNTRIES
        )  # fmt: skip
    if reaction.translation:
        put(observed(node, _ABOUT, "30"), "value", reaction.translation, type="ED")
    if reaction.highlighted:
        coded_value(observed(node, _ABOUT, "37"), reaction.highlighted, "10")
    for criterion, number in _SERIOUS:
        met = getattr(reaction.seriousness, criterion)
        boolean(observed(node, _ABOUT, number), True if met else Null.NO_INFORMATION)
    if reaction.seriousness.required_intervention is not None:
        met = reaction.seriousness.required_intervention
        boolean(observed(node, _ABOUT, "7", "F3"), True if met else Null.NO_INFORMATION)
    coded_value(observed(node, _ABOUT, "27"), reaction.outcome, "11")
    if reaction.confirmed is not None:
        boolean(observed(node, _ABOUT, "24"), reaction.confirmed)


def _test(node: etree._Element, test: Test) -> None:
    meddra(node, "code", test.name)
    dated(node, "effectiveTime", test.on)
    if test.result:
        amount(put(node, "value", type="IVL_PQ"), "center", test.result)
    elif test.result_text:
        put(node, "value", test.result_text, type="ED")
    if test.result_code:
        code(node, test.result_code, "12", "interpretationCode")
    for limit, letter in ((test.low, "L"), (test.high, "H")):
        if limit:
            normal = put(node, "referenceRange:REFV/observationRange")
            amount(normal, "value", limit, type="PQ")
            put(normal, "interpretationCode", code=letter, codeSystem="2.16.840.1.113883.5.83")
    if test.comments:
        put(observed(node, "outboundRelationship2:PERT/observation", "10"), "value", test.comments, type="ED")
