"""Invented actors; the audit needs nothing of a person but the code."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Somebody:
    code: str


PHARMACIST = Somebody("P-TESTPHAR")
PRESCRIBER = Somebody("P-TESTPRES")
