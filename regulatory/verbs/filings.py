"""Filings: opened from the pathway's data, made ready, submitted with proof, acknowledged, withdrawn, renewed."""

from datetime import timedelta
from decimal import Decimal
from typing import cast

from django.db import models

from cases.lifecycle.verbs import Ask, Situation, Verb, moves, next_number, register_verbs
from cases.models import HoldKind
from cases.verbs.stages import FILING_HOLDS
from regulatory.exports import export_version
from regulatory.models import Authorization, Filing
from regulatory.pathway import (
    authorities,
    local_day,
    profile_of,
    submitters,
    suggested_kind,
    uses_event,
)
from regulatory.profiles.route import MAIN, TITLES
from regulatory.recording import record_event
from regulatory.route import standing, version_of

# A regulatory hold stops what goes out, not what is prepared: after an objection the next filing is got ready.
PREPARING_HOLDS = FILING_HOLDS - {HoldKind.REGULATORY}
# A quantity is counted in thousandths of a unit at the finest; nobody files for none.
LEAST_QUANTITY = Decimal("0.001")
QUANTITY_AS_LAST_TIME = Ask(
    "quantity",
    "Quantity asked for",
    "decimal",
    required=False,
    least=LEAST_QUANTITY,
    hint="As last time when left empty.",
)
# To whom a paper can be submitted; gates and duties name these recipients.
RECIPIENTS = (
    ("regulator", "the authority"),
    ("canton", "the canton"),
    ("regional_health_authority", "a regional health authority"),
    ("ethics_committee", "an ethics committee"),
    ("ministry", "the ministry"),
    ("dea", "the DEA"),
)
HAPPENED = Ask("happened_at", "When it happened", "moment", hint="Day and time as the paper or the mail says.")
WHY_LATE = Ask(
    "why_late",
    "Why it is recorded so late",
    "text",
    required=False,
    hint="Only where it happened more than 30 days ago, or is over already. Kept with the event.",
)
WHEN = (HAPPENED, WHY_LATE)


def filing_of(situation: Situation) -> Filing:
    """The filing the verb acts on."""
    return cast(Filing, situation.subject)


def _open(situation: Situation) -> models.Model:
    facts = dict(situation.facts)
    step = facts.pop("step", "") or _next_of_the_route(situation)
    return Filing.objects.create(
        case=situation.case,
        number=next_number(situation.case.filings.all()),
        profile_version=version_of(situation.case, step),
        step=step,
        **facts,
    )


def _route(situation: Situation) -> list[tuple[str, str]]:
    return [(one.step.code, one.step.title) for one in standing(situation.case)] or [(MAIN, TITLES[MAIN])]


def _next_of_the_route(situation: Situation) -> str:
    """The first filing of the route that nothing stands for; the pathway's own where each was made."""
    waiting = [one.step.code for one in standing(situation.case) if one.filing is None and one.paper is None]
    return waiting[0] if waiting else MAIN


def _renew(situation: Situation) -> models.Model:
    last: Filing = situation.facts["renews"]
    return Filing.objects.create(
        case=situation.case,
        number=next_number(situation.case.filings.all()),
        step=last.step,
        kind=last.kind,
        authority=last.authority,
        profile_version=version_of(situation.case, last.step),
        renews=last,
        quantity=situation.facts.get("quantity", last.quantity),
        planned_on=situation.facts.get("planned_on"),
    )


RENEWABLE = frozenset({"granted", "no_objection", "submitted", "acknowledged"})
VARIABLE = frozenset({"in_force", "suspended"})
# What a variation can change (edge cases 7, 9 and 11), with the code that pathways use where they name it.
CHANGES = {
    "dose": "the dose",
    "strength": "the strength or the pack",
    "product": "the product or its manufacturer",
    "prescriber": "the prescriber",
    "site": "the institution",
    "indication": "the indication",
    "quantity": "the quantity",
    "supply_chain": "the supply chain",
}


def _vary(situation: Situation) -> models.Model:
    """What is varied stays in force, for its own scope, until the variation is granted."""
    facts, authorization = situation.facts, situation.facts["varies"]
    former: Filing | None = authorization.filing
    return Filing.objects.create(
        case=situation.case,
        number=next_number(situation.case.filings.all()),
        step=former.step if former else MAIN,
        kind=former.kind if former else suggested_kind(profile_of(situation.case.profile_version)),
        authority=former.authority if former else (_first_authority(situation) or "")[:120],
        profile_version=version_of(situation.case, former.step if former else MAIN),
        varies=authorization,
        changes=list(facts["changes"]),
        change_note=facts["change_note"],
        quantity=facts.get("quantity", former.quantity if former else None),
        planned_on=facts.get("planned_on"),
    )


def _variable(situation: Situation) -> "models.QuerySet[Authorization]":
    return situation.case.authorizations.filter(state__in=VARIABLE).order_by("-number")


