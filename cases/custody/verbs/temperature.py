"""Recording what a logger measured: from its file by a layout, from a printed report, or as typed off its display."""

from typing import Any

from django.db import models

from cases.custody.assessing import budget_columns, columns_of_file, columns_of_summary, judge_document, parameters_of
from cases.custody.cold_chain.kinetic import METHODS
from cases.custody.cold_chain.logger_files import LoggerFileRefused
from cases.custody.cold_chain.mappings import Mapping
from cases.custody.layouts import called, layouts_of
from cases.custody.models import Consignment, ExposureAssessment
from cases.custody.verbs.common import (
    AT_THE_INSTITUTION,
    at_the_institution,
    consignment_of,
    refuse_longer,
    verb,
)
from cases.documents.models import Document
from cases.documents.services import BytesNotIntact
from cases.lifecycle.errors import FactsInvalid, NotPossible
from cases.lifecycle.verbs import Ask, Situation, next_number

TYPED = ("lowest_c", "highest_c", "minutes_outside")


def _record_temperature(situation: Situation) -> models.Model:
    consignment, facts = consignment_of(situation), situation.facts
    consignment.record_temperature()
    consignment.save()
    leg = facts.get("leg") or ExposureAssessment.Leg.JOURNEY
    refuse_longer(situation, "logger_number", 40)
    columns = _columns(situation, consignment)
    facts["finding"] = columns["finding"]
    ExposureAssessment.objects.create(
        case=situation.case,
        consignment=consignment,
        number=next_number(situation.case.exposure_assessments),
        leg=leg,
        logger_number=facts.get("logger_number") or consignment.logger_number,
        document=facts.get("logger_file"),
        assessed_by=situation.by,
        assessed_at=situation.now,
        **columns,
        **budget_columns(consignment, facts, leg, columns["minutes_outside"]),
    )
    at_the_institution(situation, "temperature_sound" if columns["finding"] == "in_range" else "temperature_flawed")
    return consignment


def _columns(situation: Situation, consignment: Consignment) -> dict[str, Any]:
    facts = situation.facts
    document, mapping = facts.get("logger_file"), facts.get("mapping")
    storage = situation.case.medicine.storage
    if document is None and mapping:
        raise FactsInvalid("Nothing was changed.", {"logger_file": ["A layout reads a file. Name the file too."]})
    if document is None or not mapping:
        return columns_of_summary(storage, facts, printed=document is not None)
    if typed := [name for name in TYPED if facts.get(name)]:
        told = "The figures come from the file: leave it out, or leave out the layout."
        raise FactsInvalid("Nothing was changed.", {typed[0]: [told]})
    columns = columns_of_file(_judged(situation, consignment, document, layouts_of(situation.case.pharmacy)[mapping]))
    leg = facts.get("leg") or ExposureAssessment.Leg.JOURNEY
    same = consignment.exposure_assessments.filter(inputs_sha256=columns["inputs_sha256"], leg=leg).first()
    if same is not None:
        raise NotPossible(
            f"{same.label} is this file by this layout, in this time and by this method: the same again adds nothing. "
            "Nothing was changed."
        )
    return columns


def _judged(situation: Situation, consignment: Consignment, document: Document, layout: Mapping) -> Any:
    parameters = parameters_of(consignment, situation.facts)
    if parameters.begins and parameters.ends and parameters.ends <= parameters.begins:
        raise FactsInvalid("Nothing was changed.", {"window_until": ["The time that counts ends before it begins."]})
    try:
        return judge_document(document, layout, parameters)
    except LoggerFileRefused as refusal:
        raise FactsInvalid("Nothing was changed.", {"logger_file": [str(refusal)]}) from refusal
    except BytesNotIntact as fault:
        raise NotPossible(f"{fault} Nothing was changed.") from fault


def logger_files(situation: Situation) -> "models.QuerySet[Document]":
    """Temperature records of the case that nobody has rejected; whether a pharmacist has read them does not matter."""
    return (
        Document.objects.filter(case=situation.case, doc_type="temperature_record")
        .exclude(state__in=[Document.State.REJECTED, Document.State.SUPERSEDED])
        .exclude(scan=Document.Scan.INFECTED)
        .order_by("-number")
    )


def _layouts(situation: Situation) -> list[tuple[str, str]]:
    return [(key, called(mapping)) for key, mapping in layouts_of(situation.case.pharmacy).items()]


VERBS = (
    verb(
        "record_temperature",
        "temperature_recorded",
        "Record the temperature of the journey",
        _record_temperature,
        roles=AT_THE_INSTITUTION,
        asks=(
            Ask("leg", "Which leg", "choice", required=False, options=ExposureAssessment.Leg.choices),
            Ask("logger_number", "Number on the logger", required=False, hint="That of the consignment when left out."),
            Ask("logger_file", "Logger's file or report", "record", required=False, options=logger_files),
            Ask("mapping", "Layout of the file", "choice", required=False, options=_layouts,
                hint="Leave out for a printed report: its summary is typed and marked as not recomputed."),
            Ask("method", "Between readings", "choice", required=False, options=[(one, one) for one in METHODS]),
            Ask("activation_kj", "Activation energy, kJ/mol", "decimal", required=False, least=20, most=300,
                hint="83.144 unless the manufacturer states another."),
            Ask("window_from", "Counts from", "moment", required=False, hint="From dispatch when left out."),
            Ask("window_until", "Counts until", "moment", required=False, hint="Until it was opened when left out."),
            Ask("lowest_c", "Lowest, °C", "decimal", required=False, hint="Leave empty when there is no record."),
            Ask("highest_c", "Highest, °C", "decimal", required=False, hint="Leave empty when there is no record."),
            Ask("minutes_outside", "Minutes outside the range", "integer", required=False),
            Ask("budget_minutes", "Minutes the manufacturer allows outside the range, over all legs", "integer",
                required=False),
            Ask("budget_source", "Where the manufacturer says so", required=False),
        ),
        consequence="Out of range or not measured counts as an excursion: units stay in, or return to, quarantine.",
    ),
)  # fmt: skip
