"""N, C and H: the batch, its messages, and the report around patient, reactions and drugs."""

from typing import Final

from lxml import etree

from pharmacovigilance.e2b.building.assessments import put_assessments
from pharmacovigilance.e2b.building.nodes import (
    boolean,
    code,
    coded_value,
    identifier,
    meddra,
    observed,
    put,
    said,
)  # fmt: skip
from pharmacovigilance.e2b.building.patient import put_patient
from pharmacovigilance.e2b.content import Address, Batch, Message, Null, Person, Report, Sender, Source
from pharmacovigilance.e2b.places import COUNTRIES, HL7, XSI
from pharmacovigilance.e2b.reading import BATCH

DRAFT: Final = "DRAFT, NOT FOR TRANSMISSION: a reaction of this message has no MedDRA code."
_INTERACTIONS: Final = "2.16.840.1.113883.1.6"


def build(batch: Batch) -> bytes:
    """The batch as XML in UTF-8; a draft says so in its first line and is marked as training, not production."""
    root = etree.Element(f"{{{HL7}}}{BATCH}", {"ITSVersion": "XML_1.0"}, nsmap={None: HL7, "xsi": XSI})
    identifier(root, 22, batch.number)
    put(root, "creationTime", value=batch.sent)
    put(root, "responseModeCode", code="D")
    put(root, "interactionId", root=_INTERACTIONS, extension=BATCH)
    code(root, "1", "1", "name")
    for message in batch.messages:
        _message(root, message)
    identifier(put(root, "receiver/device"), 14, batch.receiver)
    identifier(put(root, "sender/device"), 13, batch.sender)
    if batch.is_draft:
        root.insert(0, etree.Comment(f" {DRAFT} "))
    document: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return document


def _message(root: etree._Element, message: Message) -> None:
    report = message.report
    node = put(root, "PORR_IN049016UV")
    identifier(node, 1, report.identifier)
    put(node, "creationTime", value=report.created)
    put(node, "interactionId", root=_INTERACTIONS, extension="PORR_IN049016UV")
    put(node, "processingCode", code="P" if report.is_coded else "T")
    put(node, "processingModeCode", code="T")
    put(node, "acceptAckCode", code="AL")
    identifier(put(node, "receiver/device"), 12, message.receiver)
    identifier(put(node, "sender/device"), 11, message.sender)
    process = put(node, "controlActProcess")
    put(process, "code", code="PORR_TE049016UV", codeSystem="2.16.840.1.113883.1.18")
    put(process, "effectiveTime", value=report.created)
    _report(put(process, "subject:SUBJ/investigationEvent"), report)


def _report(event: etree._Element, report: Report) -> None:
    identifier(event, 1, report.identifier)
    identifier(event, 2, report.worldwide)
    put(event, "code", code="PAT_ADV_EVNT", codeSystem="2.16.840.1.113883.5.4")
    put(event, "text", report.narrative)
    put(event, "statusCode", code="active")
    put(event, "effectiveTime/low", value=report.first_received)
    put(event, "availabilityTime", value=report.most_recent)
    for title in report.documents:
        document = put(event, "reference/document")
        code(document, "1", "27")
        put(document, "title", title)
    for cited in report.literature:
        document = put(event, "reference/document")
        code(document, "2", "27")
        put(document, "bibliographicDesignationText", cited)
    assessment = put(event, "component/adverseEventAssessment")
    put_patient(assessment, report)
    put_assessments(assessment, report)
    _comments(assessment, report)
    boolean(observed(event, "component/observationEvent", "1"), bool(report.documents))
    boolean(observed(event, "component/observationEvent", "23"), report.expedited)
    if report.for_fda:
        local = observed(event, "component/observationEvent", "C54588", "N")
        coded_value(local, report.for_fda.local_criteria, "F1.1.1")
        boolean(observed(event, "component/observationEvent", "C156384", "N"), report.for_fda.combination_product)
    for summary in report.summaries:
        node = observed(event, "component/observationEvent", "36")
        put(node, "value", summary.text, type="ED", language=summary.language)
        code(put(node, "author/assignedEntity"), "2", "21")
    _relations(event, report)
    _sender(put(event, "subjectOf1:SUBJ/controlActEvent/author/assignedEntity"), report.sender)
    for other in report.others:
        put(event, "subjectOf1:SUBJ/controlActEvent")
        node = identifier(event[-1][0], 3, other.number)
        node.set("assigningAuthorityName", other.source)
    _characteristics(event, report)


