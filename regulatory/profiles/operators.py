"""The operators of gate expressions that look at events, days, people, lists and lots. None knows a country."""

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from cases.deadlines.arithmetic import Computation, Rule, compute
from regulatory.profiles import words
from regulatory.profiles.facts import ListVersion
from regulatory.profiles.logic import DAY, Context, Missing, Truth, Verdict, both

SEARCH_DAYS = 800
LEAST_DAYS = {"hour": 0, "week": 7, "month": 28, "year": 365}


def event(node: Mapping[str, Any], context: Context) -> Verdict:
    name = node["event"]
    if context.defer_border and name in words.BORDER_EVENTS:
        return Verdict(
            True, deferred=(f"{words.capital(words.event(name))} is decided at the border, after dispatch.",)
        )
    truth: Truth = False
    for event in context.occurrences(name):
        fits = [
            None if getattr(event, field) is None else getattr(event, field) == node[field]
            for field in ("recipient", "channel")
            if field in node
        ]
        if all(fit is True for fit in fits):
            return Verdict(True)
        if False not in fits:
            truth = None
    wanted = "".join(
        f" {'to' if field == 'recipient' else 'by'} {words.spaced(node[field])}"
        for field in ("recipient", "channel")
        if field in node
    )
    sentence = f"Not recorded: {words.event(name)}{wanted}."
    if truth is None:
        sentence = f"{words.capital(words.event(name))} is recorded, but not whether it went{wanted}."
    return Verdict(truth, (Missing(sentence, words.event_owner(name), "event", name),), _ahead(name, context))


def not_event(node: Mapping[str, Any], context: Context) -> Verdict:
    name = node["not_event"]
    found = context.latest(name)
    if found is None:
        return Verdict(True, turns_on=_ahead(name, context))
    sentence = f"{words.capital(words.event(name))} is recorded on {words.day(context.local(found.at))}."
    return Verdict(False, (Missing(sentence, words.event_owner(name), "event", name),))


def _ahead(name: str, context: Context) -> frozenset[date]:
    """Days after the one asked about on which the event is already recorded (a question about the past)."""
    days = (context.local(event.at) for event in context.facts.events if event.name == name)
    return frozenset(day for day in days if day > context.on and day <= context.local(context.now))


def elapsed_since(node: Mapping[str, Any], context: Context) -> Verdict:
    rule_data = node["elapsed_since"]
    name = rule_data["event"]
    found = context.latest(name)
    if found is None:
        sentence = f"Not recorded: {words.event(name)}; it starts the count of {_span(rule_data)}."
        return Verdict(False, (Missing(sentence, words.event_owner(name), "event", name),), _ahead(name, context))
    rule = Rule(
        event=name,
        amount=rule_data["amount"],
        unit=rule_data["unit"],
        calendar=context.calendar.code,
        zone=context.calendar.zone,
        kind="waiting_window",
        rule_version=context.profile.version,
        first_counted_day=rule_data.get("first_counted_day", "day_after_event"),
        opens=rule_data.get("opens", "day_after_last_counted_day"),
    )
    pauses = context.facts.pauses.get(name, ())
    done = compute(rule, anchor=found.at, calendar=context.calendar, pauses=pauses, as_of=context.on)
    if not isinstance(done, Computation) or done.opens_at is None or done.opens_on is None:
        why = done.why if not isinstance(done, Computation) else "no opening day"
        return Verdict(
            None,
            (
                Missing(
                    f"The end of {_span(rule_data)} cannot be computed: {why}.", "coordinating_pharmacy", "time", name
                ),
            ),
        )
    doubt = _doubted(name, rule, found.at, context)
    if done.flags.provisional:
        stopped = (
            f"The count of {_span(rule_data)} since {words.event(name)} is stopped by a question of the authority."
        )
        sentence = doubt or stopped
        return Verdict(False, (Missing(sentence, "coordinating_pharmacy", "time", name),))
    if context.instant >= done.opens_at:
        return Verdict(True)
    counted = f"{words.capital(_span(rule_data))} since {words.event(name)}"
    sentence = f"{counted} are not over: first open day {words.day(done.opens_on)}.{' ' if doubt else ''}{doubt}"
    return Verdict(False, (Missing(sentence, "regulator", "time", name),), frozenset({done.opens_on}))


_HOW = (("runs_on", "it runs on"), ("stops", "it stops"), ("restarts", "it begins anew with the answer"))


def _doubted(name: str, rule: Rule, at: Any, context: Context) -> str:
    """Where nobody knows what a question does to the count: every date there may be, and which of them is safe."""
    ways = context.facts.doubts.get(name)
    if not ways:
        return ""
    days = {}
    for way, _ in _HOW:
        done = compute(rule, anchor=at, calendar=context.calendar, pauses=ways[way], as_of=context.on)
        is_known = isinstance(done, Computation) and not done.flags.provisional
        days[way] = done.opens_on if is_known and isinstance(done, Computation) else None
    told = "; ".join(
        f"if {how}, {'the first open day is ' + words.day(days[way]) if days[way] else 'none before the answer'}"
        for way, how in _HOW
    )
    safe = "The last is safe and is counted here." if days["restarts"] else "No day is safe before the answer."
    return (
        f"Not known whether a question of the authority stops the count since {words.event(name)}: ask the authority. "
        f"{words.capital(told)}. {safe}"
    )


