"""``manage.py scan 'ELEMENT STRING'``: the four fields of a pack, or the name of the fault and its position."""

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases.custody.scanning.reading import Expected, Scan, ScanRefused, read_against

EXPECT = "GTIN,EXPIRY,LOT,SERIAL"


class Command(BaseCommand):
    help = "Read one GS1 element string. Exit status 0 with gtin, expiry, lot, serial; 1 with a named error."
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own attribute; nothing but a text is read

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("text", help="as the scanner sends it, or with brackets as printed")
        parser.add_argument("--expect", metavar=EXPECT, help="the pack that should be there; the expiry as YYYY-MM-DD")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, text: str, expect: str | None, json: bool, **options: Any) -> None:
        expected = [_expected(expect)] if expect else []
        try:
            scan = read_against(text, expected)
        except ScanRefused as refusal:
            self.stdout.write(_refused(refusal, as_json=json))
            raise SystemExit(1) from None
        off = _off(scan, expected[0]) if expected else []
        self.stdout.write(_read(scan, off, as_json=json))
        if off:
            raise SystemExit(1)


def _expected(text: str) -> Expected:
    parts = [part.strip() for part in text.split(",")]
    try:
        gtin, expiry, lot, serial = parts
        return Expected(gtin, date.fromisoformat(expiry), lot, serial)
    except ValueError:
        raise CommandError(f"--expect takes {EXPECT} with the expiry as YYYY-MM-DD; {text!r} was given.") from None


def _off(scan: Scan, expected: Expected) -> list[str]:
    return [name for name in ("gtin", "expiry", "lot", "serial") if getattr(scan, name) != getattr(expected, name)]


def _read(scan: Scan, off: list[str], *, as_json: bool) -> str:
    fields: dict[str, Any] = {
        "gtin": scan.gtin,
        "expiry": scan.expiry.isoformat(),
        "lot": scan.lot,
        "serial": scan.serial,
    }
    if as_json:
        more = {"symbology": scan.symbology, "others": scan.others, "warnings": list(scan.warnings)}
        return json.dumps(fields | more | ({"error": "not_the_expected_pack", "differs": off} if off else {}))
    lines = [f"{name:7} {value}{'  <- not as expected' if name in off else ''}" for name, value in fields.items()]
    return "\n".join([*lines, *scan.warnings])


def _refused(refusal: ScanRefused, *, as_json: bool) -> str:
    if as_json:
        return json.dumps({"error": refusal.code, "position": refusal.position, "sentence": str(refusal)})
    where = f" at character {refusal.position}" if refusal.position else ""
    return f"{refusal.code}{where}: {refusal}"
