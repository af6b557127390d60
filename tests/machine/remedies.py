"""What would help after a refusal, by the codes of the lines that were unmet: the only guidance the walk has."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from cases.custody.models import Consignment
from cases.custody.receiving.protocol import every_item
from cases.lifecycle.checklist import Checked
from cases.lifecycle.verbs import Situation
from cases.models import Case
from regulatory.models import Authorization, Filing, PathwayEvent
from regulatory.pathway import profile_of
from regulatory.profiles.loader import load
from regulatory.quantities import balance

WINDOW = "prior_notification_objection_window"
# No walk waits so many days for one move.
FAR = 200
# Papers that a gate wants signed; uploading them would do, signing is quicker.
SIGNED = frozenset({"regulator_form", "patient_consent", "prescription"})


@dataclass(frozen=True)
class Wish:
    """One thing to try next on a case: a verb (on that row, or the newest that allows it), a paper, patience, or a
    review's checklist that is filled (with one item failed, or none)."""

    verb: str = ""
    row: int | None = None
    paper: str = ""
    wait_days: float = 0
    fills: int | None = None
    fails: bool = False
    facts: dict[str, Any] = field(default_factory=dict)


def _verbs(*codes: str, **facts: Any) -> list[Wish]:
    return [Wish(verb=code, facts=facts) for code in codes]


REVIEWED = [
    *_verbs("regulatory.review.request", "regulatory.review.pass", kind="clinical"),
    *_verbs("regulatory.review.request", "regulatory.review.pass", kind="regulatory"),
]
# Each of at most four packs is read once more, by a scanner, which needs nobody beside; everything is as it was sent.
_READ_TWO = _verbs(*["custody.consignment.read_pack"] * 2, entry_method="scanner")
READ = [*_READ_TWO, *_READ_TWO]
INSPECTED = [
    *READ,
    Wish("custody.consignment.inspect",
         facts={"result": "accept", **{item.fact: "yes" for item in every_item()}, "broken": []}),
]  # fmt: skip
BY_CODE: dict[str, list[Wish]] = {
    "DeterminationSigned": _verbs("cases.determination.prepare", "cases.determination.sign"),
    "ReviewHasDetermination": _verbs("cases.determination.prepare", "cases.determination.sign"),
    "DeclineIsTold": _verbs("regulatory.decline.draft", "regulatory.decline.send"),
    "NoDeclineStands": _verbs("regulatory.decline.reconsider"),
    "NoOtherDecline": _verbs("regulatory.decline.discard"),
    "DeclineIsSignedByAnother": _verbs("regulatory.decline.discard", "regulatory.decline.draft"),
    "ReviewIsNotOpenAlready": _verbs("regulatory.review.pass"),
    "ReviewerExists": _verbs("cases.determination.prepare", "cases.determination.sign"),
    "ReviewIsOfTheStandingText": _verbs("regulatory.review.send_back", "regulatory.review.request"),
    "ReviewsPassed:clinical": REVIEWED[:2],
    "ReviewsPassed:regulatory": REVIEWED[2:],
    "QuestionsAnswered": _verbs("regulatory.filing.answer_question"),
    "NoQuestionLeftOpen": _verbs("regulatory.filing.answer_question"),
    "SafetyDutiesDone": _verbs("pharmacovigilance.report.triage", "pharmacovigilance.report.attach",
                               "cases.override.propose"),
    "FilingSubmitted": _verbs("regulatory.filing.open", "regulatory.filing.make_ready", "regulatory.filing.submit"),
    "SupplyHasBegun": _verbs("cases.case.begin_sourcing", "cases.case.resupply"),
    "ConsignmentUnderWay": [
        *_verbs("custody.consignment.plan", "custody.consignment.order", "custody.consignment.allocate",
                "custody.consignment.pack"),
        *_READ_TWO,
        *_verbs("regulatory.export.attest", "custody.consignment.release", "custody.consignment.dispatch"),
    ],
    "ConsignmentDispensed": _verbs("custody.consignment.dispense"),
    "InspectionAccepted": INSPECTED,
    "NoOpenExcursion": _verbs("custody.consignment.record_temperature", lowest_c="3.0", highest_c="6.0",
                              minutes_outside="0"),
    "ReleaseHasItsGrounds": [
        *INSPECTED,
        *_verbs("custody.consignment.record_temperature", lowest_c="3.0", highest_c="6.0", minutes_outside="0"),
    ],
    "PacksReadOnArrival": READ,
    "TypedPacksReadByTwo": READ,
    "AcceptanceHasNoDiscrepancy": INSPECTED,
    "LoggerReadBeforeOpening": INSPECTED,
    "CheckedByASecondPerson": [*INSPECTED, *_verbs("custody.consignment.second_check", agrees="yes")],
    "SecondCheckIsAnothers": INSPECTED,
    "DispositionReleased": _verbs("custody.consignment.decide_disposition", decision="release"),
    "UnitsAreFree": _verbs("custody.consignment.decide_disposition", decision="release"),
    "DebtsPaid": [
        Wish(paper="authorisation_letter"),
        *_verbs("regulatory.authorization.attach_letter", "regulatory.duty.discharge"),
    ],
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
    "EditionNamed": _verbs("pharmacovigilance.version.assess", expected="no"),
    "SummaryAgreesWithPairs": _verbs("pharmacovigilance.version.assess", causality="related", expected="no"),
    "SeriousnessIsTheWorst": [
        *_verbs("pharmacovigilance.event.revise", criteria=["death"]),
        *_verbs("pharmacovigilance.version.assess", serious="yes", seriousness_criterion="death", expected="no"),
    ],
    "EveryPairIsJudged": _verbs("pharmacovigilance.version.assess", causality="related", expected="no"),
    "FatalOutcomeIsADeath": [
        *_verbs("pharmacovigilance.event.revise", criteria=["death"]),
        *_verbs("pharmacovigilance.version.assess", serious="yes", seriousness_criterion="death", expected="no"),
    ],
    "LinkedLotWasInReach": _verbs("pharmacovigilance.line.explain"),
    "WaiverProposed": _verbs("pharmacovigilance.obligation.propose_waiver"),
    "NoOpenException": _verbs("custody.exception.resolve"),
    "NoSuspectProduct": _verbs("custody.suspect.clear", "custody.suspect.determine", "custody.suspect.tell",
                               "custody.suspect.terminate"),
    "VerificationDecidedOn": [
        *_verbs("custody.consignment.suspect", "custody.suspect.clear"),
        *_verbs("custody.consignment.record_verification", is_verified="yes", further="ExpirationExtended"),
    ],
    "NoticeEndsAfterAllWereTold": _verbs("custody.suspect.tell"),
    "CustodyIsOnRecord": _verbs("custody.consignment.allocate"),
    "EveryPackLocated": _verbs("custody.recall.locate"),
    "EveryLetterSettled": _verbs("custody.recall_letter.answer"),
    "GivenUpAfterItsDay": [Wish(wait_days=6)],
    "MessageIsCoded": _verbs("pharmacovigilance.transmission.prepare", format="telephone"),
    "PlannedDatesInOrder": _verbs("custody.consignment.replan"),
    "PackedForTheJourney": _verbs("custody.consignment.pack"),
    "PacksScanned": READ[:3],
    "GrantConditionSortedWhole": _verbs("regulatory.grant_condition.sort", kind="gate"),
}  # fmt: skip


