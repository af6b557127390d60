"""A pair is read and decided over the API."""

from pharmacovigilance.duplicates.comparing import provenance_of
from pharmacovigilance.models import DuplicateCandidate
from tests.api.callers import Caller, faults
from tests.pharmacovigilance.duplicates.builders import Pair

ROOT = "/safety/duplicates"


def test_a_pair_waits_is_decided_and_stays(pair: Pair) -> None:
    caller = Caller(pair.one.coordinator)
    (waiting,) = caller.read(ROOT)
    assert {waiting["first"], waiting["second"]} == {pair.first.worldwide_id, pair.second.worldwide_id}
    assert (waiting["weights"], waiting["weights_source"]) == ("1", provenance_of("1"))
    address = f"{ROOT}/{waiting['number']}"

    decision = {"decision": "same", "master": pair.first.worldwide_id, "reason": "The same admission."}
    decided = caller.post(f"{address}/decision", decision)

    assert decided.status_code == 200
    assert caller.read(ROOT) == []
    assert caller.read(ROOT, decided=True) == [decided.json()] == [caller.read(address)]
    assert (decided.json()["master"], decided.json()["decided_by"]) == (
        pair.first.worldwide_id, pair.one.coordinator.code,
    )  # fmt: skip


def test_what_cannot_be_used_is_named_and_decides_nothing(pair: Pair) -> None:
    caller = Caller(pair.one.coordinator)
    address = f"{ROOT}/{DuplicateCandidate.objects.get().pk}/decision"

    elsewhere = caller.post(address, {"decision": "same", "master": "US-X-1", "reason": "One."})
    without = caller.post(address, {"decision": "same"})

    assert [fault[:3] for fault in faults(elsewhere)] == [("master", "US-X-1", "It is neither of both.")]
    assert [fault[0] for fault in faults(without)] == ["facts.master", "facts.reason"]
    assert not DuplicateCandidate.objects.get().decision
