"""A logger's file on a page: chosen, looked at by a layout, and kept only then. Nothing chosen or typed is lost."""

import uuid
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from cases import clock
from cases.access import case_for
from cases.custody.cold_chain.mappings import MappingRefused, mapping_of
from cases.custody.cold_chain.stamps import ORDER_WORDS
from cases.custody.consignments import consignment_named
from cases.custody.layouts import called, layouts_of, save_layout
from cases.custody.logger_drafts import (
    VERB,
    Draft,
    Tried,
    draft_of,
    drop_draft,
    keep_answers,
    keep_draft,
    keep_file,
    try_layout,
)
from cases.custody.models import Consignment
from cases.custody.verbs.common import AT_THE_INSTITUTION
from cases.documents import services as papers
from cases.documents.receiving import limit_bytes
from cases.lifecycle.engine import advance, is_possible
from cases.lifecycle.errors import Conflict, FactsInvalid, NotPermitted, Refused, RequirementsUnmet
from cases.lifecycle.forms import form_for
from cases.lifecycle.telling import tell
from cases.lifecycle.verbs import VERBS, Situation
from cases.people.models import User
from cases.web.case_page import as_requirement
from cases.web.registries import desk_page

desk_page(VERB, "logger")
NOT_TAKEN = 422
OWN = "own"
SEPARATORS = ((",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar"))
ENCODINGS = (("utf-8", "UTF-8"), ("utf-16", "UTF-16"), ("cp1252", "Windows, Western"))
ORDERS = (*ORDER_WORDS.items(), ("detect", "as the file shows; refused when it does not"))
LAYOUT = (
    "delimiter",
    "decimal",
    "encoding",
    "date_order",
    "unit",
    "zone",
    "stamp",
    "date",
    "time",
    "temperature",
    "stop",
    "skip",
    "layout_name",
)
FOLDED = ("logger_number", "window_from", "window_until", "method", "activation_kj", "budget_minutes", "budget_source")
FILE_ONLY, TYPED_ONLY = (
    ("mapping", "method", "activation_kj", "window_from", "window_until"),
    ("lowest_c", "highest_c", "minutes_outside"),
)


@login_required
@require_http_methods(["GET", "POST"])
def logger(request: HttpRequest, reference: str, label: str) -> HttpResponse:
    """Choose a file, look at what it would say, keep it; each POST names its act."""
    user: User = request.user  # type: ignore[assignment]
    case = case_for(user, reference, now=clock.now())
    if user.role not in AT_THE_INSTITUTION:
        raise PermissionDenied("Loggers are read by the case's pharmacists and the receiving pharmacist.")
    page = _Page(request, consignment_named(case, user, label), user)
    if request.method != "POST":
        return page.drawn()
    acts = {
        "read": page.read,
        "look": page.look,
        "keep": page.keep,
        "typed": page.typed,
        "save": page.save,
        "drop": page.drop,
    }
    return acts.get(request.POST.get("act", ""), page.drawn)()


