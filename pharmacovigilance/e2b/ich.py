"""The rules of ICH that the schema does not know: what is needed, the form of each value, what must agree.

Source: ICH E2B(R3) implementation guide, data elements (facts, pharmacovigilance 1.2 to 1.4).
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from pharmacovigilance.e2b.elements import MANDATORY, REQUIRED, Element, Scope, Table, table
from pharmacovigilance.e2b.findings import REJECTION, WARNING, Finding
from pharmacovigilance.e2b.forms import Judged, day_of, faults_of
from pharmacovigilance.e2b.places import place_of, spelled_out
from pharmacovigilance.e2b.reading import Part, Value

SUSPECTED: Final = frozenset("134")


def check(batch: Part, *, now: datetime) -> Iterator[Finding]:
    """Everything of ICH's rules that the batch breaks, in the order of the message.

    :param now: no date may lie after it.
    """
    listed = table()
    for part in batch.walk():
        for element in listed.of_scope[part.scope.name]:
            yield from _of_element(element, part, listed, now)
    for report in batch.parts("report"):
        for rule in _AGREEMENTS:
            yield from rule(report)


def _of_element(element: Element, part: Part, listed: Table, now: datetime) -> Iterator[Finding]:
    values = part.values.get(element.id, ())
    if not any(value.is_given for value in values):
        if element.need in (MANDATORY, REQUIRED):
            yield missing(element, part)
        elif empty := next((value for value in values if value.stands), None):
            yield _finding("EMPTY", element, empty, "is there and says nothing; leave it out, or say why (null).")
        return
    for value in values:
        if value.null and not value.text:
            yield from _of_null(element, value)
        elif value.text:
            for fault in faults_of(Judged(value.text, element, listed, now)):
                yield _finding(fault.rule, element, value, fault.sentence, warning=fault.is_warning)


def _of_null(element: Element, value: Value) -> Iterator[Finding]:
    if value.null not in element.nulls:
        allowed = ", ".join(sorted(element.nulls)) or "none"
        yield _finding("NULL", element, value, f"has the null flavour {value.null}; allowed are: {allowed}.")


def missing(element: Element, part: Part, *, layer: str = "ich", rule: str = "ICH-MISSING") -> Finding:
    """An element that is needed and says nothing: not there at all, or there and empty."""
    values = part.values.get(element.id, ())
    stands = any(value.stands for value in values)
    words = "is there and empty" if stands else "is missing"
    where = place_of(values[0].node) if values else f"{part.place}/{spelled_out(element.path.split(' | ')[0])}"
    if rule == "ICH-MISSING" and stands:
        rule = "ICH-EMPTY"
    return Finding(layer, element.id, rule, where, f"{element.id} ({element.label}) {words}; it is needed.")


def _finding(rule: str, element: Element, value: Value, sentence: str, *, warning: bool = False) -> Finding:
    return Finding(
        "ich", element.id, f"ICH-{rule}", place_of(value.node), f"{element.id} ({element.label}) {sentence}",
        WARNING if warning else REJECTION,
    )  # fmt: skip


def _said(report: Part, rule: str, element: str, sentence: str, *, warning: bool = False) -> Finding:
    label = table().elements[element].label
    return Finding(
        "ich", element, f"ICH-{rule}", report.where(element), f"{element} ({label}) {sentence}",
        WARNING if warning else REJECTION,
    )  # fmt: skip


# -- What must agree within one report.


def _same_identifier(report: Part) -> Iterator[Finding]:
    outer, inner = report.text("N.2.r.1"), report.text("C.1.1")
    if outer and inner and outer != inner:
        yield _said(report, "SAME-ID", "N.2.r.1", f"is {outer!r}, but C.1.1 is {inner!r}; they are the same.")


def _same_creation(report: Part) -> Iterator[Finding]:
    outer, inner = report.text("N.2.r.4"), report.text("C.1.2")
    if outer and inner and outer != inner:
        yield _said(report, "SAME-TIME", "N.2.r.4", f"is {outer!r}, but C.1.2 is {inner!r}; they are the same.")


def _one_primary_source(report: Part) -> Iterator[Finding]:
    primary = [part for part in report.parts("source") if part.text("C.2.r.5") == "1"]
    for further in primary[1:]:
        yield _said(further, "PRIMARY-SOURCE", "C.2.r.5", "is 1 in more than one source; exactly one is primary.")
    if not primary:
        first = next(report.parts("source"), report)
        yield _said(first, "PRIMARY-SOURCE", "C.2.r.5", "is 1 in no source; exactly one is primary.")


def _a_source(report: Part) -> Iterator[Finding]:
    if not any(report.parts("source")):
        yield missing(table().elements["C.2.r.4"], _nothing("source", report))


def _nothing(scope: str, above: Part) -> Part:
    entry: Scope = table().scopes[scope]
    return Part(entry, 1, above, None)


def _a_suspected_drug(report: Part) -> Iterator[Finding]:
    roles = [part.text("G.k.1") for part in report.parts("drug")]
    if any(roles) and not SUSPECTED & set(roles):
        yield _said(
            next(report.parts("drug")), "SUSPECTED-DRUG", "G.k.1",
            "is suspect, interacting or not administered for no drug; at least one is.",
        )  # fmt: skip


def _one_dictionary_version(report: Part) -> Iterator[Finding]:
    first = ""
    for part in report.walk():
        for element in table().of_scope[part.scope.name]:
            if element.kind != "meddra_version" or not (version := part.text(element.id)):
                continue
            first = first or version
            if version != first:
                yield _said(part, "ONE-MEDDRA", element.id, f"is {version}, but {first} stands before it; use one.")


def _later_information(report: Part) -> Iterator[Finding]:
    first, recent = day_of(report.text("C.1.4")), day_of(report.text("C.1.5"))
    if first and recent and recent < first:
        yield _said(report, "ORDER", "C.1.5", f"is {recent}, before the first receipt (C.1.4) on {first}.")


def _fatal_is_serious(report: Part) -> Iterator[Finding]:
    for reaction in report.parts("reaction"):
        if reaction.text("E.i.7") == "5" and reaction.text("E.i.3.2a") != "true":
            yield _said(
                reaction, "FATAL", "E.i.3.2a", "is not true, though the outcome (E.i.7) is fatal; say in the "
                "narrative why.", warning=True,
            )  # fmt: skip


def _born_before(report: Part) -> Iterator[Finding]:
    for reaction in report.parts("reaction"):
        born, began = day_of(reaction.text("D.2.1")), day_of(reaction.text("E.i.4"))
        if born and began and born > began:
            yield _said(reaction, "ORDER", "E.i.4", f"is {began}, before the patient's birth (D.2.1) on {born}.")


def _assessed_reactions_exist(report: Part) -> Iterator[Finding]:
    known = {
        found.get("root", "")
        for part in report.parts("reaction")
        if part.node is not None and (found := part.node.find("{urn:hl7-org:v3}id")) is not None
    }
    for assessment in report.parts("assessment"):
        named = assessment.text("G.k.9.i.1")
        if named and named not in known:
            yield _said(assessment, "REACTION", "G.k.9.i.1", f"names {named!r}, which is no reaction of this report.")


_AGREEMENTS: Final[tuple[Callable[[Part], Iterator[Finding]], ...]] = (
    _same_identifier, _same_creation, _a_source, _one_primary_source, _a_suspected_drug, _one_dictionary_version,
    _later_information, _fatal_is_serious, _born_before, _assessed_reactions_exist,
)  # fmt: skip
