"""What safety cases tell, read from their records for comparing: five queries for any number of them."""

from django.db.models import Prefetch, Q, QuerySet

from pharmacovigilance.duplicates.comparing import Told, words_of
from pharmacovigilance.judging.completeness import SUSPECTED
from pharmacovigilance.judging.spans import span
from pharmacovigilance.models import CaseVersion, OtherIdentifier, ReportedProduct, SafetyCase


def told_of(rows: QuerySet[SafetyCase]) -> list[Told]:
    """What each of these tells, in the order of their keys."""
    with_records = rows.select_related("case__patient", "case__medicine").prefetch_related(
        Prefetch("versions", CaseVersion.objects.defer("snapshot").order_by("version")),
        "events",
        "products",
        "other_identifiers",
    )
    return [_told(row) for row in with_records.order_by("pk")]


def near(safety_case: SafetyCase) -> QuerySet[SafetyCase]:
    """The other safety cases of the pharmacy that could be a candidate with this one at all.

    Another patient and another product never are: no sum of the other features reaches the least score then.
    """
    case = safety_case.case
    patient = case.patient
    numbers = [safety_case.worldwide_id, *safety_case.other_identifiers.values_list("identifier", flat=True)]
    products = Q()
    for name in _products(safety_case):
        products |= Q(name__iexact=name)
    could = (
        (Q(case__patient=patient) if patient else Q(case=case))
        | Q(worldwide_id__in=numbers)
        | Q(pk__in=OtherIdentifier.objects.filter(identifier__in=numbers).values("safety_case"))
    )
    if products:
        could |= Q(pk__in=ReportedProduct.objects.filter(products, role__in=SUSPECTED).values("safety_case"))
    if patient and patient.person_index:
        could |= Q(case__patient__person_index=patient.person_index)
    return SafetyCase.objects.filter(could, case__pharmacy=case.pharmacy_id).exclude(pk=safety_case.pk)


def _told(row: SafetyCase) -> Told:
    case, patient, events = row.case, row.case.patient, list(row.events.all())
    version = next(iter(reversed(row.versions.all())), None)
    words: dict[str, frozenset[str]] = {}
    for event in events:
        words[event.language] = words.get(event.language, frozenset()) | words_of(event.verbatim)
    # Of stock no patient is known: it is alike to nothing but itself.
    person = [f"patient {patient.pk}"] if patient else [f"case {case.pk}"]
    if patient and patient.person_index:
        person.append(f"index {patient.person_index}")
    return Told(
        key=row.pk,
        person=frozenset(person),
        numbers=frozenset({row.worldwide_id, *(one.identifier for one in row.other_identifiers.all())}),
        products=_products(row),
        words=words,
        codes=frozenset(event.meddra_code for event in events if event.meddra_code),
        onsets=tuple(span(event.started) for event in events if event.started),
        sex=version.patient.get("sex", "") if version else "",
        birth_year=patient.birth_year if patient else None,
        country=case.country,
    )


def _products(row: SafetyCase) -> frozenset[str]:
    return frozenset(one.name.casefold() for one in row.products.all() if one.role in SUSPECTED)
