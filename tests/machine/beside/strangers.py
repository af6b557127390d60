"""Papers of another patient: sent, taken, and standing in each way in which one may be found."""

from datetime import timedelta
from typing import Any

from cases.documents.models import Document, DocumentSlot
from cases.documents.services import accept_document, expire_documents, release_unscanned
from cases.people.models import User
from tests.machine.beside.bench import Act, Bench
from tests.machine.remedies import Wish

FIND = "documents.document.find_of_another_patient"
# Two of each; an upload is inspected in a process of its own.
MOST = 8


def wrong_paper(bench: Bench) -> Any:
    """One more paper that counted and then was replaced, ran out, lost its source or met a request; found next."""
    number = bench.strangers
    if number >= MOST:
        return None
    slot = bench.one(DocumentSlot.objects.filter(case__in=bench.cases_in_sight(), state="open", renews=None))
    if number % 4 == 3 and slot is None:
        bench.hopes.append((bench.a_case(), [Wish("documents.slot.ask")]))
        return None
    case = slot.case if number % 4 == 3 else bench.a_case()
    bench.strangers += 1
    sources = Document.objects.filter(case=case, state="accepted", translates=None, later_versions=None)
    source = bench.one(sources.exclude(doc_type="translation")) if number % 4 == 2 else None
    sender = bench.world.places[case.country].prescriber.user
    asked = {"slot": slot} if number % 4 == 3 else {"translates": source}
    kind = slot.doc_type if number % 4 == 3 else "specialty_endorsement"
    document = bench.world.upload(case, kind, by=sender, **asked)
    release_unscanned(document, by=bench.world.house.coordinator, now=bench.now, reason="No scanner.")
    document = accept_document(
        document, by=bench.clerk, now=bench.now, valid_until=bench.now.date() if number % 4 == 1 else None
    )
    if number % 4 == 0:
        bench.world.write(case, document.doc_type, supersedes=document)
    elif number % 4 == 1:
        bench.world.now += timedelta(days=2)
        expire_documents(by=User.objects.service("deadline-sweep"), now=bench.now)
    elif source is not None:
        bench.world.write(case, source.doc_type, supersedes=source)
    bench.hopes.append((case, [Wish(FIND, document.pk)]))
    return document


ACTS: dict[str, Act] = {"a paper of another patient counts": wrong_paper}
