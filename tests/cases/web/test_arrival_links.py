"""By the link in the letter of a dispatch whoever takes the box in records the arrival, once, before anything else."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cases import clock
from cases.custody.models import InspectionDraft
from cases.documents.models import Document
from cases.lifecycle.errors import NotPossible
from cases.models import CaseEvent
from cases.notices.models import Notice
from cases.notices.sender import send_due
from cases.people.links import LASTS_TO_RECEIVE, grant_link, token_from
from cases.people.models import AccessLink, User
from cases.web.links import BY_LINK
from tests.cases.custody.builders import ARRIVED, DISPATCHED, Supply, build_supply
from tests.cases.documents.corpus import picture
from tests.cases.web.test_receiving_links import BACKEND, ENDED, LINK, link_to, opened, shown
from tests.laid import laid

pytestmark = pytest.mark.django_db
AT_THE_DOOR = {"step": "arrive", "arrived_at": "2026-03-06T09:20", "condition": "wet", "seal_number": "S-77",
               "note": "one corner"}  # fmt: skip


@laid
def supply() -> Supply:
    made = build_supply()
    made.bring_to("in_transit")
    return made


def arrivals(supply: Supply) -> list[CaseEvent]:
    return list(CaseEvent.objects.filter(case=supply.case, verb="custody.consignment.arrived"))


def test_the_dispatch_writes_to_the_receiving_pharmacist_with_the_day_and_a_link_that_outlasts_the_way(
    supply: Supply,
) -> None:
    notice = Notice.objects.get(kind="custody.arrival_asked")
    link = AccessLink.objects.get(purpose="receive")
    assert (notice.recipient, link.recipient, link.subject) == (*[supply.house.receiving] * 2, "C-1")
    assert link.expires_at - link.created_at == LASTS_TO_RECEIVE == timedelta(days=21)
    send_due(now=DISPATCHED + timedelta(minutes=5))
    left = next(message for message in mail.outbox if message.subject.endswith("a box is on its way to you"))
    assert LINK.search(str(left.body)) is not None
    assert "planned to arrive on 2026-03-06" in str(left.body)
    for secret in ("orvelumab", "Example1", supply.case.patient.pseudonym, "SN-1-1"):
        assert secret not in left.subject + str(left.body)


def test_the_arrival_is_recorded_by_its_person_and_leads_on_to_the_inspection(supply: Supply) -> None:
    client = opened(supply)
    page = client.get("/receive/")
    assert "The box is here" in shown(page)
    for secret in ("orvelumab", supply.case.patient.pseudonym, supply.house.receiving.display_name):
        assert secret not in page.content.decode()
    assert client.post("/receive/", AT_THE_DOOR).headers["Location"] == "/receive/"
    one = supply.consignment()
    assert (one.state, one.arrived_at) == ("arrived", ARRIVED)
    [event] = arrivals(supply)
    assert (event.by, event.reason) == (supply.house.receiving, BY_LINK)
    hand_over = one.hand_overs.latest("number")
    assert (hand_over.took, hand_over.condition, hand_over.seal_number, hand_over.remarks) == (
        str(one.institution), "wet", "S-77", "one corner",
    )  # fmt: skip
    assert "Was the briefing read before the box arrived?" in shown(client.get("/receive/"))


def test_the_same_form_twice_is_one_arrival_and_another_one_is_told_what_stands(supply: Supply) -> None:
    client = opened(supply)
    form = AT_THE_DOOR | {"form_key": "k" * 32}
    assert [client.post("/receive/", form).status_code for _ in range(2)] == [302, 302]
    other = client.post("/receive/", AT_THE_DOOR | {"form_key": "o" * 32, "arrived_at": "2026-03-06T10:00"})
    assert (other.status_code, len(arrivals(supply))) == (409, 1)
    assert "The arrival of C-1 stands recorded: 09:20 on 2026-03-06. Nothing was changed." in shown(other)


@pytest.mark.parametrize(
    ("field", "typed", "status", "told"),
    [
        ("condition", "", 422, "Say how the box looks. Nothing was recorded."),
        ("condition", "not_seen", 422, "Say how the box looks. Nothing was recorded."),
        ("arrived_at", "noon", 422, "“noon” is no time. Say when the box was handed over, as day and time."),
        ("arrived_at", "2099-03-06T09:20", 422, "09:20 on 2099-03-06 is still to come."),
        (
            "arrived_at",
            "2026-03-01T09:20",
            422,
            "09:20 on 2026-03-01 is before it was sent: it left at 14:00 on 2026-03-04.",
        ),
        (
            "seal_number",
            "S" * 41,
            422,
            "Seal number as seen: 41 characters were given, at most 40 are kept.",
        ),
        (
            "note",
            f"one corner {'x' * 490}",
            422,
            "Remarks: 501 characters were given, at most 500 are kept.",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_keeps_what_was_typed(
    supply: Supply, field: str, typed: str, status: int, told: str
) -> None:
    before = CaseEvent.objects.count()
    answer = opened(supply).post("/receive/", AT_THE_DOOR | {field: typed})
    assert (answer.status_code, told in shown(answer)) == (status, True)
    assert "one corner" in answer.content.decode()
    assert (supply.consignment().state, CaseEvent.objects.count()) == ("in_transit", before)


def test_no_step_of_the_inspection_is_kept_before_the_arrival(supply: Supply) -> None:
    answer = opened(supply).post("/receive/", {"step": "carton", "answer": "yes"})
    assert (answer.status_code, InspectionDraft.objects.count()) == (409, 0)
    assert "Say first when the box was handed over. Nothing else was kept." in shown(answer)


def test_its_photo_is_a_paper_of_the_case_and_a_file_that_is_none_holds_up_nothing(supply: Supply) -> None:
    client = opened(supply)
    wrong = SimpleUploadedFile("box.png", b"no picture", "image/png")
    told = client.post("/receive/", AT_THE_DOOR | {"photo": wrong})
    assert (told.status_code, supply.consignment().state) == (422, "arrived")
    assert "The arrival is recorded. The photo was not taken." in shown(told)
    assert Document.objects.filter(doc_type="inspection_photo").count() == 0


def test_a_picture_comes_in_with_the_arrival(supply: Supply) -> None:
    photo = SimpleUploadedFile("box.png", picture("PNG"), "image/png")
    assert opened(supply).post("/receive/", AT_THE_DOOR | {"photo": photo}).status_code == 302
    paper = Document.objects.get(doc_type="inspection_photo")
    assert (paper.title, paper.uploaded_by) == ("C-1, receiving: arrival", supply.house.receiving)


def test_who_is_of_another_institution_opens_nothing(supply: Supply) -> None:
    stranger = User.objects.exclude(institution=supply.consignment().institution).filter(role="prescriber").first()
    _, seed = grant_link(
        recipient=stranger or supply.house.stranger.user, case=supply.case, purpose=AccessLink.Purpose.RECEIVE,
        subject="C-1", by=supply.house.coordinator, now=clock.now(),
    )  # fmt: skip
    client = Client()
    client.post(f"/link/{token_from(seed)}/")
    answer = client.post("/receive/", AT_THE_DOOR)
    assert (answer.status_code, ENDED in shown(answer)) == (410, True)
    assert supply.consignment().state == "in_transit"


def test_a_new_link_for_an_old_one_asks_for_the_arrival_while_the_box_is_on_its_way(supply: Supply) -> None:
    address = link_to(supply)
    Client().post(f"{address}new/")
    assert [one.kind for one in Notice.objects.filter(key__startswith="people.link:")] == ["custody.arrival_asked"]
    supply.arrive()
    Client().post(f"{address}new/")
    assert Notice.objects.filter(key__startswith="people.link:").latest("pk").kind == "custody.receiving_asked"


def test_signed_in_the_same_page_asks_for_it(supply: Supply) -> None:
    client = Client()
    client.force_login(supply.house.receiving, backend=BACKEND)
    address = f"/my/{supply.case.reference}/inspect/C-1/"
    assert client.get(f"/cases/{supply.case.reference}/do/custody.consignment.arrive/?on=C-1").headers["Location"] == (
        address
    )
    assert "Taken in by" in shown(client.get(address))
    assert client.post(address, AT_THE_DOOR).headers["Location"] == address
    assert [event.reason for event in arrivals(supply)] == [""]


def test_a_receipt_for_a_consignment_never_sent_is_refused_by_a_sentence() -> None:
    supply = build_supply()
    supply.bring_to("released")
    told = (
        "C-1 was never sent: it is released to ship. Nothing was recorded. Keep the box closed and cold, compare its "
        "number with the letter, and call the pharmacy."
    )
    with pytest.raises(NotPossible) as refused:
        supply.arrive()
    assert refused.value.sentence == told
    client = Client()
    client.force_login(supply.house.receiving, backend=BACKEND)
    for answer in (
        client.get(f"/my/{supply.case.reference}/inspect/C-1/"),
        client.post(f"/my/{supply.case.reference}/inspect/C-1/", AT_THE_DOOR),
        client.post(
            f"/cases/{supply.case.reference}/do/custody.consignment.arrive/",
            {"on": "C-1", "arrived_at": "2026-03-06 09:20"},
        ),
    ):
        assert (answer.status_code, told in shown(answer)) == (409, True)
    assert supply.consignment().state == "released"
