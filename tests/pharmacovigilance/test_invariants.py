"""The twelve laws of safety work (facts: pharmacovigilance 9.3), after every step of any walk through it.

Each walk begins from the same rows and is taken back as a whole; a step that is refused changes nothing and the laws
hold all the same. Law 5 stands in test_exposure.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cases.audit.context import acting
from cases.documents.storage import read_bytes
from cases.lifecycle.errors import FactsInvalid, NotPossible, RequirementsUnmet
from pharmacovigilance.e2b.acknowledging import read
from pharmacovigilance.e2b.reading import parts_of, root_of
from pharmacovigilance.knowledge import knew_of, planned_by
from pharmacovigilance.library import rule_library
from pharmacovigilance.linking import doubts_of
from pharmacovigilance.messages import export_of, take_acknowledgement
from pharmacovigilance.models import (
    AdverseEvent,
    CaseVersion,
    Obligation,
    SafetyCase,
    SafetyReport,
    Transmission,
    UnmatchedAcknowledgement,
)
from pharmacovigilance.snapshots import digest_of
from tests.pharmacovigilance.builders import DAY, HEARD, LOCKED, Safety
from tests.pharmacovigilance.e2b.messages import acknowledgement
from tests.pharmacovigilance.e2b.transmissions import sent

NAMES = ("Ada", "Example1", "INV-00001")
HOUR = timedelta(hours=1)
FIXTURE = [HealthCheck.function_scoped_fixture]
# A walk through the database takes too long to be made shorter by trying.
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)
LOCKED_KINDS = (CaseVersion.Kind.INITIAL, CaseVersion.Kind.FOLLOW_UP)
SERIOUS = [("no", ""), ("yes", "hospitalisation"), ("yes", "death"), ("yes", "")]


@dataclass
class Walk:
    """One walk: the clock goes on with each step, and what was seen before is remembered for comparison."""

    safety: Safety
    now: datetime = HEARD
    seen: dict[str, set[Any]] = field(default_factory=dict)
    dates: dict[tuple[int, str, str, str], datetime] = field(default_factory=dict)

    def take(self, step: "Step", pick: int) -> None:
        self.now += (1 + pick % 5) * 7 * HOUR
        try:
            with transaction.atomic():
                step(self, pick)
        except (RequirementsUnmet, NotPossible, FactsInvalid):
            return

    def choose(self, rows: Any, pick: int) -> Any:
        found = list(rows.order_by("pk"))
        return found[pick % len(found)] if found else None


Step = Callable[[Walk, int], Any]


def receive(walk: Walk, pick: int) -> None:
    said: dict[str, Any] = {
        "received_at": walk.now - timedelta(hours=pick % 30),
        "verbatim": ("", "Ada Example1 (INV-00001) has a fever.", "Fever since yesterday.")[pick % 3],
        "seriousness": ("", "death", "not_serious", "not_known")[pick % 4],
        "onset_on": "2026-03-01" if pick % 4 == 3 else "",
    }
    dose = walk.safety.supply.case.doses.first()
    walk.safety.receive(now=walk.now, dose=dose if pick % 2 else None, **said)


def attach(walk: Walk, pick: int) -> None:
    report = walk.choose(SafetyReport.objects.filter(state="received"), pick)
    if report is None:
        return
    serious, criterion = SERIOUS[pick % 4]
    safety_case = walk.choose(SafetyCase.objects, pick) if pick % 3 else None
    walk.safety.attach(report, now=walk.now, serious=serious, seriousness_criterion=criterion, safety_case=safety_case)


def add_event(walk: Walk, pick: int) -> None:
    if (safety_case := walk.choose(SafetyCase.objects, pick)) is None:
        return
    outcome, criteria = (("1", []), ("5", ["death"]), ("5", ["hospitalisation"]), ("3", ["disability"]))[pick % 4]
    walk.safety.take(
        "event.add", now=walk.now, safety_case=safety_case, verbatim="Rash.", outcome=outcome, criteria=criteria
    )


def assess(walk: Walk, pick: int) -> None:
    if (version := walk.choose(CaseVersion.objects.filter(state__in=["draft", "assessed"]), pick)) is None:
        return
    serious, criterion = SERIOUS[pick % 3]
    walk.safety.assess(
        version.number, now=walk.now, serious=serious, seriousness_criterion=criterion,
        causality=("related", "not_related", "not_assessed")[pick % 3], expected=("no", "not_known")[pick % 2],
    )  # fmt: skip


def note_awareness(walk: Walk, pick: int) -> None:
    if (version := walk.choose(CaseVersion.objects.filter(state__in=["draft", "assessed"]), pick)) is None:
        return
    day = (walk.now - timedelta(days=pick % 7 - 1)).date().isoformat()
    known = ({"prescriber_knew_on": day}, {"company_knew_on": day}, {"sponsor_knew_on": day}, {})[pick % 4]
    walk.safety.take("version.note_awareness", now=walk.now, subject=version, **known)


def lock(walk: Walk, pick: int) -> None:
    if (version := walk.choose(CaseVersion.objects.filter(state="assessed"), pick)) is not None:
        walk.safety.lock(version.number, now=walk.now)


def follow_up(walk: Walk, pick: int) -> None:
    if (version := walk.choose(CaseVersion.objects.filter(state="locked"), pick)) is None:
        return
    kind = ("follow_up", "follow_up", "amendment", "nullification")[pick % 4]
    serious, criterion = SERIOUS[pick % 3]
    walk.safety.follow_up(
        version.number, now=walk.now, kind=kind, received_at=walk.now - HOUR, serious=serious,
        seriousness_criterion=criterion,
    )  # fmt: skip


def tell(walk: Walk, pick: int) -> None:
    if (owed := walk.choose(Obligation.objects.filter(state="open"), pick)) is None:
        return
    walk.safety.send(walk.safety.prepare(owed, now=walk.now), now=walk.now)
    late = {"late_reason": "The portal was closed."} if owed.deadline and walk.now > owed.deadline.due_at else {}
    walk.safety.discharge(owed, at=walk.now, **late)


def prepare_message(walk: Walk, pick: int) -> None:
    if (owed := walk.choose(Obligation.objects.filter(state="open"), pick)) is not None:
        walk.safety.take("transmission.prepare", now=walk.now, obligation=owed, format="e2b_ich")


STEPS: tuple[Step, ...] = (
    receive,
    attach,
    attach,
    add_event,
    note_awareness,
    assess,
    assess,
    lock,
    lock,
    follow_up,
    tell,
    prepare_message,
)


class TakenBack(Exception):
    """The walk is over."""


@contextmanager
def one_walk(safety: Safety) -> Iterator[Walk]:
    try:
        with transaction.atomic():
            safety.dose()
            yield Walk(safety)
            raise TakenBack
    except TakenBack:
        pass


@settings(max_examples=20, deadline=None, suppress_health_check=FIXTURE, phases=UNSHRUNK)
@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 59)), min_size=4, max_size=16))
def test_hold_after_every_step_of_any_walk(safety: Safety, steps: list[tuple[Step, int]]) -> None:
    with one_walk(safety) as walk:
        for step, pick in steps:
            walk.take(step, pick)
            for law in LAWS:
                law(walk)


def test_the_walk_can_come_to_a_locked_version_that_was_told_and_followed_up(safety: Safety) -> None:
    """The steps lead somewhere: otherwise the laws would hold of nothing."""
    with one_walk(safety) as walk:
        for step, pick in ((receive, 1), (attach, 1), (assess, 2), (lock, 0), (prepare_message, 1), (tell, 0)):
            walk.take(step, pick)
        assert CaseVersion.objects.get().state == "locked", walk.safety.supply.case.events.latest("seq").verb
        assert Obligation.objects.exclude(state="open").exists()
        walk.take(follow_up, 4)
        assert CaseVersion.objects.count() == 2
        for law in LAWS:
            law(walk)


# -- The laws, by their numbers in the facts.


def law_1_nothing_reported_or_locked_goes(walk: Walk) -> None:
    kept = {
        "reports": set(SafetyReport.objects.values_list("pk", "verbatim", "received_at")),
        "versions": set(CaseVersion.objects.filter(locked_at__isnull=False).values_list("pk", "snapshot_sha256")),
        "transmissions": set(Transmission.objects.values_list("pk", "artefact_sha256")),
    }
    for name, rows in kept.items():
        assert walk.seen.get(name, set()) <= rows, name
    walk.seen.update(kept)


def law_2_no_locked_version_is_silent(walk: Walk) -> None:
    for version in CaseVersion.objects.filter(locked_at__isnull=False, kind__in=LOCKED_KINDS):
        assert version.obligations.exists(), version.label


def law_3_a_date_follows_from_rule_and_receipt_and_never_moves_later(walk: Walk) -> None:
    for one in Obligation.objects.select_related("deadline", "version").exclude(deadline=None):
        assert one.deadline is not None
        duty = (one.version_id, one.responsible_party, one.recipient, one.rule)
        assert one.deadline.due_at <= walk.dates.get(duty, one.deadline.due_at)
        walk.dates[duty] = one.deadline.due_at
        version, rule, starts = one.version, rule_library()[one.rule], one.version.kind in LOCKED_KINDS
        planned = planned_by(rule, version.case, aware_at=version.aware_at, knew=knew_of(version)) if starts else []
        own = {each.due.due_at for each in planned}
        if carried := _carried(one):
            before = min(old.deadline.due_at for old in carried if old.deadline)
            assert one.deadline.due_at == before or (one.deadline.due_at < before and one.deadline.due_at in own)
        elif starts:
            assert one.deadline.due_at in own, one.rule


def law_3_no_party_has_a_later_date_than_if_nobody_had_known_before_us(walk: Walk) -> None:
    """Each party's own day 0 is that of the pharmacy or an earlier one."""
    for one in Obligation.objects.select_related("deadline", "version").filter(version__kind__in=LOCKED_KINDS):
        version, rule = one.version, rule_library()[one.rule]
        heard = {each.day0 for each in planned_by(rule, version.case, aware_at=version.aware_at)}
        assert one.day0 <= max(heard)
        if not _carried(one):
            theirs = [day for day in knew_of(version).values() if day]
            assert one.day0 in heard | set(theirs), one.rule


