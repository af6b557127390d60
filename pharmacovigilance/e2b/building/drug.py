"""G: one drug with its dosage lines; the lot hangs on the line."""

from collections.abc import Sequence
from typing import Final

from lxml import etree

from pharmacovigilance.e2b.building.nodes import (
    amount,
    code,
    coded_value,
    dated,
    identifier,
    meddra,
    observed,
    put,
    said,
)  # fmt: skip
from pharmacovigilance.e2b.content import Amount, Coded, Dosage, Drug, Text
from pharmacovigilance.e2b.places import COUNTRIES, DOSE_FORMS, NDC, ROUTES

_ABOUT: Final = "outboundRelationship2:REFR/observation"


def put_drug(node: etree._Element, drug: Drug, own: str, reactions: Sequence[str]) -> None:
    """One drug.

    :param own, reactions: its identifier within the message, and those of the reactions.
    """
    put(node, "id", root=own)
    instance = put(node, "consumable/instanceOfKind")
    _product(put(instance, "kindOfProduct"), drug)
    if drug.obtained_in:
        supply = put(instance, "subjectOf:SBJ/productEvent")
        code(supply, "1", "18")
        put(supply, "performer/assignedEntity/representedOrganization/addr/country", drug.obtained_in)
    for dosage in drug.dosages:
        _dosage(put(node, "outboundRelationship2:COMP/substanceAdministration"), dosage)
    if drug.cumulative:
        amount(
            observed(node, "outboundRelationship2:SUMM/observation", "14"), "value", drug.cumulative, type="PQ"
        )  # fmt: skip
    if drug.gestation:
        amount(observed(node, "outboundRelationship2:PERT/observation", "16"), "value", drug.gestation, type="PQ")
    for recurrence in drug.recurrences:
        observation = observed(node, "outboundRelationship2:PERT/observation", "31")
        coded_value(observation, recurrence.code, "16")
        put(observation, "outboundRelationship1:REFR/actReference/id", root=reactions[recurrence.reaction])
    for information in drug.information:
        coded_value(observed(node, _ABOUT, "9"), information, "17")
    if drug.remark:
        put(observed(node, _ABOUT, "2"), "value", drug.remark, type="ST")
    for indication in drug.indications:
        reason = observed(node, "inboundRelationship:RSON/observation", "19")
        meddra(reason, "value", indication, type="CE")
        code(put(reason, "performer/assignedEntity"), "3", "21")
    if drug.action:
        code(put(node, "inboundRelationship:CAUS/act"), drug.action, "15")


def _product(node: etree._Element, drug: Drug) -> None:
    if drug.product:
        put(node, "code", code=drug.product, codeSystem=NDC, codeSystemVersion=drug.product_version)
    put(node, "name", drug.name)
    if drug.authorisation or drug.holder:
        approval = put(node, "asManufacturedProduct/subjectOf:SBJ/approval")
        if drug.authorisation:
            identifier(approval, 4, drug.authorisation)
        if drug.holder:
            role = put(approval, "holder/role")
            role.set("classCode", "HLD")
            put(role, "playingOrganization/name", drug.holder)
        if drug.authorisation_country:
            put(
                approval, "author/territorialAuthority/territory/code",
                code=drug.authorisation_country, codeSystem=COUNTRIES,
            )  # fmt: skip
    for substance in drug.substances:
        ingredient = put(node, "ingredient")
        if substance.strength:
            quantity = put(ingredient, "quantity")
            amount(quantity, "numerator", substance.strength)
            amount(quantity, "denominator", Amount("1", "1"))
        put(ingredient, "ingredientSubstance/name", substance.name)


def _dosage(node: etree._Element, dosage: Dosage) -> None:
    said(node, "text", dosage.text)
    _times(node, dosage)
    _free(node, "routeCode", dosage.route, ROUTES, dosage.route_code)
    if dosage.dose:
        amount(node, "doseQuantity", dosage.dose)
    if dosage.lot or dosage.form:
        instance = put(node, "consumable/instanceOfKind")
        if dosage.lot:
            put(instance, "productInstanceInstance/lotNumberText", dosage.lot)
        if dosage.form:
            _free(put(instance, "kindOfProduct"), "formCode", dosage.form, DOSE_FORMS, dosage.form_code)


def _free(parent: etree._Element, name: str, value: Text, system: str, coded: Coded | None) -> None:
    """A form or route in words, with its code of EDQM where a licensee's own list has those words."""
    if value:
        given = {"code": coded.code, "codeSystem": system, "codeSystemVersion": coded.version} if coded else {}
        said(put(parent, name, **(given or {"codeSystem": system})), "originalText", value)


def _times(node: etree._Element, dosage: Dosage) -> None:
    """Frequency, begin and end, and duration; together they are an expression whose parts intersect."""
    bounded = dosage.started is not None or dosage.last is not None
    given = [bool(dosage.interval), bounded, bool(dosage.duration)]
    if not any(given):
        return
    together = sum(given) > 1
    whole = put(node, "effectiveTime", type="SXPR_TS") if together else None

    def part(kind: str) -> etree._Element:
        if whole is None:
            return put(node, "effectiveTime", type=kind)
        return put(whole, "comp", type=kind, operator="A" if len(whole) else "")

    if dosage.interval:
        amount(part("PIVL_TS"), "period", dosage.interval)
    if bounded:
        times = part("IVL_TS")
        dated(times, "low", dosage.started)
        dated(times, "high", dosage.last)
    if dosage.duration:
        amount(part("IVL_TS"), "width", dosage.duration)
