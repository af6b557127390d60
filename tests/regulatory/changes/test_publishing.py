"""Publishing a version: signed, carried out whole, with what was chosen for each case."""

from datetime import date
from typing import Any

import pytest
from django.db import connection

from cases.audit.models import AuditEntry
from cases.deadlines.models import Deadline
from cases.documents.models import SignatureAttempt
from cases.documents.services import Proof
from cases.lifecycle.errors import FactsInvalid, NotPermitted, NotPossible, RequirementsUnmet
from cases.models import Case, CaseEvent, Hold
from cases.notices.models import Notice
from regulatory.drafts import withdraw_draft
from regulatory.governance import review_profile
from regulatory.models import ProfileVersion, Publication, PublicationLine
from regulatory.progress import progress_of
from regulatory.publishing import Plan, binding_of, carry_out, carry_out_ordered, order_publication
from regulatory.triage.looking import looked_up_for
from tests.factories import PASSWORD, build_case
from tests.laid import laid
from tests.regulatory.changes.ground import UK, imported, raw_of
from tests.regulatory.changes.test_impact import ACKNOWLEDGED, NOW, SENT, window
from tests.regulatory.ground import Ground, at, build_ground

FROM = date(2026, 3, 16)


@laid
def ground(db: None) -> Ground:
    """A case whose consignment would arrive too soon under the new window, and one that has not filed."""
    made = build_ground(UK, now=at("2026-03-02 10:00"), country="GB", zone="Europe/London")
    made.ready()
    made.submit(SENT)
    made.acknowledge(ACKNOWLEDGED)
    made.plan("2026-04-07", "2026-04-09")
    build_case(made.house, UK, number=2, now=NOW)
    return made


def draft(ground: Ground, change: Any = None, *, version: str = "1.1.0") -> ProfileVersion:
    """A reviewed draft with a window of 32 days."""
    made = imported(ground.house, raw_of(version=version, change=change or window(32)))
    return review_profile(
        made, reviewed_on=NOW.date(), next_review_due=date(2027, 3, 1), by=ground.house.second_pharmacist, now=NOW
    )


def order(ground: Ground, version: ProfileVersion, **more: Any) -> Publication:
    given: dict[str, Any] = {
        "effective_from": FROM,
        "plan": Plan(),
        "printed_name": "H. Lindqvist",
        "proof": Proof(PASSWORD),
        "by": ground.house.pic,
        "now": NOW,
        "form_key": "one form",
    }
    return order_publication(version, **(given | more))


def test_the_version_is_in_use_and_the_harmed_case_has_its_hold_and_task(ground: Ground) -> None:
    version = draft(ground)
    done = carry_out(order(ground, version), now=NOW)
    case = Case.objects.get(pk=ground.case.pk)
    hold, task = Hold.objects.get(), Deadline.objects.get(kind="pathways.rule_change")
    rows = dict(ProfileVersion.objects.filter(is_demonstration=True).values_list("version", "status"))
    assert (done.state, rows) == ("done", {"1.0.0-demo": "retired", "1.1.0": "active"})
    assert (hold.case, hold.kind, hold.placed_by) == (case, "regulatory", ground.house.pic)
    assert hold.reason == (
        "UK-SPECIALS 1.1.0 changes the rule. C-1 is planned to arrive on Thu 9 Apr 2026; "
        "under 1.1.0 the first day of import is Sun 12 Apr 2026."
    )
    assert (task.case, task.holder, task.due_on, task.label) == (
        case,
        ground.house.coordinator,
        date(2026, 3, 13),
        "Settle what UK-SPECIALS 1.1.0 means for this case",
    )
    assert case.profile_version.version == "1.0.0-demo"
    assert [(line.rank, line.harm, line.choice) for line in done.lines.all()] == [
        (1, "shipment", "hold"),
        (2, "later", "nothing"),
    ]


def test_each_owner_gets_one_message(ground: Ground) -> None:
    carry_out(order(ground, draft(ground), plan=Plan(kinds={"later": "task"})), now=NOW)
    (told,) = Notice.objects.filter(kind="regulatory.rule_changed")
    assert (told.recipient, told.facts) == (
        ground.house.coordinator,
        {"pathway": UK, "version": "1.1.0", "cases": 2},
    )


