"""A patient's identity: written as ciphertext, read on record, found blindly, erased for good, and nowhere else."""

import base64
import json
import os
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from cases.audit.context import acting
from cases.audit.models import AuditEntry
from cases.models import Case
from cases.people.erasure import erase_identity, identity_faults, rotate_master_key
from cases.people.identity import (
    PARTS,
    Identity,
    IdentityInvalid,
    IdentityRefused,
    correct_identity,
    find_patients,
    register_patient,
    reveal_identity,
)
from cases.people.keys import KeyErased, KeyNotUsable
from cases.people.models import User
from cases.people.patients import IdentityAccess, Patient, PatientKey, Purpose
from cases.references import is_valid
from tests.cases.people.ground import CANARY, NOW, Ground, lay_ground
from tests.databases import FreshDatabase


def close(*cases: Case, by: User) -> None:
    for case in cases:
        with acting(by=by, verb="cases.case.closed"):
            case.close(outcome="completed", closed_at=NOW)
            case.save()


class TestRegistering:
    def test_keeps_a_pseudonym_and_a_ciphertext_for_each_part(self, ground: Ground) -> None:
        patient = Patient.objects.get(pk=ground.patient.pk)
        assert is_valid(patient.reference)
        assert (patient.initials, patient.birth_year, patient.pseudonym) == ("ZIM", 1987, "ZIM, born 1987")
        for part in PARTS:
            sealed = bytes(getattr(patient, part))
            assert sealed[:1] == b"\x01"
            assert b"anar" not in sealed
        assert sorted(patient.keys.values_list("purpose", flat=True)) == ["documents", "identity"]

    def test_shows_nothing_in_repr_and_str(self, ground: Ground) -> None:
        key = ground.patient.keys.get(purpose="identity")
        shown = f"{CANARY!r} {CANARY} {ground.patient!r} {ground.patient} {key!r} {key}"
        for secret in ("Canar", "Zsófia", "1987", "4711", "MRN"):
            assert secret not in shown

    def test_hides_the_length_of_a_short_name(self, ground: Ground) -> None:
        short = register_patient(pharmacy=ground.pharmacy, identity=Identity(family_name="Ng"), by=ground.pic, now=NOW)
        assert len(short.full_name) == len(Patient.objects.get(pk=ground.patient.pk).full_name)

    @pytest.mark.parametrize(
        ("identity", "field"),
        [
            (Identity(family_name=" "), "family_name"),
            (Identity(family_name="X\x00Y"), "family_name"),
            (Identity(family_name="X" * 201), "family_name"),
            (Identity(family_name="X", birth_date=date(2026, 3, 3)), "birth_date"),
            (Identity(family_name="X", birth_date=date(1889, 12, 31)), "birth_date"),
            (Identity(family_name="X", contacts={"phone": 5}), "contacts"),  # type: ignore[dict-item]
        ],
    )
    def test_refuses_what_is_no_identity(self, ground: Ground, identity: Identity, field: str) -> None:
        before = Patient.objects.count()
        with pytest.raises(IdentityInvalid) as refused:
            register_patient(pharmacy=ground.pharmacy, identity=identity, by=ground.pharmacist, now=NOW)
        assert list(refused.value.errors) == [field]
        assert Patient.objects.count() == before


