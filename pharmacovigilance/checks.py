"""What a report holds of the four criteria, and what in it contradicts itself: findings with a name, never a refusal.

Sources: ICH E2D 4.1 (reporter, patient, reaction, product); facts: pharmacovigilance 1.2, 3.1 and 9.3.
"""

from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from cases.lifecycle.typed_days import write_day
from cases.people.identity import is_before_birth
from pharmacovigilance.knowledge import day0_of
from pharmacovigilance.models import SafetyReport
from pharmacovigilance.terms import ABOUT_THE_PRODUCT, FATAL, NO_ICSR_WITHOUT_REACTION, NOT_SERIOUS, WITH_SEQUELAE

_KNOWN_REPORTERS: Final = frozenset(
    {SafetyReport.Channel.PRESCRIBER_PAGE, SafetyReport.Channel.PHARMACIST, SafetyReport.Channel.FAMILY}
)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One of the four: ``held`` is ``None`` where somebody has to read the words first."""

    code: str
    sentence: str
    held: bool | None
    fact: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Something that does not fit; ``remedy`` is what would settle it."""

    code: str
    fact: str
    remedy: str


def criteria_of(report: SafetyReport) -> list[Criterion]:
    """The four, in their order."""
    return [_reporter(report), _patient(report), _reaction(report), _product(report)]


def missing_of(report: SafetyReport) -> list[str]:
    """Codes of the criteria that are not held; those that have to be read first are not among them."""
    return [one.code for one in criteria_of(report) if one.held is False]


def day0_explained(report: SafetyReport) -> str:
    """Which day the clocks would count from, and why."""
    day0 = day0_of(report.received_at, report.case)
    missing = missing_of(report)
    if missing:
        named = " and ".join(missing)
        lacks = f"{named} {'is' if len(missing) == 1 else 'are'} missing"
        if report.safety_case_id is not None:
            return (
                f"{day0:%-d %b %Y}, though {lacks}: it was attached all the same, so the clocks count from this "
                "receipt. That is earlier than they need to, never later."
            )
        return (
            f"No day 0 yet: {lacks}. A later report that brings it has its own day 0, the day of its own receipt. "
            "Attached before that, it counts from this receipt: earlier than it needs to, never later."
        )
    return (
        f"{write_day(day0)}: the day at the pharmacy on which all four were first held, whenever the event began. "
        "Weekends and holidays count; the day after it is day 1."
    )


def is_kept_without_icsr(report: SafetyReport) -> bool:
    """An overdose, error or misuse in which no reaction was seen is no ICSR: it is kept and followed."""
    return report.had_reaction is False and bool(NO_ICSR_WITHOUT_REACTION & set(report.situations))


def tells_of_a_death(report: SafetyReport) -> bool:
    """Whether it says that the patient died, in whichever answer."""
    return report.outcome == FATAL or "death" in report.criteria


def is_about_the_product(report: SafetyReport) -> bool:
    """Whether a pack or lot is suspect by what was said."""
    return bool(ABOUT_THE_PRODUCT & set(report.situations))


def contradictions_in(report: SafetyReport) -> list[Contradiction]:
    """Every finding by its name. Of the birth date only what does not fit is told."""
    found = [_onset_after_receipt(report), _birth_after_onset(report), *_outcome_against_seriousness(report)]
    return [one for one in found if one is not None]


def _reporter(report: SafetyReport) -> Criterion:
    said = report.get_qualification_display() if report.qualification else ""
    known = bool(said) or report.channel in _KNOWN_REPORTERS
    fact = f"{said.capitalize() or 'No qualification was said'}, {report.get_channel_display()}."
    return Criterion("reporter", "An identifiable reporter", known, fact)


def _patient(report: SafetyReport) -> Criterion:
    return Criterion(
        "patient",
        "An identifiable patient",
        True,
        f"The patient of {report.case.reference}, unless the words say otherwise.",
    )


def _reaction(report: SafetyReport) -> Criterion:
    sentence = "A suspected reaction"
    if report.had_reaction is False:
        return Criterion("reaction", sentence, False, "It was said that no reaction was seen.")
    told = [
        *(["a reaction"] if report.had_reaction else []),
        *(one.replace("_", " ") for one in report.criteria),
        *([f"outcome {report.get_outcome_display()}"] if report.outcome not in ("", "0") else []),
    ]
    if told:
        return Criterion("reaction", sentence, True, f"Said: {', '.join(told)}.")
    if report.verbatim or report.papers.exists():
        return Criterion("reaction", sentence, None, "To be read in the words; nothing was ticked.")
    return Criterion("reaction", sentence, False, "Nothing was said of what happened.")


def _product(report: SafetyReport) -> Criterion:
    sentence = "A suspect product"
    if report.pack is not None:
        return Criterion(
            "product", sentence, True, f"Lot {report.pack.lot.number}, of {report.pack.lot.supplier.name}."
        )
    if report.dose is not None:
        return Criterion(
            "product", sentence, True, "A dose of ours; its pack was not recorded, so no lot is confirmed."
        )
    if report.lot_said:
        return Criterion("product", sentence, True, f"As said: {report.lot_said}. No lot is confirmed.")
    if report.case.consignments.filter(dispensed_at__isnull=False).exists():
        return Criterion(
            "product", sentence, True, "The medicine of this case, which was dispensed; no lot is confirmed."
        )
    return Criterion("product", sentence, False, "None was named, and nothing of ours is on record as dispensed.")


def _when(day: str) -> str:
    """``on 2026-03-18``, or ``in 2026-03`` and ``in 2026`` where no more is known."""
    return f"{'on' if len(day) == len('2026-03-18') else 'in'} {day}"


def _onset_after_receipt(report: SafetyReport) -> Contradiction | None:
    received = day0_of(report.received_at, report.case).isoformat()
    # Where the patient is it may be the next day already.
    there = report.received_at.astimezone(ZoneInfo(report.case.institution.time_zone)).date().isoformat()
    if report.began and report.began > max(received, there)[: len(report.began)]:
        return Contradiction(
            "OnsetAfterReceipt",
            f"It began {_when(report.began)}, and was received on {received}.",
            "Ask which of the two is right; what was said stays.",
        )
    return None


def _birth_after_onset(report: SafetyReport) -> Contradiction | None:
    if is_before_birth(report.case.patient, report.began):
        return Contradiction(
            "BirthAfterOnset",
            f"It began {_when(report.began)}, before the patient was born.",
            "Ask for the day it began, or whether it concerns the patient’s mother.",
        )
    return None


def _outcome_against_seriousness(report: SafetyReport) -> list[Contradiction | None]:
    fatal = report.outcome == FATAL
    death = "death" in report.criteria
    return [
        Contradiction(
            "FatalWithoutDeath",
            "The outcome is fatal, and death is not among what makes it serious.",
            "Assess it with the criterion of death, or write why the event was not the cause.",
        )
        if fatal and not death
        else None,
        Contradiction(
            "DeathWithAnotherOutcome",
            f"Death was ticked, and the patient is said to have {report.get_outcome_display()}.",
            "Ask how the patient is.",
        )
        if death and report.outcome in ("1", "2", "3", "4")
        else None,
        Contradiction(
            "SeriousAndNot",
            "It was called not serious, and yet the outcome is fatal or leaves something that stays.",
            "Assess it as serious when in doubt.",
        )
        if report.seriousness == NOT_SERIOUS and report.outcome in (WITH_SEQUELAE, FATAL)
        else None,
    ]
