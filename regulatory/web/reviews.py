"""The page of one review: what is reviewed, the checklist with every answer kept as it is typed, and the signature."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from cases import clock
from cases.access import case_for
from cases.documents import services as papers
from cases.lifecycle.engine import advance
from cases.lifecycle.errors import Conflict, FactsInvalid, NotPermitted, NotPossible, Refused, RequirementsUnmet
from cases.lifecycle.telling import tell
from cases.lifecycle.verbs import VERBS
from cases.models import Case
from cases.people.models import User
from cases.people.roles import READ_WHOLE
from cases.statements import statements_for
from cases.verbs.determinations import text_of
from cases.web.case_page import about, as_requirement
from cases.web.registries import desk_page
from cases.web.signing import asks_code, session_proof
from regulatory.models import Review
from regulatory.reviewing.answering import Typed, keep_answers, may_answer
from regulatory.reviewing.checklists import ACTORS
from regulatory.reviewing.content import from_json, what_changed
from regulatory.reviewing.record import MEANINGS
from regulatory.reviewing.sheet import ANSWERS, Sheet, sheet_of
from regulatory.reviewing.standing import changed_since

# What may be decided: the verb, what its button says, and the state it leads to.
DECISIONS = {
    "regulatory.review.pass": ("Pass it", Review.State.PASSED),
    "regulatory.review.send_back": ("Return it with reasons", Review.State.RETURNED),
    "regulatory.review.decline": ("Decline it", Review.State.DECLINED),
}
NOT_ANSWERED = 422
for _verb in DECISIONS:
    desk_page(_verb, "review")


@login_required
@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, reference: str, label: str) -> HttpResponse:
    """Show the review; on POST keep what was typed and, where a decision was chosen, sign it."""
    user: User = request.user  # type: ignore[assignment]
    now = clock.now()
    case = case_for(user, reference, now=now)
    if user.role not in READ_WHOLE:
        raise PermissionDenied("Reviews are read by the pharmacy and its auditors.", "pharmacists and auditors")
    page = _Page(request, case, _named(case, label), user)
    if request.method != "POST":
        return page.drawn()
    try:
        sheet = keep_answers(
            page.review, page.typed, read=request.POST.get("fingerprint", ""), by=user, now=now,
            request_id=request.request_id,  # type: ignore[attr-defined]
        )  # fmt: skip
    except NotPermitted as refusal:
        raise PermissionDenied(refusal.sentence, "a pharmacist in charge who had no part in it") from refusal
    except FactsInvalid as wrong:
        return page.not_kept(wrong=wrong.errors, status=NOT_ANSWERED)
    except NotPossible as refusal:
        return page.not_kept(said=refusal.sentence, status=409)
    if page.is_kept_while_typing:
        return page.line({"sheet": sheet, "kept_at": now})
    # The key Enter presses the form's first button: it signs where a password was typed, and else keeps.
    act = request.POST.get("act")
    if act != "sign" and not (act == "enter" and request.POST.get("password")):
        messages.success(request, _kept(sheet))
        return redirect("review", case.reference, label)
    return page.decided(sheet)


class _Page:
    """One review before one person, with what was typed so far."""

    def __init__(self, request: HttpRequest, case: Case, review: Review, user: User) -> None:
        self.request, self.case, self.review, self.user = request, case, review, user
        self.now = clock.now()
        self.typed = {
            item: Typed(*(request.POST.get(f"{part}:{item}", "") for part in ("answer", "note", "acts")))
            for item in _items(request)
        }

    @property
    def is_kept_while_typing(self) -> bool:
        """Sent by the page itself, which shows one line of what came of it and stays as it is."""
        return self.request.headers.get("HX-Request") == "true"

    def line(self, told: dict[str, Any], *, status: int = 200) -> HttpResponse:
        return render(self.request, "regulatory/review_kept.html", told, status=status)

    def not_kept(self, *, wrong: dict[str, list[str]] | None = None, said: str = "", status: int) -> HttpResponse:
        if not self.is_kept_while_typing:
            return self.drawn(wrong=wrong, said=said, status=status)
        lines = [f"{item}: {line}" for item, found in (wrong or {}).items() for line in found]
        return self.line({"not_kept": said or f"Nothing was kept. {' '.join(lines)}"}, status=status)

    def decided(self, sheet: Sheet) -> HttpResponse:
        """Take the decision that was chosen, or say what stands in its way."""
        post = self.request.POST
        verb = post.get("decision", "")
        if verb not in DECISIONS:
            return self.drawn(wrong={"decision": ["Nothing was decided: choose what you decide."]}, status=NOT_ANSWERED)
        given = {name: post.get(name, "") for name in ("fingerprint", "printed_name", "password")}
        given["code"] = post.get("code", "").replace(" ", "")
        given["reason" if VERBS[verb].needs_reason else "remarks"] = post.get("remarks", "")
        if not given["printed_name"].strip():
            told = "Nothing was signed: your name is not typed."
            return self.drawn(wrong={"printed_name": [told]}, status=NOT_ANSWERED)
        try:
            with session_proof(self.request, self.user):
                event = advance(
                    self.case, verb, by=self.user, now=self.now, subject=self.review, facts=given,
                    form_key=post.get("form_key", "").replace("\x00", "")[:64] or None,
                    request_id=self.request.request_id,  # type: ignore[attr-defined]
                )  # fmt: skip
        except FactsInvalid as wrong:
            return self.drawn(wrong={_field(name): lines for name, lines in wrong.errors.items()}, status=NOT_ANSWERED)
        except RequirementsUnmet as refusal:
            unmet = [as_requirement(line, self.case) for line in refusal.checklist if line.blocks]
            return self.drawn(unmet=unmet, status=409)
        except NotPermitted as refusal:
            raise PermissionDenied(refusal.sentence, "a pharmacist in charge") from refusal
        except (Conflict, Refused) as refusal:
            return self.drawn(said=refusal.sentence, status=409)
        messages.success(self.request, f"{tell(event)}.")
        return redirect("review", self.case.reference, self.review.label)

    def drawn(
        self,
        *,
        wrong: dict[str, list[str]] | None = None,
        unmet: list[dict[str, Any]] | None = None,
        said: str = "",
        status: int = 200,
    ) -> HttpResponse:
        review = _named(self.case, self.review.label)
        sheet = sheet_of(review, now=self.now)
        is_open = review.state == Review.State.REQUESTED
        why_not = may_answer(review, self.user, now=self.now) if is_open else ""
        before = review.follows
        content_before = from_json(before.content) if before is not None else ()
        record = review.record
        signature = record.signatures.select_related("signer").first() if record is not None else None
        return render(
            self.request,
            "regulatory/review.html",
            {
                "case": self.case,
                "about": about(self.case),
                "review": review,
                "sheet": sheet,
                "is_open": is_open,
                "may_answer": is_open and not why_not,
                "why_not": why_not,
                "answers": ANSWERS,
                "actors": ACTORS,
                "typed": self.typed,
                "may_ask": self.user.is_pharmacist,
                "before": before,
                "changed": what_changed(content_before, sheet.content) if before is not None and is_open else [],
                "stale": changed_since(review, self.case) if review.state == Review.State.PASSED else (),
                "text": text_of(review.determination, list(statements_for(review.case))),
                "decisions": [
                    (verb, said_, VERBS[verb].consequence, MEANINGS[state])
                    for verb, (said_, state) in DECISIONS.items()
                ],
                "post": self.request.POST,
                "asks_code": asks_code(self.request, self.user),
                "locked_minutes": papers.locked_minutes(self.user),
                "needs_accountability": self.user.accountability_accepted_at is None,
                "signature": signature,
                "faults": [(_target(name), " ".join(lines)) for name, lines in (wrong or {}).items()],
                "wrong": {name: " ".join(lines) for name, lines in (wrong or {}).items()},
                "unmet": unmet or [],
                "said": said,
                "form_key": self.request.POST.get("form_key") or uuid.uuid4().hex,
                "kept_at": None,
            },
            status=status,
        )


def _named(case: Case, label: str) -> Review:
    number = label.removeprefix("R-")
    rows = case.reviews.select_related(
        "determination__prescriber__user", "determination__case", "requested_by", "prepared_by", "decided_by",
        "follows__record", "record",
    )  # fmt: skip
    found: Review | None = rows.filter(number=int(number)).first() if number.isdecimal() and number.isascii() else None
    if found is None or found.label != label:
        raise Http404("There is no such review on this case.")
    found.case = case
    found.determination.case = case
    return found


def _items(request: HttpRequest) -> list[str]:
    """Every item that the form speaks of, also one whose choice is still empty."""
    return sorted({name.partition(":")[2] for name in request.POST if name.startswith(("answer:", "note:", "acts:"))})


def _field(name: str) -> str:
    """Where the page asks for it: the reason of a decline stands where remarks do."""
    return "remarks" if name == "reason" else name


def _target(name: str) -> str:
    return f"answer-{name}-yes" if "-" in name else name


def _kept(sheet: Sheet) -> str:
    left = len(sheet.asked)
    return (
        f"Your answers are kept. {left} of {len(sheet.rows)} items are still to be answered."
        if left
        else ("Your answers are kept. Every item is answered.")
    )
