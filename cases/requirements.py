"""The trunk's own requirements: what any case needs, whatever its pathway."""

from cases.lifecycle.checklist import Finding, requirement, requirements_of
from cases.lifecycle.readings import once_a_checklist
from cases.lifecycle.verbs import Situation
from cases.models import Case, Determination
from cases.statements import statements_for

WITH_A_DETERMINATION = ("cases.case.begin_filing", "cases.case.begin_sourcing", "cases.case.resupply")


@once_a_checklist
def standing_determination(case: Case) -> Determination | None:
    """The determination that stands now, with its signed text and its prescriber."""
    if not case.pk:
        return None
    signed = case.determinations.filter(state=Determination.State.SIGNED)
    found = signed.select_related("document__file", "prescriber__user").first()
    if found is not None and found.prescriber_id == case.prescriber_id:
        case.prescriber = found.prescriber  # the same row, read just now
    return found


def signed_determination(situation: Situation) -> Determination | None:
    """The same of a situation, looked up once for its whole deed."""
    if "determination" not in situation.cache:
        situation.cache["determination"] = standing_determination(situation.case)
    found: Determination | None = situation.cache["determination"]
    return found


@requirement(
    "PatientIsKept",
    "The patient's identity and papers have not been erased",
    on=(
        "cases.case.open",
        "cases.case.reopen",
        "cases.patient.record_sex",
        "custody.dossier.make",
        "regulatory.filing.make_pack",
    ),
    satisfied_by="nobody: what was erased cannot be read again; register the patient anew",
    rule="domain rule: erasing destroys the key",
)
def patient_is_kept(situation: Situation) -> Finding:
    patient = situation.case.patient
    if patient is None:
        return Finding(met=True, fact="It is stock: there is no patient whose papers could be erased.")
    erased = patient.keys.filter(erased_at__isnull=False).order_by("erased_at").first()
    if erased is None:
        return Finding(met=True, fact=f"{patient.reference} can be read.")
    return Finding(
        met=False,
        fact=f"What is kept of {patient.reference} was erased on {erased.erased_at:%Y-%m-%d}: no paper of it can be "
        "read or added. A patient who is supplied again is registered anew, with a case of its own.",
    )


@requirement(
    "DeterminationSigned",
    "The determination is signed over its current text",
    on=(
        *WITH_A_DETERMINATION,
        "regulatory.filing.submit",
        "custody.consignment.order",
        "custody.consignment.draw",
        "custody.consignment.release",
        "custody.consignment.dispatch",
    ),
    satisfied_by="the prescriber",
    rule="house rule K-01, version 1",
)
def determination_signed(situation: Situation) -> Finding:
    signed = signed_determination(situation)
    if signed is None:
        return Finding(
            met=False,
            fact="No signed determination is on file.",
            satisfied_by=f"{situation.case.prescriber} (prescriber)",
            remedy=("Open the determination", "tab:people"),
        )
    if signed.prescriber_id != situation.case.prescriber_id:
        return Finding(
            met=False,
            fact=f"{signed.label} was signed by {signed.prescriber}, who is no longer this case's prescriber.",
            satisfied_by=f"{situation.case.prescriber} (prescriber)",
        )
    return Finding(
        met=True,
        fact=f"{signed.label} was signed by {signed.prescriber} on {signed.signed_at:%Y-%m-%d}.",
        sources=(signed.label,),
    )


@requirement(
    "PrescriberLicenceInDate",
    "The prescriber's licence is in date",
    on=(
        "cases.determination.sign",
        "regulatory.filing.submit",
        "custody.consignment.release",
        "custody.consignment.dispatch",
    ),
    satisfied_by="the coordinating pharmacist, with evidence from the licensing body",
    rule="house rule K-02, version 1",
)
def prescriber_licence_in_date(situation: Situation) -> Finding:
    prescriber = situation.case.prescriber
    holds = prescriber.licence_holds_on(situation.now.date())
    if holds is None:
        return Finding(met=None, fact=f"The end of the licence of {prescriber} is not known: ask the licensing body.")
    until = f"{prescriber.licence_valid_until:%Y-%m-%d}"
    return Finding(met=holds, fact=f"The licence of {prescriber} {'runs until' if holds else 'ended on'} {until}.")


@requirement(
    "EveryStatementMade",
    "Each of the five statements is made",
    on=("cases.determination.sign",),
    satisfied_by="the prescriber",
    rule="house rule K-03, version 1",
)
def every_statement_made(situation: Situation) -> Finding:
    made = set(situation.facts.get("statements", ()))
    open_ones = [text for code, text in statements_for(situation.case).items() if code not in made]
    if not open_ones:
        return Finding(met=True, fact="All five statements are ticked.")
    return Finding(met=False, fact="Not ticked: " + " ".join(open_ones))


@requirement(
    "PrescriberIsOnTheCase",
    "Only the case's own prescriber signs",
    on=("cases.determination.sign",),
    satisfied_by="the case's prescriber",
    rule="house rule K-04, version 1",
)
def prescriber_is_on_the_case(situation: Situation) -> Finding:
    prescriber = situation.case.prescriber
    own = prescriber.user_id == situation.by.pk
    return Finding(met=own, fact=f"The prescriber of {situation.case.reference} is {prescriber}.")


@requirement(
    "SecondPersonIsAnother",
    "The second person is not the one who asked",
    on=("cases.override.confirm", "cases.override.decline"),
    satisfied_by="another pharmacist",
    rule="domain rule: separation of duties by person",
)
def second_person_is_another(situation: Situation) -> Finding:
    asked = getattr(situation.subject, "proposed_by", None)
    if asked is None:
        return Finding(met=None, fact="No override was named.")
    return Finding(met=asked.pk != situation.by.pk, fact=f"{asked.display_name} asked for the override.")


@requirement(
    "HoldStands",
    "The hold has not been lifted already",
    on=("cases.hold.lift",),
    satisfied_by="nobody: it is lifted",
    rule="domain rule: holds lie across all stages",
)
def hold_stands(situation: Situation) -> Finding:
    lifted = getattr(situation.subject, "lifted_at", None)
    return Finding(
        met=lifted is None, fact="The hold stands." if lifted is None else f"It was lifted on {lifted:%Y-%m-%d}."
    )


@requirement(
    "OverrideIsAllowed",
    "The requirement may be overridden at all",
    on=("cases.override.propose",),
    satisfied_by="nobody: its definition decides",
    rule="domain rule: overridden only where its definition says so",
)
def override_is_allowed(situation: Situation) -> Finding:
    wanted, verb = situation.facts.get("requirement", ""), situation.facts.get("verb", "")
    allowed = [entry.code for entry in requirements_of(verb) if entry.overridable]
    if not wanted:
        return Finding(met=True, fact="Choose one of those marked “may be overridden”.")
    return Finding(
        met=wanted.partition(":")[0] in allowed,
        fact=f"For this step these may be overridden: {', '.join(allowed) or 'none'}. {wanted} was named.",
    )
