"""What every page shows around its content: navigation by role, the heartbeat, the clock."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.module_loading import import_string

from cases import clock
from cases.notices.heartbeat import heartbeat
from cases.people.models import User
from cases.people.roles import PHARMACISTS, Role

# (label, url name, path it covers, key after "g")
_DESK = (
    ("Today", "today", "/today/", "t"),
    ("Cases", "case_list", "/cases/", "c"),
    ("Enquiries", "enquiry_list", "/enquiries/", "e"),
    ("Triage", "triage_list", "/triage/", "r"),
    ("Pathways", "pathway_list", "/pathways/", "p"),
    ("Forms", "collective_list", "/forms/", "f"),
    ("Partners", "partner_list", "/partners/", "s"),
    ("Recalls", "recall_list", "/recalls/", "l"),
    ("Safety", "safety_desk", "/safety/", "v"),
    ("Notices", "notice_list", "/notices/", "n"),
)
_AUDIT = (
    ("Audit", "audit_search", "/audit/", "a"),
    ("Cases", "case_list", "/cases/", "c"),
    ("Pathways", "pathway_list", "/pathways/", "p"),
    ("Forms", "collective_list", "/forms/", "f"),
    ("Partners", "partner_list", "/partners/", "s"),
    ("Recalls", "recall_list", "/recalls/", "l"),
    ("Safety", "safety_desk", "/safety/", "v"),
)
_OWN = (("My cases", "own_cases", "/my/", "t"),)

NAVIGATION: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    **dict.fromkeys(PHARMACISTS, _DESK),
    Role.ADMINISTRATOR: (*_AUDIT, ("People", "people_list", "/people/", "u")),
    Role.AUDITOR: _AUDIT,
    Role.PRESCRIBER: _OWN,
    Role.DELEGATE: _OWN,
    Role.RECEIVING_PHARMACIST: _OWN,
}


def home_of(user: User) -> str:
    """The page a person starts on."""
    entries = NAVIGATION.get(user.role, ())
    return reverse(entries[0][1]) if entries else reverse("account_logout")


def chrome(request: HttpRequest) -> dict[str, Any]:
    """Context processor of every page; two queries at most (clock offset, heartbeat)."""
    now = clock.now()
    user: Any = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    is_demonstration = settings.ENVIRONMENT == "demonstration"
    return {
        "user": user,
        "environment_name": settings.ENVIRONMENT,
        "clock": {"now": now, "offset": clock.offset()},
        "heartbeat": heartbeat(now=now) if signed_in else None,
        "nav": _navigation(request, user) if signed_in else [],
        "home_url": home_of(user) if signed_in else reverse("account_login"),
        "search_url": reverse("case_list") if signed_in and user.role in PHARMACISTS | {Role.AUDITOR} else "",
        "user_menu": _menu() if signed_in else [],
        "clock_forward_url": reverse("clock_forward") if is_demonstration and signed_in and not user.only_reads else "",
        "demo_accounts": _demonstration_accounts() if is_demonstration and not signed_in else [],
        "demonstration_links": [{"label": "Mailbox", "url": reverse("mailbox")}] if is_demonstration else [],
    }


def _menu() -> list[dict[str, str]]:
    entries = (("Password", "account_change_password"), ("Second factor", "mfa_index"), ("API", "api_docs"))
    return [{"label": label, "url": reverse(name)} for label, name in entries]


def _demonstration_accounts() -> list[dict[str, str]]:
    """Who may sign in to the demonstration; the setting names a function, since its cast lives outside the trunk."""
    named = getattr(settings, "DEMONSTRATION_ACCOUNTS", "")
    return import_string(named)() if named else []


def _navigation(request: HttpRequest, user: User) -> list[dict[str, Any]]:
    return [
        {"label": label, "url": reverse(name), "current": request.path.startswith(path), "key": key}
        for label, name, path, key in NAVIGATION.get(user.role, ())
    ]
