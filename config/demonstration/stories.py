"""Forty-one invented cases: where each is, on which pathway, of which medicine, since when, and what happened since.

``days`` is how long ago the case was opened. A story ends where it stops; what is still owed runs on by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from config.demonstration.player import Player

Plot = Callable[[Player], object]


@dataclass(frozen=True)
class Story:
    """One case of the demonstration. ``title`` is for the reader of this file; it is not shown anywhere."""

    title: str
    place: str
    pathway: str
    product: str
    days: float
    plot: Plot
    urgency: str = "standard"


def opened(play: Player) -> None:
    """Waits for the prescriber."""


def drafted(play: Player) -> None:
    """The delegate prepared, the prescriber has not signed."""
    play.take(
        "cases.determination.prepare",
        by=play.doctor.user,
        dose="as usual, every 14 days",
        justification="Registered options were not tolerated. Invented, for demonstration.",
    )


def in_review(play: Player) -> None:
    """Signed; one review is still open."""
    play.determine().wait(1)
    play.take("regulatory.review.request", kind="clinical")


def preparing(play: Player) -> None:
    """Papers are being collected for a filing."""
    play.ready()
    play.open_filing()


def filed(play: Player) -> Player:
    """Submitted; the authority has not answered."""
    play.ready().wait(1).submit()
    play.take("cases.case.await_authorization")
    return play


def acknowledged(play: Player) -> Player:
    """Acknowledged; a window or a decision is awaited."""
    return filed(play).wait(4).acknowledge()


def asked(play: Player) -> None:
    """The authority asked a question that is not answered yet."""
    acknowledged(play).wait(3)
    play.take(
        "regulatory.filing.receive_question",
        on=play.filing,
        text="State the dose per administration and the number of administrations applied for.",
        happened_at=play.moment(),
        answer_due_on=play.day(10),
    )


def lapsed(play: Player) -> Player:
    """The objection window ended in silence, recorded as such."""
    acknowledged(play).wait(29)
    play.take("regulatory.filing.lapse", on=play.filing)
    return play


def granted(play: Player, *, valid_days: int = 365, quantity: str = "6") -> Player:
    filed(play).wait(3).acknowledge().wait(5).grant(valid_days=valid_days, quantity=quantity)
    return play


def granted_only(play: Player) -> None:
    granted(play)


def refused(play: Player) -> Player:
    filed(play).wait(6)
    play.take(
        "regulatory.filing.refuse",
        on=play.filing,
        happened_at=play.moment(),
        reason="The clinical justification names no registered alternative that was tried.",
    )
    return play


def refused_only(play: Player) -> None:
    refused(play)


def appealed(play: Player) -> None:
    refused(play).wait(3)
    proof = play.paper("filing_proof", f"Appeal of {play.case.reference}, proof of receipt.")
    play.take(
        "regulatory.filing.appeal",
        on=play.filing,
        happened_at=play.moment(),
        proof=proof.pk,
        reason="Two registered alternatives were tried; the records are enclosed.",
    )


def allocated(play: Player) -> Player:
    """Allocated and waiting for the release."""
    granted(play).wait(1).source()
    return play


def in_transit(play: Player) -> Player:
    allocated(play).wait(1).shipping_papers().release().wait(1).dispatch()
    return play


def in_transit_only(play: Player) -> None:
    in_transit(play)


def accepted(play: Player) -> Player:
    in_transit(play).wait(4).receive()
    return play


def dispensed(play: Player) -> Player:
    accepted(play).wait(1).dispense()
    return play


def excursion(play: Player) -> None:
    """Arrived too warm: quarantine, quality hold, the manufacturer is asked."""
    in_transit(play).wait(4).arrive().inspect(result="quarantine", remarks="Logger alarm on arrival.")
    play.logger(peak=11.8, lasts=timedelta(minutes=200))
    play.take(
        "cases.hold.place",
        by=play.pic,
        kind="quality",
        until="the manufacturer has answered",
        reason="The logger shows 11.8 °C, and more than three hours above the range.",
    )


def emergency(play: Player) -> Player:
    """On its way on the prescriber's signed statement: nothing was filed, and nothing approved."""
    play.determine().wait(0.2).collect().review()
    play.take("cases.case.begin_filing")
    play.wait(0.3).source(dispatch_in=1, transit=2).shipping_papers().release(transit=2).wait(0.5).dispatch()
    return play


def emergency_only(play: Player) -> None:
    emergency(play)


