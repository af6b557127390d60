"""Editions of a dated list, and under which entry a medicine stands in it."""

from datetime import date, timedelta
from typing import ClassVar

import pgtrigger
from django.db import models
from django_fsm import FSMField, transition

from cases.audit.capture import regulated
from cases.lifecycle.guard import guarded


@pgtrigger.register(
    pgtrigger.ReadOnly(name="entries_are_fixed", fields=["name", "edition", "from_on", "entries", "entered_by"])
)
@guarded("state")
@regulated(chain="list:name")
class ListEdition(models.Model):
    """One edition of a list as an authority published it, and the days on which it stood.

    Entries never change under an edition: a corrected list is another edition. An edition counts once a second person
    has confirmed it against its source (facts/regulatory.md 6, rule 18).
    """

    class State(models.TextChoices):
        ENTERED = "entered", "entered, not confirmed"
        CONFIRMED = "confirmed", "confirmed"
        WITHDRAWN = "withdrawn", "withdrawn"

    name = models.CharField("as pathways name the list", max_length=60)
    edition = models.CharField("as the authority names this edition", max_length=40)
    from_on = models.DateField("first day it stood")
    until_on = models.DateField("last day it stood", null=True, blank=True)
    ended_by = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="ended")
    entries = models.JSONField("key and words of each entry")
    source = models.TextField()
    state = FSMField(choices=State.choices, default=State.ENTERED, protected=True)
    entered_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    confirmed_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name", "-from_on", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name", "edition"], name="list_edition_is_entered_once"),
            models.CheckConstraint(
                condition=models.Q(until_on__isnull=True) | models.Q(until_on__gte=models.F("from_on")),
                name="list_edition_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True) | ~models.Q(confirmed_by=models.F("entered_by")),
                name="list_edition_needs_two_people",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="confirmed") | models.Q(confirmed_by__isnull=False),
                name="confirmed_list_edition_names_who",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.edition}"

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(entry["key"] for entry in self.entries)

    @transition(state, source=State.ENTERED, target=State.CONFIRMED)
    def confirm(self, *, confirmed_by: object, confirmed_at: object) -> None:
        """A second person read it against its source."""
        self.confirmed_by = confirmed_by  # type: ignore[assignment]
        self.confirmed_at = confirmed_at  # type: ignore[assignment]

    @transition(state, source=[State.ENTERED, State.CONFIRMED], target=State.WITHDRAWN)
    def withdraw(self) -> None:
        """It was entered in error; nothing rests on it any more."""

    def end(self, *, by: "ListEdition") -> None:
        """Another edition took its place on the day after."""
        self.until_on, self.ended_by = by.from_on - timedelta(days=1), by

    def stand_again(self) -> None:
        """What had taken its place was withdrawn."""
        self.until_on = self.ended_by = None

    def stood_on(self, day: date) -> bool:
        """Whether it stood on that day; whether it counts, its state says."""
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


@regulated(chain="medicine:medicine_id")
class ListPlace(models.Model):
    """The entry of a list under which a medicine stands, as a named pharmacist read it."""

    medicine = models.ForeignKey("cases.Medicine", on_delete=models.PROTECT, related_name="list_places")
    name = models.CharField("as pathways name the list", max_length=60)
    key = models.CharField(max_length=80)
    reading = models.TextField("why this entry: product, form, route, indication")
    set_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["medicine", "name"], name="medicine_stands_once_in_a_list")
        ]

    def __str__(self) -> str:
        return f"{self.medicine} in {self.name}"
