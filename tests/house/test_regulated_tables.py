"""Every table of ours is captured by the database, or stands in the one list of exceptions with its reason."""

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import connection

from cases.audit.capture import captures, check_captures
from cases.audit.context import acting
from cases.audit.guardians import guardian_findings
from cases.audit.independent import verify_independently
from cases.audit.models import AuditEntry, CapturedTable
from cases.audit.verify import verify
from tests.cases.audit.people import PHARMACIST
from tests.cases.audit.rows import NOON, row_for

OURS = {"cases", "regulatory", "pharmacovigilance"}

EXCEPTIONS = {
    "audit.AuditChain": "The evidence itself: append-only, guarded by its own triggers.",
    "audit.AuditEntry": "The evidence itself: append-only, guarded by its own triggers.",
    "audit.Checkpoint": "Append-only by trigger; each names the digest of the one before; a copy is kept outside.",
    "clock.ClockSetting": "Demonstration and tests only; production refuses to move the clock.",
    "custody.EpcisEvent": "Read out of a file whose captured row has a hash over all of them; written once by trigger.",
    "custody.InspectionDraft": "Typing kept between the steps of an inspection; the inspection itself is captured.",
    "custody.LoggerDraft": "A file that somebody looks at before it is kept; document and assessment are captured.",
    "pharmacovigilance.DictionaryFile": "Licensed files until a worker has kept their terms; their SHA-256 is kept.",
    "pharmacovigilance.CodingTerm": "A licensed dictionary, written once; its import and each code given are captured.",
    "notices.Heartbeat": "When sweep and sender last ran: machinery, rewritten every few seconds.",
    "notices.MailboxMessage": "Stands in for an outside mail server in demonstrations; the notice is captured.",
}


# Tables of libraries: what proves who could sign in is captured, the rest is machinery.
LIBRARIES = {
    "account.EmailConfirmation": "Nobody signs up, so no address is ever confirmed by mail: the table stays empty.",
    "auth.Group": "Rights come from a person's role alone; the table stays empty.",
    "auth.Group_permissions": "Rights come from a person's role alone; the table stays empty.",
    "auth.Permission": "Written by migrations; rights come from a person's role alone.",
    "axes.AccessAttempt": "Counts wrong passwords of strangers; that a sign-in was shut is an AccessChange.",
    "axes.AccessAttemptExpiration": "Belongs to the count of wrong passwords.",
    "axes.AccessFailureLog": "Switched off; that a sign-in was shut is an AccessChange.",
    "axes.AccessLog": "Switched off: it would keep addresses and browsers of people.",
    "contenttypes.ContentType": "Written by migrations: the names of the models.",
    "sessions.Session": "Who is signed in now; rewritten with every minute of use, and gone with the sign-out.",
}


def test_every_table_of_a_library_is_captured_or_has_a_reason_not_to_be() -> None:
    theirs = {model._meta.label for model in apps.get_models(include_auto_created=True)} - our_models()
    regulated = {capture.model._meta.label for capture in captures()}

    assert theirs & regulated == {"account.EmailAddress", "mfa.Authenticator"}
    assert theirs - regulated == set(LIBRARIES)


def test_no_secret_of_a_second_factor_is_in_its_evidence(db: None) -> None:
    person = "P-TESTPHAR"
    with acting(by=PHARMACIST, verb="people.account.changed"):
        factor = row_for(Authenticator, type="totp", data={"secret": "JBSWY3DPEHPK3PXP", "k": 1})
        Authenticator.objects.filter(pk=factor.pk).update(data={"secret": "KRUGS4ZANFZSA3TP"})
    Authenticator.objects.filter(pk=factor.pk).update(last_used_at=NOON)

    entries = AuditEntry.objects.filter(table_name="mfa_authenticator", row_pk=str(factor.pk)).order_by("seq")

    assert [(entry.op, entry.actor) for entry in entries] == [("I", person), ("U", person)]
    told = [str(entry.new["data"]) for entry in entries]
    assert [digest[:7] for digest in told] == ["sha256:", "sha256:"]
    assert told[0] != told[1]
    assert not [entry for entry in entries if "JBSWY" in entry.body or "KRUGS" in entry.body]
    assert verify().ok
    assert verify_independently().ok


def our_models() -> set[str]:
    return {
        model._meta.label
        for model in apps.get_models(include_auto_created=True)
        if model.__module__.partition(".")[0] in OURS
    }


def test_every_model_is_regulated_or_an_exception_with_a_reason() -> None:
    regulated = {capture.model._meta.label for capture in captures()}

    assert regulated & set(EXCEPTIONS) == set()
    assert our_models() - regulated - set(EXCEPTIONS) == set()
    assert set(EXCEPTIONS) - our_models() == set()
    assert all(len(reason) > 20 for reason in EXCEPTIONS.values())


def test_no_table_of_the_database_is_without_a_model_but_two(db: None) -> None:
    """Neither holds a record: which migrations ran, and counters of limits that are gone when they are old."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        )
        tables = {name for (name,) in cursor.fetchall()}
    modelled = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}

    assert tables - modelled == {"django_migrations", "shared_cache"}


def test_every_registration_can_be_carried_out() -> None:
    assert check_captures() == []


def test_every_guard_is_in_its_place_and_always_on(db: None) -> None:
    assert guardian_findings(connection) == []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE t.tgname = 'audit_capture' AND t.tgenabled = 'A' ORDER BY 1"
        )
        captured = [name for (name,) in cursor.fetchall()]
    assert captured == [capture.table for capture in captures()]
    assert sorted(CapturedTable.objects.values_list("table_name", flat=True)) == captured


@pytest.mark.parametrize("capture", captures(), ids=lambda capture: capture.table)
def test_a_record_of_a_case_names_it_directly(capture: object) -> None:
    """The chain is per case, so whoever has a `case` must be on its chain first of all."""
    columns = {field.column for field in capture.model._meta.concrete_fields}  # type: ignore[attr-defined]
    if "case_id" in columns:
        assert capture.chain[0] == ("case", "case_id") or capture.table in ON_A_PERSON  # type: ignore[attr-defined]


# Rights of a person, not records of the case they open.
ON_A_PERSON = {"people_accesslink"}
