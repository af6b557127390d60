"""The words of a what-if question as fields of a page, and what was typed into them as words again.

One row for each event, paper, statement, condition, list, party, lot and office that the pathway itself looks at. A
word that no row has (an address may hold any) stays in a row of its own, so that nothing typed is dropped.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.http import QueryDict

from cases.lifecycle.typed_days import NotADay, read_day, read_moment, write_day
from regulatory.pathway import needs_authorization
from regulatory.profiles import words
from regulatory.profiles.asking import USELESS_STATES, Fault
from regulatory.profiles.facts import Facts, ListVersion
from regulatory.profiles.loader import Profile
from regulatory.profiles.looks_at import (
    asks_for_lots,
    attested_facts,
    conditions_asked,
    documents_of,
    events_of,
    lists_in,
    offices_of,
    parties_in,
    ways_asked,
)
from regulatory.profiles.stops import Question, awaited_events
from regulatory.profiles.what_if import REPEATED, Asked
from regulatory.web.fact_words import document_title

# An event may happen more than once; its moments stand in one field.
BETWEEN_MOMENTS = ";"
MOST_ENTRIES = 300
YES_OR_NO = (("", "not answered"), ("yes", "yes"), ("no", "no"))


@dataclass(frozen=True, slots=True)
class Box:
    """One control: a line of text, or a choice where it has options; ``ticks`` are check boxes of the same name."""

    name: str
    label: str
    value: str = ""
    options: tuple[tuple[str, str], ...] = ()
    ticks: tuple[tuple[str, str, bool], ...] = ()
    size: int = 20

    @property
    def id(self) -> str:
        return "w-" + "".join(char if char.isalnum() else "-" for char in self.name)


@dataclass(slots=True)
class Row:
    """One thing the pathway looks at: its boxes, the words they stand for, and what is wrong with them."""

    kind: str
    key: str
    label: str
    boxes: tuple[Box, ...]
    words: tuple[str, ...] = ()
    hint: str = ""
    errors: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.boxes[0].id

    def fits(self, fault: Fault) -> bool:
        return fault.field == self.kind and (
            fault.value in self.words or (bool(self.key) and fault.value.partition("=")[0] == self.key)
        )


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one kind under a heading."""

    title: str
    rows: list[Row]
    about: str = ""


# ---------- From what was typed to words ----------


def words_typed(typed: QueryDict, profile: Profile, zone: ZoneInfo) -> dict[str, list[str]]:
    """The words of a form that was sent; a day that cannot be read stays as it was typed, to be refused by name."""

    def one(name: str) -> str:
        return _clean(typed.get(name, ""))

    found: dict[str, list[str]] = {kind: [_clean(word) for word in typed.getlist(kind)] for kind in REPEATED}
    for name in events_of(profile):
        moments = (part.strip() for part in one(f"event.{name}").split(BETWEEN_MOMENTS))
        way = "".join(f",{word}" for word in map(_clean, typed.getlist(f"way.{name}")) if word)
        found["event"] += [f"{name}={_moment(part, zone)}{way}" for part in moments if part]
    for name in documents_of(profile):
        if state := one(f"document.{name}"):
            issued = one(f"issued.{name}")
            found["document"].append(f"{name}={state}" + (f"@{_moment(issued, zone)}" if issued else ""))
    numbers = {name.rpartition(".")[2] for name in typed if name.startswith("question.asked.")}
    for number in sorted(numbers, key=lambda text: (len(text), text)):
        if asked := one(f"question.asked.{number}"):
            answered = one(f"question.answered.{number}")
            ends = f"..{_moment(answered, zone)}" if answered else ""
            found["question"].append(f"{_moment(asked, zone)}{ends}")
    window = [one(f"authorization.{part}") for part in ("from", "until")]
    quantity = one("authorization.quantity")
    if any(window) or quantity:
        starts, ends = (_moment(part, zone) if part else "" for part in window)
        found["authorization"].append(f"{starts}..{ends}" + (f"/{quantity}" if quantity else ""))
    for fact in attested_facts(profile):
        if signed := one(f"attest.{fact}"):
            found["attest"].append(f"{fact}={_moment(signed, zone)}")
    for kind, names in (("condition", conditions_asked(profile)), ("listed", lists_in(profile))):
        found[kind] += [f"{name}={value}" for name in names if (value := one(f"{kind}.{name}"))]
    for name in parties_in(profile):
        if role := one(f"party.{name}"):
            found["party"].append(",".join([f"{name}={role}", *map(_clean, typed.getlist(f"has.{name}"))]))
    if asks_for_lots(profile) and (one("lot.made") or one("lot.expires")):
        found["lot"].append(f"{_moment(one('lot.made'), zone)}..{_moment(one('lot.expires'), zone)}")
    found["hours"] += [f"{code}={value}" for code in offices_of(profile) if (value := one(f"hours.{code}"))]
    return {"at": [_moment(one("at"), zone)], **{kind: [one for one in said if one] for kind, said in found.items()}}