class TestRevealing:
    def test_gives_the_whole_identity_to_a_pharmacist_of_the_pharmacy(self, ground: Ground) -> None:
        assert reveal_identity(ground.patient, by=ground.pharmacist, purpose="label of C-1", now=NOW) == CANARY

    def test_records_who_read_what_and_when(self, ground: Ground) -> None:
        reveal_identity(ground.patient, by=ground.prescriber, purpose="call", now=NOW, parts=["contacts", "full_name"])
        access = IdentityAccess.objects.get(patient=ground.patient)
        assert (access.by, access.at, access.kind) == (ground.prescriber, NOW, "revealed")
        assert (access.fields, access.purpose) == (["full_name", "contacts"], "call")
        entry = AuditEntry.objects.filter(table_name="people_identityaccess").latest("id")
        assert (entry.actor, entry.verb) == (ground.prescriber.code, "people.identity.revealed")

    def test_gives_only_the_parts_asked_for(self, ground: Ground) -> None:
        seen = reveal_identity(
            ground.patient, by=ground.receiver, purpose="handing over", now=NOW, parts=["birth_date"]
        )
        assert seen == Identity(birth_date=date(1987, 4, 9))

    @pytest.mark.parametrize(
        ("person", "parts", "sentence"),
        [
            ("administrator", ["full_name"], "Administrators see initials and birth year only; nothing was shown."),
            ("auditor", ["full_name"], "Auditors see initials and birth year only; nothing was shown."),
            ("receiver", ["contacts"], "Receiving pharmacists see initials and birth year only; nothing was shown."),
            ("other_pharmacist", ["full_name"], "This patient is in none of your cases; nothing was shown."),
            ("other_prescriber", ["full_name"], "This patient is in none of your cases; nothing was shown."),
        ],
    )
    def test_is_refused_and_the_refusal_recorded(
        self, ground: Ground, person: str, parts: list[str], sentence: str
    ) -> None:
        with pytest.raises(IdentityRefused) as refused:
            reveal_identity(ground.patient, by=getattr(ground, person), purpose="curiosity", now=NOW, parts=parts)
        assert str(refused.value) == sentence
        access = IdentityAccess.objects.get(patient=ground.patient)
        assert (access.kind, access.by, access.fields) == ("refused", getattr(ground, person), parts)

    def test_is_refused_to_a_delegate_whose_right_has_ended(self, ground: Ground) -> None:
        assert reveal_identity(ground.patient, by=ground.delegate, purpose="upload", now=NOW) == CANARY
        with acting(by=ground.pic, verb="people.delegation.ended"):
            ground.delegate.delegations.update(valid_until=NOW + timedelta(hours=1))
        with pytest.raises(IdentityRefused, match="none of your cases"):
            reveal_identity(ground.patient, by=ground.delegate, purpose="upload", now=NOW + timedelta(hours=1))

    def test_needs_a_purpose(self, ground: Ground) -> None:
        with pytest.raises(IdentityRefused, match="what for"):
            reveal_identity(ground.patient, by=ground.pharmacist, purpose="  ", now=NOW)

    def test_says_a_wrong_master_key_in_a_sentence(self, ground: Ground, settings: Any) -> None:
        settings.NPP_MASTER_KEY = base64.b64encode(os.urandom(32)).decode()
        with pytest.raises(KeyNotUsable) as refused:
            reveal_identity(ground.patient, by=ground.pharmacist, purpose="label", now=NOW)
        assert "Set NPP_MASTER_KEY to that key" in str(refused.value)
        assert refused.value.__suppress_context__ or refused.value.__context__ is None

    def test_finds_a_ciphertext_moved_from_another_patient(self, ground: Ground) -> None:
        other = lay_ground().patient
        with acting(by=ground.pic, verb="tests.moved"):
            Patient.objects.filter(pk=other.pk).update(full_name=ground.patient.full_name)
        other.refresh_from_db()
        with pytest.raises(KeyNotUsable, match="copied from elsewhere"):
            reveal_identity(other, by=User.objects.get(pharmacy=other.pharmacy, role="pharmacist_in_charge"),
                            purpose="label", now=NOW)  # fmt: skip

    def test_finds_a_ciphertext_moved_to_another_column(self, ground: Ground) -> None:
        with acting(by=ground.pic, verb="tests.moved"):
            Patient.objects.filter(pk=ground.patient.pk).update(record_number=ground.patient.full_name)
        ground.patient.refresh_from_db()
        with pytest.raises(KeyNotUsable, match="belongs to another place"):
            reveal_identity(ground.patient, by=ground.pharmacist, purpose="label", now=NOW)

    def test_the_record_of_a_reading_cannot_be_changed(self, ground: Ground) -> None:
        reveal_identity(ground.patient, by=ground.pharmacist, purpose="label", now=NOW)
        for change in (
            lambda: IdentityAccess.objects.update(purpose="other"),
            lambda: IdentityAccess.objects.all()._raw_delete("default"),
        ):
            with pytest.raises(DatabaseError), acting(by=ground.pharmacist, verb="tests.covered_up"):
                change()


