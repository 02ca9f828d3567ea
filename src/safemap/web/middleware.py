"""First and last to see a request: its number, its size, the answer's security headers, HEAD, what nobody foresaw."""

import asyncio
import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from safemap.identity.rules import ANONYMOUS, Role, TooOften
from safemap.media.rules import PhotosBusy
from safemap.settings import Settings
from safemap.web.bodies import USUAL, Arriving, Body, body_of
from safemap.web.errors import answer_to, failure_of, http_failure, unexpected
from safemap.web.headers import may_be_kept, referrer_policy, security_headers
from safemap.web.limits import READS, Counter, address_of

log = logging.getLogger("safemap.web")
access = logging.getLogger("safemap.access")
request_id: ContextVar[str] = ContextVar("request_id", default="-")

ADDRESS_LIMIT_BYTES = 4 * 1024
HEAD_LIMIT_BYTES = 16 * 1024
QUIET = ("/tiles/", "/static/", "/healthz")  # asked for in dozens by one page view: not counted, logged for debugging


@dataclass
class Passage:
    """A request on its way through: what is known of it so far."""

    scope: Scope  # the app's copy of it
    number: str
    templates: Mapping[Any, str]  # of addresses, by what answers to them
    body: Body = USUAL  # what its address takes
    status: int = 0
    received_bytes: int = 0
    has_arrived: bool = False
    began_s: float = field(default_factory=time.monotonic)

    @property
    def deadline_s(self) -> float:
        """Until when its body has to have arrived."""
        return self.began_s + self.body.within_s

    @property
    def template(self) -> str:
        """The route's address with its places left open; empty when no route was found."""
        return self.templates.get(self.scope.get("endpoint"), "")

    @property
    def role(self) -> str | None:
        """The highest role of who asks; None when nobody looked."""
        state = self.scope["state"]
        viewer = state.get("viewer") or getattr(state.get("found"), "viewer", ANONYMOUS)
        is_looked_up = "viewer" in state or "found" in state
        return max(viewer.roles, key=list(Role).index).value if is_looked_up else None

    @property
    def is_personal(self) -> bool:
        """Whether the answer may hold what only somebody signed in sees."""
        state = self.scope["state"]
        return bool(state.get("found")) or bool(getattr(state.get("viewer"), "is_signed_in", False))


class FrontDoor:
    """Wraps the whole app."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.headers = _raw(security_headers(settings))
        self.reads = Counter(READS.times(settings.rate_factor))
        self.arriving = Arriving()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and its answer back."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        is_head = scope["method"] == "HEAD"
        # A route that answers GET answers HEAD: the same, without the body.
        inner = {**scope, "method": "GET"} if is_head else {**scope}
        inner["state"] = {**scope.get("state", {})}  # of this request alone
        body = body_of(scope["method"], scope["path"])
        if 0 < _announced(scope) <= USUAL.limit_bytes:
            body = USUAL  # a report without photos, or a small one
        passage = Passage(inner, _number_of(scope), templates_of(scope["app"]), body)
        token = request_id.set(passage.number)
        framed = self._framing(passage, send, is_head=is_head)
        try:
            refused = self._refused(inner, body)
            if refused is not None:
                await refused(inner, receive, framed)
            elif body is USUAL:
                await self.app(inner, _limited(passage, receive), framed)
            else:
                await self._take_large(passage, receive, framed)
        except Exception as error:
            log.exception("a request failed", extra={"fields": {"route": passage.template or None}})
            if passage.status or isinstance(error, ConnectionError):
                raise
            await unexpected(Request(inner))(inner, receive, framed)
        finally:
            _note(scope["method"], passage, started, is_quiet=scope["path"].startswith(QUIET))
            request_id.reset(token)

    async def _take_large(self, passage: Passage, receive: Receive, send: Send) -> None:
        """Pass on a request that may bring photos, if not too many are on their way already."""
        request = Request(passage.scope)
        address = address_of(request)
        if not self.arriving.begin(address):
            await answer_to(failure_of(PhotosBusy(), request), request)(passage.scope, receive, send)
            return
        try:
            await self.app(passage.scope, _limited(passage, receive), send)
        finally:
            self.arriving.end(address)

    def _refused(self, scope: Scope, body: Body) -> Response | None:
        """Return the answer to a request that is not even looked at."""
        request = Request(scope)
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > ADDRESS_LIMIT_BYTES:
            return answer_to(http_failure(request, 414), request)
        if sum(len(name) + len(value) for name, value in scope["headers"]) > HEAD_LIMIT_BYTES:
            return answer_to(http_failure(request, 431), request)
        if _announced(scope) > body.limit_bytes:
            return answer_to(http_failure(request, 413), request)
        if scope["path"].startswith(QUIET):
            return None
        try:
            self.reads.count(address_of(request))
        except TooOften as error:
            return answer_to(failure_of(error, request), request, {"Retry-After": str(error.wait_s)})
        return None

    def _framing(self, passage: Passage, send: Send, *, is_head: bool) -> Callable[[Message], Awaitable[None]]:
        async def send_framed(message: Message) -> None:
            if message["type"] == "http.response.start":
                passage.status = message["status"]
                message["headers"] = [*_kept(message["headers"], passage), *self.headers, *_of_passage(passage)]
            elif is_head:
                message = {**message, "body": b""}
            await send(message)

        return send_framed


@cache
def templates_of(app: FastAPI) -> Mapping[Any, str]:
    """Return the addresses of an app's routes, with their places left open, by what answers to them."""
    return {context.endpoint or context.app: context.path or "" for context in iter_route_contexts(app.routes)}


