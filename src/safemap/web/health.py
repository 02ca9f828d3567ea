"""Whether the app lives, and whether it can work: two questions, asked by whoever runs it."""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from safemap.db.freshness import revision_in
from safemap.db.migration import newest_revision
from safemap.errors import OutsideFailure
from safemap.web.deps import Db

router = APIRouter(tags=["health"])


class TablesNotReady(OutsideFailure):
    """The tables are not those that this safemap expects."""

    def __init__(self, found: str | None, expected: str | None) -> None:
        super().__init__(
            "The tables are at revision {found}, and {expected} is expected.",
            remedy="Run `safemap db start`, or start the newest safemap.",
            found=found or "none",
            expected=expected,
        )


@router.get("/healthz", summary="Does the app live?")
async def healthz() -> JSONResponse:
    """Answers without asking the database."""
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


@router.get("/readyz", summary="Can the app work?", responses={503: {"description": "The database is not ready."}})
def readyz(request: Request, session: Db) -> JSONResponse:
    """Answers 200 when the database answers and its tables are at the revision that this safemap expects."""
    found = revision_in(session)
    state = request.app.state
    if not hasattr(state, "newest_revision"):
        state.newest_revision = newest_revision()
    if found != state.newest_revision:
        raise TablesNotReady(found, state.newest_revision)
    return JSONResponse({"status": "ok", "revision": found}, headers={"Cache-Control": "no-store"})