def _relations(event: etree._Element, report: Report) -> None:
    first = put(event, "outboundRelationship:SPRT/relatedInvestigation")
    code(first, "1", "22")
    code(put(first, "subjectOf2:SUBJ/controlActEvent/author/assignedEntity"), report.first_sender, "3")
    for linked in report.linked:
        related = put(event, "outboundRelationship:SPRT/relatedInvestigation")
        put(related, "code", nullFlavor=Null.NOT_APPLICABLE.value)
        identifier(put(related, "subjectOf2:SUBJ/controlActEvent"), 2, linked)
    for source in report.sources:
        outer = put(event, "outboundRelationship:SPRT")
        if source.is_primary:
            put(outer, "priorityNumber", value="1")
        related = put(outer, "relatedInvestigation")
        code(related, "2", "22")
        _source(put(related, "subjectOf2:SUBJ/controlActEvent/author/assignedEntity"), source)


def _source(node: etree._Element, source: Source) -> None:
    _address(node, source.address)
    _telecom(node, "tel", source.telephone)
    _telecom(node, "mailto", source.email)
    person = put(node, "assignedPerson")
    _name(person, source.person)
    _qualification(person, source)
    if source.country is not None:
        _country(put(person, "asLocatedEntity"), source.country)
    _organisation(node, source.department, source.organisation)


def _qualification(person: etree._Element, source: Source) -> None:
    if isinstance(source.qualification, Null):
        put(person, "asQualifiedEntity/code", nullFlavor=source.qualification.value)
    elif source.qualification:
        code(put(person, "asQualifiedEntity"), source.qualification, "6")


def _country(located: etree._Element, country: str | Null) -> None:
    node = put(located, "location")
    node.set("classCode", "COUNTRY")
    node.set("determinerCode", "INSTANCE")
    if isinstance(country, Null):
        put(node, "code", nullFlavor=country.value)
    else:
        put(node, "code", code=country, codeSystem=COUNTRIES)


def _sender(node: etree._Element, sender: Sender) -> None:
    code(node, sender.kind, "7")
    _address(node, sender.address)
    _telecom(node, "tel", sender.telephone or None)
    _telecom(node, "fax", sender.fax or None)
    _telecom(node, "mailto", sender.email or None)
    if sender.person != Person() or sender.country:
        person = put(node, "assignedPerson")
        _name(person, sender.person)
        if sender.country:
            _country(put(person, "asLocatedEntity"), sender.country)
    _organisation(node, sender.department or None, sender.organisation or None)


def _name(parent: etree._Element, person: Person) -> None:
    if person == Person():
        return
    node = put(parent, "name")
    said(node, "prefix", person.title)
    said(node, "given", person.given)
    said(node, "given", person.middle)
    said(node, "family", person.family)


def _address(parent: etree._Element, address: Address) -> None:
    if address == Address():
        return
    node = put(parent, "addr")
    said(node, "streetAddressLine", address.street)
    said(node, "city", address.city)
    said(node, "state", address.state)
    said(node, "postalCode", address.postcode)


def _telecom(parent: etree._Element, scheme: str, value: str | Null | None) -> None:
    if isinstance(value, Null):
        put(parent, "telecom", nullFlavor=value.value, value=f"{scheme}:")
    elif value:
        put(parent, "telecom", value=f"{scheme}:{value}")


def _organisation(parent: etree._Element, department: str | Null | None, organisation: str | Null | None) -> None:
    if department is None and organisation is None:
        return
    outer = put(parent, "representedOrganization")
    said(outer, "name", department)
    if organisation is not None:
        said(put(outer, "assignedEntity/representedOrganization"), "name", organisation)


def _comments(assessment: etree._Element, report: Report) -> None:
    for words, author in ((report.reporter_comments, "3"), (report.sender_comments, "1")):
        if words:
            node = observed(assessment, "component1/observationEvent", "10")
            put(node, "value", words, type="ED")
            code(put(node, "author/assignedEntity"), author, "21")
    for term in report.diagnoses:
        node = observed(assessment, "component1/observationEvent", "15")
        meddra(node, "value", term, type="CE")
        code(put(node, "author/assignedEntity"), "1", "21")


def _characteristics(event: etree._Element, report: Report) -> None:
    path = "subjectOf2:SUBJ/investigationCharacteristic"
    coded_value(observed(event, path, "1", "23"), report.kind, "2")
    boolean(observed(event, path, "2", "23"), True if report.others else Null.NO_INFORMATION)
    if report.nullification:
        coded_value(observed(event, path, "3", "23"), report.nullification, "5")
    if report.nullification_reason:
        put(observed(event, path, "4", "23"), "value", type="CE")
        put(event[-1][0][-1], "originalText", report.nullification_reason)
