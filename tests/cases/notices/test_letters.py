"""The words of notices: every template has its subject, none can name a patient or a medicine."""

import re
from pathlib import Path

import pytest

from cases.notices.letters import LetterUnreadable, compose, compose_with, letter_from, link
from cases.notices.models import Notice
from cases.notices.services import plan_notice
from config.embedded.places import CLONE
from tests.cases.deadlines.ground import START, Ground

TEMPLATES = sorted(CLONE.glob("*/templates/mail/*.txt"))
FACTS = {
    "record": "C-1",
    "subject_label": "F-1",
    "what": "granted",
    "due_on": "2026-03-20",
    "signer": "P-39SXQJTC",
    "own": False,
    "tries": 5,
    "begin_on": "2026-03-10",
    "days": 21,
    "is_past": False,
    "parts": [["Leave of the authority", None, "nobody knows"], ["Receiving", 1, "inspection"]],
}
# What a letter may ask of its surroundings; a case or a person is not among it.
MAY_SAY = re.compile(r"\b(patient\.|medicine|initials|indication|birth|case\.|user\.email|prescriber\.)")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_asks_for_nothing_about_a_person_or_a_medicine(template: Path):
    placeholders = re.findall(r"{[{%].*?[}%]}", template.read_text())

    assert [text for text in placeholders if MAY_SAY.search(text)] == []


# About no single case: reminders, answers to families, reviews that are due, rules that changed. Reminders and answers
# have tests of their own.
OF_NO_CASE = (
    "deadlines.",
    "custody.credential_",
    "regulatory.triage_",
    "regulatory.review_due",
    "regulatory.rule_changed",
)
OF_A_CASE = [path for path in TEMPLATES if not path.stem.startswith(OF_NO_CASE)]
OF_PATHWAYS = {
    "regulatory.review_due": (
        {"pathways": ["UK-SPECIALS 1.0.0"], "overdue": False, "due_on": "2026-03-20"},
        "1 pathway review due on 2026-03-20",
        "http://127.0.0.1:8000/pathways/?review=due",
    ),
    "regulatory.rule_changed": (
        {"pathway": "UK-SPECIALS", "version": "1.1.0", "cases": 3},
        "UK-SPECIALS 1.1.0 is published: 3 of your cases to settle",
        "the nearest date first: http://127.0.0.1:8000/",
    ),
}


@pytest.mark.parametrize("kind", OF_PATHWAYS)
def test_a_letter_about_pathways_names_them_and_leads_to_them(ground: Ground, kind: str):
    facts, subject, link_told = OF_PATHWAYS[kind]

    letter = letter_from(f"mail/{kind}.txt", Notice(kind=kind, recipient=ground.coordinator, facts=facts), now=START)

    assert letter.subject == subject
    assert link_told in letter.body
    assert "&#" not in letter.body


@pytest.mark.parametrize("template", OF_A_CASE, ids=lambda path: path.stem)
def test_a_template_renders_with_the_facts_that_are_planned_for_it(ground: Ground, template: Path):
    notice = Notice(kind=template.stem, case=ground.case, recipient=ground.coordinator, facts=FACTS)

    letter = letter_from(f"mail/{template.name}", notice, now=START)

    assert ground.case.reference in letter.subject
    assert "\n" not in letter.subject
    assert f"http://127.0.0.1:8000/cases/{ground.case.reference}/" in letter.body
    assert "&#" not in letter.subject + letter.body
    assert ground.medicine.name not in letter.subject + letter.body


def test_a_kind_without_words_of_its_own_still_says_where_to_read(ground: Ground):
    notice = Notice(kind="tests.unknown", case=ground.case, recipient=ground.coordinator)

    assert compose(notice, now=START).subject == f"Case {ground.case.reference}: something new"


def test_a_notice_without_a_case_names_none(ground: Ground):
    letter = compose(Notice(kind="tests.unknown", recipient=ground.coordinator), now=START)

    assert letter.subject == "Something new for you"
    assert letter.body.endswith("http://127.0.0.1:8000/\n")


def test_a_template_without_a_subject_is_unreadable(ground: Ground):
    notice = Notice(kind="tests.any", case=ground.case, recipient=ground.coordinator)

    with pytest.raises(LetterUnreadable, match=r"does not begin with a line 'Subject: \.\.\.'"):
        letter_from("account/email/password_changed_subject.txt", notice, now=START)


def test_a_kind_has_one_composer():
    compose_with("tests.composed_twice")(lambda notice, now: None)
    with pytest.raises(ValueError, match="declared twice"):
        compose_with("tests.composed_twice")(lambda notice, now: None)


def test_links_lead_to_the_pharmacy_s_own_host(settings):
    settings.NPP_PUBLIC_URL = "https://cases.pharmacy.invalid"

    assert link("/cases/NP-1/") == "https://cases.pharmacy.invalid/cases/NP-1/"


def test_facts_are_kept_with_the_notice(ground: Ground):
    plan_notice(
        key="tests.note:1",
        kind="cases.determination_asked",
        by=ground.coordinator,
        now=START,
        recipient=ground.coordinator,
        case=ground.case,
        facts={"due_on": "2026-03-20"},
    )

    assert "by 2026-03-20" in compose(Notice.objects.get(), now=START).body
