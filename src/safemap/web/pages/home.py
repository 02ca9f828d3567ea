"""The first page, where a village is chosen, and the page about safemap."""

from itertools import groupby

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from safemap.communities.service import study_areas
from safemap.demo.layout import CODE
from safemap.identity.rules import Kind, Verb
from safemap.web.deps import Configured, Db
from safemap.web.pages._common import page
from safemap.web.pages.demo_people import offered_people
from safemap.web.permits import open_to_all

router = APIRouter(dependencies=[open_to_all(Verb.SEE_EXACT, Kind.VILLAGE)])


@router.get("/")
def home(request: Request, session: Db, settings: Configured) -> HTMLResponse:
    """List the villages by town; the search box narrows the list."""
    areas = study_areas(session)
    demo = [area for area in areas if area.is_fictional]
    real = [area for area in areas if not area.is_fictional]
    towns = [(place, list(group)) for place, group in groupby(real, key=lambda area: f"{area.county}{area.town}")]
    return page(
        request,
        "home.html",
        demo=demo,
        demo_key=CODE,
        demo_people=offered_people(settings),
        towns=towns,
        count=len(areas),
    )


@router.get("/about")
def about(request: Request) -> HTMLResponse:
    """Say what this is, where its data comes from and who must be named."""
    return page(request, "about.html")
