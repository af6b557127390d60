"""The page on which an enquiry is declined: its kind, the letter as it would be told, and then the telling."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from cases import clock
from cases.lifecycle.errors import Refused, RequirementsUnmet
from cases.lifecycle.forms import PlainText
from cases.people.models import User
from regulatory.declining.enquirer import Grounds, decline_enquiry, letter_to_the_enquirer
from regulatory.declining.kinds import KINDS, LANGUAGES, REGULATORY, ROUTES, Kind, grounds_of, steps_of
from regulatory.declining.letter import Letter
from regulatory.models import Enquiry
from regulatory.triage.letters import all_words
from regulatory.triage.models import Triage, TriageLetter
from regulatory.web.enquiries import found, pharmacist
from regulatory.web.triage_desk import CONTACT

NOT_FILLED, NOT_DONE = 422, 409
NO_NAMES = "No patient name, birth date or contact."


def _long(label: str, help_text: str = "", *, required: bool = True, rows: int = 3) -> PlainText:
    widget = forms.Textarea(attrs={"rows": rows, "dir": "auto"})
    return PlainText(label=label, help_text=help_text, required=required, max_length=5000, widget=widget)


class DeclineForm(forms.Form):
    """What a decline of one kind says, and how it is told."""

    def __init__(self, kind: Kind, *, has_code: bool, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        channels = [one for one in TriageLetter.Channel.choices if has_code or one[0] not in ("code", "mail")]
        asks: forms.Field = _long(kind.asks, "In the language of the letter.")
        if kind.code == REGULATORY:
            asks = forms.ChoiceField(label=kind.asks, choices=ROUTES, widget=forms.RadioSelect)
        self.fields.update(
            {
                "ground": forms.ChoiceField(
                    label="Ground", choices=[("", "Choose the ground"), *grounds_of(kind.code)]
                ),
                "explanation": _long("Explanation", f"In the language of the letter, plain words. {NO_NAMES}", rows=4),
                kind.fact: asks,
                "steps": forms.MultipleChoiceField(
                    label="Next steps that the letter names",
                    choices=steps_of(kind.code),
                    required=False,
                    widget=forms.CheckboxSelectMultiple,
                    help_text="At least one, unless you say where to turn.",
                ),
                "referral": _long(
                    "Where to turn",
                    "Names of houses, programmes or offices, in the language of the letter.",
                    required=False,
                    rows=2,
                ),
                "language": forms.ChoiceField(
                    label="Language of the letter",
                    choices=LANGUAGES,
                    widget=forms.RadioSelect,
                    help_text="Translations other than English are not reviewed; the letter says so.",
                ),
                "contact": PlainText(
                    label="Telephone and hours",
                    max_length=200,
                    help_text="Where an answer goes.",
                    widget=forms.TextInput(attrs={"size": 50}),
                ),
                "channel": forms.ChoiceField(label="How it is told", choices=channels, widget=forms.RadioSelect),
            }
        )
        if has_code:
            self.fields["address"] = forms.EmailField(
                label="Mail address",
                required=False,
                widget=forms.EmailInput(attrs={"size": 30}),
                help_text="For the mail alone. It says that an answer can be read with the code, and nothing else.",
            )

    def grounds(self, kind: Kind) -> Grounds:
        """What was said, once the form is valid."""
        said = self.cleaned_data
        return Grounds(
            kind=kind.code,
            fact=said[kind.fact],
            **{name: said[name] for name in ("ground", "explanation", "steps", "referral", "language", "contact")},
        )


@login_required
@require_http_methods(["GET", "POST"])
def enquiry_decline(request: HttpRequest, reference: str) -> HttpResponse:
    """Write why, read the letter as it would be told, then tell it; going back to the kinds keeps nothing recorded."""
    user = pharmacist(request)
    row = found(user, reference)
    if row.state not in (Enquiry.State.OPEN, Enquiry.State.ANSWERED):
        messages.info(request, f"{row.reference} is {row.get_state_display()}: it cannot be declined.")
        return redirect("enquiry", row.reference)
    kind = KINDS.get(request.POST.get("kind", "") or request.GET.get("kind", ""), KINDS[REGULATORY])
    triage = Triage.objects.filter(enquiry=row, forgotten_at__isnull=True).first()
    if request.method != "POST":
        first = {
            "steps": kind.steps,
            "language": triage.language if triage else "en",
            "contact": request.session.get(CONTACT, ""),
            "channel": "code" if triage else "",
        }
        return _page(request, row, kind, DeclineForm(kind, has_code=triage is not None, initial=first))
    form = DeclineForm(kind, has_code=triage is not None, data=request.POST)
    if not form.is_valid():
        return _page(request, row, kind, form, status=NOT_FILLED)
    request.session[CONTACT] = form.cleaned_data["contact"]
    letter: Letter | None = None
    try:
        letter = letter_to_the_enquirer(row, form.grounds(kind), by=user, now=clock.now())
        if request.POST.get("act") != "tell":
            return _page(request, row, kind, form, letter=letter)
        told = decline_enquiry(row, by=user, now=clock.now(), **_telling(request, form, kind))
    except RequirementsUnmet as refusal:
        return _page(request, row, kind, form, letter=letter, refused=refusal, status=_blamed(form, refusal))
    except Refused as refusal:
        return _page(request, row, kind, form, letter=letter, refused=refusal, status=NOT_DONE)
    messages.success(request, f"{row.reference} was declined, {told.get_kind_display()}. The letter is kept.")
    return redirect("enquiry", row.reference)


def _telling(request: HttpRequest, form: DeclineForm, kind: Kind) -> dict[str, Any]:
    return {
        "grounds": form.grounds(kind),
        "fingerprint": request.POST.get("fingerprint", "")[:64].replace("\x00", ""),
        "channel": form.cleaned_data["channel"],
        "address": form.cleaned_data.get("address", ""),
    }


def _blamed(form: DeclineForm, refusal: RequirementsUnmet) -> int:
    """Say at its field what a field is blamed for; returns the status of the answer."""
    faults = {line.code.partition(":")[2]: line.fact for line in refusal.unmet if ":" in line.code}
    for name, fact in faults.items():
        form.add_error(name if name in form.fields else None, fact)
    return NOT_FILLED if faults else NOT_DONE


def _page(
    request: HttpRequest,
    row: Enquiry,
    kind: Kind,
    form: DeclineForm,
    *,
    letter: Letter | None = None,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    unmet = refused.unmet if isinstance(refused, RequirementsUnmet) else []
    return render(
        request,
        "regulatory/enquiry_decline.html",
        {
            "row": row,
            "kind": kind,
            "kinds": [
                {"label": one.label.capitalize(), "url": f"?kind={one.code}", "current": one.code == kind.code}
                for one in KINDS.values()
            ],
            "form": form,
            "letter": letter,
            "words": all_words()[letter.language] if letter else None,
            "language_name": dict(LANGUAGES)[letter.language] if letter else "",
            "refused": refused if not form.errors else None,
            "unmet": unmet,
            "me": user.display_name,
            "has_code": "address" in form.fields,
            "form_key": request.POST.get("form_key", "")[:64] or uuid.uuid4().hex,
        },
        status=status,
    )
