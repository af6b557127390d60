"""Safety over the API: a safety case and a lot read as their pages show them, and judged by the general steps."""

from pharmacovigilance.judging.completeness import scale
from pharmacovigilance.models import Assessment
from tests.api.callers import Caller
from tests.cases.custody.builders import GTIN
from tests.pharmacovigilance.builders import Safety


def test_a_safety_case_is_read_as_it_stands_and_then_as_it_was_locked(safety: Safety) -> None:
    safety.attach(safety.receive(dose=safety.dose()))
    caller, path = Caller(safety.coordinator), f"/cases/{safety.supply.case.reference}/safety-cases/SC-1"

    draft = caller.read(path)
    safety.assess()
    locked = safety.lock()
    read = caller.read(path)

    assert (draft["version"], draft["state"], draft["snapshot_sha256"], draft["completeness"]) == (
        "V-1", "draft", "", "0.1544",
    )  # fmt: skip
    assert (draft["completeness_status"], draft["completeness_source"]) == ("draft_unreviewed", scale().provenance)
    assert draft["missing"][0]["element"] == "E.i.4, G.k.4.r.4"
    assert (read["state"], read["snapshot_sha256"], read["content"]) == (
        "locked", locked.snapshot_sha256, locked.snapshot,
    )  # fmt: skip


def test_a_pair_is_judged_by_the_general_step(safety: Safety) -> None:
    safety.attach(safety.receive())
    caller, reference = Caller(safety.coordinator), safety.supply.case.reference
    steps = [row["verb"] for row in caller.read(f"/cases/{reference}/steps")]
    assert {"pharmacovigilance.assessment.who_umc", "pharmacovigilance.event.revise"} <= set(steps)

    taken = caller.post(
        f"/cases/{reference}/advance",
        {
            "verb": "pharmacovigilance.assessment.who_umc",
            "facts": {"event": "AE-1", "product": "MP-1", "source": "pharmacist", "result": "possible"},
        },
    )
    assert taken.status_code == 200, taken.json()
    assert [(one.label, one.result) for one in Assessment.objects.all()] == [("AS-1", "possible")]


def test_a_lot_tells_its_story_and_an_impossible_one_is_refused(safety: Safety) -> None:
    safety.attach(safety.receive(dose=safety.dose()))
    caller = Caller(safety.coordinator)

    (story,) = caller.read(f"/safety/lot?gtin={GTIN}&lot=7K04B8")
    assert [(one["case"], one["label"]) for one in story["linked"]] == [(safety.supply.case.reference, "SC-1")]
    assert caller.read(f"/safety/lot?gtin={GTIN}&lot=NOSUCH") == []
    assert caller.get("/safety/lot?gtin=123&lot=X").status_code == 422
    assert caller.get(f"/cases/{safety.supply.case.reference}/safety-cases/SC-9").status_code == 404
