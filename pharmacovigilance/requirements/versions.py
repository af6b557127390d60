"""What a version of a safety case needs to be assessed, locked, followed up and superseded."""

from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from cases.people.mentions import mentions_of
from pharmacovigilance.covering import named_in
from pharmacovigilance.models import CaseVersion
from pharmacovigilance.snapshots import snapshot_of
from pharmacovigilance.terms import CRITERION_CODES


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
    "IdentityIsCovered",
    "No report names the patient: where words do, they are covered",
    on=("pharmacovigilance.version.lock",),
    satisfied_by="nobody: it is done by itself; reword what need not name the patient",
    rule="house rule P-40, version 1 (facts: invariant 9)",
)
def identity_is_covered(situation: Situation) -> Finding:
    """Never a refusal: what was reported cannot be reworded, and the report is due all the same."""
    version = situation.subject
    if not isinstance(version, CaseVersion):
        return Finding(met=None, fact="No version was named.")
    mentions = mentions_of(situation.case.patient)
    if mentions is None:
        return Finding(met=True, fact="The identity was erased or cannot be opened here: read the texts yourself.")
    if found := named_in(snapshot_of(version), mentions):
        return Finding(
            met=True, fact=f"Covered in every report: {'; '.join(found)}. The record keeps it as it was said."
        )
    return Finding(met=True, fact="Neither name, birth date, contact nor record number was found in its texts.")


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
