"""Which move to go for next, on which case, and the next verb on the way there: read off the drawing, not a story.

A quarry is a drawn move that was not taken yet. Its verb is tried on a row that stands where the move begins; when no
row stands there, the shortest drawn way from a row that does, or from one yet to be made, is taken verb by verb. What
a refusal names as missing is the walk's to bring (:mod:`tests.machine.remedies`).
"""

from collections import Counter, defaultdict
from collections.abc import Container, Mapping
from dataclasses import replace
from random import Random

from cases.lifecycle.verbs import VERBS
from tests.machine.chart import DECLARED, MACHINES, Move
from tests.machine.judge import TABLES
from tests.machine.picture import States
from tests.machine.remedies import Wish

# So many steps are spent on the way to where a move begins, and so many on the move, before another is tried.
PATIENCE = 60
# A record may come of one that comes of one …
MOST_DEPTH = 6
# Rows that no verb makes: they come of a move of another record.
COMES_OF: dict[str, tuple[str, str]] = {
    "pharmacovigilance_caseversion": ("pharmacovigilance_safetyreport", "attached"),
    "pharmacovigilance_obligation": ("pharmacovigilance_caseversion", "locked"),
    "regulatory_authorization": ("regulatory_filing", "granted"),
    "regulatory_grantcondition": ("regulatory_filing", "granted"),
}
# Rows that a verb makes beside its own record.
BESIDE: dict[str, str] = {
    "custody_suspectproduct": "custody.consignment.suspect",
    "custody_supplyexception": "custody.consignment.record_papers",
}
# What a verb is about must be there before it makes its row.
ABOUT: dict[str, tuple[str, str]] = {
    "custody.consignment.record_papers": ("custody_consignment", "allocated"),
    "custody.consignment.suspect": ("custody_consignment", "allocated"),
    "pharmacovigilance.transmission.prepare": ("pharmacovigilance_obligation", "open"),
    "regulatory.review.request": ("cases_determination", "signed"),
}

# A question before the acknowledgement, or after a refusal: such a filing never lapses. No case in sight is on a
# pathway for stock, so that none comes from sourcing to dispensing without a shipment.
DEAD_ENDS = frozenset({
    ("submitted", "receive_question"), ("appealed", "receive_question"), ("sourcing", "begin_dispensing"),
})  # fmt: skip


def _ways() -> dict[tuple[str, str], list[list[Wish]]]:
    """What takes each drawn move: (table, name of the transition) -> what to try, one way or another."""
    found: defaultdict[tuple[str, str], list[list[Wish]]] = defaultdict(list)
    for code, verb in VERBS.items():
        if verb.transition and not verb.creates:
            found[TABLES[code], verb.transition].append([Wish(code)])
    # Those that move in the deed of another verb, or by another transition than the verb's own.
    found["cases_determination", "supersede"] = [
        [Wish("cases.determination.prepare"), Wish("cases.determination.sign")]
    ]
    found["pharmacovigilance_obligation", "discharge_late"] = [
        [Wish(wait_days=30), Wish("pharmacovigilance.obligation.discharge")]
    ]
    found["regulatory_grantcondition", "report"] = [
        [
            Wish("regulatory.grant_condition.sort", facts={"kind": "report", "every_months": "6"}),
            Wish("regulatory.grant_condition.meet"),
        ]
    ]
    # The sweep asks on the day, and who does not answer again and again is lost.
    found["pharmacovigilance_followup", "ask"] = [[Wish(wait_days=8)]]
    found["pharmacovigilance_followup", "lose"] = [[Wish("pharmacovigilance.follow_up.note_attempt")] * 3]
    return dict(found)


WAYS = _ways()
MAKERS: dict[str, str] = {**BESIDE}
for code, verb in VERBS.items():
    if verb.creates:
        MAKERS.setdefault(TABLES[code], code)


def names(move: Move) -> list[str]:
    """The transitions by which the drawing has that move."""
    table, source, told = move
    return sorted(
        name
        for begins, ends, name in MACHINES[table].moves
        if begins == source and told == (ends if begins != ends else f"{ends} ({name})")
    )