_ARRIVED = [
    *_READ_TWO,
    *_verbs("custody.consignment.inspect", "custody.consignment.second_check", "custody.consignment.record_temperature",
            "custody.consignment.decide_disposition", "custody.consignment.accept"),
]  # fmt: skip
# What ends a consignment, by its state.
_DESTROYED, _RETURNED = "custody.consignment.destroy", "custody.consignment.give_back"
_CANCELLED = "custody.consignment.cancel"
ENDS = {
    "ordered": _CANCELLED, "allocated": _DESTROYED, "released": _CANCELLED,
    "in_transit": _RETURNED, "arrived": _RETURNED, "accepted": _RETURNED, "rejected": _DESTROYED,
}  # fmt: skip
# What often comes next, where no refusal would ever name it.
FOLLOWS: dict[str, list[Wish]] = {
    "custody.consignment.dispense_part": _verbs("custody.consignment.record_dose", count="1"),
    "custody.consignment.record_papers": _verbs("custody.exception.resolve"),
    "custody.consignment.inspect": _verbs("custody.consignment.second_check", agrees="yes"),
    "custody.consignment.dispatch": _verbs("custody.consignment.arrive"),
    # What comes back under a suspended authorization uses it up without ending it.
    "regulatory.authorization.suspend": _verbs("custody.consignment.give_back", "regulatory.authorization.exhaust"),
    "custody.consignment.arrive": INSPECTED,
    "custody.consignment.second_check": [
        *_verbs("custody.consignment.record_temperature", lowest_c="3.0", highest_c="6.0", minutes_outside="0"),
        *_verbs("custody.consignment.decide_disposition", decision="release"),
        *_verbs("custody.consignment.accept", "cases.case.begin_dispensing", "custody.consignment.dispense"),
    ],
    "pharmacovigilance.version.lock": _verbs("pharmacovigilance.transmission.prepare"),
    "pharmacovigilance.transmission.prepare": _verbs("pharmacovigilance.transmission.send"),
    "regulatory.filing.answer_question": _verbs("regulatory.filing.lapse"),
}


