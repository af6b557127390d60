"""Reporting rules proposed, compared and decided over the API."""

import json
from typing import Any

from django.test import Client

from cases.people.models import User
from pharmacovigilance.library import release
from pharmacovigilance.models import ReportingRuleVersion
from pharmacovigilance.releases import load_release
from tests.factories import NOW
from tests.pharmacovigilance.builders import DAY, LOCKED, Safety, signed_in

ROOT = "/api/v1/safety/rules"
RULE = "GB.supplier.serious"
NEW = {
    "name": "lack-of-effect", "jurisdiction": "GB", "recipients": ["MHRA"], "report_kind": "lack_of_effect",
    "amount": "3", "unit": "working_day", "conditions": [{"special": ["lack_of_effect"]}, {"serious": ["yes"]}],
    "in_force_from": "2026-03-01", "reason": "Told by the MHRA.",
}  # fmt: skip


def send(client: Client, address: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    answer = client.post(f"{ROOT}{address}", json.dumps(body), content_type="application/json")
    return answer.status_code, answer.json()


def test_a_version_is_proposed_compared_and_approved(safety: Safety) -> None:
    load_release(by=User.objects.service("setup"), now=NOW)
    safety.locked()
    safety.follow_up(now=LOCKED + DAY, received_at=LOCKED)
    first, second = signed_in(safety.coordinator), signed_in(safety.pic)

    status, made = send(
        first, f"/{RULE}/versions", {"amount": "3", "in_force_from": "2026-03-01", "reason": "Read in the text."}
    )
    assert (status, made["version"], made["standing"], made["proposed_by"]) == (
        201, 2, "proposed", safety.coordinator.code,
    )  # fmt: skip

    read = second.get(f"{ROOT}/{RULE}/versions/2").json()
    own = release().texts[RULE]
    assert (read["text"]["clock"]["amount"], read["before"], read["text"]["applies_if"]) == (3, own, own["applies_if"])
    reference = safety.supply.case.reference
    assert read["changes"] == [
        {
            "case": reference, "safety_case": "SC-1", "version": "V-2", "rule": RULE,
            "who": "person who sells or supplies", "tells": "MHRA", "was": "2026-04-04", "becomes": "2026-03-23",
        }
    ]  # fmt: skip
    assert [(one["obligation"], one["due_on"], one["by_proposal"]) for one in read["kept"]] == [
        (safety.obligation(RULE).label, "2026-04-04", "2026-03-23")
    ]
    assert read["missed"] == []

    assert send(first, f"/{RULE}/versions/2/decision", {"approve": True})[0] == 403
    status, decided = send(second, f"/{RULE}/versions/2/decision", {"approve": True})
    assert (status, decided["standing"], decided["decided_by"]) == (200, "approved", safety.pic.code)
    assert second.get(f"{ROOT}/{RULE}/versions/2").json()["changes"] == []


def test_a_new_rule_is_proposed_and_declined_with_a_reason(safety: Safety) -> None:
    first, second = signed_in(safety.coordinator), signed_in(safety.pic)

    status, made = send(first, "", NEW)
    assert (status, made["version"], made["origin"]) == (201, 1, "house")
    row = ReportingRuleVersion.objects.get(rule="GB.house.lack-of-effect")
    assert row.data["applies_if"] == {
        "any": [
            {"fact": "special", "op": "has_any", "value": ["lack_of_effect"]},
            {"fact": "serious", "op": "is", "value": True},
        ]
    }
    assert second.get(f"{ROOT}/GB.house.lack-of-effect").json()["counts"] is False

    address = "/GB.house.lack-of-effect/versions/1/decision"
    status, refused = send(second, address, {"approve": False})
    assert (status, refused["errors"][0]["field"]) == (422, "facts.reason")
    assert send(second, address, {"approve": False, "reason": "Heard, not read."})[1]["standing"] == "declined"


def test_each_field_that_cannot_be_used_is_named_with_its_value_and_the_remedy(safety: Safety) -> None:
    client = signed_in(safety.coordinator)
    wrong = NEW | {"amount": "soon", "pathways": ["UK-X"], "conditions": [{"serious": ["maybe"]}], "name": "A B"}

    status, answer = send(client, "", wrong)

    assert status == 422
    assert [(one["field"], one["value"], one["problem"], one["remedy"]) for one in answer["errors"]] == [
        ("amount", "soon", "'soon' is no number from 1 to 3,650.", "Leave it empty where the text names none."),
        ("pathways", "UK-X", "There is no pathway 'UK-X'.", "Write keys as UK-SPECIALS, or * for all."),
        ("conditions", None, "Way 1, serious: 'maybe' is no answer.", "Use: yes, no."),
        ("name", "A B", "'A B' is no short name.", "Write small letters and digits with hyphens, as lack-of-effect."),
    ]
    assert not ReportingRuleVersion.objects.exists()


def test_what_is_not_there_is_said(safety: Safety) -> None:
    client = signed_in(safety.pic)

    assert send(client, "/XX.nothing/versions", {"reason": "New."})[0] == 404
    assert send(client, f"/{RULE}/versions/7/decision", {"approve": True})[0] == 404
    assert client.get(f"{ROOT}/{RULE}/versions/7").status_code == 404
    assert client.get(f"{ROOT}/{RULE}/versions/0").status_code == 422
