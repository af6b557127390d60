"""Every component in every state on one page, for eyes and for machines (axe, screenshots). Not shown in production.

All people, medicines, firms and numbers are invented.
``?layout=phone``, ``?dir=rtl`` and ``?sweep=late`` show the rest.
"""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import get_template
from django.utils.safestring import SafeString
from markupsafe import Markup

from cases.lifecycle.typed_days import DayField, MomentField
from cases.people.roles import Role
from cases.web import pictures, runway, state_words, words

NOW = datetime(2026, 12, 2, 14, 4, tzinfo=UTC)
TODAY = date(2026, 12, 2)
_REQUIREMENTS: list[dict[str, Any]] = [
    {
        "state": "unmet",
        "sentence": "Import is allowed on the planned arrival date",
        "fact": "Planned arrival is Mon 7 Dec. The first import day is Tue 8 Dec. One day too early.",
        "who": Markup(
            "<b>You</b> can satisfy it: collect on Mon 7 Dec instead. <b>MHRA</b> can, by waiving the window."
        ),
        "source": "ImportGateOpen · UK-SPECIALS 1.0.0, may import [UK1, UK3] · statutory: cannot be overridden",
        "remedies": [
            {"label": "Move collection to Mon 7 Dec", "url": "#move", "kind": "primary"},
            {"label": "Ask MHRA for a waiver", "url": "#waiver"},
        ],
    },
    {
        "state": "over",
        "sentence": "The receiving pharmacist has read the briefing",
        "fact": "Sent Tue 1 Dec to Fairhaven General Hospital. Opened, not confirmed.",
        "who": Markup("<b>J. Whitlock</b> can satisfy it. <b>H. Lindqvist (PIC)</b> may override it."),
        "source": "BriefingRead · house rule R-12, version 3",
    },
    {
        "state": "overridden",
        "sentence": "GDP evidence is not older than 12 months",
        "fact": "12 months and 9 days.",
        "who": "Overridden by H. Lindqvist (PIC), second person T. Adeyemi: “Certificate seen on paper.”",
        "source": "EvidenceFresh · house rule R-07",
    },
    {"state": "met", "sentence": "The determination is signed over its current text", "fact": "Dr L. Ferrante, 26 Oct"},
    {"state": "met", "sentence": "Clinical review passed", "fact": "H. Lindqvist, 28 Oct", "source": "house rule R-02"},
]
_LEDGER: list[dict[str, Any]] = [
    {"label": "Notice submitted", "value": "Wed 4 Nov 2026", "detail": "proof D-29; starts no clock here"},
    {
        "label": "MHRA acknowledged",
        "value": "Mon 9 Nov 2026",
        "detail": "document D-31; the clock starts on this event",
    },
    {"label": "Day 1: the day after", "value": "Tue 10 Nov 2026"},
    {"label": "+ 28 calendar days: day 28", "value": "Mon 7 Dec 2026"},
    {"label": "Paused", "value": "0 days", "detail": "MHRA has asked no question"},
    {"label": "First import day", "value": "Tue 8 Dec 2026", "total": True},
    {
        "label": "Moved once, Tue 10 Nov 09:31, by T. Adeyemi",
        "value": "Sat 5 Dec",
        "detail": "acknowledgement corrected from Fri 6 Nov to Mon 9 Nov",
        "moved": True,
    },
]
_STAGES: list[dict[str, Any]] = [
    {"name": "Prescriber determination", "state": "done", "lines": ["Signed Mon 26 Oct", "Dr L. Ferrante"]},
    {"name": "Regulatory filing", "state": "done", "lines": ["Acknowledged Mon 9 Nov", "MHRA, by mail"]},
    {"name": "Authorization", "state": "now", "lines": ["Silent until Mon 7 Dec", "day 23 of 28"]},
    {"name": "Sourcing", "state": "ahead", "lines": ["C-4 allocated Tue 24 Nov", "2 of 2 serials verified"]},
    {"name": "Shipment", "state": "next", "lines": ["Collection Fri 4 Dec", "to be moved"]},
    {"name": "Dispensing", "state": "next", "lines": ["Cycle 4 from Fri 18 Dec"]},
    {"name": "Adverse-event follow-up", "state": "next", "lines": ["1 report, closed"]},
]