def words_of(facts: Facts, profile: Profile, zone: ZoneInfo) -> dict[str, list[str]]:
    """Facts as words, as far as the pathway looks at them: what is known of a case becomes a question without one."""
    events, papers, attested = events_of(profile), documents_of(profile), attested_facts(profile)
    conditions, parties, ways = conditions_asked(profile), parties_in(profile), ways_asked(profile)
    return {
        "event": [
            f"{event.name}={_written(event.at, zone)}"
            + "".join(f",{way}" for way in (event.channel, event.recipient) if way in ways.get(event.name, ()))
            for event in facts.events
            if event.name in events
        ],
        "document": [
            f"{paper.type}={','.join(paper.states)}" + (f"@{paper.issued_on}" if paper.issued_on else "")
            for paper in facts.documents
            if paper.type in papers
        ],
        "authorization": [
            f"{held.valid_from or ''}..{held.valid_until or ''}"
            + ("" if held.quantity_left is None else f"/{held.quantity_left.normalize():f}")
            for held in facts.authorizations
            if held.state == "in_force"
        ],
        "attest": [f"{one.reference}={one.signed_on}" for one in facts.attestations if one.reference in attested],
        "condition": [
            f"{key}={'yes' if applies else 'no'}" for key, applies in facts.conditions.items() if key in conditions
        ],
        "listed": [
            f"{name}={key if any(key in edition.entries for edition in facts.lists[name]) else 'no'}"
            for name, key in facts.list_keys.items()
            if key and facts.lists.get(name)
        ],
        "party": [
            ",".join([f"{name}={party.role}", *party.has]) for name, party in facts.parties.items() if name in parties
        ],
    }


def questions_told(questions: Iterable[Question], zone: ZoneInfo) -> list[str]:
    """Questions of the authority as words."""
    return [
        _written(one.asked, zone) + (f"..{_written(one.answered, zone)}" if one.answered else "") for one in questions
    ]


def _written(moment: date | datetime, zone: ZoneInfo) -> str:
    if isinstance(moment, datetime):
        return moment.astimezone(zone).replace(tzinfo=None).isoformat(timespec="minutes")
    return moment.isoformat()


def is_typed(asked: QueryDict) -> bool:
    """Whether an address comes from the form rather than from the words themselves."""
    return any("." in name for name in asked)


def asked_of(address: QueryDict, at: str) -> Asked:
    """The words of an address."""
    return Asked(at=at, **{kind: [_clean(word) for word in address.getlist(kind)] for kind in REPEATED})


def _clean(text: str) -> str:
    return text.replace("\x00", "").strip()


def _moment(text: str, zone: ZoneInfo) -> str:
    """ISO for what can be read, else the text itself."""
    for reading in (read_day, lambda typed: read_moment(typed, zone=zone)):
        try:
            read = reading(text)
        except NotADay:
            continue
        if isinstance(read, datetime):
            local = read.replace(tzinfo=None) if read.tzinfo == zone else read
            return local.isoformat(timespec="minutes")
        return read.isoformat()
    return text


# ---------- From words to fields ----------


