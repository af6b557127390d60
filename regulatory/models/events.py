"""Facts that gates and duties are computed from: what happened, and what a named person attested."""

from typing import ClassVar

from django.db import models

from cases.audit.capture import regulated
from regulatory.models.filings import Filing


@regulated(chain="case:case_id")
class PathwayEvent(models.Model):
    """A fact that gates and duties are computed from, by its name in the profiles' vocabulary (``acknowledged``,
    ``objection_received``, ``dispensed_or_supplied`` ...). Written once; ``withdrawn_at`` marks one recorded in error.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="pathway_events")
    filing = models.ForeignKey(Filing, null=True, blank=True, on_delete=models.PROTECT, related_name="pathway_events")
    consignment = models.ForeignKey(
        "custody.Consignment", null=True, blank=True, on_delete=models.PROTECT, related_name="pathway_events"
    )
    name = models.CharField(max_length=40)
    happened_at = models.DateTimeField()
    recipient = models.CharField(max_length=40, blank=True, default="")
    channel = models.CharField(max_length=20, blank=True, default="")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["case", "name", "happened_at"], name="pathway_event_by_name")]

    def __str__(self) -> str:
        return f"{self.name} {self.happened_at:%Y-%m-%d}"


@regulated(chain="case:case_id")
class Attestation(models.Model):
    """A named person signed a statement that a gate rests on ("a named person attests").

    With a consignment it speaks for that one alone, as what is checked before each export does.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="attestations")
    consignment = models.ForeignKey(
        "custody.Consignment", null=True, blank=True, on_delete=models.PROTECT, related_name="attestations"
    )
    role = models.CharField(max_length=40)
    statement = models.TextField()
    gate_fact = models.CharField(max_length=80)
    attested_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    attested_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"attestation for {self.gate_fact}"
