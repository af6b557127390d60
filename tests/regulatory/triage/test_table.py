"""A rule table with one wrong value is refused whole, with path, value and remedy."""

import copy
import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from config.embedded.places import CLONE
from regulatory.profiles.loader import load as load_profiles
from regulatory.triage.table import DATA, RuleTableError, load, read

RAW = json.loads((DATA / "rules.json").read_text(encoding="utf-8"))


def _rule(raw: Any, index: int = 0) -> Any:
    return raw["rules"][index]


WRONG: list[tuple[str, Callable[[Any], Any], str, str]] = [
    ("outcome", lambda raw: _rule(raw).update(outcome="MAYBE"), "/rules/T-1/outcome", "MAYBE"),
    ("source", lambda raw: _rule(raw).update(source=["S0"]), "/rules/T-1/source", "S0"),
    ("input", lambda raw: _rule(raw)["when"].update(input="santcions"), "/rules/T-1/when", "santcions"),
    ("value", lambda raw: _rule(raw)["when"].update({"in": ["hits"]}), "/rules/T-1/when/in", "hits"),
    ("two operators", lambda raw: _rule(raw)["when"].update(all=[]), "/rules/T-1/when", "all, in, input"),
    ("reason", lambda raw: _rule(raw, 6)["when"]["all"][0].update(reason="P-9"), "/rules/T-6/when/all/0", "P-9"),
    ("reason of reasons", lambda raw: raw["reasons"][0].update(when={"reason": "S-2"}), "/reasons/S-1/when", "S-2"),
    ("twice", lambda raw: _rule(raw, 1).update(id="T-1"), "/rules/T-1", "T-1"),
    ("not total", lambda raw: raw["rules"].pop(), "/rules/T-13/when", "{'not': {'reason': 'P-3'}}"),
    ("kind", lambda raw: raw["reasons"][0].update(kind="stong"), "/reasons/S-1/kind", "stong"),
    ("one value", lambda raw: raw["inputs"][3].update(values=["oral"]), "/inputs/class/values", "['oral']"),
    ("day", lambda raw: raw.update(effective_from="soon"), "/effective_from", "soon"),
    ("status", lambda raw: raw.update(status="good"), "/status", "good"),
    ("missing part", lambda raw: raw.pop("outcomes"), "/outcomes", ""),
    ("empty sentence", lambda raw: _rule(raw).update(sentence=""), "/rules/T-1/sentence", ""),
    (
        "posture",
        lambda raw: raw["readings"]["personal_import_by_posture"].update(open="wide"),
        "/readings/personal_import_by_posture/open",
        "wide",
    ),
]


@pytest.mark.parametrize(("change", "path", "value"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_is_refused_by_path_and_value(change: Callable[[Any], Any], path: str, value: str) -> None:
    raw = copy.deepcopy(RAW)
    change(raw)
    with pytest.raises(RuleTableError) as refused:
        read(json.dumps(raw).encode())
    problem = refused.value.problems[0]
    assert (problem.path, problem.value) == (path, value)
    assert problem.remedy
    assert problem.sentence in str(refused.value)


def test_every_problem_is_told_at_once() -> None:
    raw = copy.deepcopy(RAW)
    raw["rules"][0]["outcome"] = "MAYBE"
    raw["rules"][1]["source"] = ["S0"]
    with pytest.raises(RuleTableError) as refused:
        read(json.dumps(raw).encode())
    assert [one.path for one in refused.value.problems] == ["/rules/T-1/outcome", "/rules/T-2/source"]


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff"])
def test_what_is_no_table_is_refused(content: bytes) -> None:
    with pytest.raises(RuleTableError):
        read(content)


def test_the_products_table_is_an_unreviewed_draft_and_says_so() -> None:
    table = load()
    assert (table.version, table.status, table.is_reviewed) == ("1.0.0", "draft_unreviewed", False)
    assert table.label == "triage rules 1.0.0 (draft, not reviewed)"


def test_the_rules_stand_in_the_order_of_the_design() -> None:
    assert list(load().rules) == [
        "T-1", "T-2", "T-3", "T-4", "T-4b", "T-5", "T-6", "T-7", "T-8", "T-9", "T-10", "T-10b", "T-11", "T-12", "T-12b",
        "T-13", "T-14",
    ]  # fmt: skip


def test_the_pure_core_needs_no_django(python: str) -> None:
    told = subprocess.run(
        [python, "-c", "import sys, regulatory.triage.evaluator; print('django' in sys.modules)"],
        cwd=CLONE,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "False\n"


def test_every_control_model_and_posture_of_the_data_has_a_reading() -> None:
    library, readings = load_profiles(), load().readings
    models = {profile.control_model for profile in library.profiles.values() if profile.direction == "inbound"}
    read_models = set(readings["npp_status_by_control_model"]) | set(readings["personal_control_models"])
    assert models - read_models == set()
    postures = {entry["posture"] for one in library.jurisdictions.values() for entry in one.raw["personal_import"]}
    # Guidance is advice to travellers, no posture of the route.
    assert postures - set(readings["personal_import_by_posture"]) == {"guidance"}
