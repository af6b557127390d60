"""Publishing a version: a signed order, carried out whole or not at all, with what was chosen for every case.

The order is a row; a small one is carried out at once, a long one by the worker, which beat reminds every few seconds.
Losing any process loses nothing: an order that was not finished changed nothing, and is begun again.
"""

import hashlib
import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cases.audit.context import acting
from cases.documents import services as papers
from cases.lifecycle.checklist import Checked
from cases.lifecycle.engine import advance
from cases.lifecycle.errors import FactsInvalid, NotPossible, Refused, RequirementsUnmet
from cases.models import Case
from cases.notices.services import plan_notice
from cases.people.models import User
from cases.people.printed_names import is_printed_name
from regulatory.deeds import permit, refuse_unmet
from regulatory.governance import DEEDS, PIC_ONLY, active_version, checks_before_signing, sign_profile
from regulatory.impact.harm import CHOICES, HARMS, NOTHING, SHOWN
from regulatory.impact.listing import Impact, Line, impact_of
from regulatory.models import Enquiry, ProfileVersion, Publication, PublicationLine
from regulatory.pathway import local_day, profile_of
from regulatory.progress import report

MEANING = (
    "I have read what this version changes and whom it touches. It is reviewed against its sources, and live cases may "
    "rest on it from the day named."
)
# So many lines are put on their cases while the person waits; more are carried out by the worker.
AT_ONCE = 40
TELL_EVERY = 10


@dataclass(frozen=True, slots=True)
class Plan:
    """What is put on whom: by kind of harm, and by line where it differs. ``reason`` says why a harm gets nothing."""

    kinds: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""

    def choice(self, line: Line) -> str:
        """What happens to one line: its own choice, that of its kind, else what is proposed."""
        chosen = self.lines.get(line.key) or self.kinds.get(line.harm.code) or line.harm.proposed
        # An enquiry is no case: there is nothing to hold, and triage offers it again by itself.
        return NOTHING if line.is_enquiry else chosen

    def to_json(self) -> dict[str, Any]:
        return {"kinds": dict(self.kinds), "lines": dict(self.lines), "reason": self.reason}

    def faults(self) -> dict[str, list[str]]:
        """What of it cannot be read, by field."""
        wrong = {f"kind:{code}": value for code, value in self.kinds.items() if value not in CHOICES}
        wrong |= {f"kind:{code}": code for code in self.kinds if code not in HARMS}
        wrong |= {f"line:{key}": value for key, value in self.lines.items() if value not in CHOICES}
        return {name: [f"{value!r} was chosen. Choose one of: {', '.join(CHOICES)}."] for name, value in wrong.items()}


def impact_on(version: ProfileVersion, *, of: User, now: datetime) -> Impact:
    """Whom a stored version touches among the cases that this person may see, and the enquiries of the pharmacy."""
    same = {"profile_version__is_demonstration": version.is_demonstration}
    cases = Case.objects.visible_to(of, at=now).filter(**same)
    enquiries = Enquiry.objects.filter(pharmacy=of.pharmacy_id, **same) if of.pharmacy_id else Enquiry.objects.none()
    return impact_of(profile_of(version), cases=cases, enquiries=enquiries, now=now, but=version.pk)


def order_publication(
    version: ProfileVersion,
    *,
    effective_from: date,
    plan: Plan,
    printed_name: str,
    proof: papers.Proof,
    by: User,
    now: datetime,
    form_key: str | None = None,
) -> Publication:
    """The pharmacist in charge signs the order; the same form again gives the order that is there.

    :raises NotPermitted, RequirementsUnmet, FactsInvalid, NotPossible: nothing was changed; a wrong password is
        counted all the same.
    """
    permit(by, PIC_ONLY, "publish a pathway")
    if form_key and (there := version.publications.filter(form_key=form_key, signed_by=by).first()):
        return there
    wrong = plan.faults()
    if not is_printed_name(printed_name, by.display_name):
        typed = f"“{printed_name}” was typed" if printed_name.strip() else "No name was typed"
        wrong["printed_name"] = [f"{typed}; the signature prints “{by.display_name}”. Type that name."]
    if wrong:
        raise FactsInvalid("Nothing was published.", wrong)
    try:
        with acting(by=by, verb="regulatory.publication.ordered", business_at=now):
            held = (
                ProfileVersion.objects.select_for_update(of=("self",)).select_related("reviewed_by").get(pk=version.pk)
            )
            # The same form may have come twice at once: the second waited for the lock.
            if form_key and (there := held.publications.filter(form_key=form_key, signed_by=by).first()):
                return there
            impact = impact_on(held, of=by, now=now)
            refuse_unmet(f"{held} was not published", _checks(held, impact, plan, effective_from, by, now))
            factor = papers.prove(by, proof, now)
            order = Publication(
                version=held,
                former=active_version(held),
                effective_from=effective_from,
                plan=plan.to_json(),
                expected=len(impact.lines),
                printed_name=by.display_name,
                meaning=MEANING,
                signed_by=by,
                signed_at=now,
                signed_sha256=held.data_sha256,
                factor=factor.kind,
                factor_at=factor.at,
                form_key=form_key or None,
            )
            order.binding = binding_of(order)
            order.save()
            return order
    except papers.ProofFailed as failed:
        papers.record_failed_proof(case=None, by=by, what=f"Publication of {version}", fault=failed.field, now=now)
        raise FactsInvalid("Nothing was published.", {failed.field: [failed.sentence]}) from failed
    except papers.DocumentRefused as refusal:
        if refusal.code == "second-factor-missing":
            raise FactsInvalid("Nothing was published.", {"code": [refusal.sentence]}) from refusal
        raise NotPossible(refusal.sentence) from refusal


