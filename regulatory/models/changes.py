"""How a pathway's data change: what was edited in a draft, and how a version was published over the open cases."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django_fsm import FSMField, transition

from cases.audit.capture import regulated
from cases.documents.models import Signature
from cases.lifecycle.guard import guarded
from regulatory.models.pathways import ProfileVersion


@pgtrigger.register(pgtrigger.Protect(name="edit_is_written_once", operation=pgtrigger.Update | pgtrigger.Delete))
@regulated(chain="profile_version:version_id")
class ProfileEdit(models.Model):
    """One fact of a draft as it was before and after one person changed it, and why. Written once.

    ``before`` is None for a fact that was added, ``after`` for one that was taken out. ``fact`` is its id, or the name
    of a field of the whole pathway.
    """

    version = models.ForeignKey(ProfileVersion, on_delete=models.PROTECT, related_name="edits")
    number = models.PositiveIntegerField()
    section = models.CharField(max_length=40)
    fact = models.CharField(max_length=80)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.TextField()
    changed_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["version", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "number"], name="profile_edit_is_numbered_once")
        ]

    def __str__(self) -> str:
        return f"{self.fact} #{self.number}"


@guarded("state")
@regulated(chain="profile_version:version_id")
class Publication(models.Model):
    """A signed order to put one version into use, with what is to happen to every case that it touches.

    ``plan`` holds what was chosen, by kind of harm and by line (`regulatory.changes.plan`). The signature is the
    pharmacist in charge's over the fingerprint of the data; ``binding`` ties its parts together.
    """

    class State(models.TextChoices):
        ORDERED = "ordered", "ordered"
        DONE = "done", "published"
        REFUSED = "refused", "refused"

    version = models.ForeignKey(ProfileVersion, on_delete=models.PROTECT, related_name="publications")
    former = models.ForeignKey(ProfileVersion, null=True, on_delete=models.PROTECT, related_name="+")
    effective_from = models.DateField()
    plan = models.JSONField(default=dict)
    expected = models.PositiveIntegerField("cases and enquiries it touched when it was signed")
    printed_name = models.CharField(max_length=200)
    meaning = models.TextField()
    signed_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    signed_sha256 = models.CharField(max_length=64)
    factor = models.CharField(max_length=16, choices=Signature.Factor.choices)
    factor_at = models.DateTimeField()
    binding = models.CharField(max_length=64)
    form_key = models.CharField("makes a form posted twice one order", max_length=64, null=True, unique=True)
    state = FSMField(choices=State.choices, default=State.ORDERED, protected=True)
    ended_at = models.DateTimeField(null=True)
    remark = models.TextField("why it was refused", blank=True, default="")

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["version"], condition=models.Q(state__in=["ordered", "done"]), name="version_is_published_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state="ordered", ended_at__isnull=True)
                | (~models.Q(state="ordered") & models.Q(ended_at__isnull=False)),
                name="publication_ends_once",
            ),
        ]

    def __str__(self) -> str:
        return f"publication of {self.version}"

    @transition(state, source=State.ORDERED, target=State.DONE)
    def finish(self, *, at: object) -> None:
        """The version is active and every line has what was chosen for it."""
        self.ended_at = at  # type: ignore[assignment]

    @transition(state, source=State.ORDERED, target=State.REFUSED)
    def refuse(self, *, at: object, why: str) -> None:
        """Nothing was published; the sentence says what stood against it."""
        self.ended_at = at  # type: ignore[assignment]
        self.remark = why


@pgtrigger.register(pgtrigger.Protect(name="line_is_written_once", operation=pgtrigger.Update | pgtrigger.Delete))
@regulated(chain="case:case_id|enquiry:enquiry_id")
class PublicationLine(models.Model):
    """What one publication meant for one case or enquiry, and what was chosen for it. Written once."""

    class Choice(models.TextChoices):
        HOLD = "hold", "hold and task"
        TASK = "task", "task"
        NOTHING = "nothing", "nothing"

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="lines")
    case = models.ForeignKey("cases.Case", null=True, on_delete=models.PROTECT, related_name="+")
    enquiry = models.ForeignKey("regulatory.Enquiry", null=True, on_delete=models.PROTECT, related_name="+")
    rank = models.PositiveIntegerField()
    harm = models.CharField(max_length=40)
    effects = models.JSONField(default=list)
    choice = models.CharField(max_length=8, choices=Choice.choices)

    class Meta:
        ordering: ClassVar = ["publication", "rank"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["publication", "rank"], name="publication_line_is_ranked_once"),
            models.UniqueConstraint(fields=["publication", "case"], name="case_stands_once_in_a_publication"),
            models.CheckConstraint(
                condition=models.Q(case__isnull=True) ^ models.Q(enquiry__isnull=True),
                name="publication_line_is_of_one_record",
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.rank} of {self.publication}"
