"""The sealer keeps checkpoints outside the database, and never seals over a gap."""

import json
import logging
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from cases.audit.checkpoints import public_key_of
from cases.audit.models import AuditEntry, Checkpoint
from cases.audit.sealer import ALL_FOR, HOURLY_FOR, NAME, SealRefused, Shelf, seal_if_grown, superfluous
from cases.audit.tasks import seal_audit
from cases.audit.verify import verify
from config.celery import app
from config.schedule import BEAT_SCHEDULE
from tests.cases.audit.conftest import Superuser, make_case
from tests.cases.audit.test_checkpoints import OTHER_KEY, cut_tail
from tests.databases import FreshDatabase

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.NPP_CHECKPOINT_DIR = tmp_path / "checkpoints"
    return tmp_path / "checkpoints"


def test_writes_a_signed_file_when_the_chains_have_grown_and_none_when_not(
    fresh_database: FreshDatabase, folder: Path, settings: Settings
) -> None:
    make_case("one")

    first, again = seal_if_grown(), seal_if_grown()
    make_case("two")
    second = seal_if_grown()

    assert again is None
    names = sorted(os.listdir(folder))
    assert [bool(NAME.fullmatch(name)) for name in names] == [True, True]
    assert {stat.S_IMODE((folder / name).stat().st_mode) for name in names} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert first is not None
    assert second is not None
    assert Shelf(folder).newest() == second
    said = json.loads(second.body)
    assert (said["by"], said["size"]) == ("S-SEALER", AuditEntry.objects.count())
    assert Checkpoint.objects.count() == 2
    report = verify()
    assert report.ok
    assert report.checkpoint is not None
    assert report.as_json()["checkpoint"] == {
        "at": report.checkpoint.at.isoformat(),
        "entries": said["size"],
        "signed_by": Checkpoint.objects.latest("id").key_id,
    }
    assert public_key_of(settings.NPP_SEAL_KEY) == json.loads(second.to_json())["public_key"]


def test_a_cut_tail_is_found_everywhere_and_is_not_sealed_over(
    fresh_database: FreshDatabase, superuser: Superuser, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (robbed, _), (other, _) = make_case("one", "two"), make_case("three")
    seal_if_grown()
    before = os.listdir(folder)

    cut_tail(superuser, f"case:{robbed.pk}", keep=2)
    make_case("work goes on")

    expected = [(f"case:{robbed.pk}", 3, "Entry 3 was there when the checkpoint was taken; now the last is 2.")]
    for report in (verify(), verify(chain=f"case:{robbed.pk}")):
        assert [(finding.chain, finding.seq, finding.detail) for finding in report.findings] == expected
    assert verify(chain=f"case:{other.pk}").ok
    with pytest.raises(SealRefused, match="Not sealed: 1 findings against the newest checkpoint"):
        seal_if_grown()
    with caplog.at_level(logging.ERROR, logger="cases.audit.tasks"):
        seal_audit()
    assert [record.message for record in caplog.records] == [
        "audit trail: Not sealed: 1 findings against the newest checkpoint; run verify_audit."
    ]
    assert os.listdir(folder) == before
    assert Checkpoint.objects.count() == 1


def test_a_file_that_was_touched_or_signed_by_another_is_found(
    fresh_database: FreshDatabase, folder: Path, settings: Settings
) -> None:
    make_case("one")
    seal_if_grown()
    (path,) = folder.iterdir()
    whole = path.read_text()

    path.write_text(whole.replace('"case:', '"cape:', 1))
    touched = verify()
    path.write_text(whole[:40])
    cut = verify()
    path.write_text(whole)
    settings.NPP_SEAL_KEY = OTHER_KEY
    stranger = verify()

    assert "The heads in the file are not those that were sealed." in [one.detail for one in touched.findings]
    assert [one.detail[:43] for one in cut.findings] == ["The newest checkpoint file cannot be read: "]
    assert [one.detail[:32] for one in stranger.findings] == ["The signature is not that of key"]


def test_says_that_nothing_was_compared_where_no_checkpoint_is_kept(db: None) -> None:
    report = verify()

    assert report.ok
    assert report.as_json()["checkpoint"] is None


def test_keeps_every_file_for_an_hour_one_an_hour_for_two_days_and_one_a_day_for_ever() -> None:
    def name(at: datetime) -> str:
        return f"checkpoint-{at:%Y%m%dT%H%M%S.%f}Z.json"

    every_ten_minutes = [name(NOON - timedelta(minutes=10 * number)) for number in range(6 * 24 * 4)]

    kept = set(every_ten_minutes) - set(superfluous(every_ten_minutes, now=NOON))

    ages = sorted(
        NOON - datetime.strptime(one, "checkpoint-%Y%m%dT%H%M%S.%fZ.json").replace(tzinfo=UTC) for one in kept
    )
    assert [age for age in ages if age < ALL_FOR] == [timedelta(minutes=10 * number) for number in range(6)]
    assert len([age for age in ages if ALL_FOR <= age < HOURLY_FOR]) == 48
    assert len([age for age in ages if age >= HOURLY_FOR]) == 3
    assert superfluous(["another.json"], now=NOON) == []


def test_everything_that_beat_rings_is_a_task_of_the_worker() -> None:
    app.loader.import_default_modules()

    assert {entry["task"] for entry in BEAT_SCHEDULE.values()} <= set(app.tasks)
    assert BEAT_SCHEDULE["seal the audit trail"]["schedule"] == timedelta(minutes=1)
