"""Kinds of notice and how each becomes a letter: plain text, a case by its reference, a link.

Never a patient, never a medicine.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.template.loader import select_template

from cases.notices.models import Notice
from cases.people.links import token_from

SUBJECT_LINE = "Subject: "
# A kind without words of its own still says that there is something to read, and where.
PLAIN = "mail/plain.txt"


@dataclass(frozen=True, slots=True)
class Letter:
    """The text of one notice."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class NoLonger:
    """What a composer answers when nothing of the notice stands any more; ``reason`` is kept with it."""

    reason: str


# Stands in the letter as it is kept, where the reader's own link stands in the letter as it leaves the house.
OWN_LINK = "[a link of the reader's own, which is not kept]"
REPORT_LINK = "[a link of the reader's own to report by, which is not kept]"
# Which fact of a notice holds the seed of which link.
_LINKS = {"access_link": OWN_LINK, "report_link": REPORT_LINK}

Composer = Callable[[Notice, datetime], Letter | NoLonger]


class LetterUnreadable(ValueError):
    """Raised when a kind is not declared or its template has no subject line."""


_COMPOSERS: dict[str, Composer] = {}


def compose_with(kind: str) -> Callable[[Composer], Composer]:
    """Declare the composer of a kind of notice; a kind without one is its template ``mail/<kind>.txt``."""

    def declare(composer: Composer) -> Composer:
        if _COMPOSERS.setdefault(kind, composer) is not composer:
            raise ValueError(f"The kind of notice {kind!r} was declared twice.")
        return composer

    return declare


def compose(notice: Notice, *, now: datetime) -> Letter | NoLonger:
    """The letter as it stands now, or that it stands no longer. Asks the database, so call it just before sending."""
    composer = _COMPOSERS.get(notice.kind)
    return composer(notice, now) if composer else letter_from(f"mail/{notice.kind}.txt", notice, now=now)


def letter_from(template: str, notice: Notice, *, now: datetime, **facts: Any) -> Letter:
    """Render a mail template; its first line is ``Subject: ...``.

    The template knows each fact by its name, ``reference`` (the case's, or empty), ``case_link``, ``home_link``,
    ``user`` and ``clock``. ``own_link`` is the reader's own link where the notice was planned with one (the fact
    ``access_link``), else the case's; ``report_link`` is the one to report a side effect by, or empty. A
    kind whose template does not exist is told in the words of ``mail/plain.txt``.

    :raises LetterUnreadable: when the first line is no subject.
    """
    reference = getattr(notice.case, "reference", "")
    case_link = link(f"/cases/{reference}/") if reference else ""
    text = select_template([template, PLAIN]).render(
        {
            **notice.facts,
            **facts,
            "reference": reference,
            "case_link": case_link,
            "own_link": OWN_LINK if "access_link" in notice.facts else case_link,
            "report_link": REPORT_LINK if "report_link" in notice.facts else "",
            "home_link": link("/"),
            "user": notice.recipient,
            "clock": {"now": now},
        }
    )
    first, _, rest = text.strip().partition("\n")
    if not first.startswith(SUBJECT_LINE):
        raise LetterUnreadable(f"{template} does not begin with a line '{SUBJECT_LINE}...'.")
    return Letter(subject=first.removeprefix(SUBJECT_LINE).strip()[:200], body=rest.strip() + "\n")


def body_to_send(notice: Notice) -> str:
    """The kept text of a notice with its reader's own links in it; it goes to the mail server and nowhere else."""
    body = notice.body
    for fact, stands_for in _LINKS.items():
        if seed := notice.facts.get(fact):
            body = body.replace(stands_for, link(f"/link/{token_from(seed)}/"))
    return body


def link(path: str) -> str:
    """The full address of a page, as it stands in a mail; the host comes from the setting ``NPP_PUBLIC_URL``."""
    return urljoin(getattr(settings, "NPP_PUBLIC_URL", None) or "http://127.0.0.1:8000", path)
