"""The next steps over the API: what they rest on and ask, taking them, and what a refusal says and leaves alone."""

from typing import Any

import pytest

from cases.audit.verify import verify
from cases.lifecycle.engine import advance, consider
from cases.models import Case, CaseEvent, Determination, Hold
from tests.api.callers import Caller, faults, nothing_written, refused
from tests.cases.custody.builders import DISPENSED, build_supply
from tests.factories import NOW, PASSWORD, House, sign_determination
from tests.written import rows

pytestmark = pytest.mark.django_db
HOLD = {"kind": "clinical", "until": "Dr Ferrante has called", "reason": "The dose differs."}


def step(caller: Caller, case: Case, verb: str, on: str = "") -> dict[str, Any]:
    found: dict[str, Any] = caller.read(f"/cases/{case.reference}/step", verb=verb, **({"on": on} if on else {}))
    return found


def take(caller: Caller, case: Case, verb: str, **body: Any) -> Any:
    return caller.post(f"/cases/{case.reference}/advance", {"verb": verb, **body})


def test_the_next_step_is_marked_for_whom_it_waits(
    case: Case, pharmacist: Caller, prescriber: Caller, auditor: Caller, stranger: Caller
) -> None:
    address = f"/cases/{case.reference}/steps"

    def following(caller: Caller) -> list[str]:
        return [one["verb"] for one in caller.read(address) if one["is_next"]]

    assert following(pharmacist) == ["cases.determination.prepare"]
    assert following(prescriber) == ["cases.determination.prepare"]
    assert auditor.read(address) == []
    refused(stranger.get(address), 404, "not-found")
    assert {
        "verb": "cases.determination.prepare",
        "on": "",
        "label": "Prepare the determination",
        "consequence": "The prescriber reads this text and signs it, or changes it first.",
        "is_next": True,
    } in prescriber.read(address)


def test_the_page_the_409_and_the_stored_event_come_from_one_list(house: House, case: Case, pharmacist: Caller) -> None:
    verb = "cases.case.begin_filing"
    considered = [line.as_json() for line in consider(case, verb, by=house.coordinator, now=NOW)]
    assert [(line["code"], line["state"]) for line in considered] == [
        ("DeterminationSigned", "unmet"),
        ("ProfileVersionSigned", "met"),
    ]
    asked = step(pharmacist, case, verb)
    assert (asked["may_proceed"], asked["requirements"]) == (False, considered)
    with nothing_written():
        answer = take(pharmacist, case, verb)
    body = refused(answer, 409, "requirements-unmet")
    assert body["requirements"] == considered
    assert body["detail"] == (
        f"{case.reference}: “Begin regulatory filing” was not done. 1 requirement was not met. Nothing was changed."
    )
    page = Caller(None)
    page.client.force_login(house.coordinator, backend="allauth.account.auth_backends.AuthenticationBackend")
    shown = page.client.get(f"/cases/{case.reference}/do/{verb}/").content.decode()
    assert all(line["sentence"] in shown and line["code"] in shown for line in considered)

    sign_determination(house, case)
    ready = step(pharmacist, case, verb)
    assert ready["may_proceed"] is True
    taken = take(pharmacist, case, verb)
    assert (taken.status_code, taken.json()["checklist"]) == (200, ready["requirements"])
    assert CaseEvent.objects.get(case=case, verb="cases.case.filing_begun").checklist == ready["requirements"]
    assert Case.objects.get(pk=case.pk).stage == "filing"
    assert verify(chain=f"case:{case.pk}").ok


def test_a_step_answers_with_its_event(case: Case, pharmacist: Caller) -> None:
    answer = take(pharmacist, case, "cases.hold.place", facts=HOLD, seen=1)
    event = CaseEvent.objects.get(case=case, seq=2)
    assert answer.status_code == 200
    body = answer.json()
    assert body.pop("happened_at")[:19] == event.happened_at.isoformat()[:19]
    assert body.pop("recorded_at")[:19] == event.recorded_at.isoformat()[:19]
    assert body == {
        "seq": 2,
        "verb": "cases.hold.placed",
        "on": "H-1",
        "told": "Hold H-1 placed",
        "by": "M. Ostby",
        "reason": "The dose differs.",
        "facts": {"kind": "clinical", "until": "Dr Ferrante has called"},
        "checklist": [],
    }
    assert (event.by, event.reason) == (pharmacist.person, "The dose differs.")


