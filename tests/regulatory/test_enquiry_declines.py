"""An enquiry is declined: in a kind, by the letter that was read, told to whoever asked; kept, forgotten in time."""

import re
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from cases.audit.context import acting
from cases.audit.models import AuditEntry
from cases.audit.verify import verify
from cases.lifecycle.errors import NotPermitted, NotPossible, RequirementsUnmet
from cases.notices.models import Notice
from cases.people.models import User
from regulatory.declining.enquirer import decline_enquiry, letter_to_the_enquirer
from regulatory.declining.letter import words_of
from regulatory.enquiries import receive_enquiry
from regulatory.models import Enquiry, EnquiryDecline
from regulatory.triage.forgetting import forget_expired
from regulatory.triage.letters import sections_of
from regulatory.triage.models import Triage
from regulatory.triage.services import new_code, start_triage
from tests.factories import NOW, House, build_house, signed_profile
from tests.laid import laid
from tests.regulatory.ground import ENQUIRY_CONTACT, OF_A_KIND, grounds_of_an_enquiry, tell_a_decline


@laid
def house(db: None) -> House:
    return build_house()


@laid
def enquiry(house: House) -> Enquiry:
    return receive_enquiry(
        pharmacy=house.pharmacy,
        asked_by="family",
        country="GB",
        product="orvelumab 150 mg/mL",
        indication="invented disease",
        by=house.coordinator,
        now=NOW,
    )


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def read(house: House, enquiry: Enquiry, kind: str = "regulatory", **more: Any) -> dict[str, str]:
    """The sections of the letter as it would be told, by heading."""
    letter = letter_to_the_enquirer(enquiry, grounds_of_an_enquiry(kind, **more), by=house.coordinator, now=NOW)
    return dict(sections_of(letter.text)[1])


def begin_triage(house: House, enquiry: Enquiry, language: str = "en") -> Triage:
    return start_triage(pharmacy=house.pharmacy, by=house.coordinator, now=NOW, enquiry=enquiry, language=language)[0]


@pytest.mark.parametrize(
    ("kind", "decided", "fact"),
    [
        (
            "clinical",
            "We do not go on with it, on clinical grounds.",
            "What would change our answer: A note on the dose.",
        ),
        (
            "regulatory",
            "We do not go on with it, because the rules of the United Kingdom leave no way that we can take.",
            "The route is closed.\nNobody has yet checked these rules with the authority.",
        ),
        (
            "supply",
            "We do not go on with it, because we cannot supply this medicine safely.",
            "What we tried: Two carriers, in March.",
        ),
    ],
)
def test_each_kind_tells_its_ground_its_fact_and_the_next_step(
    house: House, enquiry: Enquiry, kind: str, decided: str, fact: str
) -> None:
    words, found = words_of("en"), read(house, enquiry, kind)
    assert found == {
        "To": "The family who asked us",
        "Date": "Monday 2 March 2026",
        "Our reference": enquiry.reference,
        "What we looked at": "We looked at the question about orvelumab 150 mg/mL, for use in the United Kingdom.\n"
        + decided,
        "Why": words["grounds"][OF_A_KIND[kind]["ground"]] + "\nThe authority has closed the route for this medicine.",
        "What we found": fact,
        "What to do next, and who does it": words["steps"][OF_A_KIND[kind]["steps"][0]],
        "If you see it otherwise": f"Write to {ENQUIRY_CONTACT}, and say what we did not see. We then look at it anew; "
        "where we can, another pharmacist does.",
        "If things change": words["later"][kind].replace("{country}", "the United Kingdom"),
        "What this letter is not": words["is_not"],
        "Questions": f"M. Ostby, {house.pharmacy.name}: {ENQUIRY_CONTACT}\nA pharmacist decided this and tells it by "
        "name. This text is kept with its fingerprint.",
    }


@pytest.mark.parametrize(
    ("language", "to", "remark"),
    [
        ("fr", "La famille qui nous a interrogés", "Traduction non relue."),
        ("es", "La familia que nos preguntó", "Traducción no revisada."),
        ("ar", "العائلة التي سألتنا", "ترجمة لم تُراجَع."),
    ],
)
def test_a_translation_says_that_nobody_reviewed_it(
    house: House, enquiry: Enquiry, language: str, to: str, remark: str
) -> None:
    found = read(house, enquiry, language=language)
    assert found[words_of(language)["to"]] == to
    assert list(found)[-1] == remark
    assert "{" not in "".join(found.values())


