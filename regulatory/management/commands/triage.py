"""`manage.py triage --json`: read answers on standard input, print outcome, fired rules and what could change it.

Reads one JSON object of ids and values (docs/triage.md); looks into no database, so that it answers from the product's
own country data, which are drafts until somebody reviews them. Exit status: 0 evaluated, 2 an answer cannot be used.
"""

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from datetime import UTC, date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases.countries import NAMES
from regulatory.profiles.loader import load as load_profiles
from regulatory.triage.answers import Answers, AnswersInvalid, read_answers
from regulatory.triage.evaluator import Result, evaluate
from regulatory.triage.readings import LookedUp, drafts_of, look_up
from regulatory.triage.table import Table, load
from regulatory.triage.terms import CHOSEN

_LIMIT = 1_000_000


class Command(BaseCommand):
    help = "Evaluate triage answers from standard input: one JSON object of ids and values."
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        kwargs |= {"formatter_class": RawDescriptionHelpFormatter, "epilog": _ids(load())}
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument(
            "--on", metavar="DAY", help="the day of the question, year-month-day; today (UTC) when left out"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        table, on = load(), _day(options["on"])
        try:
            answers = read_answers(_sent(), table)
        except AnswersInvalid as wrong:
            raise CommandError(f"triage: nothing was evaluated.\n{wrong}", returncode=2) from wrong
        result = evaluate(answers, table, _looked_up(answers, table, on))
        if options["json"]:
            self.stdout.write(json.dumps(result.to_json(), ensure_ascii=False, indent=1))
        else:
            self._tell(result)

    def _tell(self, result: Result) -> None:
        self.stdout.write(f"{result.outcome}: {result.words}.")
        for sentence in result.why_not_confident:
            self.stdout.write(f"  {sentence}")
        for fired in result.fired:
            self.stdout.write(f"  {fired.id:<5} {fired.sentence}" + ("" if fired.certain else " (hangs on an answer)"))
        for question in result.questions:
            self.stdout.write(f"  open: {question.id}: {question.text}")
        for turn in result.turns:
            others = "; ".join(f"{value}: {' or '.join(outcomes)}" for value, outcomes in turn.leads_to.items())
            self.stdout.write(f"  would change it: {turn.id} (now {turn.value}): {others}")
        beyond = result.looked_up.beyond if result.looked_up else ""
        told = (one.sentence for one in result.consequences)
        for note in (*told, *([beyond] if beyond else []), *result.assumed, *result.flags):
            self.stdout.write(f"  note: {note}")


def _looked_up(answers: Answers, table: Table, on: date) -> LookedUp | None:
    country = answers.get("country")
    if country is None:
        return None
    library = load_profiles()
    return look_up(country, drafts_of(country, library, on=on), library.jurisdictions.get(country), table)


def _sent() -> Any:
    """The object on standard input.

    :raises AnswersInvalid, CommandError: naming what is wrong with it.
    """
    content = sys.stdin.buffer.read(_LIMIT + 1) if hasattr(sys.stdin, "buffer") else sys.stdin.read(_LIMIT + 1).encode()
    if len(content) > _LIMIT:
        raise CommandError(f"triage: standard input holds more than {_LIMIT} bytes. Send one object.", returncode=2)
    try:
        return json.loads(content, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise CommandError(
            f'triage: standard input is no JSON object ({error}). Send one, as {{"storage": "ambient"}}.', returncode=2
        ) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{', '.join(twice)} is answered twice")
    return dict(pairs)


def _day(text: str | None) -> date:
    if not text:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"triage: --on {text!r} is no day. Write it as year-month-day.", returncode=2) from error


def _ids(table: Table) -> str:
    """The ids and values, for --help; docs/triage.md says more."""
    lines = [f"Ids and values ({table.label}); every one but flags may be unknown:", ""]
    for one in table.inputs.values():
        if one.kind in CHOSEN:
            takes = " | ".join(one.values)
        elif one.least is not None and one.most is not None:
            takes = f"number, {float(one.least):g} to {float(one.most):g}"
        else:
            takes = f"two letters, of {', '.join(sorted(NAMES))}" if one.kind == "country" else "text"
        lines.append(f"  {one.id:<17} {one.question:<3} {takes}")
    lines += [
        "",
        "With a country, the values of Q2 are looked up; answered ones that differ are flagged and do not count.",
        'Example: echo \'{"class": "biologic", "storage": "2-8"}\' | python3 manage.py triage --json',
    ]
    return "\n".join(lines)
