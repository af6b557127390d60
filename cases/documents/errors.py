"""How a paper can be refused. Each says what is wrong, with its value, and what to do; nothing half-done stays."""


class UploadRefused(Exception):
    """A file was not taken and nothing of it was stored.

    ``sentence`` is for the person who sent it and names the file. ``str()`` leaves the name out, since people put
    patients' names into file names and exceptions end in logs.

    :param code: stable, for the API: ``empty``, ``too-large``, ``type-not-allowed`` and so on.
    :param value: what was found; ``limit``: what is allowed, when there is a limit.
    """

    def __init__(
        self, code: str, problem: str, remedy: str, *, name: str = "", value: str = "", limit: str = ""
    ) -> None:
        super().__init__(f"{code}: {problem} {remedy}")
        self.code = code
        self.problem = problem
        self.remedy = remedy
        self.name = name
        self.value = value
        self.limit = limit

    @property
    def sentence(self) -> str:
        """File, what is wrong with its value, remedy."""
        named = f"“{self.name}”: " if self.name else ""
        return f"{named}{self.problem} {self.remedy} Nothing was stored."


class DocumentRefused(Exception):
    """A paper could not be accepted, signed, given out or changed in another way; nothing was changed.

    :param code: stable, for the API: ``not-permitted``, ``not-possible``, ``not-scanned``, ``reason-missing`` ...
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class ProofFailed(DocumentRefused):
    """A signature was tried with a wrong password or code. The try is counted (`proof.record_failed_proof`).

    :param field: what was wrong: ``password`` or ``code``.
    """

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__("proof-wrong", sentence)
        self.field = field


class BytesNotIntact(Exception):
    """The stored bytes are missing or not those that came; the message names the document and the remedy."""
