"""What a decision of the authority must bring with it before it is recorded."""

from dataclasses import replace
from decimal import Decimal

from cases.deadlines.arithmetic import Computation
from cases.deadlines.calendars import installed
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation
from cases.people.roles import STAFF, Role
from regulatory.facts import facts_for
from regulatory.models import Authorization, Filing
from regulatory.pathway import local_day, profile_of, rule_named, silence_clears, waits_in
from regulatory.profiles import words
from regulatory.profiles.gates import context_of, evaluate_gate
from regulatory.profiles.stops import Question
from regulatory.quantities import balance, is_used_up, uses_of
from regulatory.recording import governing_filing
from regulatory.records import gather
from regulatory.requirements.common import plain
from regulatory.units import convert
from regulatory.verbs.pathway_events import ACCOUNTS_FOR_ROLE, statement_named


@requirement(
    "DecisionHasLetter",
    "The decision is in writing, or came by telephone from a named official",
    on=("regulatory.filing.grant",),
    satisfied_by="the authority, by its letter",
    rule="house rule R-08, version 1",
)
def decision_has_letter(situation: Situation) -> Finding:
    if "channel" not in situation.facts:
        return Finding(met=True, fact="Choose the letter, or say that the decision came by telephone.")
    letter = situation.facts.get("letter")
    if letter is not None:
        return Finding(met=True, fact=f"{letter.label} {letter.title}.", sources=(letter.label,))
    if situation.facts["channel"] != "telephone":
        return Finding(met=False, fact="No letter was chosen, and the decision did not come by telephone.")
    told = bool(situation.facts.get("read_back", "").strip())
    fact = "By telephone; " + (
        "who said it and that it was read back is on record, and the letter is asked for."
        if told
        else "say who said it, at which number, and that it was read back."
    )
    return Finding(met=told, fact=fact)


@requirement(
    "WindowOfTheAuthorizationInOrder",
    "The authorization ends after it begins and allows something",
    on=("regulatory.filing.grant",),
    satisfied_by="you, by giving the days and amounts that the letter names",
    rule="house rule R-09, version 1",
)
def window_in_order(situation: Situation) -> Finding:
    facts = situation.facts
    begins, ends = facts.get("valid_from"), facts.get("valid_until")
    if begins and ends and ends < begins:
        return Finding(met=False, fact=f"It would end on {words.day(ends)}, before it begins on {words.day(begins)}.")
    quantity = facts.get("quantity")
    if quantity is not None and quantity <= 0:
        return Finding(met=False, fact=f"A quantity of {quantity} authorizes nothing. Leave it empty for none named.")
    if facts.get("max_uses") == 0:
        return Finding(met=False, fact="No consignment at all would be allowed. Leave it empty for none named.")
    return Finding(met=True, fact="The days and amounts are in order.")


@requirement(
    "WindowIsNotOver",
    "The authorization can still be used, or it is said why it is recorded",
    on=("regulatory.filing.grant",),
    satisfied_by="you, by saying why it is recorded so late, or by correcting the last day",
    rule="house rule R-24, version 1",
)
def window_is_not_over(situation: Situation) -> Finding:
    """One that ended before it is recorded carries nothing any more; a slip of the year looks just like it."""
    until = situation.facts.get("valid_until")
    today = local_day(profile_of(situation.case.profile_version), situation.now)
    if until is None or until >= today:
        return Finding(met=True, fact=f"It runs until {until}." if until else "It names no last day.")
    why = str(situation.facts.get("why_late", "")).strip()
    told = f"Its last day, {until}, is over: it is {today} for the authority."
    if why:
        return Finding(met=True, fact=f"{told} {why}")
    return Finding(met=False, fact=f"{told} Say why it is recorded so late, or correct the day.")


