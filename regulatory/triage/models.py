"""What is kept of a triage: the answers in the making, each evaluation, each decision of a named person, each letter.

Pseudonymous; no identity is asked. Answers and the text of letters can be forgotten after their time, so the trail
holds their digests: it still proves what stood there, and tells nobody what it was (triage.md E3).
"""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition

from cases.audit.capture import regulated
from cases.lifecycle.guard import guarded

_NOT_FORGETTING_ONCE = "NEW.forgotten_at IS NULL OR OLD.forgotten_at IS NOT NULL"


def forgets_only(emptied: str) -> pgtrigger.Protect:
    """A row changes once, when it is forgotten, and then holds nothing of what was answered or told.

    :param emptied: SQL that is true while something of it is left.
    """
    return pgtrigger.Protect(
        name="forgets_only",
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition(f"{_NOT_FORGETTING_ONCE} OR {emptied}"),
    )


class Language(models.TextChoices):
    """The languages in which a letter can be written."""

    EN = "en", "English"
    FR = "fr", "French"
    ES = "es", "Spanish"
    AR = "ar", "Arabic"


@guarded("state")
@regulated(chain="triage:id", excluded=("answers", "saved_at"), masked=("code_sha256",))
class Triage(models.Model):
    """The answers to one question, as far as they were given; whoever has its code can come back to them.

    ``code_sha256`` is the digest of the code; the code itself is told once and kept nowhere.
    """

    class State(models.TextChoices):
        ANSWERING = "answering", "being answered"
        WAITING = "waiting", "waits for a person"
        DECIDED = "decided", "decided"

    pharmacy = models.ForeignKey("people.Pharmacy", on_delete=models.PROTECT, related_name="triages")
    enquiry = models.OneToOneField(
        "regulatory.Enquiry", null=True, blank=True, on_delete=models.PROTECT, related_name="triage"
    )
    code_sha256 = models.CharField(max_length=64, unique=True)
    language = models.CharField(max_length=2, choices=Language.choices, default=Language.EN)
    answers = models.JSONField(default=dict)
    wants_to_be_told = models.BooleanField("tell when rules change", default=False)
    started_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    expires_on = models.DateField()
    forgotten_at = models.DateTimeField(null=True, blank=True)
    state = FSMField(choices=State.choices, default=State.ANSWERING, protected=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["pharmacy", "state", "-saved_at"], name="triage_by_state")]

    def __str__(self) -> str:
        return f"triage of {self.enquiry}" if self.enquiry_id else "triage, not handed in"

    @transition(state, source=[State.ANSWERING, State.WAITING, State.DECIDED], target=State.WAITING)
    def hand_in(self) -> None:
        """An evaluation was put on record; a person decides."""

    @transition(state, source=State.WAITING, target=State.DECIDED)
    def decide(self) -> None:
        """A named person decided on the newest evaluation."""


@pgtrigger.register(
    forgets_only("NEW.answers::text <> '{}' OR NEW.result::text <> '{}'"),
    pgtrigger.ReadOnly(
        name="evaluation_is_fixed",
        fields=[
            "triage",
            "enquiry",
            "number",
            "profile_version",
            "rules_version",
            "rules_sha256",
            "outcome",
            "deciding",
        ],
    ),
    pgtrigger.Protect(name="undeletable", operation=pgtrigger.Delete),
)
@regulated(chain="enquiry:enquiry_id", digested=("answers", "result"))
class TriageVersion(models.Model):
    """One evaluation on record: the answers, what the country's data said, the rules that fired, the outcome."""

    class Cause(models.TextChoices):
        HANDED_IN = "handed_in", "handed in"
        CHANGED = "changed", "answers changed"
        AGAIN = "again", "rules or facts changed"

    triage = models.ForeignKey(Triage, on_delete=models.PROTECT, related_name="versions")
    enquiry = models.ForeignKey("regulatory.Enquiry", on_delete=models.PROTECT, related_name="triage_versions")
    number = models.PositiveSmallIntegerField()
    cause = models.CharField(max_length=12, choices=Cause.choices)
    answers = models.JSONField()
    result = models.JSONField()
    outcome = models.CharField(max_length=32)
    deciding = models.JSONField("ids of the rules that decided")
    profile_version = models.ForeignKey(
        "regulatory.ProfileVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="triages"
    )
    rules_version = models.CharField(max_length=20)
    rules_sha256 = models.CharField(max_length=64)
    made_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    forgotten_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["triage", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["triage", "number"], name="triage_version_is_numbered_once")
        ]

    def __str__(self) -> str:
        return f"{self.enquiry} triage {self.number}"


@pgtrigger.register(pgtrigger.Protect(name="written_once", operation=pgtrigger.Update | pgtrigger.Delete))
@regulated(chain="enquiry:enquiry_id")
class TriageDecision(models.Model):
    """What a named person decided on one evaluation: accepted as recommended, or otherwise with a reason."""

    version = models.OneToOneField(TriageVersion, on_delete=models.PROTECT, related_name="decision")
    enquiry = models.ForeignKey("regulatory.Enquiry", on_delete=models.PROTECT, related_name="triage_decisions")
    is_override = models.BooleanField()
    outcome = models.CharField(max_length=32)
    reason = models.TextField(blank=True, default="")
    next_step = models.TextField(blank=True, default="")
    next_on = models.DateField(null=True, blank=True)
    decided_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(is_override=False) | ~Q(reason=""), name="triage_override_has_its_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"decision on {self.version}"


@pgtrigger.register(
    forgets_only("NEW.text <> ''"),
    pgtrigger.ReadOnly(
        name="letter_is_fixed", fields=["decision", "enquiry", "number", "text_sha256", "told_by", "told_at"]
    ),
    pgtrigger.Protect(name="undeletable", operation=pgtrigger.Delete),
)
@regulated(chain="enquiry:enquiry_id", digested=("text",))
class TriageLetter(models.Model):
    """What was told, word for word: the exact text with its fingerprint, template, language, channel and time."""

    class Channel(models.TextChoices):
        CODE = "code", "read with the code"
        MAIL = "mail", "mail that says it can be read with the code"
        TELEPHONE = "telephone", "by telephone"
        POST = "post", "printed, by post"

    decision = models.ForeignKey(TriageDecision, on_delete=models.PROTECT, related_name="letters")
    enquiry = models.ForeignKey("regulatory.Enquiry", on_delete=models.PROTECT, related_name="triage_letters")
    number = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=2, choices=Language.choices)
    template = models.CharField(max_length=40)
    template_version = models.CharField(max_length=20)
    text = models.TextField()
    text_sha256 = models.CharField(max_length=64)
    channel = models.CharField(max_length=12, choices=Channel.choices)
    notice = models.ForeignKey("notices.Notice", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    told_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    told_at = models.DateTimeField()
    forgotten_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["decision", "number"], name="triage_letter_is_numbered_once")
        ]

    def __str__(self) -> str:
        return f"letter {self.number} on {self.decision}"

    @property
    def label(self) -> str:
        """The evaluation it rests on and its own number: ``2.1``."""
        return f"{self.decision.version.number}.{self.number}"
