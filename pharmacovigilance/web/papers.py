"""What can be made of a locked version: messages, papers and notices, each with the file itself."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from cases import clock
from cases.access import case_for
from cases.models import Case, CaseEvent
from cases.people.identity import erased_at
from cases.people.patients import Purpose
from cases.people.roles import PHARMACISTS
from cases.print.typeset import NotPrintable
from cases.web.registries import returns_to
from pharmacovigilance.artefacts import FORMS, NotKept, artefact_of, kept_bytes, transmission_of
from pharmacovigilance.e2b.exporting import NotExportable, is_coded
from pharmacovigilance.inspection import pack_of
from pharmacovigilance.messages import NotLocked
from pharmacovigilance.models import CaseVersion, Obligation, Transmission
from pharmacovigilance.senders import SenderUnreadable
from pharmacovigilance.verbs import transmissions
from pharmacovigilance.web.desk import reader
from pharmacovigilance.web.named import transmission_named, version_named


@login_required
def safety_papers(request: HttpRequest, reference: str, label: str) -> HttpResponse:
    """Every form that a version can be made into, and what was kept with its transmissions."""
    person = reader(request)
    version = version_named(person, reference, label)
    may_act = person.role in PHARMACISTS
    page: dict[str, Any] = {
        "version": version,
        "case": version.case,
        "is_locked": version.snapshot is not None,
        "is_coded": is_coded(version.snapshot or {}),
        "forms": [_row(version, code) for code in FORMS],
        "kept": [(one, _words(one), _steps(one, reference) if may_act else []) for one in _transmissions(version)],
        "erased_at": erased_at(version.case.patient, Purpose.DOCUMENTS),
        "may_act": may_act,
    }
    return render(request, "pharmacovigilance/papers.html", page)


@login_required
def safety_paper(request: HttpRequest, reference: str, label: str, form: str) -> HttpResponse:
    """One of them as a file, made anew from the snapshot: the same bytes each time."""
    version = version_named(reader(request), reference, label)
    if form not in FORMS:
        raise Http404(f"There is no such form: {', '.join(FORMS)} are known.")
    try:
        content = artefact_of(version, form)
    except (NotLocked, NotExportable, NotPrintable, SenderUnreadable) as fault:
        raise Http404(str(fault)) from fault
    response = HttpResponse(content, content_type=FORMS[form].media_type)
    name = f"{reference}-{version.label}-{form}.{FORMS[form].ending}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@login_required
def safety_sent_file(request: HttpRequest, reference: str, label: str) -> HttpResponse:
    """What was prepared with a transmission, byte for byte; also where the papers of the case were erased."""
    transmission = transmission_named(reader(request), reference, label)
    try:
        content = kept_bytes(transmission)
    except NotKept as gone:
        raise Http404(str(gone)) from gone
    form = FORMS[transmission.format]
    response = HttpResponse(content, content_type=form.media_type)
    response["Content-Disposition"] = f'attachment; filename="{reference}-{transmission.label}.{form.ending}"'
    return response


def _row(version: CaseVersion, code: str) -> dict[str, Any]:
    form, named = FORMS[code], [version.case.reference, version.label]
    read = f"{reverse('safety_message', args=named)}?profile={form.profile}" if form.profile else ""
    return {"form": form, "file": reverse("safety_paper", args=[*named, code]), "read": read}


@returns_to(*(verb.code for verb in transmissions.VERBS))
def page_of_papers(case: Case, event: CaseEvent) -> str:
    """The papers of the version whose report was prepared, sent or answered: there the next step stands."""
    found = transmission_of(case, event.subject)
    return reverse("safety_papers", args=[case.reference, found.obligation.version.label]) if found else ""


def _steps(transmission: Transmission, reference: str) -> list[tuple[str, str]]:
    """What can be recorded of it next, in words, with the address of its step."""
    states, owed = Transmission.State, transmission.obligation
    found = {
        states.PREPARED: [(f"Record {transmission.label} as sent", "send")],
        states.SENT: [("Accepted", "accept"), ("Rejected", "reject"), ("No answer", "note_no_answer")],
        states.NO_ANSWER: [("Accepted after all", "accept"), ("Rejected after all", "reject")],
    }.get(states(transmission.state), [])
    steps = [
        (words, _step(reference, f"pharmacovigilance.transmission.{move}", transmission.label)) for words, move in found
    ]
    if transmission.state in (states.SENT, states.ACCEPTED) and owed.state == Obligation.State.OPEN:
        told = _step(reference, "pharmacovigilance.obligation.discharge", owed.label)
        steps.insert(0, (f"Record {owed.label} as told", told))
    return steps


def _step(reference: str, verb: str, label: str) -> str:
    return f"{reverse('verb', args=[reference, verb])}?on={label}"


def _transmissions(version: CaseVersion) -> list[Transmission]:
    rows = Transmission.objects.filter(obligation__version=version).select_related("obligation", "message", "proof")
    return list(rows.order_by("number"))


def _words(transmission: Transmission) -> str:
    form = FORMS.get(transmission.format)
    return form.words if form else transmission.format.replace("_", " ")


@login_required
def safety_inspection_pack(request: HttpRequest, reference: str, label: str) -> HttpResponse:
    """Everything on record of one safety case as one archive."""
    case = case_for(reader(request), reference, now=clock.now())
    found = next((one for one in case.safety_cases.all() if one.label == label), None)
    if found is None:
        raise Http404("There is no such safety case.")
    found.case = case
    response = HttpResponse(pack_of(found).content, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{reference}-{label}-inspection.zip"'
    return response
