"""Which papers of the case go with a filing: accepted ones that the pathway asks for when it is filed, in its order."""

from collections import defaultdict
from typing import Final

from cases.documents.models import Document
from cases.models import Case
from regulatory.profiles.loader import Profile
from regulatory.profiles.papers import AFTER_THE_SUPPLY, WITH_THE_SHIPMENT

NEVER_SENT: Final = frozenset({"held_locally", "not_required", "at_customs"})


def asked_when_filed(profile: Profile) -> list[str]:
    """Kinds of paper that go with a filing of this pathway, in the order of its data, each once."""
    return list(
        dict.fromkeys(
            str(fact["doc_type"])
            for fact in profile.section("documents")
            if fact["required"] not in NEVER_SENT
            and fact["doc_type"] not in WITH_THE_SHIPMENT
            and fact["doc_type"] not in AFTER_THE_SUPPLY
        )
    )


def enclosures(case: Case, profile: Profile) -> tuple[Document, ...]:
    """The accepted papers that are enclosed, each followed by its translations; two queries."""
    wanted = asked_when_filed(profile)
    accepted = case.documents.filter(state=Document.State.ACCEPTED).select_related("file__case")
    held = list(accepted.filter(doc_type__in=wanted))
    held.sort(key=lambda document: (wanted.index(document.doc_type), document.number))
    translated: dict[int | None, list[Document]] = defaultdict(list)
    for document in accepted.filter(translates__in=held).order_by("number"):
        translated[document.translates_id].append(document)
    in_order = (one for document in held for one in (document, *translated[document.pk]))
    return tuple(dict.fromkeys(in_order))
