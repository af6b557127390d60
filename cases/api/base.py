"""The API object: the library's, which takes nothing it does not know and documents every refusal."""

import json
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django.http import Http404, HttpRequest
from ninja import NinjaAPI
from ninja.errors import ValidationError, ValidationErrorContext
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.params.models import ParamModel
from ninja.parser import Parser
from pydantic import ValidationError as Invalid
from pydantic_core import InitErrorDetails, PydanticCustomError

from cases.api.problems import MEDIA_TYPE, Problem
from cases.api.refusals import FieldsRefused
from cases.documents.errors import UploadRefused

REF = "#/components/schemas/{model}"
JSON, MULTIPART = "application/json", "multipart/form-data"
_WORDS = {
    "400": "Not readable",
    "401": "Not signed in",
    "403": "Not permitted",
    "404": "Not found, or not yours",
    "409": "Refused: requirements, conflict or state; nothing was changed",
    "413": "Too large",
    "415": "Not the media type that this call takes",
    "422": "A value cannot be used",
}
_WRITES = {"post", "put", "patch", "delete"}


class StrictJSON(Parser):
    """JSON as its standard has it: no name twice in an object, no NaN or Infinity (RFC 8259)."""

    def parse_body(self, request: HttpRequest) -> Any:
        return json.loads(request.body, parse_constant=_no_number, object_pairs_hook=_named_once)


class NothingElse(ParamModel):
    """Refuses what a call does not take: a misspelt filter would otherwise be dropped, and everything listed."""

    __ninja_param_source__ = "query"  # type: ignore[assignment]  # the library writes it into classes that it makes
    __ninja_flatten_map_reverse__: ClassVar[dict[tuple[str, ...], tuple[str, ...]]] = {}
    query: ClassVar[frozenset[str]] = frozenset()
    repeated: ClassVar[frozenset[str]] = frozenset()
    form: ClassVar[frozenset[str]] = frozenset()
    takes: ClassVar[str] = ""

    @classmethod
    def get_request_data(cls, request: HttpRequest, api: NinjaAPI, path_params: dict[str, Any]) -> None:
        """Nothing, or a refusal.

        :raises Http404: for a path with a NUL character, which PostgreSQL cannot look for.
        :raises FieldsRefused: 415 for a body of another media type.
        :raises UploadRefused: for a form that ended before its length.
        :raises pydantic.ValidationError: for every name that is unknown, and every value that is sent twice.
        """
        if any("\x00" in str(part) for part in path_params.values()):
            raise Http404("There is no such thing: no name of ours holds a NUL character.")
        has_body = request.META.get("CONTENT_LENGTH") not in (None, "", "0")
        if cls.takes and has_body and request.content_type != cls.takes:
            sent = (request.content_type or "nothing")[:80]
            told, remedy = f"This call takes {cls.takes}.", f"Send it as {cls.takes}."
            raise FieldsRefused(("Content-Type", sent, told, remedy), kind="other-media-type")
        faults = list(_strangers(request.GET.lists(), cls.query, cls.repeated))
        if cls.form:
            _refuse_cut(request)
            faults += _strangers([*request.POST.lists(), *request.FILES.lists()], cls.form)
        if faults:
            raise Invalid.from_exception_data(cls.__name__, faults)


class HouseAPI(NinjaAPI):
    """An API that is strict in what it takes, and whose document names each refusal of each call as problem+json."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(parser=StrictJSON(), **settings)
        self.add_decorator(_strictly, mode="view")
        self._document: OpenAPISchema | None = None

    def validation_error_from_error_contexts(self, error_contexts: list[ValidationErrorContext]) -> ValidationError:
        """With the value that was sent, which the library leaves out."""
        error = super().validation_error_from_error_contexts(error_contexts)
        sent = [line.get("input") for context in error_contexts for line in context.pydantic_validation_error.errors()]
        for line, value in zip(error.errors, sent, strict=True):
            line["input"] = value
        return error

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: Any = None) -> OpenAPISchema:
        """The document, made once: nothing in it changes while the process runs."""
        if self._document is None:
            self._document = self._written(super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params))
        return self._document

    @staticmethod
    def _written(document: OpenAPISchema) -> OpenAPISchema:
        shapes = document["components"].setdefault("schemas", {})
        made = Problem.model_json_schema(ref_template=REF)
        shapes.update(made.pop("$defs", {}))
        shapes["Problem"] = made
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                _document_refusals(operation, path, method)
        return document


def _strictly(run: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator of every call: read :class:`NothingElse` before its values."""
    operation: Operation = run.__self__  # type: ignore[attr-defined]
    named: dict[str, set[str]] = {"query": set(), "form": set(), "file": set()}
    sources = {model.__ninja_param_source__ for model in operation.models}
    repeated: set[str] = set()
    for model in operation.models:
        repeated.update(getattr(model, "__ninja_collection_fields__", ()))
        names = getattr(model, "__ninja_flatten_map__", None) or model.model_fields
        named.get(str(model.__ninja_param_source__), set()).update(names)
    made = type(
        "NothingElse",
        (NothingElse,),
        {
            "__module__": __name__,
            "query": frozenset(named["query"]),
            "repeated": frozenset(repeated & named["query"]),
            "form": frozenset(named["form"] | named["file"]),
            "takes": MULTIPART if "file" in sources else JSON if "body" in sources else "",
        },
    )
    operation.models = [made, *operation.models]
    return run


def _strangers(
    sent: Iterable[tuple[str, list[Any]]], known: frozenset[str], repeated: frozenset[str] = frozenset()
) -> Iterable[InitErrorDetails]:
    for name, values in sent:
        if name not in known:
            yield {"type": "extra_forbidden", "loc": (name,), "input": str(values[-1])}
        elif len(values) > 1 and name not in repeated:
            twice = PydanticCustomError("sent_twice", "It was sent more than once")
            yield {"type": twice, "loc": (name,), "input": str(values[-1])}


def _refuse_cut(request: HttpRequest) -> None:
    """Of a body that ended early, what is missing would look as if it had not been sent."""
    request.POST  # noqa: B018 - reading it is what finds out
    if not getattr(request, "came_whole", True):
        raise UploadRefused("cut-off", "The connection was cut before all had come.", "Send it again.")


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON")


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice[:40]!a} is given twice in one object")
    return made


def _document_refusals(operation: dict[str, Any], path: str, method: str) -> None:
    """A call may be refused in these ways and no others; the tests hold the calls to it."""
    codes = {"401", "403", "422", *operation.pop("x-refusals", ())}
    if "{" in path:
        codes.add("404")
    if method in _WRITES:
        codes |= {"400", "404", "409", "413", "415"}
    form = operation.get("requestBody", {}).get("content", {}).get(MULTIPART)
    if form is not None:
        form["schema"]["additionalProperties"] = False
    for code in sorted(codes):
        operation["responses"][code] = {
            "description": _WORDS[code],
            "content": {MEDIA_TYPE: {"schema": {"$ref": REF.format(model="Problem")}}},
        }
    # Keys of responses are numbers as the library writes them; a document has texts.
    operation["responses"] = {str(code): said for code, said in operation["responses"].items()}
