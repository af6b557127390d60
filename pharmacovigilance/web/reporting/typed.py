"""What a form of a report sends, by the names that `pharmacovigilance.said` reads; and what such a form offers."""

from typing import Any, Final
from uuid import uuid4

from django.http import HttpRequest

from cases.documents.receiving import limit_bytes
from cases.lifecycle.typed_days import MONTHS
from cases.models import Case
from pharmacovigilance.intake import only_lot, sources_of
from pharmacovigilance.said import day_of_parts

_ONE: Final = ("verbatim", "language", "after", "lot_said", "outcome")
_BY_PHARMACIST: Final = ("received_at", "channel", "qualification", "had_reaction", "pregnancy_due_on")

# The criteria of ICH E2A in plain words; the codes are those of the reporting rules.
HOW_BAD: Final = (
    ("death", "The patient died"),
    ("life_threatening", "Life was in danger at that time"),
    ("hospitalisation", "Went into hospital, or stayed there longer"),
    ("disability", "Lasting or serious disability"),
    ("congenital_anomaly", "A child was born with an anomaly"),
    ("other_medically_important", "Serious in another way, in a doctor’s judgement"),
    ("not_serious", "None of these: it is not serious"),
    ("not_known", "I don’t know"),
)
# The outcomes of E2B (E.i.7) in plain words.
HOW_NOW: Final = (
    ("1", "Recovered"),
    ("2", "Recovering"),
    ("3", "Not recovered yet"),
    ("4", "Recovered, with something that stays"),
    ("5", "Died"),
    ("0", "I don’t know"),
)
LANGUAGES: Final = (
    ("ar", "العربية"),
    ("cs", "Čeština"),
    ("da", "Dansk"),
    ("de", "Deutsch"),
    ("el", "Ελληνικά"),
    ("en", "English"),
    ("es", "Español"),
    ("fi", "Suomi"),
    ("fr", "Français"),
    ("he", "עברית"),
    ("hi", "हिन्दी"),
    ("hu", "Magyar"),
    ("id", "Bahasa Indonesia"),
    ("it", "Italiano"),
    ("ja", "日本語"),
    ("ko", "한국어"),
    ("ms", "Bahasa Melayu"),
    ("nl", "Nederlands"),
    ("no", "Norsk"),
    ("pl", "Polski"),
    ("pt", "Português"),
    ("ro", "Română"),
    ("ru", "Русский"),
    ("sv", "Svenska"),
    ("th", "ไทย"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
    ("ur", "اردو"),
    ("vi", "Tiếng Việt"),
    ("zh", "中文"),
)


def typed_in(request: HttpRequest, *, by_pharmacist: bool = False) -> dict[str, str | list[str]]:
    """Every answer as it was sent; nothing is judged here."""
    sent = request.POST
    names = _ONE + (_BY_PHARMACIST if by_pharmacist else ())
    parts = [sent.get(f"began_{part}", "") for part in ("day", "month", "year")]
    return {
        **{name: sent.get(name, "") for name in names},
        "began": day_of_parts(parts[0], parts[1], parts[2]) or sent.get("began", ""),
        "criteria": sent.getlist("criteria"),
        "situations": sent.getlist("situations") if by_pharmacist else [],
    }


def offered(request: HttpRequest, case: Case) -> dict[str, Any]:
    """What the five questions offer: doses and packs with their lots, words for how bad it is, languages."""
    sources = sources_of(case)
    return {
        "sources": sources,
        "chosen_source": only_lot(sources),
        "how_bad": HOW_BAD,
        "outcomes": HOW_NOW,
        "months": [month.capitalize() for month in MONTHS],
        "languages": LANGUAGES,
        "language_chosen": _language_of(request),
        "limit_bytes": limit_bytes(),
        "form_key": request.POST.get("form_key", "")[:64] or uuid4().hex,
    }


def form_key_of(request: HttpRequest) -> str:
    return request.POST.get("form_key", "")[:64]


def why_not_taken(request: HttpRequest) -> str:
    """Why what came is no form of ours; nothing for every form that came whole, whatever is in it.

    Of one that was cut off its sender still has every word; one without its key and without a word is nobody's.
    """
    if not getattr(request, "came_whole", True):
        return "The connection was cut before all had come. Nothing was recorded yet; send it again."
    came = any(value.strip() for values in request.POST.lists() for value in values[1]) or bool(request.FILES)
    return "" if came else "Nothing came. Nothing was recorded; send it again."


def _language_of(request: HttpRequest) -> str:
    """The first language that the reader's browser asks for and that is offered; English without one."""
    offered_codes = {code for code, _ in LANGUAGES}
    for part in request.headers.get("Accept-Language", "").split(","):
        code = part.strip().partition(";")[0].partition("-")[0].lower()
        if code in offered_codes:
            return code
    return "en"
