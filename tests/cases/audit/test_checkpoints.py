"""Checkpoints and the two commands: a cut tail is found against a file kept outside."""

# ruff: noqa: S608 - table names come from the models and the tests, not from outside

import base64
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from cases.audit.checkpoints import (
    BadCheckpoint,
    BadSealKey,
    CheckpointFile,
    check_file,
    key_id,
    public_key_of,
    root_of,
    seal,
)  # fmt: skip
from cases.audit.models import AuditEntry, Checkpoint
from cases.audit.verify import verify
from tests.cases.audit.conftest import Superuser, make_case, past_the_guards
from tests.databases import FreshDatabase

KEY = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
OTHER_KEY = base64.b64encode(b"fedcba9876543210fedcba9876543210").decode()


def cut_tail(superuser: Superuser, chain: str, keep: int) -> None:
    """What a chain alone cannot show: the last entries and their rows gone, the head wound back."""
    past_the_guards(
        superuser,
        f"DELETE FROM cases_note WHERE id::text IN (SELECT row_pk FROM audit_auditentry"
        f" WHERE chain = '{chain}' AND seq > {keep} AND table_name = 'cases_note')",
        f"DELETE FROM audit_auditentry WHERE chain = '{chain}' AND seq > {keep}",
        f"UPDATE audit_auditchain SET last_seq = {keep}, last_hash = (SELECT hash FROM audit_auditentry"
        f" WHERE chain = '{chain}' AND seq = {keep}) WHERE key = '{chain}'",
    )


@pytest.mark.parametrize("cut", [1, 3])
def test_a_cut_tail_is_found_by_the_checkpoint_alone(
    fresh_database: FreshDatabase, superuser: Superuser, cut: int, tmp_path: Path
) -> None:
    case, _ = make_case("one", "two", "three")
    make_case("other")
    file = tmp_path / "seal.json"
    call_command("seal_audit", out=str(file), stdout=StringIO())

    assert check_file(CheckpointFile.from_json(file.read_text()), trusted_key="") == []
    cut_tail(superuser, f"case:{case.pk}", keep=4 - cut)

    assert verify().findings == []
    found = check_file(CheckpointFile.from_json(file.read_text()))
    assert [(finding.chain, finding.seq, finding.detail) for finding in found] == [
        (f"case:{case.pk}", 4, f"Entry 4 was there when the checkpoint was taken; now the last is {4 - cut}.")
    ]
    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("verify_audit", "--json", "--checkpoint", str(file), stdout=out)
    assert end.value.code == 1
    assert [finding["kind"] for finding in json.loads(out.getvalue())["findings"]] == ["checkpoint"]


def test_work_after_the_checkpoint_is_no_finding(db: None) -> None:
    make_case("one")
    file = seal(seal_key=KEY)
    make_case("two")
    assert check_file(file, trusted_key=public_key_of(KEY)) == []


def test_a_checkpoint_follows_the_one_before(db: None) -> None:
    make_case("one")
    seal(), make_case("two"), seal(seal_key=KEY)

    first, second = Checkpoint.objects.order_by("id")
    assert bytes(first.previous) == bytes(32)
    assert json.loads(second.body)["previous"] == bytes(second.previous).hex() != bytes(32).hex()
    assert second.size == AuditEntry.objects.count()
    assert (first.signature, first.key_id) == (None, "")
    assert second.signature is not None
    assert verify().findings == []


def test_a_forged_file_is_found(db: None) -> None:
    make_case("one")
    file = seal(seal_key=KEY)
    raw = json.loads(file.to_json())

    def findings(key: str = KEY, **changes: object) -> list[str]:
        forged = CheckpointFile.from_json(json.dumps({**raw, **changes}))
        return [finding.detail for finding in check_file(forged, trusted_key=public_key_of(key))]

    assert findings() == []
    assert "The heads in the file are not those that were sealed." in findings(heads=raw["heads"][1:])
    assert findings(body=raw["body"].replace('"format":1', '"format": 1')) == [
        f"The signature is not that of key {_key_id(KEY)}.", "The database does not know this checkpoint."
    ]  # fmt: skip
    assert findings(signature=None) == ["The checkpoint is not signed, although a key is known."]
    assert findings(key=OTHER_KEY) == [f"The signature is not that of key {_key_id(OTHER_KEY)}."]


def test_the_root_depends_on_every_part_of_every_head() -> None:
    heads = (("case:1", 3, b"a"), ("case:2", 1, b"b"))
    others = [
        heads[:1], (("case:1", 4, b"a"), heads[1]), (("case:1", 3, b"x"), heads[1]), (("case:3", 3, b"a"), heads[1])
    ]  # fmt: skip
    assert root_of(heads) == root_of(heads[::-1])
    assert len({root_of(heads), *(root_of(other) for other in others)}) == 5


@pytest.mark.parametrize("key", ["not base64!", base64.b64encode(b"short").decode()])
def test_a_bad_key_is_refused_with_the_remedy(db: None, key: str) -> None:
    with pytest.raises(BadSealKey, match="give 32 random bytes in base64"):
        seal(seal_key=key)
    assert Checkpoint.objects.count() == 0


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": 2}', '{"format": 1, "body": "", "heads": [[1]]}'])
def test_another_file_is_no_checkpoint(text: str) -> None:
    with pytest.raises(BadCheckpoint):
        CheckpointFile.from_json(text)


def test_verify_audit_tells_one_case_in_json(db: None) -> None:
    case, _ = make_case("one", "two")
    out = StringIO()
    call_command("verify_audit", "--json", "--case", case.reference, stdout=out)
    told = json.loads(out.getvalue())

    assert told.pop("seconds") >= 0
    assert told.pop("checked")["entries"] == 3
    assert told == {"format": 1, "ok": True, "scope": f"case:{case.pk}", "checkpoint": None, "findings": []}


@pytest.mark.parametrize("arguments", [["--case", "NP-NONE"], ["--checkpoint", "/nonexistent/file"]])
def test_bad_usage_ends_with_2(db: None, arguments: list[str]) -> None:
    with pytest.raises(CommandError) as error:
        call_command("verify_audit", *arguments)
    assert error.value.returncode == 2


def _key_id(key: str) -> str:
    return key_id(base64.b64decode(public_key_of(key)))
