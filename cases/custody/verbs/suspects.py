"""Suspect product: set apart, investigated, cleared or found illegitimate; then FDA and the partners are told."""

from django.db import models

from cases.custody.models import SuspectProduct
from cases.custody.verbs.common import AT_THE_INSTITUTION, consignment_of, verb
from cases.custody.verbs.papers import has_packs, units_asked
from cases.lifecycle.verbs import Ask, Situation, Verb, next_number


def _suspect(situation: Situation) -> models.Model:
    consignment = consignment_of(situation)
    SuspectProduct.objects.create(
        case=situation.case,
        consignment=consignment,
        number=next_number(situation.case.suspect_products),
        unit=situation.facts["unit"],
        signs=situation.facts["signs"],
        raised_by=situation.by,
        raised_at=situation.now,
    )
    return consignment


def _clear(situation: Situation) -> models.Model:
    suspect = situation.record(SuspectProduct)
    suspect.clear(finding=situation.reason, decided_by=situation.by, decided_at=situation.now)
    suspect.save()
    return suspect


def _determine(situation: Situation) -> models.Model:
    suspect = situation.record(SuspectProduct)
    suspect.determine(
        finding=situation.reason,
        classification=situation.facts["classification"],
        decided_by=situation.by,
        decided_at=situation.now,
    )
    suspect.save()
    return suspect


def _tell(situation: Situation) -> models.Model:
    suspect, facts = situation.record(SuspectProduct), situation.facts
    suspect.tell(
        fda_told_at=facts.get("fda_told_at"),
        partners_told_at=facts.get("partners_told_at"),
        incident_number=facts.get("incident_number", ""),
    )
    suspect.save()
    return suspect


def _terminate(situation: Situation) -> models.Model:
    suspect = situation.record(SuspectProduct)
    suspect.terminate(consultation=situation.facts["consultation"], terminated_at=situation.now)
    suspect.save()
    return suspect


def _on(code: str, past: str, label: str, effect: object, **more: object) -> Verb:
    return Verb(
        code=f"custody.suspect.{code}",
        past=past,
        label=label,
        subject="custody.SuspectProduct",
        transition=code,
        effect=effect,  # type: ignore[arg-type]
        **more,  # type: ignore[arg-type]
    )


VERBS = (
    verb(
        "suspect",
        "suspected",
        "Set a pack of it apart as suspect",
        _suspect,
        transition="",
        offered_when=has_packs,
        roles=AT_THE_INSTITUTION,
        asks=(
            Ask("unit", "Pack", "record", options=units_asked),
            Ask("signs", "What was seen", "long",
                hint="Broken seal, altered label, another lot inside than outside, missing leaflet, another look …"),
        ),
        consequence="The pack is held from now on; a pharmacist investigates with the trading partners.",
    ),
    _on(
        "clear", "cleared", "Clear it", _clear, needs_reason=True,
        consequence="The pack is held by this no longer.",
    ),
    _on(
        "determine", "determined", "Determine it illegitimate", _determine, needs_reason=True,
        asks=(Ask("classification", "Classification", "choice", options=SuspectProduct.Classification.choices),),
        consequence="FDA and the trading partners are told within 24 hours. This clock cannot be paused.",
    ),
    _on(
        "tell", "told", "Record who was told of it", _tell,
        asks=(
            Ask("fda_told_at", "When FDA was told", "moment", required=False, hint="By Form 3911 or its portal."),
            Ask("incident_number", "FDA incident number", required=False),
            Ask("partners_told_at", "When all immediate trading partners were told", "moment", required=False),
        ),
        consequence="The clock is met when both were told.",
    ),
    _on(
        "terminate", "terminated", "End the notice of it", _terminate, final=True,
        asks=(Ask("consultation", "Reference of the consultation with FDA"),),
        consequence="Final. The pack stays held: it is destroyed or returned.",
    ),
)  # fmt: skip
