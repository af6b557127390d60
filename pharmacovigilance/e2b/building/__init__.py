"""The content of a message as XML: pure, and byte for byte the same each time."""

from pharmacovigilance.e2b.building.batch import build

__all__ = ["build"]
