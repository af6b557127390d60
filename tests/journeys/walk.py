"""Walks a case from open to closed by what its pathway's data ask for; knows acts and papers, and no country.

Every refusal is read as a person reads it: each unmet line says what is missing, the walker brings it, and tries again.
A line that nothing in the product can satisfy ends the walk with that line.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from cases.custody.models import Partner
from cases.custody.stock import stock_for
from cases.deadlines.calendars import installed
from cases.deadlines.models import Deadline, Force
from cases.lifecycle.checklist import Checked
from cases.lifecycle.errors import RequirementsUnmet
from cases.models import Case, CaseEvent
from cases.people.models import User
from regulatory.conditions import conditions_in
from regulatory.facts import facts_of
from regulatory.gating import ACTS
from regulatory.lists.services import confirm_edition, enter_edition, place_medicine
from regulatory.models import Filing
from regulatory.pathway import (
    authorities,
    coverage_asked,
    local_day,
    needs_authorization,
    profile_of,
    silence_clears,
    statements,
    suggested_kind,
    waits_in,
)
from regulatory.profiles.acts import PERMISSION_ORDER, may
from regulatory.profiles.gates import context_of, evaluate_gate
from regulatory.profiles.loader import Profile, load
from regulatory.profiles.logic import Missing
from regulatory.profiles.looks_at import gate_nodes
from regulatory.profiles.words import BORDER_EVENTS
from regulatory.recording import BY_VERB, DERIVED
from regulatory.verbs.decisions import LEVELS
from regulatory.verbs.pathway_events import BY_OWN_VERB
from tests.factories import PASSWORD, as_sent, build_case, read_on_arrival, sign_determination
from tests.regulatory.ground import Ground, build_ground

OPENED = datetime.fromisoformat("2026-03-02T15:00:00+00:00")
MOST_TRIES = 14
PORT = "Invented Port"
DAY = timedelta(days=1)
# How hard each kind of missing thing is to bring about: of several ways the easiest is gone.
EASE = ("time", "document", "party", "attestation", "plan", "list", "lot", "authorization", "hours", "event", "profile")


class NotOperated(Exception):
    """The pathway asks for what this house never does (personal importation is explained, not operated)."""


class Stuck(AssertionError):
    """Something is asked for that the walk cannot bring; the message is the unmet line."""


@dataclass
class Walk:
    """One case on one pathway. ``ground.now`` is the instant of the next act."""

    ground: Ground
    profile: Profile
    taken: list[str] = field(default_factory=list)
    brought: set[tuple[str, str]] = field(default_factory=set)
    confirmers: tuple[str, ...] = ("coordinator", "doctor")
    # Of stock: the walks of the patients' cases that drew from it.
    drawn: list["Walk"] = field(default_factory=list)

    # -- taking a verb, bringing what it lacks

    def take(self, verb: str, facts: Callable[[], Mapping[str, Any]] = dict, **more: Any) -> CaseEvent:
        """Take a verb; whatever it lacks is brought first."""
        lacking: list[str] = []
        for _ in range(MOST_TRIES):
            try:
                event = self.ground.take(
                    verb, now=self.tick(), subject=self._subject(verb, more), **facts(), **self._by(more)
                )
            except RequirementsUnmet as refusal:
                lacking = [line.fact for line in refusal.unmet]
                self.satisfy(verb, refusal.unmet)
                continue
            self.taken.append(verb)
            return event
        raise Stuck(f"{self.profile.key}: {verb} was refused {MOST_TRIES} times: {lacking}")

    def tick(self) -> datetime:
        """Ten minutes later."""
        return self.ground.now + timedelta(minutes=10)

    def _subject(self, verb: str, more: Mapping[str, Any]) -> Any:
        if "on" in more:
            return more["on"]
        if verb.startswith("custody.consignment.") and not verb.endswith((".plan", ".draw")):
            return self.ground.consignment
        if verb.startswith("regulatory.filing.") and not verb.endswith(".open"):
            return self.ground.filing
        return None

    def _by(self, more: Mapping[str, Any]) -> dict[str, User]:
        return {"by": more["by"]} if "by" in more else {}

    def satisfy(self, verb: str, unmet: Iterable[Checked]) -> None:
        """Bring what the first unmet line lacks; the next try tells what is left."""
        # A review is of what is on file: what else is missing comes first.
        line = min(unmet, key=lambda one: one.code.startswith("ReviewsPassed"))
        code, _, named = line.code.partition(":")
        bring = getattr(self, f"_bring_{_snake(code)}", None)
        if bring is None:
            raise Stuck(f"{self.profile.key}: {verb}: {line.code}: {line.sentence}: {line.fact}")
        bring(verb, line, named)

    # -- one way for each requirement

    def _bring_papers_complete(self, verb: str, line: Checked, fact: str) -> None:
        paper = next(entry for entry in self.profile.section("documents") if entry["id"] == fact)
        condition = next((one for one in conditions_in(self.profile) if fact in one.facts), None)
        if condition is not None and line.remedy == ("Answer the condition", "regulatory.condition.answer"):
            self.ground.take("regulatory.condition.answer", now=self.tick(), condition=condition.facts[0], applies="no")
            return
        self.paper(paper["doc_type"])

    def _bring_gate_open(self, verb: str, line: Checked, gate: str) -> None:
        items = self._missing(verb, gate)
        if not items:
            raise Stuck(f"{self.profile.key}: {verb}: {line.code}: {line.fact}")
        item = _easiest(items)
        if (item.kind, item.what) in self.brought and item.kind not in ("time", "plan", "document"):
            raise Stuck(f"{self.profile.key}: {verb}: {line.code}: brought {item.what} already: {line.fact}")
        self.brought.add((item.kind, item.what))
        getattr(self, f"_find_{item.kind}")(item, gate, verb)

    def _bring_reviews_passed(self, verb: str, line: Checked, kind: str) -> None:
        self.ground.now = self.tick()
        self.ground.review(kind)

    def _bring_quantity_limit(self, verb: str, line: Checked, fact: str) -> None:
        self.attest(fact)

    def _bring_export_allowed(self, verb: str, line: Checked, named: str) -> None:
        """Signed on the shipping day: at the release for the plan, at the dispatch again."""
        self.ground.now = self.tick()
        self.ground.clear_export()

    def _bring_authorization_in_force_on_arrival(self, verb: str, line: Checked, named: str) -> None:
        if not self.ground.case.authorizations.exists():
            self.authorize()
        self._assign()

    def _bring_emergency_confirmed_by_two(self, verb: str, line: Checked, named: str) -> None:
        if not self.confirmers:
            raise Stuck(line.fact)
        for who in self.confirmers:
            self.take(
                "regulatory.emergency.confirm",
                lambda: {"reason": "It cannot wait."},
                on=self.ground.consignment,
                by=getattr(self.ground.house, who),
            )

    def _bring_debts_paid(self, verb: str, line: Checked, named: str) -> None:
        self.discharge()

    def _bring_packed_for_the_journey(self, verb: str, line: Checked, named: str) -> None:
        self.ground.clear_export()

    def _bring_no_consignment_under_way(self, verb: str, line: Checked, named: str) -> None:
        """What may not be sent is cancelled before it leaves."""
        self.take("custody.consignment.cancel", lambda: {"reason": "It may not be sent."})

    def _bring_planned_dates_in_order(self, verb: str, line: Checked, named: str) -> None:
        self.replan(self.today() + DAY)

    # -- one way for each kind of missing thing of a gate

    def _missing(self, verb: str, gate: str) -> tuple[Missing, ...]:
        consignment = self.ground.consignment if self.ground.case.consignments.exists() else None
        facts = facts_of(self.ground.case, consignment=consignment)
        now, calendars = self.tick(), installed()
        has = {entry["gate"] for entry in self.profile.section("gates")}
        if verb not in ACTS and gate in has & set(PERMISSION_ORDER):
            context = context_of(self.profile, facts, calendars=calendars, now=now)
            return evaluate_gate(gate, replace(context, defer_border=True, defer_documents=True)).missing
        for act in ACTS.get(verb, ("ship",)):
            day = None
            if verb == "custody.consignment.release":
                day = max(self.today(), consignment.planned_dispatch_on)
            found = may(self.profile, act, facts, calendars=calendars, now=now, on=day)
            shut = [result for result in found.gates if result.gate == gate and result.open is not True]
            if shut:
                return shut[0].missing
            if not found.gates and gate == act:
                return found.missing
        return ()

    def _find_time(self, item: Missing, gate: str, verb: str) -> None:
        self.ground.now += DAY * 40
        self._lapse()

    def _find_document(self, item: Missing, gate: str, verb: str) -> None:
        wanted = [
            node["document"] for node in gate_nodes(self.profile, gate) if isinstance(node.get("document"), Mapping)
        ]
        asked = next((one for one in wanted if one["type"] == item.what), {})
        if asked.get("state") == "favourable":
            self.event("ethics_opinion_given")
        if "scope" in asked and any(one.doc_type == item.what for one in self.ground.case.documents.all()):
            paper = self.ground.case.documents.filter(doc_type=item.what).latest("number")
            self.take("regulatory.document.confirm_scope", lambda: {"document": paper, "scope": asked["scope"]})
            return
        self.paper(item.what, held_by=asked.get("held_by", ""))

    def _find_attestation(self, item: Missing, gate: str, verb: str) -> None:
        found = next(one for one in statements(self.profile) if one.text == item.what)
        self.attest(found.fact)

    def _find_event(self, item: Missing, gate: str, verb: str) -> None:
        if item.what in ("submitted", "acknowledged", "received_by_regulator"):
            self.file()
            return
        if item.what == "decided_granted":
            self.authorize()
            return
        if item.what in BY_VERB or item.what in DERIVED:
            raise Stuck(
                f"{self.profile.key}: {verb}: only {BY_VERB.get(item.what)} records {item.what}: {item.sentence}"
            )
        self.event(item.what)

    def _find_authorization(self, item: Missing, gate: str, verb: str) -> None:
        if item.sentence.startswith("The port of this case"):
            self.replan(self.ground.consignment.planned_dispatch_on, port=PORT)
            return
        level = item.what if item.what in LEVELS else ""
        held = self.ground.case.authorizations.filter(state="in_force")
        if not (held.filter(level=level) if level else held).exists():
            self.authorize()
        self._assign()

    def _assign(self) -> None:
        if self.ground.case.consignments.exists() and self.ground.consignment.authorization is None:
            self.take(
                "regulatory.authorization.assign",
                lambda: {"consignment": self.ground.consignment},
                on=self.ground.authorization,
            )

    def _find_party(self, item: Missing, gate: str, verb: str) -> None:
        raise NotOperated(item.sentence)

    def _find_list(self, item: Missing, gate: str, verb: str) -> None:
        house, name = self.ground.house, item.what
        edition = enter_edition(
            name=name,
            edition="invented 1",
            from_on=date(2020, 1, 1),
            entries=[{"key": "E1", "words": "invented entry"}],
            source="invented for tests",
            by=house.coordinator,
            now=self.ground.now,
        )
        confirm_edition(edition, by=house.pic, now=self.ground.now)
        place_medicine(house.medicine, name=name, key="E1", reading="invented", by=house.pic, now=self.ground.now)

    def _find_hours(self, item: Missing, gate: str, verb: str) -> None:
        calendar = load().calendars[item.what]
        day = self.today()
        while calendar.closed_because(day) is None:
            day += DAY
        self.ground.now = datetime.combine(day, time(12), tzinfo=calendar.tzinfo)

    def _find_plan(self, item: Missing, gate: str, verb: str) -> None:
        self.replan(self.today() + DAY * 30)

    # -- acts

    def paper(self, doc_type: str, *, held_by: str = "") -> Any:
        self.ground.now = self.tick()
        return self.ground.paper(doc_type, uploaded=True, issued_on=self.today() - DAY, held_by=held_by)

    def event(self, name: str) -> None:
        node = next((node for node in gate_nodes(self.profile) if node.get("event") == name), {})
        now = self.tick()
        self.ground.take(
            "regulatory.pathway_event.record",
            now=now,
            name=name,
            happened_at=now,
            recipient=node.get("recipient", ""),
            channel=node.get("channel", ""),
        )

    def attest(self, fact: str) -> None:
        house = self.ground.house
        signers = {"treating_prescriber": house.doctor}
        signers |= dict.fromkeys(
            ("hospital_pharmacist", "community_pharmacist", "importing_professional"), house.receiving
        )
        for statement in statements(self.profile):
            if statement.fact == fact:
                by = signers.get(statement.role, house.coordinator)
                self.take("regulatory.attestation.sign", lambda code=statement.code: {"statement": code}, by=by)

    def file(self) -> Filing:
        """One filing from opening to the authority's acknowledgement."""
        self.ground.take(
            "regulatory.filing.open",
            now=self.tick(),
            kind=suggested_kind(self.profile),
            authority=authorities(self.profile)[0][:120],
            quantity="20",
            planned_on=self.today().isoformat(),
        )
        self.take("regulatory.filing.make_ready")
        proof = self.paper("fee_receipt")
        node = next((node for node in gate_nodes(self.profile) if node.get("event") == "submitted"), {})
        self.take(
            "regulatory.filing.submit",
            lambda: {
                "happened_at": self.ground.now,
                "party": "Northway Specials",
                "recipient": node.get("recipient", "regulator"),
                "proof": proof,
            },
        )
        self.ground.now += DAY
        self.take("regulatory.filing.acknowledge", lambda: {"happened_at": self.ground.now})
        return self.ground.filing

    def _lapse(self) -> None:
        """Silence that clears is recorded as such, once its window is over."""
        filing = self.ground.case.filings.order_by("-number").first()
        if filing and filing.state == "acknowledged" and waits_in(self.profile) and silence_clears(self.profile):
            self.take("regulatory.filing.lapse")

    def authorize(self) -> None:
        filing = self.ground.case.filings.order_by("-number").first()
        if filing is None or filing.state not in ("submitted", "acknowledged"):
            self.file()
        letter = self.paper("authorisation_letter")
        decided = next((node for node in gate_nodes(self.profile) if node.get("event") == "decided_granted"), {})
        whose = ("prescriber", "product", "indication", *coverage_asked(self.profile))
        covers = list(dict.fromkeys(whose if self.ground.case.is_stock else ("patient", *whose)))
        self.take(
            "regulatory.filing.grant",
            lambda: {
                "happened_at": self.ground.now,
                "channel": decided.get("channel", "written"),
                "letter": letter,
                "valid_from": self.today().isoformat(),
                "valid_until": (self.today() + DAY * 60).isoformat(),
                "quantity": "20",
                "port": PORT if "port" in covers else "",
                "covers": covers,
            },
        )

    def replan(self, leaves_on: date, *, port: str = "") -> None:
        self.ground.take(
            "custody.consignment.replan",
            now=self.tick(),
            subject=self.ground.consignment,
            planned_dispatch_on=leaves_on.isoformat(),
            planned_arrival_on=(leaves_on + DAY * 3).isoformat(),
            days_of_therapy=self.ground.consignment.days_of_therapy,
            port=port or self.ground.consignment.port,
            reason="Other days are needed.",
        )

    def discharge(self) -> None:
        """Every open duty of the pathway is done, with evidence where it is an outside party's."""
        while deadline := next((one for one in self._dischargeable() if not self._runs_on(one)), None):
            proof = self.paper("supply_report")
            self.ground.take(
                "regulatory.duty.discharge",
                now=self.tick(),
                deadline=deadline,
                happened_at=self.ground.now,
                evidence=proof,
            )

    def _runs_on(self, deadline: Deadline) -> bool:
        """Whether it reports a period of a standing authority that is not over: that outlives the case."""
        ends = re.search(r"@([0-9-]{10}):A-", deadline.key)
        return ends is not None and date.fromisoformat(ends[1]) >= self.today()

    def _dischargeable(self) -> Any:
        rows = self.ground.case.deadlines.filter(kind__startswith="regulatory.", state__in=("running", "missed"))
        return rows.exclude(force__in=(Force.WAITING_WINDOW, Force.EXPIRY)).exclude(kind__in=BY_OWN_VERB)

    def today(self) -> date:
        return local_day(self.profile, self.ground.now)

    @property
    def stage(self) -> str:
        return str(self.ground.case.stage)

    # -- the whole way

    def to_closed(self) -> "Walk":
        """From the signed determination to a completed case, by the stages that this pathway has."""
        try:
            self._to_the_last_dose()
        except NotOperated as refusal:
            reason = str(refusal)
            draft = self.ground.draft_decline(explanation=reason, ground="not_operated", route="open")
            self.ground.send_decline(draft)
            self.take("cases.case.close", lambda: {"outcome": "declined", "reason": reason})
        else:
            self._follow_up()
            self.take("cases.case.close", lambda: {"outcome": "completed", "reason": "Treatment ended as planned."})
        return self

    def _to_the_last_dose(self) -> None:
        self.bring_in()
        if self.ground.case.is_stock:
            self._to_patients()
        else:
            self.give()
        self.take("cases.case.begin_follow_up")

    def bring_in(self) -> None:
        """From the signed determination to what is accepted at the institution."""
        if self.profile.direction == "outbound" or not needs_authorization(self.profile):
            self._begin_supply()
        else:
            self.take("cases.case.begin_filing")
            self.file()
            self.take("cases.case.await_authorization")
            self._begin_supply()
        self._supply()

    def _to_patients(self) -> None:
        """Each pack goes to a patient of its own, who is known only now; nothing of the stock is left."""
        for number in range(1, 1 + self.ground.consignment.units.count()):
            patient = self.patient(number)
            patient._from_stock()
            self.drawn.append(patient)
            self.ground.now = patient.ground.now
        self.ground.case = Case.objects.get(pk=self.ground.case.pk)

    def patient(self, number: int) -> "Walk":
        """A case of a patient on this pathway for stock, its determination signed."""
        house, version = self.ground.house, self.ground.case.profile_version
        case = build_case(house, number=number, now=self.tick(), version=version, of_stock=False)
        sign_determination(house, case, now=self.tick())
        return Walk(Ground(house, Case.objects.get(pk=case.pk), self.tick()), self.profile)

    def draw(self, packs: int = 1, **other: Any) -> Any:
        """Draw from the stock that expires first; the consignment that the draw made."""
        stock = other.pop("stock", None) or stock_for(self.ground.case).first()
        facts = {"stock": stock, "packs": packs, "days_of_therapy": 28, "reason": "The first to need it."} | other
        self.ground.take("custody.consignment.draw", now=self.tick(), by=self.ground.house.receiving, **facts)
        return self.ground.consignment

    def _from_stock(self) -> None:
        """From the signed determination to the closed case of a patient, without a filing or a shipment of its own."""
        self.take("cases.case.begin_sourcing")
        self.draw()
        self.take("cases.case.begin_dispensing")
        self.give()
        self.take("cases.case.begin_follow_up")
        self._follow_up()
        self.take("cases.case.close", lambda: {"outcome": "completed", "reason": "Treatment ended as planned."})

    def _begin_supply(self) -> None:
        leaves = self.today() + DAY * 2
        self.take(
            "custody.consignment.plan",
            lambda: {
                "quantity": "2",
                "days_of_therapy": 28,
                "planned_dispatch_on": leaves.isoformat(),
                "planned_arrival_on": (leaves + DAY * 3).isoformat(),
            },
        )
        self.take("cases.case.begin_sourcing")

    def _supply(self) -> None:
        ground, house = self.ground, self.ground.house
        self.take(
            "custody.consignment.order",
            lambda: {"supplier": ground.partner(Partner.Kind.SUPPLIER), "order_number": "PO-1"},
        )
        ground.now = self.tick()
        ground.allocate(cleared=False)
        self.take(
            "custody.consignment.release",
            lambda: {
                "planned_dispatch_on": max(ground.consignment.planned_dispatch_on, self.today()).isoformat(),
                "planned_arrival_on": (max(ground.consignment.planned_dispatch_on, self.today()) + DAY * 3).isoformat(),
            },
            by=house.pic,
        )
        ground.now = max(
            ground.now, datetime.combine(ground.consignment.planned_dispatch_on, time(15), tzinfo=OPENED.tzinfo)
        )
        self.take(
            "custody.consignment.dispatch",
            lambda: {
                "dispatched_at": ground.now,
                "carrier": ground.partner(Partner.Kind.CARRIER),
                "shipper_number": "S-1",
                "logger_number": "L-1",
                "briefing_confirmed": "yes",
            },
        )
        self.take("cases.case.begin_shipment")
        ground.now += DAY * 2
        self._pass_the_border()
        ground.now += DAY
        self.take("custody.consignment.arrive", lambda: {"arrived_at": ground.now}, by=house.receiving)
        self._receive()

    def give(self) -> None:
        ground, house = self.ground, self.ground.house
        self.take("custody.consignment.dispense", lambda: {"dispensed_at": ground.now}, by=house.receiving)
        self.take(
            "custody.consignment.record_dose",
            lambda: {
                "given_at": ground.now,
                "unit": ground.consignment.units.order_by("pk").first(),
                "amount": "1 vial",
            },
            by=house.receiving,
        )

    def _pass_the_border(self) -> None:
        """What the pathway's gates look at on the way, in the order of a parcel's way."""
        looked_at = {str(node.get("event")) for node in gate_nodes(self.profile)}
        papers = (node.get("document") for node in gate_nodes(self.profile))
        shown = any(isinstance(paper, Mapping) and paper["state"] == "shown" for paper in papers)
        for name in sorted(BORDER_EVENTS, reverse=True):
            if name in looked_at or (shown and name == "received_at_port"):
                self.event(name)

    def _receive(self) -> None:
        ground, house = self.ground, self.ground.house
        read_on_arrival(ground.consignment, by=house.receiving, now=ground.now)
        self.take("custody.consignment.inspect", lambda: as_sent(ground.now), by=house.receiving)
        self.take(
            "custody.consignment.second_check",
            lambda: {"units_counted": "2", "agrees": "yes", "password": PASSWORD},
            by=house.doctor,
        )
        self.take(
            "custody.consignment.record_temperature",
            lambda: {"lowest_c": "3.1", "highest_c": "6.4", "minutes_outside": "0"},
            by=house.receiving,
        )
        self.take(
            "custody.consignment.decide_disposition",
            lambda: {"decision": "release", "reason": "Inspected and in range.", "password": PASSWORD},
            by=house.pic,
        )
        self.take("custody.consignment.accept", by=house.pic)
        self.take("cases.case.begin_dispensing")

    def _follow_up(self) -> None:
        ground = self.ground
        for question in ground.case.follow_ups.filter(answered_at=None).order_by("due_on"):
            due = datetime.combine(question.due_on, time(15), tzinfo=OPENED.tzinfo)
            ground.now = max(ground.now, due)
            self.take(
                "pharmacovigilance.follow_up.answer",
                lambda: {"answered_at": ground.now, "answer": "The patient is well.", "adverse_event": "no"},
                on=question,
                by=ground.house.doctor,
            )
        self.discharge()


