"""The working state of a safety case while a version is open: its events, its products, the pairs to be judged."""

from collections.abc import Iterable, Sequence

from cases.lifecycle.verbs import next_number
from pharmacovigilance.linking import link
from pharmacovigilance.models import AdverseEvent, Assessment, CaseVersion, ReportedProduct, SafetyCase
from pharmacovigilance.summing import Pair, worst_criterion


def begin(
    version: CaseVersion, *, language: str = "en", started: str = "", outcome: str = "", criteria: Iterable[str] = ()
) -> ReportedProduct:
    """The programme's own product of the safety case; with the first event it is made when there is none yet.

    Versions that were locked before events were records of their own begin here too, with what they say.
    """
    case, safety_case = version.case, version.safety_case
    if not safety_case.events.exists():
        AdverseEvent.objects.create(
            case=case,
            safety_case=safety_case,
            number=next_number(case.adverse_events),
            verbatim=version.event_verbatim,
            language=language,
            started=started,
            criteria=sorted({version.seriousness_criterion, *criteria} - {""}) if version.serious else [],
            outcome=outcome or "0",
            country=case.country,
        )
    product = safety_case.products.filter(is_ours=True).order_by("number").first()
    if product is None:
        medicine = case.medicine
        product = ReportedProduct.objects.create(
            case=case,
            safety_case=safety_case,
            number=next_number(case.reported_products),
            name=medicine.name,
            strength=medicine.strength,
            form=medicine.form,
            manufacturer=medicine.manufacturer,
            is_ours=True,
            indication=case.indication[:250],
        )
        if version.lot is not None and version.version > 1:
            link(product, lot=version.lot)
    return product


def name_criterion(version: CaseVersion) -> None:
    """What the version as a whole says of seriousness is said of its event, where it has only one.

    Of several events each is judged by itself, and the version must agree with them (`SeriousnessIsTheWorst`).
    """
    events = list(version.safety_case.events.all()[:2])
    if len(events) != 1:
        return
    event, said = events[0], version.seriousness_criterion
    wanted = sorted({*event.criteria, said} - {""}) if version.serious else []
    if wanted != event.criteria:
        event.criteria = wanted
        event.save(update_fields=["criteria"])


def pairs_of(events: Sequence[AdverseEvent], products: Sequence[ReportedProduct]) -> list[Pair]:
    """Every event against every suspect product: what has to be judged."""
    return [Pair(event.pk, product.pk) for event in events for product in products if product.is_suspect]


def criterion_of(safety_case: SafetyCase) -> str:
    """The gravest criterion that any event of it meets; empty when none does."""
    return worst_criterion(code for event in safety_case.events.all() for code in event.criteria)


def judgements_of(safety_case: SafetyCase) -> list[Assessment]:
    """Every judgement of its pairs, oldest first."""
    return list(
        Assessment.objects.filter(event__safety_case=safety_case)
        .select_related("event", "product", "reference", "assessed_by")
        .order_by("number")
    )
