"""One table from kinds of failure to statuses; one form for programs (RFC 9457), one for people."""

import html
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, cast

import asyncpg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from jinja2 import TemplateNotFound
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response

from safemap.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotYetPossible, OutsideFailure, SafemapError
from safemap.hazards.rules import WrongSentKey
from safemap.i18n import mark
from safemap.identity.rules import TooManyAttempts, TooOften
from safemap.web.closed import WayIn, way_in_of
from safemap.web.deps import language_of
from safemap.web.rendering import render
from safemap.web.rules import TokenNotTaken, TooSlow

log = logging.getLogger("safemap.web")

STATUS_OF: dict[type[SafemapError], int] = {
    NotFound: 404,
    NotAllowed: 403,
    Conflict: 409,
    InvalidInput: 400,
    NotYetPossible: 409,
    OutsideFailure: 503,
    TooManyAttempts: 429,
    TooOften: 429,
    TokenNotTaken: 401,
    WrongSentKey: 422,
}
# The short sentence over an error, for people and for programs.
TITLES = {
    400: mark("That was not understood"),
    401: mark("The token is not taken"),
    403: mark("That is not allowed"),
    404: mark("There is nothing here"),
    405: mark("That cannot be done here"),
    408: mark("That took too long to arrive"),
    409: mark("That cannot be done now"),
    413: mark("That is too large"),
    414: mark("That address is too long"),
    415: mark("That kind of content is not understood"),
    422: mark("That key is none"),
    429: mark("Too many attempts"),
    431: mark("That is too large"),
    500: mark("Something broke"),
    503: mark("This does not work right now"),
}
NOTHING_HERE = mark("No page has this address.")
LOOK_AT_FIELDS = mark("Some values are missing or wrong.")
ANOTHER_METHOD = mark("This address does not take that kind of request.")
TOO_LARGE = mark("What was sent is larger than this address takes.")
TOO_LATE = mark("The rest of what you sent did not arrive.")
SHORTER = mark("Leave out what you do not need.")
TRY_LATER = mark("Please try again in a minute.")
OUR_FAULT = mark("This is our mistake, not yours. It has been written down.")
NO_DATABASE = mark("The database cannot be reached.")
STORED_OTHERWISE = mark("It clashes with what is stored.")
NO_SUCH_TEXT = mark("A text holds a character that cannot be stored.")

STOPPED = {"57014", "55P03"}  # by a time limit, or while waiting for another

# Addresses that programs ask; everything else is for people.
FOR_PROGRAMS = ("/api/", "/tiles/", "/healthz", "/readyz")


@dataclass(frozen=True)
class Failure:
    """A failure in words of the reader's language."""

    status: int
    title: str
    detail: str
    kind: str = ""  # names the class of the error, for programs
    remedy: str = ""
    way_in: WayIn | None = None  # what a person can do to be let in
    fields: Sequence[Mapping[str, str]] = ()

    def as_problem(self, path: str) -> dict[str, Any]:
        """Return the members of RFC 9457, with ``remedy`` and ``errors`` beside them."""
        members: dict[str, Any] = {
            "type": f"urn:safemap:problem:{self.kind}" if self.kind else "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": path,
        }
        if self.remedy:
            members["remedy"] = self.remedy
        if self.fields:
            members["errors"] = list(self.fields)
        return members


def status_of(error: SafemapError) -> int:
    """Return the status of an error by its kind."""
    return next((STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF), 500)


def kind_of(error: SafemapError) -> str:
    """Return an error's class in words with hyphens: ``VillageNotFound`` is ``village-not-found``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__).lower()


def is_for_programs(request: Request) -> bool:
    """Whether the asker is a program and not a reader."""
    return request.url.path.startswith(FOR_PROGRAMS)


def failure_of(error: SafemapError, request: Request) -> Failure:
    """Say an error in the reader's language."""
    say = language_of(request).say
    detail, remedy = say(error.message, **error.values), say(error.remedy, **error.values)
    field = error.field if isinstance(error, InvalidInput) else ""
    return Failure(
        status=status_of(error),
        title=_title(status_of(error), request),
        detail=detail,
        kind=kind_of(error),
        remedy=remedy,
        way_in=None if is_for_programs(request) else way_in_of(error, request),
        fields=[{"field": field, "message": detail}] if field else (),
    )