def test_what_was_typed_with_empty_lines_stays_in_its_section(house: House, enquiry: Enquiry) -> None:
    found = read(house, enquiry, explanation="One.\n\nTwo.", referral="A house.\n\nAnother.")
    assert found["Why"].splitlines()[1:] == ["One.", "Two."]
    assert found["What to do next, and who does it"].splitlines()[1:] == ["Where to turn: A house. Another."]


def test_a_signed_pathway_says_when_the_rules_were_checked(house: House, enquiry: Enquiry) -> None:
    version = signed_profile(house, "UK-SPECIALS")
    enquiry.profile_version = version
    assert read(house, enquiry)["What we found"].endswith("Nobody has yet checked these rules with the authority.")
    enquiry.profile_version.is_demonstration = False
    assert read(house, enquiry)["What we found"].endswith(f"We last checked these rules on {_day(version)}.")


def _day(version: Any) -> str:
    day = version.reviewed_on
    return f"{day:%A} {day.day} {day:%B %Y}"


@pytest.mark.parametrize(
    ("kind", "changes", "codes"),
    [
        ("clinical", {"fact": " "}, ["DeclineSaysWhatItsKindAsks:would_change"]),
        ("regulatory", {"fact": "shut"}, ["DeclineSaysWhatItsKindAsks:route"]),
        ("supply", {"ground": "dose", "steps": ["second_opinion"]}, [
            "DeclineSaysWhatItsKindAsks:ground", "DeclineSaysWhatItsKindAsks:steps",
        ]),
        ("regulatory", {"explanation": "", "contact": ""}, ["ExplanationGiven:explanation", "ContactGiven:contact"]),
        ("regulatory", {"language": "de"}, ["LanguageKnown:language"]),
        ("regulatory", {"kind": "dull"}, ["KindKnown:kind"]),
    ],
)  # fmt: skip
def test_what_its_kind_asks_and_nobody_said_is_named_and_nothing_is_told(
    house: House, enquiry: Enquiry, kind: str, changes: dict[str, Any], codes: list[str]
) -> None:
    grounds = grounds_of_an_enquiry(kind)
    lacking = type(grounds)(**{name: changes.get(name, getattr(grounds, name)) for name in grounds.__slots__})
    for call in (letter_to_the_enquirer, _told_unread):
        with pytest.raises(RequirementsUnmet) as refused:
            call(enquiry, lacking, by=house.coordinator, now=NOW)
        assert [line.code for line in refused.value.unmet] == codes
    _nothing_told(enquiry)


def _told_unread(enquiry: Enquiry, grounds: Any, **more: Any) -> Any:
    return decline_enquiry(enquiry, grounds=grounds, fingerprint="none", channel="post", **more)


def _nothing_told(enquiry: Enquiry) -> None:
    enquiry = Enquiry.objects.get(pk=enquiry.pk)
    assert (enquiry.state, EnquiryDecline.objects.count(), Notice.objects.count()) == ("open", 0, 0)


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"fingerprint": "0" * 64}, ["LetterWasRead"]),
        ({"fingerprint": ""}, ["LetterWasRead"]),
        ({"channel": "code"}, ["CodeLeadsToIt"]),
        ({"channel": "mail"}, ["AddressFits", "CodeLeadsToIt"]),
        ({"channel": "pigeon", "address": "nobody@example.invalid"}, ["ChannelKnown", "AddressFits"]),
    ],
)
def test_a_letter_that_was_not_read_or_cannot_arrive_is_not_told(
    house: House, enquiry: Enquiry, changes: dict[str, str], codes: list[str]
) -> None:
    grounds = grounds_of_an_enquiry()
    given: dict[str, Any] = {
        "fingerprint": letter_to_the_enquirer(enquiry, grounds, by=house.coordinator, now=NOW).sha256,
        "channel": "telephone",
    }
    with pytest.raises(RequirementsUnmet) as refused:
        decline_enquiry(enquiry, grounds=grounds, by=house.coordinator, now=NOW, **(given | changes))
    assert [line.code for line in refused.value.unmet] == codes
    _nothing_told(enquiry)


