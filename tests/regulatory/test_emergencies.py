"""An emergency supply: the gate opens before the papers, and two people say that the treatment cannot wait."""

from dataclasses import replace

import pytest

from cases.audit.context import acting
from cases.lifecycle.checklist import Checked
from cases.lifecycle.errors import NotPermitted, NotPossible, RequirementsUnmet
from cases.notices.letters import Letter, NoLonger, compose
from cases.notices.models import Notice
from cases.people.models import User
from cases.people.roles import Role
from regulatory.emergencies import emergency_gates
from regulatory.facts import facts_of
from regulatory.models import Attestation
from regulatory.pathway import Statement, profile_of, statements
from regulatory.profiles.gates import context_of, evaluate_gate
from tests.journeys.walk import Stuck, start
from tests.laid import laid
from tests.regulatory.ground import Ground, at, build_ground
from tests.regulatory.profiles.ground import CALENDARS, LIBRARY, facts, signed
from tests.regulatory.test_au_category_a import give, ship

RELEASE, CONFIRM = "custody.consignment.release", "regulatory.emergency.confirm"
WHY = "She will not live until Monday."
CANNOT_WAIT = "the criteria for compassionate access are met and treatment cannot wait for office hours"
ARE_MET = "the criteria for compassionate access are met"
BOTH = "The hospital pharmacist and the treating prescriber must be different people: one person signed for both."


@laid
def permitted(db: None) -> Ground:
    """US-EIND: the FDA permitted it by telephone, the papers and packs are there, nobody has confirmed anything."""
    made = start("US-EIND")
    made.confirmers = ()
    with pytest.raises(Stuck, match=r"Nobody confirmed it yet\. Two people are needed\."):
        made.to_closed()
    assert made.taken[-1] != RELEASE
    return made.ground


def line(ground: Ground) -> Checked:
    return ground.line("EmergencyConfirmedByTwo", RELEASE, by=ground.house.pic, subject=ground.consignment)


def confirm(ground: Ground, by: User) -> None:
    ground.take(CONFIRM, by=by, subject=ground.consignment, reason=WHY)


def test_the_pathways_with_an_emergency_gate_are_those_of_the_facts() -> None:
    found = {key: sorted(emergency_gates(one)) for key, one in LIBRARY.profiles.items() if emergency_gates(one)}
    assert found == {"FR-AAC": ["FR-AAC.gates.2"], "US-EIND": ["US-EIND.gates.1"]}


def test_it_does_not_leave_before_two_people_confirmed(permitted: Ground) -> None:
    asked = line(permitted)
    assert (asked.state, asked.fact, asked.sources, asked.overridable) == (
        "unmet", "Nobody confirmed it yet. Two people are needed.", ("US-EIND.gates.1",), False,
    )  # fmt: skip
    assert asked.remedy == ("Confirm the emergency", f"{CONFIRM}/C-1")
    assert "house rule R-25" in asked.rule
    confirm(permitted, permitted.house.coordinator)
    assert line(permitted).fact == "Confirmed by M. Ostby. One more person is needed."
    confirm(permitted, permitted.house.doctor)
    asked = line(permitted)
    assert (asked.state, asked.fact) == ("met", "Confirmed by M. Ostby and Dr L. Ferrante.")


def test_one_person_does_not_confirm_twice(permitted: Ground) -> None:
    confirm(permitted, permitted.house.pic)
    before = permitted.written()
    with pytest.raises(RequirementsUnmet) as refused:
        confirm(permitted, permitted.house.pic)
    assert [(one.code, one.fact) for one in refused.value.unmet] == [
        ("EmergencyConfirmedByAnother", "H. Lindqvist confirmed it already; the second is another person.")
    ]
    assert (permitted.written(), Attestation.objects.filter(role="emergency_confirmation").count()) == (before, 1)


