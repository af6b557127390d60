"""The pages of a decline: drafting it in its kind, and reading the letter that goes out before it is signed."""

import hashlib
import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.forms import ChoiceField, Form, Select
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from cases import clock
from cases.access import case_for
from cases.documents import services as papers
from cases.lifecycle.checklist import judge
from cases.lifecycle.engine import advance
from cases.lifecycle.errors import FactsInvalid, NotPermitted, Refused, RequirementsUnmet
from cases.lifecycle.forms import form_for
from cases.lifecycle.telling import tell
from cases.lifecycle.verbs import VERBS, Situation
from cases.models import Case
from cases.people.models import User
from cases.people.roles import PHARMACISTS, READ_WHOLE, Role
from cases.web.case_page import about, as_requirement
from cases.web.registries import desk_page
from cases.web.signing import asks_code, session_proof
from regulatory.declining.drafted import bytes_of, letter_of
from regulatory.declining.kinds import CHANNELS, KINDS, grounds_of
from regulatory.declining.letter import LetterRefused
from regulatory.models import Decline
from regulatory.verbs.declines import MEANING

DRAFT, SEND = "regulatory.decline.draft", "regulatory.decline.send"
NOT_FILLED = 422
_FACTS = {kind.fact for kind in KINDS.values()}
desk_page(DRAFT, "decline_new")
desk_page(SEND, "decline")


@login_required
@require_http_methods(["GET", "POST"])
def decline_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Draft a decline: one kind at a time, with the fields of that kind."""
    user, case = _reader(request, reference)
    if user.role not in PHARMACISTS:
        raise PermissionDenied("A decline is drafted by a pharmacist.", "the pharmacists of the case")
    kind = request.POST.get("kind", request.GET.get("kind", ""))
    situation = Situation(case, VERBS[DRAFT], case, user, clock.now(), facts={"kind": kind} if kind in KINDS else {})
    if request.method != "POST":
        return _drafting(request, situation, _form(situation))
    form = _form(situation, request.POST)
    typed = {name: request.POST.get(name, "") for name in form.fields} | {
        "kind": kind,
        "steps": request.POST.getlist("steps"),
    }
    try:
        event = advance(
            case, DRAFT, by=user, now=situation.now, facts=typed,
            form_key=_key(request), request_id=request.request_id,  # type: ignore[attr-defined]
        )  # fmt: skip
    except FactsInvalid as wrong:
        form.is_valid()
        _told(form, wrong.errors)
        elsewhere = [line for name, lines in wrong.errors.items() if name not in form.fields for line in lines]
        return _drafting(request, situation, form, said=" ".join(elsewhere), status=NOT_FILLED)
    except RequirementsUnmet as refusal:
        form.is_valid()
        fields = {line.code.partition(":")[2]: [line.fact] for line in refusal.unmet if ":" in line.code}
        _told(form, {name: told for name, told in fields.items() if name in form.fields})
        rest = [as_requirement(line, case) for line in refusal.unmet if line.code.partition(":")[2] not in form.fields]
        return _drafting(request, situation, form, unmet=rest, status=409 if rest else NOT_FILLED)
    except NotPermitted as refusal:
        raise PermissionDenied(refusal.sentence, "the pharmacists of the case") from refusal
    except Refused as refusal:
        return _drafting(request, situation, form, said=refusal.sentence, status=409)
    messages.success(request, f"{tell(event)}. Nobody is told yet.")
    return redirect("decline", case.reference, event.subject)


@login_required
@require_http_methods(["GET", "POST"])
def decline(request: HttpRequest, reference: str, label: str) -> HttpResponse:
    """The letter as it would go out, or as it went; on POST it is signed and sent."""
    user, case = _reader(request, reference)
    row = _named(case, label)
    if request.method != "POST":
        return _page(request, user, row)
    if user.role != Role.PHARMACIST_IN_CHARGE:
        raise PermissionDenied("The letter is signed by a pharmacist in charge.", "a pharmacist in charge")
    post = request.POST
    given = {name: post.get(name, "") for name in ("fingerprint", "channel", "printed_name", "password")}
    given["code"] = post.get("code", "").replace(" ", "")
    if not given["printed_name"].strip():
        return _page(request, user, row, wrong={"printed_name": ["Your name is not typed."]}, status=NOT_FILLED)
    try:
        with session_proof(request, user):
            event = advance(
                case, SEND, by=user, now=clock.now(), subject=row, facts=given,
                form_key=_key(request), request_id=request.request_id,  # type: ignore[attr-defined]
            )  # fmt: skip
    except FactsInvalid as wrong:
        return _page(request, user, row, wrong=wrong.errors, status=NOT_FILLED)
    except RequirementsUnmet as refusal:
        return _page(request, user, row, unmet=[as_requirement(line, case) for line in refusal.unmet], status=409)
    except NotPermitted as refusal:
        raise PermissionDenied(refusal.sentence, "a pharmacist in charge") from refusal
    except Refused as refusal:
        return _page(request, user, row, said=refusal.sentence, status=409)
    messages.success(request, f"{tell(event)}.")
    return redirect("decline", case.reference, label)


@login_required
@require_GET
def decline_letter(request: HttpRequest, reference: str, label: str) -> HttpResponse:
    """The PDF of a draft as it would be signed now; a letter that was sent is a paper of the case."""
    _, case = _reader(request, reference)
    row = _named(case, label)
    if row.state != Decline.State.DRAFT:
        if row.letter is None:
            raise Http404("The draft was discarded; no letter was sent.")
        return redirect("download", case.reference, row.letter.label)
    try:
        content = bytes_of(row, now=clock.now())
    except LetterRefused as refused:
        raise Http404(str(refused)) from refused
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{case.reference}_{row.label}_draft.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _reader(request: HttpRequest, reference: str) -> tuple[User, Case]:
    user: User = request.user  # type: ignore[assignment]
    case = case_for(user, reference, now=clock.now())
    if user.role not in READ_WHOLE:
        raise PermissionDenied("Declines are read by the pharmacy and its auditors.", "pharmacists and auditors")
    return user, case


def _named(case: Case, label: str) -> Decline:
    number = label.removeprefix("L-")
    rows = case.declines.select_related("prepared_by", "sent_by", "reconsidered_by", "letter__file", "review")
    found: Decline | None = rows.filter(number=int(number)).first() if number.isdecimal() and number.isascii() else None
    if found is None or found.label != label:
        raise Http404("There is no such decline on this case.")
    found.case = case
    return found


def _key(request: HttpRequest) -> str | None:
    return request.POST.get("form_key", "").replace("\x00", "")[:64] or None


def _form(situation: Situation, data: Any = None) -> Form:
    """The verb's form with the fields of the kind alone; the kind itself is chosen by links."""
    kind = KINDS[_kind(situation)]
    situation.facts = {"kind": kind.code}
    form = form_for(situation, data)
    for name in (_FACTS - {kind.fact}) | {"kind"}:
        del form.fields[name]
    form.fields[kind.fact].required = True
    ground = form.fields["ground"]
    if isinstance(ground, ChoiceField) and isinstance(ground.widget, Select):
        # Nobody's ground is the first of a list by default.
        ground.choices = [("", "Choose the ground"), *grounds_of(kind.code)]
    return form


