"""The API's own page: every call with its values, an example and a line to try it, made from the OpenAPI document."""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.module_loading import import_string

from cases.api.problems import API, KINDS, URN

DEEPEST = 4
# A first call to a last: each was made by tests/api/test_docs.py as it stands here.
WORKED = (
    ("See whom the token speaks for.", "GET", "/whoami", None),
    ("Find a case: the first open one.", "GET", "/cases?stage=open&limit=1", None),
    ("See what you could do on it, and which of it comes next.", "GET", "/cases/{reference}/steps", None),
    (
        "See what one step rests on, whether it may proceed, and which facts it asks.",
        "GET",
        "/cases/{reference}/step?verb=cases.note.write",
        None,
    ),
    (
        "Take it, with the facts by name, the `events` of the case as `seen`, and a key of your own making.",
        "POST",
        "/cases/{reference}/advance",
        {
            "verb": "cases.note.write",
            "facts": {"text": "The prescriber called: the dose stays.", "audience": "internal"},
            "seen": 12,
            "form_key": "6f1c0a8e-note-1",
        },
    ),
    ("Read the case's events: yours is the first.", "GET", "/cases/{reference}/events?limit=1", None),
)
ROOT = API.rstrip("/")
# What stands for a value in an example, where its shape gives none.
_SAMPLES = {
    "date": "2026-12-04",
    "date-time": "2026-12-04T14:30:00Z",
    "decimal": "12.000",
    "boolean": False,
    "integer": 1,
    "number": 1.0,
    "null": None,
}
_PATH_SAMPLES = {"reference": "NP-7K3M-Q2D9-5", "label": "D-3", "key": "UK-SPECIALS"}
_WORDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false", "null": "null"}


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a call or of an answer."""

    name: str
    kind: str
    required: bool
    about: str


@dataclass(slots=True)
class Call:
    """One call, as the page shows it."""

    id: str
    group: str
    method: str
    path: str
    summary: str
    text: str
    parameters: list[Value] = field(default_factory=list)
    body: list[Value] = field(default_factory=list)
    body_kind: str = ""
    example: str = ""
    curl: str = ""
    status: str = ""
    answer: list[Value] = field(default_factory=list)
    answer_example: str = ""
    refusals: list[tuple[str, str]] = field(default_factory=list)

    def speaks_of(self, words: list[str]) -> bool:
        """Whether every word is in the call's name, path, text or values."""
        said = " ".join(
            [self.method, self.path, self.group, self.summary, self.text, self.body_kind]
            + [f"{value.name} {value.about}" for value in (*self.parameters, *self.body, *self.answer)]
        ).casefold()
        return all(word in said for word in words)


@login_required
def api_docs(request: HttpRequest) -> HttpResponse:
    """All calls, or those that a search finds."""
    text = request.GET.get("q", "").strip()[:80]
    document = import_string(settings.API).get_openapi_schema()
    calls = calls_of(document, base=request.build_absolute_uri("/").rstrip("/"))
    shown = [call for call in calls if call.speaks_of(text.casefold().split())]
    groups: dict[str, list[Call]] = {}
    for call in shown:
        groups.setdefault(call.group, []).append(call)
    return render(
        request,
        "cases/api_docs.html",
        {
            "groups": groups,
            "shown": len(shown),
            "total": len(calls),
            "search": text,
            "kinds": [(f"{URN}{name}", kind) for name, kind in KINDS.items()],
            "problem": problem_example(),
            "worked": worked_example(request.build_absolute_uri("/").rstrip("/")),
        },
    )


