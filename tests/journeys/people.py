"""People at their browsers: they sign in, read what the page says, take its steps, and are told what came of it.

Everything here goes through what a person sees: steps by their words, fields by their labels, tables by their names.
"""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pikepdf
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import Locator, Page, expect

from cases.people.models import User
from tests.browser.harness import axe_check, fits, says, shoot
from tests.factories import PASSWORD

# A paper's number and not a piece of the case's reference, in which D-93 may stand too (NP-M9HD-93EZ-1).
_PAPER = re.compile(r"\bD-\d+\b")

# What a screen reader would say of the control that has the focus.
_FOCUSED = """() => {
  const at = document.activeElement;
  const label = at.labels && at.labels.length ? at.labels[0].innerText : at.getAttribute("aria-label") || at.innerText;
  return (label || "").replace(/\\s+/g, " ").trim();
}"""
Answers = Mapping[str, str | list[str]]


def pdf(words: str) -> bytes:
    """A small real PDF, different for different words."""
    paper = pikepdf.new()
    paper.add_blank_page(page_size=(300, 200))
    paper.docinfo["/Title"] = words
    written = io.BytesIO()
    paper.save(written)
    return written.getvalue()


@dataclass
class File:
    """Which case the people of a journey work on; known once it is opened."""

    reference: str = ""


