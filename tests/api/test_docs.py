"""The document of the API and the page made of it: true, whole, and of nothing but what the server holds."""

import re
import shlex
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from ninja import Schema

from cases.api.problems import KINDS, URN
from cases.models import Case, CaseEvent
from cases.web.api_docs import WORKED, worked_example
from config.api import api
from tests.api.callers import ROOT, Caller
from tests.factories import House

pytestmark = pytest.mark.django_db
OWN = ("cases", "regulatory", "pharmacovigilance")
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    document = api.get_openapi_schema()
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def page_of(house: House, address: str = "/api/v1/docs") -> str:
    client = Client()
    client.force_login(house.coordinator, backend=BACKEND)
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_call_says_what_it_does_and_how_it_is_refused() -> None:
    for path, method, operation in operations():
        assert operation["summary"], path
        assert operation["description"], path
        assert {"401", "403", "422"} <= set(operation["responses"]), path
        for status, answer in operation["responses"].items():
            if status >= "400":
                assert answer["content"] == {
                    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                }, path
        if method == "post":
            assert {"400", "404", "409", "413", "415"} <= set(operation["responses"]), path


def test_every_field_of_a_body_is_closed_to_others() -> None:
    """A misspelt field is refused because the shape says so, not by chance."""
    shapes = api.get_openapi_schema()["components"]["schemas"]
    for path, _, operation in operations():
        for content in operation.get("requestBody", {}).get("content", {}).values():
            schema = content["schema"]
            shape = shapes[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
            assert shape["additionalProperties"] is False, path


def test_the_openapi_document_is_served_to_the_signed_in(house: House) -> None:
    served = Caller(house.doctor).read("/openapi.json")
    assert served["openapi"] == "3.1.0"
    assert served["paths"].keys() == api.get_openapi_schema()["paths"].keys()


def test_the_worked_example_works_line_by_line(house: House, case: Case) -> None:
    caller = Caller(house.coordinator)
    for line in worked_example("https://npp.example"):
        words = shlex.split(line[1])
        assert words[:3] == ["curl", "-H", "Authorization: Bearer $TOKEN"]
    for _, method, path, body in WORKED:
        address = path.replace("{reference}", case.reference)
        if method == "GET":
            assert caller.client.get(ROOT + address).status_code == 200, path
        else:
            assert caller.post(address, body).status_code == 200, path
    event = CaseEvent.objects.latest("seq")
    assert (event.verb, event.by) == ("cases.note.written", house.coordinator)


def test_the_example_of_every_body_fits_its_shape(house: House, case: Case) -> None:
    """What the page shows to copy is not refused for its form, whoever it names."""
    caller = Caller(house.coordinator)
    shapes = api.get_openapi_schema()["components"]["schemas"]
    for path, method, operation in operations():
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            continue
        [example] = shapes[content["schema"]["$ref"].rpartition("/")[2]]["examples"]
        address = path.removeprefix("/api/v1").replace("{reference}", case.reference).replace("{label}", "H-1")
        address = (
            address.replace("{partner}", "1")
            .replace("{credential}", "1")
            .replace("{number}", "1")
            .replace("{line}", "1")
        )
        answer = getattr(caller, method)(address, example)
        named = [one["field"] for one in answer.json().get("errors", [])]
        assert answer.status_code < 500, path
        # A whole pathway is no example: its first two fields stand for it, and the rest is named as missing.
        named = [name for name in named if not (path.endswith("/profiles/import") and name.startswith("profile"))]
        assert set(named) <= {"pathway", "prescriber", "on"}, f"{path}: {answer.content!r}"


class TestThePage:
    """``/api/v1/docs``: every call with its values, a line to try and its refusals, from this server alone."""

    def test_shows_every_call_and_every_kind_of_refusal(self, house: House) -> None:
        page = page_of(house)
        for path, method, operation in operations():
            assert f'id="{operation["operationId"]}"' in page, path
            assert f"<strong>{method.upper()}</strong> {path}" in page
        for kind in KINDS:
            assert f"{URN}{kind}" in page

    def test_finds_a_call_by_word_path_or_field(self, house: House) -> None:
        page = page_of(house, "/api/v1/docs?q=lift")
        assert "Lift a hold" in page
        assert "Send a paper" not in page
        assert "No call found" in page_of(house, "/api/v1/docs?q=unheard-of")
        assert "No call found" not in page_of(house, "/api/v1/docs?q=held_by")

    def test_loads_nothing_from_elsewhere_and_runs_nothing_inline(self, house: House) -> None:
        page = page_of(house)
        loaded = re.findall(r'<(?:script|link|img|iframe|form)[^>]*?(?:src|href|action)="([^"]+)"', page)
        assert loaded
        assert all(address.startswith("/") for address in loaded), loaded
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son[a-z]+=|\sstyle=|<style", page)

    def test_is_led_to_from_the_menu_of_the_signed_in(self, house: House, case: Case) -> None:
        client = Client()
        for person, address in ((house.coordinator, "/today/"), (house.doctor, "/my/"), (house.auditor, "/audit/")):
            client.force_login(person, backend=BACKEND)
            assert '<a href="/api/v1/docs">API</a>' in client.get(address).content.decode()

    def test_of_a_stranger_leads_to_sign_in(self) -> None:
        answer = Client().get("/api/v1/docs")
        assert (answer.status_code, answer["Location"]) == (302, "/account/login/?next=/api/v1/docs")


def test_no_two_shapes_share_a_name_since_the_document_would_keep_one_of_them() -> None:
    def below(shape: type) -> Iterator[type]:
        for one in shape.__subclasses__():
            yield one
            yield from below(one)

    own = [one.__name__ for one in set(below(Schema)) if one.__module__.split(".")[0] in OWN]
    assert sorted(name for name, times in Counter(own).items() if times > 1) == []
