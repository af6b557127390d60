"""What the authority decides: it grants, refuses, objects, waives its window, or stays silent. And the appeal."""

from datetime import date
from typing import Any

from django.db import models

from cases.lifecycle.verbs import Ask, Situation, Verb, next_number, register_verbs
from cases.models import HoldKind
from regulatory.models import Authorization, Filing, GrantCondition, QuantityEntry
from regulatory.pathway import STANDING, authorization_levels, coverage_asked, local_day, profile_of, silence_refuses
from regulatory.profiles.loader import Profile, load
from regulatory.profiles.route import MAIN
from regulatory.recording import record_event
from regulatory.standing_authority import reached_by
from regulatory.units import Converted
from regulatory.verbs.filings import WHEN, filing_of
from regulatory.verbs.letter_quantities import OF_THE_QUANTITY, counted_by_the_letter, same_unit, stated_by_the_letter

CHANNELS = (
    ("written", "in writing"),
    ("portal", "in the portal"),
    ("email", "by e-mail"),
    ("telephone", "by telephone"),
)
# The papers in which an authority decides.
LETTERS = ("authorisation_letter", "export_permit", "controlled_drug_import_permit")
WAITING = (Filing.State.SUBMITTED, Filing.State.ACKNOWLEDGED, Filing.State.QUESTION, Filing.State.ANSWERED)
LEVELS = {
    "case": "this case",
    "per_consignment": "one consignment",
    "per_invoice": "one invoice",
    STANDING: "many patients, as a standing authority",
}
SILENCE = "The authority stayed silent until its time had passed; the pathway counts that as a refusal."
RECEIVED = Ask(
    "letter_received_at",
    "When the letter was received",
    "moment",
    required=False,
    hint="The time for an appeal counts from it. Empty: from the decision.",
)
ALWAYS_COVERED = ("patient", "prescriber", "product", "indication")


def _grant(situation: Situation) -> models.Model:
    filing, facts = filing_of(situation), situation.facts
    filing.grant(
        decided_at=facts["happened_at"],
        decision_letter=facts.get("letter"),
        external_reference=facts.get("number", ""),
    )
    filing.save()
    channel = facts["channel"] if facts["channel"] == "telephone" else ""
    record_event(situation.case, "decided_granted", at=facts["happened_at"], filing=filing, channel=channel)
    _authorize(
        situation,
        filing,
        ground=Authorization.Ground.DECISION,
        level=facts.get("level") or _next_level(situation),
        external_number=facts.get("number", ""),
        valid_from=facts["valid_from"],
        valid_until=facts.get("valid_until"),
        counted=counted_by_the_letter(situation),
        max_uses=facts.get("max_uses"),
        port=facts.get("port", ""),
        covers=list(facts["covers"]),
        conditions=_lines(facts.get("conditions", "")),
        read_back=facts.get("read_back", ""),
        document=facts.get("letter"),
    )
    _state_conditions(situation.cache["authorization"])
    _supersede_what_it_varies(filing)
    return filing


def _supersede_what_it_varies(filing: Filing) -> None:
    """The granted variation takes the place of what it varies; until then that stood for its own scope."""
    former = filing.varies
    if former is not None and former.state in (Authorization.State.IN_FORCE, Authorization.State.SUSPENDED):
        former.supersede()
        former.save()


def _state_conditions(authorization: Authorization) -> None:
    """Each line of the letter as a record of its own, to be sorted by a person."""
    first = next_number(authorization.case.grant_conditions.all())
    for number, text in enumerate(authorization.conditions, start=first):
        GrantCondition.objects.create(case=authorization.case, number=number, authorization=authorization, text=text)


def _lapse(situation: Situation) -> models.Model:
    """The window passed in silence. Recorded on the ground of lapse; the word "approved" belongs to no such record."""
    filing = filing_of(situation)
    filing.lapse(decided_at=situation.now)
    filing.save()
    profile = profile_of(filing.profile_version)
    _authorize(
        situation,
        filing,
        ground=Authorization.Ground.LAPSE,
        level=_next_level(situation),
        external_number=filing.external_reference,
        valid_from=local_day(profile, situation.now),
        counted=same_unit(filing.quantity),
        covers=_usual_coverage(situation),
    )
    return filing


