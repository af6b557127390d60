"""The page that shows whom a version touches, and publishing from it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases import clock
from cases.audit.context import acting
from cases.clock.models import ClockSetting
from cases.models import Case, Hold
from cases.people.models import User
from regulatory.impact.listing import Line
from regulatory.models import ProfileVersion, Publication
from regulatory.publishing import Plan, impact_on
from regulatory.web.impact import _kinds
from tests.factories import PASSWORD, build_case
from tests.regulatory.changes.ground import imported, raw_of
from tests.regulatory.changes.test_impact import NOW, window
from tests.regulatory.changes.test_publishing import draft, ground  # noqa: F401 - the fixture
from tests.regulatory.ground import Ground

ADDRESS = "/pathways/UK-SPECIALS/versions/1.1.0"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture(autouse=True)
def at_the_time(db: None) -> None:
    """The pages ask the one clock, and the rules of this case are about March."""
    now = clock.true_now()
    ClockSetting.objects.create(pk=1, offset=NOW - now, moved_by="tests", moved_at=now)


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def form(**more: str) -> dict[str, str]:
    """The form as the page draws it, signed."""
    typed = {
        "form_key": "one form",
        "effective_from": "2026-03-16",
        "printed_name": "H. Lindqvist",
        "password": PASSWORD,
        "kind:shipment": "hold",
        "kind:later": "nothing",
        "reason": "",
    }
    return typed | more


def test_shows_what_differs_and_each_case_worst_first(ground: Ground) -> None:  # noqa: F811
    imported(ground.house, raw_of(change=window(32)))
    page = client_of(ground.house.auditor).get(f"{ADDRESS}/impact/").content.decode()
    assert "UK-SPECIALS 1.0.0-demo to 1.1.0: what changes, and for whom" in page
    assert "2 facts differ, " in page
    assert "2 open cases and 0 enquiries, worst harm first" in page
    assert "C-1 is planned to arrive on Thu 9 Apr 2026; under 1.1.0 the first day of import is Sun 12 Apr 2026." in page
    assert "Shipment before it is allowed" in page
    assert "Not yet: 1.1.0 has to be reviewed first" in page
    assert 'name="password"' not in page


def test_each_quiet_line_stands_by_its_own_sentence(ground: Ground) -> None:  # noqa: F811
    """One kind of harm holds lines of which different things are said: what is said of one is not said of another."""
    imported(ground.house, raw_of(change=window(32)))
    found = impact_on(ProfileVersion.objects.get(version="1.1.0"), of=ground.house.pic, now=NOW)
    page = client_of(ground.house.pic).get(f"{ADDRESS}/impact/").content.decode()
    (quiet,) = [line for line in found.lines if line.harm.code == "later"]
    assert f"<bdi>{quiet.reference}</bdi></a>: {quiet.effects[0].says}" in page
    two = _kinds(replace(found, lines=(quiet, with_words(quiet, "It was submitted."))), Plan())
    assert [(says, [line.reference for line in named], of) for says, named, of in two[0][3]] == [
        (quiet.effects[0].says, [quiet.reference], 1), ("It was submitted.", [quiet.reference], 1),
    ]  # fmt: skip


def with_words(line: Line, says: str) -> Line:
    return replace(line, effects=(replace(line.effects[0], says=says),))


def test_an_auditor_sees_no_case_out_of_the_scope(ground: Ground) -> None:  # noqa: F811
    imported(ground.house, raw_of(change=window(32)))
    scope = ground.house.auditor.audit_scopes.get()
    with acting(by=ground.house.administrator, verb="tests.scope.ended"):
        scope.valid_until = NOW - timedelta(hours=1)
        scope.save()
    page = client_of(ground.house.auditor).get(f"{ADDRESS}/impact/").content.decode()
    assert "0 open cases and 0 enquiries" in page
    assert ground.case.reference not in page


def test_the_page_takes_the_same_queries_for_more_cases(ground: Ground) -> None:  # noqa: F811
    imported(ground.house, raw_of(change=window(32)))
    client = client_of(ground.house.coordinator)
    client.get(f"{ADDRESS}/impact/")
    with CaptureQueriesContext(connection) as few:
        client.get(f"{ADDRESS}/impact/")
    for number in range(3, 7):
        build_case(ground.house, "UK-SPECIALS", number=number, now=NOW)
    with CaptureQueriesContext(connection) as many:
        client.get(f"{ADDRESS}/impact/")
    assert len(many.captured_queries) == len(few.captured_queries)


def test_publishes_what_was_chosen_and_the_same_form_again_changes_nothing(ground: Ground) -> None:  # noqa: F811
    draft(ground)
    client = client_of(ground.house.pic)
    first = client.post(f"{ADDRESS}/publish/", form())
    again = client.post(f"{ADDRESS}/publish/", form())
    order = Publication.objects.get()
    assert (first.status_code, again["Location"]) == (302, first["Location"])
    assert (order.state, Hold.objects.get().case) == ("done", ground.case)
    page = client.get(first["Location"]).content.decode()
    assert "1.1.0 is in use from Mon 16 Mar 2026." in page
    assert "It took the place of 1.0.0-demo." in page
    assert "Hold and task" in page
    assert ground.case.reference in page
    scope = ground.house.auditor.audit_scopes.get()
    with acting(by=ground.house.administrator, verb="tests.scope.ended"):
        scope.valid_until = NOW - timedelta(hours=1)
        scope.save()
    assert ground.case.reference not in client_of(ground.house.auditor).get(first["Location"]).content.decode()
    assert "H. Lindqvist" in page


def test_a_wrong_password_keeps_what_was_chosen_and_publishes_nothing(ground: Ground) -> None:  # noqa: F811
    draft(ground)
    typed = form(password="not it", **{"kind:shipment": "task", f"line:case:{ground.case.reference}": "hold"})
    answer = client_of(ground.house.pic).post(f"{ADDRESS}/publish/", typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "The password is not right." in page
    assert 'value="H. Lindqvist"' in page
    assert '<option value="task" selected>Task</option>' in page
    assert page.count('<option value="hold" selected>Hold and task</option>') == 1
    assert "not it" not in page
    assert Publication.objects.count() == 0


@pytest.mark.parametrize(
    ("more", "status", "says"),
    [
        ({"effective_from": "soon"}, 422, "“soon” is no day"),
        ({"effective_from": "2026-03-01"}, 409, "2026-03-01 was given; today is 2026-03-12 for the authority."),
        ({"printed_name": ""}, 422, "No name was typed"),
        ({"kind:shipment": "nothing"}, 409, "1 with harm would get nothing, and no reason is given"),
        ({"kind:shipment": "stop"}, 422, "was chosen. Choose one of: hold, task, nothing."),
    ],
)
def test_what_stands_against_it_is_said(ground: Ground, more: dict[str, str], status: int, says: str) -> None:  # noqa: F811
    draft(ground)
    answer = client_of(ground.house.pic).post(f"{ADDRESS}/publish/", form(**more))
    assert (answer.status_code, says in answer.content.decode()) == (status, True)
    assert ProfileVersion.objects.get(version="1.1.0").status == "reviewed"


def test_nobody_but_the_pharmacist_in_charge_publishes(ground: Ground) -> None:  # noqa: F811
    draft(ground)
    for person in (ground.house.coordinator, ground.house.administrator, ground.house.auditor):
        assert client_of(person).post(f"{ADDRESS}/publish/", form()).status_code == 403
    assert Publication.objects.count() == 0


def test_a_long_list_is_left_to_the_worker_and_its_page_tells_how_far_it_is(
    ground: Ground,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("regulatory.web.impact.AT_ONCE", 1)
    draft(ground)
    client = client_of(ground.house.pic)
    address = client.post(f"{ADDRESS}/publish/", form())["Location"]
    page = client.get(address).content.decode()
    assert "It waits for the worker, which looks every 15 seconds." in page
    assert 'hx-trigger="every 2s"' in page
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div id="state" class="stack" hx-get=')
    assert Case.objects.get(pk=ground.case.pk).profile_version.version == "1.0.0-demo"
