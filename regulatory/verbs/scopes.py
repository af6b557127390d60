"""Reading a paper for what it covers, where a gate of the pathway asks for it."""

from django.db import models

from cases.lifecycle.verbs import Ask, Situation, Verb, register_verbs
from regulatory.models import Attestation
from regulatory.pathway import profile_of
from regulatory.scopes import READ_BY, scopes_in, statement_of


def _confirm(situation: Situation) -> models.Model:
    document, scope = situation.facts["document"], situation.facts["scope"]
    Attestation.objects.create(
        case=situation.case,
        role=READ_BY,
        statement=statement_of(document.label, scope),
        gate_fact=f"{document.label} {document.file.sha256[:16]}",
        attested_by=situation.by,
        attested_at=situation.now,
    )
    return situation.case


def _scopes(situation: Situation) -> list[tuple[str, str]]:
    return [(scope, scope) for scope in scopes_in(profile_of(situation.case.profile_version))]


def _first(situation: Situation) -> str | None:
    return next((scope for scope, _ in _scopes(situation)), None)


def _asks_for_a_scope(record: models.Model) -> bool:
    return bool(scopes_in(profile_of(record.profile_version)))  # type: ignore[attr-defined]


register_verbs(
    Verb(
        code="regulatory.document.confirm_scope",
        past="scope_confirmed",
        label="Confirm what a paper covers",
        subject="cases.Case",
        effect=_confirm,
        offered_when=_asks_for_a_scope,
        asks=(
            Ask("document", "Which paper", "document", hint="You have read it."),
            Ask("scope", "It covers", "choice", options=_scopes, initial=_first, hint="In the pathway's words."),
        ),
        consequence="A gate of the pathway rests on it, and your name stands under it.",
    ),
)
