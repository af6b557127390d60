"""The route of one case: which filings it needs, in which order, and how each of them stands."""

from dataclasses import dataclass

from cases.documents.models import Document
from cases.lifecycle.readings import once_a_checklist
from cases.models import Case
from regulatory.conditions import conditions_of
from regulatory.exports import export_version
from regulatory.models import Authorization, Filing, ProfileVersion
from regulatory.pathway import profile_of
from regulatory.profiles.route import MAIN, RouteFiling, route_of
from regulatory.stages import filed_and_awaited

GIVEN = (Filing.State.GRANTED, Filing.State.NO_OBJECTION)
OUT = (Filing.State.SUBMITTED, Filing.State.ACKNOWLEDGED, Filing.State.QUESTION, Filing.State.ANSWERED)


@dataclass(frozen=True, slots=True)
class Stands:
    """One filing of the route: the record of it, or the paper that shows it; neither where nothing came yet.

    Of several records the one that gave leave is meant, else the newest: a renewal being prepared takes nothing away.
    """

    step: RouteFiling
    filing: Filing | None
    paper: Document | None
    is_given: bool

    @property
    def told(self) -> str:
        """How it stands, in a few words."""
        if self.filing is None:
            return f"{self.paper.label} is on file" if self.paper is not None else "not filed yet"
        ended = [one for one in self.filing.authorizations.all() if one.state != Authorization.State.IN_FORCE]
        if self.filing.state in GIVEN and ended and not self.is_given:
            return f"{ended[-1].label} of {self.filing.label} is {ended[-1].get_state_display()}"
        return f"{self.filing.label} is {self.filing.get_state_display()}"


def route(case: Case) -> tuple[RouteFiling, ...]:
    """Every filing that the case needs, in its order."""
    leaving = export_version(case)
    return route_of(
        profile_of(case.profile_version),
        profile_of(leaving) if leaving is not None else None,
        conditions=conditions_of(case),
        files=filed_and_awaited(case)[0],
    )


@once_a_checklist
def standing(case: Case) -> list[Stands]:
    """The route with the newest filing or the accepted paper of each step; a filing that was withdrawn is none."""
    steps = route(case)
    rows = case.filings.exclude(state=Filing.State.WITHDRAWN).exclude(kind=Filing.Kind.REPORT)
    filings = list(rows.prefetch_related("authorizations").order_by("number"))
    wanted = [step.paper for step in steps if step.paper]
    held = case.documents.filter(state=Document.State.ACCEPTED, doc_type__in=wanted).order_by("number")
    papers = {paper.doc_type: paper for paper in held}
    told = GIVEN if filed_and_awaited(case)[1] else (*GIVEN, *OUT)
    return [
        _stands(step, [one for one in filings if one.step == step.code], papers.get(step.paper), told) for step in steps
    ]


def _stands(step: RouteFiling, filings: list[Filing], paper: Document | None, told: tuple[str, ...]) -> Stands:
    """Granted or not objected to and still in force; where the pathway awaits no answer, submitted is enough."""
    enough = told if step.code == MAIN else GIVEN
    giving = [one for one in filings if one.state in enough and not _is_over(one)]
    newest = filings[-1] if filings else None
    return Stands(step, giving[-1] if giving else newest, paper, bool(giving) or paper is not None)


def _is_over(filing: Filing) -> bool:
    """Whether everything that it brought has been stopped or has ended."""
    states = [one.state for one in filing.authorizations.all()]
    return bool(states) and Authorization.State.IN_FORCE not in states


def version_of(case: Case, code: str) -> ProfileVersion:
    """The version by whose rules a filing of that step is made: the export's own for a step of the export."""
    leaving = export_version(case)
    step = next((one for one in route(case) if one.code == code), None)
    if step is not None and code != MAIN and leaving is not None and step.profile.key == leaving.profile_key:
        return leaving
    return case.profile_version