def _limited(passage: Passage, receive: Receive) -> Receive:
    """Return a way to read the body that ends when it is too long, or takes too long."""

    async def receive_limited() -> Message:
        if passage.has_arrived:  # what is waited for now is the end of the connection
            return await receive()
        try:
            async with asyncio.timeout(passage.deadline_s - time.monotonic()):
                message = await receive()
        except TimeoutError:
            raise HTTPException(408, headers={"Connection": "close"}) from None
        passage.received_bytes += len(message.get("body", b""))
        passage.has_arrived = not message.get("more_body", False)
        if passage.received_bytes > passage.body.limit_bytes:
            raise HTTPException(413)
        return message

    return receive_limited


def _kept(headers: list[tuple[bytes, bytes]], passage: Passage) -> list[tuple[bytes, bytes]]:
    """Return an answer's headers; what is personal is kept by no browser and no proxy, whatever the route says."""
    others = [(name, value) for name, value in headers if name != b"cache-control"]
    if not may_be_kept(passage.template, is_personal=passage.is_personal):
        return [*others, (b"cache-control", b"no-store")]
    return headers if len(others) < len(headers) else [*headers, (b"cache-control", b"no-cache")]


def _of_passage(passage: Passage) -> list[tuple[bytes, bytes]]:
    return [
        (b"referrer-policy", referrer_policy(passage.template).encode()),
        (b"x-request-id", passage.number.encode()),
        # Not "storage": there a report may wait to be sent. What a session left there, scripts take away (leaving.js).
        *([(b"clear-site-data", b'"cache"')] if passage.scope["state"].get("has_left") else []),
        *((b"set-cookie", cookie.encode()) for cookie in passage.scope["state"].get("cookies", ())),
    ]


def _note(method: str, passage: Passage, started: float, *, is_quiet: bool) -> None:
    """Write a request down: the route and not the address, the role and not the person."""
    level = logging.DEBUG if is_quiet else logging.INFO
    if access.isEnabledFor(level):
        spent_ms = (time.perf_counter() - started) * 1000
        fields: dict[str, Any] = {
            "method": method,
            "route": passage.template or None,
            "status": passage.status,
            "ms": round(spent_ms, 1),
            "role": passage.role,
        }
        if failure := passage.scope["state"].get("failure"):
            fields["failure"] = failure
        access.log(level, "request", extra={"fields": fields})


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]


def _announced(scope: Scope) -> int:
    """Return the length of the body that the request's head announces; 0 when it does not say."""
    said = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(said) if said.isdigit() and len(said) < 20 else 0


def _number_of(scope: Scope) -> str:
    """Take a request's number from a proxy before us, or make one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and re.fullmatch(rb"[\w-]{8,64}", value):
            return bytes(value).decode("ascii", "ignore")
    return secrets.token_hex(6)
