"""Answering: begin, save by code, come back, hand in. Each evaluation that is handed in is put on record whole.

Nobody is asked who they are. A code of 40 random bits with a check character is the only key to a family's answers; the
house keeps its digest alone. What a family does is done under the service account of the wizard.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from cases.audit.context import acting
from cases.lifecycle.errors import NotPermitted, NotPossible
from cases.models import Medicine, Urgency
from cases.people.models import Pharmacy, User
from cases.people.roles import PHARMACISTS
from cases.references import TRIAGE, InvalidReference, new_reference, normalise, token_digest
from regulatory.deeds import Deeds, refuse_unmet
from regulatory.enquiries import WIZARD, receive_enquiry
from regulatory.models import Enquiry
from regulatory.triage.answers import Answers, AnswersInvalid, read_answers
from regulatory.triage.evaluator import Result, evaluate
from regulatory.triage.looking import looked_up_for, version_of
from regulatory.triage.models import Triage, TriageVersion
from regulatory.triage.table import load

# How long answers are kept when no case is opened (triage.md E3): a setting of the house, told to whoever answers.
KEPT = timedelta(days=365)
# What a family says of the enquiry itself; its other answers are the triage's own.
OF_THE_ENQUIRY = ("asked_by", "country", "product", "indication")
_ENDED = (Enquiry.State.REFERRED, Enquiry.State.DECLINED)
_DEEDS = Deeds(satisfied_by="whoever answers the questions", rule="house rule T-02, version 1")
_check = _DEEDS.check


def start_triage(
    *,
    pharmacy: Pharmacy,
    by: User,
    now: datetime,
    language: str = "en",
    enquiry: Enquiry | None = None,
) -> tuple[Triage, str]:
    """Begin, and give the code that leads back; it is told once. An enquiry's own facts are the first answers.

    :raises NotPermitted: for anybody but the wizard's account and the pharmacists of this pharmacy.
    :raises NotPossible: when the enquiry's questions are being answered already.
    """
    permit(by, pharmacy)
    if enquiry is not None and Triage.objects.filter(enquiry=enquiry).exists():
        raise NotPossible(f"{enquiry.reference} has its answers already. Nothing was changed. Open those.")
    with acting(by=by, verb="regulatory.triage.started", business_at=now):
        for _ in range(5):
            code = new_reference(TRIAGE)
            triage = Triage(
                pharmacy=pharmacy,
                enquiry=enquiry,
                code_sha256=token_digest(code),
                language=language,
                answers=_known_of(enquiry) if enquiry is not None else {},
                started_by=by,
                started_at=now,
                saved_at=now,
                expires_on=(now + KEPT).date(),
            )
            try:
                with transaction.atomic():
                    triage.save(force_insert=True)
                return triage, code
            except IntegrityError as error:
                if "code_sha256" not in str(error):
                    raise
    raise RuntimeError("Five random codes in a row were taken; the generator is broken.")


def new_code(triage: Triage, *, by: User, now: datetime) -> str:
    """A fresh code in place of one that was lost; the old one opens nothing any more.

    :raises NotPermitted: for anybody but the pharmacists of this pharmacy.
    """
    _permit_staff(by, triage.pharmacy)
    with acting(by=by, verb="regulatory.triage.code_renewed", business_at=now):
        code = new_reference(TRIAGE)
        held = locked(triage)
        held.code_sha256 = token_digest(code)
        held.save(update_fields=["code_sha256"])
        return code


def find_by_code(typed: str) -> Triage | None:
    """The answers that a code leads to; None for one that nobody was given."""
    try:
        code = normalise(typed[:40])
    except InvalidReference:
        return None
    found = Triage.objects.select_related("pharmacy", "enquiry").filter(code_sha256=token_digest(code))
    return found.filter(forgotten_at__isnull=True).first()


def save_answers(
    triage: Triage,
    raw: Mapping[str, Any],
    *,
    by: User,
    now: datetime,
    language: str = "",
    wants_to_be_told: bool | None = None,
) -> Triage:
    """Keep answers beside those that were given before; a question answered "not known" is open again.

    :raises AnswersInvalid: naming field, value and remedy; nothing was saved.
    :raises NotPermitted: for strangers.
    """
    permit(by, triage.pharmacy)
    with acting(by=by, verb="regulatory.triage.saved", business_at=now):
        held = locked(triage)
        held.answers = read_answers({**held.answers, **raw}, load()).to_json()
        held.saved_at = now
        held.language = language or held.language
        if wants_to_be_told is not None:
            held.wants_to_be_told = wants_to_be_told
        held.save(update_fields=["answers", "saved_at", "language", "wants_to_be_told"])
        return held


def evaluated(triage: Triage, *, on: date) -> Result:
    """How the answers stand now; writes nothing."""
    answers = Answers(triage.answers)
    return evaluate(answers, load(), looked_up_for(answers.get("country"), pharmacy=triage.pharmacy, on=on))


def hand_in(triage: Triage, *, by: User, now: datetime, cause: str = "") -> TriageVersion:
    """Put the evaluation of the answers on record for a person to decide; the enquiry is written down if there is none.

    Handing in twice without a change gives the version that is there.

    :raises NotPermitted, NotPossible, RequirementsUnmet: nothing was changed.
    """
    permit(by, triage.pharmacy)
    with acting(by=by, verb="regulatory.triage.handed_in", business_at=now):
        held = locked(triage)
        answers = Answers(held.answers)
        refuse_unmet("The answers were not handed in", _asked_at_least(answers))
        if held.enquiry is not None and held.enquiry.state == Enquiry.State.BECAME_CASE:
            raise NotPossible(f"{held.enquiry.reference} became a case: changes are made there. Nothing was changed.")
        result = evaluated(held, on=now.date())
        latest = held.versions.order_by("-number").first()
        if latest is not None and not cause and _same(latest, answers, result) and held.state != Triage.State.ANSWERING:
            return latest
        held.enquiry = _enquiry_of(held, answers, by=by, now=now)
        version = TriageVersion.objects.create(
            triage=held,
            enquiry=held.enquiry,
            number=latest.number + 1 if latest else 1,
            cause=cause or (TriageVersion.Cause.CHANGED if latest else TriageVersion.Cause.HANDED_IN),
            answers=answers.to_json(),
            result=result.to_json(),
            outcome=result.outcome,
            deciding=list(result.deciding),
            profile_version=version_of(result.looked_up),
            rules_version=load().version,
            rules_sha256=load().sha256,
            made_by=by,
            made_at=now,
        )
        held.hand_in()
        held.expires_on = (now + KEPT).date()
        held.save()
        return version


def locked(triage: Triage) -> Triage:
    """The row, held until the deed is done.

    :raises NotPossible: when the answers were forgotten meanwhile.
    """
    held = Triage.objects.select_for_update(of=("self",)).select_related("pharmacy", "enquiry").get(pk=triage.pk)
    if held.forgotten_at is not None:
        raise NotPossible("These answers were deleted after their time. Begin anew. Nothing was changed.")
    return held


def permit(by: User, pharmacy: Pharmacy) -> None:
    """Let the wizard's account and the pharmacists of a pharmacy pass.

    :raises NotPermitted: for anybody else.
    """
    if not (by.is_service and by.code == WIZARD):
        _permit_staff(by, pharmacy)


def _permit_staff(by: User, pharmacy: Pharmacy) -> None:
    if not by.is_active or by.role not in PHARMACISTS or by.pharmacy_id != pharmacy.pk:
        raise NotPermitted(f"{by.display_name} may not handle triage of {pharmacy}. Nothing was changed.")


def _known_of(enquiry: Enquiry) -> dict[str, str]:
    """An enquiry's facts as answers, and what the list says of its medicine."""
    known = {name: str(getattr(enquiry, name)) for name in (*OF_THE_ENQUIRY, "urgency") if getattr(enquiry, name)}
    if enquiry.medicine is not None and (storage := _STORAGE.get(enquiry.medicine.storage)):
        known["storage"] = storage
    # What the first talk answered comes last: it is closer to the question than our list of medicines.
    first_talk = {name: value for name, value in enquiry.answers.items() if name in load().inputs}
    try:
        return read_answers(known | first_talk, load()).to_json()
    except AnswersInvalid:
        return read_answers(known, load()).to_json()


