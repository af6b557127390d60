"""A pharmacist gives a recipient's acknowledgement to the house; it says what it changed, or what is wrong with it."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cases.people.models import User
from pharmacovigilance.e2b.reading import MOST_BYTES
from pharmacovigilance.models import Transmission, UnmatchedAcknowledgement
from tests.laid import laid
from tests.pharmacovigilance.builders import BACKEND, Safety
from tests.pharmacovigilance.e2b.messages import acknowledgement
from tests.pharmacovigilance.e2b.transmissions import sent, told_of
from tests.written import rows

ADDRESS = "/safety/answers/"


@laid
def awaiting(safety: Safety) -> Safety:
    """A coded message on record as sent; its recipient has not answered."""
    safety.attach(safety.receive(dose=safety.dose()))
    safety.assess()
    safety.lock()
    sent(safety)
    return safety


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def give(client: Client, content: bytes, name: str = "answer.ack") -> tuple[int, str]:
    """The status and the page that the person sees in the end."""
    answer = client.post(ADDRESS, {"file": SimpleUploadedFile(name, content, "application/xml")}, follow=True)
    return answer.status_code, answer.content.decode()


def transmission_of(safety: Safety) -> Transmission:
    return Transmission.objects.select_related("obligation__version__safety_case", "case__pharmacy").get()


@pytest.mark.parametrize(("code", "state", "words"), [("CA", "accepted", "Accepted"), ("CR", "rejected", "Rejected")])
def test_says_which_transmission_it_moved(code: str, state: str, words: str, awaiting: Safety) -> None:
    transmission = transmission_of(awaiting)

    status, page = give(client_of(awaiting.coordinator), told_of(transmission, code=code))

    assert status == 200
    assert f"{transmission.label} of {transmission.case.reference}</a>" in page
    for said in ("What the file changed", "1 answer", words, "Recorded"):
        assert said in page, said
    assert transmission_of(awaiting).state == state


def test_shows_what_it_changed_once_and_a_second_time_changes_nothing(awaiting: Safety) -> None:
    client, told = client_of(awaiting.coordinator), told_of(transmission_of(awaiting))
    give(client, told)

    assert "What the file changed" not in client.get(ADDRESS).content.decode()
    _, again = give(client, told)

    assert "The transmission was answered before; nothing changed." in again
    assert transmission_of(awaiting).state == "accepted"
    assert UnmatchedAcknowledgement.objects.get().why == "answered"


def test_one_for_another_sender_is_kept_apart_and_says_so(awaiting: Safety) -> None:
    _, page = give(client_of(awaiting.coordinator), told_of(transmission_of(awaiting), receiver="SOMEBODY"))

    assert "It is for another sender; nothing changed." in page
    assert transmission_of(awaiting).state == "sent"
    assert UnmatchedAcknowledgement.objects.get().receiver == "SOMEBODY"


TOLD = acknowledgement("N-1", "R-1")
WITH_A_TYPE = TOLD.replace(b"?>", b"?><!DOCTYPE a [<!ENTITY b 'c'>]>", 1)
BAD: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "doctype": (lambda: b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'>" + TOLD[38:], "DOCTYPE", "Send it without one."),
    "doctype behind its declaration": (lambda: WITH_A_TYPE, "DOCTYPE", "Send it without one."),
    "entity": (lambda: TOLD.replace(b"Loaded", b"&loaded;"), "ENTITY", "Write the character itself."),
    "50 MB": (lambda: b" " * 50_000_000 + TOLD, "SIZE", "at most 25 MB are read."),
    "just too large": (lambda: TOLD + b" " * MOST_BYTES, "SIZE", "at most 25 MB are read."),
    "wrong root": (lambda: TOLD.replace(b"MCCI_IN200101UV01", b"MCCI_IN200100UV01"), "ROOT", "not MCCI_IN200101UV01"),
    "wrong encoding": (lambda: TOLD.decode().encode("utf-16"), "ENCODING", "Save it in UTF-8."),
    "other bytes than it says": (
        lambda: TOLD.replace(b"Loaded", "Größe".encode("cp1252")), "ENCODING", "Save it in UTF-8.",
    ),
    "says another encoding": (
        lambda: TOLD.replace(b'"UTF-8"', b'"ISO-8859-1"'), "ENCODING", "The file is in ISO-8859-1",
    ),
    "cut": (lambda: TOLD[:400], "XML", "The file is no whole XML document"),
    "empty": (lambda: b" ", "EMPTY", "The file is empty."),
    "no batch named": (lambda: TOLD.replace(b"N-1", b""), "ACK.A.1", "does not name a batch (ACK.A.1)"),
    "an unknown code": (lambda: TOLD.replace(b'"CA"', b'"ZZ"'), "ACK.B.r.6", "says &#39;ZZ&#39; of message 1"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_names_what_is_wrong_with_a_file_and_loses_nothing(what: str, awaiting: Safety) -> None:
    content, rule, words = BAD[what]
    client, before = client_of(awaiting.coordinator), rows()

    status, page = give(client, content())

    assert status == 422
    assert words in page
    assert f"FILE-{rule}" in page
    assert "Nothing was taken, nothing changed" in page
    assert rows() == before


def test_asks_for_the_file_when_none_was_chosen(awaiting: Safety) -> None:
    answer = client_of(awaiting.coordinator).post(ADDRESS)

    assert answer.status_code == 422
    assert "No file was chosen. Choose the acknowledgement" in answer.content.decode()


def test_says_that_the_file_of_who_sends_cannot_be_used(awaiting: Safety, settings, tmp_path) -> None:
    settings.NPP_SAFETY_SENDER = tmp_path / "sender.json"
    settings.NPP_SAFETY_SENDER.write_text("{")

    status, page = give(client_of(awaiting.coordinator), told_of(transmission_of(awaiting)))

    assert (status, "cannot be read as JSON" in page) == (409, True)
    assert transmission_of(awaiting).state == "sent"


@pytest.mark.parametrize("role", ["administrator", "auditor"])
def test_others_of_the_house_read_and_take_nothing(role: str, awaiting: Safety) -> None:
    person = getattr(awaiting.supply.house, role)
    client = client_of(person)

    assert "Take an acknowledgement" not in client.get(ADDRESS).content.decode()
    status, _ = give(client, told_of(transmission_of(awaiting)))

    assert status == 403
    assert transmission_of(awaiting).state == "sent"
