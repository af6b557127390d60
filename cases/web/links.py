"""The links in letters: a page that waits for Continue, the one thing it opens, a new link for an old one (ADR 11)."""

from datetime import datetime, timedelta
from typing import Any, Final

from allauth.core import ratelimit
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from cases import clock
from cases.audit.context import acting
from cases.clocks import write_with_link
from cases.documents import services as papers
from cases.documents.models import DocumentSlot
from cases.documents.queries import open_slots
from cases.documents.receiving import limit_bytes
from cases.models import Case
from cases.people.links import link_with, may_have_another, spend_link
from cases.people.models import AccessLink
from cases.web.errors import too_many
from cases.web.papers import arrived, take_upload, upload_page

OPENED: Final = "opened_link"
SENT: Final = "sent_by_link"
# A paper is sent at once; an inspection goes on in a cold room, with the connection lost now and then.
# Of a side effect something is often remembered later in the day.
OPEN_FOR: Final = {
    AccessLink.Purpose.UPLOAD: timedelta(hours=1),
    AccessLink.Purpose.RECEIVE: timedelta(hours=8),
    AccessLink.Purpose.REPORT: timedelta(hours=12),
}
LEADS_TO: Final = {
    AccessLink.Purpose.UPLOAD: "send_by_link",
    AccessLink.Purpose.RECEIVE: "receive_by_link",
    AccessLink.Purpose.REPORT: "report_by_link",
}
# Which letter asked for it, by the purpose of its link and whether the link names a record.
LETTERS: Final[dict[tuple[str, bool], str]] = {
    (AccessLink.Purpose.SIGN, False): "cases.determination_asked",
    (AccessLink.Purpose.SIGN, True): "custody.second_check_asked",
    (AccessLink.Purpose.UPLOAD, True): "documents.slot_asked",
    (AccessLink.Purpose.RECEIVE, True): "custody.receiving_asked",
    (AccessLink.Purpose.REPORT, False): "pharmacovigilance.report_link",
    # Also of a question that was answered meanwhile: a side effect may be told all the same.
    (AccessLink.Purpose.REPORT, True): "pharmacovigilance.report_link",
}
BY_LINK: Final = "Sent through the link in a letter, without signing in."


@never_cache
def link(request: HttpRequest, token: str) -> HttpResponse:
    """What the link opens, and Continue; only the POST of Continue spends it, so that a mail scanner does not."""
    now = clock.now()
    if request.method != "POST":
        known = link_with(token)
        if known is None or not known.stands_at(now) or not known.recipient.is_active:
            return ended(request, token)
        return render(request, "own/link.html", {"link": known, "token": token})
    if not ratelimit.consume(request, action="access_link"):
        return too_many(request)
    spent = spend_link(token, now=now)
    if spent is None:
        return ended(request, token)
    if spent.purpose == AccessLink.Purpose.SIGN:
        return _signed_in_first(request, reverse("own_case", args=[spent.case.reference]))
    if request.user.is_authenticated:
        if spent.purpose == AccessLink.Purpose.RECEIVE:
            return redirect("inspect", spent.case.reference, spent.subject)
        if spent.purpose == AccessLink.Purpose.REPORT:
            page = "own_answer" if spent.subject else "own_report"
            return redirect(page, spent.case.reference, *([spent.subject] if spent.subject else []))
        return redirect(f"{reverse('upload', args=[spent.case.reference])}?slot={spent.subject}")
    purpose = AccessLink.Purpose(spent.purpose)
    request.session.cycle_key()
    request.session[OPENED] = {"link": spent.pk, "until": (clock.true_now() + OPEN_FOR[purpose]).isoformat()}
    return redirect(LEADS_TO[purpose])


@never_cache
@require_POST
def renew(request: HttpRequest, token: str) -> HttpResponse:
    """Send a new link to the same address where the thing is still asked; the answer tells nothing either way."""
    if not ratelimit.consume(request, action="access_link"):
        return too_many(request)
    now = clock.now()
    old = link_with(token)
    if old is not None and old.recipient.is_active and may_have_another(old.recipient, old.purpose, now=now):
        asked, due_on = _still_asked(old, now)
        if asked:
            write_with_link(
                key=f"people.link:{old.pk}:{now.isoformat()}",
                kind=_letter_of(old),
                purpose=old.purpose,
                subject=old.subject,
                recipient=old.recipient,
                case=old.case,
                due_on=due_on,
                by=old.recipient,
                now=now,
                record=old.subject,
            )
    return render(request, "own/link_sent.html")


