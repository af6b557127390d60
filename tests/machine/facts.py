"""What a person types into the form of any verb, made from its asks alone: as it should be, or spoilt somewhere."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from django.db import models

from cases.custody.models.dscsa import STATEMENTS as STATEMENTS_MADE
from cases.custody.receiving.protocol import every_item
from cases.custody.requirements.recalls import AGREES
from cases.documents.models import Document
from cases.lifecycle.verbs import Ask, Situation
from cases.statements import STATEMENTS
from regulatory.models import Decline, Review
from regulatory.reviewing.situated import sheet_at
from regulatory.verbs.declines import letter_print
from tests.factories import PASSWORD
from tests.machine.ground import GTIN

Typed = dict[str, Any]
SENTENCES = ("As the paper says.", "Nothing else was found.", "Zwölf Ampullen, 4 °C.", "Repeated on the telephone.")
SPOILT: dict[str, tuple[Any, ...]] = {
    "text": ("", "   ", "x" * 201, "a\x00b", "\u202egnp.exe", "-1"),
    "long": ("", "\n\n", "a\x00b", "<script>alert(1)</script>", "y" * 20_001),
    "date": ("", "yesterday", "2026-02-30", "0001-01-01", "9999-12-31", "1900-01-01", "2026-3"),
    "known_part": ("", "spring", "2026-13", "2026-02-30", "0000", "9999-12", "4/12"),
    "moment": ("", "soon", "9999-12-31T23:59", "1900-01-01T00:00", "0001-01-01T00:00", "2026-02-30T10:00"),
    "choice": ("", "nonsense", "\x00", "None"),
    "integer": ("", "-1", "100001", "1.5", "NaN", "0", "100000"),
    "decimal": ("", "0", "-3", "NaN", "Infinity", "1e30", "0.0001", "100000000", "999999999.999", "-0"),
    "yesno": ("", "maybe", "1"),
    "ticks": ([], ["nonsense"], "nonsense"),
    "secret": ("", "wrong", "x" * 201),
    "document": ("", "0", "999999999999999999999", "abc", "1"),
    "record": ("", "0", "999999999999999999999", "abc", "1", "2", "-1"),
}


def typed(situation: Situation, rng: Random, *, sound: bool) -> Typed:
    """Facts for a verb, as strings like those of a form; one or two are spoilt unless ``sound``."""
    verb = situation.verb
    given: Typed = {}
    for ask in verb.asks:
        if not ask.is_asked(situation):
            continue
        value = _value(ask, situation, rng)
        if value is not None and (ask.required or ask.name in WANTED or rng.random() < 0.6):
            given[ask.name] = value
    if verb.needs_reason:
        given["reason"] = rng.choice(SENTENCES)
    if not sound:
        _spoil(given, situation, rng)
    return given


def _spoil(given: Typed, situation: Situation, rng: Random) -> None:
    asks = list(situation.verb.asks)
    for _ in range(rng.randint(1, 2)):
        what = rng.random()
        if asks and what < 0.75:
            ask = rng.choice(asks)
            given[ask.name] = _far(situation, rng) if what < 0.1 else rng.choice(SPOILT[ask.kind])
        elif given and what < 0.9:
            given.pop(rng.choice(sorted(given)))
        else:
            given[rng.choice(("colour", "state", "case"))] = "green"


def _far(situation: Situation, rng: Random) -> str:
    """A day or an instant that could be one, and is not near."""
    moved = situation.now + timedelta(days=rng.choice((-4000, -400, -40, 40, 400, 4000)))
    return moved.strftime(rng.choice(("%Y-%m-%d", "%Y-%m-%dT%H:%M")))


def _value(ask: Ask, situation: Situation, rng: Random) -> Any:
    guided = GUIDED.get((situation.verb.code, ask.name)) or GUIDED.get(("", ask.name))
    if guided is not None:
        return guided(situation, rng)
    suggested = ask.initial(situation) if ask.initial is not None and rng.random() < 0.7 else None
    if suggested not in (None, ""):
        return _as_typed(suggested)
    return _BY_KIND[ask.kind](ask, situation, rng)


def _as_typed(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [str(one) for one in value]
    return str(getattr(value, "pk", value))


def _text(ask: Ask, situation: Situation, rng: Random) -> str:
    return f"{ask.name[:3].upper()}-{rng.randint(1, 999):03d}"


def _long(ask: Ask, situation: Situation, rng: Random) -> str:
    return rng.choice(SENTENCES)


def _date(ask: Ask, situation: Situation, rng: Random) -> str:
    return (situation.now.date() + timedelta(days=rng.choice((-2, 0, 1, 3, 7, 20, 60)))).isoformat()


def _moment(ask: Ask, situation: Situation, rng: Random) -> str:
    back = timedelta(minutes=rng.choice((0, 0, 0, 1, 15, 180)))
    return (situation.now - back).strftime("%Y-%m-%dT%H:%M")


def _choice(ask: Ask, situation: Situation, rng: Random) -> str:
    options = ask.options(situation) if callable(ask.options) else ask.options
    return str(rng.choice([value for value, _ in options] or [""]))


def _ticks(ask: Ask, situation: Situation, rng: Random) -> list[str]:
    options = ask.options(situation) if callable(ask.options) else ask.options
    return [str(value) for value, _ in options if rng.random() < 0.3]


def _document(ask: Ask, situation: Situation, rng: Random) -> str | None:
    rows = Document.objects.filter(case=situation.case, state="accepted")
    if ask.options:
        rows = rows.filter(doc_type__in=ask.options)
    return _one_of(rows, rng)


def _record(ask: Ask, situation: Situation, rng: Random) -> str | None:
    return _one_of(ask.options(situation), rng)


def _one_of(rows: "models.QuerySet[Any]", rng: Random) -> str | None:
    keys = sorted(set(rows.values_list("pk", flat=True)))
    return str(rng.choice(keys)) if keys else None


_BY_KIND: dict[str, Callable[[Ask, Situation, Random], Any]] = {
    "text": _text,
    "long": _long,
    "date": _date,
    "known_part": lambda ask, situation, rng: rng.choice(("2026", "2026-03", "2026-03-18")),
    "moment": _moment,
    "choice": _choice,
    "ticks": _ticks,
    "integer": lambda ask, situation, rng: str(rng.choice((1, 2, 7, 28))),
    "decimal": lambda ask, situation, rng: str(rng.choice((1, 2, 2, 3))),
    "yesno": lambda ask, situation, rng: "yes" if rng.random() < 0.8 else "no",
    "secret": lambda ask, situation, rng: PASSWORD,
    "document": _document,
    "record": _record,
}


# -- what introspection cannot know: values that belong together, or that lead to a rare move


def _serials(situation: Situation, rng: Random) -> str:
    wanted = int(getattr(situation.subject, "quantity", 1))
    return "\n".join(f"SN{rng.randint(0, 10**9):09d}" for _ in range(min(wanted, 20)))


def _code(situation: Situation, rng: Random) -> str:
    """The code of one of its packs, now and then of another one or with the separator lost."""
    units = list(situation.subject.units.select_related("lot").order_by("pk")) if situation.subject else []  # type: ignore[attr-defined]
    if not units:
        return "(01)" + GTIN
    unread = [unit for unit in units if not unit.readings.filter(differs="").exists()]
    unit = rng.choice(unread or units)
    serial = unit.serial if rng.random() < 0.9 else "SN0"
    gap = "\x1d" if rng.random() < 0.9 else ""
    return f"]d201{unit.gtin}17{unit.lot.expires_on:%y%m%d}10{unit.lot.number}{gap}21{serial}"


def _paper_packs(situation: Situation, rng: Random) -> str:
    """The packs as papers name them: as they are, now and then one of another lot or one too few."""
    units = list(situation.subject.units.select_related("lot").order_by("pk")) if situation.subject else []  # type: ignore[attr-defined]
    lines = [f"{unit.gtin} {unit.lot.number} {unit.lot.expires_on} {unit.serial}" for unit in units]
    return "\n".join(lines if rng.random() < 0.25 else [line.replace(" L", " M") for line in lines[: len(lines) or 1]])


def _days_on(*choices: int) -> Callable[[Situation, Random], str]:
    return lambda situation, rng: (situation.now.date() + timedelta(days=rng.choice(choices))).isoformat()


def _pick(*choices: Any) -> Callable[[Situation, Random], Any]:
    return lambda situation, rng: rng.choice(choices)


def _seldom(value: Callable[[Situation, Random], Any]) -> Callable[[Situation, Random], Any]:
    return lambda situation, rng: value(situation, rng) if rng.random() < 0.1 else None


def _earlier(situation: Situation, rng: Random) -> str:
    return (situation.now - timedelta(days=rng.choice((0, 0, 4, 20)))).strftime("%Y-%m-%dT%H:%M")


def _counted(situation: Situation, rng: Random) -> str:
    return str(getattr(situation.subject, "quantity", 1))


def _at_the_inspection(situation: Situation, rng: Random) -> str:
    return situation.now.strftime("%Y-%m-%dT%H:%M")


def _one_broken(situation: Situation, rng: Random) -> list[str] | None:
    """Seldom one pack of several."""
    units = list(situation.subject.units.order_by("pk")) if situation.subject else []  # type: ignore[attr-defined]
    return [rng.choice(units).serial] if len(units) > 1 and rng.random() < 0.1 else None


def _as_the_ledger_says(situation: Situation, rng: Random) -> str:
    """An outcome that fits every pack of it, mostly."""
    packs = getattr(situation.subject, "packs", None)  # nonsense is tried on a record that has none
    states = set(packs.values_list("unit__state", flat=True)) if packs is not None else set()
    fitting = [outcome for outcome, known in AGREES.items() if states <= set(known)]
    return str(rng.choice(fitting if fitting and rng.random() < 0.8 else list(AGREES)))


def _tomorrow(situation: Situation, rng: Random) -> str:
    return (situation.now + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")


# Optional in the form, but what follows hangs on them.
WANTED = frozenset({"letter", "authorization", "statements", "lowest_c", "highest_c", "seriousness_criterion", "lot",
                    "lot_remark", "narrative", "evidence", "late_reason", "logger_number", "safety_case", "due_on",
                    "every_months", "packs", "statement", "use_before", "basis", "fda_told_at",
                    "partners_told_at", "logger_stopped_at", "stored_at"})  # fmt: skip

GUIDED: dict[tuple[str, str], Callable[[Situation, Random], Any]] = {
    ("cases.determination.sign", "statements"): lambda situation, rng: list(STATEMENTS),
    ("", "printed_name"): lambda situation, rng: situation.by.display_name,
    ("", "code"): _pick(None),
    ("", "fingerprint"): lambda situation, rng: _read(situation),
    ("regulatory.decline.draft", "kind"): _pick("regulatory"),
    ("regulatory.decline.draft", "ground"): _pick("route_closed", "other"),
    ("regulatory.decline.draft", "route"): _pick("open", "closed"),
    ("regulatory.decline.draft", "steps"): lambda situation, rng: ["ask_again"],
    ("cases.override.propose", "record"): _pick(""),
    ("cases.override.propose", "requirement"): _pick(
        "LoggerNamed", "ReceivingBriefed", "NarrativeWritten", "GateOpen", "SafetyDutiesDone"
    ),
    ("custody.consignment.dispatch", "briefing_confirmed"): _pick(*["yes"] * 9, "no"),
    ("custody.consignment.plan", "planned_dispatch_on"): _days_on(0, 1, 2, 9),
    ("custody.consignment.plan", "planned_arrival_on"): _days_on(3, 5, 12),
    ("custody.consignment.plan", "days_of_therapy"): _pick("7", "28", "28", "84"),
    ("custody.consignment.allocate", "gtin"): _pick(GTIN),
    ("custody.consignment.allocate", "serials"): _serials,
    ("custody.consignment.allocate", "lot_number"): lambda situation, rng: f"L{rng.randint(1, 10**6):06d}",
    ("custody.consignment.allocate", "expires_on"): _days_on(300, 500, 900),
    ("custody.consignment.allocate", "content"): _pick(None, "2", "30", "30"),
    ("custody.consignment.read_pack", "text"): _code,
    ("custody.consignment.read_identity", "text"): _pick("COI-7Q2X-0001", "COI-7Q2X-0002"),
    ("", "count"): _pick("1", "1", "2", "10", None),
    ("custody.consignment.open_pack", "use_before"): _tomorrow,
    ("custody.consignment.read_pack", "entry_method"): _pick("scanner", "scanner", "camera", "typed"),
    ("custody.consignment.pack", "shipper_hours"): _pick("2000"),
    ("custody.handling.state", "constraints"): _pick([], ["upright"]),
    ("custody.handling.state", "hours_from_dispatch"): _pick(None),
    # What fits whatever was stated of the product, so that a box is not packed in vain.
    ("custody.consignment.pack", "constraints"): _pick(["no_xray", "upright"]),
    ("custody.consignment.pack", "dry_ice_kg"): _pick(None),
    ("custody.consignment.pack", "hours_from_dispatch"): _pick(None),
    ("custody.consignment.report_delay", "planned_arrival_on"): _days_on(0, 2, 5),
    ("custody.milestone.plan", "planned_at"): lambda situation, rng: (
        situation.now + timedelta(hours=rng.choice((-2, 5, 60)))
    ).strftime("%Y-%m-%dT%H:%M"),
    ("custody.consignment.record_papers", "packs"): _paper_packs,
    ("custody.consignment.record_papers", "containers"): lambda situation, rng: str(
        int(getattr(situation.subject, "quantity", 1))
    ),
    ("custody.consignment.record_papers", "statement"): lambda situation, rng: [code for code, _ in STATEMENTS_MADE],
    ("custody.consignment.record_papers", "transaction_on"): _days_on(-3, -1, 0),
    ("custody.consignment.record_papers", "shipped_on"): _pick(None),
    ("custody.consignment.record_papers", "epcis_file"): _pick(None),
    ("custody.consignment.record_papers", "ndc"): _pick(None, "12345-6789-0"),
    ("custody.consignment.record_verification", "is_verified"): _pick("yes"),
    ("custody.consignment.record_verification", "failure"): _pick(None),
    ("custody.consignment.record_verification", "further"): _pick(None, "ExpirationExtended"),
    ("custody.suspect.tell", "fda_told_at"): lambda situation, rng: situation.now.strftime("%Y-%m-%dT%H:%M"),
    ("custody.suspect.tell", "partners_told_at"): lambda situation, rng: situation.now.strftime("%Y-%m-%dT%H:%M"),
    **{
        ("custody.consignment.inspect", item.fact): _pick(*["yes"] * 30, "no", "not_applicable")
        for item in every_item()
    },
    ("custody.consignment.inspect", "logger_stopped_at"): _at_the_inspection,
    ("custody.consignment.inspect", "stored_at"): _at_the_inspection,
    ("custody.consignment.inspect", "inspected_at"): _at_the_inspection,
    ("custody.consignment.inspect", "units_received"): _counted,
    ("custody.consignment.inspect", "missing"): _pick(None),
    ("custody.consignment.inspect", "broken"): lambda situation, rng: _one_broken(situation, rng),
    ("custody.consignment.inspect", "extra"): _pick(None),
    ("custody.consignment.inspect", "notes"): _pick(None, "carton: dented at one corner"),
    ("custody.consignment.inspect", "photos"): _pick(None),
    ("custody.consignment.inspect", "result"): _pick(*["accept"] * 6, "accept_part", "quarantine", "reject"),
    ("custody.consignment.second_check", "units_counted"): _counted,
    ("custody.consignment.second_check", "typed_packs"): _pick(None),
    ("custody.consignment.second_check", "agrees"): _pick(*["yes"] * 9, "no"),
    ("custody.consignment.record_temperature", "lowest_c"): _pick("2.5", "3.1", "3.4", "-2.0"),
    ("custody.consignment.record_temperature", "highest_c"): _pick("6.4", "7.0", "7.5", "12.0"),
    ("custody.consignment.record_temperature", "minutes_outside"): _pick("0", "0", "0", "90"),
    ("custody.consignment.record_temperature", "logger_file"): _pick(None),
    ("custody.consignment.record_temperature", "mapping"): _pick(None),
    ("custody.consignment.record_temperature", "activation_kj"): _pick(None),
    ("custody.consignment.record_temperature", "window_from"): _pick(None),
    ("custody.consignment.record_temperature", "window_until"): _pick(None),
    ("custody.consignment.record_temperature", "logger_number"): _pick(None),
    ("custody.consignment.record_temperature", "budget_source"): _pick(None),
    ("custody.consignment.record_temperature", "leg"): _pick(None, None, "journey", "inbound"),
    ("custody.consignment.record_temperature", "budget_minutes"): _pick(None, None, "720", "1440"),
    ("custody.consignment.decide_disposition", "decision"): _pick(
        *("release", "release", "release", "release", "quarantine", "reject_return", "reject_destroy")
    ),
    ("custody.consignment.decide_disposition", "question"): _pick(None),
    ("custody.consignment.decide_disposition", "answered_on"): _pick(None),
    ("custody.consignment.release", "planned_dispatch_on"): _days_on(0, 0, 1),
    ("custody.consignment.release", "planned_arrival_on"): _days_on(2, 4),
    ("custody.consignment.replan", "planned_dispatch_on"): _days_on(0, 0, 2),
    ("custody.consignment.replan", "planned_arrival_on"): _days_on(3, 5, 30),
    ("custody.recall.locate", "packs"): lambda situation, rng: _all_offered(situation, "packs"),
    ("custody.recall.locate", "outcome"): lambda situation, rng: _as_the_ledger_says(situation, rng),
    ("documents.document.describe", "issued_on"): _days_on(-2, -5),
    ("documents.document.describe", "valid_until"): _seldom(_days_on(9)),
    ("documents.document.accept", "issued_on"): _days_on(-2, -20),
    ("documents.document.accept", "valid_until"): _days_on(2, 40, 400),
    ("documents.slot.ask", "due_on"): _days_on(2, 5, 10),
    ("regulatory.export.attest", "statements"): lambda situation, rng: _all_offered(situation, "statements"),
    ("regulatory.filing.open", "quantity"): _pick("2", "4", "6", None),
    **{
        (f"regulatory.filing.{verb}", "planned_on"): _days_on(0, 3, 20)
        for verb in ("open", "renew", "vary", "make_ready")
    },
    # Unit and conversion belong together; a letter that counts as the medicine does needs none.
    ("regulatory.filing.grant", "unit"): _pick(None, "vial"),
    ("regulatory.filing.grant", "unit_holds"): _pick(None),
    ("regulatory.filing.grant", "unit_way"): _pick(None),
    ("regulatory.authorization.assign", "factor"): _pick(None),
    ("regulatory.standing_authority.use", "factor"): _pick(None),
    ("regulatory.filing.submit", "recipient"): _pick("regulator"),
    ("regulatory.filing.receive_question", "answer_due_on"): _days_on(3, 10),
    ("regulatory.filing.grant", "valid_from"): _days_on(0, 0, -1),
    ("regulatory.filing.grant", "valid_until"): _days_on(20, 60, 180),
    ("regulatory.filing.grant", "quantity"): _pick(None, "2", "2", "4", "6"),
    ("regulatory.filing.grant", "max_uses"): _pick(None, "1", "1", "2"),
    ("regulatory.filing.grant", "covers"): lambda situation, rng: _all_but_few(situation),
    ("regulatory.filing.grant", "channel"): _pick("written", "portal", "telephone"),
    # One condition a line; most letters name none.
    ("regulatory.filing.grant", "conditions"): _pick(None, None, "Report to us.", "Label each box.\n\n Ship by air. "),
    ("regulatory.grant_condition.sort", "kind"): _pick("task", "gate", "report"),
    ("regulatory.grant_condition.sort", "due_on"): _days_on(5, 30, 90),
    ("regulatory.grant_condition.sort", "every_months"): _pick("1", "6"),
    ("regulatory.condition.answer", "applies"): _pick("no", "no", "no", "yes"),
    ("pharmacovigilance.follow_up.schedule", "due_on"): _days_on(1, 2, 6),
    ("pharmacovigilance.obligation.discharge", "discharged_at"): _earlier,
    ("pharmacovigilance.report.attach", "serious"): _pick("yes", "yes", "no"),
    ("pharmacovigilance.report.attach", "seriousness_criterion"): _pick("death", "hospitalisation", ""),
    ("pharmacovigilance.version.assess", "serious"): _pick("yes"),
    ("pharmacovigilance.version.assess", "expected"): _pick("no", "no", "not_known", "yes"),
    ("pharmacovigilance.version.assess", "seriousness_criterion"): _pick("death", "hospitalisation"),
    ("pharmacovigilance.version.follow_up", "serious"): _pick("yes"),
    ("pharmacovigilance.version.follow_up", "seriousness_criterion"): _pick("death", "hospitalisation"),
}


def _read(situation: Situation) -> str:
    """The fingerprint of what an open review looks at, or of a letter as it would go out."""
    subject = situation.subject
    if isinstance(subject, Decline) and subject.state == Decline.State.DRAFT:
        return letter_print(situation)
    return sheet_at(situation).fingerprint if isinstance(subject, Review) else ""


def _all_offered(situation: Situation, name: str) -> list[str]:
    ask = next(ask for ask in situation.verb.asks if ask.name == name)
    return [value for value, _ in ask.options(situation)]


def _all_but_few(situation: Situation) -> list[str]:
    ask = next(ask for ask in situation.verb.asks if ask.name == "covers")
    return _as_typed(ask.initial(situation)) if ask.initial else []  # type: ignore[no-any-return]
