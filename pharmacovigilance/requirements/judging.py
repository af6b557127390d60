"""What the events, products and judgements of a version must hold before it is assessed and locked."""

from collections.abc import Iterator

from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from pharmacovigilance.linking import doubts_of
from pharmacovigilance.models import Assessment, CaseVersion, ReferenceSafetyInformation
from pharmacovigilance.summing import EXPECTED, RELATED, Pair, causality_of, expected_of, worst_criterion
from pharmacovigilance.terms import FATAL, OPEN_VERSION, WHOLE
from pharmacovigilance.verbs.events import open_safety_cases
from pharmacovigilance.working import judgements_of, pairs_of

REVISIONS = (
    "pharmacovigilance.event.revise",
    "pharmacovigilance.event.code",
    "pharmacovigilance.product.revise",
    "pharmacovigilance.line.explain",
)
ADDITIONS = (
    "pharmacovigilance.event.add",
    "pharmacovigilance.product.add",
    "pharmacovigilance.line.add",
    "pharmacovigilance.assessment.who_umc",
    "pharmacovigilance.assessment.naranjo",
    "pharmacovigilance.assessment.expectedness",
    "pharmacovigilance.assessment.rechallenge",
)
ASSESS, LOCK = "pharmacovigilance.version.assess", "pharmacovigilance.version.lock"
PHARMACIST = "the assessing pharmacist"


@requirement(
    "VersionIsBeingDrafted",
    "A version of the safety case is being drafted",
    on=(*ADDITIONS, *REVISIONS),
    satisfied_by="a pharmacist: draft a further version, for new information or as a correction",
    rule="house rule P-15, version 1",
)
def version_is_being_drafted(situation: Situation) -> Finding:
    if situation.verb.code in ADDITIONS:
        found = [str(one.label) for one in open_safety_cases(situation)]
        return Finding(met=bool(found), fact=f"Open: {', '.join(found)}." if found else "Every version is locked.")
    safety_case = getattr(situation.subject, "safety_case", None)
    if safety_case is None:
        return Finding(met=None, fact="No record of a safety case was named.")
    version = safety_case.versions.filter(state__in=OPEN_VERSION).order_by("version").last()
    return Finding(
        met=version is not None,
        fact=f"{version.label} is open." if version else f"Every version of {safety_case.label} is locked.",
    )


@requirement(
    "PairIsOfOneSafetyCase",
    "The event and the product are of the same safety case",
    on=tuple(code for code in ADDITIONS if ".assessment." in code),
    satisfied_by=PHARMACIST,
    rule="house rule P-16, version 1",
)
def pair_is_of_one_safety_case(situation: Situation) -> Finding:
    event, product = situation.facts.get("event"), situation.facts.get("product")
    if event is None or product is None:
        return Finding(met=True, fact="Both are chosen in the form.")
    return Finding(
        met=event.safety_case_id == product.safety_case_id, fact=f"{event.label} and {product.label} were chosen."
    )


@requirement(
    "LineHasLotOrReason",
    "The line names one lot, or says why none",
    on=("pharmacovigilance.line.add",),
    satisfied_by="whoever holds the pack",
    rule="house rule P-17, version 1 (custody invariant I20)",
)
def line_has_lot_or_reason(situation: Situation) -> Finding:
    facts = situation.facts
    if "product" not in facts:
        return Finding(met=True, fact="Given in the form.")
    dose, lot = facts.get("dose"), facts.get("lot")
    from_dose = dose.unit.lot if dose is not None and dose.unit is not None else None
    if from_dose is not None and lot is not None and from_dose != lot:
        return Finding(met=False, fact=f"The dose came from lot {from_dose.number}, and lot {lot.number} was chosen.")
    if len(facts.get("lot_said", "")) > 35:
        return Finding(met=False, fact=f"“{facts['lot_said'][:60]}” is longer than the 35 characters a lot may have.")
    if (linked := from_dose or lot) is not None:
        return Finding(met=True, fact=f"Lot {linked.number}.")
    return Finding(met=bool(facts.get("remark")), fact=facts.get("remark") or "Neither lot nor reason is given.")


@requirement(
    "EditionNamed",
    "What is expected is listed in a dated edition of the reference safety information",
    on=(ASSESS, "pharmacovigilance.assessment.expectedness"),
    satisfied_by="the assessing pharmacist, by filing the edition; without it the event is unexpected",
    rule="house rule P-18, version 1 (ICH E2A II.C)",
)
def edition_named(situation: Situation) -> Finding:
    facts = situation.facts
    said = facts.get("expected") == "yes" or facts.get("result") == EXPECTED
    edition: ReferenceSafetyInformation | None = facts.get("reference")
    if edition is not None and edition.dated_on > situation.now.date():
        return Finding(met=False, fact=f"{edition} is not in force yet.")
    if edition is not None:
        return Finding(met=True, fact=f"{edition}.")
    return Finding(met=not said, fact="Expected, and no edition is named." if said else "Not said to be expected.")


