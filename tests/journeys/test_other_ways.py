"""Where a gate of a pathway opens by an authorization or without one, a supply goes without one too (facts, 3.3)."""

import pytest

from regulatory.profiles.loader import load
from regulatory.profiles.looks_at import nodes_in
from tests.journeys import walk
from tests.journeys.walk import Walk, start

# The fact by which each of them goes: a protocol, a list, a start out of hours.
OTHER_WAYS = {
    "ES-COMPASSIONATE": "ES-COMPASSIONATE.gates.2",
    "ES-FOREIGN": "ES-FOREIGN.gates.2",
    "FR-AAC": "FR-AAC.gates.2",
    "TR-FOREIGN": "TR-FOREIGN.gates.2",
}


def test_they_are_those_of_the_data() -> None:
    found = {}
    for key, profile in load().profiles.items():
        gates = [gate for gate in profile.section("gates") if gate.get("combine") == "or"]
        asked = {gate["id"]: any("authorisation" in node for node in nodes_in(gate["expr"])) for gate in gates}
        if any(asked.values()) and not all(asked.values()):
            found[key] = next(fact for fact, asks in asked.items() if not asks)
    assert found == OTHER_WAYS


# France's is a matter of hours: tests/regulatory/test_emergencies.py.
@pytest.mark.parametrize("key", sorted(OTHER_WAYS.keys() - {"FR-AAC"}))
def test_it_goes_to_the_last_dose_without_an_authorization(db: None, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    ease = tuple(one for one in walk.EASE if one != "authorization")
    monkeypatch.setattr(walk, "EASE", (*ease, "authorization"))
    monkeypatch.setattr(Walk, "authorize", lambda self: pytest.fail(f"{key} asked for an authorization"))
    made = start(key)
    made._begin_supply()
    made._supply()
    made.give()
    case = made.ground.case
    assert (case.authorizations.count(), made.ground.consignment.state) == (0, "dispensed")
    for verb in ("released", "dispatched"):
        lines = case.events.get(verb=f"custody.consignment.{verb}").checklist
        (line,) = [one for one in lines if one["code"] == "AuthorizationInForceOnArrival"]
        assert (line["state"], line["sources"]) == ("met", [OTHER_WAYS[key]])