def carry_out(order: Publication, *, now: datetime) -> Publication:
    """Put the version into use, and on every case what was chosen for it; all of it in one transaction, once.

    An order that something now stands against is closed as refused, with the sentence, and nothing else is changed.
    """
    by = order.signed_by
    try:
        with acting(by=by, verb="regulatory.publication.carried_out", business_at=now):
            held = _locked(order)
            if held.state != Publication.State.ORDERED:
                return held
            plan = Plan(**held.plan)
            impact = impact_on(held.version, of=by, now=now)
            sign_profile(held.version, effective_from=held.effective_from, by=by, now=now)
            PublicationLine.objects.bulk_create(
                [_line(held, rank, line, plan) for rank, line in enumerate(impact.lines, start=1)], batch_size=500
            )
            _put_on_cases(held, impact, plan, now)
            held.finish(at=now)
            held.save()
            return held
    except Refused as refusal:
        facts = [one.fact for one in refusal.unmet] if isinstance(refusal, RequirementsUnmet) else []
        with acting(by=by, verb="regulatory.publication.refused", reason=refusal.sentence, business_at=now):
            held = _locked(order)
            if held.state == Publication.State.ORDERED:
                held.refuse(at=now, why=" ".join([refusal.sentence, *facts]))
                held.save()
            return held


def carry_out_ordered(*, now: datetime) -> int:
    """Every order that waits, the oldest first; returns how many. Safe to run twice, and beside another that runs."""
    waiting = list(Publication.objects.filter(state=Publication.State.ORDERED).order_by("id"))
    for order in waiting:
        carry_out(order, now=now)
    return len(waiting)


def binding_of(order: Publication) -> str:
    """SHA-256 over the parts of the signature, each with its length before it (format 1)."""
    parts = (
        "npp publication v1",
        str(order.version),
        order.signed_sha256,
        order.effective_from.isoformat(),
        order.signed_by.code,
        order.printed_name,
        order.meaning,
        str(int(order.signed_at.timestamp() * 1_000_000)),
        order.factor,
        str(int(order.factor_at.timestamp() * 1_000_000)),
    )
    encoded = [part.encode() for part in parts]
    return hashlib.sha256(b"".join(struct.pack(">I", len(part)) + part for part in encoded)).hexdigest()


def _checks(
    version: ProfileVersion, impact: Impact, plan: Plan, effective_from: date, by: User, now: datetime
) -> tuple[Checked, ...]:
    today = local_day(profile_of(version), now)
    bare = [line for line in impact.lines if line.harm.look == "harm" and plan.choice(line) == NOTHING]
    other = Publication.objects.filter(version=version, state=Publication.State.ORDERED).exists()
    return (
        *checks_before_signing(version, effective_from=effective_from, by=by, now=now),
        DEEDS.check(
            "NotInForceBackwards",
            "It is in force from today or a later day",
            effective_from >= today,
            f"{effective_from:%Y-%m-%d} was given; today is {today:%Y-%m-%d} for the authority.",
        ),
        DEEDS.check(
            "HarmHasPlan",
            "Every line with harm has a plan",
            not bare or bool(plan.reason.strip()),
            f"{len(bare)} with harm would get nothing, and no reason is given: "
            f"{', '.join(line.reference for line in bare[:5])}."
            if bare
            else "Each gets a hold or a task.",
        ),
        DEEDS.check("OrderedOnce", "It is not ordered already", not other, "An order waits." if other else "No order."),
    )


def _locked(order: Publication) -> Publication:
    rows = Publication.objects.select_for_update(of=("self",)).select_related(
        "version", "former", "signed_by__pharmacy"
    )
    return rows.get(pk=order.pk)


def _line(order: Publication, rank: int, line: Line, plan: Plan) -> PublicationLine:
    return PublicationLine(
        publication=order,
        case_id=None if line.is_enquiry else line.pk,
        enquiry_id=line.pk if line.is_enquiry else None,
        rank=rank,
        harm=line.harm.code,
        effects=[effect.to_json() for effect in line.effects],
        choice=plan.choice(line),
    )


def _put_on_cases(order: Publication, impact: Impact, plan: Plan, now: datetime) -> None:
    chosen = [(line, plan.choice(line)) for line in impact.lines]
    chosen = [(line, choice) for line, choice in chosen if choice != NOTHING]
    cases = Case.objects.select_related("institution", "coordinator").in_bulk([line.pk for line, _ in chosen])
    told: Counter[User] = Counter()
    for number, (line, choice) in enumerate(chosen):
        if number % TELL_EVERY == 0:
            report(order, number, len(chosen))
        case = cases[line.pk]
        today = now.astimezone(ZoneInfo(case.institution.time_zone)).date()
        advance(
            case,
            "regulatory.rule_change.announce",
            by=order.signed_by,
            now=now,
            facts={
                "action": choice,
                "says": _said(line),
                "due_on": (today + timedelta(days=line.harm.days)).isoformat(),
            },
            form_key=f"publication-{order.pk}-{case.pk}",
        )
        told[case.coordinator] += 1
    for person, count in told.items():
        plan_notice(
            key=f"regulatory.rule_changed:{order.pk}:{person.code}",
            kind="regulatory.rule_changed",
            by=order.signed_by,
            now=now,
            recipient=person,
            facts={"pathway": order.version.profile_key, "version": order.version.version, "cases": count},
        )


def _said(line: Line) -> str:
    """What of the line somebody has to act on; its first effect where nobody has."""
    return " ".join(effect.says for effect in line.effects if effect.harm in SHOWN) or line.effects[0].says
