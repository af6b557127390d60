"""A version of a safety case: assessed, locked with its snapshot, followed up by a further version."""

from decimal import Decimal
from typing import Any

from django.db import models

from cases.custody.models import Lot
from cases.lifecycle.verbs import Ask, Situation, Verb, moves, next_number
from cases.people.mentions import mentions_of
from pharmacovigilance import summing
from pharmacovigilance.covering import covered
from pharmacovigilance.knowledge import day0_of
from pharmacovigilance.linking import link
from pharmacovigilance.models import Assessment, CaseVersion, ReferenceSafetyInformation
from pharmacovigilance.snapshots import digest_of, snapshot_of
from pharmacovigilance.summing import NOT_ASSESSED, UNEXPECTED, Pair, standing
from pharmacovigilance.terms import (
    AGE_GROUPS,
    AGE_UNITS,
    CIRCUMSTANCES,
    CRITERIA,
    EXPECTEDNESS,
    NARANJO,
    OPEN_VERSION,
    PRODUCT_CLASSES,
    SEXES,
    SPECIAL_SITUATIONS,
    WHO_UMC,
    WHOLE,
    YES_NO_NOT_KNOWN,
)
from pharmacovigilance.working import begin, judgements_of, name_criterion, pairs_of

EXPECTED = {"yes": True, "no": False, "not_known": None}


def version_of(situation: Situation) -> CaseVersion:
    """The version a verb acts on.

    :raises TypeError: when the situation is about another record.
    """
    if not isinstance(situation.subject, CaseVersion):
        raise TypeError(f"{situation.verb.code} acts on a version of a safety case, not on {situation.subject!r}.")
    return situation.subject


def _assess(situation: Situation) -> models.Model:
    version, facts = version_of(situation), situation.facts
    version.serious = facts["serious"]
    version.seriousness_criterion = facts.get("seriousness_criterion", "") if facts["serious"] else ""
    version.circumstances = {
        "special": facts.get("special", []),
        "circumstances": facts.get("circumstances", []),
        "product_class": facts["product_class"],
        "biological": facts["biological"],
    }
    product = begin(version)
    if (lot := facts.get("lot")) is not None:
        version.lot, version.lot_remark = lot, ""
        link(product, lot=lot)
    elif version.lot is None and facts.get("lot_remark"):
        version.lot_remark = facts["lot_remark"][:120]
    version.assess(
        causality=facts["causality"], expected=EXPECTED[facts["expected"]], narrative=facts.get("narrative", "")
    )
    version.save()
    name_criterion(version)
    _judge_what_is_not_judged(situation, version)
    return version


def _judge_what_is_not_judged(situation: Situation, version: CaseVersion) -> None:
    """What is said of the version as a whole is said of each pair that nobody of us has judged by itself."""
    facts, safety_case = situation.facts, version.safety_case
    judged = [one for one in standing(judgements_of(safety_case)) if one.source == "pharmacist"]
    by_itself = {(one.event_id, one.product_id) for one in judged if one.method in (WHO_UMC, NARANJO)}
    said = {(one.event_id, one.product_id, one.method): one.result for one in judged}
    whole = version.causality if version.causality != NOT_ASSESSED else ""
    expected = {True: summing.EXPECTED, False: UNEXPECTED}.get(version.expected) if version.expected is not None else ""
    events, products = list(safety_case.events.order_by("number")), list(safety_case.products.order_by("number"))
    for pair in pairs_of(events, products):
        if whole and (pair.event, pair.product) not in by_itself and said.get((*_keys(pair), WHOLE)) != whole:
            _judge(situation, pair, method=WHOLE, result=whole)
        if expected and said.get((*_keys(pair), EXPECTEDNESS)) is None:
            _judge(situation, pair, method=EXPECTEDNESS, result=expected, reference=facts.get("reference"))


def _keys(pair: Pair) -> tuple[int, int]:
    return pair.event, pair.product


def _judge(situation: Situation, pair: Pair, **judged: Any) -> None:
    Assessment.objects.create(
        case=situation.case,
        event_id=pair.event,
        product_id=pair.product,
        number=next_number(situation.case.assessments),
        source="pharmacist",
        assessed_by=situation.by,
        assessed_at=situation.now,
        **judged,
    )


