"""Everything that can be made of a locked version to be sent: messages and papers, each kept with its transmission."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cases.documents.media import JSON, PDF, XML
from cases.documents.services import BytesNotIntact, UploadRefused, read_bytes, store_written
from cases.models import Case
from cases.people.keys import KeyErased
from cases.people.models import User
from cases.print.typeset import NotPrintable
from pharmacovigilance.e2b.exporting import NotExportable, message_number
from pharmacovigilance.messages import export_of, locked_parts
from pharmacovigilance.models import CaseVersion, Obligation, Transmission
from pharmacovigilance.papers.cioms import cioms
from pharmacovigilance.papers.medwatch import medwatch
from pharmacovigilance.papers.notice import Duty, notice, notice_json
from pharmacovigilance.papers.sheets import Locked
from pharmacovigilance.senders import SenderUnreadable

Make = Callable[[CaseVersion, Transmission | None], bytes]


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a report.

    :param profile: of a message in E2B, whose recipient it is for; empty for a paper.
    """

    words: str
    about: str
    doc_type: str
    media_type: str
    ending: str
    make: Make
    profile: str = ""


def _message(profile: str) -> Make:
    def make(version: CaseVersion, transmission: Transmission | None) -> bytes:
        return export_of(version, profile=profile, transmission=transmission.label if transmission else "")

    return make


def _paper(setting: Callable[[Locked], bytes]) -> Make:
    return lambda version, transmission: setting(locked_of(version, transmission))


def _notice(setting: Callable[[Locked, Duty | None], bytes]) -> Make:
    def make(version: CaseVersion, transmission: Transmission | None) -> bytes:
        duty = _duty_of(transmission.obligation) if transmission else None
        return setting(locked_of(version, transmission), duty)

    return make


FORMS: Final[Mapping[str, Form]] = {
    "e2b_fda": Form("E2B(R3) message for FDA", "XML", "safety_message", XML, "xml", _message("fda"), "fda"),
    "e2b_eu": Form("E2B(R3) message for EudraVigilance", "XML", "safety_message", XML, "xml", _message("eu"), "eu"),
    "e2b_ich": Form("E2B(R3) message, ICH", "XML", "safety_message", XML, "xml", _message("ich"), "ich"),
    "cioms": Form(
        "CIOMS I content, PDF", "A labelled report, not a facsimile", "safety_paper", PDF, "pdf", _paper(cioms)
    ),
    "medwatch": Form(
        "MedWatch (3500A) content, PDF", "A labelled report, not a facsimile", "safety_paper", PDF, "pdf",
        _paper(medwatch),
    ),
    "notice": Form(
        "24-hour notice to the manufacturer, PDF", "For people to read", "safety_paper", PDF, "pdf", _notice(notice)
    ),
    "notice_json": Form(
        "24-hour notice to the manufacturer, JSON", "The same for a system to read", "safety_paper", JSON, "json",
        _notice(notice_json),
    ),
}  # fmt: skip


def locked_of(version: CaseVersion, transmission: Transmission | None = None) -> Locked:
    """What a paper is made of.

    :raises NotLocked, SenderUnreadable: saying why there is none.
    """
    snapshot, origin = locked_parts(version, transmission=transmission.label if transmission else "")
    return Locked(snapshot, version.label, version.snapshot_sha256, origin)


def artefact_of(version: CaseVersion, form: str, transmission: Transmission | None = None) -> bytes:
    """A locked version in that form; the same bytes each time.

    :raises NotLocked, SenderUnreadable, NotExportable: saying why there is none.
    """
    return FORMS[form].make(version, transmission)


class NotKept(LookupError):
    """What was prepared with a transmission is there no more, or never was a file; the sentence says which."""


def keep_artefact(transmission: Transmission, *, by: User, now: datetime) -> None:
    """Make what the transmission sends and keep it: the file, its fingerprint, and a message's number.

    A report must go out also when the patient's papers were erased. It shows no identity, so it is then kept with the
    transmission itself.
    """
    version, form = transmission.obligation.version, FORMS[transmission.format]
    content = artefact_of(version, transmission.format, transmission)
    try:
        transmission.message = store_written(
            case=transmission.case, doc_type=form.doc_type, content=content, media_type=form.media_type, by=by,
            now=now, title=f"{transmission.label}, {version.label}",
        )  # fmt: skip
    except UploadRefused as refusal:
        if refusal.code != "erased":
            raise
        transmission.artefact = content
    transmission.artefact_sha256 = hashlib.sha256(content).hexdigest()
    if form.profile:
        transmission.message_number = message_number(version.snapshot or {}, form.profile, transmission.label)
    transmission.save(update_fields=["message", "artefact", "artefact_sha256", "message_number"])


def transmission_of(case: Case, label: str) -> Transmission | None:
    """The case's transmission of that label with its version, or None."""
    rows = case.transmissions.select_related(
        "obligation__deadline", "obligation__version__safety_case", "message__file"
    )
    found = next((one for one in rows if one.label == label), None)
    if found is not None:
        found.case = found.obligation.version.case = case
    return found


def kept_bytes(transmission: Transmission) -> bytes:
    """Exactly the bytes that were prepared, also after the papers of the case were erased.

    What was kept among the papers is then made anew from the locked version and given only with the same fingerprint.

    :raises NotKept: when no file was made, or it is damaged or can no longer be made alike.
    """
    if transmission.artefact is not None:
        return bytes(transmission.artefact)
    if transmission.message is None:
        raise NotKept(f"No file was made for {transmission.label}; what was sent is its proof.")
    try:
        return read_bytes(transmission.message.file)
    except BytesNotIntact as fault:
        raise NotKept(str(fault)) from fault
    except KeyErased as erased:
        return _made_again(transmission, erased)


def _made_again(transmission: Transmission, erased: KeyErased) -> bytes:
    try:
        content = artefact_of(transmission.obligation.version, transmission.format, transmission)
    except (NotExportable, NotPrintable, SenderUnreadable) as fault:
        raise NotKept(f"{erased} {transmission.label} cannot be made anew: {fault}") from fault
    if hashlib.sha256(content).hexdigest() != transmission.artefact_sha256:
        raise NotKept(
            f"{erased} What is made of {transmission.obligation.version.label} now is not byte for byte what "
            f"{transmission.label} sent, whose fingerprint is {transmission.artefact_sha256[:12]}: what stands beside "
            "the locked version, such as who sends, has changed."
        )
    return content


def _duty_of(obligation: Obligation) -> Duty:
    return Duty(
        label=obligation.label,
        rule=obligation.rule,
        version=obligation.rule_version,
        status=obligation.rule_status,
        confidence=obligation.rule_confidence,
        due_at=obligation.deadline.due_at if obligation.deadline else None,
    )