def calls_of(document: Mapping[str, Any], *, base: str) -> list[Call]:
    """Every call of an OpenAPI document, in its order."""
    shapes = document["components"]["schemas"]
    return [
        _call(path, method, operation, shapes, base)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def sample(schema: Mapping[str, Any], shapes: Mapping[str, Any], depth: int = 0) -> Any:
    """A value that fits a shape: its own example where it has one."""
    if schema.get("examples"):
        return schema["examples"][0]
    schema = _resolved(schema, shapes)
    if schema.get("examples"):
        return schema["examples"][0]
    if "enum" in schema or "const" in schema:
        return schema.get("const", (schema.get("enum") or [""])[0])
    if options := _options(schema):
        return sample(next((one for one in options if one.get("type") != "null"), options[0]), shapes, depth)
    kind = schema.get("type")
    if kind == "object":
        inner = schema.get("properties", {}) if depth < DEEPEST else {}
        return {name: sample(part, shapes, depth + 1) for name, part in inner.items()}
    if kind == "array":
        return [sample(schema.get("items", {}), shapes, depth + 1)] if depth < DEEPEST else []
    return _SAMPLES.get(str(schema.get("format") or kind), "text")


def values_of(
    schema: Mapping[str, Any], shapes: Mapping[str, Any], prefix: str = "", depth: int = 0, *, sent: bool = False
) -> Iterator[Value]:
    """Every value of a shape, inner ones with the name of the outer before theirs.

    :param sent: of what a caller sends, where null is the same as leaving it out and is not spoken of.
    """
    schema = _resolved(schema, shapes)
    if schema.get("type") == "array":
        yield from values_of(schema.get("items", {}), shapes, f"{prefix}[]", depth, sent=sent)
        return
    for option in _options(schema):
        if "$ref" in option or option.get("type") in ("object", "array"):
            yield from values_of(option, shapes, prefix, depth, sent=sent)
    required = set(schema.get("required", ()))
    for name, part in schema.get("properties", {}).items():
        full = f"{prefix}.{name}" if prefix else name
        yield Value(full, _kind(part, shapes, sent=sent), name in required, _about(part, shapes))
        if depth < DEEPEST - 1:
            yield from values_of(part, shapes, full, depth + 1, sent=sent)


def worked_example(base: str) -> list[tuple[str, str]]:
    """What to do and the line that does it, from the first call to an event on record."""
    return [
        (told, curl(method, f"{base}{ROOT}{path.replace('{reference}', _PATH_SAMPLES['reference'])}", body))
        for told, method, path, body in WORKED
    ]


def problem_example() -> str:
    """A refusal as it comes, for the page."""
    kind = KINDS["facts-invalid"]
    return _shown(
        {
            "type": f"{URN}facts-invalid",
            "title": kind.title,
            "status": kind.status,
            "detail": "Nothing was changed.",
            "remedy": kind.remedy,
            "request_id": "5b1f0c9e2a7d4e60",
            "errors": [
                {
                    "field": "facts.planned_on",
                    "value": "soon",
                    "problem": "“soon” is not a day. Write day, month and year, for example 4 Dec 2026 or 2026-12-04.",
                    "remedy": "Send a day as year-month-day, for example 2026-12-04.",
                }
            ],
            "requirements": [],
            "changed_meanwhile": [],
        }
    )


def _call(path: str, method: str, operation: Mapping[str, Any], shapes: Mapping[str, Any], base: str) -> Call:
    call = Call(
        id=operation["operationId"],
        group=(operation.get("tags") or ["Other"])[0],
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        text=operation.get("description", ""),
    )
    for one in operation.get("parameters", []):
        about = one.get("description") or one["schema"].get("description", "")
        place = {"path": "in the path", "query": ""}.get(one["in"], one["in"])
        call.parameters.append(
            Value(
                one["name"],
                _kind(one["schema"], shapes, sent=True),
                bool(one.get("required")),
                ". ".join(filter(None, (about, place))),
            )
        )
    content = operation.get("requestBody", {}).get("content", {})
    for call.body_kind, said in content.items():
        call.body = list(values_of(said["schema"], shapes, sent=True))
        if call.body_kind == "application/json":
            call.example = _shown(sample(said["schema"], shapes))
    for status, said in operation["responses"].items():
        if status >= "400":
            call.refusals.append((status, said["description"][:1].lower() + said["description"][1:]))
            continue
        call.status = status
        for kind, shape in said.get("content", {}).items():
            if kind == "application/json":
                call.answer = list(values_of(shape["schema"], shapes))
                call.answer_example = _shown(sample(shape["schema"], shapes))
    call.curl = _curl(call, base)
    return call


def _curl(call: Call, base: str) -> str:
    """A line for a shell; the token stands in TOKEN."""
    path = call.path
    for name, example in _PATH_SAMPLES.items():
        if name == "reference" and "/enquiries/" in path:
            example = "EN-4T7H-2MKR-9"
        if name == "label" and "/holds/" in path:
            example = "H-1"
        path = path.replace("{" + name + "}", example)
    asked = [value for value in call.parameters if value.required and "in the path" not in value.about]
    query = "?" + "&".join(f"{value.name}=cases.hold.place" for value in asked) if asked else ""
    if call.body_kind == "application/json":
        return curl(call.method, base + path + query, json.loads(call.example))
    more = ["-F", "file=@prescription.pdf", "-F", "doc_type=prescription"] if call.body_kind else []
    more += ["-O", "-J"] if call.path.endswith("/content") else []
    return curl(call.method, base + path + query, None, *more)


def curl(method: str, address: str, body: Any, *more: str) -> str:
    """A line for a shell; the token stands in TOKEN. Forms say by themselves that they are posted."""
    parts = ["curl", "-H", '"Authorization: Bearer $TOKEN"', *more]
    if body is not None:
        sent = json.dumps(body, ensure_ascii=False)
        parts += ["-H", shlex.quote("Content-Type: application/json"), "-d", shlex.quote(sent)]
    elif method != "GET" and not more:
        parts += ["-X", method]
    return " ".join([*parts, shlex.quote(address)])


def _resolved(schema: Mapping[str, Any], shapes: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" in schema:
        found: Mapping[str, Any] = shapes[schema["$ref"].rpartition("/")[2]]
        return found
    # A reference with a default beside it comes wrapped.
    return _resolved(schema["allOf"][0], shapes) if len(schema.get("allOf", ())) == 1 else schema


def _options(schema: Mapping[str, Any]) -> list[Any]:
    return [*schema.get("anyOf", ()), *schema.get("oneOf", ())]


def _about(schema: Mapping[str, Any], shapes: Mapping[str, Any]) -> str:
    """What is said of a value, and the values it takes where there are few."""
    taken = [str(one) for one in _choices(schema, shapes)]
    own = str(schema.get("description", ""))
    listed = f"One of: {', '.join(taken)}." if 1 < len(taken) <= 20 else ""
    return " ".join(filter(None, (own, listed)))


def _choices(schema: Mapping[str, Any], shapes: Mapping[str, Any]) -> list[Any]:
    schema = _resolved(schema, shapes)
    found = list(schema.get("enum", ())) + ([schema["const"]] if "const" in schema else [])
    for option in _options(schema):
        found += _choices(option, shapes)
    return found


def _kind(schema: Mapping[str, Any], shapes: Mapping[str, Any], *, sent: bool = False) -> str:
    schema = _resolved(schema, shapes)
    if options := _options(schema):
        kinds = dict.fromkeys(_kind(option, shapes) for option in options if not sent or option.get("type") != "null")
        return " or ".join(kinds)
    kind = schema.get("type")
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}), shapes)}"
    if kind == "object":
        return "object"
    named = {"date": "day", "date-time": "instant", "binary": "file"}.get(str(schema.get("format", "")))
    return named or _WORDS.get(str(kind), "any")


def _shown(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
