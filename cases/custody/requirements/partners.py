"""Nothing is bought from, carried by or shipped to a partner that lacks what the table asks for that day (I6)."""

from collections.abc import Iterable, Iterator
from datetime import date

from cases.custody.models import Consignment, Partner
from cases.custody.partners.dates import deed_of, receiver_of
from cases.custody.partners.holdings import judged
from cases.custody.partners.rules import BUY, CARRY, SHIP_TO, Judged, table
from cases.custody.requirements.looked_up import consignment, day_at_the_pharmacy
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation

ORDER, RELEASE, DISPATCH = (f"custody.consignment.{word}" for word in ("order", "release", "dispatch"))
KEEPER = "a pharmacist or the administrator, with evidence from the source"


@requirement(
    "SupplierCredentialValid",
    "The supplier may supply, and was checked for that day",
    on=(ORDER, RELEASE, DISPATCH),
    satisfied_by=KEEPER,
    rule="house rule C-03, version 2 (custody invariant I6)",
)
def supplier_credential_valid(situation: Situation) -> Iterable[Finding]:
    subject = consignment(situation)
    supplier: Partner | None = situation.facts.get("supplier") or (subject.supplier if subject else None)
    if subject is None or supplier is None:
        named = situation.verb.code == ORDER
        return [Finding(met=named, fact="The supplier is named in the form." if named else "No supplier is named.")]
    return _of_partner("SupplierCredentialValid", situation, subject, supplier, BUY)


@requirement(
    "CarrierNamed",
    "A carrier takes it that may, and was checked for that day",
    on=(DISPATCH,),
    satisfied_by=KEEPER,
    rule="house rule C-06, version 2 (custody invariant I6)",
)
def carrier_named(situation: Situation) -> Iterable[Finding]:
    subject = consignment(situation)
    carrier: Partner | None = situation.facts.get("carrier") or (subject.carrier if subject else None)
    if subject is None or carrier is None:
        return [Finding(met=True, fact="The carrier is named in the form.")]
    return _of_partner("CarrierNamed", situation, subject, carrier, CARRY)


@requirement(
    "ReceiverCredentialValid",
    "The receiving institution may receive, and was checked for that day",
    on=(RELEASE, DISPATCH),
    satisfied_by=KEEPER,
    rule="house rule C-36, version 1 (custody invariant I6)",
)
def receiver_credential_valid(situation: Situation) -> Iterable[Finding]:
    subject = consignment(situation)
    if subject is None:
        return [Finding(met=None, fact="No consignment was named.")]
    receiver = receiver_of(subject)
    if receiver is None:
        return [
            Finding(
                met=False,
                fact=f"{subject.institution} is on no list of partners: enter it with its licence.",
                remedy=("Enter the partner", "page:partner_new"),
            )
        ]
    return _of_partner("ReceiverCredentialValid", situation, subject, receiver, SHIP_TO)


def _of_partner(
    code: str, situation: Situation, subject: Consignment, partner: Partner, act: str
) -> Iterator[Finding]:  # fmt: skip
    """One finding for each thing that the table asks; one that says so where it asks nothing."""
    found = judged(partner, deed_of(subject, act, _day(situation, subject)))
    for one in found:
        yield _finding(code, partner, one)
    if not found:
        yield Finding(
            met=None,
            fact=f"The table of partner rules says nothing about a {partner.get_kind_display()} {table().acts[act]}.",
            satisfied_by="nobody: choose a partner of the right kind",
        )


def _finding(code: str, partner: Partner, one: Judged) -> Finding:
    rules = table()
    return Finding(
        met=one.met,
        code=f"{code}:{one.rule.credential}",
        sentence=f"{rules.title_of(one.rule)} of {partner} counts",
        fact=one.fact,
        rule=rules.cited(one.rule),
        sources=(one.rule.id,),
        remedy=None if one.met else (f"Open {partner}", f"page:partner/{partner.pk}"),
    )


def _day(situation: Situation, subject: Consignment) -> date:
    """The day of the deed: today for an order, the planned or actual day of dispatch for what leaves."""
    today = day_at_the_pharmacy(situation, situation.now)
    if situation.verb.code == ORDER:
        return today
    if situation.verb.code == DISPATCH:
        return day_at_the_pharmacy(situation, situation.facts.get("dispatched_at") or situation.now)
    planned: date = situation.facts.get("planned_dispatch_on") or subject.planned_dispatch_on
    return max(planned, today)
