"""An error page says what happened, that nothing changed, what to do, and a number to quote; it leaks nothing."""

import json
from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from cases.web import errors

Handler = Callable[[HttpRequest], HttpResponse]
BARE: list[tuple[Handler, int, str]] = [
    (errors.bad_request, 400, "Nothing changed."),
    (errors.failed, 500, "Nothing was saved and nothing was sent."),
    (errors.not_ready, 503, "Nothing was saved and nothing was sent."),
    (errors.too_many, 429, "Nothing changed."),
    (errors.csrf_failure, 403, "nothing was done"),
    (errors.locked_out, 429, "sign-in is shut for 15 minutes"),
]


def request(path: str = "/cases/NP-1/") -> HttpRequest:
    made = RequestFactory().get(path)
    made.request_id = "r-7f20-41"  # type: ignore[attr-defined]
    return made


@pytest.mark.parametrize(("handler", "status", "sentence"), BARE)
def test_a_page_that_stands_on_nothing_is_drawn_without_a_database(
    handler: Handler, status: int, sentence: str
) -> None:
    answer = handler(request())
    page = answer.content.decode()
    assert answer.status_code == status
    assert sentence in page
    assert "r-7f20-41" in page
    assert "/cases/NP-1/" not in page


@pytest.mark.parametrize(("handler", "status", "_"), BARE)
def test_the_api_gets_a_problem_document(handler: Handler, status: int, _: str) -> None:
    answer = handler(request("/api/v1/cases"))
    assert answer["Content-Type"] == "application/problem+json"
    body = json.loads(answer.content)
    assert (body["status"], body["request_id"]) == (status, "r-7f20-41")


@pytest.mark.django_db
def test_a_colleague_without_the_right_is_told_why_and_who_may() -> None:
    refused = PermissionDenied("You packed C-4, so you may not release it.", "H. Lindqvist may.")
    answer = errors.forbidden(request(), refused)
    assert answer.status_code == 403
    assert "You packed C-4, so you may not release it." in answer.content.decode()
    assert "H. Lindqvist may." in answer.content.decode()


@pytest.mark.django_db
def test_a_stranger_is_not_told_whether_the_thing_exists() -> None:
    page = errors.not_found(request("/cases/NP-7K3M/"), Exception("No Case matches NP-7K3M")).content.decode()
    assert "There is no such page, or it is not yours to see." in page
    assert "7K3M" not in page


@pytest.mark.django_db
def test_a_conflict_leads_to_how_things_stand_now() -> None:
    page = errors.conflict(request(), reason="T. Adeyemi withdrew it at 09:05.", again="/cases/NP-1/").content.decode()
    assert "T. Adeyemi withdrew it at 09:05." in page
    assert 'href="/cases/NP-1/"' in page