def test_the_letter_of_another_pharmacist_is_not_the_one_that_was_read(house: House, enquiry: Enquiry) -> None:
    grounds = grounds_of_an_enquiry()
    read_by_one = letter_to_the_enquirer(enquiry, grounds, by=house.coordinator, now=NOW).sha256
    with pytest.raises(RequirementsUnmet, match="was not declined"):
        decline_enquiry(enquiry, grounds=grounds, fingerprint=read_by_one, channel="post", by=house.pic, now=NOW)
    _nothing_told(enquiry)


@pytest.mark.parametrize("who", ["doctor", "auditor", "administrator", "receiving", "delegate"])
def test_only_pharmacists_of_the_house_decline(house: House, enquiry: Enquiry, who: str) -> None:
    with pytest.raises(NotPermitted):
        tell_a_decline(enquiry, by=getattr(house, who), now=NOW)
    _nothing_told(enquiry)


def test_a_declined_one_is_declined_once_and_what_was_told_is_fixed(house: House, enquiry: Enquiry) -> None:
    told = tell_a_decline(enquiry, by=house.coordinator, now=NOW)
    assert (told.template_version, told.channel, told.notice, told.triage) == ("1", "telephone", None, None)
    with pytest.raises(NotPossible, match="is declined: it cannot be declined"):
        tell_a_decline(enquiry, by=house.coordinator, now=NOW)
    for change in ({"ground": "other"}, {"text": "Yes."}, {"forgotten_at": NOW}, {"channel": "code"}):
        with pytest.raises(DatabaseError), transaction.atomic(), acting(by=house.coordinator, verb="tests.meddle"):
            EnquiryDecline.objects.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic(), acting(by=house.coordinator, verb="tests.meddle"):
        EnquiryDecline.objects.all().delete()


def test_a_mail_says_only_that_an_answer_can_be_read_with_the_code(house: House, enquiry: Enquiry) -> None:
    triage = begin_triage(house, enquiry)
    told = tell_a_decline(enquiry, by=house.coordinator, now=NOW, channel="mail", address="family@example.invalid")
    notice = Notice.objects.get()
    assert (told.notice, told.triage, notice.kind, notice.address) == (
        notice, triage, "regulatory.triage_answered", "family@example.invalid",
    )  # fmt: skip
    assert notice.facts == {"enquiry": enquiry.reference}


def test_after_twelve_months_its_text_is_forgotten_and_the_trail_still_verifies(house: House, enquiry: Enquiry) -> None:
    told = tell_a_decline(enquiry, by=house.coordinator, now=NOW)
    setup = User.objects.service("setup")
    assert forget_expired(by=setup, now=NOW + timedelta(days=365)) == 0
    assert forget_expired(by=setup, now=NOW + timedelta(days=366)) == 1
    assert forget_expired(by=setup, now=NOW + timedelta(days=366)) == 0
    told.refresh_from_db()
    assert (told.explanation, told.fact, told.referral, told.text, told.kind) == ("", "", "", "", "regulatory")
    trail = " ".join(
        f"{one.old} {one.new}" for one in AuditEntry.objects.filter(table_name="regulatory_enquirydecline")
    )
    assert "has closed the route" not in trail
    assert verify(chain=f"enquiry:{enquiry.pk}").ok


def test_with_its_triage_it_is_forgotten_too(house: House, enquiry: Enquiry) -> None:
    begin_triage(house, enquiry)
    told = tell_a_decline(enquiry, by=house.coordinator, now=NOW, channel="code")
    assert forget_expired(by=User.objects.service("setup"), now=NOW + timedelta(days=366)) == 1
    told.refresh_from_db()
    assert (told.text, len(told.text_sha256)) == ("", 64)


def _shown(page: Any) -> str:
    """The fingerprint of the letter that a page shows."""
    [found] = re.findall(r'name="fingerprint" value="([0-9a-f]{64})"', page.content.decode())
    return found


def _faults(page: Any) -> list[str]:
    return re.findall(r'<li><a href="#id_\w+">([^<]*)</a></li>', page.content.decode())


