"""What the tests of this branch stand on: one case on one pathway, and short hands for its verbs."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cases.custody.models import Consignment, Partner
from cases.deadlines.models import Deadline, DeadlineMove
from cases.documents.models import Document
from cases.lifecycle.checklist import Checked
from cases.lifecycle.engine import advance, consider
from cases.lifecycle.errors import FactsInvalid, RequirementsUnmet
from cases.models import Case, CaseEvent
from cases.notices.models import Notice
from cases.people.models import User
from regulatory.declining.drafted import bytes_of
from regulatory.declining.enquirer import Grounds, decline_enquiry, letter_to_the_enquirer
from regulatory.declining.kinds import KINDS
from regulatory.models import (
    Authorization,
    Decline,
    Enquiry,
    EnquiryDecline,
    Filing,
    PathwayEvent,
    ProfileVersion,
    Review,
)
from tests.factories import (
    PASSWORD,
    House,
    add_partner,
    build_case,
    build_house,
    build_paper,
    check_partners,
    clear_export,
    pass_review,
    sign_determination,
)

GTIN = "00399999000123"
DECLINE = {
    "explanation": "The authority has closed the route for this medicine.",
    "addressee": "prescriber",
    "language": "en",
    "contact": "+1 212 555 0100, weekdays 9 to 17",
}
OF_A_KIND: dict[str, dict[str, Any]] = {
    "clinical": {"ground": "dose", "would_change": "A note on the dose.", "steps": ["note_from_prescriber"]},
    "regulatory": {"ground": "route_closed", "route": "closed", "steps": ["local_authority"]},
    "supply": {"ground": "journey", "tried": "Two carriers, in March.", "steps": ["manufacturer"]},
}
ENQUIRY_CONTACT = "+1 555 0100, weekdays 9 to 17"


def grounds_of_an_enquiry(kind: str = "regulatory", **more: Any) -> Grounds:
    """What a pharmacist says when an enquiry is declined; of a kind, and with the parts that a test changes."""
    of_a_kind = dict(OF_A_KIND[kind])
    fact = of_a_kind.pop(KINDS[kind].fact)
    given = {"explanation": DECLINE["explanation"], "fact": fact, "contact": ENQUIRY_CONTACT, **of_a_kind}
    return Grounds(kind=kind, **(given | more))


def tell_a_decline(
    enquiry: Enquiry, *, by: User, now: datetime, channel: str = "telephone", **more: Any
) -> EnquiryDecline:
    """An enquiry declined by the letter that was read."""
    grounds = grounds_of_an_enquiry()
    read = letter_to_the_enquirer(enquiry, grounds, by=by, now=now).sha256
    return decline_enquiry(enquiry, grounds=grounds, fingerprint=read, channel=channel, by=by, now=now, **more)


PAPERS = {
    "UK-SPECIALS": ("regulator_form", "gmp_evidence", "gdp_evidence", "medical_necessity_letter", "prescription"),
    "AU-SAS-A": ("regulator_form", "patient_consent", "prescription"),
    "AU-SAS-B": ("regulator_form", "medical_necessity_letter", "patient_consent"),
}


def at(text: str) -> datetime:
    """An instant in UTC from ``2026-03-02 10:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass
