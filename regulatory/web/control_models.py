"""The control models in plain words: what a pharmacist does first, and what the authority's part is.

One row for each value of the vocabulary ``control_model``; no country stands here. ``way`` names the stations of the
picture in their order (see :mod:`regulatory.web.way_through`).
"""

from dataclasses import dataclass

from regulatory.profiles.words import capital, spaced


@dataclass(frozen=True, slots=True)
class ControlModel:
    """A title for headings, a sentence that explains it, and the stations on the way."""

    title: str
    sentence: str
    way: tuple[str, ...]


CONTROL_MODELS: dict[str, ControlModel] = {
    "prior_authorisation": ControlModel(
        "apply, wait for the decision, then act",
        "Nothing may move until the authority has granted it. Silence is not consent unless a source says so.",
        ("order", "apply", "decide", "act"),
    ),
    "prior_notification_objection_window": ControlModel(
        "notify, wait in silence, then act",
        "The authority is told first. It may object while the window runs; its silence clears the way.",
        ("order", "notify", "acknowledge", "window", "act"),
    ),
    "prior_notification_no_wait": ControlModel(
        "notify, then act at once",
        "The authority is told before; no decision is awaited.",
        ("order", "notify", "act"),
    ),
    "import_confirmation": ControlModel(
        "notify and have the import confirmed",
        "The authority confirms the import; the paper travels with the goods.",
        ("order", "notify", "decide", "act"),
    ),
    "post_supply_notification": ControlModel(
        "supply first, notify afterwards",
        "The prescriber decides and the medicine is supplied; the authority is told within a fixed time.",
        ("order", "act", "notify_after"),
    ),
    "post_receipt_notification": ControlModel(
        "receive first, notify afterwards",
        "The medicine is received; the authority is told within a fixed time after the receipt.",
        ("order", "act", "notify_after"),
    ),
    "periodic_supply_report": ControlModel(
        "supply, then report each period",
        "Each supply is recorded, and the authority gets a report at the end of each period.",
        ("order", "act", "notify_after"),
    ),
    "record_keeping_only": ControlModel(
        "supply and keep the record",
        "Nothing is filed. What the prescriber decided and what was supplied is kept for inspection.",
        ("order", "act", "keep"),
    ),
    "emergency_first": ControlModel(
        "treat first in an emergency, then file",
        "Where the authority cannot be reached in time, treatment begins; the filing follows within a fixed time.",
        ("order", "act", "notify_after"),
    ),
    "ethics_opinion_first": ControlModel(
        "ethics opinion first, then act",
        "An ethics committee gives its opinion before the medicine is used.",
        ("order", "apply", "decide", "act"),
    ),
    "standing_authority": ControlModel(
        "a standing authority, then supply within it",
        "The prescriber holds an authority for a class of patients; each supply stays within it and is reported.",
        ("apply", "decide", "order", "act"),
    ),
    "list_based": ControlModel(
        "look it up in the list, then act",
        "The medicine and the use stand in a list of the authority; the conditions of the entry are kept.",
        ("order", "look_up", "act"),
    ),
    "border_clearance": ControlModel(
        "declare at the border, then release",
        "The decision falls at the border, on the papers that travel with the goods.",
        ("order", "act", "border"),
    ),
    "enforcement_discretion": ControlModel(
        "no permission exists; the authority may let it pass",
        "The import is not authorized; the authority may refrain from acting. It can stop it at any time.",
        ("order", "act", "border"),
    ),
    "export_gate": ControlModel(
        "clear the export, then ship",
        "The country of origin sets conditions for leaving it; the destination's rules come on top.",
        ("apply", "decide", "act"),
    ),
}


def control_model(code: str) -> ControlModel:
    """The model in words; a value that the table does not know yet is told as it stands in the data."""
    return CONTROL_MODELS.get(code) or ControlModel(capital(spaced(code)), "", ("order", "act"))