def start(key: str) -> Walk:
    """A case with its determination signed, on that pathway, in that pathway's own time zone."""
    profile = load().profile(key)
    zone = load().jurisdictions[profile.jurisdiction].zone
    opened = OPENED
    if profile.effective_to and profile.effective_to < opened.date():
        opened = datetime.combine(profile.effective_to - DAY * 120, time(15), tzinfo=OPENED.tzinfo)
    ground = build_ground(key, now=opened, country=profile.jurisdiction, zone=zone)
    return Walk(ground, profile_of(ground.case.profile_version))


def _easiest(items: Iterable[Missing]) -> Missing:
    """The first thing to bring: always-needed ones, else those of the alternative that is easiest throughout."""
    found = list(items)
    if needed := [item for item in found if not item.choice]:
        return min(needed, key=_effort)
    ways: dict[str, list[Missing]] = {}
    for item in found:
        ways.setdefault(item.choice.split(".")[0], []).append(item)
    number = min("".join(char for char in way if char.isdigit()) for way in ways)
    of_this = {way: things for way, things in ways.items() if way.startswith(number)}
    best = min(of_this.values(), key=lambda things: (max(map(_effort, things)), len(things)))
    return min(best, key=_effort)


def _effort(item: Missing) -> int:
    return EASE.index(item.kind)


def _snake(code: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in code).lstrip("_")
