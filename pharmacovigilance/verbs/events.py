"""What happened, after which product and of which lot, while a version of the safety case is open."""

from typing import Any

from django.db import models

from cases.custody.models import DoseAdministered, Lot
from cases.lifecycle.verbs import Ask, Situation, Verb, next_number
from pharmacovigilance.linking import link, lot_of
from pharmacovigilance.models import (
    AdverseEvent,
    DosageLine,
    ReportedProduct,
    SafetyCase,
)
from pharmacovigilance.terms import (
    ACTIONS,
    CRITERIA,
    HAPPENED,
    LINKED,
    LOT_STATUSES,
    OPEN_VERSION,
    OUTCOMES,
    ROLES,
)

UNLINKED = tuple(status for status in LOT_STATUSES if status[0] != LINKED)


def open_safety_cases(situation: Situation) -> "models.QuerySet[SafetyCase]":
    """The safety cases of which a version is being drafted."""
    return situation.case.safety_cases.filter(versions__state__in=OPEN_VERSION).distinct().order_by("number")


def of_open_ones(situation: Situation, kind: type[models.Model]) -> "models.QuerySet[Any]":
    rows: models.QuerySet[Any] = kind._default_manager.filter(safety_case__in=open_safety_cases(situation))
    return rows.order_by("number")


def the_only(options: Any) -> Any:
    """The one record there is to choose; none is suggested where there are several."""

    def initial(situation: Situation) -> Any:
        keys = list(options(situation).values_list("pk", flat=True)[:2])
        return keys[0] if len(keys) == 1 else None

    return initial


def _events(situation: Situation) -> "models.QuerySet[Any]":
    return of_open_ones(situation, AdverseEvent)


def _products(situation: Situation) -> "models.QuerySet[Any]":
    return of_open_ones(situation, ReportedProduct)


def _ours(situation: Situation) -> "models.QuerySet[Any]":
    return _products(situation).filter(is_ours=True)


def _doses(situation: Situation) -> "models.QuerySet[DoseAdministered]":
    return situation.case.doses.order_by("-given_at")


def _lots(situation: Situation) -> "models.QuerySet[Lot]":
    return Lot.objects.filter(units__case=situation.case).distinct().order_by("number")


def _own(name: str) -> Any:
    """The field as it stands, for a form that changes it."""
    return lambda situation: getattr(situation.subject, name, None)


IN_CASE = Ask("safety_case", "Safety case", "record", options=open_safety_cases, initial=the_only(open_safety_cases))
EVENT = (
    Ask("verbatim", "What happened, in the reporter's words", "long", initial=_own("verbatim")),
    Ask("started", "When it began", "known_part", required=False, initial=_own("started")),
    Ask("ended", "When it ended", "known_part", required=False, initial=_own("ended")),
    Ask(
        "criteria",
        "Serious, because of",
        "ticks",
        required=False,
        options=CRITERIA,
        hint="None ticked: not serious. Severe is not the same as serious.",
        initial=_own("criteria"),
    ),
    Ask(
        "outcome",
        "How it ended, or stands",
        "choice",
        options=OUTCOMES,
        initial=lambda situation: getattr(situation.subject, "outcome", "0"),
    ),
    Ask("tests", "Tests and their results", "long", required=False, initial=_own("tests")),
)
PRODUCT = (
    Ask("role", "Its part", "choice", options=ROLES, initial=lambda situation: getattr(situation.subject, "role", "2")),
    Ask("indication", "What it was given for", required=False, initial=_own("indication")),
    Ask("route", "By which route", required=False, initial=_own("route")),
    Ask(
        "action",
        "What was done with it",
        "choice",
        options=ACTIONS,
        initial=lambda situation: getattr(situation.subject, "action", "0"),
    ),
    Ask(
        "abated",
        "Better after stopping or reducing it?",
        "choice",
        options=HAPPENED,
        initial=lambda situation: getattr(situation.subject, "abated", "not_known"),
    ),
)
BESIDE = (
    Ask("name", "Name of the medicine"),
    Ask("strength", "Strength", required=False),
    Ask("form", "Form", required=False),
    Ask("manufacturer", "Manufacturer", required=False),
)


