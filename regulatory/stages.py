"""Which stages and steps a pathway does not have, by its control model; the trunk's pages then never offer them.

One row for each control model (facts of regulation, section 2), none for a country. A pathway may still be told to the
authority where that is not asked; what is not asked is only never offered.
"""

from collections.abc import Mapping
from typing import Literal

from cases.lifecycle.steps import tells_what_is_not_in_the_pathway
from cases.models import Case, Stage
from regulatory.models import Authorization
from regulatory.standing_authority import covering, is_drawn_from_stock

Filed = Literal["before", "after", "never"]
# Control model: when something is filed, and whether the authority's word or silence is awaited before the supply.
STAGES: dict[str, tuple[Filed, bool]] = {
    "prior_authorisation": ("before", True),
    "prior_notification_objection_window": ("before", True),
    "prior_notification_no_wait": ("before", False),
    "import_confirmation": ("before", True),
    "post_supply_notification": ("after", False),
    "post_receipt_notification": ("after", False),
    "periodic_supply_report": ("after", False),
    "record_keeping_only": ("never", False),
    "emergency_first": ("before", True),
    "ethics_opinion_first": ("before", True),
    "standing_authority": ("before", True),
    "list_based": ("never", False),
    "border_clearance": ("before", False),
    "enforcement_discretion": ("never", False),
    "export_gate": ("before", True),
}
BEFORE_THE_SUPPLY = ("cases.case.begin_filing", "cases.case.refile")
NOT_FILED_AGAIN = (
    Stage.FILING.value, Stage.AUTHORIZATION.value, *BEFORE_THE_SUPPLY, "cases.case.await_authorization",
)  # fmt: skip
# Of a patient's case that is drawn from stock; of any other case; and of a case of stock, which has no patient.
NOT_OF_A_DRAWN_CASE = (
    *NOT_FILED_AGAIN, Stage.SHIPMENT.value, "cases.case.begin_shipment", "regulatory.filing.open",
    "custody.consignment.plan",
)  # fmt: skip
DRAW = "custody.consignment.draw"
NOT_OF_STOCK = (
    DRAW, "custody.consignment.dispense", "custody.consignment.dispense_part", "custody.consignment.record_dose",
    "custody.consignment.open_pack", "custody.consignment.bring_back", "cases.case.note_run_out",
    "pharmacovigilance.follow_up.schedule",
)  # fmt: skip
NEVER_FILED = "Not in this pathway: nothing is filed"
FILED_AFTER = "Not before the supply: it is filed afterwards"
NOTHING_AWAITED = "Not in this pathway: no answer is awaited"


def filed_and_awaited(case: Case) -> tuple[Filed, bool]:
    """When the case's pathway is filed, and whether the authority's answer is awaited before the supply."""
    return STAGES.get(case.profile_version.control_model, ("before", True))


@tells_what_is_not_in_the_pathway
def not_in(case: Case) -> Mapping[str, str]:
    """Stages and verbs that the case's pathway does not have, each with the reason in a few words."""
    return not_in_model(case.profile_version.control_model)


@tells_what_is_not_in_the_pathway
def not_for_a_covered_case(case: Case) -> Mapping[str, str]:
    """A case that an authority granted under another one covers is not filed: it goes from signature to supply."""
    if is_drawn_from_stock(case):
        return dict.fromkeys(NOT_OF_A_DRAWN_CASE, "Not for this case: it is drawn from stock")
    held = next((one for one in covering(case) if one.state == Authorization.State.IN_FORCE), None)
    if held is None or case.filings.exists():
        return {}
    return dict.fromkeys(NOT_FILED_AGAIN, f"Not for this case: {held.named_in(case.pk)} covers it")


@tells_what_is_not_in_the_pathway
def not_without_stock_or_patient(case: Case) -> Mapping[str, str]:
    """Drawing is for patients' cases on a pathway for stock; giving is for patients, whom stock does not have."""
    if case.is_stock:
        found = dict.fromkeys(NOT_OF_STOCK, "Not for stock: there is no patient in this case")
        if case.stage == Stage.DISPENSING and case.consignments.filter(state="accepted").exists():
            found["cases.case.begin_follow_up"] = "Not yet: some of the stock is on hand"
        return found
    if is_drawn_from_stock(case):
        return {}
    found = {DRAW: "Not in this pathway: it authorizes no stock"}
    if case.stage == Stage.SOURCING:
        found["cases.case.begin_dispensing"] = "Not before the shipment: nothing is drawn from stock"
    return found


def not_in_model(control_model: str) -> Mapping[str, str]:
    """The same of a control model; one that is not known lacks nothing."""
    filed, awaited = STAGES.get(control_model, ("before", True))
    found: dict[str, str] = {}
    if filed != "before":
        why = NEVER_FILED if filed == "never" else FILED_AFTER
        found |= dict.fromkeys((Stage.FILING.value, *BEFORE_THE_SUPPLY), why)
    if filed == "never":
        found["regulatory.filing.open"] = NEVER_FILED
    if not awaited:
        found |= dict.fromkeys((Stage.AUTHORIZATION.value, "cases.case.await_authorization"), NOTHING_AWAITED)
    return found
