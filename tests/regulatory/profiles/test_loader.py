"""Loading: every wrong value is named with profile, path, value and remedy, all of them at once."""

import json
import shutil
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from regulatory.profiles.loader import Library, load_directory, validate_profile
from regulatory.profiles.schema import DATA, Problem, ProfileDataError, problems_in_jurisdiction
from tests.regulatory.profiles.ground import LIBRARY


def changed(change: Callable[[dict[str, Any]], object], key: str = "UK-SPECIALS") -> list[Problem]:
    raw = json.loads(json.dumps(LIBRARY.profile(key).raw))
    change(raw)
    return validate_profile(raw, library=LIBRARY)


def setter(*path: Any, to: Any) -> Callable[[dict[str, Any]], object]:
    def change(raw: Any) -> None:
        for part in path[:-1]:
            raw = raw[part]
        raw[path[-1]] = to

    return change


# What is set, and then: path, value found, part of the remedy.
WRONG = [
    (setter("status", to="signed"), "/status", '"signed"', "use one of"),
    (setter("next_review_due", to="2026-02-30"), "/next_review_due", '"2026-02-30"', "YYYY-MM-DD"),
    (setter("deadlines", 0, "unit", to="fortnight"), "/deadlines/0/unit", '"fortnight"', "working_day"),
    (setter("deadlines", 0, "amount", to="28"), "/deadlines/0/amount", '"28"', "integer"),
    (setter("authority", 0, "source", to=["UK99"]), "/authority/0/source", '"UK99"', "the table of sources"),
    (setter("authority", 0, "source", to=[]), "/authority/0/source", "[]", "a sourced fact names its source"),
    (setter("authority", 0, "basis", to="recalled"), "/authority/0/source", '["UK1"]', "set basis to sourced"),
    (setter("authority", 0, "id", to="GB.authority.1"), "/authority/0/id", '"GB.authority.1"', "UK-SPECIALS.<section>"),
    (setter("jurisdiction", to="QQ"), "/jurisdiction", '"QQ"', "jurisdictions.json"),
    (setter("surprise", to=1), "/", "{", "remove the field"),
    (setter("gates", 0, "expr", to={"event": "tea_drunk"}), "/gates/0/expr/event", '"tea_drunk"', "use one of"),
    (setter("applicants", 0, "may", to=["wave"]), "/applicants/0/may/0", '"wave"', "use one of: export"),
    (setter("deadlines", 0, "recipient", to="the king"), "/deadlines/0/recipient", '"the king"', "use one of: canton"),
    (
        setter("gates", 0, "expr", to={"event": "submitted", "recipient": "nobody"}),
        "/gates/0/expr/recipient",
        '"nobody"',
        "use one of: canton",
    ),
    (
        setter("gates", 0, "expr", to={"list_match": {"list": "it_law_649", "as_of": "submitted"}}),
        "/gates/0/expr/list_match/list",
        '"it_law_649"',
        "use one of: au_authorised_supply_rules",
    ),
    (setter("gates", 0, "combine", to="or"), "/gates", '["and", "or"]', "the same combine"),
    (
        setter("gates", 0, "expr", "all", 0, "elapsed_since", "unit", to="immediately"),
        "/gates/0/expr/elapsed_since/unit",
        '"immediately"',
        "calendar_day",
    ),
    (
        setter("gates", 0, "expr", to={"outside_office_hours": {"jurisdiction": "QQ"}}),
        "/gates/0/expr",
        '"QQ"',
        "correct the code",
    ),
    (setter("status", to="active"), "/reviewed_by", "null", "string"),
]


@pytest.mark.parametrize(
    ("change", "path", "value", "remedy"), WRONG, ids=[str(number) for number in range(len(WRONG))]
)
def test_names_path_value_and_remedy(
    change: Callable[[dict[str, Any]], object], path: str, value: str, remedy: str
) -> None:
    problems = changed(change)
    fitting = [p for p in problems if p.path == path and p.value.startswith(value)]
    assert fitting, [str(problem) for problem in problems]
    assert remedy in fitting[0].remedy
    assert fitting[0].profile == "UK-SPECIALS"


def test_names_a_missing_field() -> None:
    problems = changed(lambda raw: raw.pop("control_model"))
    assert [(problem.path, problem.remedy) for problem in problems] == [("/", "add the missing field")]
    assert "control_model" in problems[0].message


def test_refuses_a_rule_that_ends_before_it_begins() -> None:
    def change(raw: dict[str, Any]) -> None:
        raw["effective_from"], raw["effective_to"] = "2026-05-01", "2026-04-30"

    assert [problem.path for problem in changed(change)] == ["/effective_to"]


def test_an_untouched_profile_has_no_problem() -> None:
    for key in LIBRARY.profiles:
        assert changed(lambda raw: None, key) == []


def test_something_that_is_no_profile_at_all_is_a_problem_too() -> None:
    assert [problem.profile for problem in validate_profile([], library=LIBRARY)] == ["a file that is not an object"]


