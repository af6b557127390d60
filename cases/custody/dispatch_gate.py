"""The checks before a dispatch, grouped as a pharmacist reads them; the list itself is that of the verb."""

from collections.abc import Iterable
from typing import Final

from cases.lifecycle.checklist import HOLD, Checked

VERB: Final = "custody.consignment.dispatch"
GROUPS: Final = (
    (
        "Authorization and quantity",
        "AuthorizationStandsAtDispatch AuthorizationInForceOnArrival QuantityWithinAuthorization GrantConditionsHold "
        "QuestionsAnswered DebtsPaid EmergencyConfirmedByTwo",
    ),
    ("Permits, ports and the way", "GateOpen RouteComplete ExportAllowed ControlledExportPermitted"),
    ("Partners and their credentials", "SupplierCredentialValid CarrierNamed ReceiverCredentialValid"),
    ("Papers", "PapersComplete ExportPapersComplete TransactionPapersReceived"),
    (
        "The packs",
        "UnitsAllocatedMatch PacksScanned ExpiryCoversTransitAndCycle NoOpenException VerificationDecidedOn "
        "NoSuspectProduct NoRecallStands IdentityReadByTwo",
    ),
    (
        "The journey",
        "PackedForTheJourney JourneyFitsHandling PackedAsTheProductAsks HandlingIsTold LoggerNamed ReceivingBriefed "
        "MomentInOrder",
    ),
    (
        "The case",
        "SupplyHasBegun DeterminationSigned PrescriberLicenceInDate ProfileVersionSigned",
    ),
)
HOLDS: Final = "Holds"
# How a requirement says that it is judged by what is typed, once it is.
IN_THE_FORM: Final = "in the form"
_GROUP_OF: Final = {code: title for title, codes in GROUPS for code in codes.split()}
MARKS: Final = {
    "met": ("good", "Met"),
    "unmet": ("harm", "Unmet"),
    "not_known": ("draft", "Not known"),
    "overridable": ("care", "Unmet, may be overridden by two people"),
    "overridden": ("care", "Overridden"),
    "asked": ("wait", "Asked in the form"),
}


def group_of(line: Checked) -> str:
    """Under which heading a line stands; what no heading names is of the case."""
    if line.code.startswith(HOLD):
        return HOLDS
    return _GROUP_OF.get(line.code.partition(":")[0], GROUPS[-1][0])


def mark_of(line: Checked) -> str:
    """Its own tick, cross or question mark, as a key of :data:`MARKS`."""
    if line.state == "met" and IN_THE_FORM in line.fact:
        return "asked"
    if line.state != "unmet":
        return line.state
    if line.overridable:
        return "overridable"
    return "unmet" if line.is_known else "not_known"


def grouped(lines: Iterable[Checked]) -> list[tuple[str, list[Checked]]]:
    """Every line under its heading, in the order of the headings; empty headings are left out."""
    found: dict[str, list[Checked]] = {title: [] for title in (HOLDS, *(title for title, _ in GROUPS))}
    for line in lines:
        found[group_of(line)].append(line)
    return [(title, own) for title, own in found.items() if own]