def form_of(
    profile: Profile, asked: Asked, *, held: Mapping[str, tuple[ListVersion, ...]], faults: Iterable[Fault] = ()
) -> list[Group]:
    """Every field of the page with what was given, and each fault beside its field."""
    given = {kind: list(getattr(asked, kind)) for kind in REPEATED}
    at = Row("at", "", "The instant", (Box("at", "The instant", _shown(asked.at), size=24),), (asked.at,))
    groups = [
        Group("When", [at], "A day alone stands for its last moment there."),
        Group("What has happened", list(_events(profile, given)), "A day, or a day and a time."),
        Group("Questions of the authority", list(_questions(profile, given)), "The answer is empty while it is open."),
        Group("Papers that are held", list(_documents(profile, given))),
        Group("Authorization", list(_authorization(profile, given)), "One that covers the case in every respect."),
        Group("Statements", list(_statements(profile, given)), "Signed by a named person; empty: not signed."),
        Group("Lists", list(_lists(profile, given, held)), "Dated lists: where the product stands."),
        Group("Consignment", [*_parties(profile, given), *_lots(profile, given), *_hours(profile, given)]),
        Group("Conditions", list(_conditions(profile, given))),
    ]
    groups.append(Group("Also given", list(_others(given)), "The pathway does not look at these."))
    rows = [row for group in groups for row in group.rows]
    for fault in faults:
        row = next((row for row in rows if row.fits(fault)), at)
        row.errors.append(f"{fault.value}: {fault.problem} {fault.remedy}" if fault.value else fault.problem)
    return [group for group in groups if group.rows]


def _taken(given: list[str], fits: Callable[[str], bool]) -> tuple[str, ...]:
    """The words that one row shows; they are gone from those that are left."""
    found = tuple(word for word in given if fits(word))
    given[:] = [word for word in given if word not in found]
    return found


def _named(given: list[str], name: str) -> tuple[str, ...]:
    return _taken(given, lambda word: word.partition("=")[0] == name)


def _rest(word: str) -> str:
    return word.partition("=")[2]


def _shown(text: str) -> str:
    """A day or moment as people write it; anything else as it is."""
    try:
        read: date = datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    except ValueError:
        return text
    if not isinstance(read, datetime):
        return write_day(read)
    return text if read.tzinfo else f"{write_day(read.date())} {read:%H:%M}"


def _events(profile: Profile, given: dict[str, list[str]]) -> Iterator[Row]:
    asked = ways_asked(profile)
    for name in events_of(profile):
        found = _named(given["event"], name)
        planned = _named(given["plan"], name) if name in words.PLANNED_EVENTS else ()
        told = [_rest(word).partition(",") for word in (*found, *planned)]
        value = f"{BETWEEN_MOMENTS} ".join(_shown(moment) for moment, _, _ in told)
        label = words.capital(words.event(name).removeprefix("the ").removeprefix("a ").removeprefix("an "))
        hint = "a day that lies ahead is a plan" if name in words.PLANNED_EVENTS else ""
        boxes = [Box(f"event.{name}", label, value)]
        if ways := asked.get(name):
            given_ways = {way for _, _, said in told for way in said.split(",") if way}
            ticks = tuple((way, f"by or to: {words.spaced(way)}", way in given_ways) for way in ways)
            boxes.append(Box(f"way.{name}", "Which way", ticks=ticks))
        yield Row("event", name, label, tuple(boxes), (*found, *planned), hint)


def _questions(profile: Profile, given: dict[str, list[str]]) -> Iterator[Row]:
    """A line for each that was given and one more; only where the pathway counts a window that one may stop."""
    if not awaited_events(profile):
        return
    told = list(given["question"])
    given["question"].clear()
    for number, whole in enumerate([*told, ""], start=1):
        asked, _, answered = whole.partition("..")
        boxes = (
            Box(f"question.asked.{number}", f"Question {number}: asked on", _shown(asked)),
            Box(f"question.answered.{number}", f"Question {number}: answered on", _shown(answered)),
        )
        yield Row("question", "", f"Question {number}", boxes, (whole,) if whole else ())


def _documents(profile: Profile, given: dict[str, list[str]]) -> Iterator[Row]:
    for name, wanted in documents_of(profile).items():
        found = _named(given["document"], name)[:1]
        state, _, issued = _rest(found[0]).partition("@") if found else ("", "", "")
        whole = ",".join(wanted)
        options = {"": "not held", whole: f"held, {' and '.join(wanted)}"}
        options |= {one: f"held, only {one}" for one in wanted if one != whole}
        options |= {one: one for one in USELESS_STATES}
        options |= {state: f"held, {state.replace(',', ' and ')}"} if state not in options else {}
        title = document_title(name)
        boxes = (
            Box(f"document.{name}", f"{title}: state", state, tuple(options.items())),
            Box(f"issued.{name}", f"{title}: issued on", _shown(issued), size=12),
        )
        yield Row("document", name, title, boxes, found)


