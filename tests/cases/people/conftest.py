import pytest

from tests.cases.people.ground import Ground, lay_ground


@pytest.fixture
def ground(db: None) -> Ground:
    return lay_ground()
