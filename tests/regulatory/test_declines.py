"""Declines: three kinds, each with what it must say; a letter that is read, signed by another, kept byte for byte."""

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client

from cases.audit.context import acting
from cases.documents.downloads import open_download
from cases.documents.services import read_bytes, verify_signature
from cases.lifecycle.errors import FactsInvalid, NotPossible, RequirementsUnmet
from cases.notices.models import Notice
from cases.people.roles import Role
from regulatory.declining import letter as letters
from regulatory.declining.drafted import bytes_of, letter_of
from regulatory.declining.kinds import KINDS, LABELS, LANGUAGES, STEPS
from regulatory.models import Decline
from tests.factories import PASSWORD, answer_checklist, person
from tests.laid import laid
from tests.regulatory.ground import OF_A_KIND, Ground, at, build_ground

WORDS = Path(letters.__file__).with_name("words")


@laid
def ground(db: None) -> Ground:
    return build_ground("UK-SPECIALS", now=at("2026-03-02 10:00"), country="GB", zone="Europe/London")


def read(ground: Ground, decline: Decline) -> str:
    return hashlib.sha256(bytes_of(decline, now=ground.now)).hexdigest()


def told(ground: Ground, decline: Decline) -> dict[str, tuple[str, ...]]:
    return dict(letter_of(decline, now=ground.now).sections)


@pytest.mark.parametrize(
    ("kind", "fact"),
    [
        ("clinical", ("What would change our answer: A note on the dose.",)),
        ("regulatory", ("The route is closed.", "Nobody has yet checked these rules with the authority.")),
        ("supply", ("What we tried: Two carriers, in March.",)),
    ],
)
def test_each_kind_tells_its_ground_its_fact_and_the_next_step(
    ground: Ground, kind: str, fact: tuple[str, ...]
) -> None:
    decline = ground.draft_decline(kind)
    words = json.loads((WORDS / "en.json").read_text())
    found = told(ground, decline)
    assert found["Why"] == (
        words["grounds"][OF_A_KIND[kind]["ground"]], "The authority has closed the route for this medicine.",
    )  # fmt: skip
    assert found["What we found"] == fact
    assert found["What to do next, and who does it"] == tuple(words["steps"][one] for one in OF_A_KIND[kind]["steps"])
    assert found["If things change"] == (words["later"][kind].replace("{country}", "the United Kingdom"),)


@pytest.mark.parametrize(
    ("facts", "fields"),
    [
        ({"kind": "clinical", "would_change": ""}, {"would_change"}),
        ({"kind": "regulatory", "route": ""}, {"route"}),
        ({"kind": "supply", "tried": " "}, {"tried"}),
        ({"kind": "supply", "ground": "dose"}, {"ground"}),
        ({"kind": "regulatory", "steps": []}, {"steps"}),
        ({"kind": "regulatory", "steps": ["manufacturer"], "ground": "custody"}, {"steps", "ground"}),
    ],
)
def test_what_a_kind_must_say_is_named_when_it_is_missing(
    ground: Ground, facts: dict[str, Any], fields: set[str]
) -> None:
    before = ground.written()
    with pytest.raises(RequirementsUnmet) as refused:
        ground.draft_decline(**facts)
    assert {line.code for line in refused.value.unmet} == {f"DeclineSaysWhatItsKindAsks:{field}" for field in fields}
    assert (Decline.objects.count(), ground.written()) == (0, before)


def test_a_letter_is_the_same_bytes_each_time_and_shows_no_identity(ground: Ground) -> None:
    decline = ground.draft_decline(addressee="family")
    first, second = bytes_of(decline, now=ground.now), bytes_of(decline, now=ground.now)
    assert first == second
    assert dict(letter_of(decline, now=ground.now).head)["To"] == "The family of patient AE"
    with pikepdf.open(io.BytesIO(first)) as paper:
        assert (len(paper.pages), str(paper.docinfo.get("/Title"))) == (1, "Our answer to your request")
        assert "Example1" not in str(paper.docinfo)


@pytest.mark.parametrize("language", [code for code, _ in LANGUAGES])
@pytest.mark.parametrize("kind", KINDS)
def test_is_set_in_each_language_from_words_of_its_own(ground: Ground, language: str, kind: str) -> None:
    decline = ground.draft_decline(kind, language=language, referral="Fairhaven Centre")
    letter = letter_of(decline, now=ground.now)
    assert (letter.language, letter.rtl, bool(letter.remark)) == (language, language == "ar", language != "en")
    assert len(letter.sections) == 7
    assert "{" not in str(letter.sections) + str(letter.opening) + str(letter.head)
    assert bytes_of(decline, now=ground.now).startswith(b"%PDF")


def _paths(raw: Any, at: str = "") -> Iterator[str]:
    if isinstance(raw, dict):
        for name, value in raw.items():
            yield from _paths(value, f"{at}/{name}")
    else:
        yield at


