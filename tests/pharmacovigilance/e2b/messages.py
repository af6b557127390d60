"""Contents for tests: one report of a named-patient programme with everything in it, all of it plainly invented."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pharmacovigilance.e2b.content import (
    Address,
    Amount,
    Batch,
    Death,
    Dosage,
    Drug,
    ForFda,
    History,
    Identifier,
    Message,
    Null,
    Patient,
    Person,
    Reaction,
    Recurrence,
    Relation,
    Report,
    Sender,
    Seriousness,
    Source,
    Study,
    Substance,
    Summary,
    Term,
    Test,
)  # fmt: skip

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
CREATED = "20260322090000+0000"
# Codes with invented words: no dictionary is part of this system.
FEVER = Term("invented term one", code="19999991", version="29.0", language="eng")
RASH = Term("invented term two", code="19999992", version="29.0", language="eng")
IDENTIFIER = "GB-HARROW-SC0001"


def report(**more: Any) -> Report:
    """A report of named-patient use: two reactions, a suspect drug from two lots, a concomitant one."""
    given: dict[str, Any] = {
        "identifier": IDENTIFIER,
        "created": CREATED,
        "kind": "2",
        "first_received": "20260320",
        "most_recent": "20260321",
        "expedited": True,
        "worldwide": IDENTIFIER,
        "first_sender": "2",
        "sources": (
            Source(
                qualification="1", country="GB", is_primary=True,
                person=Person(title="Dr", given="Invented", middle="Q", family="Prescriber"),
                organisation="Invented Hospital", department="Ward One",
                address=Address("1 Invented Street", "Inventedtown", "Inventedshire", "IN1 1NV"),
                telephone="+44 20 0000 0000", email="prescriber@hospital.invalid",
            ),
            Source(qualification="2", country="GB", person=Person(given=Null.MASKED, family=Null.MASKED),
                   email=Null.MASKED),
        ),
        "sender": Sender(
            kind="6", organisation="Invented Pharmacy", department="Drug safety",
            person=Person("Ms", "Invented", "R", "Pharmacist"),
            address=Address("2 Invented Road", "Inventedville", "NY", "00000"), country="US",
            telephone="+1 000 000 0000", fax="+1 000 000 0001", email="safety@pharmacy.invalid",
        ),
        "study": Study(kind="2", name="Named-patient programme", number="NPP-1",
                       registration="REG-1", registration_country="GB"),
        "patient": Patient(
            initials=Null.MASKED, birth=Null.MASKED, age=Amount("48", "a"), age_group="5", weight_kg="70.5",
            height_cm="171", sex="2",
            history=(History(RASH, started="2019", continuing=True, comments="Invented comment."),),
            history_text="Nothing else is known.", races=(Null.UNKNOWN,), ethnicity="C41222",
        ),
        "reactions": (
            Reaction(
                FEVER, outcome="1", seriousness=Seriousness(hospitalisation=True, required_intervention=False),
                translation="invented translation", highlighted="3", started="20260318", ended="20260319",
                confirmed=True, country="GB",
            ),
            Reaction(RASH, outcome="0", seriousness=Seriousness(required_intervention=False), country="GB",
                     started=Null.ASKED_UNKNOWN),
        ),
        "tests": (
            Test(Term("invented test", code="19999993", version="29.0"), on="20260319", result=Amount("39.5", "mg/L"),
                 low=Amount("0", "mg/L"), high=Amount("5", "mg/L"), result_code="1", comments="Twice."),
        ),
        "drugs": (
            Drug(
                role="1", name="Inventedumab 150 mg", product="00000-0001", product_version="1",
                substances=(Substance("inventedumab", Amount("150", "mg")),), obtained_in="US",
                authorisation="BLA000000", authorisation_country="US", holder="Invented Biologics",
                dosages=(
                    Dosage(dose=Amount("150", "mg"), interval=Amount("2", "wk"), started="20260302",
                           last="20260316", duration=Amount("2", "wk"), lot="LOT-A1", text="One injection",
                           form="solution for injection", route="subcutaneous"),
                    Dosage(dose=Amount("150", "mg"), started="20260316", last="20260316", lot="LOT-B2"),
                ),
                cumulative=Amount("300", "mg"), indications=(Term("invented indication", "19999994", "29.0"),),
                action="1", information=("11",),
                relations=(
                    Relation(0, "Reporter", "WHO-UMC", "Probable"), Relation(0, "Pharmacist", "Naranjo", "Possible"),
                    Relation(1, "Pharmacist", "WHO-UMC", "Unlikely"),
                ),
                recurrences=(Recurrence(0, "1"), Recurrence(1, "2")),
                remark="Supplier: Invented Wholesale, US; consignment C-1; lot LOT-A1",
            ),
            Drug(role="2", name="Inventedol", dosages=(Dosage(text="As needed", route=Null.UNKNOWN),)),
        ),
        "narrative": "An invented patient had a fever two days after the second dose & recovered: <all invented>.",
        "documents": ("Letter of the invented hospital",),
        "others": (Identifier("Invented Biologics", "US-INVENTED-77"),),
        "linked": ("GB-HARROW-SC0002",),
        "literature": ("Invented J Med 2026;1:1",),
        "reporter_comments": "Invented comment of the reporter.",
        "diagnoses": (FEVER,),
        "sender_comments": "Invented comment of the sender.",
        "summaries": (Summary("Erfundene Zusammenfassung.", "ger"),),
        "for_fda": ForFda(local_criteria="1", combination_product=False),
    }  # fmt: skip
    return Report(**(given | more))


def batch(of: Report | None = None, *, receiver: str = "ZZFDA", centre: str = "CDER", **more: Any) -> Batch:
    """A batch with that one report."""
    given: dict[str, Any] = {
        "number": "NPP-20260322-1",
        "sender": "000000000",
        "receiver": receiver,
        "sent": CREATED,
        "messages": (Message(sender="000000000", receiver=centre, report=of or report()),),
    }
    return Batch(**(given | more))


def died(of: Report) -> Report:
    """The same report with a fatal outcome."""
    fatal = replace(of.reactions[0], outcome="5", seriousness=Seriousness(death=True, required_intervention=False))
    death = Death(on="20260320", causes=(FEVER,), autopsy=False)
    return replace(of, reactions=(fatal, *of.reactions[1:]), patient=replace(of.patient, death=death))


def minimal(of: Report | None = None) -> Report:
    """What is needed and no more."""
    whole = of or report()
    return replace(
        whole, documents=(), others=(), linked=(), literature=(), study=Study(kind="2"), tests=(),
        reporter_comments="", diagnoses=(), sender_comments="", summaries=(),
        sources=(Source(qualification="1", country="GB", is_primary=True),),
        sender=Sender(kind="6", organisation="Invented Pharmacy"), patient=Patient(initials=Null.MASKED),
        reactions=(Reaction(FEVER, outcome="0"),), drugs=(Drug(role="1", name="Inventedumab"),), for_fda=None,
    )  # fmt: skip


def acknowledgement(
    number: str, identifier: str, *, receiver: str = "000000000", code: str = "CA", text: str = "Loaded"
) -> bytes:
    """What a recipient answers to a batch of one report."""
    of_batch = {"CA": "AA", "CR": "AE"}.get(code, "AR")
    root = "2.16.840.1.113883.3.989.2.1.3."

    def end(name: str, value: str, own: int) -> str:
        return f'<{name}><device><id root="{root}{own}" extension="{value}"/></device></{name}>'

    return f"""<?xml version="1.0" encoding="UTF-8"?>
<MCCI_IN200101UV01 xmlns="urn:hl7-org:v3" ITSVersion="XML_1.0">
<id root="{root}20" extension="ACK-1"/><creationTime value="20260323080000+0000"/>
<MCCI_IN000002UV01><id root="{root}19" extension="LOCAL-1"/>
{end("receiver", receiver, 16)}{end("sender", "CDER", 15)}
<acknowledgement typeCode="{code}"><targetMessage><id root="{root}1" extension="{identifier}"/></targetMessage>
<acknowledgementDetail><text>{text}</text></acknowledgementDetail></acknowledgement></MCCI_IN000002UV01>
{end("receiver", receiver, 18)}{end("sender", "ZZFDA", 17)}
<acknowledgement typeCode="{of_batch}"><targetBatch><id root="{root}22" extension="{number}"/></targetBatch>
</acknowledgement></MCCI_IN200101UV01>
""".encode()
