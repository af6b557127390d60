"""G.k.1 and G.k.9.i: the role of each drug, and how each reaction was judged against it."""

from lxml import etree

from pharmacovigilance.e2b.building.nodes import coded_value, observed, put
from pharmacovigilance.e2b.building.patient import drug_id, reaction_id
from pharmacovigilance.e2b.content import Report


def put_assessments(assessment: etree._Element, report: Report) -> None:
    """First every role, then every judgement, as the drugs stand in the report."""
    for number, drug in enumerate(report.drugs):
        role = observed(assessment, "component/causalityAssessment", "20")
        coded_value(role, drug.role, "13")
        put(role, "subject2:SUBJ/productUseReference/id", root=drug_id(report, number))
    for number, drug in enumerate(report.drugs):
        for relation in drug.relations:
            node = observed(assessment, "component/causalityAssessment", "39")
            put(node, "value", relation.result, type="ST")
            put(node, "methodCode/originalText", relation.method)
            put(node, "author/assignedEntity/code/originalText", relation.source)
            put(
                node, "subject1:SUBJ/adverseEffectReference/id", root=reaction_id(report, relation.reaction)
            )  # fmt: skip
            put(node, "subject2:SUBJ/productUseReference/id", root=drug_id(report, number))
