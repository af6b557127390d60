"""What is known about a case, gathered for the pure evaluator: nine queries, a few more with dated lists.

Gates are asked about one filing and one consignment at a time. Events of an earlier filing or of another consignment do
not speak for this one: the silence that cleared the last import clears no other.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Sum

from cases.custody.consignment_papers import not_its_own
from cases.custody.models import Consignment
from cases.documents.models import Document, Signature
from cases.documents.translations import why_stale
from cases.lifecycle.verbs import Situation
from cases.models import Case, Determination
from regulatory.conditions import conditions_of, is_answer
from regulatory.emergencies import is_confirmation
from regulatory.lists.services import facts_of_lists
from regulatory.models import Authorization, Filing
from regulatory.pathway import STANDING, local_day, profile_of
from regulatory.profiles.facts import Attestation, AuthorizationHeld, DocumentHeld, Event, Facts, Lot, Party
from regulatory.profiles.loader import Profile
from regulatory.profiles.looks_at import lists_in
from regulatory.profiles.route import MAIN
from regulatory.profiles.stops import Question, doubts_of, pauses_of
from regulatory.quantities import BEFORE_DISPATCH, factor_of
from regulatory.recording import governing_filing
from regulatory.scopes import is_reading, scopes_in, scopes_of
from regulatory.standing_authority import counted_as, covering

AT_THE_BORDER = frozenset({"border_clearance_issued", "received_at_port"})


def facts_of(case: Case, *, consignment: Consignment | None = None, planned: dict[str, date] | None = None) -> Facts:
    """The facts of a case, of its governing filing and, when given, of one consignment.

    :param planned: days that the person has just typed, by event (``import_day``, ``shipped``); they take the place of
        the consignment's own.
    """
    profile = profile_of(case.profile_version)
    linked = consignment.authorization if consignment is not None else None
    filing = governing_filing(case, linked)
    events = _events(case, filing, consignment)
    further = covering(case)
    asked = questions_of(filing) if filing is not None else []
    return Facts(
        events=events,
        documents=(*documents_of(case, profile, events, consignment=consignment), *_letters(case, further)),
        authorizations=_authorizations(case, consignment, linked, further),
        parties={"consignee": _consignee(case)},
        attestations=_attestations(case, consignment),
        lots=_lots(consignment),
        planned=_planned(consignment) | (planned or {}),
        subject=_subject(case, consignment),
        quantity=_quantity(consignment, linked),
        conditions=conditions_of(case),
        pauses=pauses_of(profile, events, asked),
        doubts=doubts_of(profile, events, asked),
        **facts_of_lists(lists_in(profile), case.medicine_id),
    )


def questions_of(filing: Filing) -> list[Question]:
    """The authority's questions on a filing, for the count that they may stop."""
    rows = filing.questions.order_by("asked_at").values_list("asked_at", "answered_at")
    return [Question(asked, answered, filing.clock_word) for asked, answered in rows]


def facts_for(situation: Situation, *, consignment: Consignment | None = None) -> Facts:
    """The facts a requirement looks at; gathered once a situation, with the days just typed."""
    key = f"facts:{consignment.pk if consignment else ''}"
    if key not in situation.cache:
        typed = {
            event: situation.facts[name]
            for event, name in (("shipped", "planned_dispatch_on"), ("import_day", "planned_arrival_on"))
            if situation.facts.get(name)
        }
        situation.cache[key] = facts_of(situation.case, consignment=consignment, planned=typed)
    facts: Facts = situation.cache[key]
    return facts


def _events(case: Case, filing: Filing | None, consignment: Consignment | None) -> tuple[Event, ...]:
    own = Q(filing__isnull=True) | Q(filing=filing) if filing is not None else Q(filing__isnull=True)
    if consignment is not None:
        own &= Q(consignment__isnull=True) | Q(consignment=consignment)
    recorded = case.pathway_events.filter(own, withdrawn_at__isnull=True).order_by("happened_at", "id")
    events = [
        Event(
            name=event.name,
            at=event.happened_at,
            recipient=event.recipient or None,
            channel=event.channel or None,
            reference=f"E-{event.pk}",
        )
        for event in recorded
    ]
    signed = case.determinations.filter(state=Determination.State.SIGNED).values_list("number", "signed_at").first()
    if signed is not None and signed[1] is not None:
        events.append(Event("prescription_signed", signed[1], reference=f"N-{signed[0]}"))
    return tuple(events)


