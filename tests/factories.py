"""People, places and cases for tests: everything plainly invented, everything made through the services.

``build_house()`` gives one demonstration pharmacy with a person of every role; ``build_case(house, "UK-SPECIALS")``
opens a case there; ``build_paper`` puts an accepted paper on file. All take ``now``: dates are the test's own.
"""

import io
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from PIL import Image

from cases.audit.context import acting
from cases.custody.consignment_papers import claim, not_its_own
from cases.custody.models import (
    Consignment,
    CredentialCheck,
    Packing,
    PackReading,
    Partner,
    PartnerCredential,
    PartnerPaper,
    TransactionPack,
    TransactionRecord,
)
from cases.custody.partners.rules import table
from cases.custody.receiving.protocol import current
from cases.custody.scanning.packs import readings_of
from cases.documents.models import Document
from cases.documents.naming import REQUIRED, name_rule_of
from cases.documents.services import accept_document, receive_upload, release_unscanned, store_text
from cases.lifecycle.engine import advance
from cases.models import Case, CaseEvent, Determination, Medicine
from cases.people.identity import Identity, register_patient
from cases.people.models import AuditScope, Delegation, Institution, Patient, Pharmacy, Prescriber, User
from cases.people.roles import Role
from cases.services import open_case
from cases.statements import statements_for
from regulatory.exports import statements_of
from regulatory.governance import load_drafts, make_demonstration_copy
from regulatory.models import ProfileVersion, Review
from regulatory.pathway import profile_of
from regulatory.profiles.loader import load
from regulatory.reviewing.answering import Typed, keep_answers
from regulatory.reviewing.sheet import sheet_of

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
PASSWORD = "invented-password-1"
EXPORT = "US-EXPORT"


@dataclass
class House:
    """One pharmacy and its people; ``stranger`` is a prescriber of other cases."""

    pharmacy: Pharmacy
    institution: Institution
    coordinator: User
    pic: User
    second_pharmacist: User
    prescriber: Prescriber
    delegate: User
    receiving: User
    administrator: User
    auditor: User
    stranger: Prescriber
    medicine: Medicine
    now: datetime

    @property
    def doctor(self) -> User:
        return self.prescriber.user


def person(email: str, name: str, role: Role, *, now: datetime = NOW, **more: Any) -> User:
    """One invented person who accepted the accountability statement and can sign in with ``PASSWORD``."""
    return User.objects.create_user(
        email, PASSWORD, display_name=name, role=role, accountability_accepted_at=now, **more
    )


def build_house(*, now: datetime = NOW, country: str = "GB", zone: str = "Europe/London") -> House:
    """One demonstration pharmacy in New York, one institution abroad, a person of every role."""
    with acting(by=User.objects.service("setup"), verb="tests.house.built", business_at=now):
        pharmacy = Pharmacy.objects.create(name="Harrow Street Pharmacy", code="HSP", is_demonstration=True)
        institution = Institution.objects.create(
            name="Fairhaven General Hospital", country=country, city="Fairhaven", time_zone=zone
        )
        add_partner(pharmacy, "institution", str(institution), country=country, institution=institution, now=now)
        doctor = person("ferrante@example.org", "Dr L. Ferrante", Role.PRESCRIBER, institution=institution)
        other = person("osei@example.org", "Dr K. Osei", Role.PRESCRIBER, institution=institution)
        delegate = person("nurse@example.org", "N. Arkwright", Role.DELEGATE, institution=institution)
        prescriber = _prescriber(doctor, institution, now)
        Delegation.objects.create(prescriber=prescriber, delegate=delegate, valid_from=now - timedelta(days=30))
        auditor = person("auditor@example.org", "Q. Ledger", Role.AUDITOR)
        AuditScope.objects.create(
            auditor=auditor,
            pharmacy=pharmacy,
            valid_from=now - timedelta(days=1),
            valid_until=now + timedelta(days=3650),
            purpose="tests",
        )
        return House(
            pharmacy=pharmacy,
            institution=institution,
            coordinator=person("ostby@example.org", "M. Ostby", Role.COORDINATING_PHARMACIST, pharmacy=pharmacy),
            pic=person("lindqvist@example.org", "H. Lindqvist", Role.PHARMACIST_IN_CHARGE, pharmacy=pharmacy),
            second_pharmacist=person(
                "adeyemi@example.org", "T. Adeyemi", Role.COORDINATING_PHARMACIST, pharmacy=pharmacy
            ),
            prescriber=prescriber,
            delegate=delegate,
            receiving=person("whitlock@example.org", "J. Whitlock", Role.RECEIVING_PHARMACIST, institution=institution),
            administrator=person("admin@example.org", "B. Steward", Role.ADMINISTRATOR, pharmacy=pharmacy),
            auditor=auditor,
            stranger=_prescriber(other, institution, now),
            medicine=Medicine.objects.create(
                name="orvelumab",
                strength="150 mg/mL",
                form="solution for injection",
                unit="vial",
                storage=Medicine.Storage.REFRIGERATED,
                manufacturer="Invented Biologics",
            ),
            now=now,
        )


