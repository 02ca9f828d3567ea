"""Looking at the demo village as one of its people; only where `safemap demo` was started."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from safemap.demo.layout import CODE
from safemap.demo.people import PEOPLE
from safemap.demo.rules import NoDemoHere
from safemap.demo.visiting import begin_as
from safemap.i18n import mark
from safemap.identity.rules import NEEDS_SECOND_FACTOR, ROLE_NAMES, Kind, Role, Verb
from safemap.settings import Settings
from safemap.web.deps import Configured, Db
from safemap.web.onward import path_here
from safemap.web.pages._common import page
from safemap.web.permits import open_to_all
from safemap.web.viewing import keep_session, who_asks

router = APIRouter(dependencies=[open_to_all(Verb.EDIT_OWN, Kind.PERSON)])

# What a newcomer finds there with each role.
WHAT_FOR = {
    Role.RESIDENT: mark("sees dead zones, patrol times, and reports beside their street"),
    Role.LEADER: mark("sees reports exactly, measures dead zones, prints the handout"),
    Role.SECRETARY: mark("invites members and reads what reporters wrote before others do"),
    Role.VOLUNTEER: mark("sees where and when patrols walk"),
    Role.ADOPTER: mark("sees adopted blocks with whom to call"),
    Role.STATION_OFFICER: mark("sees reports exactly, in their own villages"),
    Role.PRECINCT_REVIEWER: mark("sees all villages of the precinct, and who has which role"),
    Role.FIRE_OFFICER: mark("sees dead zones, and reports beside their street"),
    Role.COUNTY_OFFICER: mark("looks after villages and roles of the county"),
    Role.EVALUATOR: mark("looks at everything that members see, and changes nothing"),
}
FIRST = 3  # offered on the home page; the others are one tap away
HOME = f"/villages/{CODE}"


def offered_people(settings: Settings) -> tuple[tuple[str, str, str], ...]:
    """Return role, its name and what it is for, of those to look as; none where no demo was started."""
    if not settings.demo:
        return ()
    return tuple((one.role.value, ROLE_NAMES[one.role], WHAT_FOR[one.role]) for one in PEOPLE)


@router.get("/demo/as")
def choose(
    request: Request, settings: Configured, onward: Annotated[str, Query(alias="next", max_length=2000)] = ""
) -> HTMLResponse:
    """Offer the people of the demo village."""
    if not settings.demo:
        raise NoDemoHere
    return page(
        request,
        "account/demo_as.html",
        demo_people=offered_people(settings),
        onward=path_here(onward, ""),
        strict=[role.value for role in NEEDS_SECOND_FACTOR],
    )


@router.post("/demo/as/{role}")
def look_as(
    request: Request,
    session: Db,
    settings: Configured,
    role: Role,
    onward: Annotated[str, Form(alias="next", max_length=2000)] = "",
) -> Response:
    """Begin a session of that demo person, with the second factor as if passed."""
    token = begin_as(session, settings, role, who_asks(request), datetime.now(UTC))
    keep_session(request, token)
    return RedirectResponse(path_here(onward, HOME), status_code=303)
