"""What a renewal takes over from the filing it renews, and what it asks anew and why. Nothing is retyped."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from regulatory.facts import facts_of
from regulatory.models import Authorization, Filing
from regulatory.pathway import local_day, profile_of
from regulatory.profiles import words
from regulatory.profiles.papers import AFTER_THE_SUPPLY, WITH_THE_SHIPMENT, Paper, papers
from regulatory.requirements.common import plain


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of a renewal: what it is, as it stands, and for what is asked anew the reason."""

    what: str
    stands: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Renewal:
    """A filing that renews another, on the day it is planned for."""

    filing: Filing
    planned_on: date
    copied: tuple[Item, ...]
    anew: tuple[Item, ...]


def renewal_of(filing: Filing, *, now: datetime) -> Renewal | None:
    """What is taken over and what is asked anew; None for a filing that renews nothing."""
    last = filing.renews
    if last is None:
        return None
    today = local_day(profile_of(filing.profile_version), now)
    day = max(filing.planned_on or today, today)
    found = [*_of_the_filing(filing, last), *_of_the_case(filing, last), *_of_papers(filing, day)]
    return Renewal(filing, day, tuple(one for one in found if not one.why), tuple(one for one in found if one.why))


def _of_the_filing(filing: Filing, last: Filing) -> Iterator[Item]:
    yield Item("What is filed", filing.get_kind_display())
    yield Item("Authority", filing.authority)
    if filing.quantity is not None:
        unit = filing.case.medicine.unit
        same = filing.quantity == last.quantity
        told = f"{plain(filing.quantity)} {unit}"
        yield Item("Quantity", told, "" if same else f"{last.label} asked for {_amount(last)}")
    version, former = filing.profile_version, last.profile_version
    newer = "" if version == former else f"{last.label} was made by {former}: read what changed in its rules and forms"
    yield Item("Rules and forms", str(version), newer)


def _amount(filing: Filing) -> str:
    return "none" if filing.quantity is None else f"{plain(filing.quantity)} {filing.case.medicine.unit}"


def _of_the_case(filing: Filing, last: Filing) -> Iterator[Item]:
    """Dose, prescriber, product and indication against what was authorized, and the text against what was sent."""
    case = filing.case
    signed = case.determinations.filter(state="signed").order_by("-number").first()
    if signed is None:
        yield Item("Determination", "none is signed", "the prescriber signs one before it is submitted")
    else:
        since = False
        if last.submitted_at is not None and signed.signed_at is not None:
            # A person gives the minute of a submission: what was signed within it went out with it.
            since = signed.signed_at.replace(second=0, microsecond=0) > last.submitted_at
        yield Item("Dose", signed.dose, f"{signed.label} was signed after {last.label} went out" if since else "")
    held: Authorization | None = last.authorizations.order_by("-number").first()
    if held is None:
        return
    for what, was, now_is in (
        ("Prescriber", held.prescriber, case.prescriber),
        ("Medicine", held.medicine, case.medicine),
        ("Indication", held.indication, case.indication),
    ):
        yield Item(what, str(now_is), "" if was == now_is else f"{held.label} names {was}")


def _of_papers(filing: Filing, day: date) -> Iterator[Item]:
    """Papers of the filing: those that are good on the planned day go again, every other one is asked for."""
    facts = facts_of(filing.case)
    profile = profile_of(filing.profile_version)
    for paper in papers(profile, facts.documents, planned_on=day, conditions=facts.conditions):
        if paper.need not in ("required", "conditional") or paper.applies is False:
            continue
        if paper.doc_type in WITH_THE_SHIPMENT | AFTER_THE_SUPPLY:
            continue
        yield Item(words.capital(words.paper(paper.doc_type)), _held(paper), "" if paper.met else paper.why)


def _held(paper: Paper) -> str:
    until = f", good until {words.day(paper.usable_until)}" if paper.usable_until else ""
    return f"{paper.held}{until}" if paper.held else "none on file"
