"""Every credential on file that ends, and every check that stops counting: a date with an owner, once a partner.

The dates are read from the files themselves, so that a renewal or a new check settles them, and stand as rows with
what became of them. The owner hears of each by the house's ladder. Where an open case needs the credential, the
case's own date is told instead, and this one is not. House rule C-93, version 1.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import models

from cases.audit.context import acting
from cases.custody.models import CredentialDate, Partner, PartnerCredential
from cases.custody.partners.dates import KINDS
from cases.custody.partners.holdings import OnFile, local_day, on_file, with_files
from cases.custody.partners.rules import CONFIRMED, Rule, table
from cases.deadlines.models import OPEN_STATES, Deadline
from cases.notices.services import plan_notice
from cases.people.models import User
from cases.people.roles import PHARMACISTS, Role

KIND: Final = "custody.credential_ends"
ENDS, CHECK = CredentialDate.What.ENDS.value, CredentialDate.What.CHECK.value
# Days before the last day that counts; the last rung is told a week after it, while nothing was done.
RUNGS: Final = {ENDS: (30, 14, 7, 1, 0, -7), CHECK: (7, 1, 0, -7)}
SHOWN_AHEAD: Final = timedelta(days=90)
Settled = CredentialDate.Settled
_MAY_OWN: Final = PHARMACISTS | {Role.ADMINISTRATOR}


@dataclass(frozen=True, slots=True)
class Coming:
    """One date: ``on`` is the last day on which the credential, or its check, counts."""

    partner: Partner
    credential: PartnerCredential
    what: str
    on: date
    owner: User | None
    has_case: bool
    because: str

    @property
    def words(self) -> str:
        return words_of(self.credential, self.what)


def words_of(credential: PartnerCredential, what: str) -> str:
    """What is due, as every page and letter says it."""
    kind = table().credentials.get(credential.kind)
    named = f"{kind.title if kind else credential.kind} {credential.number}"
    return f"{named} ends" if what == ENDS else f"{named} is to be checked again"


def coming(partners: "models.QuerySet[Partner]", *, today: date) -> list[Coming]:
    """Every date of these partners, the first first; those of credentials that were ended or renewed are left out."""
    rows = list(with_files(partners.order_by("pk")))
    in_cases = {
        key.removeprefix(f"{kind}:").rpartition(":")[0]
        for key, kind in Deadline.objects.filter(kind__in=KINDS, state__in=OPEN_STATES).values_list("key", "kind")
    }
    keepers = _keepers(rows)
    found = [one for partner in rows for one in _of_partner(partner, today, in_cases, keepers)]
    return sorted(found, key=lambda one: (one.on, one.partner.name, one.credential.pk))


def _of_partner(partner: Partner, today: date, in_cases: set[str], keepers: dict[int, list[User]]) -> Iterator[Coming]:
    files = [one for one in on_file(partner) if one.held.ended_on is None or one.held.ended_on > today]
    own = keepers.get(partner.pharmacy_id, [])
    for one in files:
        if any(_renews(other, one) for other in files):
            continue
        row, has_case = one.row, f"{partner.pk}:{one.row.kind}" in in_cases
        if row.valid_until is not None:
            entered = f"Its paper, entered by {row.entered_by.display_name}, says so."
            yield Coming(partner, row, ENDS, row.valid_until, _owner(row.entered_by, own), has_case, entered)
        last, rule = next(iter(one.checks), None), _rule_of_checks(partner, row.kind, today)
        if last is None or last.result != CONFIRMED or rule is None:
            continue
        seen = local_day(partner, last.checked_at)
        until = seen + timedelta(days=rule.check_holds_days)
        if row.valid_until is None or until < row.valid_until:
            days = f"{rule.check_holds_days} day{'' if rule.check_holds_days == 1 else 's'}"
            status = "an unreviewed draft" if table().status.startswith("draft") else "reviewed"
            counted = f"Looked up on {seen}; a look counts {days} by partner rule {rule.id}, {status}."
            yield Coming(partner, row, CHECK, until, _owner(last.checked_by, own), has_case, counted)


def _renews(later: OnFile, earlier: OnFile) -> bool:
    """Whether a credential of the same kind, entered later, goes on longer."""
    if later.row.kind != earlier.row.kind or later.row.pk <= earlier.row.pk or earlier.row.valid_until is None:
        return False
    return later.row.valid_until is None or later.row.valid_until > earlier.row.valid_until


def _rule_of_checks(partner: Partner, credential: str, today: date) -> Rule | None:
    """The rule of the table that lets a check of it count for the fewest days; None where none asks for it."""
    rules = [
        rule
        for rule in table().rules
        if rule.credential == credential
        and partner.kind in rule.roles
        and rule.stands_on(today)
        and (not rule.inside or partner.country == rule.inside)
        and (not rule.outside or partner.country != rule.outside)
    ]
    return min(rules, key=lambda rule: rule.check_holds_days, default=None)


def _keepers(partners: Iterable[Partner]) -> dict[int, list[User]]:
    """Who may own a date, by pharmacy: pharmacists in charge first."""
    rows = User.objects.filter(
        is_active=True, is_service=False, role__in=_MAY_OWN, pharmacy__in={one.pharmacy_id for one in partners}
    ).order_by("pk")
    found: dict[int, list[User]] = {}
    for row in sorted(rows, key=lambda one: one.role != Role.PHARMACIST_IN_CHARGE):
        found.setdefault(row.pharmacy_id or 0, []).append(row)
    return found


def _owner(person: User, keepers: list[User]) -> User | None:
    """Who entered or checked it last, while at work in that pharmacy; else a pharmacist in charge."""
    return person if person in keepers else next(iter(keepers), None)


def rung_reached(one: Coming, today: date) -> int | None:
    """How many days before its day a date is told of today; None while it is too far off."""
    return min((before for before in RUNGS[one.what] if one.on - timedelta(days=before) <= today), default=None)


def tell_of_credentials_that_end(*, by: User, now: datetime) -> int:
    """Plan the notices that are due now; returns how many are new. Safe to run twice.

    After an outage only the rung that is reached now is told. From its day on the pharmacists in charge hear too.
    """
    told = 0
    with acting(by=by, verb="custody.credential_ends.told", business_at=now):
        for one in keep_dates(Partner.objects.all(), now=now):
            rung = rung_reached(one, local_day(one.partner, now))
            if rung is not None and not one.has_case:
                told += sum(_tell(one, rung, person, by, now) for person in _hearers(one, rung))
    return told


def keep_dates(partners: "models.QuerySet[Partner]", *, now: datetime) -> list[Coming]:
    """Bring the rows of these partners in line with their files; returns what comes. Again changes nothing.

    Must run inside ``acting``.
    """
    # One at a time for each partner: the sweep and a person who enters a credential would both open its date.
    list(partners.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    found = coming(partners, today=now.date())
    wanted = {(one.credential.pk, one.what): one for one in found}
    rows = CredentialDate.objects.filter(settled="", partner__in=partners).select_related(
        "credential__end", "partner__pharmacy"
    )
    standing = set()
    for row in rows.order_by("pk").select_for_update(of=("self",)):
        one = wanted.get((row.credential_id, row.what))
        if one is None or one.on != row.due_on:
            _settle(row, now)
            continue
        standing.add((row.credential_id, row.what))
        if one.owner != row.owner:
            row.owner = one.owner
            row.save(update_fields=["owner"])
    for key, one in wanted.items():
        if key not in standing:
            CredentialDate.objects.create(
                partner=one.partner, credential=one.credential, what=one.what, due_on=one.on, because=one.because,
                owner=one.owner, opened_at=now,
            )  # fmt: skip
    return found


def _settle(row: CredentialDate, now: datetime) -> None:
    """Met by a renewal or a new check that was confirmed; dropped where nothing counts any more or no rule asks."""
    done_on, row.settled_because = _what_became_of(row, now)
    row.settled = Settled.DROPPED
    if done_on is not None:
        row.settled = Settled.MET if done_on <= row.due_on else Settled.MET_LATE
    row.settled_at = now
    row.save(update_fields=["settled", "settled_at", "settled_because"])


def _what_became_of(row: CredentialDate, now: datetime) -> tuple[date | None, str]:
    """The local day on which the date was met, or None; and why it is settled."""
    credential, partner = row.credential, row.partner
    if hasattr(credential, "end"):
        return None, f"The credential no longer counts since {credential.end.ended_on}."
    files = [one for one in on_file(partner) if one.held.ended_on is None]
    own = next((one for one in files if one.row.pk == credential.pk), None)
    renewal = next((one.row for one in files if own is not None and _renews(one, own)), None)
    if renewal is not None:
        return local_day(partner, renewal.entered_at), f"Renewed: {renewal.number} is on file."
    last, rule = (
        credential.checks.order_by("checked_at", "pk").last(),
        _rule_of_checks(partner, credential.kind, now.date()),
    )
    if last is None or rule is None:
        return None, "No rule asks for it any more."
    seen = local_day(partner, last.checked_at)
    if last.result != CONFIRMED:
        return None, f"The source did not confirm it on {seen}: {last.get_result_display()}."
    if seen + timedelta(days=rule.check_holds_days) <= row.due_on:
        return None, f"Another day counts by {table().cited(rule)}."
    return seen, f"Checked again on {seen}."


def _hearers(one: Coming, rung: int) -> list[User]:
    in_charge = User.objects.filter(
        is_active=True, pharmacy_id=one.partner.pharmacy_id, role=Role.PHARMACIST_IN_CHARGE
    ).order_by("pk")
    people = [one.owner] if one.owner is not None else []
    return people + [person for person in in_charge if rung <= 0 and person not in people]


def _tell(one: Coming, rung: int, person: User, by: User, now: datetime) -> bool:
    key = f"{KIND}:{one.credential.pk}:{one.what}:{one.on:%Y-%m-%d}:{rung}:{person.code}"
    if person.notices.filter(key=key).exists():
        return False
    facts = {
        "what": one.words,
        "partner": one.partner.name,
        "partner_pk": one.partner.pk,
        "due_on": one.on.isoformat(),
        "overdue": rung < 0,
        "owner": one.owner.display_name if one.owner else "",
    }
    plan_notice(key=key, kind=KIND, by=by, now=now, recipient=person, facts=facts)
    return True


def dates_of(partner: Partner) -> list[CredentialDate]:
    """Every date of a partner: those that stand first, by their day, then what became of the others, the last first."""
    rows = partner.dates.select_related("credential", "owner").order_by("due_on", "pk")
    standing, settled = [row for row in rows if not row.settled], [row for row in rows if row.settled]
    return standing + sorted(settled, key=lambda row: (row.settled_at, row.pk), reverse=True)


def shown_ahead(partners: "models.QuerySet[Partner]", *, today: date) -> list[Coming]:
    """What the page of partners lists: what is past its day, and what comes within ninety days."""
    return [one for one in coming(partners, today=today) if one.on <= today + SHOWN_AHEAD]
