"""The version of a safety case, or the transmission, that an address names."""

from django.http import Http404

from cases import clock
from cases.access import case_for
from cases.people.models import User
from pharmacovigilance.artefacts import transmission_of
from pharmacovigilance.models import CaseVersion, Transmission


def version_named(person: User, reference: str, label: str) -> CaseVersion:
    """The version with its case.

    :raises Http404: when this person sees no such case, or there is no such version.
    """
    case = case_for(person, reference, now=clock.now())
    version = next((one for one in case.case_versions.select_related("safety_case") if one.label == label), None)
    if version is None:
        raise Http404("There is no such version of a safety case.")
    version.case = case
    return version


def transmission_named(person: User, reference: str, label: str) -> Transmission:
    """The transmission with its version and case.

    :raises Http404: when this person sees no such case, or it has no such transmission.
    """
    case = case_for(person, reference, now=clock.now())
    found = transmission_of(case, label)
    if found is None:
        raise Http404(f"{case.reference} has no transmission of that label.")
    return found
