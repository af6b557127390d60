"""People, the places they work in, and what each may see."""

import secrets
from datetime import date, datetime
from typing import Any, ClassVar

import pgtrigger
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from cases.audit.capture import regulated

# Patients are part of this app; they live in a module of their own because their columns are encrypted.
from cases.people.patients import (  # noqa: F401  (models must be imported here)
    IdentityAccess,
    Patient,
    PatientKey,
    StockKey,
)
from cases.people.roles import PHARMACISTS, READERS_ONLY, Role
from cases.references import ALPHABET


@regulated(chain="pharmacy:id")
class Pharmacy(models.Model):
    """The specialty pharmacy that coordinates cases and answers for them."""

    name = models.CharField(max_length=120)
    code = models.CharField(max_length=12, unique=True)
    time_zone = models.CharField(max_length=40, default="America/New_York")
    is_demonstration = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


@regulated(chain="institution:id")
class Institution(models.Model):
    """A hospital or clinic abroad that receives, inspects and dispenses."""

    name = models.CharField(max_length=160)
    country = models.CharField(max_length=2)
    city = models.CharField(max_length=80, blank=True, default="")
    time_zone = models.CharField(max_length=40, default="UTC")

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


def new_person_code() -> str:
    """A short code that stands for a person in the audit trail (``P-`` and eight letters); never reused."""
    return "P-" + "".join(secrets.choice(ALPHABET) for _ in range(8))


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a person who can sign in; without a password the account cannot be used until one is set."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def service(self, name: str) -> "User":
        """The service account of that name (``deadline-sweep``, ``notice-sender``, ``sealer``, ``setup``)."""
        return self.get(email=f"{name}@service.invalid", is_service=True)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


@regulated(chain="person:id", excluded=("last_login",), digested=("password",))
class User(AbstractBaseUser):
    """A named person or a named service account. Never deleted, never renamed into somebody else (21 CFR 11.100(a))."""

    email = models.EmailField("e-mail address", unique=True)
    code = models.CharField(max_length=40, unique=True, default=new_person_code, editable=False)
    display_name = models.CharField(max_length=120)
    role = models.CharField(max_length=32, choices=Role.choices)
    pharmacy = models.ForeignKey(Pharmacy, null=True, blank=True, on_delete=models.PROTECT, related_name="people")
    institution = models.ForeignKey(Institution, null=True, blank=True, on_delete=models.PROTECT, related_name="people")
    is_service = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    time_zone = models.CharField(max_length=40, default="UTC")
    accountability_accepted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["display_name", "role"]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="person_email_is_unique_case_folded"),
            models.CheckConstraint(
                condition=models.Q(is_service=False) | models.Q(role=Role.SYSTEM), name="service_accounts_are_system"
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    def get_full_name(self) -> str:
        return self.display_name

    @property
    def is_pharmacist(self) -> bool:
        return self.role in PHARMACISTS

    @property
    def only_reads(self) -> bool:
        return self.role in READERS_ONLY


@regulated(chain="person:user_id")
class Prescriber(models.Model):
    """The physician abroad who determines necessity and signs."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="prescriber")
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="prescribers")
    country = models.CharField(max_length=2)
    specialty = models.CharField(max_length=80, blank=True, default="")
    licence_number = models.CharField(max_length=60)
    licence_authority = models.CharField(max_length=120)
    licence_valid_until = models.DateField(null=True, blank=True)
    licence_checked_on = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.user.display_name

    def licence_holds_on(self, day: date) -> bool | None:
        """Whether the licence is in date on ``day``; ``None`` when its end is not known."""
        return None if self.licence_valid_until is None else day <= self.licence_valid_until


@regulated(chain="person:delegate_id")
class Delegation(models.Model):
    """A nurse or resident who prepares and uploads for one prescriber, from one day to another; never signs."""

    prescriber = models.ForeignKey(Prescriber, on_delete=models.PROTECT, related_name="delegations")
    delegate = models.ForeignKey(User, on_delete=models.PROTECT, related_name="delegations")
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True) | models.Q(valid_until__gt=models.F("valid_from")),
                name="delegation_ends_after_it_begins",
            )
        ]

    def __str__(self) -> str:
        return f"{self.delegate} for {self.prescriber}"


@regulated(chain="person:auditor_id")
class AuditScope(models.Model):
    """What a guest or internal auditor may read, and until when."""

    auditor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="audit_scopes")
    pharmacy = models.ForeignKey(Pharmacy, on_delete=models.PROTECT, related_name="audit_scopes")
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    purpose = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"{self.auditor} reads {self.pharmacy} until {self.valid_until:%Y-%m-%d}"


@pgtrigger.register(pgtrigger.Protect(name="reading_is_written_once", operation=pgtrigger.Update | pgtrigger.Delete))
@regulated(chain="person:reader_id")
class Reading(models.Model):
    """One thing an auditor opened, or was refused: own reads are logged (domain.md 1; 45 CFR 164.312(b)).

    The address is kept without its query, where a person may have typed anything; ``asked`` names the fields used.
    """

    class Through(models.TextChoices):
        PAGE = "page", "a page"
        API = "api", "the API"

    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="readings")
    at = models.DateTimeField()
    page = models.CharField("what was asked for", max_length=60)
    address = models.CharField(max_length=200)
    asked = models.JSONField("fields that were filled in", default=list)
    case_reference = models.CharField(max_length=16, blank=True, default="")
    through = models.CharField(max_length=4, choices=Through.choices)
    status = models.PositiveSmallIntegerField("status of the answer")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["reader", "-id"], name="reading_of_a_person"),
            models.Index(fields=["case_reference", "-id"], name="reading_of_a_case"),
        ]

    def __str__(self) -> str:
        return f"{self.page} by {self.reader} at {self.at:%Y-%m-%d %H:%M}"


@pgtrigger.register(pgtrigger.Protect(name="change_is_written_once", operation=pgtrigger.Update | pgtrigger.Delete))
@regulated(chain="person:person_id")
class AccessChange(models.Model):
    """What changed in how a person signs in, in words and with who did it; the library's own tables say less."""

    class Kind(models.TextChoices):
        FACTOR_ON = "factor_on", "second factor switched on"
        FACTOR_OFF = "factor_off", "second factor switched off"
        FACTOR_REMOVED = "factor_removed", "second factor taken off by an administrator"
        CODES_MADE = "codes_made", "recovery codes made anew"
        SHUT = "shut", "sign-in shut after wrong passwords"
        OPENED = "opened", "sign-in opened again by an administrator"

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="access_changes")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.person}"


