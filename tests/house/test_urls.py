"""Every address x every role against one table; an address that is not listed fails the build."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from cases.audit.context import acting
from cases.audit.models import AuditEntry
from cases.lifecycle.engine import advance
from cases.people.models import User
from regulatory.enquiries import receive_enquiry
from regulatory.lists.services import enter_edition
from tests.factories import NOW, build_case, build_house
from tests.house.addresses import SENT, TABLE, WHO

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
# Pages of the signed-in person's own account; allauth's, the same for every role.
OWN_ACCOUNT = "account/"


def names(patterns: list[URLPattern | URLResolver], prefix: str = "", space: str = "") -> Iterator[str]:
    """Every named address but those of the person's own account."""
    for entry in patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{entry.namespace}:" if entry.namespace else space
            yield from names(entry.url_patterns, route, inner)
        elif not route.startswith(OWN_ACCOUNT):
            yield f"{space}{entry.name}"


def test_every_address_is_listed() -> None:
    there = set(names(get_resolver().url_patterns))
    assert there - set(TABLE) == set(), "list these addresses with their roles"
    assert set(TABLE) - there == set(), "these addresses are gone"


@dataclass
class Site:
    """One house with one of everything that an address names."""

    people: dict[str, User | None]
    named: dict[str, str]

    def address(self, name: str) -> str:
        return TABLE[name][0].format(**self.named)

    def client(self, who: str) -> Client:
        client = Client(raise_request_exception=False)
        person = self.people[who]
        if person is not None:
            client.force_login(person, backend=BACKEND)
        return client


@pytest.fixture
def site() -> Site:
    house = build_house()
    case = build_case(house)
    enquiry = receive_enquiry(
        pharmacy=house.pharmacy,
        asked_by="family",
        country="GB",
        product="orvelumab",
        indication="invented",
        by=house.coordinator,
        now=NOW,
    )
    edition = enter_edition(
        name="it_law_648",
        edition="2026",
        from_on=NOW.date(),
        entries=[{"key": "A1", "words": "invented"}],
        source="Invented gazette",
        by=house.coordinator,
        now=NOW,
    )
    people: dict[str, User | None] = {
        "nobody": None,
        "coordinator": house.coordinator,
        "pic": house.pic,
        "administrator": house.administrator,
        "auditor": house.auditor,
        "prescriber": house.doctor,
        "delegate": house.delegate,
        "receiving": house.receiving,
        "stranger": house.stranger.user,
    }
    named = {
        "case": case.reference,
        "enquiry": enquiry.reference,
        "person": house.delegate.code,
        "medicine": str(house.medicine.pk),
        "edition": str(edition.pk),
        "partner": str(house.pharmacy.partners.get().pk),
    }
    return Site(people, named)


def trail() -> int:
    """How many entries there are, but for what auditors read, which is written down for each of their requests."""
    return AuditEntry.objects.exclude(table_name="people_reading").count()


def test_every_address_answers_every_role_as_listed(site: Site) -> None:
    found: dict[str, tuple[int, ...]] = dict.fromkeys(TABLE, ())
    for who in WHO:
        client = site.client(who)
        for name in TABLE:
            found[name] = (*found[name], client.get(site.address(name)).status_code)
    assert found == {name: statuses for name, (_, statuses) in TABLE.items()}


def test_a_form_sent_to_any_page_is_taken_from_those_listed_alone_and_changes_nothing_when_empty(site: Site) -> None:
    pages = [name for name in TABLE if ":" not in name and name != "api_docs"]
    found: dict[str, tuple[int, ...]] = dict.fromkeys(pages, ())
    before = trail()
    for who in WHO:
        client = site.client(who)
        for name in pages:
            found[name] = (*found[name], client.post(site.address(name)).status_code)
    expected = {name: SENT.get(name) or _as_read(name) for name in pages}
    assert found == expected
    assert trail() == before


def _as_read(name: str) -> tuple[int, ...]:
    """A page without a form answers as it is read, and an auditor who sends anything is refused before it is asked."""
    return tuple(403 if who == "auditor" else status for who, status in zip(WHO, TABLE[name][1], strict=True))


def test_an_auditor_changes_nothing_by_any_method(site: Site) -> None:
    client, before = site.client("auditor"), trail()
    for name in TABLE:
        send = client.post if ":" in name else client.delete
        assert send(site.address(name), {"text": "x"}).status_code in (403, 404, 405), name
    assert trail() == before


def test_a_case_out_of_an_auditors_scope_is_not_found() -> None:
    house = build_house()
    case = build_case(house)
    advance(case, "cases.case.note_run_out", by=house.pic, now=NOW, facts={"runs_out_on": "2026-04-01"})
    scope = house.auditor.audit_scopes.get()
    with acting(by=house.administrator, verb="people.scope.ended", business_at=NOW):
        scope.valid_until = scope.valid_from
        scope.save()
    client = Client()
    client.force_login(house.auditor, backend=BACKEND)
    assert client.get(f"/cases/{case.reference}/").status_code == 404
    assert client.get(f"/audit/cases/{case.reference}/").status_code == 404
