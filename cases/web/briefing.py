"""The pre-arrival briefing: what comes, when, how warm, in which box, with which papers (custody facts, section 6)."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps

from cases.documents.downloads import OF_THE_SUPPLY
from cases.documents.models import Document
from cases.documents.types import title_of
from cases.models import Case
from cases.people.models import User
from cases.people.roles import Role

# From the release to the hand-over; after that the inspection has the word.
ANNOUNCED = ("released", "in_transit")
# What an arrival is compared with; said as missing when it is not on file.
NEEDED_PAPERS = ("packing_list", "prescription", "coa", "dscsa_transaction_data")


@dataclass(frozen=True)
class Briefing:
    """One consignment on its way; ``papers`` are on file, ``missing`` are titles of those that are not."""

    consignment: Any
    units: list[Any]
    papers: list[Document]
    missing: list[str]


def briefings_for(user: User, case: Case) -> list[Briefing]:
    """What is on its way to this person's institution on the case; nothing for anybody else."""
    if user.role != Role.RECEIVING_PHARMACIST:
        return []
    consignments = list(
        apps.get_model("custody.Consignment")
        ._default_manager.filter(case=case, institution=user.institution_id, state__in=ANNOUNCED)
        .select_related("carrier", "institution")
        .prefetch_related("units__lot")
        .order_by("number")
    )
    if not consignments:
        return []
    papers = list(case.documents.filter(state="accepted", doc_type__in=OF_THE_SUPPLY).order_by("doc_type", "-number"))
    there = {paper.doc_type for paper in papers}
    missing = [title_of(kind) for kind in NEEDED_PAPERS if kind not in there]
    return [Briefing(one, list(one.units.all()), papers, missing) for one in consignments]
