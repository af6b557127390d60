"""The filings that one supply needs, in their order: permit for a controlled drug, import, export. Pure.

The order is a derived reading of a fact (``readings.json``): the ``filing`` it stands for, its ``authority`` (a fact
id), the condition ``only_if`` under which it is needed, what it comes ``after`` and ``before``, and the ``paper`` that
shows it where somebody abroad files it. The pathway's own application or notification is the filing ``main``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from regulatory.profiles.loader import Profile

MAIN = "main"
TITLES = {
    MAIN: "The pathway’s own filing",
    "narcotics_permit": "Permit for the controlled drug, of the destination",
    "export_permit": "Export permit, of the country of origin",
}


@dataclass(frozen=True, slots=True)
class RouteFiling:
    """One filing of a route. ``profile`` is the pathway it belongs to; ``authority`` is empty where it is not known.

    ``fact`` is the fact that asks for it, ``because`` why the order is as it is; both are empty for the main filing.
    """

    code: str
    profile: Profile
    authority: str = ""
    after: tuple[str, ...] = ()
    paper: str = ""
    fact: str = ""
    because: str = ""

    @property
    def title(self) -> str:
        return TITLES[self.code]


def route_of(
    destination: Profile, leaving: Profile | None, *, conditions: Mapping[str, bool], files: str
) -> tuple[RouteFiling, ...]:
    """Every filing of this way in its order; what a condition excludes is left out.

    :param leaving: the pathway out of the country of origin.
    :param files: when the destination's pathway has its own filing: ``before`` the supply, ``after`` it (then nothing
        waits for it), or ``never``.
    """
    own = next((str(fact["value"]) for fact in destination.section("authority")), "")
    found: dict[str, RouteFiling] = {MAIN: RouteFiling(MAIN, destination, own)} if files != "never" else {}
    before: dict[str, list[str]] = {}
    for profile in filter(None, (destination, leaving)):
        for fact, reading in profile.readings.items():
            code = reading.get("filing")
            if code is None or code in found or conditions.get(str(reading.get("only_if"))) is False:
                continue
            authority = profile.facts[reading["authority"]].raw["value"] if "authority" in reading else ""
            found[code] = RouteFiling(
                code, profile, str(authority), tuple(reading.get("after", ())), str(reading.get("paper", "")), fact,
                str(reading["because"]),
            )  # fmt: skip
            for later in reading.get("before", ()):
                before.setdefault(later, []).append(code)
    waited_for = set(found) if files == "before" else set(found) - {MAIN}
    steps = {
        code: RouteFiling(
            code, one.profile, one.authority,
            tuple(earlier for earlier in dict.fromkeys((*before.get(code, ()), *one.after)) if earlier in waited_for),
            one.paper, one.fact, one.because,
        )
        for code, one in found.items()
    }  # fmt: skip
    return tuple(_in_order(steps))


def _in_order(steps: Mapping[str, RouteFiling]) -> Iterable[RouteFiling]:
    """Each after all that it comes after.

    :raises ValueError: when two wait for each other.
    """
    done: dict[str, None] = {}
    while len(done) < len(steps):
        ready = [code for code, one in steps.items() if code not in done and set(one.after) <= set(done)]
        if not ready:
            raise ValueError(f"These filings wait for each other: {', '.join(sorted(set(steps) - set(done)))}.")
        # What is to come before another one first, so that the drawing reads from left to right.
        first = min(ready, key=lambda code: (code == MAIN, list(steps).index(code)))
        done[first] = None
        yield steps[first]
