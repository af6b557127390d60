"""Checkpoints: the heads of all chains under one hash, in a file kept outside the database, so that a cut tail shows.

A chain proves order and content, not that nothing is missing at its end: whoever deletes the last entries and winds the
head back leaves a chain that is whole. A checkpoint file from before says how far each chain had got. What was
written after the newest checkpoint is not protected in this way; seal often, and keep the files where the
database's administrator cannot write.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from cases.audit.canonical import instant
from cases.audit.findings import Compared, Finding, Kind
from cases.audit.models import AuditEntry, Checkpoint

FORMAT = 1

Head = tuple[str, int, bytes]


class BadSealKey(ValueError):
    """Raised when the seal key, or the public key to check with, is not base64 of 32 bytes."""


class BadCheckpoint(ValueError):
    """Raised when a file is no checkpoint that this version can read."""


@dataclass(frozen=True, slots=True)
class CheckpointFile:
    """A checkpoint as it is kept outside: the sealed text, its signature if any, and the heads the text sums up."""

    body: str
    heads: tuple[Head, ...]
    signature: bytes | None
    public_key: bytes | None

    def to_json(self) -> str:
        """One JSON document; binary values are base64, hashes hexadecimal."""
        return json.dumps(
            {
                "format": FORMAT,
                "body": self.body,
                "signature": _text(self.signature),
                "public_key": _text(self.public_key),
                "heads": [[key, seq, digest.hex()] for key, seq, digest in self.heads],
            },
            indent=0,
        )

    def compared(self) -> Compared:
        """What a report says of this file. Raises BadCheckpoint when the sealed text is none."""
        try:
            said = json.loads(self.body)
            return Compared(
                at=datetime.fromisoformat(said["at"]),
                size=int(said["size"]),
                key_id=key_id(self.public_key) if self.signature and self.public_key else "",
            )
        except (ValueError, KeyError, TypeError) as error:
            raise BadCheckpoint("The sealed text of the file cannot be read.") from error

    @classmethod
    def from_json(cls, text: str) -> "CheckpointFile":
        """Read a checkpoint file. Raises BadCheckpoint with a sentence when it is none."""
        try:
            raw = json.loads(text)
            if raw["format"] != FORMAT:
                raise BadCheckpoint(f"The checkpoint file has format {raw['format']!r}; this version reads {FORMAT}.")
            return cls(
                body=str(raw["body"]),
                heads=tuple((str(key), int(seq), bytes.fromhex(digest)) for key, seq, digest in raw["heads"]),
                signature=_bytes(raw["signature"]),
                public_key=_bytes(raw["public_key"]),
            )
        except BadCheckpoint:
            raise
        except (ValueError, KeyError, TypeError) as error:
            raise BadCheckpoint(f"The file is not a checkpoint file ({type(error).__name__}: {error}).") from error


def root_of(heads: Sequence[Head]) -> bytes:
    """SHA-256 over the heads in order of their keys; keys are length-prefixed, as in the canonical form."""
    digest = hashlib.sha256()
    for key, seq, head in sorted(heads):
        digest.update(f"{len(key.encode('utf-8'))}:{key},{seq},{head.hex()}\n".encode())
    return digest.digest()


def current_root(*, using: str = DEFAULT_DB_ALIAS) -> bytes:
    """The root of the heads as they are now: another one as soon as an entry was added anywhere."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT key, last_seq, last_hash FROM audit_auditchain WHERE last_seq > 0")
        return root_of([(key, seq, bytes(digest)) for key, seq, digest in cursor.fetchall()])


def seal(*, by: str = "", seal_key: str = "", using: str = DEFAULT_DB_ALIAS) -> CheckpointFile:
    """Take a checkpoint of all heads, add its row, and return the file to keep outside; signed when there is a key.

    `by` is the code of the account that seals, `seal_key` base64 of an Ed25519 private key, 32 bytes. Raises
    BadSealKey.
    """
    private = _private(seal_key) if seal_key else None
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        # Two sealers at once would fork the line of checkpoints; reading goes on meanwhile.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('cases.audit.checkpoints'))")
        cursor.execute("SELECT key, last_seq, last_hash FROM audit_auditchain WHERE last_seq > 0")
        rows = cursor.fetchall()
        cursor.execute("SELECT clock_timestamp()")
        at: datetime = cursor.fetchone()[0]
        heads = tuple(sorted((key, seq, bytes(digest)) for key, seq, digest in rows))
        latest = Checkpoint.objects.using(using).order_by("-id").first()
        previous = hashlib.sha256(latest.body.encode()).digest() if latest else bytes(32)
        size, root = sum(seq for _, seq, _ in heads), root_of(heads)
        body = json.dumps(
            {
                "format": FORMAT,
                "at": instant(at),
                "by": by,
                "size": size,
                "chains": len(heads),
                "root": root.hex(),
                "previous": previous.hex(),
            },
            separators=(",", ":"),
        )
        signature = private.sign(body.encode()) if private else None
        public = _raw_public(private.public_key()) if private else None
        Checkpoint.objects.using(using).create(
            at=at,
            size=size,
            chains=len(heads),
            root=root,
            previous=previous,
            body=body,
            signature=signature,
            key_id=key_id(public) if public else "",
        )
    return CheckpointFile(body=body, heads=heads, signature=signature, public_key=public)


