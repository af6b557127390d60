"""The layouts of loggers' files that a pharmacy may choose from: the product's own, and those its pharmacists saved."""

import re
from datetime import datetime
from typing import Any

from cases.audit.context import acting
from cases.custody.cold_chain.mappings import Mapping, MappingRefused, mapping_of, mappings
from cases.custody.models import LoggerLayout
from cases.people.models import Pharmacy, User
from cases.people.roles import PHARMACISTS


def layouts_of(pharmacy: Pharmacy) -> dict[str, Mapping]:
    """By key (``libero-eu:1``), the pharmacy's own first, of each name the newest version first; none is ever gone."""
    saved = [
        mapping_of(row.layout) for row in LoggerLayout.objects.filter(pharmacy=pharmacy).order_by("name", "-version")
    ]
    return {one.key: one for one in [*saved, *mappings().values()]}


def called(mapping: Mapping) -> str:
    """How a layout is named in a list, with how far it may be trusted."""
    trust = {"recalled": ", draft: nobody checked it against a file", "documented": ", from a description"}
    return f"{mapping.label}, version {mapping.version}{trust.get(mapping.confidence, '')}"


def save_layout(pharmacy: Pharmacy, words: dict[str, Any], *, label: str, by: User, now: datetime) -> Mapping:
    """Keep a layout under a name; under a name that there is, its next version. The same layout twice is kept once.

    :param words: a layout without name, label, version, source and confidence.
    :raises MappingRefused: with a sentence; nothing was saved.
    """
    if by.role not in PHARMACISTS:
        raise MappingRefused("Layouts are saved by the case's pharmacists. Nothing was saved.")
    name = re.sub(r"[^a-z0-9]+", "-", label.casefold()).strip("-")[:40].strip("-")
    if len(name) < 2:
        raise MappingRefused("name: a layout needs a name with letters or digits. Nothing was saved.")
    if name in mappings():
        raise MappingRefused(f"name: {label!r} is one of the product's own. Give it another name. Nothing was saved.")
    with acting(by=by, verb="custody.logger_layout.saved", business_at=now):
        Pharmacy.objects.select_for_update().get(pk=pharmacy.pk)
        last = LoggerLayout.objects.filter(pharmacy=pharmacy, name=name).order_by("version").last()
        whole = dict(words) | {
            "name": name,
            "label": " ".join(label.split())[:80],
            "version": last.version + 1 if last else 1,
            "source": f"saved from a file by {by.display_name}, {now:%Y-%m-%d}",
            "confidence": "checked",
        }
        mapping = mapping_of(whole)
        if last is not None and _reads(mapping_of(last.layout)) == _reads(mapping):
            return mapping_of(last.layout)
        LoggerLayout.objects.create(
            pharmacy=pharmacy, name=name, version=mapping.version, layout=mapping.as_json(), saved_by=by, saved_at=now
        )
    return mapping


def _reads(mapping: Mapping) -> dict[str, Any]:
    """What a layout does, without what it is called."""
    return {name: value for name, value in mapping.as_json().items() if name not in ("label", "version", "source")}
