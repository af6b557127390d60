"""How often a stranger may try: counted by address in the shared cache, exactly, and never with the address itself."""

import hashlib
import time

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest

WINDOW_SECONDS = 15 * 60


def may_try(request: HttpRequest, what: str, *, most: int) -> bool:
    """Take one of ``most`` tries of this quarter of an hour; False when none is left."""
    slots = (f"{_key(request, what)}:{slot}" for slot in range(most))
    # Looking first spares the database a refused insertion; adding decides, so that no slot is taken twice.
    return any(cache.get(slot) is None and cache.add(slot, 1, WINDOW_SECONDS) for slot in slots)


def give_back(request: HttpRequest, what: str, *, most: int) -> None:
    """A try that was right does not count."""
    for slot in reversed(range(most)):
        if cache.delete(f"{_key(request, what)}:{slot}"):
            return


def _key(request: HttpRequest, what: str) -> str:
    # A setting names the proxies that are trusted; without one the address is the connection's own.
    address = str(get_adapter().get_client_ip(request))
    window = int(time.time() // WINDOW_SECONDS)
    return f"tries:{what}:{window}:{hashlib.sha256(address.encode()).hexdigest()[:24]}"
