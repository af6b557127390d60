"""Whom the medicine is bought from, carried by and shipped to, what they show for it, and the lots they supply."""

from typing import ClassVar

import pgtrigger
from django.db import models

from cases.audit.capture import regulated
from cases.custody.models.guards import LOT_KEEPS_WHAT_IT_IS
from cases.custody.models.written_once import UNDELETABLE, WRITTEN_ONCE


@regulated(chain="partner:id")
class Partner(models.Model):
    """One trading partner of one pharmacy; an institution is tied to the place that receives."""

    class Kind(models.TextChoices):
        SUPPLIER = "supplier", "supplier"
        WHOLESALER = "wholesaler", "wholesaler"
        MANUFACTURER = "manufacturer", "manufacturer"
        IMPORTER = "importer", "licensed importer"
        CARRIER = "carrier", "carrier"
        INSTITUTION = "institution", "receiving institution"

    pharmacy = models.ForeignKey("people.Pharmacy", on_delete=models.PROTECT, related_name="partners")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    country = models.CharField(max_length=2)
    institution = models.ForeignKey(
        "people.Institution", null=True, blank=True, on_delete=models.PROTECT, related_name="as_partner"
    )

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pharmacy", "kind", "name"], name="partner_is_listed_once"),
            models.UniqueConstraint(fields=["pharmacy", "institution"], name="institution_is_one_partner"),
            models.CheckConstraint(
                condition=models.Q(kind="institution", institution__isnull=False)
                | (~models.Q(kind="institution") & models.Q(institution__isnull=True)),
                name="only_an_institution_receives",
            ),
        ]

    def __str__(self) -> str:
        return self.name


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="partner:partner_id")
class PartnerPaper(models.Model):
    """The evidence of a check: its bytes lie in the data folder under their hash."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="papers")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField("bytes")
    media_type = models.CharField(max_length=80)
    received_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "sha256"], name="partner_paper_is_kept_once"),
            models.CheckConstraint(condition=models.Q(size__gt=0), name="partner_paper_is_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.media_type}, {self.size} bytes, {self.sha256[:8]}"


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="partner:partner_id")
class PartnerCredential(models.Model):
    """One licence, registration or qualification of a partner. Never edited: a renewal is a row of its own.

    ``kind`` is a key of the table of partner rules. Without ``valid_until`` no end is stated.
    """

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="credentials")
    kind = models.CharField(max_length=40)
    number = models.CharField(max_length=60)
    authority = models.CharField(max_length=120)
    scope = models.CharField(max_length=200, blank=True, default="")
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    entered_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["kind", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(valid_from__isnull=True)
                | models.Q(valid_until__isnull=True)
                | models.Q(valid_until__gte=models.F("valid_from")),
                name="credential_ends_after_it_begins",
            ),
            models.UniqueConstraint(
                fields=["partner", "kind", "number", "valid_from", "valid_until"],
                nulls_distinct=False,
                name="credential_is_entered_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="partner:partner_id")
class CredentialCheck(models.Model):
    """Somebody looked a credential up at its source, and what that said. A confirmation has its evidence."""

    class Result(models.TextChoices):
        CONFIRMED = "confirmed", "confirmed"
        NOT_FOUND = "not_found", "not found"
        RESTRICTED = "restricted", "restricted, suspended or revoked"

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="checks")
    credential = models.ForeignKey(PartnerCredential, on_delete=models.PROTECT, related_name="checks")
    source = models.CharField("where it was looked up", max_length=200)
    result = models.CharField(max_length=12, choices=Result.choices)
    evidence = models.ForeignKey(PartnerPaper, null=True, blank=True, on_delete=models.PROTECT, related_name="checks")
    remarks = models.CharField(max_length=500, blank=True, default="")
    checked_at = models.DateTimeField()
    checked_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["checked_at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(result="confirmed") | models.Q(evidence__isnull=False),
                name="confirmed_check_has_its_evidence",
            ),
            models.CheckConstraint(
                condition=models.Q(checked_at__lte=models.F("recorded_at")), name="check_is_not_ahead_of_record"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_result_display()} on {self.checked_at:%Y-%m-%d}"


@pgtrigger.register(WRITTEN_ONCE)
@regulated(chain="partner:partner_id")
class CredentialEnd(models.Model):
    """A credential was surrendered, revoked or replaced before its own end."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    credential = models.OneToOneField(PartnerCredential, on_delete=models.PROTECT, related_name="end")
    ended_on = models.DateField("first day on which it no longer counts")
    reason = models.CharField(max_length=500)
    ended_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"ended on {self.ended_on}"


@pgtrigger.register(
    UNDELETABLE,
    pgtrigger.Trigger(
        name="date_keeps_what_it_is",
        operation=pgtrigger.Update,
        when=pgtrigger.Before,
        func="""
            IF OLD.settled <> '' OR (to_jsonb(NEW) - ARRAY['owner_id', 'settled', 'settled_at', 'settled_because'])
                IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['owner_id', 'settled', 'settled_at', 'settled_because']) THEN
                RAISE EXCEPTION 'a date that was settled stays, and a date is not moved: it is settled and opened anew'
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        """,
    ),
)
@regulated(chain="partner:partner_id")
class CredentialDate(models.Model):
    """The last day on which a credential, or its check, counts: a date of the house with an owner.

    It stands until the credential is renewed or checked again; a date that moves is settled and opened anew.
    """

    class What(models.TextChoices):
        ENDS = "ends", "ends"
        CHECK = "check", "is to be checked again"

    class Settled(models.TextChoices):
        MET = "met", "met"
        MET_LATE = "met_late", "met late"
        DROPPED = "dropped", "no longer asked for"

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="dates")
    credential = models.ForeignKey(PartnerCredential, on_delete=models.PROTECT, related_name="dates")
    what = models.CharField(max_length=5, choices=What.choices)
    due_on = models.DateField("last day on which it counts")
    because = models.CharField("why this date", max_length=400)
    owner = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    settled = models.CharField(max_length=8, choices=Settled.choices, blank=True, default="")
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_because = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["credential", "what"], condition=models.Q(settled=""), name="credential_date_stands_once"
            ),
            models.CheckConstraint(
                condition=models.Q(settled="", settled_at__isnull=True, settled_because="")
                | (~models.Q(settled="") & models.Q(settled_at__isnull=False) & ~models.Q(settled_because="")),
                name="credential_date_is_settled_by_a_fact",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_on", "id"], condition=models.Q(settled=""), name="credential_date_breaks_next")
        ]

    def __str__(self) -> str:
        return f"{self.credential} {self.get_what_display()}, {self.due_on:%Y-%m-%d}"


@pgtrigger.register(LOT_KEEPS_WHAT_IT_IS)
@regulated(chain="lot:id")
class Lot(models.Model):
    """One lot of one medicine from one supplier."""

    medicine = models.ForeignKey("cases.Medicine", on_delete=models.PROTECT, related_name="lots")
    supplier = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="lots")
    number = models.CharField(max_length=20)
    gtin = models.CharField("GTIN-14", max_length=14)
    manufactured_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["gtin", "number", "supplier"], name="lot_is_listed_once"),
            models.CheckConstraint(
                condition=models.Q(manufactured_on__isnull=True) | models.Q(expires_on__gt=models.F("manufactured_on")),
                name="lot_expires_after_it_is_made",
            ),
            models.CheckConstraint(condition=models.Q(gtin__regex=r"^\d{14}$"), name="gtin_has_fourteen_digits"),
        ]

    def __str__(self) -> str:
        return self.number
