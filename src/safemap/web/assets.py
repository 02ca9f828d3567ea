"""Styles, scripts and fonts: kept for ever when asked for by their content, asked about again otherwise."""

import gzip
import hashlib
import os
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


@cache
def _content_hash(path: str, _changed_ns: int) -> str:
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]


@cache
def _compressed(path: Path, _changed_ns: int) -> bytes:
    """Compress a file once, as small as it gets."""
    return gzip.compress(path.read_bytes(), 9, mtime=0)


def static_url(path: str) -> str:
    """Return the address of a file under ``static/`` with its content's hash, so that a new one is fetched at once."""
    return f"/static/{path}?v={_content_hash(path, (STATIC / path).stat().st_mtime_ns)}"


class Assets(StaticFiles):
    """The files under ``static/``."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC, check_dir=False)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Serve a file; scripts import each other by plain names, so those are confirmed by ETag."""
        answer = await super().get_response(path, scope)
        asked = Headers(scope=scope)
        if isinstance(answer, FileResponse) and "gzip" in asked.get("accept-encoding", "") and "range" not in asked:
            answer = _small(answer)
        named_by_content = scope["query_string"].startswith(b"v=")
        answer.headers["Cache-Control"] = KEPT_FOR_EVER if named_by_content else ASKED_AGAIN
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


def _small(answer: FileResponse) -> Response:
    """Return a file's answer compressed; what is small or compressed already goes as it is."""
    path = Path(answer.path)
    if path.suffix not in KINDS or path.suffix == ".woff2" or path.stat().st_size < SMALL_BYTES:
        return answer
    body = _compressed(path, path.stat().st_mtime_ns)
    kept = {name: answer.headers[name] for name in ("content-type", "etag", "last-modified")}
    return Response(body, headers={**kept, "content-encoding": "gzip", "vary": "Accept-Encoding"})


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
