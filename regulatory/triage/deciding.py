"""A named person decides, and then the family is told: nothing leaves the house before (triage.md E3, E4)."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Max

from cases.audit.context import acting
from cases.lifecycle.checklist import Checked
from cases.lifecycle.errors import NotPermitted, NotPossible
from cases.notices.models import Notice
from cases.notices.services import notice_of, plan_notice
from cases.people.models import User
from regulatory.deeds import Deeds, refuse_unmet
from regulatory.enquiries import OUTCOMES, answer_enquiry, refer_enquiry
from regulatory.models import Enquiry
from regulatory.triage.letters import LANGUAGES, Letter, Told, compose
from regulatory.triage.models import Triage, TriageDecision, TriageLetter, TriageVersion
from regulatory.triage.services import locked, permit
from regulatory.triage.table import load

MAIL = "regulatory.triage_answered"
_DEEDS = Deeds(satisfied_by="the pharmacist who decides", rule="house rule T-03, version 1")
_check = _DEEDS.check


def decide(
    version: TriageVersion,
    *,
    outcome: str,
    reason: str = "",
    next_step: str = "",
    next_on: date | None = None,
    by: User,
    now: datetime,
) -> TriageDecision:
    """Accept the recommendation, or decide otherwise with a reason; the enquiry is answered with it.

    :raises NotPermitted, NotPossible, RequirementsUnmet: with every reason; nothing was changed.
    """
    with acting(by=by, verb="regulatory.triage.decided", reason=reason, business_at=now):
        held = _waiting(version, by)
        is_override = outcome != version.outcome
        refuse_unmet(
            f"{held.enquiry} was not decided",
            (
                _check(
                    "OutcomeKnown", "The outcome is one of triage", outcome in OUTCOMES, f"Given: {outcome or 'none'}."
                ),
                _check(
                    "OverrideHasReason",
                    "Deciding otherwise has its reason",
                    not is_override or bool(reason.strip()),
                    f"Recommended: {OUTCOMES[version.outcome]}. Decided: {OUTCOMES.get(outcome, outcome)}.",
                ),
                _check(
                    "NextDayAhead",
                    "The next step lies ahead",
                    next_on is None or next_on >= now.date(),
                    f"Given: {next_on or 'no day'}.",
                ),
            ),
        )
        decision = TriageDecision.objects.create(
            version=version,
            enquiry=version.enquiry,
            is_override=is_override,
            outcome=outcome,
            reason=reason.strip(),
            next_step=next_step.strip(),
            next_on=next_on,
            decided_by=by,
            decided_at=now,
        )
        if version.enquiry.state in (Enquiry.State.OPEN, Enquiry.State.ANSWERED):
            answer_enquiry(
                version.enquiry,
                outcome=outcome,
                answer=_in_words(version, decision),
                by=by,
                now=now,
                profile_version=version.profile_version,
                again=True,
            )
        held.decide()
        held.save()
        return decision


def letter_for(
    version: TriageVersion,
    *,
    language: str,
    name: str,
    contact: str,
    decision: TriageDecision | None = None,
    added: str = "",
) -> Letter:
    """The letter as it would be written now, for the preview and for the record; writes nothing."""
    answers, result = version.answers, version.result
    looked_up = result.get("profile") or {}
    return compose(
        Told(
            reference=version.enquiry.reference,
            outcome=decision.outcome if decision else version.outcome,
            product=version.enquiry.product,
            country=version.enquiry.country,
            recurrence=answers.get("recurrence", ""),
            fired=[one["id"] for one in result.get("fired", []) if one["certain"]],
            open_questions=[one["id"] for one in result.get("questions", [])],
            checked_on=date.fromisoformat(day) if (day := looked_up.get("reviewed_on")) else None,
            next_on=decision.next_on if decision else None,
            name=name,
            pharmacy=version.enquiry.pharmacy.name,
            contact=contact,
            added=added,
        ),
        language,
    )


def tell(
    decision: TriageDecision,
    *,
    language: str,
    channel: str,
    contact: str,
    address: str = "",
    added: str = "",
    by: User,
    now: datetime,
) -> TriageLetter:
    """Keep the exact text and tell it by the channel that was asked for; a referral ends the enquiry.

    A mail says only that an answer can be read with the code: no medicine, no country, no outcome.

    :param contact: telephone and hours, for the last line of the letter.
    :param address: where the mail goes; for the channel ``mail`` alone.
    :raises NotPermitted, NotPossible, RequirementsUnmet: with every reason; nothing was changed.
    """
    with acting(by=by, verb="regulatory.triage.told", business_at=now):
        version = decision.version
        held = locked(version.triage)
        permit(by, held.pharmacy)
        if _latest(held).pk != version.pk:
            raise NotPossible(f"A newer evaluation of {version.enquiry} waits for its decision. Nothing was sent.")
        refuse_unmet(f"The letter of {version.enquiry} was not sent", can_be_told(language, channel, contact, address))
        letter = letter_for(
            version, language=language, name=by.display_name, contact=contact.strip(), decision=decision, added=added
        )
        number = (decision.letters.aggregate(last=Max("number"))["last"] or 0) + 1
        told = TriageLetter.objects.create(
            decision=decision,
            enquiry=version.enquiry,
            number=number,
            language=language,
            template=letter.template,
            template_version=letter.version,
            text=letter.text,
            text_sha256=letter.sha256,
            channel=channel,
            notice=mailed(f"triage:{version.pk}:{number}", version.enquiry, channel, address, by=by, now=now),
            told_by=by,
            told_at=now,
        )
        enquiry = Enquiry.objects.get(pk=version.enquiry_id)
        if load().outcomes[decision.outcome].creates == "referral" and enquiry.state == Enquiry.State.ANSWERED:
            refer_enquiry(enquiry, reason=f"{OUTCOMES[decision.outcome]}.", by=by, now=now)
        return told


def _waiting(version: TriageVersion, by: User) -> Triage:
    held = locked(version.triage)
    permit(by, held.pharmacy)
    if by.is_service:
        raise NotPermitted("A named person decides, never the wizard. Nothing was changed.")
    if _latest(held).pk != version.pk:
        raise NotPossible(
            f"The answers of {version.enquiry} changed since you read them: evaluation {_latest(held).number} waits. "
            "Nothing was decided. Read it, then decide."
        )
    if held.state != Triage.State.WAITING:
        raise NotPossible(f"{version.enquiry} is {held.get_state_display()}: nothing waits for a decision there.")
    return held


def _latest(triage: Triage) -> TriageVersion:
    found = triage.versions.order_by("-number").first()
    if found is None:
        raise NotPossible("Nothing was handed in yet. Nothing was changed.")
    return found


def _in_words(version: TriageVersion, decision: TriageDecision) -> str:
    """The enquiry's answer: outcome, the rules that decided, and the person's own reason."""
    rules = [one["sentence"] for one in version.result["fired"] if one["kind"] == "rule"]
    parts = [OUTCOMES[decision.outcome], *([] if decision.is_override else rules), decision.reason, decision.next_step]
    return ". ".join(part.strip().rstrip(".") for part in parts if part.strip()) + "."


def can_be_told(language: str, channel: str, contact: str, address: str) -> Iterable[Checked]:
    """What every letter to whoever asked needs: words, a channel, somebody to call, an address for a mail alone."""
    is_mail = channel == TriageLetter.Channel.MAIL
    yield _check("LanguageKnown", "The language has its words", language in LANGUAGES, f"Given: {language or 'none'}.")
    yield _check(
        "ChannelKnown",
        "The channel is one of ours",
        channel in TriageLetter.Channel.values,
        f"Given: {channel or 'none'}.",
    )
    yield _check(
        "ContactGiven",
        "It says whom to call, and when",
        bool(contact.strip()),
        "Given." if contact.strip() else "No telephone and hours were given.",
    )
    yield _check(
        "AddressFits",
        "A mail has an address, and only a mail",
        is_mail == bool(address.strip()),
        "No address was given." if is_mail and not address.strip() else "An address was given." if address else "None.",
    )


def mailed(key: str, enquiry: Enquiry, channel: str, address: str, *, by: User, now: datetime) -> Notice | None:
    """The mail which says that an answer can be read with the code; None for another channel.

    :param key: makes the same letter one mail.
    """
    if channel != TriageLetter.Channel.MAIL:
        return None
    plan_notice(key=key, kind=MAIL, by=by, now=now, address=address.strip(), facts={"enquiry": enquiry.reference})
    return notice_of(key)
