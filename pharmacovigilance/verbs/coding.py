"""An event is coded with a term of the pharmacy's own copy of MedDRA."""

from django.db import models

from cases.lifecycle.verbs import Ask, Situation, Verb
from pharmacovigilance.coding.services import versions_of
from pharmacovigilance.models import AdverseEvent

CODE = "pharmacovigilance.event.code"


def version_chosen(situation: Situation) -> str:
    """The version that was named, or the newest that the pharmacy holds; empty when it holds none."""
    held = [row.version for row in versions_of(situation.case.pharmacy)]
    return str(situation.facts.get("version") or next(iter(held), ""))


def coded_beside(event: AdverseEvent) -> "models.QuerySet[AdverseEvent]":
    """The other events of the safety case that are coded; a message has one version of MedDRA."""
    return event.safety_case.events.exclude(pk=event.pk).exclude(meddra_code="").order_by("number")


def _code(situation: Situation) -> models.Model:
    event, version = situation.record(AdverseEvent), version_chosen(situation)
    for other in coded_beside(event).exclude(meddra_version=version):
        other.meddra_version = version
        other.save(update_fields=["meddra_version"])
    event.meddra_code, event.meddra_version = situation.facts["code"].strip(), version
    event.save(update_fields=["meddra_code", "meddra_version"])
    return event


def _held(situation: Situation) -> list[tuple[str, str]]:
    return [("", "the newest held"), *((row.version, row.version) for row in versions_of(situation.case.pharmacy))]


VERBS = (
    Verb(
        code=CODE,
        past="coded",
        label="Code it",
        subject="pharmacovigilance.AdverseEvent",
        effect=_code,
        listed=False,
        asks=(
            Ask(
                "code",
                "Code of the lowest level term",
                hint="Eight digits, from your own copy of MedDRA; look it up under Safety, Coding.",
                initial=lambda situation: getattr(situation.subject, "meddra_code", ""),
            ),
            Ask("version", "Version of MedDRA", "choice", required=False, options=_held),
        ),
        consequence="Other coded events move to the same version. Once all are coded, messages are no drafts.",
    ),
)
