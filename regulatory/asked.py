"""A question about a pathway as it stands in this house: the version's own review, the editions of lists held here."""

from dataclasses import replace

from regulatory.lists.services import editions_held
from regulatory.models import ProfileVersion
from regulatory.pathway import profile_of
from regulatory.profiles.loader import Profile, load
from regulatory.profiles.looks_at import lists_in
from regulatory.profiles.what_if import Answer, Asked, answer, read


def as_it_stands(version: ProfileVersion) -> Profile:
    """The pathway with the state and the review of its version, instead of those its file was written with."""
    return replace(
        profile_of(version),
        status=version.status,
        reviewed_on=version.reviewed_on,
        next_review_due=version.next_review_due,
    )


def ask(version: ProfileVersion, asked: Asked) -> Answer:
    """Answer the question from that version; one query where the pathway reads a dated list.

    :raises NotAnswerable: with every fault of the question.
    """
    profile, library = as_it_stands(version), load()
    question = read(profile, asked, library=library, held=editions_held(lists_in(profile)))
    if version.is_demonstration:
        told = f"{version} is a demonstration copy of an unreviewed draft: no real case may rest on it."
        question = replace(question, flags=(told, *question.flags))
    return answer(question, library=library)
