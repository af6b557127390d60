"""A standing authority: granted once, in one case, it opens and shuts the gates of every case that it covers."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from cases.audit.context import acting
from cases.deadlines.calendars import installed
from cases.deadlines.models import Deadline
from cases.lifecycle.engine import consider
from cases.lifecycle.errors import NotPossible, RequirementsUnmet
from cases.lifecycle.forms import form_for
from cases.lifecycle.verbs import VERBS, Situation
from cases.models import Case, CaseEvent, Hold
from cases.notices.letters import compose
from cases.notices.models import Notice
from cases.people.models import Pharmacy
from regulatory.facts import facts_of
from regulatory.models import Authorization, HoldGround
from regulatory.pathway import profile_of, statements
from regulatory.profiles.gates import evaluate_gates
from regulatory.quantities import OverTheCeiling, balance, book
from regulatory.standing_authority import alike, covered_by, covering
from tests.factories import House, build_case, sign_determination
from tests.laid import laid
from tests.regulatory.ground import Ground, at, build_ground
from tests.regulatory.test_au_category_a import give, ship

OPENED = at("2026-03-01 22:00")
DECIDED = at("2026-03-05 02:00")
LATER = at("2026-03-06 02:00")
NAMES = ["prescriber", "product", "indication"]


@laid
def home(db: None) -> Ground:
    return filed_for_standing()


def filed_for_standing(house: House | None = None, number: int = 1) -> Ground:
    """The case under which the TGA's letter comes; a further one of the same house where that is given."""
    if house is None:
        ground = build_ground("AU-AP", now=OPENED, country="AU", zone="Australia/Sydney")
    else:
        version = Case.objects.latest("pk").profile_version
        ground = Ground(house, build_case(house, "AU-AP", now=OPENED, number=number, version=version), OPENED)
        sign_determination(house, ground.case, now=OPENED)
    ground.paper("patient_consent")
    ground.paper("authorisation_letter", held_by="local_sponsor")
    for condition in ("AU-AP.documents.1", "AU-AP.documents.2"):
        ground.answer(condition, "no")
    for kind in ("clinical", "regulatory"):
        ground.review(kind)
    ground.take("regulatory.filing.open", kind="application", authority="TGA")
    ground.take("regulatory.filing.make_ready", subject=ground.filing)
    ground.submit(at("2026-03-02 05:00"))
    return ground


def another(home: Ground, number: int = 2, **changed: Any) -> Ground:
    """A further case of the same prescriber, medicine and indication, with whatever a test changes of it."""
    case = build_case(home.house, "AU-AP", now=OPENED, number=number, version=home.case.profile_version)
    sign_determination(home.house, case, now=OPENED)
    if changed:
        with acting(by=home.house.pic, verb="tests.case.changed"):
            Case.objects.filter(pk=case.pk).update(**changed)
    return Ground(home.house, Case.objects.get(pk=case.pk), DECIDED)


def granted(home: Ground, **facts: Any) -> Authorization:
    letter = home.paper("authorisation_letter", held_by="local_sponsor")
    return home.grant(
        DECIDED, **({"letter": letter, "number": "AP-7", "covers": NAMES, "valid_until": "2028-03-04"} | facts)
    )


def sourcing(ground: Ground) -> Ground:
    """The pathway's gates are open: it goes to sourcing without a filing of its own."""
    ground.take("cases.case.begin_sourcing")
    return ground


def stop(home: Ground, verb: str = "suspend", reason: str = "Letter of the TGA.") -> None:
    home.take(f"regulatory.authorization.{verb}", subject=home.authorization, reason=reason, now=LATER)


def gate(ground: Ground, name: str = "per_patient_step", *, on: date = date(2026, 3, 6)) -> tuple[Any, tuple[str, ...]]:
    profile = profile_of(ground.case.profile_version)
    found = evaluate_gates(profile, facts_of(ground.case), calendars=installed(), now=DECIDED, on=on)
    one = next(gate for gate in found if gate.gate == name)
    return one.open, tuple(item.sentence for item in one.missing)


