"""One seeded walk: people take verbs with facts made up on the spot, time moves, and after every step it is asked
of the database itself whether what happened was allowed, whole, and written down.

A step is one verb attempted through ``advance``, a move of the clock with a sweep, or one act at the desk, which takes
the moves that no verb takes (:mod:`tests.machine.desk`). What the walk may choose from is every verb of the house on
every record that docs/state-machines.md says it can move; it prefers what it has taken seldom and what a refusal named
as missing, tries what cannot be, and goes for moves that were not taken yet (:mod:`tests.machine.hunt`). It knows no
story.
"""

from collections import Counter, defaultdict
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any

from django.apps import apps
from django.db import models

from cases.deadlines.sweep import sweep
from cases.documents.errors import UploadRefused
from cases.lifecycle.engine import advance
from cases.lifecycle.errors import NotPossible, Refused, RequirementsUnmet
from cases.lifecycle.steps import NEXT, not_in_pathway, possible_steps
from cases.lifecycle.verbs import VERBS, Situation, Verb
from cases.models import Case
from cases.people.models import User
from cases.people.roles import PHARMACISTS, Role
from regulatory.models import Review
from regulatory.reviewing.answering import Typed, keep_answers
from regulatory.reviewing.sheet import sheet_of
from tests.factories import PASSWORD, check_partners
from tests.machine.chart import DECLARED, MACHINES, Move
from tests.machine.desk import Desk
from tests.machine.facts import Typed as Given
from tests.machine.facts import typed
from tests.machine.ground import IN_SIGHT, PATHWAYS, World
from tests.machine.hunt import OF_THE_DESK, OF_VERBS, Hunt
from tests.machine.judge import TABLES, Attempt, Judge, Seen
from tests.machine.picture import Entry, Eye
from tests.machine.remedies import FOLLOWS, SIGNED, Wish, remedies

# Who usually does it, so that the one who decides had no hand in it before.
_DOOR = ("arrive", "inspect", "record_temperature", "dispense", "record_dose")
PREFERRED: dict[str, str] = {
    "custody.consignment.decide_disposition": Role.PHARMACIST_IN_CHARGE,
    "custody.consignment.allocate": Role.COORDINATING_PHARMACIST,
    "custody.consignment.dispatch": Role.COORDINATING_PHARMACIST,
    "regulatory.review.request": Role.COORDINATING_PHARMACIST,
    "regulatory.decline.draft": Role.COORDINATING_PHARMACIST,
    "custody.consignment.second_check": Role.PRESCRIBER,
    "custody.consignment.read_pack": Role.COORDINATING_PHARMACIST,
    **{f"custody.consignment.{act}": Role.RECEIVING_PHARMACIST for act in _DOOR},
}
# Nobody confirms at both ends.
AT_THE_FAR_END = {"custody.consignment.read_pack": Role.RECEIVING_PHARMACIST}
# Who did the first part, where another person does the second.
FIRST_OF_TWO = ("proposed_by_id", "waived_by_id", "requested_by_id", "prepared_by_id")
# So many wrong passwords lock a signature for a quarter of an hour of true time, which no walk can wait for.
MOST_WRONG = 3
# How much of a walk goes for moves that were not taken yet, while there are any.
HUNTS = 0.85
# What ends a case or throws it back comes up when much has happened in it.
SETS_BACK = frozenset({
    "cases.case.close", "cases.case.return_to_prescriber", "cases.case.refile", "cases.determination.withdraw",
    "regulatory.filing.withdraw", "regulatory.review.decline", "regulatory.review.send_back", "cases.hold.place",
    "regulatory.authorization.revoke", "regulatory.authorization.supersede", "regulatory.authorization.suspend",
})  # fmt: skip
# These speak to the reporting of safety only, and stay possible on a closed case.
AFTER_THE_END = ("pharmacovigilance.", "cases.note.")