def test_a_step_tells_what_it_asks_with_the_values_that_it_takes(house: House, case: Case, pharmacist: Caller) -> None:
    asks = {one["name"]: one for one in step(pharmacist, case, "cases.hold.place")["asks"]}
    assert asks["kind"] == {
        "name": "kind",
        "label": "What is held",
        "kind": "choice",
        "required": True,
        "hint": "",
        "options": [
            {"value": value, "label": label}
            for value, label in (
                ("regulatory", "regulatory"),
                ("quality", "quality"),
                ("compliance", "compliance"),
                ("clinical", "clinical"),
                ("payment", "payment"),
                ("consent", "consent"),
                ("family_message", "messages to the family"),
            )
        ],
    }
    assert asks["reason"] == {
        "name": "reason",
        "label": "Reason",
        "kind": "long",
        "required": True,
        "hint": "Kept with the event, word for word.",
        "options": [],
    }
    reassign = step(pharmacist, case, "cases.case.reassign")["asks"][0]
    assert reassign["kind"] == "record"
    assert {one["value"] for one in reassign["options"]} >= {house.pic.code, house.second_pharmacist.code}


def test_a_record_is_named_as_people_name_it(house: House, case: Case, pharmacist: Caller) -> None:
    answer = take(
        pharmacist,
        case,
        "cases.case.reassign",
        facts={"coordinator": house.second_pharmacist.code, "reason": "On leave."},
    )
    assert answer.status_code == 200, answer.content
    assert Case.objects.get(pk=case.pk).coordinator == house.second_pharmacist
    [fault] = faults(
        take(pharmacist, case, "cases.case.reassign", facts={"coordinator": house.pic.pk, "reason": "On leave."})
    )
    assert fault[:2] == ("facts.coordinator", house.pic.pk)
    assert fault[3] == "Send one of the values that GET .../step names."


def test_the_prescriber_signs_with_password_and_statements(house: House, case: Case, prescriber: Caller) -> None:
    draft = {"dose": "150 mg every 14 days", "justification": "Registered options were tried without effect."}
    assert take(prescriber, case, "cases.determination.prepare", facts=draft).status_code == 200
    asked = step(prescriber, case, "cases.determination.sign", on="N-1")
    statements = [one["value"] for one in asked["asks"][0]["options"]]
    signing = {"statements": statements, "password": "not the password"}
    before = rows()
    [fault] = faults(take(prescriber, case, "cases.determination.sign", on="N-1", facts=signing))
    assert {name: count - before[name] for name, count in rows().items() if count != before[name]} == {
        "documents.SignatureAttempt": 1
    }
    assert (fault[0], fault[1]) == ("facts.password", None)
    assert Determination.objects.get(case=case).state == "draft"
    signed = take(prescriber, case, "cases.determination.sign", on="N-1", facts=signing | {"password": PASSWORD})
    assert signed.status_code == 200, signed.content
    assert Determination.objects.get(case=case).state == "signed"
    assert PASSWORD not in signed.content.decode()


class TestFacts:
    """Facts that cannot be used: each is named with its value and remedy, all at once, and nothing is written."""

    @pytest.mark.parametrize(
        ("facts", "named"),
        [
            (
                {"kind": "clinicl", "until": ["a"], "reason": "x"},
                {"facts.until": ("['a']", "A single value is asked here, not a list.")},
            ),
            (
                {"kind": "clinicl", "until": "a", "reason": "x", "colour": "blue"},
                {
                    "facts.kind": (
                        "clinicl",
                        "Select a valid choice. clinicl is not one of the available choices.",
                    ),
                    "facts.colour": ("blue", "colour is not asked here. Leave it out."),
                },
            ),
            (
                {"kind": "clinical"},
                {
                    "facts.until": (None, "What ends the hold: nothing was given. Fill it in."),
                    "facts.reason": (None, "Reason: nothing was given. Say why, in a sentence."),
                },
            ),
            (
                {"kind": "clinical", "until": "a\x00b", "reason": "\ud800"},
                {
                    "facts.until": ("a\\0b", "The text holds a character that cannot be kept."),
                    "facts.reason": ("\\ud800", "The text holds a character that cannot be kept."),
                },
            ),
            (
                {"kind": "clinical", "until": {"a": 1}, "reason": 10**30},
                {
                    "facts.until": ("an object", "A text, a number, true or false is asked here, not an object."),
                    "facts.reason": (10**30, "The number is too large."),
                },
            ),
            (
                {"kind": "clinical", "until": "u" * 201, "reason": "r" * 20_001},
                {"facts.reason": ("r" * 200, "The text has 20001 characters; 20000 are taken.")},
            ),
            (
                {"kind": "clinical", "until": "u" * 201, "reason": "r"},
                {
                    "facts.until": (
                        "u" * 200,
                        "What ends the hold: 201 characters were given, at most 200 are kept. Shorten it.",
                    )
                },
            ),
        ],
    )
    def test_are_refused_by_name(
        self, case: Case, pharmacist: Caller, facts: dict[str, Any], named: dict[str, tuple[Any, str]]
    ) -> None:
        with nothing_written():
            answer = take(pharmacist, case, "cases.hold.place", facts=facts)
        found = faults(answer)
        assert {field: (value, problem) for field, value, problem, _ in found} == named

    @pytest.mark.parametrize(
        "day", ["soon", "2026-02-30", "0001-01-01", "9999-12-31", "2201-01-01", 20261204, True, 1.5, ["2026-12-04"]]
    )
    def test_a_day_that_is_none_is_refused(self, case: Case, pharmacist: Caller, day: Any) -> None:
        with nothing_written():
            [fault] = faults(take(pharmacist, case, "cases.case.note_run_out", facts={"runs_out_on": day}))
        assert fault[0] == "facts.runs_out_on"
        assert fault[3] == "Send a day as year-month-day, for example 2026-12-04."

    @pytest.mark.parametrize("wrong", [{"facts": []}, {"facts": "x"}, {"facts": {"a": 1}, "seen": -1}, {"seen": 1.5}])
    def test_a_body_of_another_shape_is_refused(self, case: Case, pharmacist: Caller, wrong: dict[str, Any]) -> None:
        with nothing_written():
            named = faults(take(pharmacist, case, "cases.hold.place", **wrong))
        assert [one[0] for one in named] == ["seen" if "seen" in wrong else "facts"]


