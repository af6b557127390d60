"""The quantity ledger of an authorization: what may be supplied under it, and where each part of it stands.

One consignment stands in one account at a time: reserved when it is put under the authorization, ordered, shipped,
received, dispensed, returned or destroyed. What has left counts against the ceiling for good, also when it is lost,
returned or destroyed; only what never left is given free again. The database keeps the same two rules by itself:
no account below zero, no sum over the ceiling (trigger ``keeps_the_ceiling``).

A consignment of stock is counted like any other, once: what patients' cases draw from it stands under no authorization
of its own, so that the ledger is the sum of the consignments under it. What was drawn stays received when the rest is
returned or destroyed. Where each pack went is the stock's own account (:mod:`cases.custody.stock`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum

from cases.custody.models import Consignment
from cases.lifecycle.errors import NotPossible
from cases.lifecycle.verbs import Situation, after
from cases.models import CaseEvent
from regulatory.models import Authorization, QuantityEntry
from regulatory.pathway import STANDING

State = Consignment.State
Account = QuantityEntry.Account

BEFORE_DISPATCH = (State.PLANNED, State.ORDERED, State.ALLOCATED, State.RELEASED)
# Where the quantity of a consignment stands by its state; a lost one stays where it was last: shipped.
ACCOUNT_OF_STATE: Mapping[str, str] = {
    State.PLANNED: Account.RESERVED,
    State.ORDERED: Account.ORDERED,
    State.ALLOCATED: Account.ORDERED,
    State.RELEASED: Account.ORDERED,
    State.IN_TRANSIT: Account.SHIPPED,
    State.LOST: Account.SHIPPED,
    State.ARRIVED: Account.RECEIVED,
    State.ACCEPTED: Account.RECEIVED,
    State.REJECTED: Account.RECEIVED,
    State.DISPENSED: Account.DISPENSED,
    State.RETURNED: Account.RETURNED,
    State.DESTROYED: Account.DESTROYED,
    # Drawn for patients, who are still given it under this authorization: it stays received, and is counted once.
    State.DRAWN: Account.RECEIVED,
}
ENDED = (State.RETURNED, State.DESTROYED)
ZERO = Decimal(0)
# With the last of these an authorization ends by itself whose quantity or uses are spent; a plan that is cancelled may
# have been the last that went under it.
ENDS_A_SUPPLY = tuple(f"custody.consignment.{word}" for word in ("dispense", "give_back", "destroy", "cancel"))


class OverTheCeiling(NotPossible):
    """More than an authorization allows; there is no override, only a new or an amended authorization."""

    kind = "over-the-ceiling"


class UnitsDiffer(NotPossible):
    """The consignment is counted in another unit than the authorization, and nobody said how they convert."""

    kind = "units-differ"


@dataclass(frozen=True, slots=True)
class Balance:
    """How an authorization stands, in its own unit. ``remaining`` is ``None`` when it sets no quantity."""

    authorized: Decimal | None
    accounts: Mapping[str, Decimal]

    @property
    def used(self) -> Decimal:
        """Everything reserved, ordered or gone out."""
        return sum(self.accounts.values(), ZERO)

    @property
    def remaining(self) -> Decimal | None:
        return None if self.authorized is None else self.authorized - self.used

    @property
    def under_way(self) -> Decimal:
        """What is not yet dispensed, returned or destroyed."""
        going = (Account.RESERVED, Account.ORDERED, Account.SHIPPED, Account.RECEIVED)
        return sum((self.accounts.get(account, ZERO) for account in going), ZERO)


def balance(authorization: Authorization, *, without: Consignment | None = None) -> Balance:
    """How the authorization stands, in one query.

    :param without: leave this consignment out, to ask what is left for it.
    """
    entries = authorization.quantity_entries.all()
    if without is not None and without.pk:
        entries = entries.exclude(consignment_id=without.pk)
    # Without the order of whoever fetched the entries: it would split an account into its lines.
    sums = dict(
        entries.order_by().values_list("account").annotate(total=Sum("quantity")).values_list("account", "total")
    )
    authorized = sums.pop(Account.AUTHORIZED, None)
    return Balance(authorized, {account: total for account, total in sums.items() if total})


def factor_of(consignment: Consignment, authorization: Authorization, given: Decimal | None = None) -> Decimal | None:
    """How many authorized units one unit of the consignment holds; ``None`` when nobody has said.

    :param given: as just typed; otherwise what the ledger already holds for this consignment.
    """
    if given is not None:
        return given
    if not _differ(consignment, authorization):
        return Decimal(1)
    known = authorization.quantity_entries.filter(consignment_id=consignment.pk).order_by("-id").first()
    return known.factor if known else None


def book(
    consignment: Consignment, *, authorization: Authorization | None, at: datetime, factor: Decimal | None = None
) -> None:
    """Bring the ledger in line with where the consignment stands now. Must run inside ``acting``.

    Its quantity leaves the accounts (and the authorization) it stood in and enters those of its state; one statement,
    so that no moment shows it twice or not at all. Doing it again changes nothing.

    :raises OverTheCeiling, UnitsDiffer: nothing was written.
    """
    involved = set(consignment.quantity_entries.values_list("authorization_id", flat=True))
    if authorization is not None:
        involved.add(authorization.pk)
    if not involved:
        return
    locked = Authorization.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=involved).order_by("pk")
    held = {found.pk: found for found in locked}
    wanted = _wanted(consignment, held[authorization.pk] if authorization else None, factor)
    lines = []
    for pk, found in held.items():
        standing = _standing(consignment, found)
        target = wanted if authorization is not None and pk == authorization.pk else []
        if target and {one[:2] for one in standing} == {one[:2] for one in target}:
            continue
        lines += [_line(consignment, found, account, -total, last, at) for account, total, last in standing]
        lines += [_line(consignment, found, *part, at) for part in target]
        if target:
            _refuse_over(found, consignment, sum((total for _, total, _ in target), ZERO))
            _refuse_more_uses(found, consignment)
    QuantityEntry.objects.bulk_create(lines)


def _wanted(
    consignment: Consignment, authorization: Authorization | None, factor: Decimal | None
) -> list[tuple[str, Decimal, Decimal]]:
    """(account, quantity, factor) of each part that should stand; empty when nothing should."""
    if authorization is None:
        return []
    never_left = consignment.state == State.DESTROYED and consignment.dispatched_at is None
    if never_left or consignment.state == State.CANCELLED:
        return []
    converted = factor_of(consignment, authorization, factor)
    if converted is None:
        named = authorization.named_in(consignment.case_id)
        raise UnitsDiffer(
            f"{consignment.label} is counted in {consignment.unit}, {named} in {authorization.unit}, and nobody has "
            "said how they convert. Nothing was changed. Put it under the authorization with the factor."
        )
    drawn = drawn_of(consignment) if consignment.state in ENDED else ZERO
    parts = {State.DRAWN: drawn, consignment.state: consignment.quantity - drawn}
    return [(ACCOUNT_OF_STATE[state], part * converted, converted) for state, part in parts.items() if part]


def drawn_of(stock: Consignment) -> Decimal:
    """How much of a consignment of stock patients' cases have, in its own unit; what was put back is not with them."""
    taken = stock.drawn.exclude(state=State.PUT_BACK).aggregate(total=Sum("quantity"))["total"]
    return taken or ZERO


