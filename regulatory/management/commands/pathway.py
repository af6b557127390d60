"""Ask a pathway: which gates are open and which clocks run, on these events and papers, at this instant."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from regulatory.profiles import words
from regulatory.profiles.asking import NotAnswerable
from regulatory.profiles.loader import Library, Profile, load, validate_profile
from regulatory.profiles.schema import ProfileDataError, read_json
from regulatory.profiles.what_if import Asked, answer, read

REPEATED = {
    "event": ("NAME=DATE[THH:MM][,WAY]", "something that happened; a later import_day or shipped is a plan"),
    "document": ("TYPE=STATE[,STATE][@ISSUED_ON]", "a paper that is held"),
    "plan": ("NAME=DATE", "a day that lies ahead, for example import_day=2026-04-01"),
    "authorization": ("[FROM..UNTIL][/QUANTITY]", "an authorization that covers the case in every respect asked for"),
    "attest": ("FACT[=DATE]", "the statements of that gate fact were signed"),
    "condition": ("KEY=yes|no", "the answer to a condition, for example controlled_drug=no"),
    "listed": ("NAME=yes|no", "whether the product stands on that dated list"),
    "party": ("NAME=ROLE[,PARTICULAR]", "who a party is, for example consignee=hospital_pharmacist,name"),
    "lot": ("MADE..EXPIRES", "a lot on its way, for gates about its shelf life"),
    "hours": ("COUNTRY=09:00-17:00", "when the authority's office answers, for gates that open outside of them"),
    "question": ("ASKED[..ANSWERED]", "a question of the authority, and the day of the answer where there is one"),
}


class Command(BaseCommand):
    """``manage.py pathway PROFILE [--event NAME=DATE[THH:MM]]... [--document TYPE=STATE[@ISSUED_ON]]... --at INSTANT``.

    With ``--json``::

        {"profile", "version", "status", "at",
         "gates": [{"gate", "open": true|false|null, "opens_on", "closes_on", "because": [fact ids],
                    "missing": [{"sentence", "who", "kind", "what"}], ...}],
         "duties": [{"deadline_type", "holder", "due_on", "computable", "ledger": [...], "fact", ...}],
         "not_begun": [...], "unknown": [...], "flags": [...]}

    ``open`` is null where it is not known. Moments without an offset are local to the pathway's country. Nothing is
    read from a database: the pathways are those of the product, or ``--file`` names a draft. Exit status 0; 2 with a
    sentence for each option that cannot be used.
    """

    help = "Which gates of a pathway are open, and which clocks run, on these events and papers."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("profile", metavar="PROFILE", help="key of the pathway, for example UK-SPECIALS")
        for name, (shape, told) in REPEATED.items():
            parser.add_argument(f"--{name}", action="append", default=[], metavar=shape, help=told)
        parser.add_argument("--at", required=True, metavar="INSTANT", help="the instant asked about, ISO 8601")
        parser.add_argument("--file", type=Path, metavar="FILE", help="ask this profile file instead of the product's")
        parser.add_argument("--json", action="store_true", help="print one object of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        library = load()
        profile = self._profile(options["profile"], options["file"], library)
        asked = Asked(at=options["at"], **{name: options[name] for name in REPEATED})
        try:
            told = answer(read(profile, asked, library=library), library=library).to_json()
        except NotAnswerable as refusal:
            raise CommandError("\n".join(f"--{fault}" for fault in refusal.faults), returncode=2) from refusal
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_told(told)))

    def _profile(self, key: str, file: Path | None, library: Library) -> Profile:
        try:
            if file is None:
                return library.profile(key)
            raw = read_json(file)
        except LookupError as unknown:
            raise CommandError(str(unknown.args[0]), returncode=2) from unknown
        except (OSError, ProfileDataError) as wrong:
            raise CommandError(f"--file {str(file)!r} cannot be read: {wrong}", returncode=2) from wrong
        if problems := validate_profile(raw, library=library):
            raise CommandError("\n".join(str(problem) for problem in problems), returncode=2)
        if raw["profile_key"] != key:
            raise CommandError(f"--file {str(file)!r} holds {raw['profile_key']}, not {key}.", returncode=2)
        return Profile.from_raw(raw, readings=library.readings)


def _told(told: dict[str, Any]) -> list[str]:
    """The answer in lines for a person."""
    lines = [f"{told['profile']} {told['version']} ({words.spaced(told['status'])}), asked for {told['at']}"]
    lines += [f"  ! {flag}" for flag in told["flags"]]
    for gate in told["gates"]:
        until = f", until {gate['closes_on']}" if gate["closes_on"] else ""
        opens = f", opens on {gate['opens_on']}" if gate["opens_on"] and gate["open"] is not True else ""
        lines.append(f"{words.spaced(gate['gate'])}: {words.spaced(gate['state'])}{opens}{until}")
        lines += [f"    {item['sentence']}" for item in gate["missing"]]
    lines += [_duty_told(duty) for duty in told["duties"]]
    lines += [f"not known: {item}; ask the authority" for item in told["unknown"]]
    return lines


def _duty_told(duty: dict[str, Any]) -> str:
    """One clock: its date and the day that is safe by every reading, or why there is none; its condition; its fact."""
    due, target, why = duty["due_on"], duty["target_on"], (duty["due"] or {}).get("why", "")
    told = f"due {due}" if due else f"house target {target}" if target else "no date"
    told += f", safe by every reading {target}" if due and target and target < due else ""
    told += f" ({why})" if why and not due else ""
    told += f", only if {duty['applies_if']}" if duty["applies_if"] and duty["applies"] is None else ""
    told += ", does not apply here" if duty["applies"] is False else ""
    told += ", ended" if duty["state"] == "ended" else ""
    return f"{words.spaced(duty['deadline_type'])}, {words.role(duty['holder'])}: {told} [{duty['fact']}]"
