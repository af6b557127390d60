"""A report over the API: on record at once, with what could not be read told back."""

from typing import Any

import pytest

from pharmacovigilance.models import SafetyReport
from tests.api.callers import Caller
from tests.pharmacovigilance.builders import Safety


@pytest.fixture
def doctor(safety: Safety) -> Caller:
    return Caller(safety.supply.house.doctor)


def sent(safety: Safety, by: Caller, **body: Any) -> Any:
    answer = by.post(f"/cases/{safety.supply.case.reference}/safety-reports", body)
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_is_kept_with_all_that_was_told(safety: Safety, doctor: Caller) -> None:
    told = sent(
        safety, doctor, verbatim="Fieber.", language="de", began="2026-03", criteria=["hospitalisation"],
        pack="SN-1-1", outcome="3", received_at="2026-03-20T10:00:00Z",
    )  # fmt: skip

    report = SafetyReport.objects.get()
    assert told == {
        "label": "S-1", "state": "received", "received_at": "2026-03-20T10:00:00Z", "unread": [], "missing": [],
        "findings": [],
    }  # fmt: skip
    assert (report.channel, report.language, report.began, report.onset_on) == ("api", "de", "2026-03", None)
    assert (report.criteria, report.seriousness, report.outcome) == (["hospitalisation"], "hospitalisation", "3")
    assert (report.pack.serial, report.qualification) == ("SN-1-1", "1")  # type: ignore[union-attr]


def test_is_kept_with_nothing_and_with_nonsense(safety: Safety, doctor: Caller) -> None:
    assert sent(safety, doctor)["missing"] == ["reaction"]

    told = sent(safety, doctor, began="a while ago", outcome="77", pack="SN-9", received_at="3026-01-01T00:00:00Z")

    assert [line.partition(":")[0] for line in told["unread"]] == [
        "When it began", "After which dose or pack", "How the patient is", "When we first heard of it",
    ]  # fmt: skip
    assert SafetyReport.objects.count() == 2


def test_is_one_report_for_one_key_and_another_one_for_other_words(safety: Safety, doctor: Caller) -> None:
    first = sent(safety, doctor, verbatim="A rash.", form_key="k-1")

    assert sent(safety, doctor, verbatim="A rash.", form_key="k-1")["label"] == first["label"] == "S-1"
    assert sent(safety, doctor, verbatim="A rash, and fever.", form_key="k-1")["label"] == "S-2"
    assert SafetyReport.objects.get(number=2).adds_to == SafetyReport.objects.get(number=1)


def test_tells_what_contradicts_itself(safety: Safety, doctor: Caller) -> None:
    told = sent(safety, doctor, outcome="5", criteria=["not_serious"])

    assert [line["code"] for line in told["findings"]] == ["FatalWithoutDeath", "SeriousAndNot"]


def test_names_the_papers_that_came_with_it(safety: Safety, doctor: Caller) -> None:
    label = safety.supply.case.documents.filter(uploaded_by=safety.supply.house.doctor).first()
    assert label is not None

    told = sent(safety, doctor, papers=[label.label, "D-999"])

    assert told["unread"] == ["Papers with it: “D-999” was not read. There is no such answer."]
    assert SafetyReport.objects.get().papers.get().document == label
