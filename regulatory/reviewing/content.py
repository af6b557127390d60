"""What a review looks at: the parts of a case as they stand, each in words and with the fingerprint of its bytes.

Two contents are compared part by part, so that a review can say what has changed since it was signed. Nothing of the
patient's identity stands here: these rows are kept in the trail, which no erasure reaches.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from cases.documents.models import Document
from cases.documents.types import title_of
from cases.models import Case, Medicine, Urgency
from cases.requirements import standing_determination
from regulatory.conditions import conditions_in, conditions_of
from regulatory.pack.enclosures import asked_when_filed
from regulatory.pathway import named, profile_of
from regulatory.profiles.loader import Profile
from regulatory.reviewing.checklists import ALL_PAPERS, PAPER, PARTS

_SHOWN = 12  # digits of a fingerprint in a sentence
ADULT = 18


@dataclass(frozen=True, slots=True)
class Line:
    """One thing in a part: what it is in words; for a paper its label and the SHA-256 of its bytes."""

    says: str
    sha256: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of what is reviewed."""

    code: str
    title: str
    lines: tuple[Line, ...]

    @property
    def says(self) -> str:
        return "; ".join(line.says for line in self.lines) or "none"


@dataclass(frozen=True, slots=True)
class Circumstance:
    """Whether something holds of a case that makes items apply; None when it is not known."""

    holds: bool | None
    because: str


Content = tuple[Part, ...]


def content_of(case: Case, looks_at: Iterable[str]) -> Content:
    """What a checklist looks at, as it stands now; four queries.

    :param looks_at: codes of parts, as a checklist names them.
    """
    wanted = tuple(looks_at)
    profile = profile_of(case.profile_version)
    simple = {code: read(case, profile) for code, read in _READ.items() if code in wanted}
    types = [part.removeprefix(PAPER) for part in wanted if part.startswith(PAPER)]
    if ALL_PAPERS in wanted:
        types = list(dict.fromkeys([*types, *asked_when_filed(profile)]))
    held: defaultdict[str, list[Line]] = defaultdict(list)
    accepted = case.documents.filter(state=Document.State.ACCEPTED, doc_type__in=types).select_related("file")
    for paper in accepted.order_by("number"):
        held[paper.doc_type].append(_paper(paper))
    parts = [Part(code, PARTS[code], lines) for code, lines in simple.items()]
    parts += [Part(f"{PAPER}{kind}", title_of(kind), tuple(held[kind])) for kind in types if held[kind]]
    return tuple(parts)


