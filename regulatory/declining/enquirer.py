"""An enquiry is declined: in one of the three kinds, with the letter that was read, told to whoever asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from cases.audit.context import acting
from cases.lifecycle.checklist import Checked
from cases.people.models import User
from regulatory.declining.kinds import KINDS, RULE, faults_of
from regulatory.declining.letter import Letter, Told, compose
from regulatory.deeds import Deeds, refuse_unmet
from regulatory.enquiries import locked, permit
from regulatory.models import Enquiry, EnquiryDecline
from regulatory.triage.deciding import can_be_told, mailed
from regulatory.triage.letters import LANGUAGES
from regulatory.triage.models import Triage, TriageLetter

_READ_WITH_A_CODE = (TriageLetter.Channel.CODE, TriageLetter.Channel.MAIL)
_DEEDS = Deeds(satisfied_by="the pharmacist who declines", rule=RULE)
_check = _DEEDS.check


@dataclass(frozen=True, slots=True)
class Grounds:
    """What the pharmacist says: as a case's decline says it, in the language of the letter.

    :param fact: what its kind must say: what would change the answer, how the route stands, or what was tried.
    """

    kind: str
    ground: str
    explanation: str
    fact: str
    steps: Sequence[str] = ()
    referral: str = ""
    language: str = "en"
    contact: str = ""


def letter_to_the_enquirer(enquiry: Enquiry, grounds: Grounds, *, by: User, now: datetime) -> Letter:
    """The letter as it would be told now, under the name of who reads it; writes nothing.

    :raises NotPermitted: for anybody but the pharmacists of this pharmacy.
    :raises RequirementsUnmet: naming each thing that the kind asks for and nobody said.
    """
    permit(by, enquiry.pharmacy)
    refuse_unmet(f"The letter of {enquiry} cannot be written", _says_what_its_kind_asks(grounds))
    version = enquiry.profile_version
    # What was reviewed for a demonstration was checked by nobody.
    is_checked = version is not None and version.is_signed and not version.is_demonstration
    return compose(
        Told(
            reference=enquiry.reference,
            kind=grounds.kind,
            ground=grounds.ground,
            explanation=grounds.explanation,
            fact=grounds.fact,
            steps=_offered(grounds),
            referral=grounds.referral,
            addressee=enquiry.asked_by,
            language=grounds.language,
            contact=grounds.contact.strip(),
            medicine=enquiry.product,
            country=enquiry.country,
            pharmacy=enquiry.pharmacy.name,
            name=by.display_name,
            checked_on=version.reviewed_on if version is not None and is_checked else None,
            printed_on=now.astimezone(ZoneInfo(enquiry.pharmacy.time_zone)).date(),
            of_an_enquiry=True,
        )
    )


def decline_enquiry(
    enquiry: Enquiry,
    *,
    grounds: Grounds,
    fingerprint: str,
    channel: str,
    address: str = "",
    by: User,
    now: datetime,
) -> EnquiryDecline:
    """End an enquiry that becomes no case: keep the exact letter, and tell it by the channel that was asked for.

    :param fingerprint: SHA-256 of the letter that was read; another one is refused.
    :param address: where the mail goes that says it can be read with the code; for that channel alone.
    :raises NotPermitted, NotPossible, RequirementsUnmet: with every reason; nothing was changed.
    """
    with acting(by=by, verb="regulatory.enquiry.declined", business_at=now):
        held = locked(enquiry, by, Enquiry.State.OPEN, Enquiry.State.ANSWERED, what="declined")
        letter = letter_to_the_enquirer(held, grounds, by=by, now=now)
        triage = Triage.objects.filter(enquiry=held, forgotten_at__isnull=True).first()
        refuse_unmet(
            f"{held} was not declined",
            (
                *can_be_told(grounds.language, channel, grounds.contact, address),
                _check(
                    "CodeLeadsToIt",
                    "A letter that is read with a code has one",
                    channel not in _READ_WITH_A_CODE or triage is not None,
                    "Whoever asked has a code."
                    if triage is not None
                    else "Nobody was given a code. Begin the triage of it, or tell it by telephone or by post.",
                ),
                _check(
                    "LetterWasRead",
                    "The letter that is told is the one that was read",
                    fingerprint == letter.sha256,
                    f"It is {letter.sha256[:12]}; "
                    + (f"you read {fingerprint[:12]}. Read it again." if fingerprint else "none was read."),
                ),
            ),
        )
        told = EnquiryDecline.objects.create(
            enquiry=held,
            triage=triage,
            kind=grounds.kind,
            ground=grounds.ground,
            explanation=grounds.explanation.strip(),
            fact=grounds.fact.strip(),
            steps=_offered(grounds),
            referral=grounds.referral.strip(),
            language=grounds.language,
            contact=grounds.contact.strip(),
            template_version=letter.version,
            text=letter.text,
            text_sha256=letter.sha256,
            channel=channel,
            notice=mailed(f"enquiry:{held.pk}:declined", held, channel, address, by=by, now=now),
            told_by=by,
            told_at=now,
        )
        held.decline()
        held.save()
        return told


def _offered(grounds: Grounds) -> list[str]:
    return [step for step in KINDS[grounds.kind].offers if step in grounds.steps]


def _says_what_its_kind_asks(grounds: Grounds) -> Iterator[Checked]:
    """One line a fault; its code ends with the field, as a case's decline names it."""
    sentence = "The decline says what its kind asks, and names a next step"
    kind = KINDS.get(grounds.kind)
    if kind is None:
        known = ", ".join(KINDS)
        yield _check("KindKnown:kind", "It is one of the three kinds", False, f"Given: {grounds.kind}. Known: {known}.")
        return
    if grounds.language not in LANGUAGES:
        words = f"Given: {grounds.language or 'none'}."
        yield _check("LanguageKnown:language", "The language has its words", False, words)
    if not grounds.explanation.strip():
        yield _check("ExplanationGiven:explanation", "It explains the ground", False, "No explanation was written.")
    if not grounds.contact.strip():
        yield _check("ContactGiven:contact", "It says where an answer goes", False, "No telephone and hours.")
    for name, fact in faults_of(
        kind, ground=grounds.ground, fact=grounds.fact, steps=grounds.steps, referral=grounds.referral
    ):
        yield _check(f"DeclineSaysWhatItsKindAsks:{name}", sentence, False, fact)
