"""Whoever may be the second to say that a supply is an emergency hears at once that one person has said so.

Not one of them is asked by name: the first of them who agrees is enough (house rule R-25), and the letter is not sent
to anybody once that has happened.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q

from cases.custody.models import Consignment
from cases.lifecycle.verbs import Situation, after
from cases.models import Case, CaseEvent
from cases.notices.letters import Letter, NoLonger, compose_with, letter_from
from cases.notices.models import Notice
from cases.people.models import User
from cases.people.roles import Role
from regulatory.emergencies import PEOPLE, emergency_gates
from regulatory.notifying import EMERGENCY_WAITS, tell
from regulatory.pathway import profile_of
from regulatory.requirements.common import pharmacists_in_charge
from regulatory.requirements.emergencies import confirmed_by


@after("regulatory.emergency.confirm")
def tell_who_may_be_the_second(situation: Situation, event: CaseEvent) -> None:
    said = _said(situation.record(Consignment))
    if len(said) < PEOPLE:
        tell([one for one in _may_say_so(situation.case) if one not in said], EMERGENCY_WAITS, situation, event)


@compose_with(EMERGENCY_WAITS)
def letter(notice: Notice, now: datetime) -> Letter | NoLonger:
    """Nothing to write any more when the second person was quicker than the mail."""
    case = notice.case
    found = case.consignments.filter(number=notice.facts["subject_label"].removeprefix("C-")).first() if case else None
    if found is not None and len(_said(found)) >= PEOPLE:
        return NoLonger("Two people have confirmed it.")
    return letter_from(f"mail/{EMERGENCY_WAITS}.txt", notice, now=now)


def _said(consignment: Consignment) -> list[User]:
    return confirmed_by(consignment, emergency_gates(profile_of(consignment.case.profile_version)))


def _may_say_so(case: Case) -> Iterator[User]:
    """The prescriber, the receiving pharmacists of the place of use, the coordinator, the pharmacists in charge."""
    receiving = Q(institution_id=case.institution_id, role=Role.RECEIVING_PHARMACIST, is_active=True)
    yield case.prescriber.user
    yield from User.objects.filter(receiving).order_by("pk")
    yield case.coordinator
    yield from pharmacists_in_charge(case)
