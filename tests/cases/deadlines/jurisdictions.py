"""The jurisdictions of the product, read as plain data: the trunk's tests do not import the branch that holds them."""

import json
from pathlib import Path
from typing import Any

_PATH = Path(__file__).parents[3] / "regulatory" / "profiles" / "data" / "jurisdictions.json"

JURISDICTIONS: list[dict[str, Any]] = json.loads(_PATH.read_text(encoding="utf-8"))
