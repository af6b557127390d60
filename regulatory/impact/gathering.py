"""Thousands of cases as the impact core sees them, in a dozen queries whatever their number.

Rows come as plain values, and only what a changed gate, date or paper looks at is read. The facts are those of
`regulatory.facts`, for the case and its governing filing; consignments are judged by their days.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from cases.custody.models import Consignment
from cases.deadlines.dates import moment
from cases.deadlines.models import Deadline
from cases.documents.models import Document, Signature
from cases.models import Case, Determination, Urgency
from regulatory.conditions import NO, YES, conditions_in
from regulatory.impact.change import RuleChange
from regulatory.impact.gate_effects import canonical
from regulatory.impact.standing import AHEAD, DECIDED, OUT, THERE, UNDER_WAY, UNSENT, Filed, Running, Shipment, Standing
from regulatory.lists.services import facts_of_lists
from regulatory.models import Attestation as Attested
from regulatory.models import Authorization, Filing, PathwayEvent
from regulatory.profiles.facts import Attestation, AuthorizationHeld, DocumentHeld, Event
from regulatory.quantities import BEFORE_DISPATCH

AT_THE_BORDER = frozenset({"border_clearance_issued", "received_at_port"})
_URGENCY: Mapping[str, int] = {Urgency.STANDARD: 0, Urgency.URGENT: 1, Urgency.EMERGENCY: 2}
_NOT_SENT = (Filing.State.PREPARING, Filing.State.READY)
_OUT = (Filing.State.SUBMITTED, Filing.State.ACKNOWLEDGED, Filing.State.QUESTION, Filing.State.ANSWERED)
_WHERE = {
    **dict.fromkeys(BEFORE_DISPATCH, AHEAD),
    Consignment.State.IN_TRANSIT: UNDER_WAY,
    Consignment.State.ARRIVED: THERE,
    Consignment.State.ACCEPTED: THERE,
}
_ANSWERS = (f"”: {YES}", f"”: {NO}")
By = Mapping[int, list[Any]]


@dataclass(frozen=True, slots=True)
class Needs:
    """What the changed facts look at; everything else is not read."""

    events: frozenset[str]
    papers: frozenset[str]
    authorizations: bool
    attests: bool
    lists: frozenset[str]
    dates: frozenset[str]

    @classmethod
    def of(cls, changes: Iterable[RuleChange]) -> "Needs":
        """What these changes together ask for."""
        events: set[str] = set()
        papers: set[str] = set()
        dates: set[str] = set()
        lists: set[str] = set()
        lookers = []
        for change in changes:
            lookers += change.lookers
            for fact in change.sections.get("documents", ()):
                papers |= {str(side["doc_type"]) for side in change.facts[fact] if side}
            for section in ("deadlines", "decision_times", "validity", "renewal"):
                dates |= set(change.sections.get(section, ()))
        for looker in lookers:
            events |= looker.events
            papers |= looker.papers
            lists |= looker.lists
        return cls(
            events=frozenset(events),
            papers=frozenset(papers),
            authorizations=any(looker.authorizations for looker in lookers),
            attests=any(looker.attests for looker in lookers) or bool(papers),
            lists=frozenset(lists),
            dates=frozenset(dates),
        )


def standings(cases: "QuerySet[Case]", changes: Mapping[int, RuleChange]) -> Iterator[tuple[int, int, Standing]]:
    """(pk, pk of its version, standing) of every one of these cases.

    :param changes: the prepared change by the pk of the version that a case pins; it is given the dated lists here.
    """
    needs = Needs.of(changes.values())
    zones = {pk: change.calendars[change.after.jurisdiction].tzinfo for pk, change in changes.items()}
    rows = list(
        cases.values_list(
            "pk", "reference", "stage", "urgency", "runs_out_on", "profile_version_id", "medicine_id",
            "medicine__is_controlled", "patient__reference", "prescriber_id", "indication", "institution_id",
        )
    )  # fmt: skip
    _give_lists(changes, needs, {row[6] for row in rows})
    inside = Q(case__in=cases.values("pk"))
    filings = _by_case(
        Filing.objects.filter(inside).order_by("number"),
        "pk", "number", "kind", "state", "authority", "planned_on",
    )  # fmt: skip
    events = _events(inside, needs) if needs.events else {}
    signed = _signed(inside) if "prescription_signed" in needs.events else {}
    shipments = _by_case(
        Consignment.objects.filter(inside, state__in=list(_WHERE)).order_by("number"),
        "number", "state", "planned_dispatch_on", "planned_arrival_on", "dispatched_at", "arrived_at",
        "days_of_therapy", "quantity",
    )  # fmt: skip
    running = _running(inside, needs) if needs.dates else {}
    papers = _papers(inside, needs) if needs.papers else {}
    permits = _permits(inside) if needs.authorizations else {}
    in_force = _by_case(
        Authorization.objects.filter(inside, state=Authorization.State.IN_FORCE).order_by("number"),
        "number", "valid_until",
    )  # fmt: skip
    attested = _attested(inside) if needs.attests else {}
    questions = {pk: _questions(change) for pk, change in changes.items()}
    for row in rows:
        pk, version = row[0], row[5]
        zone = zones[version]
        filed = filings.get(pk, ())
        happened = _of_the_filing(events.get(pk, ()), filed)
        if pk in signed:
            happened = (*happened, Event("prescription_signed", signed[pk]))
        names = {event.name for event in happened}
        statements = attested.get(pk, ())
        yield (
            pk,
            version,
            Standing(
                reference=row[1],
                stage=row[2],
                urgency=_URGENCY.get(row[3], 0),
                runs_out_on=row[4],
                events=happened,
                documents=tuple(_paper(one, names) for one in papers.get(pk, ())),
                authorizations=tuple(_permit(one, row) for one in permits.get(pk, ())),
                attestations=tuple(_signature(one, zone) for one in statements if not one[1].endswith(_ANSWERS)),
                conditions=_conditions(row, statements, questions[version]),
                medicine=row[6],
                shipments=tuple(_shipment(one, zone) for one in shipments.get(pk, ())),
                running=tuple(running.get(pk, ())),
                filings=tuple(_filed(one) for one in filed if one[3] != Filing.State.WITHDRAWN),
                permits=tuple((f"A-{number}", until) for number, until in in_force.get(pk, ())),
            ),
        )


def _by_case(rows: "QuerySet[Any]", *fields: str) -> By:
    found: dict[int, list[Any]] = defaultdict(list)
    for case, *values in rows.values_list("case_id", *fields):
        found[case].append(values)
    return found


def _give_lists(changes: Mapping[int, RuleChange], needs: Needs, medicines: set[int]) -> None:
    if not needs.lists:
        return
    read = {medicine: facts_of_lists(needs.lists, medicine) for medicine in sorted(medicines)}
    for change in changes.values():
        change.lists = next((found["lists"] for found in read.values()), {})
        change.list_keys = {medicine: found["list_keys"] for medicine, found in read.items()}


def _events(inside: Q, needs: Needs) -> By:
    wanted = needs.events | (AT_THE_BORDER if needs.papers else frozenset())
    rows = PathwayEvent.objects.filter(inside, withdrawn_at__isnull=True, consignment__isnull=True, name__in=wanted)
    return _by_case(rows.order_by("happened_at", "id"), "filing_id", "name", "happened_at", "recipient", "channel")


def _of_the_filing(events: Iterable[Any], filed: Iterable[Any]) -> tuple[Event, ...]:
    """Events of the case itself and of the last filing that went out."""
    gone = [one for one in filed if one[3] not in (*_NOT_SENT, Filing.State.WITHDRAWN) and one[2] != Filing.Kind.REPORT]
    governing = gone[-1][0] if gone else None
    return tuple(
        Event(name, at, recipient or None, channel or None)
        for filing, name, at, recipient, channel in events
        if filing is None or filing == governing
    )


def _signed(inside: Q) -> dict[int, datetime]:
    rows = Determination.objects.filter(inside, state=Determination.State.SIGNED, signed_at__isnull=False)
    return {case: at for case, at in rows.values_list("case_id", "signed_at") if at is not None}


def _running(inside: Q, needs: Needs) -> dict[int, list[Running]]:
    stands = Q(state__in=["running", "paused", "missed"]) | Q(state__in=["met", "met_late"], rule__kind="notice_lead")
    rows = Deadline.objects.filter(inside, stands, fact__in=needs.dates)
    # As texts: ten thousand rows have a handful of different rules, and each is read once.
    rows = rows.annotate(
        ruled=Cast("rule", TextField()),
        stopped=Cast("pauses", TextField()),
        began=KeyTextTransform("anchor", "computation"),
    )
    fields = ("label", "subject", "fact", "due_on", "force", "ruled", "began", "stopped", "met_at", "zone")
    found: dict[int, list[Running]] = defaultdict(list)
    rules: dict[str, dict[str, Any]] = {}
    for row in rows.order_by("due_at", "id").values_list("case_id", *fields):
        case, label, subject, fact, due_on, force, ruled, anchor, stops, met_at, zone = row
        met_on = met_at.astimezone(ZoneInfo(zone)).date() if met_at else None
        rule = rules.get(ruled)
        if rule is None:
            rule = rules[ruled] = json.loads(ruled)
        pauses = _pauses(stops) if stops != "[]" else ()
        if rule:
            found[case].append(Running(label, subject, fact, due_on, force, rule, anchor, pauses, met_on))
    return found


def _pauses(stops: str) -> tuple[Any, ...]:
    return tuple(
        (moment(one["began"]), moment(one["until"]) if one.get("until") else None, one.get("because", ""))
        for one in json.loads(stops)
    )


def _papers(inside: Q, needs: Needs) -> By:
    rows = Document.objects.filter(
        inside, state__in=(Document.State.ACCEPTED, Document.State.EXPIRED), doc_type__in=needs.papers
    ).annotate(is_signed=Exists(Signature.objects.filter(document=OuterRef("pk"))))
    fields = ("number", "doc_type", "state", "source", "is_signed", "issued_on", "valid_until", "held_by")
    return _by_case(rows.order_by("number"), *fields)


def _paper(row: Any, names: set[str]) -> DocumentHeld:
    number, doc_type, state, source, is_signed, issued_on, valid_until, held_by = row
    states = ["complete", "valid"]
    if is_signed or source == Document.Source.UPLOAD:
        states.append("signed")
    if doc_type == "ethics_opinion" and "ethics_opinion_given" in names:
        states.append("favourable")
    if AT_THE_BORDER & names:
        states.append("shown")
    if state == Document.State.EXPIRED:
        states = ["expired"]
    held = (held_by,) if held_by else ()
    return DocumentHeld(doc_type, tuple(states), issued_on, valid_until, held, reference=f"D-{number}")


def _permits(inside: Q) -> By:
    spent = Sum("quantity_entries__quantity", filter=~Q(quantity_entries__account="authorized"))
    used = Count("consignments", distinct=True, filter=Q(consignments__dispatched_at__isnull=False))
    rows = Authorization.objects.filter(inside)
    taken = {
        pk: (total or Decimal(0), uses)
        for pk, total, uses in rows.order_by("pk").annotate(total=spent, uses=used).values_list("pk", "total", "uses")
    }
    fields = (
        "pk", "state", "level", "covers", "valid_from", "valid_until", "max_uses", "quantity", "prescriber_id",
        "medicine_id", "indication", "port", "document__doc_type",
    )  # fmt: skip
    found = _by_case(rows.order_by("number"), *fields)
    return {case: [(*row, *taken[row[0]]) for row in permits] for case, permits in found.items()}


def _permit(row: Any, case: Any) -> AuthorizationHeld:
    """In what it covers this case or another one; like cases look alike."""
    (_, state, level, covers, valid_from, valid_until, max_uses, quantity, prescriber, medicine, indication, port,
     document, spent, uses) = row  # fmt: skip
    own = {
        "patient": (case[8],),
        "prescriber": (f"prescriber {prescriber}",),
        "product": (f"medicine {medicine}",),
        "indication": (indication.casefold(),),
        "applicant": ("as named in the letter",),
        "importer": ("as named in the letter",),
        "consignee": (f"institution {case[11]}",),
        "port": (port.casefold(),) if port else (),
    }
    subject = {
        "patient": case[8],
        "prescriber": f"prescriber {case[9]}",
        "product": f"medicine {case[6]}",
        "indication": case[10].casefold(),
        "applicant": "as named in the letter",
        "importer": "as named in the letter",
        "consignee": f"institution {case[11]}",
        "port": port.casefold(),
    }
    held = AuthorizationHeld(
        reference="of this case",
        state=state,
        level=level,
        covers={aspect: own[aspect] for aspect in sorted(covers) if own.get(aspect)},
        valid_from=valid_from,
        valid_until=valid_until,
        uses_left=None if max_uses is None else max_uses - uses,
        quantity_left=None if quantity is None else quantity - spent,
        document=document,
    )
    return canonical(held, subject)


def _attested(inside: Q) -> By:
    rows = Attested.objects.filter(inside).order_by("attested_at", "id")
    return _by_case(rows, "role", "statement", "gate_fact", "attested_at")


def _signature(row: Any, zone: ZoneInfo) -> Attestation:
    role, statement, fact, at = row
    return Attestation(role, statement, at.astimezone(zone).date(), reference=fact)


def _questions(change: RuleChange) -> dict[str, str]:
    """The conditions of both versions: the fact that asks, and the key of its words."""
    return {
        fact: condition.key
        for profile in (change.before, change.after)
        for condition in conditions_in(profile)
        for fact in condition.facts
    }


def _conditions(case: Any, statements: Iterable[Any], questions: Mapping[str, str]) -> tuple[tuple[str, bool], ...]:
    answers = {"controlled_drug": case[7], "urgent_case": case[3] != Urgency.STANDARD}
    for _, statement, fact, _ in statements:
        if fact in questions and statement.endswith((YES, NO)):
            answers[questions[fact]] = not statement.endswith(NO)
    return tuple(sorted(answers.items()))


def _shipment(row: Any, zone: ZoneInfo) -> Shipment:
    number, state, leaves, arrives, dispatched_at, arrived_at, days, quantity = row

    def local(at: datetime | None, planned: date) -> date:
        return planned if at is None else at.astimezone(zone).date()

    return Shipment(
        f"C-{number}", _WHERE[state], local(dispatched_at, leaves), local(arrived_at, arrives), days, quantity
    )


def _filed(row: Any) -> Filed:
    _, number, _, state, authority, planned_on = row
    stands = UNSENT if state in _NOT_SENT else OUT if state in _OUT else DECIDED
    return Filed(f"F-{number}", authority, stands, planned_on)
