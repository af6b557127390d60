"""The version of a safety case that somebody names on the command line."""

from django.core.management.base import CommandError

from pharmacovigilance.models import CaseVersion


def version_named(named: str, *, command: str) -> CaseVersion:
    """The version with its case and pharmacy: ``REFERENCE/V-1``, or the key of its row.

    :raises CommandError: with exit status 2, when it names none.
    """
    reference, _, label = named.rpartition("/")
    number = label.upper().removeprefix("V-")
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        raise CommandError(f"{command}: {named!r} names no version; write REFERENCE/V-1.", returncode=2)
    wanted = {"case__reference": reference, "number": number} if reference else {"pk": number}
    found = CaseVersion.objects.select_related("case__pharmacy", "safety_case").filter(**wanted).first()
    if found is None:
        raise CommandError(f"{command}: there is no version {named}; write REFERENCE/V-1.", returncode=2)
    return found
