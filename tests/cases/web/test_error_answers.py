"""Each refusal that the product meets really is a page that says what to do, not an empty answer or a failure."""

from html import unescape
from typing import Any

from django.db import OperationalError
from django.test import Client, RequestFactory

from cases.web import errors
from tests.factories import House, build_house
from tests.laid import laid


@laid
def house(db: None) -> House:
    return build_house()


def signed_in(house: House) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(house.coordinator, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_a_form_address_that_is_opened_says_where_the_button_is(house: House) -> None:
    answer = signed_in(house).get("/demonstration/clock/")
    page = unescape(answer.content.decode())
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "This address cannot be asked like that. Nothing changed." in page
    assert "Open the page that has the button, and press it there." in page
    api = signed_in(house).delete("/api/v1/whoami")
    assert (api.status_code, api["Content-Type"]) == (405, "application/problem+json")


def test_a_form_that_is_too_large_names_the_limit(house: House, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000
    answer = signed_in(house).post("/enquiries/new/", {"question": "x" * 3_000})
    page = unescape(answer.content.decode())
    assert answer.status_code == 413
    assert "a paper may have at most 25 MB, what is typed into a form at most 2\N{NO-BREAK SPACE}kB." in page
    assert "Nothing was stored." in page


def test_an_address_that_is_not_there_says_so(house: House) -> None:
    answer = signed_in(house).get("/nowhere/at/all/")
    assert answer.status_code == 404
    assert "There is no such page, or it is not yours to see." in unescape(answer.content.decode())


def test_a_database_that_is_gone_is_said_to_be_not_ready() -> None:
    try:
        raise OperationalError("the connection is lost")
    except OperationalError:
        answer = errors.failed(RequestFactory().get("/today/"))
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    page = unescape(answer.content.decode())
    assert "No deadline is lost meanwhile: each reminder goes out once, marked late." in page
    assert errors.failed(RequestFactory().get("/today/")).status_code == 500
