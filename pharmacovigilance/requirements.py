"""What safety work must hold. Intake has one requirement only, that the moment is not in the future: it never refuses
a report for missing data."""

from datetime import datetime

from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from pharmacovigilance.e2b.exporting import is_coded
from pharmacovigilance.models import CaseVersion, FollowUp, Obligation, SafetyReport, Transmission
from pharmacovigilance.terms import CRITERION_CODES
from pharmacovigilance.verbs.obligations import is_late

MOMENTS = {
    "pharmacovigilance.report.receive": "received_at",
    "pharmacovigilance.version.follow_up": "received_at",
    "pharmacovigilance.obligation.discharge": "discharged_at",
    "pharmacovigilance.transmission.send": "sent_at",
    "pharmacovigilance.follow_up.answer": "answered_at",
}
DISCHARGE = "pharmacovigilance.obligation.discharge"


@requirement(
    "SafetyMomentIsPast",
    "The moment given is not in the future",
    on=tuple(MOMENTS),
    satisfied_by="whoever records it",
    rule="house rule P-01, version 1",
)
def safety_moment_is_past(situation: Situation) -> Finding:
    given: datetime | None = situation.facts.get(MOMENTS[situation.verb.code])
    if given is None:
        return Finding(met=True, fact="Now, when no moment is given.")
    if given > situation.now:
        return Finding(met=False, fact=f"{given:%Y-%m-%d %H:%M} UTC is still to come. Record it when it has happened.")
    return Finding(met=True, fact=f"{given:%Y-%m-%d %H:%M} UTC.")


@requirement(
    "SeriousnessCriterionNamed",
    "A serious event has its criterion, and one that is not serious has none",
    on=("pharmacovigilance.version.assess",),
    satisfied_by="the assessing pharmacist",
    rule="house rule P-02, version 1 (ICH E2A)",
)
def seriousness_criterion_named(situation: Situation) -> Finding:
    if "serious" not in situation.facts:
        return Finding(met=True, fact="Given in the form.")
    serious, criterion = situation.facts["serious"], situation.facts.get("seriousness_criterion", "")
    if serious:
        return Finding(
            met=criterion in CRITERION_CODES,
            fact=f"Serious: {criterion.replace('_', ' ') or 'no criterion was named'}.",
        )
    return Finding(
        met=not criterion,
        fact=f"Not serious, and yet: {criterion.replace('_', ' ')}." if criterion else "Not serious.",
    )


@requirement(
    "NarrativeWritten",
    "The event is told in a narrative",
    on=("pharmacovigilance.version.lock",),
    satisfied_by="the assessing pharmacist, by a further version",
    rule="house rule P-03, version 1",
    overridable=True,
)
def narrative_written(situation: Situation) -> Finding:
    narrative = getattr(situation.subject, "narrative", "")
    return Finding(
        met=bool(narrative), fact=f"{len(narrative)} characters." if narrative else "No narrative is written."
    )


@requirement(
    "LotKnownOrReason",
    "The lot is confirmed, or it is said why not",
    on=("pharmacovigilance.version.lock",),
    satisfied_by="whoever holds the pack",
    rule="house rule P-04, version 1 (custody invariant I20)",
)
def lot_known_or_reason(situation: Situation) -> Finding:
    version = situation.subject
    if not isinstance(version, CaseVersion):
        return Finding(met=None, fact="No version was named.")
    if version.lot is not None:
        return Finding(met=True, fact=f"Lot {version.lot} of {version.lot.supplier}.")
    return Finding(
        met=bool(version.lot_remark), fact=version.lot_remark.capitalize() or "Neither lot nor reason is given."
    )


@requirement(
    "NoOtherVersionOpen",
    "No further version is being drafted already",
    on=("pharmacovigilance.version.follow_up",),
    satisfied_by="a pharmacist: finish the open version",
    rule="house rule P-05, version 1",
)
def no_other_version_open(situation: Situation) -> Finding:
    version = situation.subject
    if not isinstance(version, CaseVersion):
        return Finding(met=None, fact="No version was named.")
    later = version.safety_case.versions.filter(version__gt=version.version).order_by("version").last()
    return Finding(
        met=later is None, fact=f"{later.label} exists already." if later else f"{version.label} is the last."
    )


