"""The accounts that a visitor of the demonstration may use; shown on the sign-in page and by ``demo_accounts``."""

from config.demonstration import cast

_ABROAD = (
    ("doctor.gb@example.org", "prescriber", "Dr L. Ferrante, United Kingdom: uploads and signs"),
    ("nurse.gb@example.org", "delegate", "N. Arkwright prepares for Dr Ferrante, never signs"),
    ("pharmacy.gb@example.org", "receiving pharmacist", "inspects and dispenses at Fairhaven"),
    ("doctor.au@example.org", "prescriber", "Dr P. Marchetti, Australia"),
)


def accounts() -> list[dict[str, str]]:
    """Role, e-mail, password and what the account is for, in the order of the pages that matter most."""
    staff = [(one.email, one.role.replace("_", " "), f"{one.name}: {one.what}") for one in cast.STAFF]
    return [
        {"email": email, "password": cast.PASSWORD, "role": role, "what": what}
        for email, role, what in (*staff, *_ABROAD)
    ]
