"""Which steps a case's pathway has no use for, read from its data; the pages then never offer them.

What is not offered is not forbidden: an authority may say what nobody asked it. Only the next step is kept clear.
"""

from collections.abc import Callable, Mapping

from cases.lifecycle.steps import tells_what_is_not_in_the_pathway
from cases.models import Case
from regulatory.conditions import conditions_in
from regulatory.pathway import needs_authorization, profile_of, statements, uses_event, waits_in
from regulatory.profiles.loader import Profile
from regulatory.profiles.route import MAIN
from regulatory.stages import filed_and_awaited

NOTHING_ATTESTED = "Not in this pathway: no gate asks for a signed statement"
NO_CONDITION = "Not in this pathway: no paper hangs on a condition"
NO_WINDOW = "Not in this pathway: no window passes in silence"
NOT_DECIDED = "Not in this pathway: the authority is told, and grants nothing"
# (what a pathway must have, the verbs that it brings, what is said where it does not).
ASKED_OF_THE_DATA: tuple[tuple[Callable[[Profile], object], tuple[str, ...], str], ...] = (
    (statements, ("regulatory.attestation.sign",), NOTHING_ATTESTED),
    (conditions_in, ("regulatory.condition.answer",), NO_CONDITION),
    (
        waits_in,
        ("regulatory.filing.lapse", "regulatory.filing.waive_window", "regulatory.filing.record_objection"),
        NO_WINDOW,
    ),
)
DECISIONS = ("regulatory.filing.grant", "regulatory.filing.refuse")


@tells_what_is_not_in_the_pathway
def not_in_data(case: Case) -> Mapping[str, str]:
    """Verbs that the data of the case's pathway never lead to, each with the reason in a few words."""
    profile = profile_of(case.profile_version)
    found = {code: why for has, codes, why in ASKED_OF_THE_DATA if not has(profile) for code in codes}
    if not _is_decided(case, profile) and not _files_beside_it(case):
        found |= dict.fromkeys(DECISIONS, NOT_DECIDED)
    return found


def _files_beside_it(case: Case) -> bool:
    """Whether a narcotics or export permit is asked for or under way, which is granted whatever the pathway does."""
    return case.medicine.is_controlled or case.filings.exclude(step=MAIN).exists()


def _is_decided(case: Case, profile: Profile) -> bool:
    """Whether the authority gives its word on the pathway's own filing, rather than its silence or nothing."""
    if needs_authorization(profile) or uses_event(profile, "decided_granted"):
        return True
    return filed_and_awaited(case)[1] and not waits_in(profile)
