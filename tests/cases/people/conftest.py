from tests.cases.people.ground import Ground, lay_ground
from tests.laid import laid


@laid
def ground(db: None) -> Ground:
    return lay_ground()
