"""One pharmacy, its people and one case for each journey, in a real browser, on a clock that can be moved."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from cases import clock
from cases.clock.models import ClockSetting
from cases.custody.models import Partner
from cases.deadlines.loops import run_sweep
from tests.browser.harness import Witness
from tests.factories import EXPORT, add_partner, build_house, signed_profile
from tests.journeys.place import Place

PARTNERS = (("Calder Wholesale", Partner.Kind.WHOLESALER), ("Meridian Cold Freight", Partner.Kind.CARRIER))


@pytest.fixture
def place(
    open_page: Callable[..., Page], live_server: LiveServer, witness: Witness, settings: Settings
) -> Callable[..., Place]:
    """Build the place of a journey: ``place("UK-SPECIALS", start="2027-03-01 14:00", country="GB", zone=...)``."""
    settings.ENVIRONMENT = "demonstration"  # with the banner that moves the clock, and the mailbox
    settings.EMAIL_BACKEND = "cases.notices.backends.MailboxBackend"
    settings.NPP_PUBLIC_URL = live_server.url
    settings.SWEEP_INTERVAL = timedelta(hours=1)  # the journeys sweep when they move the clock, not every 15 seconds
    witness.allowed_status = {409, 422}  # what a refused step answers

    def build(pathway: str, *, start: str, country: str, zone: str) -> Place:
        now = datetime.fromisoformat(start).replace(tzinfo=UTC)
        # A journey plays on its own days, whatever day it is today; from here on people move the clock themselves.
        ClockSetting.objects.create(pk=1, offset=now - clock.true_now(), moved_by="tests")
        house = build_house(now=now, country=country, zone=zone)
        for name, kind in PARTNERS:
            add_partner(house.pharmacy, kind, name, now=now)
        signed_profile(house, pathway)
        signed_profile(house, EXPORT)
        run_sweep(now=clock.now())
        return Place(house, open_page)

    return build
