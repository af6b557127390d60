"""A requirement on a page says who can satisfy it, in a sentence, and leads to where that is done."""

import pytest

from cases.lifecycle.checklist import Checked
from cases.models import Case
from cases.web.case_page import as_requirement

CASE = Case(reference="NP-9DM4-97QB-D")


def line(**more: object) -> Checked:
    told = {"code": "X", "sentence": "It is so", "state": "unmet", "fact": "It is not.", "rule": "house rule X-01"}
    return Checked(**{**told, "satisfied_by": "the prescriber", **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("satisfied_by", "sentence"),
    [
        ("the prescriber", "The prescriber can satisfy it."),
        (
            "the authority, by its silence until the window ends",
            "The authority can satisfy it, by its silence until the window ends.",
        ),
        ("nobody: its window decides", "Nobody can satisfy it: its window decides."),
        (
            "a pharmacist: lock the further version, which supersedes this one",
            "A pharmacist can satisfy it: lock the further version, which supersedes this one.",
        ),
    ],
)
def test_who_can_satisfy_it_is_a_sentence(satisfied_by: str, sentence: str) -> None:
    assert as_requirement(line(satisfied_by=satisfied_by), CASE)["who"] == sentence


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("tab:filings", "/cases/NP-9DM4-97QB-D/filings/"),
        ("upload:gmp_evidence", "/cases/NP-9DM4-97QB-D/upload/?type=gmp_evidence"),
        ("cases.hold.lift/H-1", "/cases/NP-9DM4-97QB-D/do/cases.hold.lift/?on=H-1"),
    ],
)
def test_the_remedy_leads_to_where_it_is_done(target: str, address: str) -> None:
    shown = as_requirement(line(remedy=("Do it", target)), CASE)
    assert shown["remedies"] == [{"label": "Do it", "url": address}]
