"""What several tests in a row begin with is laid once, in a transaction around theirs; each of them gets its own copy.

``@laid`` instead of ``@pytest.fixture`` marks a fixture that only writes to the database and returns what it wrote. Its
rows stay while the tests that follow ask for the same fixtures; a test's own changes roll back as always, and no test
sees the objects, or the rows, of a fixture that it did not ask for.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

Build = TypeVar("Build", bound=Callable[..., Any])


@dataclass(frozen=True)
class Layer:
    """One fixture's rows, in a transaction inside that of the layer below, which stays open."""

    build: Callable[..., Any]
    values: dict[str, Any]  # by fixture's name, of this layer and those below: one web of objects
    around: transaction.Atomic
    connection: BaseDatabaseWrapper


_LAYERS: list[Layer] = []
_HANDED = pytest.StashKey[dict[str, Any]]()


def laid(build: Build) -> Build:
    """A fixture that is built once for tests in a row. It may ask for ``db`` and for other laid fixtures only."""

    def handed(request: pytest.FixtureRequest, **_below: Any) -> Any:
        return request.node.stash[_HANDED][build.__name__]

    names = ["request", "db", *_below(build)]
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    handed.__signature__ = inspect.Signature([inspect.Parameter(name, kind) for name in names])  # type: ignore[attr-defined]
    handed.__name__, handed.__doc__, handed.__module__ = build.__name__, build.__doc__, build.__module__
    handed.lays = build  # type: ignore[attr-defined]
    return pytest.fixture(handed)  # type: ignore[return-value]


def _below(build: Callable[..., Any]) -> list[str]:
    return [name for name in inspect.signature(build).parameters if name != "db"]


def together(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The tests with those of a file that begin with the same rows next to each other, else in their order."""
    places = {name: place for place, name in reversed(list(enumerate(item.location[0] for item in items)))}
    return sorted(items, key=lambda item: (places[item.location[0]], [build.__qualname__ for build in _asked(item)]))


def _asked(item: pytest.Item) -> list[Callable[..., Any]]:
    """What is laid for a test, from the lowest up."""
    info = getattr(item, "_fixtureinfo", None)
    known: dict[str, Sequence[pytest.FixtureDef[Any]]] = info.name2fixturedefs if info else {}
    wanted: list[Callable[..., Any]] = []

    def want(name: str) -> None:
        build = getattr(known[name][-1].func, "lays", None) if name in known else None
        if build is not None and build not in wanted:
            for below in _below(build):
                want(below)
            wanted.append(build)

    for name in getattr(item, "fixturenames", ()):
        want(name)
    return wanted


def lay_for(item: pytest.Item) -> None:
    """Have exactly those rows in the database with which this test begins, just before its own transaction opens."""
    wanted = _asked(item)
    there = [layer.build for layer in _LAYERS]
    same = next((at for at, pair in enumerate(zip(there, wanted, strict=False)) if pair[0] is not pair[1]), None)
    take_up(min(len(there), len(wanted)) if same is None else same)
    for build in wanted[len(_LAYERS) :]:
        _lay(build)
    item.stash[_HANDED] = _copied()


def take_up(down_to: int = 0) -> None:
    """Roll back the layers above that many; all of them where the connection that they were laid over is another's.

    A browser in the same thread has a loop of its own, and Django gives another connection from then on.
    """
    if _LAYERS and not _is_open(_LAYERS[-1].connection):
        _LAYERS[-1].connection.close()
        _LAYERS[-1].connection.connection = None  # the database rolled back by itself
        _LAYERS.clear()
    while len(_LAYERS) > down_to:
        _roll_back(_LAYERS.pop().around)


def _is_open(connection: BaseDatabaseWrapper) -> bool:
    own = connection is transaction.get_connection()
    return own and connection.in_atomic_block and not connection.closed_in_transaction


def _lay(build: Callable[..., Any]) -> None:
    around = transaction.atomic()
    around._from_testcase = True  # type: ignore[attr-defined]  # durable blocks may be inside, as in Django's own tests
    around.__enter__()
    try:
        values = _copied()
        values[build.__name__] = build(**{name: values[name] for name in _below(build)}, **_database(build))
    except BaseException:
        _roll_back(around)
        raise
    _LAYERS.append(Layer(build, values, around, transaction.get_connection()))


def _database(build: Callable[..., Any]) -> dict[str, None]:
    return {"db": None} if "db" in inspect.signature(build).parameters else {}


def _copied() -> dict[str, Any]:
    return copy.deepcopy(_LAYERS[-1].values) if _LAYERS else {}


def _roll_back(around: transaction.Atomic) -> None:
    transaction.set_rollback(True)
    around.__exit__(None, None, None)
