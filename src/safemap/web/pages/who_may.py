"""Who may do what: the table of permission itself, in words."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from safemap.i18n import mark
from safemap.identity.permissions import permissions
from safemap.identity.rules import KIND_NAMES, MAY_GRANT, NEEDS_SECOND_FACTOR, ROLE_NAMES, VERB_NAMES, Kind, Role, Verb
from safemap.web.pages._common import page
from safemap.web.permits import open_to_all

router = APIRouter()

GROUPS = {
    mark("People of the village"): (Role.RESIDENT, Role.VOLUNTEER, Role.ADOPTER),
    mark("Who lead the watch"): (Role.LEADER, Role.SECRETARY),
    mark("Police and fire service"): (Role.STATION_OFFICER, Role.PRECINCT_REVIEWER, Role.FIRE_OFFICER),
    mark("Authorities"): (Role.COUNTY_OFFICER, Role.EVALUATOR, Role.MINISTRY_OFFICER, Role.ADMINISTRATOR),
}
"""Every role but the visitor, whose rights everybody has."""

Rows = dict[Kind, dict[Verb, list[bool]]]


@router.get("/who-may-do-what", dependencies=[open_to_all(Verb.SEE_EXACT, Kind.VILLAGE)])
def who_may_do_what(request: Request) -> HTMLResponse:
    """Show the table: what everybody may, then one table for each group of roles."""
    return page(
        request,
        "members/who_may.html",
        for_all=[(kind, verb) for (kind, verb), roles in permissions().items() if Role.VISITOR in roles],
        groups={words: (roles, rows_of(roles)) for words, roles in GROUPS.items()},
        may_grant={role: [given for given in Role if given in MAY_GRANT[role]] for role in Role if role in MAY_GRANT},
        strict=[role for role in Role if role in NEEDS_SECOND_FACTOR],
        role_names=ROLE_NAMES,
        verb_names=VERB_NAMES,
        kind_names=KIND_NAMES,
    )


def rows_of(group: tuple[Role, ...]) -> Rows:
    """Return what some roles may, beyond what everybody may: a truth for each of them, by kind and verb."""
    rows: Rows = {}
    for (kind, verb), roles in permissions().items():
        if Role.VISITOR not in roles and roles & set(group):
            rows.setdefault(kind, {})[verb] = [role in roles for role in group]
    return rows