class EveryField(forms.Form):
    """One of each kind of field."""

    reason = forms.CharField(help_text="One sentence; it stays on the record.")
    justification = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    route = forms.ChoiceField(choices=[("", "Choose a route"), ("uk", "UK-SPECIALS"), ("au", "AU-SAS-A")])
    storage = forms.ChoiceField(
        widget=forms.RadioSelect,
        choices=[("cold", "2 to 8 °C"), ("room", "Room temperature"), ("unknown", "Not known yet")],
        help_text="Not known counts as not known, never as no.",
    )
    papers = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        choices=[("lab", "Lab report"), ("poa", "Power of attorney")],
        required=False,
    )
    collected_on = DayField(label="Collected on")
    handed_over_at = MomentField(label="Handed over at", required=False, zone=ZoneInfo("America/New_York"))
    scan = forms.FileField(help_text="PDF, JPEG or PNG, at most 25 MB.", required=False)
    agreed = forms.BooleanField(label="The patient agrees", help_text="As told to the prescriber.")


def _wrong() -> EveryField:
    form = EveryField({"reason": "x", "route": "", "storage": "", "collected_on": "31/02/2026"})
    form.is_valid()
    form.add_error("reason", "“x” is not a reason. Write one sentence that a stranger understands in a year.")
    return form


def _work() -> list[dict[str, Any]]:
    rows = (
        ("BR-0088", "R.C.", "Brazil", "sulvadenase 5 mg", "Runs out Wed 9 Dec", "Patient without medicine.",
         "Needs 9 days: release 1, transit and customs 8 (P90 of 11).", timedelta(days=-2), 9, 7, "H. Lindqvist",
         "decides release of C-6, since Tue 1 Dec"),
        ("AU-0031", "T.W.", "Australia", "orvelumab 150 mg", "Report to TGA due Fri 4 Dec 23:59 Canberra",
         "Statutory report.", "Day 0 Thu 19 Nov + 15 days. Needs 36 h: causality 24, sponsor 12.", timedelta(hours=10),
         1.5, 1.92, "You", "causality, since Tue 1 Dec"),
        ("KSA-0142", "J.S.", "Saudi Arabia", "brenzatinib 40 mg", "Runs out Thu 14 Jan 2027",
         "Patient without medicine.",
         "Start by Sat 5 Dec: prepare 1, decision 34 (P90 of 18), ship 5.", timedelta(days=3), 40, 43, "You",
         "start renewal, since today 06:00"),
        ("AU-0026", "K.D.", "Australia", "brenzatinib 40 mg", "Category A notice due Mon 14 Dec", "Statutory notice.",
         "Supplied Mon 16 Nov + 28 days. Needs 1 day: form sent.", timedelta(days=11), 1, 12, "Dr P. Marchetti",
         "sends the form; has it since 16 Nov"),
    )  # fmt: skip
    return [
        {
            "reference": reference,
            "patient": patient,
            "place": place,
            "product": product,
            "what": what,
            "url": f"#{reference}",
            "harm": harm,
            "why": why,
            "slack": words.slack(span),
            "bar": pictures.slack_bar(needed_days=needed, days_to_harm=to_harm, key=f"g{reference}"),
            "ball": ball,
            "ball_note": note,
            "selected": reference == "KSA-0142",
        }
        for reference, patient, place, product, what, harm, why, span, needed, to_harm, ball, note in rows
    ]


