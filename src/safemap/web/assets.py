"""Styles, scripts and fonts: kept for ever when asked for by their content, asked about again otherwise.

A script that is asked for by its content imports others by theirs: so a page and all that it runs are of one moment,
nothing is asked about again, and what a phone keeps of a page fits together. It comes without its comments.
"""

import gzip
import hashlib
import os
import posixpath
import re
from functools import cache
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"
KEPT_FOR_EVER = "public, max-age=31536000, immutable"
ASKED_AGAIN = "no-cache"  # kept, but used only after its ETag was confirmed


# ``import … from "./other.js"``, ``import "./other.js"``, ``export … from``, ``import("./other.js")``.
IMPORTED = re.compile(r'(\bfrom\s*|\bimport\s*\(?\s*)"(\.{1,2}/[^"?]+\.js)"')
COMMENT = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)
AS_IT_IS = ("vendor/",)  # scripts of others


def static_url(path: str) -> str:
    """Return the address of a file under ``static/`` with its content's hash, so that a new one is fetched at once."""
    return f"/static/{path}?v={_hash(path, _moments(path))}"


def content_of(path: str) -> bytes:
    """Return a file under ``static/`` as it is served by its content: a script names its imports by theirs."""
    return _content(path, _moments(path))


def imports_of(path: str) -> list[str]:
    """Return the scripts that a script needs before it runs, each once."""
    found: list[str] = []
    for part in _imported(path, _moment(path), is_late_too=False):
        found += [one for one in (part, *imports_of(part)) if one not in found]
    return found


# A file's content is looked at once, and again when it was changed: while somebody works on it, it is.


def _moment(path: str) -> int:
    return (STATIC / path).stat().st_mtime_ns


def _moments(path: str) -> tuple[int, ...]:
    parts = _imported(path, _moment(path)) if path.endswith(".js") else ()
    return (_moment(path), *(moment for part in parts for moment in _moments(part)))


@cache
def _imported(path: str, _changed_ns: int, *, is_late_too: bool = True) -> tuple[str, ...]:
    """Return the scripts that a script names, from ``static/``; or those alone for which it waits."""
    if path.startswith(AS_IT_IS):
        return ()
    found = IMPORTED.finditer((STATIC / path).read_text(encoding="utf-8"))
    return tuple(_beside(path, one[2]) for one in found if is_late_too or "(" not in one[1])


def _beside(path: str, named: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), named))


@cache
def _plain(path: str, _changed_ns: int) -> bytes:
    return (STATIC / path).read_bytes()


@cache
def _content(path: str, _changed_ns: tuple[int, ...]) -> bytes:
    whole = _plain(path, _moment(path))
    if not path.endswith(".js") or path.startswith(AS_IT_IS):
        return whole
    told = COMMENT.sub("", whole.decode())
    return IMPORTED.sub(lambda one: f'{one[1]}"{static_url(_beside(path, one[2]))}"', told).encode()


@cache
def _hash(path: str, changed_ns: tuple[int, ...]) -> str:
    return hashlib.sha256(_content(path, changed_ns)).hexdigest()[:12]


@cache
def _compressed(content: bytes) -> bytes:
    """Compress a content once, as small as it gets."""
    return gzip.compress(content, 9, mtime=0)


class Assets(StaticFiles):
    """The files under ``static/``."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC, check_dir=False)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Serve a file; what an older page asks for by a content that is no more is confirmed by ETag."""
        answer = await super().get_response(path, scope)
        asked = Headers(scope=scope)
        is_by_content = scope["query_string"].decode("latin-1") == static_url(path).partition("?")[2]
        if isinstance(answer, FileResponse) and "range" not in asked:
            content = content_of(path) if is_by_content else _plain(path, _moment(path))
            answer = _as_small_as(content, answer, takes_gzip="gzip" in asked.get("accept-encoding", ""))
        if is_by_content:  # never asked about again, so by nothing to ask with
            for name in ("etag", "last-modified"):
                if name in answer.headers:
                    del answer.headers[name]
        answer.headers["Cache-Control"] = KEPT_FOR_EVER if is_by_content else ASKED_AGAIN
        return answer

    def file_response(
        self, full_path: Any, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Name the character set of scripts and styles, whatever the machine's mime table says."""
        answer = super().file_response(full_path, stat_result, scope, status_code)
        kind = KINDS.get(Path(full_path).suffix)
        if kind:
            answer.headers["Content-Type"] = kind
        return answer


def _as_small_as(content: bytes, answer: FileResponse, *, takes_gzip: bool) -> Response:
    """Return a file's answer with a content, compressed where that gains something."""
    kind = Path(answer.path).suffix
    is_small_already = kind not in KINDS or kind == ".woff2" or len(content) < SMALL_BYTES
    if is_small_already and kind != ".js":
        return answer
    kept = {name: answer.headers[name] for name in ("content-type", "etag", "last-modified")}
    if is_small_already or not takes_gzip:
        return Response(content, headers=kept)
    return Response(_compressed(content), headers={**kept, "content-encoding": "gzip", "vary": "Accept-Encoding"})


SMALL_BYTES = 500  # below, the packaging is as large as what it saves
KINDS = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
}