class TestFinding:
    @pytest.mark.parametrize(
        "typed", ["Müstermann-Canarý", "MUSTERMANN CANARY", "Muestermann-Canary", "müstermanncanarý"]
    )
    def test_finds_by_family_name_and_birth_date(self, ground: Ground, typed: str) -> None:
        found = find_patients(
            pharmacy=ground.pharmacy, by=ground.pharmacist, now=NOW, family_name=typed, birth_date=date(1987, 4, 9)
        )
        assert found == [ground.patient]

    def test_finds_a_name_that_was_written_spelled_out(self, ground: Ground) -> None:
        born = date(1990, 1, 1)
        written = register_patient(
            pharmacy=ground.pharmacy, identity=Identity("Inventmueller", birth_date=born), by=ground.pic, now=NOW
        )
        found = find_patients(
            pharmacy=ground.pharmacy, by=ground.pic, now=NOW, family_name="Inventmüller", birth_date=born
        )
        assert found == [written]

    def test_finds_by_record_number(self, ground: Ground) -> None:
        found = find_patients(pharmacy=ground.pharmacy, by=ground.pic, now=NOW, record_number="mrn canary 0042")
        assert found == [ground.patient]

    @pytest.mark.parametrize(("name", "born"), [("Canary", date(1987, 4, 9)), ("Müstermann-Canarý", date(1987, 4, 8))])
    def test_finds_nobody_by_half_a_name_or_another_day(self, ground: Ground, name: str, born: date) -> None:
        assert find_patients(pharmacy=ground.pharmacy, by=ground.pic, now=NOW, family_name=name, birth_date=born) == []

    def test_records_the_search_but_not_what_was_typed(self, ground: Ground) -> None:
        find_patients(pharmacy=ground.pharmacy, by=ground.pic, now=NOW, record_number="MRN-CANARY-0042")
        access = IdentityAccess.objects.get(by=ground.pic)
        assert (access.kind, access.found, access.fields, access.patient) == ("searched", 1, ["record_number"], None)
        entry = AuditEntry.objects.filter(table_name="people_identityaccess").latest("id")
        assert "CANARY" not in json.dumps(entry.new).upper()

    @pytest.mark.parametrize("person", ["prescriber", "administrator", "auditor", "other_pharmacist", "receiver"])
    def test_is_for_the_pharmacists_of_the_pharmacy(self, ground: Ground, person: str) -> None:
        with pytest.raises(IdentityRefused, match="nothing was searched"):
            find_patients(
                pharmacy=ground.pharmacy, by=getattr(ground, person), now=NOW, record_number="MRN-CANARY-0042"
            )
        assert IdentityAccess.objects.get(by=getattr(ground, person)).kind == "refused"

    def test_a_name_alone_is_too_little(self, ground: Ground) -> None:
        with pytest.raises(IdentityRefused, match="together"):
            find_patients(pharmacy=ground.pharmacy, by=ground.pic, now=NOW, family_name="Müstermann-Canarý")


class TestCorrecting:
    def test_writes_anew_and_keeps_the_reason(self, ground: Ground) -> None:
        right = Identity("Rightname", "Zsófia", date(1986, 4, 9), {}, "MRN-2")
        correct_identity(ground.patient, identity=right, by=ground.pharmacist, now=NOW, reason="passport seen")
        ground.patient.refresh_from_db()
        assert reveal_identity(ground.patient, by=ground.pharmacist, purpose="label", now=NOW) == right
        assert (ground.patient.initials, ground.patient.birth_year) == ("ZR", 1986)
        entry = AuditEntry.objects.filter(table_name="people_patient").latest("id")
        assert (entry.verb, entry.reason) == ("people.patient.identity_corrected", "passport seen")
        assert not find_patients(pharmacy=ground.pharmacy, by=ground.pic, now=NOW, record_number="MRN-CANARY-0042")

    def test_is_refused_without_a_reason(self, ground: Ground) -> None:
        with pytest.raises(IdentityInvalid, match="Say why"):
            correct_identity(ground.patient, identity=CANARY, by=ground.pharmacist, now=NOW, reason=" ")

    def test_is_refused_to_a_stranger(self, ground: Ground) -> None:
        with pytest.raises(IdentityRefused):
            correct_identity(ground.patient, identity=CANARY, by=ground.other_pharmacist, now=NOW, reason="x")