def _authorization(profile: Profile, given: dict[str, list[str]]) -> Iterator[Row]:
    if not needs_authorization(profile):
        return
    found = tuple(given["authorization"][:1])
    del given["authorization"][:1]
    window, _, quantity = (found[0] if found else "").partition("/")
    starts, _, ends = window.partition("..")
    boxes = (
        Box("authorization.from", "In force from", _shown(starts), size=12),
        Box("authorization.until", "Last valid day", _shown(ends), size=12),
        Box("authorization.quantity", "Quantity that is left", quantity, size=8),
    )
    yield Row("authorization", "", "Authorization", boxes, found, "empty: none is held")


def _statements(profile: Profile, given: dict[str, list[str]]) -> Iterator[Row]:
    for fact, pairs in attested_facts(profile).items():
        found = _named(given["attest"], fact)
        said = "; ".join(f"{words.capital(words.role(role))}: “{statement}”" for role, statement in pairs)
        value = _shown(_rest(found[0])) if found else ""
        yield Row("attest", fact, said, (Box(f"attest.{fact}", "Signed on", value, size=12),), found)


def _lists(profile: Profile, given: dict[str, list[str]], held: Mapping[str, tuple[ListVersion, ...]]) -> Iterator[Row]:
    for name in lists_in(profile):
        found = _named(given["listed"], name)
        keys = sorted({key for edition in held.get(name, ()) for key in edition.entries})[:MOST_ENTRIES]
        options = (
            ("", "not known"),
            ("yes", "it stands on the list"),
            ("no", "it does not"),
            *((key, f"under {key}, as the editions held here have it") for key in keys),
        )
        label = words.list_title(name)
        box = Box(f"listed.{name}", label, _rest(found[0]) if found else "", _with_given(options, found))
        yield Row("listed", name, label, (box,), found)


def _parties(profile: Profile, given: dict[str, list[str]]) -> Iterator[Row]:
    for name, (roles, particulars) in parties_in(profile).items():
        found = _named(given["party"], name)
        role, *has = _rest(found[0]).split(",") if found else ("",)
        options = (("", "not known"), *((one, words.role(one)) for one in roles), ("hospital", "the hospital"))
        options = tuple(dict(options).items())
        box = Box(f"party.{name}", words.capital(name), role, _with_given(options, (f"{name}={role}",) if role else ()))
        known = tuple((one, f"{words.spaced(one)} is known", one in has) for one in particulars)
        yield Row("party", name, words.capital(name), (box, Box(f"has.{name}", "Known of it", ticks=known)), found)


def _lots(profile: Profile, given: dict[str, list[str]]) -> Iterator[Row]:
    if not asks_for_lots(profile):
        return
    found = tuple(given["lot"][:1])
    del given["lot"][:1]
    made, _, expires = (found[0] if found else "").partition("..")
    boxes = (
        Box("lot.made", "Made on", _shown(made), size=12),
        Box("lot.expires", "Expires on", _shown(expires), size=12),
    )
    yield Row("lot", "", "Lot", boxes, found)


def _hours(profile: Profile, given: dict[str, list[str]]) -> Iterator[Row]:
    for code in offices_of(profile):
        found = _named(given["hours"], code)
        label = "Hours of the authority’s office"
        box = Box(f"hours.{code}", label, _rest(found[0]) if found else "", size=14)
        yield Row("hours", code, label, (box,), found, "for example 09:00-17:00; not in the data")


def _conditions(profile: Profile, given: dict[str, list[str]]) -> Iterator[Row]:
    for key, text in conditions_asked(profile).items():
        found = _named(given["condition"], key)
        label = words.capital(text)
        box = Box(f"condition.{key}", label, _rest(found[0]) if found else "", _with_given(YES_OR_NO, found))
        yield Row("condition", key, label, (box,), found)


def _others(given: dict[str, list[str]]) -> Iterator[Row]:
    for kind, said in given.items():
        for word in said:
            yield Row(kind, word.partition("=")[0], words.capital(kind), (Box(kind, kind, word, size=40),), (word,))


def _with_given(options: Sequence[tuple[str, str]], found: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The options, and what was given where it is none of them."""
    value = _rest(found[0]) if found else ""
    return (*options, *(((value, value),) if value not in dict(options) else ()))