@dataclass
class Person:
    """One person with a browser of their own."""

    user: User
    page: Page
    file: File

    # -- coming in

    def signs_in(self) -> "Person":
        """Through the sign-in page, with e-mail address and password."""
        self.page.goto("/account/login/")
        self.page.get_by_label("E-mail address").fill(self.user.email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.locator("details.menu summary")).to_have_text(self.user.display_name)
        return self

    def switches_on_a_second_factor(self) -> list[str]:
        """An authenticator app, from the own menu; returns the recovery codes that are shown once."""
        page = self.page
        page.locator("details.menu summary").click()
        page.get_by_role("link", name="Second factor").click()
        page.get_by_role("link", name="Switch on an authenticator app").click()
        says(page, "Show that it is you")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Go on").click()
        says(page, "Switch on your second factor")
        page.get_by_text("No camera?").click()
        secret = page.locator("details .mono").inner_text().replace(" ", "")
        counter = next(iter(yield_hotp_counters_from_time()))
        page.get_by_label("Code from the app").fill(str(format_hotp_value(hotp_value(secret, counter))))
        page.get_by_role("button", name="Switch it on").click()
        says(page, "Recovery codes")
        return page.locator(".codes li").all_inner_texts()

    def opens(self, tab: str = "") -> "Person":
        """The case, on one of its tabs; people abroad have one page of it."""
        if self.user.is_pharmacist or self.user.only_reads:
            self.page.goto(f"/cases/{self.file.reference}/{tab.lower()}{'/' if tab else ''}")
        else:
            self.page.goto(f"/my/{self.file.reference}/")
        return self

    def fast_forwards(self, amount: str) -> "Person":
        """By the banner; the sweep and the sender run with it."""
        self.page.get_by_role("region", name="Demonstration").get_by_role("button", name=amount, exact=True).click()
        expect(self.page.locator("#messages")).to_contain_text("It is now")
        return self

    # -- acting

    def takes(self, step: str, answers: Answers | None = None) -> str:
        """Take a step that the case's page offers, and return what the page says came of it."""
        self._sends(step, answers or {})
        told = self.page.locator("#messages .banner--good")
        expect(told, f"{step}: {self._wrong()}").to_be_visible()
        return told.inner_text()

    def goes_on(self, step: str, answers: Answers | None = None) -> str:
        """Take the step that the page names as the next one."""
        assert self.next_step() == f"Next step: {step[:1].lower()}{step[1:]}"
        return self.takes(step, answers)

    def is_refused(self, step: str, answers: Answers | None = None) -> list[tuple[str, str]]:
        """Try a step that is not allowed; returns each unmet requirement with its fact."""
        self._sends(step, answers or {})
        refusal = self.page.locator("#refusal")
        expect(refusal).to_be_visible()
        expect(refusal).to_be_focused()
        rows = refusal.locator("li.req").all()
        return [(row.locator(".req__name").inner_text(), row.locator("p").nth(1).inner_text()) for row in rows]

    def looks_at(self, step: str) -> "Person":
        """Open the page of a step from the page of the case."""
        self._at_the_case()
        self.follows(step)
        return self

    def fills(self, form: str, answers: Answers, button: str) -> None:
        """Fill in a form by its name and its fields' labels, and press its button."""
        self._has_the_whole_page()
        found = self.page.get_by_role("form", name=form, exact=True)
        for label, value in answers.items():
            _answer(found, label, value)
        found.get_by_role("button", name=button).click()

    def keeps(self, check: str, answers: Mapping[str, str], button: str = "Keep and go on") -> "Person":
        """One check of the guided inspection: its heading, its answers, and on to the next."""
        says(self.page, check)
        for label, value in answers.items():
            control = self.page.get_by_label(label).first
            control.fill(value) if value else control.check()
        self.page.get_by_role("button", name=button).click()
        return self

    def tells(self, link: str, answers: Mapping[str, str], button: str, said: str) -> None:
        """The questions on a phone: words are typed, a choice has none and is ticked; then what the page says."""
        self.looks_at(link)
        for label, value in answers.items():
            control = self.page.get_by_label(label).first
            control.fill(value) if value else control.check()
        self.page.get_by_role("button", name=button).click()
        says(self.page, said)

    def sends_paper(self, kind: str) -> str:
        """Send a PDF through the page's file field; returns the paper's number (D-3)."""
        self.page.goto(f"/cases/{self.file.reference}/upload/")
        self.page.get_by_label("What kind of paper").select_option(label=kind)
        return self.chooses_file(kind)

    def chooses_file(self, words: str) -> str:
        """Choose a PDF in the file field of the page and send it."""
        self.page.get_by_label("File or photo").set_input_files(
            {"name": "paper.pdf", "mimeType": "application/pdf", "buffer": pdf(words)}
        )
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="Send the document").click()
        expect(self.page.locator("main")).to_contain_text(_PAPER)
        told = self.page.locator("#messages .banner--good" if self.user.is_pharmacist else "main")
        found = _PAPER.search(told.inner_text())
        assert found
        return found[0]

    def accepts_paper(self, label: str, answers: Answers | None = None) -> None:
        """Release a paper that no scanner saw, then accept it, both from the documents of the case."""
        self.opens("documents").follows(f"Release {label} unscanned")
        self._submits({"Reason": "No scanner here; opened on a machine set apart."})
        self.opens("documents").follows(f"Accept {label}")
        self._submits(answers or {})
        expect(self.page.locator("#messages")).to_contain_text(f"{label} accepted")

    # -- by keyboard alone

    def tabs_to(self, words: str) -> "Person":
        """Press Tab until the control with these words has the focus."""
        seen = []
        for _ in range(120):
            self.page.keyboard.press("Tab")
            seen.append(self.page.evaluate(_FOCUSED))
            if seen[-1].startswith(words):
                return self
        raise AssertionError(f"Tab never came to “{words}”; it came to {seen}.")

    def presses_space(self) -> "Person":
        """On whatever has the focus."""
        self.page.keyboard.press("Space")
        return self

    def presses_enter(self) -> "Person":
        """On a link or a button that leads to another page."""
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        return self

    def types(self, words: str) -> "Person":
        """Into whatever has the focus."""
        self.page.keyboard.type(words)
        return self

    # -- reading

    def next_step(self) -> str:
        """What the page of the case names as the next step."""
        self._at_the_case()
        return self.page.locator("#h-next").inner_text()

    def checklist(self, state: str = "unmet") -> list[tuple[str, str]]:
        """Requirements on the page in that state: (sentence, fact)."""
        self._has_the_whole_page()
        rows = self.page.locator(f"section .req--{state}").all()
        return [(_own_words(row.locator("h3")), row.locator("p").first.inner_text()) for row in rows]

    def rows(self, table: str) -> list[list[str]]:
        """A table by its name, cell by cell."""
        self._has_the_whole_page()
        body = self.page.get_by_role("group", name=table, exact=True).locator("tbody tr")
        cells: list[list[str]] = body.evaluate_all(
            "rows => rows.map(r => [...r.cells].map(c => c.innerText.replace(/\\s+/g, ' ').trim()))"
        )
        return cells

    def deadlines(self) -> list[tuple[str, list[str], str]]:
        """Dates on the page: (label, words of state and kind, how far and with whom)."""
        self._has_the_whole_page()
        found: list[tuple[str, list[str], str]] = []
        for due in self.page.locator(".due").all():
            label = due.locator("h3").evaluate("h => h.firstChild.textContent.trim()")
            tags = due.locator(".due__kind .tag").all_inner_texts()
            found.append((label, tags, " ".join(due.locator(".due__in").inner_text().split())))
        return found

    def why(self, label: str) -> str:
        """Why this date: the sum behind a deadline on the page, unfolded."""
        folded = self.page.locator("details.why").filter(has_text=f": {label}")
        folded.locator("summary").click()
        return " ".join(folded.locator(".why__body").inner_text().split())

    def timeline(self) -> list[str]:
        """The lines of the timeline as they stand on the page, newest first."""
        self._has_the_whole_page()
        lines: list[str] = self.page.locator("ol.line > li").evaluate_all(
            "rows => rows.map(r => r.querySelector('p').firstChild.textContent.trim())"
        )
        return lines

    def finds_in_the_trail(self, deed: str, kind: str) -> list[tuple[str, str]]:
        """Who did that deed, and which values it changed on that kind of record, from the auditor's search."""
        self.page.goto("/audit/")
        self.page.get_by_label("What was done").fill(deed)
        self.page.get_by_label("Kind of record").select_option(label=kind)
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="Search the trail").click()
        return [(row[2], row[4]) for row in self.rows("Entries")]

    def reads_mail(self, subject: str) -> str:
        """Open the newest message of that subject in the demonstration's mailbox; returns its text."""
        self.page.goto("/mailbox/")
        self.page.get_by_role("link", name=subject, exact=True).first.click()
        return self.page.locator("section:has(#h-shown)").inner_text()

    def reads(self) -> str:
        """All words of the page's main part."""
        self._has_the_whole_page()
        return self.page.locator("main").inner_text()

    def finds_it_good(self, picture: str = "") -> "Person":
        """The page stands up to axe and needs no sideways scrolling."""
        axe_check(self.page)
        assert fits(self.page), f"{self.page.url} scrolls sideways"
        if picture:
            shoot(self.page, picture)
        return self

    # -- how

    def _at_the_case(self) -> None:
        self._has_the_whole_page()
        home = f"/cases/{self.file.reference}/" if self.user.is_pharmacist else f"/my/{self.file.reference}/"
        if not self.page.url.endswith(home):
            self.page.goto(home)

    def follows(self, link: str) -> "Person":
        """Click a link by its words, and be on its page; one that is folded away is unfolded first."""
        self._has_the_whole_page()
        links = self.page.locator("main a").filter(has_text=re.compile(rf"^\s*{re.escape(link)}\s*$"))
        if not links.count():
            # One of several records of a step shows its label alone; its name is the step's.
            links = self.page.get_by_role("link", name=link, exact=True)
        if not links.count() and self.page.locator("#shut-next").count():
            links = self.page.get_by_role("link", name="Look at the step")
        assert links.count(), f"{self.page.url} offers no “{link}”; next is: {self._offered()}"
        seen = next((one for one in links.all() if one.is_visible()), None)
        if seen is None:
            links.first.locator("xpath=ancestor::details[1]/summary").click()
            seen = links.first
        with self.page.expect_navigation(wait_until="domcontentloaded"):
            seen.click()
        return self

    def _offered(self) -> str:
        return self.page.locator("main").inner_text()[:2000]

    def _sends(self, step: str, answers: Answers) -> None:
        self.looks_at(step)
        self._submits(answers)

    def _has_the_whole_page(self) -> None:
        """Nothing is read of a page that is still coming: half a form has sections but not yet their fields."""
        self.page.wait_for_load_state("domcontentloaded")

    def _submits(self, answers: Answers) -> None:
        self._has_the_whole_page()
        form = self.page.locator("main form[method=post]").last
        for label, value in answers.items():
            _answer(form, label, value)
        form.locator("button[type=submit]").last.click()

    def _wrong(self) -> str:
        return self.page.locator("main").inner_text()[:1500]


def _answer(form: Locator, label: str, value: str | list[str]) -> None:
    named = re.compile(rf"^\s*{re.escape(label)}(\s*\(optional\))?\s*$")
    group = form.get_by_role("group", name=named)
    if group.count():
        for choice in [value] if isinstance(value, str) else value:
            group.get_by_label(choice, exact=True).check()
        return
    assert isinstance(value, str)
    control = form.get_by_label(named)
    tag, kind = control.evaluate("e => [e.tagName, e.type]")
    if tag == "SELECT":
        options = control.locator("option").all_inner_texts()
        fitting = [option for option in options if value in option]
        assert fitting, f"{label} offers {options}, not {value!r}."
        control.select_option(label=fitting[0])
    else:
        control.fill(value.replace(" ", "T") if kind == "datetime-local" else value)


def _own_words(heading: Locator) -> str:
    text: Any = heading.evaluate("h => h.firstChild.textContent.trim()")
    return str(text)
