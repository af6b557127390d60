"""Who calls: tokens that ``manage.py create_token`` makes, sessions with their CSRF token, and nobody else."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from cases.audit.context import acting
from cases.models import Case, Hold
from cases.people.models import ApiToken, Reading
from cases.people.services import end_access
from cases.people.tokens import create_token
from cases.references import token_digest
from tests.api.callers import ROOT, Caller, nothing_written, refused
from tests.factories import House

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
HOLD = {"kind": "quality", "until": "the label is clear", "reason": "Label unclear."}


def made(*args: str) -> str:
    """What ``manage.py create_token`` prints."""
    printed = io.StringIO()
    call_command("create_token", *args, stdout=printed)
    return printed.getvalue().strip()


def whoami(token: str | None, *, scheme: str = "Bearer") -> Any:
    headers = {} if token is None else {"HTTP_AUTHORIZATION": f"{scheme} {token}"}
    return Client().get(f"{ROOT}/whoami", **headers)


class TestAToken:
    """Made once and shown once; it carries its person's rights and ends with them."""

    def test_made_by_the_command_names_its_person(self, house: House, case: Case) -> None:
        answer = whoami(made("ostby@example.org", "--label", "hospital system"))
        assert answer.status_code == 200
        assert answer.json() == {
            "code": house.coordinator.code,
            "display_name": "M. Ostby",
            "role": "coordinating_pharmacist",
            "role_in_words": "coordinating pharmacist",
            "may_write": True,
            "pharmacy": "Harrow Street Pharmacy",
            "institution": None,
            "cases_in_view": 1,
        }

    def test_is_kept_as_its_digest_alone_and_says_when_it_was_used(self, house: House) -> None:
        token = made("ostby@example.org")
        kept = ApiToken.objects.get()
        assert (kept.token_sha256, kept.label, kept.last_used_at) == (token_digest(token), "command line", None)
        assert kept.expires_at - kept.created_at == timedelta(days=365)
        whoami(token)
        kept.refresh_from_db()
        assert kept.last_used_at is not None

    def test_that_has_expired_is_nobodys(self, house: House) -> None:
        token = made("ostby@example.org", "--days", "1")
        kept = ApiToken.objects.get()
        assert kept.expires_at - kept.created_at == timedelta(days=1)
        with acting(by=house.pic, verb="tests.token.aged", business_at=kept.created_at):
            kept.expires_at = kept.created_at
            kept.save()
        refused(whoami(token), 401, "not-signed-in")

    def test_that_was_ended_is_nobodys_and_others_stand(self, house: House) -> None:
        ended, other = made("ostby@example.org", "--label", "laptop"), made("ostby@example.org", "--label", "server")
        printed = io.StringIO()
        call_command("end_token", "ostby@example.org", "--label", "laptop", stdout=printed)
        assert printed.getvalue().strip() == "1 ended."
        refused(whoami(ended), 401, "not-signed-in")
        assert whoami(other).status_code == 200

    def test_ends_with_its_persons_right(self, house: House) -> None:
        token = made("adeyemi@example.org")
        end_access(house.second_pharmacist, reason="Left.", by=house.administrator, now=house.now)
        refused(whoami(token), 401, "not-signed-in")

    def test_of_a_person_who_may_not_sign_in_is_nobodys(self, house: House) -> None:
        token = made("adeyemi@example.org")
        with acting(by=house.administrator, verb="tests.person.stopped", business_at=house.now):
            house.second_pharmacist.is_active = False
            house.second_pharmacist.save()
        refused(whoami(token), 401, "not-signed-in")

    @pytest.mark.parametrize(
        ("command", "arguments", "told"),
        [
            ("create_token", ["nobody@example.org"], "No active person has the address 'nobody@example.org'."),
            ("create_token", ["sealer@service.invalid"], "No active person has the address"),
            ("create_token", ["ostby@example.org", "--days", "0"], "--days 0: a token stands 1 to 365 days."),
            ("create_token", ["ostby@example.org", "--days", "366"], "--days 366: a token stands 1 to 365 days."),
            ("create_token", ["ostby@example.org", "--label", " "], "--label has 0 characters: give it 1 to 80"),
            ("create_token", ["ostby@example.org", "--label", "x" * 81], "--label has 81 characters: give it 1 to 80"),
            ("end_token", ["nobody@example.org"], "Nobody has the address 'nobody@example.org'."),
            (
                "end_token",
                ["ostby@example.org", "--label", "laptop"],
                "ostby@example.org has no standing token labelled 'laptop'. Standing labels: server.",
            ),
        ],
    )
    def test_that_cannot_be_made_or_ended_is_told_in_one_line(
        self, house: House, command: str, arguments: list[str], told: str
    ) -> None:
        made("ostby@example.org", "--label", "server")
        with pytest.raises(CommandError) as refusal:
            call_command(command, *arguments)
        assert str(refusal.value).startswith(told)
        assert ApiToken.objects.filter(revoked_at=None).count() == 1


@pytest.mark.parametrize("token", [None, "", "unknown", "ünknown", "a b c", "x" * 10_000])
def test_a_call_that_names_nobody_is_401_and_says_how_to_sign_in(case: Case, token: str | None) -> None:
    answer = whoami(token)
    body = refused(answer, 401, "not-signed-in")
    assert answer["WWW-Authenticate"] == "Bearer"
    assert body["remedy"] == "Send `Authorization: Bearer TOKEN`; `manage.py create_token ADDRESS` makes one."


