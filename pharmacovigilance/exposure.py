"""From a lot or a supplier to everybody exposed and every safety case, and back; one query each way (facts: 9.3, 5).

The supply side says who was given a pack of the lot; the safety side what was linked to it, each from its own rows, so
that a case that is missing on one side is seen.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat, JSONObject

from cases.custody.models import DoseAdministered, ExposureAssessment, Lot, Unit
from cases.models import Case
from pharmacovigilance.models import AdverseEvent, DosageLine


@dataclass(frozen=True, slots=True)
class Exposed:
    """One case that packs of the lot were for: how many, how many doses were given from them, when first and last."""

    case: str
    packs: int
    doses: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Linked:
    """One safety case that a line links to the lot, with its events."""

    case: str
    label: str
    line: str
    product: str
    worldwide_id: str
    events: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Warmed:
    """One judgement of the temperature of a journey that packs of the lot made."""

    case: str
    consignment: str
    finding: str
    lowest_c: str
    highest_c: str


@dataclass(frozen=True, slots=True)
class LotStory:
    """Everything about one lot: who supplied it, who was exposed, what was reported, how it travelled."""

    gtin: str
    number: str
    expires_on: date
    medicine: str
    supplier: str
    supplier_id: int
    exposed: tuple[Exposed, ...]
    linked: tuple[Linked, ...]
    warmed: tuple[Warmed, ...]

    @property
    def cases(self) -> frozenset[str]:
        """The cases with a safety case that is linked to it."""
        return frozenset(one.case for one in self.linked)


def stories(reach: Q, *, among: QuerySet[Case]) -> list[LotStory]:
    """The story of every lot within reach, by supplier and number: one query, however many lots and cases there are.

    :param reach: a condition on the lot, as ``Q(gtin=…, number=…)`` or ``Q(supplier=…)``.
    :param among: the cases that the reader may see; nothing is told of others.
    """
    lots = (
        Lot.objects.filter(reach)
        .select_related("medicine", "supplier")
        .annotate(
            exposed=ArraySubquery(_exposed(among)),
            linked=ArraySubquery(_linked(among)),
            warmed=ArraySubquery(_warmed(among)),
        )
        .order_by("supplier__name", "number", "gtin")
    )
    return [_story(lot) for lot in lots]


def lots_of(case: Case) -> frozenset[tuple[str, str]]:
    """The other way: GTIN and number of every lot that a safety case of this case is linked to; one query."""
    rows = DosageLine.objects.filter(case=case, lot__isnull=False).values_list("lot__gtin", "lot__number")
    return frozenset(rows)


def _exposed(among: QuerySet[Case]) -> QuerySet[Any]:
    """A row a pack, with the moments at which doses were given from it; grouped in Python, since packs are few."""
    given = DoseAdministered.objects.filter(unit=OuterRef("pk")).order_by("given_at").values("given_at")
    packs = Unit.objects.filter(lot=OuterRef("pk"), case__in=among).order_by("case__reference", "serial")
    found: QuerySet[Any] = packs.values(
        found=JSONObject(case="case__reference", given=ArraySubquery(given), handed="consignment__dispensed_at")
    )
    return found


def _linked(among: QuerySet[Case]) -> QuerySet[Any]:
    events = AdverseEvent.objects.filter(safety_case=OuterRef("safety_case")).order_by("number")
    told = events.values(
        found=JSONObject(
            number="number", verbatim="verbatim", started="started", criteria="criteria", outcome="outcome"
        )
    )
    lines = DosageLine.objects.filter(lot=OuterRef("pk"), case__in=among).order_by("case__reference", "number")
    found: QuerySet[Any] = lines.values(
        found=JSONObject(
            case="case__reference",
            safety_case="safety_case__number",
            line="number",
            product=Concat(Value("MP-"), Cast("product__number", CharField())),
            worldwide_id="safety_case__worldwide_id",
            events=ArraySubquery(told),
        )
    )
    return found


def _warmed(among: QuerySet[Case]) -> QuerySet[Any]:
    judged = ExposureAssessment.objects.filter(consignment__units__lot=OuterRef("pk"), consignment__case__in=among)
    found: QuerySet[Any] = judged.order_by("pk").values(
        found=JSONObject(
            at="pk",
            case="consignment__case__reference",
            consignment="consignment__number",
            finding="finding",
            lowest="lowest_c",
            highest="highest_c",
        )
    )
    return found


def _story(lot: Any) -> LotStory:
    packs: dict[str, list[dict[str, Any]]] = {}
    for pack in lot.exposed or ():
        packs.setdefault(pack["case"], []).append(pack)
    return LotStory(
        gtin=lot.gtin,
        number=lot.number,
        expires_on=lot.expires_on,
        medicine=str(lot.medicine),
        supplier=lot.supplier.name,
        supplier_id=lot.supplier_id,
        exposed=tuple(_exposure(case, own) for case, own in packs.items()),
        linked=tuple(
            Linked(
                case=one["case"],
                label=f"SC-{one['safety_case']}",
                line=f"DL-{one['line']}",
                product=one["product"],
                worldwide_id=one["worldwide_id"],
                events=tuple(one["events"]),
            )
            for one in lot.linked or ()
        ),
        warmed=tuple(_warmth(one) for one in {one["at"]: one for one in lot.warmed or ()}.values()),
    )


def _exposure(case: str, packs: list[dict[str, Any]]) -> Exposed:
    given = sorted(datetime.fromisoformat(at) for pack in packs for at in pack["given"])
    return Exposed(case, len(packs), len(given), given[0] if given else None, given[-1] if given else None)


def _warmth(one: dict[str, Any]) -> Warmed:
    lowest, highest = ("" if one[name] is None else f"{float(one[name]):.1f}" for name in ("lowest", "highest"))
    finding = dict(ExposureAssessment.Finding.choices).get(one["finding"], one["finding"])
    return Warmed(one["case"], f"C-{one['consignment']}", str(finding), lowest, highest)
