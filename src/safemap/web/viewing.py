"""Whoever sends a request: their session's cookie or a program's token, once per request."""

from datetime import UTC, datetime
from http.cookies import SimpleCookie
from threading import BoundedSemaphore
from typing import Annotated, cast

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from safemap.db.session import unit_of_work
from safemap.demo.people import role_of_demo_person
from safemap.demo.rules import OnlyPractice
from safemap.identity.agencies.openid import Provider
from safemap.identity.agencies.service import PARKED_AT_MOST
from safemap.identity.api_tokens import viewer_for_api_token
from safemap.identity.keys import Keys
from safemap.identity.rules import ANONYMOUS, CodeFirst, ProveAgain, Viewer
from safemap.identity.signing_in import LONGEST, OpenSession, Who, keep_up, session_of
from safemap.settings import Settings
from safemap.web.deps import Db, settings_of
from safemap.web.rules import SignInFirst, TokenNotTaken

# With the prefix a browser takes the cookie from this very host and over HTTPS only (RFC 6265bis).
SESSION, SECURE_SESSION = "safemap_session", "__Host-safemap_session"
DEVICE, SECURE_DEVICE = "safemap_device", "__Host-safemap_device"
AWAY, SECURE_AWAY = "safemap_away", "__Host-safemap_away"  # at an agency's sign-in
TOKENS_UNDER = "/api/"
# A request that keeps its session up holds two connections, so few may at once: else all could wait for a second one.
# The others leave it to their session's next request.
KEEPING_UP = BoundedSemaphore(4)
DEVICE_KEPT_S = 400 * 24 * 3600  # the longest that browsers allow


def is_secure(settings: Settings) -> bool:
    """Whether people reach this site by HTTPS."""
    return settings.site_url.startswith("https:")


def cookie_header(settings: Settings, name: str, value: str, max_age_s: int) -> str:
    """Return the header that has a browser keep a cookie, unread by scripts; an empty value deletes it."""
    cookie = SimpleCookie({name: value})[name]
    cookie["path"] = "/"
    cookie["httponly"] = True
    cookie["samesite"] = "Lax"
    cookie["secure"] = is_secure(settings)
    cookie["max-age"] = max_age_s if value else 0
    return cookie.OutputString()


def keep_session(request: Request, token: str) -> None:
    """Have the browser keep a session's token with the answer to this request; empty: forget it."""
    settings = settings_of(request)
    name = SECURE_SESSION if is_secure(settings) else SESSION
    request.state.has_left = not token  # the front door has the browser forget what it kept
    _with_answer(request, cookie_header(settings, name, token, int(LONGEST.total_seconds())))


def keep_device(request: Request, token: str) -> None:
    """Have the browser keep the token by which it is known."""
    settings = settings_of(request)
    name = SECURE_DEVICE if is_secure(settings) else DEVICE
    _with_answer(request, cookie_header(settings, name, token, DEVICE_KEPT_S))


def keep_browser_away(request: Request, token: str) -> None:
    """Have the browser keep the token by which it is known when it comes back from an agency; empty: forget it."""
    settings = settings_of(request)
    name = SECURE_AWAY if is_secure(settings) else AWAY
    _with_answer(request, cookie_header(settings, name, token, int(PARKED_AT_MOST.total_seconds())))


def token_of_browser_away(request: Request) -> str:
    """Return the token of a browser that was, or is, at an agency; empty when there is none."""
    return request.cookies.get(SECURE_AWAY if is_secure(settings_of(request)) else AWAY, "")


def _with_answer(request: Request, cookie: str) -> None:
    cookies: list[str] = request.scope.setdefault("state", {}).setdefault("cookies", [])
    cookies.append(cookie)


def session_token(request: Request) -> str:
    """Return the token in the request's cookie; empty when there is none."""
    return request.cookies.get(SECURE_SESSION if is_secure(settings_of(request)) else SESSION, "")


def who_asks(request: Request) -> Who:
    """Return from where a request comes."""
    settings = settings_of(request)
    return Who(
        address=request.client.host if request.client else "",
        device_token=request.cookies.get(SECURE_DEVICE if is_secure(settings) else DEVICE, ""),
        browser=browser_in_words(request.headers.get("user-agent", "")),
        session_token=session_token(request),
    )


def browser_in_words(user_agent: str) -> str:
    """Name a browser as its person would: enough to know it again, too little to know anybody by it."""
    browsers = (
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    )
    systems = (
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
    )
    found = (next((name for sign, name in signs if sign in user_agent), "") for signs in (browsers, systems))
    return ", ".join(part for part in found if part)


def keys_of_app(request: Request) -> Keys:
    """Return the installation's keys."""
    return cast("Keys", request.app.state.keys)


def providers_of_app(request: Request) -> dict[str, Provider]:
    """Return the sign-in services of agencies that the settings name."""
    return cast("dict[str, Provider]", request.app.state.agencies)


def session_of_request(request: Request, session: Db) -> OpenSession | None:
    """Return the session that the request's cookie opens; a changed token goes out with the answer.

    Every page asks for it, so that its head, and that of a failure, can say who is signed in.
    """
    token, now = session_token(request), datetime.now(UTC)
    found = session_of(session, token, now) if token else None
    if found and found.is_due and KEEPING_UP.acquire(blocking=False):
        try:
            # In a transaction of its own: the new token goes out even if the request fails and is rolled back.
            with unit_of_work(request.app.state.engine) as own:
                new = keep_up(own, found, now)
        finally:
            KEEPING_UP.release()
        if new:
            keep_session(request, new)
    request.state.found = found
    return found


def viewer_of_request(request: Request, session: Db, found: "OpenHere") -> Viewer:
    """Return who asks: whose session it is, or, in the API alone, whose token a program shows.

    Raises
    ------
    TokenNotTaken
        A program shows a token that does not work; it is not let in as a visitor instead, lest nobody notice.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not request.url.path.startswith(TOKENS_UNDER):
        viewer: Viewer | None = found.viewer if found else ANONYMOUS
    else:
        viewer = viewer_for_api_token(session, token.strip(), datetime.now(UTC))
    if viewer is None:
        raise TokenNotTaken
    request.state.viewer = viewer  # the front door writes down its role, and keeps what it sees out of caches
    return viewer


def _signed_in(found: "OpenHere") -> OpenSession:
    if found is None:
        raise SignInFirst
    if found.needs_code:
        raise CodeFirst
    return found


def _changeable(request: Request, found: "OwnSession") -> OpenSession:
    if settings_of(request).demo and role_of_demo_person(found.email):
        raise OnlyPractice
    return found


def require_proved_of_late(found: "OwnSession") -> None:
    """Refuse to change what proves who somebody is from a session that was not proved within the half hour.

    Raises
    ------
    ProveAgain
        The proof is older.
    """
    if not found.is_fresh(datetime.now(UTC)):
        raise ProveAgain


OpenHere = Annotated[OpenSession | None, Depends(session_of_request)]
Seen = Annotated[Viewer, Depends(viewer_of_request)]
OwnSession = Annotated[OpenSession, Depends(_signed_in)]
OwnAccount = Annotated[OpenSession, Depends(_changeable)]
PROVED_OF_LATE = Depends(require_proved_of_late)  # of routes that change what proves who somebody is
InstallationKeys = Annotated[Keys, Depends(keys_of_app)]
Providers = Annotated[dict[str, Provider], Depends(providers_of_app)]

__all__ = [
    "InstallationKeys",
    "OpenHere",
    "OwnAccount",
    "OwnSession",
    "Seen",
    "Session",
    "keep_device",
    "keep_session",
    "who_asks",
]