def _last_variable(situation: Situation) -> int | None:
    last = _variable(situation).first()
    return last.pk if last else None


def _submit(situation: Situation) -> models.Model:
    filing, facts = filing_of(situation), situation.facts
    filing.submit(submitted_at=facts["happened_at"], submitted_by_party=facts["party"], proof=facts["proof"])
    filing.external_reference = facts.get("external_reference") or filing.external_reference
    filing.save()
    record_event(situation.case, "submitted", at=facts["happened_at"], filing=filing, recipient=facts["recipient"])
    return filing


def _acknowledge(situation: Situation) -> models.Model:
    filing, facts = filing_of(situation), situation.facts
    filing.acknowledge(acknowledged_at=facts["happened_at"], external_reference=facts.get("external_reference", ""))
    filing.save()
    record_event(situation.case, "acknowledged", at=facts["happened_at"], filing=filing)
    profile = profile_of(filing.profile_version)
    if uses_event(profile, "received_by_regulator"):
        received = facts.get("received_at") or facts["happened_at"]
        record_event(situation.case, "received_by_regulator", at=received, filing=filing, recipient="regulator")
    return filing


def _correct_acknowledgement(situation: Situation) -> models.Model:
    """The old event is marked as recorded in error, a new one takes its place; both stay on record."""
    filing, facts = filing_of(situation), situation.facts
    for event in filing.pathway_events.filter(name__in=("acknowledged", "received_by_regulator"), withdrawn_at=None):
        event.withdrawn_at = situation.now
        event.save(update_fields=["withdrawn_at"])
        record_event(situation.case, event.name, at=facts["happened_at"], filing=filing, recipient=event.recipient)
    filing.acknowledged_at = facts["happened_at"]
    filing.save(update_fields=["acknowledged_at"])
    return filing


def _is_acknowledged(record: models.Model) -> bool:
    return isinstance(record, Filing) and record.acknowledged_at is not None and record.decided_at is None


def _kinds(situation: Situation) -> list[tuple[str, str]]:
    """The suggested kind first."""
    suggested = suggested_kind(profile_of(situation.case.profile_version))
    return sorted(Filing.Kind.choices, key=lambda pair: pair[0] != suggested)


def _authorities(situation: Situation) -> list[tuple[str, str]]:
    """Those of the pathway; for a controlled drug also those of the country that it leaves."""
    case = situation.case
    found = authorities(profile_of(case.profile_version))
    if case.medicine.is_controlled and (leaving := export_version(case)) is not None:
        found = [*found, *(name for name in authorities(profile_of(leaving)) if name not in found)]
    return [(name[:120], name) for name in found]


def _first_authority(situation: Situation) -> str | None:
    """The one that decides on the next filing of the route, else the pathway's first."""
    step = _next_of_the_route(situation)
    of_the_step = next((one.step.authority for one in standing(situation.case) if one.step.code == step), "")
    return of_the_step[:120] or next((value for value, _ in _authorities(situation)), None)


def _today(situation: Situation) -> object:
    return local_day(profile_of(situation.case.profile_version), situation.now)


def _in_a_week(situation: Situation) -> object:
    return local_day(profile_of(situation.case.profile_version), situation.now + timedelta(days=7))


def _party(situation: Situation) -> str:
    """The party of the last submission, else the role that the data let submit."""
    filing = situation.subject
    last = filing.renews if isinstance(filing, Filing) else None
    if last and last.submitted_by_party:
        return last.submitted_by_party
    return next(iter(submitters(profile_of(situation.case.profile_version))), "")


def _newest_proof(situation: Situation) -> int | None:
    """The newest accepted proof that no filing has yet."""
    free = situation.case.documents.filter(doc_type="filing_proof", state="accepted").exclude(
        pk__in=situation.case.filings.filter(proof__isnull=False).values("proof")
    )
    newest = free.order_by("-number").first()
    return newest.pk if newest else None


def _decided(situation: Situation) -> "models.QuerySet[Filing]":
    """Filings that ended with leave to supply, the last first."""
    return situation.case.filings.filter(state__in=RENEWABLE).order_by("-number")


def _last_decided(situation: Situation) -> int | None:
    last = _decided(situation).first()
    return last.pk if last else None