def _lock(situation: Situation) -> models.Model:
    version = version_of(situation)
    snapshot = covered(snapshot_of(version), mentions_of(situation.case.patient))
    version.lock(
        locked_by=situation.by, locked_at=situation.now, snapshot=snapshot, snapshot_sha256=digest_of(snapshot)
    )
    version.save()
    earlier = version.safety_case.versions.filter(state=CaseVersion.State.LOCKED, version__lt=version.version)
    for older in earlier.order_by("version"):
        older.supersede()
        older.save()
    return version


def _follow_up(situation: Situation) -> models.Model:
    locked, facts, case = version_of(situation), situation.facts, situation.case
    locked.follow_up()
    kind = facts["kind"]
    aware_at = facts.get("received_at") or situation.now
    if kind != CaseVersion.Kind.FOLLOW_UP:
        # A correction brings no new information, so it starts no clock of its own.
        aware_at = locked.aware_at
    drafted = CaseVersion.objects.create(
        case=case,
        reason=situation.reason,
        patient=locked.patient,
        safety_case=locked.safety_case,
        number=next_number(case.case_versions),
        version=locked.version + 1,
        kind=kind,
        aware_at=aware_at,
        day0=day0_of(aware_at, case),
        event_verbatim=facts.get("event_verbatim") or locked.event_verbatim,
        serious=facts["serious"],
        seriousness_criterion=facts.get("seriousness_criterion", "") if facts["serious"] else "",
        expected=locked.expected,
        causality=locked.causality,
        narrative=locked.narrative,
        circumstances=locked.circumstances,
        lot=locked.lot,
        lot_remark=locked.lot_remark,
    )
    begin(drafted)
    name_criterion(drafted)
    return drafted


def _describe_patient(situation: Situation) -> models.Model:
    version, facts = version_of(situation), situation.facts
    age = facts.get("age")
    version.patient = {
        "sex": facts.get("sex", ""),
        "age": {"value": str(age), "unit": facts.get("age_unit") or "a"} if age is not None else None,
        "age_group": facts.get("age_group", ""),
        "weight_kg": format(facts["weight_kg"].normalize(), "f") if facts.get("weight_kg") else "",
        "history": facts.get("history", ""),
    }
    version.save()
    return version


def _of_version(name: str) -> Any:
    return lambda situation: getattr(situation.subject, name, None)


def _patient(situation: Situation) -> dict[str, Any]:
    version = situation.subject
    return version.patient or {} if isinstance(version, CaseVersion) else {}


def _of_patient(name: str) -> Any:
    return lambda situation: _patient(situation).get(name, "")


def _references(situation: Situation) -> "models.QuerySet[ReferenceSafetyInformation]":
    return ReferenceSafetyInformation.objects.filter(
        pharmacy=situation.case.pharmacy_id, medicine=situation.case.medicine_id
    ).order_by("-dated_on", "-pk")


def _lots(situation: Situation) -> "models.QuerySet[Lot]":
    return Lot.objects.filter(units__case=situation.case).distinct().order_by("number")


def _serious(situation: Situation) -> str:
    return "yes" if getattr(situation.subject, "serious", True) else "no"


def _situations_reported(situation: Situation) -> list[str]:
    """What was assessed before, else what the reports of the case are reports of."""
    version = situation.subject
    if not isinstance(version, CaseVersion):
        return []
    said = [code for report in version.safety_case.reports.all() for code in report.situations]
    return list(version.circumstances.get("special") or sorted(set(said)))


SERIOUS = (
    Ask("serious", "Is it serious?", "yesno", hint="Yes, when in doubt.", initial=_serious),
    Ask(
        "seriousness_criterion",
        "By which criterion",
        "choice",
        required=False,
        options=(("", "none"), *CRITERIA),
        initial=_of_version("seriousness_criterion"),
    ),
)

