"""The exception report of one case, as the message that trading partners exchange. Pure.

Source: ExceptionsSchemas of the Partnership for DSCSA Governance (MIT); the tests hold it to them.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from cases.custody.models import SupplyException

_NAMES: Final = uuid.UUID("0d1f6f0a-7a54-5a2e-8d35-9b8f2a1c44e2")


def report_of(
    exceptions: Sequence[SupplyException], *, case: str, order: str, email: str, made_at: datetime
) -> dict[str, Any]:
    """One message about the exceptions of one consignment; the same state gives the same message."""
    told: dict[str, list[dict[str, Any]]] = {}
    for one in exceptions:
        if one.kind not in _LINES:
            continue  # a pack lost or broken on the way is a matter of the carrier, and no difference of papers
        told.setdefault(one.kind, []).append(_LINES[one.kind](one))
    state = ",".join(f"{one.label}:{one.state}" for one in exceptions)
    return {
        "message_uuid": str(uuid.uuid5(_NAMES, f"{case}|{order}|{state}|{made_at.isoformat()}")),
        "exception_case_uuid": str(uuid.uuid5(_NAMES, f"{case}|{order}")),
        "timestamp": int(made_at.timestamp()),
        "po_number": order,
        "sender_information": {"email": email},
        "exceptions": told,
        "case_resolved": all(one.state == SupplyException.State.RESOLVED for one in exceptions),
    }


def _item(one: SupplyException) -> str:
    return str(uuid.uuid5(_NAMES, f"{one.case_id}|{one.label}"))


def _missing_product(one: SupplyException) -> dict[str, Any]:
    record = one.record
    file = record.epcis_file if record is not None else None
    return {
        "exception_item_uuid": _item(one),
        # Found on arrival, where no papers of the leg were recorded: the consignment names the shipment.
        "file_id": file.sha256 if file else (record or one.consignment).label,
        "product_gtin": one.on_paper["gtin"],
        "product_serial": one.on_paper["serial"],
        "resolution_request": "Send product",
    }


def _missing_data(one: SupplyException) -> dict[str, Any]:
    return {
        "exception_item_uuid": _item(one),
        "product_gtin": one.on_pack["gtin"],
        "observation_source": "Scan",
        "resolution_request": "Send new data",
        "product_serial": one.on_pack["serial"],
    }


def _misaligned(one: SupplyException) -> dict[str, Any]:
    line = {"exception_item_uuid": _item(one), "resolution_request": "Send new data"}
    for prefix, said in (("received_product", one.on_pack), ("product_data", one.on_paper)):
        line |= {f"{prefix}_{name}": said[name] for name in ("gtin", "lot", "expiry", "serial")}
    return line


def _counted(one: SupplyException) -> dict[str, Any]:
    wanted = "Return product" if one.kind == SupplyException.Kind.OVERAGE else "Send product"
    return {
        "exception_item_uuid": _item(one),
        "gtin": one.on_paper["gtin"],
        "quantity_ordered": one.on_paper["count"],
        "quantity_received": one.on_pack["count"],
        "resolution_request": wanted,
    }


_LINES: Final = {
    "missing_product": _missing_product,
    "missing_product_data": _missing_data,
    "data_misalignment": _misaligned,
    "overages": _counted,
    "underages": _counted,
}
