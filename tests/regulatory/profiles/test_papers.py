"""Papers: what is asked for, met or not on the planned day, and how old it may be then."""

import json
from typing import Any

import pytest

from regulatory.profiles.duty import condition_key
from regulatory.profiles.looks_at import conditions_asked
from regulatory.profiles.papers import Paper, papers
from tests.regulatory.profiles.ground import LIBRARY, day, paper


def of(
    profile: str, *held: Any, planned: str = "2026-12-05", conditions: dict[str, bool] | None = None
) -> dict[str, Paper]:
    found = papers(LIBRARY.profile(profile), held, planned_on=day(planned), conditions=conditions)
    return {entry.doc_type: entry for entry in found}


def test_the_uk_list_says_who_owes_what() -> None:
    found = of("UK-SPECIALS", paper("gmp_evidence", "valid"))
    assert [(entry.doc_type, entry.need, entry.owner, entry.met) for entry in found.values()] == [
        ("regulator_form", "required", "licensed_importer", False),
        ("gmp_evidence", "required", "licensed_importer", True),
        ("gdp_evidence", "required", "licensed_importer", False),
        ("medical_necessity_letter", "required", "treating_prescriber", False),
        ("tse_statement", "conditional", "licensed_importer", False),
        ("controlled_drug_import_permit", "conditional", "licensed_importer", False),
        ("prescription", "required", "treating_prescriber", False),
    ]
    assert found["regulator_form"].why == "There is no authority's form."


@pytest.mark.parametrize(("issued", "planned", "met", "until"), [
    ("2026-06-05", "2026-12-05", True, "2026-12-05"),
    ("2026-06-04", "2026-12-05", False, "2026-12-04"),
    ("2026-08-31", "2027-02-28", True, "2027-02-28"),
    ("2026-08-31", "2027-03-01", False, "2027-02-28"),
])  # fmt: skip
def test_age_is_judged_on_the_planned_day(issued: str, planned: str, met: bool, until: str) -> None:
    entry = of("SA-PERSONAL", paper("prescription", "valid", issued=issued), planned=planned)["prescription"]
    assert (entry.met, entry.usable_until, entry.max_age) == (met, day(until), "6 months from issue")


def test_an_aged_paper_says_how_young_the_next_must_be() -> None:
    entry = of("SA-PERSONAL", paper("prescription", "valid", issued="2026-05-01"))["prescription"]
    assert entry.why == (
        "The prescription can be used until Sun 1 Nov 2026, not on Sat 5 Dec 2026; "
        "ask for one dated Fri 5 Jun 2026 or later."
    )
    assert entry.oldest_on == day("2026-06-05")


def test_the_oldest_date_and_the_age_limit_agree_at_month_ends() -> None:
    # On 28 February a six-month paper may date from 28 August on: 28, 29, 30 and 31 August all end on 28 February.
    assert of("IL-29-PHARMACY", planned="2027-02-28")["regulator_form"].oldest_on == day("2026-08-28")
    assert of("IL-29-PHARMACY", planned="2027-03-01")["regulator_form"].oldest_on == day("2026-09-01")
    assert of("CA-SAP-PATIENT", planned="2026-12-05")["scientific_literature"].oldest_on == day("2016-12-05")


def test_the_best_of_several_is_taken() -> None:
    old, new = (
        paper("prescription", "valid", issued="2026-05-01", reference="old"),
        paper("prescription", "valid", reference="new"),
    )
    assert of("SA-PERSONAL", old, new)["prescription"].held == "new"
    assert of("SA-PERSONAL", new, old)["prescription"].held == "new"


HELD = [
    ({"states": ()}, False, "The prescription is received but not accepted."),
    ({"states": ("valid", "superseded")}, False, "There is no prescription."),
    (
        {"states": ("valid",), "issued": None},
        None,
        "The prescription has no date, and it may be 6 months from issue old.",
    ),
    (
        {"states": ("valid",), "valid_until": day("2026-12-04")},
        False,
        "The prescription can be used until Fri 4 Dec 2026, not on Sat 5 Dec 2026; "
        "ask for one dated Fri 5 Jun 2026 or later.",
    ),
]


@pytest.mark.parametrize(("terms", "met", "why"), HELD)
def test_only_an_accepted_dated_paper_counts(terms: dict[str, Any], met: bool | None, why: str) -> None:
    states = terms.pop("states")
    entry = of("SA-PERSONAL", paper("prescription", *states, **{"issued": "2026-11-01", **terms}))["prescription"]
    assert (entry.met, entry.why, entry.blocks) == (met, why, True)


def test_a_condition_is_answered_by_words_or_by_fact() -> None:
    key = condition_key("controlled drug")
    assert key == "controlled_drug"
    assert of("UK-SPECIALS")["controlled_drug_import_permit"].applies is None
    excluded = of("UK-SPECIALS", conditions={key: False})["controlled_drug_import_permit"]
    assert (excluded.applies, excluded.blocks) == (False, False)
    by_fact = of("UK-SPECIALS", conditions={"UK-SPECIALS.documents.6": True})["controlled_drug_import_permit"]
    assert (by_fact.applies, by_fact.blocks) == (True, True)


def test_privacy_and_copy_rules_come_along() -> None:
    assert of("AU-SAS-A")["regulator_form"].patient_name == "forbidden"
    assert of("PH-CSP")["application_letter"].patient_name == "required"
    assert of("TR-FOREIGN")["clinical_report"].copy_rule == "certified_copy"


def test_every_paper_of_every_pathway_is_listed_with_its_owner() -> None:
    total = 0
    needs = set()
    for profile in LIBRARY.profiles.values():
        found = papers(profile, (), planned_on=day("2026-12-05"))
        total += len(found)
        needs |= {entry.need for entry in found}
        for entry in found:
            assert entry.owner in LIBRARY.vocabularies["role"]
            assert (entry.met, entry.held) == (False, "")
            assert entry.blocks is (entry.need in ("required", "conditional"))
            assert json.loads(json.dumps(entry.to_json()))["fact"] == entry.fact
    assert total == sum(len(profile.section("documents")) for profile in LIBRARY.profiles.values())
    assert needs == {"required", "conditional", "on_request", "at_customs", "held_locally", "not_required"}


@pytest.mark.parametrize(("key", "fact"), [("IN-12A12B", "IN-12A12B.documents.3"), ("IE-EMP", "IE-EMP.documents.2")])
def test_a_condition_that_nobody_knows_is_asked_of_the_authority_and_excludes_nothing(key: str, fact: str) -> None:
    def judged(answers: dict[str, bool] | None = None) -> Paper:
        return next(one for one in of(key, conditions=answers).values() if one.fact == fact)

    assert (judged().condition, judged().applies, judged().blocks) == ("not known, ask the authority", None, True)
    # The answer to another condition says nothing of it; the authority's own word, once recorded, does.
    assert judged({"": False}).blocks is True
    told = {name: text for name, text in conditions_asked(LIBRARY.profile(key)).items() if "ask the authority" in text}
    ((name, text),) = told.items()
    assert text.endswith(": condition not known, ask the authority")
    assert (judged({name: False}).applies, judged({name: False}).blocks) == (False, False)