def test_a_token_goes_by_no_other_scheme(house: House) -> None:
    token = made("ostby@example.org")
    assert whoami(token, scheme="bearer").status_code == 200
    refused(whoami(token, scheme="Basic"), 401, "not-signed-in")
    refused(whoami(token, scheme="Token"), 401, "not-signed-in")


class TestASession:
    """A page's session calls the API with the page's CSRF token, as the person who is signed in."""

    def post(self, client: Client, case: Case, **headers: str) -> Any:
        address = f"{ROOT}/cases/{case.reference}/holds"
        return client.post(address, HOLD, content_type="application/json", **headers)

    def test_reads_and_with_its_csrf_token_writes(self, house: House, case: Case) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(house.coordinator, backend=BACKEND)
        assert client.get(f"{ROOT}/whoami").json()["display_name"] == "M. Ostby"
        client.get(f"/cases/{case.reference}/do/cases.hold.place/")
        token = client.cookies["csrftoken"].value
        assert self.post(client, case, HTTP_X_CSRFTOKEN=token).status_code == 201
        assert Hold.objects.get().placed_by == house.coordinator

    @pytest.mark.parametrize("token", [None, "wrong", "x" * 64])
    def test_without_its_csrf_token_writes_nothing(self, house: House, case: Case, token: str | None) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(house.coordinator, backend=BACKEND)
        client.get(f"/cases/{case.reference}/do/cases.hold.place/")
        with nothing_written():
            answer = self.post(client, case, **({} if token is None else {"HTTP_X_CSRFTOKEN": token}))
        body = refused(answer, 403, "form-protection")
        assert body["remedy"] == "Send the X-CSRFToken header of the page, or a token instead of the session."

    def test_of_an_auditor_writes_nothing(self, house: House, case: Case) -> None:
        client = Client()
        client.force_login(house.auditor, backend=BACKEND)
        with nothing_written():
            body = refused(self.post(client, case), 403, "not-permitted")
        assert body["detail"] == "An auditor reads and changes nothing."

    def test_that_ended_is_told_to_sign_in(self, house: House, case: Case) -> None:
        client = Client()
        client.force_login(house.coordinator, backend=BACKEND)
        client.logout()
        with nothing_written():
            refused(self.post(client, case), 401, "not-signed-in")

    def test_that_was_idle_too_long_is_answered_as_a_problem(self, house: House, case: Case) -> None:
        client = Client()
        client.force_login(house.coordinator, backend=BACKEND)
        session = client.session
        session["seen_at"] = "2020-01-01T00:00:00+00:00"
        session.save()
        refused(client.get(f"{ROOT}/whoami"), 401, "not-signed-in")

    def test_without_a_second_factor_where_one_is_needed_is_refused(
        self, house: House, case: Case, settings: Any
    ) -> None:
        settings.REQUIRE_SECOND_FACTOR = True
        client = Client()
        client.force_login(house.coordinator, backend=BACKEND)
        body = refused(client.get(f"{ROOT}/whoami"), 403, "not-permitted")
        assert body["detail"] == "Your role needs a second factor. Set one up on your own page first."

    def test_of_one_person_with_the_token_of_another_acts_as_the_token_says(self, house: House, case: Case) -> None:
        token = create_token(user=house.pic, label="tests", by=house.pic, now=house.now + timedelta(days=300))
        client = Client(HTTP_AUTHORIZATION=f"Bearer {token}")
        client.force_login(house.coordinator, backend=BACKEND)
        assert self.post(client, case).status_code == 201
        assert Hold.objects.get().placed_by == house.pic


def test_what_an_auditor_reads_or_is_refused_with_a_token_is_on_record(house: House, case: Case) -> None:
    auditor = Caller(house.auditor)
    auditor.get(f"/cases/{case.reference}")
    auditor.get("/cases/NP-0000-0000-0")
    auditor.post(f"/cases/{case.reference}/holds", HOLD)
    kept = Reading.objects.order_by("id").values_list("page", "case_reference", "through", "status")
    assert list(kept) == [
        ("api:read_case", case.reference, "api", 200),
        ("api:read_case", "NP-0000-0000-0", "api", 404),
        ("api:list_holds", case.reference, "api", 403),
    ]


def test_each_role_is_told_what_it_may(house: House, case: Case) -> None:
    found = {
        person.role: (answer["may_write"], answer["pharmacy"], answer["institution"], answer["cases_in_view"])
        for person in (house.pic, house.administrator, house.auditor, house.doctor, house.delegate, house.receiving)
        for answer in [Caller(person).read("/whoami")]
    }
    assert found == {
        "pharmacist_in_charge": (True, "Harrow Street Pharmacy", None, 1),
        "administrator": (True, "Harrow Street Pharmacy", None, 1),
        "auditor": (False, None, None, 1),
        "prescriber": (True, None, "Fairhaven General Hospital", 1),
        "delegate": (True, None, "Fairhaven General Hospital", 1),
        "receiving_pharmacist": (True, None, "Fairhaven General Hospital", 1),
    }