def test_every_language_says_everything_that_a_letter_may_say() -> None:
    found = {code: set(_paths(json.loads((WORDS / f"{code}.json").read_text()))) for code, _ in LANGUAGES}
    assert all(paths == found["en"] for paths in found.values())
    words = json.loads((WORDS / "en.json").read_text())
    assert (set(words["grounds"]), set(words["steps"])) == (set(LABELS), set(STEPS))


def test_a_sign_that_no_font_holds_is_named_and_nothing_is_sent(ground: Ground) -> None:
    decline = ground.draft_decline(explanation="Ꙩ is no letter of ours.")
    with pytest.raises(NotPossible, match="Ꙩ"):
        ground.take(
            "regulatory.decline.send", by=ground.house.pic, subject=decline, fingerprint="x", channel="page",
            password=PASSWORD,
        )  # fmt: skip
    assert Decline.objects.get().state == "draft"


def test_is_signed_over_exactly_the_bytes_that_were_read_and_kept(ground: Ground) -> None:
    decline = ground.draft_decline()
    seen = bytes_of(decline, now=ground.now)
    decline = ground.send_decline(decline, printed_name="H. Lindqvist", channel="told_first")
    assert (decline.state, decline.sent_by, decline.sent_at, decline.channel) == (
        "sent", ground.house.pic, ground.now, "told_first",
    )  # fmt: skip
    assert decline.letter is not None
    assert read_bytes(decline.letter.file) == seen
    signature = decline.letter.signatures.get()
    assert verify_signature(signature) == []
    assert signature.meaning.startswith("I decided that the pharmacy does not go on")
    given = open_download(decline.letter, by=ground.house.doctor, now=ground.now)
    assert given.content == seen
    mails = Notice.objects.filter(kind="regulatory.decline_sent").values_list("recipient__email", flat=True)
    assert sorted(mails) == ["ferrante@example.org", "ostby@example.org"]


def test_another_letter_than_the_one_that_was_read_is_not_sent(ground: Ground) -> None:
    decline = ground.draft_decline()
    before = read(ground, decline)
    with pytest.raises(RequirementsUnmet) as refused:
        ground.take(
            "regulatory.decline.send", by=ground.house.pic, now=at("2026-03-03 10:00"), subject=decline,
            fingerprint=before, channel="page", password=PASSWORD,
        )  # fmt: skip
    assert [line.code for line in refused.value.unmet] == ["LetterWasRead"]
    assert Decline.objects.get().letter is None


def test_a_wrong_password_sends_nothing(ground: Ground) -> None:
    decline = ground.draft_decline()
    with pytest.raises(FactsInvalid) as refused:
        ground.send_decline(decline, password="wrong")
    assert list(refused.value.errors) == ["password"]
    assert (Decline.objects.get().state, ground.case.documents.filter(doc_type="decline_letter").count()) == (
        "draft",
        0,
    )


def test_who_drafts_it_does_not_sign_it(ground: Ground) -> None:
    ground.take(
        "regulatory.decline.draft", by=ground.house.pic,
        **({"kind": "regulatory", "explanation": "Closed.", "addressee": "prescriber", "language": "en",
            "contact": "By mail."} | OF_A_KIND["regulatory"]),
    )  # fmt: skip
    decline = Decline.objects.get()
    with pytest.raises(RequirementsUnmet) as refused:
        ground.send_decline(decline)
    assert [line.code for line in refused.value.unmet] == ["DeclineIsSignedByAnother"]
    with (
        pytest.raises(IntegrityError, match="decline_is_signed_by_another"),
        transaction.atomic(),
        acting(by=ground.house.pic, verb="tests.decline.forged"),
    ):
        Decline.objects.filter(pk=decline.pk).update(sent_by=ground.house.pic)


def test_a_discarded_draft_is_begun_again_with_what_it_said(ground: Ground) -> None:
    from cases.lifecycle.verbs import VERBS, Situation

    decline = ground.draft_decline("supply")
    with pytest.raises(RequirementsUnmet) as refused:
        ground.draft_decline("supply")
    assert [line.fact for line in refused.value.unmet] == ["L-1 is draft."]
    ground.take("regulatory.decline.discard", subject=decline)
    verb = VERBS["regulatory.decline.draft"]
    anew = Situation(ground.case, verb, ground.case, ground.house.coordinator, ground.now, facts={"kind": "supply"})
    first = {ask.name: ask.initial(anew) for ask in verb.asks if ask.initial}
    assert (first["ground"], first["tried"], first["steps"], first["contact"]) == (
        "journey", "Two carriers, in March.", ["manufacturer"], "+1 212 555 0100, weekdays 9 to 17",
    )  # fmt: skip


