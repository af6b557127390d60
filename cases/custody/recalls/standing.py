"""Where a recall stands: its packs and letters as they are summed up."""

from cases.custody.models import Recall, RecalledCase, RecalledPack, RecallLetter
from cases.custody.recalls.effectiveness import Answer, Effectiveness, Pack, measured


def packs_of(of: Recall | RecalledCase) -> list[tuple[RecalledPack, Pack]]:
    """Each pack of a recall, or of one case in it, with what is known of it; one query, by case and serial."""
    rows = RecalledPack.objects.select_related(
        "case", "unit__lot__supplier", "unit__consignment__institution", "unit__last_event", "located_by"
    )
    rows = rows.filter(part__recall=of) if isinstance(of, Recall) else rows.filter(part=of)
    return [
        (
            row,
            Pack(
                row.outcome,
                row.located_at,
                row.unit.state,
                row.unit.last_event.recorded_at if row.unit.last_event else None,
            ),
        )
        for row in rows.order_by("case__reference", "unit__consignment__number", "unit__serial")
    ]


def letters_of(recall: Recall) -> list[RecallLetter]:
    """Its letters, by case and number; one query."""
    rows = RecallLetter.objects.filter(part__recall=recall).select_related("case", "settled_by", "written_by", "part")
    return list(rows.order_by("case__reference", "number"))


def effectiveness_of(
    recall: Recall, packs: list[tuple[RecalledPack, Pack]], letters: list[RecallLetter]
) -> Effectiveness:
    """The sum of a recall as it stands."""
    return measured(
        [pack for _, pack in packs],
        [
            Answer(one.state, one.answered_at or one.settled_at, bool(one.answered_at and one.answered_at > one.due_at))
            for one in letters
        ],
        level=recall.level,
        opened_at=recall.opened_at,
    )
