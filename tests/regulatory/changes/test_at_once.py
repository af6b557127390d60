"""The same form sent several times at once, over connections of their own: one import, one draft, one order."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

from cases.documents.services import Proof
from cases.models import Hold
from regulatory.drafts import draft_from, import_profile
from regulatory.models import ProfileVersion, Publication
from regulatory.publishing import Plan, carry_out, order_publication
from tests.databases import FreshDatabase
from tests.factories import PASSWORD
from tests.regulatory.changes.ground import UK, file_of, raw_of
from tests.regulatory.changes.test_impact import ACKNOWLEDGED, NOW, SENT, window
from tests.regulatory.changes.test_publishing import FROM, draft
from tests.regulatory.ground import at, build_ground


def four_times(work: Callable[[], Any]) -> list[Any]:
    """What four threads were answered that begin together, each on its own connection."""
    together, answers = threading.Barrier(4), []

    def run() -> None:
        together.wait()
        try:
            answers.append(work())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_is_one_import_one_draft_and_one_order(fresh_database: FreshDatabase) -> None:
    ground = build_ground(UK, now=at("2026-03-02 10:00"), country="GB", zone="Europe/London")
    ground.ready()
    ground.submit(SENT)
    ground.acknowledge(ACKNOWLEDGED)
    ground.plan("2026-04-07", "2026-04-09")
    house = ground.house
    signed = ProfileVersion.objects.get(version="1.0.0-demo")

    content = file_of(raw_of(version="3.0.0"))
    imports = four_times(lambda: import_profile(content, by=house.coordinator, now=NOW))
    drafts = four_times(lambda: draft_from(signed, number="2.0.0", by=house.coordinator, now=NOW, reason="New."))
    version = draft(ground, window(32))
    orders = four_times(
        lambda: order_publication(
            version,
            effective_from=FROM,
            plan=Plan(),
            printed_name="H. Lindqvist",
            proof=Proof(PASSWORD),
            by=house.pic,
            now=NOW,
            form_key="one form",
        )
    )
    done = four_times(lambda: carry_out(orders[0], now=NOW))

    assert sorted(one.is_new for one in imports) == [False, False, False, True]
    assert [len(answers) for answers in (imports, drafts, orders, done)] == [4, 4, 4, 4]
    assert [len({one.version.pk for one in imports}), len({one.pk for one in drafts})] == [1, 1]
    assert ({one.pk for one in orders}, Publication.objects.count()) == ({orders[0].pk}, 1)
    assert [one.state for one in done] == ["done"] * 4
    assert Hold.objects.get().case == ground.case
