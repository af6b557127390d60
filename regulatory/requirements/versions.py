"""What a case rests on: a version of the pathway that the pharmacist in charge signed."""

from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from regulatory.models import ProfileVersion
from regulatory.operated import is_stock, not_done_on
from regulatory.pathway import local_day, named, profile_of
from regulatory.profiles import words
from regulatory.requirements.common import SHIPPING, SUPPLY_STAGES


@requirement(
    "PathwayIsForOnePatient",
    "The pathway is for a patient who is known",
    on=("cases.case.open",),
    satisfied_by="whoever opens the case, by taking the country's pathway for named patients",
    rule="domain rule: no patient is made up for stock (facts, section 6, rule 15)",
)
def pathway_is_for_one_patient(situation: Situation) -> Finding:
    """Stock is authorized before there is a patient; a case of it would need one that does not exist."""
    version = situation.case.profile_version
    profile = profile_of(version)
    if not is_stock(profile) or (told := not_done_on(profile)) is None:
        return Finding(met=True, fact=f"{named(version)}: {words.spaced(profile.scope)}.")
    return Finding(met=False, fact=f"{named(version)}: {told}", sources=(str(version),))


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
