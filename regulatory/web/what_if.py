"""The what-if page: a pathway asked without a case, from an address that can be shared."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from cases import clock
from cases.access import case_for
from cases.countries import name_of
from cases.models import Case
from regulatory.asked import ask
from regulatory.facts import facts_of, questions_of
from regulatory.lists.services import editions_held
from regulatory.models import ProfileVersion
from regulatory.operated import told_of
from regulatory.pathway import local_day, profile_of
from regulatory.profiles.asking import NotAnswerable
from regulatory.profiles.loader import load
from regulatory.profiles.looks_at import lists_in
from regulatory.profiles.what_if import REPEATED, Asked
from regulatory.recording import governing_filing
from regulatory.web.control_models import control_model
from regulatory.web.standing import WORDS, staff, state_of, version_asked
from regulatory.web.what_if_form import Row, asked_of, form_of, is_typed, questions_told, words_of, words_typed
from regulatory.web.what_if_told import days_in_order, duties_told, gates_told


@login_required
def what_if(request: HttpRequest, key: str) -> HttpResponse:
    """Every gate and clock on the events and papers that the address names; 422 where a word cannot be used."""
    user, now = staff(request), clock.now()
    if "case" in request.GET:
        return redirect(_from_case(case_for(user, request.GET["case"], now=now), key))
    version, _ = version_asked(request, key)
    profile = profile_of(version)
    zone = load().jurisdictions[profile.jurisdiction].tzinfo
    if is_typed(request.GET):
        return redirect(_address(version, words_typed(request.GET, profile, zone), request.GET.get("version", "")))
    asked = asked_of(request.GET, request.GET.get("at") or f"{now.astimezone(zone):%Y-%m-%dT%H:%M}")
    try:
        answer = ask(version, asked)
    except NotAnswerable as refusal:
        groups = form_of(profile, asked, held=editions_held(lists_in(profile)), faults=refusal.faults)
        return render(request, "regulatory/what_if.html", _page(version, asked, groups), status=422)
    facts, today = answer.question.facts, local_day(profile, answer.question.now)
    groups = form_of(profile, asked, held=editions_held(lists_in(profile)))
    told = {
        "answered": True,
        "moment": answer.question.now,
        "flags": answer.question.flags,
        "days": days_in_order(answer, zone=zone, today=today),
        "gates": gates_told(answer.gates, profile, version),
        "duties": duties_told(answer.duties, version, facts, today=today),
        "not_begun": duties_told(answer.not_begun, version, facts, today=today),
    }
    return render(request, "regulatory/what_if.html", _page(version, asked, groups) | told)


def _from_case(case: Case, key: str) -> str:
    """The address that asks the case's own version on what its records hold; the case itself is not named in it.

    :raises Http404: when the case goes another way.
    """
    version = case.profile_version
    if version.profile_key != key:
        raise Http404(f"{case.reference} goes by {version.profile_key}.")
    zone = load().jurisdictions[version.jurisdiction].tzinfo
    filing = governing_filing(case)
    asked = questions_told(questions_of(filing), zone) if filing is not None else []
    return _address(
        version, {**words_of(facts_of(case), profile_of(version), zone), "question": asked}, version.version
    )


def _page(version: ProfileVersion, asked: Asked, groups: list[Any]) -> dict[str, Any]:
    profile = profile_of(version)
    rows: list[Row] = [row for group in groups for row in group.rows]
    words = {"at": [asked.at], **{kind: list(getattr(asked, kind)) for kind in REPEATED}}
    return {
        "answered": False,
        "shown": version,
        "country": name_of(version.jurisdiction),
        "model": control_model(version.control_model),
        "beyond": told_of(profile),
        "state": state_of(version),
        "state_words": WORDS[state_of(version)],
        "zone": load().jurisdictions[profile.jurisdiction].zone,
        "unknown": list(profile.unknown),
        "groups": groups,
        "wrong": [(row, error) for row in rows for error in row.errors],
        "given": [(row, row.words) for row in rows if row.words and row.kind != "at"],
        "api": f"{reverse('api:ask_what_if', args=[version.profile_key])}?{_query(words, version.version)}",
        "command": _command(version, words),
    }


def _address(version: ProfileVersion, words: dict[str, list[str]], wanted: str) -> str:
    return f"{reverse('pathway_what_if', args=[version.profile_key])}?{_query(words, wanted)}"


def _query(words: dict[str, list[str]], version: str) -> str:
    pairs = [(kind, word) for kind, said in words.items() for word in said if word]
    return urlencode([*pairs, *([("version", version)] if version else [])], safe="=:,@/")


def _command(version: ProfileVersion, words: dict[str, list[str]]) -> str:
    said = [f"--{kind} {_quoted(word)}" for kind, given in words.items() for word in given if word]
    return " ".join(["python3 manage.py pathway", version.profile_key, *said, "--json"])


def _quoted(word: str) -> str:
    if word and all(char.isalnum() or char in "=:,@/._-+" for char in word):
        return word
    return "'" + word.replace("'", "'\\''") + "'"
