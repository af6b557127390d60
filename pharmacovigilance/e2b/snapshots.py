"""Snapshots of every form that was ever locked, read as the present one. A locked snapshot itself never changes.

The first form knew one event and one product, and one judgement of both.
"""

from collections.abc import Mapping
from typing import Any, Final

PRESENT: Final = "npp-case-version/2"
FORMATS: Final = ("npp-case-version/1", PRESENT)
NOBODY: Final[Mapping[str, Any]] = {"sex": "", "age": None, "age_group": "", "weight_kg": "", "history": ""}


def as_known(snapshot: Mapping[str, Any]) -> Mapping[str, Any]:
    """The snapshot in the present form."""
    return snapshot if snapshot["format"] == PRESENT else _of_first_form(snapshot)


def _of_first_form(old: Mapping[str, Any]) -> dict[str, Any]:
    event, assessed = old["event"], old["assessment"]
    onsets = [entry["onset_on"] for entry in old["reports"] if entry["onset_on"]]
    languages = [entry["language"] for entry in old["reports"]]
    criterion = event["seriousness_criterion"]
    return {
        **{name: old[name] for name in ("case", "worldwide_id", "version", "kind", "day0", "aware_at", "country")},
        "format": PRESENT,
        "reason": "",
        "pathway": old["pathway"],
        "patient": dict(NOBODY),
        "events": [
            {
                "number": 1,
                "verbatim": event["verbatim"],
                "language": next(iter(languages), "en"),
                "started": min(onsets, default=""),
                "ended": "",
                "outcome": "0",
                "country": old["country"],
                "criteria": [criterion] if criterion else [],
                "special": assessed["circumstances"].get("special", []),
                "tests": "",
                "meddra": event.get("meddra"),
            }
        ],
        "products": [_product(old)],
        "assessments": [
            {
                **{"event": 1, "product": 1, "source": "pharmacist", "method": "whole", "answers": {}, "score": None},
                **{"result": assessed["causality"], "expected": None, "reference": None, "by": "", "at": ""},
            }
        ],
        "judged": {
            "serious": event["serious"],
            "seriousness_criterion": criterion,
            **{name: assessed[name] for name in ("expected", "causality", "narrative", "circumstances")},
        },
        "reports": old["reports"],
    }


def _product(old: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **old["product"],
        **{"number": 1, "role": "1", "is_ours": True, "indication": "", "action": "0", "route": ""},
        **{"abated": "not_known", "reappeared": "not_known"},
        "lines": _lines(old),
    }


def _lines(old: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One line a lot that was given, from its first dose to its last; the lot alone where no dose names it."""
    by_lot: dict[str, list[Mapping[str, Any]]] = {}
    lots: dict[str, Mapping[str, Any] | None] = {}
    for dose in sorted(old["doses"], key=lambda one: str(one["given_at"])):
        number = dose["lot"]["number"] if dose["lot"] else ""
        by_lot.setdefault(number, []).append(dose)
        lots[number] = dose["lot"]
    if old["lot"] and old["lot"]["number"] not in by_lot:
        by_lot[old["lot"]["number"]], lots[old["lot"]["number"]] = [], old["lot"]
    return [
        {
            "number": number,
            "lot": lots.get(lot),
            "lot_status": "linked" if lot else "not_asked",
            "lot_said": "",
            "reason": "" if lot else old["lot_remark"],
            "first_given_at": doses[0]["given_at"][:10] if doses else "",
            "last_given_at": doses[-1]["given_at"][:10] if doses else "",
            "amount": "; ".join(dict.fromkeys(dose["amount"] for dose in doses if dose["amount"])),
            "consignment": next((dose["consignment"] for dose in doses), ""),
            "serials": sorted({dose["serial"] for dose in doses if dose["serial"]}),
            "temperature": next((dose["temperature"] for dose in doses if dose["temperature"]), "") or "",
            "warning": "",
        }
        for number, (lot, doses) in enumerate((by_lot or {"": []}).items(), 1)
    ]
