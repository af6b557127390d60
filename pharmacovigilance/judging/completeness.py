"""How complete a version is for judging causality, after the published vigiGrade score, and what to ask next.

The score begins at 1 and is multiplied by (1 - penalty) for each dimension of which nothing is known: a product of
short decimals, exact. Dimensions and penalties are data (``data/completeness.json`` names their sources). Of several
events and suspect products each pair is scored and the mean is taken, to 28 digits; that the authors take the mean is
recalled, not read. A report is well documented above 0.8, as the authors set it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from pharmacovigilance.judging.spans import span

FORMAT: Final = "npp-case-version/2"
WELL_DOCUMENTED: Final = Decimal("0.8")
SUSPECTED: Final = ("1", "3")  # G.k.1: suspect, interacting
_UNKNOWN: Final = ("", "0", "not_known", "unknown")
_A_MONTH: Final = 31  # days
_NOTHING: Final = Decimal(0)

Pair = tuple[Mapping[str, Any], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Dimension:
    """One thing that a report tells. ``of`` says whether it hangs on the report, an event, a product or a pair."""

    code: str
    label: str
    penalty: Decimal
    of: str
    element: str
    question: str


@dataclass(frozen=True, slots=True)
class Scale:
    dimensions: tuple[Dimension, ...]
    partial: Mapping[str, Decimal]
    uninformative: frozenset[str]
    source: str
    status: str
    confidence: str
    recalled: str

    @property
    def provenance(self) -> str:
        """Where the score comes from and how far it can be trusted: stands wherever the score is shown."""
        known = f"{self.source}; {self.confidence} confidence, not reviewed."
        return f"{known} Recalled, not read in a source: {self.recalled}."


@dataclass(frozen=True, slots=True)
class Missing:
    """A dimension that is missing, or known in part: what it costs and what to ask.

    :param event: the number of the event it is asked for; ``None`` for the report as a whole.
    :param product: the same for a product.
    """

    dimension: Dimension
    penalty: Decimal
    event: int | None
    product: int | None

    @property
    def question(self) -> str:
        return self.dimension.question

    @property
    def element(self) -> str:
        return self.dimension.element


@dataclass(frozen=True, slots=True)
class Grade:
    """The score, above 0 and at most 1, and what is missing, the dearest first."""

    score: Decimal
    missing: tuple[Missing, ...]

    @property
    def is_well_documented(self) -> bool:
        return self.score > WELL_DOCUMENTED


@lru_cache(maxsize=1)
def scale() -> Scale:
    """The dimensions with their penalties, and the words that count as nothing said."""
    read = json.loads((Path(__file__).parent / "data" / "completeness.json").read_text(encoding="utf-8"))
    return Scale(
        dimensions=tuple(Dimension(**row | {"penalty": Decimal(row["penalty"])}) for row in read["dimensions"]),
        partial={name: Decimal(penalty) for name, penalty in read["partial"].items()},
        uninformative=frozenset(read["uninformative"]),
        source=read["source"],
        status=read["status"],
        confidence=read["confidence"],
        recalled=read["recalled"],
    )


def grade(snapshot: Mapping[str, Any]) -> Grade:
    """The grade of a snapshot of form 2.

    :raises ValueError: when the snapshot is of another form, or holds a date that is none.
    """
    if snapshot.get("format") != FORMAT:
        raise ValueError(f"Completeness is graded for a snapshot of the form {FORMAT}, not {snapshot.get('format')!r}.")
    pairs = [(event, product) for event in _events(snapshot) for product in _suspects(snapshot)]
    missing: dict[Missing, None] = {}
    total = Decimal(0)
    for pair in pairs:
        score = Decimal(1)
        for one in _missing(snapshot, pair):
            score *= 1 - one.penalty
            missing[one] = None
        total += score
    return Grade(total / len(pairs), tuple(sorted(missing, key=lambda one: -one.penalty)))


def _events(snapshot: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(snapshot.get("events", [])) or [{}]


def _suspects(snapshot: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one for one in snapshot.get("products", []) if one.get("role") in SUSPECTED] or [{}]


def _missing(snapshot: Mapping[str, Any], pair: Pair) -> Iterator[Missing]:
    event, product = pair
    costs = {
        "time_to_onset": lambda whole: _onset_cost(event, product, whole),
        "indication": lambda whole: _cost(_says(product.get("indication")), whole),
        "outcome": lambda whole: _cost(event.get("outcome", "") not in _UNKNOWN, whole),
        "sex": lambda whole: _cost(_patient(snapshot).get("sex", "") not in _UNKNOWN, whole),
        "age": lambda whole: _age_cost(_patient(snapshot), whole),
        "dose": lambda whole: _cost(any(_says(line.get("amount")) for line in product.get("lines", [])), whole),
        "country": lambda whole: _cost(bool(event.get("country") or snapshot.get("country")), whole),
        "reporter": lambda whole: _cost(_is_qualified(snapshot), whole),
        # Whether a report is solicited follows from the programme that the medicine is supplied under.
        "report_type": lambda whole: _cost(bool(snapshot.get("pathway")), whole),
        "comments": lambda whole: _cost(_says(snapshot.get("judged", {}).get("narrative")), whole),
    }
    for dimension in scale().dimensions:
        penalty = costs[dimension.code](dimension.penalty)
        if penalty:
            yield Missing(
                dimension,
                penalty,
                event=event.get("number") if dimension.of in ("event", "pair") else None,
                product=product.get("number") if dimension.of in ("product", "pair") else None,
            )


def _cost(is_known: bool, whole: Decimal) -> Decimal:
    return _NOTHING if is_known else whole


def _says(text: object) -> bool:
    """Whether words say anything: "n/a" and the like do not."""
    return str(text or "").strip(" .").lower() not in scale().uninformative


def _patient(snapshot: Mapping[str, Any]) -> Mapping[str, Any]:
    return snapshot.get("patient") or {}


def _is_qualified(snapshot: Mapping[str, Any]) -> bool:
    return any(report.get("qualification", "") not in _UNKNOWN for report in snapshot.get("reports", []))


def _age_cost(patient: Mapping[str, Any], whole: Decimal) -> Decimal:
    if (patient.get("age") or {}).get("value"):
        return _NOTHING
    return scale().partial["age_group"] if patient.get("age_group") else whole


def _onset_cost(event: Mapping[str, Any], product: Mapping[str, Any], whole: Decimal) -> Decimal:
    """Nothing where it is plain which came first; else by how wide the less precise of both dates is."""
    starts = [line["first_given_at"] for line in product.get("lines", []) if line.get("first_given_at")]
    if not starts or not event.get("started"):
        return whole
    given = min(map(span, starts))
    onset = span(event["started"])
    if given[1] < onset[0] or onset[1] < given[0] or given == onset == (onset[0], onset[0]):
        return _NOTHING
    widest = max((last - first).days + 1 for first, last in (given, onset))
    partial = "time_to_onset_over_a_month" if widest > _A_MONTH else "time_to_onset_within_a_month"
    return scale().partial[partial]
