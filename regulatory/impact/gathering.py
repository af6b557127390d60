"""Thousands of cases as the impact core sees them, in a dozen queries whatever their number.

Rows come as plain values, and only what a changed gate, date or paper looks at is read. The facts are those of
`regulatory.facts`: for the case and its governing filing, and for each consignment that something sets apart from it,
its own authorization, its port, its events or what was signed for it.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from cases.custody.models import Consignment
from cases.deadlines.dates import moment
from cases.deadlines.models import Deadline
from cases.documents.models import Document, Signature
from cases.models import Case, Determination, Urgency
from regulatory.conditions import NO, YES, conditions_in
from regulatory.impact.change import RuleChange
from regulatory.impact.needs import Needs
from regulatory.impact.permits import permit_held, permits_of, standing_permits
from regulatory.impact.standing import AHEAD, DECIDED, OUT, THERE, UNDER_WAY, UNSENT, Filed, Running, Shipment, Standing
from regulatory.lists.services import facts_of_lists
from regulatory.models import Attestation as Attested
from regulatory.models import Authorization, Filing, PathwayEvent
from regulatory.pathway import STANDING
from regulatory.profiles.facts import Attestation, DocumentHeld, Event
from regulatory.profiles.route import MAIN
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
            "pharmacy_id",
        )
    )  # fmt: skip
    _give_lists(changes, needs, {row[6] for row in rows})
    inside = Q(case__in=cases.values("pk"))
    filings = _by_case(
        Filing.objects.filter(inside).order_by("number"),
        "pk", "number", "kind", "state", "authority", "planned_on", "step",
    )  # fmt: skip
    events = _events(inside, needs) if needs.events else {}
    signed = _signed(inside) if "prescription_signed" in needs.events else {}
    shipments = _by_case(
        Consignment.objects.filter(inside, state__in=list(_WHERE)).order_by("number"),
        "number", "state", "planned_dispatch_on", "planned_arrival_on", "dispatched_at", "arrived_at",
        "days_of_therapy", "quantity", "pk", "authorization_id", "port", "authorization__filing_id",
    )  # fmt: skip
    running = _running(inside, needs) if needs.dates else {}
    papers = _papers(inside, needs) if needs.papers else {}
    shared = standing_permits(changes.values()) if needs.authorizations else {}
    taken_by = inside | Q(authorization__level=STANDING) if shared else inside
    permits = permits_of(inside, taken_by) if needs.authorizations else {}
    in_force = _by_case(
        Authorization.objects.filter(inside, state=Authorization.State.IN_FORCE).order_by("number"),
        "number", "valid_until",
    )  # fmt: skip
    attested = _attested(inside) if needs.attests else {}
    questions = {pk: _questions(change) for pk, change in changes.items()}
    for row in rows:
        pk, version = row[0], row[5]
        permitted = (*permits.get(pk, ()), *(one for home, one in shared.get((row[12], row[6]), ()) if home != pk))
        zone = zones[version]
        filed = filings.get(pk, ())
        happened = _events_of(events.get(pk, ()), _governing(filed))
        if pk in signed:
            happened = (*happened, Event("prescription_signed", signed[pk]))
        names = {event.name for event in happened}
        statements = [one for one in attested.get(pk, ()) if one[4] is None]
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
                authorizations=tuple(permit_held(one, row) for one in permitted),
                attestations=tuple(_signature(one, zone) for one in statements if not one[1].endswith(_ANSWERS)),
                conditions=_conditions(row, statements, questions[version]),
                medicine=row[6],
                shipments=tuple(
                    _shipment(
                        one,
                        zone,
                        row,
                        filed,
                        signed.get(pk),
                        Beside(events.get(pk, ()), permitted, attested.get(pk, ())),
                    )
                    for one in shipments.get(pk, ())
                ),
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
    rows = PathwayEvent.objects.filter(inside, withdrawn_at__isnull=True, name__in=wanted)
    fields = ("filing_id", "consignment_id", "name", "happened_at", "recipient", "channel")
    return _by_case(rows.order_by("happened_at", "id"), *fields)


def _governing(filed: Iterable[Any]) -> int | None:
    """The last filing of the pathway itself that went out."""
    gone = [
        one
        for one in filed
        if one[3] not in (*_NOT_SENT, Filing.State.WITHDRAWN) and one[2] != Filing.Kind.REPORT and one[6] == MAIN
    ]
    return gone[-1][0] if gone else None


def _events_of(events: Iterable[Any], governing: int | None, consignment: int | None = None) -> tuple[Event, ...]:
    """Events of the case itself, of that filing and, where one is named, of that consignment."""
    return tuple(
        Event(name, at, recipient or None, channel or None)
        for filing, box, name, at, recipient, channel in events
        if filing in (None, governing) and box in (None, consignment)
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


def _attested(inside: Q) -> By:
    rows = Attested.objects.filter(inside).order_by("attested_at", "id")
    return _by_case(rows, "role", "statement", "gate_fact", "attested_at", "consignment_id")


def _signature(row: Any, zone: ZoneInfo) -> Attestation:
    role, statement, fact, at, _ = row
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
    for _, statement, fact, _, _ in statements:
        if fact in questions and statement.endswith((YES, NO)):
            answers[questions[fact]] = not statement.endswith(NO)
    if case[7]:
        answers["controlled_drug"] = True
    return tuple(sorted(answers.items()))


@dataclass(frozen=True, slots=True)
class Beside:
    """What is recorded of a case that may speak for one of its consignments."""

    events: Iterable[Any]
    permits: Iterable[Any]
    attested: Iterable[Any]


def _shipment(
    row: Any, zone: ZoneInfo, case: Any, filed: Iterable[Any], signed: datetime | None, beside: Beside
) -> Shipment:
    number, state, leaves, arrives, dispatched_at, arrived_at, days, quantity, pk, linked, _, notice = row

    def local(at: datetime | None, planned: date) -> date:
        return planned if at is None else at.astimezone(zone).date()

    own = any(one[1] == pk for one in beside.events)
    events = authorizations = attestations = None
    if linked is not None or own:
        events = _events_of(beside.events, _governing(filed) if linked is None else notice, pk)
        if signed is not None:
            events = (*events, Event("prescription_signed", signed))
    if beside.permits:
        level = next((one[2] for one in beside.permits if one[0] == linked), None)
        speak = [one for one in beside.permits if level in (None, "standing") or one[0] == linked or one[2] != level]
        authorizations = tuple(permit_held(one, case, row) for one in speak)
    if any(one[4] == pk for one in beside.attested):
        attestations = tuple(
            _signature(one, zone) for one in beside.attested if one[4] in (None, pk) and not one[1].endswith(_ANSWERS)
        )
    return Shipment(
        f"C-{number}", _WHERE[state], local(dispatched_at, leaves), local(arrived_at, arrives), days, quantity,
        events, authorizations, attestations,
    )  # fmt: skip


def _filed(row: Any) -> Filed:
    _, number, _, state, authority, planned_on, _ = row
    stands = UNSENT if state in _NOT_SENT else OUT if state in _OUT else DECIDED
    return Filed(f"F-{number}", authority, stands, planned_on)
