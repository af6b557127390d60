"""Reading the words of a question about a pathway: events, papers, plans, authorizations, statements, conditions. Pure.

Nothing is dropped and nothing is guessed: every word that cannot be used becomes a fault with its remedy.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from cases.deadlines.arithmetic import end_of_day
from cases.deadlines.computation import Anchor
from regulatory.profiles import words
from regulatory.profiles.duty import condition_key
from regulatory.profiles.facts import Attestation, AuthorizationHeld, DocumentHeld, Event
from regulatory.profiles.loader import Library, Profile
from regulatory.profiles.looks_at import attested_facts, gate_nodes

THIS_CASE = "this case"
DAY_SHAPE = "Write a day as 2026-03-02, or a moment as 2026-03-02T10:00."
# An event cannot have happened before the one it answers (facts/regulatory.md 5: each clock starts from its event).
FOLLOWS = {
    "received_by_regulator": "submitted",
    "acknowledged": "submitted",
    "documents_complete": "submitted",
    "objection_received": "acknowledged",
    "objection_window_waived": "submitted",
    "received_at_port": "shipped",
    "border_clearance_issued": "received_at_port",
    "received_by_consignee": "shipped",
    "treatment_ended": "first_dose",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that cannot be used: which option, what was given, what is wrong, and what to give instead."""

    field: str
    value: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.field} {self.value!r}: {self.problem} {self.remedy}"