def add_partner(
    pharmacy: Pharmacy,
    kind: str,
    name: str = "",
    *,
    country: str = "US",
    institution: Institution | None = None,
    now: datetime = NOW,
    lasts: timedelta = timedelta(days=36500),
) -> Partner:
    """A partner with every credential that the table could ask of it, each checked at ``now``."""
    with acting(by=User.objects.service("setup"), verb="tests.partner.added", business_at=now):
        partner = Partner.objects.create(
            pharmacy=pharmacy, kind=kind, name=name or f"Invented {kind}", country=country, institution=institution
        )
        kinds = {
            rule.credential: None
            for rule in table().rules
            if kind in rule.roles and rule.inside in ("", country) and rule.outside != country
        }
        PartnerCredential.objects.bulk_create(
            PartnerCredential(
                partner=partner,
                kind=code,
                number=f"INV-{number}",
                authority=table().credentials[code].authority,
                valid_until=now.date() + lasts,
                entered_by=User.objects.service("setup"),
                entered_at=now,
            )
            for number, code in enumerate(kinds, start=1)
        )
        check_partner(partner, now=now)
    return partner


def check_partner(partner: Partner, *, now: datetime, result: str = "confirmed") -> None:
    """Every credential of a partner is looked up once more at its source."""
    clerk = User.objects.service("setup")
    with acting(by=clerk, verb="tests.partner.checked", business_at=now):
        paper = PartnerPaper.objects.filter(partner=partner).first() or PartnerPaper.objects.create(
            partner=partner, sha256="0" * 64, size=1, media_type="image/png", received_by=clerk, received_at=now
        )
        CredentialCheck.objects.bulk_create(
            CredentialCheck(
                partner=partner,
                credential=one,
                source="the public register",
                result=result,
                evidence=paper,
                checked_at=now,
                checked_by=clerk,
                recorded_at=now,
            )
            for one in partner.credentials.all()
        )


def check_partners(pharmacy: Pharmacy, *, now: datetime) -> None:
    """Those of a pharmacy that were not checked for three weeks are checked again."""
    for partner in pharmacy.partners.exclude(checks__checked_at__gt=now - timedelta(days=21)):
        check_partner(partner, now=now)


def _prescriber(user: User, institution: Institution, now: datetime) -> Prescriber:
    return Prescriber.objects.create(
        user=user,
        institution=institution,
        country=institution.country,
        specialty="haematology",
        licence_number="INV-0001",
        licence_authority="Invented Medical Council",
        licence_valid_until=now.date() + timedelta(days=3650),
        licence_checked_on=now.date(),
    )


def draft_profile(key: str, *, now: datetime = NOW) -> ProfileVersion:
    """The product's draft of one pathway, as ``load_profiles`` loads it; nobody has reviewed it."""
    there = ProfileVersion.objects.filter(profile_key=key, copied_from__isnull=True).first()
    if there is not None:
        return there
    library = load()
    alone = replace(library, profiles={key: library.profiles[key]})
    load_drafts(by=User.objects.service("setup"), now=now, library=alone)
    return ProfileVersion.objects.get(profile_key=key, copied_from__isnull=True)


def signed_profile(house: House, key: str) -> ProfileVersion:
    """A demonstration copy of one pathway as the product has it, signed."""
    return signed_copy(house, draft_profile(key, now=house.now))


def signed_copy(house: House, draft: ProfileVersion) -> ProfileVersion:
    """A demonstration copy of a draft: reviewed by the second pharmacist, signed by the pharmacist in charge."""
    return make_demonstration_copy(
        draft,
        pharmacy=house.pharmacy,
        reviewed_by=house.second_pharmacist,
        signed_by=house.pic,
        now=house.now,
    )


def build_patient(house: House, *, number: int = 1) -> Patient:
    """One invented patient; ``number`` tells them apart."""
    identity = Identity(
        family_name=f"Example{number}",
        given_names="Ada",
        birth_date=date(1987, 2, 3),
        record_number=f"INV-{number:05d}",
        sex="female",
    )
    return register_patient(pharmacy=house.pharmacy, identity=identity, by=house.coordinator, now=house.now)


