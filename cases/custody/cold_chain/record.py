"""An assessment from the bytes of a logger's file to a record that says all of it, and the same record again from them.

Pure. What stands in :class:`Parameters` is everything that moves a figure; the record holds them beside the figures, so
that anybody can reckon it again (custody facts 8.2, I10).
"""

import hashlib
import json
from collections.abc import Mapping as Words
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from cases.custody.cold_chain.figures import GAP_STEPS, METHOD_VERSION, MOST_UNMONITORED, Figures, assess
from cases.custody.cold_chain.kinetic import USP, Arrhenius, Method
from cases.custody.cold_chain.logger_files import LoggerFile, LoggerFileRefused, read_logger_file
from cases.custody.cold_chain.mappings import Mapping, mapping_of
from cases.custody.cold_chain.series import Series
from cases.custody.cold_chain.storage import RULES

# A log that swings about a limit has an excursion at every other reading: so many are listed, all are counted.
MOST_LISTED: Final = 1_000


@dataclass(frozen=True, slots=True)
class Parameters:
    """How a file is judged. ``activation`` in kJ/mol; the window is what counts, ``until`` what had to be measured."""

    storage: str
    method: Method = "trapezoid"
    activation: float = USP.activation
    begins: datetime | None = None
    ends: datetime | None = None
    until: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        return {name: _plain(value) for name, value in asdict(self).items()}

    @classmethod
    def of(cls, words: Words[str, Any]) -> "Parameters":
        moments = {name: datetime.fromisoformat(words[name]) for name in ("begins", "ends", "until") if words[name]}
        return cls(words["storage"], words["method"], words["activation"], **moments)


@dataclass(frozen=True)
class Judged:
    """What was read, what of it counts, its figures, and the record that is kept."""

    read: LoggerFile
    counted: Series
    figures: Figures
    record: dict[str, Any]


def judge(content: bytes, mapping: Mapping, parameters: Parameters) -> Judged:
    """Read the file and judge what lies in the window.

    :raises LoggerFileRefused: nothing could be read, or nothing of it lies in the window.
    """
    read = read_logger_file(content, mapping, storage=parameters.storage)
    whole = read.series
    counted = whole.between(parameters.begins or whole.begins, parameters.ends or whole.ends)
    if not len(counted):
        raise LoggerFileRefused(
            "outside_window",
            f"Its readings run from {whole.begins:%Y-%m-%d %H:%M} to {whole.ends:%Y-%m-%d %H:%M} UTC, and none lies in "
            "the time that counts. Look at the zone and the order of the date in the mapping, or at the two moments.",
        )
    figures = assess(
        counted,
        parameters.storage,
        method=parameters.method,
        constants=Arrhenius(activation=parameters.activation),
        covers=(parameters.begins, parameters.ends or parameters.until),
    )
    digest = hashlib.sha256(content).hexdigest()
    record = record_of(figures, read, mapping, digest, parameters=parameters)
    return Judged(read, counted, figures, record)


def judge_again(content: bytes, record: Words[str, Any]) -> Judged:
    """The same file by the mapping and the parameters that a record names.

    :raises LoggerFileRefused, MappingRefused: where the product reads such a file no longer.
    """
    return judge(content, mapping_of(record["mapping"]), Parameters.of(record["window"]))


def record_of(
    figures: Figures, read: LoggerFile, mapping: Mapping, digest: str, *, parameters: Parameters | None = None
) -> dict[str, Any]:
    """Everything that is needed to reckon it again, as JSON: °C, minutes, instants in UTC."""
    given = parameters or Parameters(figures.storage, figures.method)
    rule, whole = RULES[figures.storage], read.series
    constants = {
        "version": METHOD_VERSION,
        "activation_kj_per_mol": given.activation,
        "gas_constant_kj_per_mol_k": USP.gas_constant,
        "gap_steps": GAP_STEPS,
        "most_unmonitored_minutes": MOST_UNMONITORED / 60,
        "label_range_c": [rule.low, rule.high],
    }
    excursions = [asdict(one) | {"minutes": one.minutes} for one in figures.excursions[:MOST_LISTED]]
    return {
        "mapping": mapping.as_json(),
        "sha256": digest,
        **{name: _plain(getattr(figures, name)) for name in figures.__slots__ if name not in ("excursions", "gaps")},
        "excursions": _plain(excursions),
        "excursions_in_all": len(figures.excursions),
        "gaps": _plain(figures.gaps[:MOST_LISTED]),
        "gaps_in_all": len(figures.gaps),
        "in_file": _plain(
            {
                "readings": len(whole),
                "begins": whole.begins,
                "ends": whole.ends,
                "lowest": min(whole.celsius),
                "highest": max(whole.celsius),
            }
        ),
        "left_out": {
            "empty_values": read.empty_values,
            "repeated": read.repeated,
            "after_end": read.after_end,
            "before_window": sum(1 for at in whole.at if given.begins and at < given.begins.timestamp()),
            "after_window": sum(1 for at in whole.at if given.ends and at > given.ends.timestamp()),
        },
        "date_order": read.date_order,
        "parameters": constants,
        "window": given.as_json(),
        "rule": {"source": rule.source, "confidence": rule.confidence, "reviewed": rule.reviewed},
    }


def fingerprint_of(record: Words[str, Any]) -> str:
    """SHA-256 over what went in: the file's hash, the mapping, the window and every constant, in canonical JSON."""
    put_in = {name: record[name] for name in ("sha256", "mapping", "window", "parameters", "rule")}
    return hashlib.sha256(json.dumps(put_in, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def differences(kept: Words[str, Any], again: Words[str, Any]) -> list[str]:
    """Where a record that was kept and the one reckoned now are not alike, in words; empty when they are."""
    if kept["parameters"]["version"] != again["parameters"]["version"]:
        return [f"Reckoned by {kept['parameters']['version']}; this product reckons by {METHOD_VERSION}."]
    names = sorted({*kept, *again})
    return [
        f"{name}: {kept.get(name)} before, {again.get(name)} now."
        for name in names
        if kept.get(name) != again.get(name)
    ]


def _plain(value: Any) -> Any:
    """As JSON keeps it: instants as text, numbers to four places."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
