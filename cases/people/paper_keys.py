"""The key that the papers of a case lie under: the patient's own, or that of the case where it is one of stock."""

from datetime import datetime
from typing import Any

from cases.people.identity import data_key
from cases.people.keys import Key, KeyNotUsable, keyring
from cases.people.patients import Purpose, StockKey

PURPOSE = "papers of stock"


def papers_key(case: Any) -> Key:
    """The data key to the papers of a case.

    :raises KeyErased: when the patient's papers were erased.
    :raises KeyNotUsable: when this server's master key does not open it.
    """
    if case.patient_id is not None:
        return data_key(case.patient, Purpose.DOCUMENTS)
    row = StockKey.objects.filter(reference=case.reference).first()
    if row is None:
        raise KeyNotUsable(f"{case.reference} has no key for its papers; opening a case of stock makes it.")
    key = keyring().unwrap(bytes(row.wrapped), row.reference, PURPOSE)
    if key.id != row.key_id:
        raise KeyNotUsable(f"The key to the papers of {case.reference} is not the recorded one. Run verify_audit.")
    return key


def make_stock_key(reference: str, *, now: datetime) -> StockKey:
    """A key for the papers of a case of stock that was opened just now. Must run inside ``acting``."""
    ring, key = keyring(), Key.fresh()
    return StockKey.objects.create(
        reference=reference,
        key_id=key.id,
        master_key_id=ring.current.id,
        wrapped=ring.wrap(key, reference, PURPOSE),
        made_at=now,
    )
