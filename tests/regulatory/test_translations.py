"""A translation whose source was replaced meets nothing: no requirement counts it and no pack encloses it."""

from cases.documents.models import Document, DocumentSlot
from regulatory.pack.enclosures import enclosures
from regulatory.pathway import profile_of
from tests.laid import laid
from tests.regulatory.ground import Ground, at, build_ground

READY = "regulatory.filing.make_ready"
NOW = at("2026-02-26 09:00")


@laid
def ireland(db: None) -> Ground:
    ground = build_ground("IE-EMP", now=NOW, country="IE", zone="Europe/Dublin")
    authority = str(ground.case.profile_version.data["authority"][0]["value"])[:120]
    ground.take("regulatory.filing.open", kind="notification", authority=authority)
    ground.answer("IE-EMP.documents.3", "yes")
    return ground


def state_and_fact(ground: Ground, code: str) -> tuple[str, str]:
    line = ground.line(code, READY, subject=ground.filing)
    return line.state, line.fact


def lines(ground: Ground) -> set[str]:
    return {line.code for line in ground.ask(READY, subject=ground.filing)}


def enclosed(ground: Ground) -> list[str]:
    return [paper.label for paper in enclosures(ground.case, profile_of(ground.case.profile_version))]


def test_the_requirement_says_which_source_was_replaced_by_which(ireland: Ground) -> None:
    leaflet = ireland.paper("product_information", uploaded=True)
    translation = ireland.paper("translation", translates=leaflet)
    required = "PapersComplete:IE-EMP.documents.3"
    assert state_and_fact(ireland, required)[0] == "met"
    assert translation.label in enclosed(ireland)

    newer = ireland.paper("product_information", supersedes=leaflet)
    replaced = f"{translation.label} is stale: {leaflet.label} (version 1) was replaced by {newer.label} (version 2)."
    state, fact = state_and_fact(ireland, required)
    assert (state, replaced in fact) == ("unmet", True)
    assert translation.label not in enclosed(ireland)
    slot = DocumentSlot.objects.get(renews=translation)
    assert state_and_fact(ireland, f"PapersComplete:{translation.label}") == (
        "unmet",
        f"{replaced} {slot.label} asks for it anew; withdraw {slot.label} if the new version needs none.",
    )

    renewed = ireland.paper("translation", slot=slot)
    assert renewed.translates == newer
    assert state_and_fact(ireland, required)[0] == "met"
    assert f"PapersComplete:{translation.label}" not in lines(ireland)
    assert renewed.label in enclosed(ireland)


def test_another_translation_does_not_stand_in_for_the_one_that_is_awaited(ireland: Ground) -> None:
    leaflet, licence = ireland.paper("product_information", uploaded=True), ireland.paper("prescription", uploaded=True)
    stale = ireland.paper("translation", translates=leaflet)
    ireland.paper("translation", translates=licence)
    ireland.paper("product_information", supersedes=leaflet)
    assert state_and_fact(ireland, "PapersComplete:IE-EMP.documents.3")[0] == "met"
    assert state_and_fact(ireland, f"PapersComplete:{stale.label}")[0] == "unmet"
    slot = DocumentSlot.objects.get(renews=stale)
    ireland.take("documents.slot.withdraw", subject=slot, reason="The new leaflet is in English.")
    assert f"PapersComplete:{stale.label}" not in lines(ireland)


def test_a_translation_is_enclosed_right_after_the_paper_it_was_made_from(ireland: Ground) -> None:
    form = ireland.paper("regulator_form", uploaded=True)
    other = ireland.paper("clinical_report", uploaded=True)
    of_other = ireland.paper("clinical_clarification", translates=other)
    of_form = ireland.paper("clinical_clarification", translates=form)
    assert enclosed(ireland) == [form.label, of_form.label]
    assert (other.state, of_other.state) == ("accepted", "accepted"), "there, but no part of this filing"


def test_the_source_is_named_when_the_translation_is_accepted_or_described(ireland: Ground) -> None:
    leaflet = ireland.paper("product_information", uploaded=True)
    translation = ireland.paper("translation", uploaded=True)
    ireland.take("documents.document.describe", subject=translation, translates=leaflet)
    assert Document.objects.get(pk=translation.pk).translates == leaflet