def lead_before(node: Mapping[str, Any], context: Context) -> Verdict:
    rule_data = node["lead_before"]
    source, act = rule_data["from_event"], rule_data["event"]
    found = context.latest(source)
    if found is None:
        sentence = f"Not recorded: {words.event(source)}, at least {_span(rule_data)} before {words.event(act)}."
        return Verdict(False, (Missing(sentence, words.event_owner(source), "event", source),), _ahead(source, context))
    act_on = context.day_of(act)
    if act_on is None:
        return Verdict(
            None, (Missing(f"No day is planned for {words.event(act)}.", "coordinating_pharmacy", "plan", act),)
        )
    given_on = context.local(found.at)
    last = _last_notice_day(rule_data, act_on, context)
    if last is None:
        return Verdict(
            None,
            (Missing(f"The notice of {_span(rule_data)} cannot be computed.", "coordinating_pharmacy", "time", act),),
        )
    if given_on <= last:
        return Verdict(True)
    # No unit is shorter than its calendar days, so the search can begin that many days after the notice.
    start = max(act_on + DAY, given_on + DAY * int(rule_data["amount"]) * LEAST_DAYS.get(rule_data["unit"], 1))
    first = next(
        (
            day
            for day in (start + DAY * n for n in range(SEARCH_DAYS))
            if (notice := _last_notice_day(rule_data, day, context)) and given_on <= notice
        ),
        None,
    )
    sentence = (
        f"{words.capital(words.event(source))} of {words.day(given_on)} is less than {_span(rule_data)} before "
        f"{words.event(act)} on {words.day(act_on)}"
        + (f"; the first day it allows is {words.day(first)}." if first else ".")
    )
    return Verdict(
        False, (Missing(sentence, "coordinating_pharmacy", "plan", act),), frozenset({first} if first else ())
    )


def _last_notice_day(rule_data: Mapping[str, Any], act_on: date, context: Context) -> date | None:
    rule = Rule(
        event=rule_data["event"],
        amount=rule_data["amount"],
        unit=rule_data["unit"],
        calendar=context.calendar.code,
        zone=context.calendar.zone,
        kind="notice_lead",
        direction="before",
        rule_version=context.profile.version,
    )
    done = compute(rule, anchor=act_on, calendar=context.calendar)
    return done.due_on if isinstance(done, Computation) else None


def attested_by(node: Mapping[str, Any], context: Context) -> Verdict:
    wanted = node["attested_by"]
    turning = set()
    for attestation in context.facts.attestations:
        if (attestation.role, attestation.statement) != (wanted["role"], wanted["statement"]):
            continue
        if attestation.valid_until:
            turning.add(attestation.valid_until + DAY)
        if attestation.signed_on <= context.on and (
            attestation.valid_until is None or context.on <= attestation.valid_until
        ):
            return Verdict(True, turns_on=frozenset(turning))
    sentence = f"{words.capital(words.role(wanted['role']))} has not signed: “{wanted['statement']}”."
    return Verdict(False, (Missing(sentence, wanted["role"], "attestation", wanted["statement"]),), frozenset(turning))


def signed_by_one(nodes: Iterable[Mapping[str, Any]], context: Context) -> Verdict | None:
    """That statements for several roles are signed by as many people: what is missing, or None where they are.

    One person who has held two roles is one judgement, not two.
    """
    wanted = [node["attested_by"] for node in nodes if isinstance(node.get("attested_by"), Mapping)]
    roles = {one["role"] for one in wanted}
    asked = {(one["role"], one["statement"]) for one in wanted}
    signers = {
        one.by or one.role
        for one in context.facts.attestations
        if (one.role, one.statement) in asked and one.signed_on <= context.on
    }
    if len(signers) >= len(roles):
        return None
    who = " and ".join(words.role(role) for role in sorted(roles))
    sentence = f"{words.capital(who)} must be different people: one person signed for both."
    last = wanted[-1]
    return Verdict(False, (Missing(sentence, last["role"], "attestation", last["statement"]),))


def party(node: Mapping[str, Any], context: Context) -> Verdict:
    wanted = node["party"]
    party = context.facts.parties.get(wanted["party"])
    who = " or ".join(words.role(code) for code in wanted["is_one_of"])
    if party is None:
        sentence = f"No {wanted['party']} is named; it must be {who}."
        return Verdict(None, (Missing(sentence, "coordinating_pharmacy", "party", wanted["party"]),))
    missing = []
    if party.role not in wanted["is_one_of"]:
        missing.append(
            Missing(
                f"The {wanted['party']} is {words.role(party.role)}; it must be {who}.",
                "coordinating_pharmacy",
                "party",
                wanted["party"],
            )
        )
    for particular in wanted.get("has", ()):
        if particular not in party.has:
            missing.append(
                Missing(
                    f"The {wanted['party']} has no {words.spaced(particular)}.",
                    "coordinating_pharmacy",
                    "party",
                    particular,
                )
            )
    return Verdict(not missing, tuple(missing))