def test_an_unknown_verb_or_record_is_named(house: House, case: Case, pharmacist: Caller) -> None:
    advance(case, "cases.hold.place", by=house.coordinator, now=NOW, facts=HOLD)
    with nothing_written():
        assert faults(take(pharmacist, case, "cases.case.teleport")) == [
            ("verb", "cases.case.teleport", "There is no such verb.", "Send one that GET .../steps lists.")
        ]
        assert faults(take(pharmacist, case, "cases.case.open")) == [
            ("verb", "cases.case.open", "There is no such verb.", "Send one that GET .../steps lists.")
        ]
        for on, problem in (
            ("H-7", f"{case.reference} has no H-7."),
            ("H-999999", f"{case.reference} has no H-999999."),
            ("F-1", f"{case.reference} has no F-1."),
            ("", "A record is named by its label."),
            ("H-1\n", "A record is named by its label."),
            ("h-1", "A record is named by its label."),
        ):
            assert faults(take(pharmacist, case, "cases.hold.lift", on=on, facts={"reason": "x"})) == [
                ("on", on, problem, "Send the label of a record of the case, for example F-1.")
            ]
        assert faults(take(pharmacist, case, "cases.hold.place", on="H-1", facts=HOLD)) == [
            ("on", "H-1", "“Place a hold” acts on the case itself.", "Leave it out.")
        ]


def test_a_state_that_does_not_lead_there_is_409_and_changes_nothing(case: Case, pharmacist: Caller) -> None:
    with nothing_written():
        body = refused(take(pharmacist, case, "cases.case.begin_shipment"), 409, "not-possible")
    assert "from there one cannot move the case to shipment" in body["detail"]
    assert Case.objects.get(pk=case.pk).stage == "determination"


def test_two_people_at_once_one_wins_and_the_other_is_told_what_changed(
    house: House, case: Case, pharmacist: Caller
) -> None:
    theirs = Caller(house.pic)
    seen = pharmacist.read(f"/cases/{case.reference}")["events"]
    assert (
        take(theirs, case, "cases.case.note_run_out", facts={"runs_out_on": "2026-04-01"}, seen=seen).status_code == 200
    )
    with nothing_written():
        answer = take(pharmacist, case, "cases.case.note_run_out", facts={"runs_out_on": "2026-05-01"}, seen=seen)
    body = refused(answer, 409, "conflict")
    [meanwhile] = body["changed_meanwhile"]
    assert (meanwhile["seq"], meanwhile["told"], meanwhile["by"]) == (2, "Run-out day recorded", "H. Lindqvist")
    assert str(Case.objects.get(pk=case.pk).runs_out_on) == "2026-04-01"
    assert (
        take(pharmacist, case, "cases.case.note_run_out", facts={"runs_out_on": "2026-05-01"}, seen=2).status_code
        == 200
    )
    assert str(Case.objects.get(pk=case.pk).runs_out_on) == "2026-05-01"


