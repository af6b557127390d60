"""Rows of any regulated table, made from what the model says, so that the matrix follows the models by itself."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models

from cases.audit.capture import Capture, captures

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
_numbers = itertools.count(1)

# What introspection cannot know: values that a constraint ties together. By model label and field name.
TIED: dict[str, Callable[[], dict[str, Any]]] = {
    "custody.Lot": lambda: {"gtin": f"{next(_numbers):014d}"},
    "custody.CustodyEvent": lambda: {
        "biz_step": "reserving",
        "disposition": "reserved",
        "zone_offset": "+00:00",
        "event_at": NOON,
        "recorded_at": NOON,
    },
    "custody.ContentEntry": lambda: {"kind": "dispense", "amount": 1, "at": NOON, "recorded_at": NOON},
    "custody.IdentityReading": lambda: {"text": f"COI-{next(_numbers):06d}"},
    "custody.PackOpening": lambda: {
        "opened_at": NOON,
        "use_before": NOON + timedelta(hours=1),
        "recorded_at": NOON,
    },
    "custody.Milestone": lambda: {"state": "planned"},
    "custody.Partner": lambda: {"kind": "carrier"},
    "custody.CredentialCheck": lambda: {"result": "not_found", "checked_at": NOON, "recorded_at": NOON},
    "custody.PartnerCredential": lambda: {"valid_from": None, "valid_until": None},
    "custody.ExposureAssessment": lambda: {"basis": "display"},
    "custody.VerificationResult": lambda: {"is_verified": True, "reason": ""},
    "custody.StockMove": lambda: {"kind": "draw"},
    "custody.TransactionRecord": lambda: {"source": "paper"},
    "custody.RecallLot": lambda: {"gtin": f"{next(_numbers):014d}"},
    "custody.RecalledPack": lambda: {"outcome": ""},
    "custody.Unit": lambda: {"state": "allocated"},
    "deadlines.Deadline": lambda: {"act_by": NOON, "due_at": NOON, "holder_party": "the authority"},
    "notices.Notice": lambda: {"next_attempt_at": NOON, "address": f"nobody-{next(_numbers)}@example.invalid"},
    "people.IdentityAccess": lambda: {"kind": "searched"},
    "people.PatientKey": lambda: {"wrapped": bytes(8)},
    "pharmacovigilance.DosageLine": lambda: {"lot_status": "not_asked", "reason": "no pack"},
    "pharmacovigilance.Assessment": lambda: {"method": "whole"},
    "pharmacovigilance.DuplicateCandidate": lambda: {"decision": "", "reason": ""},
    "pharmacovigilance.ReconciledCase": lambda: {"resolution": ""},
    "pharmacovigilance.ReconciliationRun": lambda: {"from_on": NOON.date(), "until_on": NOON.date()},
    "pharmacovigilance.ReportingRuleVersion": lambda: {"origin": "shipped"},
    "regulatory.EnquiryDecline": lambda: {"channel": "post"},
    "regulatory.TriageDecision": lambda: {"is_override": False},
}

# Tables whose rows a trigger refuses while no version of their safety case is open.
WITH_AN_OPEN_VERSION = frozenset(
    {"pharmacovigilance.AdverseEvent", "pharmacovigilance.ReportedProduct", "pharmacovigilance.DosageLine"}
)

# One of two references that a constraint asks for, where either alone may be empty.
ASKED = {
    "regulatory.CollectiveLine": "filing",
    "regulatory.HoldGround": "authorization",
    "regulatory.PublicationLine": "case",
}


def row_for(model: type[models.Model], **given: Any) -> models.Model:
    """Save one row of a model, with the rows it needs; inside `acting`. Goes round `save()`, which may refuse."""
    tied = TIED.get(model._meta.label)
    values = {**(tied() if tied else {}), **given}
    if model._meta.label in WITH_AN_OPEN_VERSION:
        values = {**values, **_of_an_open_version()}
    if model._meta.label == "custody.StockPack":
        values = {**values, **_a_drawn_pack()}
    for field in model._meta.concrete_fields:
        if field.primary_key or field.name in values or field.attname in values:
            continue
        if field.null and not _in_chain(model, field) and field.name != ASKED.get(model._meta.label):
            continue
        if isinstance(field, models.ForeignKey):
            values[field.name] = row_for(field.related_model, **_of_the_same_case(field.related_model, values))
        elif not field.has_default() or field.unique:
            values[field.name] = value_for(field, next(_numbers))
    instance = model(**values)
    plain(model).bulk_create([instance])
    return instance


def _a_drawn_pack() -> dict[str, Any]:
    """A pack that left the stock by its events, and the one that it came to."""
    unit, event = apps.get_model("custody.Unit"), apps.get_model("custody.CustodyEvent")
    move: Any = row_for(apps.get_model("custody.StockMove"))
    of_stock = {"case": move.stock.case, "consignment": move.stock}
    left: Any = row_for(unit, **of_stock)
    for words, state in ((("stocking", "available"), "accepted"), (("picking", "reserved"), "drawn")):
        step, disposition = words
        said = row_for(event, **of_stock, biz_step=step, disposition=disposition, holder="here", place="here")
        row_for(apps.get_model("custody.CustodyEventUnit"), case=move.stock.case, event=said, unit=left)
        plain(unit).filter(pk=left.pk).update(state=state, holder="here", place="here", last_event=said)
    same = {name: getattr(left, name) for name in ("lot", "gtin", "serial", "content")}
    entered = row_for(unit, case=move.consignment.case, consignment=move.consignment, **same)
    return {"case": move.case, "move": move, "serial": same["serial"], "left": left, "entered": entered}


def _of_the_same_case(model: type[models.Model], values: dict[str, Any]) -> dict[str, Any]:
    """Rows that belong together are of one case; the database holds some of them to it."""
    has_case = any(field.name == "case" for field in model._meta.concrete_fields)
    return {"case": values["case"]} if has_case and values.get("case") is not None else {}


def _of_an_open_version() -> dict[str, Any]:
    """A safety case whose records may change, since a version of it is being drafted."""
    version = apps.get_model("pharmacovigilance.CaseVersion")
    safety_case: Any = row_for(apps.get_model("pharmacovigilance.SafetyCase"))
    row_for(version, safety_case=safety_case, case=safety_case.case)
    return {"safety_case": safety_case, "case": safety_case.case}


def plain(model: type[models.Model]) -> models.QuerySet[Any]:
    """A query set of Django's own, without what the model's may add or refuse."""
    return models.QuerySet(model)


def value_for(field: models.Field[Any, Any], number: int) -> Any:
    """A valid value of a field, another one for every number."""
    if field.choices:
        values = [value for value, _ in field.flatchoices]
        return values[number % len(values)] if not _is_state(field) else values[0]
    match field:
        case models.BooleanField():
            return bool(number % 2)
        case models.DateTimeField():
            return NOON + timedelta(seconds=number)
        case models.DateField():
            return date(2026, 3, 2) + timedelta(days=number)  # a later number is a later day, as checks of periods ask
        case models.DurationField():
            return timedelta(seconds=number)
        case models.DecimalField():
            return Decimal(number)
        case models.FloatField():
            return float(number)
        case models.SmallIntegerField():
            return number % 32000
        case models.IntegerField():
            return number
        case models.UUIDField():
            return f"00000000-0000-4000-8000-{number:012d}"
        case models.JSONField():
            return {"number": number}
        case models.BinaryField():
            return bytes([number % 256, number // 256 % 256, number // 65536])
        case ArrayField():
            return []
        case models.EmailField():
            return f"nobody-{number}@example.invalid"
        case models.CharField() | models.TextField():
            return f"{number}"[-(field.max_length or 20) :]
    raise AssertionError(f"No value is known for {field}.")


def changeable(capture: Capture) -> models.Field[Any, Any]:
    """A captured column that a test may change: no key, no state, not the chain; free text before anything else."""
    taken = {capture.pk_column, *capture.excluded, *(column for _, column in capture.chain)}
    fields = [
        field for field in capture.model._meta.concrete_fields if field.column not in taken and not _is_state(field)
    ]
    return min(fields, key=_awkwardness)


def another_value(field: models.Field[Any, Any]) -> Any:
    """A value of a column (the key, for a reference) that no row has yet."""
    return row_for(field.related_model).pk if field.remote_field is not None else value_for(field, next(_numbers))


def _awkwardness(field: models.Field[Any, Any]) -> tuple[int, str]:
    order: Iterable[Any] = (
        models.TextField, models.CharField, models.IntegerField, models.DateTimeField, models.DateField
    )  # fmt: skip
    rank = next((place for place, kind in enumerate(order) if isinstance(field, kind)), 9)
    if field.remote_field is not None:
        rank = 40
    tied = TIED.get(field.model._meta.label, dict)()
    # The values of a column this short come round again, and writing what stands there is no change.
    rank += 5 if (getattr(field, "max_length", None) or 20) < 5 else 0
    rank += 30 if field.name in tied or field.name == ASKED.get(field.model._meta.label) else 0
    return rank + (20 if field.unique else 0) + (10 if field.choices else 0), field.column


def _is_state(field: models.Field[Any, Any]) -> bool:
    return type(field).__name__.startswith("FSM")


def _in_chain(model: type[models.Model], field: models.Field[Any, Any]) -> bool:
    """Whether a nullable field is the only thing that can put the row on a chain."""
    capture = next(capture for capture in captures() if capture.model is model)
    _, last_column = capture.chain[-1]
    return len(capture.chain) == 1 and last_column == field.column
