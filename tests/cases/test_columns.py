"""Columns are hashed by their names, and everything Django makes of them stays as it was."""

from collections.abc import Callable

import pytest
from django.db.models import Count, F, QuerySet
from django.db.models.expressions import Col, Expression

from cases.models import Case, CaseEvent

QUERIES: dict[str, Callable[[], QuerySet]] = {
    "ordered": lambda: CaseEvent.objects.order_by("-seq"),
    "ordered over a join": lambda: Case.objects.with_people().order_by("patient__initials", "-id"),
    "ordered by a selected column": lambda: Case.objects.values("reference", "stage").order_by(F("stage").desc()),
    "grouped": lambda: Case.objects.values("stage", "pharmacy__name").annotate(many=Count("events")).order_by("many"),
    "distinct": lambda: Case.objects.order_by("stage").distinct("stage"),
    "the same table twice": lambda: Case.objects.select_related("coordinator", "prescriber__user").order_by("id"),
}


def column(name: str, alias: str = "cases_case") -> Col:
    return Col(alias, Case._meta.get_field(name))


def test_equal_columns_have_one_hash_and_others_are_told_apart() -> None:
    assert (column("stage"), hash(column("stage"))) == (column("stage"), hash(column("stage")))
    assert len({column("stage"), column("stage"), column("reference"), column("stage", alias="T4")}) == 3


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
def test_a_query_is_the_same_as_with_djangos_own_hash(
    query: Callable[[], QuerySet], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = str(query().query)

    monkeypatch.setattr(Col, "__hash__", Expression.__hash__)

    assert str(query().query) == ours