@requirement(
    "LaterVersionLocked",
    "A later version is locked",
    on=("pharmacovigilance.version.supersede",),
    satisfied_by="a pharmacist: lock the further version, which supersedes this one",
    rule="house rule P-06, version 1",
)
def later_version_locked(situation: Situation) -> Finding:
    version = situation.subject
    if not isinstance(version, CaseVersion):
        return Finding(met=None, fact="No version was named.")
    later = version.safety_case.versions.filter(version__gt=version.version, locked_at__isnull=False).first()
    return Finding(met=later is not None, fact=f"{later.label} is locked." if later else "No later version is locked.")


@requirement(
    "EvidenceOfReport",
    "A transmission was sent, or evidence is attached",
    on=(DISCHARGE,),
    satisfied_by="whoever reported",
    rule="house rule P-07, version 1",
    overridable=True,
)
def evidence_of_report(situation: Situation) -> Finding:
    obligation = situation.subject
    if not isinstance(obligation, Obligation):
        return Finding(met=None, fact="No obligation was named.")
    sent = obligation.transmissions.filter(state__in=[Transmission.State.SENT, Transmission.State.ACCEPTED]).first()
    if sent is not None:
        return Finding(met=True, fact=f"{sent.label} is {sent.get_state_display()}.", sources=(sent.label,))
    if not situation.facts:
        return Finding(met=True, fact="No transmission was sent from here: evidence is attached in the form.")
    evidence = situation.facts.get("evidence")
    return Finding(
        met=evidence is not None,
        fact=f"{evidence.label}: {evidence.title}."
        if evidence
        else "Neither a transmission nor evidence is on record.",
    )


@requirement(
    "LateReasonGiven",
    "A late report says why it was late",
    on=(DISCHARGE,),
    satisfied_by="whoever reported",
    rule="house rule P-08, version 1",
)
def late_reason_given(situation: Situation) -> Finding:
    obligation, at = situation.subject, situation.facts.get("discharged_at")
    if not isinstance(obligation, Obligation):
        return Finding(met=None, fact="No obligation was named.")
    due = f"{obligation.deadline.due_at:%Y-%m-%d %H:%M} UTC" if obligation.deadline else "no date"
    if at is None or not is_late(obligation, at):
        return Finding(met=True, fact=f"Due {due}.")
    reason = situation.facts.get("late_reason", "")
    return Finding(
        met=bool(reason), fact=f"Due {due}, reported later; " + ("the reason is given." if reason else "no reason.")
    )


@requirement(
    "WaiverProposed",
    "Somebody has proposed to waive it, with a reason",
    on=("pharmacovigilance.obligation.waive",),
    satisfied_by="a pharmacist of this case",
    rule="house rule P-09, version 1",
)
def waiver_proposed(situation: Situation) -> Finding:
    proposer = getattr(situation.subject, "waived_by", None)
    reason = getattr(situation.subject, "waiver_reason", "")
    return Finding(
        met=proposer is not None, fact=f"{proposer.display_name}: {reason}" if proposer else "Nobody has proposed it."
    )


@requirement(
    "WaiverAgreedByAnother",
    "The second person is not the one who proposed",
    on=("pharmacovigilance.obligation.waive",),
    satisfied_by="another pharmacist",
    rule="domain rule: separation of duties by person",
)
def waiver_agreed_by_another(situation: Situation) -> Finding:
    proposer = getattr(situation.subject, "waived_by", None)
    if proposer is None:
        return Finding(met=True, fact="Judged once it is proposed.")
    return Finding(met=proposer.pk != situation.by.pk, fact=f"{proposer.display_name} proposed it.")


