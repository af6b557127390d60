"""A partner's list is compared and settled over the API."""

from pharmacovigilance.models import ReconciliationRun
from tests.api.callers import Caller, faults
from tests.pharmacovigilance.builders import Safety

ROOT = "/safety/reconciliations"
HEADS = "our_number,their_number,received_on,sent_on,acknowledged"
SENT = {"partner": "Invented Biologics", "from_on": "2026-03-01", "until_on": "2026-03-31"}


def test_a_list_is_compared_read_and_each_gap_settled(safety: Safety) -> None:
    caller = Caller(safety.coordinator)

    made = caller.post(ROOT, SENT | {"content": f"{HEADS}\r\n,US-X-1,2026-03-20,,\r\n"})

    assert made.status_code == 201, made.content
    run = made.json()
    assert [(one["number"], one["result"], one["theirs"]["their_number"]) for one in run["cases"]] == [
        (1, "only_theirs", "US-X-1")
    ]
    settled = caller.post(f"{ROOT}/{run['number']}/cases/1/settlement", {"resolution": "Of another programme."})
    assert (settled.status_code, settled.json()["resolved_by"]) == (200, safety.coordinator.code)
    assert caller.read(f"{ROOT}/{run['number']}")["cases"] == [settled.json()]
    assert [one["number"] for one in Caller(safety.supply.house.auditor).read(ROOT)] == [run["number"]]
    assert caller.post(f"{ROOT}/{run['number']}/cases/9/settlement", {"resolution": "No."}).status_code == 404


def test_a_list_with_a_fault_names_its_line_and_keeps_nothing(safety: Safety) -> None:
    answer = Caller(safety.coordinator).post(ROOT, SENT | {"content": f"{HEADS}\r\n,US-X-1,soon,,\r\n"})

    assert [fault[:2] for fault in faults(answer)] == [("content.2.received_on", "soon")]
    assert not ReconciliationRun.objects.exists()
