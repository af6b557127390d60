"""The lock-out counts by the address that was tried, however it is handed on."""

import pytest
from django.test import RequestFactory

from cases.web.lockout import name_tried


@pytest.mark.parametrize(
    ("credentials", "posted", "name"),
    [
        ({"email": "Ostby@Harrow.invalid"}, {}, "ostby@harrow.invalid"),
        ({"email": None, "username": "ostby"}, {}, "ostby"),
        ({}, {"login": " Ostby@Harrow.invalid "}, "ostby@harrow.invalid"),
        (None, {"login": "a@b.invalid"}, "a@b.invalid"),
        (None, {}, ""),
    ],
)
def test_the_address_that_was_tried(
    credentials: dict[str, str | None] | None, posted: dict[str, str], name: str
) -> None:
    assert name_tried(RequestFactory().post("/account/login/", posted), credentials) == name


def test_a_try_outside_a_request_has_no_name_of_its_own() -> None:
    assert name_tried(None, {"email": "a@b.invalid"}) == "a@b.invalid"
