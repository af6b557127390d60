"""A renewal takes over the last filing and asks only for what changed, each with its reason."""

from cases.audit.context import acting
from regulatory.conditions import conditions_in
from regulatory.pathway import profile_of
from regulatory.renewals import Renewal, renewal_of
from tests.factories import sign_determination
from tests.laid import laid
from tests.regulatory.ground import Ground, at, build_ground


@laid
def granted(db: None) -> Ground:
    """Granted in Israel, where the form ages six months from its signature."""
    ground = build_ground("IL-29-PHARMACY", now=at("2026-03-02 09:00"), country="IL", zone="Asia/Jerusalem")
    for entry in ground.case.profile_version.data["documents"]:
        if entry["required"] == "always" and entry["doc_type"] != "authorisation_letter":
            ground.paper(entry["doc_type"], uploaded=True, issued_on=at("2026-03-01 00:00").date())
    for condition in conditions_in(profile_of(ground.case.profile_version)):
        ground.answer(condition.facts[0], "no")
    for kind in ("clinical", "regulatory"):
        ground.review(kind)
    ground.take(
        "regulatory.filing.open",
        kind="application",
        authority=ground.case.profile_version.data["authority"][0]["value"][:120],
        quantity="6",
    )
    ground.take("regulatory.filing.make_ready", subject=ground.filing)
    ground.submit(at("2026-03-03 09:00"))
    ground.grant(at("2026-03-10 09:00"), quantity="6")
    return ground


def renewed(ground: Ground, planned: str, **facts: str) -> Renewal:
    ground.take("regulatory.filing.renew", renews=ground.filing, planned_on=planned, **facts)
    found = renewal_of(ground.filing, now=ground.now)
    assert found is not None
    return found


def test_what_stands_is_taken_over_and_nothing_is_asked(granted: Ground) -> None:
    found = renewed(granted, "2026-04-01")
    assert found.anew == ()
    copied = {one.what: one.stands for one in found.copied}
    assert (copied["Quantity"], copied["Dose"], copied["Medicine"]) == (
        "6 vial",
        "150 mg every 14 days",
        str(granted.case.medicine),
    )
    assert (granted.filing.kind, granted.filing.authority) == (found.filing.renews.kind, found.filing.renews.authority)  # type: ignore[union-attr]


def test_an_aged_paper_another_quantity_and_a_new_dose_are_asked_anew_with_their_reason(granted: Ground) -> None:
    sign_determination(granted.house, granted.case, now=at("2026-08-01 09:00"))
    granted.now = at("2026-08-02 09:00")
    found = renewed(granted, "2026-09-15", quantity="8")
    assert {one.what: one.why for one in found.anew} == {
        "Quantity": "F-1 asked for 6 vial",
        "Dose": "N-2 was signed after F-1 went out",
        "Authority's form": "The authority's form can be used until Tue 1 Sep 2026, not on Tue 15 Sep 2026; ask for "
        "one dated Sun 15 Mar 2026 or later.",
    }


def test_another_prescriber_is_named_against_the_letter(granted: Ground) -> None:
    with acting(by=granted.house.pic, verb="tests.prescriber.changed", business_at=granted.now):
        granted.case.prescriber = granted.house.stranger
        granted.case.save()
    found = renewed(granted, "2026-04-01")
    assert {one.what: one.why for one in found.anew} == {"Prescriber": f"A-1 names {granted.house.prescriber}"}


def test_a_filing_that_renews_nothing_has_none(granted: Ground) -> None:
    assert renewal_of(granted.filing, now=granted.now) is None
