"""What a pharmacist attests for one consignment before it leaves the country of origin."""

from django.db import models

from cases.custody.models import Consignment
from cases.lifecycle.verbs import Ask, Situation, Verb, register_verbs
from regulatory.exports import statements_of
from regulatory.models import Attestation
from regulatory.quantities import BEFORE_DISPATCH


def _attest(situation: Situation) -> models.Model:
    """One attestation for each statement, under the name of the one who signs; each is of this consignment alone."""
    consignment = situation.record(Consignment)
    known = {statement.code: statement for statement in statements_of(situation.case)}
    for code in situation.facts["statements"]:
        statement = known[code]
        Attestation.objects.create(
            case=situation.case,
            consignment=consignment,
            role=statement.role,
            statement=statement.text,
            gate_fact=statement.fact,
            attested_by=situation.by,
            attested_at=situation.now,
        )
    return consignment


def _statements(situation: Situation) -> list[tuple[str, str]]:
    return [(statement.code, statement.text) for statement in statements_of(situation.case)]


def _is_before_dispatch(record: models.Model) -> bool:
    return isinstance(record, Consignment) and record.state in BEFORE_DISPATCH


register_verbs(
    Verb(
        code="regulatory.export.attest",
        past="attested",
        label="Attest the export of it",
        subject="custody.Consignment",
        effect=_attest,
        offered_when=_is_before_dispatch,
        asks=(
            Ask(
                "statements",
                "What you have checked",
                "ticks",
                options=_statements,
                hint="Each is a statement under your name, for this consignment and this day.",
            ),
        ),
        consequence="The export gates rest on it. On the shipping day it is signed again.",
    ),
)
