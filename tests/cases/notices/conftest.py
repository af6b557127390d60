import pytest

from tests.cases.deadlines.ground import Ground, lay_ground


@pytest.fixture
def ground(db: None) -> Ground:
    return lay_ground()
