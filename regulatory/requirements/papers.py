"""Papers of the pathway: one line each, judged on the day they are needed; and limits of quantity that it states."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any

from cases.custody.models import Consignment
from cases.deadlines.arithmetic import add_months
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from regulatory.facts import facts_for
from regulatory.models import Filing
from regulatory.pathway import limit_statement, local_day, profile_of, rule_named
from regulatory.profiles import words
from regulatory.profiles.papers import AFTER_THE_SUPPLY, WITH_THE_SHIPMENT, Paper, papers
from regulatory.requirements.common import SHIPPING

FILING = ("regulatory.filing.make_ready", "regulatory.filing.submit")


@requirement(
    "PapersComplete",
    "Every required paper is there, accepted and in date",
    on=(*FILING, *SHIPPING),
    satisfied_by="whoever owes the paper",
    rule="the pathway's papers",
)
def papers_complete(situation: Situation) -> Iterator[Finding]:
    version = situation.case.profile_version
    profile = profile_of(version)
    shipping = situation.verb.code in SHIPPING
    consignment = situation.subject if isinstance(situation.subject, Consignment) else None
    facts = facts_for(situation, consignment=consignment)
    day = _day(situation)
    judged = papers(profile, facts.documents, planned_on=day, conditions=facts.conditions)
    asked = [paper for paper in judged if _belongs(paper, shipping=shipping)]
    for paper in asked:
        yield Finding(
            met=paper.met if paper.met is True else (None if paper.met is None else False),
            fact=_fact(paper, day),
            sentence=f"{words.capital(words.paper(paper.doc_type))} is on file for {words.day(day)}",
            satisfied_by=words.role(paper.owner),
            rule=f"{rule_named(version, f'document {words.spaced(paper.doc_type)}', paper.sources)}, "
            f"{paper.confidence} confidence",
            sources=(paper.fact, paper.held) if paper.held else (paper.fact,),
            code=f"PapersComplete:{paper.fact}",
            remedy=_remedy(paper),
        )
    if not asked:
        yield Finding(
            met=True,
            fact="The pathway asks for no paper at this step.",
            rule=rule_named(version, "documents"),
            code="PapersComplete:none",
        )


def _belongs(paper: Paper, *, shipping: bool) -> bool:
    """Whether the paper is asked for at this step: required, or under a condition that nobody answered with no."""
    if paper.need not in ("required", "conditional") or paper.applies is False or paper.doc_type in AFTER_THE_SUPPLY:
        return False
    return (paper.doc_type in WITH_THE_SHIPMENT) is shipping


def _fact(paper: Paper, day: date) -> str:
    condition = f"Asked for under the condition “{paper.condition}”. " if paper.need == "conditional" else ""
    unanswered = "Nobody has answered whether it applies. " if paper.applies is None else ""
    until = f"It can be used until {words.day(paper.usable_until)}." if paper.usable_until else ""
    held = f"{paper.held} is accepted. " if paper.met and paper.held else ""
    return f"{condition}{unanswered}{held or paper.why + ' '}{until}".strip()


def _remedy(paper: Paper) -> tuple[str, str]:
    if paper.applies is None:
        return "Answer the condition", "regulatory.condition.answer"
    if paper.held:
        return "Open the documents", "tab:documents"
    return f"Send the {words.paper(paper.doc_type)}", f"upload:{paper.doc_type}"


def _day(situation: Situation) -> date:
    """A paper ages while the case waits: it is judged on the planned day, never on the day of upload."""
    today = local_day(profile_of(situation.case.profile_version), situation.now)
    subject = situation.subject
    if isinstance(subject, Filing) and situation.verb.code == "regulatory.filing.submit":
        happened = situation.facts.get("happened_at")
        return local_day(profile_of(situation.case.profile_version), happened) if happened else today
    planned = situation.facts.get("planned_on") or (subject.planned_on if isinstance(subject, Filing) else None)
    if isinstance(subject, Consignment):
        planned = situation.facts.get("planned_dispatch_on") or subject.planned_dispatch_on
    return max(planned, today) if planned else today


@requirement(
    "QuantityLimit",
    "The supply keeps within the quantity that the pathway allows",
    on=("custody.consignment.release",),
    satisfied_by="the coordinating pharmacy, by asking the authority and attesting the answer",
    rule="the pathway's limits of quantity",
    overridable=True,
)
def quantity_limit(situation: Situation) -> Iterable[Finding]:
    version = situation.case.profile_version
    profile = profile_of(version)
    limits = profile.section("quantity_limits")
    consignment = situation.subject
    if not limits or not isinstance(consignment, Consignment):
        fact = "The pathway states no limit of its own."
        return [Finding(met=True, fact=fact, rule=rule_named(version, "quantity limits"), overridable=False)]
    attested = set(situation.case.attestations.values_list("statement", flat=True))
    return [_limit(limit, consignment, situation, attested) for limit in limits]


def _limit(limit: Mapping[str, Any], consignment: Consignment, situation: Situation, attested: set[str]) -> Finding:
    version = situation.case.profile_version
    cited = rule_named(version, "quantity limit", tuple(limit["source"]))
    found = partial(
        Finding,
        code=f"QuantityLimit:{limit['id']}",
        rule=f"{cited}, {limit['confidence']} confidence",
        sources=(str(limit["id"]),),
    )
    amount, unit = limit["amount"], str(limit["unit"])
    if amount is None and unit in ("per_letter", "per_prescription"):
        source = "authority's letter" if unit == "per_letter" else "prescription"
        return found(met=True, fact=f"The {source} sets the quantity.", overridable=False)
    if limit["basis_of_limit"] == "days_of_therapy" and amount and (most := _days(situation, amount, unit)):
        taken = consignment.days_of_therapy
        return found(
            met=taken <= most,
            fact=f"{consignment.label} holds {taken} days of therapy; {amount} {words.spaced(unit)} ({most} days) per "
            f"{words.spaced(str(limit['per']))} are allowed.",
            overridable=bool(limit.get("override")),
        )
    statement = limit_statement(limit)
    if statement in attested:
        return found(met=True, fact=f"Attested: {statement}.", overridable=False)
    return found(
        met=None,
        fact=f"Not known: {statement}. It cannot be compared with {consignment.label} here; ask the authority.",
        overridable=True,
        remedy=("Attest", "regulatory.attestation.sign"),
    )


def _days(situation: Situation, amount: int, unit: str) -> int | None:
    if unit in ("calendar_day", "week"):
        return amount * (7 if unit == "week" else 1)
    if unit in ("month", "year"):
        today = situation.now.date()
        return (add_months(today, amount * (12 if unit == "year" else 1)) - today).days
    return None
