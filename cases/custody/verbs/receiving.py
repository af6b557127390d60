"""At the receiving institution: inspection, acceptance or rejection."""

from django.db import models

from cases.custody.models import Inspection
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


INSPECTION = (
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
)
VERBS = (
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