def _authorize(
    situation: Situation, filing: Filing, *, ground: str, counted: Converted | None = None, **more: Any
) -> None:
    case = situation.case
    quantity = counted.quantity if counted else None
    authorization = Authorization.objects.create(
        case=case,
        number=next_number(case.authorizations.all()),
        filing=filing,
        ground=ground,
        prescriber=case.prescriber,
        medicine=case.medicine,
        indication=case.indication,
        quantity=quantity,
        unit=case.medicine.unit if quantity is not None else "",
        **stated_by_the_letter(situation, counted),
        **more,
    )
    situation.cache["authorization"] = authorization
    if quantity is not None:
        QuantityEntry.objects.create(
            case=case,
            authorization=authorization,
            account=QuantityEntry.Account.AUTHORIZED,
            quantity=quantity,
            factor=counted.factor if counted else 1,
            note=counted.told if counted else "",
            happened_at=situation.facts.get("happened_at", situation.now),
        )


def _refuse(situation: Situation) -> models.Model:
    filing, facts = filing_of(situation), situation.facts
    filing.refuse(
        decided_at=facts["happened_at"],
        refusal_reason=situation.reason,
        decision_letter=facts.get("letter"),
        letter_received_at=facts.get("letter_received_at"),
    )
    filing.save()
    return filing


def _refuse_by_silence(situation: Situation) -> models.Model:
    """The time for an answer passed where silence refuses; no letter comes, and none is waited for."""
    filing = filing_of(situation)
    filing.refuse(decided_at=situation.now, refusal_reason=SILENCE)
    filing.save()
    return filing


def _silence_may_refuse(record: models.Model) -> bool:
    return (
        isinstance(record, Filing) and record.state in WAITING and silence_refuses(profile_of(record.profile_version))
    )


def _object(situation: Situation) -> models.Model:
    """An objection shuts the gate at once, also after the window; an authorization by lapse falls with it."""
    _refuse(situation)
    filing = filing_of(situation)
    record_event(situation.case, "objection_received", at=situation.facts["happened_at"], filing=filing)
    standing = [Authorization.State.IN_FORCE, Authorization.State.SUSPENDED]
    for authorization in filing.authorizations.filter(ground=Authorization.Ground.LAPSE, state__in=standing):
        authorization.revoke()
        authorization.save()
    return filing


def _appeal(situation: Situation) -> models.Model:
    filing = filing_of(situation)
    filing.appeal(appealed_at=situation.facts["happened_at"])
    filing.save()
    return filing


def _waive(situation: Situation) -> models.Model:
    filing = filing_of(situation)
    record_event(situation.case, "objection_window_waived", at=situation.facts["happened_at"], filing=filing)
    return filing


def _may_be_waived(record: models.Model) -> bool:
    return isinstance(record, Filing) and record.state in WAITING


def _may_be_objected_to(record: models.Model) -> bool:
    return isinstance(record, Filing) and record.state in (*WAITING, Filing.State.NO_OBJECTION)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _today(situation: Situation) -> date:
    return local_day(profile_of(situation.case.profile_version), situation.now)


def _coverage(situation: Situation) -> list[tuple[str, str]]:
    return [(name, name) for name in load().vocabularies["authorisation_covers"]]


def _usual_coverage(situation: Situation) -> list[str]:
    """What the gates ask; a permit beside the supply's own and a standing authority name no patient by themselves."""
    filing, rules = situation.subject, _rules(situation)
    asked = coverage_asked(rules)
    names_no_patient = authorization_levels(rules) == [STANDING] or (isinstance(filing, Filing) and filing.step != MAIN)
    if names_no_patient and asked:
        return asked
    usual = [one for one in ALWAYS_COVERED if one != "patient" or not situation.case.is_stock]
    return list(dict.fromkeys((*usual, *asked)))


def _rules(situation: Situation) -> Profile:
    """The pathway by which the filing was made."""
    filing = situation.subject
    return profile_of(filing.profile_version if isinstance(filing, Filing) else situation.case.profile_version)


def _levels(situation: Situation) -> list[tuple[str, str]]:
    levels = authorization_levels(_rules(situation))
    return [(level, LEVELS.get(level, level)) for level in levels]


def _next_level(situation: Situation) -> str:
    """The first level that no authorization in force has; the first of all when each has one."""
    levels = [level for level, _ in _levels(situation)]
    held = set(situation.case.authorizations.filter(state="in_force").values_list("level", flat=True))
    return next((level for level in levels if level not in held), levels[0])