@never_cache
def send(request: HttpRequest) -> HttpResponse:
    """The one paper that an opened link may send; it shows the case's reference and the paper's kind, no more."""
    now = clock.now()
    opened = opened_link(request, AccessLink.Purpose.UPLOAD)
    if opened is None and _was_sent(request):
        return arrived(request, reverse("sent_by_link"))
    slot = _open_slot(opened, now) if opened is not None else None
    if opened is None or slot is None:
        return ended(request)
    context: dict[str, Any] = {
        "slot": slot,
        "slots": [slot],
        "types": [],
        "chosen": slot.doc_type,
        "limit_bytes": limit_bytes(),
        "reference": opened.case.reference,
    }
    page = "own/link_upload.html"
    if request.method != "POST":
        return upload_page(request, context, template=page)
    recipient = opened.recipient
    try:
        with acting(by=recipient, verb="documents.document.received", reason=BY_LINK, business_at=now):
            document = take_upload(request, case=opened.case, slot=slot, by=recipient, now=now)
    except papers.UploadRefused as refusal:
        return upload_page(request, context, refusal=refusal.sentence, twice=refusal.code == "same-file", template=page)
    del request.session[OPENED]
    request.session[SENT] = [opened.case.reference, document.label, document.sha256, document.form_key]
    return arrived(request, reverse("sent_by_link"))


@never_cache
def sent(request: HttpRequest) -> HttpResponse:
    """What was sent through a link just now, as far as its sender may see it without signing in."""
    known = request.session.get(SENT)
    if not known:
        return ended(request)
    reference, label, sha256, _ = known
    context = {"reference": reference, "label": label, "sha256": sha256}
    return render(request, "own/link_done.html", context)


def opened_link(request: HttpRequest, purpose: str) -> AccessLink | None:
    """The link of that purpose that this browser has opened and that still holds, while its person may act."""
    held = request.session.get(OPENED) or {}
    until = parse_datetime(str(held.get("until", "")))
    if until is None or clock.true_now() > until:
        return None
    found: AccessLink | None = (
        AccessLink.objects.filter(pk=held["link"], purpose=purpose, recipient__is_active=True)
        .select_related("recipient", "case__institution")
        .first()
    )
    return found


def _was_sent(request: HttpRequest) -> bool:
    """Whether this very form has sent its paper already, and its sender lost the answer."""
    form_key = request.POST.get("form_key", "")[:64]
    return bool(form_key) and form_key == (request.session.get(SENT) or [""])[-1]


def _open_slot(link: AccessLink, now: datetime) -> DocumentSlot | None:
    if not Case.objects.visible_to(link.recipient, at=now).filter(pk=link.case_id).exists():
        return None
    slots = open_slots(link.case, link.recipient)
    return next((slot for slot in slots if slot.label == link.subject), None)


def _still_asked(link: AccessLink, now: datetime) -> tuple[bool, Any]:
    if link.purpose == AccessLink.Purpose.UPLOAD:
        slot = _open_slot(link, now)
        return slot is not None, slot.due_on if slot else None
    if link.purpose == AccessLink.Purpose.RECEIVE:
        return waits_at_the_door(link, now), None
    if link.purpose == AccessLink.Purpose.REPORT:
        return Case.objects.visible_to(link.recipient, at=now).filter(pk=link.case_id).exists(), None
    if link.subject:
        return _waits_for_a_second_check(link, now), None
    case = Case.objects.visible_to(link.recipient, at=now).filter(pk=link.case_id, stage="determination")
    return case.exclude(determinations__state="signed").exists(), None


def waits_at_the_door(link: AccessLink, now: datetime) -> bool:
    """Whether the consignment of a link is on its way to its person's institution, or there and not inspected yet."""
    cases = Case.objects.visible_to(link.recipient, at=now).filter(pk=link.case_id)
    number = int(link.subject.removeprefix("C-"))
    waiting = cases.filter(
        consignments__number=number,
        consignments__institution=link.recipient.institution_id,
        consignments__state__in=("in_transit", "arrived"),
        consignments__inspections__isnull=True,
    )
    return waiting.exists()


def _letter_of(link: AccessLink) -> str:
    """The letter that asks for it as things stand: a box that has not come yet is asked for as such."""
    if link.purpose == AccessLink.Purpose.RECEIVE:
        number = int(link.subject.removeprefix("C-"))
        if link.case.consignments.filter(number=number, state="in_transit").exists():
            return "custody.arrival_asked"
    return LETTERS[link.purpose, bool(link.subject)]


def _waits_for_a_second_check(link: AccessLink, now: datetime) -> bool:
    """Whether the consignment of a link was inspected by somebody else and is not checked yet."""
    case = Case.objects.visible_to(link.recipient, at=now).filter(pk=link.case_id).first()
    number = int(link.subject.removeprefix("C-"))
    found = case.inspections.filter(consignment__number=number).order_by("pk").last() if case is not None else None
    return found is not None and found.inspected_by_id != link.recipient_id and not hasattr(found, "second_check")


def _signed_in_first(request: HttpRequest, address: str) -> HttpResponse:
    """A link never signs anybody in: what can be signed or read there needs the person's own password."""
    if request.user.is_authenticated:
        return redirect(address)
    return redirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': address})}")


def ended(request: HttpRequest, token: str = "") -> HttpResponse:
    """The same answer for a link that was spent, has expired, or never was."""
    return render(request, "own/link_ended.html", {"token": token}, status=410)
