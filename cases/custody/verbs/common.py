"""What the verbs of a consignment share: who, which holds, and how an act enters the custody ledger."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q

from cases.custody.ledger import GONE, record_act
from cases.custody.models import Consignment, CustodyEvent, Unit
from cases.lifecycle.errors import FactsInvalid
from cases.lifecycle.verbs import Ask, Effect, Situation, Verb
from cases.models import HoldKind
from cases.people.models import User
from cases.people.roles import PHARMACISTS, Role

AT_THE_INSTITUTION = PHARMACISTS | {Role.RECEIVING_PHARMACIST}
EVERY_HOLD_BUT_MESSAGES = frozenset(set(HoldKind.values) - {HoldKind.FAMILY_MESSAGE})
HOLDS_ON_USE = frozenset(
    {HoldKind.REGULATORY, HoldKind.QUALITY, HoldKind.COMPLIANCE, HoldKind.CLINICAL, HoldKind.CONSENT}
)


def verb(code: str, past: str, label: str, effect: Effect, **more: Any) -> Verb:
    """A verb on one consignment; its transition has the name of the code's last word."""
    more.setdefault("transition", "" if more.get("creates") else code)
    return Verb(
        code=f"custody.consignment.{code}",
        past=past,
        label=label,
        subject="custody.Consignment",
        effect=effect,
        **more,
    )


def consignment_of(situation: Situation) -> Consignment:
    """The consignment a verb acts on.

    :raises TypeError: when the situation is about another record.
    """
    subject = situation.subject
    if not isinstance(subject, Consignment):
        raise TypeError(f"{situation.verb.code} acts on a consignment, not on {subject!r}.")
    return subject


def source_of(situation: Situation) -> str:
    """What an act of this situation is captured from: the event of the case that is being written."""
    return f"{situation.case.reference} event {situation.case.event_seq + 1}"


def at_the_pharmacy(situation: Situation, act: str, *, holder: str, event_at: datetime | None = None) -> CustodyEvent:
    """Record an act at the coordinating pharmacy, in its zone."""
    pharmacy = situation.case.pharmacy
    return record_act(
        consignment_of(situation),
        act,
        by=situation.by,
        event_at=event_at or situation.now,
        now=situation.now,
        place=pharmacy.name,
        holder=holder,
        zone=pharmacy.time_zone,
        source=source_of(situation),
    )


def at_the_institution(
    situation: Situation,
    act: str,
    *,
    holder: str = "",
    event_at: datetime | None = None,
    units: Iterable[Unit] | None = None,
) -> CustodyEvent:
    """Record an act at the receiving institution, in its zone; it holds the units unless somebody else is named.

    :param units: all units of the consignment when left out.
    """
    institution = consignment_of(situation).institution
    return record_act(
        consignment_of(situation),
        act,
        by=situation.by,
        event_at=event_at or situation.now,
        now=situation.now,
        place=institution.name,
        holder=holder or institution.name,
        zone=institution.time_zone,
        units=units,
        source=source_of(situation),
    )


def free_units(consignment: Consignment) -> list[Unit] | None:
    """The units that no open exception holds, as far as they are here; nothing, for all, while none is held."""
    held = set(consignment.supply_exceptions.filter(state="open", unit__isnull=False).values_list("unit_id", flat=True))
    if not held:
        return None
    return list(consignment.units.exclude(pk__in=held).exclude(state__in=GONE).order_by("id"))


def moment(name: str, label: str, hint: str = "Not in the future.") -> Ask:
    """Ask when something happened; now is suggested."""
    return Ask(name, label, "moment", hint=hint, initial=lambda situation: situation.now)


def _witnesses(situation: Situation) -> "models.QuerySet[User]":
    case = situation.case
    return User.objects.filter(
        Q(pharmacy_id=case.pharmacy_id) | Q(institution_id=case.institution_id) | Q(pk=case.prescriber.user_id),
        is_active=True,
        is_service=False,
    ).order_by("display_name")


WITNESS = Ask("witness", "Witness", "record", options=_witnesses, hint="Somebody else than you.")
CERTIFICATE = Ask("certificate", "Certificate", "document", required=False)


def refuse_longer(situation: Situation, name: str, most: int) -> None:
    """Nothing that was typed is cut.

    :raises FactsInvalid: when a fact has more characters than are kept of it.
    """
    length = len(situation.facts.get(name) or "")
    if length > most:
        told = f"{length} characters were given, at most {most} are kept. Shorten it."
        raise FactsInvalid("Nothing was changed.", {name: [told]})