OF_VERBS = frozenset(move for move in DECLARED if any((move[0], name) in WAYS for name in names(move)))
# Moves that somebody at the desk, the clock or another deed makes, and no verb; or of records that come from there.
OF_THE_DESK = (DECLARED - OF_VERBS) | {move for move in DECLARED if move[0] not in {"cases_case", *MAKERS, *COMES_OF}}


class Hunt:
    """Keeps to one quarry on one case until it is taken or patience ends."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.move: Move | None = None
        self.case = 0
        self.patience = 0
        self.is_far = True
        self.chased: Counter[tuple[Move, int]] = Counter()

    def go(self, taken: Container[Move], sight: Mapping[int, States]) -> tuple[int, bool] | None:
        """The case to act on, and whether it is newly chosen; nothing when every move of a verb was taken.

        :param sight: where the records of each case in sight stand.
        """
        self.patience -= 1
        if self.move is not None and self.move not in taken and self.patience > 0 and self.case in sight:
            if self.is_far and not _far(sight[self.case], self.move):
                self.is_far, self.patience = False, PATIENCE
            return self.case, False
        left = sorted(move for move in OF_VERBS if move not in taken)
        if not left:
            return None
        stands = {(table, state) for states in sight.values() for (table, _), state in states.items()}
        likely = [
            (8 if move[:2] in stands else 1) / (1 + sum(self.chased[move, case] for case in sight)) ** 2
            for move in left
        ]
        (self.move,) = self.rng.choices(left, likely)
        move = self.move
        going_on = [case for case, states in sight.items() if states["cases_case", case] != "closed"]
        fit = going_on if going_on and move[:2] != ("cases_case", "closed") else [*sight]
        self.case = min(fit, key=lambda case: (self.chased[move, case], _far(sight[case], move), self.rng.random()))
        self.chased[move, self.case] += 1
        self.patience, self.is_far = PATIENCE, _far(sight[self.case], move)
        return self.case, True

    def give_up(self, verb: str, case: int) -> None:
        """The quarry's own verb was refused, and nothing would help."""
        if (
            self.move is not None
            and case == self.case
            and any([Wish(verb)] in WAYS.get((self.move[0], name), ()) for name in names(self.move))
        ):
            self.patience = 0

    def lead(self, states: States) -> list[Wish]:
        """What to try next on the case for the quarry, given where its records stand."""
        if self.move is None:
            return []
        table, source, _ = self.move
        rows = [pk for (name, pk), state in states.items() if (name, state) == (table, source)]
        if not rows:
            return self.towards(states, table, source)
        return self.way(table, self.rng.choice(names(self.move)), rows)

    def way(self, table: str, name: str, rows: list[int]) -> list[Wish]:
        """One of the ways to take that transition, on one of the rows."""
        way = self.rng.choice(WAYS[table, name])
        return [replace(way[0], row=self.rng.choice(rows))] if len(way) == 1 else [*way]

    def towards(self, states: States, table: str, state: str, depth: int = 0) -> list[Wish]:
        """The first verb on the shortest drawn way by which a row of the table comes to stand there."""
        machine = MACHINES[table]
        stands: defaultdict[str, list[int]] = defaultdict(list)
        for (name, pk), where in states.items():
            if name == table:
                stands[where].append(pk)
        edge: list[tuple[str, str]] = [(state, "")]
        for where, name in edge:
            if name and stands[where]:
                return self.way(table, name, stands[where])
            if where in machine.born and depth < MOST_DEPTH:
                return self.make(states, table, depth)
            known = {one for one, _ in edge}
            edge += sorted(
                (source, name)
                for source, target, name in machine.moves
                if target == where and source not in known and (table, name) in WAYS and (source, name) not in DEAD_ENDS
            )
        return []

    def make(self, states: States, table: str, depth: int) -> list[Wish]:
        """What makes a row of the table: a verb, or a move of another record."""
        maker = MAKERS.get(table)
        if maker is None:
            return self.towards(states, *COMES_OF[table], depth + 1) if table in COMES_OF else []
        about = ABOUT.get(maker)
        if about is not None and about not in {(name, state) for (name, _), state in states.items()}:
            return self.towards(states, *about, depth + 1)
        return [Wish(maker)]


def _far(states: States, move: Move) -> bool:
    """Whether no row of the case stands where the move begins."""
    return not any((name, state) == move[:2] for (name, _), state in states.items())
