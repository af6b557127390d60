"""A drill that was closed days ago and a recall that waits for its answers, over lots of invented packs."""

from datetime import datetime, timedelta

from cases.custody.models import Recall, RecalledPack, RecallLetter, Unit
from cases.custody.recalls.reach import Reach
from cases.custody.recalls.services import Notice, close_recall, open_recall, stop_recall, tell_recall
from cases.lifecycle.engine import advance
from config.demonstration.stage import House

DRILL = Notice(
    source="house",
    source_reference="Yearly drill, standing order 7",
    recall_class="class_1",
    level="a",
    reason="An exercise: a seal was found loose.",
    instruction="An exercise: say where each pack is.",
)
RECALL = Notice(
    source="manufacturer",
    source_reference="Invented Biologics, notice RC-118",
    recall_class="class_2",
    level="a",
    reason="The leaflet of this lot lacks a warning on storage after opening.",
    instruction="Keep what is left apart. The manufacturer has it collected.",
)


def recall_lots(house: House, now: datetime) -> None:
    """The drill over a lot that was supplied long ago, the recall over one that a patient has."""
    finished = _lot("TR-FOREIGN", "closed")
    drill = _begun(house, DRILL, finished, now - timedelta(days=3), is_drill=True)
    at = now - timedelta(days=3) + timedelta(minutes=47)
    for part in drill.parts.select_related("case"):
        packs = [f"{pack.unit.gtin} {pack.unit.serial}" for pack in RecalledPack.objects.filter(part=part)]
        facts = {"packs": packs, "outcome": "administered", "seen_at": _typed(at), "remark": "Told by the ward."}
        advance(part.case, "custody.recall.locate", by=house.staff["coordinator"], now=at, subject=part, facts=facts)
        for letter in part.letters.all():
            answer = {"answer": "Reached by telephone.", "answered_at": _typed(at + timedelta(hours=1))}
            advance(
                part.case, "custody.recall_letter.answer", by=house.staff["coordinator"], now=at + timedelta(hours=1),
                subject=letter, facts=answer,
            )  # fmt: skip
    close_recall(
        drill, conclusion="Every pack was located within the hour.", by=house.staff["pic"], now=at + timedelta(hours=2)
    )
    recall = _begun(house, RECALL, _lot("AU-SAS-A", "follow_up"), now - timedelta(minutes=40), is_drill=False)
    ward = RecallLetter.objects.filter(part__recall=recall, role="institution").select_related("case").get()
    facts = {"answer": "One pack is left, set apart in quarantine.", "answered_at": _typed(now - timedelta(minutes=9))}
    advance(ward.case, "custody.recall_letter.answer", by=house.staff["coordinator"], now=now - timedelta(minutes=8),
            subject=ward, facts=facts)  # fmt: skip


def _begun(house: House, notice: Notice, unit: Unit, at: datetime, *, is_drill: bool) -> Recall:
    reach = [Reach(unit.gtin, unit.lot.number)]
    recall = open_recall(notice, reach, is_drill=is_drill, by=house.staff["coordinator"], now=at)
    stop_recall(recall, by=house.staff["coordinator"], now=at + timedelta(minutes=3))
    return tell_recall(recall, by=house.staff["coordinator"], now=at + timedelta(minutes=12))


def _lot(pathway: str, stage: str) -> Unit:
    """A pack of the first case of that pathway in that stage."""
    packs = Unit.objects.filter(case__profile_version__profile_key=pathway, case__stage=stage).select_related("lot")
    return packs.order_by("pk")[0]


def _typed(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"