class _Page:
    """One consignment's logger before one person."""

    def __init__(self, request: HttpRequest, consignment: Consignment, user: User) -> None:
        self.request, self.consignment, self.user = request, consignment, user
        self.now = clock.now()
        self.draft = draft_of(consignment, user)
        self.zone = ZoneInfo(consignment.institution.time_zone)
        self.layouts = layouts_of(consignment.case.pharmacy)

    @property
    def address(self) -> str:
        return reverse("logger", args=[self.consignment.case.reference, self.consignment.label])

    def read(self) -> HttpResponse:
        """A file was chosen: looked at like any paper, then kept for this look."""
        file = self.request.FILES.get("file")
        if file is None:
            return self.drawn(said="No file arrived. Choose the logger's file and read it again.", status=NOT_TAKEN)
        if not getattr(self.request, "came_whole", True):
            return self.drawn(said="The connection was cut before all had come. Send it again.", status=NOT_TAKEN)
        try:
            keep_draft(self.consignment, file, self._typed(), by=self.user, now=self.now)
        except papers.UploadRefused as refusal:
            return self.drawn(said=refusal.sentence, status=NOT_TAKEN)
        return redirect(self.address + "#preview")

    def look(self) -> HttpResponse:
        """Another layout, time or method for the same file."""
        keep_answers(self.consignment, self._typed(), by=self.user, now=self.now)
        return redirect(self.address + "#preview")

    def drop(self) -> HttpResponse:
        drop_draft(self.consignment, self.user)
        return redirect(self.address)

    def save(self) -> HttpResponse:
        """The layout that was typed, under a name, for the next file of such a logger."""
        answers = self._typed()
        try:
            mapping = save_layout(
                self.consignment.case.pharmacy,
                _words(answers),
                label=answers.get("layout_name", ""),
                by=self.user,
                now=self.now,
            )
        except MappingRefused as refusal:
            keep_answers(self.consignment, answers, by=self.user, now=self.now)
            self.draft = draft_of(self.consignment, self.user)
            return self.drawn(said=str(refusal), status=NOT_TAKEN)
        keep_answers(self.consignment, answers | {"mapping": mapping.key}, by=self.user, now=self.now)
        messages.success(self.request, f"Kept as {called(mapping)}.")
        return redirect(self.address + "#preview")

    def keep(self) -> HttpResponse:
        """What the preview shows becomes a document and an assessment."""
        answers = self._typed()
        keep_answers(self.consignment, answers, by=self.user, now=self.now)
        self.draft = draft_of(self.consignment, self.user)
        if self.draft is None:
            return self.drawn(said="There is no file to keep any more. Choose it again.", status=409)
        if self.draft.is_table and answers.get("mapping") == OWN:
            told = "Save the layout under a name first: an assessment names the layout it was read by."
            return self.drawn(said=told, status=NOT_TAKEN)
        form = self._form(answers)
        if not form.is_valid():
            return self.drawn(status=NOT_TAKEN)
        draft, left_out = self.draft, TYPED_ONLY if self.draft.is_table else FILE_ONLY
        facts = {name: _raw(value) for name, value in form.cleaned_data.items() if name not in left_out}
        return self._taken(
            lambda key: keep_file(draft, facts, by=self.user, now=self.now, form_key=key, request_id=self._id)
        )

    def typed(self) -> HttpResponse:
        """No file: what the logger shows, or that there is no reading."""
        post = self.request.POST
        facts = {name: post.get(name, "").strip() for name in (*TYPED_ONLY, "leg", "logger_number")}
        facts = {name: value.replace(",", ".").replace("\N{MINUS SIGN}", "-") for name, value in facts.items() if value}
        one = self.consignment
        return self._taken(
            lambda key: advance(
                one.case, VERB, by=self.user, now=self.now, subject=one, facts=facts, form_key=key, request_id=self._id
            )
        )

    @property
    def _id(self) -> str:
        return str(getattr(self.request, "request_id", ""))

    def _taken(self, act: Any) -> HttpResponse:
        key = self.request.POST.get("form_key", "").replace("\x00", "")[:64] or None
        try:
            event = act(key)
        except papers.UploadRefused as refusal:
            return self.drawn(said=refusal.sentence, status=NOT_TAKEN)
        except FactsInvalid as wrong:
            return self.drawn(said=wrong.in_a_line, status=NOT_TAKEN)
        except RequirementsUnmet as refusal:
            unmet = [as_requirement(line, self.consignment.case) for line in refusal.checklist if line.blocks]
            return self.drawn(unmet=unmet, status=409)
        except NotPermitted as refusal:
            raise PermissionDenied(refusal.sentence) from refusal
        except (Conflict, Refused) as refusal:
            return self.drawn(said=refusal.sentence, status=409)
        messages.success(self.request, f"{tell(event)}.")
        return redirect("temperature", self.consignment.case.reference, self.consignment.label)

    def _typed(self) -> dict[str, Any]:
        """What was typed, by name; the rest as it was."""
        names = {*LAYOUT, *(ask.name for ask in VERBS[VERB].asks)} - {"logger_file"}
        kept = dict(self.draft.answers) if self.draft else {}
        return kept | {
            name: self.request.POST[name].replace("\x00", "")[:300]
            for name in sorted(names)
            if name in self.request.POST
        }

    def _form(self, answers: dict[str, Any]) -> Form:
        situation = Situation(self.consignment.case, VERBS[VERB], self.consignment, self.user, self.now)
        return form_for(situation, {name: value for name, value in answers.items() if value != OWN}, zone=self.zone)

    def _tried(self, draft: Draft, form: Form) -> Tried:
        key = draft.answers.get("mapping", "")
        if not form.is_valid() or not key:
            return Tried()
        try:
            layout = mapping_of(_words(draft.answers) | _NO_NAME) if key == OWN else self.layouts[key]
        except MappingRefused as refusal:
            return Tried(code="layout", refusal=str(refusal))
        except KeyError:
            return Tried(code="layout", refusal="There is no such layout. Choose one of the list.")
        return try_layout(draft, layout, form.cleaned_data)

    def drawn(self, *, said: str = "", unmet: list[dict[str, Any]] | None = None, status: int = 200) -> HttpResponse:
        one, draft = self.consignment, self.draft
        answers = draft.answers if draft else self._typed()
        form = self._form(answers)
        tried = self._tried(draft, form) if draft is not None and draft.is_table else Tried()
        return render(
            self.request,
            "custody/logger.html",
            {
                "case": one.case,
                "consignment": one,
                "possible": is_possible(one, VERBS[VERB]),
                "draft": draft,
                "twin": draft.twin() if draft else None,
                "form": form,
                "faults": _faults(form) if draft is not None else [],
                "answers": answers,
                "tried": tried,
                "rows": _rows(tried),
                "zone": one.institution.time_zone,
                "layouts": [(key, called(mapping)) for key, mapping in self.layouts.items()],
                "choices": {"delimiter": SEPARATORS, "encoding": ENCODINGS, "date_order": ORDERS},
                "folded_open": any(answers.get(name) for name in FOLDED),
                "may_save": self.user.is_pharmacist,
                "limit_bytes": limit_bytes(),
                "address": self.address,
                "said": said,
                "unmet": unmet or [],
                "form_key": uuid.uuid4().hex,
            },
            status=status,
        )