def test_a_line_has_its_own_choice_before_that_of_its_kind(ground: Ground) -> None:
    plan = Plan(kinds={"shipment": "hold"}, lines={f"case:{ground.case.reference}": "task"})
    carry_out(order(ground, draft(ground), plan=plan), now=NOW)
    assert (Hold.objects.count(), Deadline.objects.filter(kind="pathways.rule_change").count()) == (0, 1)


def test_the_same_form_again_is_one_order_and_carried_out_again_changes_nothing(ground: Ground) -> None:
    version = draft(ground)
    first = carry_out(order(ground, version), now=NOW)
    before = AuditEntry.objects.count()
    again = carry_out(order(ground, version), now=NOW)
    assert (again.pk, AuditEntry.objects.count()) == (first.pk, before)


def test_the_signature_binds_name_meaning_time_and_exactly_these_data(ground: Ground) -> None:
    version = draft(ground)
    made = order(ground, version)
    assert (made.printed_name, made.signed_sha256, made.binding) == (
        "H. Lindqvist",
        version.data_sha256,
        binding_of(made),
    )
    made.effective_from = date(2026, 3, 17)
    assert binding_of(made) != made.binding


def test_a_wrong_password_publishes_nothing_and_is_counted(ground: Ground) -> None:
    with pytest.raises(FactsInvalid) as refused:
        order(ground, draft(ground), proof=Proof("not it"))
    assert list(refused.value.errors) == ["password"]
    assert (Publication.objects.count(), SignatureAttempt.objects.get().what) == (0, "Publication of UK-SPECIALS 1.1.0")


def test_a_harm_without_a_plan_needs_a_reason(ground: Ground) -> None:
    version = draft(ground)
    with pytest.raises(RequirementsUnmet) as refused:
        order(ground, version, plan=Plan(kinds={"shipment": "nothing"}))
    assert [line.code for line in refused.value.unmet] == ["HarmHasPlan"]
    assert Publication.objects.count() == 0
    order(ground, version, plan=Plan(kinds={"shipment": "nothing"}, reason="The consignment is cancelled already."))


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"plan": Plan(kinds={"shipment": "stop"})}, "kind:shipment"),
        ({"plan": Plan(kinds={"nonsense": "hold"})}, "kind:nonsense"),
        ({"plan": Plan(lines={"case:NP-1": "\x00"})}, "line:case:NP-1"),
        ({"printed_name": ""}, "printed_name"),
        ({"printed_name": "T. Adeyemi"}, "printed_name"),
    ],
)
def test_what_cannot_be_read_is_named(ground: Ground, more: dict[str, Any], field: str) -> None:
    with pytest.raises(FactsInvalid) as refused:
        order(ground, draft(ground), **more)
    assert list(refused.value.errors) == [field]
    assert Publication.objects.count() == 0


def test_a_draft_that_nobody_reviewed_and_a_day_gone_by_are_both_told(ground: Ground) -> None:
    made = imported(ground.house, raw_of(change=window(32)))
    with pytest.raises(RequirementsUnmet) as refused:
        order(ground, made, effective_from=date(2026, 3, 1))
    assert [line.code for line in refused.value.unmet] == [
        "ProfileStateAllows",
        "ReviewStillFresh",
        "NotInForceBackwards",
    ]


@pytest.mark.parametrize("who", ["coordinator", "administrator", "auditor", "doctor"])
def test_only_the_pharmacist_in_charge_publishes(ground: Ground, who: str) -> None:
    with pytest.raises(NotPermitted):
        order(ground, draft(ground), by=getattr(ground.house, who))


def test_an_order_that_something_stands_against_is_refused_whole(ground: Ground) -> None:
    version = draft(ground)
    made = order(ground, version)
    with pytest.raises(RequirementsUnmet):
        withdraw_draft(version, reason="No.", by=ground.house.pic, now=NOW)
    done = carry_out(made, now=at("2027-06-01 10:00"))
    assert (done.state, done.remark.split(". ")[0]) == ("refused", "UK-SPECIALS 1.1.0 was not signed")
    assert ProfileVersion.objects.get(pk=version.pk).status == "reviewed"
    assert (Hold.objects.count(), PublicationLine.objects.count()) == (0, 0)


