"""The patient's name on papers: where the pathway forbids or requires it, a wrong paper is neither taken nor sent."""

from collections.abc import Iterator

from cases.documents.models import Document
from cases.documents.naming import FORBIDDEN, NameRule, answer_of, name_rule_of
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from regulatory.models import Filing
from regulatory.naming import name_rule_in
from regulatory.pack.enclosures import enclosures
from regulatory.pathway import profile_of
from regulatory.profiles import words

_SAYS = {
    FORBIDDEN: "The patient’s name must not stand on the {paper}.",
    "required": "The {paper} must name the patient.",
}
_REMEDY = {
    FORBIDDEN: "Reject it; have the name made unreadable, and the paper sent again.",
    "required": "Reject it, and ask for the one with the full name.",
}
_STANDS = {
    True: "The name stands on {label}.",
    False: "The name is not on {label}.",
    None: "Nobody said it of {label}.",
}


@requirement(
    "PaperNamesAsAllowed",
    "The paper names the patient as the pathway says",
    on=("documents.document.accept",),
    satisfied_by="whoever sent the paper",
    rule="the pathway's privacy rule",
)
def paper_names_as_allowed(situation: Situation) -> Finding:
    document = situation.record(Document)
    rule = name_rule_of(situation.case, document.doc_type)
    if rule is None:
        return Finding(met=True, fact="The pathway neither forbids nor requires the patient’s name on this paper.")
    return _finding(document, rule, situation.facts.get("names_patient"), remedy=_REMEDY[rule.says])


@requirement(
    "EnclosuresNameAsAllowed",
    "Every enclosed paper names the patient as the pathway says",
    on=("regulatory.filing.make_pack",),
    satisfied_by="whoever sent the paper",
    rule="the privacy rule of the pathway it is filed under",
)
def enclosures_name_as_allowed(situation: Situation) -> Iterator[Finding]:
    version = situation.record(Filing).profile_version
    ruled = [
        (paper, rule)
        for paper in enclosures(situation.case, profile_of(version))
        if (rule := name_rule_in(version, paper.doc_type)) is not None
    ]
    for paper, rule in ruled:
        remedy = "Send the right one as its new version."
        found = _finding(paper, rule, answer_of(paper), remedy=remedy, code=f"EnclosuresNameAsAllowed:{paper.label}")
        yield found
    if not ruled:
        yield Finding(met=True, fact="No rule on the patient’s name holds for a paper that is enclosed.")


def _finding(paper: Document, rule: NameRule, answer: bool | None, *, remedy: str, code: str = "") -> Finding:
    says = _SAYS[rule.says].format(paper=words.paper(paper.doc_type))
    is_broken = rule.is_broken_by(answer)
    stands = _STANDS[answer].format(label=paper.label)
    cited = f" [{', '.join(rule.sources)}]" if rule.sources else ""
    return Finding(
        met=None if answer is None else not is_broken,
        fact=f"{says} {stands}" + (f" {remedy}" if is_broken else ""),
        rule=f"{rule.named}, privacy rule{cited}, {rule.confidence} confidence",
        sources=(rule.fact, paper.label),
        code=code,
        remedy=_link(paper, answer, is_broken),
    )


def _link(paper: Document, answer: bool | None, is_broken: bool) -> tuple[str, str] | None:
    """Where it is put right: reject what waits, send what was accepted anew, or say what was never said."""
    if is_broken and paper.state == Document.State.SCANNED:
        return f"Reject {paper.label}", f"documents.document.reject/{paper.label}"
    if is_broken:
        return "Send the right one", f"upload:{paper.doc_type}"
    if answer is None and paper.state == Document.State.ACCEPTED:
        return "Say whether the name stands on it", f"documents.document.describe/{paper.label}"
    return None
