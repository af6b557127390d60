"""What the dated table asks of a partner, and whether what is on file counts on a day (invariant I6, pure part)."""

from datetime import date, timedelta

import pytest

from cases.custody.partners.rules import BUY, CARRY, SHIP_TO, Checked, Deed, Held, judge, read_table, table

DAY = timedelta(days=1)
ON = date(2026, 3, 2)
WHOLESALE = next(rule for rule in table().rules if rule.id == "PR-01")


def judged(held: Held | None, on: date = ON) -> object:
    title = table().title_of(WHOLESALE)
    return judge(WHOLESALE, [held] if held else [], partner="Northway", title=title, on=on)


def licence(**more: object) -> Held:
    given = {"valid_until": date(2026, 12, 31), "checks": (Checked(ON, "confirmed"),)} | more
    return Held("state_wholesale_licence", "W-1", **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("deed", "role", "country", "asked"),
    [
        (Deed(BUY, ON), "wholesaler", "US", ["state_wholesale_licence", "fda_annual_report"]),
        (Deed(BUY, ON), "manufacturer", "US", ["fda_establishment_registration"]),
        (
            Deed(BUY, ON, is_controlled=True),
            "wholesaler",
            "US",
            ["state_wholesale_licence", "fda_annual_report", "dea_registration"],
        ),
        (Deed(BUY, ON, is_controlled=True), "wholesaler", "DE", ["foreign_wholesale_licence"]),
        (Deed(BUY, ON), "importer", "GB", ["import_licence"]),
        (Deed(CARRY, ON, storage="room"), "carrier", "US", ["carrier_qualification"]),
        (Deed(CARRY, ON, storage="frozen"), "carrier", "US", ["carrier_qualification", "temperature_qualification"]),
        (Deed(SHIP_TO, ON), "institution", "GB", ["pharmacy_licence"]),
        (Deed(SHIP_TO, ON, is_controlled=True), "institution", "GB", ["pharmacy_licence", "controlled_drug_licence"]),
        (Deed(SHIP_TO, ON), "wholesaler", "US", []),
    ],
)
def test_the_table_asks_by_role_country_and_medicine(deed: Deed, role: str, country: str, asked: list[str]) -> None:
    assert [rule.credential for rule in table().needed(deed, role=role, country=country)] == asked


@pytest.mark.parametrize(("on", "is_asked"), [(date(2026, 11, 26), False), (date(2026, 11, 27), True)])
def test_the_small_dispensers_exemption_ends_with_26_november_2026(on: date, is_asked: bool) -> None:
    """The day before and the day after give different answers, and only the table says so."""
    asked = {rule.credential for rule in table().needed(Deed(BUY, on), role="wholesaler", country="US")}

    assert ("electronic_exchange" in asked) is is_asked
    assert [rule.level for rule in table().papers if rule.stands_on(on)] == ["serial" if is_asked else "lot"]


def test_a_purchase_stands_under_the_rules_of_the_day_it_was_made() -> None:
    deed = Deed(BUY, date(2026, 12, 1), begun_on=date(2026, 11, 26))

    assert "electronic_exchange" not in {r.credential for r in table().needed(deed, role="wholesaler", country="US")}