class TestTheSameKey:
    """``form_key``: the same call sent again has one effect and one answer; other content is never lost behind it."""

    def test_has_one_effect_and_answers_as_before(self, case: Case, pharmacist: Caller) -> None:
        first = take(pharmacist, case, "cases.hold.place", facts=HOLD, form_key="k-1")
        with nothing_written():
            second = take(pharmacist, case, "cases.hold.place", facts=HOLD, form_key="k-1")
        assert (first.status_code, second.status_code) == (200, 200)
        assert first.json() == second.json()
        assert Hold.objects.count() == 1

    def test_with_other_content_is_refused(self, case: Case, pharmacist: Caller) -> None:
        take(pharmacist, case, "cases.hold.place", facts=HOLD, form_key="k-1")
        other = HOLD | {"reason": "Something else."}
        with nothing_written():
            answer = take(pharmacist, case, "cases.hold.place", facts=other, form_key="k-1")
        assert faults(answer, kind="key-reused", status=409) == [
            (
                "form_key",
                "k-1",
                "The key came before with other content, which was recorded.",
                "Send a new key for a new act.",
            )
        ]

    def test_of_another_person_or_for_another_verb_is_another_key(
        self, house: House, case: Case, pharmacist: Caller
    ) -> None:
        for caller in (pharmacist, Caller(house.pic)):
            assert take(caller, case, "cases.hold.place", facts=HOLD, form_key="k-1").status_code == 200
        lifted = take(pharmacist, case, "cases.hold.lift", on="H-1", facts={"reason": "called"}, form_key="k-1")
        assert lifted.status_code == 200
        assert Hold.objects.filter(lifted_at=None).count() == 1

    def test_that_was_refused_may_be_sent_again_corrected(self, case: Case, pharmacist: Caller) -> None:
        wrong = take(pharmacist, case, "cases.hold.place", facts={"kind": "clinical"}, form_key="k-1")
        assert wrong.status_code == 422
        assert take(pharmacist, case, "cases.hold.place", facts=HOLD, form_key="k-1").status_code == 200

    def test_survives_what_others_did_in_between(self, house: House, case: Case, pharmacist: Caller) -> None:
        first = take(pharmacist, case, "cases.hold.place", facts=HOLD, form_key="k-1", seen=1)
        advance(case, "cases.hold.lift", by=house.pic, now=NOW, subject=Hold.objects.get(), facts={"reason": "x"})
        again = take(pharmacist, case, "cases.hold.place", facts=HOLD, form_key="k-1", seen=1)
        assert again.json() == first.json()

    @pytest.mark.parametrize("key", ["", "k" * 65, "k\x00", 5, ["k"]])
    def test_that_is_none_is_refused(self, case: Case, pharmacist: Caller, key: Any) -> None:
        with nothing_written():
            [fault] = faults(take(pharmacist, case, "cases.hold.place", facts=HOLD, form_key=key))
        assert fault[0] == "form_key"

    def test_keeps_no_secret_that_could_be_guessed_from_it(self, house: House, case: Case, prescriber: Caller) -> None:
        draft = {"dose": "150 mg", "justification": "Tried without effect."}
        take(prescriber, case, "cases.determination.prepare", facts=draft)
        statements = [
            one["value"] for one in step(prescriber, case, "cases.determination.sign", "N-1")["asks"][0]["options"]
        ]
        signing = {"statements": statements, "password": PASSWORD}
        first = take(prescriber, case, "cases.determination.sign", on="N-1", facts=signing, form_key="s-1")
        again = take(
            prescriber, case, "cases.determination.sign", on="N-1", facts=signing | {"password": "x"}, form_key="s-1"
        )
        assert first.json() == again.json(), "the password is no part of the key"


def test_people_abroad_read_that_a_hold_stands_and_not_why() -> None:
    supply = build_supply()
    case, house = supply.case, supply.house
    supply.bring_to("accepted")
    advance(case, "cases.hold.place", by=house.coordinator, now=NOW, facts=HOLD)
    verb, receiving = "custody.consignment.dispense", Caller(house.receiving)
    told = {
        "code": "NoHold",
        "sentence": "No hold of the pharmacy stands",
        "state": "unmet",
        "fact": "The pharmacy stopped this on purpose; ask it when it goes on.",
        "is_known": True,
        "satisfied_by": "who may lift the hold",
        "rule": "domain rule: holds lie across all stages",
        "sources": [],
        "overridable": False,
        "remedy": None,
        "override": {},
    }
    assert step(receiving, case, verb, on="C-1")["requirements"][0] == told
    with nothing_written():
        refusal = take(receiving, case, verb, on="C-1", facts={"dispensed_at": DISPENSED.isoformat()})
    assert refused(refusal, 409, "requirements-unmet")["requirements"][0] == told
    assert b"The dose differs" not in refusal.content
    assert supply.consignment().state == "accepted"
    page = Caller(None)
    page.client.force_login(house.receiving, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert b"The dose differs" not in page.client.get(f"/cases/{case.reference}/do/{verb}/?on=C-1").content
