"""One pathway as one JSON file: written the same way every time, read with every problem at once. Pure.

The file holds the data that a signature covers, and nothing else: who reviewed and signed a version stands in this
system's record, so that a file from elsewhere can never bring a signature with it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from regulatory.profiles.difference import PROVENANCE
from regulatory.profiles.loader import Library, validate_profile
from regulatory.profiles.schema import DATA, Problem, ProfileDataError, read_json

MOST_BYTES = 2_000_000
MOST_PROBLEMS = 100
WHOLE = "the whole file"
# Where a version stands is told by this system's own record; in a file from elsewhere it is only a claim.
NOT_IMPORTED: Mapping[str, Any] = {"status": "draft_unreviewed", "reviewed_on": None, "reviewed_by": None}
_VERSION = re.compile(r"\d{1,4}\.\d{1,4}\.\d{1,4}(-[a-z0-9][a-z0-9.-]{0,20})?")
_LAST = ("basis", "source", "confidence", "checked_on", "note")


def written(raw: Mapping[str, Any]) -> bytes:
    """The file of a pathway, byte for byte the same for the same data: fixed order of names, one name a line."""
    whole = {name: ordered(raw[name]) for name in (*_top(), *sorted(set(raw) - set(_top()))) if name in raw}
    return (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode()


@dataclass(frozen=True, slots=True)
class FileRead:
    """What a file holds: the data as a draft, and what it claims of itself that no file can bring."""

    data: dict[str, Any]
    claims: tuple[str, ...]


def read(content: bytes, *, library: Library, key: str = "") -> FileRead:
    """The data of a file as a draft.

    :param key: the pathway that the file must be of, where only one will do.
    :raises ProfileDataError: with every problem found (the first hundred): too large, not text, not JSON, a name given
        twice, a value that no database keeps, another pathway, and whatever the schema refuses.
    """
    name = key or "the file"
    raw = _parsed(content, name)
    found = list(_unkeepable(raw, "", _named(raw, name)))
    if not found:
        found = validate_profile(raw, library=library) + list(_of_another(raw, library, key))
    if found:
        raise ProfileDataError(found[:MOST_PROBLEMS])
    claims = tuple(
        f"The file says {name}: {raw[name]}. An import is a draft: it is reviewed and signed here."
        for name, draft in NOT_IMPORTED.items()
        if raw.get(name) != draft
    )
    return FileRead({**raw, **NOT_IMPORTED}, claims)


def version_problem(key: str, version: object) -> Problem | None:
    """What is wrong with the number of a version that people here give; None when it can be used."""
    if isinstance(version, str) and _VERSION.fullmatch(version):
        return None
    message = "a version number has three parts"
    return Problem(key, "/profile_version", _shown(version), message, "write it like 1.1.0, or 1.1.0-draft")


def _parsed(content: bytes, name: str) -> Any:
    if len(content) > MOST_BYTES:
        found = f"{len(content):,} bytes"
        message = f"a pathway has at most {MOST_BYTES:,} bytes"
        raise ProfileDataError([Problem(name, WHOLE, found, message, "choose the file of one pathway")])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where, found = f"byte {error.start}", "bytes that are not UTF-8"
        raise ProfileDataError([Problem(name, where, found, "this is not a text file", "save it as UTF-8")]) from error
    try:
        return json.loads(text, object_pairs_hook=_named_once, parse_constant=_no_number, parse_float=_number)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        found = "text that is not JSON" if text.strip() else "an empty file"
        raise ProfileDataError([Problem(name, where, found, error.msg, "correct the file at that place")]) from error
    except RecursionError as error:
        problem = Problem(name, WHOLE, "lists inside lists", "it is nested too deeply", "choose another file")
        raise ProfileDataError([problem]) from error
    except ValueError as error:
        raise ProfileDataError([Problem(name, WHOLE, str(error), "this is not JSON", "correct it")]) from error


def _of_another(raw: Any, library: Library, key: str) -> Iterator[Problem]:
    if not isinstance(raw, dict):
        return
    found, name = str(raw.get("profile_key")), _named(raw, key)
    if key and found != key:
        message = f"this file is of another pathway than {key}"
        yield Problem(name, "/profile_key", _shown(found), message, f"choose the file of {key}")
    elif found not in library.profiles:
        message = "this pathway is not known here"
        remedy = "correct the key; a new pathway comes with the product's data"
        yield Problem(name, "/profile_key", _shown(found), message, remedy)
    elif raw.get("jurisdiction") != library.profiles[found].jurisdiction:
        here = library.profiles[found].jurisdiction
        message = f"{found} is a pathway of {here}"
        yield Problem(name, "/jurisdiction", _shown(raw.get("jurisdiction")), message, f"write {here}")
    if raw.get("supersedes") and str(raw["supersedes"]) not in library.profiles:
        message = "the pathway it supersedes is not here"
        yield Problem(name, "/supersedes", _shown(raw["supersedes"]), message, "correct the key, or use null")
    if problem := version_problem(name, raw.get("profile_version")):
        yield problem


def _unkeepable(value: Any, path: str, name: str) -> Iterator[Problem]:
    """Text that PostgreSQL cannot keep: a NUL character, half of a surrogate pair."""
    if isinstance(value, str):
        if "\x00" in value:
            message = "it holds a NUL character, which no text may hold"
            yield Problem(name, path or "/", _shown(value), message, "take the character out")
        elif any("\ud800" <= char <= "\udfff" for char in value):
            message = "it holds half of a character"
            yield Problem(name, path or "/", ascii(value)[:80], message, "write the whole character")
    elif isinstance(value, dict):
        for part, inner in value.items():
            yield from _unkeepable(part, path, name)
            yield from _unkeepable(inner, f"{path}/{ascii(part)[1:-1]}", name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _unkeepable(inner, f"{path}/{index}", name)


def ordered(value: Any) -> Any:
    """The value with its names in the order of a file: a fact by id, words, provenance; all else by name."""
    if isinstance(value, list):
        return [ordered(part) for part in value]
    if not isinstance(value, Mapping):
        return value
    names = sorted(value)
    if "basis" in value:
        says = [name for name in names if name != "id" and name not in PROVENANCE]
        names = ["id", *says, *(name for name in names if name in PROVENANCE and name not in _LAST)]
        names += [name for name in _LAST if name in value]
    return {name: ordered(value[name]) for name in names if name in value}


@cache
def _top() -> tuple[str, ...]:
    return tuple(read_json(DATA / "schema.json")["$defs"]["profile"]["properties"])


def _named(raw: Any, otherwise: str) -> str:
    found = raw.get("profile_key") if isinstance(raw, dict) else None
    return ascii(found)[1:-1][:40] if isinstance(found, str) and found else otherwise or "the file"


def _number(text: str) -> int | float:
    """28.0 and 28 are one number, as the database keeps it; a fingerprint must not tell them apart."""
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"{text[:40]} is too large a number")
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON")


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice[:40]!a} is given twice in one object")
    return made


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= 80 else text[:77] + "..."
