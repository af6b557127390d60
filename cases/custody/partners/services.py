"""Entering partners, their credentials, checks and ends. Everything is added, nothing is edited in place.

Each service checks everything first, refuses with every fault by field, and writes one deed.
"""

import hashlib
from datetime import date, datetime

from cases.audit.context import acting
from cases.countries import NAMES
from cases.custody.models import CredentialCheck, CredentialEnd, Partner, PartnerCredential, PartnerPaper
from cases.custody.partners import evidence
from cases.custody.partners.dates import follow_partner
from cases.custody.partners.holdings import local_day
from cases.custody.partners.rules import table
from cases.custody.partners.watch import keep_dates
from cases.documents.errors import UploadRefused
from cases.documents.receiving import limit_bytes
from cases.lifecycle.errors import FactsInvalid, NotPermitted
from cases.people.models import Institution, Pharmacy, User
from cases.people.roles import PHARMACISTS, Role

KEEPERS = PHARMACISTS | {Role.ADMINISTRATOR}
_LENGTHS = {"name": 120, "number": 60, "authority": 120, "scope": 200, "source": 200, "remarks": 500, "reason": 500}
Faults = dict[str, list[str]]


def enter_partner(
    *,
    pharmacy: Pharmacy,
    name: str,
    kind: str,
    country: str,
    institution: Institution | None = None,
    by: User,
    now: datetime,
) -> Partner:
    """Put a partner on the list of a pharmacy.

    :param institution: the place that receives, for a partner of that kind only.
    :raises NotPermitted, FactsInvalid: with every fault by field; nothing was changed.
    """
    _permit(by, pharmacy)
    name, country = name.strip(), country.strip().upper()
    faults = _texts(name=name)
    if kind not in Partner.Kind.values:
        _add(faults, "kind", f"{kind!r} is no kind of partner. Choose one of: {', '.join(Partner.Kind.values)}.")
    if country not in NAMES:
        _add(faults, "country", f"{country!r} is no country of the list. Give its two letters, such as US.")
    if (kind == Partner.Kind.INSTITUTION) != (institution is not None):
        _add(faults, "institution", "A receiving institution, and no other partner, names the place that receives.")
    elif institution is not None and institution.country != country:
        _add(faults, "country", f"{institution} is in {institution.country}, not in {country}. Give the same.")
    known = Partner.objects.filter(pharmacy=pharmacy)
    if known.filter(kind=kind, name=name).exists():
        _add(faults, "name", f"{name} is on the list already as this kind. Open its page instead.")
    if institution is not None and (there := known.filter(institution=institution).first()):
        _add(faults, "institution", f"{institution} is on the list already, as {there}. Open its page instead.")
    _refuse(faults)
    with acting(by=by, verb="custody.partner.entered", business_at=now):
        partner = Partner.objects.create(
            pharmacy=pharmacy, name=name, kind=kind, country=country, institution=institution
        )
        follow_partner(partner, by=by, now=now)
    return partner


def enter_credential(
    partner: Partner,
    *,
    kind: str,
    number: str,
    authority: str,
    scope: str = "",
    valid_from: date | None = None,
    valid_until: date | None = None,
    by: User,
    now: datetime,
) -> PartnerCredential:
    """Put a credential on file. It counts once it was checked at its source.

    :raises NotPermitted, FactsInvalid: with every fault by field; nothing was changed.
    """
    _permit(by, partner.pharmacy)
    number, authority, scope = number.strip(), authority.strip(), scope.strip()
    faults = _texts(number=number, authority=authority) | _texts(False, scope=scope)
    if kind not in table().credentials:
        _add(faults, "kind", f"{kind!r} is no credential of the table of partner rules.")
    if valid_from and valid_until and valid_until < valid_from:
        _add(faults, "valid_until", f"{valid_until} lies before the beginning, {valid_from}. Give a later day.")
    twin = partner.credentials.filter(kind=kind, number=number, valid_from=valid_from, valid_until=valid_until)
    if twin.exists():
        _add(faults, "number", f"{number} is on file already with these days. A renewal has days of its own.")
    _refuse(faults)
    with acting(by=by, verb="custody.credential.entered", business_at=now):
        credential = PartnerCredential.objects.create(
            partner=partner,
            kind=kind,
            number=number,
            authority=authority,
            scope=scope,
            valid_from=valid_from,
            valid_until=valid_until,
            entered_by=by,
            entered_at=now,
        )
        _follow(partner, by, now)
    return credential


