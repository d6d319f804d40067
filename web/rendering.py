"""Templates to pages: one Jinja environment a language, and what every page is given."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from web import dates, wording
from web.assets import Assets, read_assets
from web.words import Language, Words, read_words

FOLDER = Path(__file__).parent / "templates"
LANGUAGE_COOKIE = "lang"


@dataclass(frozen=True, slots=True)
class Paper:
    """What pages are made of: read once at start, the same for every request."""

    words: Mapping[Language, Words]
    assets: Assets
    templates: Mapping[Language, Environment]


PAPER = web.AppKey("paper", Paper)


def read_paper() -> Paper:
    """Words, static files, and the same templates once for every language."""
    words, assets = read_words(), read_assets()
    return Paper(words, assets, {language: environment(words[language], assets) for language in Language})


def environment(words: Words, assets: Assets) -> Environment:
    """Templates in one language. A name that a page was not given is an error, never an empty space."""
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]  # by i18n
    language = words.language
    made.globals |= {"language": language.value, "static": assets.url, "say": wording}
    filters: dict[str, Callable[..., object]] = {
        "clock": dates.clock,
        "day": lambda at: dates.day(at, language),
        "short_day": lambda at: dates.short_day(at, language),
        "long_day": lambda at: dates.long_day(at, language),
        "moment": lambda at: dates.moment(at, language),
        "duration": lambda seconds: dates.duration(seconds, language),
        "age": lambda seconds: dates.age(seconds, language),
        "position": dates.position,
        "for_input": dates.for_input,
        "data_block": data_block,
    }
    made.filters |= filters
    return made


def data_block(value: object) -> Markup:
    """`value` as JSON for a <script type="application/json">, which it cannot leave: it holds no `<`."""
    text = json.dumps(value, ensure_ascii=False).replace("<", "\\u003c").replace("\u2028", "\\u2028")
    return Markup(text.replace("\u2029", "\\u2029"))  # escaped just above


def language_of(request: web.Request) -> Language:
    """What this browser's person chose in the page head; Chinese until then, whatever the browser prefers."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    return Language.EN if chosen == Language.EN else Language.ZH


def words_of(request: web.Request) -> Words:
    """The words of the language of this request."""
    return request.app[PAPER].words[language_of(request)]


def page(request: web.Request, template: str, *, status: int = 200, **values: Any) -> web.Response:
    """The page of `template`. `here` is where the language switch comes back to: this address, unless given."""
    here = request.path_qs if request.method == "GET" else request.path
    text = request.app[PAPER].templates[language_of(request)].get_template(template).render({"here": here, **values})
    return web.Response(text=text, status=status, content_type="text/html")