def fingerprint(content: Iterable[Part]) -> str:
    """SHA-256 over the parts, in hexadecimal: what a signature names as reviewed."""
    plain = json.dumps(as_json(content), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def under(content: Content, rests_on: Iterable[str]) -> str:
    """The fingerprint of the parts that one item rests on; `papers` is every paper."""
    wanted = set(rests_on)
    every = ALL_PAPERS in wanted
    return fingerprint(part for part in content if part.code in wanted or (every and part.code.startswith(PAPER)))


def as_json(content: Iterable[Part]) -> list[dict[str, Any]]:
    """For keeping; `from_json` reads it back."""
    return [
        {
            "code": part.code,
            "title": part.title,
            "lines": [{"says": line.says, "sha256": line.sha256, "label": line.label} for line in part.lines],
        }
        for part in content
    ]


def from_json(kept: Iterable[Mapping[str, Any]]) -> Content:
    return tuple(Part(one["code"], one["title"], tuple(Line(**line) for line in one["lines"])) for one in kept)


def what_changed(before: Content, now: Content) -> list[str]:
    """What differs, a sentence a part, in the order of what stands now; empty when nothing does."""
    was, is_now = ({part.code: part for part in content} for content in (before, now))
    told = []
    for code in dict.fromkeys([*is_now, *was]):
        one, other = was.get(code), is_now.get(code)
        if one is not None and other is not None and one.lines == other.lines:
            continue
        title = (other or one).title  # type: ignore[union-attr]
        told.append(f"{title}: was {one.says if one else 'none'}; is {other.says if other else 'none'}.")
    return told


def circumstances(case: Case, *, today: date) -> dict[str, Circumstance]:
    """What holds of the case that makes items apply; what is not known counts as holding."""
    profile = profile_of(case.profile_version)
    medicine = case.medicine
    controlled = conditions_of(case)["controlled_drug"] or medicine.is_controlled
    short = case.enquiry is not None and case.enquiry.answers.get("local_status") == "registered_but_short"
    asked = sorted({str(fact["id"]) for fact in profile.section("documents") if _asks_translation(fact)})
    filed = case.filings.filter(submitted_at__isnull=False).exists()
    return {
        "minor": _minor(case, today),
        "controlled_drug": Circumstance(controlled, f"{medicine} is {'' if controlled else 'not '}a controlled drug."),
        "cold_chain": Circumstance(
            medicine.storage != Medicine.Storage.ROOM, f"{medicine} is kept at {medicine.get_storage_display()}."
        ),
        "urgent": Circumstance(case.urgency != Urgency.STANDARD, f"The case is {case.get_urgency_display()}."),
        "unlicensed": Circumstance(
            not short, "It is registered there, but short." if short else "It is not registered or not available there."
        ),
        "translation": _translation(case, asked),
        "filed_before": Circumstance(filed, "It was filed before." if filed else "Nothing was filed before."),
    }


def _minor(case: Case, today: date) -> Circumstance:
    """By the year of birth alone; in the year of coming of age it is not known."""
    if case.patient is None:
        return Circumstance(False, "It is stock: there is no patient yet.")
    born = case.patient.birth_year
    if born is None:
        return Circumstance(None, "The year of birth is not known.")
    age = today.year - born
    if age == ADULT:
        return Circumstance(None, f"The patient comes of age ({ADULT}) this year.")
    return Circumstance(age < ADULT, f"The patient is {'under' if age < ADULT else 'over'} {ADULT}.")


def _asks_translation(fact: Mapping[str, Any]) -> bool:
    return fact["doc_type"] == "translation" or bool(fact.get("language_rule"))


def _translation(case: Case, asked: list[str]) -> Circumstance:
    if asked:
        return Circumstance(True, f"The pathway says in which language papers must be: {', '.join(asked)}.")
    foreign = ~Q(language="") & ~Q(language__startswith="en")
    if case.documents.filter(foreign | Q(doc_type="translation"), state=Document.State.ACCEPTED).exists():
        return Circumstance(True, "A paper is in another language, or is a translation.")
    return Circumstance(False, "No paper in another language is on file, and the pathway names none.")


def _paper(paper: Document) -> Line:
    dated = "".join(
        f", {word} {day:%Y-%m-%d}" for word, day in (("of", paper.issued_on), ("until", paper.valid_until)) if day
    )
    return Line(f"{paper.label} {paper.title}{dated} ({paper.sha256[:_SHOWN]})", paper.sha256, paper.label)


def _determination(case: Case, profile: Profile) -> tuple[Line, ...]:
    signed = standing_determination(case)
    if signed is None or signed.document is None:
        return ()
    told = f"{signed.label}, signed {signed.signed_at:%Y-%m-%d} ({signed.document.sha256[:_SHOWN]})"
    return (Line(told, signed.document.sha256, signed.document.label),)


def _patient(case: Case, profile: Profile) -> tuple[Line, ...]:
    return (Line(case.for_whom_reference),)


def _medicine(case: Case, profile: Profile) -> tuple[Line, ...]:
    medicine = case.medicine
    told = [str(medicine), medicine.form, medicine.manufacturer, medicine.get_storage_display()]
    return (Line(", ".join(part for part in told if part) + (", controlled drug" if medicine.is_controlled else "")),)


def _prescriber(case: Case, profile: Profile) -> tuple[Line, ...]:
    prescriber = case.prescriber
    licence = " ".join(part for part in (prescriber.licence_number, prescriber.licence_authority) if part)
    told = [prescriber.user.display_name, prescriber.specialty, f"licence {licence}" if licence else ""]
    return (Line(", ".join(part for part in told if part)),)


def _institution(case: Case, profile: Profile) -> tuple[Line, ...]:
    return (Line(f"{case.institution.name}, {case.institution.city or case.country_name}"),)


def _pathway(case: Case, profile: Profile) -> tuple[Line, ...]:
    return (Line(named(case.profile_version), case.profile_version.data_sha256),)


def _conditions(case: Case, profile: Profile) -> tuple[Line, ...]:
    answers = conditions_of(case)
    return tuple(
        Line(f"{one.text}: {'applies' if answers[one.key] else 'does not apply'}")
        for one in conditions_in(profile)
        if one.key in answers
    )


_READ = {
    "determination": _determination,
    "patient": _patient,
    "medicine": _medicine,
    "indication": lambda case, profile: (Line(case.indication),),
    "urgency": lambda case, profile: (Line(str(case.get_urgency_display())),),
    "prescriber": _prescriber,
    "institution": _institution,
    "pathway": _pathway,
    "conditions": _conditions,
}
