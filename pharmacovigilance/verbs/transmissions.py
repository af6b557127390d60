"""What was sent to whom, in which form, and what came back. An answer changes only the transmission it names."""

from typing import Any

from django.db import models

from cases.lifecycle.errors import NotPossible
from cases.lifecycle.verbs import Ask, Situation, Verb, moves, next_number
from cases.print.typeset import NotPrintable
from pharmacovigilance.artefacts import FORMS, keep_artefact
from pharmacovigilance.e2b.exporting import NotExportable
from pharmacovigilance.models import Obligation, Transmission
from pharmacovigilance.senders import SenderUnreadable

FORMATS = (
    ("narrative", "narrative letter"),
    ("authority_form", "the authority's form"),
    ("portal", "the authority's portal"),
    ("telephone", "telephone, confirmed in writing"),
    *((code, form.words) for code, form in FORMS.items()),
)


def _prepare(situation: Situation) -> models.Model:
    obligation = situation.facts["obligation"]
    transmission = Transmission.objects.create(
        case=situation.case,
        obligation=obligation,
        number=next_number(situation.case.transmissions),
        format=situation.facts["format"],
        artefact_sha256=obligation.version.snapshot_sha256,
    )
    if transmission.format in FORMS:
        try:
            keep_artefact(transmission, by=situation.by, now=situation.now)
        except (NotExportable, NotPrintable, SenderUnreadable) as fault:
            raise NotPossible(f"{fault} Nothing was prepared.") from fault
    return transmission


def _open_obligations(situation: Situation) -> "models.QuerySet[Obligation]":
    return situation.case.obligations.filter(state=Obligation.State.OPEN).select_related("version").order_by("number")


ANSWER = Ask("acknowledgement", "Their answer", "long", required=False, hint="Number, code and words, as received.")


def _verb(code: str, past: str, label: str, **more: Any) -> Verb:
    more.setdefault("effect", moves(code))
    more.setdefault("transition", code)
    return Verb(
        code=f"pharmacovigilance.transmission.{code}",
        past=past,
        label=label,
        subject="pharmacovigilance.Transmission",
        **more,
    )


VERBS = (
    _verb(
        "prepare",
        "prepared",
        "Prepare a transmission",
        effect=_prepare,
        needs=("pharmacovigilance.Obligation", frozenset({Obligation.State.OPEN})),
        transition="",
        creates=True,
        asks=(
            Ask("obligation", "For which obligation", "record", options=_open_obligations),
            Ask("format", "In which form", "choice", options=FORMATS),
        ),
        consequence="It is bound to the locked version by its fingerprint; a message or a paper is made and kept.",
    ),
    _verb(
        "send",
        "sent",
        "Record that it was sent",
        asks=(
            Ask("sent_at", "When it was sent", "moment", initial=lambda situation: situation.now),
            Ask(
                "receipt",
                "Receipt, in words",
                "long",
                required=False,
                hint="Number, time and office that confirmed it, and where a proof outside this system lies. It stays "
                "when papers are erased: no name, birth date or contact of the patient.",
            ),
            Ask("proof", "Proof", "document", required=False),
        ),
        consequence="An answer is expected within two working days.",
    ),
    _verb("accept", "accepted", "Record that it was accepted", asks=(ANSWER,), consequence="The answer is kept."),
    _verb(
        "reject",
        "rejected",
        "Record that it was rejected",
        asks=(Ask("acknowledgement", "Their answer", "long", hint="Number, code and words, as received."),),
        consequence="It has to be sent again, as a transmission of its own, within one working day.",
    ),
    _verb(
        "note_no_answer",
        "no_answer_noted",
        "Note that no answer came",
        needs_reason=True,
        consequence="A later answer can still be recorded.",
    ),
)
