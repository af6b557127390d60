"""Making, sending and withdrawing what is filed for many cases at once. Each deed is whole, or nothing changes."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Max

from cases.audit.context import acting
from cases.deadlines.models import Deadline
from cases.documents.media import SHEET
from cases.documents.services import store_written
from cases.lifecycle.checklist import Checked
from cases.lifecycle.engine import advance
from cases.lifecycle.errors import NotPossible, Refused, RequirementsUnmet
from cases.people.models import Pharmacy, User
from cases.people.roles import PHARMACISTS
from regulatory.collective.gather import (
    OPEN,
    REPORTED,
    Line,
    line_of_filing,
    period_end_of,
    summed,
    supplies,
    waiting_filings,
)
from regulatory.collective.models import CollectiveLine, CollectivePaper
from regulatory.collective.sheet import write_sheet
from regulatory.collective.specs import Spec
from regulatory.deeds import Deeds, permit, refuse_unmet
from regulatory.models import Filing
from regulatory.standing_reports import of_an_authorization

DEEDS = Deeds(
    satisfied_by="a pharmacist", rule="house rule R-15, version 1: nothing blank, nothing twice, nothing cut short"
)
NOTHING = "nothing supplied"


def make_form(spec: Spec, filings: Sequence[Filing], *, by: User, now: datetime) -> CollectivePaper:
    """One form with a line for each of these filings.

    :raises NotPermitted, NotPossible, RequirementsUnmet: with every line and cell that stands in the way.
    """
    permit(by, PHARMACISTS, "make a form for an authority")
    pharmacy = _pharmacy(by)
    with acting(by=by, verb="regulatory.collective.made", business_at=now):
        _take_turns(pharmacy)
        free = {filing.pk for filing in waiting_filings(spec, pharmacy)}
        chosen = [filing for filing in filings if filing.pk in free]
        gone = [filing for filing in filings if filing.pk not in free]
        if gone:
            named = ", ".join(f"{filing.case.reference} {filing.label}" for filing in gone)
            raise NotPossible(f"No longer ready, or in another form: {named}. Nothing was made. Read the list again.")
        if not chosen:
            raise NotPossible("No filing was chosen. Nothing was made. Tick at least one.")
        lines = [line_of_filing(filing) for filing in chosen]
        return _made(spec, pharmacy, lines, [dict(line.cells) for line in lines], None, by, now)


def make_report(spec: Spec, day: date, *, pack_sizes: Mapping[str, str], by: User, now: datetime) -> CollectivePaper:
    """The report of the period in which the day lies.

    :param pack_sizes: by product code, as it stands on the carton, for a report that asks for it.
    :raises NotPermitted, NotPossible, RequirementsUnmet: the period has not ended, was reported, or a cell is empty.
    """
    permit(by, PHARMACISTS, "make a report for an authority")
    pharmacy = _pharmacy(by)
    first, last = spec.period_of(day)
    if last >= now.astimezone(spec.tzinfo).date():
        raise NotPossible(
            f"The period ends on {last:%-d %b %Y}: its report can be made the day after. Nothing was made."
        )
    with acting(by=by, verb="regulatory.collective.made", business_at=now):
        _take_turns(pharmacy)
        lines = [_with_pack_size(line, pack_sizes) for line in supplies(spec, pharmacy, first, last)]
        return _made(spec, pharmacy, lines, summed(spec, lines), (first, last), by, now)


def _with_pack_size(line: Line, pack_sizes: Mapping[str, str]) -> Line:
    told = pack_sizes.get(line.cells["product_code"], "").strip()
    return replace(line, cells={**line.cells, "pack_size": told})


def _made(
    spec: Spec,
    pharmacy: Pharmacy,
    lines: Sequence[Line],
    rows: Sequence[Mapping[str, str]],
    period: tuple[date, date] | None,
    by: User,
    now: datetime,
) -> CollectivePaper:
    names = [name for name, _ in spec.columns]
    refuse_unmet("The spreadsheet was not made", list(_checks(spec, lines)))
    cells = [[row.get(name, "") for name in names] for row in rows] or [[NOTHING, *("" for _ in names[1:])]]
    content = write_sheet(spec.title, [head for _, head in spec.columns], cells, made_at=now)
    last = CollectivePaper.objects.filter(pharmacy=pharmacy).aggregate(last=Max("number"))["last"] or 0
    try:
        with transaction.atomic():
            paper = CollectivePaper.objects.create(
                pharmacy=pharmacy,
                number=last + 1,
                spec=spec.code,
                period_from=period[0] if period else None,
                period_to=period[1] if period else None,
                content=content,
                sha256=hashlib.sha256(content).hexdigest(),
                made_by=by,
                made_at=now,
            )
    except IntegrityError as twice:
        raise NotPossible("This period has its report already. Nothing was made. Open that one.") from twice
    CollectiveLine.objects.bulk_create(
        CollectiveLine(
            paper=paper, case=line.case, filing=line.filing, consignment=line.consignment, reference=line.reference,
            cells={name: line.cells.get(name, "") for name in names},
        )
        for line in lines
    )  # fmt: skip
    return paper


def _checks(spec: Spec, lines: Sequence[Line]) -> Iterator[Checked]:
    """One finding for each cell that is empty or too long, by line."""
    for line in lines:
        for name, head in spec.columns:
            text, longest = line.cells.get(name, ""), spec.longest.get(name)
            if not text:
                yield DEEDS.check(
                    f"CellFilled:{line.reference}:{name}",
                    f"{line.reference}: {head} is known",
                    False,
                    f"{head} is empty.",
                )
            elif longest is not None and len(text) > longest:
                yield DEEDS.check(
                    f"CellFits:{line.reference}:{name}",
                    f"{line.reference}: {head} has at most {longest} characters",
                    False,
                    f"“{text}” has {len(text)}.",
                )


def send(paper: CollectivePaper, *, at: datetime, how: str, party: str, by: User, now: datetime) -> CollectivePaper:
    """Record that it went out; each filing in it is submitted, each case's duty for the period is met, or nothing is.

    :param how: what shows it: the mail with its hour, the portal's confirmation.
    :param party: who filed, for example the licensed importer by name.
    :raises NotPermitted, NotPossible, Refused: naming the line that stands in the way.
    """
    permit(by, PHARMACISTS, "record that a form was sent")
    if not how.strip():
        raise NotPossible("What shows that it was sent? Nothing was changed. Name the mail or the confirmation.")
    if at > now:
        raise NotPossible(f"{at:%Y-%m-%d %H:%M} UTC lies in the future. Nothing was changed.")
    with acting(by=by, verb="regulatory.collective.sent", business_at=now):
        held = CollectivePaper.objects.select_for_update().get(pk=paper.pk)
        if held.state != CollectivePaper.State.MADE:
            raise NotPossible(f"{held.label} is {held.get_state_display()} already. Nothing was changed.")
        if at < held.made_at.replace(second=0, microsecond=0):  # people give the minute
            raise NotPossible(
                f"{held.label} was made on {held.made_at:%Y-%m-%d %H:%M} UTC, after that. Nothing was changed."
            )
        content = bytes(held.content)
        lines = held.lines.select_related("case", "filing").order_by("id")
        for line in lines:
            try:
                if line.filing is not None:
                    _submit(line, held, content, at=at, party=party, by=by, now=now)
            except RequirementsUnmet as refused:
                why = "; ".join(check.fact for check in refused.unmet)
                raise NotPossible(
                    f"{line.reference}: {why} Nothing was changed: no line of {held.label} was submitted."
                ) from refused
            except Refused as refused:
                raise NotPossible(f"{line.reference}: {refused.sentence} Nothing else was changed.") from refused
        if held.period_to is not None:
            _meet_duties(held, content, at=at, by=by, now=now)
        held.send(sent_by=by, sent_at=at, sent_how=how.strip()[:200])
        held.save()
        return held


def _submit(
    line: CollectiveLine, paper: CollectivePaper, content: bytes, *, at: datetime, party: str, by: User, now: datetime
) -> None:
    proof = store_written(
        case=line.case, doc_type="filing_proof", content=content, media_type=SHEET, by=by, now=now,
        title=f"{paper.kind.title} {paper.label}, line {line.reference}",
    )  # fmt: skip
    advance(
        line.case, "regulatory.filing.submit", by=by, now=now, subject=line.filing,
        facts={"happened_at": at, "party": party, "recipient": "regulator", "proof": proof.pk},
    )  # fmt: skip


def _meet_duties(paper: CollectivePaper, content: bytes, *, at: datetime, by: User, now: datetime) -> None:
    """The duty of each case for this period, with the report as its evidence."""
    cases = {line.case_id: line.case for line in paper.lines.select_related("case").order_by("case_id")}
    duties = Deadline.objects.filter(case__in=cases, kind=REPORTED, state__in=OPEN).exclude(
        fact__in=of_an_authorization()  # the prescriber's own report is another one
    )
    for duty in duties.order_by("case_id", "pk"):
        if period_end_of(duty.key) != paper.period_to or duty.case_id is None:
            continue
        case = cases[duty.case_id]
        evidence = store_written(
            case=case, doc_type="supply_report", content=content, media_type=SHEET, by=by, now=now,
            title=f"{paper.kind.title} {paper.label}",
        )  # fmt: skip
        advance(
            case, "regulatory.duty.discharge", by=by, now=now,
            facts={"deadline": duty.pk, "happened_at": at, "evidence": evidence.pk},
        )  # fmt: skip


def withdraw(paper: CollectivePaper, *, reason: str, by: User, now: datetime) -> CollectivePaper:
    """It is not sent; its lines are free again."""
    permit(by, PHARMACISTS, "withdraw a form")
    if not reason.strip():
        raise NotPossible("No reason was given. Nothing was changed.")
    with acting(by=by, verb="regulatory.collective.withdrawn", business_at=now, reason=reason):
        held = CollectivePaper.objects.select_for_update().get(pk=paper.pk)
        if held.state != CollectivePaper.State.MADE:
            raise NotPossible(f"{held.label} is {held.get_state_display()}: it stays. Nothing was changed.")
        held.withdraw()
        held.save()
        return held


def _pharmacy(by: User) -> Pharmacy:
    if by.pharmacy is None:
        raise NotPossible("You belong to no pharmacy. Nothing was made.")
    return by.pharmacy


def _take_turns(pharmacy: Pharmacy) -> None:
    """Two people who make a form at once: the second waits, and finds the filings taken."""
    Pharmacy.objects.select_for_update().get(pk=pharmacy.pk)
