"""Temperatures over the API: a look that stores nothing, a file kept and recorded, all there to reckon it again."""

import hashlib

import pytest

from cases.custody.models import ExposureAssessment
from tests.api.callers import Caller, faults, nothing_written
from tests.cases.custody.builders import Supply, build_supply
from tests.cases.custody.loggers import journey
from tests.laid import laid

pytestmark = pytest.mark.django_db


@laid
def arrived(db: None) -> Supply:
    supply = build_supply()
    supply.bring_to("arrived")
    return supply


def test_a_file_is_looked_at_sent_and_recorded(arrived: Supply) -> None:
    caller = Caller(arrived.house.receiving)
    base = f"/cases/{arrived.case.reference}"
    content = journey(9.4, steps=7)
    keys = [one["key"] for one in caller.read(f"{base}/logger-layouts")]
    assert keys == ["iso-comma:1", "iso-offset:1", "libero-eu:1", "logtag-tab:1", "temptale-us:1"]

    with nothing_written():
        look = caller.upload(
            f"{base}/consignments/C-1/temperatures/look", content, name="l.csv", kind="text/csv", mapping="iso-comma:1"
        )
    assert (look.status_code, look.json()["finding"]) == (200, "excursion")

    sent = caller.upload(f"{base}/documents", content, name="l.csv", kind="text/csv", doc_type="temperature_record")
    assert (sent.status_code, sent.json()["media_type"]) == (201, "text/csv")
    taken = caller.post(
        f"{base}/advance",
        {
            "verb": "custody.consignment.record_temperature",
            "on": "C-1",
            "facts": {"logger_file": sent.json()["label"], "mapping": "iso-comma:1", "budget_minutes": 720},
        },
    )
    assert taken.status_code == 200, taken.content

    (one,) = caller.read(f"{base}/consignments/C-1/temperatures")
    assert (one["label"], one["basis"], one["stands"], one["finding"]) == ("M-1", "file", True, "excursion")
    assert one["sha256"] == hashlib.sha256(content).hexdigest()
    assert (one["lowest"], one["highest"], one["budget_stated"]) == ("5.0000", "9.4000", 720)
    assert one["record"] == look.json()["record"] == ExposureAssessment.objects.get().figures
    assert Caller(arrived.house.auditor).read(f"{base}/consignments/C-1/temperatures") == [one]


@pytest.mark.parametrize(
    ("sent", "field", "words"),
    [
        ({"mapping": "nothing:1"}, "mapping", "There is no such layout."),
        ({"mapping": "iso-comma:1", "leg": "moon"}, "leg", "There is no such leg."),
        ({"mapping": "libero-eu:1"}, "file", "No row has the headings 'Timestamp', 'Value'"),
    ],
)
def test_says_which_value_cannot_be_used(arrived: Supply, sent: dict[str, str], field: str, words: str) -> None:
    address = f"/cases/{arrived.case.reference}/consignments/C-1/temperatures/look"

    with nothing_written():
        answer = Caller(arrived.house.coordinator).upload(address, journey(), name="l.csv", kind="text/csv", **sent)

    assert answer.status_code == 422
    ((named, _, told, _),) = faults(answer)
    assert named == field
    assert words in told


def test_is_for_nobody_of_another_institution(arrived: Supply) -> None:
    address = f"/cases/{arrived.case.reference}/consignments/C-1/temperatures"

    assert Caller(arrived.house.doctor).get(address).status_code == 403
    assert Caller(arrived.house.stranger.user).get(address).status_code == 403
    assert Caller(arrived.house.coordinator).get(address.replace("C-1", "C-9")).status_code == 404