register_verbs(
    Verb(
        code="regulatory.filing.grant",
        past="granted",
        label="Record that it was granted",
        subject="regulatory.Filing",
        transition="grant",
        effect=_grant,
        reaches=reached_by,
        asks=(
            *WHEN,
            Ask("channel", "How the decision came", "choice", options=CHANNELS, initial=lambda situation: "written"),
            Ask(
                "letter",
                "Decision letter",
                "document",
                required=False,
                options=LETTERS,
                hint="May only be left out for a decision by telephone; the letter is then asked for.",
            ),
            Ask("number", "Number of the authorization", "text", required=False, most=60),
            Ask("level", "It is given for", "choice", required=False, options=_levels, initial=_next_level),
            Ask("valid_from", "Valid from", "date", initial=_today),
            Ask(
                "valid_until",
                "Valid until, that day included",
                "date",
                required=False,
                hint="As the letter says. Empty when it names no end.",
            ),
            *OF_THE_QUANTITY,
            Ask(
                "max_uses",
                "How many consignments",
                "integer",
                required=False,
                hint="Empty when the letter sets none.",
                most=1_000,
            ),
            Ask("port", "Port of entry", "text", required=False, hint="Only where the letter names one.", most=80),
            Ask("covers", "What the letter names", "ticks", options=_coverage, initial=_usual_coverage),
            Ask(
                "conditions",
                "Conditions",
                "long",
                required=False,
                hint="One a line, as the letter says. Each becomes a task, a gate or a report.",
            ),
            Ask(
                "read_back",
                "Read back by telephone",
                "text",
                required=False,
                hint="Only for a decision by telephone: who said it, at which number, and that it was read back.",
            ),
        ),
        consequence="An authorization is recorded with its window, its uses and its quantity.",
    ),
    Verb(
        code="regulatory.filing.refuse",
        past="refused",
        label="Record that it was refused",
        subject="regulatory.Filing",
        transition="refuse",
        effect=_refuse,
        asks=(*WHEN, Ask("letter", "Decision letter", "document", required=False), RECEIVED),
        needs_reason=True,
        consequence="The case stays open: appeal, file anew, take another route or stop. The medicine stays gated.",
    ),
    Verb(
        code="regulatory.filing.record_objection",
        past="objected",
        label="Record an objection to it",
        subject="regulatory.Filing",
        transition="refuse",
        offered_when=_may_be_objected_to,
        effect=_object,
        asks=(*WHEN, Ask("letter", "Letter of objection", "document", required=False), RECEIVED),
        needs_reason=True,
        consequence="The import gate shuts at once, and a consignment under way is held.",
    ),
    Verb(
        code="regulatory.filing.waive_window",
        past="window_waived",
        label="Record that the window of it was waived",
        subject="regulatory.Filing",
        effect=_waive,
        offered_when=_may_be_waived,
        asks=(*WHEN, Ask("letter", "The authority's word", "document")),
        consequence="The import gate opens without waiting for the end of the window.",
    ),
    Verb(
        code="regulatory.filing.lapse",
        past="lapsed_without_objection",
        label="Record no objection to it by lapse",
        subject="regulatory.Filing",
        transition="lapse",
        effect=_lapse,
        reaches=reached_by,
        # Silence counts from a window that nobody doubts: a hold on the rules is settled first.
        stopped_by=frozenset({HoldKind.REGULATORY}),
        consequence="The silence is recorded as silence, with its evidence; nothing was approved.",
    ),
    Verb(
        code="regulatory.filing.record_silent_refusal",
        past="refused_by_silence",
        label="Record that silence refused it",
        subject="regulatory.Filing",
        transition="refuse",
        offered_when=_silence_may_refuse,
        effect=_refuse_by_silence,
        consequence="The silence is recorded as a refusal, as the pathway says; it can be appealed or filed anew.",
    ),
    Verb(
        code="regulatory.filing.appeal",
        past="appealed",
        label="Record the appeal of it",
        subject="regulatory.Filing",
        transition="appeal",
        effect=_appeal,
        asks=(*WHEN, Ask("proof", "Proof of the appeal", "document")),
        needs_reason=True,
        consequence="The authority decides anew. The medicine stays gated.",
    ),
)