def test_it_is_kept_under_both_names_and_opens_no_gate(permitted: Ground) -> None:
    gates = facts_of(permitted.case, consignment=permitted.consignment).attestations
    confirm(permitted, permitted.house.coordinator)
    confirm(permitted, permitted.house.second_pharmacist)
    rows = Attestation.objects.filter(role="emergency_confirmation").order_by("pk")
    assert [(row.attested_by.display_name, row.consignment, row.gate_fact) for row in rows] == [
        ("M. Ostby", permitted.consignment, "US-EIND.gates.1"),
        ("T. Adeyemi", permitted.consignment, "US-EIND.gates.1"),
    ]
    assert facts_of(permitted.case, consignment=permitted.consignment).attestations == gates
    event = permitted.case.events.latest("seq")
    assert (event.verb, event.subject, event.reason) == ("regulatory.emergency.confirmed", "C-1", WHY)


def test_whoever_may_be_the_second_hears_at_once_and_nobody_once_two_have_said_so(permitted: Ground) -> None:
    house, case = permitted.house, permitted.case
    waits = Notice.objects.filter(case=case, kind="regulatory.emergency_waits")
    confirm(permitted, house.coordinator)
    told = {notice.recipient: notice for notice in waits}
    assert set(told) == {house.doctor, house.receiving, house.pic}
    assert {notice.is_urgent for notice in waits} == {True}
    letter = compose(told[house.doctor], now=permitted.now)
    assert isinstance(letter, Letter)
    assert letter.subject == f"Case {case.reference}: an emergency waits for a second person"
    assert letter.body.startswith(f"One person has said that C-1 of case {case.reference} is an emergency: ")
    assert WHY not in letter.body

    confirm(permitted, house.doctor)
    assert waits.count() == 3
    assert compose(told[house.pic], now=permitted.now) == NoLonger("Two people have confirmed it.")


@pytest.mark.parametrize("who", ["auditor", "administrator", "delegate"])
def test_who_may_not_confirm(permitted: Ground, who: str) -> None:
    before = permitted.written()
    with pytest.raises(NotPermitted):
        confirm(permitted, getattr(permitted.house, who))
    assert permitted.written() == before


def test_a_pathway_without_an_emergency_offers_nothing_and_waits_for_nobody(db: None) -> None:
    ground = build_ground("UK-SPECIALS", now=at("2026-02-26 09:00"), country="GB", zone="Europe/London")
    ground.plan("2026-04-10", "2026-04-14")
    with pytest.raises(NotPossible):
        confirm(ground, ground.house.coordinator)
    said = line(ground)
    assert (said.state, said.fact) == ("met", "The pathway lets nothing go before its papers as an emergency.")


# -- France, out of hours: the gate itself asks for two judgements


def test_one_person_in_two_roles_is_one_judgement() -> None:
    judged = (signed("treating_prescriber", CANNOT_WAIT), signed("hospital_pharmacist", ARE_MET))
    two = facts(*(replace(one, by=by) for one, by in zip(judged, ("P-1", "P-2"), strict=True)))
    one = facts(*(replace(one, by="P-1") for one in judged))
    for known, state, missing in (
        (two, "open", []),
        (
            one,
            "shut",
            [BOTH],
        ),
    ):
        context = context_of(LIBRARY.profile("FR-AAC"), known, calendars=CALENDARS, now=at("2026-06-14 10:00"))
        found = evaluate_gate("may_dispense", context)
        assert (found.state, [item.sentence for item in found.missing if item.kind == "attestation"]) == (
            state,
            missing,
        )