def check_file(file: CheckpointFile, *, trusted_key: str = "", using: str = DEFAULT_DB_ALIAS) -> list[Finding]:
    """Compare a checkpoint file with the database as it is now; names every chain that has lost its tail.

    `trusted_key` is base64 of the Ed25519 public key that must have signed it; without one, a signature is only
    checked against the key in the file, which proves that the file is whole and not who made it.
    """
    found = _file_faults(file, trusted_key)
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM audit_checkpoint WHERE body = %s)", [file.body])
        if not cursor.fetchone()[0]:
            found.append(Finding(Kind.CHECKPOINT, "The database does not know this checkpoint."))
        cursor.execute(
            "SELECT h.key, h.seq, e.hash, (SELECT max(seq) FROM audit_auditentry l WHERE l.chain = h.key)"
            " FROM unnest(%s::text[], %s::bigint[]) AS h(key, seq)"
            " LEFT JOIN audit_auditentry e ON e.chain = h.key AND e.seq = h.seq",
            [[key for key, _, _ in file.heads], [seq for _, seq, _ in file.heads]],
        )
        there = {(key, seq): (digest and bytes(digest), last) for key, seq, digest, last in cursor.fetchall()}
    for key, seq, digest in file.heads:
        present, last = there.get((key, seq), (None, None))
        if present is None:
            detail = f"Entry {seq} was there when the checkpoint was taken; now the last is {last or 'none'}."
            found.append(Finding(Kind.CHECKPOINT, detail, key, seq))
        elif present != digest:
            found.append(Finding(Kind.CHECKPOINT, "The entry is not the one that the checkpoint saw.", key, seq))
    return found


@dataclass(frozen=True, slots=True)
class Sealed:
    """How many entries of a chain lie before the newest checkpoint; `at` is None where none was ever taken.

    What lies after it is chained and not yet sealed: cut off together with its head it would not be missed.
    """

    entries: int
    sealed: int
    checkpoints: int
    at: datetime | None
    signed: bool


def sealed_of(chain: str) -> Sealed:
    """What of one chain the newest checkpoint covers, by the times of its entries; whether the copy kept outside
    agrees is told by `check_file` alone."""
    entries = AuditEntry.objects.filter(chain=chain)
    latest = Checkpoint.objects.order_by("-id").first()
    return Sealed(
        entries=entries.count(),
        sealed=entries.filter(at__lte=latest.at).count() if latest else 0,
        checkpoints=Checkpoint.objects.count(),
        at=latest.at if latest else None,
        signed=latest is not None and latest.signature is not None,
    )


def line_findings(*, using: str = DEFAULT_DB_ALIAS) -> list[Finding]:
    """Whether the checkpoints in the database follow on each other without a gap and say what their columns say."""
    found = []
    previous = bytes(32)
    for row in Checkpoint.objects.using(using).order_by("id").iterator():
        said: dict[str, Any] = json.loads(row.body)
        columns = {"size": row.size, "chains": row.chains, "root": bytes(row.root).hex(), "at": instant(row.at)}
        if bytes(row.previous) != previous or said["previous"] != previous.hex():
            found.append(Finding(Kind.CHECKPOINT, f"Checkpoint {row.pk} does not follow the one before it."))
        if any(said[name] != value for name, value in columns.items()):
            found.append(Finding(Kind.CHECKPOINT, f"The columns of checkpoint {row.pk} are not what its text says."))
        previous = hashlib.sha256(row.body.encode()).digest()
    return found


def key_id(public_key: bytes) -> str:
    """A short name for a public key: the first sixteen hexadecimal digits of its SHA-256."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def public_key_of(seal_key: str) -> str:
    """The public half of a seal key, base64. Raises BadSealKey."""
    return base64.b64encode(_raw_public(_private(seal_key).public_key())).decode()


def _file_faults(file: CheckpointFile, trusted_key: str) -> list[Finding]:
    found = []
    try:
        said = json.loads(file.body)
        size, root, chains = said["size"], said["root"], said["chains"]
    except (ValueError, KeyError, TypeError):
        return [Finding(Kind.CHECKPOINT, "The sealed text of the file cannot be read.")]
    if (size, chains, root) != (sum(s for _, s, _ in file.heads), len(file.heads), root_of(file.heads).hex()):
        found.append(Finding(Kind.CHECKPOINT, "The heads in the file are not those that were sealed."))
    key = _decoded(trusted_key) if trusted_key else file.public_key
    if file.signature is None or key is None:
        if trusted_key:
            found.append(Finding(Kind.CHECKPOINT, "The checkpoint is not signed, although a key is known."))
        return found
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(file.signature, file.body.encode())
    except InvalidSignature:
        found.append(Finding(Kind.CHECKPOINT, f"The signature is not that of key {key_id(key)}."))
    return found


def _private(seal_key: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_decoded(seal_key))


def _decoded(key: str) -> bytes:
    try:
        raw = base64.b64decode(key, validate=True)
    except ValueError as error:
        raise BadSealKey("The seal key is not base64: give 32 random bytes in base64.") from error
    if len(raw) != 32:
        raise BadSealKey(f"The seal key has {len(raw)} bytes: give 32 random bytes in base64.")
    return raw


def _raw_public(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _text(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode()


def _bytes(value: str | None) -> bytes | None:
    return None if value is None else base64.b64decode(value, validate=True)