def holds(ground: Ground) -> list[tuple[str, str, bool]]:
    rows = Hold.objects.filter(case=ground.case).order_by("number")
    return [(hold.kind, hold.reason, hold.lifted_at is not None) for hold in rows]


def test_a_second_case_of_the_prescriber_finds_its_gates_open(home: Ground) -> None:
    second = another(home)
    shut = "There is no standing authorization that covers prescriber, product, indication."
    assert gate(second) == (False, (shut,))
    authority = granted(home)
    assert (authority.level, authority.ground) == ("standing", "decision")
    assert gate(second) == (True, ())
    assert gate(second, "supplier_release") == (True, ())
    assert (covering(second.case), covered_by(authority)) == ([authority], [second.case])


def test_the_form_suggests_what_the_gate_asks_and_no_patient(home: Ground) -> None:
    asked = Situation(home.case, VERBS["regulatory.filing.grant"], home.filing, home.house.coordinator, DECIDED)
    assert form_for(asked).fields["covers"].initial == NAMES


def test_a_case_that_differs_in_what_the_gate_asks_is_not_covered_and_says_in_what(home: Ground) -> None:
    authority = granted(home)
    other_prescriber = another(home, prescriber=home.house.stranger)
    other_indication = another(home, 3, indication="another disease")
    same = another(home, 4, indication="Invented Haematological Disease")
    assert {one.case.pk: one.differs for one in alike(authority)} == {
        same.case.pk: (),
        other_indication.case.pk: ("indication",),
        other_prescriber.case.pk: ("prescriber",),
    }
    assert gate(other_prescriber)[0] is False
    assert gate(other_indication)[0] is False
    assert gate(same)[0] is True


def test_a_letter_that_names_a_patient_or_leaves_out_what_is_asked_covers_no_other_case(home: Ground) -> None:
    second = another(home)
    granted(home, covers=["patient", *NAMES])
    assert covering(second.case) == []
    with acting(by=home.house.pic, verb="tests.letter.changed"):
        Authorization.objects.update(covers=["prescriber", "product"])
    assert (covering(second.case), gate(second)[0]) == ([], False)


def test_the_last_of_its_uses_ends_it_for_every_case_too(home: Ground) -> None:
    second = another(home)
    authority = granted(home, max_uses=1)
    supplied(second, authority)
    give(second, dispensed_at=at("2026-03-14 08:00"))
    assert Authorization.objects.get(pk=authority.pk).state == "exhausted"
    for ground in (home, second):
        assert Deadline.objects.get(case=ground.case, kind="regulatory.authorization_expiry").state == "cancelled"


def test_another_pharmacy_learns_nothing_of_it(home: Ground) -> None:
    granted(home)
    with acting(by=home.house.pic, verb="tests.pharmacy.built"):
        elsewhere = Pharmacy.objects.create(name="Elm Pharmacy", code="ELM", is_demonstration=True)
    assert covering(another(home, pharmacy=elsewhere).case) == []


def test_the_covered_case_supplies_under_it_and_all_cases_share_its_quantity_and_uses(home: Ground) -> None:
    second = another(home)
    authority = granted(home, quantity="5", max_uses=1)
    sourcing(second).plan("2026-03-10", "2026-03-14", quantity="3")
    second.order(authorization=authority)
    assert second.consignment.authorization == authority
    assert CaseEvent.objects.get(case=second.case, verb="custody.consignment.ordered").facts["authorization"] == (
        "Standing authority AP-7"
    )
    assert balance(authority).accounts == {"ordered": Decimal("3.000")}
    sourcing(home).plan("2026-03-10", "2026-03-14", quantity="3")
    before = home.written()
    with pytest.raises(RequirementsUnmet) as refused:
        home.order(authorization=authority)
    assert [line.fact for line in refused.value.unmet] == ["A-1 has 2 vial left for C-1; it needs 3."]
    assert home.written() == before
    third = another(home, 3)
    sourcing(third).plan("2026-03-10", "2026-03-14", quantity="3")
    with pytest.raises(RequirementsUnmet) as refused:
        third.order(authorization=authority)
    assert [line.fact for line in refused.value.unmet] == [
        "Standing authority AP-7 has 2 vial left for C-1; it needs 3."
    ]


