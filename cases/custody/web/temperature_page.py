"""The temperature of one consignment: the picture with its tables, every assessment, the decision that rests on it."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from cases import clock
from cases.access import case_for
from cases.custody.assessing import recompute, standing
from cases.custody.cold_chain.chart import lasted
from cases.custody.cold_chain.logger_files import LoggerFileRefused
from cases.custody.cold_chain.mappings import MappingRefused
from cases.custody.cold_chain.storage import RULES
from cases.custody.consignments import consignment_named
from cases.custody.deciding import MEANINGS, evidence_of, verified
from cases.custody.models import Consignment, Disposition, ExposureAssessment
from cases.custody.pictured import Picture, picture_of
from cases.custody.temperature_report import report_of
from cases.custody.verbs.common import AT_THE_INSTITUTION
from cases.custody.web.looks import pictured
from cases.documents import services as papers
from cases.documents.models import Document
from cases.lifecycle.engine import advance, is_possible, judged
from cases.lifecycle.errors import Conflict, FactsInvalid, NotPermitted, Refused, RequirementsUnmet
from cases.lifecycle.telling import tell
from cases.lifecycle.verbs import VERBS, Situation
from cases.people.keys import KeyErased
from cases.people.models import User
from cases.people.roles import READ_WHOLE, Role
from cases.print.typeset import NotPrintable
from cases.web.case_page import as_requirement
from cases.web.registries import desk_page
from cases.web.signing import asks_code, session_proof

RECORD = "custody.consignment.record_temperature"
DECIDE = "custody.consignment.decide_disposition"
OF_A_DECISION = ("decided_by", "record", "manufacturer_answer")
NOT_SIGNED = 422
WORDS = {
    Disposition.Decision.RELEASE: "The institution may accept it. Counts only while nothing new is found.",
    Disposition.Decision.QUARANTINE: "Say what is missing, from whom, by when.",
    Disposition.Decision.REJECT_RETURN: "Final. The units can never be given; they go back.",
    Disposition.Decision.REJECT_DESTROY: "Final. Destroyed with a witness and a certificate.",
}
NOT_READ = (ValueError, papers.BytesNotIntact, LoggerFileRefused, MappingRefused, KeyErased)
desk_page(DECIDE, "temperature")


@login_required
@require_http_methods(["GET", "POST"])
def temperature(request: HttpRequest, reference: str, label: str) -> HttpResponse:
    """Show it; a POST reckons an assessment again, or signs a decision."""
    user: User = request.user  # type: ignore[assignment]
    case = case_for(user, reference, now=clock.now())
    if user.role not in READ_WHOLE | {Role.RECEIVING_PHARMACIST}:
        raise PermissionDenied("Temperatures are read by the pharmacy, its auditors and the institution.")
    page = _Page(request, consignment_named(case, user, label), user)
    if request.method != "POST":
        return page.drawn()
    return page.decided() if request.POST.get("act") == "decide" else page.reckoned()


@login_required
def temperature_report(request: HttpRequest, reference: str, label: str, number: int) -> HttpResponse:
    """The same picture, tables and figures as a PDF; the same bytes each time."""
    user: User = request.user  # type: ignore[assignment]
    case = case_for(user, reference, now=clock.now())
    if user.role not in READ_WHOLE | {Role.RECEIVING_PHARMACIST}:
        raise PermissionDenied("Temperatures are read by the pharmacy, its auditors and the institution.")
    one = _assessment(consignment_named(case, user, label), number)
    try:
        content = report_of(one)
    except NOT_READ as fault:
        raise PermissionDenied(str(fault)) from fault
    except NotPrintable as fault:
        raise Http404(str(fault)) from fault
    name = f"{case.reference}_{label}_{one.label}_temperature.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


class _Page:
    """One consignment's temperature before one person."""

    def __init__(self, request: HttpRequest, consignment: Consignment, user: User) -> None:
        self.request, self.consignment, self.user = request, consignment, user
        self.now = clock.now()
        rows = consignment.exposure_assessments.select_related("assessed_by", "document__file").order_by("-id")
        self.rows = list(rows)
        for row in self.rows:
            row.consignment = consignment
        self.standing = standing(self.rows)

    @property
    def shown(self) -> ExposureAssessment | None:
        """The assessment that was asked for, else the one that weighs most; one with a picture before one without."""
        asked = self.request.GET.get("m", "")
        if asked.isascii() and asked.isdigit():
            return next((row for row in self.rows if row.number == int(asked)), None)
        return next(
            (row for row in [*self.standing, *self.rows] if row.basis == "file"), next(iter(self.standing), None)
        )

    def reckoned(self) -> HttpResponse:
        number = self.request.POST.get("m", "")
        one = _assessment(self.consignment, int(number) if number.isascii() and number.isdigit() else 0)
        try:
            found = recompute(one)
        except NOT_READ as fault:
            return self.drawn(said=str(fault), status=409)
        if found:
            return self.drawn(
                said=f"{one.label} reckoned again from its file is not the same: {' '.join(found)}", status=409
            )
        messages.success(self.request, f"{one.label} reckoned again from its file: every figure is the same.")
        return redirect(f"{self.address}?m={one.number}")

    def decided(self) -> HttpResponse:
        post = self.request.POST
        asked = {ask.name for ask in VERBS[DECIDE].asks} | {"reason"}
        given = {name: post.get(name, "").strip() for name in asked if post.get(name, "").strip()}
        given["password"] = post.get("password", "")
        given["code"] = post.get("code", "").replace(" ", "")
        if not given.get("printed_name"):
            return self.drawn(
                wrong={"printed_name": ["Nothing was signed: your name is not typed."]}, status=NOT_SIGNED
            )
        try:
            with session_proof(self.request, self.user):
                event = advance(
                    self.consignment.case, DECIDE, by=self.user, now=self.now, subject=self.consignment, facts=given,
                    form_key=post.get("form_key", "").replace("\x00", "")[:64] or None,
                    request_id=getattr(self.request, "request_id", ""),
                )  # fmt: skip
        except FactsInvalid as wrong:
            return self.drawn(wrong=wrong.errors, status=NOT_SIGNED)
        except RequirementsUnmet as refusal:
            unmet = [as_requirement(line, self.consignment.case) for line in refusal.checklist if line.blocks]
            return self.drawn(unmet=unmet, status=409)
        except NotPermitted as refusal:
            raise PermissionDenied(refusal.sentence, "a pharmacist who had no part in it") from refusal
        except (Conflict, Refused) as refusal:
            return self.drawn(said=refusal.sentence, status=409)
        messages.success(self.request, f"{tell(event)}.")
        return redirect(self.address)

    @property
    def address(self) -> str:
        return reverse("temperature", args=[self.consignment.case.reference, self.consignment.label])

    def drawn(
        self,
        *,
        wrong: dict[str, list[str]] | None = None,
        unmet: list[dict[str, Any]] | None = None,
        said: str = "",
        status: int = 200,
    ) -> HttpResponse:
        one, shown, broken = self.consignment, self.shown, ""
        picture: Picture | None = None
        if shown is not None and shown.basis == "file":
            try:
                picture = picture_of(shown)
            except NOT_READ as fault:
                broken = str(fault)
        context = {
            "case": one.case,
            "consignment": one,
            "zone": one.institution.time_zone,
            "rule": RULES[one.case.medicine.storage],
            "rows": self.rows,
            "standing": {row.pk for row in self.standing},
            "worst": self.standing[0] if self.standing else None,
            "shown": shown,
            "broken": broken,
            "lasted": lambda minutes: lasted(float(minutes)),
            "address": self.address,
            "report": _report_of(one, shown),
            "may_record": self.user.role in AT_THE_INSTITUTION and is_possible(one, VERBS[RECORD]),
            "dispositions": [
                (row, verified(row))
                for row in one.dispositions.select_related(*OF_A_DECISION).order_by("-id")
            ],
            "said": said,
            "unmet": unmet or [],
            "wrong": {name: " ".join(lines) for name, lines in (wrong or {}).items()},
            "post": self.request.POST,
            "back": reverse("own_case", args=[one.case.reference]) if self.user.role == Role.RECEIVING_PHARMACIST
            else reverse("case_tab", args=[one.case.reference, "supply"]),
            **(pictured(picture, self.request, self.address) if picture is not None else {}),
            **self._decision(),
        }  # fmt: skip
        return render(self.request, "custody/temperature.html", context, status=status)

    def _decision(self) -> dict[str, Any]:
        """What a decision rests on and asks, for those who may sign one now."""
        one, verb = self.consignment, VERBS[DECIDE]
        if self.user.role not in verb.roles or not is_possible(one, verb):
            return {"may_decide": False}
        lines, _ = judged(Situation(one.case, verb, one, self.user, self.now))
        answers = Document.objects.filter(case=one.case, state=Document.State.ACCEPTED)
        return {
            "may_decide": True,
            "evidence": evidence_of(one, None),
            "stops": [as_requirement(line, one.case) for line in lines if line.blocks],
            "decisions": [(code.value, code.label, WORDS[code], MEANINGS[code]) for code in Disposition.Decision],
            "questions": Disposition.Question.choices,
            "answers": [
                (row.pk, f"{row.label}: {row.title}")
                for row in answers.exclude(doc_type="temperature_record").order_by("doc_type", "-number")
            ],
            "asks_code": asks_code(self.request, self.user),
            "locked_minutes": papers.locked_minutes(self.user),
            "needs_accountability": self.user.accountability_accepted_at is None,
            "form_key": self.request.POST.get("form_key") or uuid.uuid4().hex,
        }


def _report_of(consignment: Consignment, shown: ExposureAssessment | None) -> str:
    named = [consignment.case.reference, consignment.label]
    return reverse("temperature_report", args=[*named, shown.number]) if shown else ""


def _assessment(consignment: Consignment, number: int) -> ExposureAssessment:
    rows = consignment.exposure_assessments.select_related("document__file", "assessed_by")
    found: ExposureAssessment | None = rows.filter(number=number).first()
    if found is None:
        raise Http404("There is no such assessment of this consignment.")
    found.consignment = consignment
    return found
