"""A locked version as the message that leaves: as a person reads it, and as the file itself."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from cases import clock
from cases.documents.media import XML
from pharmacovigilance.e2b.decoding import decoded
from pharmacovigilance.e2b.exporting import NotExportable, is_coded, recipients
from pharmacovigilance.e2b.reading import parts_of, root_of
from pharmacovigilance.e2b.schema import NoSchema
from pharmacovigilance.e2b.validating import check_root
from pharmacovigilance.messages import NotLocked, export_of
from pharmacovigilance.models import CaseVersion
from pharmacovigilance.senders import SenderUnreadable
from pharmacovigilance.web.desk import reader
from pharmacovigilance.web.named import version_named

PROFILE_NAMES = {"ich": "ICH", "fda": "FDA", "eu": "EudraVigilance"}


@login_required
def safety_message(request: HttpRequest, reference: str, label: str) -> HttpResponse:
    """Every element of the message with what it means, and what its recipient would find."""
    version, profile = _asked(request, reference, label)
    address = reverse("safety_message", args=[reference, version.label])
    page = {
        "version": version,
        "case": version.case,
        "profile": profile,
        "profiles": [
            {"label": words, "url": f"{address}?profile={name}", "current": name == profile}
            for name, words in PROFILE_NAMES.items()
        ],
        "recipient": recipients()[profile],
        "is_coded": is_coded(version.snapshot or {}),
        "fault": "",
    }
    try:
        root = root_of(export_of(version, profile=profile))
        checked = check_root(root, profile=profile, now=clock.now(), schemas=settings.NPP_ICH_SCHEMA_DIR)
    except (NotLocked, NotExportable, SenderUnreadable, NoSchema) as fault:
        return render(request, "pharmacovigilance/message.html", page | {"fault": str(fault)}, status=409)
    page |= {
        "sections": decoded(parts_of(root)),
        "checked": checked,
        "file": f"{reverse('safety_message_file', args=[reference, version.label])}?profile={profile}",
    }
    return render(request, "pharmacovigilance/message.html", page)


@login_required
def safety_message_file(request: HttpRequest, reference: str, label: str) -> HttpResponse:
    """The same as a file, byte for byte what ``e2b_export`` writes."""
    version, profile = _asked(request, reference, label)
    try:
        content = export_of(version, profile=profile)
    except (NotLocked, NotExportable, SenderUnreadable) as fault:
        raise Http404(str(fault)) from fault
    response = HttpResponse(content, content_type=XML)
    response["Content-Disposition"] = f'attachment; filename="{reference}-{version.label}-{profile}.xml"'
    return response


def _asked(request: HttpRequest, reference: str, label: str) -> tuple[CaseVersion, str]:
    """The version and the profile that an address names.

    :raises Http404: when this person sees no such case, or there is no such version or profile.
    """
    profile = request.GET.get("profile", "ich")
    version = version_named(reader(request), reference, label)
    if profile not in recipients():
        raise Http404("There is no such profile: ich, fda and eu are known.")
    return version, profile
