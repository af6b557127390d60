"""What one message says, typed, in the standard's words; each field's comment is its element's id.

Source: ICH E2B(R3) implementation guide, data elements. A value, a null flavour and nothing are three things: ``Null``
says why a value is not given, ``None`` that nothing is said.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Null(StrEnum):
    """Why no value stands there (HL7 null flavours that ICH takes)."""

    NO_INFORMATION = "NI"
    MASKED = "MSK"
    UNKNOWN = "UNK"
    NOT_APPLICABLE = "NA"
    ASKED_UNKNOWN = "ASKU"
    NOT_ASKED = "NASK"


# A date as the standard writes it, as far as it is known: "2026", "202603", "20260318", "20260318101500+0000".
Stamp = str
Text = str | Null | None


@dataclass(frozen=True)
class Amount:
    """A number with its UCUM unit."""

    value: str
    unit: str


@dataclass(frozen=True)
class Term:
    """What was said and its MedDRA code, where a licensee has coded it."""

    text: Text = None
    code: str = ""
    version: str = ""
    language: str = ""


@dataclass(frozen=True)
class Identifier:
    """A case identifier that another sender gave (C.1.9.1.r)."""

    source: str  # C.1.9.1.r.1
    number: str  # C.1.9.1.r.2


@dataclass(frozen=True)
class Person:
    title: Text = None
    given: Text = None
    middle: Text = None
    family: Text = None


@dataclass(frozen=True)
class Address:
    street: Text = None
    city: Text = None
    state: Text = None
    postcode: Text = None


@dataclass(frozen=True)
class Source:
    """A reporter (C.2.r)."""

    qualification: Text  # C.2.r.4
    country: Text = None  # C.2.r.3
    is_primary: bool = False  # C.2.r.5
    person: Person = Person()  # C.2.r.1
    organisation: Text = None  # C.2.r.2.1
    department: Text = None  # C.2.r.2.2
    address: Address = Address()  # C.2.r.2.3 to 6
    telephone: Text = None  # C.2.r.2.7
    email: Text = None  # FDA.C.2.r.2.8


@dataclass(frozen=True)
class Sender:
    """Who answers for the report (C.3)."""

    kind: str  # C.3.1
    organisation: str = ""  # C.3.2
    department: str = ""  # C.3.3.1
    person: Person = Person()  # C.3.3.2 to 5
    address: Address = Address()  # C.3.4.1 to 4
    country: str = ""  # C.3.4.5
    telephone: str = ""  # C.3.4.6
    fax: str = ""  # C.3.4.7
    email: str = ""  # C.3.4.8


@dataclass(frozen=True)
class Study:
    """What the event was observed in (C.5)."""

    kind: str  # C.5.4
    name: Text = None  # C.5.2
    number: Text = None  # C.5.3
    registration: str = ""  # C.5.1.r.1
    registration_country: str = ""  # C.5.1.r.2
    ind: str = ""  # FDA.C.5.5a
    pre_anda: str = ""  # FDA.C.5.5b
    cross_reported: Text = None  # FDA.C.5.6.r


@dataclass(frozen=True)
class Death:
    on: Stamp | Null | None = None  # D.9.1
    causes: tuple[Term, ...] = ()  # D.9.2.r
    autopsy: bool | Null | None = None  # D.9.3


@dataclass(frozen=True)
class History:
    """An earlier or concurrent disease (D.7.1.r)."""

    disease: Term
    started: Stamp | None = None  # D.7.1.r.2
    continuing: bool | Null | None = None  # D.7.1.r.3
    ended: Stamp | None = None  # D.7.1.r.4
    comments: str = ""  # D.7.1.r.5


@dataclass(frozen=True)
class Patient:
    initials: Text  # D.1
    birth: Stamp | Null | None = None  # D.2.1
    age: Amount | None = None  # D.2.2
    age_group: Text = None  # D.2.3
    weight_kg: str = ""  # D.3
    height_cm: str = ""  # D.4
    sex: Text = None  # D.5
    history: tuple[History, ...] = ()  # D.7.1.r
    history_text: Text = Null.UNKNOWN  # D.7.2
    death: Death | None = None  # D.9
    races: tuple[str | Null, ...] = ()  # FDA.D.11.r
    ethnicity: Text = None  # FDA.D.12


@dataclass(frozen=True)
class Seriousness:
    """E.i.3.2: each criterion is met or nothing is known of it; "no" is not a value of the standard."""

    death: bool = False  # a
    life_threatening: bool = False  # b
    hospitalisation: bool = False  # c
    disability: bool = False  # d
    congenital_anomaly: bool = False  # e
    other_medically_important: bool = False  # f
    required_intervention: bool | None = None  # FDA.E.i.3.2h; None leaves it out


@dataclass(frozen=True)
class Reaction:
    term: Term  # E.i.1.1 and E.i.2.1
    outcome: str  # E.i.7
    seriousness: Seriousness = Seriousness()  # E.i.3.2
    translation: str = ""  # E.i.1.2
    highlighted: str = ""  # E.i.3.1
    started: Stamp | Null | None = None  # E.i.4
    ended: Stamp | Null | None = None  # E.i.5
    confirmed: bool | None = None  # E.i.8
    country: str = ""  # E.i.9


@dataclass(frozen=True)
class Test:
    """A test and its result (F.r)."""

    name: Term  # F.r.2
    on: Stamp | Null  # F.r.1
    result_code: str = ""  # F.r.3.1
    result: Amount | None = None  # F.r.3.2 and 3
    result_text: str = ""  # F.r.3.4
    low: Amount | None = None  # F.r.4
    high: Amount | None = None  # F.r.5
    comments: str = ""  # F.r.6


@dataclass(frozen=True)
class Coded:
    """A code of a list that a licensee holds, and the version of that list."""

    code: str
    version: str


@dataclass(frozen=True)
class Dosage:
    """One line of dosage (G.k.4.r): a lot hangs on it, so two lots are two lines."""

    dose: Amount | None = None  # G.k.4.r.1
    interval: Amount | None = None  # G.k.4.r.2 and 3
    started: Stamp | Null | None = None  # G.k.4.r.4
    last: Stamp | Null | None = None  # G.k.4.r.5
    duration: Amount | None = None  # G.k.4.r.6
    lot: str = ""  # G.k.4.r.7
    text: str = ""  # G.k.4.r.8
    form: Text = None  # G.k.4.r.9.1
    form_code: Coded | None = None  # G.k.4.r.9.2
    route: Text = None  # G.k.4.r.10.1
    route_code: Coded | None = None  # G.k.4.r.10.2


@dataclass(frozen=True)
class Substance:
    name: str  # G.k.2.3.r.1
    strength: Amount | None = None  # G.k.2.3.r.3


@dataclass(frozen=True)
class Relation:
    """How one reaction was judged against the drug it stands under (G.k.9.i).

    :param reaction: the number of the reaction in the report, from 0.
    """

    reaction: int
    source: str  # G.k.9.i.2.r.1
    method: str  # G.k.9.i.2.r.2
    result: str  # G.k.9.i.2.r.3


@dataclass(frozen=True)
class Recurrence:
    """Whether one reaction came back when the drug it stands under was given again (G.k.9.i.4).

    :param reaction: the number of the reaction in the report, from 0.
    """

    reaction: int
    code: str


@dataclass(frozen=True)
class Drug:
    role: str  # G.k.1
    name: str  # G.k.2.2
    product: str = ""  # G.k.2.1.1b, an NDC
    product_version: str = ""  # G.k.2.1.1a
    substances: tuple[Substance, ...] = ()  # G.k.2.3.r
    obtained_in: str = ""  # G.k.2.4
    authorisation: str = ""  # G.k.3.1
    authorisation_country: str = ""  # G.k.3.2
    holder: str = ""  # G.k.3.3
    dosages: tuple[Dosage, ...] = ()  # G.k.4.r
    cumulative: Amount | None = None  # G.k.5
    gestation: Amount | None = None  # G.k.6
    indications: tuple[Term, ...] = ()  # G.k.7.r
    action: str = ""  # G.k.8
    relations: tuple[Relation, ...] = ()  # G.k.9.i
    recurrences: tuple[Recurrence, ...] = ()  # G.k.9.i.4
    information: tuple[str, ...] = ()  # G.k.10.r
    remark: str = ""  # G.k.11


@dataclass(frozen=True)
class ForFda:
    """What FDA asks beside ICH's elements, of the report as a whole."""

    local_criteria: str  # FDA.C.1.7.1
    combination_product: bool | Null  # FDA.C.1.12


