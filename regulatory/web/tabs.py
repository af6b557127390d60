"""The Filings tab: filings, authorizations with their quantities, gates now, and the events they are judged from."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from cases.deadlines.calendars import installed
from cases.models import Case
from cases.people.models import User
from cases.web.registries import Arrived, arrives
from cases.web.tabs import Tab, register_tab
from regulatory.facts import facts_of
from regulatory.models import Enquiry
from regulatory.pathway import profile_of
from regulatory.profiles import words
from regulatory.profiles.gates import evaluate_gates
from regulatory.quantities import balance


def _filings(case: Case, user: User, now: datetime) -> dict[str, Any]:
    profile = profile_of(case.profile_version)
    gates = evaluate_gates(profile, facts_of(case), calendars=installed(), now=now)
    authorizations = list(case.authorizations.select_related("medicine", "document").order_by("-number"))
    return {
        "filings": list(case.filings.select_related("proof", "decision_letter").order_by("-number")),
        "questions": list(case.filing_questions.select_related("filing").order_by("-asked_at")),
        "authorizations": [(one, balance(one)) for one in authorizations],
        "reviews": list(case.reviews.select_related("decided_by", "requested_by").order_by("-number")),
        "gates": [
            {
                "name": words.capital(words.spaced(gate.gate)),
                "state": {True: "good", False: "harm", None: "draft"}[gate.open],
                "words": {True: "Open", False: "Shut", None: "Not known"}[gate.open],
                "opens_on": gate.opens_on,
                "missing": [item.sentence for item in gate.missing],
                "because": ", ".join(gate.because),
                "confidence": gate.confidence,
            }
            for gate in gates
        ],
        "facts": list(case.pathway_events.order_by("-happened_at", "-id")[:50]),
    }


register_tab(Tab("filings", "Filings", 30, "regulatory/filings.html", _filings, lambda case: case.filings.count()))


@arrives
def new_enquiries(user: User, now: datetime) -> list[Arrived]:
    """Enquiries that nobody has answered, for Today."""
    rows = Enquiry.objects.filter(pharmacy=user.pharmacy, state=Enquiry.State.OPEN).order_by("acknowledge_by")[:50]
    return [
        Arrived(
            reference=row.reference,
            url=reverse("enquiry", args=[row.reference]),
            kind="Enquiry",
            what=f"{row.product}, asked by {row.get_asked_by_display()}",
            arrived_at=row.received_at,
            acknowledge_by=row.acknowledge_by,
        )
        for row in rows
    ]