def emergency_supplied(play: Player) -> None:
    """The notice to the authority is still owed; lately the ward told that the medicine runs out, and of a rash."""
    emergency(play).wait(2).receive().wait(0.3).dispense()
    lately = play.at + timedelta(days=25.7)
    play.catch_up(lately)
    play.at = lately
    play.take("cases.case.note_run_out", runs_out_on=play.day(6))
    play.take(
        "pharmacovigilance.report.receive",
        by=play.receiver,
        received_at=play.moment(),
        language="en",
        verbatim="Mild rash on both arms since yesterday; the patient is well.",
        seriousness="not_serious",
        channel="telephone",
    )


NARANJO: dict[str, Any] = {
    "known_before": "no",
    "after_product": "yes",
    "better_on_stopping": "yes",
    "came_back": "not_known",
    "other_cause": "no",
    "on_placebo": "not_known",
    "toxic_level": "not_known",
    "followed_dose": "not_known",
    "similar_before": "no",
    "objective": "yes",
}


def serious_event(play: Player) -> None:
    """A serious event after the first dose; the clocks run."""
    dispensed(play).wait(3)
    dose = play.case.doses.earliest("pk")
    play.take(
        "pharmacovigilance.report.receive",
        by=play.doctor.user,
        received_at=play.moment(),
        language="en",
        verbatim="High fever and low blood pressure six hours after the second dose; admitted overnight.",
        seriousness="hospitalisation",
        channel="prescriber_page",
        dose=dose.pk,
    )
    report = play.case.safety_reports.get()
    play.take("pharmacovigilance.report.triage", on=report)
    play.take(
        "pharmacovigilance.report.attach",
        on=report,
        serious="yes",
        seriousness_criterion="hospitalisation",
        event_verbatim="Fever and hypotension after a dose",
    )
    event, product = play.case.adverse_events.get(), play.case.reported_products.get()
    play.take(
        "pharmacovigilance.event.revise",
        on=event,
        verbatim="Fever and hypotension after a dose",
        started=play.day(0),
        outcome="1",
        criteria=["hospitalisation"],
        tests="C-reactive protein 140 mg/L on admission, 12 mg/L at discharge.",
    )
    play.take(
        "pharmacovigilance.assessment.naranjo",
        event=event.pk,
        product=product.pk,
        source="pharmacist",
        remark="Fever came with the dose and went without; an infection was looked for and not found.",
        **NARANJO,
    )
    version = play.case.case_versions.get()
    play.take("pharmacovigilance.version.describe_patient", on=version, sex="2", age=43, age_unit="a")
    play.take(
        "pharmacovigilance.version.assess",
        on=version,
        serious="yes",
        seriousness_criterion="hospitalisation",
        causality="related",
        expected="no",
        narrative="Fever and low blood pressure six hours after the second dose; one night in hospital; recovered.",
        lot=play.consignment.units.earliest("pk").lot_id,
        biological="no",
        product_class="chemical",
    )
    play.take("pharmacovigilance.version.lock", by=play.pic, on=version)


def about_to_expire(play: Player) -> None:
    """Accepted and to be dispensed; the authorization ends soon, and its renewal is about to be late."""
    granted(play, valid_days=58).wait(1).source()
    play.wait(1).shipping_papers().release().wait(1).dispatch().wait(4).receive()


def held_for_payment(play: Player) -> None:
    allocated(play).wait(1)
    play.take("cases.hold.place", kind="payment", until="the deposit has arrived", reason="Invoice 2214 is open.")


def family_hold(play: Player) -> None:
    acknowledged(play).wait(1)
    play.take(
        "cases.hold.place",
        kind="family_message",
        until="the prescriber has called the family",
        reason="The prescriber speaks to the family first.",
    )


def objected(play: Player) -> None:
    """The authority objected inside the window."""
    acknowledged(play).wait(12)
    play.take(
        "regulatory.filing.record_objection",
        on=play.filing,
        happened_at=play.moment(),
        reason="A licensed alternative came on the market.",
    )


def closed(play: Player) -> None:
    dispensed(play).wait(30)
    play.take("cases.case.close", by=play.pic, outcome="completed", reason="Treatment ended as planned.")


def withdrawn(play: Player) -> None:
    play.wait(4)
    play.take("cases.case.close", outcome="withdrawn", reason="The family withdrew before anything was signed.")


# What orders a supply needs the partners; the others can be played before they are on file.
ORDERING = frozenset(
    {held_for_payment, in_transit_only, excursion, emergency_only, emergency_supplied,
     serious_event, about_to_expire, closed}
)  # fmt: skip