class TestThePages:
    """A kind, its fields, the letter to read, then the telling; whoever asked reads it with the code."""

    FORM: ClassVar = {
        "kind": "regulatory",
        "ground": "route_closed",
        "explanation": "The authority has closed the route for this medicine.",
        "route": "closed",
        "steps": ["talk_to_doctor", "local_authority"],
        "language": "en",
        "contact": ENQUIRY_CONTACT,
        "channel": "telephone",
    }

    def test_the_letter_is_read_then_told_and_stands_on_the_enquiry(self, house: House, enquiry: Enquiry) -> None:
        client, address = client_of(house.coordinator), f"/enquiries/{enquiry.reference}/decline/"
        first = client.get(address).content.decode()
        assert 'value="code"' not in first  # nobody has a code
        preview = client.post(address, self.FORM | {"act": "read"})
        assert preview.status_code == 200
        _nothing_told(enquiry)
        read = _shown(preview)
        done = client.post(address, self.FORM | {"act": "tell", "fingerprint": read})
        assert (done.status_code, done["Location"]) == (302, f"/enquiries/{enquiry.reference}/")
        page = client.get(done["Location"]).content.decode()
        assert "Regulatory decline: the route is closed" in page
        assert "Talk to the treating doctor before anything else." in page
        assert "Exactly as it was told" in page
        assert client.get(address).status_code == 302
        told = EnquiryDecline.objects.get()
        assert (told.text_sha256, told.told_by) == (read, house.coordinator)

    def test_a_letter_in_words_that_nobody_reviewed_is_told_to_its_reader(self, house: House, enquiry: Enquiry) -> None:
        client, address = client_of(house.coordinator), f"/enquiries/{enquiry.reference}/decline/"
        told = "Nobody has reviewed the fixed words of this letter in Arabic."
        assert told not in client.post(address, self.FORM | {"act": "read"}).content.decode()
        assert told in client.post(address, self.FORM | {"act": "read", "language": "ar"}).content.decode()

    def test_a_change_after_reading_is_refused_and_shows_the_new_letter(self, house: House, enquiry: Enquiry) -> None:
        client, address = client_of(house.coordinator), f"/enquiries/{enquiry.reference}/decline/"
        read = _shown(client.post(address, self.FORM | {"act": "read"}))
        changed = self.FORM | {"act": "tell", "fingerprint": read, "explanation": "Another sentence."}
        answer = client.post(address, changed)
        assert answer.status_code == 409
        assert f"you read {read[:12]}. Read it again." in answer.content.decode()
        assert "<p>Another sentence.</p>" in answer.content.decode()
        assert _shown(answer) != read
        _nothing_told(enquiry)

    def test_what_is_missing_is_named_at_its_field_and_what_was_typed_stays(
        self, house: House, enquiry: Enquiry
    ) -> None:
        answer = client_of(house.coordinator).post(
            f"/enquiries/{enquiry.reference}/decline/", self.FORM | {"act": "read", "steps": [], "ground": ""}
        )
        assert answer.status_code == 422
        assert _faults(answer) == ["Ground: Nothing was chosen. Choose one from the list."]
        assert "The authority has closed the route for this medicine." in answer.content.decode()
        answer = client_of(house.coordinator).post(
            f"/enquiries/{enquiry.reference}/decline/", self.FORM | {"act": "read", "steps": []}
        )
        assert answer.status_code == 422
        assert _faults(answer) == [
            "Next steps that the letter names: No next step is named: tick one, or say where to turn."
        ]

    def test_whoever_asked_reads_it_with_the_code(self, house: House, enquiry: Enquiry) -> None:
        triage = begin_triage(house, enquiry)
        code = new_code(triage, by=house.coordinator, now=NOW)
        tell_a_decline(enquiry, by=house.coordinator, now=NOW, channel="code")
        client = client_of(house.coordinator)
        client.logout()
        back = client.post("/triage/return/", {"code": code})
        assert (back.status_code, back["Location"]) == (
            302,
            "/triage/answer/",
        )
        page = client.get("/triage/answer/").content.decode()
        assert "This is the exact text that was sent." in page
        assert "The route is closed." in page
