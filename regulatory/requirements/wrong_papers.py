"""What a paper was part of, told before it is closed as another patient's."""

from collections.abc import Iterator

from cases.documents.models import Document
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from regulatory.wrong_papers import sent_with


@requirement(
    "SentWithThePaper",
    "It is known which filings went out with it",
    on=("documents.document.find_of_another_patient",),
    satisfied_by="the coordinating pharmacist, who tells the authority afterwards",
    rule="house rule R-21, version 1: told, not judged; a wrong paper is closed at once",
)
def sent_with_the_paper(situation: Situation) -> Iterator[Finding]:
    document = situation.record(Document)
    sent = sent_with(situation.case, document)
    for went in sent:
        yield Finding(
            met=True,
            fact=f"{went.filing.label} was submitted to {went.filing.authority} with it ({went.how}). "
            f"{situation.case.coordinator.display_name} has to tell the authority.",
            sources=(went.filing.label,),
            code=f"SentWithThePaper:{went.filing.label}",
        )
    if not sent:
        yield Finding(met=True, fact="No filing went out with it.", code="SentWithThePaper:none")