def test_the_french_gate_is_signed_by_the_cases_prescriber_and_a_pharmacist_of_the_hospital(db: None) -> None:
    ground = build_ground("FR-AAC", now=at("2026-06-13 10:00"), country="FR", zone="Europe/Paris")
    house, codes = ground.house, {one.role: one.code for one in statements_of(ground)}
    for wrong in (house.receiving, house.coordinator):
        with pytest.raises(RequirementsUnmet) as refused:
            ground.take("regulatory.attestation.sign", by=wrong, statement=codes["treating_prescriber"])
        assert [one.code for one in refused.value.unmet] == ["AttestedByTheRightPerson"]
    ground.take("regulatory.attestation.sign", by=house.doctor, statement=codes["treating_prescriber"])
    shut = ground.line("GateOpen:may_dispense", "cases.case.begin_sourcing")
    assert (shut.state, f"The hospital pharmacist has not signed: “{ARE_MET}”." in shut.fact) == ("unmet", True)
    with acting(by=house.pic, verb="tests.role.changed"):
        User.objects.filter(pk=house.doctor.pk).update(role=Role.RECEIVING_PHARMACIST)
    ground.take(
        "regulatory.attestation.sign", by=User.objects.get(pk=house.doctor.pk), statement=codes["hospital_pharmacist"]
    )
    shut = ground.line("GateOpen:may_dispense", "cases.case.begin_sourcing")
    assert (shut.state, "one person signed for both" in shut.fact) == ("unmet", True)
    ground.take("regulatory.attestation.sign", by=house.receiving, statement=codes["hospital_pharmacist"])
    assert ground.line("GateOpen:may_dispense", "cases.case.begin_sourcing").state == "met"


def statements_of(ground: Ground) -> list[Statement]:
    return [one for one in statements(profile_of(ground.case.profile_version)) if one.fact == "FR-AAC.gates.2"]


REGULARISE = "regulatory.emergency_regularisation"


def owed_after(ground: Ground) -> tuple[list[str], list[str]]:
    """On which emergency gates the dispensing rested, and which supplies are to be put in order afterwards."""
    given = ground.case.events.get(verb="custody.consignment.dispensed")
    (line,) = [one for one in given.checklist if one["code"] == "EmergencyConfirmedByTwo"]
    return line["sources"], list(ground.case.deadlines.filter(kind=REGULARISE).values_list("subject", flat=True))


def test_a_supply_under_the_authorization_owes_nothing_of_an_emergency(db: None) -> None:
    """The fact holds "if out-of-hours start" and nobody is asked: the dispensing was judged, and by which gate."""
    assert owed_after(start("FR-AAC").to_closed().ground) == ([], [])


def test_a_start_out_of_hours_is_put_in_order_afterwards(db: None) -> None:
    ground = build_ground("FR-AAC", now=at("2026-06-12 22:30"), country="FR", zone="Europe/Paris")
    for statement in statements_of(ground):
        by = ground.house.doctor if statement.role == "treating_prescriber" else ground.house.receiving
        ground.take("regulatory.attestation.sign", by=by, statement=statement.code)
    ground.take("cases.case.begin_sourcing")
    ship(ground, dispatch="2026-06-13", arrival="2026-06-14")
    give(ground, dispensed_at=at("2026-06-14 08:00"))
    assert owed_after(ground) == (["FR-AAC.gates.2"], ["C-1"])
    assert ground.deadline("emergency_regularisation").state == "running"
    # Rule 6: dispense, submit, grant.
    ground.take("cases.case.begin_shipment")
    ground.take("cases.case.begin_dispensing")
    for paper in ("regulator_form", "treatment_protocol", "prescription"):
        ground.paper(paper)
    for kind in ("clinical", "regulatory"):
        ground.review(kind)
    ground.take(
        "regulatory.filing.open", kind="application", authority="ANSM", quantity="2", now=at("2026-06-15 08:00")
    )
    ground.take("regulatory.filing.make_ready", subject=ground.filing)
    ground.submit(at("2026-06-15 08:30"), party="Dr L. Ferrante")
    assert ground.deadline("emergency_regularisation").state == "met"
    ground.grant(at("2026-06-16 08:00"), quantity="2", valid_until="2026-12-15")
    assert ground.authorization.state == "in_force"
