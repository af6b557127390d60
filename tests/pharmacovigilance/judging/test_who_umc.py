"""The categories of WHO-UMC."""

from pharmacovigilance.judging.who_umc import CATEGORIES, METHOD


def test_are_six_each_with_its_criteria_and_the_text_of_a_message() -> None:
    assert [(one.code, one.text, len(one.criteria)) for one in CATEGORIES] == [
        ("certain", "Certain", 5),
        ("probable", "Probable/Likely", 4),
        ("possible", "Possible", 3),
        ("unlikely", "Unlikely", 2),
        ("conditional", "Conditional/Unclassified", 2),
        ("unassessable", "Unassessable/Unclassifiable", 3),
    ]


def test_fit_into_their_elements() -> None:
    assert all(len(text) <= 60 for text in (METHOD, *(one.text for one in CATEGORIES)))
