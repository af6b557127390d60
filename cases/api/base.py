"""The API object: the library's, with every refusal documented and every body an example."""

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from cases.api.problems import MEDIA_TYPE, Problem

REF = "#/components/schemas/{model}"
_WORDS = {
    "400": "Not readable",
    "401": "Not signed in",
    "403": "Not permitted",
    "404": "Not found, or not yours",
    "409": "Refused: requirements, conflict or state; nothing was changed",
    "413": "Too large",
    "422": "A value cannot be used",
}
_WRITES = {"post", "put", "patch", "delete"}


class HouseAPI(NinjaAPI):
    """An API whose document names each refusal of each call as problem+json."""

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: Any = None) -> OpenAPISchema:
        document = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        shapes = document["components"].setdefault("schemas", {})
        made = Problem.model_json_schema(ref_template=REF)
        shapes.update(made.pop("$defs", {}))
        shapes["Problem"] = made
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                _document_refusals(operation, path, method)
        return document


def _document_refusals(operation: dict[str, Any], path: str, method: str) -> None:
    """A call may be refused in these ways and no others; the tests hold the calls to it."""
    codes = ["401", "403", "422"]
    if "{" in path:
        codes.append("404")
    if method in _WRITES:
        codes += ["400", "404", "409"]
    if "multipart/form-data" in operation.get("requestBody", {}).get("content", {}):
        codes.append("413")
    for code in sorted({*codes, *operation.pop("x-refusals", [])}):
        operation["responses"][code] = {
            "description": _WORDS[code],
            "content": {MEDIA_TYPE: {"schema": {"$ref": REF.format(model="Problem")}}},
        }
    # Keys of responses are numbers as the library writes them; a document has texts.
    operation["responses"] = {str(code): said for code, said in operation["responses"].items()}
