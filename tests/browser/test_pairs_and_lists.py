"""A pharmacist decides a pair, compares a partner's list, imports a dictionary and codes an event, in a browser."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from cases.people.models import User
from pharmacovigilance.models import AdverseEvent, DuplicateCandidate, ReconciledCase
from pharmacovigilance.tasks import import_dictionaries
from tests.browser.harness import Witness, follow
from tests.browser.harness import stands as stands_alone
from tests.cases.custody.builders import build_supply
from tests.factories import build_case
from tests.pharmacovigilance.builders import Safety
from tests.pharmacovigilance.coding.builders import FEVER, LLT_FILE, PT_FILE

pytestmark = pytest.mark.browser
SignIn = Callable[[Page, User], None]
stands = partial(stands_alone, group="pairs", back_to=1280)


@pytest.fixture
def safety(live_server: object) -> Safety:
    """Two patients with the same event: one reported to the manufacturer, the other in draft."""
    one = Safety(build_supply())
    house, profile = one.supply.house, one.supply.case.profile_version
    other = Safety(replace(one.supply, case=build_case(house, number=2, version=profile)))
    one.locked()
    one.send(one.prepare(one.obligation("CONTRACT.silent")))
    other.attach(other.receive())
    return one


def shows(page: Page, words: str) -> None:
    expect(page.get_by_text(words).first).to_be_visible()


def sent(name: str, content: bytes) -> Any:
    return {"name": name, "mimeType": "text/plain", "buffer": content}


def test_from_the_desk_to_a_decision_a_settled_gap_and_a_code(
    open_page: Callable[..., Page], sign_in: SignIn, safety: Safety, witness: Witness
) -> None:
    witness.allowed_status = {422}
    page = open_page()
    sign_in(page, safety.coordinator)
    page.goto("/safety/")
    follow(page.get_by_role("link", name="Possible duplicates 1"))
    stands(page, "duplicates")
    page.locator("a[data-row]").click()
    page.get_by_role("button", name="Record the decision").click()
    shows(page, "The pair was not decided. Nothing changed.")
    stands(page, "duplicate-faults")
    page.get_by_label("One event, reported twice").check()
    page.get_by_label(f"SC-1 of {safety.supply.case.reference}").check()
    page.get_by_label("What decides it").fill("The same admission, told by two doctors.")
    page.get_by_role("button", name="Record the decision").click()
    shows(page, "The decision is on record. Both safety cases stay as they are.")
    stands(page, "duplicate")
    assert DuplicateCandidate.objects.get().decision == "same"

    page.goto("/safety/reconciliation/")
    page.get_by_label("Partner", exact=True).select_option("Invented Biologics")
    page.get_by_label("First day of the period").fill("2026-03-01")
    page.get_by_label("Last day of the period").fill("2026-03-31")
    page.get_by_label("Their list").set_input_files(sent("list.csv", b"our_number\r\n=1+1\r\n"))
    page.get_by_role("button", name="Compare it with ours").click()
    shows(page, "Nothing of it was kept. 4 faults were found.")
    stands(page, "list-faults")
    heads = b"our_number,their_number,received_on,sent_on,acknowledged\r\n"
    page.get_by_label("Their list").set_input_files(sent("list.csv", heads + b"US-X-1,INV-1,,,\r\n"))
    page.get_by_role("button", name="Compare it with ours").click()
    shows(page, "2 gaps are not settled yet.")
    stands(page, "gaps")
    page.get_by_role("row").filter(has_text="Only in their list").get_by_text("Settle it").click()
    page.get_by_label("What became of it").last.fill("Of another programme.")
    page.get_by_role("button", name="Settle US-X-1").click()
    shows(page, "US-X-1 is settled.")
    assert ReconciledCase.objects.get(result="only_theirs").resolution == "Of another programme."

    page.goto("/safety/coding/")
    shows(page, "No copy of MedDRA is held.")
    stands(page, "no-dictionary")
    page.get_by_label("Version").fill("29.0")
    page.get_by_label("Terms", exact=True).set_input_files(sent("llt.asc", LLT_FILE))
    page.get_by_label("Preferred terms").set_input_files(sent("pt.asc", PT_FILE))
    page.get_by_label("The pharmacy has its own licence").check()
    page.get_by_role("button", name="Import the files").click()
    shows(page, "MedDRA 29.0 is being kept: 3 terms.")
    shows(page, "0 of 3 terms kept; it waits for the worker")
    stands(page, "importing")
    import_dictionaries()
    # The page asks how far it is, and loads itself anew when every term is kept.
    expect(page.get_by_role("heading", name="Being imported")).to_have_count(0)
    page.get_by_role("link", name="Remove MedDRA 29.0").click()
    shows(page, "Nothing is coded with it")
    stands(page, "remove-dictionary")
    page.go_back()
    page.get_by_label("Words or code").fill("gamma")
    page.get_by_role("button", name="Look it up").click()
    shows(page, "Not current")
    stands(page, "term")
    draft = AdverseEvent.objects.exclude(case=safety.supply.case).get()
    page.goto(f"/cases/{draft.case.reference}/safety/{draft.safety_case.label}/")
    page.get_by_role("link", name="Code AE-1").click()
    page.get_by_label("Code of the lowest level term").fill(FEVER)
    page.get_by_role("button", name="Code AE-1").click()
    expect(page.locator("h1")).to_be_visible()
    draft.refresh_from_db()
    assert (draft.meddra_code, draft.meddra_version) == (FEVER, "29.0")
    page.goto("/safety/coding/")
    page.get_by_role("link", name="Remove MedDRA 29.0").click()
    shows(page, f"{draft.case.reference} AE-1")
    stands(page, "dictionary-in-use")