_STORAGE: dict[str, str] = {
    Medicine.Storage.ROOM: "ambient",
    Medicine.Storage.REFRIGERATED: "2-8",
    Medicine.Storage.FROZEN: "frozen",
    Medicine.Storage.CRYO: "cryo",
}


def _asked_at_least(answers: Answers) -> list[Any]:
    """The minimal intake: who asks, where, what and for which illness (triage.md E1)."""
    table = load()
    return [
        _check(
            f"{name.replace('_', ' ').title().replace(' ', '')}Given",
            f"It is answered: {table.inputs[name].text}",
            answers.get(name) is not None,
            "Answered." if answers.get(name) else f"{table.inputs[name].text} is open.",
        )
        for name in OF_THE_ENQUIRY
    ]


def _enquiry_of(triage: Triage, answers: Answers, *, by: User, now: datetime) -> Enquiry:
    """The enquiry of the version: the one there is, kept to the answers; a new one after one that ended."""
    given = {name: answers.given[name] for name in OF_THE_ENQUIRY}
    urgency = answers.get("urgency") or Urgency.STANDARD
    there = triage.enquiry
    if there is None or there.state in _ENDED:
        return receive_enquiry(
            pharmacy=triage.pharmacy,
            asked_by=given["asked_by"],
            country=given["country"],
            product=given["product"],
            indication=given["indication"],
            urgency=urgency,
            by=by,
            now=now,
        )
    changed = [name for name, value in {**given, "urgency": urgency}.items() if getattr(there, name) != value]
    if changed:
        there = Enquiry.objects.select_for_update(of=("self",)).get(pk=there.pk)
        for name in changed:
            setattr(there, name, {**given, "urgency": urgency}[name])
        there.save(update_fields=changed)
    return there


def _same(latest: TriageVersion, answers: Answers, result: Result) -> bool:
    return bool(latest.answers == answers.to_json() and latest.result == result.to_json())
