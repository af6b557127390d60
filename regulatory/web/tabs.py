"""The Filings tab: filings, authorizations with their quantities, gates now, and the events they are judged from."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse

from cases.deadlines.calendars import installed
from cases.lifecycle.steps import next_step, not_in_pathway, possible_steps
from cases.lifecycle.telling import tell as told
from cases.models import Case
from cases.people.models import User
from cases.web import words as desk_words
from cases.web.registries import Arrived, Change, arrives, tells_changes
from cases.web.tabs import Tab, register_tab
from regulatory.facts import facts_of
from regulatory.lists.models import ListEdition, ListPlace
from regulatory.lists.services import SUBJECTS, edition_on, editions_used
from regulatory.models import Enquiry, Filing, QuantityEntry, Review
from regulatory.pack.grounds import what_changed
from regulatory.pathway import local_day, profile_of, unanswered_withdraws
from regulatory.profiles import words
from regulatory.profiles.gates import evaluate_gates
from regulatory.profiles.looks_at import lists_in
from regulatory.quantities import balance
from regulatory.renewals import Renewal, renewal_of
from regulatory.reviewing.standing import standings
from regulatory.route import Stands, standing
from regulatory.standing_authority import covering
from regulatory.verbs.packs import BEFORE_IT_IS_SENT
from regulatory.web.ledger import drawing
from regulatory.web.next_steps import steps_on_records
from regulatory.web.way_drawn import draw
from regulatory.web.way_through import Station, Way
from regulatory.wrong_papers import flags_of


def _filings(case: Case, user: User, now: datetime) -> dict[str, Any]:
    profile = profile_of(case.profile_version)
    gates = evaluate_gates(profile, facts_of(case), calendars=installed(), now=now)
    lines = QuantityEntry.objects.select_related("consignment").order_by("happened_at", "id")
    authorizations = list(
        case.authorizations.select_related("medicine", "document")
        .prefetch_related(Prefetch("quantity_entries", lines))
        .order_by("-number")
    )
    steps = possible_steps(case, by=user, now=now)
    return {
        "filings": _with_packs(case),
        "wrong_papers": flags_of(case),
        "steps": steps_on_records(case, steps, next_step(case, steps)),
        "route": _route(case),
        "renewals": _renewals(case, now),
        "unanswered": _UNANSWERED[unanswered_withdraws(profile)],
        "questions": list(case.filing_questions.select_related("filing").order_by("-asked_at")),
        "authorizations": [(one, stands, drawing(one, stands)) for one in authorizations for stands in [balance(one)]],
        "covering": _covering(case, user, now),
        "conditions": list(case.grant_conditions.select_related("authorization", "evidence").order_by("number")),
        "reviews": _reviews(case),
        "declines": list(
            case.declines.select_related("letter", "sent_by", "reconsidered_by", "prepared_by").order_by("-number")
        ),
        "gates": [
            {
                "name": words.capital(words.spaced(gate.gate)),
                "state": {True: "good", False: "harm", None: "draft"}[gate.open],
                "words": {True: "Open", False: "Shut", None: "Not known"}[gate.open],
                "opens_on": gate.opens_on,
                "missing": list(dict.fromkeys(item.sentence for item in gate.missing)),
                "because": ", ".join(gate.because),
                "confidence": gate.confidence,
            }
            for gate in gates
        ],
        "may_file": "regulatory.filing.open" not in not_in_pathway(case),
        "lists": _lists(case, lists_in(profile), now),
        "facts": list(case.pathway_events.order_by("-happened_at", "-id")[:50]),
    }


# What follows where the applicant does not answer in time, by what the pathway says of it.
_UNANSWERED: dict[bool | None, str] = {
    True: "If it is not answered in time, the filing counts as withdrawn",
    False: "If it is not answered in time, that counts as a refusal",
    None: "What follows if it is not answered in time is not known, ask the authority",
}


def _covering(case: Case, user: User, now: datetime) -> list[dict[str, Any]]:
    """Standing authorities granted under other cases; the other case is named to whoever may see it."""
    held = covering(case)
    if not held:
        return []
    seen = set(
        Case.objects.visible_to(user, at=now).filter(pk__in=[a.case_id for a in held]).values_list("pk", flat=True)
    )
    return [{"held": a, "left": balance(a), "may_see": a.case_id in seen} for a in held]


def _reviews(case: Case) -> list[tuple[Review, tuple[str, ...]]]:
    """Each review, newest first; the newest of a kind with what has changed since it was passed."""
    changed = {one.review.pk: one.changed for one in standings(case) if one.review is not None}
    rows = case.reviews.select_related("decided_by", "requested_by").order_by("-number")
    return [(row, changed.get(row.pk, ())) for row in rows]


def _renewals(case: Case, now: datetime) -> list[Renewal]:
    """Renewals that are being prepared, the newest first."""
    rows = case.filings.filter(renews__isnull=False, state__in=BEFORE_IT_IS_SENT).order_by("-number")
    found = (renewal_of(row, now=now) for row in rows.select_related("renews", "profile_version", "case"))
    return [one for one in found if one is not None]


def _route(case: Case) -> dict[str, Any]:
    """The filings of the route in their order, drawn, and in a table; nothing where there is one alone."""
    steps = standing(case)
    if len(steps) < 2:
        return {}
    titles = {one.step.code: one.step.title for one in steps}
    stations = tuple(
        Station(one.step.title, (one.told, one.step.authority or "authority not known: ask"), _look(one))
        for one in steps
    )
    wide, narrow = draw(Way(stations, ()), f"route-{case.reference}")
    return {
        "wide": wide,
        "narrow": narrow,
        "steps": [(one, [titles[code] for code in one.step.after]) for one in steps],
    }


def _look(one: Stands) -> str:
    if one.is_given:
        return "good-bg"
    if one.filing is not None and one.filing.state == Filing.State.REFUSED:
        return "harm-bg"
    return "wait-bg" if one.filing is not None and one.filing.submitted_at else "draft-bg"


def _lists(case: Case, names: Sequence[str], now: datetime) -> list[dict[str, Any]]:
    """The dated lists that the pathway reads: where the medicine stands, what stands now, what each step rested on."""
    if not names:
        return []
    editions = list(ListEdition.objects.filter(name__in=names).defer("entries"))
    places = {place.name: place for place in ListPlace.objects.filter(medicine_id=case.medicine_id, name__in=names)}
    used = editions_used(case)
    today = local_day(profile_of(case.profile_version), now)
    return [
        {
            "name": name,
            "title": words.list_title(name),
            "standing": edition_on([row for row in editions if row.name == name], today),
            "place": places.get(name),
            "of_medicines": name not in SUBJECTS,
            "used": [(words.capital(told(event)), event, edition) for event, cited, edition in used if cited == name],
        }
        for name in names
    ]


def _with_packs(case: Case) -> list[tuple[Filing, list[str]]]:
    """Each filing, the newest first, with what changed since its pack was made; nothing once it was sent."""
    joined = ("proof", "decision_letter", "pack", "profile_version", "renews", "varies")
    rows = case.filings.select_related(*joined).order_by("-number")
    unsent = {row.pk for row in rows if row.pack_id and row.state in BEFORE_IT_IS_SENT}
    return [(row, what_changed(row) if row.pk in unsent else []) for row in rows]


register_tab(Tab("filings", "Filings", 30, "regulatory/filings.html", _filings, lambda case: case.filings.count()))


@arrives
def new_enquiries(user: User, now: datetime) -> list[Arrived]:
    """Enquiries that nobody has answered, for Today."""
    rows = Enquiry.objects.filter(pharmacy=user.pharmacy_id, state=Enquiry.State.OPEN).order_by("acknowledge_by")[:50]
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


# How long before its end a licence or a paper is looked at again; house rule, shown with the day itself.
NEAR = timedelta(days=60)


@tells_changes
def since_the_last_filing(case: Case, now: datetime) -> Iterator[Change]:
    """Determination, licence and papers against the newest filing that was submitted; nothing before one was."""
    filing = case.filings.filter(submitted_at__isnull=False).order_by("-submitted_at").first()
    if filing is None or filing.submitted_at is None:
        return
    today = now.date()
    signed = case.determinations.filter(state="signed").order_by("-number").first()
    if signed is not None and signed.signed_at is not None:
        newer = signed.signed_at > filing.submitted_at
        yield (
            Change("care", f"{signed.label} was signed after {filing.label}: the dose is now “{signed.dose}”")
            if newer
            else Change("good", f"Dose: unchanged since {filing.label}, {signed.label} still stands")
        )
    licence = case.prescriber.licence_valid_until
    yield _ends("The prescriber’s licence", licence, case.runs_out_on, today)
    for paper in case.documents.filter(state="accepted", valid_until__isnull=False).order_by("valid_until")[:5]:
        change = _ends(f"{paper.label}, {paper.title}", paper.valid_until, case.runs_out_on, today)
        if change.state != "good":
            yield change


def _ends(what: str, ends: date | None, runs_out: date | None, today: date) -> Change:
    if ends is None:
        return Change("care", f"{what}: its end is not known")
    when = desk_words.day_with_year(ends)
    if ends < today:
        return Change("harm", f"{what} ended {when}: ask for the new one")
    if runs_out is not None and ends < runs_out:
        return Change("care", f"{what} ends {when}, {desk_words.days((runs_out - ends).days)} before the run-out")
    if ends - today < NEAR:
        return Change("care", f"{what} ends {when}, in {desk_words.days((ends - today).days)}: ask for the new one")
    return Change("good", f"{what} stands until {when}")
