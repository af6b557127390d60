"""Who does what happens beside the verbs: one act at a time, those more often that were done less."""

from collections import Counter
from collections.abc import Set
from random import Random

from cases.deadlines.dates import DeadlineRefused
from cases.documents.errors import DocumentRefused, UploadRefused
from cases.lifecycle.errors import Refused
from cases.models import Case
from cases.notices.services import NoticeRefused
from cases.people.identity import IdentityRefused
from tests.machine.beside import dates, forms, intake, letters, partners, recalls, shelf, stock, strangers
from tests.machine.beside.bench import Act, Bench
from tests.machine.ground import World
from tests.machine.remedies import Wish

REFUSALS = (Refused, DeadlineRefused, NoticeRefused, DocumentRefused, UploadRefused, IdentityRefused)
ACTS: dict[str, Act] = {
    **letters.ACTS,
    **dates.ACTS,
    **intake.ACTS,
    **forms.ACTS,
    **partners.ACTS,
    **recalls.ACTS,
    **shelf.ACTS,
    **stock.ACTS,
    **strangers.ACTS,
}
# Whose moves the acts of each room take.
ROOMS: dict[str, frozenset[str]] = {
    **dict.fromkeys(letters.ACTS, frozenset({"notices_notice"})),
    **dict.fromkeys(dates.ACTS, frozenset({"deadlines_deadline"})),
    **dict.fromkeys(intake.ACTS, frozenset({"regulatory_enquiry", "regulatory_triage"})),
    **dict.fromkeys(forms.ACTS, frozenset({"regulatory_collectivepaper"})),
    **dict.fromkeys(partners.ACTS, frozenset()),
    **dict.fromkeys(
        recalls.ACTS, frozenset({"custody_recall", "custody_recalledcase", "custody_recallletter"})
    ),
    **dict.fromkeys(
        shelf.ACTS,
        frozenset({"regulatory_listedition", "regulatory_profileversion", "regulatory_publication",
                   "people_patientkey", "documents_document", "documents_documentslot"}),
    ),
    **dict.fromkeys(stock.ACTS, frozenset({"cases_case", "custody_consignment"})),
    **dict.fromkeys(strangers.ACTS, frozenset({"documents_document", "documents_documentslot"})),
}  # fmt: skip


# It takes as long as ten others.
LONG = "a reminder has become idle"


class Desk:
    """Does the acts on one world."""

    def __init__(self, world: World, rng: Random) -> None:
        self.bench = Bench(world, rng)
        self.done: Counter[str] = Counter()
        self.tried: Counter[str] = Counter()

    def act(self, wanted: Set[str]) -> tuple[str, str]:
        """One act; returns its name and how it ended.

        :param wanted: tables with moves that were not taken yet.
        """
        names = sorted(ACTS)
        seldom = [
            (5 if ROOMS[name] & wanted else 0.1 if name == LONG else 1) / (1 + self.done[name] + self.tried[name] / 4)
            for name in names
        ]
        name = self.bench.rng.choices(names, seldom)[0]
        self.tried[name] += 1
        try:
            ended = ACTS[name](self.bench)
        except REFUSALS as refusal:
            return name, f"refused: {refusal}"
        if ended is None:
            return name, "nothing to do it on"
        self.done[name] += 1
        return name, "done"

    def hopes(self) -> list[tuple[Case, list[Wish]]]:
        """What should follow by verbs; told once."""
        told, self.bench.hopes = self.bench.hopes, []
        return told
