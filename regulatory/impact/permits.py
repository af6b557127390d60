"""Authorizations of thousands of cases as plain values, with what is left of each, in a few queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum

from cases.custody.authorizing import OF_THE_SUPPLY
from cases.custody.models import Consignment
from cases.models import Case
from regulatory.impact.change import RuleChange
from regulatory.impact.gate_effects import canonical
from regulatory.models import Authorization, QuantityEntry
from regulatory.pathway import STANDING, standing_coverage
from regulatory.profiles.facts import AuthorizationHeld

Permits = Mapping[int, list[Any]]


def standing_permits(changes: Iterable[RuleChange]) -> dict[tuple[int, int], list[tuple[int, Any]]]:
    """Standing authorities of the pathway by pharmacy and medicine, each with the case it was granted under.

    Whether one covers a case is the gate's to say; nothing is asked where no gate knows of any.
    """
    rules = [profile for change in changes for profile in (change.before, change.after)]
    keys = {profile.key for profile in rules if standing_coverage(profile) is not None}
    if not keys:
        return {}
    rows = Q(level=STANDING, case__profile_version__profile_key__in=keys)
    permits = permits_of(rows, Q(authorization__level=STANDING))
    homes = Case.objects.filter(pk__in=permits).values_list("pk", "pharmacy_id")
    found: dict[tuple[int, int], list[tuple[int, Any]]] = defaultdict(list)
    for home, pharmacy in homes:
        for one in permits[home]:
            found[pharmacy, one[9]].append((home, one))
    return found


def permits_of(inside: Q, taken_by: Q) -> Permits:
    """Those of the pathway's own filing by case, each with what every consignment took of it and which have left."""
    rows = Authorization.objects.filter(inside, OF_THE_SUPPLY)
    taken: dict[int, dict[int, Decimal]] = defaultdict(dict)
    entries = QuantityEntry.objects.filter(taken_by, consignment__isnull=False).exclude(account="authorized").order_by()
    for pk, box, total in entries.values_list("authorization_id", "consignment_id").annotate(total=Sum("quantity")):
        taken[pk][box] = total
    gone: dict[int, set[int]] = defaultdict(set)
    left = Consignment.objects.filter(taken_by, dispatched_at__isnull=False, authorization__isnull=False)
    for pk, box in left.values_list("authorization_id", "pk"):
        gone[pk].add(box)
    fields = (
        "pk", "state", "level", "covers", "valid_from", "valid_until", "max_uses", "quantity", "prescriber_id",
        "medicine_id", "indication", "port", "document__doc_type",
    )  # fmt: skip
    found: dict[int, list[Any]] = defaultdict(list)
    for case, *row in rows.order_by("number").values_list("case_id", *fields):
        found[case].append((*row, taken[row[0]], gone[row[0]]))
    return found


def permit_held(row: Any, case: Any, box: Any = None) -> AuthorizationHeld:
    """In what it covers this case or another one; like cases look alike.

    :param box: the row of one consignment: what it took itself counts as left for it, its port is compared.
    """
    (pk, state, level, covers, valid_from, valid_until, max_uses, quantity, prescriber, medicine, indication, port,
     document, taken, gone) = row  # fmt: skip
    own_pk, own_label, own_port, linked = (box[8], f"C-{box[0]}", box[10].casefold(), box[9]) if box else (0, "", "", 0)
    spent = sum((part for one, part in taken.items() if one != own_pk), Decimal(0))
    uses = len(gone - {own_pk})
    own = {
        "patient": (case[8],),
        "prescriber": (f"prescriber {prescriber}",),
        "product": (f"medicine {medicine}",),
        "indication": (indication.casefold(),),
        "applicant": ("as named in the letter",),
        "importer": ("as named in the letter",),
        "consignee": (f"institution {case[11]}",),
        "port": (port.casefold(),) if port else (),
        "consignment": (own_label,) if box and linked == pk else (),
    }
    subject = {
        "patient": case[8],
        "prescriber": f"prescriber {case[9]}",
        "product": f"medicine {case[6]}",
        "indication": case[10].casefold(),
        "applicant": "as named in the letter",
        "importer": "as named in the letter",
        "consignee": f"institution {case[11]}",
        "port": own_port if box else port.casefold(),
        "consignment": own_label,
    }
    held = AuthorizationHeld(
        reference="of this case",
        state=state,
        level=level,
        covers={aspect: own[aspect] for aspect in sorted(covers) if own.get(aspect)},
        valid_from=valid_from,
        valid_until=valid_until,
        uses_left=None if max_uses is None else max_uses - uses,
        quantity_left=None if quantity is None else quantity - spent,
        document=document,
    )
    return canonical(held, subject)