VERBS = (
    Verb(
        code="pharmacovigilance.version.assess",
        past="assessed",
        label="Assess it",
        subject="pharmacovigilance.CaseVersion",
        transition="assess",
        effect=_assess,
        asks=(
            *SERIOUS,
            Ask("causality", "Causality", "choice", options=CaseVersion.Causality.choices),
            Ask(
                "expected",
                "Is it expected?",
                "choice",
                options=YES_NO_NOT_KNOWN,
                hint="Against the dated reference safety information.",
            ),
            Ask(
                "narrative", "Narrative", "long", required=False, hint="No name, birth date or contact of the patient."
            ),
            Ask(
                "reference",
                "Against which edition",
                "record",
                required=False,
                options=_references,
                hint="Needed when it is expected: the dated reference safety information that lists it.",
            ),
            Ask("lot", "Lot", "record", required=False, options=_lots, initial=_of_version("lot_id")),
            Ask("lot_remark", "Why no lot is confirmed", required=False, initial=_of_version("lot_remark")),
            Ask("biological", "Is it a biological medicine?", "choice", options=YES_NO_NOT_KNOWN),
            Ask("product_class", "Class of product", "choice", options=PRODUCT_CLASSES),
            Ask(
                "special",
                "Special situations",
                "ticks",
                required=False,
                options=SPECIAL_SITUATIONS,
                initial=_situations_reported,
            ),
            Ask("circumstances", "What else holds", "ticks", required=False, options=CIRCUMSTANCES),
        ),
        consequence="What is not known is planned as if it applied. The version can then be locked.",
    ),
    Verb(
        code="pharmacovigilance.version.describe_patient",
        past="patient_described",
        label="Describe the patient",
        subject="pharmacovigilance.CaseVersion",
        effect=_describe_patient,
        offered_when=lambda version: getattr(version, "state", "") in OPEN_VERSION,
        listed=False,
        asks=(
            Ask("sex", "Sex", "choice", required=False, options=SEXES, initial=_of_patient("sex")),
            Ask(
                "age",
                "Age when it began",
                "integer",
                required=False,
                most=150,
                hint="A number; the birth date is not asked.",
                initial=lambda situation: (_patient(situation).get("age") or {}).get("value"),
            ),
            Ask(
                "age_unit",
                "Of which unit",
                "choice",
                required=False,
                options=AGE_UNITS,
                initial=lambda situation: (_patient(situation).get("age") or {}).get("unit", "a"),
            ),
            Ask(
                "age_group",
                "Age group, when the age is not known",
                "choice",
                required=False,
                options=AGE_GROUPS,
                initial=_of_patient("age_group"),
            ),
            Ask(
                "weight_kg",
                "Weight",
                "decimal",
                required=False,
                least=Decimal("0.1"),
                most=Decimal(500),
                hint="Kilograms.",
                initial=_of_patient("weight_kg"),
            ),
            Ask(
                "history",
                "Other diseases and earlier ones",
                "long",
                required=False,
                hint="No name, birth date or contact of the patient.",
                initial=_of_patient("history"),
            ),
        ),
        consequence="It stands in every report of this version, without identity.",
    ),
    Verb(
        code="pharmacovigilance.version.lock",
        past="locked",
        label="Lock the version",
        subject="pharmacovigilance.CaseVersion",
        transition="lock",
        effect=_lock,
        consequence="Final: reports are made from it alone. One obligation opens for each rule, party and recipient.",
    ),
    Verb(
        code="pharmacovigilance.version.follow_up",
        past="followed_up",
        label="Draft a further version after it",
        subject="pharmacovigilance.CaseVersion",
        transition="follow_up",
        effect=_follow_up,
        asks=(
            Ask(
                "kind",
                "What for",
                "choice",
                options=[choice for choice in CaseVersion.Kind.choices if choice[0] != CaseVersion.Kind.INITIAL],
            ),
            Ask(
                "received_at",
                "When the new information was received",
                "moment",
                required=False,
                hint="It has its own day 0; a correction has none.",
                initial=lambda situation: situation.now,
            ),
            Ask("event_verbatim", "The event in short", "long", required=False, initial=_of_version("event_verbatim")),
            *SERIOUS,
        ),
        needs_reason=True,
        consequence="The locked version stays as it is until the further one is locked.",
    ),
    Verb(
        code="pharmacovigilance.version.supersede",
        past="superseded",
        label="Mark it as superseded",
        subject="pharmacovigilance.CaseVersion",
        transition="supersede",
        effect=moves("supersede"),
        needs_reason=True,
        consequence="Its open obligations stand until they are carried, met, waived or judged not required.",
    ),
)
