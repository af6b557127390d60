"""What the pathway asks before a supply moves: gates, authorization, quantity, paid debts."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from cases.custody.models import Consignment
from cases.deadlines.models import Deadline
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from regulatory.debts import DEBTS, is_overdue
from regulatory.gating import gates_of_the_stage, gates_of_the_verb, ways_without_an_authorization
from regulatory.models import STOPPED, Authorization, Filing
from regulatory.pathway import local_day, needs_authorization, profile_of, rule_named
from regulatory.quantities import balance, factor_of, uses_of
from regulatory.recording import governing_filing
from regulatory.requirements.common import SHIPPING, SUPPLY_STAGES, USING, plain
from regulatory.standing_authority import authorization_of


@requirement(
    "GateOpen",
    "The pathway's gates are open",
    on=(*SUPPLY_STAGES, *SHIPPING, *USING),
    satisfied_by="whoever brings what is missing",
    rule="the pathway's gates",
)
def gate_open(situation: Situation) -> Iterable[Finding]:
    if isinstance(situation.subject, Consignment):
        return gates_of_the_verb(situation, situation.subject)
    return gates_of_the_stage(situation)


@requirement(
    "AuthorizationInForceOnArrival",
    "An authorization is in force on the planned arrival date",
    on=SHIPPING,
    satisfied_by="the authority, by an authorization whose window covers the arrival",
    rule="domain rule: validity is tested at arrival",
)
def authorization_in_force_on_arrival(situation: Situation) -> Finding:
    consignment = situation.subject
    if not isinstance(consignment, Consignment):
        return Finding(met=None, fact="No consignment was named.")
    profile = profile_of(situation.case.profile_version)
    rule = rule_named(situation.case.profile_version, "control model")
    planned: date = situation.facts.get("planned_arrival_on") or consignment.planned_arrival_on
    # A day gone by is no day of arrival: what leaves late arrives today at the earliest.
    arrival = max(planned, local_day(profile, situation.facts.get("dispatched_at") or situation.now))
    authorization = consignment.authorization
    if authorization is None:
        if not needs_authorization(profile):
            fact = "This pathway issues no authorization for a consignment; its gates are judged by themselves."
            return Finding(met=True, fact=fact, rule=rule)
        if ways := ways_without_an_authorization(situation, consignment):
            fact = f"It goes by {' and '.join(ways)}, which asks for no authorization."
            return Finding(met=True, fact=fact, sources=ways, rule=rule)
        return Finding(
            met=False,
            fact=f"{consignment.label} stands under no authorization.",
            rule=rule,
            remedy=("Put it under an authorization", "tab:filings"),
        )
    met, fact = _window(authorization, consignment, arrival)
    return Finding(met=met, fact=fact, sources=(authorization.named_in(consignment.case_id),), rule=rule)


def _window(authorization: Authorization, consignment: Consignment, arrival: date) -> tuple[bool, str]:
    """Whether state, window and uses of the authorization carry an arrival on that day, and in which words."""
    label, until = authorization.named_in(consignment.case_id), authorization.valid_until
    if authorization.state != Authorization.State.IN_FORCE:
        return False, f"{label} is {authorization.get_state_display()}."
    ends = f"{until:%Y-%m-%d}" if until else "no stated end"
    told = f"{label} runs from {authorization.valid_from:%Y-%m-%d} to {ends}; planned arrival is {arrival:%Y-%m-%d}."
    if arrival < authorization.valid_from or (until and arrival > until):
        return False, told
    if authorization.max_uses is not None:
        gone = uses_of(authorization, without=consignment)
        if gone >= authorization.max_uses:
            return False, f"{label} allows {authorization.max_uses} consignments; {gone} have gone."
    return True, told


@requirement(
    "AuthorizationStandsAtDispatch",
    "The authorization stands on the day of dispatch",
    on=("custody.consignment.dispatch",),
    satisfied_by="the authority, by an authorization that has not ended when it leaves",
    rule="domain rule: what has ended lets nothing leave; what is to begin is tested at arrival (edge case 5)",
)
def authorization_stands_at_dispatch(situation: Situation) -> Finding:
    consignment = situation.subject
    authorization = consignment.authorization if isinstance(consignment, Consignment) else None
    if authorization is None:
        return Finding(met=True, fact="It leaves under no authorization; see the planned arrival.")
    day = local_day(profile_of(situation.case.profile_version), situation.facts.get("dispatched_at") or situation.now)
    label, until = authorization.named_in(situation.case.pk), authorization.valid_until
    if authorization.state != Authorization.State.IN_FORCE or (until is not None and day > until):
        ended = f"ended on {until}" if until is not None and day > until else f"is {authorization.get_state_display()}"
        return Finding(met=False, fact=f"{label} {ended}; dispatch is on {day}.", sources=(label,))
    if day < authorization.valid_from:
        told = f"{label} begins on {authorization.valid_from}, after the dispatch on {day}; the arrival decides."
        return Finding(met=True, fact=told, sources=(label,))
    return Finding(met=True, fact=f"{label} stands on {day}.", sources=(label,))


@requirement(
    "DelayIsJudged",
    "What the new day of arrival does to the authorization is told",
    on=("custody.consignment.report_delay",),
    satisfied_by="nobody: it is told, and a hold is placed where the window is missed",
    rule="domain rule: validity is tested at arrival (edge case 4)",
)
def delay_is_judged(situation: Situation) -> Finding:
    """Told, not judged: a delay is a fact, whatever it does."""
    new = situation.facts.get("planned_arrival_on")
    authorization = situation.subject.authorization if isinstance(situation.subject, Consignment) else None
    if new is None or authorization is None:
        return Finding(met=True, fact="It travels under no authorization." if new else "The day is given in the form.")
    label = authorization.named_in(situation.case.pk)
    return Finding(met=True, fact=window_told(authorization, new, situation.case.pk)[1], sources=(label,))


def window_told(authorization: Authorization, arrives_on: date, case_id: int) -> tuple[bool, str]:
    """Whether the window of an authorization covers a day of arrival, and in which words for that case."""
    label, until = authorization.named_in(case_id), authorization.valid_until
    if until is None or arrives_on <= until:
        ends = f"runs until {until}" if until else "states no end"
        return True, f"{label} {ends}; arrival on {arrives_on} is within it."
    return False, f"{label} ends on {until}, before the new day of arrival, {arrives_on}."


@requirement(
    "ArrivedUnderItsAuthorization",
    "It arrived while its authorization was in force",
    on=USING,
    satisfied_by="the authority, by extending it or by another authorization that the consignment is put under",
    rule="domain rule: a lapse in transit is regularised first (edge case 4)",
)
def arrived_under_its_authorization(situation: Situation) -> Finding:
    consignment = situation.subject
    authorization = authorization_of(consignment) if isinstance(consignment, Consignment) else None
    if not isinstance(consignment, Consignment) or authorization is None or consignment.arrived_at is None:
        return Finding(met=True, fact="It travelled under no authorization; its gates are judged by themselves.")
    arrived = local_day(profile_of(situation.case.profile_version), consignment.arrived_at)
    label, until = authorization.named_in(situation.case.pk), authorization.valid_until
    if until is not None and arrived > until:
        return Finding(
            met=False,
            fact=f"{consignment.label} arrived on {arrived:%Y-%m-%d}; {label} ended on {until:%Y-%m-%d}.",
            sources=(label,),
            remedy=("Put it under another authorization", "tab:filings"),
        )
    if authorization.state in STOPPED:
        return Finding(
            met=False,
            fact=f"{label} is {authorization.get_state_display()}: nothing that came under it is used.",
            sources=(label,),
        )
    return Finding(met=True, fact=f"{consignment.label} arrived on {arrived:%Y-%m-%d} under {label}.", sources=(label,))


@requirement(
    "QuantityWithinAuthorization",
    "The quantity is within the authorization",
    on=("custody.consignment.order", "regulatory.authorization.assign", "regulatory.standing_authority.use", *SHIPPING),
    satisfied_by="nobody: a new or an amended authorization is needed",
    rule="domain rule: never over the ceiling",
)
def quantity_within_authorization(situation: Situation) -> Finding:
    consignment, authorization = _pair(situation)
    if consignment is None:
        return Finding(met=True, fact="Choose the consignment; its quantity is compared with what is left.")
    if authorization is None:
        return _within_the_filing(situation, consignment)
    label = authorization.named_in(situation.case.pk)
    if authorization.state != Authorization.State.IN_FORCE:
        return Finding(
            met=False,
            fact=f"{label} is {authorization.get_state_display()}.",
            sources=(label,),
        )
    factor = factor_of(consignment, authorization, situation.facts.get("factor"))
    if factor is None:
        return Finding(
            met=None,
            fact=f"{consignment.label} is counted in {consignment.unit}, {label} in {authorization.unit}"
            ": say how they convert when you put it under the authorization.",
            sources=(label,),
        )
    if factor != 1 and authorization.unit in ("", consignment.unit):
        fact = f"{consignment.label} and {label} are both counted in {consignment.unit}: leave the conversion out."
        return Finding(met=False, fact=fact, sources=(label,))
    left = balance(authorization, without=consignment).remaining
    if left is None:
        return Finding(met=True, fact=f"{label} sets no quantity.", sources=(label,))
    needed = consignment.quantity * factor
    return Finding(
        met=needed <= left,
        fact=f"{label} has {plain(left)} {authorization.unit} left for {consignment.label}; it needs {plain(needed)}.",
        sources=(label,),
    )


def _pair(situation: Situation) -> tuple[Consignment | None, Authorization | None]:
    """The consignment and the authorization that the verb brings together."""
    if isinstance(situation.subject, Authorization):
        return situation.facts.get("consignment"), situation.subject
    if isinstance(situation.subject, Consignment):
        return situation.subject, situation.facts.get("authorization") or situation.subject.authorization
    return None, None


def _within_the_filing(situation: Situation, consignment: Consignment) -> Finding:
    """Without an authorization, what was notified is the ceiling of all consignments that stand under none."""
    filing = governing_filing(situation.case)
    if filing is not None and filing.state in OBJECTED:
        return Finding(
            met=False,
            fact=f"{filing.label} is {filing.get_state_display()}: it allows no quantity.",
            sources=(filing.label,),
            satisfied_by="the authority, by another decision, or a further filing",
            remedy=("File again", "cases.case.refile"),
        )
    if filing is None or filing.quantity is None:
        return Finding(met=True, fact="No authorization and no notified quantity stands behind it.")
    others = situation.case.consignments.filter(authorization__isnull=True, dispatched_at__gte=filing.submitted_at)
    others |= situation.case.consignments.filter(authorization__isnull=True, state__in=SET_ASIDE)
    taken = sum((other.quantity for other in others.exclude(pk=consignment.pk).distinct()), Decimal(0))
    left = filing.quantity - taken
    return Finding(
        met=consignment.quantity <= left,
        fact=f"{filing.label} names {plain(filing.quantity)} {situation.case.medicine.unit}; {plain(left)} are left "
        f"for {consignment.label}, which needs {plain(consignment.quantity)}.",
        sources=(filing.label,),
        satisfied_by="nobody: a further filing is needed",
    )


# A filing in these states stands behind nothing.
OBJECTED = (Filing.State.REFUSED, Filing.State.APPEALED)
# Ordered and not yet gone: what was planned only takes nothing, what left counts from the filing it left under.
SET_ASIDE = (Consignment.State.ORDERED, Consignment.State.ALLOCATED, Consignment.State.RELEASED)


@requirement(
    "DebtsPaid",
    "No duty that a supply or a permission left behind is overdue",
    on=("cases.case.resupply", *SHIPPING),
    satisfied_by="whoever holds the overdue duty, by doing it",
    rule="domain rule: an overdue debt blocks the next shipment",
)
def debts_paid(situation: Situation) -> Finding:
    kinds = [f"regulatory.{name}" for name in DEBTS]
    rows = Deadline.objects.filter(case_id=situation.case.pk, kind__in=kinds).select_related("holder")
    overdue = [deadline for deadline in rows.order_by("due_at") if is_overdue(deadline, situation.now)]
    if not overdue:
        return Finding(met=True, fact="No such duty is overdue.")
    told = "; ".join(f"{deadline.label}, due {deadline.due_on:%Y-%m-%d}, with {deadline.ball}" for deadline in overdue)
    return Finding(
        met=False,
        fact=f"Overdue: {told}.",
        sources=tuple(deadline.fact for deadline in overdue if deadline.fact),
        remedy=("Open the filings", "tab:filings"),
    )
