"""What routes ask for: settings, a session in a transaction, the reader's language."""

from collections.abc import Iterator
from dataclasses import dataclass
from gettext import NullTranslations
from typing import Annotated, Literal, cast

from fastapi import Depends, Path, Query, Request
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from safemap.communities.rules import StudyArea
from safemap.communities.service import study_area_by_key
from safemap.db.session import unit_of_work
from safemap.i18n import (
    RESIDENT_LANGUAGES,
    best_language,
    best_resident_language,
    translations,
    whole_pages_in,
)
from safemap.settings import Settings

LANGUAGE_COOKIE = "safemap_language"


def settings_of(request: Request) -> Settings:
    """Return the settings that the app was made with."""
    return cast("Settings", request.app.state.settings)


def cookie_name(settings: Settings, name: str) -> str:
    """Return a cookie's name: with a prefix by which a browser takes it from this very host and over HTTPS only."""
    return f"__Host-{name}" if settings.site_url.startswith("https:") else name


def engine_of(request: Request) -> Engine:
    """Return the app's engine."""
    return cast("Engine", request.app.state.engine)


def session_of(request: Request) -> Iterator[Session]:
    """Open the request's transaction; it is committed before the response is sent, or rolled back."""
    with unit_of_work(engine_of(request)) as session:
        yield session


# Dependencies that wait for nothing are asynchronous: FastAPI would send others to a thread and back.


async def _settings(request: Request) -> Settings:
    return settings_of(request)


# With FastAPI's default scope the commit would run after the response: a failed commit would have answered 200.
Db = Annotated[Session, Depends(session_of, scope="function")]
Configured = Annotated[Settings, Depends(_settings)]


def village_of(
    session: Db, key: Annotated[str, Path(description="A village's code or name, or a town's key.", max_length=100)]
) -> StudyArea:
    """Find the village that an address names."""
    return study_area_by_key(session, key)


InVillage = Annotated[StudyArea, Depends(village_of)]


@dataclass(frozen=True)
class Language:
    """The reader's language."""

    code: str

    @property
    def words(self) -> NullTranslations:
        """The language's catalogue."""
        return translations(self.code)

    def say(self, message: str, **values: object) -> str:
        """Translate a message id of Python's kind and fill its ``{named}`` places."""
        return self.words.gettext(message).format(**values) if message else ""


def language_of(request: Request) -> Language:
    """Choose the language: asked for in the address, chosen before, or what the browser prefers.

    Who chose a language that only the form for residents speaks reads the other pages in English.
    """
    chosen = _chosen_language(request)
    if chosen:
        return Language(whole_pages_in(chosen))
    return Language(best_language(request.headers.get("accept-language")))


def resident_language_of(request: Request) -> Language:
    """Choose the language of pages for residents, of which there are more."""
    chosen = _chosen_language(request)
    return Language(chosen or best_resident_language(request.headers.get("accept-language")))


def _chosen_language(request: Request) -> str | None:
    kept = request.cookies.get(cookie_name(settings_of(request), LANGUAGE_COOKIE))
    return next((asked for asked in (request.query_params.get("lang"), kept) if asked in RESIDENT_LANGUAGES), None)


async def _language(request: Request) -> Language:
    return language_of(request)


async def language_of_api(
    request: Request,
    lang: Annotated[
        Literal["zh-Hant", "en", "vi", "id", "th"] | None,
        Query(description="Language of names and sentences, English where it has no words; else Accept-Language."),
    ] = None,
) -> Language:
    """Choose the language as for pages; an unknown one is an error here."""
    return Language(lang) if lang else language_of(request)


Speaks = Annotated[Language, Depends(_language)]
SpeaksInApi = Annotated[Language, Depends(language_of_api)]
