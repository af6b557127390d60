"""A recall in one case: its packs stopped, its letters written, its packs located, its answers recorded."""

import hashlib
from typing import Any

from django.db import models

from cases.custody.models import RecalledCase, RecalledPack, RecallLetter
from cases.custody.recalls.clocks import reader_of
from cases.custody.recalls.drafting import Draft, drafts_of
from cases.custody.recalls.standing import packs_of
from cases.custody.verbs.common import AT_THE_INSTITUTION, moment
from cases.lifecycle.verbs import Ask, Effect, Situation, Verb, moves, next_number
from cases.notices.services import plan_notice
from cases.people.models import User
from cases.people.roles import Role

LETTER = "custody.recall_letter"
State = RecalledCase.State
ANSWERS = AT_THE_INSTITUTION | {Role.PRESCRIBER}
PIC_ONLY = frozenset({Role.PHARMACIST_IN_CHARGE})


def _stop(situation: Situation) -> models.Model:
    part = situation.record(RecalledCase)
    part.stop(stopped_at=situation.now)
    part.save()
    return part


def _tell(situation: Situation) -> models.Model:
    part = situation.record(RecalledCase)
    part.tell()
    part.save()
    for draft in drafts_of(part, now=situation.now):
        _write(situation, part, draft)
    return part


def _write(situation: Situation, part: RecalledCase, draft: Draft) -> None:
    case = situation.case
    letter = RecallLetter.objects.create(
        case=case,
        part=part,
        consignment=draft.consignment,
        number=next_number(case.recall_letters),
        is_drill=part.is_drill,
        role=draft.role,
        addressee=draft.addressee,
        title=draft.title,
        text=draft.text,
        text_sha256=hashlib.sha256(draft.text.encode()).hexdigest(),
        written_by=situation.by,
        written_at=situation.now,
        due_at=draft.due_at,
    )
    if not part.is_drill:
        _send(situation, letter)


def _send(situation: Situation, letter: RecallLetter) -> None:
    """Into the outbox: to its reader, or to the coordinator where the reader has no account here."""
    case = situation.case
    reader: User | None = reader_of(letter, case)
    plan_notice(
        key=f"{LETTER}:{case.reference}:{letter.label}",
        kind=LETTER,
        by=situation.by,
        now=situation.now,
        recipient=reader or case.coordinator,
        case=case,
        facts={"record": letter.label, "own": reader is not None},
        is_urgent=True,
    )


def pack_name(pack: RecalledPack) -> str:
    """How a pack of a recall is named when it is ticked: its GTIN and its serial."""
    return f"{pack.unit.gtin} {pack.unit.serial}"


def _unlocated(situation: Situation) -> list[tuple[str, str]]:
    if not isinstance(situation.subject, RecalledCase):
        return []
    return [
        (pack_name(row), f"{row.unit.serial}, lot {row.unit.lot.number}, {row.unit.get_state_display()}")
        for row, pack in packs_of(situation.subject)
        if not pack.became
    ]


def _locate(situation: Situation) -> models.Model:
    part, facts = situation.record(RecalledCase), situation.facts
    part.locate()
    part.save()
    ticked = set(facts["packs"])
    for row, _ in packs_of(part):
        if pack_name(row) in ticked:
            row.outcome, row.remark = facts["outcome"], facts.get("remark", "")
            row.seen_at, row.located_by, row.located_at = facts["seen_at"], situation.by, situation.now
            row.save()
    return part


def _withdraw(situation: Situation) -> models.Model:
    part = situation.record(RecalledCase)
    part.withdraw()
    part.save()
    for letter in part.letters.filter(state=RecallLetter.State.WAITING):
        letter.withdraw(by=situation.by, now=situation.now)
        letter.save()
    return part


def _answer(situation: Situation) -> models.Model:
    letter, facts = situation.record(RecallLetter), situation.facts
    letter.record_answer(answer=facts["answer"], answered_at=facts["answered_at"], by=situation.by, now=situation.now)
    letter.save()
    return letter


def _give_up(situation: Situation) -> models.Model:
    letter = situation.record(RecallLetter)
    letter.give_up(why=situation.reason, by=situation.by, now=situation.now)
    letter.save()
    return letter


def _while(*states: str) -> Any:
    """Offered while the recall itself stands so: a case follows its recall, and never goes ahead of it."""

    def holds(record: models.Model) -> bool:
        return isinstance(record, RecalledCase) and record.recall.state in states

    return holds


def _on_part(code: str, past: str, label: str, effect: Effect, **more: Any) -> Verb:
    return Verb(
        code=f"custody.recall.{code}", past=past, label=label, subject="custody.RecalledCase", transition=code,
        effect=effect, **more,
    )  # fmt: skip


VERBS = (
    _on_part(
        "stop", "stopped", "Stop the packs of it", _stop, offered_when=_while("stopped", "told"),
        consequence="None of its packs is packed, released, dispatched, accepted or dispensed from now on.",
    ),
    _on_part(
        "tell", "told", "Write the letters of it", _tell, offered_when=_while("told"),
        consequence="Prescriber, institution, patient through the prescriber, and supplier are written to.",
    ),
    _on_part(
        "locate", "packs_located", "Say what became of packs of it", _locate,
        roles=AT_THE_INSTITUTION,
        asks=(
            Ask("packs", "Which packs", "ticks", options=_unlocated),
            Ask("outcome", "What became of them", "choice", options=RecalledPack.Outcome.choices),
            moment("seen_at", "When that was seen"),
            Ask("remark", "Where they are, or where they were looked for", required=False),
        ),
        consequence="Counted in the effectiveness of the recall. What becomes of a pack is recorded in its own record.",
    ),
    _on_part(
        "end", "ended", "End it for this case", moves("end"), offered_when=_while("told"), roles=PIC_ONLY,
        consequence="Nothing more of this case is waited for. The packs stay stopped until the recall is closed.",
    ),
    _on_part(
        "withdraw", "withdrawn", "Withdraw it from this case", _withdraw, offered_when=_while("withdrawn"),
        roles=PIC_ONLY, consequence="Its letters are waited for no more; its packs are free again.",
    ),
    Verb(
        code=f"{LETTER}.answer",
        past="answered",
        label="Record the answer to it",
        subject="custody.RecallLetter",
        transition="record_answer",
        effect=_answer,
        roles=ANSWERS,
        asks=(
            Ask("answer", "What was answered", "long",
                hint="What was done, how many packs there are. No names of patients."),
            moment("answered_at", "When it was answered"),
        ),
        consequence="The letter is waited for no more.",
    ),
    Verb(
        code=f"{LETTER}.give_up",
        past="given_up",
        label="Give up waiting for the answer to it",
        subject="custody.RecallLetter",
        transition="give_up",
        effect=_give_up,
        roles=PIC_ONLY,
        needs_reason=True,
        final=True,
        consequence="Final. It counts as not answered in the effectiveness of the recall.",
    ),
)  # fmt: skip