def _carried(one: Obligation) -> list[Obligation]:
    """The same duty of the versions before, left open there and taken over by this one."""
    rows = Obligation.objects.filter(
        version__safety_case=one.version.safety_case_id, version__version__lt=one.version.version, state="superseded",
        responsible_party=one.responsible_party, recipient=one.recipient, rule=one.rule,
    )  # fmt: skip
    newest = rows.order_by("-version__version").values_list("version__version", flat=True).first()
    return list(rows.filter(version__version=newest).select_related("deadline")) if newest else []


def law_4_day_0_is_the_first_receipt_and_not_after_the_lock(walk: Walk) -> None:
    for version in CaseVersion.objects.select_related("safety_case"):
        if version.locked_at is not None:
            assert version.aware_at <= version.locked_at, version.label
        if version.version == 1 and version.locked_at is None:
            reports = version.safety_case.reports.values_list("received_at", flat=True)
            assert version.aware_at == min(reports), version.label


def law_6_a_doubtful_lot_is_locked_with_its_reason_only(walk: Walk) -> None:
    for version in CaseVersion.objects.filter(locked_at__isnull=False):
        lines = [line for product in version.snapshot["products"] for line in product["lines"]]  # type: ignore[index]
        assert all(line["reason"] for line in lines if line["warning"] or not line["lot"])
    for safety_case in SafetyCase.objects.all():
        doubts_of(safety_case)  # a warning, never an error


