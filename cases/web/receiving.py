"""The guided receiving inspection on a phone: one look at a time, kept as it goes, decided and signed at the end."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from cases import clock
from cases.access import case_for
from cases.custody.gs1 import NotReadable
from cases.custody.inspecting import (
    INNER,
    INSPECT,
    LOOKS,
    MEANING,
    Round,
    counted,
    keep_answer,
    read_pack,
    record_inspection,
    round_of,
    typed_pack,
)
from cases.custody.models import Consignment
from cases.documents import services as papers
from cases.lifecycle.engine import is_possible
from cases.lifecycle.errors import FactsInvalid, Refused, RequirementsUnmet
from cases.lifecycle.verbs import VERBS
from cases.models import Case
from cases.people.models import User
from cases.people.roles import Role
from cases.web.case_page import as_requirement
from cases.web.signing import asks_code, session_proof

Answer = dict[str, Any]
BY_NAME = {look.name: look for look in (*LOOKS, INNER)}


@login_required
def inspect(request: HttpRequest, reference: str, label: str) -> HttpResponse:
    """One step of the inspection; a POST keeps its answer and goes on, the last one records and signs all."""
    user: User = request.user  # type: ignore[assignment]
    now = clock.now()
    case = case_for(user, reference, now=now)
    if user.role != Role.RECEIVING_PHARMACIST:
        raise PermissionDenied("The inspection is the receiving pharmacist's.", "receiving pharmacist")
    consignment = _named(case, user, label)
    if not is_possible(consignment, VERBS[INSPECT]):
        inspected = consignment.inspections.exists()
        return redirect(*(("own_done", case.reference, label) if inspected else ("own_case", case.reference)))
    page = _Page(request, round_of(consignment, user), user)
    if request.method != "POST":
        return page.drawn()
    if page.step == "decide":
        return page.decided(now)
    try:
        answer = _TAKEN[page.kind](request, page.round)
    except NotReadable as fault:
        return page.drawn(status=422, fault=str(fault))
    note = request.POST.get("note", "").strip()[:500]
    keep_answer(page.round, page.step, answer | ({"note": note} if note else {}), by=user, now=now)
    # A pack is shown beside what was expected before it goes on; everything else goes on at once.
    return redirect(page.address(page.step if page.kind == "pack" else page.following))


class _Page:
    """One step of one round."""

    def __init__(self, request: HttpRequest, round_: Round, user: User) -> None:
        self.request, self.round, self.user = request, round_, user
        asked = request.POST.get("step", request.GET.get("step", ""))
        self.step = asked if asked in round_.steps else round_.first_open
        if self.step == "decide":
            self.step = round_.first_open
        self.kind = "look" if self.step in BY_NAME else self.step.partition("-")[0]

    @property
    def following(self) -> str:
        steps = self.round.steps
        return steps[min(steps.index(self.step) + 1, len(steps) - 1)]

    def address(self, step: str) -> str:
        one = self.round.consignment
        return f"{reverse('inspect', args=[one.case.reference, one.label])}?step={step}"

    def decided(self, now: datetime) -> HttpResponse:
        """Record and sign; a refusal changes nothing and says why."""
        result = self.request.POST.get("result", "")
        proof = papers.Proof(self.request.POST.get("password", ""), self.request.POST.get("code", "").replace(" ", ""))
        if result not in ("accept", "quarantine", "reject"):
            return self.drawn(status=422, fault="Nothing was decided. Choose accept, quarantine or reject.")
        if not proof.password:
            return self.drawn(status=422, fault="Your password is not typed. It is your signature.", at="password")
        try:
            with session_proof(self.request, self.user):
                record_inspection(
                    self.round,
                    result=result,
                    proof=proof,
                    by=self.user,
                    now=now,
                    form_key=self.request.POST.get("form_key", "")[:64] or None,
                    request_id=self.request.request_id,  # type: ignore[attr-defined]
                )
        except papers.ProofFailed as failed:
            return self.drawn(status=422, fault=failed.sentence, at=failed.field)
        except papers.DocumentRefused as refusal:
            return self.drawn(status=409, fault=refusal.sentence)
        except RequirementsUnmet as refusal:
            case = self.round.consignment.case
            return self.drawn(status=409, unmet=[as_requirement(line, case) for line in refusal.unmet])
        except FactsInvalid as wrong:
            return self.drawn(status=422, fault=" ".join(line for lines in wrong.errors.values() for line in lines))
        except Refused as refusal:
            return self.drawn(status=409, fault=refusal.sentence)
        one = self.round.consignment
        return redirect("own_done", one.case.reference, one.label)

    def drawn(
        self, *, status: int = 200, fault: str = "", at: str = "", unmet: list[dict[str, Any]] | None = None
    ) -> HttpResponse:
        steps, one = self.round.steps, self.round.consignment
        place = steps.index(self.step)
        compared = self.round.compared()
        return render(
            self.request,
            "own/inspect.html",
            {
                "case": one.case,
                "consignment": one,
                "step": self.step,
                "kind": self.kind,
                "look": BY_NAME.get(self.step),
                "place": place + 1,
                "total": len(steps),
                "packs": len(self.round.units),
                "pack_number": int(self.step.partition("-")[2] or 0) if self.kind == "pack" else 0,
                "kept": self.round.answers.get(self.step, {}),
                "typed": self.request.POST,
                "compared": compared.get(self.step),
                "summary": _summary(self.round),
                "differences": self.round.differences(),
                "before": self.address(steps[place - 1]) if place else "",
                "next": self.address(self.following),
                "address": reverse("inspect", args=[one.case.reference, one.label]),
                "upload": reverse("upload", args=[one.case.reference]),
                "meaning": MEANING,
                "asks_code": asks_code(self.request, self.user),
                "needs_accountability": self.user.accountability_accepted_at is None,
                "fault": fault,
                "fault_at": at,
                "unmet": unmet or [],
                "form_key": self.request.POST.get("form_key") or uuid.uuid4().hex,
            },
            status=status,
        )


def _looked(request: HttpRequest, round_: Round) -> Answer:
    answer = request.POST.get("answer", "")
    if answer not in ("yes", "no"):
        raise NotReadable("Say yes or no.")
    return {"answer": answer}


def _logger(request: HttpRequest, round_: Round) -> Answer:
    found: Answer = {"number": request.POST.get("number", "").strip()[:40]}
    if round_.consignment.logger_number and not found["number"]:
        raise NotReadable("Type the number on the logger. If there is no logger, type: none.")
    for name, words in (("lowest_c", "lowest"), ("highest_c", "highest"), ("minutes_outside", "minutes")):
        text = request.POST.get(name, "").strip().replace(",", ".").replace("\u2212", "-")
        if text:
            try:
                float(text)
            except ValueError as fault:
                raise NotReadable(f"“{text[:20]}” is no number ({words}). Type it as the logger shows it.") from fault
        found[name] = text
    return found


def _pack(request: HttpRequest, round_: Round) -> Answer:
    if request.POST.get("missing"):
        return {"missing": True, "how": "not there"}
    if scanned := request.POST.get("scan", "").strip(" \r\n\t"):
        return read_pack(scanned, round_.units)
    fields = [request.POST.get(name, "").strip()[:40] for name in ("gtin", "serial", "lot", "expiry")]
    if not all(fields):
        raise NotReadable("Scan the square code on the pack, or type all four lines that are printed.")
    return typed_pack(*fields)


def _count(request: HttpRequest, round_: Round) -> Answer:
    return {"units": counted(request.POST.get("units", ""))}


_TAKEN: dict[str, Callable[[HttpRequest, Round], Answer]] = {
    "look": _looked,
    "logger": _logger,
    "pack": _pack,
    "count": _count,
}


def _summary(round_: Round) -> list[tuple[str, str, str, str]]:
    """(step, what, answer, state) of everything that was answered, for the last page."""
    packs = round_.compared()
    rows = []
    for step in round_.steps[:-1]:
        kept = round_.answers.get(step, {})
        if step in BY_NAME:
            title, words = BY_NAME[step].title, kept.get("answer", "")
            good = words == "yes"
        elif step == "logger":
            title = "Logger"
            words, good = kept.get("number", ""), not any(d.startswith("Logger") for d in round_.differences())
        elif step == "count":
            title = "Count"
            words, good = kept.get("units", ""), not any(d.startswith("Count") for d in round_.differences())
        else:
            title = step.replace("pack-", "Pack ")
            pack = packs.get(step)
            good = pack is not None and pack.matches
            words = "" if pack is None else pack.note or ("as sent" if good else f"{', '.join(pack.off)} differ")
        rows.append((step, title, str(words), "good" if good else "harm"))
    return rows


def _named(case: Case, user: User, label: str) -> Consignment:
    number = label.removeprefix("C-")
    found = (
        Consignment.objects.filter(case=case, institution=user.institution_id, number=int(number))
        .select_related("case__medicine", "case__patient", "institution")
        .first()
        if number.isdecimal()
        else None
    )
    if found is None or found.label != label:
        raise Http404("There is no such consignment for your institution.")
    return found