@pytest.mark.parametrize(
    ("held", "met", "fact"),
    [
        (
            licence(),
            True,
            "State wholesale distributor licence W-1 of Northway, valid until 2026-12-31; checked on 2026-03-02, which "
            "counts until 2026-04-01.",
        ),
        (None, False, "No state wholesale distributor licence of Northway is on file."),
        (
            licence(valid_until=date(2026, 3, 1)),
            False,
            "State wholesale distributor licence W-1 of Northway ended on 2026-03-01, before 2026-03-02.",
        ),
        (
            licence(valid_from=date(2026, 3, 3)),
            False,
            "State wholesale distributor licence W-1 of Northway begins on 2026-03-03, after 2026-03-02.",
        ),
        (
            licence(valid_until=None),
            None,
            "State wholesale distributor licence W-1 of Northway has no end on file: ask for it.",
        ),
        (
            licence(checks=()),
            None,
            "State wholesale distributor licence W-1 of Northway was never checked at its source.",
        ),
        (
            licence(checks=(Checked(date(2026, 1, 30), "confirmed"),)),
            None,
            "State wholesale distributor licence W-1 of Northway was last checked on 2026-01-30; a check counts 30 "
            "days, until 2026-03-01, not on 2026-03-02.",
        ),
        (
            licence(checks=(Checked(ON - DAY, "confirmed"), Checked(ON, "restricted"))),
            False,
            "State wholesale distributor licence W-1 of Northway was found restricted on 2026-03-02.",
        ),
        (
            licence(checks=(Checked(ON, "confirmed"), Checked(ON, "not_found"))),
            False,
            "State wholesale distributor licence W-1 of Northway was not found at its source on 2026-03-02.",
        ),
        (
            licence(checks=(Checked(ON, "not_found"), Checked(ON, "confirmed"))),
            True,
            "State wholesale distributor licence W-1 of Northway, valid until 2026-12-31; checked on 2026-03-02, which "
            "counts until 2026-04-01.",
        ),
        (
            licence(ended_on=ON, end_reason="Surrendered."),
            False,
            "State wholesale distributor licence W-1 of Northway no longer counts since 2026-03-02: Surrendered.",
        ),
    ],
)
def test_what_is_on_file_counts_or_says_why_not(held: Held | None, met: bool | None, fact: str) -> None:
    found = judged(held)

    assert (found.met, found.fact) == (met, fact)  # type: ignore[attr-defined]


def test_a_check_counts_through_its_last_day_and_not_a_day_longer() -> None:
    last = ON + 30 * DAY

    assert [judged(licence(), on).met for on in (last, last + DAY)] == [True, None]  # type: ignore[attr-defined]


def test_what_ends_first_is_named() -> None:
    by_check = judged(licence())
    by_expiry = judged(licence(valid_until=ON + 5 * DAY))

    assert (by_check.lapses_on, by_check.lapses_by) == (date(2026, 4, 2), "check")  # type: ignore[attr-defined]
    assert (by_expiry.lapses_on, by_expiry.lapses_by) == (date(2026, 3, 8), "expiry")  # type: ignore[attr-defined]


def test_a_renewal_counts_beside_the_licence_that_ended() -> None:
    ended, renewed = licence(valid_until=ON - DAY), licence(valid_from=ON)

    found = judge(WHOLESALE, [ended, renewed], partner="Northway", title="Licence", on=ON)

    assert (found.met, found.held) == (True, renewed)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"credential": "nonsense"}, "T-1 asks for 'nonsense', which is no credential of the table."),
        ({"act": "steal"}, "T-1 is for 'steal', which is no act of the table."),
        ({"check_holds_days": 0}, "T-1 lets a check count 0 days: at least 1 is asked for."),
    ],
)
def test_a_wrong_table_names_its_rule_and_value(change: dict[str, object], told: str) -> None:
    rule = {
        "id": "T-1", "act": "buy", "roles": ["supplier"], "credential": "licence", "expires": True,
        "check_holds_days": 30, "from": "2020-01-01", "until": None, "basis": "", "source": "", "confidence": "low",
    }  # fmt: skip
    kinds = {"licence": {"title": "Licence", "authority": "", "look_up": ""}}
    raw = {"version": "1", "status": "draft_unreviewed", "note": "", "acts": {"buy": ""}, "credentials": kinds,
           "rules": [rule | change], "papers": []}  # fmt: skip

    with pytest.raises(ValueError, match="^" + told.replace("(", r"\(") + "$"):
        read_table(raw)


def test_every_rule_of_the_table_has_its_source_and_its_confidence() -> None:
    assert table().status == "draft_unreviewed"
    for rule in (*table().rules, *table().papers):
        assert "" not in (rule.source, rule.basis), rule.id
        assert rule.confidence in ("high", "medium", "low"), rule.id