def remedies(situation: Situation, unmet: list[Checked]) -> list[Wish]:
    """What to try before the same verb again."""
    case = situation.case
    found: list[Wish] = []
    for line in unmet:
        kind, _, fact = line.code.partition(":")
        if kind == "PapersComplete" and fact.startswith("D-"):
            awaited = case.document_slots.filter(state="open", renews__isnull=False).order_by("number")
            found += [Wish("documents.slot.withdraw", slot.pk) for slot in awaited]
        elif kind in ("PapersComplete", "ExportPapersComplete"):
            claims = line.remedy is not None and line.remedy[1].startswith("custody.consignment.claim_paper")
            found += _claimed(situation, fact) if claims else _paper(case, fact)
        elif kind == "ContentCoversIt" and situation.verb.code == "custody.consignment.record_dose":
            found.append(Wish("custody.consignment.dispense_part", facts={"count": "1"}))
        elif kind == "ConsignmentAccepted":
            found += _accepted(case)
        elif kind == "RejectionDecided":
            # Where it goes is decided with the rejection, and for good: every second one goes back.
            key = getattr(situation.subject, "pk", 0)
            decision = "reject_return" if key % 2 else "reject_destroy"
            found.append(Wish("custody.consignment.decide_disposition", key, facts={"decision": decision}))
        elif kind == "AuthorizationInForceOnArrival":
            found += _in_time(situation)
        elif kind == "GateOpen":
            found += _gate(situation)
        elif kind == "ObjectionWindowPassed":
            found += _silence(situation)
        elif kind == "AuthorizationIsSpent":
            found += _spent(situation)
        elif kind == "AuthorizationIsOver":
            found += _until(situation, getattr(situation.subject, "valid_until", None))
        elif kind == "WordOnTheClockIsThere":
            found += _verbs("regulatory.filing.record_clock_word", "regulatory.filing.answer_question")
        elif kind == "NoHold":
            found.append(Wish(verb="cases.hold.lift"))
        elif kind in ("GrantConditionsHold", "GrantConditionsSettled"):
            found += _settled(case, situation.now.date())
        elif kind in ("ChecklistAnswered", "FailedItemsAreNamed"):
            found = [Wish(fills=getattr(situation.subject, "pk", None), fails=kind != "ChecklistAnswered")]
        elif kind == "NoConsignmentUnderWay":
            under_way = case.consignments.filter(state__in=list(ENDS)).order_by("pk")
            found += [Wish(ENDS[one.state], one.pk) for one in under_way]
        elif kind == "ExportAllowed":
            found.append(Wish("regulatory.export.attest", getattr(situation.subject, "pk", None)))
        elif kind == "EmergencyConfirmedByTwo":
            found.append(Wish("regulatory.emergency.confirm", getattr(situation.subject, "pk", None)))
        elif kind == "QuantityLimit":
            found.append(Wish(verb="regulatory.attestation.sign"))
        else:
            found += BY_CODE.get(line.code, [])
    return found


def _accepted(case: Case) -> list[Wish]:
    """The newest consignment on its way goes on to its acceptance; one that is to be rejected is, and another comes."""
    box = case.consignments.filter(state__in=("planned", *ENDS)).order_by("-number").first()
    if box is None or box.state in ("accepted", "rejected"):
        return BY_CODE["ConsignmentUnderWay"]
    if box.state == "in_transit":
        return [Wish("custody.consignment.arrive", box.pk), *_ARRIVED]
    if box.state != "arrived":
        return BY_CODE["ConsignmentUnderWay"]
    decided = box.dispositions.order_by("pk").last()
    if decided is not None and decided.decision.startswith("reject"):
        return [Wish("custody.consignment.reject", box.pk), *BY_CODE["ConsignmentUnderWay"]]
    return _ARRIVED


def _in_time(situation: Situation) -> list[Wish]:
    """It is sent at once, unless it was to be already: then the authorization is over, and nothing helps here."""
    subject, today = situation.subject, situation.now.date()
    if not isinstance(subject, Consignment) or subject.planned_arrival_on <= today + timedelta(days=3):
        return []
    days = {"planned_dispatch_on": today.isoformat(), "planned_arrival_on": (today + timedelta(days=2)).isoformat()}
    return [Wish("custody.consignment.replan", subject.pk, facts=days)]


def _claimed(situation: Situation, fact: str) -> list[Wish]:
    """A paper of that kind that is said to be for no consignment yet, or else a new one."""
    kind = load().profile(fact.partition(".")[0]).facts[fact].raw["doc_type"]
    free = situation.case.documents.filter(state="accepted", doc_type=kind, of_consignments__isnull=True)
    paper, subject = free.order_by("number").last(), situation.subject
    if paper is None or subject is None:
        return _paper(situation.case, fact)
    return [Wish("custody.consignment.claim_paper", subject.pk, facts={"document": str(paper.pk)})]


