"""What must be true of a step: of one that was taken, of one that was refused, and of whatever else was written.

The judge asks the database in plain SQL (:mod:`tests.machine.picture`, :mod:`tests.machine.laws`) and the drawing
(:mod:`tests.machine.chart`); of the product it knows the list of verbs, and what they are said to need.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cached_property

from django.apps import apps
from django.db import models

from cases.lifecycle.errors import Conflict, FactsInvalid, NotPermitted, NotPossible, Refused, RequirementsUnmet
from cases.lifecycle.verbs import VERBS, Verb
from cases.models import Case
from cases.people.models import User
from cases.people.roles import PHARMACISTS, Role
from tests.house.test_requirements_per_verb import REQUIREMENTS_PER_VERB
from tests.machine.chart import MACHINES
from tests.machine.facts import Typed
from tests.machine.ground import World
from tests.machine.laws import GROUNDS
from tests.machine.picture import Entry, Eye, Marks, States
from tests.machine.remedies import Wish

TABLES = {code: apps.get_model(verb.subject)._meta.db_table for code, verb in VERBS.items()}


# Acts without a verb that leave a record where it stands: told by the deed that wrote on it.
STANDING = {
    ("regulatory_enquiry", "regulatory.enquiry.answered"): "give_answer",
    ("regulatory_triage", "regulatory.triage.handed_in"): "hand_in",
}
# A verb that leaves its record where it stands by another transition than its own: a report is due again.
OTHERWISE = {"regulatory.grant_condition.meet": "report"}
ANY: tuple[str, ...] = ("any verb",)
# What moves in the deed of a verb of another record (or by another transition than the verb's own).
BESIDE: dict[str, tuple[str, ...]] = {
    "deadlines_deadline": ANY,
    "cases_override": ANY,
    "cases_determination": ("cases.determination.sign",),
    "documents_document": (
        "cases.determination.sign",
        "custody.consignment.decide_disposition",
        "custody.consignment.inspect",
        "custody.consignment.second_check",
        "custody.dossier.make",
        "documents.document.accept",
        "documents.document.find_of_another_patient",
        "documents.document.reject",
        "pharmacovigilance.transmission.prepare",
        "regulatory.filing.make_pack",
        "regulatory.review.pass",
        "regulatory.review.send_back",
        "regulatory.review.decline",
        "regulatory.decline.send",
    ),
    "documents_documentslot": ("documents.document.accept", "documents.document.find_of_another_patient"),
    "regulatory_authorization": (
        "regulatory.filing.record_objection",
        "regulatory.filing.grant",
        # With the last of its quantity or of its uses.
        "custody.consignment.dispense",
        "custody.consignment.give_back",
        "custody.consignment.destroy",
        "custody.consignment.cancel",
    ),
    "pharmacovigilance_caseversion": ("pharmacovigilance.version.lock",),
    "pharmacovigilance_followup": (
        "cases.case.close",
        "pharmacovigilance.follow_up.note_attempt",
        "pharmacovigilance.report.receive",
    ),
    "pharmacovigilance_obligation": ("pharmacovigilance.version.lock", "pharmacovigilance.obligation.discharge"),
}


class Broken(AssertionError):
    """The product did what it must not do."""


@dataclass
class Attempt:
    """One verb about to be tried."""

    case: Case
    verb: Verb
    subject: models.Model | None
    by: User
    facts: Typed
    seen: int | None = None
    form_key: str | None = None

    def __str__(self) -> str:
        named = getattr(self.subject, "label", "") if self.subject is not None else ""
        return f"{self.case.reference} {self.verb.code} {named} by {self.by.role}: {self.facts}"


@dataclass
class Seen:
    """A case as the eye saw it last; its ``kin`` is the same case as it was opened, with what never changes on it."""

    kin: Case
    states: States
    wishes: list[Wish] = field(default_factory=list)
    # Taken before an act whose refusal is looked at row by row; None when rows may have changed since.
    marks: Marks | None = None

    @property
    def pk(self) -> int:
        return int(self.kin.pk)

    @cached_property
    def case(self) -> Case:
        """The case as a person's page would have it, read when first needed."""
        case = Case.objects.get(pk=self.kin.pk)
        for name in ("patient", "prescriber", "institution", "medicine", "profile_version", "pharmacy"):
            setattr(case, name, getattr(self.kin, name))
        return case


