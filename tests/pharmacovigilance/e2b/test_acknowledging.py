"""An acknowledgement says what became of a batch and of each message in it."""

from pathlib import Path

import pytest

from pharmacovigilance.e2b.acknowledging import Acknowledgement, OfMessage, read
from pharmacovigilance.e2b.findings import Unreadable
from tests.pharmacovigilance.e2b.messages import acknowledgement


@pytest.mark.standards
def test_that_accepts_is_read_right(e2b: Path) -> None:
    assert read((e2b / "fda/instances/R3ack-positive.ack").read_bytes()) == Acknowledgement(
        number="33439257", sender="ZZFDA", receiver="4567AB89012", sent="20220811135030-0400",
        batch="FAERS2022Scenario1-4069-a2dd-08002b30309d", local_number="427032", batch_sent="20141214151617-0500",
        code="AA", text="message successfully processed, no further action",
        messages=(
            OfMessage(
                report="21ec1492-3aea-4069-a2ab-08002b30309d US-APHARMA-8744554B", local_number="19426648",
                receiver="4567AB89012", sender="CDER", created="20141214151617-0500", code="CA",
                text="Report Loaded Successfully",
            ),
        ),
    )  # fmt: skip


@pytest.mark.standards
def test_that_rejects_is_read_right_with_each_fault_on_its_own(e2b: Path) -> None:
    told = read((e2b / "fda/instances/R3ack-negative.ack").read_bytes())

    (message,) = told.messages
    assert (told.number, told.batch, told.code, told.text, told.receiver) == (
        "34137236", "FAERS2022Scenario2-4069-a2dd-08002b30309d", "AE", "some ICSR message(s) need further action",
        "5467AB890012",
    )  # fmt: skip
    assert (message.report, message.code, message.local_number) == ("US-APHARMA-7644554", "CR", "19426650")
    assert message.faults == (
        "Element value for SafetyCasePriority With Tag Id FDA.C.1.7.1 is Mandatory.",
        "Element value for CombinationProductReport With Tag Id FDA.C.1.12 is Mandatory.",
        "Patient Ethnicity Code (FDA.D.12) must be provided",
        "Element value for EthenicOrgin With Tag I...",
    )


def test_names_a_report_also_where_the_message_identifier_stands_before_it() -> None:
    one = OfMessage("21ec GB-A-1", "", "", "", "", "CA", "")

    assert (one.names("GB-A-1"), one.names("GB-A-11"), one.names("21ec")) == (True, False, True)


@pytest.mark.parametrize(
    ("change", "rule", "words"),
    [
        (("targetBatch", "otherBatch"), "FILE-ACK.A.1", "does not name a batch"),
        (('typeCode="AA"', 'typeCode="ZZ"'), "FILE-ACK.A.4", "says 'ZZ' of the batch; known are AA, AE, AR"),
        (("targetMessage", "other"), "FILE-ACK.B.r.1", "does not name the report of its message 1"),
        (('typeCode="CA"', 'typeCode="AA"'), "FILE-ACK.B.r.6", "says 'AA' of message 1; known are CA, CR"),
        (("MCCI_IN200101UV01", "MCCI_IN200100UV01"), "FILE-ROOT", "not MCCI_IN200101UV01"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("FILE") else "",
)
def test_with_a_gap_is_refused_by_name(change: tuple[str, str], rule: str, words: str) -> None:
    told = acknowledgement("B-1", "GB-A-1").decode().replace(*change).encode()

    with pytest.raises(Unreadable) as refused:
        read(told)

    assert refused.value.finding.rule == rule
    assert words in refused.value.finding.sentence
