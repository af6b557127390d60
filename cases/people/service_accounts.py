"""Named service accounts: who acts when no person does. Made once, after the first migration, under their own name."""

from typing import Any

from cases.audit.context import acting
from cases.people.models import User
from cases.people.roles import Role

# name -> (code in the audit trail, what it does)
SERVICE_ACCOUNTS = {
    "setup": ("S-SETUP", "Set-up: loads product data"),
    "sign-in": ("S-SIGN-IN", "Sign-in: changes of a password or second factor before a person is known"),
    "deadline-sweep": ("S-SWEEP", "Deadline sweep"),
    "notice-sender": ("S-SENDER", "Notice sender"),
    "triage-wizard": ("S-TRIAGE", "Triage wizard: what a family answers before anybody knows it"),
    "epcis-import": ("S-EPCIS", "EPCIS import: takes the files of trading partners"),
    "quantity-ledger": ("S-LEDGER", "Quantity ledger: ends an authorization that is used up"),
    "sealer": ("S-SEALER", "Sealer of the audit trail"),
}


def ensure_service_accounts(**kwargs: Any) -> None:
    """Make the accounts that are missing; running it again changes nothing. Receiver of ``post_migrate``."""
    known = set(User.objects.filter(is_service=True).values_list("email", flat=True))
    missing = {name: made for name, made in SERVICE_ACCOUNTS.items() if _address(name) not in known}
    if not missing:
        return
    with acting(by=User(code=SERVICE_ACCOUNTS["setup"][0]), verb="people.service_account.made"):
        for name, (code, what) in missing.items():
            account = User(email=_address(name), code=code, display_name=what, role=Role.SYSTEM, is_service=True)
            account.set_unusable_password()
            account.save()


def _address(name: str) -> str:
    return f"{name}@service.invalid"
