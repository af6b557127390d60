from pathlib import Path
from typing import Any

import pytest

from tests.cases.people.ground import Ground, lay_ground
from tests.laid import laid


@pytest.fixture(autouse=True)
def papers_folder(tmp_path: Path, settings: Any) -> Path:
    """Every test has a documents folder of its own and no virus scanner."""
    settings.NPP_DATA_DIR = tmp_path
    settings.NPP_CLAMD = None
    return tmp_path / "documents"


@laid
def ground(db: None) -> Ground:
    return lay_ground()
