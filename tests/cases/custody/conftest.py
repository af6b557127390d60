"""Fixtures of custody: one case at sourcing, and what others published."""

import os
from pathlib import Path

import pytest
from django.conf import settings

from tests.cases.custody.builders import Supply, build_supply
from tests.laid import laid


@laid
def supply(db: None) -> Supply:
    """A case at sourcing on a pathway without gates."""
    return build_supply()


@pytest.fixture(scope="session")
def standards() -> Path:
    """The folder of schemas and examples that nobody here wrote (architecture: `standards/`)."""
    folder = Path(os.environ.get("NPP_STANDARDS_DIR", Path(settings.BASE_DIR) / "../shared/standards")).resolve()
    if not folder.is_dir():
        pytest.skip(f"No published examples at {folder}: set NPP_STANDARDS_DIR.")
    return folder
