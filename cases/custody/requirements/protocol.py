"""On the receiving protocol: its order, each pack read at this end, the second person (custody facts, section 6)."""

from datetime import UTC, datetime

from cases.custody.gs1 import NotReadable
from cases.custody.models import Consignment, Disposition, Inspection, PackReading, SecondCheck
from cases.custody.receiving.answers import LONGEST_NOTE, NoSuchItem, arrival_told, lines_of, photos_of, stopped_at
from cases.custody.receiving.packs import TYPED, UNREAD, arrival_of, plain
from cases.custody.receiving.protocol import AFTER, AT_THE_LOGGER, NO, NOT_APPLICABLE, current, title_of, version_named
from cases.custody.requirements.looked_up import consignment, events, last_inspection, once
from cases.custody.scanning.reading import ScanRefused, read_scan
from cases.lifecycle.checklist import Finding, requirement
from cases.lifecycle.verbs import Situation

INSPECT, CHECK = "custody.consignment.inspect", "custody.consignment.second_check"
ACCEPT, DECIDE = "custody.consignment.accept", "custody.consignment.decide_disposition"
READ = "custody.consignment.read_pack"
AT_THE_OTHER_END = {"reserving": "allocated", "staging_outbound": "released", "shipping": "dispatched"}
ACCEPTED = (Inspection.Result.ACCEPT, Inspection.Result.ACCEPT_PART)


@requirement(
    "LoggerReadBeforeOpening",
    "The logger was stopped and read before anything was opened",
    on=(INSPECT,),
    satisfied_by="whoever inspects",
    rule="house rule C-84, version 1 (custody facts, section 6)",
)
def logger_read_before_opening(situation: Situation) -> Finding:
    subject, facts = consignment(situation), situation.facts
    if subject is None or "result" not in facts:
        return Finding(met=True, fact="What was found is entered in the form.")
    sent, stopped = subject.logger_number, stopped_at(facts)
    asked = current(situation.now).asked
    told = {item.fact: facts.get(item.fact) for item in asked if item.phase == AT_THE_LOGGER}
    if not sent:
        return Finding(met=True, fact="No logger was sent.")
    if NOT_APPLICABLE in told.values():
        return Finding(met=False, fact=f"Logger {sent} was sent: not applicable is for a box without a logger only.")
    if told.get("logger_read") == NO:
        return Finding(met=True, fact=f"Logger {sent} could not be read; that counts as an excursion.")
    if stopped is None:
        opened = ", ".join(item.title.lower() for item in asked if item.phase == AFTER and item.fact in facts)
        return Finding(
            met=False,
            fact=f"It is not said when logger {sent} was stopped, and what comes after opening is answered: {opened}.",
        )
    late = stopped > facts["inspected_at"]
    if late or stopped < arrived(subject):
        when = "after the inspection" if late else "before the arrival"
        return Finding(met=False, fact=f"{stopped:%Y-%m-%d %H:%M} UTC lies {when}.")
    return Finding(met=True, fact=f"Logger {sent} was stopped at {stopped:%Y-%m-%d %H:%M} UTC.")


@requirement(
    "StorageHasItsTime",
    "What is in qualified storage has the time it was moved there",
    on=(INSPECT,),
    satisfied_by="whoever inspects",
    rule="house rule C-63, version 1 (custody facts, section 6)",
)
def storage_has_its_time(situation: Situation) -> Finding:
    facts, subject = situation.facts, consignment(situation)
    stored = facts.get("stored_at")
    if facts.get("stored") != "yes":
        return Finding(met=True, fact="It is not said to be in qualified storage.")
    if stored is None:
        return Finding(met=False, fact="It is not said when it was moved there.")
    if stored > situation.now or (subject is not None and stored < arrived(subject)):
        return Finding(met=False, fact=f"{stored:%Y-%m-%d %H:%M} UTC is not between the arrival and now.")
    return Finding(met=True, fact=f"Moved at {stored:%Y-%m-%d %H:%M} UTC.")


