"""``manage.py epcis_import FILE``: take a trading partner's events, whole or not at all."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases import clock
from cases.custody.epcis.errors import EpcisRefused
from cases.custody.epcis.taking import Taken, take_file
from cases.people.models import Pharmacy, User


class Command(BaseCommand):
    help = "Take an EPCIS file: 2.0 as JSON, 1.2 or 2.0 as XML. Twice the same changes nothing; exit 1 when refused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--pharmacy", metavar="CODE", help="whose file it is; needed where there are several")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, file: Path, pharmacy: str | None, json: bool, **options: Any) -> None:
        owner = _pharmacy(pharmacy)
        by = User.objects.service("epcis-import")
        try:
            taken = take_file(file, pharmacy=owner, by=by, now=clock.now())
        except EpcisRefused as refusal:
            self.stdout.write(_refused(refusal) if json else f"{refusal.code}: {refusal}")
            raise SystemExit(1) from None
        except OSError as fault:
            raise CommandError(f"{file} cannot be read: {fault.strerror}. Nothing was kept.") from None
        self.stdout.write(_told(taken, as_json=json))


def _pharmacy(code: str | None) -> Pharmacy:
    found = Pharmacy.objects.filter(**({"code": code} if code else {}))
    if found.count() != 1:
        known = ", ".join(Pharmacy.objects.order_by("code").values_list("code", flat=True))
        raise CommandError(f"Name the pharmacy with --pharmacy. Known are: {known or 'none yet'}.")
    return found.get()


def _told(taken: Taken, *, as_json: bool) -> str:
    file = taken.file
    new = 0 if taken.again else file.new_events
    if as_json:
        return json.dumps(
            {"sha256": file.sha256, "events": file.events, "new": new, "taken_before": taken.again,
             "retained_until": file.retained_until.isoformat()}
        )  # fmt: skip
    if taken.again:
        return f"This file was taken on {file.taken_at:%Y-%m-%d %H:%M} UTC. Nothing was changed."
    return f"{file.events} events, {new} of them new. Kept until {file.retained_until} at least."


def _refused(refusal: EpcisRefused) -> str:
    return json.dumps(
        {"error": refusal.code, "event": refusal.event, "field": refusal.field, "sentence": str(refusal)},
        ensure_ascii=False,
    )