JURISDICTION = [
    (setter("time_zone", to="Europe/Nowhere"), "/time_zone"),
    (setter("calendar", "weekend", "value", to=["SATURDAY"]), "/calendar/weekend/value"),
    (
        setter("calendar", "history", 0, "value", to={"weekend": ["FRI"], "until": "soon"}),
        "/calendar/history/0/value/until",
    ),
]


@pytest.mark.parametrize(("change", "path"), JURISDICTION)
def test_checks_zones_and_weekends(change: Callable[[dict[str, Any]], object], path: str) -> None:
    raw = json.loads(json.dumps(LIBRARY.jurisdictions["AE"].raw))
    change(raw)
    assert [problem.path for problem in problems_in_jurisdiction(raw, sources=LIBRARY.sources)] == [path]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A copy of the product's data that a test may spoil."""
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def edit(path: Path, change: Callable[[Any], object]) -> None:
    raw = json.loads(path.read_text(encoding="utf-8"))
    change(raw)
    path.write_text(json.dumps(raw), encoding="utf-8")


def refused(directory: Path) -> list[Problem]:
    with pytest.raises(ProfileDataError) as caught:
        load_directory(directory)
    return list(caught.value.problems)


def test_all_problems_of_all_files_come_at_once(directory: Path) -> None:
    edit(directory / "profiles" / "AU-SAS-A.json", setter("status", to="signed"))
    edit(directory / "profiles" / "AU-SAS-B.json", setter("scope", to="everybody"))
    (directory / "profiles" / "NZ-S25.json").write_text("{", encoding="utf-8")
    edit(directory / "readings.json", setter("XX-NONE.deadlines.1", to={}))
    assert sorted(problem.profile for problem in refused(directory)) == ["AU-SAS-A", "AU-SAS-B", "NZ-S25", "readings"]


def test_the_error_is_a_sentence_for_a_person(directory: Path) -> None:
    edit(directory / "profiles" / "AU-SAS-A.json", setter("scope", to="everybody"))
    with pytest.raises(
        ProfileDataError, match=r"AU-SAS-A at /scope: .*everybody.* Remedy: use one of: class_of_patients"
    ):
        load_directory(directory)


def test_a_fact_id_used_twice_is_named_with_its_other_place(directory: Path) -> None:
    edit(directory / "profiles" / "AU-SAS-A.json", setter("border", 0, "id", to="AU-SAS-A.authority.1"))
    problems = refused(directory)
    assert [(problem.profile, problem.value) for problem in problems] == [("AU-SAS-A", "AU-SAS-A.authority.1")]


def test_a_key_used_by_two_files_and_a_lost_predecessor_are_named(directory: Path) -> None:
    shutil.copy(directory / "profiles" / "AU-SAS-A.json", directory / "profiles" / "AU-SAS-Z.json")
    (directory / "profiles" / "NZ-S29-2013.json").unlink()
    messages = {problem.message for problem in refused(directory)}
    assert "this key is used by two files" in messages
    assert "the profile it supersedes is not here" in messages


def test_a_missing_table_is_named(directory: Path) -> None:
    (directory / "house_targets.json").unlink()
    assert [(problem.value, problem.remedy) for problem in refused(directory)] == [
        ("house_targets.json", "put the file back")
    ]


def test_a_file_that_is_not_text_is_named(directory: Path) -> None:
    (directory / "profiles" / "NZ-S25.json").write_bytes(b"\xff\xfe{}")
    assert [(problem.profile, problem.remedy) for problem in refused(directory)] == [("NZ-S25", "save it as UTF-8")]


def test_all_48_load_within_200_milliseconds() -> None:
    def seconds() -> float:
        started = time.process_time()
        assert isinstance(load_directory(DATA), Library)
        return time.process_time() - started

    assert min(seconds() for _ in range(3)) < 0.2


def test_an_unknown_pathway_names_its_neighbours() -> None:
    with pytest.raises(
        LookupError, match=r"There is no pathway 'AU-SAS-D'\. Known here: AU-AP, AU-SAS-A, AU-SAS-B, AU-SAS-C\."
    ):
        LIBRARY.profile("AU-SAS-D")


def test_facts_can_be_found_by_id() -> None:
    fact = LIBRARY.profile("UK-SPECIALS").facts["UK-SPECIALS.deadlines.2"]
    assert (fact.path, fact.basis, fact.sources, fact.confidence) == ("/deadlines/1", "sourced", ("UK1", "UK3"), "high")
    assert LIBRARY.jurisdictions["AU"].facts["AU.calendar.roll_excluded"].raw["value"] == [
        "SAT",
        "SUN",
        "PUBLIC_HOLIDAY",
    ]


def test_review_is_overdue_from_its_day() -> None:
    profile = LIBRARY.profile("UK-SPECIALS")
    reviewed = type(profile)(
        **{
            **{name: getattr(profile, name) for name in profile.__dataclass_fields__},
            "reviewed_on": date(2026, 10, 12),
            "next_review_due": date(2027, 2, 12),
        }
    )
    assert (reviewed.review_overdue(date(2027, 2, 11)), reviewed.review_overdue(date(2027, 2, 12))) == (False, True)
