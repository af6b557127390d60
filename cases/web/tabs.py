"""Tabs of the case page. A branch's page on the case is a tab that the branch owns and registers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cases.models import Case
from cases.people.models import User
from cases.people.roles import PHARMACISTS, STAFF, Role

READERS = frozenset({role.value for role in STAFF | {Role.AUDITOR}})


@dataclass(frozen=True)
class Tab:
    """One tab.

    :param context: (case, user, now) -> what its template needs; a constant number of queries.
    :param count: case -> the number beside its label, or none.
    """

    slug: str
    label: str
    order: int
    template: str
    context: Callable[[Case, User, datetime], dict[str, Any]]
    count: Callable[[Case], int] | None = None
    roles: frozenset[str] = READERS


_TABS: dict[str, Tab] = {}


def register_tab(tab: Tab) -> None:
    if tab.slug in _TABS:
        raise ValueError(f"The tab {tab.slug} is registered twice.")
    _TABS[tab.slug] = tab


def tabs_for(user: User) -> list[Tab]:
    """The tabs this person's role reads, in their order."""
    return sorted((tab for tab in _TABS.values() if user.role in tab.roles), key=lambda tab: tab.order)


def tab_named(slug: str, user: User) -> Tab | None:
    return next((tab for tab in tabs_for(user) if tab.slug == slug), None)


PHARMACIST_ROLES = frozenset(role.value for role in PHARMACISTS)
