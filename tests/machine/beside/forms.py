"""Forms of many notifications and reports of many supplies are made, sent, sent again and withdrawn."""

from datetime import timedelta
from typing import Any

from cases.models import Case
from regulatory.collective.gather import waiting_filings
from regulatory.collective.models import CollectivePaper
from regulatory.collective.services import make_form, make_report, send, withdraw
from regulatory.collective.specs import specs
from regulatory.models import Filing
from tests.machine.beside.bench import Act, Bench
from tests.machine.remedies import REVIEWED, Wish

FORM, REPORT = specs()["uk_notification_form"], specs()["au_supply_report"]
# What a filing needs before it may be sent, in a form or by itself.
READIES = [Wish("regulatory.filing.open", facts={"quantity": "4"}), Wish("regulatory.filing.make_ready")]


def fill_form(bench: Bench) -> Any:
    """Some filings that wait, and now and then one that does not; without any, somebody is to make one ready."""
    waiting = waiting_filings(FORM, bench.world.house.pharmacy)
    if not waiting:
        _hope(bench, [case for case in bench.cases_in_sight() if _files(case)], READIES)
        return None
    chosen = bench.rng.sample(waiting, bench.rng.randint(1, min(3, len(waiting))))
    if bench.rng.random() < 0.15:
        chosen.append(bench.one(Filing.objects.exclude(state="ready")))
    return make_form(FORM, chosen, by=bench.clerk, now=bench.now)


def fill_report(bench: Bench) -> Any:
    """Of a period of the last two years, or of the one that has not ended."""
    day = bench.now.date() - timedelta(days=bench.rng.choice((0, 180, 180, 360, 540, 720)))
    return make_report(REPORT, day, pack_sizes={}, by=bench.clerk, now=bench.now)


def send_paper(*states: str) -> Act:
    """What stands so goes out; without states anything, to be refused mostly."""

    def act(bench: Bench) -> Any:
        rows = CollectivePaper.objects.filter(state__in=states) if states else CollectivePaper.objects.all()
        paper = bench.one(rows)
        if paper is None:
            return None
        ready = [line.case for line in paper.lines.filter(filing__state="ready").select_related("case").order_by("pk")]
        _hope(bench, [case for case in ready if case in bench.cases_in_sight()], REVIEWED)
        at = bench.now - bench.rng.choice((timedelta(), timedelta(), timedelta(minutes=1), timedelta(days=-1)))
        how = bench.rng.choice(("Mail of this morning.",) * 6 + (" ",))
        return send(paper, at=at, how=how, party="Northway Imports", by=bench.clerk, now=bench.now)

    return act


def withdraw_paper(*states: str) -> Act:
    """What stands so is not sent after all."""

    def act(bench: Bench) -> Any:
        rows = CollectivePaper.objects.filter(state__in=states) if states else CollectivePaper.objects.all()
        paper, reason = bench.one(rows), bench.rng.choice(("A line was wrong.", "A line was wrong.", ""))
        return paper and withdraw(paper, reason=reason, by=bench.clerk, now=bench.now)

    return act


def _files(case: Case) -> bool:
    return case.profile_version.profile_key in FORM.profiles


def _hope(bench: Bench, cases: list[Case], wishes: list[Wish]) -> None:
    if cases:
        bench.hopes.append((bench.rng.choice(cases), wishes))


ACTS: dict[str, Act] = {
    "a form is made": fill_form,
    "a report is made": fill_report,
    "a form or report is sent": send_paper("made"),
    "any form or report is sent": send_paper(),
    "a form or report is withdrawn": withdraw_paper("made"),
    "any form or report is withdrawn": withdraw_paper(),
}
