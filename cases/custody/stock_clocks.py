"""The shelf life is watched where the packs are: in stock while some are on hand, and in each case that drew some."""

from cases.custody.clocks import dates_end, shelf_life_is_watched
from cases.custody.models import Consignment
from cases.custody.verbs.common import consignment_of
from cases.lifecycle.verbs import Situation, after
from cases.models import CaseEvent


@after("custody.consignment.draw")
def what_was_drawn_is_watched(situation: Situation, event: CaseEvent) -> None:
    shelf_life_is_watched(situation, consignment_of(situation))


@after("custody.consignment.hand_on")
def nothing_is_left_to_watch(situation: Situation, event: CaseEvent) -> None:
    consignment = consignment_of(situation)
    if consignment.state == Consignment.State.DRAWN:
        dates_end(situation, consignment)


@after("custody.consignment.take_in")
def what_came_back_is_watched_again(situation: Situation, event: CaseEvent) -> None:
    """The date that ended with the last pack stands again."""
    shelf_life_is_watched(situation, consignment_of(situation))
