"""Jinja2 environments, one per language: what pages are made with."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from safemap.i18n import LANGUAGES, RESIDENT_LANGUAGES, translations
from safemap.settings import Settings
from safemap.web.assets import static_url

TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment(language: str, settings: Settings) -> Environment:
    """Return the environment of one language.

    ``_("…")`` and ``{% trans %}`` take ``%(named)s`` places; ``say(id, name=value)`` is for message ids that come
    from Python, whose places are ``{named}``.
    """
    spoken = translations(language)
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_translations(spoken, newstyle=True)  # type: ignore[attr-defined]

    def say(message: str, **values: Any) -> str:
        return spoken.gettext(message).format(**values)

    made.globals.update(
        say=say,
        language=language,
        languages=LANGUAGES,
        resident_languages=RESIDENT_LANGUAGES,
        static_url=static_url,
        site_url=settings.site_url,
        raster_url=settings.raster_url,
        raster_attribution=settings.raster_attribution,
    )
    return made
