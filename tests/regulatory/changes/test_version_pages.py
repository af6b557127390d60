"""The pages and commands over the versions of a pathway: list, file, import, difference."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from cases.people.models import User
from regulatory.models import ProfileVersion
from regulatory.profiles.files import written
from tests.factories import House, build_house, draft_profile, signed_profile
from tests.laid import laid
from tests.regulatory.changes.ground import UK, file_of, imported, raw_of

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@laid
def house(db: None) -> House:
    made = build_house()
    signed_profile(made, UK)
    return made


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def send(house: House, content: bytes) -> Any:
    sent = {"file": SimpleUploadedFile("uk.json", content), "form_key": "k"}
    return client_of(house.coordinator).post("/pathways/import/", sent)


def longer(raw: dict[str, Any]) -> None:
    raw["deadlines"][0].update(amount=32, source=["UK1"])
    raw["gates"][1]["expr"]["any"][0]["lead_before"]["amount"] = 32
    raw["documents"].append({**raw["documents"][0], "id": "UK-SPECIALS.documents.8", "doc_type": "waiver"})
    raw["notes"] = []


def test_the_file_of_a_version_is_what_its_signature_covers(house: House) -> None:
    answer = client_of(house.auditor).get("/pathways/UK-SPECIALS/versions/1.0.0-demo/file/")
    assert answer.content == written(draft_profile(UK).data)
    assert answer["Content-Disposition"] == 'attachment; filename="UK-SPECIALS-1.0.0-demo.json"'


def test_a_file_that_is_sent_becomes_a_draft_and_sent_again_is_recognised(house: House) -> None:
    assert send(house, file_of(raw_of())).status_code == 302
    client = client_of(house.coordinator)
    assert "1.1.0" in client.get("/pathways/UK-SPECIALS/versions/").content.decode()
    answer = send(house, file_of(raw_of()))
    assert answer.status_code == 302
    assert ProfileVersion.objects.filter(version="1.1.0").count() == 1


def test_a_file_with_wrong_values_shows_each_with_its_place_and_imports_nothing(house: House) -> None:
    raw = raw_of()
    raw["deadlines"][1]["amount"] = "a <b>month"
    raw["gates"][0]["source"] = ["ZZ9"]
    answer = send(house, file_of(raw))
    page = answer.content.decode()
    assert answer.status_code == 422
    for said in ("2 problems were found", "/deadlines/1/amount", "a &lt;b&gt;month", "/gates/0/source", "uk.json"):
        assert said in page
    assert not ProfileVersion.objects.filter(version="1.1.0").exists()


def test_nothing_chosen_is_said(house: House) -> None:
    answer = client_of(house.coordinator).post("/pathways/import/", {})
    assert (answer.status_code, "No file was chosen" in answer.content.decode()) == (422, True)


def test_a_draft_is_made_on_the_page_and_a_missing_reason_keeps_the_number(house: House) -> None:
    client, address = client_of(house.coordinator), "/pathways/UK-SPECIALS/versions/1.0.0-demo/draft/"
    refused = client.post(address, {"number": "4.0.0", "reason": ""})
    assert (refused.status_code, 'value="4.0.0"' in refused.content.decode()) == (422, True)
    made = client.post(address, {"number": "4.0.0", "reason": "MHRA wrote."})
    assert made.status_code == 302
    assert ProfileVersion.objects.get(version="4.0.0").made_by == house.coordinator


def test_a_draft_is_withdrawn_on_the_page(house: House) -> None:
    imported(house, raw_of())
    client = client_of(house.coordinator)
    client.post("/pathways/UK-SPECIALS/versions/1.1.0/withdraw/", {"reason": "Taken back."})
    assert ProfileVersion.objects.get(version="1.1.0").is_withdrawn
    assert "Withdrawn" in client.get("/pathways/UK-SPECIALS/versions/").content.decode()


def test_what_differs_is_said_fact_by_fact_with_the_differing_words_marked(house: House) -> None:
    imported(house, raw_of(change=longer))
    answer = client_of(house.auditor).get("/pathways/UK-SPECIALS/differences/?before=1.0.0-demo&after=1.1.0")
    page = answer.content.decode()
    assert "4 changes of the rule" in page
    assert "at least <del>28</del> calendar days before the import" in page
    assert "at least <ins>32</ins> calendar days before the import" in page
    assert "the submission lies at least <ins>32</ins> calendar days before the import" in page
    assert "<ins>Waiver" in page
    assert "<del>Modular-manufacture" in page
    assert "source UK1; confidence high" in page


def test_an_imported_draft_does_not_claim_to_say_what_its_former_says(house: House) -> None:
    imported(house, raw_of(change=longer))
    page = client_of(house.coordinator).get("/pathways/UK-SPECIALS/versions/1.1.0/edit/").content.decode()
    assert "It says what 1.0.0-demo says." not in page
    assert "Nobody changed it here; it came with 4 differences from 1.0.0-demo." in page
    assert "0 changes made here" in page


def test_the_newest_draft_is_compared_with_the_version_it_came_from(house: House) -> None:
    imported(house, raw_of())
    page = client_of(house.pic).get("/pathways/UK-SPECIALS/differences/").content.decode()
    assert "UK-SPECIALS 1.0.0-demo to 1.1.0: what differs" in page
    assert "The rule is the same in both versions" in page


@pytest.mark.parametrize(
    "address", ["versions/9.9.9/file/", "differences/?before=9.9.9", "differences/?after=%00", "versions/%00/file/"]
)
def test_a_version_that_is_not_there_is_not_found(house: House, address: str) -> None:
    assert client_of(house.pic).get(f"/pathways/UK-SPECIALS/{address}").status_code == 404


def test_commands_export_and_import_the_same_bytes(house: House, tmp_path: Path) -> None:
    imported(house, raw_of(change=longer))
    call_command("profile_export", UK, "--of", "1.1.0", "--to", str(tmp_path / "uk.json"))
    assert (tmp_path / "uk.json").read_bytes() == file_of(raw_of(change=longer))
    said = StringIO()
    call_command("profile_import", str(tmp_path / "uk.json"), "--by", house.coordinator.email, stdout=said)
    assert said.getvalue() == "These data are here already as UK-SPECIALS 1.1.0; nothing was imported.\n"
    (tmp_path / "new.json").write_bytes(file_of(raw_of(version="1.2.0", change=longer)))
    call_command("profile_import", str(tmp_path / "new.json"), "--by", house.coordinator.email, stdout=said)
    assert ProfileVersion.objects.get(version="1.2.0").status == "draft_unreviewed"


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("profile_export", "XX-NOTHING"), "There is no pathway 'XX-NOTHING' here."),
        (("profile_export", UK, "--of", "9.9.9"), "UK-SPECIALS has no version '9.9.9'. Known here: "),
        (("profile_import", "/nowhere/x.json", "--by", "ostby@example.org"), "'/nowhere/x.json' cannot be read: "),
        (("profile_import", "{bad}", "--by", "nobody@example.org"), "--by 'nobody@example.org': there is no such"),
        (("profile_import", "{bad}", "--by", "ostby@example.org"), "UK-SPECIALS at /name: "),
    ],
)
def test_commands_say_what_cannot_be_used_and_exit_with_2(
    house: House, tmp_path: Path, command: tuple[str, ...], says: str
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_bytes(file_of(raw_of(change=lambda raw: raw.update(name=3))))
    with pytest.raises(CommandError) as refused:
        call_command(*(part.replace("{bad}", str(bad)) for part in command))
    assert (refused.value.returncode, str(refused.value)[: len(says)]) == (2, says)


def test_the_version_in_use_is_read_first_and_a_draft_where_it_is_asked_for(house: House) -> None:
    imported(house, raw_of())
    client = client_of(house.coordinator)
    assert "UK-SPECIALS, version 1.0.0-demo" in client.get("/pathways/UK-SPECIALS/").content.decode()
    page = client.get("/pathways/UK-SPECIALS/?version=1.1.0").content.decode()
    assert "Unreviewed draft." in page
    assert 'class="nowrap">1.0.0-demo <small>newer: 1.1.0</small>' in client.get("/pathways/").content.decode()
