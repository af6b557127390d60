"""The expression of a gate in plain words, line by line, so that a pharmacist can check it against its source. Pure."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from regulatory.profiles import words

Line = tuple[int, str]
_UNITS = {"day_unit_not_stated": "days, whose kind is not stated,"}


def spoken(expression: Any) -> list[Line]:
    """Lines of (depth, words) from the outermost condition to the innermost."""
    return list(_node(expression, 0)) if isinstance(expression, Mapping) else []


def as_text(expression: Any) -> str:
    """The same in one string, two blanks a depth."""
    return "\n".join(f"{'  ' * depth}{line}" for depth, line in spoken(expression))


def _node(node: Mapping[str, Any], depth: int) -> Iterator[Line]:
    either = node.get("or")
    if isinstance(either, list):
        yield depth, "one of these is true:"
        depth += 1
    for name, head in (("all", "all of these are true:"), ("any", "at least one of these is true:")):
        if isinstance(node.get(name), list):
            yield depth, head
            for part in node[name]:
                yield from _node(part, depth + 1)
    if isinstance(either, list):
        for part in either:
            yield from _node(part, depth)
    if isinstance(node.get("not"), Mapping):
        yield depth, "this is not true:"
        yield from _node(node["not"], depth + 1)
    if isinstance(node.get("choose"), list):
        yield depth, "the first that is true decides the route:"
        for choice in node["choose"]:
            yield from _choice(choice, depth + 1)
    for name, tell in _TELLERS.items():
        if name in node:
            yield depth, tell(node)
    if "creates_duty" in node:
        duties = node["creates_duty"]
        names = duties if isinstance(duties, list) else [duties]
        yield depth, f"using it opens: {', '.join(words.spaced(str(one)) for one in names)}"


def _choice(choice: Mapping[str, Any], depth: int) -> Iterator[Line]:
    if "otherwise" in choice:
        yield depth, f"otherwise: {words.spaced(str(choice['otherwise']))}"
        return
    yield depth, f"{words.spaced(str(choice.get('route')))}, when:"
    yield from _node(choice.get("when") or {}, depth + 1)


def _event(node: Mapping[str, Any]) -> str:
    said = f"{words.event(str(node['event']))} is recorded"
    if node.get("recipient"):
        said += f", to {words.spaced(str(node['recipient']))}"
    return said + (f", by {words.spaced(str(node['channel']))}" if node.get("channel") else "")


def _elapsed(node: Mapping[str, Any]) -> str:
    rule = node["elapsed_since"]
    said = f"{_length(rule)} have passed since {words.event(str(rule.get('event')))}"
    if rule.get("first_counted_day") == "event_day":
        said += ", that day counted"
    elif rule.get("first_counted_day"):
        said += ", counted from the day after"
    return said + (", open on the last counted day already" if rule.get("opens") == "last_counted_day" else "")


def _lead(node: Mapping[str, Any]) -> str:
    rule = node["lead_before"]
    return (
        f"{words.event(str(rule.get('from_event')))} lies at least {_length(rule)} "
        f"before {words.event(str(rule.get('event')))}"
    )


def _document(node: Mapping[str, Any]) -> str:
    paper = node["document"]
    said = f"the {words.paper(str(paper.get('type')))} is {words.spaced(str(paper.get('state')))}"
    if paper.get("held_by"):
        said += f", held by {words.role(str(paper['held_by']))}"
    return said + (f", for {words.spaced(str(paper['scope']))}" if paper.get("scope") else "")


def _authorization(node: Mapping[str, Any]) -> str:
    rule = node["authorisation"]
    covers = ", ".join(words.spaced(str(one)) for one in rule.get("covers", []))
    level = {"case": "", None: ""}.get(rule.get("level"), f" ({words.spaced(str(rule.get('level')))})")
    return f"an authorization{level} is in force and covers: {covers}"


def _party(node: Mapping[str, Any]) -> str:
    rule = node["party"]
    roles = " or ".join(words.role(str(one)) for one in rule.get("is_one_of", []))
    has = f", with {', '.join(words.spaced(str(one)) for one in rule['has'])}" if rule.get("has") else ""
    return f"the {words.spaced(str(rule.get('party')))} is {roles}{has}"


def _attested(node: Mapping[str, Any]) -> str:
    rule = node["attested_by"]
    return f"{words.role(str(rule.get('role')))} has signed: “{rule.get('statement')}”"


def _listed(node: Mapping[str, Any]) -> str:
    rule = node["list_match"]
    return f"it stands on the list {words.spaced(str(rule.get('list')))} as of {words.event(str(rule.get('as_of')))}"


def _shelf_life(node: Mapping[str, Any]) -> str:
    rule = node["shelf_life_remaining"]
    return f"at {words.event(str(rule.get('at_event')))} at least {rule.get('min_fraction')} of its shelf life is left"


def _length(rule: Mapping[str, Any]) -> str:
    unit = str(rule.get("unit"))
    return f"{rule.get('amount')} {_UNITS.get(unit) or words.spaced(unit) + 's'}"


_TELLERS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "event": _event,
    "not_event": lambda node: f"{words.event(str(node['not_event']))} is not recorded",
    "elapsed_since": _elapsed,
    "lead_before": _lead,
    "document": _document,
    "authorisation": _authorization,
    "party": _party,
    "attested_by": _attested,
    "list_match": _listed,
    "shelf_life_remaining": _shelf_life,
    "outside_office_hours": lambda node: "it is outside the authority's office hours",
}