class NotAnswerable(ValueError):
    """The question cannot be asked; ``faults`` names every reason."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


class Reading:
    """Reads the words of one question, and collects what is wrong with them."""

    def __init__(self, profile: Profile, library: Library) -> None:
        self.profile = profile
        self.library = library
        self.zone = library.calendars[profile.jurisdiction].tzinfo
        self.faults: list[Fault] = []
        self.now = datetime.max.replace(tzinfo=UTC)

    def fault(self, field: str, value: str, problem: str, remedy: str) -> None:
        self.faults.append(Fault(field, value, problem, remedy))

    def instant(self, field: str, text: str) -> datetime | None:
        moment = self.moment(field, text, text)
        if isinstance(moment, datetime):
            return moment.astimezone(UTC)
        return end_of_day(moment, self.zone).astimezone(UTC) if moment else None

    def moment(self, field: str, whole: str, text: str) -> Anchor | None:
        try:
            if "T" not in text and " " not in text:
                return date.fromisoformat(text)
            read = datetime.fromisoformat(text)
        except ValueError:
            self.fault(field, whole, f"{text!r} is no day." if text else "No day is given.", DAY_SHAPE)
            return None
        return read if read.tzinfo else read.replace(tzinfo=self.zone)

    def pairs(
        self, field: str, given: Iterable[str], known: Iterable[str], what: str
    ) -> Iterator[tuple[str, str, str]]:
        """(whole, name, rest) of each NAME=REST whose name is known."""
        names = tuple(known)
        for whole in given:
            name, sign, rest = whole.partition("=")
            if name not in names:
                self.fault(field, whole, f"There is no {what} {name!r}.", f"Known: {', '.join(names)}.")
            elif not sign or not rest.strip():
                self.fault(field, whole, "Nothing stands behind the name.", f"Write {name}=...")
            else:
                yield whole, name, rest.strip()

    def events(self, given: Iterable[str]) -> tuple[list[Event], dict[str, date]]:
        happened: list[Event] = []
        planned: dict[str, date] = {}
        for whole, name, rest in self.pairs("event", given, self.library.vocabularies["expr_event"], "event"):
            at = self.moment("event", whole, rest)
            if at is None:
                continue
            if not self._lies_ahead(at):
                happened.append(Event(name, at))
            elif name in words.PLANNED_EVENTS:
                planned[name] = self.local(at)
            else:
                self.fault(
                    "event",
                    whole,
                    f"It lies after the instant asked about ({self.now.astimezone(self.zone):%Y-%m-%d %H:%M %Z}).",
                    "An event is given once it has happened; ask about a later instant.",
                )
        return happened, planned

    def plans(self, given: Iterable[str]) -> dict[str, date]:
        planned = {}
        for whole, name, rest in self.pairs("plan", given, sorted(words.PLANNED_EVENTS), "day that can be planned,"):
            at = self.moment("plan", whole, rest)
            if at is not None:
                planned[name] = self.local(at)
        return planned

    def documents(self, given: Iterable[str]) -> Iterator[DocumentHeld]:
        states = (*self.library.vocabularies["document_state"], "rejected", "superseded", "withdrawn", "expired")
        for whole, name, rest in self.pairs("document", given, self.library.vocabularies["doc_type"], "paper"):
            listed, sign, issued = rest.partition("@")
            named = tuple(state.strip() for state in listed.split(","))
            for state in named:
                if state not in states:
                    self.fault("document", whole, f"There is no state {state!r}.", f"Known: {', '.join(states)}.")
            issued_on = self.moment("document", whole, issued) if sign else None
            if set(named) <= set(states) and not (sign and issued_on is None):
                yield DocumentHeld(name, named, issued_on=self.local(issued_on) if issued_on else None)

    def authorizations(self, given: Iterable[str]) -> Iterator[AuthorizationHeld]:
        for number, whole in enumerate(given, start=1):
            window, _, amount = whole.partition("/")
            starts, dots, ends = window.partition("..")
            if window and not dots:
                self.fault("authorization", whole, "No window stands there.", "Write 2026-03-02..2027-03-01/10.")
                continue
            days = [self.moment("authorization", whole, text) if text else None for text in (starts, ends)]
            quantity = self._quantity(whole, amount)
            first, last = (self.local(day) if day else None for day in days)
            if first and last and last < first:
                self.fault(
                    "authorization", whole, "It ends before it begins.", "Give the first and the last valid day."
                )
            yield self._covering(f"A-{number}", first, last, quantity)

    def _covering(
        self, name: str, first: date | None, last: date | None, quantity: Decimal | None
    ) -> AuthorizationHeld:
        nodes = [
            node["authorisation"] for node in gate_nodes(self.profile) if isinstance(node.get("authorisation"), Mapping)
        ]
        return AuthorizationHeld(
            name,
            level=next((node["level"] for node in nodes if "level" in node), "case"),
            covers=dict.fromkeys(self.library.vocabularies["authorisation_covers"], (THIS_CASE,)),
            valid_from=first,
            valid_until=last,
            quantity_left=quantity,
            document=next((node["document"] for node in nodes if "document" in node), None),
        )

    def _quantity(self, whole: str, text: str) -> Decimal | None:
        if not text:
            return None
        try:
            found = Decimal(text)
        except InvalidOperation:
            found = Decimal("NaN")
        if found.is_finite() and found >= 0:
            return found
        self.fault("authorization", whole, f"{text!r} is no quantity.", "Give a number of 0 or more.")
        return None

    def attestations(self, given: Iterable[str]) -> Iterator[Attestation]:
        known = attested_facts(self.profile)
        for whole in given:
            fact, _, day = whole.partition("=")
            if fact not in known:
                there = ", ".join(known) or "none in this pathway"
                self.fault("attest", whole, f"No statement is asked by {fact!r}.", f"Known: {there}.")
                continue
            signed = self.moment("attest", whole, day) if day else self.now
            if signed is not None:
                for role, statement in known[fact]:
                    yield Attestation(role, statement, self.local(signed), reference=fact)

    def conditions(self, given: Iterable[str]) -> dict[str, bool]:
        known = {
            condition_key(str(text))
            for section, field in (("documents", "condition"), ("deadlines", "applies_if"))
            for fact in self.profile.section(section)
            if (text := fact.get(field))
        } | {"controlled_drug", "urgent_case"}
        answers = {}
        for whole, name, rest in self.pairs("condition", given, sorted(known), "condition"):
            if rest not in ("yes", "no"):
                self.fault("condition", whole, f"{rest!r} is no answer.", "Answer yes or no.")
            else:
                answers[name] = rest == "yes"
        return answers

    def in_order(self, happened: Sequence[Event]) -> None:
        """Refuse an event before the one it depends on."""
        first: dict[str, Event] = {}
        for event in happened:
            known = first.get(event.name)
            if known is None or self.local(event.at) < self.local(known.at):
                first[event.name] = event
        for later, earlier in FOLLOWS.items():
            if later in first and earlier in first and self._before(first[later].at, first[earlier].at):
                self.fault(
                    "event",
                    f"{later}={written(first[later].at)}",
                    f"It lies before {earlier}={written(first[earlier].at)}, which comes first.",
                    "Correct one of the two days.",
                )

    def _before(self, one: Anchor, other: Anchor) -> bool:
        if isinstance(one, datetime) and isinstance(other, datetime):
            return one < other
        return self.local(one) < self.local(other)

    def _lies_ahead(self, at: Anchor) -> bool:
        if isinstance(at, datetime):
            return at > self.now
        return at > self.local(self.now)

    def local(self, moment: Anchor) -> date:
        return moment.astimezone(self.zone).date() if isinstance(moment, datetime) else moment


def written(moment: Anchor) -> str:
    """A moment as it is typed."""
    return moment.isoformat(timespec="minutes") if isinstance(moment, datetime) else moment.isoformat()
