"""How a paper says a date, an age, a product with its lots, a judgement: in words, never by a bare code."""

from datetime import date
from typing import Final

from cases.countries import name_of
from pharmacovigilance.e2b.content import Amount, Null, Report, Seriousness, Source
from pharmacovigilance.e2b.decoding import NULLS
from pharmacovigilance.e2b.elements import table
from pharmacovigilance.papers.known import DosageLine, Event, Judgement, Known, Product
from pharmacovigilance.papers.sheets import NOT_KNOWN, by_number
from pharmacovigilance.terms import CRITERIA, EXPECTEDNESS, GIVEN_AGAIN, METHODS, RECHALLENGE, SPECIAL_SITUATIONS

CRITERION_WORDS: Final = dict(CRITERIA)
SPECIAL_WORDS: Final = dict(SPECIAL_SITUATIONS)
TRISTATE: Final = {"yes": "yes", "no": "no", "not_known": NOT_KNOWN, "not_applicable": "does not apply"}
GIVEN_AGAIN_WORDS: Final = dict(GIVEN_AGAIN)
METHOD_WORDS: Final = dict(METHODS)
EXPECTED: Final = {True: "expected", False: "not expected", None: "expectedness not known"}
KINDS: Final = {
    "initial": "initial", "follow_up": "follow-up", "amendment": "amendment", "nullification": "nullification",
}  # fmt: skip


def coded(code_list: str, code: str) -> str:
    """What a code of E2B means; not known where none is given."""
    return table().codes[code_list].get(code, NOT_KNOWN)


def said(value: str | Null | None) -> str:
    """A value, or in words why it is not given."""
    if isinstance(value, Null):
        return NULLS[value.value]
    return value or NOT_KNOWN


def day(text: str) -> str:
    """A date as far as it is known, from either spelling: "2026-03-18T10:00:00+00:00", "20260318", "2026-03"."""
    digits = text[:10].replace("-", "")[:8]
    return "-".join(part for part in (digits[:4], digits[4:6], digits[6:8]) if part)


def age(report: Report) -> str:
    """The patient's age or age group."""
    patient = report.patient
    if isinstance(patient.age, Amount):
        return f"{patient.age.value} {coded('age', patient.age.unit)}"
    if isinstance(patient.age_group, str) and patient.age_group and not isinstance(patient.age_group, Null):
        return f"age group: {coded('9', patient.age_group)}"
    return NOT_KNOWN


def sex(report: Report) -> str:
    found = report.patient.sex
    return NULLS[found.value] if isinstance(found, Null) else coded("sex", found or "")


def countries(known: Known) -> str:
    return name_of(known.country)


def criterion(report: Report, name: str) -> str:
    """Whether a criterion is met, and by which event; "no" is not a value of it."""
    met = [number for number, one in enumerate(report.reactions, start=1) if _meets(one.seriousness, name)]
    if not met:
        return "no information"
    several = len(report.reactions) > 1
    return "yes" + (f", event {', '.join(map(str, met))}" if several else "")


def _meets(seriousness: Seriousness, name: str) -> bool:
    return bool(getattr(seriousness, name))


def events(known: Known) -> tuple[str, ...]:
    """Each event: its words, when, in what it ended."""
    return by_number((one.number, _event(one)) for one in known.events)


def _event(one: Event) -> str:
    ended = f", ended {day(one.ended)}" if one.ended else ""
    return f"{one.verbatim} (began {day(one.started) or NOT_KNOWN}{ended}; outcome {coded('11', one.outcome)})"


def onsets(known: Known) -> tuple[str, ...]:
    return by_number((one.number, day(one.started) or NOT_KNOWN) for one in known.events)


def tests(known: Known) -> tuple[str, ...]:
    return by_number((one.number, one.tests) for one in known.events)


def special(known: Known) -> tuple[str, ...]:
    return tuple(SPECIAL_WORDS.get(name, name.replace("_", " ")) for name in known.special)


def products(chosen: tuple[Product, ...]) -> tuple[str, ...]:
    """Each product: name, strength and form, who made it, what it is to the event."""
    return by_number((one.number, _product(one)) for one in chosen)


def _product(one: Product) -> str:
    made = f"; manufacturer {one.manufacturer}" if one.manufacturer else ""
    return f"{one.words}{made}; {coded('13', one.role)}"


def lots(chosen: tuple[Product, ...]) -> tuple[str, ...]:
    """Each dosage line: lot, expiry, supplier, consignment, packs, temperature; or why no lot is confirmed."""
    several = len(chosen) > 1
    return tuple(f"{one.number}: {lot(line)}" if several else lot(line) for one in chosen for line in one.lines)