@requirement(
    "NotesNameItems",
    "Each note and photo names an item of the protocol, and each photo is a paper of the case",
    on=(INSPECT,),
    satisfied_by="whoever inspects",
    rule="house rule C-64, version 1",
)
def notes_name_items(situation: Situation) -> Finding:
    protocol = current(situation.now)
    try:
        notes = lines_of(situation.facts.get("notes", ""), protocol, "note")
        photos = photos_of(situation, protocol)
    except NoSuchItem as fault:
        return Finding(met=False, fact=str(fault))
    try:
        arrival_told(situation)
    except NotReadable as fault:
        return Finding(met=False, fact=f"Packs that were not sent: {fault}")
    return Finding(met=True, fact=f"{len(notes)} notes of at most {LONGEST_NOTE} characters, {len(photos)} photos.")


@requirement(
    "PacksReadOnArrival",
    "Every pack that is accepted on inspection was read at this end",
    on=(INSPECT,),
    satisfied_by="whoever inspects, with the packs in hand",
    rule="house rule C-85, version 1 (custody facts 0.2: every serial is verified)",
)
def packs_read_on_arrival(situation: Situation) -> Finding:
    subject, facts = consignment(situation), situation.facts
    if subject is None or facts.get("result") not in ACCEPTED:
        return Finding(met=True, fact="Asked for what is accepted.")
    packs = arrival_of(subject, missing=facts.get("missing", ()), broken=facts.get("broken", ())).packs
    unread = [one.unit.serial for one in packs if one.how == UNREAD]
    return Finding(
        met=not unread,
        fact=f"Not read since it arrived: {', '.join(unread)}."
        if unread
        else f"{len(packs)} packs, each accounted for.",
        remedy=("Scan the packs", f"scan:{subject.label}") if unread else None,
    )


@requirement(
    "NotAtBothEnds",
    "Nobody confirms at both ends",
    on=(INSPECT, CHECK, READ),
    satisfied_by="somebody at the institution who did not pack, scan or dispatch it",
    rule="house rule C-86, version 1 (custody invariant I16, separation by person)",
)
def not_at_both_ends(situation: Situation) -> Finding:
    subject, by = consignment(situation), situation.by
    if subject is None or subject.arrived_at is None:
        return Finding(met=True, fact="It has not arrived yet.")
    parts = {AT_THE_OTHER_END[one.biz_step] for one in events(situation)
             if one.biz_step in AT_THE_OTHER_END and one.recorded_by_id == by.pk}  # fmt: skip
    if subject.packings.filter(packed_by=by).exists():
        parts.add("packed")
    if PackReading.objects.filter(consignment=subject, read_by=by, read_at__lt=subject.arrived_at).exists():
        parts.add("read the packs of")
    if parts:
        return Finding(
            met=False, fact=f"{by.display_name} {' and '.join(sorted(parts))} {subject.label} before it left."
        )
    return Finding(met=True, fact=f"{by.display_name} had no part in sending it.")


@requirement(
    "SecondCheckIsAnothers",
    "A second check is of an inspection that has none yet, by another person, who says what differs",
    on=(CHECK,),
    satisfied_by="another person at the institution",
    rule="house rule C-88, version 1 (custody facts, section 6)",
)
def second_check_is_anothers(situation: Situation) -> Finding:
    inspection, facts = last_inspection(situation), situation.facts
    if inspection is None:
        return Finding(met=False, fact="No inspection is on record.")
    if (check := _check_of(situation)) is not None:
        return Finding(met=False, fact=f"{check.checked_by.display_name} checked it already.")
    if inspection.inspected_by_id == situation.by.pk:
        return Finding(met=False, fact=f"{situation.by.display_name} inspected it: another person checks.")
    if situation.by.institution_id != inspection.consignment.institution_id:
        return Finding(met=False, fact=f"It is checked at {inspection.consignment.institution}.")
    if "agrees" not in facts:
        return Finding(met=True, fact=_found_by_the_first(inspection))
    for number, line in enumerate(facts.get("typed_packs", "").splitlines(), start=1):
        try:
            read_scan(line) if line.strip() else None
        except ScanRefused as fault:
            return Finding(met=False, fact=f"Typed packs, line {number}: {fault}")
    counts = (facts["units_counted"], inspection.units_received)
    if facts["agrees"] and counts[0] != counts[1]:
        told = f"{plain(counts[0])} counted now, {plain(counts[1])} at the inspection: that is no agreement."
        return Finding(met=False, fact=told)
    if not facts["agrees"] and not facts.get("remarks", "").strip():
        return Finding(met=False, fact="It is not said what differs. Write it under the remarks.")
    return Finding(
        met=True, fact=f"{inspection.inspected_by.display_name} inspected it, {situation.by.display_name} checks."
    )