@requirement(
    "SeriousnessIsTheWorst",
    "The version is as serious as its worst event",
    on=(ASSESS, LOCK),
    satisfied_by=PHARMACIST,
    rule="house rule P-19, version 2 (ICH E2A II.B)",
)
def seriousness_is_the_worst(situation: Situation) -> Finding:
    version = situation.subject
    if not isinstance(version, CaseVersion):
        return Finding(met=None, fact="No version was named.")
    events = list(version.safety_case.events.order_by("number"))
    serious = [event for event in events if event.criteria]
    said = situation.facts.get("serious", version.serious)
    criterion = situation.facts.get("seriousness_criterion", version.seriousness_criterion) if said else ""
    worst = worst_criterion(code for event in serious for code in event.criteria)
    told = ", ".join(f"{event.label} ({', '.join(event.criteria).replace('_', ' ')})" for event in serious)
    # Of a single event the form itself says it, and may name a graver criterion than stood there.
    is_open = "serious" not in situation.facts or not criterion or worst_criterion([worst, criterion]) != worst
    if len(events) < 2 and situation.verb.code == ASSESS and is_open:
        return Finding(met=True, fact="One event: judged in the form.")
    if bool(serious) != said:
        return Finding(met=False, fact=f"Serious: {told}." if serious else "Serious as a whole, and no event is.")
    # That none was named at all is another requirement's finding.
    if criterion and criterion != worst:
        return Finding(
            met=False,
            fact=f"Serious: {told}. Named as a whole: {criterion.replace('_', ' ')}. Name the gravest, or revise the "
            "event that does not meet it.",
        )
    return Finding(met=True, fact=f"Serious: {told}." if serious else "No event is serious.")


@requirement(
    "SummaryAgreesWithPairs",
    "The summary says no less than the judgements of the pairs",
    on=(ASSESS,),
    satisfied_by=PHARMACIST,
    rule="house rule P-24, version 1 (EU GVP VI.B.1.1: a reporter's suspicion is not argued away)",
)
def summary_agrees_with_pairs(situation: Situation) -> Iterator[Finding]:
    version, facts = situation.subject, situation.facts
    if not isinstance(version, CaseVersion) or "causality" not in facts:
        yield Finding(met=True, fact="Given in the form.")
        return
    # What we said as a whole before is what this form says anew.
    judged = [one for one in judgements_of(version.safety_case) if (one.source, one.method) != ("pharmacist", WHOLE)]
    pairs = _pairs(version)
    if causality_of(judged, pairs) == RELATED and facts["causality"] != RELATED:
        yield Finding(met=False, fact=f"Related by {_by(judged)}.")
    elif expected_of(judged, pairs) is False and facts["expected"] == "yes":
        yield Finding(met=False, fact="A pair was judged unexpected.")
    else:
        yield Finding(met=True, fact=f"{len(judged)} judgements of pairs.")


@requirement(
    "EveryPairIsJudged",
    "Every serious event is judged against every suspect product",
    on=(LOCK,),
    satisfied_by=PHARMACIST,
    rule="house rule P-25, version 1",
    overridable=True,
)
def every_pair_is_judged(situation: Situation) -> Finding:
    version = situation.subject
    if not isinstance(version, CaseVersion):
        return Finding(met=None, fact="No version was named.")
    judged = {Pair(one.event_id, one.product_id) for one in judgements_of(version.safety_case)}
    serious = {event.pk: event.label for event in version.safety_case.events.all() if event.criteria}
    products = {product.pk: product.label for product in version.safety_case.products.all()}
    open_ones = [
        f"{serious[pair.event]} × {products[pair.product]}"
        for pair in _pairs(version)
        if pair.event in serious and pair not in judged
    ]
    if version.causality == CaseVersion.Causality.NOT_ASSESSED and open_ones:
        return Finding(met=True, fact=f"Said to be not assessed: {', '.join(open_ones)}.")
    return Finding(met=not open_ones, fact=f"Not judged: {', '.join(open_ones)}." if open_ones else "All are.")


@requirement(
    "FatalOutcomeIsADeath",
    "A fatal outcome goes with the criterion death",
    on=(LOCK,),
    satisfied_by=PHARMACIST,
    rule="house rule P-26, version 1 (facts: invariant 7)",
    overridable=True,
)
def fatal_outcome_is_a_death(situation: Situation) -> Finding:
    version = situation.subject
    if not isinstance(version, CaseVersion):
        return Finding(met=None, fact="No version was named.")
    odd = [
        event.label
        for event in version.safety_case.events.order_by("number")
        if event.outcome == FATAL and "death" not in event.criteria
    ]
    return Finding(met=not odd, fact=f"Fatal, and not serious by death: {', '.join(odd)}." if odd else "None is odd.")


@requirement(
    "LinkedLotWasInReach",
    "A linked lot was in the patient's reach before the event, or it is said why it counts",
    on=(LOCK,),
    satisfied_by="a pharmacist, by answering the doubt about the line",
    rule="house rule P-27, version 1 (facts: invariant 6)",
)
def linked_lot_was_in_reach(situation: Situation) -> Iterator[Finding]:
    version = situation.subject
    if not isinstance(version, CaseVersion):
        yield Finding(met=None, fact="No version was named.")
        return
    doubts = doubts_of(version.safety_case)
    for doubt in doubts:
        answered = f" Answered: {doubt.reason}" if doubt.reason else ""
        yield Finding(met=bool(doubt.reason), fact=f"{doubt.line.label}: {doubt.sentence}{answered}")
    if not doubts:
        yield Finding(met=True, fact="No lot is in doubt.")


def _pairs(version: CaseVersion) -> list[Pair]:
    safety_case = version.safety_case
    return pairs_of(list(safety_case.events.order_by("number")), list(safety_case.products.order_by("number")))


def _by(judged: list[Assessment]) -> str:
    related = [one for one in judged if causality_of([one], [Pair(one.event_id, one.product_id)]) == RELATED]
    return ", ".join(f"{one.label} ({one.get_source_display()}, {one.get_method_display()})" for one in related)