class TestErasing:
    def test_leaves_nothing_readable_and_says_so(self, ground: Ground) -> None:
        close(ground.case, ground.sibling, by=ground.pic)
        before = ground.patient.keys.get(purpose="identity").key_id
        certificate = erase_identity(ground.patient, by=ground.pic, now=NOW, ground="GDPR 17, retention ended")
        line = certificate["keys"][0]
        assert (line["purpose"], line["key"]) == ("identity", before)
        assert certificate["still_readable"] == []
        assert len(certificate["keys"][0]["wrapped_key_sha256"]) == 64
        ground.patient.refresh_from_db()
        assert ground.patient.pseudonym == ground.patient.reference
        assert ground.patient.full_name is not None
        with pytest.raises(KeyErased, match="was erased on 2 Mar 2026; nobody can read it"):
            reveal_identity(ground.patient, by=ground.pic, purpose="label", now=NOW)
        assert not find_patients(pharmacy=ground.pharmacy, by=ground.pic, now=NOW, record_number="MRN-CANARY-0042")
        assert list(identity_faults([ground.patient])) == []

    def test_leaves_no_wrapped_key_in_the_trail(self, ground: Ground) -> None:
        wrapped = bytes(ground.patient.keys.get(purpose="identity").wrapped or b"")
        close(ground.case, ground.sibling, by=ground.pic)
        erase_identity(ground.patient, by=ground.pic, now=NOW, ground="test")
        with connection.cursor() as cursor:
            cursor.execute("SELECT string_agg(e::text, ' ') FROM audit_auditentry e WHERE table_name LIKE 'people_%%'")
            trail = cursor.fetchone()[0]
        assert "people_patientkey" in trail
        assert wrapped.hex() not in trail
        assert wrapped[5:].hex()[:24] not in trail

    def test_may_keep_the_documents(self, ground: Ground) -> None:
        close(ground.case, ground.sibling, by=ground.pic)
        certificate = erase_identity(ground.patient, by=ground.pic, now=NOW, ground="x", purposes=[Purpose.IDENTITY])
        assert certificate["still_readable"] == [
            "bytes of every document of the patient's cases",
            "original names of the files",
        ]

    @pytest.mark.parametrize("person", ["pharmacist", "prescriber", "administrator", "auditor", "other_pharmacist"])
    def test_is_for_the_pharmacist_in_charge(self, ground: Ground, person: str) -> None:
        close(ground.case, ground.sibling, by=ground.pic)
        with pytest.raises(IdentityRefused, match="nothing was erased"):
            erase_identity(ground.patient, by=getattr(ground, person), now=NOW, ground="x")
        assert PatientKey.objects.filter(patient=ground.patient, state="active").count() == 2

    def test_is_refused_while_a_case_is_open(self, ground: Ground) -> None:
        close(ground.case, by=ground.pic)
        with pytest.raises(IdentityRefused, match=f"{ground.sibling.reference} is not closed; nothing was erased"):
            erase_identity(ground.patient, by=ground.pic, now=NOW, ground="x")
        assert PatientKey.objects.filter(patient=ground.patient, state="active").count() == 2

    def test_twice_changes_nothing(self, ground: Ground) -> None:
        close(ground.case, ground.sibling, by=ground.pic)
        erase_identity(ground.patient, by=ground.pic, now=NOW, ground="first")
        again = erase_identity(ground.patient, by=ground.pic, now=NOW + timedelta(days=1), ground="second")
        assert [line["erased_at"] for line in again["keys"]] == [NOW.isoformat()] * 2

    def test_an_erased_key_does_not_come_back(self, ground: Ground) -> None:
        close(ground.case, ground.sibling, by=ground.pic)
        wrapped = ground.patient.keys.get(purpose="identity").wrapped
        erase_identity(ground.patient, by=ground.pic, now=NOW, ground="x")
        for values in ({"state": "active"}, {"wrapped": wrapped}):
            with pytest.raises(IntegrityError), acting(by=ground.pic, verb="tests.undone"):
                PatientKey.objects.filter(patient=ground.patient, purpose="identity").update(**values)