def record_check(
    credential: PartnerCredential,
    *,
    source: str,
    result: str,
    checked_at: datetime,
    content: bytes | None = None,
    name: str = "",
    remarks: str = "",
    by: User,
    now: datetime,
) -> CredentialCheck:
    """Record that somebody looked a credential up, and what the source said.

    :param content: the evidence, a PDF or a picture of what the source showed; asked for when it confirmed.
    :raises NotPermitted, FactsInvalid: with every fault by field; nothing was changed or stored.
    """
    partner = credential.partner
    _permit(by, partner.pharmacy)
    source, remarks = source.strip(), remarks.strip()
    faults = _texts(source=source) | _texts(False, remarks=remarks)
    if result not in CredentialCheck.Result.values:
        _add(faults, "result", f"{result!r} is no result. Choose: {', '.join(CredentialCheck.Result.values)}.")
    if checked_at > now:
        _add(faults, "checked_at", f"{checked_at:%Y-%m-%d %H:%M} UTC is still to come. Record it when it was done.")
    if CredentialEnd.objects.filter(credential=credential).exists():
        _add(faults, "credential", f"{credential.number} no longer counts. Check the one that took its place.")
    media_type = _media_type(partner, content, name, result, faults)
    _refuse(faults)
    with acting(by=by, verb="custody.credential.checked", business_at=now):
        check = CredentialCheck.objects.create(
            partner=partner,
            credential=credential,
            source=source,
            result=result,
            evidence=_keep(partner, content, media_type, by, now) if content else None,
            remarks=remarks,
            checked_at=checked_at,
            checked_by=by,
            recorded_at=now,
        )
        _follow(partner, by, now)
    return check


def end_credential(
    credential: PartnerCredential, *, ended_on: date, reason: str, by: User, now: datetime
) -> CredentialEnd:
    """Say that a credential no longer counts from that day on; it stays on record.

    :raises NotPermitted, FactsInvalid: with every fault by field; nothing was changed.
    """
    partner, reason = credential.partner, reason.strip()
    _permit(by, partner.pharmacy)
    faults = _texts(reason=reason)
    today = local_day(partner, now)
    if ended_on > today:
        _add(faults, "ended_on", f"{ended_on} is still to come: today is {today}. Record it when it has ended.")
    if there := CredentialEnd.objects.filter(credential=credential).first():
        _add(faults, "credential", f"{credential.number} no longer counts since {there.ended_on}.")
    _refuse(faults)
    with acting(by=by, verb="custody.credential.ended", reason=reason, business_at=now):
        end = CredentialEnd.objects.create(
            partner=partner, credential=credential, ended_on=ended_on, reason=reason, ended_by=by, recorded_at=now
        )
        _follow(partner, by, now)
    return end


def _follow(partner: Partner, by: User, now: datetime) -> None:
    """The dates of the house and of its cases follow what is on file."""
    keep_dates(Partner.objects.filter(pk=partner.pk), now=now)
    follow_partner(partner, by=by, now=now)


def _media_type(partner: Partner, content: bytes | None, name: str, result: str, faults: Faults) -> str:
    if not content:
        if result == CredentialCheck.Result.CONFIRMED:
            _add(faults, "evidence", "Nothing was sent. A confirmed check has its evidence: a PDF or a picture of it.")
        return ""
    if len(content) > limit_bytes():
        _add(faults, "evidence", f"It has {len(content)} bytes; at most {limit_bytes()} are taken. Send it smaller.")
        return ""
    known = PartnerPaper.objects.filter(partner=partner, sha256=hashlib.sha256(content).hexdigest()).first()
    if known is not None:
        return known.media_type
    try:
        return evidence.judged_media_type(content, name=name)
    except UploadRefused as refusal:
        _add(faults, "evidence", refusal.sentence)
        return ""


def _keep(partner: Partner, content: bytes, media_type: str, by: User, now: datetime) -> PartnerPaper:
    sha256 = evidence.keep(content)
    paper, _ = PartnerPaper.objects.get_or_create(
        partner=partner,
        sha256=sha256,
        defaults={"size": len(content), "media_type": media_type, "received_by": by, "received_at": now},
    )
    return paper


def _permit(by: User, pharmacy: Pharmacy) -> None:
    if by.is_service and by.is_active:
        return
    if not by.is_active or by.role not in KEEPERS or by.pharmacy_id != pharmacy.pk:
        named = ", ".join(sorted(role.label for role in KEEPERS))
        raise NotPermitted(
            f"{by.display_name} may not keep the partners of {pharmacy}. Nothing was changed. It is for: {named}."
        )


def _texts(required: bool = True, /, **given: str) -> Faults:
    faults: Faults = {}
    for field, text in given.items():
        if required and not text:
            _add(faults, field, "Nothing was given.")
        elif len(text) > _LENGTHS[field]:
            _add(faults, field, f"It has {len(text)} characters; at most {_LENGTHS[field]} are taken. Shorten it.")
        elif "\x00" in text:
            _add(faults, field, "It holds a NUL character. Type it anew.")
    return faults


def _add(faults: Faults, field: str, sentence: str) -> None:
    faults.setdefault(field, []).append(sentence)


def _refuse(faults: Faults) -> None:
    if faults:
        raise FactsInvalid("Nothing was changed.", faults)