class Walk(Judge):
    """Takes steps until told to stop; every one of them is judged."""

    def __init__(self, world: World, eye: Eye, seed: int, *, since: int, share: frozenset[Move] = DECLARED) -> None:
        super().__init__(world, eye, since=since)
        self.share = share
        self.rng, self.seed, self.name = Random(seed), seed, f"seed {seed}"
        self.hunt = Hunt(self.rng)
        self.tried: defaultdict[tuple[str, str], float] = defaultdict(float)
        self.verbs: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()

    @property
    def done(self) -> frozenset[Move]:
        """The moves that this walk does not go for: taken already, or another walk's."""
        return frozenset(self.taken) | (DECLARED - self.share)

    def go(self, desk: Desk) -> None:
        """One step: a verb on a case or a move of the clock, or something at the desk."""
        wanted = {table for table, *_ in OF_THE_DESK - self.done}
        if self.rng.random() < (0.2 if wanted else 0.15):
            self.beside(desk, wanted)
        else:
            self.step()
        if self.rng.random() < 0.005:
            self.compare_steps(self.rng.choice(self.world.cases[-IN_SIGHT:]), self.rng.sample(self.world.people, 3))
        if self.steps % 40 == 0:
            in_sight = self.world.cases[-IN_SIGHT:]
            self.compare_steps(in_sight[self.steps // 40 % len(in_sight)], [self.world.house.pic])
        self.renew()

    def step(self) -> None:
        """Mostly a verb on a case, sometimes time. About half go for a move that was not taken yet."""
        if self.rng.random() < 0.06:
            self.move_clock()
            return
        if (seen := self.hunted() if self.rng.random() < HUNTS else None) is not None:
            self.take_up(seen)
            return
        seen = self.seen[self.rng.choice(self.world.cases[-IN_SIGHT:]).pk]
        if seen.wishes and self.rng.random() < 0.8:
            self.take_up(seen)
        else:
            self.attempt(self.choose(seen))

    def hunted(self) -> Seen | None:
        """The case on which a move is hunted, with something to try for it."""
        sight = {case.pk: self.seen[case.pk].states for case in self.world.cases[-IN_SIGHT:]}
        chosen = self.hunt.go(self.done, sight)
        if chosen is None:
            return None
        case, is_new = chosen
        seen = self.seen[case]
        if is_new or not seen.wishes:
            seen.wishes = self.hunt.lead(seen.states)
            if not seen.wishes:
                self.hunt.patience = 0
        return seen

    def take_up(self, seen: Seen) -> None:
        """The first of the case's wishes that can be taken up, or else anything."""
        while seen.wishes:
            wish = seen.wishes.pop(0)
            if wish.wait_days:
                self.move_clock(days=wish.wait_days)
                return
            if wish.paper:
                self.bring(seen, wish.paper)
                return
            if wish.fills is not None:
                self.fill(seen, wish.fills, fails=wish.fails)
                return
            verb = VERBS[wish.verb]
            places = self.places(seen, verb)
            if places:
                place = wish.row if wish.row in places else max(places, key=lambda place: place or 0)
                self.attempt(self.prepare(seen, verb, place, sound=True, given=wish.facts))
                return
        self.attempt(self.choose(seen))

    def choose(self, seen: Seen) -> Attempt:
        """Any verb on any record; seldom-taken moves and those that carry the case on come up more often."""
        rng = self.rng
        if rng.random() < (0.25 if OF_VERBS - self.done else 0.5):
            return self.nonsense(seen)
        stage = seen.states["cases_case", seen.pk]
        choices, weights = [], []
        for code, verb in VERBS.items():
            if code == "cases.case.open":
                continue
            for place in self.places(seen, verb):
                state = self.state(seen, verb, place)
                weight = 1 / (1 + self.tried[code, state]) ** 1.3
                if code in NEXT.get(stage, ()):
                    weight += 0.5
                if code in SETS_BACK:
                    weight *= min(1.0, self.events(seen) / 100) ** 2
                if not verb.listed:
                    # Typing in what is known of an event: many rows and verbs, and none leads anywhere.
                    weight *= 0.02
                if self.is_new(verb, state):
                    weight += 1 if code in SETS_BACK else 2
                choices.append((verb, place))
                weights.append(weight)
        verb, place = rng.choices(choices, weights)[0]
        return self.prepare(seen, verb, place, sound=rng.random() < 0.8)

    def is_new(self, verb: Verb, state: str) -> bool:
        """Whether a drawn move of that verb from that state has not been taken yet."""
        table = TABLES[verb.code]
        if table not in MACHINES or not verb.transition:
            return False
        moves = {(source, target) for source, target, name in MACHINES[table].moves if name == verb.transition}
        return any((table, source, target) not in self.taken for source, target in moves if source == state != target)

    def places(self, seen: Seen, verb: Verb) -> list[int | None]:
        """The rows this verb could act on by the drawing; ``None`` for the record it would make."""
        if verb.creates:
            closed = seen.states["cases_case", seen.pk] == "closed"
            return [] if closed and not verb.code.startswith(AFTER_THE_END) else [None]
        return [pk for pk in self.records(seen, verb) if self.leads(seen, verb, pk) is not False]

    def records(self, seen: Seen, verb: Verb) -> list[int]:
        """The rows of the kind of record a verb acts on."""
        return [pk for (name, pk) in seen.states if name == TABLES[verb.code]]

    def nonsense(self, seen: Seen) -> Attempt:
        """A verb on a record, or by a person, that cannot be."""
        rng = self.rng
        verb = VERBS[rng.choice(sorted(VERBS))]
        rows = [] if verb.creates else self.records(seen, verb)
        by = rng.choice(self.world.people)
        return self.prepare(seen, verb, rng.choice(rows) if rows else None, sound=rng.random() < 0.5, by=by)

    def prepare(
        self,
        seen: Seen,
        verb: Verb,
        place: int | None,
        *,
        sound: bool,
        by: User | None = None,
        given: Given | None = None,
    ) -> Attempt:
        model = apps.get_model(verb.subject)
        subject = seen.case if place is None or model is Case else model._default_manager.get(pk=place)
        by = by or self.person(seen, verb, subject)
        situation = Situation(seen.case, verb, subject, by, self.world.now)
        facts = typed(situation, self.rng, sound=sound)
        asked = {ask.name for ask in verb.asks}
        facts |= {name: value for name, value in (given or {}).items() if name in asked}
        if facts.get("password") == "wrong" and self.wrong[by.pk] >= MOST_WRONG:
            facts["password"] = PASSWORD
        attempt = Attempt(seen.case, verb, None if subject is seen.case else subject, by, facts)
        if self.rng.random() < 0.03:
            attempt.seen = max(0, self.events(seen) - self.rng.randint(0, 4))
        if self.rng.random() < 0.05:
            attempt.form_key = f"form-{self.seed}-{self.steps}"
        return attempt

    def person(self, seen: Seen, verb: Verb, subject: models.Model) -> User:
        """Mostly somebody who may; for the second of two people mostly another than the first."""
        rng = self.rng
        able = [one for one in self.world.people if self.may(one, verb, seen.case)]
        if not able or rng.random() < 0.04:
            return rng.choice(self.world.people)
        usual = PREFERRED | AT_THE_FAR_END if getattr(subject, "arrived_at", None) else PREFERRED
        fit = [one for one in able if one.role == usual.get(verb.code, one.role)]
        # Somebody else at one end bars the only person at the other.
        able = fit if fit and rng.random() < 0.95 else able
        first = {getattr(subject, name, None) for name in FIRST_OF_TWO}
        others = [one for one in able if one.pk not in first]
        return rng.choice(others if others and rng.random() < 0.85 else able)

    def attempt(self, attempt: Attempt) -> None:
        """One verb, and everything that must be true of how it ended."""
        self.steps += 1
        self.world.now += timedelta(minutes=self.rng.choice((1, 7, 20, 90)))
        self.note(str(attempt))
        seen = self.seen[attempt.case.pk]
        self.mark(attempt, seen)
        place = attempt.verb.code, self.state(seen, attempt.verb, getattr(attempt.subject, "pk", None))
        event: Any = None
        try:
            event = self.advance(attempt)
        except Refused as refusal:
            self.outcomes[refusal.kind] += 1
            # What was refused may be possible soon; what cannot be done there at all is tried less.
            self.tried[place] += 0.7 if isinstance(refusal, NotPossible) else 0.3
            self.told[-1] += f" -> {refusal.kind}"
            self.judge_refusal(attempt, seen, refusal)
            if isinstance(refusal, RequirementsUnmet):
                self.told[-1] += f" ({', '.join(line.code for line in refusal.unmet)})"
                self.wish(attempt, seen, refusal)
        except Exception as fault:
            raise self.broken(f"{type(fault).__name__} instead of a refusal: {fault}") from fault
        else:
            self.outcomes["taken"] += 1
            self.tried[place] += 1
            self.verbs[attempt.verb.code] += 1
            self.told[-1] += f" -> #{event.seq}"
            self.judge_taken(attempt, seen, event.seq)
            if attempt.verb.code in FOLLOWS and self.rng.random() < 0.3:
                now = self.seen[attempt.case.pk]
                now.wishes = [*FOLLOWS[attempt.verb.code], *now.wishes]
            if attempt.form_key:
                self.post_again(attempt, event.pk)

    def advance(self, attempt: Attempt) -> Any:
        return advance(
            attempt.case,
            attempt.verb.code,
            by=attempt.by,
            now=self.world.now,
            subject=attempt.subject,
            facts=attempt.facts,
            seen=attempt.seen,
            form_key=attempt.form_key,
        )

    def post_again(self, attempt: Attempt, event: int) -> None:
        """The same form posted twice has one effect."""
        before = self.eye.marks(attempt.case.pk)
        again = self.advance(attempt)
        if again.pk != event or self.eye.marks(attempt.case.pk) != before or self.eye.last_entry() != self.last_entry:
            raise self.broken(f"{attempt.verb.code} posted twice with one key had two effects.")

    def wish(self, attempt: Attempt, seen: Seen, refusal: RequirementsUnmet) -> None:
        """Keep what would help, and then the verb itself; sometimes ask for an override instead."""
        if len(seen.wishes) > 24:
            return
        often = 0.1 if ("cases_override", "confirmed", "used") in self.taken else 0.6
        for line in refusal.unmet:
            if line.overridable and self.rng.random() < often:
                label = getattr(attempt.subject, "label", "")
                facts = {"verb": attempt.verb.code, "record": label, "requirement": line.code}
                seen.wishes = [Wish("cases.override.propose", facts=facts), Wish("cases.override.confirm"),
                               Wish(attempt.verb.code)]  # fmt: skip
                return
        about = Situation(seen.case, attempt.verb, attempt.subject, attempt.by, self.world.now)
        helps = remedies(about, refusal.unmet)
        if not helps:
            self.hunt.give_up(attempt.verb.code, seen.pk)
        else:
            seen.wishes = [*helps, Wish(attempt.verb.code), *seen.wishes]

    def settle(self, *, laws: bool = True) -> None:
        """After something that may have touched any case: judge every move on record, and look anew where one was.

        A sweep plans its next look without a trace, since that is no evidence: rows may differ in any case in sight.
        """
        entries = self.eye.tail(self.last_entry)
        by_case: dict[int, list[Entry]] = defaultdict(list)
        for entry in entries:
            owner, _, key = entry.chain.partition(":")
            if owner == "case":
                by_case[int(key)].append(entry)
        self.judge_entries(entries)
        for case in self.world.cases:
            known = self.seen.get(case.pk)
            if known is None or case.pk in by_case:
                seen = self.look(case)
                self.judge_moves(known.states if known else {}, seen.states, by_case[case.pk])
                if laws:
                    self.judge_laws(case)
            else:
                known.marks = None
        if any(not entry.chain.startswith("case:") for entry in entries):
            if broken := self.eye.broken_laws_everywhere():
                raise self.broken(f"Broken: {broken[:5]}")
            far = self.eye.far_states()
            self.judge_moves(self.far, far, entries)
            self.far = far

    def move_clock(self, days: float | None = None) -> None:
        """Time passes, and the sweep comes by."""
        self.steps += 1
        passed = days if days is not None else self.rng.choice((0.02, 0.2, 1, 1, 2, 3, 8))
        self.world.now += timedelta(days=passed)
        self.note(f"{passed} days pass")
        counts = sweep(now=self.world.now)
        self.outcomes["swept"] += 1
        self.told[-1] += f" -> {dict(+counts)}"
        self.settle()
        late = self.eye.rows(
            "SELECT key, state FROM deadlines_deadline WHERE state = 'running' AND due_at < %(now)s", now=self.world.now
        )
        if late:
            raise self.broken(f"Dates that passed and run on after a sweep: {late[:3]}")

    def bring(self, seen: Seen, doc_type: str) -> None:
        """Somebody brings a paper: written, signed where a gate wants it, its dates and its holder recorded."""
        self.note(f"{seen.case.reference}: {doc_type} is brought")
        try:
            document = self.world.write(seen.case, doc_type)
        except UploadRefused as refused:  # of a patient whose papers were erased
            self.note(f"refused: {refused}")
            return
        if doc_type in SIGNED:
            self.world.sign(document)
        self.settle(laws=False)
        facts = {"held_by": "local_sponsor", "issued_on": (self.world.now - timedelta(days=1)).date().isoformat()}
        self.attempt(self.prepare(self.seen[seen.pk], VERBS["documents.document.describe"], document.pk,
                                  sound=True, given=facts))  # fmt: skip

    def fill(self, seen: Seen, review: int, *, fails: bool) -> None:
        """A pharmacist in charge answers every item of a review with yes, or its first with no."""
        row = Review.objects.select_related("case", "determination__prescriber", "follows").get(pk=review)
        self.note(f"{seen.case.reference}: the checklist of {row.label} is filled")
        sheet = sheet_of(row, now=self.world.now)
        asked = [one.item for one in sheet.rows if one.is_asked or one.has_failed or (fails and one is sheet.rows[0])]
        given = {item.id: Typed("yes") for item in asked}
        if fails and given:
            given[next(iter(given))] = Typed("no", "Not so.", "prescriber")
        with suppress(Refused):
            keep_answers(row, given, read=sheet.fingerprint, by=self.world.house.pic, now=self.world.now)
        self.settle(laws=False)

    def compare_steps(self, case: Case, people: list[User]) -> None:
        """What the product offers a person is exactly what the drawing and the table of rights allow."""
        seen = self.look(case)
        left_out = {"cases.case.open", *not_in_pathway(seen.case)}
        for by in people:
            offered = {
                (step.verb.code, step.subject.pk if not step.verb.creates else None)
                for step in possible_steps(seen.case, by=by, now=self.world.now, unlisted=True)
                if step.verb.offered_when is None
            }
            allowed = {
                (verb.code, place)
                for verb in VERBS.values()
                if verb.code not in left_out and verb.offered_when is None and self.role_may(by, verb)
                for place in self.places(seen, verb)
                if self.has_what_it_needs(seen, verb)
            }
            if offered != allowed:
                raise self.broken(f"{by.role} is offered {offered ^ allowed} otherwise than is drawn.")

    def has_what_it_needs(self, seen: Seen, verb: Verb) -> bool:
        """Whether the case has a record, in one of the states, that a verb needs before it can make its own."""
        if verb.needs is None:
            return True
        kind, states = verb.needs
        table = apps.get_model(kind)._meta.db_table
        return any(name == table and state in states for (name, _), state in seen.states.items())

    def role_may(self, by: User, verb: Verb) -> bool:
        return by.role in verb.roles and by.role != Role.AUDITOR

    def beside(self, desk: Desk, wanted: set[str]) -> None:
        """Something happens that is no verb."""
        self.steps += 1
        try:
            name, ended = desk.act(wanted)
        except Exception as fault:
            raise self.broken(f"{type(fault).__name__} at the desk: {fault}") from fault
        self.note(f"{name}: {ended}")
        if ended.startswith("refused") and self.eye.last_entry() != self.last_entry:
            raise self.broken(f"{name} was refused and left {self.eye.tail(self.last_entry)}")
        self.settle()
        for case, wishes in desk.hopes():
            self.seen[case.pk].wishes = [*wishes, *self.seen[case.pk].wishes]

    def renew(self) -> None:
        """Open another case when the ones in sight have ended; have partners looked up again in time."""
        if self.steps % 25 == 0:
            check_partners(self.world.house.pharmacy, now=self.world.now)
            self.settle(laws=False)
        recent = self.world.cases[-IN_SIGHT:]
        ended = sum(self.seen[case.pk].states["cases_case", case.pk] == "closed" for case in recent)
        if len(recent) < IN_SIGHT - 1 or ended > 1 or self.rng.random() < 0.002:
            self.fresh_case()

    def fresh_case(self) -> None:
        """One more case on one of the pathways."""
        pathway = self.rng.choice(PATHWAYS)
        by = self.rng.choice([one for one in self.world.people if one.role in PHARMACISTS])
        case = self.world.open(pathway, by=by, urgency=self.rng.choice(("standard", "urgent", "emergency")))
        self.note(f"{case.reference} is opened on {pathway}")
        self.settle(laws=False)
