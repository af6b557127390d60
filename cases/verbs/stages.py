"""The headline: how a case moves through its seven stages."""

from typing import Any

from django.db import models

from cases.lifecycle.verbs import Ask, Effect, Situation, Verb, moves, register_verbs
from cases.models import HoldKind, Outcome
from cases.people.models import User
from cases.people.roles import PHARMACISTS, Role

EVERY_HOLD_BUT_MESSAGES = frozenset(set(HoldKind.values) - {HoldKind.FAMILY_MESSAGE})
SUPPLY_HOLDS = EVERY_HOLD_BUT_MESSAGES
FILING_HOLDS = frozenset({HoldKind.REGULATORY, HoldKind.COMPLIANCE, HoldKind.CLINICAL, HoldKind.CONSENT})


def _stage(code: str, past: str, label: str, *, effect: Effect | None = None, **more: Any) -> Verb:
    method = code.rsplit(".", 1)[1]
    return Verb(
        code=code,
        past=past,
        label=label,
        subject="cases.Case",
        transition=method,
        effect=effect or moves(method),
        **more,
    )


def _reassign(situation: Situation) -> models.Model:
    situation.case.coordinator = situation.facts["coordinator"]
    situation.case.save(update_fields=["coordinator"])
    return situation.case


def _note_run_out(situation: Situation) -> models.Model:
    situation.case.runs_out_on = situation.facts["runs_out_on"]
    situation.case.save(update_fields=["runs_out_on"])
    return situation.case


def _colleagues(situation: Situation) -> "models.QuerySet[User]":
    return User.objects.filter(
        pharmacy_id=situation.case.pharmacy_id, role__in=PHARMACISTS, is_active=True, is_service=False
    ).order_by("display_name")


register_verbs(
    _stage(
        "cases.case.begin_filing",
        "filing_begun",
        "Begin regulatory filing",
        stopped_by=FILING_HOLDS,
        consequence="The papers are collected next; nothing goes to the authority yet.",
    ),
    _stage(
        "cases.case.await_authorization",
        "authorization_awaited",
        "Wait for the authority",
        consequence="The case waits for the authority's word, its silence or its question.",
    ),
    _stage(
        "cases.case.begin_sourcing",
        "sourcing_begun",
        "Begin sourcing",
        stopped_by=SUPPLY_HOLDS,
        consequence="A consignment can be planned and ordered.",
    ),
    _stage(
        "cases.case.begin_shipment",
        "shipment_begun",
        "Move the case to shipment",
        stopped_by=SUPPLY_HOLDS,
        consequence="The case shows the consignment under way.",
    ),
    _stage(
        "cases.case.begin_dispensing",
        "dispensing_begun",
        "Move the case to dispensing",
        stopped_by=SUPPLY_HOLDS,
        consequence="The institution may record what it dispenses.",
    ),
    _stage(
        "cases.case.begin_follow_up",
        "follow_up_begun",
        "Begin adverse-event follow-up",
        consequence="Follow-up questions are asked on their days.",
    ),
    _stage(
        "cases.case.resupply",
        "resupply_begun",
        "Begin the next supply",
        stopped_by=SUPPLY_HOLDS,
        consequence="The case returns to sourcing under the authorization that stands.",
    ),
    _stage(
        "cases.case.refile",
        "refiling_begun",
        "File again",
        stopped_by=FILING_HOLDS,
        needs_reason=True,
        consequence="The case returns to filing: a renewal, a variation or a new filing.",
    ),
    _stage(
        "cases.case.return_to_prescriber",
        "returned_to_prescriber",
        "Return to the prescriber",
        needs_reason=True,
        consequence="A new determination must be signed before anything further is filed or shipped.",
    ),
    _stage(
        "cases.case.close",
        "closed",
        "Close the case",
        effect=moves("close", stamps={"closed_at": "now"}),
        asks=(Ask("outcome", "Outcome", "choice", options=Outcome.choices),),
        needs_reason=True,
        final=True,
        consequence="Reminders of this case stop, save those of safety duties, which stay until they are met.",
    ),
    _stage(
        "cases.case.reopen",
        "reopened",
        "Reopen the case",
        roles=frozenset({Role.PHARMACIST_IN_CHARGE}),
        needs_reason=True,
        consequence="The case returns to adverse-event follow-up.",
    ),
    Verb(
        code="cases.case.reassign",
        past="reassigned",
        label="Assign to a colleague",
        subject="cases.Case",
        effect=_reassign,
        asks=(
            Ask(
                "coordinator",
                "Coordinating pharmacist",
                "record",
                options=_colleagues,
                initial=lambda situation: situation.case.coordinator_id,
            ),
        ),
        consequence="Reminders go to the new coordinator from now on.",
    ),
    Verb(
        code="cases.case.note_run_out",
        past="run_out_noted",
        label="Record when the medicine runs out",
        subject="cases.Case",
        effect=_note_run_out,
        asks=(
            Ask(
                "runs_out_on",
                "Last day with medicine in hand",
                "date",
                hint="As the institution or the prescriber counted it.",
                initial=lambda situation: situation.case.runs_out_on,
            ),
        ),
        consequence="The run-out deadline moves to this day; its ledger keeps the earlier one.",
    ),
)
