"""Pages that open with no connection: what waits on this phone, and what can be done without one.

They hold nothing of anybody: what waits is in the phone, and a script of the page shows it.
"""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from safemap.identity.rules import Kind, Verb
from safemap.web.pages._common import page
from safemap.web.permits import open_to_all

router = APIRouter(dependencies=[open_to_all(Verb.ADD, Kind.REPORT)])


@router.get("/waiting")
def waiting(request: Request) -> HTMLResponse:
    """Show the reports on this phone: those that wait, and the links of those that were sent."""
    return page(request, "offline/waiting.html")


@router.get("/offline")
def offline(request: Request) -> HTMLResponse:
    """Say what is possible with no connection; the worker shows this in place of a page that it does not keep."""
    return page(request, "offline/offline.html")
