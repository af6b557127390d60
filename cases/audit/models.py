"""The evidence: one chain of entries per case, person, profile and so on, written by the database alone (ADR 2)."""

import json
from decimal import Decimal
from typing import Any, ClassVar, NoReturn

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from cases.audit.capture import regulated
from cases.audit.errors import EvidenceIsReadOnly


class ExactDecoder(json.JSONDecoder):
    """Reads numbers with a fraction as Decimal, so that 1.50 mg stays 1.50 and never becomes a binary float."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"parse_float": Decimal, **kwargs})


_REFUSAL = "Evidence is appended by the database itself and is never written, changed or deleted from here."


class EvidenceQuerySet(models.QuerySet[Any]):
    """Reading only. The database refuses the same things to anyone who goes round this class."""

    def _refuse(self, *args: object, **kwargs: object) -> NoReturn:
        raise EvidenceIsReadOnly(_REFUSAL)

    create = get_or_create = update_or_create = bulk_create = bulk_update = update = delete = _refuse
    acreate = aget_or_create = aupdate_or_create = abulk_create = abulk_update = aupdate = adelete = _refuse
    _raw_delete = _update = _insert = _refuse


class Evidence(models.Model):
    """Base of the tables that only the capture triggers write."""

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: object, **kwargs: object) -> NoReturn:
        raise EvidenceIsReadOnly(_REFUSAL)

    def delete(self, *args: object, **kwargs: object) -> NoReturn:
        raise EvidenceIsReadOnly(_REFUSAL)


class AuditChain(Evidence):
    """The head of one chain: how many entries it has and the hash of the last."""

    key = models.CharField(primary_key=True, max_length=200)
    last_seq = models.BigIntegerField()
    last_hash = models.BinaryField()

    class Meta:
        verbose_name = "audit chain"

    def __str__(self) -> str:
        return f"{self.key} ({self.last_seq} entries)"


class Operation(models.TextChoices):
    """What happened to a row. `S` notes a column that a migration added or dropped."""

    INSERTED = "I", "inserted"
    UPDATED = "U", "changed"
    DELETED = "D", "deleted"
    SCHEMA = "S", "carried over by a migration"


class AuditEntry(Evidence):
    """One change of one row, linked to the entry before it in the same chain.

    `at` is the server's true time when the entry was written, `business_at` the time that the business believed it
    was. `old` and `new` hold whole rows for insertion and deletion, and only what changed otherwise. `hash` is
    SHA-256 over `prev` and the UTF-8 bytes of `body`. No foreign keys: evidence outlives what it speaks of.
    """

    chain = models.CharField(max_length=200)
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    business_at = models.DateTimeField(null=True)
    actor = models.CharField(max_length=100)
    on_behalf_of = models.CharField(max_length=100)
    session_user = models.CharField(max_length=100)
    verb = models.CharField(max_length=200)
    reason = models.TextField()
    request_id = models.CharField(max_length=200)
    txid = models.BigIntegerField()
    table_name = models.CharField(max_length=63)
    row_pk = models.CharField(max_length=200)
    op = models.CharField(max_length=1, choices=Operation.choices)
    body_format = models.SmallIntegerField()
    body = models.TextField()
    old = models.JSONField(null=True, decoder=ExactDecoder)
    new = models.JSONField(null=True, decoder=ExactDecoder)
    prev = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        constraints: ClassVar = [models.UniqueConstraint(fields=["chain", "seq"], name="audit_entry_chain_seq")]
        indexes: ClassVar = [
            models.Index(fields=["table_name", "row_pk"], name="audit_entry_row"),
            models.Index(fields=["actor", "id"], name="audit_entry_actor"),
            BrinIndex(fields=["at"], name="audit_entry_at", pages_per_range=32),
            # A trigram index on the reason, only where there is one, is made by the migration.
        ]

    def __str__(self) -> str:
        return f"{self.chain} #{self.seq}: {self.table_name} {self.row_pk} {self.get_op_display()}"


@regulated(chain="system")
class CapturedTable(models.Model):
    """What capture knew of a regulated table when it was last installed; itself captured on the chain `system`.

    `columns` maps each column to its type; a difference at the next installation means that a migration has
    changed the table, and is carried over into the entries of its rows.
    """

    table_name = models.CharField(max_length=63, unique=True)
    columns = models.JSONField()
    options = models.JSONField()
    installed_at = models.DateTimeField()

    class Meta:
        verbose_name = "captured table"

    def __str__(self) -> str:
        return self.table_name


class Checkpoint(models.Model):
    """The heads of all chains at one moment under one hash; the file kept outside the database tells a cut tail.

    Rows may be added and never changed. `size` is the number of entries in all chains, `root` the SHA-256 over the
    sorted heads, `previous` the digest of the checkpoint before this one, `signature` Ed25519 over `body`.
    """

    at = models.DateTimeField()
    size = models.BigIntegerField()
    chains = models.BigIntegerField()
    root = models.BinaryField()
    previous = models.BinaryField()
    body = models.TextField()
    signature = models.BinaryField(null=True)
    key_id = models.CharField(max_length=64)

    class Meta:
        verbose_name = "checkpoint"

    def __str__(self) -> str:
        return f"checkpoint {self.pk} over {self.size} entries"
