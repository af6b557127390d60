"""A product made for one patient: two people read its string at every step, and one that differs stops it."""

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from cases.audit.context import acting
from cases.custody.identity import STEPS, Read, assigned, standing
from cases.lifecycle.engine import consider
from cases.lifecycle.errors import RequirementsUnmet
from cases.models import Case, Medicine
from cases.people.models import User
from tests.cases.custody.builders import NOW, Supply, build_supply
from tests.laid import laid

OURS, OTHER = "COI-7Q2X-0001", "COI-7Q2X-0002"
READS = st.lists(
    st.builds(Read, st.sampled_from(sorted(STEPS)), st.sampled_from([OURS, OTHER]), st.integers(1, 3)), max_size=30
)


@laid
def cells(db: None) -> Supply:
    """A consignment of a product made for one patient, released to ship."""
    supply = build_supply()
    with acting(by=supply.house.administrator, verb="tests.medicine.listed", business_at=NOW):
        Medicine.objects.filter(pk=supply.case.medicine_id).update(is_patient_specific=True)
    supply.bring_to("released")
    supply.case = Case.objects.get(pk=supply.case.pk)
    return supply


def read(supply: Supply, step: str, *people: User, text: str = OURS) -> None:
    for person in people:
        supply.do("read_identity", by=person, now=NOW, step=step, text=text)


def refused(supply: Supply) -> list[tuple[str, str]]:
    with pytest.raises(RequirementsUnmet) as refusal:
        supply.dispatch()
    return [(line.code, line.fact) for line in refusal.value.unmet]


@given(reads=READS, step=st.sampled_from(sorted(STEPS)))
def test_i5_no_step_is_met_unless_two_people_last_read_what_two_assigned(reads: list[Read], step: str) -> None:
    value = assigned(reads)
    here = [one for one in reads if one.step == step]
    since_differs = here[max((at for at, one in enumerate(here) if one.text != value), default=-1) + 1 :]
    assert standing(reads, step).is_met == (bool(value) and len({one.by for one in since_differs}) >= 2)
    if value:
        assert len({one.by for one in reads if one.step == "collection" and one.text == value}) >= 2


def test_nothing_leaves_before_two_people_have_read_it_twice(cells: Supply) -> None:
    house = cells.house
    assert refused(cells) == [("IdentityReadByTwo", "No two people have read the same string at collection yet.")]
    read(cells, "collection", house.coordinator, house.coordinator)
    assert refused(cells) == [("IdentityReadByTwo", "No two people have read the same string at collection yet.")]
    read(cells, "collection", house.pic)
    read(cells, "dispatch", house.coordinator)
    assert refused(cells) == [("IdentityReadByTwo", f"1 of 2 people have read {OURS} before dispatch.")]
    read(cells, "dispatch", house.pic)
    assert cells.dispatch().state == "in_transit"


def test_another_patients_string_stops_it_until_two_people_have_read_the_right_one(cells: Supply) -> None:
    house = cells.house
    read(cells, "collection", house.coordinator, house.pic)
    read(cells, "dispatch", house.coordinator, house.pic)
    read(cells, "dispatch", house.second_pharmacist, text=OTHER)
    assert refused(cells) == [
        (
            "IdentityReadByTwo",
            f"{OTHER} was read before dispatch; the patient's is {OURS}. It is not this patient's.",
        )
    ]
    read(cells, "dispatch", house.coordinator, house.pic)
    assert cells.dispatch().state == "in_transit"


@pytest.mark.parametrize(
    ("text", "step", "said"),
    [
        ("Ada Example", "dispatch", "'Ada Example' is not one: 6 to 50 letters, digits or signs without a space."),
        ("COI-1", "dispatch", "'COI-1' is not one: 6 to 50 letters, digits or signs without a space."),
        (OTHER, "collection", f"{OURS} was assigned at collection already; it stays for good."),
    ],
)
def test_what_can_be_no_string_is_refused_and_an_assigned_one_stays(
    cells: Supply, text: str, step: str, said: str
) -> None:
    read(cells, "collection", cells.house.coordinator, cells.house.pic)
    with pytest.raises(RequirementsUnmet) as refusal:
        read(cells, step, cells.house.doctor, text=text)
    assert [line.fact for line in refusal.value.unmet] == [said]


def test_the_supply_tab_shows_what_was_read_and_what_differs(cells: Supply) -> None:
    house = cells.house
    client = Client()
    client.force_login(house.coordinator, backend="allauth.account.auth_backends.AuthenticationBackend")
    address = f"/cases/{cells.case.reference}/supply/"
    assert "Chain of identity: not assigned yet." in client.get(address).content.decode()
    read(cells, "collection", house.coordinator, house.pic)
    read(cells, "dispatch", house.coordinator, text=OTHER)
    page = client.get(address).content.decode()
    assert f"Chain of identity: {OURS}." in page
    assert f"2 people read {OURS} at collection, when it is assigned." in page
    assert f"{OTHER}, differs" in page


def test_other_medicines_are_not_asked(db: None) -> None:
    supply = build_supply()
    assert supply.bring_to("in_transit").state == "in_transit"


def test_what_was_read_of_one_consignment_says_nothing_of_the_next(cells: Supply) -> None:
    house = cells.house
    for step in ("collection", "dispatch"):
        read(cells, step, house.coordinator, house.pic)
    cells.dispatch()
    cells.plan()
    cells.order(number=2)
    cells.allocate(number=2)
    line = next(
        one
        for one in consider(
            cells.case, "custody.consignment.dispatch", by=house.coordinator, now=NOW, subject=cells.consignment(2)
        )
        if one.code == "IdentityReadByTwo"
    )
    assert (line.state, line.fact) == ("unmet", f"0 of 2 people have read {OURS} before dispatch.")