def documents_of(
    case: Case, profile: Profile, events: Iterable[Event], *, consignment: Consignment | None = None
) -> tuple[DocumentHeld, ...]:
    """Accepted papers; for a consignment none that was made for another one.

    An uploaded one that a person accepted counts as complete and, where it must be, as signed by hand; one written by
    the system counts as signed only with a signature over its bytes.
    """
    names = {event.name for event in events}
    told = (Document.State.ACCEPTED, Document.State.EXPIRED, Document.State.STALE)
    strangers = not_its_own(consignment) if consignment is not None and consignment.pk else {}
    rows = (
        case.documents.filter(state__in=told)
        .exclude(pk__in=strangers)
        .annotate(is_signed=Exists(Signature.objects.filter(document=OuterRef("pk"))))
    )
    scopes = scopes_of(case) if scopes_in(profile) else {}
    return tuple(_document(row, names, scopes.get(row.label, ())) for row in rows.order_by("number"))


def _document(row: Any, names: set[str], scopes: tuple[str, ...]) -> DocumentHeld:
    states = ["complete", "valid"]
    if row.is_signed or row.source == Document.Source.UPLOAD:
        states.append("signed")
    if row.doc_type == "ethics_opinion" and "ethics_opinion_given" in names:
        states.append("favourable")
    if AT_THE_BORDER & names:
        states.append("shown")
    if row.state != Document.State.ACCEPTED:
        states = [row.state]
    return DocumentHeld(
        type=row.doc_type,
        states=tuple(states),
        issued_on=row.issued_on,
        valid_until=row.valid_until,
        held_by=(row.held_by,) if row.held_by else (),
        scopes=scopes,
        reference=row.label,
        stale=why_stale(row),
    )


def _letters(case: Case, further: list[Authorization]) -> Iterator[DocumentHeld]:
    """The letter of a standing authority speaks for each case that it covers, as it lies with the case it came to."""
    for held in further:
        letter = held.document
        if (
            letter is not None
            and letter.state == Document.State.ACCEPTED
            and held.state == Authorization.State.IN_FORCE
        ):
            yield DocumentHeld(
                type=letter.doc_type,
                states=("complete", "valid", "signed"),
                issued_on=letter.issued_on,
                valid_until=letter.valid_until,
                held_by=(letter.held_by,) if letter.held_by else (),
                reference=f"letter of {held.named_in(case.pk)}",
            )


def _authorizations(
    case: Case, consignment: Consignment | None, linked: Authorization | None, further: list[Authorization]
) -> tuple[AuthorizationHeld, ...]:
    """Those that may speak for this consignment: the one it travels under and those of another level, else all.

    What the consignment itself has taken of quantity and uses counts as still left for it; what other cases took of a
    standing authority does not.
    """
    of_the_supply = Q(filing__isnull=True) | Q(filing__step=MAIN)
    own = case.authorizations.filter(of_the_supply).select_related("document").order_by("number")
    if linked is not None:
        own = own.filter(Q(pk=linked.pk) | ~Q(level=linked.level) | Q(level=STANDING))
    rows = [*own, *further]
    spent, uses = _taken(rows, consignment)
    return tuple(
        _authorization(case, row, spent.get(row.pk) or Decimal(0), uses.get(row.pk, 0), consignment) for row in rows
    )


def _taken(
    rows: Iterable[Authorization], consignment: Consignment | None
) -> tuple[dict[int, Decimal | None], dict[int, int]]:
    """What every other consignment has taken of each, in quantity and in uses."""
    named = Authorization.objects.filter(pk__in=[row.pk for row in rows])
    # What was drawn from stock was counted once, when the stock was sent.
    own = counted_as(consignment).pk if consignment is not None and consignment.pk is not None else 0
    others = ~Q(quantity_entries__consignment=own) if own else Q()
    spent = named.values_list("pk").annotate(
        total=Sum("quantity_entries__quantity", filter=~Q(quantity_entries__account="authorized") & others)
    )
    gone = Q(consignments__dispatched_at__isnull=False) & ~Q(consignments__pk=own)
    return dict(spent), dict(named.values_list("pk").annotate(total=Count("consignments", distinct=True, filter=gone)))


