"""Stock is brought in, drawn for a patient to the last pack, put back and drawn again: a round of its own cases.

No case of the walk rests on a pathway for stock, so that a whole round is one act, done once; each move of it is judged
from the trail like any other.
"""

from typing import Any

from cases.models import Case
from regulatory.pathway import profile_of
from tests.factories import build_case, sign_determination, signed_profile
from tests.journeys.walk import Walk
from tests.machine.beside.bench import Act, Bench
from tests.regulatory.ground import Ground

KEY = "CA-SAP-FUTURE"


def a_round_of_stock(bench: Bench) -> Any:
    world = bench.world
    if Case.objects.filter(patient__isnull=True).exists():
        return None
    house = world.house
    house.now = world.now
    version = signed_profile(house, KEY)
    home = _walk(house, build_case(house, version=version, now=world.now), world.now)
    home.bring_in()
    world.patients += 1
    patient = home.patient(world.patients)
    patient.take("cases.case.begin_sourcing")
    drawn = patient.draw(packs=2)
    patient.take("custody.consignment.put_back", lambda: {"reason": "The patient declined."}, on=drawn)
    patient.draw(packs=1)
    patient.take("cases.case.begin_dispensing")
    # It took some days, which went by for everybody.
    world.now = max(world.now, patient.ground.now)
    return home


def _walk(house: Any, case: Case, now: Any) -> Walk:
    sign_determination(house, case, now=now)
    held = Case.objects.get(pk=case.pk)
    return Walk(Ground(house, held, now), profile_of(held.profile_version))


ACTS: dict[str, Act] = {"stock goes round": a_round_of_stock}