_NO_NAME = {
    "name": "not-saved",
    "label": "Not saved yet",
    "version": 1,
    "source": "typed for this file",
    "confidence": "recalled",
}


def _words(answers: dict[str, Any]) -> dict[str, Any]:
    """The layout that was typed, as JSON; its faults are named when it is taken for a layout."""
    columns = {name: answers.get(name, "").strip() for name in ("stamp", "date", "time", "temperature")}
    skip = answers.get("skip", "").strip()
    return {
        "delimiter": answers.get("delimiter", ","),
        "decimal": answers.get("decimal", "."),
        "encoding": answers.get("encoding", "utf-8"),
        "date_order": answers.get("date_order", "ymd"),
        "unit": answers.get("unit", "C"),
        "zone": answers.get("zone", "").strip(),
        "columns": {name: heading for name, heading in columns.items() if heading},
        "stop": [word.strip() for word in answers.get("stop", "").split(",") if word.strip()],
        "skip": int(skip) if skip.isdecimal() else 0,
    }


def _rows(tried: Tried) -> list[tuple[datetime, float]]:
    """The first readings and the last, as they were read."""
    if tried.judged is None:
        return []
    series = tried.judged.read.series
    places = sorted({*range(min(4, len(series))), *range(max(0, len(series) - 2), len(series))})
    return [(datetime.fromtimestamp(series.at[place], UTC), series.celsius[place]) for place in places]


def _faults(form: Form) -> list[str]:
    return [f"{form.fields[name].label}: {line}" for name, lines in form.errors.items() for line in lines]


def _raw(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