def test_the_last_use_goes_to_one_of_two_cases_that_leave_at_once(home: Ground) -> None:
    second, third = another(home), another(home, 3)
    authority = granted(home, max_uses=1)
    for ground in (second, third):
        sourcing(ground).plan("2026-03-10", "2026-03-14", quantity="1")
        ground.order(authorization=authority)
    with acting(by=home.house.pic, verb="tests.box.left"):
        for ground in (second, third):
            type(ground.consignment).objects.filter(pk=ground.consignment.pk).update(dispatched_at=LATER)
        box = third.consignment
        box.__dict__["state"] = "in_transit"
        with pytest.raises(OverTheCeiling, match="Standing authority AP-7 allows 1 consignments; 1 have gone"):
            book(box, authorization=authority, at=LATER)


def test_a_consignment_is_put_under_it_afterwards(home: Ground) -> None:
    second = another(home)
    authority = granted(home)
    second.plan("2026-03-10", "2026-03-14")
    second.take("regulatory.standing_authority.use", subject=second.consignment, authorization=authority)
    assert second.consignment.authorization == authority
    before = second.written()
    with pytest.raises(NotPossible, match=r"C-1 stands under Standing authority AP-7 already\. Nothing was changed\."):
        second.take("regulatory.standing_authority.use", subject=second.consignment, authorization=authority)
    assert second.written() == before


def test_a_suspension_holds_every_open_case_under_it_at_once_and_the_reinstatement_lifts_it(home: Ground) -> None:
    second, closed, stranger = another(home), another(home, 3), another(home, 4, prescriber=home.house.stranger)
    with acting(by=home.house.pic, verb="tests.case.closed"):
        type(closed.case).objects.filter(pk=closed.case.pk).update(
            stage="closed", outcome="withdrawn", closed_at=OPENED
        )
    authority = granted(home)
    stop(home)
    assert holds(home) == [("regulatory", "A-1 is suspended: Letter of the TGA.", False)]
    told = "Standing authority AP-7 is suspended: Letter of the TGA."
    assert holds(second) == [("regulatory", told, False)]
    assert (holds(closed), holds(stranger)) == ([], [])
    assert gate(second) == (False, ("Authorization AP-7 is suspended.",))
    event = CaseEvent.objects.filter(case=second.case).latest("seq")
    assert (event.verb, event.facts, event.reason) == (
        "regulatory.standing_authority.announced",
        {"authorization": "Standing authority AP-7", "state": "suspended"},
        "Letter of the TGA.",
    )
    urgent = Notice.objects.filter(case=second.case, kind="regulatory.authorization_stopped")
    assert {(one.recipient, one.is_urgent) for one in urgent} == {(home.house.pic, True)}
    stop(home, "reinstate", "Second letter.")
    assert holds(home) == [("regulatory", "A-1 is suspended: Letter of the TGA.", True)]
    assert holds(second) == [("regulatory", told, True)]
    assert gate(second)[0] is True
    lifted = CaseEvent.objects.filter(case=second.case).latest("seq")
    assert (lifted.facts["state"], lifted.reason, lifted.by) == ("in_force", "Second letter.", home.house.coordinator)
    assert Hold.objects.get(case=second.case).lifted_by == home.house.coordinator
    assert HoldGround.objects.filter(authorization=authority).count() == 2


def test_a_revocation_holds_what_a_person_then_settles(home: Ground) -> None:
    second = another(home)
    granted(home)
    stop(home, "revoke", "Withdrawn.")
    assert holds(second) == [("regulatory", "Standing authority AP-7 is revoked: Withdrawn.", False)]
    second.take("cases.hold.lift", subject=Hold.objects.get(case=second.case), reason="A new authority is asked for.")
    assert holds(second)[0][2] is True


