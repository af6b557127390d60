"""Reviews: a checklist answered by a named person, decided and signed over exactly what was reviewed."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django_fsm import FSMField, transition

from cases.audit.capture import regulated
from cases.lifecycle.guard import guarded


@pgtrigger.register(
    pgtrigger.Trigger(
        name="decided_review_is_fixed",
        operation=pgtrigger.Update,
        when=pgtrigger.Before,
        func="""
            IF OLD.state <> 'requested' AND to_jsonb(OLD) - 'state' IS DISTINCT FROM to_jsonb(NEW) - 'state' THEN
                RAISE EXCEPTION 'the review is decided: it is fixed' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        """,
    )
)
@guarded("state")
@regulated(chain="case:case_id")
class Review(models.Model):
    """A clinical or a regulatory review, decided by a named person before a filing may be submitted.

    While it is open its sheet is read from the checklist and its answers. With the decision it keeps the sheet as it
    was answered (``checklist``), what was reviewed (``content``, with its fingerprint) and the signed record.
    """

    class Kind(models.TextChoices):
        CLINICAL = "clinical", "clinical review"
        REGULATORY = "regulatory", "regulatory review"

    class State(models.TextChoices):
        REQUESTED = "requested", "requested"
        PASSED = "passed", "passed"
        RETURNED = "returned", "returned"
        DECLINED = "declined", "declined"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="reviews")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    determination = models.ForeignKey("cases.Determination", on_delete=models.PROTECT, related_name="reviews")
    follows = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="followed_by")
    requested_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    # Who prepared what is reviewed; kept here so that the database itself can tell the two people apart.
    prepared_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    remarks = models.TextField(blank=True, default="")
    checklist = models.JSONField("the checklist as it was answered", default=dict)
    content = models.JSONField("what was reviewed", default=list)
    content_sha256 = models.CharField(max_length=64, blank=True, default="")
    record = models.ForeignKey(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="records_reviews"
    )
    state = FSMField(choices=State.choices, default=State.REQUESTED, protected=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="review_is_numbered_once"),
            models.UniqueConstraint(
                fields=["case", "kind"], condition=models.Q(state="requested"), name="one_review_of_a_kind_is_open"
            ),
            models.CheckConstraint(
                condition=models.Q(state="requested") | models.Q(decided_by__isnull=False, decided_at__isnull=False),
                name="review_is_decided_by_somebody",
            ),
            # Those of before the checklists have none, and no signed record.
            models.CheckConstraint(
                condition=models.Q(state="requested")
                | models.Q(record__isnull=False) & ~models.Q(content_sha256="")
                | models.Q(prepared_by__isnull=True),
                name="decided_review_has_its_signed_record",
            ),
            models.CheckConstraint(
                condition=models.Q(prepared_by__isnull=True)
                | models.Q(decided_by__isnull=True)
                | ~models.Q(decided_by=models.F("requested_by")) & ~models.Q(decided_by=models.F("prepared_by")),
                name="reviewer_is_not_the_preparer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.label}"

    @property
    def label(self) -> str:
        return f"R-{self.number}"

    def _decide(self, **decided: Any) -> None:
        for name in ("decided_by", "decided_at", "remarks", "checklist", "content", "content_sha256", "record"):
            setattr(self, name, decided[name])

    @transition(state, source=State.REQUESTED, target=State.PASSED)
    def pass_review(self, **decided: Any) -> None:
        """Nothing stands against filing on it."""
        self._decide(**decided)

    @transition(state, source=State.REQUESTED, target=State.RETURNED)
    def send_back(self, **decided: Any) -> None:
        """What failed is named, with who must act; another review follows."""
        self._decide(**decided)

    @transition(state, source=State.REQUESTED, target=State.DECLINED)
    def decline(self, **decided: Any) -> None:
        """Nothing is filed on it."""
        self._decide(**decided)


@pgtrigger.register(
    pgtrigger.Trigger(
        name="answers_of_an_open_review",
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        when=pgtrigger.Before,
        func="""
            IF (SELECT state FROM regulatory_review WHERE id = COALESCE(NEW.review_id, OLD.review_id)) <> 'requested'
            THEN
                RAISE EXCEPTION 'the review is decided: its answers are fixed' USING ERRCODE = 'check_violation';
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
    )
)
@regulated(chain="case:case_id")
class ReviewAnswer(models.Model):
    """What one person answered to one item of an open review; kept as it is typed, fixed with the decision.

    ``rests_sha256`` is the fingerprint of what the item looks at, as it stood when it was answered: once that has
    changed the item is asked anew. An answer of the review before is carried over with its own person and time.
    """

    class Answer(models.TextChoices):
        YES = "yes", "yes"
        NO = "no", "no"
        NOT_APPLICABLE = "na", "not applicable"

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="review_answers")
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="answers")
    item = models.CharField(max_length=16)
    answer = models.CharField(max_length=4, choices=Answer.choices, blank=True, default="")
    note = models.TextField(blank=True, default="")
    acts = models.CharField("who must act", max_length=32, blank=True, default="")
    rests_sha256 = models.CharField(max_length=64, blank=True, default="")
    answered_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()
    carried_from = models.ForeignKey(Review, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["review", "item"], name="item_is_answered_once_a_review"),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.get_answer_display() or 'no answer yet'}"
