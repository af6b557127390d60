"""The Supply tab: the runway, consignments with their next step, units, exposure and decisions, custody line."""

from collections.abc import Callable, Container
from datetime import datetime
from typing import Any

from django.db.models import Prefetch

from cases.custody.contents import PLACES
from cases.custody.contents_book import accounts_of
from cases.custody.identity import COLLECTION, STEPS, Read, Standing, assigned, standing
from cases.custody.models import (
    CheckResult,
    Consignment,
    DoseAdministered,
    ExposureAssessment,
    IdentityReading,
    Inspection,
    RecalledCase,
    RecallLetter,
    SupplyException,
    SuspectProduct,
    Unit,
)
from cases.custody.receiving.protocol import title_of
from cases.custody.said import said_of
from cases.custody.verbs.dossier import DOSSIER
from cases.custody.verifying import speaks_against
from cases.custody.web.runway import runway_of
from cases.lifecycle.engine import is_possible
from cases.lifecycle.steps import not_in_pathway
from cases.lifecycle.verbs import VERBS
from cases.models import Case
from cases.people.models import User
from cases.web.case_page import verb_url
from cases.web.tabs import Tab, register_tab

# The steps that carry a consignment on, in the order of its life; the first that is possible is its next.
CARRIES_ON = (
    *("order", "allocate", "pack", "release", "dispatch", "arrive", "record_temperature", "inspect"),
    *("decide_disposition", "accept", "dispense"),
)


HELD = ("custody.SupplyException", "custody.SuspectProduct", "custody.RecalledCase", "custody.RecallLetter")


Held = SupplyException | SuspectProduct | RecalledCase | RecallLetter


def _supply(case: Case, user: User, now: datetime) -> dict[str, Any]:
    consignments = list(
        case.consignments.select_related("supplier", "carrier", "authorization", "institution")
        .prefetch_related(
            Prefetch("units", Unit.objects.select_related("lot__supplier", "opening").order_by("pk")),
            Prefetch(
                "inspections",
                Inspection.objects.select_related(
                    "inspected_by", "record", "second_check__checked_by", "second_check__record"
                ).order_by("pk"),
            ),
            Prefetch("inspections__results", CheckResult.objects.select_related("photo").order_by("place")),
            Prefetch("exposure_assessments", ExposureAssessment.objects.defer("figures").order_by("pk")),
            "dispositions__decided_by",
            Prefetch("doses", DoseAdministered.objects.select_related("unit__lot").order_by("given_at", "pk")),
            "packings",
            "transaction_records__epcis_file",
            "supply_exceptions__unit",
            "suspect_products__unit",
            "verification_results__unit",
        )
        .order_by("-number")
    )
    line = case.custody_events.select_related("consignment", "recorded_by", "corrects").order_by("-event_at", "-id")[
        :60
    ]
    corrected = set(case.custody_events.filter(corrects__isnull=False).values_list("corrects_id", flat=True))
    left_out = not_in_pathway(case)
    return {
        "panel": runway_of(case, user, now),
        "begins": _begins(case, left_out),
        "dossiers": list(case.documents.filter(doc_type=DOSSIER).select_related("file").order_by("-number")[:5]),
        "recalls": list(
            case.recalls.select_related("recall").prefetch_related("packs__unit", "letters").order_by("-number")
        ),
        "consignments": [
            (one, _next_steps(case, one, user, left_out, was_received=one.drawn_from_id is not None))
            for one in consignments
        ],
        "steps_of": _steps_of(case, user),
        "contents": _contents(consignments),
        "speaks_against": speaks_against,
        "titles_of": lambda inspection, item: title_of(inspection.protocol_version, item),
        "identity": _identity(case),
        "line": [(event, said_of(event), event.pk in corrected) for event in line],
    }


def _begins(case: Case, left_out: Container[str]) -> tuple[str, str]:
    """How a supply of this case begins: it is planned, or drawn from stock."""
    plan, draw = "custody.consignment.plan", "custody.consignment.draw"
    if plan in left_out:
        return VERBS[draw].label, verb_url(case, draw)
    return VERBS[plan].label, verb_url(case, plan)


def _identity(case: Case) -> dict[str, Any]:
    """What was read of a product made for one patient: the string assigned, and each reading by consignment."""
    if not case.medicine.is_patient_specific:
        return {}
    readings = list(case.identity_readings.select_related("read_by").order_by("id"))
    value = assigned(Read(one.step, one.text, one.read_by_id) for one in readings)

    def steps(consignment: Consignment) -> list[tuple[str, Standing, list[IdentityReading]]]:
        """Each step of one consignment: its name, how it stands, and what was read of it then."""
        own = [one for one in readings if one.step == COLLECTION or one.consignment_id == consignment.pk]
        reads = [Read(one.step, one.text, one.read_by_id) for one in own]
        return [
            (words, standing(reads, step), [one for one in own if one.step == step]) for step, words in STEPS.items()
        ]

    return {"value": value, "steps": steps}


def _contents(consignments: list[Consignment]) -> dict[int, str]:
    """By unit, in words, where what was in it is: "10 on the shelf, 20 with the patient"."""
    units = [unit for one in consignments for unit in one.units.all()]
    return {
        unit: ", ".join(f"{amount} {PLACES[place]}" for place, amount in held.items() if amount)
        for unit, held in accounts_of(units).items()
    }


def _steps_of(case: Case, user: User) -> Callable[[Held], list[tuple[str, str]]]:
    """What may be done now with an exception, a suspect product or a recall: (label, address)."""
    offered = [verb for verb in VERBS.values() if verb.subject in HELD and user.role in verb.roles]

    def steps(held: Held) -> list[tuple[str, str]]:
        label = f"custody.{type(held).__name__}"
        own = [verb for verb in offered if verb.subject == label and is_possible(held, verb)]
        return [(verb.called(held.label), verb_url(case, verb.code, held.label)) for verb in own]

    return steps


def _next_steps(
    case: Case, consignment: Consignment, user: User, left_out: Container[str], *, was_received: bool
) -> list[tuple[str, str]]:
    """The step that carries this consignment on, then what else may be done with it now: (label, address).

    :param was_received: it was drawn from stock that was inspected and released before.
    """
    codes = [f"custody.consignment.{word}" for word in CARRIES_ON]
    possible = {
        code: verb
        for code, verb in VERBS.items()
        if verb.subject == "custody.Consignment"
        and not verb.creates
        and verb.listed
        and code not in left_out
        and user.role in verb.roles
        and is_possible(consignment, verb)
    }
    done = {
        "custody.consignment.pack": bool(consignment.packings.all()),
        "custody.consignment.inspect": was_received or bool(consignment.inspections.all()),
        "custody.consignment.record_temperature": was_received or bool(consignment.exposure_assessments.all()),
        "custody.consignment.decide_disposition": was_received,
    }
    known = {code: codes.index(code) for code in codes}
    ordered = sorted(possible, key=lambda code: (done.get(code, False), known.get(code, len(codes))))
    return [(possible[code].called(consignment.label), verb_url(case, code, consignment.label)) for code in ordered]


register_tab(Tab("supply", "Supply", 40, "custody/supply.html", _supply, lambda case: case.consignments.count()))
