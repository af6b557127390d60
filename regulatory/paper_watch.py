"""Papers that are good today and too old on the day a filing is planned for: asked for again in time (edge case 37)."""

from collections.abc import Iterator
from datetime import timedelta

from cases.deadlines.dates import Promise
from cases.deadlines.models import Force
from cases.deadlines.services import Ball
from regulatory.models import Filing
from regulatory.pathway import local_day, zone_name
from regulatory.profiles import words
from regulatory.profiles.papers import papers
from regulatory.profiles.route import MAIN
from regulatory.records import Records, Wanted

ASKED_AGAIN_BEFORE = timedelta(days=14)
PREPARED = (Filing.State.PREPARING, Filing.State.READY)


def of_papers(records: Records) -> Iterator[Wanted]:
    """A date for each such paper of each filing that is being prepared; it ends with a newer paper or another day."""
    today, zone = local_day(records.profile, records.now), zone_name(records.profile)
    for filing in records.filings:
        planned_on = filing.planned_on
        if filing.step != MAIN or filing.state not in PREPARED or planned_on is None or planned_on <= today:
            continue
        judged = papers(records.profile, records.papers, planned_on=planned_on, conditions=records.conditions)
        for paper in judged:
            if paper.met is not False or paper.usable_until is None or paper.applies is False:
                continue
            because = (
                f"{ASKED_AGAIN_BEFORE.days} days before {filing.label} is to be filed; {paper.held} can be used until "
                f"{words.day(paper.usable_until)}; house rule R-13, version 1"
            )
            yield Wanted(
                key=f"regulatory.paper_again:{filing.label}:{paper.fact}",
                kind="regulatory.paper_again",
                label=f"New {words.paper(paper.doc_type)} for {filing.label}: {paper.held} is too old by then",
                due=Promise(planned_on - ASKED_AGAIN_BEFORE, zone, because),
                ball=Ball(user=records.case.coordinator_id),
                subject=filing.label,
                fact=paper.fact,
                force=Force.HOUSE_TARGET,
            )