register_verbs(
    Verb(
        code="regulatory.filing.open",
        past="opened",
        label="Open a filing",
        subject="regulatory.Filing",
        creates=True,
        effect=_open,
        stopped_by=PREPARING_HOLDS,
        asks=(
            Ask(
                "step",
                "Which filing of the route",
                "choice",
                required=False,
                options=_route,
                initial=_next_of_the_route,
                hint="In their order. One that waits for another can be prepared, and is submitted after it.",
            ),
            Ask(
                "kind",
                "What is filed",
                "choice",
                options=_kinds,
                initial=lambda situation: suggested_kind(profile_of(situation.case.profile_version)),
                hint="The first is usual for this pathway.",
            ),
            Ask("authority", "To which authority", "choice", options=_authorities, initial=_first_authority),
            Ask(
                "quantity",
                "Quantity asked for",
                "decimal",
                required=False,
                least=LEAST_QUANTITY,
                hint="Counted in the unit of the medicine. Empty when the filing names none.",
            ),
            Ask(
                "planned_on",
                "Planned to be filed on",
                "date",
                required=False,
                initial=_in_a_week,
                hint="The age of every paper is judged for this day.",
            ),
        ),
        consequence="The papers of the pathway are listed; nothing goes to the authority yet.",
    ),
    Verb(
        code="regulatory.filing.renew",
        past="renewal_opened",
        label="Renew from the last filing",
        subject="regulatory.Filing",
        creates=True,
        effect=_renew,
        needs=("regulatory.Filing", RENEWABLE),
        stopped_by=PREPARING_HOLDS,
        asks=(
            Ask("renews", "Which filing is renewed", "record", options=_decided, initial=_last_decided),
            QUANTITY_AS_LAST_TIME,
            Ask("planned_on", "Planned to be filed on", "date", required=False, initial=_in_a_week),
        ),
        consequence="Kind and authority are taken over; what it renews stays in force until it ends by itself.",
    ),
    Verb(
        code="regulatory.filing.vary",
        past="variation_opened",
        label="Open a variation",
        subject="regulatory.Filing",
        creates=True,
        effect=_vary,
        needs=("regulatory.Authorization", VARIABLE),
        stopped_by=PREPARING_HOLDS,
        asks=(
            Ask("varies", "Which authorization", "record", options=_variable, initial=_last_variable),
            Ask("changes", "What changes", "ticks", options=tuple(CHANGES.items())),
            Ask("change_note", "From what to what", "long", hint="No patient name, birth date or contact."),
            QUANTITY_AS_LAST_TIME,
            Ask("planned_on", "Planned to be filed on", "date", required=False, initial=_in_a_week),
        ),
        consequence="The authorization stays in force for its own scope; the granted variation takes its place.",
    ),
    Verb(
        code="regulatory.filing.make_ready",
        past="made_ready",
        label="Mark it as ready to submit",
        subject="regulatory.Filing",
        transition="make_ready",
        effect=moves("make_ready"),
        asks=(Ask("planned_on", "Planned to be filed on", "date", required=False, initial=_today),),
        consequence="Every required paper is there and in date; it can be submitted.",
    ),
    Verb(
        code="regulatory.filing.take_back",
        past="taken_back",
        label="Take it back to preparing",
        subject="regulatory.Filing",
        transition="take_back",
        effect=moves("take_back"),
        needs_reason=True,
        consequence="The filing is prepared again; nothing went out.",
    ),
    Verb(
        code="regulatory.filing.submit",
        past="submitted",
        label="Record the submission of it",
        subject="regulatory.Filing",
        transition="submit",
        effect=_submit,
        stopped_by=FILING_HOLDS,
        asks=(
            *WHEN,
            Ask(
                "party",
                "Submitted by",
                "text",
                initial=_party,
                hint="The party that filed, for example the licensed importer by name.",
            ),
            Ask("recipient", "Submitted to", "choice", options=RECIPIENTS, initial=lambda situation: "regulator"),
            Ask(
                "proof",
                "Proof of submission",
                "document",
                hint="A receipt, a portal confirmation, the sent mail. Without proof it stays ready.",
                initial=_newest_proof,
            ),
            Ask("external_reference", "Reference given by the authority", "text", required=False),
        ),
        consequence="The authority has it. A watch for its acknowledgement begins.",
    ),
    Verb(
        code="regulatory.filing.acknowledge",
        past="acknowledged",
        label="Record the acknowledgement of it",
        subject="regulatory.Filing",
        transition="acknowledge",
        effect=_acknowledge,
        asks=(
            *WHEN,
            Ask("external_reference", "Reference given by the authority", "text", required=False),
            Ask(
                "received_at",
                "Received by the authority",
                "moment",
                required=False,
                hint="Only where the letter names another moment than the acknowledgement.",
            ),
        ),
        consequence="Where silence clears the import, the waiting window begins on the day after.",
    ),
    Verb(
        code="regulatory.filing.correct_acknowledgement",
        past="acknowledgement_corrected",
        label="Correct the acknowledgement of it",
        subject="regulatory.Filing",
        effect=_correct_acknowledgement,
        offered_when=_is_acknowledged,
        asks=(*WHEN,),
        needs_reason=True,
        consequence="Every date that counts from it moves; the earlier one stays in the ledger.",
    ),
    Verb(
        code="regulatory.filing.withdraw",
        past="withdrawn",
        label="Withdraw it",
        subject="regulatory.Filing",
        transition="withdraw",
        effect=moves("withdraw"),
        needs_reason=True,
        consequence="The filing ends; its waiting window and watches are cancelled.",
    ),
)