class Judge:
    """Sees every case as it stood after the last step, and raises :class:`Broken` when a law is broken."""

    def __init__(self, world: World, eye: Eye, *, since: int) -> None:
        """``since`` is the audit entry after which the world was built."""
        self.world, self.eye = world, eye
        self.name = ""
        self.steps = 0
        self.taken: Counter[tuple[str, str, str]] = Counter()
        self.wrong: Counter[int] = Counter()
        self.told: list[str] = []
        self.last_entry = since
        self.seen: dict[int, Seen] = {}
        self.far = eye.far_states()
        for case in world.cases:
            self.look(case)
        self.judge_entries(eye.tail(since))

    def broken(self, sentence: str) -> Broken:
        """The exception to raise, with what led to it and how to see it again."""
        tail = "\n  ".join(self.told[-25:])
        return Broken(f"{sentence}\n\n{self.name}, step {self.steps}; the last steps:\n  {tail}")

    def note(self, line: str) -> None:
        self.told.append(f"{self.steps:>5} {self.world.now:%Y-%m-%d %H:%M} {line}"[:600])

    def look(self, case: Case) -> Seen:
        known = self.seen.get(case.pk)
        kin, wishes = (known.kin, known.wishes) if known else (case, [])
        made = Seen(kin, self.eye.states(case.pk), wishes)
        self.seen[case.pk] = made
        return made

    def may(self, by: User, verb: Verb, case: Case) -> bool:
        """Domain.md section 1, written a second time: the role, and whether the case is this person's."""
        if by.role not in verb.roles:
            return False
        place = self.world.places[case.country]
        return by.role in PHARMACISTS or by.pk in (
            place.prescriber.user_id,
            place.delegate.pk,
            place.receiving.pk if by.role == Role.RECEIVING_PHARMACIST else None,
        )

    def events(self, seen: Seen) -> int:
        return int(seen.states["cases_caseevent", seen.pk])

    def mark(self, attempt: Attempt, seen: Seen) -> None:
        """Before every third act, and before each with a password: what a refusal of it must leave as it is."""
        if seen.marks is None and (self.steps % 3 == 0 or any(ask.kind == "secret" for ask in attempt.verb.asks)):
            seen.marks = self.eye.marks(seen.pk)

    def state(self, seen: Seen, verb: Verb, pk: int | None) -> str:
        return "" if pk is None else seen.states.get((TABLES[verb.code], pk), "")

    def leads(self, seen: Seen, verb: Verb, pk: int) -> bool | None:
        """Whether the drawing lets the verb move that row; ``None`` where no move is drawn for it."""
        machine = MACHINES.get(TABLES[verb.code])
        if machine is None or not verb.transition:
            return None
        sources = machine.sources(verb.transition)
        return self.state(seen, verb, pk) in sources if sources else None

    def judge_refusal(self, attempt: Attempt, seen: Seen, refusal: Refused) -> None:
        """Nothing changed anywhere, and the reason given is true by the drawing and by the table of rights."""
        if refusal.on_record is not None:
            self.judge_on_record(attempt, seen)
        self.unchanged(attempt.case, f"{attempt.verb.code} was refused ({refusal.kind})")
        may = self.may(attempt.by, attempt.verb, attempt.case)
        if may is isinstance(refusal, NotPermitted):
            raise self.broken(f"{attempt.by.role} {'may' if may else 'may not'} {attempt.verb.code}, and: {refusal}")
        if isinstance(refusal, NotPossible) and "from there one cannot" in refusal.sentence:
            leads = attempt.subject is not None and self.leads(seen, attempt.verb, attempt.subject.pk)
            if leads and attempt.verb.offered_when is None:
                raise self.broken(f"The drawing allows it, and: {refusal}")
        if isinstance(refusal, FactsInvalid):
            self.judge_faults(attempt, refusal)
        if isinstance(refusal, Conflict) and attempt.seen is None:
            raise self.broken(f"A conflict without a page that was read: {refusal}")
        if isinstance(refusal, RequirementsUnmet) and not refusal.unmet:
            raise self.broken(f"Refused with every line met: {refusal}")

    def judge_on_record(self, attempt: Attempt, seen: Seen) -> None:
        """The one thing a refusal may leave: that a signature was tried with a wrong password."""
        self.wrong[attempt.by.pk] += 1
        entries, marks = self.eye.tail(self.last_entry), self.eye.marks(attempt.case.pk)
        before = seen.marks or {}
        changed = {name for name in marks if marks[name] != before[name]}
        if [(e.table, e.op) for e in entries] != [("documents_signatureattempt", "I")] or changed != {entries[0].table}:
            raise self.broken(f"A wrong password left {entries} and changed {changed}.")
        self.judge_entries(entries, actor=attempt.by.code)
        self.look(attempt.case)

    def judge_faults(self, attempt: Attempt, refusal: FactsInvalid) -> None:
        named = {ask.name for ask in attempt.verb.asks} | {"reason"} | set(attempt.facts)
        if not refusal.errors or set(refusal.errors) - named or not all(refusal.errors.values()):
            raise self.broken(f"Faults that name no field of the form: {refusal.errors}")

    def unchanged(self, case: Case, what: str) -> None:
        if self.eye.last_entry() != self.last_entry:
            raise self.broken(f"{what}, and the audit trail grew: {self.eye.tail(self.last_entry)}")
        # What leaves no entry must leave no mark either: looked for at every third refusal.
        before = self.seen[case.pk].marks
        if self.steps % 3 or before is None:
            return
        marks = self.eye.marks(case.pk)
        if marks != before:
            changed = [name for name in marks if marks[name] != before[name]]
            raise self.broken(f"{what}, and rows changed in {', '.join(changed)}")

    def judge_taken(self, attempt: Attempt, before: Seen, seq: int) -> None:
        """One event of the verb with a list that blocks nothing; moves that are drawn; every law."""
        verb, case = attempt.verb, attempt.case
        if not self.may(attempt.by, verb, case):
            raise self.broken(f"{attempt.by.role} may not {verb.code}, and did.")
        if attempt.subject is not None and self.leads(before, verb, attempt.subject.pk) is False:
            raise self.broken(f"{verb.code} is not drawn from {self.state(before, verb, attempt.subject.pk)}.")
        after, entries = self.look(case), self.eye.tail(self.last_entry)
        self.judge_entries(entries, actor=attempt.by.code)
        self.judge_moves(before.states, after.states, entries)
        self.judge_reach(attempt, entries)
        self.judge_event(attempt, before, after, seq, entries)
        self.judge_holds(attempt, before)
        row = self.row_of(attempt, after, before)
        for ground in GROUNDS.get(verb.code, ()):
            if broken := self.eye.rows(ground, case=case.pk, row=row, now=self.world.now):
                raise self.broken(f"{verb.code} was taken, and yet: {broken}")
        self.judge_laws(case)

    def judge_reach(self, attempt: Attempt, entries: list[Entry]) -> None:
        """A verb moves its own record by its own transition; what else may move with it is known, table by table."""
        verb = attempt.verb
        own = TABLES[verb.code]
        drawn = MACHINES[own].moves if own in MACHINES else frozenset()
        mine = {(source, target) for source, target, name in drawn if name == verb.transition}
        for entry in entries:
            if entry.table not in MACHINES or entry.op != "U" or entry.after in (None, entry.before):
                continue
            is_own = entry.table == own and (entry.before, entry.after) in mine
            moves_with = BESIDE.get(entry.table, ())
            if not is_own and moves_with is not ANY and verb.code not in moves_with:
                raise self.broken(f"{verb.code} moved {entry.table} {entry.row} from {entry.before} to {entry.after}.")

    def judge_event(self, attempt: Attempt, before: Seen, after: Seen, seq: int, entries: list[Entry]) -> None:
        verb = attempt.verb
        written = self.eye.rows(
            "SELECT e.seq, e.verb, e.subject, u.code AS actor, e.checklist FROM cases_caseevent e"
            " JOIN people_user u ON u.id = e.by_id WHERE e.case_id = %(case)s AND e.seq > %(seq)s ORDER BY e.seq",
            case=attempt.case.pk,
            seq=self.events(before),
        )
        expected = f"{verb.code.rpartition('.')[0]}.{verb.past}"
        if [(row.seq, row.verb, row.actor) for row in written] != [
            (self.events(before) + 1, expected, attempt.by.code)
        ]:
            raise self.broken(f"{verb.code} was taken and its one event {expected} is not there: {written}")
        if seq != written[0].seq:
            raise self.broken(f"Event {seq} was answered, {written[0].seq} was written.")
        lines = written[0].checklist
        codes = {line["code"].partition(":")[0] for line in lines}
        if missing := set(REQUIREMENTS_PER_VERB[verb.code].split()) - codes:
            raise self.broken(f"{verb.code} was taken without judging {', '.join(sorted(missing))}.")
        if unmet := [line["code"] for line in lines if line["state"] not in ("met", "overridden")]:
            raise self.broken(f"{verb.code} was taken with {unmet} unmet.")
        overridden = [line["code"] for line in lines if line["state"] == "overridden"]
        spent = [e for e in entries if e.table == "cases_override" and (e.before, e.after) == ("confirmed", "used")]
        if len(spent) != len(overridden):
            raise self.broken(f"{verb.code}: {overridden} were set aside by {len(spent)} overrides.")
        self.judge_name(attempt, before, after, written[0].subject)
        self.count_standing(attempt, before, after)

    def judge_name(self, attempt: Attempt, before: Seen, after: Seen, named: str) -> None:
        """An event names the record acted on, or the one that came of it (the further version of a safety case)."""
        table = TABLES[attempt.verb.code]
        made = {pk for (name, pk) in after.states if name == table and (name, pk) not in before.states}
        if attempt.subject is not None and not made and named != getattr(attempt.subject, "label", ""):
            raise self.broken(f"{attempt.verb.code}: the event names {named!r}.")

    def count_standing(self, attempt: Attempt, before: Seen, after: Seen) -> None:
        """A move drawn from a state to itself leaves no trace in the column: its event is its trace."""
        machine = MACHINES.get(TABLES[attempt.verb.code])
        if machine is None or attempt.subject is None or not attempt.verb.transition:
            return
        pk = attempt.subject.pk
        state, name = self.state(before, attempt.verb, pk), OTHERWISE.get(attempt.verb.code, attempt.verb.transition)
        if state == self.state(after, attempt.verb, pk) and (state, state, name) in machine.moves:
            self.taken[machine.table, state, f"{state} ({name})"] += 1

    def judge_holds(self, attempt: Attempt, before: Seen) -> None:
        standing = {kind for (name, _), kind in before.states.items() if name == "cases_hold"}
        if stopped := standing & set(attempt.verb.stopped_by):
            raise self.broken(f"{attempt.verb.code} was taken under a {', '.join(sorted(stopped))} hold.")

    def judge_entries(self, entries: list[Entry], *, actor: str | None = None) -> None:
        """Each move on record is one that is drawn, each row is born where the drawing begins; count them."""
        for entry in entries:
            machine = MACHINES.get(entry.table)
            if actor is not None and entry.actor != actor:
                raise self.broken(f"{entry.actor} wrote {entry.table} in a deed of {actor}.")
            if machine is None:
                continue
            if entry.op == "D":
                raise self.broken(f"{entry.table} {entry.row} was deleted.")
            if entry.op == "I" and entry.after not in machine.born:
                raise self.broken(f"{entry.table} {entry.row} was born as {entry.after}.")
            if entry.op == "U" and entry.after is not None and entry.before != entry.after:
                self.move(machine.table, entry)
            elif entry.op == "U" and entry.before == entry.after:
                stands, act = self.far.get((entry.table, entry.row)), STANDING.get((entry.table, entry.verb))
                if stands in machine.ends:
                    raise self.broken(f"{entry.verb} wrote {entry.table} {entry.row}, which was {stands} for good.")
                if (stands, stands, act) in machine.moves:
                    self.taken[entry.table, str(stands), f"{stands} ({act})"] += 1
        if entries:
            self.last_entry = entries[-1].id

    def move(self, table: str, entry: Entry) -> None:
        move = (table, str(entry.before), str(entry.after))
        if (move[1], move[2]) not in MACHINES[table].pairs:
            raise self.broken(f"{table} {entry.row} went from {entry.before} to {entry.after}: no such move is drawn.")
        self.taken[move] += 1

    def judge_moves(self, before: States, after: States, entries: list[Entry]) -> None:
        """Where a record stands now is where the trail leads from where it stood: no move beside the record."""
        told: dict[tuple[str, int], list[Entry]] = defaultdict(list)
        for entry in entries:
            if entry.table in MACHINES and entry.after is not None:
                told[entry.table, entry.row].append(entry)
        for key in after.keys() | before.keys():
            if key[0] not in MACHINES:
                continue
            if key not in after:
                raise self.broken(f"{key} is gone.")
            if after[key] not in MACHINES[key[0]].states:
                raise self.broken(f"{key} stands at {after[key]}, which is no state.")
            stood = before.get(key)
            for entry in told[key]:
                if entry.op == "U" and entry.before != stood:
                    raise self.broken(f"The trail moves {key} from {entry.before}; it stood at {stood}.")
                stood = entry.after
            if stood != after[key]:
                raise self.broken(f"{key} stands at {after[key]}; the trail leads to {stood}.")

    def judge_laws(self, case: Case) -> None:
        if broken := self.eye.broken_laws(case.pk):
            raise self.broken(f"Broken: {broken[:5]}")

    def row_of(self, attempt: Attempt, after: Seen, before: Seen) -> int | None:
        """The row a verb was taken on, or the one it made."""
        if attempt.subject is not None:
            return int(attempt.subject.pk)
        made = [
            pk for (name, pk) in after.states if name == TABLES[attempt.verb.code] and (name, pk) not in before.states
        ]
        return made[-1] if made else None
