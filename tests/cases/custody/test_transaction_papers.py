"""Papers beside packs: each difference is an exception that holds its pack alone; suspect product has its clock."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.test import Client

from cases.audit.context import acting
from cases.custody.dscsa.form_3911 import fields_of
from cases.custody.dscsa.papers import Pack, differences, packs_of_events
from cases.custody.epcis.taking import take_file
from cases.custody.gs1 import NotReadable
from cases.custody.models import (
    Consignment,
    SupplyException,
    SuspectProduct,
    TransactionRecord,
    Unit,
    VerificationResult,
)
from cases.custody.models.dscsa import STATEMENTS
from cases.deadlines.models import Deadline
from cases.deadlines.services import DeadlineRefused, extend, pause
from cases.lifecycle.engine import consider
from cases.lifecycle.errors import RequirementsUnmet
from cases.models import CaseEvent
from cases.notices.models import Notice
from cases.people.models import User
from tests.cases.custody.builders import ARRIVED, DECIDED, GTIN, HOUR, Supply
from tests.cases.custody.epcis.conftest import event, written  # noqa: F401 - a fixture
from tests.factories import NOW

pytestmark = pytest.mark.django_db
AGREED = [f"{GTIN} 7K04B8 2027-08-31 SN-1-{number}" for number in (1, 2)]
ALL_SEVEN = [code for code, _ in STATEMENTS]


def record(supply: Supply, lines: list[str], **other: Any) -> TransactionRecord:
    facts = {
        "regime": "us_dscsa", "packs": "\n".join(lines), "containers": 2, "transaction_on": "2026-03-01",
        "seller": "Northway Invented Wholesale, 1 Invented Road", "buyer": "Harrow Street Pharmacy",
        "statement": ALL_SEVEN, "ndc": "39999-0001-2",
    }  # fmt: skip
    given = {name: value for name, value in (facts | other).items() if value is not None}
    supply.do("record_papers", by=supply.house.coordinator, now=NOW, **given)
    return TransactionRecord.objects.latest("pk")


def written_down() -> tuple[int, int, int, int]:
    return (TransactionRecord.objects.count(), SupplyException.objects.count(), CaseEvent.objects.count(),
            Deadline.objects.count())  # fmt: skip


def blocking(supply: Supply, verb: str) -> dict[str, str]:
    lines = consider(supply.case, f"custody.consignment.{verb}", by=supply.house.pic, now=DECIDED,
                     subject=supply.consignment())  # fmt: skip
    asked = ("NoOpenExc", "NoSuspect", "Verif")
    return {
        line.code: line.fact
        for line in lines
        if line.blocks and line.code.startswith(asked) and "Excursion" not in line.code
    }


@pytest.mark.usefixtures("allocated")
def test_papers_that_agree_open_nothing_and_are_kept_six_years(supply: Supply) -> None:
    kept = record(supply, AGREED)

    assert (kept.label, kept.source, kept.regime, kept.leg, len(kept.statement)) == ("P-1", "paper", "us_dscsa", 1, 7)
    assert (kept.retained_until.year, kept.packs.count()) == (NOW.year + 6, 2)
    assert SupplyException.objects.count() == 0
    assert blocking(supply, "release") == {}


@pytest.mark.usefixtures("allocated")
def test_each_difference_holds_its_pack_alone_and_says_who_acts_next_and_by_when(supply: Supply) -> None:
    record(supply, [AGREED[0].replace("7K04B8", "7K04B9"), f"{GTIN} 7K04B8 2027-08-31 SN-1-9"])

    rows = SupplyException.objects.order_by("number")
    assert [(one.label, one.kind, one.unit.serial if one.unit else "") for one in rows] == [
        ("E-1", "data_misalignment", "SN-1-1"),
        ("E-2", "missing_product_data", "SN-1-2"),
        ("E-3", "missing_product", ""),
    ]  # fmt: skip
    assert (rows[0].on_paper["lot"], rows[0].on_pack["lot"]) == ("7K04B9", "7K04B8")
    due = Deadline.objects.get(key="custody.exception:E-1")
    # NOW is a Monday morning at the pharmacy: two working days later is Wednesday.
    assert (due.holder_party, str(due.due_on), due.force) == (
        "Northway Invented Wholesale, 1 Invented Road", "2026-03-04", "house_target")  # fmt: skip
    assert blocking(supply, "release") == {
        "NoOpenException:E-1": "E-1 holds SN-1-1: lot, expiry or GTIN differ. Northway Invented Wholesale, 1 Invented "
        "Road acts next.",
        "NoOpenException:E-2": "E-2 holds SN-1-2: among the packs, not on the papers. Northway Invented Wholesale, 1 "
        "Invented Road acts next.",
        "NoOpenException:E-3": "E-3 holds the consignment: on the papers, not among the packs. Northway Invented "
        "Wholesale, 1 Invented Road acts next.",
    }

    supply.take("custody.exception.resolve", by=supply.house.coordinator, now=DECIDED, subject=rows[0],
                reason="New data came.")  # fmt: skip
    assert set(blocking(supply, "release")) == {"NoOpenException:E-2", "NoOpenException:E-3"}
    assert Deadline.objects.get(key="custody.exception:E-1").state in ("met", "met_late")


@pytest.mark.usefixtures("allocated")
@pytest.mark.parametrize(
    ("lines", "other", "fact"),
    [
        (["only two words"], {}, "Line 1: 'only two words' has 3 words: GTIN, lot, expiry and serial are asked for."),
        ([AGREED[0], AGREED[0]], {}, "SN-1-1 stands twice. One line is one pack."),
        ([AGREED[0].replace(GTIN, GTIN[:-1] + "9")], {}, "Line 1: The check digit of GTIN"),
        ([], {"packs": None}, "No pack is named: choose the file, or write one pack a line."),
        (AGREED, {"transaction_on": "2026-03-09"}, "The transaction of 2026-03-09 is still to come."),
        (AGREED, {"shipped_on": "2026-02-01"}, "It was shipped on 2026-02-01, before the transaction of 2026-03-01."),
        (AGREED, {"ndc": "39999000112"}, "'39999000112' is no NDC with its segments, such as 12345-6789-0."),
        (AGREED, {"statement": ALL_SEVEN[1:]}, "The statement does not say: The seller is authorized."),
    ],
)
def test_papers_that_are_not_whole_are_refused(
    supply: Supply, lines: list[str], other: dict[str, Any], fact: str
) -> None:
    before = written_down()

    with pytest.raises(RequirementsUnmet) as refused:
        record(supply, lines, **other)

    assert refused.value.unmet[0].fact.startswith(fact)
    assert written_down() == before


@pytest.mark.usefixtures("allocated")
def test_the_export_leg_asks_for_no_statement_and_is_called_voluntary(supply: Supply) -> None:
    kept = record(supply, AGREED, regime="export", leg=2, statement=None)

    assert (kept.get_regime_display(), kept.statement) == ("export, given voluntarily", [])


@pytest.mark.usefixtures("allocated")
def test_packs_come_from_a_partners_file(supply: Supply, written: Callable[..., Path]) -> None:  # noqa: F811
    links = [f"https://id.gs1.org/01/{GTIN}/21/SN-1-{number}" for number in (1, 2)]
    ilmd = {"cbvmda:lotNumber": "7K04B8", "cbvmda:itemExpirationDate": "2027-08-31"}
    path = written(event(epcList=links, action="ADD", bizStep="commissioning", disposition="active", ilmd=ilmd),
                   event(epcList=links))  # fmt: skip
    file = take_file(path, pharmacy=supply.house.pharmacy, by=User.objects.service("epcis-import"), now=NOW).file

    kept = record(supply, [], packs=None, epcis_file=file)

    assert (kept.source, kept.epcis_file) == ("epcis", file)
    assert list(kept.packs.values_list("lot", "serial").order_by("serial")) == [
        ("7K04B8", "SN-1-1"),
        ("7K04B8", "SN-1-2"),
    ]
    assert SupplyException.objects.count() == 0


def test_a_partners_words_that_no_pack_prints_are_refused_not_cut() -> None:
    packs = ["https://id.gs1.org/01/00312345678906/21/S1"]
    shipped = json.dumps({"bizStep": "shipping", "epcList": packs})
    for told, words in (({"x:lotNumber": "L" * 21}, "20 characters"), ({"x:itemExpirationDate": "soon"}, "is no day")):
        made = json.dumps({"bizStep": "commissioning", "epcList": packs, "ilmd": told})
        with pytest.raises(NotReadable, match=words):
            packs_of_events([made, shipped])


UNITS = [(1, Pack("G", "L", "2027-01-01", "S1")), (2, Pack("G", "L", "2027-01-01", "S2"))]


@pytest.mark.parametrize(
    ("papers", "containers", "kinds"),
    [
        ([Pack("G", "L", "2027-01-01", "S1"), Pack("G", "", "", "S2")], 2, []),
        ([Pack("G", "L")], 2, []),
        ([Pack("G", "M")], 2, [("missing_product_data", 1), ("missing_product_data", 2)]),
        ([Pack("G", "L", "2027-02-01", "S1"), Pack("G", "L", "", "S2")], 2, [("data_misalignment", 1)]),
        ([Pack("G", "L", "", "S1"), Pack("G", "L", "", "S2")], 1, [("overages", None)]),
        ([Pack("G", "L", "", "S1"), Pack("G", "L", "", "S2")], 3, [("underages", None)]),
    ],
)
def test_compares_what_papers_say_and_no_more(
    papers: list[Pack], containers: int, kinds: list[tuple[str, int | None]]
) -> None:
    assert [(one.kind, one.unit) for one in differences(papers, containers, UNITS)] == kinds


@pytest.mark.standards
def test_the_exception_report_validates(supply: Supply, standards: Path, tmp_path: Path) -> None:
    schema = json.loads((standards / "dscsa/report_schema.json").read_text())
    supply.bring_to("allocated")
    record(supply, [AGREED[0].replace("7K04B8", "7K04B9"), f"{GTIN} 7K04B8 2027-08-31 SN-1-9"], containers=3)
    out = tmp_path / "report.json"

    call_command("exception_report", supply.case.reference, "C-1", "--out", str(out), stdout=StringIO())

    report = json.loads(out.read_text())
    assert [error.message for error in jsonschema_rs.Draft202012Validator(schema).iter_errors(report)] == []
    assert (report["po_number"], report["case_resolved"]) == ("PO-1", False)
    assert {kind: len(lines) for kind, lines in report["exceptions"].items()} == {
        "data_misalignment": 1, "missing_product_data": 1, "missing_product": 1, "underages": 1}  # fmt: skip
    assert report["exceptions"]["underages"][0]["quantity_ordered"] == 3


@pytest.mark.usefixtures("allocated")
def test_a_verification_result_is_kept_and_makes_nothing_suspect(supply: Supply) -> None:
    unit = Unit.objects.get(serial="SN-1-1")
    told = {"unit": unit, "answered_by": "Invented Verification", "answered_at": NOW, "is_verified": "no"}

    with pytest.raises(RequirementsUnmet) as refused:
        supply.do("record_verification", by=supply.house.coordinator, now=NOW, **told)
    assert refused.value.unmet[0].fact == "Say which reason was given."
    supply.do("record_verification", by=supply.house.coordinator, now=NOW, failure="No_match_GTIN_Serial_Lot", **told)

    assert VerificationResult.objects.get().get_reason_display() == "GTIN and serial match, the lot does not"
    assert SuspectProduct.objects.count() == 0


def verify(supply: Supply, at: datetime, *, serial: str = "SN-1-1", **told: Any) -> None:
    given = {"unit": Unit.objects.get(serial=serial), "answered_by": "Invented Verification", "answered_at": at} | told
    supply.do("record_verification", by=supply.house.coordinator, now=at, **given)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"is_verified": "no", "failure": "No_match_GTIN_Serial_Lot"},
         "not verified, GTIN and serial match, the lot does not"),
        ({"is_verified": "yes", "further": "Recalled"}, "verified; said beside it: recalled"),
        ({"is_verified": "no", "failure": "Manufacturer_policy", "further": "Illegitimate"},
         "not verified, the manufacturer's policy; said beside it: illegitimate"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("arrived")
def test_a_verification_that_speaks_against_a_pack_is_decided_on_before_it_moves(
    supply: Supply, told: dict[str, str], said: str
) -> None:
    before = set(blocking(supply, "accept"))
    verify(supply, ARRIVED + HOUR, **told)

    stands = f"SN-1-1: {said} (Invented Verification, 2026-03-06 10:20 UTC)."
    found = blocking(supply, "accept")
    assert set(found) - before == {"VerificationDecidedOn:SN-1-1"}
    assert found["VerificationDecidedOn:SN-1-1"] == stands

    # A suspicion that was cleared after it is the decision; an answer that comes later asks again.
    one = suspect_pack(supply)
    supply.take("custody.suspect.clear", by=supply.house.pic, now=DECIDED, subject=one, reason="Explained.")
    assert set(blocking(supply, "accept")) == before
    verify(supply, DECIDED + HOUR, **told)
    assert set(blocking(supply, "accept")) - before == {"VerificationDecidedOn:SN-1-1"}
    verify(supply, DECIDED + 2 * HOUR, is_verified="yes", further="ExpirationExtended")
    assert set(blocking(supply, "accept")) == before


def suspect_pack(supply: Supply) -> SuspectProduct:
    supply.do("suspect", by=supply.house.receiving, now=ARRIVED + 2 * HOUR, unit=Unit.objects.get(serial="SN-1-1"),
              signs="The maker does not know it.")  # fmt: skip
    return SuspectProduct.objects.get()


def test_the_pharmacy_hears_of_a_suspicion_at_once_and_it_has_its_day(supply: Supply) -> None:
    one = suspect(supply)

    notice = Notice.objects.get(kind="custody.suspect")
    assert (notice.recipient, notice.is_urgent, notice.facts) == (supply.house.coordinator, True, {"record": "C-1"})
    day = Deadline.objects.get(kind="custody.suspect_decision")
    # Friday 6 March; one working day on.
    assert (day.due_on, day.holder_role, day.state, day.label) == (
        date(2026, 3, 9), "pharmacist_in_charge", "running", "I-1: decision on a suspect pack",
    )  # fmt: skip

    supply.take("custody.suspect.clear", by=supply.house.pic, now=DECIDED, subject=one, reason="Explained.")

    assert Deadline.objects.get(kind="custody.suspect_decision").state == "met"


def suspect(supply: Supply) -> SuspectProduct:
    supply.bring_to("arrived")
    supply.do("suspect", by=supply.house.receiving, now=ARRIVED + HOUR, unit=Unit.objects.get(serial="SN-1-1"),
              signs="The seal was broken and closed again.")  # fmt: skip
    return SuspectProduct.objects.get()


def test_a_suspect_pack_is_held_until_the_pharmacist_in_charge_clears_it(supply: Supply) -> None:
    one = suspect(supply)
    assert blocking(supply, "accept") == {"NoSuspectProduct:I-1": "I-1 holds SN-1-1: suspect, under investigation."}
    with pytest.raises(RequirementsUnmet):
        supply.take("custody.suspect.clear", by=supply.house.coordinator, now=DECIDED, subject=one, reason="No.")

    supply.take("custody.suspect.clear", by=supply.house.pic, now=DECIDED, subject=one, reason="Explained.")

    assert blocking(supply, "accept") == {}


def test_i17_an_illegitimate_pack_starts_a_day_that_nobody_can_stop(supply: Supply) -> None:
    one = suspect(supply)
    supply.take("custody.suspect.determine", by=supply.house.pic, now=DECIDED, subject=one, reason="A counterfeit.",
                classification="counterfeit")  # fmt: skip
    clock = Deadline.objects.get(kind="custody.illegitimate_notice")

    assert (clock.due_at, clock.force) == (DECIDED + timedelta(hours=24), "statutory")
    for stop in (
        lambda: pause(deadline=clock, at=DECIDED, because="Weekend.", by=supply.house.pic, now=DECIDED),
        lambda: extend(deadline=clock, amount=1, because="Weekend.", by=supply.house.pic, now=DECIDED),
    ):
        with pytest.raises(DeadlineRefused, match="this clock is neither paused nor extended"):
            stop()

    end = {"subject": SuspectProduct.objects.get(), "consultation": "FDA-INV-7"}
    with pytest.raises(RequirementsUnmet) as early:
        supply.take("custody.suspect.terminate", by=supply.house.pic, now=DECIDED + HOUR, **end)
    assert early.value.unmet[0].fact == "Not told yet: FDA and the partners."
    told = {"fda_told_at": DECIDED + HOUR, "partners_told_at": DECIDED + 2 * HOUR, "incident_number": "INV-1"}
    supply.take("custody.suspect.tell", by=supply.house.pic, now=DECIDED + 3 * HOUR, subject=one, **told)

    clock = Deadline.objects.get(pk=clock.pk)
    assert (clock.state, clock.met_at) == ("met", DECIDED + 2 * HOUR)
    supply.take("custody.suspect.terminate", by=supply.house.pic, now=DECIDED + 4 * HOUR, **end)
    assert set(blocking(supply, "accept")) == {"NoSuspectProduct:I-1"}


def test_form_3911_has_every_field_and_says_what_is_not_known(supply: Supply) -> None:
    one = suspect(supply)
    supply.take("custody.suspect.determine", by=supply.house.pic, now=DECIDED, subject=one, reason="A counterfeit.",
                classification="counterfeit")  # fmt: skip

    fields = dict(fields_of(SuspectProduct.objects.get()))

    assert len(fields) == 22
    assert (fields["Type of report"], fields["Serial number"], fields["Lot number"]) == ("Initial", "SN-1-1", "7K04B8")
    assert fields["Classification of notification"] == "counterfeit, diverted or stolen"
    assert fields["Contact"] == "not known to this system: to be filled in"
    out = StringIO()
    call_command("form_3911", supply.case.reference, "I-1", stdout=out)
    assert "Expiration date" in out.getvalue()
    assert "2027-08-31" in out.getvalue()


@pytest.mark.usefixtures("allocated")
@pytest.mark.parametrize("model", [TransactionRecord, VerificationResult])
def test_i18_papers_are_neither_changed_nor_deleted(supply: Supply, model: type) -> None:
    record(supply, AGREED)
    told = {"unit": Unit.objects.get(serial="SN-1-1"), "answered_by": "Invented", "answered_at": NOW}
    supply.do("record_verification", by=supply.house.coordinator, now=NOW, is_verified="yes", **told)
    rows = model.objects.order_by("-pk")[:1]  # type: ignore[attr-defined]
    rows = model.objects.filter(pk__in=list(rows.values_list("pk", flat=True)))  # type: ignore[attr-defined]

    for attempt in (lambda: rows.update(recorded_at=DECIDED), lambda: rows._raw_delete("default")):
        with (
            acting(by=supply.house.coordinator, verb="tests.tampered", business_at=DECIDED),
            pytest.raises(DatabaseError),
            transaction.atomic(),
        ):
            attempt()
    assert rows.count() == 1


@pytest.mark.parametrize("model", [SuspectProduct, SupplyException, Consignment])
def test_i18_an_investigation_and_what_it_is_about_are_not_deleted(supply: Supply, model: type) -> None:
    suspect(supply)
    record(supply, [AGREED[0]], containers=1)
    rows = model.objects.filter(pk=model.objects.latest("pk").pk)  # type: ignore[attr-defined]

    with (
        acting(by=supply.house.coordinator, verb="tests.tampered", business_at=DECIDED),
        pytest.raises(DatabaseError, match="Cannot delete rows"),
        transaction.atomic(),
    ):
        rows._raw_delete("default")
    assert rows.count() == 1


def test_the_supply_tab_says_what_holds_a_pack_and_who_acts_next(supply: Supply) -> None:
    one = suspect(supply)
    record(supply, [AGREED[0].replace("7K04B8", "7K04B9"), AGREED[1]])
    client = Client()
    client.force_login(supply.house.pic, backend="allauth.account.auth_backends.AuthenticationBackend")

    page = client.get(f"/cases/{supply.case.reference}/supply/").content.decode()

    assert "Exception E-1: open." in page
    assert "Papers: lot 7K04B9, expiry 2027-08-31; pack: lot 7K04B8, expiry 2027-08-31." in page
    assert "Northway Invented Wholesale, 1 Invented Road acts next." in page
    assert "/do/custody.exception.resolve/?on=E-1" in page
    assert "I-1: suspect, under investigation." in page
    assert f"/do/custody.suspect.determine/?on={one.label}" in page
