"""Several filings on one route: the permit for the controlled drug, then the import, then the export (edge case 35)."""

import pytest

from cases.audit.context import acting
from cases.deadlines.models import Deadline
from cases.lifecycle.errors import RequirementsUnmet
from cases.models import Medicine
from regulatory.models import Filing
from regulatory.profiles.loader import load
from regulatory.profiles.route import route_of
from regulatory.recording import governing_filing
from regulatory.route import standing
from regulatory.web.tabs import _route
from tests.factories import EXPORT, signed_profile
from tests.laid import laid
from tests.regulatory.ground import PAPERS, Ground, at, build_ground

OPENED = at("2026-02-26 09:00")
NARCOTICS = "Permit for the controlled drug, of the destination"
RELEASE = "custody.consignment.release"


@laid
def uk(db: None) -> Ground:
    """A controlled drug for the United Kingdom; every paper but the permit is there, and both reviews."""
    ground = build_ground("UK-SPECIALS", now=OPENED, country="GB", zone="Europe/London")
    with acting(by=ground.house.pic, verb="tests.medicine.controlled", business_at=OPENED):
        Medicine.objects.filter(pk=ground.case.medicine_id).update(is_controlled=True)
    ground.case.medicine.refresh_from_db()
    signed_profile(ground.house, EXPORT)
    for doc_type in PAPERS["UK-SPECIALS"]:
        ground.paper(doc_type)
    ground.answer("UK-SPECIALS.documents.5", "no")
    for number in (1, 2, 3):
        ground.answer(f"US-EXPORT.documents.{number}", "no" if number == 3 else "yes")
    for kind in ("clinical", "regulatory"):
        ground.review(kind)
    return ground


def open_step(ground: Ground, authority: str, **facts: str) -> Filing:
    """Open the next filing of the route, as the form suggests it."""
    ground.take("regulatory.filing.open", kind="application", authority=authority, quantity="6", **facts)
    return ground.filing


def stands(ground: Ground) -> list[tuple[str, str, bool]]:
    return [(one.step.code, one.told, one.is_given) for one in standing(ground.case)]


@pytest.mark.parametrize(
    ("controlled", "files", "expected"),
    [
        (False, "before", [("main", ())]),
        (
            True,
            "before",
            [
                ("narcotics_permit", ()),
                ("main", ("narcotics_permit",)),
                ("export_permit", ("narcotics_permit", "main")),
            ],
        ),
        (True, "never", [("narcotics_permit", ()), ("export_permit", ("narcotics_permit",))]),
    ],
)
def test_the_order_is_read_from_the_data(controlled: bool, files: str, expected: list[tuple[str, tuple[str]]]) -> None:
    library = load()
    steps = route_of(
        library.profile("UK-SPECIALS"), library.profile(EXPORT), conditions={"controlled_drug": controlled}, files=files
    )
    assert [(one.code, one.after) for one in steps] == expected


def test_where_the_order_or_the_authority_is_not_stated_neither_is_guessed() -> None:
    library = load()
    permit, main, leaving = route_of(
        library.profile("MY-REG15-6"), library.profile(EXPORT), conditions={"controlled_drug": True}, files="before"
    )
    assert (permit.code, permit.authority, permit.fact) == ("narcotics_permit", "", "MY-REG15-6.border.1")
    assert (main.code, main.after) == ("main", ())
    assert (leaving.code, leaving.after) == ("export_permit", ("narcotics_permit", "main"))


def test_a_filing_waits_for_the_one_it_rests_on_and_names_it(uk: Ground) -> None:
    assert stands(uk) == [
        ("narcotics_permit", "not filed yet", False),
        ("main", "not filed yet", False),
        ("export_permit", "not filed yet", False),
    ]
    export = open_step(uk, "DEA (controlled substances)", step="export_permit")
    assert (export.step, export.profile_version.profile_key) == ("export_permit", EXPORT)
    lines = [line for line in uk.ask("regulatory.filing.submit", subject=uk.filing) if "RouteInOrder" in line.code]
    assert {line.state for line in lines} == {"unmet"}
    assert {line.code: line.fact.partition(".")[0] for line in lines} == {
        "RouteInOrder:narcotics_permit": f"{NARCOTICS}: not filed yet",
        "RouteInOrder:main": "The pathway’s own filing: not filed yet",
    }
    # And its papers are those of the export, not of the import.
    with pytest.raises(RequirementsUnmet) as refused:
        uk.take("regulatory.filing.make_ready", subject=uk.filing)
    assert [line.code for line in refused.value.unmet] == ["PapersComplete:US-EXPORT.documents.1"]
    assert uk.filing.state == "preparing"