def _standing(consignment: Consignment, authorization: Authorization) -> list[tuple[str, Decimal, Decimal]]:
    totals: dict[str, Decimal] = {}
    factors: dict[str, Decimal] = {}
    for entry in authorization.quantity_entries.filter(consignment=consignment).order_by("id"):
        totals[entry.account] = totals.get(entry.account, ZERO) + entry.quantity
        factors[entry.account] = entry.factor
    return [(account, total, factors[account]) for account, total in totals.items() if total]


def _line(
    consignment: Consignment,
    authorization: Authorization,
    account: str,
    quantity: Decimal,
    factor: Decimal,
    at: datetime,
) -> QuantityEntry:
    note = "" if factor == 1 else f"1 {consignment.unit} counts {factor.normalize():f} {authorization.unit}"
    return QuantityEntry(
        case_id=consignment.case_id,
        authorization=authorization,
        consignment=consignment,
        account=account,
        quantity=quantity,
        factor=factor,
        note=note,
        happened_at=at,
    )


def _refuse_over(authorization: Authorization, consignment: Consignment, quantity: Decimal) -> None:
    left = balance(authorization, without=consignment).remaining
    if left is not None and quantity > left:
        named = authorization.named_in(consignment.case_id)
        raise OverTheCeiling(
            f"{named} has {left.normalize():f} {authorization.unit} left; {consignment.label} needs "
            f"{quantity.normalize():f}. Nothing was changed. A new or an amended authorization is needed."
        )


def _refuse_more_uses(authorization: Authorization, consignment: Consignment) -> None:
    """Under the authorization's lock: cases that share a standing one may dispatch at the same instant."""
    if authorization.max_uses is None or consignment.state != State.IN_TRANSIT:
        return
    gone = uses_of(authorization, without=consignment)
    if gone >= authorization.max_uses:
        raise OverTheCeiling(
            f"{authorization.named_in(consignment.case_id)} allows {authorization.max_uses} consignments; {gone} have "
            "gone. Nothing was changed. A new or an amended authorization is needed."
        )


def _differ(consignment: Consignment, authorization: Authorization) -> bool:
    return bool(authorization.unit) and authorization.unit != consignment.unit


@after(
    "custody.consignment.plan",
    "custody.consignment.order",
    "custody.consignment.allocate",
    "custody.consignment.release",
    "custody.consignment.take_back",
    "custody.consignment.dispatch",
    "custody.consignment.arrive",
    "custody.consignment.accept",
    "custody.consignment.reject",
    "custody.consignment.dispense",
    "custody.consignment.give_back",
    "custody.consignment.destroy",
    "custody.consignment.cancel",
    "custody.consignment.lose",
)
def follow_the_consignment(situation: Situation, event: CaseEvent) -> None:
    """Each step of a consignment moves its quantity, in the same transaction."""
    consignment = situation.subject
    if not isinstance(consignment, Consignment):
        return
    authorization = consignment.authorization
    book(consignment, authorization=authorization, at=event.happened_at)
    # A standing one ends by a deed of its own, which its other cases follow: regulatory.standing_clocks.
    if authorization is None or authorization.level == STANDING or situation.verb.code not in ENDS_A_SUPPLY:
        return
    if is_spent(authorization):
        authorization.exhaust()
        authorization.save()


def uses_of(authorization: Authorization, *, without: Consignment | None = None) -> int:
    """How many consignments have left under it; one that was lost, returned or destroyed left too."""
    left = authorization.consignments.filter(dispatched_at__isnull=False)
    return left.exclude(pk=without.pk).count() if without is not None else left.count()


def is_used_up(authorization: Authorization, stands: Balance) -> bool:
    """Whether nothing more can go under it, by its quantity or its uses, and nothing of it is under way."""
    if stands.under_way != ZERO:
        return False
    if stands.remaining is not None and stands.remaining <= ZERO:
        return True
    return authorization.max_uses is not None and uses_of(authorization) >= authorization.max_uses


def is_spent(authorization: Authorization) -> bool:
    """Whether it is used up, and nobody has ended it yet."""
    in_force = authorization.state == Authorization.State.IN_FORCE
    return in_force and is_used_up(authorization, balance(authorization))