def law_7_seriousness_is_true_or_no_information_and_fatal_is_death(walk: Walk) -> None:
    for version in CaseVersion.objects.filter(locked_at__isnull=False):
        for event in version.snapshot["events"]:  # type: ignore[index]
            assert "death" in event["criteria"] or event["outcome"] != "5", version.label
        for reaction in parts_of(root_of(export_of(version, profile="ich"))).parts("reaction"):
            for criterion in "abcdef":
                element = f"E.i.3.2{criterion}"
                assert (reaction.text(element), reaction.null(element)) in {("true", ""), ("", "NI")}, element


def law_8_the_same_snapshot_is_the_same_bytes_and_their_hash_is_kept(walk: Walk) -> None:
    for version in CaseVersion.objects.filter(locked_at__isnull=False):
        assert version.snapshot_sha256 == digest_of(version.snapshot)  # type: ignore[arg-type]
        assert export_of(version, profile="fda") == export_of(version, profile="fda")
    for one in Transmission.objects.exclude(message=None).select_related("message__file"):
        assert one.message is not None
        assert one.artefact_sha256 == one.message.file.sha256
        assert len(read_bytes(one.message.file)) == one.message.file.size


def law_9_no_export_names_the_patient(walk: Walk) -> None:
    for version in CaseVersion.objects.filter(locked_at__isnull=False):
        for profile in ("ich", "fda", "eu"):
            text = export_of(version, profile=profile).decode()
            assert not [name for name in NAMES if name in text]
            assert 'nullFlavor="MSK"' in text


def law_10_identifiers_never_change(walk: Walk) -> None:
    identifiers = set(SafetyCase.objects.values_list("pk", "worldwide_id"))
    assert walk.seen.get("identifiers", set()) <= identifiers
    walk.seen["identifiers"] = identifiers
    for version in CaseVersion.objects.filter(locked_at__isnull=False).select_related("safety_case"):
        assert version.snapshot["worldwide_id"] == version.safety_case.worldwide_id  # type: ignore[index]


