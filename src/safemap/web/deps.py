"""What routes ask for: settings, a session in a transaction, the reader's language, a page."""

from collections.abc import Iterator
from dataclasses import dataclass
from gettext import NullTranslations
from typing import Annotated, Any, Literal, cast

from fastapi import Depends, Path, Query, Request
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse

from safemap.communities.rules import StudyArea
from safemap.communities.service import study_area_by_key
from safemap.db.session import unit_of_work
from safemap.i18n import LANGUAGES, best_language, mark, translations
from safemap.settings import Settings
from safemap.web.templating import environment

LANGUAGE_COOKIE = "safemap_language"
APPEARANCE_COOKIE = "safemap_appearance"
A_YEAR_S = 365 * 24 * 3600


def settings_of(request: Request) -> Settings:
    """Return the settings that the app was made with."""
    return cast("Settings", request.app.state.settings)


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
    """Choose the language: asked for in the address, chosen before, or what the browser prefers."""
    for wanted in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if wanted in LANGUAGES:
            return Language(wanted)
    return Language(best_language(request.headers.get("accept-language")))


async def _language(request: Request) -> Language:
    return language_of(request)


async def language_of_api(
    request: Request,
    lang: Annotated[
        Literal["zh-Hant", "en"] | None, Query(description="Language of names and sentences; else Accept-Language.")
    ] = None,
) -> Language:
    """Choose the language as for pages; an unknown one is an error here."""
    return Language(lang) if lang else language_of(request)


Speaks = Annotated[Language, Depends(_language)]
SpeaksInApi = Annotated[Language, Depends(language_of_api)]


@dataclass(frozen=True)
class Appearance:
    """How a page looks: what the reader calls it, and the media for which the dark colours hold."""

    name: str
    media: str


APPEARANCES = {
    "system": Appearance(mark("As the device"), "screen and (prefers-color-scheme: dark)"),
    "light": Appearance(mark("Light"), "not all"),
    "dark": Appearance(mark("Dark"), "screen"),
}


def appearance_of(request: Request) -> str:
    """Choose light, dark or as the device: asked for in the address, or chosen before."""
    for wanted in (request.query_params.get("appearance"), request.cookies.get(APPEARANCE_COOKIE)):
        if wanted in APPEARANCES:
            return wanted
    return "system"


def render(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """Make a page in the reader's language and colours; what the address chose is remembered in cookies."""
    language = language_of(request)
    appearance = appearance_of(request)
    made = environment(language.code, settings_of(request)).get_template(template)
    body = made.render(request=request, appearance=appearance, appearances=APPEARANCES, **context)
    page = HTMLResponse(body, status_code=status)
    page.headers["Content-Language"] = language.code
    page.headers["Vary"] = "Accept-Language, Cookie"
    page.headers["Cache-Control"] = "no-cache"
    chosen = {
        LANGUAGE_COOKIE: ("lang", language.code),
        APPEARANCE_COOKIE: ("appearance", appearance),
    }
    for cookie, (parameter, value) in chosen.items():
        if request.query_params.get(parameter) == value:
            page.set_cookie(
                cookie,
                value,
                max_age=A_YEAR_S,
                httponly=cookie == LANGUAGE_COOKIE,  # the switch for colours works in the page
                samesite="lax",
                secure=settings_of(request).site_url.startswith("https:"),
            )
    return page