def _runway() -> runway.Runway:
    return runway.Runway(
        start=date(2026, 10, 26),
        end=date(2027, 1, 29),
        today=TODAY,
        recorded=[(date(2026, 10, 26), 53), (TODAY, 16)],
        forecast=[(TODAY, 16), (date(2026, 12, 14), 4), (date(2026, 12, 14), 32), (date(2027, 1, 15), 0)],
        title="Supply runway of case GB-0117, 26 October 2026 to 29 January 2027",
        finding="Days of therapy on hand fall from 53 on 26 October to 16 today and reach zero on Friday 18 December.",
        doses=[
            runway.Mark(date(2026, 11, 6), 42, "dose 6 Nov"),
            runway.Mark(date(2026, 11, 20), 28, "dose 20 Nov"),
            runway.Mark(date(2026, 12, 4), 14, "dose 4 Dec, planned", planned=True),
        ],
        run_out=date(2026, 12, 18),
        next_run_out=date(2027, 1, 15),
        spans=[
            runway.Span(
                date(2026, 11, 10),
                date(2026, 12, 8),
                "wait",
                "MHRA silence, day 23 of 28",
                "first import day Tue 8 Dec",
            ),
            runway.Span(
                date(2026, 12, 7), date(2026, 12, 14), "accent", "C-4", "if collected Mon 7 Dec: released 11 to 14 Dec"
            ),
            runway.Span(date(2026, 12, 18), date(2027, 1, 15), "harm", "Without C-4: no medicine from Fri 18 Dec"),
        ],
    )


def context(*, phone: bool = False, direction: str = "ltr", late: bool = False, csrf: str = "") -> dict[str, Any]:
    """All that the gallery shows; no database, no request, the same on every day."""
    person = SimpleNamespace(
        is_authenticated=True, display_name="M. Ostby", role=Role.COORDINATING_PHARMACIST, time_zone="America/New_York"
    )
    labels = ("Today", "Cases", "Enquiries", "Pathways", "Notices")
    return {
        "base": "layout/phone.html" if phone else "layout/base.html",
        "phone": phone,
        "direction": direction,
        "user": person,
        "user_menu": [{"label": "Password", "url": "#password"}, {"label": "Second factor", "url": "#factor"}],
        "environment_name": "demonstration",
        "nav": [
            {"label": label, "url": f"#{label}", "current": label == "Today", "key": label[0].lower()}
            for label in labels
        ],
        "search_url": "#search",
        "heartbeat": {
            "state": "late" if late else "fresh",
            "last_at": NOW - timedelta(minutes=36 if late else 1),
            "text": "No deadline sweep has run since 09:28 (36 minutes; every 5 is normal).",
        },
        "clock": {"now": NOW, "offset": timedelta(days=28)},
        "clock_forward_url": "#forward",
        "demonstration_links": [{"label": "Mailbox", "url": "#mailbox"}],
        "csrf_input": SafeString(csrf),
        "requirements": _REQUIREMENTS,
        "ledger": _LEDGER,
        "stages": _STAGES,
        "work": _work(),
        "runway_picture": runway.runway(_runway(), key="gr"),
        "window": pictures.window(key="gw", first_day=date(2026, 11, 10), length=28, today=TODAY, title="MHRA silence"),
        "window_paused": pictures.window(
            key="gp",
            first_day=date(2026, 11, 10),
            length=33,
            today=date(2026, 11, 20),
            paused_days=5,
            title="Paused window",
        ),
        "looks": state_words.LOOK_STATES,
        "machines": [(machine, state_words.states_of(machine)) for machine in state_words.machines()],
        "form": EveryField(),
        "wrong": _wrong(),
        "now": NOW,
        "today": TODAY,
    }


def render_gallery(**options: Any) -> str:
    """The page as text; ``options`` as :func:`context`."""
    return get_template("gallery.html").render(context(**options))


def gallery(request: HttpRequest) -> HttpResponse:
    """The page; a production house has none."""
    if settings.ENVIRONMENT not in ("demonstration", "test"):
        raise Http404
    return HttpResponse(
        render_gallery(
            phone=request.GET.get("layout") == "phone",
            direction="rtl" if request.GET.get("dir") == "rtl" else "ltr",
            late=request.GET.get("sweep") == "late",
        )
    )
