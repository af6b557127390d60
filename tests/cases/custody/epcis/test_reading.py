"""Of a large document only a window is held: every event comes out as it is, and what is too large is refused."""

import json

import pytest

from cases.custody.epcis.errors import EpcisRefused
from cases.custody.epcis.reading import events_in
from tests.cases.custody.epcis.conftest import PACK, document, event
from tests.cases.custody.epcis.test_rules import ONE, Write, xml


@pytest.mark.parametrize("letter", ["a", "é", "\N{GRINNING FACE}"])
def test_a_document_longer_than_what_is_held_of_it_gives_every_event_as_it_is(written: Write, letter: str) -> None:
    """Values, numbers and letters of several bytes fall on every edge of the window."""
    events = [
        event(**{"ex:note": letter * (7 * number % 5_003), "ex:count": number * 1_234_567, "ex:list": [number, -0.5]})
        for number in range(400)
    ]
    whole = document(*events)
    for text in (json.dumps(whole), json.dumps(whole, ensure_ascii=False, indent=1)):
        assert list(events_in(written(text))) == events


@pytest.mark.parametrize("place", [300_000, 600_001, 900_002])
def test_one_that_is_cut_or_broken_far_inside_says_how_far_it_was_whole(written: Write, place: int) -> None:
    text = json.dumps(document(*(event(**{"ex:note": "n" * 2_000}) for _ in range(500))))
    for broken in (text[:place], f"{text[:place]}\x00{text[place:]}"):
        with pytest.raises(EpcisRefused) as refused:
            list(events_in(written(broken)))
        assert refused.value.code == "cut"
        assert f"after {text[:place].count('ObjectEvent') - 1} whole events" in str(refused.value)


def test_one_event_that_is_larger_than_is_held_is_refused_by_its_number(written: Write) -> None:
    told = "Event 2: It has more than 4,000,000 characters, or 50,000 elements. Ask for it in several events."
    large = event(epcList=[PACK] * 90_000)
    epcs = "<epc>urn:epc:id:sgtin:0312345.067890.SN0001</epc>"
    in_xml = xml(ONE + ONE.replace("</epcList>", f"{epcs * 60_000}</epcList>"))
    for content in (json.dumps(document(event(), large)), in_xml):
        with pytest.raises(EpcisRefused) as refused:
            list(events_in(written(content)))
        assert refused.value.code == "event_too_large"
        assert str(refused.value).startswith(told)


@pytest.mark.parametrize("more", ["x", "{}", "]", "\n \x00"])
def test_what_follows_the_end_of_a_document_refuses_it(written: Write, more: str) -> None:
    text = json.dumps(document(event()))
    assert list(events_in(written(f"{text}\n \r\n"))) == [event()]
    with pytest.raises(EpcisRefused) as refused:
        list(events_in(written(text + more)))
    assert refused.value.code == "goes_on"
    ends = len(text) + len(more) - len(more.lstrip())
    assert str(refused.value).startswith(f"The document ends at character {ends:,} and the file goes on:")


@pytest.mark.parametrize(
    ("whole", "broken"),
    [("]}, {", "]} {"), ("}]}", "},]}"), (', "schemaVersion"', ' "schemaVersion"'), ("]}}", "]},}")],
)
def test_one_comma_stands_between_two_and_none_before_an_end(written: Write, whole: str, broken: str) -> None:
    text = json.dumps(document(event(), event()))
    assert whole in text, text
    with pytest.raises(EpcisRefused) as refused:
        list(events_in(written(text.replace(whole, broken, 1))))
    assert refused.value.code == "cut"