class TestRotating:
    def test_wraps_every_key_anew_and_the_old_master_key_may_go(self, ground: Ground, settings: Any) -> None:
        old = settings.NPP_MASTER_KEY
        settings.NPP_MASTER_KEY = base64.b64encode(b"\x05" * 32).decode()
        settings.NPP_MASTER_KEY_PREVIOUS = old
        setup = User.objects.service("setup")
        assert rotate_master_key(by=setup, now=NOW, batch=1) == PatientKey.objects.filter(state="active").count()
        assert rotate_master_key(by=setup, now=NOW) == 0
        settings.NPP_MASTER_KEY_PREVIOUS = ""
        assert reveal_identity(ground.patient, by=ground.pharmacist, purpose="label", now=NOW) == CANARY

    def test_the_command_says_what_it_did(
        self, ground: Ground, settings: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        settings.NPP_MASTER_KEY_PREVIOUS = settings.NPP_MASTER_KEY
        settings.NPP_MASTER_KEY = base64.b64encode(b"\x05" * 32).decode()
        call_command("rotate_master_key")
        total = PatientKey.objects.filter(state="active").count()
        assert capsys.readouterr().out.startswith(f"{total} keys wrapped under the current master key")

    def test_the_command_is_refused_without_the_old_key(self, ground: Ground, settings: Any) -> None:
        settings.NPP_MASTER_KEY = base64.b64encode(b"\x05" * 32).decode()
        with pytest.raises(CommandError, match="NPP_MASTER_KEY_PREVIOUS while the master key is being changed"):
            call_command("rotate_master_key")


class TestChecking:
    def test_is_content_with_what_services_wrote(self, ground: Ground) -> None:
        assert list(identity_faults(Patient.objects.filter(pharmacy=ground.pharmacy))) == []

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"initials": "QQ"}, "has initials that do not follow from the identity."),
            ({"person_index": "0" * 24}, "has person_index that do not follow from the identity."),
            ({"birth_year": 1950, "record_index": ""}, "has birth_year, record_index that do not follow"),
            ({"contacts": b"\x01" * 60}, "does not open: The ciphertext of people_patient, contacts"),
        ],
    )
    def test_finds_what_was_changed_beside_the_services(
        self, ground: Ground, change: dict[str, Any], sentence: str
    ) -> None:
        with acting(by=ground.pic, verb="tests.planted"):
            Patient.objects.filter(pk=ground.patient.pk).update(**change)
        [(reference, found)] = identity_faults(Patient.objects.filter(pk=ground.patient.pk))
        assert reference == ground.patient.reference
        assert found.startswith(sentence)
        with pytest.raises(CommandError, match="identities are not in order"):
            call_command("check_identities")


def test_the_identity_is_in_no_column_of_any_table(ground: Ground) -> None:
    reveal_identity(ground.patient, by=ground.pharmacist, purpose="label", now=NOW)
    find_patients(pharmacy=ground.pharmacy, by=ground.pic, now=NOW, record_number="MRN-CANARY-0042")
    secrets = ["Canar", "Müstermann", "Zsófia", "1987-04-09", "555 0100", "Nowherestra", "CANARY-0042"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND data_type IN"
            " ('text', 'character varying', 'bytea', 'jsonb', 'json', 'USER-DEFINED', 'ARRAY', 'date')"
        )
        columns = cursor.fetchall()
        assert len({table for table, _, _ in columns}) > 30
        for table, column, kind in columns:
            text = f"encode(\"{column}\", 'escape')" if kind == "bytea" else f'"{column}"::text'
            for secret in secrets:
                needles = [secret, secret.encode().hex(), base64.b64encode(secret.encode()).decode()[:8]]
                # Names from the catalogue, not from a person.
                query = f'SELECT count(*) FROM "{table}" WHERE {text} ILIKE ANY(%s)'  # noqa: S608
                cursor.execute(query, [[f"%{needle}%" for needle in needles]])
                assert cursor.fetchone()[0] == 0, f"{secret!r} is in {table}.{column}"


def test_a_dump_of_the_database_does_not_show_the_identity(fresh_database: FreshDatabase) -> None:
    ground = lay_ground()
    reveal_identity(ground.patient, by=ground.pharmacist, purpose="label", now=NOW)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(tablename, ' ') FROM pg_tables WHERE schemaname = 'public'")
        tables = cursor.fetchone()[0].split()
        dump = bytearray()
        for table in tables:
            with cursor.copy(f'COPY "{table}" TO STDOUT') as copied:
                for part in copied:
                    dump += part
    assert ground.patient.reference.encode() in dump
    for secret in ("Canar", "Müstermann", "Zsófia", "1987-04-09", "555 0100 4711", "Nowherestra"):
        assert secret.encode() not in dump
        assert secret.encode().hex().encode() not in dump
