"""What would help after a refusal, by the codes of the lines that were unmet: the only guidance the walk has."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from cases.lifecycle.checklist import Checked
from cases.models import Case
from regulatory.pathway import profile_of

# Papers that a gate wants signed; uploading them would do, signing is quicker.
SIGNED = frozenset({"regulator_form", "patient_consent", "prescription"})


@dataclass(frozen=True)
class Wish:
    """One thing to try next on a case: a verb (on the newest record that allows it), a paper, or patience."""

    verb: str = ""
    paper: str = ""
    wait_days: float = 0
    facts: dict[str, Any] = field(default_factory=dict)


def _verbs(*codes: str, **facts: Any) -> list[Wish]:
    return [Wish(verb=code, facts=facts) for code in codes]


BY_CODE: dict[str, list[Wish]] = {
    "DeterminationSigned": _verbs("cases.determination.prepare", "cases.determination.sign"),
    "ReviewHasDetermination": _verbs("cases.determination.prepare", "cases.determination.sign"),
    "ReviewsPassed:clinical": _verbs("regulatory.review.request", "regulatory.review.pass", kind="clinical"),
    "ReviewsPassed:regulatory": _verbs("regulatory.review.request", "regulatory.review.pass", kind="regulatory"),
    "QuestionsAnswered": _verbs("regulatory.filing.answer_question"),
    "FilingSubmitted": _verbs("regulatory.filing.open", "regulatory.filing.make_ready", "regulatory.filing.submit"),
    "ObjectionWindowPassed": [*_verbs("regulatory.filing.acknowledge"), Wish(wait_days=29)],
    "SupplyHasBegun": _verbs("cases.case.begin_sourcing", "cases.case.resupply"),
    "ConsignmentUnderWay": _verbs(
        "custody.consignment.plan", "custody.consignment.order", "custody.consignment.allocate",
        "custody.consignment.release", "custody.consignment.dispatch",
    ),
    "ConsignmentAccepted": _verbs(
        "custody.consignment.arrive", "custody.consignment.inspect", "custody.consignment.record_temperature",
        "custody.consignment.decide_disposition", "custody.consignment.accept",
    ),
    "ConsignmentDispensed": _verbs("custody.consignment.dispense"),
    "InspectionAccepted": _verbs("custody.consignment.inspect", result="accept", seals_intact="yes",
                                 labels_legible="yes", serials_match="yes"),
    "NoOpenExcursion": _verbs("custody.consignment.record_temperature", lowest_c="3.0", highest_c="6.0",
                              minutes_outside="0"),
    "ReleaseHasItsGrounds": [
        *_verbs("custody.consignment.inspect", result="accept", seals_intact="yes", labels_legible="yes",
                serials_match="yes"),
        *_verbs("custody.consignment.record_temperature", lowest_c="3.0", highest_c="6.0", minutes_outside="0"),
    ],
    "DispositionReleased": _verbs("custody.consignment.decide_disposition", decision="release"),
    "UnitsAreFree": _verbs("custody.consignment.decide_disposition", decision="release"),
    "AuthorizationInForceOnArrival": _verbs("regulatory.authorization.assign", "custody.consignment.replan"),
    "AuthorizationIsOver": [Wish(wait_days=60)],
    "DebtsPaid": _verbs("regulatory.duty.discharge"),
    "ProofMissing": [Wish(paper="fee_receipt")],
    "SubmissionHasProof": [Wish(paper="fee_receipt")],
    "DecisionHasLetter": [Wish(paper="authorisation_letter")],
    "EvidenceOfReport": [
        *_verbs("pharmacovigilance.transmission.prepare", "pharmacovigilance.transmission.send"),
        Wish(paper="fee_receipt"),
    ],
    "OutsideDutyHasEvidence": [Wish(paper="supply_record")],
    "LaterVersionLocked": _verbs("pharmacovigilance.version.follow_up", "pharmacovigilance.version.assess",
                                 "pharmacovigilance.version.lock"),
    "LaterObligationCarriesIt": _verbs("pharmacovigilance.version.follow_up", "pharmacovigilance.version.assess",
                                       "pharmacovigilance.version.lock"),
    "NarrativeWritten": _verbs("pharmacovigilance.version.assess"),
    "WaiverProposed": _verbs("pharmacovigilance.obligation.propose_waiver"),
    "PlannedDatesInOrder": _verbs("custody.consignment.replan"),
}  # fmt: skip


# What often comes next, where no refusal would ever name it.
FOLLOWS: dict[str, list[Wish]] = {
    "pharmacovigilance.version.lock": _verbs("pharmacovigilance.transmission.prepare"),
    "pharmacovigilance.transmission.prepare": _verbs("pharmacovigilance.transmission.send"),
    "custody.consignment.dispense": _verbs("regulatory.authorization.suspend", "regulatory.authorization.exhaust"),
    "regulatory.filing.answer_question": [Wish(wait_days=29), *_verbs("regulatory.filing.lapse")],
}


def remedies(case: Case, unmet: list[Checked], rng: Random) -> list[Wish]:
    """What to try before the same verb again."""
    found: list[Wish] = []
    for line in unmet:
        kind, _, fact = line.code.partition(":")
        if kind == "PapersComplete":
            found += _paper(case, fact)
        elif kind == "GateOpen":
            found += _gate(case, rng)
        elif kind == "NoHold":
            found.append(Wish(verb="cases.hold.lift"))
        elif kind == "QuantityLimit":
            found.append(Wish(verb="regulatory.attestation.sign"))
        else:
            found += BY_CODE.get(line.code, [])
    return found


def _paper(case: Case, fact: str) -> list[Wish]:
    entry = next((one for one in profile_of(case.profile_version).section("documents") if one["id"] == fact), None)
    if entry is None:
        return []
    if entry["required"] == "conditional":
        return [Wish(verb="regulatory.condition.answer", facts={"condition": fact, "applies": "no"})]
    return [Wish(paper=str(entry["doc_type"]))]


def _gate(case: Case, rng: Random) -> list[Wish]:
    """By the shape of the pathway: papers that are signed, a decision that is awaited, a window that passes."""
    profile = profile_of(case.profile_version)
    signed = [
        Wish(paper=kind) for kind in sorted(SIGNED) if kind in {e["doc_type"] for e in profile.section("documents")}
    ]
    filed = _verbs("regulatory.filing.open", "regulatory.filing.make_ready", "regulatory.filing.submit")
    asked = profile.control_model
    if asked == "prior_notification_objection_window":
        return [
            *filed,
            *_verbs("regulatory.filing.acknowledge"),
            Wish(wait_days=29),
            *_verbs("custody.consignment.replan"),
        ]
    if asked == "prior_authorisation":
        return [
            *filed,
            Wish(paper="authorisation_letter"),
            *_verbs("regulatory.filing.grant", "regulatory.authorization.assign"),
        ]
    return signed