STORIES = (
    Story("silent window, day 23 of 28", "gb", "UK-SPECIALS", "orv", 31, acknowledged),
    Story("acknowledged, family hold", "gb", "UK-SPECIALS", "sul", 20, family_hold),
    Story("objection in the window", "gb", "UK-SPECIALS", "bre", 24, objected),
    Story("window lapsed, may be imported", "gb", "UK-SPECIALS", "pir", 48, lapsed),
    Story("filed, no acknowledgement yet", "gb", "UK-SPECIALS", "orv", 9, filed),
    Story("waits for the prescriber", "gb", "UK-SPECIALS", "orv", 2, opened, "urgent"),
    Story("emergency on its way, nothing approved", "au", "AU-SAS-A", "orv", 3, emergency_only, "emergency"),
    Story("emergency supplied, notice nearly due", "au", "AU-SAS-A", "sul", 31, emergency_supplied, "emergency"),
    Story("refused and appealed", "au", "AU-SAS-B", "bre", 25, appealed),
    Story("granted, to be sourced", "au", "AU-SAS-B", "pir", 20, granted_only),
    Story("in transit", "au", "AU-SAS-B", "orv", 17, in_transit_only),
    Story("waits for the prescriber", "au", "AU-SAS-B", "bre", 4, opened),
    Story("serious event, clock running", "au", "AU-SAS-B", "bre", 24, serious_event),
    Story("draft determination", "au", "AU-SAS-B", "orv", 3, drafted),
    Story("question from the authority", "ca", "CA-SAP-PATIENT", "pir", 16, asked),
    Story("draft determination", "ca", "CA-SAP-PATIENT", "orv", 5, drafted),
    Story("allocated, payment hold", "ca", "CA-SAP-PATIENT", "bre", 26, held_for_payment),
    Story("signed, in review", "za", "ZA-S21-NAMED", "pir", 8, in_review),
    Story("refused", "za", "ZA-S21-NAMED", "orv", 14, refused_only),
    Story("signed, in review", "sa", "SA-PERSONAL", "bre", 3, in_review),
    Story("preparing", "sa", "SA-PERSONAL", "orv", 6, preparing),
    Story("question from the authority", "il", "IL-29-PHARMACY", "pir", 14, asked),
    Story("reviews open", "il", "IL-29-PHARMACY", "bre", 5, in_review),
    Story("draft determination", "sg", "SG-SAR-NAMED", "orv", 4, drafted),
    Story("filed", "sg", "SG-SAR-NAMED", "sul", 6, filed),
    Story("temperature excursion in quarantine", "hk", "HK-NPP", "orv", 20, excursion),
    Story("waits for the prescriber", "hk", "HK-NPP", "bre", 4, opened),
    Story("draft determination", "hk", "HK-NPP", "sul", 5, drafted),
    Story("draft determination", "my", "MY-REG15-6", "pir", 3, drafted),
    Story("signed, in review", "my", "MY-REG15-6", "orv", 7, in_review),
    Story("draft determination", "ae", "AE-UNREG", "cel", 4, drafted),
    Story("accepted, authorization ends soon", "ae", "AE-UNREG", "orv", 21, about_to_expire),
    Story("granted", "mx", "MX-010-D", "bre", 22, granted_only),
    Story("draft", "mx", "MX-010-D", "orv", 4, drafted),
    Story("closed, completed", "tr", "TR-FOREIGN", "pir", 54, closed),
    Story("draft determination", "tr", "TR-FOREIGN", "orv", 6, drafted),
    Story("closed, withdrawn", "fr", "FR-AAC", "bre", 30, withdrawn),
    Story("signed, in review", "fr", "FR-AAC", "orv", 2, in_review),
    Story("waits for the prescriber", "nz", "NZ-S29", "sul", 3, opened),
    Story("signed, in review", "de", "DE-73-3", "pir", 4, in_review),
    Story("draft", "ie", "IE-EMP", "bre", 2, drafted),
)

ENQUIRIES = (
    # asked by, country, product, indication, hours ago, question
    (
        "prescriber",
        "TR",
        "orvelumab 150 mg/mL",
        "invented refractory cytopenia",
        1,
        "A colleague asks for six cycles in hospital. Which route?",
    ),
    (
        "family",
        "KE",
        "an unnamed infusion",
        "invented storage disease",
        20,
        "We were told of a medicine in the USA. Can it be sent to us?",
    ),
    (
        "institution",
        "PH",
        "brenzatinib 40 mg",
        "invented kinase disorder",
        30,
        "Compassionate supply for one patient, oral, six months.",
    ),
)