def build_case(
    house: House,
    key: str = "UK-SPECIALS",
    *,
    number: int = 1,
    now: datetime | None = None,
    version: ProfileVersion | None = None,
    of_stock: bool | None = None,
) -> Case:
    """A case in its first stage on that signed version, or on a signed demonstration copy of the pathway.

    :param of_stock: without a patient; as the pathway's scope says when left out.
    """
    profile = version or signed_profile(house, key)
    stock = profile_of(profile).scope == "stock_no_patient" if of_stock is None else of_stock
    return open_case(
        pharmacy=house.pharmacy,
        patient=None if stock else build_patient(house, number=number),
        prescriber=house.prescriber,
        institution=house.institution,
        coordinator=house.coordinator,
        medicine=house.medicine,
        profile_version=profile,
        country=profile.jurisdiction,
        indication="invented haematological disease",
        by=house.coordinator,
        now=now or house.now,
    )


def sign_determination(house: House, case: Case, *, now: datetime | None = None) -> CaseEvent:
    """The prescriber prepares and signs the determination."""
    at = now or house.now
    of_a_patient = {"dose": "150 mg every 14 days", "justification": "Registered options were tried without effect."}
    of_stock = {"stock_level": "2 vials", "rationale": "Patients are expected who cannot wait for an import."}
    advance(
        case,
        "cases.determination.prepare",
        by=house.doctor,
        now=at,
        facts=of_stock if case.is_stock else of_a_patient,
    )
    draft = case.determinations.get(state=Determination.State.DRAFT)
    return advance(
        case,
        "cases.determination.sign",
        by=house.doctor,
        now=at,
        subject=draft,
        facts={"statements": list(statements_for(case)), "password": PASSWORD},
    )


def answer_checklist(review: Review, *, by: User, now: datetime, **other: Typed) -> str:
    """Answer every item of an open review that is asked with yes, save those given; returns what `read` must be."""
    sheet = sheet_of(review, now=now)
    given = {row.item.id: other.get(row.item.id.replace("-", "_"), Typed("yes")) for row in sheet.rows if row.is_asked}
    return keep_answers(review, given, read=sheet.fingerprint, by=by, now=now).fingerprint


def pass_review(case: Case, review: Review, *, by: User, now: datetime) -> CaseEvent:
    """Answer every item with yes and sign."""
    review = Review.objects.select_related("case", "determination__prescriber", "follows").get(pk=review.pk)
    read = answer_checklist(review, by=by, now=now)
    facts = {"fingerprint": read, "password": PASSWORD}
    return advance(case, "regulatory.review.pass", by=by, now=now, subject=review, facts=facts)


def clear_export(
    house: House, case: Case, consignment: Consignment, *, now: datetime, packed: bool = True
) -> None:  # fmt: skip
    """Let a consignment leave the USA: the export pathway is signed, and everything it asks is attested at ``now``."""
    if not ProfileVersion.objects.filter(profile_key=EXPORT, status=ProfileVersion.Status.ACTIVE).exists():
        signed_profile(house, EXPORT)
    check_partners(house.pharmacy, now=now)
    if packed:
        make_ready_to_leave(house, consignment, now=now)
    statements = [statement.code for statement in statements_of(case)]
    held = set(case.documents.exclude(pk__in=not_its_own(consignment)).values_list("doc_type", flat=True))
    for paper in load().profile(EXPORT).section("documents"):
        if paper["required"] == "always" and paper["doc_type"] not in held:
            made = build_paper(house, case, paper["doc_type"], now=now)
            if made.pk in not_its_own(consignment):
                with acting(by=house.coordinator, verb="tests.paper.claimed", business_at=now):
                    claim(consignment, [made], by=house.coordinator, now=now)
    advance(
        case,
        "regulatory.export.attest",
        by=house.coordinator,
        now=now,
        subject=consignment,
        facts={"statements": statements},
    )


def make_ready_to_leave(house: House, consignment: Consignment, *, now: datetime) -> None:
    """What is done at the packing table: packed, each pack scanned, transaction papers received; written once."""
    clerk = house.coordinator
    if consignment.packings.exists() or not consignment.units.exists():
        return
    scan_and_receive_papers(house, consignment, now=now)
    with acting(by=clerk, verb="tests.consignment.packed", business_at=now):
        Packing.objects.create(
            case_id=consignment.case_id, consignment=consignment, shipper_name="Invented Box 96",
            shipper_number="S-118", shipper_hours=2000, packed_by=clerk, packed_at=now,
        )  # fmt: skip


