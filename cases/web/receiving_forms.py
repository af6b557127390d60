"""What the form of each step of a receiving inspection says, checked where it can be and put into words where not."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest

from cases.custody.gs1 import NotReadable
from cases.custody.receiving.inspecting import counted, local_moment, not_sent
from cases.custody.receiving.protocol import COUNT, LOGGER, LOOK, STORAGE, YES
from cases.custody.receiving.round import READINGS, Round

Answer = dict[str, Any]


def _looked(request: HttpRequest, round_: Round, now: datetime) -> Answer:
    item = round_.item_of(request.POST.get("step", ""))
    answer = request.POST.get("answer", "")
    if item is None or answer not in dict(item.options):
        said = " or ".join(label.lower() for _, label in item.options) if item else "yes or no"
        raise NotReadable(f"Say {said}.")
    return {"answer": answer}


def _logger(request: HttpRequest, round_: Round, now: datetime) -> Answer:
    posted, sent = request.POST, round_.consignment.logger_number
    found: Answer = {"number": posted.get("number", "").strip()[:40]}
    if sent and not found["number"]:
        raise NotReadable("Type the number on the logger. If there is no logger, type: none.")
    for name, words in zip(READINGS, ("lowest", "highest", "minutes"), strict=True):
        text = posted.get(name, "").strip().replace(",", ".").replace("\u2212", "-")
        if text:
            try:
                float(text)
            except ValueError as fault:
                raise NotReadable(f"“{text[:20]}” is no number ({words}). Type it as the logger shows it.") from fault
        found[name] = text
    if not sent:
        return found
    if posted.get("unread"):
        if not posted.get("note", "").strip():
            raise NotReadable("Say in the note why the logger cannot be read. It counts as an excursion.")
        return {"number": found["number"], "unread": True}
    if not round_.file_read and not (found["lowest_c"] and found["highest_c"]):
        raise NotReadable(
            "The logger is not read yet. Type the lowest and the highest that it shows, read its file, or say that it "
            "cannot be read."
        )
    return found | {"stopped_at": local_moment(round_, posted.get("stopped_at", ""), "the logger was stopped", now=now)}


def _counted(request: HttpRequest, round_: Round, now: datetime) -> Answer:
    extra = not_sent(request.POST.get("extra", "")[:4000])
    return {"units": counted(request.POST.get("units", "")), **({"extra": extra} if extra else {})}


def _stored(request: HttpRequest, round_: Round, now: datetime) -> Answer:
    answer = _looked(request, round_, now)
    if answer["answer"] != YES:
        return answer
    return answer | {"at": local_moment(round_, request.POST.get("at", ""), "it was moved there", now=now)}


TAKEN: Final[dict[str, Callable[[HttpRequest, Round, datetime], Answer]]] = {
    LOOK: _looked,
    LOGGER: _logger,
    COUNT: _counted,
    STORAGE: _stored,
}