def _kind(situation: Situation) -> str:
    chosen = situation.facts.get("kind")
    first = VERBS[DRAFT].asks[0].initial
    return str(chosen or (first(situation) if first else "clinical"))


def _told(form: Form, errors: dict[str, list[str]]) -> None:
    for name, lines in errors.items():
        if name in form.fields and name not in form.errors:
            form.add_error(name, lines)


def _drafting(
    request: HttpRequest, situation: Situation, form: Form, *, unmet: Any = (), said: str = "", status: int = 200
) -> HttpResponse:
    case = situation.case
    asked = Situation(case, situation.verb, case, situation.by, situation.now)
    blocks = list(unmet) or [as_requirement(line, case) for line in judge(asked) if line.blocks]
    return render(
        request,
        "regulatory/decline_new.html",
        {
            "case": case,
            "about": about(case),
            "kind": KINDS[situation.facts["kind"]],
            "kinds": list(KINDS.values()),
            "form": form,
            "blocks": blocks,
            "refused": bool(unmet),
            "said": said,
            "form_key": request.POST.get("form_key") or uuid.uuid4().hex,
        },
        status=status,
    )


def _page(
    request: HttpRequest,
    user: User,
    row: Decline,
    *,
    wrong: dict[str, list[str]] | None = None,
    unmet: Any = (),
    said: str = "",
    status: int = 200,
) -> HttpResponse:
    now = clock.now()
    is_draft = row.state == Decline.State.DRAFT
    at = now if is_draft else (row.sent_at or row.prepared_at)
    fault, content = "", b""
    if is_draft:
        try:
            content = bytes_of(row, now=now)
        except LetterRefused as refused:
            fault = str(refused)
    signature = row.letter.signatures.select_related("signer").first() if row.letter is not None else None
    return render(
        request,
        "regulatory/decline.html",
        {
            "case": row.case,
            "about": about(row.case),
            "decline": row,
            "kind": KINDS[row.kind],
            "letter": letter_of(row, now=at),
            "fingerprint": row.letter.sha256 if row.letter is not None else hashlib.sha256(content).hexdigest(),
            "fault": fault,
            "may_sign": is_draft and user.role == Role.PHARMACIST_IN_CHARGE and row.prepared_by_id != user.pk,
            "may_act": user.role in PHARMACISTS,
            "is_pic": user.role == Role.PHARMACIST_IN_CHARGE,
            "channels": CHANNELS,
            "meaning": MEANING,
            "signature": signature,
            "post": request.POST,
            "asks_code": asks_code(request, user),
            "locked_minutes": papers.locked_minutes(user),
            "faults": [(name, " ".join(lines)) for name, lines in (wrong or {}).items()],
            "wrong": {name: " ".join(lines) for name, lines in (wrong or {}).items()},
            "unmet": list(unmet),
            "said": said,
            "form_key": request.POST.get("form_key") or uuid.uuid4().hex,
        },
        status=status,
    )
