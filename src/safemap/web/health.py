"""Whether the app lives, and whether it can work: two questions, asked by whoever runs it."""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from safemap.db.freshness import revision_in
from safemap.db.migration import newest_revision
from safemap.identity.rules import Kind, Verb
from safemap.web.deps import Db
from safemap.web.permits import open_to_all
from safemap.web.rules import TablesNotReady

router = APIRouter(tags=["health"], dependencies=[open_to_all(Verb.SEE_EXACT, Kind.VILLAGE)])


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