def test_what_waits_is_carried_out_by_the_worker_once(ground: Ground) -> None:
    made = order(ground, draft(ground))
    with connection.cursor() as cursor:  # what an earlier test read of the sessions is kept as long as the transaction
        cursor.execute("SELECT pg_stat_clear_snapshot()")
    assert (carry_out_ordered(now=NOW), carry_out_ordered(now=NOW), Hold.objects.count()) == (1, 0, 1)
    # The name of the session tells it from the first line on, and as long as the transaction lasts (here: the test's).
    assert progress_of(made) == (0, 1)


def test_a_person_moves_the_case_and_dates_that_began_keep_their_version(ground: Ground) -> None:
    carry_out(order(ground, draft(ground)), now=NOW)
    before = ground.deadline("objection_window").due_on
    ground.take("regulatory.rule_change.settle", now=NOW, decision="move", reason="Read with MHRA.")
    window_of = ground.deadline("objection_window")
    assert ground.case.profile_version.version == "1.1.0"
    assert (window_of.due_on, before, window_of.rule_version) == (
        date(2026, 4, 7),
        date(2026, 4, 7),
        "UK-SPECIALS 1.0.0-demo",
    )
    assert Deadline.objects.get(kind="pathways.rule_change").state == "met"
    # An acknowledgement that is corrected moves the date that began, by the version that started it.
    later = at("2026-03-11 10:00")
    ground.take(
        "regulatory.filing.correct_acknowledgement", subject=ground.filing, now=NOW, happened_at=later, reason="Mail."
    )
    assert ground.deadline("objection_window").due_on == date(2026, 4, 8)


def test_dates_move_with_the_case_where_the_version_says_so(ground: Ground) -> None:
    carry_out(order(ground, draft(ground, window(32, running_deadlines="move"))), now=NOW)
    ground.take("regulatory.rule_change.settle", now=NOW, decision="move", reason="Read with MHRA.")
    window_of = ground.deadline("objection_window")
    assert (window_of.due_on, window_of.rule_version) == (date(2026, 4, 11), "UK-SPECIALS 1.1.0")


def test_a_case_that_keeps_its_version_is_settled_all_the_same(ground: Ground) -> None:
    carry_out(order(ground, draft(ground)), now=NOW)
    ground.take("regulatory.rule_change.settle", now=NOW, decision="keep", reason="MHRA lets it finish.")
    assert ground.case.profile_version.version == "1.0.0-demo"
    assert Deadline.objects.get(kind="pathways.rule_change").state == "met"
    assert CaseEvent.objects.filter(verb="regulatory.rule_change.settled").count() == 1


def test_nothing_is_settled_where_no_newer_version_is_in_use(ground: Ground) -> None:
    with pytest.raises(NotPossible):
        ground.take("regulatory.rule_change.settle", now=NOW, decision="keep", reason="No.")


def test_until_it_is_in_force_the_version_before_it_still_carries_new_cases(ground: Ground) -> None:
    later = date(2026, 3, 20)
    carry_out(order(ground, draft(ground), effective_from=later), now=NOW)
    before, after = (
        ProfileVersion.objects.filter(ProfileVersion.in_use_on(day), profile_key=UK).get()
        for day in (date(2026, 3, 19), later)
    )
    assert (before.version, after.version) == ("1.0.0-demo", "1.1.0")
    line = ground.line("ProfileVersionSigned", "cases.case.begin_filing")
    assert (line.state, line.fact) == (
        "met",
        "UK-SPECIALS 1.0.0-demo (demonstration copy) was signed and holds until 2026-03-19; another follows it.",
    )


def test_a_draft_of_the_next_version_does_not_speak_in_triage(ground: Ground) -> None:
    pharmacy = ground.house.pharmacy
    before = looked_up_for("GB", pharmacy=pharmacy, on=NOW.date())
    imported(ground.house, raw_of(change=window(60)))
    after = looked_up_for("GB", pharmacy=pharmacy, on=NOW.date())
    assert before is not None
    assert after == before