def answer_to(failure: Failure, request: Request, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with a failure: a problem document for programs, a page for people; never kept in a cache."""
    request.state.failure = failure.kind  # the front door writes it down
    answer = _problem(failure, request) if is_for_programs(request) else _page(failure, request)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers.update(headers or {})
    if failure.status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = "5"
    return answer


def unexpected(request: Request) -> Response:
    """Answer to a mistake in safemap itself."""
    say = language_of(request).say
    return answer_to(Failure(500, _title(500, request), say(OUR_FAULT), "internal-error", say(TRY_LATER)), request)


def _title(status: int, request: Request) -> str:
    return language_of(request).say(TITLES.get(status) or HTTPStatus(status).phrase)


def _problem(failure: Failure, request: Request) -> Response:
    return JSONResponse(
        failure.as_problem(request.url.path), status_code=failure.status, media_type="application/problem+json"
    )


def _page(failure: Failure, request: Request) -> Response:
    try:
        template = "account/closed.html" if failure.way_in else "error.html"
        return render(request, template, status=failure.status, failure=failure, way_in=failure.way_in)
    except TemplateNotFound:
        language = language_of(request).code
        title, detail, remedy = (html.escape(text) for text in (failure.title, failure.detail, failure.remedy))
        return HTMLResponse(
            f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{title}</title>'
            f'<h1>{title}</h1><p>{detail}</p><p>{remedy}</p><p><a href="/">safemap</a></p></html>',
            status_code=failure.status,
        )


def _on_safemap_error(request: Request, error: Exception) -> Response:
    failure = failure_of(cast("SafemapError", error), request)
    if failure.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("%s: %s", type(error).__name__, error)
    return answer_to(failure, request, _headers_of(error))


def _headers_of(error: Exception) -> dict[str, str]:
    if isinstance(error, TokenNotTaken):
        return {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    return {"Retry-After": str(error.wait_s)} if isinstance(error, TooManyAttempts | TooOften) else {}


def http_failure(request: Request, status: int) -> Failure:
    """Say a failure that has no more to it than its status; what the framework says of it may quote what was sent."""
    details = {404: NOTHING_HERE, 405: ANOTHER_METHOD, 408: TOO_LATE, 413: TOO_LARGE, 414: SHORTER, 431: TOO_LARGE}
    say = language_of(request).say
    return Failure(status, _title(status, request), say(details.get(status, LOOK_AT_FIELDS if status == 400 else "")))


def _on_http_error(request: Request, error: Exception) -> Response:
    stated = cast("HTTPException", error)
    return answer_to(http_failure(request, stated.status_code), request, stated.headers)


def _on_wrong_values(request: Request, error: Exception) -> Response:
    wrong = cast("RequestValidationError", error)
    fields = [
        {
            "field": str(entry["loc"][0])  # a broken body has no fields
            if entry["type"] == "json_invalid"
            else ".".join(str(part) for part in entry["loc"][1:]) or str(entry["loc"][0]),
            "message": str(entry["msg"]),
        }
        for entry in wrong.errors()
    ]
    fields = [field for position, field in enumerate(fields) if field not in fields[:position]]
    return answer_to(
        Failure(
            400,
            _title(400, request),
            language_of(request).say(LOOK_AT_FIELDS),
            "invalid-input",
            "; ".join(f"{field['field']}: {field['message']}" for field in fields),
            fields=fields,
        ),
        request,
    )


def _on_database_failure(request: Request, error: Exception) -> Response:
    log.error("the database failed", extra={"fields": {"error": _told_by_database(error)}})
    if getattr(getattr(error, "orig", error), "sqlstate", None) in STOPPED:
        return answer_to(failure_of(TooSlow(), request), request)
    say = language_of(request).say
    failure = Failure(503, _title(503, request), say(NO_DATABASE), "database-unreachable", say(TRY_LATER))
    return answer_to(failure, request)


def _told_by_database(error: Exception) -> str:
    """Return the kind, the code and the broken rule of a database's error; its words quote what was stored or sent."""
    told = getattr(error, "orig", None) or error
    rule = getattr(getattr(told, "diag", None), "constraint_name", None)
    return " ".join(part for part in (type(told).__name__, getattr(told, "sqlstate", None), rule) if part)


def _on_refused_by_database(request: Request, error: Exception) -> Response:
    log.warning("refused by the database", extra={"fields": {"error": _told_by_database(error)}})
    say = language_of(request).say
    clash = Failure(409, _title(409, request), say(STORED_OTHERWISE), "conflict")
    if isinstance(error, DataError):
        clash = replace(clash, status=400, title=_title(400, request), detail=say(NO_SUCH_TEXT), kind="invalid-input")
    return answer_to(clash, request)


DATABASE_FAILURES: tuple[type[Exception], ...] = (
    OperationalError,
    InterfaceError,
    PoolTimeout,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.exceptions.OperatorInterventionError,  # it is shutting down, or just starting
    asyncpg.exceptions.InsufficientResourcesError,  # too many connections, disk full
    ConnectionError,
    FileNotFoundError,  # its socket is gone
)


def register_errors(app: FastAPI) -> None:
    """Teach an app to answer every failure."""
    app.add_exception_handler(SafemapError, _on_safemap_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(RequestValidationError, _on_wrong_values)
    app.add_exception_handler(IntegrityError, _on_refused_by_database)
    app.add_exception_handler(DataError, _on_refused_by_database)
    for failure in DATABASE_FAILURES:
        app.add_exception_handler(failure, _on_database_failure)
