"""A version of a safety case: assessed, locked with its snapshot, followed up by a further version."""

from typing import Any

from django.db import models

from cases.custody.models import Lot
from cases.lifecycle.verbs import Ask, Situation, Verb, moves, next_number
from pharmacovigilance.knowledge import day0_of, digest_of, snapshot_of
from pharmacovigilance.models import CaseVersion
from pharmacovigilance.terms import CIRCUMSTANCES, CRITERIA, PRODUCT_CLASSES, SPECIAL_SITUATIONS, YES_NO_NOT_KNOWN

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
    if (lot := facts.get("lot")) is not None:
        version.lot, version.lot_remark = lot, ""
    elif version.lot is None and facts.get("lot_remark"):
        version.lot_remark = facts["lot_remark"][:120]
    version.assess(
        causality=facts["causality"], expected=EXPECTED[facts["expected"]], narrative=facts.get("narrative", "")
    )
    version.save()
    return version


def _lock(situation: Situation) -> models.Model:
    version = version_of(situation)
    snapshot = snapshot_of(version)
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
    return CaseVersion.objects.create(
        case=case,
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


def _of_version(name: str) -> Any:
    return lambda situation: getattr(situation.subject, name, None)


def _lots(situation: Situation) -> "models.QuerySet[Lot]":
    return Lot.objects.filter(units__case=situation.case).distinct().order_by("number")


def _serious(situation: Situation) -> str:
    return "yes" if getattr(situation.subject, "serious", True) else "no"


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
            Ask("lot", "Lot", "record", required=False, options=_lots, initial=_of_version("lot_id")),
            Ask("lot_remark", "Why no lot is confirmed", required=False, initial=_of_version("lot_remark")),
            Ask("biological", "Is it a biological medicine?", "choice", options=YES_NO_NOT_KNOWN),
            Ask("product_class", "Class of product", "choice", options=PRODUCT_CLASSES),
            Ask("special", "Special situations", "ticks", required=False, options=SPECIAL_SITUATIONS),
            Ask("circumstances", "What else holds", "ticks", required=False, options=CIRCUMSTANCES),
        ),
        consequence="What is not known is planned as if it applied. The version can then be locked.",
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
        label="Draft a further version",
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
                hint="UTC. It has its own day 0; a correction has none.",
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
