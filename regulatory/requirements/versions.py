"""What a case rests on: a version of the pathway that the pharmacist in charge signed."""

from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from regulatory.models import STOPPED, ProfileVersion
from regulatory.operated import for_a_known_patient, is_stock
from regulatory.pathway import local_day, named, profile_of
from regulatory.profiles import words
from regulatory.requirements.common import SHIPPING, SUPPLY_STAGES
from regulatory.standing_authority import differs, is_drawn_from_stock, stock_that_covers


@requirement(
    "PatientAsThePathwayAsks",
    "There is a patient, or the pathway is for stock before any patient is known",
    on=("cases.case.open",),
    satisfied_by="whoever opens the case, by naming the patient, or by opening the case of the stock first",
    rule="domain rule: no patient is made up for stock (facts, section 6, rule 15)",
)
def patient_as_the_pathway_asks(situation: Situation) -> Finding:
    """A patient's case on a pathway for stock files nothing: it is opened when there is something to draw."""
    case = situation.case
    version = case.profile_version
    profile, name = profile_of(version), named(version)
    if not is_stock(profile):
        told = "." if case.patient else ": it asks for a patient, and none is named."
        return Finding(met=not case.is_stock, fact=f"{name}: {words.spaced(profile.scope)}{told}")
    if case.is_stock:
        return Finding(met=True, fact=f"{name}: stock of {case.institution}, before any patient is known.")
    there = stock_that_covers(case)
    if there:
        packs = sum(one.packs for one in there)  # type: ignore[attr-defined]
        return Finding(met=True, fact=f"{name}: {packs} packs are on hand in stock of {case.institution}.")
    return Finding(
        met=False,
        fact=f"{name}: no stock of {case.medicine} that covers this case is on hand at {case.institution}. Open the "
        f"case of the stock first, without a patient; {for_a_known_patient(profile)}",
        sources=(str(version),),
    )


@requirement(
    "SupplyIsDrawn",
    "The case has a supply of its own to plan",
    on=("custody.consignment.plan",),
    satisfied_by="whoever draws it from stock; what is to be sent is planned in the case of the stock",
    rule="house rule R-40, version 1: what is authorized as stock is sent as stock",
)
def supply_is_drawn(situation: Situation) -> Finding:
    if not is_drawn_from_stock(situation.case):
        return Finding(met=True, fact="Its supply is planned in this case.")
    return Finding(
        met=False,
        fact=f"This case is supplied from stock of {situation.case.institution}: draw it from there.",
        remedy=("Draw it from stock", "custody.consignment.draw"),
    )


@requirement(
    "StockCoversTheCase",
    "The stock's authorization covers this patient's case, and is not stopped",
    on=("custody.consignment.draw",),
    satisfied_by="the authority; or the case, by the prescriber and the indication that the letter names",
    rule="the pathway's gates: what an authorization covers",
)
def stock_covers_the_case(situation: Situation) -> Finding:
    stock = situation.facts.get("stock")
    if stock is None:
        return Finding(met=True, fact="The stock is chosen in the form.")
    authorization = stock.authorization
    if authorization is None:
        return Finding(met=True, fact="The pathway names no authorization that a consignment of stock goes under.")
    label = authorization.named_in(situation.case.pk)
    if authorization.state in STOPPED:
        return Finding(met=False, fact=f"{label} is {authorization.get_state_display()}.", sources=(label,))
    if other := differs(authorization, situation.case):
        told = f"{label} does not cover this case: another {', another '.join(other)}."
        return Finding(met=False, fact=told, sources=(label,))
    return Finding(met=True, fact=f"{label} covers this case.", sources=(label,))


@requirement(
    "ProfileVersionSigned",
    "The pathway version is signed",
    on=("cases.case.open", "cases.case.begin_filing", "regulatory.filing.submit", *SUPPLY_STAGES, *SHIPPING),
    satisfied_by="the pharmacist in charge, by reviewing and signing the version",
    rule="domain rule: a live case rests only on a signed version",
)
def profile_version_signed(situation: Situation) -> Finding:
    version, case = situation.case.profile_version, situation.case
    if version.jurisdiction != case.country:
        return Finding(
            met=False,
            fact=f"{version} is a pathway of {version.jurisdiction}; the case goes to {case.country}.",
            sources=(str(version),),
        )
    if version.is_demonstration and not case.pharmacy.is_demonstration:
        return Finding(
            met=False,
            fact=f"{named(version)} may only carry cases of a demonstration pharmacy.",
            sources=(str(version),),
        )
    today = local_day(profile_of(version), situation.now)
    is_retired = version.status == ProfileVersion.Status.RETIRED
    # The version before one that is signed for a later day holds until then.
    still = is_retired and ProfileVersion.objects.filter(ProfileVersion.in_use_on(today), pk=version.pk).exists()
    if is_retired and version.signed_sha256 and (case.pk or still):
        ended = f" from {version.effective_to:%Y-%m-%d}" if version.effective_to else ""
        if still:
            fact = f"{named(version)} was signed and holds until {version.effective_to:%Y-%m-%d}; another follows it."
        else:
            fact = f"{named(version)} was signed, and retired{ended}; the case keeps it until a person moves it."
        return Finding(met=True, fact=fact, sources=(str(version),))
    if not version.is_signed:
        return Finding(
            met=False,
            fact=f"{named(version)} is {version.get_status_display()}: nobody has signed it.",
            sources=(str(version),),
        )
    signed = f"{named(version)}, signed by {version.signed_by} on {version.signed_at:%Y-%m-%d}"
    stale = "; its review date is past: have it checked" if version.is_stale_on(today) else ""
    begun = version.effective_from is None or version.effective_from <= today
    fact = f"{signed}{stale}." if begun else f"{signed}; it holds from {version.effective_from:%Y-%m-%d} only."
    return Finding(met=begun, fact=fact, sources=(str(version),))