def permits_beside(case: Case, consignment: Consignment) -> tuple[AuthorizationHeld, ...]:
    """Authorizations of the route's other filings. Every other consignment that left since one was given took of it."""
    found = []
    for row in case.authorizations.exclude(filing__step=MAIN).filter(filing__isnull=False).order_by("number"):
        gone = case.consignments.filter(dispatched_at__date__gte=row.valid_from).exclude(pk=consignment.pk)
        taken = gone.aggregate(total=Sum("quantity"))["total"] or Decimal(0)
        found.append(_authorization(case, row, taken, gone.count(), consignment))
    return tuple(found)


def _authorization(
    case: Case, row: Authorization, spent: Decimal, uses: int, consignment: Consignment | None
) -> AuthorizationHeld:
    named = {
        "patient": (case.patient.reference,) if row.case_id == case.pk and case.patient else (),
        "prescriber": (f"prescriber {row.prescriber_id}",),
        "product": (f"medicine {row.medicine_id}",),
        "indication": (row.indication.casefold(),),
        "applicant": ("as named in the letter",),
        "importer": ("as named in the letter",),
        "consignee": (f"institution {case.institution_id}",),
        "consignment": (consignment.label,)
        if consignment and counted_as(consignment).authorization_id == row.pk
        else (),
        "port": (row.port.casefold(),) if row.port else (),
    }
    return AuthorizationHeld(
        reference=row.short_in(case.pk),
        state=row.state,
        level=row.level,
        covers={aspect: named[aspect] for aspect in row.covers if named.get(aspect)},
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        uses_left=None if row.max_uses is None else row.max_uses - uses,
        quantity_left=None if row.quantity is None else row.quantity - spent,
        document=row.document.doc_type if row.document else None,
    )


def _consignee(case: Case) -> Party:
    """The receiving institution; its street stands on the shipping papers, its city on file here."""
    has = ("name", "civic_address") if case.institution.city else ("name",)
    return Party(role="hospital_pharmacist", has=has)


def _attestations(case: Case, consignment: Consignment | None) -> tuple[Attestation, ...]:
    """What was signed for the case, and for this consignment; what was signed for another one does not speak here."""
    profile = profile_of(case.profile_version)
    own = Q(consignment__isnull=True) | Q(consignment=consignment) if consignment else Q(consignment__isnull=True)
    return tuple(
        Attestation(
            role=row.role,
            statement=row.statement,
            signed_on=local_day(profile, row.attested_at),
            reference=row.gate_fact,
            by=row.attested_by.code,
        )
        for row in case.attestations.filter(own).select_related("attested_by").order_by("attested_at")
        if not is_answer(row) and not is_reading(row) and not is_confirmation(row)
    )


def _lots(consignment: Consignment | None) -> tuple[Lot, ...]:
    if consignment is None or consignment.pk is None:
        return ()
    rows = consignment.units.values_list("lot__number", "lot__manufactured_on", "lot__expires_on")
    return tuple(Lot(*row) for row in rows.distinct().order_by("lot__number"))


def _planned(consignment: Consignment | None) -> dict[str, date]:
    if consignment is None:
        return {}
    days = {"import_day": consignment.planned_arrival_on, "received_by_consignee": consignment.planned_arrival_on}
    if consignment.state in BEFORE_DISPATCH:
        days["shipped"] = consignment.planned_dispatch_on
    return days


def _subject(case: Case, consignment: Consignment | None) -> dict[str, str]:
    subject = {
        **({"patient": case.patient.reference} if case.patient else {}),
        "prescriber": f"prescriber {case.prescriber_id}",
        "product": f"medicine {case.medicine_id}",
        "indication": case.indication.casefold(),
        "applicant": "as named in the letter",
        "importer": "as named in the letter",
        "consignee": f"institution {case.institution_id}",
    }
    if consignment is not None:
        subject["consignment"] = consignment.label
        if consignment.port:
            subject["port"] = consignment.port.casefold()
    return subject


def _quantity(consignment: Consignment | None, linked: Authorization | None) -> Decimal | None:
    """The consignment's quantity in the authorization's unit."""
    if consignment is None:
        return None
    factor = factor_of(consignment, linked) if linked is not None else Decimal(1)
    return None if factor is None else consignment.quantity * factor
