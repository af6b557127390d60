"""The database's own copy of each state machine.

``guarded("state")`` reads the transitions that django-fsm declares on a model and installs a trigger which refuses,
whoever writes, a row born outside the first state and a change that no transition allows (21 CFR 11.10(f); ADR 1).
"""

from collections.abc import Callable, Iterable
from typing import Any, cast

import pgtrigger
from django.db import models
from django_fsm import FSMFieldMixin


def edges(model: type[models.Model], field: str) -> list[tuple[str, str]]:
    """Every (source, target) that the model's transitions allow, sorted; a wildcard source is spelled out."""
    column = cast(FSMFieldMixin, model._meta.get_field(field))
    states = [str(value) for value, _ in column.choices or ()]
    found: set[tuple[str, str]] = set()
    for move in column.get_all_transitions(model):
        if cast(object, move.target) is None:
            # A move that leaves the state as it is; spelled out it would allow a state called "None".
            continue
        source, target = str(move.source), str(move.target)
        wild = {"*": states, "+": [state for state in states if state != target]}
        found.update((one, target) for one in wild.get(source, [source]))
    return sorted(found)


def births(model: type[models.Model], field: str) -> tuple[str, ...]:
    """The states that a row of the model may be inserted in, the usual one first."""
    return _BORN.get((model, field)) or (str(model._meta.get_field(field).default),)  # type: ignore[union-attr]


_BORN: dict[tuple[type[models.Model], str], tuple[str, ...]] = {}


def _quoted(values: Iterable[str]) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)


def guarded(field: str, *, born: Iterable[str] = ()) -> Callable[[type[models.Model]], type[models.Model]]:
    """Class decorator: the database refuses illegal states and illegal moves of ``field``.

    :param born: the states a row may be inserted in; the field's default when left out.
    """

    def decorate(model: type[models.Model]) -> type[models.Model]:
        column = cast("models.Field[Any, Any]", model._meta.get_field(field))
        first = tuple(born) or (str(column.default),)
        _BORN[model, field] = first
        moves = _quoted(f"{source}>{target}" for source, target in edges(model, field))
        name = column.column
        label = f"{model._meta.app_label}.{model._meta.model_name}"
        body = f"""
            IF TG_OP = 'INSERT' THEN
                IF NEW.{name} NOT IN ({_quoted(first)}) THEN
                    RAISE EXCEPTION '{label} cannot begin in state "%"', NEW.{name} USING ERRCODE = 'check_violation';
                END IF;
            ELSIF NEW.{name} IS DISTINCT FROM OLD.{name}
                AND (OLD.{name} || '>' || NEW.{name}) NOT IN ({moves or "''"}) THEN
                RAISE EXCEPTION '{label} cannot go from "%" to "%"', OLD.{name}, NEW.{name}
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        """
        guard = pgtrigger.Trigger(
            name=f"guard_{field}",
            operation=pgtrigger.Insert | pgtrigger.Update,
            when=pgtrigger.Before,
            func=body,
        )
        registered: type[models.Model] = pgtrigger.register(guard)(model)
        return registered

    return decorate
