"""Receiving on a phone: the arrival, then one look at a time, kept as it goes, decided and signed at the end.

It is opened by signing in, or through the link in a letter; the signature asks for the person's own sign-in (ADR 20).
"""

import uuid
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from cases import clock
from cases.access import case_for
from cases.audit.context import acting
from cases.custody.consignments import consignment_named, is_under_way, why_no_arrival
from cases.custody.gs1 import NotReadable
from cases.custody.models import Inspection, PackReading
from cases.custody.receiving.arriving import LOOKS, moment_there, record_arrival
from cases.custody.receiving.inspecting import INSPECT, keep_answer, read_pack, record_inspection, typed_text
from cases.custody.receiving.round import DECIDE, Round, round_of
from cases.custody.receiving.wording import INSPECTED
from cases.custody.stated_handling import hours_allowed, hours_gone, printed
from cases.custody.web.scan_pages import DECODER
from cases.documents import services as papers
from cases.documents.receiving import limit_bytes
from cases.lifecycle.engine import is_possible
from cases.lifecycle.errors import FactsInvalid, Refused, RequirementsUnmet
from cases.lifecycle.verbs import VERBS
from cases.people.models import AccessLink, User
from cases.people.roles import Role
from cases.web.case_page import as_requirement
from cases.web.links import BY_LINK, ended, opened_link, waits_at_the_door
from cases.web.receiving_forms import TAKEN, Answer
from cases.web.receiving_summary import decisions, summary
from cases.web.signing import asks_code, session_proof

# The arrival, before the first step of the inspection.
ARRIVE: Final = "arrive"
# Where on the page of the arrival each fact is asked.
_FIELDS: Final = {"arrived_at": "arrived_at", "condition": "looks", "seal_number": "seal_number", "remarks": "note"}
RESULTS: Final = frozenset(Inspection.Result.values)


@csp_update(DECODER)  # type: ignore[arg-type]  # its types know no view with an address of its own
@login_required
def inspect(request: HttpRequest, reference: str, label: str) -> HttpResponse:
    """One step of the inspection; a POST keeps its answer and goes on, the last one records and signs all."""
    user: User = request.user  # type: ignore[assignment]
    now = clock.now()
    case = case_for(user, reference, now=now)
    if user.role != Role.RECEIVING_PHARMACIST:
        raise PermissionDenied("The inspection is the receiving pharmacist's.", "receiving pharmacist")
    consignment = consignment_named(case, user, label)
    if consignment.dispatched_at is None:
        return render(request, "own/not_sent.html", {"case": case, "told": why_no_arrival(consignment)}, status=409)
    if not is_under_way(consignment) and not is_possible(consignment, VERBS[INSPECT]):
        inspected = consignment.inspections.exists()
        return redirect(*(("own_done", case.reference, label) if inspected else ("own_case", case.reference)))
    return _Page(request, round_of(consignment, user, now=now), user, now).answered()


@csp_update(DECODER)
@never_cache
def receive(request: HttpRequest) -> HttpResponse:
    """The same steps for whoever opened the link in the letter, for this one consignment, until the signature."""
    now = clock.now()
    opened = opened_link(request, AccessLink.Purpose.RECEIVE)
    if opened is None or not waits_at_the_door(opened, now):
        return ended(request)
    user: User = opened.recipient
    consignment = consignment_named(opened.case, user, opened.subject)
    return _Page(request, round_of(consignment, user, now=now), user, now, by_link=True).answered()


