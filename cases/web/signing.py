"""Reading and signing the determination: the exact text, five statements, name, password and code, one button."""

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from cases import clock
from cases.access import case_for
from cases.documents import services as papers
from cases.documents.models import Signature
from cases.lifecycle.engine import advance, is_possible, judged
from cases.lifecycle.errors import Conflict, FactsInvalid, NotPossible, RequirementsUnmet
from cases.lifecycle.telling import tell
from cases.lifecycle.verbs import VERBS, Situation
from cases.models import Case, CaseEvent, Determination
from cases.people.models import User
from cases.people.roles import PRESCRIBING, Role
from cases.statements import statements_for
from cases.verbs.determinations import wording_of
from cases.web.case_page import as_requirement

SIGN = "cases.determination.sign"
FACTORS = {
    Authenticator.Type.TOTP: Signature.Factor.TOTP,
    Authenticator.Type.RECOVERY_CODES: Signature.Factor.RECOVERY_CODE,
}


@login_required
def sign(request: HttpRequest, reference: str, label: str) -> HttpResponse:
    """Show the text; on POST sign it, or say what is missing and keep what was typed."""
    user: User = request.user  # type: ignore[assignment]
    now = clock.now()
    case = case_for(user, reference, now=now)
    if user.role not in PRESCRIBING:
        raise PermissionDenied("The determination is read and signed on the prescriber's side.", "prescriber")
    determination = _named(case, label)
    if not is_possible(determination, VERBS[SIGN]):
        return redirect("own_done", case.reference, determination.label)
    page = _Page(request, case, determination, user, now)
    if request.method != "POST":
        return page.drawn()
    if user.role != Role.PRESCRIBER:
        raise PermissionDenied("A delegate prepares and never signs. Nothing was signed.", "prescriber")
    if missing := page.missing():
        return page.drawn(status=422, faults=missing)
    try:
        with session_proof(request, user):
            advance(
                case,
                SIGN,
                by=user,
                now=now,
                subject=determination,
                facts={
                    "statements": page.ticked,
                    "printed_name": page.typed_name,
                    "password": request.POST.get("password", ""),
                    "code": request.POST.get("code", "").replace(" ", ""),
                },
                seen=int(request.POST["version"]) if request.POST.get("version", "").isdecimal() else None,
                form_key=request.POST.get("form_key", "")[:64] or None,
                request_id=request.request_id,  # type: ignore[attr-defined]
            )
    except FactsInvalid as wrong:
        return page.drawn(status=422, faults=[(name, " ".join(lines)) for name, lines in wrong.errors.items()])
    except RequirementsUnmet as refusal:
        return page.drawn(status=409, unmet=[as_requirement(line, case) for line in refusal.checklist if line.blocks])
    except Conflict as conflict:
        page.case = case_for(user, reference, now=now)
        return page.drawn(status=409, said=f"{conflict.sentence} {_what_changed(conflict.events)}")
    except NotPossible as refusal:
        return page.drawn(status=409, said=refusal.sentence)
    return redirect("own_done", case.reference, determination.label)


@contextmanager
def session_proof(request: HttpRequest, user: User) -> Iterator[None]:
    """Within this block the code of this session's sign-in counts for a signature (21 CFR 11.200(a)(1)(i))."""
    proof = _proved_at_sign_in(request, user)
    if proof is None:
        yield
        return
    factor, at = proof
    with papers.proved_in_session(person=user, factor=factor, at=at):
        yield


def asks_code(request: HttpRequest, user: User) -> bool:
    """Whether this person's signature needs a one-time code that the session has not given yet."""
    return papers.needs_code(user) and _proved_at_sign_in(request, user) is None


def _proved_at_sign_in(request: HttpRequest, user: User) -> tuple[Signature.Factor, datetime] | None:
    """Which second factor this session has given and when, in business time like the signature itself."""
    for record in reversed(get_authentication_records(request, user)):
        factor = FACTORS.get(record.get("type", "")) if record.get("method") == "mfa" else None
        if factor is not None:
            return factor, datetime.fromtimestamp(record["at"], UTC) + clock.offset()
    return None


class _Page:
    """The page of one determination, with what was typed so far."""

    def __init__(
        self, request: HttpRequest, case: Case, determination: Determination, user: User, now: datetime
    ) -> None:
        self.request, self.case, self.determination, self.user, self.now = request, case, determination, user, now
        self.stated = statements_for(case)
        self.ticked = [code for code in self.stated if code in request.POST.getlist("statements")]
        self.typed_name = request.POST.get("printed_name", "").strip()
        self.proved = _proved_at_sign_in(request, user)
        self.asks_code = asks_code(request, user)

    def missing(self) -> list[tuple[str, str]]:
        """(field, sentence) of everything that is still open, in the order of the page."""
        found = [
            (f"statements-{number}", f"Statement {number} is not ticked.")
            for number, code in enumerate(self.stated, start=1)
            if code not in self.ticked
        ]
        fields = [("printed_name", "Your name is not typed."), ("password", "Your password is not typed.")]
        if self.asks_code:
            fields.append(("code", "The one-time code is not typed."))
        return found + [(name, said) for name, said in fields if not self.request.POST.get(name, "").strip()]

    def drawn(
        self,
        *,
        status: int = 200,
        faults: list[tuple[str, str]] | None = None,
        unmet: list[dict[str, Any]] | None = None,
        said: str = "",
    ) -> HttpResponse:
        determination, case = self.determination, self.case
        situation = Situation(
            case, VERBS[SIGN], determination, self.user, self.now, facts={"statements": list(self.stated)}
        )
        wording = wording_of(determination, list(self.stated))
        prepared = CaseEvent.objects.filter(
            case=case, verb="cases.determination.prepared", subject=determination.label
        ).first()
        return render(
            self.request,
            "own/sign.html",
            {
                "case": case,
                "determination": determination,
                "wording": wording,
                "text_sha256": hashlib.sha256(str(wording).encode()).hexdigest(),
                "statements": [
                    (number, code, text, code in self.ticked)
                    for number, (code, text) in enumerate(self.stated.items(), start=1)
                ],
                "left_open": len(self.stated) - len(self.ticked),
                "pressed": status != 200,
                "prepared": prepared,
                "may_sign": self.user.role == Role.PRESCRIBER,
                "typed_name": self.typed_name,
                "proved": self.proved,
                "asks_code": self.asks_code,
                "needs_accountability": self.user.accountability_accepted_at is None,
                "locked_minutes": papers.locked_minutes(self.user),
                "faults": faults or [],
                "wrong": dict(faults or []),
                "unmet": unmet or [as_requirement(line, case) for line in judged(situation)[0] if line.blocks],
                "refused": bool(unmet),
                "said": said,
                "form_key": self.request.POST.get("form_key") or uuid.uuid4().hex,
                "version": case.event_seq,
            },
            status=status,
        )


def _named(case: Case, label: str) -> Determination:
    number = label.removeprefix("N-")
    found = case.determinations.filter(number=int(number)).first() if number.isdecimal() else None
    if found is None or found.label != label:
        raise Http404("There is no such determination on this case.")
    return found


def _what_changed(events: list[CaseEvent]) -> str:
    return " ".join(f"{tell(event)} by {event.by.display_name}." for event in events)
