"""A form or report that was made for many cases, its lines, and when it went out."""

import re
from datetime import datetime
from typing import ClassVar, Self

import pgtrigger
from django.db import models
from django_fsm import FSMField, transition

from cases.audit.capture import regulated
from cases.lifecycle.guard import guarded
from cases.people.models import AuditScope, User
from cases.people.roles import STAFF, Role
from regulatory.collective.specs import Spec, specs


class CollectivePaperQuerySet(models.QuerySet["CollectivePaper"]):
    """Scopes of collective papers. No view starts from anything but :meth:`visible_to`."""

    def visible_to(self, user: User, *, at: datetime) -> Self:
        """Those of the person's pharmacy; for an auditor those of the pharmacies in scope at that instant."""
        if user.role == Role.AUDITOR:
            running = AuditScope.objects.filter(auditor_id=user.pk, valid_from__lte=at, valid_until__gt=at)
            return self.filter(pharmacy__in=running.values("pharmacy_id"))
        return self.filter(pharmacy_id=user.pharmacy_id) if user.role in STAFF else self.none()

    def labelled(self, label: str) -> "CollectivePaper | None":
        """The one that is called so, as ``B-1``; None when none is, or the label is no such label."""
        found = re.fullmatch(r"B-([1-9][0-9]{0,7})", label, re.ASCII)
        return self.select_related("made_by", "sent_by").filter(number=int(found[1])).first() if found else None


@pgtrigger.register(
    pgtrigger.ReadOnly(
        name="collective_paper_is_fixed",
        fields=["pharmacy", "number", "spec", "period_from", "period_to", "content", "sha256", "made_by", "made_at"],
    )
)
@guarded("state")
@regulated(chain="pharmacy:pharmacy_id", digested=("content",))
class CollectivePaper(models.Model):
    """One spreadsheet for one authority. Its bytes never change; it holds no identity.

    Form, notification and case are three objects (facts/regulatory.md 6, rule 25): each line leads to its own filing
    with its own outcome.
    """

    class State(models.TextChoices):
        MADE = "made", "made, not sent"
        SENT = "sent", "sent"
        WITHDRAWN = "withdrawn", "withdrawn"

    pharmacy = models.ForeignKey("people.Pharmacy", on_delete=models.PROTECT, related_name="collective_papers")
    number = models.PositiveIntegerField()
    spec = models.CharField(max_length=40)
    period_from = models.DateField(null=True, blank=True)
    period_to = models.DateField(null=True, blank=True)
    content = models.BinaryField(editable=False)
    sha256 = models.CharField(max_length=64)
    made_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    sent_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_how = models.CharField("what shows that it was sent", max_length=200, blank=True, default="")
    state = FSMField(choices=State.choices, default=State.MADE, protected=True)

    objects = CollectivePaperQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pharmacy", "number"], name="collective_paper_is_numbered_once"),
            models.UniqueConstraint(
                fields=["pharmacy", "spec", "period_from"],
                condition=models.Q(period_from__isnull=False) & ~models.Q(state="withdrawn"),
                name="period_is_reported_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="sent") | models.Q(sent_at__isnull=False, sent_by__isnull=False),
                name="sent_paper_says_when",
            ),
            models.CheckConstraint(
                condition=models.Q(period_from__isnull=True, period_to__isnull=True)
                | models.Q(period_to__gte=models.F("period_from")),
                name="collective_period_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.kind.title}"

    @property
    def label(self) -> str:
        return f"B-{self.number}"

    @property
    def kind(self) -> Spec:
        return specs()[self.spec]

    @transition(state, source=State.MADE, target=State.SENT)
    def send(self, *, sent_by: object, sent_at: object, sent_how: str) -> None:
        """It went to the authority."""
        self.sent_by = sent_by  # type: ignore[assignment]
        self.sent_at = sent_at  # type: ignore[assignment]
        self.sent_how = sent_how

    @transition(state, source=State.MADE, target=State.WITHDRAWN)
    def withdraw(self) -> None:
        """It is not sent; its lines are free for another."""


@pgtrigger.register(pgtrigger.Protect(name="collective_line_is_fixed", operation=pgtrigger.Update | pgtrigger.Delete))
@regulated(chain="case:case_id")
class CollectiveLine(models.Model):
    """One filing or one supply of one case in a collective paper, with the cells as they were sent."""

    paper = models.ForeignKey(CollectivePaper, on_delete=models.PROTECT, related_name="lines")
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="collective_lines")
    filing = models.ForeignKey(
        "regulatory.Filing", null=True, blank=True, on_delete=models.PROTECT, related_name="collective_lines"
    )
    consignment = models.ForeignKey(
        "custody.Consignment", null=True, blank=True, on_delete=models.PROTECT, related_name="collective_lines"
    )
    reference = models.CharField(max_length=20)
    cells = models.JSONField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["paper", "reference"], name="collective_reference_stands_once"),
            models.CheckConstraint(
                condition=models.Q(filing__isnull=False, consignment__isnull=True)
                | models.Q(filing__isnull=True, consignment__isnull=False),
                name="collective_line_is_a_filing_or_a_supply",
            ),
        ]

    def __str__(self) -> str:
        return self.reference