def list_match(node: Mapping[str, Any], context: Context) -> Verdict:
    wanted = node["list_match"]
    name = wanted["list"]
    as_of = context.day_of(wanted["as_of"])
    if as_of is None:
        owner = words.event_owner(wanted["as_of"])
        sentence = (
            f"Not recorded: {words.event(wanted['as_of'])}; the list “{words.list_title(name)}” is read as of that day."
        )
        return Verdict(None, (Missing(sentence, owner, "event", wanted["as_of"]),))
    versions = context.facts.lists.get(name, ())
    turning = frozenset(version.from_on for version in versions) | frozenset(
        version.until_on + DAY for version in versions if version.until_on
    )
    standing = [
        version
        for version in versions
        if version.from_on <= as_of and (version.until_on is None or as_of <= version.until_on)
    ]
    key = context.facts.list_keys.get(name, context.facts.subject.get("product"))
    if not standing or not key:
        lacking = (
            f"no version of the list “{words.list_title(name)}” is held for {words.day(as_of)}"
            if not standing
            else f"nobody has read where the product stands in the list “{words.list_title(name)}”"
        )
        return Verdict(None, (Missing(f"Not known: {lacking}.", "coordinating_pharmacy", "list", name),), turning)
    version = max(standing, key=_newest)
    # The edition is kept with the event, so that the list of that day can be looked up years later.
    because = (f"list:{name}@{version.version}",)
    if key in version.entries:
        return Verdict(True, turns_on=turning, because=because)
    sentence = (
        f"Not on the list “{words.list_title(name)}”, version {version.version}, as it stood on {words.day(as_of)}."
    )
    return Verdict(False, (Missing(sentence, "regulator", "list", name),), turning, because)


def _newest(version: ListVersion) -> date:
    return version.from_on


def shelf_life_remaining(node: Mapping[str, Any], context: Context) -> Verdict:
    wanted = node["shelf_life_remaining"]
    at = context.day_of(wanted["at_event"])
    if context.defer_documents and not context.facts.lots:
        # Lots are allocated once the supply is being sourced; the question before that is the authority's part.
        return Verdict(True, deferred=("The remaining shelf life is judged once a lot is allocated.",))
    if at is None or not context.facts.lots:
        return Verdict(
            None,
            (
                Missing(
                    "No lot is allocated, so its remaining shelf life is not known.",
                    "coordinating_pharmacy",
                    "lot",
                    "lot",
                ),
            ),
        )
    least = Fraction(str(wanted["min_fraction"])).limit_denominator(100)
    verdicts = []
    for lot in context.facts.lots:
        if lot.manufactured_on is None or lot.expires_on is None:
            sentence = f"Lot {lot.reference} has no date of manufacture or expiry."
            verdicts.append(Verdict(None, (Missing(sentence, "manufacturer", "lot", lot.reference),)))
            continue
        left, whole = (lot.expires_on - at).days, (lot.expires_on - lot.manufactured_on).days
        last = lot.expires_on - DAY * -(-least.numerator * whole // least.denominator)
        if whole > 0 and Fraction(left, whole) >= least:
            verdicts.append(Verdict(True, turns_on=frozenset({last + DAY})))
            continue
        sentence = (
            f"Lot {lot.reference} would have {left} of {whole} days left on {words.day(at)}; "
            f"at least {least} is needed, so until {words.day(last)}."
        )
        verdicts.append(Verdict(False, (Missing(sentence, "coordinating_pharmacy", "lot", lot.reference),)))
    return both(verdicts)


def outside_office_hours(node: Mapping[str, Any], context: Context) -> Verdict:
    """Whether the authority cannot be asked now: a closed day, or outside the office hours that are recorded."""
    code = node["outside_office_hours"]["jurisdiction"]
    calendar = context.calendars[code]
    local = context.instant.astimezone(calendar.tzinfo)
    closed = calendar.closed_because(local.date()) is not None
    ahead = (context.on + DAY * number for number in range(1, 15))
    turn = next((day for day in ahead if (calendar.closed_because(day) is not None) != closed), None)
    turning = frozenset({turn} if turn else ())
    if closed:
        return Verdict(True, turns_on=turning)
    hours = context.facts.office_hours.get(code)
    if hours is None:
        sentence = f"The office hours of the authority in {calendar.name} are not recorded."
        return Verdict(None, (Missing(sentence, "coordinating_pharmacy", "hours", code),), turning)
    if local.weekday() not in hours.weekdays or not hours.opens_at <= local.time() < hours.closes_at:
        return Verdict(True, turns_on=turning)
    sentence = f"The authority in {calendar.name} can be asked now: its office is open until {hours.closes_at:%H:%M}."
    return Verdict(False, (Missing(sentence, "regulator", "hours", code),), turning)


def _span(rule_data: Mapping[str, Any]) -> str:
    amount, unit = rule_data["amount"], words.spaced(rule_data["unit"])
    return f"{amount} {unit}" if amount == 1 else f"{amount} {unit}s"
