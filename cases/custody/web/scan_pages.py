"""Scanning at the desk and at the far end: one pack after the other, and a page that puts the scanner right."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from csp.decorators import csp_update
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from markupsafe import Markup

from cases import clock
from cases.access import case_for
from cases.custody.consignments import consignment_named
from cases.custody.models import Consignment, PackReading
from cases.custody.scanning.packs import as_kept, beside, expected_of, nearest, readings_of, standing_of, text_of
from cases.custody.scanning.reading import Scan, ScanRefused, read_against
from cases.custody.scanning.scanner import TEST, TEST_TEXT, losses
from cases.custody.scanning.symbol import drawn
from cases.custody.verbs.common import AT_THE_INSTITUTION
from cases.custody.verbs.scanning import READABLE
from cases.lifecycle.engine import advance
from cases.lifecycle.errors import Refused
from cases.models import Case
from cases.people.models import User
from cases.people.roles import Role

VERB = "custody.consignment.read_pack"
TYPED = ("gtin", "expiry", "lot", "serial")
# The decoder of the camera is WebAssembly, which the strict policy refuses everywhere else (ADR 15).
DECODER = {"script-src": ["'self'", "'wasm-unsafe-eval'"]}


@csp_update(DECODER)  # type: ignore[arg-type]  # its types know no view with an address of its own
@login_required
def scan(request: HttpRequest, reference: str, label: str) -> HttpResponse:
    """Each POST is one pack: read on the server, compared, recorded; the same scan twice is said and recorded once."""
    user: User = request.user  # type: ignore[assignment]
    now = clock.now()
    case = case_for(user, reference, now=now)
    if user.role not in AT_THE_INSTITUTION:
        raise PermissionDenied("Packs are scanned by the case's pharmacists and the receiving pharmacist.")
    consignment = _named(case, user, label)
    said = _taken(request, consignment, user, now) if request.method == "POST" else None
    packs = standing_of(consignment)
    context = {
        "case": case,
        "consignment": consignment,
        "said": said,
        "packs": packs,
        "done": sum(one.state == "good" for one in packs),
        "typed": request.POST if said and said.state == "harm" else {},
        "address": reverse("scan", args=[case.reference, consignment.label]),
        "back": reverse("own_case", args=[case.reference]) if user.role == Role.RECEIVING_PHARMACIST
        else reverse("case_tab", args=[case.reference, "supply"]),
    }  # fmt: skip
    response = _answer(request, "custody/scan.html", "custody/scan_answer.html", context)
    response["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=()"
    return response


@login_required
def scanner(request: HttpRequest) -> HttpResponse:
    """A test symbol, and what the scanner lost of it."""
    user: User = request.user  # type: ignore[assignment]
    if user.role not in AT_THE_INSTITUTION | {Role.ADMINISTRATOR}:
        raise PermissionDenied("Scanners are put right by those who scan packs.")
    came = request.POST.get("text", "")
    found = losses(came)
    context = {
        "symbol": Markup(drawn(TEST_TEXT, millimetres=0.8)),  # noqa: S704 - drawn from numbers by our own code
        "printed": "(01){gtin} (17){expiry} (10){lot} (21){serial}".format(**TEST),
        "tried": request.method == "POST",
        "found": found,
        "verdict": "harm" if any(loss.is_grave for loss in found) else "hold" if found else "good",
        "came": as_kept(came) or "nothing",
    }
    return _answer(request, "custody/scanner.html", "custody/scanner_answer.html", context)


@dataclass(frozen=True, slots=True)
class Said:
    """What the page says of one scan: ``state`` gives sound and colour, ``words`` the sentence."""

    state: str
    words: str
    fields: list[dict[str, Any]] = field(default_factory=list)
    warnings: tuple[str, ...] = ()
    code: str = ""
    position: int = 0
    text: str = ""


def _answer(request: HttpRequest, page: str, fragment: str, context: dict[str, Any]) -> HttpResponse:
    if request.headers.get("X-Fragment") != "yes":
        return render(request, page, context)
    response = render(request, fragment, context)
    response["X-Fragment"] = "yes"
    return response


def _taken(request: HttpRequest, consignment: Consignment, user: User, now: datetime) -> Said:
    method, text = request.POST.get("entry_method", ""), request.POST.get("text", "")
    if method == PackReading.EntryMethod.TYPED:
        text = "(01){}(17){}(10){}(21){}".format(*(request.POST.get(name, "").strip()[:40] for name in TYPED))
    units = list(consignment.units.select_related("lot").order_by("serial"))
    try:
        read = read_against(text, [expected_of(unit) for unit in units])
    except ScanRefused as refusal:
        kept = as_kept(text) or "nothing"
        return Said("harm", str(refusal), code=refusal.code, position=refusal.position, text=kept)
    if again := _said_already(consignment, read, method):
        return again
    try:
        advance(
            consignment.case,
            VERB,
            by=user,
            now=now,
            subject=consignment,
            facts={"text": text, "entry_method": method},
            request_id=getattr(request, "request_id", ""),
        )
    except Refused as refusal:
        return Said("harm", refusal.in_a_line)
    return _compared(consignment, read, method)


def _compared(consignment: Consignment, read: Scan, method: str) -> Said:
    units = list(consignment.units.select_related("lot").order_by("serial"))
    pack = text_of(read)
    unit = nearest(pack, units)
    fields = beside(pack, unit) if unit is not None else []
    off = [field["name"] for field in fields if not field["matches"]]
    if off:
        words = f"This pack is not as sent: {', '.join(off)} differ{'s' if len(off) == 1 else ''}. Set it apart."
        return Said("harm", words, fields, read.warnings)
    standing = next(one for one in standing_of(consignment) if unit is not None and one.unit.pk == unit.pk)
    waits = method == PackReading.EntryMethod.TYPED and standing.state != "good"
    words = "As sent. A second person types it too." if waits else "This pack is as it was sent."
    return Said("hold" if waits else "good", words, fields, read.warnings)


def _said_already(consignment: Consignment, read: Scan, method: str) -> Said | None:
    """The same scan once more at the same end records nothing and says so."""
    if method == PackReading.EntryMethod.TYPED:
        return None
    pack = text_of(read)
    same = readings_of(consignment).filter(gtin=pack.gtin, serial=pack.serial, lot=pack.lot, expiry=pack.expiry)
    earlier = same.exclude(entry_method=PackReading.EntryMethod.TYPED).first()
    if earlier is None:
        return None
    words = f"{pack.serial} was scanned already, by {earlier.read_by.display_name}. Nothing was added."
    if earlier.differs:
        words += f" It was not as sent: {earlier.differs}."
    return Said("harm" if earlier.differs else "hold", words)


def _named(case: Case, user: User, label: str) -> Consignment:
    found = consignment_named(case, user, label)
    if found.state not in READABLE:
        raise Http404("The packs of this consignment are not to be scanned now.")
    return found