LAWS = (
    law_1_nothing_reported_or_locked_goes,
    law_2_no_locked_version_is_silent,
    law_3_a_date_follows_from_rule_and_receipt_and_never_moves_later,
    law_3_no_party_has_a_later_date_than_if_nobody_had_known_before_us,
    law_4_day_0_is_the_first_receipt_and_not_after_the_lock,
    law_6_a_doubtful_lot_is_locked_with_its_reason_only,
    law_7_seriousness_is_true_or_no_information_and_fatal_is_death,
    law_8_the_same_snapshot_is_the_same_bytes_and_their_hash_is_kept,
    law_9_no_export_names_the_patient,
    law_10_identifiers_never_change,
)


@settings(max_examples=40, deadline=None, suppress_health_check=FIXTURE, phases=UNSHRUNK)
@given(
    said=st.fixed_dictionaries(
        {},
        optional={
            "received_at": st.integers(0, 10_000).map(lambda hours: (HEARD - hours * HOUR).isoformat()),
            "verbatim": st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=200),
            "seriousness": st.sampled_from(["", "death", "not_serious", "not_known"]),
            "onset_on": st.dates(date(1990, 1, 1), date(2027, 1, 1)).map(lambda day: day.isoformat()),
            "channel": st.sampled_from(["", "telephone", "letter", "family", "api"]),
            "language": st.sampled_from(["", "fr", "ja", "ar"]),
        },
    )
)
def test_law_12_intake_takes_whatever_is_said_and_keeps_when_it_was_received(
    safety: Safety, said: dict[str, Any]
) -> None:
    with one_walk(safety):
        safety.take("report.receive", now=HEARD, **said)
        report = SafetyReport.objects.get()

        assert report.received_at.isoformat() == said.get("received_at", HEARD.isoformat())
        assert (report.state, report.verbatim) == ("received", said.get("verbatim", "").strip())


@settings(max_examples=25, deadline=None, suppress_health_check=FIXTURE, phases=UNSHRUNK)
@given(
    named=st.sampled_from(["own", "other", "nobody's"]),
    receiver=st.sampled_from(["", "SOMEBODY"]),
    code=st.sampled_from(["CA", "CR"]),
)
def test_law_11_an_answer_changes_the_transmission_it_names_and_no_other(
    safety: Safety, named: str, receiver: str, code: str
) -> None:
    with one_walk(safety):
        safety.attach(safety.receive())
        safety.assess()
        safety.lock()
        first, second = sent(safety), sent(safety, version=3)
        chosen = {"own": first, "other": second, "nobody's": None}[named]
        number = chosen.message_number if chosen else "US-NOBODY-1"
        report = first.obligation.version.safety_case.worldwide_id
        told = acknowledgement(number, report, receiver=receiver or first.case.pharmacy.code, code=code)
        take_acknowledgement(
            read(told), sha256="0" * 64, pharmacy=first.case.pharmacy, by=safety.coordinator, now=LOCKED + 9 * DAY
        )

        moved = {"CA": "accepted", "CR": "rejected"}[code]
        for one in (first, second):
            is_named = one == chosen and not receiver
            assert Transmission.objects.get(pk=one.pk).state == (moved if is_named else "sent")
        assert UnmatchedAcknowledgement.objects.count() == (0 if chosen and not receiver else 1)


@pytest.mark.parametrize("kind", [SafetyCase, CaseVersion, SafetyReport, Obligation, Transmission])
def test_law_1_holds_in_plain_sql_too(kind: Any, safety: Safety) -> None:
    safety.locked()
    safety.prepare(safety.obligation("GB.supplier.serious"))
    with (
        acting(by=safety.coordinator, verb="tests.tampered", business_at=LOCKED),
        pytest.raises(DatabaseError, match="Cannot delete"),
        transaction.atomic(),
    ):
        kind.objects.all()._raw_delete("default")


@pytest.mark.parametrize("start", [date(2024, 2, 14), date(2025, 12, 20), date(2026, 3, 25)])
def test_calendar_days_are_those_of_a_brute_count(start: date, safety: Safety) -> None:
    """Over a leap day, a year's end and the change of clocks, in three zones."""
    case = safety.supply.case
    rule = rule_library()["GB.supplier.serious"]
    for hours in range(0, 48, 5):
        aware = datetime.combine(start, datetime.min.time(), tzinfo=HEARD.tzinfo) + hours * HOUR
        (planned,) = planned_by(rule, case, aware_at=aware)
        day = planned.day0
        for _ in range(15):
            day += timedelta(days=1)
        assert planned.due.due_on == day


def test_events_are_seen_by_the_laws(safety: Safety) -> None:
    with one_walk(safety) as walk:
        for step, pick in ((receive, 1), (attach, 1), (add_event, 1)):
            walk.take(step, pick)
        assert AdverseEvent.objects.count() == 2