def test_its_end_is_a_date_of_every_case_and_what_travels_at_the_lapse_is_held(home: Ground) -> None:
    second, idle = another(home), another(home, 3)
    authority = granted(home, valid_until="2026-03-12")
    for ground in (second, idle):
        ends = Deadline.objects.get(case=ground.case, kind="regulatory.authorization_expiry")
        assert (ends.label, ends.due_on, ends.state) == (
            "Standing authority AP-7 ends",
            date(2026, 3, 12),
            "running",
        )
    sourcing(second).plan("2026-03-10", "2026-03-12")
    second.order(authorization=authority)
    second.allocate()
    second.take(
        "custody.consignment.release",
        by=home.house.pic,
        subject=second.consignment,
        now=at("2026-03-10 01:00"),
        planned_dispatch_on="2026-03-10",
        planned_arrival_on="2026-03-12",
    )
    home.take("regulatory.authorization.expire", subject=authority, now=at("2026-03-13 02:00"))
    assert [reason for _, reason, _ in holds(second)] == [
        "Standing authority AP-7 ended while C-1 was under way. Tell the carrier, the consignee and the authority."
    ]
    assert (holds(idle), Deadline.objects.get(case=idle.case, kind="regulatory.authorization_expiry").state) == (
        [],
        "cancelled",
    )


def test_a_case_of_a_pathway_without_a_standing_gate_asks_nothing(db: None, django_assert_num_queries: Any) -> None:
    ground = build_ground("UK-SPECIALS", now=OPENED, country="GB", zone="Europe/London")
    profile_of(ground.case.profile_version)
    with django_assert_num_queries(0):
        assert covering(ground.case) == []


def test_the_pages_tell_it_from_both_sides(home: Ground, client: Client) -> None:
    second, stranger = another(home), another(home, 3, prescriber=home.house.stranger)
    authority = granted(home, quantity="5")
    sourcing(second).plan("2026-03-10", "2026-03-14", quantity="3")
    second.order(authorization=authority)
    client.force_login(home.house.coordinator)
    page = client.get(f"/cases/{home.case.reference}/authorizations/A-1/").content.decode()
    assert second.case.reference in page.partition("Not under it")[0]
    assert stranger.case.reference in page.partition("Not under it")[2]
    assert "another prescriber" in page
    tab = client.get(f"/cases/{second.case.reference}/filings/").content.decode()
    assert "Standing authority AP-7" in tab
    assert f'A-1 of <span class="mono">{home.case.reference}</span>' in tab
    supply = client.get(f"/cases/{second.case.reference}/supply/").content.decode()
    assert "Standing authority AP-7" in supply
    assert client.get(f"/cases/{second.case.reference}/authorizations/A-1/").status_code == 404


def test_a_prescriber_reads_the_state_and_never_the_other_case(home: Ground) -> None:
    second = another(home)
    granted(home)
    stop(home)
    lines = consider(second.case, "cases.case.begin_sourcing", by=home.house.doctor, now=LATER)
    assert home.case.reference not in " ".join(line.fact for line in lines)


def test_the_api_tells_it_from_both_sides(home: Ground, client: Client) -> None:
    second = another(home)
    granted(home)
    client.force_login(home.house.coordinator)
    (own,) = client.get(f"/api/v1/cases/{home.case.reference}/authorizations").json()
    assert (own["label"], own["level"], own["granted_under"], own["covers_cases"]) == (
        "A-1",
        "standing",
        home.case.reference,
        [second.case.reference],
    )
    (held,) = client.get(f"/api/v1/cases/{second.case.reference}/authorizations").json()
    assert (held["label"], held["filing"], held["document"], held["granted_under"], held["covers_cases"]) == (
        "Standing authority AP-7",
        None,
        None,
        home.case.reference,
        [],
    )


