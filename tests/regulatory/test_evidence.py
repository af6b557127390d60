"""What only people can bring: conditions answered, statements attested, outside duties shown, limits asked about."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.audit.context import acting
from cases.lifecycle.checklist import Checked
from cases.lifecycle.errors import FactsInvalid, NotPermitted, RequirementsUnmet
from cases.models import Case
from cases.people.models import Pharmacy, User
from cases.services import open_case
from regulatory.clocks import bring_in_line
from regulatory.facts import facts_of
from regulatory.models import Attestation, PathwayEvent
from regulatory.profiles.facts import Facts
from tests.factories import build_patient, draft_profile
from tests.laid import laid
from tests.regulatory.ground import Ground, at, build_ground
from tests.regulatory.test_uk_window import ACKNOWLEDGED, DAY_29, SUBMITTED

UK_LIMIT = "the supply stays within 25 administrations or courses per notification (administrations or courses)"
DOCTOR = (
    "I am a medical practitioner, nurse practitioner or pharmacist prescriber and need this medicine for a particular "
    "patient under my care"
)


@laid
def uk(db: None) -> Ground:
    return build_ground("UK-SPECIALS", now=at("2026-02-26 09:00"), country="GB", zone="Europe/London")


@laid
def nz(db: None) -> Ground:
    return build_ground("NZ-S29", now=at("2026-03-02 01:00"), country="NZ", zone="Pacific/Auckland")


def paper_line(ground: Ground, number: int) -> list[Checked]:
    ground.take("regulatory.filing.open", kind="notification", authority="MHRA")
    lines = ground.ask("regulatory.filing.make_ready", subject=ground.filing)
    return [line for line in lines if line.code == f"PapersComplete:UK-SPECIALS.documents.{number}"]


def test_a_condition_that_nobody_answered_asks_for_its_paper(uk: Ground) -> None:
    (line,) = paper_line(uk, 5)
    assert (line.state, line.remedy) == ("unmet", ("Answer the condition", "regulatory.condition.answer"))
    assert "Nobody has answered whether it applies." in line.fact


@pytest.mark.parametrize(("answer", "asked"), [("yes", 1), ("no", 0)])
def test_an_answered_condition_asks_for_its_paper_or_not(uk: Ground, answer: str, asked: int) -> None:
    uk.answer("UK-SPECIALS.documents.5", answer)
    assert len(paper_line(uk, 5)) == asked
    kept = Attestation.objects.get(case=uk.case)
    assert (kept.attested_by, kept.gate_fact) == (uk.house.coordinator, "UK-SPECIALS.documents.5")


def test_what_the_system_knows_it_does_not_ask(uk: Ground) -> None:
    assert paper_line(uk, 6) == []


def test_only_the_cases_prescriber_attests_for_the_prescriber(nz: Ground) -> None:
    statement = f"{DOCTOR} (treating prescriber)"
    line = next(line for line in nz.ask("cases.case.begin_sourcing") if line.code.startswith("GateOpen:"))
    assert (line.state, DOCTOR in line.fact) == ("unmet", True)
    code = line.sources[0] + "#1"
    for stranger in (nz.house.coordinator, nz.house.receiving):
        with pytest.raises(RequirementsUnmet) as refused:
            nz.take("regulatory.attestation.sign", by=stranger, statement=code)
        assert [entry.code for entry in refused.value.unmet] == ["AttestedByTheRightPerson"], statement
    with pytest.raises(NotPermitted):
        nz.take("regulatory.attestation.sign", by=nz.house.stranger.user, statement=code)
    nz.take("regulatory.attestation.sign", by=nz.house.doctor, statement=code)
    line = nz.line(line.code, "cases.case.begin_sourcing")
    assert (line.state, Attestation.objects.get(case=nz.case).statement) == ("met", DOCTOR)


def test_a_limit_that_cannot_be_compared_is_asked_about(uk: Ground) -> None:
    uk.ready(quantity="6")
    uk.submit(SUBMITTED)
    uk.acknowledge(ACKNOWLEDGED)
    uk.take("cases.case.begin_sourcing", now=DAY_29)
    uk.plan("2026-03-31", "2026-04-02")
    uk.order()
    uk.allocate()
    code = "QuantityLimit:UK-SPECIALS.quantity_limits.1"
    line = uk.line(code, "custody.consignment.release", by=uk.house.pic, subject=uk.consignment)
    assert (line.state, line.overridable) == ("unmet", True)
    assert line.fact.startswith(f"Not known: {UK_LIMIT}.")
    uk.take("regulatory.attestation.sign", statement="UK-SPECIALS.quantity_limits.1#1")
    uk.take(
        "custody.consignment.release",
        by=uk.house.pic,
        subject=uk.consignment,
        planned_dispatch_on="2026-03-31",
        planned_arrival_on="2026-04-02",
    )
    assert uk.consignment.state == "released"


def test_a_release_is_judged_on_the_planned_arrival(uk: Ground) -> None:
    uk.ready(quantity="6")
    uk.submit(SUBMITTED)
    uk.acknowledge(ACKNOWLEDGED)
    found = {}
    for arrival in ("2026-03-30", "2026-03-31"):
        uk.plan("2026-03-27", arrival)
        with acting(by=uk.house.pic, verb="tests.consignment.allocated"):
            box = uk.consignment
            box.order(supplier=uk.partner("supplier"), order_number="PO")
            box.save()
            box.allocate()
            box.save()
        line = uk.line(
            "GateOpen:may_import",
            "custody.consignment.release",
            by=uk.house.pic,
            subject=box,
            now=at("2026-03-26 09:00"),
        )
        found[arrival] = (line.state, line.sentence)
    assert found == {
        "2026-03-30": ("unmet", "Import is allowed on the planned arrival date"),
        "2026-03-31": ("met", "Import is allowed on the planned arrival date"),
    }


def test_an_outside_event_recorded_in_error_is_withdrawn_and_kept(uk: Ground) -> None:
    uk.take("regulatory.pathway_event.record", name="documents_complete", happened_at=at("2026-02-26 08:00"))
    event = PathwayEvent.objects.get(case=uk.case)
    uk.take("regulatory.pathway_event.withdraw", event=event, reason="It was another case.")
    assert PathwayEvent.objects.get(pk=event.pk).withdrawn_at == uk.now
    assert "documents_complete" not in {found.name for found in facts_of(uk.case).events}


def test_a_gate_event_is_not_typed_in_by_hand(uk: Ground) -> None:
    for name in ("acknowledged", "decided_granted", "objection_window_waived", "import_day"):
        with pytest.raises(FactsInvalid):
            uk.take("regulatory.pathway_event.record", name=name, happened_at=at("2026-02-26 08:00"))
    assert not PathwayEvent.objects.filter(case=uk.case).exists()


def test_no_live_case_rests_on_a_draft_or_a_demonstration_copy(uk: Ground) -> None:
    house = uk.house
    with acting(by=User.objects.service("setup"), verb="tests.pharmacy.added"):
        live = Pharmacy.objects.create(name="Live Pharmacy", code="LIVE")
        User.objects.filter(pk=house.coordinator.pk).update(pharmacy=live)
    coordinator = User.objects.get(pk=house.coordinator.pk)
    told = []
    for version in (uk.case.profile_version, draft_profile("UK-SPECIALS")):
        with pytest.raises(RequirementsUnmet) as refused:
            open_case(
                pharmacy=live,
                patient=build_patient(house, number=2),
                prescriber=house.prescriber,
                institution=house.institution,
                coordinator=coordinator,
                medicine=house.medicine,
                profile_version=version,
                country="GB",
                indication="invented disease",
                by=coordinator,
                now=uk.now,
            )
        told += [line.fact for line in refused.value.unmet]
    assert told == [
        "UK-SPECIALS 1.0.0-demo (demonstration copy) may only carry cases of a demonstration pharmacy.",
        "UK-SPECIALS 0.2.0-draft (unreviewed draft) is draft, not reviewed: nobody has signed it.",
    ]


def test_facts_turn_into_json_and_back_and_cost_a_counted_number_of_queries(uk: Ground) -> None:
    uk.ready(quantity="6")
    uk.submit(SUBMITTED)
    uk.acknowledge(ACKNOWLEDGED)
    uk.plan("2026-03-27", "2026-03-31")
    case, consignment = Case.objects.with_people().get(pk=uk.case.pk), uk.consignment
    with CaptureQueriesContext(connection) as asked:
        facts = facts_of(case, consignment=consignment)
    assert Facts.from_json(facts.to_json()) == facts
    # Twelve for any pathway, one of them for the papers that were made for another consignment, and one for the dated
    # list that the choice of route looks into.
    assert len(asked) == 11


def test_bringing_the_dates_in_line_again_writes_nothing(uk: Ground) -> None:
    uk.ready(quantity="6")
    uk.submit(SUBMITTED)
    uk.acknowledge(ACKNOWLEDGED)
    uk.plan("2026-03-27", "2026-03-31")
    before = uk.written()
    with acting(by=uk.house.coordinator, verb="tests.dates.read"), CaptureQueriesContext(connection) as asked:
        bring_in_line(uk.case, by=uk.house.coordinator, now=uk.now)
    assert uk.written() == before
    assert not [query["sql"] for query in asked if query["sql"].startswith(("INSERT", "UPDATE"))]
