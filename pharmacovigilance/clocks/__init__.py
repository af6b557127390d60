"""What safety verbs bring about. Importing this package registers it."""

from pharmacovigilance.clocks import following, intake, reporting

__all__ = ["following", "intake", "reporting"]
