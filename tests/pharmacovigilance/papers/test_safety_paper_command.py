"""The command that writes a paper of a locked version."""

import hashlib
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from pharmacovigilance.artefacts import artefact_of
from tests.pharmacovigilance.builders import Safety


@pytest.mark.parametrize("form", ["cioms", "medwatch", "notice", "notice_json"])
def test_writes_the_same_bytes_as_the_page(
    form: str, locked_safety: Safety, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    version, file = locked_safety.version(), tmp_path / "paper"

    call_command("safety_paper", f"{version.case.reference}/V-1", form=form, out=file, json=True)

    content = file.read_bytes()
    assert content == artefact_of(version, form)
    assert json.loads(capsys.readouterr().out) == {
        "version": f"{version.case.reference}/V-1", "form": form, "sha256": hashlib.sha256(content).hexdigest(),
        "snapshot_sha256": version.snapshot_sha256, "bytes": len(content), "coded": False,
    }  # fmt: skip


def test_says_what_it_wrote_in_words(locked_safety: Safety, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("safety_paper", str(locked_safety.version().pk), form="cioms", out=tmp_path / "paper")

    told = capsys.readouterr().out
    assert told.startswith(f"{locked_safety.supply.case.reference}/V-1, CIOMS I content, PDF: not coded in MedDRA; ")


def test_writes_nothing_of_a_version_that_is_not_locked(safety: Safety, tmp_path: Path) -> None:
    safety.attach(safety.receive())

    with pytest.raises(CommandError, match=r"V-1 is not locked\. Lock it.*Nothing was written") as refused:
        call_command("safety_paper", f"{safety.supply.case.reference}/V-1", form="cioms", out=tmp_path / "paper")

    assert refused.value.returncode == 2
    assert not (tmp_path / "paper").exists()


def test_says_that_there_is_no_such_version_or_folder(locked_safety: Safety, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="safety_paper: 'nonsense' names no version"):
        call_command("safety_paper", "nonsense", form="cioms", out=tmp_path / "paper")
    with pytest.raises(CommandError, match="cannot be written: No such file or directory"):
        call_command("safety_paper", str(locked_safety.version().pk), form="cioms", out=tmp_path / "nowhere" / "paper")