class _Page:
    """One step of one round."""

    def __init__(
        self, request: HttpRequest, round_: Round, user: User, now: datetime, *, by_link: bool = False
    ) -> None:
        self.request, self.round, self.user, self.now, self.by_link = request, round_, user, now, by_link
        one = round_.consignment
        self.signed_in_address = reverse("inspect", args=[one.case.reference, one.label])
        self.address = reverse("receive_by_link") if by_link else self.signed_in_address
        self.asked = request.POST.get("step", request.GET.get("step", ""))
        self.step = self.asked if self.asked in round_.steps and self.asked != DECIDE else round_.first_open
        if is_under_way(one):
            self.step = ARRIVE
        self.kind = ARRIVE if self.step == ARRIVE else round_.kind_of(self.step)

    def answered(self) -> HttpResponse:
        """The page as it was asked for, or what a POST leads to."""
        if self.request.method != "POST":
            fault = "" if self.step == ARRIVE else self.round.why_not_yet(self.step)
            return self.drawn(status=409 if fault else 200, fault=fault)
        if self.asked == ARRIVE:
            return self._arrived()
        if self.step == ARRIVE:
            return self.drawn(status=409, fault="Say first when the box was handed over. Nothing else was kept.")
        if self.step == DECIDE:
            return self._signed_in_first() if self.by_link else self.decided()
        try:
            answer = self._taken() | self._noted()
            keep_answer(self.round, self.step, answer, by=self.user, now=self.now)
        except NotReadable as fault:
            return self.drawn(status=422, fault=str(fault))
        except papers.UploadRefused as refusal:
            return self.drawn(status=422, fault=f"The photo was not taken. {refusal.sentence}", at="photo")
        except Refused as refusal:
            return self.drawn(status=409, fault=refusal.in_a_line)
        # A pack is shown beside what was expected before it goes on; everything else goes on at once.
        return redirect(self._at(self.step if self.kind == "pack" else self.following))

    def _arrived(self) -> HttpResponse:
        """Record the arrival and go on with the inspection; the photo follows, so that it can hold up nothing."""
        posted, one = self.request.POST, self.round.consignment
        condition = posted.get("condition", "")
        if condition not in dict(LOOKS):
            return self.drawn(status=422, fault="Say how the box looks. Nothing was recorded.", at="looks")
        try:
            record_arrival(
                one,
                arrived_at=moment_there(one, posted.get("arrived_at", ""), now=self.now),
                condition=condition,
                seal_number=posted.get("seal_number", "").strip(),
                remarks=posted.get("note", "").strip(),
                by=self.user,
                now=self.now,
                reason=BY_LINK if self.by_link else "",
                form_key=posted.get("form_key", "")[:64] or None,
                request_id=self.request.request_id,  # type: ignore[attr-defined]
            )
        except NotReadable as fault:
            return self.drawn(status=422, fault=str(fault), at="arrived_at")
        except RequirementsUnmet as refusal:
            return self.drawn(status=409, fault=refusal.in_a_line, at="arrived_at")
        except FactsInvalid as wrong:
            return self.drawn(status=422, fault=wrong.in_a_line, at=_FIELDS.get(next(iter(wrong.errors)), ""))
        except Refused as refusal:
            return self.drawn(status=409, fault=refusal.in_a_line)
        try:
            self._photo()
        except papers.UploadRefused as refusal:
            told = f"The arrival is recorded. The photo was not taken. {refusal.sentence}"
            return self._anew().drawn(status=422, fault=told)
        return redirect(self.address)

    def _anew(self) -> "_Page":
        """The page as it stands after the arrival was recorded."""
        one = self.round.consignment
        after = round_of(consignment_named(one.case, self.user, one.label), self.user, now=self.now)
        return _Page(self.request, after, self.user, self.now, by_link=self.by_link)

    @property
    def following(self) -> str:
        steps = self.round.steps
        return steps[min(steps.index(self.step) + 1, len(steps) - 1)]

    def decided(self) -> HttpResponse:
        """Record and sign; a refusal changes nothing and says why."""
        result = self.request.POST.get("result", "")
        proof = papers.Proof(self.request.POST.get("password", ""), self.request.POST.get("code", "").replace(" ", ""))
        if result not in RESULTS:
            return self.drawn(status=422, fault="Nothing was decided. Choose one of the decisions.")
        if not proof.password:
            return self.drawn(status=422, fault="Your password is not typed. It is your signature.", at="password")
        case = self.round.consignment.case
        try:
            with session_proof(self.request, self.user):
                record_inspection(
                    self.round,
                    result=result,
                    proof=proof,
                    by=self.user,
                    now=self.now,
                    form_key=self.request.POST.get("form_key", "")[:64] or None,
                    request_id=self.request.request_id,  # type: ignore[attr-defined]
                )
        except RequirementsUnmet as refusal:
            return self.drawn(status=409, unmet=[as_requirement(line, case) for line in refusal.unmet])
        except FactsInvalid as wrong:
            field = next((name for name in ("password", "code") if name in wrong.errors), "")
            return self.drawn(status=422, fault=wrong.in_a_line, at=field)
        except Refused as refusal:
            return self.drawn(status=409, fault=refusal.sentence)
        return redirect("own_done", case.reference, self.round.consignment.label)

    def drawn(
        self, *, status: int = 200, fault: str = "", at: str = "", unmet: list[dict[str, Any]] | None = None
    ) -> HttpResponse:
        round_, one = self.round, self.round.consignment
        before = 0 if self.step == ARRIVE else round_.steps.index(self.step) + 1
        ahead = round_.steps[before:-1] if self.step != DECIDE else []
        packing = one.packings.last()
        response = render(
            self.request,
            "own/inspect.html",
            {
                "case": one.case,
                "consignment": one,
                "protocol": round_.protocol,
                "now_step": self._step(self.step),
                "ahead": [self._step(step) for step in ahead],
                "total": len(round_.steps),
                "handling": printed(packing, one.handling),
                "hours_allowed": hours_allowed(packing, one.handling),
                "hours_gone": hours_gone(one, self.now),
                "packs": len(round_.units),
                "typed": self.request.POST if self.asked == self.step else {},
                "summary": summary(round_) if self.step == DECIDE else [],
                "decisions": decisions(round_) if self.step == DECIDE else {},
                "waiting": round_.waiting(),
                "address": self.address,
                "by_link": self.by_link,
                "sign_in": self._sign_in_address(),
                "local_now": self.now.astimezone(ZoneInfo(one.institution.time_zone)).strftime("%Y-%m-%dT%H:%M"),
                # Names neither the case nor the person: answers that wait on a phone are this person's and no other's.
                "kept_under": salted_hmac("cases.web.receiving", f"{self.user.pk}:{one.pk}").hexdigest()[:20],
                "signer": self.user.display_name,
                "meaning": INSPECTED,
                "asks_code": not self.by_link and asks_code(self.request, self.user),
                "needs_accountability": self.user.accountability_accepted_at is None,
                "limit_bytes": limit_bytes(),
                "fault": fault,
                "fault_at": at,
                "unmet": unmet or [],
                "form_key": self.request.POST.get("form_key") or uuid.uuid4().hex,
            },
            status=status,
        )
        response["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=()"
        return response

    def _step(self, step: str) -> dict[str, Any]:
        """What the page needs to ask one step."""
        round_, steps = self.round, self.round.steps
        if step == ARRIVE:
            return {"step": ARRIVE, "kind": ARRIVE, "place": 0, "kept": {}, "looks": LOOKS}
        place = steps.index(step)
        kind = round_.kind_of(step)
        return {
            "step": step,
            "kind": kind,
            "item": round_.item_of(step),
            "place": place + 1,
            "pack_number": int(step.partition("-")[2]) if kind == "pack" else 0,
            "kept": round_.answers.get(step, {}),
            "compared": round_.compared().get(step),
            "before": self._at(steps[place - 1]) if place else "",
            "next": self._at(steps[min(place + 1, len(steps) - 1)]),
        }

    def _at(self, step: str) -> str:
        return f"{self.address}?step={step}"

    def _taken(self) -> Answer:
        if self.kind == "pack":
            return self._pack()
        return TAKEN[self.kind](self.request, self.round, self.now)

    def _pack(self) -> Answer:
        posted = self.request.POST
        if posted.get("missing"):
            return {"missing": True, "how": "not there"}
        how, scanned = posted.get("entry_method", ""), posted.get("scan", "").strip(" \r\n\t")
        if not scanned:
            fields = [posted.get(name, "").strip()[:40] for name in ("gtin", "serial", "lot", "expiry")]
            if not all(fields):
                raise NotReadable("Scan the square code on the pack, or type all four lines that are printed.")
            how, scanned = PackReading.EntryMethod.TYPED, typed_text(*fields)
        elif how != PackReading.EntryMethod.CAMERA:
            how = PackReading.EntryMethod.SCANNER
        read = read_pack(self.round, scanned, how, by=self.user, now=self.now, request_id=self.request.request_id)  # type: ignore[attr-defined]
        return read | ({"broken": True} if posted.get("broken") else {})

    def _noted(self) -> Answer:
        """The note and the photo that go with an answer; a photo sent before stays until another one comes."""
        note = self.request.POST.get("note", "").strip()[:500]
        photo = self._photo() or self.round.answers.get(self.step, {}).get("photo", "")
        return {name: value for name, value in (("note", note), ("photo", photo)) if value}

    def _photo(self) -> str:
        """The label of the paper that a photo became; the same picture sent again is the paper it was."""
        file = self.request.FILES.get("photo")
        if file is None:
            return ""
        one = self.round.consignment
        item = self.round.item_of(self.step) if self.step != ARRIVE else None
        title = f"{one.label}, receiving: {item.title if item else 'arrival'}"[:120]
        try:
            with acting(by=self.user, verb="documents.document.received", reason=BY_LINK if self.by_link else "",
                        business_at=self.now):  # fmt: skip
                return papers.receive_upload(
                    case=one.case, file=file, doc_type="inspection_photo", title=title, by=self.user, now=self.now
                ).label
        except papers.UploadRefused as refusal:
            if refusal.code == "same-file":
                return str(refusal.value)
            raise

    def _sign_in_address(self) -> str:
        asked = urlencode({"next": f"{self.signed_in_address}?step={DECIDE}"})
        return f"{resolve_url(settings.LOGIN_URL)}?{asked}"

    def _signed_in_first(self) -> HttpResponse:
        """A link never signs: deciding needs the person's own password and second factor (21 CFR 11.200)."""
        return redirect(self._sign_in_address())