class Ground:
    """One case and its people."""

    house: House
    case: Case
    now: datetime

    def take(
        self,
        verb: str,
        /,
        *,
        by: User | None = None,
        now: datetime | None = None,
        subject: Any = None,
        reason: str = "",
        **facts: Any,
    ) -> CaseEvent:
        """Take one verb; the coordinator does it unless somebody else is named."""
        given = {name: getattr(value, "pk", value) for name, value in facts.items()}
        given |= {"reason": reason} if reason else {}
        self.now = now or self.now
        if verb.startswith("custody.consignment."):
            check_partners(self.house.pharmacy, now=self.now)
        try:
            event = advance(
                self.case, verb, by=by or self.house.coordinator, now=self.now, subject=subject, facts=given
            )
        except RequirementsUnmet as refusal:
            refusal.add_note("; ".join(f"{line.code}: {line.fact}" for line in refusal.unmet))
            raise
        except FactsInvalid as refusal:
            refusal.add_note(str(refusal.errors))
            raise
        self.case = Case.objects.get(pk=self.case.pk)
        return event

    def ask(
        self, verb: str, *, by: User | None = None, now: datetime | None = None, subject: Any = None
    ) -> list[Checked]:
        """The checklist as it stands."""
        case = Case.objects.get(pk=self.case.pk)
        return consider(case, verb, by=by or self.house.coordinator, now=now or self.now, subject=subject)

    def line(self, code: str, verb: str, **more: Any) -> Checked:
        """The one line of the checklist with that code."""
        return next(line for line in self.ask(verb, **more) if line.code == code)

    def paper(self, doc_type: str, **more: Any) -> Document:
        return build_paper(self.house, self.case, doc_type, now=self.now, **more)

    @property
    def filing(self) -> Filing:
        return Filing.objects.filter(case=self.case).latest("number")

    @property
    def authorization(self) -> Authorization:
        return Authorization.objects.filter(case=self.case).latest("number")

    @property
    def consignment(self) -> Consignment:
        return Consignment.objects.filter(case=self.case).latest("number")

    def review(self, kind: str) -> Review:
        """Ask for a review and have it passed by the pharmacist in charge."""
        self.take("regulatory.review.request", kind=kind)
        review = Review.objects.filter(case=self.case).latest("number")
        pass_review(self.case, review, by=self.house.pic, now=self.now)
        self.case = Case.objects.get(pk=self.case.pk)
        return Review.objects.get(pk=review.pk)

    def draft_decline(self, kind: str = "regulatory", **facts: Any) -> Decline:
        """A draft of that kind, by the coordinator."""
        self.take("regulatory.decline.draft", **(DECLINE | OF_A_KIND[kind] | {"kind": kind} | facts))
        return Decline.objects.filter(case=self.case).latest("number")

    def send_decline(self, decline: Decline, **facts: Any) -> Decline:
        """Its letter, read and signed by the pharmacist in charge."""
        read = hashlib.sha256(bytes_of(decline, now=self.now)).hexdigest()
        given = {"fingerprint": read, "channel": "page", "password": PASSWORD} | facts
        self.take("regulatory.decline.send", by=self.house.pic, subject=decline, **given)
        return Decline.objects.get(pk=decline.pk)

    def ready(self, *, kind: str = "notification", authority: str = "MHRA", **facts: Any) -> Filing:
        """A filing with every paper and both reviews, ready to be submitted."""
        for doc_type in PAPERS[self.case.profile_version.profile_key]:
            self.paper(doc_type)
        if self.case.profile_version.profile_key == "UK-SPECIALS":
            self.answer("UK-SPECIALS.documents.5", "no")
        for kind_of_review in ("clinical", "regulatory"):
            self.review(kind_of_review)
        self.take("regulatory.filing.open", kind=kind, authority=authority, **facts)
        self.take("regulatory.filing.make_ready", subject=self.filing)
        return self.filing

    def answer(self, condition: str, applies: str) -> None:
        self.take("regulatory.condition.answer", condition=condition, applies=applies)

    def submit(self, happened_at: datetime, *, now: datetime | None = None, **facts: Any) -> Filing:
        given = {"party": "Northway Specials", "recipient": "regulator", "proof": self.paper("fee_receipt")} | facts
        self.take(
            "regulatory.filing.submit", subject=self.filing, now=now or happened_at, happened_at=happened_at, **given
        )
        return self.filing

    def acknowledge(self, happened_at: datetime, *, now: datetime | None = None) -> Filing:
        self.take("regulatory.filing.acknowledge", subject=self.filing, now=now or happened_at, happened_at=happened_at)
        return self.filing

    def grant(self, happened_at: datetime, **facts: Any) -> Authorization:
        given = {
            "channel": "written",
            "letter": self.paper("authorisation_letter"),
            "valid_from": happened_at.date().isoformat(),
            "covers": ["patient", "prescriber", "product", "indication"],
        } | facts
        self.take("regulatory.filing.grant", subject=self.filing, now=happened_at, happened_at=happened_at, **given)
        return self.authorization

    def plan(self, dispatch: str, arrival: str, *, quantity: str = "2", days_of_therapy: int = 28) -> Consignment:
        self.take(
            "custody.consignment.plan",
            quantity=quantity,
            days_of_therapy=days_of_therapy,
            planned_dispatch_on=dispatch,
            planned_arrival_on=arrival,
        )
        return self.consignment

    def order(self, **facts: Any) -> Consignment:
        given = {"supplier": self.partner(Partner.Kind.SUPPLIER), "order_number": "PO-1"} | facts
        self.take("custody.consignment.order", subject=self.consignment, **given)
        return self.consignment

    def clear_export(self, *, now: datetime | None = None) -> None:
        """Attest all that the country of origin asks for this consignment, on that day."""
        self.now = now or self.now
        clear_export(self.house, self.case, self.consignment, now=self.now)

    def allocate(self, *, cleared: bool = True) -> Consignment:
        units = int(self.consignment.quantity)
        serials = "\n".join(f"S{self.case.pk}{self.consignment.number}{unit}" for unit in range(units))
        self.take(
            "custody.consignment.allocate",
            subject=self.consignment,
            lot_number=f"7K04B{self.consignment.number}",
            gtin=GTIN,
            manufactured_on=(self.now - timedelta(days=60)).date().isoformat(),
            expires_on=(self.now + timedelta(days=900)).date().isoformat(),
            serials=serials,
        )
        if cleared:
            self.clear_export()
        return self.consignment

    def partner(self, kind: str) -> Partner:
        there = Partner.objects.filter(pharmacy=self.house.pharmacy, kind=kind).first()
        return there or add_partner(self.house.pharmacy, kind, now=self.now)

    def deadline(self, kind: str) -> Deadline:
        """The one deadline of that kind."""
        return Deadline.objects.get(case=self.case, kind=f"regulatory.{kind}")

    def written(self) -> tuple[int, ...]:
        """How much stands on record: events, pathway events, deadlines and their moves, notices."""
        case = self.case
        return (
            CaseEvent.objects.filter(case=case).count(),
            PathwayEvent.objects.filter(case=case).count(),
            Deadline.objects.filter(case=case).count(),
            DeadlineMove.objects.filter(case=case).count(),
            Notice.objects.filter(case=case).count(),
        )


def build_ground(
    key: str, *, now: datetime, country: str, zone: str, version: Callable[[House], ProfileVersion] | None = None
) -> Ground:
    """A case on that pathway, in its first stage, its determination signed.

    :param version: makes the signed version of the pathway; the product's own when left out.
    """
    house = build_house(now=now, country=country, zone=zone)
    case = build_case(house, key, now=now, version=version(house) if version else None)
    sign_determination(house, case, now=now)
    return Ground(house, Case.objects.get(pk=case.pk), now)
