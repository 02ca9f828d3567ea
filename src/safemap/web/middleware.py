"""First and last to see a request: its number, the answer's security headers, HEAD, what nobody foresaw."""

import logging
import re
import secrets
import time
from contextvars import ContextVar
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from safemap.hazards.rules import FOLLOW_UP_PATH
from safemap.identity.letters import INVITATION_PATH, PASSWORD_PATH
from safemap.settings import Settings
from safemap.web.errors import unexpected
from safemap.web.rules import ForeignForm

log = logging.getLogger("safemap.web")
access = logging.getLogger("safemap.access")
request_id: ContextVar[str] = ContextVar("request_id", default="-")

BODY_LIMIT_BYTES = 64 * 1024  # a report is under 3 kB; photos will come with a limit of their own
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
WITH_TOKENS = (PASSWORD_PATH, INVITATION_PATH, FOLLOW_UP_PATH)
QUIET = ("/tiles/", "/static/", "/healthz")  # asked for in dozens by one page view: logged only for debugging


async def refuse_foreign_writes(request: Request) -> None:
    """Let only our own pages, and programs that are no browsers, write (against cross-site request forgery).

    Raises
    ------
    ForeignForm
        The browser says that another origin made the request.
    """
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        if site not in {"same-origin", "none"}:
            raise ForeignForm
    elif origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise ForeignForm


def security_headers(settings: Settings) -> dict[str, str]:
    """Return the headers of every answer: nothing runs or loads that is not ours, save a configured raster map."""
    policy = {
        "default-src": "'self'",
        "img-src": " ".join(["'self'", "data:", *_raster_origin(settings.raster_url)]),
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{directive} {sources}" for directive, sources in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


def _raster_origin(raster_url: str) -> list[str]:
    parts = urlsplit(re.sub(r"\{[sS]\}", "*", raster_url))
    return [f"{parts.scheme}://{parts.netloc}"] if parts.scheme and parts.netloc else []


class FrontDoor:
    """Wraps the whole app."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.headers = [
            (name.lower().encode(), value.encode("latin-1")) for name, value in security_headers(settings).items()
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and its answer back."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        number = _number_of(scope)
        token = request_id.set(number)
        started = time.perf_counter()
        status = 0
        is_head = scope["method"] == "HEAD"

        received = 0

        async def receive_limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > BODY_LIMIT_BYTES or _announced(scope) > BODY_LIMIT_BYTES:
                raise HTTPException(413)
            return message

        async def send_framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                cookies = [(b"set-cookie", cookie.encode()) for cookie in inner["state"].get("cookies", ())]
                message["headers"] = [*message["headers"], *self.headers, (b"x-request-id", number.encode()), *cookies]
            elif is_head:
                message = {**message, "body": b""}
            await send(message)

        # A route that answers GET answers HEAD: the same, without the body.
        inner = {**scope, "method": "GET"} if is_head else {**scope}
        inner["state"] = {**scope.get("state", {})}  # of this request alone
        try:
            await self.app(inner, receive_limited, send_framed)
        except Exception:
            log.exception("%s %s failed", scope["method"], _shown(scope["path"]))
            if status:
                raise
            await unexpected(Request({**inner, "app": scope.get("app") or inner["app"]}))(inner, receive, send_framed)
        finally:
            level = logging.DEBUG if scope["path"].startswith(QUIET) else logging.INFO
            if access.isEnabledFor(level):
                spent_ms = (time.perf_counter() - started) * 1000
                access.log(level, "%s %s %d %.1f ms", scope["method"], _shown(scope["path"]), status, spent_ms)
            request_id.reset(token)


def _shown(path: str) -> str:
    """Return a path as logs may hold it: without the token of somebody's own link, which opens what it leads to."""
    return next((f"{start}…" for start in WITH_TOKENS if path.startswith(start)), path)


def _announced(scope: Scope) -> int:
    """Return the length of the body that the request's head announces; 0 when it does not say."""
    said = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(said) if said.isdigit() else 0


def _number_of(scope: Scope) -> str:
    """Take a request's number from a proxy before us, or make one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and re.fullmatch(rb"[\w-]{8,64}", value):
            return bytes(value).decode("ascii", "ignore")
    return secrets.token_hex(6)
