"""The template engine: nothing is silent, nothing is unescaped, and every page can be compiled."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2
import pytest
from django import forms
from django.template import engines
from markupsafe import Markup

from cases.web.gallery import render_gallery
from cases.web.jinja import COMPONENTS, UnknownComponent

NOW = datetime(2026, 12, 2, 14, 4, tzinfo=UTC)
ROOT = Path(__file__).parents[3]
TEMPLATES = ROOT / "cases" / "templates"
LOOKS = ("layout", "components", "account", "mfa", "errors")


@pytest.fixture
def env() -> jinja2.Environment:
    environment: jinja2.Environment = engines["jinja2"].env  # type: ignore[attr-defined]  # the backend is Jinja2
    return environment


def say(env: jinja2.Environment, source: str, **context: Any) -> str:
    page = {"clock": {"now": NOW, "offset": timedelta(0)}, "user": SimpleNamespace(time_zone="America/New_York")}
    return env.from_string(source).render(page | context)


def test_an_unknown_name_is_an_error_and_never_an_empty_string(env: jinja2.Environment) -> None:
    with pytest.raises(jinja2.UndefinedError, match="due_on"):
        say(env, "{{ deadline.due_on }}", deadline={})


def test_everything_is_escaped(env: jinja2.Environment) -> None:
    assert say(env, "{{ x }}", x="<b>") == "&lt;b&gt;"
    assert "&lt;i&gt;" in say(env, '{{ ui.tag("harm", x) }}', x="<i>")


def test_plain_text_is_not_escaped(env: jinja2.Environment) -> None:
    mail = env.get_template("account/email/password_reset_key_message.txt")
    assert "https://x.invalid/?a=1&b=2" in mail.render(password_reset_url="https://x.invalid/?a=1&b=2")


def test_every_template_of_the_look_compiles(env: jinja2.Environment) -> None:
    names = [name for name in env.list_templates() if name.startswith(LOOKS)]
    assert len(names) > 50
    for name in names:
        env.get_template(name)


def test_a_component_s_name_is_unique(env: jinja2.Environment) -> None:
    names = [
        name
        for file in COMPONENTS
        for name in re.findall(r"{% macro (\w+)\(", (TEMPLATES / file).read_text())
        if not name.startswith("_")
    ]
    assert sorted(names) == sorted(set(names))
    assert len(names) > 45


def test_every_component_file_is_known() -> None:
    assert {f"components/{path.name}" for path in (TEMPLATES / "components").glob("*.html")} == set(COMPONENTS)


def test_an_unknown_component_is_named(env: jinja2.Environment) -> None:
    with pytest.raises(UnknownComponent, match="no component called widget"):
        say(env, "{{ ui.widget() }}")


def test_every_component_that_a_page_asks_for_exists() -> None:
    known = {name for file in COMPONENTS for name in re.findall(r"{% macro (\w+)\(", (TEMPLATES / file).read_text())}
    pages = [path for app in ("cases", "regulatory", "pharmacovigilance") for path in (ROOT / app).rglob("*.html")]
    asked = {(path.name, name) for path in pages for name in re.findall(r"\bui\.(\w+)\(", path.read_text())}
    assert sorted((page, name) for page, name in asked if name not in known) == []


def test_no_template_has_inline_style_or_script() -> None:
    for path in (page for app in ("cases", "regulatory", "pharmacovigilance") for page in (ROOT / app).rglob("*.html")):
        text = path.read_text()
        assert not re.search(r"\sstyle=|<style|\son(click|submit|load|change)=|javascript:", text), path
        assert not re.search(r"<script(?![^>]*\ssrc=)", text), path


def test_a_form_carries_protection_key_and_version(env: jinja2.Environment) -> None:
    drawn = say(
        env,
        '{% call ui.form("/x", key="k-1", version=3) %}in{% endcall %}',
        csrf_input=Markup('<input name="csrf">'),
    )
    assert '<input name="csrf">' in drawn
    assert '<input type="hidden" name="form_key" value="k-1">' in drawn
    assert '<input type="hidden" name="version" value="3">' in drawn


def test_a_form_that_reads_carries_none_of_them(env: jinja2.Environment) -> None:
    drawn = say(env, '{% call ui.form("/x", key="k", method="get") %}{% endcall %}', csrf_input="secret")
    assert "secret" not in drawn
    assert "form_key" not in drawn


def test_dates_are_said_for_the_reader_unless_a_place_is_named(env: jinja2.Environment) -> None:
    late = datetime(2026, 12, 5, 3, 30, tzinfo=UTC)
    assert say(env, "{{ x|day }}", x=late) == "Fri 4 Dec"
    assert say(env, '{{ x|day("Europe/London") }}', x=late) == "Sat 5 Dec"
    assert say(env, '{{ x|moment("Europe/London") }}', x=late) == (
        '<time datetime="2026-12-05T03:30:00Z" title="Fri 4 Dec 22:30 New York">Sat 5 Dec 03:30 London</time>'
    )


def test_dates_inside_a_component_know_the_page_s_clock_and_reader(env: jinja2.Environment) -> None:
    entries = [{"when_at": datetime(2027, 1, 1, 4, 0, tzinfo=UTC), "what": "x"}]
    drawn = say(env, '{{ ui.timeline(entries, zone="") }}', entries=entries)
    assert ">Thu 31 Dec 23:00</time>" in drawn


def test_what_a_person_typed_keeps_its_paragraphs_and_nothing_else(env: jinja2.Environment) -> None:
    assert say(env, "{{ x|paragraphs }}", x="a <b>\nb\r\n\r\nc") == "<p>a &lt;b&gt;<br>b</p><p>c</p>"


def test_unmet_comes_first_and_met_is_folded(env: jinja2.Environment) -> None:
    lines = [
        {"state": "met", "sentence": "third"},
        {"state": "over", "sentence": "second"},
        {"state": "unmet", "sentence": "first"},
    ]
    drawn = say(env, '{{ ui.checklist("Next", "n", lines) }}', lines=lines)
    assert drawn.index("first") < drawn.index("second") < drawn.index("<details") < drawn.index("third")
    assert "1 requirement is met" in drawn


def test_a_refusal_tells_the_whole_list_and_that_nothing_changed(env: jinja2.Environment) -> None:
    lines = [{"state": "unmet", "sentence": f"sentence {n}"} for n in range(3)]
    drawn = say(env, '{{ ui.refusal("C-4 was not dispatched", lines, "09:06") }}', lines=lines)
    assert "3 requirements were not met at 09:06. Nothing changed, and no message went out." in drawn
    assert drawn.count('class="req__name"') == 3


def test_an_error_summary_stays_away_when_nothing_is_wrong(env: jinja2.Environment) -> None:
    assert say(env, "{{ ui.error_summary(form) }}", form=forms.Form()).strip() == ""


def test_the_gallery_shows_every_component() -> None:
    source = (TEMPLATES / "gallery.html").read_text() + "".join((TEMPLATES / f).read_text() for f in COMPONENTS)
    names = re.findall(r"{% macro ([a-z]\w+)\(", source)
    called = source.replace("% macro ", "%")
    assert [name for name in names if not re.search(rf"(ui\.|call |{{{{ |}}){name}\(", called)] == []


def test_the_gallery_is_the_same_every_time() -> None:
    assert render_gallery() == render_gallery()
