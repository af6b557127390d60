"""At the receiving institution: inspection, temperature, the signed decision, acceptance or rejection."""

from django.db import models

from cases.custody.cold_chain.summary import judge_summary
from cases.custody.models import Disposition, ExposureAssessment, Inspection
from cases.custody.verbs.common import (
    AT_THE_INSTITUTION,
    HOLDS_ON_USE,
    at_the_institution,
    consignment_of,
    moment,
    verb,
)
from cases.lifecycle.verbs import Ask, Situation


def _inspect(situation: Situation) -> models.Model:
    consignment, facts = consignment_of(situation), situation.facts
    consignment.inspect()
    consignment.save()
    inspection = Inspection.objects.create(
        case=situation.case,
        consignment=consignment,
        inspected_by=situation.by,
        inspected_at=facts["inspected_at"],
        units_received=facts["units_received"],
        seals_intact=facts["seals_intact"],
        labels_legible=facts["labels_legible"],
        serials_match=facts["serials_match"],
        result=facts["result"],
        remarks=facts.get("remarks", ""),
    )
    sound = inspection.result == Inspection.Result.ACCEPT
    at_the_institution(situation, "inspect_sound" if sound else "inspect_flawed", event_at=facts["inspected_at"])
    return consignment


def _record_temperature(situation: Situation) -> models.Model:
    consignment, facts = consignment_of(situation), situation.facts
    consignment.record_temperature()
    consignment.save()
    finding, _ = judge_summary(
        situation.case.medicine.storage,
        lowest=facts.get("lowest_c"),
        highest=facts.get("highest_c"),
        minutes_outside=facts.get("minutes_outside", 0),
    )
    facts["finding"] = finding
    ExposureAssessment.objects.create(
        case=situation.case,
        consignment=consignment,
        document=facts.get("logger_file"),
        lowest_c=facts.get("lowest_c"),
        highest_c=facts.get("highest_c"),
        minutes_outside=facts.get("minutes_outside", 0),
        finding=finding,
        assessed_by=situation.by,
        assessed_at=situation.now,
    )
    at_the_institution(situation, "temperature_sound" if finding == "in_range" else "temperature_flawed")
    return consignment


def _decide_disposition(situation: Situation) -> models.Model:
    consignment, facts = consignment_of(situation), situation.facts
    consignment.decide_disposition()
    consignment.save()
    decision = Disposition.objects.create(
        case=situation.case,
        consignment=consignment,
        decision=facts["decision"],
        reason=situation.reason,
        manufacturer_answer=facts.get("manufacturer_answer"),
        decided_by=situation.by,
        decided_at=situation.now,
    )
    at_the_institution(situation, f"decide_{decision.decision}")
    if decision.decision == Disposition.Decision.RELEASE and consignment.state == consignment.State.ACCEPTED:
        # A late reading had put accepted units back into quarantine; the release gives them free again.
        at_the_institution(situation, "accept")
    return consignment


def _accept(situation: Situation) -> models.Model:
    consignment = consignment_of(situation)
    consignment.accept()
    consignment.save()
    at_the_institution(situation, "accept")
    return consignment


def _reject(situation: Situation) -> models.Model:
    consignment = consignment_of(situation)
    consignment.reject()
    consignment.save()
    at_the_institution(situation, "reject")
    return consignment


VERBS = (
    verb(
        "inspect",
        "inspected",
        "Record the receiving inspection",
        _inspect,
        roles=AT_THE_INSTITUTION,
        asks=(
            moment("inspected_at", "When it was inspected"),
            Ask(
                "units_received",
                "Units counted",
                "decimal",
                initial=lambda situation: getattr(situation.subject, "quantity", None),
            ),
            Ask("seals_intact", "Are all seals unbroken, with the expected numbers?", "yesno"),
            Ask("labels_legible", "Are all labels legible?", "yesno"),
            Ask("serials_match", "Do GTIN, serial, lot and expiry of every unit match?", "yesno"),
            Ask("carton_intact", "Is the outer carton whole and dry?", "yesno", required=False),
            Ask("marks_clear", "Are shock and tilt marks clear?", "yesno", required=False),
            Ask("logger_expected", "Is the logger the one that was sent?", "yesno", required=False),
            Ask("inner_intact", "Is the inner packing whole?", "yesno", required=False),
            Ask("result", "Result", "choice", options=Inspection.Result.choices),
            Ask("remarks", "Remarks", "long", required=False),
        ),
        consequence="An inspection does not release anything: the decision is signed by somebody else.",
    ),
    verb(
        "record_temperature",
        "temperature_recorded",
        "Record the temperature of the journey",
        _record_temperature,
        roles=AT_THE_INSTITUTION,
        asks=(
            Ask("lowest_c", "Lowest, °C", "decimal", required=False, hint="Leave empty when there is no record."),
            Ask("highest_c", "Highest, °C", "decimal", required=False, hint="Leave empty when there is no record."),
            Ask("minutes_outside", "Minutes outside the range", "integer", required=False),
            Ask("logger_file", "Logger file", "document", required=False, options=("temperature_record",)),
        ),
        consequence="Out of range or not measured counts as an excursion: units stay in, or return to, quarantine.",
    ),
    verb(
        "decide_disposition",
        "disposition_decided",
        "Sign a decision on the units",
        _decide_disposition,
        asks=(
            Ask("decision", "Decision", "choice", options=Disposition.Decision.choices),
            Ask(
                "manufacturer_answer",
                "Manufacturer's answer",
                "document",
                required=False,
                hint="Needed for a release after an excursion.",
            ),
        ),
        needs_reason=True,
        consequence="A release lets the institution accept; it counts only while nothing new is found.",
    ),
    verb(
        "accept",
        "accepted",
        "Accept the consignment",
        _accept,
        stopped_by=HOLDS_ON_USE,
        consequence="The units may be dispensed to this patient.",
    ),
    verb(
        "reject",
        "rejected",
        "Reject the consignment",
        _reject,
        needs_reason=True,
        final=True,
        consequence="Final. The units can never be given; they are returned or destroyed.",
    ),
)