@requirement(
    "CheckedByASecondPerson",
    "A second person at the institution checked the inspection and agrees, where the protocol asks for it",
    on=(ACCEPT, DECIDE),
    satisfied_by="another person at the institution, by signing the second check",
    rule="house rule C-87, version 1 (custody facts, section 6)",
)
def checked_by_a_second_person(situation: Situation) -> Finding:
    inspection = last_inspection(situation)
    if situation.verb.code == DECIDE and situation.facts.get("decision", "release") != Disposition.Decision.RELEASE:
        return Finding(met=True, fact="Quarantine and rejection need no second check.")
    protocol = version_named(inspection.protocol_version) if inspection is not None else None
    if inspection is None or protocol is None or not protocol.second_check:
        why = "No inspection is on record" if inspection is None else "Its protocol asks for no second check"
        return Finding(met=True, fact=f"{why}.")
    check = _check_of(situation)
    remedy = ("Sign the second check", f"{CHECK}/{situation.subject_label}")
    if check is None:
        who = inspection.inspected_by.display_name
        return Finding(met=False, fact=f"{who} inspected it and nobody checked it yet.", remedy=remedy)
    told = f"{check.checked_by.display_name} checked it on {check.checked_at:%Y-%m-%d}"
    if not check.agrees:
        return Finding(met=False, fact=f"{told} and does not agree: “{check.remarks}” It is inspected anew.")
    return Finding(met=True, fact=f"{told} and agrees. By {protocol.said}.")


@requirement(
    "TypedPacksReadByTwo",
    "No pack rests on one person's typing",
    on=(ACCEPT, DECIDE),
    satisfied_by="a second person, by scanning or typing the pack, or at the second check",
    rule="house rule C-89, version 1 (custody invariant I16)",
)
def typed_packs_read_by_two(situation: Situation) -> Finding:
    subject = consignment(situation)
    release = situation.verb.code == ACCEPT or situation.facts.get("decision") == Disposition.Decision.RELEASE
    if subject is None or not release:
        return Finding(met=True, fact="Asked for what is released or accepted.")
    waiting = [one.unit.serial for one in arrival_of(subject).packs if one.how == TYPED]
    words = f"Typed by one person: {', '.join(waiting)}. A second one reads it too."
    return Finding(
        met=not waiting,
        fact=words if waiting else "None does.",
        remedy=("Scan the packs", f"scan:{subject.label}") if waiting else None,
    )


def _found_by_the_first(inspection: Inspection) -> str:
    """What the second person compares with: who inspected and when, the count, every "no", packs that were typed."""
    at = f"{inspection.inspected_at:%Y-%m-%d %H:%M} UTC"
    parts = [
        f"{inspection.inspected_by.display_name} inspected it on {at}: {inspection.get_result_display()}",
        f"{plain(inspection.units_received)} units counted",
    ]
    titles = [title_of(inspection.protocol_version, one.item) for one in inspection.results.order_by("place")
              if one.answer == NO]  # fmt: skip
    typed = [one.unit.serial for one in arrival_of(inspection.consignment).packs if one.how == TYPED]
    parts.append(f"answered no: {', '.join(titles) or 'nothing'}")
    if typed:
        parts.append(f"typed, and to be typed again: {', '.join(typed)}")
    return f"{'; '.join(parts)}."


def arrived(consignment: Consignment) -> datetime:
    """The minute of the arrival: a moment that is typed names no second, and may be the same minute."""
    at = consignment.arrived_at
    return at.replace(second=0, microsecond=0) if at is not None else datetime.min.replace(tzinfo=UTC)


def _check_of(situation: Situation) -> SecondCheck | None:
    """The second check of the last inspection; nothing while there is none."""
    inspection = last_inspection(situation)
    if inspection is None:
        return None
    rows = SecondCheck.objects.filter(inspection=inspection).select_related("checked_by")
    return once(situation, "second_check", rows.first)
