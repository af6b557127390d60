"""Partners are entered, checked and ended by services; nothing is bought from or shipped to one that lacks its due."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from cases.audit.context import acting
from cases.audit.models import AuditEntry
from cases.audit.verify import verify
from cases.custody.models import CredentialCheck, CredentialEnd, Partner, PartnerCredential, PartnerPaper
from cases.custody.partners import evidence
from cases.custody.partners.holdings import judged
from cases.custody.partners.rules import BUY, CARRY, SHIP_TO, Deed
from cases.custody.partners.services import end_credential, enter_credential, enter_partner, record_check
from cases.deadlines.models import Deadline
from cases.lifecycle.errors import FactsInvalid, NotPermitted, RequirementsUnmet
from tests.cases.custody.builders import DISPATCHED, Supply, build_supply
from tests.factories import NOW, add_partner, check_partner
from tests.laid import laid
from tests.written import refused_and_nothing_written

DAY = timedelta(days=1)


def picture(shade: int = 7) -> bytes:
    """A small PNG, another one for each shade."""
    made = io.BytesIO()
    Image.new("RGB", (4, 4), (shade, 0, 0)).save(made, "PNG")
    return made.getvalue()


@contextmanager
def refused(supply: Supply, **faults: str) -> Iterator[None]:
    """Exactly these fields are faulted, each with exactly this sentence, and nothing is written."""
    before = AuditEntry.objects.count()
    with pytest.raises(FactsInvalid) as refusal:
        yield
    assert refusal.value.errors == {field: [sentence] for field, sentence in faults.items()}
    assert AuditEntry.objects.count() == before


@laid
def fresh(supply: Supply) -> Partner:
    """A wholesaler that was just entered, with nothing on file."""
    house = supply.house
    return enter_partner(
        pharmacy=house.pharmacy, name="Calder", kind="wholesaler", country="us", by=house.coordinator, now=NOW
    )


def with_licence(supply: Supply, partner: Partner, kind: str = "state_wholesale_licence") -> PartnerCredential:
    return enter_credential(
        partner,
        kind=kind,
        number="W-77",
        authority="New York State",
        valid_until=date(2026, 3, 20),
        by=supply.house.coordinator,
        now=NOW,
    )


def test_entering_leaves_each_deed_on_the_partners_own_chain(supply: Supply, fresh: Partner) -> None:
    licence = with_licence(supply, fresh)
    record_check(
        licence, source="NYS licence search", result="confirmed", checked_at=NOW, content=picture(),
        by=supply.house.coordinator, now=NOW,
    )  # fmt: skip
    end_credential(licence, ended_on=NOW.date(), reason="Surrendered.", by=supply.house.pic, now=NOW)

    entries = AuditEntry.objects.filter(chain=f"partner:{fresh.pk}").order_by("seq")
    assert fresh.country == "US"
    assert [(entry.verb, entry.table_name, entry.actor) for entry in entries] == [
        ("custody.partner.entered", "custody_partner", supply.house.coordinator.code),
        ("custody.credential.entered", "custody_partnercredential", supply.house.coordinator.code),
        ("custody.credential.entered", "custody_credentialdate", supply.house.coordinator.code),
        ("custody.credential.checked", "custody_partnerpaper", supply.house.coordinator.code),
        ("custody.credential.checked", "custody_credentialcheck", supply.house.coordinator.code),
        ("custody.credential.ended", "custody_credentialend", supply.house.pic.code),
        ("custody.credential.ended", "custody_credentialdate", supply.house.pic.code),
    ]
    assert verify(chain=f"partner:{fresh.pk}").ok


def test_evidence_is_kept_once_under_its_hash_and_read_back_whole(supply: Supply, fresh: Partner) -> None:
    licence = with_licence(supply, fresh)
    for day in (0, 1):
        record_check(
            licence, source="NYS licence search", result="confirmed", checked_at=NOW + day * DAY, content=picture(),
            by=supply.house.coordinator, now=NOW + day * DAY,
        )  # fmt: skip

    paper = PartnerPaper.objects.get(partner=fresh)
    assert CredentialCheck.objects.filter(evidence=paper).count() == 2
    assert (paper.media_type, paper.size) == ("image/png", len(picture()))
    assert evidence.read(paper.sha256) == picture()


def test_a_partner_is_entered_once_and_in_a_country(supply: Supply, fresh: Partner) -> None:
    house = supply.house
    with refused(
        supply,
        name="Calder is on the list already as this kind. Open its page instead.",
        country="'XX' is no country of the list. Give its two letters, such as US.",
    ):
        enter_partner(
            pharmacy=house.pharmacy, name=" Calder ", kind="wholesaler", country="xx", by=house.coordinator, now=NOW
        )


def test_an_institution_names_its_place_and_no_other_partner_does(supply: Supply) -> None:
    house = supply.house
    told = "A receiving institution, and no other partner, names the place that receives."
    with refused(supply, institution=told):
        enter_partner(
            pharmacy=house.pharmacy, name="A clinic", kind="institution", country="GB", by=house.coordinator, now=NOW
        )
    there = "Fairhaven General Hospital is on the list already, as Fairhaven General Hospital. Open its page instead."
    with refused(supply, institution=there):
        enter_partner(
            pharmacy=house.pharmacy, name="A clinic", kind="institution", country="GB", institution=house.institution,
            by=house.coordinator, now=NOW,
        )  # fmt: skip


def test_a_credential_has_its_number_its_kind_and_days_in_order(supply: Supply, fresh: Partner) -> None:
    with refused(
        supply,
        kind="'driving licence' is no credential of the table of partner rules.",
        number="Nothing was given.",
        authority="It has 121 characters; at most 120 are taken. Shorten it.",
        valid_until="2026-01-01 lies before the beginning, 2026-02-01. Give a later day.",
    ):
        enter_credential(
            fresh, kind="driving licence", number=" ", authority="x" * 121, valid_from=date(2026, 2, 1),
            valid_until=date(2026, 1, 1), by=supply.house.coordinator, now=NOW,
        )  # fmt: skip


def test_a_check_is_not_ahead_of_time_and_a_confirmation_has_its_evidence(supply: Supply, fresh: Partner) -> None:
    licence = with_licence(supply, fresh)
    with refused(
        supply,
        checked_at="2026-03-03 15:00 UTC is still to come. Record it when it was done.",
        evidence="Nothing was sent. A confirmed check has its evidence: a PDF or a picture of it.",
    ):
        record_check(
            licence, source="NYS", result="confirmed", checked_at=NOW + DAY, by=supply.house.coordinator, now=NOW
        )
    with refused(
        supply,
        evidence="“licence.docx”: The content is an Office document or a ZIP archive. Print or export it as PDF and "
        "send that. Nothing was stored.",
    ):
        record_check(
            licence, source="NYS", result="confirmed", checked_at=NOW, content=b"PK\x03\x04 x", name="licence.docx",
            by=supply.house.coordinator, now=NOW,
        )  # fmt: skip


def test_what_has_ended_is_neither_checked_nor_ended_again(supply: Supply, fresh: Partner) -> None:
    licence = with_licence(supply, fresh)
    end_credential(licence, ended_on=NOW.date(), reason="Revoked.", by=supply.house.pic, now=NOW)

    with refused(supply, credential="W-77 no longer counts. Check the one that took its place."):
        record_check(licence, source="NYS", result="not_found", checked_at=NOW, by=supply.house.pic, now=NOW)
    with refused(
        supply,
        credential="W-77 no longer counts since 2026-03-02.",
        ended_on="2026-03-03 is still to come: today is 2026-03-02. Record it when it has ended.",
    ):
        end_credential(licence, ended_on=date(2026, 3, 3), reason="Again.", by=supply.house.pic, now=NOW)


@pytest.mark.parametrize("who", ["auditor", "receiving", "doctor"])
def test_only_the_pharmacys_own_people_keep_partners(supply: Supply, who: str) -> None:
    house = supply.house
    with pytest.raises(NotPermitted):
        enter_partner(
            pharmacy=house.pharmacy, name="Other", kind="carrier", country="US", by=getattr(house, who), now=NOW
        )
    assert not Partner.objects.filter(name="Other").exists()


@pytest.mark.parametrize("model", [PartnerCredential, CredentialCheck, CredentialEnd, PartnerPaper])
def test_the_database_changes_and_deletes_no_line(supply: Supply, fresh: Partner, model: type) -> None:
    licence = with_licence(supply, fresh)
    record_check(
        licence, source="NYS", result="confirmed", checked_at=NOW, content=picture(), by=supply.house.pic, now=NOW
    )
    end_credential(licence, ended_on=NOW.date(), reason="Revoked.", by=supply.house.pic, now=NOW)
    row = model.objects.filter(partner=fresh).get()  # type: ignore[attr-defined]

    for deed in (row.delete, lambda: model.objects.filter(pk=row.pk).update(partner=supply.carrier)):  # type: ignore[attr-defined]
        with (
            pytest.raises(DatabaseError, match="Cannot"),
            acting(by=supply.house.pic, verb="tests.changed", business_at=NOW),
            transaction.atomic(),
        ):
            deed()


# -- I6: nothing is bought from or shipped to a partner whose needed credential was not valid and checked that day


def lines_of(refusal: object) -> dict[str, str]:
    return {line.code: line.fact for line in refusal.value.unmet}  # type: ignore[attr-defined]


def test_i6_orders_from_nobody_who_was_never_checked(supply: Supply, fresh: Partner) -> None:
    supply.plan()
    with_licence(supply, fresh)

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.order(supplier=fresh)

    assert lines_of(refusal) == {
        "SupplierCredentialValid:state_wholesale_licence": "State wholesale distributor licence W-77 of Calder was "
        "never checked at its source.",
        "SupplierCredentialValid:fda_annual_report": "No entry in FDA's annual licensure reporting of Calder is on "
        "file.",
    }
    line = next(line for line in refusal.value.unmet if line.code.endswith("licence"))  # type: ignore[attr-defined]
    assert line.remedy == ("Open Calder", f"page:partner/{fresh.pk}")
    assert "unreviewed draft" in line.rule
    assert not line.overridable


@pytest.mark.usefixtures("allocated")
def test_i6_releases_and_dispatches_to_no_institution_that_is_not_listed(supply: Supply) -> None:
    receiver = Partner.objects.get(kind="institution")
    with acting(by=supply.house.pic, verb="tests.ended", business_at=NOW):
        CredentialEnd.objects.create(
            partner=receiver, credential=receiver.credentials.get(kind="pharmacy_licence"), ended_on=NOW.date(),
            reason="Closed by the authority.", ended_by=supply.house.pic, recorded_at=NOW,
        )  # fmt: skip

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.release()

    assert lines_of(refusal) == {
        "ReceiverCredentialValid:pharmacy_licence": "Licence of the receiving pharmacy or hospital INV-1 of Fairhaven "
        "General Hospital no longer counts since 2026-03-02: Closed by the authority."
    }


@pytest.mark.usefixtures("released")
def test_i6_dispatches_with_no_carrier_that_was_found_restricted(supply: Supply) -> None:
    check_partner(supply.carrier, now=DISPATCHED - timedelta(minutes=5), result="restricted")

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.dispatch()

    assert set(lines_of(refusal)) == {"CarrierNamed:carrier_qualification", "CarrierNamed:temperature_qualification"}


FACES = st.fixed_dictionaries(
    {
        "valid_until": st.one_of(st.none(), st.integers(-40, 40)),
        "valid_from": st.one_of(st.none(), st.integers(-60, 20)),
        "ended": st.one_of(st.none(), st.integers(-40, 0)),
        "checks": st.lists(st.tuples(st.integers(-60, 0), st.sampled_from(CredentialCheck.Result.values)), max_size=3),
        "skipped": st.booleans(),
    }
).filter(lambda face: None in (face["valid_from"], face["valid_until"]) or face["valid_from"] <= face["valid_until"])


SOUND = {"valid_until": 40, "valid_from": None, "ended": None, "checks": [(0, "confirmed")], "skipped": False}


@example(faces=[SOUND, SOUND | {"checks": [(0, "confirmed"), (0, "not_found")]}], on=0)
@given(faces=st.lists(FACES, min_size=2, max_size=2), on=st.integers(0, 40))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_i6_an_order_is_taken_exactly_when_every_needed_credential_was_valid_and_checked_that_day(
    db: None, faces: list[dict[str, object]], on: int
) -> None:
    """Against a reading of the rule of its own: valid on the day, its last check confirmed and not too old."""
    with transaction.atomic():
        supply = build_supply()
        house = supply.house
        now = NOW + on * DAY
        partner = enter_partner(
            pharmacy=house.pharmacy, name="Calder", kind="wholesaler", country="US", by=house.coordinator, now=NOW
        )
        kinds = ("state_wholesale_licence", "fda_annual_report")
        expected = [_counts(face, on, expires=kind == kinds[0]) for kind, face in zip(kinds, faces, strict=True)]
        for kind, face in zip(kinds, faces, strict=True):
            _put_on_file(supply, partner, kind, face)
        supply.plan(planned_dispatch_on="2026-05-04", planned_arrival_on="2026-05-06")
        unmet = _order(supply, partner, now)
        lacking = {kind for kind, good in zip(kinds, expected, strict=True) if not good}
        assert unmet == {f"SupplierCredentialValid:{kind}" for kind in lacking}
        assert supply.consignment().state == ("planned" if lacking else "ordered")
        transaction.set_rollback(True)


def _order(supply: Supply, partner: Partner, now: datetime) -> set[str]:
    """The codes that stood against the order; none when it was taken."""
    try:
        supply.do("order", by=supply.house.coordinator, now=now, supplier=partner, order_number="PO-1")
    except RequirementsUnmet as refusal:
        return {line.code for line in refusal.unmet}
    return set()


def _counts(face: dict[str, object], on: int, *, expires: bool) -> bool:
    if face["skipped"] or (face["valid_until"] is None and expires):
        return False
    beyond = face["valid_until"] is not None and on > face["valid_until"]  # type: ignore[operator]
    early = face["valid_from"] is not None and on < face["valid_from"]  # type: ignore[operator]
    over = face["ended"] is not None and on >= face["ended"]  # type: ignore[operator]
    checks: list[tuple[int, str]] = face["checks"]  # type: ignore[assignment]
    if beyond or early or over or not checks:
        return False
    newest = max(day for day, _ in checks)
    results = [result for day, result in checks if day == newest]
    return results[-1] == "confirmed" and on - newest <= 30


def _put_on_file(supply: Supply, partner: Partner, kind: str, face: dict[str, object]) -> None:
    if face["skipped"]:
        return
    until, start, ended = face["valid_until"], face["valid_from"], face["ended"]
    days = {"valid_from": start, "valid_until": until}
    clerk = supply.house.coordinator
    with acting(by=clerk, verb="tests.on_file", business_at=NOW):
        row = PartnerCredential.objects.create(
            partner=partner, kind=kind, number="X-1", authority="A", entered_by=clerk, entered_at=NOW,
            **{name: _day(given) for name, given in days.items() if given is not None},  # type: ignore[arg-type]
        )  # fmt: skip
        paper, _ = PartnerPaper.objects.get_or_create(
            partner=partner, sha256="1" * 64, defaults={"size": 1, "media_type": "image/png", "received_by": clerk,
                                                        "received_at": NOW},
        )  # fmt: skip
        for at, result in face["checks"]:  # type: ignore[attr-defined]
            CredentialCheck.objects.create(
                partner=partner, credential=row, source="S", result=result, evidence=paper, checked_at=NOW + at * DAY,
                checked_by=clerk, recorded_at=NOW,
            )  # fmt: skip
        if ended is not None:
            CredentialEnd.objects.create(
                partner=partner, credential=row, ended_on=_day(ended), reason="R.", ended_by=clerk, recorded_at=NOW
            )


def _day(offset: object) -> date:
    return NOW.date() + int(str(offset)) * DAY


# -- what ends before a consignment leaves is a date of its case


def dates(supply: Supply) -> list[tuple[str, str, str]]:
    rows = Deadline.objects.filter(case=supply.case, kind__startswith="custody.credential").order_by("kind", "key")
    return [(row.kind.rpartition("_")[2], f"{row.due_on}", row.state) for row in rows]


def test_a_licence_that_ends_before_the_consignment_leaves_is_a_date_of_the_case(supply: Supply) -> None:
    soon = add_partner(supply.house.pharmacy, "wholesaler", "Shortly", now=NOW, lasts=timedelta(days=5))
    supply.plan(planned_dispatch_on="2026-03-09", planned_arrival_on="2026-03-11")
    supply.order(supplier=soon)

    row = Deadline.objects.get(case=supply.case, kind="custody.credential_expiry", key__contains="state_wholesale")
    assert row.label == ("State wholesale distributor licence INV-1 of Shortly ends on 2026-03-07, before C-1 leaves")
    assert (row.due_on, row.holder, row.fact, row.confidence) == (
        date(2026, 3, 7), supply.house.coordinator, "PR-01", "medium",
    )  # fmt: skip

    _renew(supply, soon)
    # The renewal took its place at once, and was then checked.
    assert dates(supply) == [("check", "2026-03-09", "met")] * 2 + [("expiry", "2026-03-07", "cancelled")] * 2


def test_a_check_that_would_be_too_old_on_the_day_of_dispatch_is_a_date_of_the_case(supply: Supply) -> None:
    supply.plan(planned_dispatch_on="2026-04-20", planned_arrival_on="2026-04-22")
    supply.order()

    assert dates(supply) == [("check", "2026-04-01", "running"), ("check", "2026-04-01", "running")]

    supply.do(
        "replan", by=supply.house.coordinator, now=NOW, reason="Sooner.", planned_dispatch_on="2026-03-20",
        planned_arrival_on="2026-03-22", days_of_therapy=28,
    )  # fmt: skip
    assert {state for _, _, state in dates(supply)} == {"met"}


@pytest.mark.usefixtures("allocated")
def test_an_institution_that_was_never_entered_is_told_when_the_consignment_is_released(supply: Supply) -> None:
    with acting(by=supply.house.pic, verb="tests.moved", business_at=NOW):
        other = type(supply.house.institution).objects.create(name="Elsewhere Clinic", country="GB", city="Elsewhere")
        type(supply.consignment()).objects.filter(case=supply.case).update(institution=other)

    with refused_and_nothing_written(RequirementsUnmet) as refusal:
        supply.release()

    assert lines_of(refusal) == {
        "ReceiverCredentialValid": "Elsewhere Clinic is on no list of partners: enter it with its licence."
    }


def _renew(supply: Supply, partner: Partner) -> None:
    for row in partner.credentials.filter(kind__in=["state_wholesale_licence", "fda_annual_report"]):
        renewed = enter_credential(
            partner, kind=row.kind, number=row.number, authority=row.authority, valid_from=date(2026, 3, 2),
            valid_until=date(2027, 3, 1), by=supply.house.coordinator, now=NOW,
        )  # fmt: skip
        record_check(
            renewed, source="NYS", result="confirmed", checked_at=NOW, content=picture(), by=supply.house.coordinator,
            now=NOW,
        )  # fmt: skip


@pytest.mark.parametrize(("act", "kind"), [(BUY, "wholesaler"), (CARRY, "carrier"), (SHIP_TO, "institution")])
def test_a_partner_with_everything_on_file_and_checked_lacks_nothing(supply: Supply, act: str, kind: str) -> None:
    partner = Partner.objects.filter(kind=kind).latest("pk")

    found = judged(partner, Deed(act, NOW.date(), is_controlled=True, storage="frozen"))

    assert [one.met for one in found] == [True] * len(found) != []