@requirement(
    "QuantityIsInAKnownUnit",
    "The quantity of the letter can be counted in the unit of the medicine",
    on=("regulatory.filing.grant",),
    satisfied_by="you, by saying how the two units convert",
    rule="domain rule: unit conversions are recorded with their factor",
)
def quantity_is_in_a_known_unit(situation: Situation) -> Finding:
    facts, own = situation.facts, situation.case.medicine.unit
    quantity, holds, way = facts.get("quantity"), facts.get("unit_holds"), facts.get("unit_way")
    unit = facts.get("unit") or own
    if unit == own:
        if holds is None and not way:
            return Finding(met=True, fact=f"It is counted in the unit of the medicine, {own}.")
        return Finding(
            met=False,
            fact=f"The unit of the letter is that of the medicine, {own}, and a conversion was given. Name the unit "
            "that the letter counts in, or leave the conversion out.",
        )
    if quantity is None:
        return Finding(met=False, fact=f"The unit {unit} was given without a quantity. Give both, or neither.")
    if holds is None or not way:
        return Finding(
            met=False,
            fact=f"{plain(quantity)} {unit} is a quantity in a unit without a conversion: the medicine is counted in "
            f"{own}. Say how many one holds of the other, and which of them holds it, or give the quantity in {own}.",
        )
    counted = convert(quantity, unit=unit, own=own, holds=holds, way=way)
    if counted.quantity <= 0:
        return Finding(met=False, fact=f"{plain(quantity)} {unit} at {counted.told} is less than a thousandth {own}.")
    if counted.quantity > MOST_QUANTITY:
        return Finding(met=False, fact=f"{plain(quantity)} {unit} at {counted.told} is more than can be kept.")
    return Finding(
        met=True, fact=f"{plain(quantity)} {unit} at {counted.told} come to {plain(counted.quantity)} {own}."
    )


# What a column of quantities holds.
MOST_QUANTITY = Decimal("999999999.999")


@requirement(
    "ObjectionWindowPassed",
    "The waiting window has passed in silence, or was waived",
    on=("regulatory.filing.lapse",),
    satisfied_by="the authority, by its silence until the window ends",
    rule="the pathway's gates",
)
def objection_window_passed(situation: Situation) -> Finding:
    filing = situation.subject
    if not isinstance(filing, Filing):
        return Finding(met=None, fact="No filing was named.")
    version = filing.profile_version
    profile = profile_of(version)
    gates = waits_in(profile)
    rule = rule_named(version, "waiting window")
    if not gates or not silence_clears(profile):
        return Finding(met=False, fact="In this pathway the authority's silence clears nothing.", rule=rule)
    governs = governing_filing(situation.case)
    if governs != filing:
        return Finding(met=False, fact=f"{governs.label if governs else 'Another filing'} took its place.", rule=rule)
    facts = facts_for(situation)
    context = replace(
        context_of(profile, facts, calendars=installed(), now=situation.now), defer_border=True, defer_documents=True
    )
    results = [evaluate_gate(name, context) for name in gates]
    shut = [result for result in results if result.open is not True]
    sources = tuple(fact for result in results for fact in result.because)
    if shut:
        opens = f" It ends before {words.day(shut[0].opens_on)}." if shut[0].opens_on else ""
        missing = " ".join(item.sentence for result in shut for item in result.missing)
        return Finding(met=False, fact=f"{missing}{opens}", rule=rule, sources=sources)
    return Finding(
        met=True, fact=f"The window of {filing.label} is over; no objection is on record.", rule=rule, sources=sources
    )


@requirement(
    "SilenceHasRefused",
    "The authority's time has passed in silence, and that refuses",
    on=("regulatory.filing.record_silent_refusal",),
    satisfied_by="nobody: the authority's time decides",
    rule="the pathway's decision times",
)
def silence_has_refused(situation: Situation) -> Finding:
    filing = situation.subject
    if not isinstance(filing, Filing):
        return Finding(met=None, fact="No filing was named.")
    version = filing.profile_version
    profile = profile_of(version)
    told = {str(fact["id"]) for fact in profile.section("decision_times") if fact.get("silence_means") == "refused"}
    records = gather(situation.case, situation.now, version)
    asked = [Question(one.asked_at, one.answered_at, filing.clock_word) for one in filing.questions.all()]
    clocks = [
        duty for duty in records.every_duty(records.events_of(filing=filing), questions=asked) if duty.fact in told
    ]
    ends = [duty.due.due_at for duty in clocks if isinstance(duty.due, Computation)]
    rule = rule_named(version, "decision time")
    if not ends:
        return Finding(met=None, fact="It is not known when the authority's time ends: ask the authority.", rule=rule)
    day = local_day(profile, max(ends))
    over = situation.now > max(ends)
    return Finding(
        met=over,
        fact=f"The authority's time {'ended' if over else 'ends'} on {words.day(day)}.",
        rule=rule,
        sources=tuple(sorted(told)),
    )