def test_a_declined_review_is_told_by_letter_within_one_working_day(ground: Ground) -> None:
    ground.take("regulatory.review.request", kind="regulatory")
    review = ground.case.reviews.select_related("case", "determination__prescriber", "follows").get()
    seen = answer_checklist(review, by=ground.house.pic, now=ground.now)
    ground.take(
        "regulatory.review.decline", by=ground.house.pic, subject=review, fingerprint=seen, password=PASSWORD,
        reason="The route closed last week.",
    )  # fmt: skip
    due = ground.deadline("decline_letter")
    assert (due.due_on.isoformat(), due.state, due.holder) == ("2026-03-03", "running", ground.house.coordinator)
    decline = ground.draft_decline()
    assert decline.review == review
    ground.send_decline(decline)
    assert ground.deadline("decline_letter").state == "met"


def test_no_case_closes_as_declined_before_it_is_told(ground: Ground) -> None:
    closing = {"outcome": "declined", "reason": "The route is closed."}
    with pytest.raises(RequirementsUnmet) as refused:
        ground.take("cases.case.close", **closing)
    assert [(line.code, line.remedy) for line in refused.value.unmet] == [
        ("DeclineIsTold", ("Draft a decline", "regulatory.decline.draft"))
    ]
    decline = ground.draft_decline()
    with pytest.raises(RequirementsUnmet) as again:
        ground.take("cases.case.close", **closing)
    assert [line.remedy for line in again.value.unmet] == [("Read and sign L-1", "regulatory.decline.send/L-1")]
    ground.send_decline(decline)
    ground.take("cases.case.close", **closing)
    assert (ground.case.stage, ground.case.outcome) == ("closed", "declined")


def test_a_declined_case_is_reopened_only_when_the_decline_is_reconsidered(ground: Ground) -> None:
    decline = ground.send_decline(ground.draft_decline())
    ground.take("cases.case.close", outcome="declined", reason="The route is closed.")
    reopen = {"by": ground.house.pic, "reason": "The route is open again."}
    with pytest.raises(RequirementsUnmet) as refused:
        ground.take("cases.case.reopen", **reopen)
    assert [(line.code, line.fact) for line in refused.value.unmet] == [
        ("NoDeclineStands", "regulatory decline L-1 was sent on 2026-03-02: the route is closed.")
    ]
    ground.take(
        "regulatory.decline.reconsider", by=ground.house.pic, subject=decline, because="rules_changed",
        reason="The authority opened it again on 1 March.",
    )  # fmt: skip
    ground.take("cases.case.reopen", **reopen)
    assert (ground.case.stage, Decline.objects.get().state) == ("follow_up", "reconsidered")


def test_another_pharmacist_in_charge_reconsiders_where_there_is_one(ground: Ground) -> None:
    decline = ground.send_decline(ground.draft_decline())
    with acting(by=ground.house.administrator, verb="tests.person.added"):
        other = person("second@example.org", "S. Varga", Role.PHARMACIST_IN_CHARGE, pharmacy=ground.house.pharmacy)
    again = {"subject": decline, "because": "appeal", "reason": "The prescriber sent a note."}
    with pytest.raises(RequirementsUnmet) as refused:
        ground.take("regulatory.decline.reconsider", by=ground.house.pic, **again)
    assert [line.fact for line in refused.value.unmet] == ["You signed L-1 yourself. Can decide: S. Varga."]
    ground.take("regulatory.decline.reconsider", by=other, **again)
    assert Decline.objects.get().reconsidered_by == other


def test_nothing_is_filed_while_a_decline_stands(ground: Ground) -> None:
    ground.ready()
    ground.send_decline(ground.draft_decline())
    with pytest.raises(RequirementsUnmet) as refused:
        ground.submit(ground.now)
    assert [line.code for line in refused.value.unmet] == ["NoDeclineStands"]


def test_the_database_fixes_what_was_told(ground: Ground) -> None:
    decline = ground.send_decline(ground.draft_decline())
    with (
        pytest.raises(DatabaseError, match="what was told is fixed"),
        transaction.atomic(),
        acting(by=ground.house.pic, verb="tests.decline.forged"),
    ):
        Decline.objects.filter(pk=decline.pk).update(explanation="Otherwise.")


@pytest.mark.parametrize(("code", "name"), [("en", ""), ("fr", "French"), ("es", "Spanish"), ("ar", "Arabic")])
def test_the_page_tells_the_pharmacist_that_nobody_reviewed_the_words(
    ground: Ground, client: Client, code: str, name: str
) -> None:
    """The letter says so in its own language, which who signs it may not read."""
    client.force_login(ground.house.pic)
    decline = ground.draft_decline(language=code)
    page = client.get(f"/cases/{ground.case.reference}/declines/{decline.label}/").content.decode()
    assert (f"Nobody has reviewed the fixed words of this letter in {name}." in page) is bool(name)
