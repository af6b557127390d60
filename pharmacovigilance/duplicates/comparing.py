"""Whether two safety cases may tell of one event. Pure: what each tells in, grounds and points out.

Certain grounds come first: the same patient of the programme, or one's number among the numbers that others gave the
other (C.1.9.1.r.2 against C.1.8.1). Without one the points of the features are added; they are data
(``data/weights.json``), a house judgement that nobody has reviewed. A person decides in either case.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from pharmacovigilance.judging.spans import Span

AGREES, DIFFERS, NOT_KNOWN = "agrees", "differs", "not_known"
SAME_PATIENT, SAME_NUMBER = "same_patient", "same_number"
GROUNDS: Final = {
    SAME_PATIENT: "the same patient of the programme",
    SAME_NUMBER: "a number of one stands among the numbers of the other",
}
_WORD: Final = re.compile(r"\w+")
_SHORTEST: Final = 3  # letters; shorter words tell two events apart in no language


@dataclass(frozen=True, slots=True)
class Told:
    """What one safety case tells, as far as it is known; empty is not known.

    :param person: stands for the patient of the programme; the same for one person, whatever case it is.
    :param numbers: its own number and those that other senders gave it.
    :param words: of its events, by language.
    :param codes: MedDRA codes of its events.
    :param onsets: the first and the last day on which each event may have begun.
    """

    key: int
    person: frozenset[str]
    numbers: frozenset[str]
    products: frozenset[str]
    words: Mapping[str, frozenset[str]]
    codes: frozenset[str]
    onsets: tuple[Span, ...]
    sex: str
    birth_year: int | None
    country: str


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing compared: whether it agrees, and the points that gives. What was compared is not kept."""

    code: str
    verdict: str
    points: int


@dataclass(frozen=True, slots=True)
class Compared:
    """Two safety cases compared: the certain grounds, each feature, and the sum of the points."""

    grounds: tuple[str, ...]
    features: tuple[Feature, ...]
    score: int

    @property
    def is_candidate(self) -> bool:
        return bool(self.grounds) or self.score >= weights().least_score


@dataclass(frozen=True, slots=True)
class Weight:
    code: str
    label: str
    agrees: int
    differs: int

    def points(self, verdict: str) -> int:
        return {AGREES: self.agrees, DIFFERS: self.differs}.get(verdict, 0)


@dataclass(frozen=True, slots=True)
class Weights:
    """The points of each feature, and where they come from."""

    version: str
    status: str
    confidence: str
    source: str
    least_score: int
    onset_days: int
    birth_years: int
    words_shared: Decimal
    features: tuple[Weight, ...]
    idle_words: frozenset[str]


@lru_cache(maxsize=1)
def weights() -> Weights:
    """The points as they are installed with this system."""
    read = json.loads((Path(__file__).parent / "data" / "weights.json").read_text(encoding="utf-8"))
    return Weights(
        **read
        | {
            "words_shared": Decimal(read["words_shared"]),
            "features": tuple(Weight(**row) for row in read["features"]),
            "idle_words": frozenset(read["idle_words"]),
        }
    )


def provenance_of(version: str) -> str:
    """Where the points of that version come from and how far they can be trusted: stands wherever they are shown."""
    own = weights()
    if version != own.version:
        return f"version {version}, whose source is no longer on file; not reviewed"
    return f"version {version}: {own.source}; {own.confidence} confidence, not reviewed"


def compare(left: Told, right: Told) -> Compared:
    """Two safety cases, in either order with the same result."""
    grounds = []
    if left.person & right.person:
        grounds.append(SAME_PATIENT)
    if left.numbers & right.numbers:
        grounds.append(SAME_NUMBER)
    features = tuple(
        Feature(weight.code, verdict, weight.points(verdict))
        for weight in weights().features
        for verdict in (_VERDICTS[weight.code](left, right),)
    )
    return Compared(tuple(grounds), features, sum(feature.points for feature in features))


def words_of(text: str) -> frozenset[str]:
    """The telling words of a text: lower case, without accents, short and idle words."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    found = _WORD.findall("".join(letter for letter in plain if not unicodedata.combining(letter)))
    return frozenset(word for word in found if len(word) >= _SHORTEST) - weights().idle_words


def _sets(left: Iterable[Any], right: Iterable[Any]) -> str:
    one, other = set(left), set(right)
    if not one or not other:
        return NOT_KNOWN
    return AGREES if one & other else DIFFERS


def _events(left: Told, right: Told) -> str:
    """By their codes where both are coded; else by words of one language, since words of two cannot be compared."""
    if left.codes and right.codes:
        return _sets(left.codes, right.codes)
    shared = [
        (left.words[language], right.words[language])
        for language in left.words.keys() & right.words.keys()
        if left.words[language] and right.words[language]
    ]
    if not shared:
        return NOT_KNOWN
    least = weights().words_shared
    return AGREES if any(len(a & b) >= least * min(len(a), len(b)) for a, b in shared) else DIFFERS


def _onsets(left: Told, right: Told) -> str:
    """By the nearest days on which any two of their events may have begun."""
    gaps = [max((b[0] - a[1]).days, (a[0] - b[1]).days, 0) for a in left.onsets for b in right.onsets]
    if not gaps:
        return NOT_KNOWN
    return AGREES if min(gaps) <= weights().onset_days else DIFFERS


def _ages(left: Told, right: Told) -> str:
    if left.birth_year is None or right.birth_year is None:
        return NOT_KNOWN
    return AGREES if abs(left.birth_year - right.birth_year) <= weights().birth_years else DIFFERS


_VERDICTS: Final[dict[str, Callable[[Told, Told], str]]] = {
    "product": lambda left, right: _sets(left.products, right.products),
    "event": _events,
    "onset": _onsets,
    "sex": lambda left, right: _sets(filter(None, [left.sex]), filter(None, [right.sex])),
    "age": _ages,
    "country": lambda left, right: _sets(filter(None, [left.country]), filter(None, [right.country])),
}
