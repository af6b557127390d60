"""What can go wrong while evidence is written or read."""


class MissingActor(ValueError):
    """Raised when a deed is begun without a person or a named service account behind it."""


class CaptureNotPossible(ValueError):
    """Raised when a model is registered for capture in a way that the database could not carry out."""


class EvidenceIsReadOnly(TypeError):
    """Raised by any attempt to write the evidence through Django; only the database writes it."""