@requirement(
    "LaterObligationCarriesIt",
    "A later version's open obligation tells the same recipient",
    on=("pharmacovigilance.obligation.supersede",),
    satisfied_by="a pharmacist: lock a further version",
    rule="house rule P-10, version 1",
)
def later_obligation_carries_it(situation: Situation) -> Finding:
    obligation = situation.subject
    if not isinstance(obligation, Obligation):
        return Finding(met=None, fact="No obligation was named.")
    later = (
        Obligation.objects.filter(
            version__safety_case=obligation.version.safety_case,
            version__version__gt=obligation.version.version,
            responsible_party=obligation.responsible_party,
            recipient=obligation.recipient,
            state=Obligation.State.OPEN,
        )
        .select_related("deadline")
        .order_by("deadline__due_at")
        .first()
    )
    if later is None:
        return Finding(met=False, fact="No later version owes this recipient anything that is still open.")
    if obligation.deadline and later.deadline and later.deadline.due_at > obligation.deadline.due_at:
        return Finding(
            met=False, fact=f"{later.label} is due later ({later.deadline.due_on}): a date never moves later."
        )
    return Finding(met=True, fact=f"{later.label} carries it.", sources=(later.label,))


@requirement(
    "VersionIsLocked",
    "The version it reports is locked",
    on=("pharmacovigilance.transmission.prepare",),
    satisfied_by="a pharmacist of this case",
    rule="house rule P-11, version 1",
)
def version_is_locked(situation: Situation) -> Finding:
    obligation: Obligation | None = situation.facts.get("obligation")
    if obligation is None:
        return Finding(met=True, fact="The obligation is chosen in the form.")
    return Finding(
        met=bool(obligation.version.snapshot_sha256),
        fact=f"{obligation.version.label}, fingerprint {obligation.version.snapshot_sha256[:12]}.",
    )


@requirement(
    "MessageIsCoded",
    "A message in E2B has a MedDRA code for each reaction; without one it is a draft",
    on=("pharmacovigilance.transmission.send",),
    satisfied_by="a licensee of MedDRA, by coding the version; or send it in another form",
    rule="house rule P-14, version 1 (ICH E2B(R3), E.i.2.1)",
)
def message_is_coded(situation: Situation) -> Finding:
    transmission = situation.subject
    if not isinstance(transmission, Transmission) or not transmission.message_number:
        return Finding(met=True, fact="It is no message in E2B.")
    snapshot = transmission.obligation.version.snapshot or {}
    if is_coded(snapshot):
        return Finding(met=True, fact=f"{transmission.message_number}, coded.")
    return Finding(met=False, fact=f"{transmission.message_number} is a draft: the reaction has no MedDRA code.")


@requirement(
    "FollowUpIsOpen",
    "It has not been answered already",
    on=("pharmacovigilance.follow_up.answer", "pharmacovigilance.follow_up.note_attempt"),
    satisfied_by="nobody: it is answered",
    rule="house rule P-12, version 1",
)
def follow_up_is_open(situation: Situation) -> Finding:
    follow_up = situation.subject
    if not isinstance(follow_up, FollowUp):
        return Finding(met=None, fact="No follow-up was named.")
    if follow_up.answered_at is not None:
        return Finding(met=False, fact=f"It was answered on {follow_up.answered_at:%Y-%m-%d}.")
    return Finding(met=True, fact=f"{follow_up.label} is open, {follow_up.attempts} attempts noted.")


UNJUDGED = (SafetyReport.State.RECEIVED, SafetyReport.State.TRIAGED)


@requirement(
    "SafetyDutiesDone",
    "Every safety report is judged, and every duty that follows from one is done",
    on=("cases.case.close",),
    satisfied_by="a pharmacist, by judging the report, reporting it, or waiving the duty with a second person",
    rule="house rule P-13, version 1",
    overridable=True,
)
def safety_duties_done(situation: Situation) -> Finding:
    """May be overridden, because a duty and its date outlive the case."""
    case = situation.case
    open_ones: list[SafetyReport | Obligation] = [
        *case.safety_reports.filter(state__in=UNJUDGED).order_by("number"),
        *case.obligations.filter(state=Obligation.State.OPEN).order_by("number"),
    ]
    if not open_ones:
        return Finding(met=True, fact="None is open.", overridable=False)
    return Finding(
        met=False,
        fact=f"Open: {', '.join(one.label for one in open_ones)}.",
        sources=tuple(one.label for one in open_ones),
    )
