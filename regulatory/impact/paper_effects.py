"""What a change of papers, limits or the way of filing does to one case. Pure."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cases.deadlines.arithmetic import add_months
from regulatory.impact.harm import Effect
from regulatory.impact.standing import AHEAD, THERE, Standing
from regulatory.profiles import words
from regulatory.profiles.duty import NO_CONDITION_KNOWN
from regulatory.profiles.loader import Profile
from regulatory.profiles.papers import WITH_THE_SHIPMENT, Paper, papers

if TYPE_CHECKING:
    from regulatory.impact.change import RuleChange

# What else a version can change about filing, and what is said of it; the difference of the versions shows the rest.
THE_WAY = {
    "submission": "How it is filed changes",
    "applicants": "Who may file, sign or import changes",
    "eligibility": "Who is eligible changes",
    "control_model": "How the pathway works changes",
    "scope": "For whom the pathway is changes",
    "fees": "The fee changes",
    "authority": "The authority changes",
}


def of_papers(change: "RuleChange", standing: Standing) -> Iterator[Effect]:
    """Papers that become required, too old or no longer asked for, on the day the next filing is planned."""
    before, after = change.only_changed
    yield from _of_shipments(before, after, change, standing)
    if not standing.is_before_filing and not standing.ahead:
        yield Effect("later", "", "Papers change: they count for the next filing.", change.sections["documents"][0])
        return
    unsent = standing.unsent[0] if standing.unsent else None
    day = max(change.today, unsent.planned_on) if unsent and unsent.planned_on else change.today
    asked = dict(standing.conditions)
    was = {one.fact: one for one in papers(before, standing.documents, planned_on=day, conditions=asked)}
    record = unsent.label if unsent else ""
    now = papers(after, standing.documents, planned_on=day, conditions=asked)
    for paper in now:
        if paper.doc_type in WITH_THE_SHIPMENT and standing.shipments:
            continue
        yield from _of_paper(was.get(paper.fact), paper, record, change)
    kept = {paper.fact for paper in now}
    for fact, paper in was.items():
        if fact not in kept and paper.blocks:
            yield Effect("eased", record, f"The {words.paper(paper.doc_type)} is no longer asked for.", fact)


def _of_shipments(before: Profile, after: Profile, change: "RuleChange", standing: Standing) -> Iterator[Effect]:
    """Papers that travel: for what is planned on the day it leaves, for what is under way on the day it arrives."""
    asked = dict(standing.conditions)
    for shipment in standing.shipments:
        if shipment.where == THERE:
            continue
        ahead = shipment.where == AHEAD
        day = max(change.today, shipment.leaves_on if ahead else shipment.arrives_on)
        was = {one.fact: one for one in papers(before, standing.documents, planned_on=day, conditions=asked)}
        for paper in papers(after, standing.documents, planned_on=day, conditions=asked):
            if ahead and paper.doc_type in WITH_THE_SHIPMENT:
                yield from _of_paper(was.get(paper.fact), paper, shipment.label, change)
            elif not ahead and _lacks_at_customs(paper) and not _lacks_at_customs(was.get(paper.fact)):
                says = (
                    f"{shipment.label} is under way and arrives on {words.day(shipment.arrives_on)}; the "
                    f"{words.paper(paper.doc_type)} is asked for at customs. {paper.why}"
                )
                yield Effect("in_transit", shipment.label, says.strip(), paper.fact, day)


def _lacks_at_customs(paper: Paper | None) -> bool:
    return paper is not None and paper.need == "at_customs" and paper.met is not True


def _of_paper(was: Paper | None, now: Paper, record: str, change: "RuleChange") -> Iterator[Effect]:
    name = words.paper(now.doc_type)
    asked_before = was is not None and was.need in ("required", "conditional") and was.applies is not False
    asked_now = now.need in ("required", "conditional") and now.applies is not False
    if now.blocks and not (was is not None and was.blocks):
        head = f"The {name} is on file and would no longer do" if asked_before else f"The {name} becomes {_need(now)}"
        yield Effect("paper_missing", record, f"{head}. {now.why}".strip(), now.fact, change.today)
    elif asked_now and not asked_before:
        held = f"; {now.held} is on file" if now.held else ""
        yield Effect("later", record, f"The {name} becomes {_need(now)}{held}.", now.fact)
    elif asked_before and not asked_now:
        yield Effect("eased", record, f"The {name} is no longer asked for.", now.fact)


def _need(paper: Paper) -> str:
    if paper.condition == NO_CONDITION_KNOWN:
        return f"required under a condition that is {NO_CONDITION_KNOWN}"
    return f"required if {paper.condition}" if paper.need == "conditional" else "required"


def of_limits(change: "RuleChange", standing: Standing) -> Iterator[Effect]:
    """A limit that falls: compared with what is planned where both count days, else to be checked by a person."""
    for fact in change.sections.get("quantity_limits", ()):
        before, after = change.facts[fact]
        if after is None:
            yield Effect("eased", "", f"The limit of {_limit(before or {})} no longer stands.", fact)
            continue
        said = f"The limit becomes {_limit(after)}" + (f" instead of {_limit(before)}" if before else "")
        most = _days(after, change)
        over = [one for one in standing.ahead if most is not None and one.days_of_therapy > most]
        for shipment in over:
            says = f"{said}; {shipment.label} is planned for {shipment.days_of_therapy} days of therapy."
            yield Effect("limit_exceeded", shipment.label, says, fact, shipment.leaves_on)
        if over:
            continue
        planned = [*(one.label for one in standing.unsent), *(one.label for one in standing.ahead)]
        if _falls(before, after) and planned and most is None:
            says = f"{said}: check {', '.join(planned)}."
            yield Effect("limit_check", planned[0], says, fact, change.today)
        else:
            yield Effect("later", "", f"{said}.", fact)


def _falls(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> bool:
    if before is None or before.get("amount") is None:
        return True
    same = all(before.get(name) == after.get(name) for name in ("unit", "per", "basis_of_limit"))
    return not same or (after.get("amount") is not None and after["amount"] < before["amount"])


def _limit(fact: Mapping[str, Any]) -> str:
    amount = "an amount that is not stated" if fact.get("amount") is None else f"{fact['amount']} {_unit(fact)}"
    return f"{amount} for each {words.spaced(str(fact.get('per')))}"


def _unit(fact: Mapping[str, Any]) -> str:
    unit = words.spaced(str(fact.get("unit")))
    counted = unit in ("calendar day", "working day", "week", "month", "year", "course")
    return unit + ("s" if counted and fact.get("amount") != 1 else "")


def _days(fact: Mapping[str, Any], change: "RuleChange") -> int | None:
    """A limit in days of therapy; None where it counts anything else."""
    if fact.get("basis_of_limit") != "days_of_therapy" or fact.get("amount") is None:
        return None
    amount, unit = int(fact["amount"]), fact["unit"]
    if unit in ("month", "year"):
        return (add_months(change.today, amount * (12 if unit == "year" else 1)) - change.today).days
    if unit in ("calendar_day", "week"):
        return timedelta(days=amount * (7 if unit == "week" else 1)).days
    return None


def of_the_way(change: "RuleChange", standing: Standing) -> Iterator[Effect]:
    """How, by whom and for whom is filed: to be read by whoever prepares a filing."""
    for section, said in THE_WAY.items():
        facts = change.sections.get(section)
        if not facts:
            continue
        if standing.is_before_filing:
            record = standing.unsent[0].label if standing.unsent else ""
            yield Effect("read", record, f"{said}; read it before the filing goes out.", facts[0], change.today)
        else:
            yield Effect("later", "", f"{said}: it counts for the next filing.", facts[0])