def scan_and_receive_papers(house: House, consignment: Consignment, *, now: datetime) -> None:
    """Each pack is scanned, and the seller's papers name each by its serial."""
    units = list(consignment.units.select_related("lot"))
    clerk, supplier = house.coordinator, consignment.supplier
    with acting(by=clerk, verb="tests.consignment.scanned", business_at=now):
        PackReading.objects.bulk_create(
            PackReading(
                case_id=consignment.case_id, consignment=consignment, unit=unit, text=unit.serial, gtin=unit.gtin,
                expiry=f"{unit.lot.expires_on:%y%m%d}", lot=unit.lot.number, serial=unit.serial,
                entry_method="scanner", read_by=clerk, read_at=now,
            )
            for unit in units
        )  # fmt: skip
        if supplier is None or supplier.country != "US" or consignment.transaction_records.exists():
            return
        # The tests' own papers are numbered from 1.
        number = 0 if consignment.number == 1 else 900 + consignment.number
        record = TransactionRecord.objects.create(
            case_id=consignment.case_id, consignment=consignment, number=number, regime="us_dscsa",
            source="paper", product="orvelumab", containers=len(units), transaction_on=now.date(), seller=supplier.name,
            buyer=str(house.pharmacy), statement=[], recorded_by=clerk, recorded_at=now,
            retained_until=now.date() + timedelta(days=2200),
        )  # fmt: skip
        TransactionPack.objects.bulk_create(
            TransactionPack(
                case_id=consignment.case_id, record=record, gtin=unit.gtin, lot=unit.lot.number,
                expires_on=unit.lot.expires_on, serial=unit.serial,
            )
            for unit in units
        )  # fmt: skip


def as_sent(at: datetime, *, result: str = "accept", **other: Any) -> dict[str, Any]:
    """The facts of an inspection by the protocol in effect: everything as it was sent, two units; signed.

    :param at: when it was inspected, the logger stopped before it and the box moved to its storage.
    """
    return {
        **{item.fact: "yes" for item in current(at).asked},
        "inspected_at": at,
        "logger_stopped_at": at,
        "stored_at": at,
        "units_received": "2",
        "result": result,
        "password": PASSWORD,
        **other,
    }


def read_on_arrival(consignment: Consignment, *, by: User, now: datetime) -> None:
    """Each pack is scanned at the institution, once."""
    with acting(by=by, verb="tests.consignment.scanned", business_at=now):
        for unit in consignment.units.select_related("lot").order_by("pk"):
            if not readings_of(consignment).filter(unit=unit, differs="").exists():
                PackReading.objects.create(
                    case_id=consignment.case_id, consignment=consignment, unit=unit, text=unit.serial, gtin=unit.gtin,
                    expiry=f"{unit.lot.expires_on:%y%m%d}", lot=unit.lot.number, serial=unit.serial,
                    entry_method="scanner", read_by=by, read_at=now,
                )  # fmt: skip


def check_arrival(house: House, consignment: Consignment, *, now: datetime) -> None:
    """The prescriber counts what was inspected, and signs that it is so."""
    inspection = consignment.inspections.latest("pk")
    facts = {"units_counted": inspection.units_received, "agrees": "yes", "password": PASSWORD}
    advance(
        consignment.case, "custody.consignment.second_check", by=house.doctor, now=now, subject=consignment, facts=facts
    )


def build_paper(
    house: House, case: Case, doc_type: str, *, now: datetime | None = None, uploaded: bool = False, **more: Any
) -> Document:
    """An accepted paper of that type, with content of its own.

    :param uploaded: as a picture that somebody sent, so that it counts as signed by hand (slower: a real inspection).
    :param more: goes to the upload (held_by, issued_on, valid_until).
    """
    at = now or house.now
    number = Document.objects.filter(case=case).count()
    if not uploaded and not more:
        text = f"Invented {doc_type}, copy {number}."
        return store_text(case=case, doc_type=doc_type, text=text, by=house.coordinator, now=at)
    picture = io.BytesIO()
    Image.new("RGB", (16, 16), (number % 256, number // 256, case.pk % 256)).save(picture, "PNG")
    picture.seek(0)
    document = receive_upload(
        case=case, file=picture, name=f"{doc_type}.png", doc_type=doc_type, by=house.coordinator, now=at, **more
    )
    if document.state == Document.State.RECEIVED:
        document = release_unscanned(document, by=house.coordinator, now=at, reason="No scanner runs in the tests.")
    rule = name_rule_of(case, doc_type)
    names = None if rule is None else rule.says == REQUIRED
    return accept_document(document, by=house.coordinator, now=at, names_patient=names)
