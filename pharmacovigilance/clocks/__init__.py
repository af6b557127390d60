"""What safety verbs bring about. Importing this package registers it."""

from pharmacovigilance.clocks import duplicates, following, intake, reporting

__all__ = ["duplicates", "following", "intake", "reporting"]
