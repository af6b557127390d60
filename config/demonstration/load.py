"""Load the demonstration once: the house, its cases side by side, enquiries, lists, recalls, one sweep."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import chain
from multiprocessing import get_all_start_methods, get_context
from typing import TypeVar

from django.conf import settings
from django.db import connections, transaction

from cases import clock
from cases.custody.models import Partner
from cases.deadlines.loops import run_sender, run_sweep
from cases.people.identity import derived_columns
from cases.people.models import Pharmacy, User
from cases.people.patients import Patient
from config.demonstration.house import coordinator, demonstration_pharmacy, found_house, make_house
from config.demonstration.lists import load_lists
from config.demonstration.partners import FIRMS, enter_firm
from config.demonstration.player import Player
from config.demonstration.recalls import recall_lots
from config.demonstration.stage import House, identity_of
from config.demonstration.stories import ENQUIRIES, ORDERING, STORIES
from pharmacovigilance.releases import load_release
from regulatory.enquiries import receive_enquiry
from regulatory.governance import load_drafts
from regulatory.models import Enquiry

# At which hours UTC a story may begin, the usual one first; and how long the acts of its busiest day take.
BEGINS_AT = (9, 6)
LONGEST_DAY = timedelta(hours=3)
# The partners are on file for as long as the oldest story asks for, and a month.
PARTNERS_BEFORE = timedelta(days=30 + max(story.days for story in STORIES))

Part = TypeVar("Part")
Made = TypeVar("Made")


class NotADemonstration(Exception):
    """Raised where invented people have no business."""


def load_demonstration(*, now: datetime, say: Callable[[str], None] = lambda line: None, processes: int = 1) -> int:
    """Make the demonstration's people and cases; returns how many cases were made, 0 when they are there.

    Each case is there whole or not at all. A load that was cut off goes on where it was.

    :param processes: how many play stories at once; each has a connection of its own.
    :raises NotADemonstration: in production.
    """
    if settings.ENVIRONMENT == "production":
        raise NotADemonstration("Demonstration data are not loaded in production: its people do not exist.")
    pharmacy = demonstration_pharmacy()
    if pharmacy is not None and Enquiry.objects.filter(pharmacy=pharmacy).exists():
        return 0
    setup = User.objects.service("setup")
    load_drafts(by=setup, now=now)
    load_release(by=setup, now=now)
    if pharmacy is None:
        with transaction.atomic():
            pharmacy = make_house(setup, now)
    untold = _untold(pharmacy)
    with _players(processes) as players:
        finished = len(STORIES) - len(untold)
        ahead, after = _in_order(untold, processes)
        first = _all(players, _play_part, ahead, now)
        _enter_firms(pharmacy, now)
        for told in chain(first, _all(players, _play_part, after, now)):
            for line in told:
                finished += 1
                say(f"{finished:3} of {len(STORIES)}: {line}")
        sent = _all(players, _send, range(processes), now)
        with transaction.atomic():
            house = found_house()
            load_lists(house, now)
            recall_lots(house, now)
            _enquiries(house, now)
        list(sent)
        run_sweep(now=now)
        _send(0, now)
    return len(untold)


def morning_before(instant: datetime) -> datetime:
    """The last morning, 09:00 UTC, that is not after the instant; 06:00 where that day's acts would not be over yet.

    Every story begins at that hour: its acts follow each other by minutes, and one that began in the evening would
    cross midnight in the middle of a day that the authority counts.
    """
    here = instant.astimezone(UTC)
    usual, early = (here.replace(hour=hour, minute=0, second=0, microsecond=0) for hour in BEGINS_AT)
    if here < usual:
        return usual - timedelta(days=1)
    return usual if here >= usual + LONGEST_DAY else early


def _untold(pharmacy: Pharmacy) -> list[int]:
    """The stories without a patient yet, by number: a story's patient and its case are written together."""
    known = set(Patient.objects.filter(pharmacy=pharmacy).values_list("record_index", flat=True))
    return [
        number
        for number in range(1, len(STORIES) + 1)
        if derived_columns(pharmacy.pk, identity_of(number))["record_index"] not in known
    ]


def _together(numbers: Iterable[int]) -> list[tuple[int, ...]]:
    """The stories in the parts that one process plays, the longest part first: those of one place follow each other.

    Its people are the same: the links in their letters stand in their own chains, which a story keeps until it ends.
    """
    parts: defaultdict[str, list[int]] = defaultdict(list)
    for number in numbers:
        parts[STORIES[number - 1].place].append(number)
    return sorted(map(tuple, parts.values()), key=len, reverse=True)


def _in_order(numbers: Iterable[int], processes: int) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """The parts that are played while the partners are entered, one for each process but the one that enters them."""
    parts = _together(numbers)
    free = [part for part in parts if not any(STORIES[number - 1].plot in ORDERING for number in part)]
    ahead = free[: processes - 1]
    return ahead, [part for part in parts if part not in ahead]


@contextmanager
def _players(processes: int) -> Iterator[Executor | None]:
    """Several processes to play in; None where one is enough, or a process cannot be copied (not on Linux)."""
    if processes < 2 or "fork" not in get_all_start_methods():
        yield None
        return
    with ProcessPoolExecutor(processes, get_context("fork")) as players:
        # Copied now, while no connection is open that the copies would share with us.
        connections.close_all()
        players.submit(int).result()
        try:
            yield players
        except BaseException:
            players.shutdown(cancel_futures=True)  # what was not begun is not begun any more
            raise


def _all(
    players: Executor | None, work: Callable[[Part, datetime], Made], parts: Iterable[Part], now: datetime
) -> Iterator[Made]:
    """The same work on every part, begun at once, in whatever order they are ready."""
    if players is None:
        return (work(part, now) for part in parts)
    begun = [players.submit(work, part, now) for part in parts]
    return (done.result() for done in as_completed(begun))


def _enter_firms(pharmacy: Pharmacy, now: datetime) -> None:
    """Put every firm that is not there yet on the list of partners, one after the other: all lie in one chain."""
    known = set(Partner.objects.filter(pharmacy=pharmacy).values_list("name", flat=True))
    with transaction.atomic():
        for firm in FIRMS:
            if firm.name not in known:
                enter_firm(firm, by=coordinator(), then=now - PARTNERS_BEFORE, now=now)


def _play_part(numbers: Iterable[int], now: datetime) -> list[str]:
    """Play some stories; returns a line for each."""
    house = found_house()
    return [_play(house, number, now) for number in numbers]


def _play(house: House, number: int, now: datetime) -> str:
    story = STORIES[number - 1]
    with transaction.atomic():
        player = Player(
            house,
            number,
            place=story.place,
            pathway=story.pathway,
            product=story.product,
            urgency=story.urgency,
            at=morning_before(now - timedelta(days=story.days)),
        )
        story.plot(player)
        if player.stage != "closed":
            player.catch_up(now)
        if player.at > now:
            raise ValueError(f"The story “{story.title}” of {story.place} ends in the future ({player.at}).")
    return f"{player.case.reference}, {story.pathway}"


def _send(number: int, now: datetime) -> None:
    """One of those who share out the letters that are planned."""
    with clock.one_reading():
        run_sender(now=now)


def _enquiries(house: House, now: datetime) -> None:
    for asked_by, country, product, indication, hours, question in ENQUIRIES:
        at = now - timedelta(hours=hours)
        receive_enquiry(
            pharmacy=house.pharmacy,
            asked_by=asked_by,
            country=country,
            product=product,
            indication=indication,
            question=question,
            by=house.staff["coordinator"],
            now=at,
        )