def _written(record: models.Model, asks: tuple[Ask, ...], facts: dict[str, Any]) -> models.Model:
    """The record with what was asked; what was left empty becomes empty."""
    for ask in asks:
        empty: Any = [] if ask.kind == "ticks" else ""
        setattr(record, ask.name, facts.get(ask.name) or empty)
    record.save()
    return record


def _add_event(situation: Situation) -> models.Model:
    case = situation.case
    event = AdverseEvent(
        case=case,
        safety_case=situation.facts["safety_case"],
        number=next_number(case.adverse_events),
        country=case.country,
    )
    return _written(event, EVENT, situation.facts)


def _revise_event(situation: Situation) -> models.Model:
    return _written(situation.record(AdverseEvent), EVENT, situation.facts)


def _add_product(situation: Situation) -> models.Model:
    case = situation.case
    product = ReportedProduct(
        case=case, safety_case=situation.facts["safety_case"], number=next_number(case.reported_products)
    )
    return _written(product, (*BESIDE, *PRODUCT), situation.facts)


def _revise_product(situation: Situation) -> models.Model:
    return _written(situation.record(ReportedProduct), PRODUCT, situation.facts)


def _add_line(situation: Situation) -> models.Model:
    facts = situation.facts
    dose: DoseAdministered | None = facts.get("dose")
    lot = lot_of(dose)[0] or facts.get("lot")
    return link(
        facts["product"],
        lot=lot,
        dose=dose,
        reason=facts.get("remark", ""),
        status=facts.get("lot_status") or "not_asked",
        **{name: facts[name] for name in ("lot_said", "amount") if facts.get(name)},
    )


def _explain_line(situation: Situation) -> models.Model:
    line = situation.record(DosageLine)
    line.reason = situation.facts["answer"][:200]
    line.save(update_fields=["reason"])
    return line


def _verb(
    of: str, code: str, past: str, label: str, subject: str, effect: Any, asks: tuple[Ask, ...], **more: Any
) -> Verb:
    return Verb(
        code=f"pharmacovigilance.{of}.{code}",
        past=past,
        label=label,
        subject=f"pharmacovigilance.{subject}",
        effect=effect,
        asks=asks,
        listed=False,
        **more,
    )


VERBS = (
    _verb(
        "event",
        "add",
        "added",
        "Add an event",
        "AdverseEvent",
        _add_event,
        (IN_CASE, *EVENT),
        creates=True,
        consequence="It is judged against every suspect product before the version is locked.",
    ),
    _verb(
        "event",
        "revise",
        "revised",
        "Complete it",
        "AdverseEvent",
        _revise_event,
        EVENT,
        consequence="What earlier versions said stays in their snapshots.",
    ),
    _verb(
        "product",
        "add",
        "added",
        "Add a medicine",
        "ReportedProduct",
        _add_product,
        (IN_CASE, *BESIDE, *PRODUCT),
        creates=True,
        consequence="A suspect one is judged against every event.",
    ),
    _verb(
        "product",
        "revise",
        "revised",
        "Complete it",
        "ReportedProduct",
        _revise_product,
        PRODUCT,
        consequence="What earlier versions said stays in their snapshots.",
    ),
    _verb(
        "line",
        "add",
        "added",
        "Link a dose or a lot",
        "DosageLine",
        _add_line,
        (
            Ask("product", "Of which product", "record", options=_products, initial=the_only(_ours)),
            Ask(
                "dose", "Dose given", "record", required=False, options=_doses, hint="Lot, supplier and journey follow."
            ),
            Ask("lot", "Or the lot alone", "record", required=False, options=_lots),
            Ask("lot_said", "Or the lot as the reporter said it", required=False, hint="At most 35 characters."),
            Ask(
                "lot_status",
                "When no lot of ours is linked",
                "choice",
                required=False,
                options=(("", "does not apply"), *UNLINKED),
            ),
            Ask("amount", "Amount", required=False, hint="For example 150 mg."),
            Ask("remark", "Why no lot is linked", required=False),
        ),
        creates=True,
        consequence="A copy of what stands on record is kept beside it.",
    ),
    _verb(
        "line",
        "explain",
        "explained",
        "Answer the doubt about it",
        "DosageLine",
        _explain_line,
        (Ask("answer", "Why this lot, although the supply speaks against it", initial=_own("reason")),),
        consequence="The warning stays, with your answer.",
    ),
)