def _paper(case: Case, fact: str) -> list[Wish]:
    entry = load().profile(fact.partition(".")[0]).facts[fact].raw if fact != "none" else None
    if entry is None:
        return []
    if entry["required"] == "conditional":
        return [Wish(verb="regulatory.condition.answer", facts={"condition": fact, "applies": "no"})]
    return [Wish(paper=str(entry["doc_type"]))]


def _settled(case: Case, today: date) -> list[Wish]:
    """Every condition of an authorization that keeps something back: sorted, met, or lifted when long overdue."""
    found = []
    for one in case.grant_conditions.filter(state__in=("stated", "standing")).order_by("number"):
        if one.state == "stated":
            day = (today + timedelta(days=60)).isoformat()
            told = {"kind": "report", "due_on": day, "every_months": "6"}
            found.append(Wish("regulatory.grant_condition.sort", one.pk, facts=told))
        elif one.kind == "gate" or one.due_on < today:
            over = one.kind != "gate" and one.due_on < today - timedelta(days=100)
            found.append(Wish(f"regulatory.grant_condition.{'lift' if over else 'meet'}", one.pk))
    return found


def _until(situation: Situation, last: date | None) -> list[Wish]:
    """Patience until a day is past, when that is not too far."""
    days = (last - situation.now.date()).days + 1 if last is not None else 0
    return [Wish(wait_days=days)] if 0 < days < FAR else []


def _silence(situation: Situation) -> list[Wish]:
    """What starts the authority's window, or the rest of it; a question may have lengthened it."""
    if profile_of(situation.case.profile_version).control_model != WINDOW:
        return []
    told = PathwayEvent.objects.filter(case=situation.case, name="acknowledged", withdrawn_at=None)
    if isinstance(situation.subject, Filing):
        told = told.filter(filing=situation.subject)
    last = told.order_by("happened_at").last()
    if last is None:
        return []
    return _until(situation, last.happened_at.date() + timedelta(days=28)) or [Wish(wait_days=5)]


def _spent(situation: Situation) -> list[Wish]:
    """A supply that goes out under the authorization and comes back: used up. One in force ends with it by itself."""
    travels = [Wish(paper=kind) for kind in ("commercial_invoice", "airway_bill", "packing_list",
                                             "dscsa_transaction_data")]  # fmt: skip
    authorization = situation.subject
    if not isinstance(authorization, Authorization):
        return []
    left = balance(authorization).remaining
    abroad = authorization.consignments.filter(state__in=("in_transit", "arrived", "accepted")).order_by("pk")
    back = [Wish("custody.consignment.give_back", one.pk) for one in abroad]
    if back and (left is None or left <= 0):
        return back
    # The whole of what is left at once, so that nothing of it remains.
    whole = {"quantity": f"{left:f}"} if left else {}
    supply = [
        *_verbs("custody.consignment.plan", **whole),
        *_verbs("regulatory.authorization.assign", "custody.consignment.order", "custody.consignment.allocate",
                "custody.consignment.pack"),
        *_READ_TWO,
        *_verbs("regulatory.export.attest", "custody.consignment.release"),
        *travels,
        *_verbs("regulatory.export.attest", "custody.consignment.dispatch"),
    ]  # fmt: skip
    back += _verbs("custody.consignment.give_back")
    if authorization.state != "suspended":
        return [*supply, *back]
    return [
        Wish("regulatory.authorization.reinstate", authorization.pk), *supply,
        Wish("regulatory.authorization.suspend", authorization.pk), *back,
    ]  # fmt: skip


def _gate(situation: Situation) -> list[Wish]:
    """By the shape of the pathway: papers that are signed, a decision that is awaited, a window that passes."""
    profile = profile_of(situation.case.profile_version)
    signed = [
        Wish(paper=kind) for kind in sorted(SIGNED) if kind in {e["doc_type"] for e in profile.section("documents")}
    ]
    filed = _verbs("regulatory.filing.open", "regulatory.filing.make_ready", "regulatory.filing.submit")
    asked = profile.control_model
    if asked == WINDOW:
        wait = _silence(situation)
        begun = wait and wait[0].wait_days > 5
        return wait if begun else [*filed, *_verbs("regulatory.filing.acknowledge", "custody.consignment.replan")]
    if asked == "prior_authorisation":
        return [
            *filed,
            Wish(paper="authorisation_letter"),
            *_verbs("regulatory.filing.grant", "regulatory.authorization.assign"),
        ]
    return signed