def test_each_is_opened_in_its_turn_and_the_whole_route_is_granted(uk: Ground) -> None:
    first = open_step(uk, "Home Office (controlled drugs)")
    assert (first.step, first.profile_version) == ("narcotics_permit", uk.case.profile_version)
    uk.take("regulatory.filing.make_ready", subject=uk.filing)
    uk.submit(at("2026-02-26 10:00"))
    permit = uk.paper("controlled_drug_import_permit", uploaded=True)
    uk.grant(at("2026-02-27 10:00"), letter=permit, covers=["product"])

    uk.review("regulatory")  # the permit is on file now
    second = open_step(uk, "MHRA")
    assert second.step == "main"
    uk.take("regulatory.filing.make_ready", subject=uk.filing)
    uk.submit(at("2026-02-27 12:00"))
    uk.acknowledge(at("2026-03-02 10:00"))
    assert stands(uk)[1:] == [("main", "F-2 is acknowledged", False), ("export_permit", "not filed yet", False)]
    uk.take("regulatory.filing.lapse", subject=uk.filing, now=at("2026-03-31 09:00"))

    uk.review("regulatory")
    third = open_step(uk, "DEA (controlled substances)")
    assert third.step == "export_permit"
    uk.take("regulatory.filing.make_ready", subject=uk.filing)
    uk.submit(at("2026-03-31 10:00"), party="Invented exporter", recipient="dea")
    uk.acknowledge(at("2026-03-31 11:00"))
    # The silence of the MHRA still speaks: the export's filing opens and ends no clock of the pathway.
    assert governing_filing(uk.case) == second
    windows = Deadline.objects.filter(case=uk.case, kind="regulatory.objection_window")
    assert [(row.subject, row.state) for row in windows] == [("F-2", "met")]
    uk.grant(
        at("2026-03-31 12:00"),
        letter=uk.paper("export_permit"),
        covers=["consignee", "port", "product", "quantity"],
        port="Invented Port",
        quantity="3",
    )
    assert [given for _, _, given in stands(uk)] == [True, True, True]
    drawn = _route(uk.case)
    assert "F-3 is granted" in drawn["wide"]
    assert [after for _, after in drawn["steps"]][2] == [
        NARCOTICS,
        "The pathway’s own filing",
    ]


def test_nobody_answers_away_what_the_medicine_is(uk: Ground) -> None:
    uk.answer("UK-SPECIALS.documents.6", "no")
    assert [code for code, _, _ in stands(uk)] == ["narcotics_permit", "main", "export_permit"]


def test_nothing_leaves_before_the_route_is_complete(uk: Ground) -> None:
    uk.now = at("2026-02-27 10:00")
    permit = uk.paper("controlled_drug_import_permit", uploaded=True)
    uk.plan("2026-04-02", "2026-04-04")
    line = uk.line("RouteComplete:export_permit", RELEASE, by=uk.house.pic, subject=uk.consignment)
    assert (line.state, line.satisfied_by, line.sources) == (
        "unmet",
        "DEA (controlled substances)",
        ("US-EXPORT.documents.2",),
    )
    line = uk.line("RouteComplete:narcotics_permit", RELEASE, by=uk.house.pic, subject=uk.consignment)
    # Filed abroad by the importer: its paper shows it.
    assert (line.state, line.fact) == ("met", f"{NARCOTICS}: {permit.label} is on file.")


def test_an_export_permit_that_was_suspended_no_longer_counts(uk: Ground) -> None:
    uk.paper("controlled_drug_import_permit", uploaded=True)
    uk.review("regulatory")
    open_step(uk, "MHRA", step="main")
    uk.take("regulatory.filing.make_ready", subject=uk.filing)
    uk.submit(at("2026-02-26 10:00"))
    uk.grant(at("2026-02-27 10:00"))
    assert stands(uk)[1] == ("main", "F-1 is granted", True)
    uk.take("regulatory.authorization.suspend", subject=uk.authorization, reason="Letter of today.")
    assert stands(uk)[1] == ("main", "A-1 of F-1 is suspended", False)
