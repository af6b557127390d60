"""Papers of a pathway: what is asked for, from whom, met or not on the planned day, and how old each may be then. Pure.

A paper ages while the case waits, so its age is always judged on the planned filing date, never on the day of upload.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cases.deadlines.arithmetic import add_months
from regulatory.profiles import words
from regulatory.profiles.duty import asked_as, condition_words
from regulatory.profiles.facts import DocumentHeld
from regulatory.profiles.holdings import UNUSABLE, fresh_until
from regulatory.profiles.loader import Profile

# How the data say when a paper is asked for, in the words of the house.
NEEDS = {
    "always": "required",
    "conditional": "conditional",
    "on_request": "on_request",
    "at_customs": "at_customs",
    "held_locally": "held_locally",
    "not_required": "not_required",
}
# A paper belongs to the filing unless it is made by the decision, by the shipment or by the supply itself.
WITH_THE_SHIPMENT = frozenset(
    {
        "authorisation_letter",
        "airway_bill",
        "coa",
        "commercial_invoice",
        "dscsa_transaction_data",
        "export_declaration",
        "export_permit",
        "packing_list",
    }
)
AFTER_THE_SUPPLY = frozenset(
    {"import_declaration", "supply_record", "supply_report", "temperature_record", "track_and_trace_record"}
)
FINISHED = frozenset({"signed", "complete", "valid", "favourable", "shown"})


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper of the pathway on the planned day.

    `applies`: False where its condition is answered with no, or it is not required; None where the condition has no
    answer. `met`: None where the age of what is held cannot be told. `oldest_on` is the earliest date it may bear on
    the planned day; `usable_until` the last day of the best one held, after which it must be asked for again.
    """

    fact: str
    doc_type: str
    need: str
    condition: str | None
    applies: bool | None
    owner: str
    met: bool | None
    why: str
    oldest_on: date | None
    usable_until: date | None
    held: str
    max_age: str
    copy_rule: str | None
    patient_name: str | None
    language_rule: str | None
    note: str
    basis: str
    sources: tuple[str, ...]
    confidence: str

    @property
    def blocks(self) -> bool:
        """Whether a filing on the planned day lacks it: required, or its condition not excluded, and not surely met."""
        return self.need in ("required", "conditional") and self.applies is not False and self.met is not True

    def to_json(self) -> dict[str, Any]:
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__}
        for name in ("oldest_on", "usable_until"):
            plain[name] = plain[name].isoformat() if plain[name] else None
        return {**plain, "sources": list(self.sources), "blocks": self.blocks}


def papers(
    profile: Profile,
    documents: Iterable[DocumentHeld],
    *,
    planned_on: date,
    conditions: Mapping[str, bool] | None = None,
) -> tuple[Paper, ...]:
    """Every paper of the profile, judged on the planned filing day (a local day of the jurisdiction).

    A condition is answered by its fact id, or by `condition_key` of its words; one without an answer counts as open.
    """
    held = tuple(documents)
    answers = conditions or {}
    return tuple(
        _paper(fact, held, planned_on, answers, profile.readings.get(str(fact["id"]), {}).get("only_if"))
        for fact in profile.section("documents")
    )


def _paper(
    fact: Mapping[str, Any],
    documents: tuple[DocumentHeld, ...],
    planned_on: date,
    answers: Mapping[str, bool],
    only_if: str | None,
) -> Paper:
    need = NEEDS[fact["required"]]
    applies: bool | None = need != "not_required"
    if need == "conditional":
        applies = answers.get(fact["id"], answers.get(asked_as(fact, "condition")))
        if only_if is not None and answers.get(only_if) is False:
            applies = False
    met, why, until, reference = _judge(fact, documents, planned_on)
    return Paper(
        fact=fact["id"],
        doc_type=fact["doc_type"],
        need=need,
        condition=condition_words(fact, "condition") or None,
        applies=applies,
        owner=fact["owner_role"],
        met=met,
        why=why,
        oldest_on=_oldest(fact, planned_on),
        usable_until=until,
        held=reference,
        max_age=_age_in_words(fact),
        copy_rule=(fact.get("copy_rule") or {}).get("value"),
        patient_name=(fact.get("privacy_rule") or {}).get("patient_name"),
        language_rule=(fact.get("language_rule") or {}).get("value"),
        note=fact.get("note", ""),
        basis=fact["basis"],
        sources=tuple(fact["source"]),
        confidence=fact["confidence"],
    )


def _judge(
    fact: Mapping[str, Any], documents: tuple[DocumentHeld, ...], planned_on: date
) -> tuple[bool | None, str, date | None, str]:
    name = words.paper(fact["doc_type"])
    best: tuple[bool | None, str, date | None, str] = (False, f"There is no {name}.", None, "")
    for document in documents:
        if document.type != fact["doc_type"]:
            continue
        if UNUSABLE & set(document.states):
            if document.stale and not best[3]:
                best = (False, document.stale, None, "")
            continue
        until, age_unknown = fresh_until(document, fact)
        found: tuple[bool | None, str, date | None, str]
        if not FINISHED & set(document.states):
            found = (False, f"The {name} is received but not accepted.", until, document.reference)
        elif until is not None and planned_on > until:
            oldest = _oldest(fact, planned_on)
            again = f"; ask for one dated {words.day(oldest)} or later" if oldest else "; ask for a new one"
            why = f"The {name} can be used until {words.day(until)}, not on {words.day(planned_on)}{again}."
            found = (False, why, until, document.reference)
        elif age_unknown:
            found = (
                None,
                f"The {name} has no date, and it may be {_age_in_words(fact)} old.",
                until,
                document.reference,
            )
        else:
            found = (True, "", until, document.reference)
        if _rank(found[0]) > _rank(best[0]) or (found[0] == best[0] and (not best[3] or _later(found[2], best[2]))):
            best = found
    return best


def _rank(met: bool | None) -> int:
    return {True: 2, None: 1, False: 0}[met]


def _later(until: date | None, other: date | None) -> bool:
    return other is not None and (until is None or until > other)


def _oldest(fact: Mapping[str, Any], planned_on: date) -> date | None:
    """The earliest date such a paper may bear on the planned day."""
    if not fact.get("max_age"):
        return None
    probe = planned_on
    amount, unit = int(fact["max_age"]), fact["max_age_unit"]
    if unit in ("month", "year"):
        probe = add_months(planned_on, -amount * (12 if unit == "year" else 1))
    else:
        return planned_on - timedelta(days=amount * (7 if unit == "week" else 1))
    months = amount * (12 if unit == "year" else 1)
    # Month ends clamp in both directions: take the first day whose age limit still reaches the planned day.
    while add_months(probe, months) >= planned_on:
        probe -= timedelta(days=1)
    return probe + timedelta(days=1)


def _age_in_words(fact: Mapping[str, Any]) -> str:
    if not fact.get("max_age"):
        return ""
    unit = words.spaced(fact["max_age_unit"])
    plural = "" if fact["max_age"] == 1 else "s"
    return f"{fact['max_age']} {unit}{plural} from {words.spaced(fact['max_age_from'])}"
