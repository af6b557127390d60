"""Several filings on one route: each after what it rests on, and all of them before anything leaves (edge case 35)."""

from collections.abc import Iterator

from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from regulatory.models import Filing, ProfileVersion
from regulatory.pathway import named
from regulatory.profiles.route import MAIN
from regulatory.requirements.common import SHIPPING
from regulatory.route import Stands, standing


@requirement(
    "RouteInOrder",
    "What this filing rests on has been granted",
    on=("regulatory.filing.submit",),
    satisfied_by="the authority that decides on the earlier filing",
    rule="the pathway's order of filings",
)
def route_in_order(situation: Situation) -> Iterator[Finding]:
    filing = situation.subject
    stands = {one.step.code: one for one in standing(situation.case)}
    own = stands.get(filing.step) if isinstance(filing, Filing) else None
    if own is None or not own.step.after:
        yield Finding(met=True, fact="It waits for no other filing.", code="RouteInOrder:none")
        return
    for code in own.step.after:
        earlier = stands[code]
        yield _finding(earlier, situation.case.profile_version, code=f"RouteInOrder:{code}", why=own.step.because)


@requirement(
    "RouteComplete",
    "Every filing of the route has been granted",
    on=SHIPPING,
    satisfied_by="the authority that decides on it",
    rule="the pathway's order of filings",
)
def route_complete(situation: Situation) -> Iterator[Finding]:
    """The pathway's own filing is judged by its gates: some supply first, and file afterwards."""
    beside = [one for one in standing(situation.case) if one.step.code != MAIN]
    if not beside:
        yield Finding(met=True, fact="No filing beside the pathway's own is needed.", code="RouteComplete:none")
    for one in beside:
        yield _finding(one, situation.case.profile_version, code=f"RouteComplete:{one.step.code}", why=one.step.because)


def _finding(one: Stands, version: ProfileVersion, *, code: str, why: str) -> Finding:
    of_it = f"{one.step.profile.key} {one.step.profile.version}"
    because = "" if one.is_given or not why else f" {why[:1].upper()}{why[1:]}."
    return Finding(
        met=one.is_given,
        fact=f"{one.step.title}: {one.told}.{because}",
        sentence=f"{one.step.title} has been granted",
        satisfied_by=one.step.authority or "the authority that decides on it: not known, ask",
        rule=f"{named(version) if of_it == str(version) else of_it}, derived order of filings",
        sources=tuple(part for part in (one.step.fact, one.filing.label if one.filing else "") if part),
        code=code,
        remedy=None if one.is_given else ("Open the filings", "tab:filings"),
    )
