"""The checks before a dispatch on their page: what stands in the way first, each by the rules of its own day."""

import re
from datetime import datetime

import pytest
from django.test import Client

from cases import clock
from tests.cases.custody.builders import DISPATCHED, Supply
from tests.cases.custody.test_journeys import bare, checks


@pytest.mark.parametrize(
    ("hour", "named"), [("2026-11-27T03:00Z", "at least by its lot"), ("2026-11-27T06:00Z", "by its serial")]
)
def test_without_papers_the_rule_of_the_pharmacys_own_day_is_told(supply: Supply, hour: str, named: str) -> None:
    """In New York the exemption ends with midnight, at 05:00 UTC."""
    bare(supply)

    told = checks(supply, now=datetime.fromisoformat(hour))["TransactionPapersReceived"]
    assert told == ("unmet", f"No papers: not named {named}: SN-1, SN-2.")


def test_the_page_shows_what_stands_in_the_way_and_folds_what_is_met(
    supply: Supply, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare(supply)
    monkeypatch.setattr(clock, "now", lambda: DISPATCHED)
    client.force_login(supply.house.coordinator)

    page = client.get(f"/cases/{supply.case.reference}/consignments/C-1/").content.decode()
    gate = page.split('id="h-gate"', 1)[1].split('id="h-packing"', 1)[0]
    folded = "".join(re.findall(r"<details.*?</details>", gate, re.DOTALL))
    word = re.compile(r"<strong>([^<]+):</strong>")
    met = [mark for mark, _ in checks(supply).values() if mark == "met"]

    assert word.findall(folded) == ["Met"] * len(met)
    assert "Met" not in word.findall(gate.replace(folded, "")) or "No hold stands" in gate
    assert len(word.findall(gate)) - gate.count("No hold stands") == len(checks(supply))
    assert f"{len(met)} met</span>" in gate
    assert gate.index("Record the packing") < gate.index("details", gate.index("The journey"))
