"""The one template engine: Jinja2 behind Django's own backend (ADR 4).

Everything is escaped, an unknown name is an error (never an empty string on a page that shows dates), and templates
get words, pictures and components but no way to ask the database or the clock beyond what the view gave them.
"""

from collections.abc import Callable
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from functools import lru_cache
from importlib.util import find_spec
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from django.conf import settings
from django.contrib.messages import get_messages
from django.templatetags.static import static
from django.urls import reverse
from jinja2.runtime import Context, Macro
from markupsafe import Markup, escape

from cases import clock as business_clock
from cases.countries import name_of
from cases.web import controls, pictures, state_words, words

# Every component file; a macro's name is unique across them, so that pages write ``ui.tag(...)`` and import nothing.
COMPONENTS = (
    "components/states.html",
    "components/sheets.html",
    "components/tables.html",
    "components/work.html",
    "components/deadlines.html",
    "components/requirements.html",
    "components/case.html",
    "components/record.html",
    "components/forms.html",
    "components/phone.html",
    "components/audit.html",
)


class UnknownComponent(jinja2.TemplateRuntimeError):
    """Raised when a page asks for a component that no file under ``components/`` has."""


# The page that is being drawn, for filters inside components, which Jinja gives no context of their own.
_page: ContextVar[Context | None] = ContextVar("page", default=None)


class Components:
    """``ui`` in every template: the macros of ``components/*.html`` by name, without imports.

    Each call carries the page along, so that dates inside a component know the reader and the page's clock, and
    ``ui.form`` and ``ui.button_form`` also get the request's own CSRF field.
    """

    _NEEDS_CSRF = frozenset({"form", "button_form"})

    def __init__(self, environment: jinja2.Environment) -> None:
        self._environment = environment

    def __getattr__(self, name: str) -> Callable[..., Markup]:
        if name.startswith("_"):
            raise AttributeError(name)
        for component_file in COMPONENTS:
            macro = getattr(self._environment.get_template(component_file).module, name, None)
            if isinstance(macro, Macro):
                return _on_page(macro, csrf=name in self._NEEDS_CSRF)
        raise UnknownComponent(f"There is no component called {name}: see cases/templates/components/.")


def _on_page(macro: Macro, *, csrf: bool) -> Callable[..., Markup]:
    @jinja2.pass_context
    def call(context: Context, *args: Any, **kwargs: Any) -> Markup:
        if csrf:
            kwargs.setdefault("csrf", context.get("csrf_input", ""))
        token = _page.set(context)
        try:
            drawn = Markup(macro(*args, **kwargs))  # noqa: S704  (a macro of our own; autoescaped inside)
        finally:
            _page.reset(token)
        return drawn

    return call


def _known(context: Context, name: str) -> Any:
    found = context.get(name)
    page = _page.get()
    return page.get(name) if found is None and page is not None else found


def glyph(name: str, state: str = "", size: str = "", label: str = "") -> Markup:
    """One glyph of the sprite; ``state`` colours it, ``size`` is ``s`` or ``l``, ``label`` makes it speak."""
    classes = " ".join(
        part for part in ("glyph", f"glyph--{size}" if size else "", f"is-{state}" if state else "") if part
    )
    if label:
        return Markup('<svg class="{}" role="img" aria-label="{}" focusable="false"><use href="#g-{}"/></svg>').format(
            classes, label, name
        )
    return Markup('<svg class="{}" aria-hidden="true" focusable="false"><use href="#g-{}"/></svg>').format(
        classes, name
    )


def url(name: str, *args: object, **kwargs: object) -> str:
    """The address of a page by its name.

    :raises django.urls.NoReverseMatch: for a name that no urls module has; a dead link is never drawn.
    """
    return reverse(name, args=args or None, kwargs=kwargs or None)


@lru_cache(maxsize=1)
def _htmx_file() -> str:
    """Where django-htmx keeps htmx 2; its file name changed between releases."""
    spec = find_spec("django_htmx")
    folder = next(iter(spec.submodule_search_locations or ())) if spec else ""
    import pathlib

    for name in ("htmx-2.min.js", "htmx.min.js"):
        if (pathlib.Path(folder) / "static" / "django_htmx" / name).exists():
            return f"django_htmx/{name}"
    return "django_htmx/htmx-2.min.js"


# ---------- Filters that know what day it is, and whose day ----------


def _now(context: Context) -> datetime:
    given = _known(context, "clock")
    if given:
        now = given["now"] if isinstance(given, dict) else given.now
        if now is not None:
            result: datetime = now
            return result
    return business_clock.now()


def _zone(context: Context, zone: str | ZoneInfo | None) -> ZoneInfo:
    if zone:
        return words.zone_of(zone)
    reader = _known(context, "user")
    return words.zone_of(getattr(reader, "time_zone", "") or "UTC")


def _today(context: Context, zone: str | ZoneInfo | None) -> date:
    return _now(context).astimezone(_zone(context, zone)).date()