@dataclass(frozen=True)
class Summary:
    text: str  # H.5.r.1a
    language: str  # H.5.r.1b


@dataclass(frozen=True)
class Report:
    """One case safety report (C to H)."""

    identifier: str  # C.1.1, and N.2.r.1
    created: Stamp  # C.1.2, and N.2.r.4
    kind: str  # C.1.3
    first_received: Stamp  # C.1.4
    most_recent: Stamp  # C.1.5
    expedited: bool | Null  # C.1.7
    worldwide: str  # C.1.8.1
    first_sender: str  # C.1.8.2
    sources: tuple[Source, ...]  # C.2.r
    sender: Sender  # C.3
    patient: Patient  # D
    reactions: tuple[Reaction, ...]  # E.i
    drugs: tuple[Drug, ...]  # G.k
    narrative: str  # H.1
    documents: tuple[str, ...] = ()  # C.1.6.1.r.1
    others: tuple[Identifier, ...] = ()  # C.1.9.1.r
    linked: tuple[str, ...] = ()  # C.1.10.r
    nullification: str = ""  # C.1.11.1
    nullification_reason: str = ""  # C.1.11.2
    literature: tuple[str, ...] = ()  # C.4.r.1
    study: Study | None = None  # C.5
    tests: tuple[Test, ...] = ()  # F.r
    reporter_comments: str = ""  # H.2
    diagnoses: tuple[Term, ...] = ()  # H.3.r
    sender_comments: str = ""  # H.4
    summaries: tuple[Summary, ...] = ()  # H.5.r
    for_fda: ForFda | None = None

    @property
    def is_coded(self) -> bool:
        """Whether every reaction has its MedDRA code; a report that has not is a draft."""
        return all(reaction.term.code and reaction.term.version for reaction in self.reactions)


@dataclass(frozen=True)
class Message:
    sender: str  # N.2.r.2
    receiver: str  # N.2.r.3
    report: Report


@dataclass(frozen=True)
class Batch:
    number: str  # N.1.2
    sender: str  # N.1.3
    receiver: str  # N.1.4
    sent: Stamp  # N.1.5
    messages: tuple[Message, ...]

    @property
    def is_draft(self) -> bool:
        """Not to be sent: a reaction of it is not coded."""
        return not all(message.report.is_coded for message in self.messages)


def stamp(moment: datetime) -> Stamp:
    """A moment to the second, with its offset from UTC.

    :raises ValueError: when the moment has no zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no zone.")
    return moment.strftime("%Y%m%d%H%M%S%z")
