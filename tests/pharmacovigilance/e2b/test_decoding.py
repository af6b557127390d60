"""A message as a person reads it."""

from pharmacovigilance.e2b.building import build
from pharmacovigilance.e2b.decoding import Line, decoded
from pharmacovigilance.e2b.reading import parts_of, root_of
from tests.pharmacovigilance.e2b.messages import batch


def test_has_every_value_of_the_message_under_its_element_and_in_its_part() -> None:
    whole = parts_of(root_of(build(batch())))
    sections = decoded(whole)

    given = sum(value.is_given for part in whole.walk() for values in part.values.values() for value in values)
    assert sum(len(section.lines) for section in sections) == given
    assert [(section.number, section.title) for section in sections] == [
        ("N.1", "Batch"), ("N.2.r", "Message 1"), ("C.1", "Identification of the report"),
        ("C.1.6.1.r", "Document held by the sender 1"), ("C.1.9.1.r", "Other case identifier 1"),
        ("C.2.r", "Primary source 1"), ("C.2.r", "Primary source 2"), ("C.3", "Sender"),
        ("C.4.r", "Literature reference 1"), ("D", "Patient"), ("C.5", "Study 1"),
        ("C.5.1.r", "Registration of the study 1"), ("D.7.1.r", "Medical history 1"), ("E.i", "Reaction or event 1"),
        ("E.i", "Reaction or event 2"), ("F.r", "Test 1"), ("G.k", "Drug 1"), ("G.k.2.3.r", "Substance 1.1"),
        ("G.k.4.r", "Dosage line 1.1"), ("G.k.4.r", "Dosage line 1.2"), ("G.k.7.r", "Indication 1.1"),
        ("G.k.9.i.2.r", "Assessment of relatedness 1.1"), ("G.k.9.i.2.r", "Assessment of relatedness 1.2"),
        ("G.k.9.i.2.r", "Assessment of relatedness 1.3"), ("G.k.9.i.4", "Re-administration 1.1"),
        ("G.k.9.i.4", "Re-administration 1.2"), ("G.k", "Drug 2"), ("G.k.4.r", "Dosage line 2.1"),
        ("H.3.r", "Sender's diagnosis 1"), ("H.5.r", "Summary in another language 1"),
    ]  # fmt: skip


def test_says_what_a_code_a_date_and_a_null_flavour_mean() -> None:
    lines = {line.element: line for section in decoded(parts_of(root_of(build(batch())))) for line in section.lines}

    assert lines["C.5.4"] == Line(
        "C.5.4", "Type of study in which the reaction was observed", "2", "individual patient use", False
    )
    assert lines["N.1.5"].words == "2026-03-22 09:00:00 UTC+0000"
    assert lines["D.7.1.r.2"].words == ""
    assert lines["D.1"] == Line("D.1", "Patient (initials)", "MSK", "known, withheld", True)
    assert lines["G.k.9.i.1"].words == "Reaction or event 2"
    assert (lines["G.k.4.r.7"].value, lines["G.k.4.r.7"].words) == ("LOT-B2", "")
