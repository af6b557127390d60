"""FDA's tables as others published them, read for tests."""

import csv
import re
from pathlib import Path

RULES_BEGIN_AT = 7
_NAME = re.compile(r"'[^']*'|\"[^\"]*\"|[@$][\w:]+|[\w-]+(?=\(|::)|[A-Za-z_]\w*")


def fda_places(table: Path) -> dict[str, str]:
    """Each element's XPath, with the prefix h and without the counters of what repeats."""
    found = {}
    for row in csv.reader(table.open(encoding="utf-8-sig")):
        element, path = row[2].strip(), row[32].strip().split("\n")[0]
        if "/MCCI_IN200100UV01" in path or path.startswith("PORR"):
            found[element] = _xpath(path)
    return found


def _xpath(path: str) -> str:
    inner = re.sub(r"^substring\((.*),\s*\d+\)$", r"\1", path)
    inner = re.sub(r"\[[rik]\]", "", inner)
    inner = inner if inner.startswith("/") else f"/MCCI_IN200100UV01/{inner}"
    return _NAME.sub(lambda word: word[0] if word[0][0] in "'\"@$" or _is_function(word) else f"h:{word[0]}", inner)


def _is_function(word: re.Match[str]) -> bool:
    after = word.string[word.end() : word.end() + 2]
    return after.startswith("(") or after == "::" or word[0] in ("and", "or")


def fda_rules(table: Path) -> dict[str, str]:
    """Each coded rule's number with the element it stands under."""
    found, element = {}, ""
    for row in list(csv.reader(table.open(encoding="utf-8-sig")))[RULES_BEGIN_AT:]:
        element = row[0].strip() or element
        if row[5].strip():
            found[row[5].strip()] = element
    return found
