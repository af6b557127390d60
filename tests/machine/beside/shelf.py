"""Lists and pathways are entered, reviewed, signed and retired; identities are erased; papers come and end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from cases.documents.models import Document, DocumentSlot
from cases.documents.services import Proof, expire_documents
from cases.models import Case
from cases.people.erasure import erase_identity
from cases.people.models import User
from regulatory.drafts import draft_from, next_number
from regulatory.governance import retire_profile, review_profile, sign_profile
from regulatory.lists.models import ListEdition
from regulatory.lists.services import confirm_edition, enter_edition, lists_of, withdraw_edition
from regulatory.models import ProfileVersion
from regulatory.publishing import Plan, carry_out, order_publication
from tests.factories import EXPORT, PASSWORD
from tests.machine.beside.bench import Act, Bench
from tests.machine.ground import PATHWAYS
from tests.machine.remedies import Wish

# Uploads are inspected in a process of their own and cost a hundred times as much as another act.
MOST_UPLOADS = 12


def enter_list(bench: Bench) -> Any:
    today = bench.now.date()
    return enter_edition(
        name=bench.rng.choice(sorted(lists_of())),
        edition=f"edition {bench.next_number()}",
        from_on=today,
        until_on=bench.rng.choice((None, None, today - timedelta(days=1))),
        entries=[{"key": "CH", "words": "Switzerland"}],
        source="the authority's page",
        by=bench.clerk,
        now=bench.now,
    )


def with_list(how: Callable[..., Any], state: str, **more: Any) -> Act:
    def act(bench: Bench) -> Any:
        edition = bench.one(ListEdition.objects.filter(state=state))
        return edition and how(edition, by=bench.clerk, now=bench.now, **more)

    return act


def _shelved(bench: Bench, *states: str) -> Any:
    """A version that no case of the walk rests on."""
    rows = ProfileVersion.objects.exclude(pk__in=[version.pk for version in bench.world.versions.values()]).exclude(
        profile_key=EXPORT
    )
    return bench.one(rows.filter(status__in=states) if states else rows)


def draft_pathway(bench: Bench) -> Any:
    """The shelf never runs out: what stands on it is drafted anew."""
    rows = ProfileVersion.objects.exclude(profile_key__in=(*PATHWAYS, EXPORT))
    version = bench.one(rows)
    return version and draft_from(
        version,
        number=next_number(version.profile_key),
        by=bench.clerk,
        now=bench.now,
        reason=bench.rng.choice(("The authority changed its page.",) * 4 + ("",)),
    )


def review_pathway(bench: Bench) -> Any:
    today = bench.now.date()
    version = _shelved(bench, "draft_unreviewed") if bench.rng.random() < 0.8 else _shelved(bench)
    return version and review_profile(
        version,
        reviewed_on=today + timedelta(days=bench.rng.choice((0, 0, 0, 9))),
        next_review_due=today + timedelta(days=3650),
        by=bench.world.house.second_pharmacist,
        now=bench.now,
    )


def sign_pathway(bench: Bench) -> Any:
    version = _shelved(bench, "reviewed") if bench.rng.random() < 0.8 else _shelved(bench)
    by = bench.rng.choice((bench.world.house.pic,) * 3 + (bench.world.house.coordinator,))
    return version and sign_profile(version, effective_from=bench.now.date(), by=by, now=bench.now)


def publish_pathway(bench: Bench) -> Any:
    order = _ordered(bench)
    return order and carry_out(order, now=bench.now)


def publish_too_late(bench: Bench) -> Any:
    """Somebody signs the version by another way before the order is carried out: it is refused whole."""
    order = _ordered(bench)
    if order is None:
        return None
    sign_profile(order.version, effective_from=bench.now.date(), by=bench.world.house.pic, now=bench.now)
    return carry_out(order, now=bench.now)


def _ordered(bench: Bench) -> Any:
    version, by = _shelved(bench, "reviewed"), bench.world.house.pic
    return version and order_publication(
        version,
        effective_from=bench.now.date() + timedelta(days=1),
        plan=Plan(),
        printed_name=by.display_name,
        proof=Proof(PASSWORD),
        by=by,
        now=bench.now,
    )


def retire_pathway(state: str, *, keep: int) -> Act:
    """Retire one that stands so, while more than these are left for the acts that lead on from there."""

    def act(bench: Bench) -> Any:
        if ProfileVersion.objects.filter(status=state).count() <= keep + (state == "active") * (len(PATHWAYS) + 1):
            return None
        version = _shelved(bench, state)
        reason = bench.rng.choice(("Replaced.", "Replaced.", ""))
        by = bench.world.house.pic
        return version and retire_profile(version, effective_to=bench.now.date(), reason=reason, by=by, now=bench.now)

    return act


def retire_reviewed(bench: Bench) -> Any:
    """What is reviewed is soon signed or ordered; so one is reviewed for it where none stands so."""
    if not ProfileVersion.objects.filter(status="reviewed").exists():
        return review_pathway(bench)
    return retire_pathway("reviewed", keep=0)(bench)


def erase(bench: Bench) -> Any:
    case = bench.one(Case.objects.all() if bench.rng.random() < 0.2 else Case.objects.filter(stage="closed"))
    by = bench.rng.choice((bench.world.house.pic, bench.world.house.pic, bench.world.house.coordinator))
    return case and erase_identity(case.patient, by=by, now=bench.now, ground="Asked for by the family.")


def write_paper(bench: Bench) -> Any:
    return bench.world.write(bench.a_case(), bench.rng.choice(("prescription", "fee_receipt", "authorisation_letter")))


def write_again(bench: Bench) -> Any:
    last = Document.objects.filter(state="accepted", later_versions=None, case__in=bench.cases_in_sight())
    earlier = bench.one(last)
    return earlier and bench.world.write(earlier.case, earlier.doc_type, supersedes=earlier)


def upload(bench: Bench) -> Any:
    """Somebody sends a paper, for what was asked of them where something was; a pharmacist then accepts it or not."""
    if bench.uploads >= MOST_UPLOADS:
        return None
    slot = bench.one(DocumentSlot.objects.filter(case__in=bench.cases_in_sight(), state="open"))
    if slot is None and bench.rng.random() < 0.7:
        bench.hopes.append((bench.a_case(), [Wish("documents.slot.ask")]))
        return None
    case = slot.case if slot is not None else bench.a_case()
    place = bench.world.places[case.country]
    people = (place.prescriber.user, place.delegate, place.receiving)
    by = bench.rng.choice((*people, *people, bench.world.house.auditor))
    doc_type = slot.doc_type if slot else bench.rng.choice(("prescription", "clinical_report"))
    document = bench.world.upload(case, doc_type, by=by, slot=slot)
    bench.uploads += 1
    scan, accept, reject = (Wish(f"documents.document.{verb}") for verb in ("release_unscanned", "accept", "reject"))
    bench.hopes.append((case, ([scan, accept], [reject], [scan, reject])[bench.uploads % 3]))
    return document


def expire_papers(bench: Bench) -> Any:
    bench.world.now += timedelta(days=3)
    return expire_documents(by=User.objects.service("deadline-sweep"), now=bench.now)


ACTS: dict[str, Act] = {
    "an edition is entered": enter_list,
    "an edition is confirmed": with_list(confirm_edition, "entered"),
    "an entered edition is withdrawn": with_list(withdraw_edition, "entered", reason="A slip."),
    "a confirmed edition is withdrawn": with_list(withdraw_edition, "confirmed", reason="A slip."),
    "a pathway is drafted anew": draft_pathway,
    "a pathway is reviewed": review_pathway,
    "a pathway is signed": sign_pathway,
    "a version is published": publish_pathway,
    "a version is published too late": publish_too_late,
    "a draft is retired": retire_pathway("draft_unreviewed", keep=2),
    "a reviewed pathway is retired": retire_reviewed,
    "an active pathway is retired": retire_pathway("active", keep=0),
    "an identity is erased": erase,
    "a paper is written": write_paper,
    "a paper is written again": write_again,
    "a paper is uploaded": upload,
    "papers expire": expire_papers,
}
