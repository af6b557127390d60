"""Whether a typed name is the printed name of a person. Pure."""

import re
import unicodedata

_TITLES = frozenset({"dr", "prof", "mr", "mrs", "ms", "md", "phd", "pharmd"})


def is_printed_name(typed: str, printed: str) -> bool:
    """Whether somebody who typed this typed the printed name: same words, titles, accents and full stops aside.

    An initial stands for a given name that begins with it, both ways ("L. Ferrante", "Laura Ferrante"); the last word
    is never abbreviated.
    """
    given, known = _words(typed), _words(printed)
    if not given or len(given) != len(known) or given[-1] != known[-1]:
        return False
    return all(_same(one, other) for one, other in zip(given[:-1], known[:-1], strict=True))


def _words(name: str) -> list[str]:
    plain = "".join(
        letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter)
    ).casefold()
    return [word for word in re.split(r"[\s.,]+", plain) if word and word not in _TITLES]


def _same(one: str, other: str) -> bool:
    return one == other or (min(len(one), len(other)) == 1 and one[0] == other[0])
