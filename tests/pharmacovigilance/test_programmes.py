"""What a report of the programme is: asked for, or spontaneous where nobody asks; and the language of its words."""

from pathlib import Path

import pytest

from pharmacovigilance.e2b.reading import parts_of, root_of
from pharmacovigilance.e2b.validating import check_root
from pharmacovigilance.languages import three_letters
from pharmacovigilance.messages import export_of
from pharmacovigilance.models import CaseVersion
from pharmacovigilance.programmes import asks_for_events, check_programmes
from pharmacovigilance.web.reporting.typed import LANGUAGES
from tests.pharmacovigilance.builders import LOCKED, Safety, signed_in


def said(version: CaseVersion, profile: str = "ich") -> tuple[str, ...]:
    root = root_of(export_of(version, profile=profile))
    (report,) = parts_of(root).parts("report")
    studies = list(report.parts("study"))
    return (report.text("C.1.3"), *(study.text("C.5.4") for study in studies))


@pytest.mark.parametrize("profile", ["ich", "fda", "eu"])
def test_a_programme_that_asks_for_events_reports_a_study_of_individual_use(profile: str, safety: Safety) -> None:
    assert said(safety.locked(), profile) == ("2", "2")


@pytest.mark.standards
@pytest.mark.parametrize("profile", ["ich", "fda", "eu"])
@pytest.mark.parametrize("named", ["*", "own"])
def test_where_nobody_asks_the_report_is_spontaneous_and_names_no_study(
    named: str, profile: str, safety: Safety, settings, standards: Path
) -> None:
    key = safety.supply.case.profile_version.profile_key
    settings.NPP_SAFETY_SPONTANEOUS = ["DE-73-3", "*" if named == "*" else key]
    version = safety.locked()

    checked = check_root(
        root_of(export_of(version, profile=profile)), profile=profile, now=LOCKED, schemas=standards / "e2b" / "xsd"
    )

    assert said(version, profile) == ("1",)
    assert checked.schema == "checked"
    told = {finding.element for finding in checked.findings}
    assert not told & {"C.1.3", "C.5.4", "C.5.2", "C.5.1.r.1"}
    assert not [finding for finding in checked.findings if finding.rule in ("XSD", "EU-STUDY", "R0110")]


def test_a_version_keeps_what_held_when_it_was_locked(safety: Safety, settings) -> None:
    version = safety.locked()
    before = export_of(version, profile="fda")

    settings.NPP_SAFETY_SPONTANEOUS = ["*"]

    assert export_of(CaseVersion.objects.get(pk=version.pk), profile="fda") == before
    assert said(version) == ("2", "2")


def test_a_version_that_was_locked_before_it_was_kept_stays_as_it_was_sent(safety: Safety) -> None:
    version = safety.locked()
    now = export_of(version, profile="eu")
    assert version.snapshot is not None
    old = {name: value for name, value in version.snapshot.items() if name != "solicited"}
    old["events"] = [{k: v for k, v in event.items() if k != "language_code"} for event in old["events"]]
    version.snapshot = old

    assert export_of(version, profile="eu") == now


def test_the_page_says_what_the_report_is(safety: Safety, settings) -> None:
    safety.attach(safety.receive())
    page = f"/cases/{safety.supply.case.reference}/safety/SC-1/"
    client = signed_in(safety.coordinator)

    asked = client.get(page).content.decode()
    settings.NPP_SAFETY_SPONTANEOUS = ["*"]
    spontaneous = client.get(page).content.decode()

    assert "study of individual patient use, C.5.4" in asked
    assert "nobody asks for events in this pathway" in spontaneous


def test_a_pathway_that_there_is_not_is_named_when_the_system_starts(settings) -> None:
    settings.NPP_SAFETY_SPONTANEOUS = ["DE-73-3", "*", "XX-NONE"]

    (fault,) = check_programmes()

    assert fault.msg == "NPP_SAFETY_SPONTANEOUS names 'XX-NONE', which is no pathway."
    assert fault.hint == "Write keys as DE-73-3, separated by commas, or * for every pathway."
    settings.NPP_SAFETY_SPONTANEOUS = ["DE-73-3"]
    assert check_programmes() == []
    assert (asks_for_events("DE-73-3"), asks_for_events("AU-SAS-B")) == (False, True)


def test_every_language_that_is_offered_is_told_in_three_letters_of_its_own() -> None:
    codes = [three_letters(code) for code, _ in LANGUAGES]

    assert [code for code in codes if len(code) != 3 or code == "und"] == []
    assert len(set(codes)) == len(LANGUAGES)
    assert [three_letters(one) for one in ("ar", "zh-TW", "DE", "ger", "xx", "", "klingon")] == [
        "ara", "chi", "ger", "ger", "und", "und", "und",
    ]  # fmt: skip


def test_the_language_of_what_was_said_goes_out_with_it(safety: Safety) -> None:
    safety.attach(safety.receive(verbatim="حمى منذ أمس", by=safety.coordinator, language="ar"))
    safety.assess()
    root = root_of(export_of(safety.lock(), profile="ich"))

    (reaction,) = (part for part in parts_of(root).walk() if part.scope.name == "reaction")
    assert (reaction.text("E.i.1.1a"), reaction.text("E.i.1.1b")) == ("حمى منذ أمس", "ara")
