"""Whether a programme asks for events, which decides what its reports are: C.1.3 and C.5.4 of a message.

Where events are asked for, a report is one from a study of individual patient use (C.1.3 = 2, C.5.4 = 2); where nobody
asks, what a doctor tells by himself is spontaneous (C.1.3 = 1, no study). Source: facts, pharmacovigilance 1.7: the
pairing is in ICH's and the EU's tables, the split is recalled from GVP VI.C.1.2.2. It is set for a pathway, not guessed
for a report; without a word events are asked for, since this system plans questions after every dose.
"""

from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Error

from regulatory.profiles.loader import load

EVERY: Final = "*"


def asks_for_events(pathway: str) -> bool:
    """Whether the house asks for events in the programme of that pathway."""
    return not {EVERY, pathway} & set(settings.NPP_SAFETY_SPONTANEOUS)


def check_programmes(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """A pathway that there is not would leave its reports what they should not be."""
    named = [name for name in settings.NPP_SAFETY_SPONTANEOUS if name != EVERY]
    known = load().profiles if named else {}
    return [
        Error(
            f"NPP_SAFETY_SPONTANEOUS names {name!r}, which is no pathway.",
            hint="Write keys as DE-73-3, separated by commas, or * for every pathway.",
            id="pharmacovigilance.E001",
        )
        for name in named
        if name not in known
    ]