def supplied(ground: Ground, authority: Authorization) -> None:
    """A consignment of two vials under it has arrived."""
    for statement in statements(profile_of(ground.case.profile_version)):
        if statement.role == "coordinating_pharmacy":
            ground.take("regulatory.attestation.sign", statement=statement.code)
    ship(sourcing(ground), dispatch="2026-03-10", arrival="2026-03-14", authorization=authority)


def test_the_last_dispensing_ends_it_for_every_case_in_the_same_deed(home: Ground) -> None:
    second, third, stranger = another(home), another(home, 3), another(home, 4, prescriber=home.house.stranger)
    authority = granted(home, quantity="2")
    supplied(second, authority)
    seen = CaseEvent.objects.filter(case=home.case).latest("seq").seq
    before = stranger.written()
    give(second, dispensed_at=at("2026-03-14 08:00"))
    authority = Authorization.objects.get(pk=authority.pk)
    assert (authority.state, balance(authority).accounts) == ("exhausted", {"dispensed": Decimal("2.000")})
    for ground in (home, second, third):
        ends = Deadline.objects.get(case=ground.case, kind="regulatory.authorization_expiry")
        assert (ends.state, ends.due_on) == ("cancelled", date(2028, 3, 4))
    told = [(event.verb, event.by.code) for event in CaseEvent.objects.filter(case=home.case, seq__gt=seen)]
    assert told == [("regulatory.authorization.exhausted", "S-LEDGER")]
    for ground in (second, third):
        event = CaseEvent.objects.filter(case=ground.case, verb="regulatory.standing_authority.announced").latest("seq")
        assert (event.facts, event.reason, event.by.code) == (
            {"authorization": "Standing authority AP-7", "state": "exhausted"},
            "It is used up.",
            "S-LEDGER",
        )
        letter = Notice.objects.filter(case=ground.case, kind="regulatory.decision_recorded").latest("pk")
        assert (letter.recipient, letter.facts["subject_label"], letter.facts["what"]) == (
            home.house.coordinator,
            "the standing authority",
            "used up",
        )
        assert (gate(ground)[0], holds(ground)) == (False, [])
    assert Notice.objects.filter(case=home.case, kind="regulatory.decision_recorded").count() == 1
    assert stranger.written() == before


def test_it_stands_while_another_case_still_has_some_of_it_under_way(home: Ground) -> None:
    second, third = another(home), another(home, 3)
    authority = granted(home, quantity="4")
    supplied(second, authority)
    sourcing(third).plan("2026-03-20", "2026-03-24", quantity="2")
    third.order(authorization=authority)
    give(second, dispensed_at=at("2026-03-14 08:00"))
    authority = Authorization.objects.get(pk=authority.pk)
    assert (authority.state, balance(authority).under_way) == ("in_force", Decimal("2.000"))
    assert Deadline.objects.get(case=third.case, kind="regulatory.authorization_expiry").state == "running"


def test_the_letters_say_what_became_of_it_and_of_which(home: Ground) -> None:
    second = another(home)
    granted(home)
    stop(home)
    stop(home, "reinstate", "Second letter.")
    home.take(
        "regulatory.authorization.suspend", by=home.house.pic, subject=home.authorization, reason="Third.", now=LATER
    )
    told = [compose(one, now=LATER) for one in Notice.objects.filter(kind__startswith="regulatory.").order_by("pk")]
    subjects = {letter.subject for letter in told}
    own, other = home.case.reference, second.case.reference
    assert subjects >= {
        f"Case {own}: authorization A-1 suspended, stop the supply",
        f"Case {other}: the standing authority suspended, stop the supply",
    }
    texts = " ".join(" ".join(letter.body.split()) for letter in told)
    assert f"Authorization A-1 of case {own} is suspended. A regulatory hold is placed" in texts
    assert f"The standing authority of case {other} is suspended. A regulatory hold is placed" in texts
    assert "AP-7" not in texts
