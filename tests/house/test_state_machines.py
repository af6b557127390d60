"""The machines: drawn from the code, and held by the database whoever writes."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction
from django_fsm import FSMField

from cases.lifecycle.guard import edges
from cases.models import Case
from tests.factories import build_case, build_house

OURS = ("cases", "regulatory", "pharmacovigilance")
MACHINES = [
    (model, field)
    for model in apps.get_models()
    if model.__module__.split(".")[0] in OURS
    for field in model._meta.fields
    if isinstance(field, FSMField)
]


def test_the_document_is_fresh() -> None:
    call_command("state_machines", "--check")


def test_there_are_machines_for_every_record_of_the_domain() -> None:
    assert {model.__name__ for model, _ in MACHINES} >= {
        "Case", "Enquiry", "Determination", "Review", "Filing", "Authorization", "Consignment", "SafetyReport",
        "CaseVersion", "Obligation", "Transmission", "Document", "Deadline", "Notice", "ProfileVersion", "Override",
    }  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(("model", "field"), MACHINES, ids=lambda part: getattr(part, "__name__", ""))
def test_the_database_has_the_guard_of_each_machine(model: type[models.Model], field: FSMField) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE %s AND tgenabled <> 'D'",
            [model._meta.db_table, f"pgtrigger_guard_{field.name}%"],
        )
        assert cursor.fetchone() == (1,)


def move_in_sql(case: Case, stage: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('npp.actor', 'P-TEST', true)")
        cursor.execute("UPDATE cases_case SET stage = %s WHERE id = %s", [stage, case.pk])


@pytest.mark.django_db
def test_plain_sql_may_not_take_a_case_where_no_transition_leads() -> None:
    case = build_case(build_house())
    allowed = {target for source, target in edges(Case, "stage") if source == "determination"}
    assert allowed == {"filing", "sourcing", "closed"}
    for stage in ("authorization", "shipment", "dispensing", "follow_up", "nonsense"):
        with pytest.raises(DatabaseError, match="cannot go from"), transaction.atomic():
            move_in_sql(case, stage)
    assert Case.objects.get(pk=case.pk).stage == "determination"
