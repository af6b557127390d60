"""Reading the words of a question about a pathway: events, papers, plans, authorizations, statements, conditions. Pure.

Nothing is dropped and nothing is guessed: every word that cannot be used becomes a fault with its remedy.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

from cases.deadlines.arithmetic import end_of_day
from cases.deadlines.computation import Anchor
from regulatory.profiles import words
from regulatory.profiles.facts import (
    Attestation,
    AuthorizationHeld,
    DocumentHeld,
    Event,
    ListVersion,
    Lot,
    OfficeHours,
    Party,
)
from regulatory.profiles.loader import Library, Profile
from regulatory.profiles.looks_at import (
    attested_facts,
    conditions_asked,
    gate_nodes,
    lists_in,
    offices_of,
    parties_in,
    ways_asked,
)
from regulatory.profiles.stops import Question

THIS_CASE = "this case"
DAY_SHAPE = "Write a day as 2026-03-02, or a moment as 2026-03-02T10:00."
# A year outside of these is a slip of the pen, and date arithmetic ends at the year 9999.
FIRST_YEAR, LAST_YEAR = 1900, 2200
USELESS_STATES = ("rejected", "superseded", "withdrawn", "expired", "stale")
# Where an edition was not looked up: it was only said that the product stands on the list, or does not.
AS_ASKED = "as asked"
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
        read: Anchor
        try:
            read = date.fromisoformat(text) if _is_a_day(text) else datetime.fromisoformat(text)
        except ValueError:
            self.fault(field, whole, f"{text!r} is no day." if text else "No day is given.", DAY_SHAPE)
            return None
        if not self._is_of_this_age(field, whole, read):
            return None
        return self._on_the_clock(field, whole, read) if isinstance(read, datetime) else read

    def _is_of_this_age(self, field: str, whole: str, read: Anchor) -> bool:
        if FIRST_YEAR <= read.year <= LAST_YEAR:
            return True
        self.fault(
            field, whole, f"{read.year:04d} is no year between {FIRST_YEAR} and {LAST_YEAR}.", "Correct the year."
        )
        return False

    def _on_the_clock(self, field: str, whole: str, read: datetime) -> datetime | None:
        """The moment in its own zone, or in the pathway's; refused where that country's clocks skipped it."""
        if read.tzinfo is not None:
            return read
        local = read.replace(tzinfo=self.zone)
        if local.astimezone(UTC).astimezone(self.zone).replace(tzinfo=None) == read:
            return local
        self.fault(
            field,
            whole,
            f"{read:%H:%M} did not exist on that day in {self.zone.key}: the clocks went forward.",
            "Give a time before or after it.",
        )
        return None

    def pairs(
        self, field: str, given: Iterable[str], known: Iterable[str], what: str
    ) -> Iterator[tuple[str, str, str]]:
        """(whole, name, rest) of each NAME=REST whose name is known."""
        names = tuple(known)
        for whole in given:
            name, sign, rest = whole.partition("=")
            if name not in names:
                there = ", ".join(names) or "none in this pathway"
                self.fault(field, whole, f"There is no {what} {name!r}.", f"Known: {there}.")
            elif not sign or not rest.strip():
                self.fault(field, whole, "Nothing stands behind the name.", f"Write {name}=...")
            else:
                yield whole, name, rest.strip()

    def events(self, given: Iterable[str]) -> tuple[list[Event], dict[str, date]]:
        happened: list[Event] = []
        planned: dict[str, date] = {}
        for whole, name, rest in self.pairs("event", given, self.library.vocabularies["expr_event"], "event"):
            moment, *ways = (part.strip() for part in rest.split(","))
            at = self.moment("event", whole, moment)
            if at is None or not self._are_ways(whole, name, ways):
                continue
            if not self._lies_ahead(at):
                channels = self.library.vocabularies["channel"]
                happened.append(
                    Event(
                        name,
                        at,
                        recipient=next((way for way in ways if way not in channels), None),
                        channel=next((way for way in ways if way in channels), None),
                    )
                )
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

    def _are_ways(self, whole: str, name: str, ways: Sequence[str]) -> bool:
        """Whether each is a channel, or a recipient that a gate asks about for this event."""
        known = (*self.library.vocabularies["channel"], *ways_asked(self.profile).get(name, ()))
        strange = [way for way in ways if way not in known]
        for way in strange:
            self.fault("event", whole, f"{way!r} is no channel and no recipient.", f"Known: {', '.join(known)}.")
        return not strange

    def plans(self, given: Iterable[str]) -> dict[str, date]:
        planned = {}
        for whole, name, rest in self.pairs("plan", given, sorted(words.PLANNED_EVENTS), "day that can be planned,"):
            at = self.moment("plan", whole, rest)
            if at is not None:
                planned[name] = self.local(at)
        return planned

    def documents(self, given: Iterable[str]) -> Iterator[DocumentHeld]:
        states = (*self.library.vocabularies["document_state"], *USELESS_STATES)
        for whole, name, rest in self.pairs("document", given, self.library.vocabularies["doc_type"], "paper"):
            listed, sign, issued = rest.partition("@")
            named = tuple(state.strip() for state in listed.split(","))
            for state in named:
                if state not in states:
                    self.fault("document", whole, f"There is no state {state!r}.", f"Known: {', '.join(states)}.")
            issued_on = self.moment("document", whole, issued) if sign else None
            if issued_on is not None and self._is_of_another_day(issued_on):
                self.fault(
                    "document", whole, "It is dated after the instant asked about.", "Correct the day of the paper."
                )
                continue
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
            if signed is not None and self._is_of_another_day(signed):
                self.fault("attest", whole, "It is signed after the instant asked about.", "Ask about a later instant.")
            elif signed is not None:
                for role, statement in known[fact]:
                    yield Attestation(role, statement, self.local(signed), reference=fact)

    def conditions(self, given: Iterable[str]) -> dict[str, bool]:
        answers = {}
        for whole, name, rest in self.pairs("condition", given, sorted(conditions_asked(self.profile)), "condition"):
            if rest not in ("yes", "no"):
                self.fault("condition", whole, f"{rest!r} is no answer.", "Answer yes or no.")
            else:
                answers[name] = rest == "yes"
        return answers

    def listed(
        self, given: Iterable[str], held: Mapping[str, tuple[ListVersion, ...]]
    ) -> tuple[dict[str, tuple[ListVersion, ...]], dict[str, str]]:
        """Lists and the key of the product in each: as an entry of the editions held, or only said to stand or not."""
        lists, keys = dict(held), dict.fromkeys(lists_in(self.profile), "")
        for whole, name, rest in self.pairs("listed", given, lists_in(self.profile), "list that this pathway reads,"):
            if rest in ("yes", "no"):
                entries = (THIS_CASE,) if rest == "yes" else ()
                lists[name] = (ListVersion(AS_ASKED, date(FIRST_YEAR, 1, 1), None, entries),)
                keys[name] = THIS_CASE
            elif any(rest in edition.entries for edition in held.get(name, ())):
                keys[name] = rest
            else:
                self.fault("listed", whole, f"No edition held here has an entry {rest!r}.", "Answer yes or no.")
        return lists, keys

    def parties(self, given: Iterable[str]) -> dict[str, Party]:
        asked = parties_in(self.profile)
        roles = self.library.vocabularies["role"]
        found = {}
        for whole, name, rest in self.pairs("party", given, asked, "party that a gate asks about,"):
            role, *has = (part.strip() for part in rest.split(","))
            if role not in roles:
                self.fault("party", whole, f"There is no role {role!r}.", f"Known: {', '.join(roles)}.")
            found[name] = Party(role=role, has=tuple(has))
        return found

    def lots(self, given: Iterable[str]) -> Iterator[Lot]:
        for number, whole in enumerate(given, start=1):
            made, dots, ends = whole.partition("..")
            if not dots:
                self.fault("lot", whole, "No lot stands there.", "Write 2026-01-15..2028-01-14: made, expires.")
                continue
            days = [self.moment("lot", whole, text.strip()) for text in (made, ends)]
            if days[0] is None or days[1] is None:
                continue
            first, last = self.local(days[0]), self.local(days[1])
            if last <= first:
                self.fault("lot", whole, "It expires before it was made.", "Give the day of manufacture first.")
                continue
            yield Lot(f"L-{number}", first, last)

    def hours(self, given: Iterable[str]) -> dict[str, OfficeHours]:
        found = {}
        for whole, code, rest in self.pairs("hours", given, offices_of(self.profile), "office that a gate asks about,"):
            opens, _, closes = rest.partition("-")
            try:
                first, last = time.fromisoformat(opens.strip()), time.fromisoformat(closes.strip())
            except ValueError:
                self.fault("hours", whole, f"{rest!r} are no hours.", f"Write {code}=09:00-17:00.")
                continue
            if first.tzinfo or last.tzinfo or last <= first:
                self.fault("hours", whole, "The office closes before it opens.", f"Write {code}=09:00-17:00.")
                continue
            found[code] = OfficeHours(tuple(range(7)), first, last, AS_ASKED)
        return found

    def questions(self, given: Iterable[str]) -> Iterator[Question]:
        for whole in given:
            first, dots, last = whole.partition("..")
            asked = self.moment("question", whole, first.strip())
            answered = self.moment("question", whole, last.strip()) if dots and last.strip() else None
            if asked is None or (dots and last.strip() and answered is None):
                continue
            if self._lies_ahead(asked) or (answered is not None and self._lies_ahead(answered)):
                self.fault("question", whole, "It lies after the instant asked about.", "Ask about a later instant.")
            elif answered is not None and self._before(answered, asked):
                self.fault("question", whole, "It is answered before it is asked.", "Correct one of the two days.")
            else:
                yield Question(asked, answered)

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

    def _is_of_another_day(self, at: Anchor) -> bool:
        """Later than tomorrow: what is dated where the day begins earlier may be a day ahead."""
        return self.local(at) > self.local(self.now) + timedelta(days=1)

    def local(self, moment: Anchor) -> date:
        return moment.astimezone(self.zone).date() if isinstance(moment, datetime) else moment


def _is_a_day(text: str) -> bool:
    return "T" not in text and " " not in text


def written(moment: Anchor) -> str:
    """A moment as it is typed."""
    return moment.isoformat(timespec="minutes") if isinstance(moment, datetime) else moment.isoformat()
