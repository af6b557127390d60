"""Reconciling a partner's list: sent as a file, compared with ours, kept as a run, each gap settled by a person."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cases import clock
from cases.lifecycle.errors import FactsInvalid
from cases.lifecycle.forms import PlainText
from cases.lifecycle.typed_days import DayField
from cases.people.models import User
from cases.people.roles import PHARMACISTS
from cases.print.cells import csv_of
from pharmacovigilance.desk import LISTED
from pharmacovigilance.models import ReconciledCase, ReconciliationRun
from pharmacovigilance.reconciling.columns import COLUMNS, EXAMPLE, NAMES
from pharmacovigilance.reconciling.reading import MOST_BYTES
from pharmacovigilance.reconciling.services import partners_of, reconcile, resolve, runs_of
from pharmacovigilance.refusing import Fault, ListRefused
from pharmacovigilance.web.desk import reader

Result = ReconciledCase.Result
CSV = "text/csv; charset=utf-8"


class ListForm(forms.Form):
    """Whose list it is, of which period, and the file."""

    partner = forms.ChoiceField(label="Partner")
    from_on = DayField(label="First day of the period")
    until_on = DayField(label="Last day of the period")
    file = forms.FileField(
        label="Their list",
        help_text="CSV in UTF-8, at most 2 MB, with the columns that are named here.",
        allow_empty_file=True,
    )

    def __init__(self, partners: list[str], *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["partner"].choices = [("", "Choose one"), *((name, name) for name in partners)]  # type: ignore[attr-defined]


class ResolutionForm(forms.Form):
    """What became of a gap."""

    resolution = PlainText(
        label="What became of it",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Nothing was given. Say in a sentence what became of it."},
    )


@login_required
def reconciliations(request: HttpRequest) -> HttpResponse:
    """Every comparison, the last first; and a list that a pharmacist sends is compared at once."""
    person = reader(request)
    if request.method != "POST":
        return _list_page(request, person)
    _pharmacist(person)
    form = ListForm(_partners(person), request.POST, request.FILES)
    if not form.is_valid():
        return _list_page(request, person, form=form, status=422)
    given = dict(form.cleaned_data)
    content = given.pop("file").read(MOST_BYTES + 1)
    try:
        run = reconcile(content, by=person, now=clock.now(), **given)
    except FactsInvalid as refusal:
        for name, sentences in refusal.errors.items():
            form.add_error(name, sentences)
        return _list_page(request, person, form=form, status=422)
    except ListRefused as refusal:
        return _list_page(request, person, form=form, faults=refusal.faults, more=refusal.more, status=422)
    messages.success(request, "The list was compared. What was not in it, or not as here, waits for a word of yours.")
    return redirect("safety_reconciliation", run.pk)


@login_required
def reconciliation_template(request: HttpRequest) -> HttpResponse:
    """The columns as a file to fill, with one invented line."""
    reader(request)
    return _csv(csv_of(NAMES, [EXAMPLE]), "reconciliation-template")


@login_required
def reconciliation(request: HttpRequest, number: int) -> HttpResponse:
    """One comparison, its gaps first."""
    person = reader(request)
    return _run_page(request, person, _run(person, number))


@login_required
def reconciliation_file(request: HttpRequest, number: int) -> HttpResponse:
    """The same as CSV."""
    run = _run(reader(request), number)
    heads = ["result", *(f"{side} {name}" for name in NAMES for side in ("ours", "theirs")), "differs", "settled",
             "settled by", "settled at"]  # fmt: skip
    rows = [
        [
            one.get_result_display(),
            *(str(side.get(name, "")) for name in NAMES for side in (one.ours, one.theirs)),
            ", ".join(one.differs),
            one.resolution,
            one.resolved_by.display_name if one.resolved_by else "",
            one.resolved_at.isoformat() if one.resolved_at else "",
        ]
        for one in run.cases.select_related("resolved_by").order_by("number")
    ]
    return _csv(csv_of(heads, rows), f"reconciliation-{run.pk}")


@login_required
@require_POST
def reconciliation_settle(request: HttpRequest, number: int, line: int) -> HttpResponse:
    """Say what became of one gap."""
    person = reader(request)
    _pharmacist(person)
    run = _run(person, number)
    case = run.cases.filter(number=line).exclude(result=Result.MATCHED).first()
    if case is None:
        raise Http404("There is no such gap.")
    form = ResolutionForm(request.POST, auto_id=f"g{line}_%s")
    if not form.is_valid():
        return _run_page(request, person, run, typed={line: form}, status=422)
    resolve(case, by=person, now=clock.now(), **form.cleaned_data)
    messages.success(request, f"{case.named} is settled.")
    return redirect("safety_reconciliation", number)


def _list_page(
    request: HttpRequest,
    person: User,
    *,
    form: ListForm | None = None,
    faults: tuple[Fault, ...] = (),
    more: int = 0,
    status: int = 200,
) -> HttpResponse:
    gaps = Count("cases", filter=~Q(cases__result=Result.MATCHED))
    still = Count("cases", filter=Q(cases__resolution="") & ~Q(cases__result=Result.MATCHED))
    partners = _partners(person)
    page = {
        "runs": list(runs_of(person, now=clock.now()).annotate(gaps=gaps, still_open=still).order_by("-pk")[:LISTED]),
        "form": form or ListForm(partners),
        "partners": partners,
        "faults": faults,
        "more": more,
        "columns": COLUMNS,
        "may_send": person.role in PHARMACISTS,
    }
    return render(request, "pharmacovigilance/reconciliations.html", page, status=status)


def _run_page(
    request: HttpRequest,
    person: User,
    run: ReconciliationRun,
    *,
    typed: dict[int, ResolutionForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    cases = list(run.cases.select_related("safety_case__case", "resolved_by").order_by("number"))
    gaps = [one for one in cases if one.result != Result.MATCHED]
    labels = {column.name: column.label for column in COLUMNS}
    page = {
        "run": run,
        "gaps": [
            (one, (typed or {}).get(one.number) or ResolutionForm(auto_id=f"g{one.number}_%s")) for one in gaps[:LISTED]
        ],
        "found": len(gaps),
        "matched": [one for one in cases if one.result == Result.MATCHED][:LISTED],
        "counts": [(label, sum(one.result == value for one in cases)) for value, label in Result.choices],
        "still_open": sum(one.is_open for one in gaps),
        "labels": labels,
        "listed": LISTED,
        "may_settle": person.role in PHARMACISTS,
        "typed": bool(typed),
    }
    return render(request, "pharmacovigilance/reconciliation.html", page, status=status)


def _run(person: User, number: int) -> ReconciliationRun:
    run = runs_of(person, now=clock.now()).filter(pk=number).first()
    if run is None:
        raise Http404("There is no such comparison, or it is not one of yours.")
    return run


def _partners(person: User) -> list[str]:
    return partners_of(person.pharmacy) if person.pharmacy else []


def _pharmacist(person: User) -> None:
    if person.role not in PHARMACISTS:
        raise PermissionDenied("Lists are reconciled by the pharmacy.", "pharmacists")


def _csv(text: str, name: str) -> HttpResponse:
    answer = HttpResponse(text, content_type=CSV)
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer
