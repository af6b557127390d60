"""What a report needs to be prepared and sent."""

from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from cases.people.mentions import mentions_of
from pharmacovigilance.e2b.exporting import is_coded
from pharmacovigilance.models import Obligation, Transmission


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
    "ReceiptNamesNoPatient",
    "The receipt, in words, does not say who the patient is",
    on=("pharmacovigilance.transmission.send",),
    satisfied_by="whoever records it: write “the patient”, and the office instead of a person of that name",
    rule="house rule P-39, version 1 (no identity outside the encrypted record)",
)
def receipt_names_no_patient(situation: Situation) -> Finding:
    receipt = situation.facts.get("receipt", "")
    if not receipt:
        return Finding(met=True, fact="Given in the form, or none is.")
    mentions = mentions_of(situation.case.patient)
    if mentions is None:
        return Finding(met=True, fact="The identity was erased or cannot be opened here; nothing could be compared.")
    if found := mentions.kinds_in(receipt):
        return Finding(
            met=False,
            fact=f"Receipt, in words: the patient’s {' and '.join(found)} stands in it. It stays when papers are "
            "erased, so write it without.",
        )
    return Finding(met=True, fact="Neither name, birth date, contact nor record number was found in it.")