@regulated(chain="person:user_id", excluded=("last_used_at",))
class ApiToken(models.Model):
    """A person's key to the API, kept only as its SHA-256; same permissions as the person's pages."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_tokens")
    label = models.CharField(max_length=80)
    token_sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.label} of {self.user}"

    def stands_at(self, instant: datetime) -> bool:
        """Whether the token may still be used at that instant."""
        return self.revoked_at is None and instant < self.expires_at


@regulated(chain="person:recipient_id")
class AccessLink(models.Model):
    """An unguessable link to one thing on one case, kept only as its SHA-256; spent by a POST, never by a GET.

    ``subject`` names the thing by its label (``Q-1``), empty for the case itself. ``refusals`` counts tries after it
    was spent or had expired (21 CFR 11.10(h)).
    """

    class Purpose(models.TextChoices):
        UPLOAD = "upload", "send one paper"
        SIGN = "sign", "read and sign"
        RECEIVE = "receive", "inspect an arrival"
        REPORT = "report", "report a side effect"

    recipient = models.ForeignKey(User, on_delete=models.PROTECT, related_name="access_links")
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="access_links")
    purpose = models.CharField(max_length=40, choices=Purpose.choices)
    subject = models.CharField(max_length=40, blank=True, default="")
    token_sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    spent_at = models.DateTimeField(null=True, blank=True)
    refusals = models.PositiveSmallIntegerField("tries after it had ended", default=0)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["recipient", "created_at"], name="access_link_of_person")]

    def __str__(self) -> str:
        return f"{self.purpose} link for {self.recipient}"

    def stands_at(self, instant: datetime) -> bool:
        """Whether the link may still be used at that instant."""
        return self.spent_at is None and instant < self.expires_at
