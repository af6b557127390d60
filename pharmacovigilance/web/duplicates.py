"""Possible duplicates: the pairs that wait, one pair side by side, and what a person decides of it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from cases import clock
from cases.lifecycle.errors import FactsInvalid
from cases.lifecycle.forms import PlainText
from cases.people.models import User
from cases.people.roles import PHARMACISTS
from pharmacovigilance.desk import LISTED
from pharmacovigilance.duplicates.comparing import GROUNDS, provenance_of, weights
from pharmacovigilance.duplicates.reading import pairs_of
from pharmacovigilance.duplicates.services import decide
from pharmacovigilance.models import CaseVersion, DuplicateCandidate
from pharmacovigilance.web.desk import reader
from pharmacovigilance.web.side_by_side import side_by_side

Decision = DuplicateCandidate.Decision


class DecisionForm(forms.Form):
    """What a person decides of a pair."""

    decision = forms.ChoiceField(
        label="Do both tell of one event?",
        choices=[
            (Decision.SAME, "One event, reported twice"),
            (Decision.DIFFERENT, "Two events"),
        ],
        widget=forms.RadioSelect,
    )
    master = forms.ChoiceField(
        label="The master, where it is one event",
        required=False,
        widget=forms.RadioSelect,
        help_text="The one that is followed up and reported from now on.",
        error_messages={"invalid_choice": "“%(value)s” is neither of both. Choose one of the two that are listed."},
    )
    reason = PlainText(
        label="What decides it",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="No name, birth date or contact.",
        error_messages={"required": "Nothing was given. Say in a sentence what decides it."},
    )

    def __init__(self, pair: DuplicateCandidate, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.sides = {str(one.pk): one for one in (pair.first, pair.second)}
        named = [(key, f"{one.label} of {one.case.reference}") for key, one in self.sides.items()]
        self.fields["master"].choices = named  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        given["master"] = self.sides.get(given.get("master", ""))
        if given.get("decision") == Decision.DIFFERENT:
            given["master"] = None
        return given


@login_required
def safety_duplicates(request: HttpRequest) -> HttpResponse:
    """Those that wait, certain grounds and high scores first; then those that were decided, the last first."""
    person, now = reader(request), clock.now()
    pairs = pairs_of(person, now=now)
    waiting = pairs.filter(decision=Decision.NOT_DECIDED)
    decided = pairs.exclude(decision=Decision.NOT_DECIDED)
    listed = sorted(waiting.order_by("-score", "pk")[:LISTED], key=lambda pair: not pair.grounds)
    page = {
        "waiting": listed,
        "decided": list(decided.order_by("-decided_at", "-pk")[:LISTED]),
        "counts": {"waiting": waiting.count(), "decided": decided.count()},
        "listed": LISTED,
        "grounds": GROUNDS,
        "weights": weights(),
        "points_from": provenance_of(weights().version),
    }
    return render(request, "pharmacovigilance/duplicates.html", page)


@login_required
def safety_duplicate(request: HttpRequest, number: int) -> HttpResponse:
    """One pair, side by side."""
    person = reader(request)
    return _page(request, person, _pair(person, number))


@login_required
@require_POST
def safety_duplicate_decide(request: HttpRequest, number: int) -> HttpResponse:
    """Decide the pair; both safety cases stay."""
    person = reader(request)
    if person.role not in PHARMACISTS:
        raise PermissionDenied("Duplicates are decided by the pharmacy.", "pharmacists")
    pair = _pair(person, number)
    form = DecisionForm(pair, request.POST)
    if not form.is_valid():
        return _page(request, person, pair, form=form, status=422)
    try:
        decide(pair, by=person, now=clock.now(), **form.cleaned_data)
    except FactsInvalid as refusal:
        for name, sentences in refusal.errors.items():
            form.add_error(name, sentences)
        return _page(request, person, pair, form=form, status=422)
    messages.success(request, "The decision is on record. Both safety cases stay as they are.")
    return redirect("safety_duplicate", number)


def _pair(person: User, number: int) -> DuplicateCandidate:
    pair = pairs_of(person, now=clock.now()).filter(pk=number).first()
    if pair is None:
        raise Http404("There is no such pair, or it is not one of yours.")
    return pair


def _page(
    request: HttpRequest,
    person: User,
    pair: DuplicateCandidate,
    *,
    form: DecisionForm | None = None,
    status: int = 200,
) -> HttpResponse:
    labels = {weight.code: weight.label for weight in weights().features}
    page = {
        "pair": pair,
        "rows": side_by_side(pair),
        "grounds": [GROUNDS[ground] for ground in pair.grounds],
        "features": [(labels.get(one["code"], one["code"]), one["verdict"], one["points"]) for one in pair.features],
        "weights": weights(),
        "points_from": provenance_of(pair.weights),
        "form": form or DecisionForm(pair),
        "may_decide": person.role in PHARMACISTS,
        "further": _further(pair),
    }
    return render(request, "pharmacovigilance/duplicate.html", page, status=status)


def _further(pair: DuplicateCandidate) -> tuple[str, str] | None:
    """Where it is one event: the version of the other that was locked before, and where a further one is drafted."""
    if pair.other is None or pair.master is None:
        return None
    last = pair.other.versions.order_by("version").last()
    if last is None or last.state != CaseVersion.State.LOCKED:
        return None
    if pair.master.worldwide_id in {one["number"] for one in (last.snapshot or {}).get("others", ())}:
        return None
    address = reverse("verb", args=[pair.other.case.reference, "pharmacovigilance.version.follow_up"])
    return last.label, f"{address}?on={last.label}"
