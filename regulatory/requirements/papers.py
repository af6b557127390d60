"""Papers of the pathway: one line each, judged on the day they are needed; and limits of quantity that it states."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from cases.custody.consignment_papers import OF_A_CONSIGNMENT, not_its_own
from cases.custody.models import Consignment
from cases.deadlines.arithmetic import add_months
from cases.documents.models import DocumentSlot
from cases.documents.translations import why_stale
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from cases.models import Case
from regulatory.exports import export_version
from regulatory.facts import facts_for
from regulatory.models import Filing, ProfileVersion
from regulatory.pathway import limit_statement, local_day, profile_of, rule_named
from regulatory.profiles import words
from regulatory.profiles.duty import NO_CONDITION_KNOWN
from regulatory.profiles.papers import AFTER_THE_SUPPLY, WITH_THE_SHIPMENT, Paper, papers
from regulatory.profiles.route import MAIN
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
    subject, version = situation.subject, situation.case.profile_version
    # A filing beside the pathway's own has the papers of its own pathway; where it has none of its own, none are named.
    is_beside = isinstance(subject, Filing) and subject.step != MAIN
    if isinstance(subject, Filing) and is_beside:
        version = subject.profile_version
    named = not is_beside or version != situation.case.profile_version
    shipping = situation.verb.code in SHIPPING
    facts = facts_for(situation, consignment=subject if isinstance(subject, Consignment) else None)
    day = _day(situation)
    judged = papers(profile_of(version), facts.documents, planned_on=day, conditions=facts.conditions)
    asked = [paper for paper in judged if named and _belongs(paper, shipping=shipping)]
    if named and not shipping:
        yield from (_told(paper, version) for paper in judged if paper.need in NOT_SENT)
    if situation.verb.code == "custody.consignment.dispatch":
        arrives: date = getattr(subject, "planned_arrival_on", day)
        there = max(day, arrives)
        at_border = papers(profile_of(version), facts.documents, planned_on=there, conditions=facts.conditions)
        asked += [paper for paper in at_border if paper.need == "at_customs"]
    for paper in asked:
        yield _with_whose(_of_paper(paper, day, version, "PapersComplete"), paper, subject)
    awaited = [] if shipping else list(_translations_awaited(situation.case))
    yield from awaited
    if not asked and not awaited:
        yield Finding(
            met=True,
            fact="The pathway asks for no paper at this step.",
            rule=rule_named(version, "documents"),
            code="PapersComplete:none",
        )


def _translations_awaited(case: Case) -> Iterator[Finding]:
    """Stale translations that were asked for anew: an authority would read two papers that do not agree.

    Whoever knows that the new version needs no translation withdraws the request, with the reason.
    """
    asked = case.document_slots.filter(state=DocumentSlot.State.OPEN, renews__isnull=False).order_by("number")
    for slot in asked.select_related("renews__translates", "asked_of"):
        if slot.renews is None or not (told := why_stale(slot.renews)):
            continue
        yield Finding(
            met=False,
            fact=f"{told} {slot.label} asks for it anew; withdraw {slot.label} if the new version needs none.",
            sentence=f"The translation {slot.renews.label} is of the version that stands",
            satisfied_by=slot.asked_of.display_name,
            rule="house rule R-19, version 1: a translation counts for the version it was made from",
            sources=(slot.renews.label, slot.label),
            code=f"PapersComplete:{slot.renews.label}",
            remedy=("Open the documents", "tab:documents"),
        )


@requirement(
    "ExportPapersComplete",
    "Every paper that the country of origin asks for is there",
    on=("custody.consignment.dispatch",),
    satisfied_by="whoever owes the paper",
    rule="the export pathway's papers",
)
def export_papers_complete(situation: Situation) -> Iterator[Finding]:
    """Asked when it leaves: the air waybill and the invoice are made for the flight."""
    version, consignment = export_version(situation.case), situation.subject
    if version is None or not isinstance(consignment, Consignment):
        yield Finding(met=True, fact="Without a signed export pathway nothing leaves at all; see there.")
        return
    facts = facts_for(situation, consignment=consignment)
    day = local_day(profile_of(version), situation.facts.get("dispatched_at") or situation.now)
    for paper in papers(profile_of(version), facts.documents, planned_on=day, conditions=facts.conditions):
        if _is_asked(paper):
            yield _with_whose(_of_paper(paper, day, version, "ExportPapersComplete"), paper, consignment)


# Papers of which nothing is sent with a filing: told, each in its own way, and no reason against it.
NOT_SENT = {
    "held_locally": "{who} holds it; it is not sent.",
    "on_request": "Sent only when the authority asks for it.",
    "not_required": "Not part of this filing.",
}


def _told(paper: Paper, version: ProfileVersion) -> Finding:
    """A paper that no filing waits for, and where it is."""
    held = f" {paper.held} is on file here." if paper.held else ""
    return Finding(
        met=True,
        fact=NOT_SENT[paper.need].format(who=words.capital(words.role(paper.owner))) + held,
        sentence=f"{words.capital(words.paper(paper.doc_type))}: {words.spaced(paper.need)}",
        satisfied_by=words.role(paper.owner),
        rule=f"{rule_named(version, f'document {words.spaced(paper.doc_type)}', paper.sources)}, "
        f"{paper.confidence} confidence",
        sources=(paper.fact,),
        code=f"PapersComplete:{paper.fact}",
    )


# What a paper must say, or must not say, of the patient (facts, section 6, rule 17).
NAMING = {
    "forbidden": " The patient’s name must not stand on it.",
    "required": " It must name the patient.",
    "not_asked": " It asks for initials, not for the name.",
}


def _belongs(paper: Paper, *, shipping: bool) -> bool:
    """Whether the paper is asked for at this step: required, or under a condition that nobody answered with no."""
    return _is_asked(paper) and (paper.doc_type in WITH_THE_SHIPMENT) is shipping


def _is_asked(paper: Paper) -> bool:
    asked = paper.need in ("required", "conditional") and paper.applies is not False
    return asked and paper.doc_type not in AFTER_THE_SUPPLY


def _of_paper(paper: Paper, day: date, version: ProfileVersion, code: str) -> Finding:
    return Finding(
        met=paper.met,
        fact=_fact(paper, day),
        sentence=f"{words.capital(words.paper(paper.doc_type))} is on file for {words.day(day)}",
        satisfied_by=words.role(paper.owner),
        rule=f"{rule_named(version, f'document {words.spaced(paper.doc_type)}', paper.sources)}, "
        f"{paper.confidence} confidence",
        sources=(paper.fact, paper.held) if paper.held else (paper.fact,),
        code=f"{code}:{paper.fact}",
        remedy=_remedy(paper),
    )


def _with_whose(found: Finding, paper: Paper, subject: object) -> Finding:
    """Where such papers are on file and do not count for this consignment, why not; the remedy is to say whose."""
    if found.met is True or not isinstance(subject, Consignment) or paper.doc_type not in OF_A_CONSIGNMENT:
        return found
    why = [words for kind, words in not_its_own(subject).values() if kind == paper.doc_type]
    if not why:
        return found
    asked = any(words.startswith("Nobody has said") for words in why)
    remedy = (
        ("Say which paper is for it", f"custody.consignment.claim_paper/{subject.label}") if asked else found.remedy
    )
    return replace(found, met=None if asked else found.met, fact=" ".join([found.fact, *why]), remedy=remedy)


def _fact(paper: Paper, day: date) -> str:
    condition = f"Asked for under the condition “{paper.condition}”. " if paper.need == "conditional" else ""
    if paper.condition == NO_CONDITION_KNOWN:
        condition = f"Asked for under a condition that is {NO_CONDITION_KNOWN}. "
    unanswered = "Nobody has answered whether it applies. " if paper.applies is None else ""
    until = f"It can be used until {words.day(paper.usable_until)}." if paper.usable_until else ""
    held = f"{paper.held} is accepted. " if paper.met and paper.held else ""
    naming = NAMING.get(paper.patient_name or "", "")
    customs = "Shown at customs. " if paper.need == "at_customs" else ""
    return f"{customs}{condition}{unanswered}{held or paper.why + ' '}{until}".strip() + naming


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