@requirement(
    "QuestionWentUnanswered",
    "The time for the answer has passed without one",
    on=("regulatory.filing.record_deemed_withdrawal",),
    satisfied_by="nobody: the authority's day decides",
    rule="the pathway's decision times",
)
def question_went_unanswered(situation: Situation) -> Finding:
    filing = situation.subject
    if not isinstance(filing, Filing):
        return Finding(met=None, fact="No filing was named.")
    version = filing.profile_version
    today = local_day(profile_of(version), situation.now)
    open_ones = filing.questions.filter(answered_at__isnull=True).order_by("answer_due_on")
    days = [one.answer_due_on for one in open_ones if one.answer_due_on is not None]
    rule = rule_named(version, "decision time")
    if not days:
        told = "No day was set for the answer: not known when it counts as withdrawn, ask the authority."
        return Finding(met=None, fact=told, rule=rule, sources=(filing.label,))
    over = days[0] < today
    fact = f"The answer was due on {words.day(days[0])}" if over else f"The answer is due on {words.day(days[0])}"
    return Finding(met=over, fact=f"{fact}; none is recorded.", rule=rule, sources=(filing.label,))


@requirement(
    "AttestedByTheRightPerson",
    "The statement is signed by the person it is for",
    on=("regulatory.attestation.sign",),
    satisfied_by="the person in that role",
    rule="domain rule: separation of duties by person",
)
def attested_by_the_right_person(situation: Situation) -> Finding:
    statement = statement_named(situation)
    if statement is None:
        return Finding(met=True, fact="Choose the statement; it says who signs it.")
    wanted = words.role(statement.role)
    if statement.role == "treating_prescriber":
        own = situation.case.prescriber.user_id == situation.by.pk
        return Finding(
            met=own,
            fact=f"It is for the prescriber of this case, {situation.case.prescriber}.",
            sources=(statement.fact,),
        )
    accounts = ACCOUNTS_FOR_ROLE.get(statement.role)
    if accounts is None:
        return Finding(
            met=False,
            fact=f"It is for {wanted}, who has no account here: take the word as a document.",
            sources=(statement.fact,),
        )
    met = situation.by.role in accounts
    return Finding(
        met=met,
        fact=f"It is for {wanted}; you are {Role(situation.by.role).label}.",
        satisfied_by=wanted,
        sources=(statement.fact,),
    )


@requirement(
    "OutsideDutyHasEvidence",
    "A duty of an outside party is shown by evidence",
    on=("regulatory.duty.discharge",),
    satisfied_by="the party that holds the duty",
    rule="house rule R-10, version 1",
)
def outside_duty_has_evidence(situation: Situation) -> Finding:
    deadline = situation.facts.get("deadline")
    if deadline is None:
        return Finding(met=True, fact="Choose the duty; one of an outside party needs its evidence.")
    evidence = situation.facts.get("evidence")
    if evidence is not None:
        return Finding(met=True, fact=f"{evidence.label} {evidence.title}.", sources=(evidence.label,))
    # A prescriber has an account, and is no less outside the pharmacy: nobody here ticks it off for them.
    outside = bool(deadline.holder_party) or (deadline.holder is not None and deadline.holder.role not in STAFF)
    fact = f"{deadline.label} is with {deadline.ball}" + ("; no document shows that it was done." if outside else ".")
    return Finding(met=not outside, fact=fact)


@requirement(
    "AuthorizationIsOver",
    "The last day of the authorization is past",
    on=("regulatory.authorization.expire",),
    satisfied_by="nobody: its window decides",
    rule="domain rule: an expiry never rolls",
)
def authorization_is_over(situation: Situation) -> Finding:
    authorization = situation.subject
    if not isinstance(authorization, Authorization):
        return Finding(met=None, fact="No authorization was named.")
    until = authorization.valid_until
    if until is None:
        return Finding(met=False, fact=f"{authorization.label} names no last day.")
    today = local_day(profile_of(situation.case.profile_version), situation.now)
    return Finding(met=today > until, fact=f"The last day of {authorization.label} is {words.day(until)}.")


@requirement(
    "AuthorizationIsSpent",
    "Its quantity or its uses are spent",
    on=("regulatory.authorization.exhaust",),
    satisfied_by="nobody: its ledger decides",
    rule="domain rule: the quantity ledger",
)
def authorization_is_spent(situation: Situation) -> Finding:
    authorization = situation.subject
    if not isinstance(authorization, Authorization):
        return Finding(met=None, fact="No authorization was named.")
    stands = balance(authorization)
    gone, uses = uses_of(authorization), authorization.max_uses
    left = "no quantity is set"
    if stands.remaining is not None:
        left = f"{plain(stands.remaining)} {authorization.unit} are left"
    moving = f"{plain(stands.under_way)} under way or lost"
    told = f"{left}, {moving}; {gone} of {uses or 'any number of'} consignments have gone."
    return Finding(met=is_used_up(authorization, stands), fact=told[:1].upper() + told[1:])