@jinja2.pass_context
def day(context: Context, value: date | datetime, zone: str | ZoneInfo | None = None) -> str:
    """``Fri 4 Dec`` or with the year when it is another one; an instant is read in ``zone`` or the reader's own."""
    return words.day(value, today=_today(context, zone), zone=_zone(context, zone))


@jinja2.pass_context
def day_with_year(context: Context, value: date | datetime, zone: str | ZoneInfo | None = None) -> str:
    """``Fri 4 Dec 2026``."""
    return words.day_with_year(value, zone=_zone(context, zone))


@jinja2.pass_context
def day_in_full(context: Context, value: date | datetime, zone: str | ZoneInfo | None = None) -> str:
    """``Friday 4 December 2026``."""
    return words.day_in_full(value, zone=_zone(context, zone))


@jinja2.pass_context
def hour(context: Context, value: datetime, zone: str | ZoneInfo | None = None) -> str:
    """``09:03`` in ``zone`` or the reader's own."""
    return words.hour(value, zone=_zone(context, zone))


@jinja2.pass_context
def moment(context: Context, value: datetime, zone: str | ZoneInfo | None = None, named: bool = True) -> Markup:
    """An instant as a ``time`` element: the place's time in words, the reader's own on hover, UTC for machines."""
    there, own = _zone(context, zone), _zone(context, None)
    text = words.moment(value, zone=there, today=_today(context, zone), named=named)
    hover = words.moment(value, zone=own, today=_today(context, None))
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        words.iso_moment(value).replace(" ", "T"), hover, text
    )


@jinja2.pass_context
def ago(context: Context, value: datetime) -> str:
    """``1 min ago`` by business time."""
    return words.ago(value, now=_now(context))


@jinja2.pass_context
def until(context: Context, value: date, zone: str | ZoneInfo | None = None) -> str:
    """``16 days``, ``tomorrow``, ``2 days ago`` from today in ``zone`` or the reader's own."""
    return words.until(words.local_day(value, zone=_zone(context, zone)), today=_today(context, zone))


def slack(span: timedelta) -> words.Slack:
    """Slack with the thresholds of the settings ``SLACK_HARM_DAYS`` and ``SLACK_CARE_DAYS`` (1 and 7 days)."""
    return words.slack(
        span,
        harm_days=getattr(settings, "SLACK_HARM_DAYS", 1),
        care_days=getattr(settings, "SLACK_CARE_DAYS", 7),
    )


def number(value: Any) -> Markup:
    """A number that never reorders in a right-to-left line."""
    return Markup('<span class="num">{}</span>').format(words.number(value))


def code(value: object) -> Markup:
    """An identifier that people compare character by character: mono, slashed zero, never reordered."""
    return Markup('<span class="mono"><bdi>{}</bdi></span>').format(value)


def paragraphs(text: str) -> Markup:
    """Text that a person typed, escaped, its blank lines as paragraphs and its line ends kept."""
    blocks = (block.strip() for block in text.replace("\r\n", "\n").split("\n\n"))
    return Markup("").join(
        Markup("<p>{}</p>").format(Markup("<br>").join(escape(line) for line in block.split("\n")))
        for block in blocks
        if block
    )


def environment(**options: Any) -> jinja2.Environment:
    """The Jinja2 environment of the product; named in ``TEMPLATES`` as the backend's ``environment``."""
    options["undefined"] = jinja2.StrictUndefined
    options.setdefault("trim_blocks", True)
    options.setdefault("lstrip_blocks", True)
    options.pop("autoescape", None)
    # Everything is escaped but plain text (mails, the file of recovery codes), where an escape would be read aloud.
    escaping = jinja2.select_autoescape(disabled_extensions=("txt",), default=True)
    built = jinja2.Environment(autoescape=escaping, **options)  # noqa: S701  (all but .txt is escaped)
    built.globals.update(
        static=static,
        url=url,
        glyph=glyph,
        ui=Components(built),
        get_messages=get_messages,
        pictures=pictures,
        controls=controls,
        htmx_file=_htmx_file,
        pharmacy_name=getattr(settings, "NPP_PHARMACY_NAME", "Named-patient programme"),
        environment_name=getattr(settings, "ENVIRONMENT", "production"),
    )
    built.filters.update(
        day=day,
        day_with_year=day_with_year,
        day_in_full=day_in_full,
        weekday=words.weekday,
        month_name=words.month,
        hour=hour,
        moment=moment,
        ago=ago,
        until=until,
        iso_day=words.iso_day,
        iso_moment=words.iso_moment,
        place=words.place,
        days=words.days,
        distance=words.distance,
        counted=words.counted,
        plural=words.plural,
        slack=slack,
        number=number,
        code=code,
        quantity=words.quantity,
        joined=words.joined,
        filesize=words.size,
        fingerprint=words.fingerprint,
        capital=words.capital,
        without_remark=words.without_remark,
        country=name_of,
        role_words=words.role,
        state_words=state_words.state,
        stage_words=state_words.stage,
        paragraphs=paragraphs,
    )
    return built
