"""Small words to say what a report gives, from which the tables of coded rules are made.

An element is looked for in the part itself and inside it; when it belongs elsewhere, in the nearest part above that
has it inside: a rule on a drug sees the drug's own dosage lines and the report's one study.
"""

from collections.abc import Callable
from functools import cache

from pharmacovigilance.e2b.elements import table
from pharmacovigilance.e2b.reading import Part, Value

Predicate = Callable[[Part], bool]


def values_of(part: Part, element: str) -> list[Value]:
    """Every value or null flavour of an element that this part can see."""
    scope, at = table().elements[element].scope, part
    while at.above is not None and not _holds(at.scope.name, scope):
        at = at.above
    parts = [at] if at.scope.name == scope else at.parts(scope)
    return [value for inner in parts for value in inner.values.get(element, ()) if value.is_given]


@cache
def _holds(outer: str, inner: str) -> bool:
    """Whether a scope is another one or stands somewhere inside it."""
    while inner and inner != outer:
        inner = table().scopes[inner].within
    return inner == outer


def has(element: str) -> Predicate:
    """The element is provided, by a value or a null flavour."""
    return lambda part: bool(values_of(part, element))


def is_one_of(element: str, *allowed: str) -> Predicate:
    """A value of the element, or its null flavour, is among these."""
    return lambda part: any((value.text or value.null) in allowed for value in values_of(part, element))


def both(*checks: Predicate) -> Predicate:
    return lambda part: all(check(part) for check in checks)


def either(*checks: Predicate) -> Predicate:
    return lambda part: any(check(part) for check in checks)


def no(check: Predicate) -> Predicate:
    return lambda part: not check(part)
