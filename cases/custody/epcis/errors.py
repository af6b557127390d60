"""Why a file of events was not taken: the event, the field and what to do. Nothing of it was kept."""


class EpcisRefused(ValueError):
    """One fault of a file.

    :param code: the name of the fault.
    :param event: the number of the event in the file, from 1; 0 for the file as a whole.
    :param field: the field of the event, dotted; empty for the event as a whole.
    """

    def __init__(self, code: str, sentence: str, *, event: int = 0, field: str = "") -> None:
        self.code, self.event, self.field, self.sentence = code, event, field, sentence
        where = f"Event {event}" + (f", {field}" if field else "") + ": " if event else ""
        super().__init__(f"{where}{sentence} Nothing of the file was kept.")
