"""FDA's coded rules that look at one report: rejections (R) and warnings (W), as a table of number and check.

Source: FDA, E2B(R3) rejection and warning rules. Those that only make another element needed stand in ``conditions``.
Which cannot be checked from a message alone, and why, is ``UNCHECKED``; docs/e2b-rules.md lists them all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pharmacovigilance.e2b.conditions import CONDITIONS, NEEDS
from pharmacovigilance.e2b.elements import BY_FDA, table
from pharmacovigilance.e2b.findings import REJECTION, WARNING, Finding
from pharmacovigilance.e2b.ich import missing
from pharmacovigilance.e2b.predicates import Predicate, both, either, has, is_one_of, no
from pharmacovigilance.e2b.reading import Part

POSTMARKET: Final = "ZZFDA"
PREMARKET: Final = "ZZFDA_PREMKT"
IND: Final = ("CDER_IND", "CBER_IND")
EXEMPT: Final = "CDER_IND_EXEMPT_BA_BE"
# FDA's own text and samples write the word in two ways.
AGGREGATE: Final = ("AGGREGATE", "AGGREGRATE")
SUMMARY: Final = "SUMMARY"
# FDA's code for a device malfunction without an adverse event (rule R0027).
NO_ADVERSE_EVENT: Final = "10067482"
SUSPECTS: Final = ("1", "3", "4")


@dataclass(frozen=True)
class Rule:
    """One coded rule.

    :param scope: the part it looks at.
    :param breaks: whether that part breaks it.
    """

    id: str
    element: str
    scope: str
    sentence: str
    breaks: Predicate


_to_cder = both(is_one_of("N.1.4", POSTMARKET), is_one_of("N.2.r.3", "CDER"))
_postmarket = both(is_one_of("N.1.4", POSTMARKET), is_one_of("N.2.r.3", "CDER", "CBER"))
_premarket = both(is_one_of("N.1.4", PREMARKET), is_one_of("N.2.r.3", *IND, EXEMPT))
_to_ind = is_one_of("N.2.r.3", *IND)
_premarket_ind = both(is_one_of("N.1.4", PREMARKET), _to_ind)
_to_exempt = is_one_of("N.2.r.3", EXEMPT)
_spontaneous, _from_study = is_one_of("C.1.3", "1"), is_one_of("C.1.3", "2")
_study_type, _known_study_type = has("C.5.4"), is_one_of("C.5.4", "1", "2", "3")
_ind_number, _pre_anda, _cross = has("FDA.C.5.5a"), has("FDA.C.5.5b"), has("FDA.C.5.6.r")
_expedited, _not_expedited = is_one_of("C.1.7", "true"), is_one_of("C.1.7", "false", "NI")
_combination, _single = is_one_of("FDA.C.1.12", "true"), is_one_of("FDA.C.1.12", "false", "NI")
_malfunction = is_one_of("FDA.G.k.12.r.1", "true")
_aggregate = is_one_of("D.1", *AGGREGATE)
_nobody = is_one_of("D.1", "NA", SUMMARY, *AGGREGATE)
_suspect = is_one_of("G.k.1", *SUSPECTS)
_under_ind = both(_from_study, _ind_number)


def _local_type_is_not(*allowed: str) -> Predicate:
    return no(is_one_of("FDA.C.1.7.1", *allowed))


def _no_drug_is(*roles: str) -> Predicate:
    return lambda report: not any(drug.text("G.k.1") in roles for drug in report.parts("drug"))


def _sends_for_others(report: Part) -> bool:
    return report.text("N.2.r.2") != report.text("N.1.3")


def _compressed(document: Part) -> bool:
    return any(
        value.node.get("compression") or value.node.get("representation", "B64") != "B64"
        for value in document.all("C.1.6.1.r.2")
        if value.text
    )


def _no_suspect_malfunctions(report: Part) -> bool:
    return not any(_suspect(drug) and _malfunction(drug) for drug in report.parts("drug"))


def _first_is_no_suspect(report: Part) -> bool:
    first = next(report.parts("drug"), None)
    return first is not None and not _suspect(first)


def _nameless(device: Part) -> bool:
    """Both names say nothing: a null flavour counts as nothing here."""
    return not device.text("FDA.G.k.12.r.4") and not device.text("FDA.G.k.12.r.5")


def _unassessed(element: str) -> Predicate:
    def breaks(report: Part) -> bool:
        assessments = list(report.parts("assessment"))
        return not assessments or any(not assessment.text(element) for assessment in assessments)

    return both(_under_ind, breaks)


def _investigational(drug: Part) -> bool:
    number = drug.text("G.k.3.1").upper()
    return "IND" in number or "PANDA" in number


RULES: Final = (
    Rule("R0004", "N.1.4", "report", f"is not {POSTMARKET}, though the report goes to a postmarket centre (N.2.r.3).",
         both(no(is_one_of("N.2.r.3", *IND, EXEMPT)), no(is_one_of("N.1.4", POSTMARKET, PREMARKET)))),
    Rule("R0005", "N.1.4", "report", f"is not {PREMARKET}, though the report goes to a premarket centre (N.2.r.3).",
         both(is_one_of("N.2.r.3", *IND, EXEMPT), no(is_one_of("N.1.4", PREMARKET)))),
    Rule("R0100", "N.2.r.2", "report", "is not the sender of the batch (N.1.3), as it is for all reports.",
         _sends_for_others),
    Rule("R0006", "N.2.r.3", "report", f"is not CDER, though N.1.4 is {POSTMARKET}.",
         both(is_one_of("N.1.4", POSTMARKET), no(is_one_of("N.2.r.3", "CDER")))),
    Rule("R0007", "N.2.r.3", "report", f"is none of {', '.join((*IND, EXEMPT))}, though N.1.4 is {PREMARKET}.",
         both(is_one_of("N.1.4", PREMARKET), no(is_one_of("N.2.r.3", *IND, EXEMPT)))),
    Rule("R0008", "C.1.3", "report", "is not 2 (report from study), though an IND or pre-ANDA and its study are given.",
         both(_premarket, either(_ind_number, _pre_anda), _known_study_type, no(_from_study))),
    Rule("R0110", "C.1.3", "report", "is not 1 (spontaneous), though an IND is given and no type of study (C.5.4).",
         both(_premarket_ind, _ind_number, no(_study_type), no(_spontaneous))),
    Rule("R0111", "C.1.3", "report", f"is not 2 (report from study), though the report goes to {EXEMPT}.",
         both(is_one_of("N.1.4", PREMARKET), _to_exempt, no(_from_study))),
    Rule("R0112", "C.1.3", "report", "is 3 or 4, which an IND centre does not take.",
         both(_premarket_ind, is_one_of("C.1.3", "3", "4"))),
    Rule("R0010", "C.1.6.1.r.2", "document", "is compressed, or not in base 64.", _compressed),
    Rule("R0012", "FDA.C.1.7.1", "report", "is not 1 or 4 in an expedited report of a combination product.",
         both(_to_cder, _combination, _expedited, _local_type_is_not("1", "4"))),
    Rule("R0013", "FDA.C.1.7.1", "report", "is not 2 or 5 in a report of a combination product that is not expedited.",
         both(_to_cder, _combination, _not_expedited, _local_type_is_not("2", "5"))),
    Rule("R0014", "FDA.C.1.7.1", "report", "is not 1 in an expedited report without a combination product.",
         both(_to_cder, _single, _expedited, _local_type_is_not("1"))),
    Rule("R0015", "FDA.C.1.7.1", "report", "is not 2 in a report not expedited, without a combination product.",
         both(_to_cder, _single, _not_expedited, _local_type_is_not("2"))),
    Rule("R0016", "FDA.C.1.7.1", "report", "is not 1 or 6 in an expedited premarket report.",
         both(_premarket, _expedited, is_one_of("C.1.3", "1", "2"), _local_type_is_not("1", "6"))),
    Rule("W0001", "C.1.10.r", "report", "is not given, though the patient (D.1) is an aggregate.",
         both(_aggregate, no(has("C.1.10.r")))),
    Rule("R0021", "C.2.r.5", "report", "is 1 in no source; one reporter is the primary source.",
         no(is_one_of("C.2.r.5", "1"))),
    Rule("R0102", "C.5.4", "report", "is none of 1, 2, 3 in a premarket report from study.",
         both(_premarket, _from_study, no(_known_study_type))),
    Rule("R0103", "C.5.4", "report", "is given, though the report to CDER is spontaneous (C.1.3 is 1).",
         both(is_one_of("N.2.r.3", "CDER"), _spontaneous, _study_type)),
    Rule("R0104", "C.5.4", "report", "is none of 1, 2, 3 in a postmarket report from study.",
         both(_to_cder, _from_study, no(_known_study_type))),
    Rule("R0113", "C.5.4", "report", "is given, though the premarket report is spontaneous (C.1.3 is 1).",
         both(_premarket_ind, _spontaneous, _study_type)),
    Rule("W0002", "C.5.4", "report", "is not 1 (clinical trial), though the patient (D.1) is an aggregate.",
         both(_aggregate, no(is_one_of("C.5.4", "1")))),
    Rule("R0024", "FDA.C.5.5a", "report", "is missing, though the report goes to an IND centre.",
         both(_to_ind, is_one_of("C.1.3", "1", "2"), no(_ind_number))),
    Rule("R0107", "FDA.C.5.5a", "report", "is given in a postmarket report.", both(_postmarket, _ind_number)),
    Rule("R0025", "FDA.C.5.5b", "report", f"is missing in a report from study to {EXEMPT}.",
         both(_to_exempt, _from_study, no(_pre_anda))),
    Rule("R0108", "FDA.C.5.5b", "report", "is given in a postmarket report.", both(_postmarket, _pre_anda)),
    Rule("R0026", "FDA.C.5.6.r", "report", "is missing beside an IND number (FDA.C.5.5a); NA where there is none.",
         both(_ind_number, no(_cross))),
    Rule("R0109", "FDA.C.5.6.r", "report", "is given in a postmarket report.", both(_postmarket, _cross)),
    Rule("R0027", "D.1", "report", "is not NA (nor SUMMARY), though only a device's malfunction is reported.",
         both(_combination, _malfunction, is_one_of("E.i.2.1b", NO_ADVERSE_EVENT),
              no(is_one_of("D.1", "NA", SUMMARY)))),
    Rule("W0010", "D.1", "report", "is not AGGREGATE in a study under an IND that names linked reports (C.1.10.r).",
         both(_under_ind, has("C.1.10.r"), no(_aggregate))),
    Rule("R0041", "D.9.1", "report", "is missing in a report from study to an IND centre that results in death.",
         both(_from_study, _to_ind, is_one_of("E.i.3.2a", "true"), no(has("D.9.1")))),
    Rule("W0003", "FDA.D.11.r.1", "report", "is not NA, though no single patient is involved (D.1).",
         both(_nobody, no(is_one_of("FDA.D.11.r.1", "NA")))),
    Rule("W0004", "FDA.D.12", "report", "is not NA, though no single patient is involved (D.1).",
         both(_nobody, no(is_one_of("FDA.D.12", "NA")))),
    Rule("W0005", "G.k.1", "report", "is not 1, 3 or 4 for the first drug.", both(_to_cder, _first_is_no_suspect)),
    Rule("R0069", "G.k.1", "report", "is 1, 3 or 4 for no drug of a report to CDER.",
         both(is_one_of("N.2.r.3", "CDER"), _no_drug_is(*SUSPECTS))),
    Rule("R0070", "G.k.1", "report", "is 1 or 3 for no drug of a report from study to an IND centre.",
         both(_from_study, _to_ind, _no_drug_is("1", "3"))),
    Rule("R0071", "G.k.1", "report", f"is 1, 3 or 4 for no drug of a report from study to {EXEMPT}.",
         both(_from_study, _to_exempt, _no_drug_is(*SUSPECTS))),
    Rule("R0114", "G.k.3.1", "drug", "is an IND or pre-ANDA number in a postmarket report from study.",
         both(_to_cder, _from_study, is_one_of("C.5.4", "2", "3"), _investigational)),
    *(
        Rule(number, element, "report", "is missing in a report from study under an IND.", _unassessed(element))
        for number, element in (
            ("R0085", "G.k.9.i.2.r.1"), ("R0086", "G.k.9.i.2.r.2"), ("R0087", "G.k.9.i.2.r.3"),
        )
    ),
    Rule("W0006", "FDA.G.k.10a", "drug", "is not 1, 2 or NA, though a pre-ANDA number is given.",
         both(_pre_anda, no(is_one_of("FDA.G.k.10a", "1", "2", "NA")))),
    Rule("R0092", "FDA.G.k.12.r.1", "report", "is true for no suspect product, though the report type is 5.",
         both(is_one_of("FDA.C.1.7.1", "5"), _no_suspect_malfunctions)),
    Rule("R0093", "FDA.G.k.12.r.3.r", "device", "is missing beside a malfunction.",
         both(_malfunction, no(has("FDA.G.k.12.r.3.r")))),
    *(
        Rule(number, element, "device", "and the other name of the device say nothing, and no product code is given.",
             both(_combination, _nameless, no(has("FDA.G.k.12.r.6"))))
        for number, element in (("R0094", "FDA.G.k.12.r.4"), ("R0095", "FDA.G.k.12.r.5"))
    ),
    Rule("R0096", "FDA.G.k.12.r.6", "device", "is missing, though neither name of the device is given.",
         both(_nameless, no(has("FDA.G.k.12.r.6")))),
    Rule("W0007", "FDA.G.k.12.r.11.r", "device", "is missing beside a malfunction in a 5-day report.",
         both(_malfunction, is_one_of("FDA.C.1.7.1", "4"), no(has("FDA.G.k.12.r.11.r")))),
)  # fmt: skip

# What a message alone cannot show: a rule of FDA's that nobody outside can check, and why.
UNCHECKED: Final = {
    "R0072": "FDA gives this element no place: neither its table nor its samples say where it stands.",
    "R0105": "Whether an IND number is registered for a centre is known to FDA alone.",
    "R0106": "Whether a pre-ANDA number is registered for a centre is known to FDA alone.",
    "W0008": "The lists of device problem codes are not part of this system; that one is given is checked (R0093).",
    "W0009": "Which product name belongs to an application number is known to FDA alone.",
    "W0012": "Whether a cross-reported IND number is registered is known to FDA alone.",
}
# Two rules speak of initial reports; a message does not say whether it is one, so whoever checks says so.
INITIAL_NULLIFIED: Final = "R0101"
INITIAL_NOT_INDICATED: Final = "R0011"


def check(batch: Part, *, is_initial: bool | None) -> Iterator[Finding]:
    """Every rule of FDA's that the batch breaks, and each element that FDA requires and that is missing.

    :param is_initial: whether the reports are sent for the first time; ``None`` where nobody said so.
    """
    for part in batch.walk():
        for element in table().of_scope[part.scope.name]:
            if element.need == BY_FDA and not any(value.is_given for value in part.all(element.id)):
                yield missing(element, part, layer="recipient", rule="FDA-REQUIRED")
    for rule in RULES:
        for part in batch.parts(rule.scope):
            if rule.breaks(part):
                yield _found(rule.id, rule.element, part, rule.sentence)
    for report in batch.parts("report"):
        yield from _of_initial(report, is_initial=is_initial)


def _of_initial(report: Part, *, is_initial: bool | None) -> Iterator[Finding]:
    if is_initial is not False and report.null("C.1.7") == "NI":
        yield _found(INITIAL_NOT_INDICATED, "C.1.7", report, "is NI, which FDA does not take in an initial report.")
    if is_initial and report.text("C.1.11.1") in ("1", "2"):
        yield _found(INITIAL_NULLIFIED, "C.1.11.1", report, "nullifies or amends an initial report.")


def _found(rule: str, element: str, part: Part, sentence: str) -> Finding:
    return Finding(
        "recipient", element, rule, _where(element, part), f"{element} ({table().elements[element].label}) {sentence}",
        WARNING if rule.startswith("W") else REJECTION,
    )  # fmt: skip


def _where(element: str, part: Part) -> str:
    """Of the element where it stands, else of the part that should give it."""
    scope = table().elements[element].scope
    holding = next((inner for inner in part.parts(scope) if inner.values.get(element)), None)
    return (holding or next(part.parts(scope), None) or part).where(element)


def checked_numbers() -> frozenset[str]:
    """The numbers of every rule that this system checks."""
    conditional = {entry.fda for entry in (*CONDITIONS, *NEEDS) if entry.fda}
    return frozenset(conditional | {rule.id for rule in RULES} | {INITIAL_NULLIFIED, INITIAL_NOT_INDICATED})
