"""What a story does up to an authorization: determination, papers, reviews, filings, the letter of the authority."""

from typing import Any, Self

from cases.models import STATEMENTS
from config.demonstration.cast import PASSWORD
from config.demonstration.stage import HELD_BY, Actor
from regulatory.conditions import conditions_in
from regulatory.pathway import authorities, coverage_asked, local_day, profile_of, statements, suggested_kind
from regulatory.reviewing.answering import Typed, keep_answers
from regulatory.reviewing.sheet import sheet_of

SIGNED_ON_PAPER = {"regulator_form", "patient_consent", "prescriber_request", "prescriber_undertaking"}


class Applicant(Actor):
    """Plays one case as far as its authorization."""

    def determine(self) -> Self:
        """The prescriber prepares and signs."""
        self.take(
            "cases.determination.prepare",
            by=self.doctor.user,
            dose=f"{self.house.medicines[self.product].strength}, every 14 days",
            justification="Registered options were tried without lasting effect. Invented, for demonstration.",
        )
        draft = self.case.determinations.get(state="draft")
        self.take(
            "cases.determination.sign", by=self.doctor.user, on=draft, statements=list(STATEMENTS), password=PASSWORD
        )
        return self

    def review(self) -> Self:
        """Clinical and regulatory review, requested by the coordinator, passed by the pharmacist in charge."""
        for kind in ("clinical", "regulatory"):
            self.take("regulatory.review.request", kind=kind)
        for review in self.case.reviews.filter(state="requested").order_by("number"):
            sheet = sheet_of(review, now=self.at)
            given = {row.item.id: Typed("yes") for row in sheet.asked}
            keep_answers(review, given, read=sheet.fingerprint, by=self.pic, now=self._tick())
            self.take(
                "regulatory.review.pass", by=self.pic, on=review, fingerprint=sheet.fingerprint, password=PASSWORD
            )
        return self

    def collect(self) -> Self:
        """Every paper that the pathway always asks for, and an answer to each of its conditions."""
        profile = profile_of(self.version)
        for condition in conditions_in(profile):
            self.take("regulatory.condition.answer", condition=condition.facts[0], applies="no")
        held = set(self.case.documents.values_list("doc_type", flat=True))
        for entry in profile.section("documents"):
            kind = entry["doc_type"]
            if entry["required"] == "always" and kind not in held and kind != "authorisation_letter":
                aged = entry["max_age"] is not None or (self.version.profile_key, kind) in HELD_BY
                self.paper(kind, signed=kind in SIGNED_ON_PAPER, dated=aged)
                held.add(kind)
        return self

    def attest(self) -> Self:
        """Every statement that a gate of the pathway asks a named person to sign."""
        for statement in statements(profile_of(self.version)):
            by = self.doctor.user if statement.role == "treating_prescriber" else self.coordinator
            if statement.role in ("hospital_pharmacist", "community_pharmacist", "importing_professional"):
                by = self.receiver
            self.take("regulatory.attestation.sign", by=by, statement=statement.code)
        return self

    def ready(self) -> Self:
        """From opening to a filing that could be sent: determination, reviews, papers."""
        self.determine().wait(1).collect().review().wait(1)
        self.take("cases.case.begin_filing")
        return self

    def open_filing(self, quantity: str = "6") -> Any:
        profile = profile_of(self.version)
        self.take(
            "regulatory.filing.open",
            kind=suggested_kind(profile),
            authority=authorities(profile)[0],
            quantity=quantity,
            planned_on=local_day(profile, self.at).isoformat(),
        )
        return self.filing

    @property
    def filing(self) -> Any:
        return self.case.filings.order_by("-number").first()

    def submit(self, quantity: str = "6") -> Self:
        """Open, make ready and submit one filing with its proof."""
        filing = self.open_filing(quantity)
        self.take("regulatory.filing.make_ready", on=filing)
        proof = self.paper("filing_proof", f"Proof of submission {self.case.reference} {filing.label}.")
        self.take(
            "regulatory.filing.submit",
            on=filing,
            happened_at=self.moment(),
            party="Northway Imports",
            recipient="regulator",
            proof=proof.pk,
        )
        return self

    def acknowledge(self) -> Self:
        self.take(
            "regulatory.filing.acknowledge",
            on=self.filing,
            happened_at=self.moment(),
            external_reference=f"ACK-{self.number:04d}",
        )
        return self

    def grant(self, *, valid_days: int = 365, quantity: str = "6") -> Self:
        """The authority's letter arrives and is recorded with its window, coverage and quantity."""
        letter = self.paper(
            "authorisation_letter", f"Letter of authorization {self.case.reference}, {self.filing.label}."
        )
        self.take(
            "regulatory.filing.grant",
            on=self.filing,
            happened_at=self.moment(),
            channel="written",
            letter=letter.pk,
            number=f"PER-{self.number:04d}-{self.filing.number}",
            valid_from=local_day(profile_of(self.version), self.at).isoformat(),
            valid_until=self.day(valid_days),
            quantity=quantity,
            covers=coverage_asked(profile_of(self.version)),
        )
        return self

    @property
    def authorization(self) -> Any:
        return self.case.authorizations.filter(state="in_force").order_by("-number").first()
