"""AU-SAS-B: prior authorization; refused, appealed, granted; within window, coverage and quantity, and not beyond."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from cases.audit.context import acting
from cases.lifecycle.errors import FactsInvalid, NotPossible, RequirementsUnmet
from regulatory.models import Authorization, QuantityEntry
from regulatory.quantities import balance
from tests.laid import laid
from tests.regulatory.ground import Ground, at, build_ground
from tests.regulatory.test_au_category_a import give, ship

FILED, DECIDED = at("2026-03-02 05:00"), at("2026-03-05 02:00")


@laid
def filed(db: None) -> Ground:
    ground = build_ground("AU-SAS-B", now=at("2026-03-01 22:00"), country="AU", zone="Australia/Sydney")
    ground.ready(kind="application", authority="TGA", quantity="6")
    ground.submit(FILED, party="Dr L. Ferrante")
    return ground


@laid
def granted(filed: Ground) -> Ground:
    filed.grant(DECIDED, quantity="6", valid_until="2027-03-04", number="MI-2026-INV-1")
    return filed


@laid
def sourcing(granted: Ground) -> Ground:
    granted.take("cases.case.begin_sourcing")
    return granted


def gate(ground: Ground, **more: object) -> tuple[str, str]:
    line = ground.line("GateOpen:may_supply", "cases.case.begin_sourcing", **more)
    return line.state, line.fact


def test_the_gate_is_shut_without_an_authorization(filed: Ground) -> None:
    state, fact = gate(filed)
    assert (state, fact) == (
        "unmet",
        "There is no authorization that covers patient, prescriber, product, indication.",
    )


def test_a_refusal_keeps_the_case_open_and_the_medicine_gated(filed: Ground) -> None:
    filed.take(
        "regulatory.filing.refuse",
        subject=filed.filing,
        now=DECIDED,
        happened_at=DECIDED,
        reason="A registered product was not tried.",
    )
    assert (filed.filing.state, filed.case.stage, gate(filed)[0]) == ("refused", "determination", "unmet")
    appeal = filed.deadline("appeal")
    assert (appeal.force, appeal.due_on.isoformat()) == ("house_target", "2026-03-12")


def test_an_appeal_can_end_in_a_grant(filed: Ground) -> None:
    filed.take("regulatory.filing.refuse", subject=filed.filing, now=DECIDED, happened_at=DECIDED, reason="Not tried.")
    appealed = at("2026-03-06 02:00")
    filed.take(
        "regulatory.filing.appeal",
        subject=filed.filing,
        now=appealed,
        happened_at=appealed,
        proof=filed.paper("clinical_clarification"),
        reason="It was tried in 2024.",
    )
    assert (filed.deadline("appeal").state, filed.deadline("appeal").met_at) == ("met", appealed)
    filed.grant(at("2026-03-16 02:00"), quantity="6", valid_until="2027-03-15")
    assert (filed.filing.state, gate(filed)[0]) == ("granted", "met")


def test_a_grant_opens_the_gate_and_a_ledger(granted: Ground) -> None:
    authorization = granted.authorization
    assert (authorization.label, authorization.ground, authorization.unit) == ("A-1", "decision", "vial")
    assert (balance(authorization).remaining, gate(granted)[0]) == (Decimal("6.000"), "met")
    expiry, renewal = granted.deadline("authorization_expiry"), granted.deadline("renewal_lead")
    assert (expiry.due_on.isoformat(), expiry.force) == ("2027-03-04", "expiry")
    assert (renewal.due_on.isoformat(), renewal.force) == ("2027-01-18", "house_target")


@pytest.mark.parametrize(
    ("now", "state"),
    [(at("2027-03-04 12:59"), "met"), (at("2027-03-04 13:00"), "unmet")],
    ids=["last minute of the last day in Canberra", "the day after"],
)
def test_the_gate_shuts_when_the_window_ends(granted: Ground, now: object, state: str) -> None:
    assert gate(granted, now=now)[0] == state


def test_another_prescriber_is_not_covered(granted: Ground) -> None:
    case = granted.case
    with acting(by=granted.house.pic, verb="tests.prescriber.changed"):
        type(case).objects.filter(pk=case.pk).update(prescriber=granted.house.stranger)
    assert gate(granted) == ("unmet", "Authorization A-1 covers another prescriber.")


def test_a_suspension_shuts_the_gate_and_a_reinstatement_opens_it(granted: Ground) -> None:
    granted.take(
        "regulatory.authorization.suspend", by=granted.house.pic, subject=granted.authorization, reason="Letter."
    )
    assert gate(granted)[1] == "Authorization A-1 is suspended."
    granted.take("regulatory.authorization.reinstate", subject=granted.authorization, reason="Second letter.")
    assert gate(granted)[0] == "met"


def test_two_consignments_share_the_quantity_and_a_third_is_too_much(sourcing: Ground) -> None:
    for _ in range(2):
        sourcing.plan("2026-03-10", "2026-03-14", quantity="2")
        sourcing.order(authorization=sourcing.authorization)
    assert balance(sourcing.authorization).remaining == Decimal("2.000")
    sourcing.plan("2026-03-10", "2026-03-14", quantity="3")
    before = sourcing.written()
    with pytest.raises(RequirementsUnmet) as refused:
        sourcing.order(authorization=sourcing.authorization)
    assert [(line.code, line.fact, line.overridable) for line in refused.value.unmet] == [
        ("QuantityWithinAuthorization", "A-1 has 2 vial left for C-3; it needs 3.", False)
    ]
    assert (sourcing.consignment.state, sourcing.written()) == ("planned", before)


@pytest.mark.parametrize("how", ["cancel", "destroy"])
def test_what_never_left_is_given_free_again(sourcing: Ground, how: str) -> None:
    sourcing.plan("2026-03-10", "2026-03-14", quantity="4")
    sourcing.order(authorization=sourcing.authorization)
    more: dict[str, Any] = {}
    if how == "destroy":  # what was allocated may also break before it leaves
        sourcing.allocate(cleared=False)
        more = {"witness": sourcing.house.pic}
    sourcing.take(f"custody.consignment.{how}", subject=sourcing.consignment, reason="Not to be sent.", **more)
    assert balance(sourcing.authorization).remaining == Decimal("6.000")


def test_a_planned_consignment_is_reserved_when_it_is_put_under_the_authorization(sourcing: Ground) -> None:
    sourcing.plan("2026-03-10", "2026-03-14", quantity="4")
    sourcing.take("regulatory.authorization.assign", subject=sourcing.authorization, consignment=sourcing.consignment)
    assert balance(sourcing.authorization).accounts == {"reserved": Decimal("4.000")}
    sourcing.order(authorization=sourcing.authorization)
    assert balance(sourcing.authorization).accounts == {"ordered": Decimal("4.000")}
    lines = QuantityEntry.objects.filter(consignment=sourcing.consignment).order_by("id")
    assert [(line.account, line.quantity) for line in lines] == [
        ("reserved", Decimal("4.000")),
        ("reserved", Decimal("-4.000")),
        ("ordered", Decimal("4.000")),
    ]


def test_a_release_needs_the_authorization_to_cover_the_arrival(sourcing: Ground) -> None:
    sourcing.plan("2027-03-02", "2027-03-08", quantity="2")
    sourcing.order(authorization=sourcing.authorization)
    sourcing.allocate()
    line = sourcing.line(
        "AuthorizationInForceOnArrival",
        "custody.consignment.release",
        by=sourcing.house.pic,
        subject=sourcing.consignment,
    )
    assert (line.state, line.fact) == (
        "unmet",
        "A-1 runs from 2026-03-05 to 2027-03-04; planned arrival is 2027-03-08.",
    )


def test_a_consignment_under_no_authorization_cannot_be_released(sourcing: Ground) -> None:
    sourcing.plan("2026-03-10", "2026-03-14")
    sourcing.order()
    sourcing.allocate()
    line = sourcing.line(
        "AuthorizationInForceOnArrival",
        "custody.consignment.release",
        by=sourcing.house.pic,
        subject=sourcing.consignment,
    )
    assert (line.state, line.fact) == ("unmet", "C-1 stands under no authorization.")


def test_a_decision_by_telephone_leaves_a_debt_of_its_letter(filed: Ground) -> None:
    filed.take(
        "regulatory.filing.grant",
        subject=filed.filing,
        now=DECIDED,
        happened_at=DECIDED,
        channel="telephone",
        valid_from="2026-03-05",
        covers=["patient", "prescriber", "product", "indication"],
        read_back="Said by an invented official, read back.",
    )
    debt = filed.deadline("decision_letter")
    overdue = debt.due_at + timedelta(days=1)
    assert debt.state == "running"
    assert filed.line("DebtsPaid", "cases.case.resupply", now=DECIDED).state == "met"
    blocked = filed.line("DebtsPaid", "cases.case.resupply", now=overdue)
    assert (blocked.state, blocked.fact.split(", with ")[0]) == (
        "unmet",
        f"Overdue: {debt.label}, due {debt.due_on:%Y-%m-%d}",
    )
    filed.take(
        "regulatory.authorization.attach_letter",
        subject=filed.authorization,
        letter=filed.paper("authorisation_letter"),
    )
    assert filed.deadline("decision_letter").state == "met"
    assert filed.line("DebtsPaid", "cases.case.resupply", now=overdue).state == "met"


def test_a_decision_needs_its_letter(filed: Ground) -> None:
    before = filed.written()
    with pytest.raises(RequirementsUnmet) as refused:
        filed.take(
            "regulatory.filing.grant",
            subject=filed.filing,
            now=DECIDED,
            happened_at=DECIDED,
            channel="written",
            valid_from="2026-03-05",
            valid_until="2026-03-01",
            covers=["patient"],
        )
    order = {"WindowIsNotOver", "WindowOfTheAuthorizationInOrder"}
    assert {line.code for line in refused.value.unmet} == {"DecisionHasLetter", *order}
    assert (filed.filing.state, filed.written()) == ("submitted", before)
    assert not Authorization.objects.filter(case=filed.case).exists()


def test_what_lies_in_the_future_or_before_the_submission_is_not_recorded(filed: Ground) -> None:
    for happened, told in (
        (at("2026-03-09 00:00"), "lies in the future"),
        (at("2026-03-01 00:00"), "before the submission"),
    ):
        with pytest.raises(RequirementsUnmet) as refused:
            filed.acknowledge(happened, now=at("2026-03-06 00:00"))
        assert told in next(line.fact for line in refused.value.unmet if line.code == "MomentsInOrder")
    assert filed.filing.state == "submitted"


def test_a_filing_is_not_submitted_without_its_papers_reviews_and_proof(db: None) -> None:
    ground = build_ground("AU-SAS-B", now=at("2026-03-01 22:00"), country="AU", zone="Australia/Sydney")
    ground.take("regulatory.filing.open", kind="application", authority="TGA")
    with pytest.raises(RequirementsUnmet) as refused:
        ground.take("regulatory.filing.make_ready", subject=ground.filing)
    assert [line.code for line in refused.value.unmet] == [
        "PapersComplete:AU-SAS-B.documents.1",
        "PapersComplete:AU-SAS-B.documents.2",
        "PapersComplete:AU-SAS-B.documents.5",
    ]
    for doc_type in ("regulator_form", "medical_necessity_letter", "patient_consent"):
        ground.paper(doc_type)
    ground.take("regulatory.filing.make_ready", subject=ground.filing)
    before = ground.written()
    with pytest.raises(FactsInvalid) as invalid:
        ground.take(
            "regulatory.filing.submit",
            subject=ground.filing,
            happened_at=ground.now,
            party="Dr L. Ferrante",
            recipient="regulator",
        )
    assert list(invalid.value.errors) == ["proof"]
    with pytest.raises(RequirementsUnmet) as refused:
        ground.submit(ground.now)
    assert [line.code for line in refused.value.unmet] == ["ReviewsPassed:clinical", "ReviewsPassed:regulatory"]
    assert (ground.filing.state, ground.written()) == ("ready", before)


def test_a_state_that_does_not_lead_there_is_said_so(filed: Ground) -> None:
    with pytest.raises(NotPossible) as refused:
        filed.take("regulatory.filing.make_ready", subject=filed.filing)
    assert refused.value.sentence.startswith("F-1 is submitted: from there one cannot mark it as ready to submit.")


def test_only_what_is_over_is_recorded_as_over(granted: Ground) -> None:
    for verb, code in (("expire", "AuthorizationIsOver"), ("exhaust", "AuthorizationIsSpent")):
        with pytest.raises(RequirementsUnmet) as refused:
            granted.take(f"regulatory.authorization.{verb}", subject=granted.authorization)
        assert [line.code for line in refused.value.unmet] == [code]
    granted.take("regulatory.authorization.expire", subject=granted.authorization, now=at("2027-03-05 09:00"))
    assert (granted.authorization.state, granted.deadline("renewal_lead").state) == ("expired", "cancelled")


def test_a_revocation_holds_everything_and_tells_at_once(granted: Ground) -> None:
    granted.take(
        "regulatory.authorization.revoke",
        by=granted.house.second_pharmacist,
        subject=granted.authorization,
        reason="The authority withdrew it.",
    )
    assert granted.case.holds.get().kind == "regulatory"
    told = granted.case.notices.filter(kind="regulatory.authorization_stopped").order_by("recipient__email")
    assert [(notice.recipient, notice.is_urgent) for notice in told] == [
        (granted.house.pic, True),
        (granted.house.coordinator, True),
    ]


def test_what_is_wholly_dispensed_ends_the_authorization_by_itself(filed: Ground) -> None:
    filed.grant(DECIDED, quantity="4", max_uses=2, valid_until="2027-03-04")
    filed.take("cases.case.begin_sourcing")
    for dispatch, arrival in (("2026-10-06", "2026-10-09"), ("2026-10-20", "2026-10-24")):
        ship(filed, dispatch=dispatch, arrival=arrival, authorization=filed.authorization)
        give(filed, dispensed_at=at(f"{arrival} 08:00"))
    assert balance(filed.authorization).accounts == {"dispensed": Decimal("4.000")}
    assert (filed.authorization.state, filed.deadline("authorization_expiry").state) == ("exhausted", "cancelled")


def test_the_last_of_its_uses_ends_the_authorization_though_quantity_is_left(filed: Ground, client: Client) -> None:
    filed.grant(DECIDED, quantity="9", max_uses=2, valid_until="2027-03-04")
    filed.take("cases.case.begin_sourcing")
    states = []
    for dispatch, arrival in (("2026-10-06", "2026-10-09"), ("2026-10-20", "2026-10-24")):
        ship(filed, dispatch=dispatch, arrival=arrival, authorization=filed.authorization)
        states.append(filed.authorization.state)
        give(filed, dispensed_at=at(f"{arrival} 08:00"))
        states.append(filed.authorization.state)
    # The second use is spent when it leaves, and ends it when nothing of it is under way any more.
    assert states == ["in_force", "in_force", "in_force", "exhausted"]
    assert balance(filed.authorization).remaining == Decimal(5)
    client.force_login(filed.house.coordinator)
    page = client.get(f"/cases/{filed.case.reference}/authorizations/A-1/").content.decode()
    assert "2 consignments, 0 left" in page
    assert {filed.deadline(kind).state for kind in ("authorization_expiry", "renewal_lead")} == {"cancelled"}


def test_a_plan_that_is_cancelled_may_have_been_the_last_under_spent_uses(filed: Ground) -> None:
    filed.grant(DECIDED, quantity="9", max_uses=1, valid_until="2027-03-04")
    filed.take("cases.case.begin_sourcing")
    ship(filed, dispatch="2026-10-06", arrival="2026-10-09", authorization=filed.authorization)
    filed.plan("2026-10-20", "2026-10-24")
    further = filed.consignment
    filed.take(
        "regulatory.authorization.assign", by=filed.house.coordinator, subject=filed.authorization, consignment=further
    )
    box = filed.case.consignments.get(number=1)
    filed.take("custody.consignment.give_back", subject=box, reason="Not needed any more.")
    assert filed.authorization.state == "in_force"
    filed.take("custody.consignment.cancel", subject=further, reason="No use is left for it.")
    assert (filed.authorization.state, filed.deadline("authorization_expiry").state) == ("exhausted", "cancelled")