def lot(line: DosageLine) -> str:
    parts = [f"lot {line.lot}" if line.lot else "lot not known"]
    parts += [line.remark] if line.remark else []
    parts += [
        f"{label} {text}"
        for label, text in (
            ("expiry", line.expires_on),
            ("GTIN", line.gtin),
            ("supplier", line.supplier),
            ("consignment", line.consignment),
            ("packs", ", ".join(line.serials)),
        )
        if text
    ]
    parts.append(f"temperature of the journey: {line.temperature.replace('_', ' ') or 'not on record'}")
    parts += [f"warning: {line.warning}"] if line.warning else []
    return "; ".join(parts)


def of_lines(chosen: tuple[Product, ...], field: str) -> tuple[str, ...]:
    """One field of each dosage line, once."""
    return by_number(
        (one.number, "; ".join(dict.fromkeys(text for line in one.lines if (text := getattr(line, field)))))
        for one in chosen
    )


def of_products(chosen: tuple[Product, ...], field: str) -> tuple[str, ...]:
    return by_number((one.number, TRISTATE.get(text := getattr(one, field), text)) for one in chosen)


def recurred(known: Known, chosen: tuple[Product, ...]) -> tuple[str, ...]:
    """Whether each event came back when the product was given again; as it was asked of the product where not said."""
    return by_number((one.number, _recurred(known, one)) for one in chosen)


def _recurred(known: Known, product: Product) -> str:
    said = {
        one.event: GIVEN_AGAIN_WORDS[one.result]
        for one in known.judgements
        if one.method == RECHALLENGE and one.product == product.number
    }
    of_product = TRISTATE.get(product.reappeared, product.reappeared)
    if not said or len(known.events) == 1:
        return next(iter(said.values()), of_product)
    return "; ".join(f"event {one.number}: {said.get(one.number, of_product)}" for one in known.events)


def therapy(chosen: tuple[Product, ...]) -> tuple[str, ...]:
    """From the first dose to the last, of each product; nothing where neither is known."""
    return by_number((one.number, " to ".join(text or NOT_KNOWN for text in _span(one))) for one in chosen)


def durations(chosen: tuple[Product, ...]) -> tuple[str, ...]:
    """Days from the first dose to the last, both counted; nothing where either is not known to the day."""
    return by_number((one.number, _lasted(_span(one))) for one in chosen)


def _span(one: Product) -> list[str]:
    firsts = [day(line.first_given_at) for line in one.lines if line.first_given_at]
    lasts = [day(line.last_given_at) for line in one.lines if line.last_given_at]
    return [min(firsts, default=""), max(lasts, default="")] if firsts or lasts else []


def _lasted(span: list[str]) -> str:
    if len(span) < 2 or any(len(text) < len("2026-03-18") for text in span):
        return ""
    count = (date.fromisoformat(span[1]) - date.fromisoformat(span[0])).days + 1
    return f"{count} day{'s' if count > 1 else ''}"


def actions(chosen: tuple[Product, ...]) -> tuple[str, ...]:
    return by_number((one.number, coded("15", one.action)) for one in chosen)


def judgements(known: Known) -> tuple[str, ...]:
    """Each judgement of causality and expectedness, by whom and how."""
    several = len(known.events) > 1 or len(known.products) > 1
    return tuple(_judgement(one, several=several) for one in known.judgements)


def _judgement(one: Judgement, *, several: bool) -> str:
    where = f"event {one.event}, product {one.product}: " if several else ""
    result = one.result.replace("_", " ")
    if one.method == EXPECTEDNESS:
        against = f" against {one.reference}" if one.reference else ""
        return f"{where}{result}{against} ({one.source})"
    if one.method == RECHALLENGE:
        return f"{where}given again: {GIVEN_AGAIN_WORDS[one.result]} ({one.source})"
    score = f", score {one.score}" if one.score is not None else ""
    return f"{where}{result} ({one.source}, {METHOD_WORDS.get(one.method, one.method)}{score})"


def judged(known: Known) -> tuple[str, ...]:
    """What the pharmacist held of the case as a whole."""
    return (known.causality.replace("_", " "), EXPECTED[known.expected])


def reporters(report: Report) -> tuple[str, ...]:
    """Each reporter by profession and country; who it was is withheld."""
    return tuple(
        f"{number}: {_reporter(one)}" if len(report.sources) > 1 else _reporter(one)
        for number, one in enumerate(report.sources, start=1)
    )


def _reporter(one: Source) -> str:
    code = one.qualification
    what = "profession not known" if isinstance(code, Null) or not code else coded("6", code)
    land = name_of(one.country) if isinstance(one.country, str) and not isinstance(one.country, Null) else NOT_KNOWN
    return f"{what}, {land}; name and address {NULLS['MSK']}"


def sender(report: Report) -> str:
    """Name and address of who answers for the report, as far as the operator has said them."""
    one, place = report.sender, report.sender.address
    parts = (one.organisation, one.department, place.street, place.city, place.state, place.postcode, one.country)
    return ", ".join(str(part) for part in parts if part) or NOT_KNOWN


def narrative(report: Report) -> str:
    return report.narrative or NOT_KNOWN
