"""People who call the API with a token of their own, and what they were answered."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cases.people.models import User
from cases.people.tokens import create_token
from tests.written import rows

ROOT = "/api/v1"
PROBLEM = "application/problem+json"


@dataclass
class Caller:
    """One person with a token; every address is given from ``/api/v1`` on."""

    person: User | None
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def __post_init__(self) -> None:
        if self.person is not None:
            token = create_token(user=self.person, label="tests", by=self.person, now=datetime.now(UTC))
            self.client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {token}"

    def get(self, address: str, **query: Any) -> Any:
        return self.client.get(ROOT + address, query)

    def read(self, address: str, **query: Any) -> Any:
        """The body of an answer that must be 200."""
        answer = self.get(address, **query)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def post(self, address: str, body: Any = None, *, content_type: str = "application/json") -> Any:
        return self.client.post(ROOT + address, {} if body is None else body, content_type=content_type)

    def send(self, address: str, files: dict[str, bytes], **form: Any) -> Any:
        """Files by the names that the call gives them, as one form."""
        sent = {name: SimpleUploadedFile(f"{name}.asc", content) for name, content in files.items()}
        return self.client.post(ROOT + address, {**sent, **form})

    def upload(self, address: str, content: bytes, *, name: str = "paper.png", kind: str = "", **form: Any) -> Any:
        file = SimpleUploadedFile(name, content, content_type=kind or "application/octet-stream")
        return self.client.post(ROOT + address, {"file": file, **form})


def refused(answer: Any, status: int, kind: str) -> dict[str, Any]:
    """The body of a refusal of exactly that status and kind, without its request id."""
    assert (answer.status_code, answer["Content-Type"]) == (status, PROBLEM), answer.content
    body: dict[str, Any] = answer.json()
    assert (body["type"], body["status"]) == (f"urn:npp:problem:{kind}", status), body
    assert body.pop("request_id") == answer["X-Request-ID"]
    return body


def faults(answer: Any, *, kind: str = "facts-invalid", status: int = 422) -> list[tuple[str, Any, str, str]]:
    """(field, value, problem, remedy) of each fault that a refusal names; none of the words is empty."""
    named = [
        (one["field"], one["value"], one["problem"], one["remedy"]) for one in refused(answer, status, kind)["errors"]
    ]
    assert all(field and problem and remedy for field, _, problem, remedy in named), named
    return named


@contextmanager
def nothing_written() -> Iterator[None]:
    """No row of the product is written, changed in number or removed in the block: no event, deadline or notice."""
    before = rows()
    yield
    assert rows() == before
