"""What was prepared to be sent to an authority or a manufacturer, byte for byte."""

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Router

from cases.api.auth import only
from cases.api.documents import BINARY
from cases.api.shapes import Label
from cases.api.taking import found
from cases.documents.media import JSON, PDF, XML
from cases.people.roles import READ_WHOLE
from pharmacovigilance.artefacts import FORMS, NotKept, kept_bytes, transmission_of

router = Router(tags=["Safety"])
BYTES = {"responses": {"200": {"content": {kind.partition(";")[0]: BINARY for kind in (XML, PDF, JSON)}}}}


@router.get(
    "/cases/{reference}/transmissions/{label}/file",
    summary="What a transmission sends, byte for byte",
    openapi_extra=BYTES,
)
def read_sent_file(request: HttpRequest, reference: str, label: Label) -> HttpResponse:
    """Also where the papers of the case were erased: it shows no identity. Its SHA-256 is the ETag."""
    only(request, READ_WHOLE, "What was sent is read by the pharmacy and its auditors.")
    case = found(request, reference)
    transmission = transmission_of(case, label)
    if transmission is None:
        raise Http404(f"{case.reference} has no transmission of that label.")
    try:
        content = kept_bytes(transmission)
    except NotKept as gone:
        raise Http404(str(gone)) from gone
    headers = {"ETag": f'"{transmission.artefact_sha256}"'}
    return HttpResponse(content, content_type=FORMS[transmission.format].media_type, headers=headers)
