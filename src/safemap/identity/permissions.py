"""The one table of permission: which role may do what with which kind of record, within the role's scope.

A visitor's rights hold everywhere and for everybody. Nothing else is allowed: what the table does not name is refused.
"""

from collections.abc import Iterable
from functools import cache

from safemap.identity.rules import Kind, MayNot, Role, Verb, Viewer

COLUMNS = {
    "vis": Role.VISITOR,
    "res": Role.RESIDENT,
    "vol": Role.VOLUNTEER,
    "lea": Role.LEADER,
    "sec": Role.SECRETARY,
    "ado": Role.ADOPTER,
    "sta": Role.STATION_OFFICER,
    "pre": Role.PRECINCT_REVIEWER,
    "cou": Role.COUNTY_OFFICER,
    "eva": Role.EVALUATOR,
    "fir": Role.FIRE_OFFICER,
    "min": Role.MINISTRY_OFFICER,
    "adm": Role.ADMINISTRATOR,
}

# An administrator runs the machine and is no police officer: exact private places are for who works on them.
TABLE = """
kind          verb             vis res vol lea sec ado sta pre cou eva fir min adm
village       see_exact         x   .   .   .   .   .   .   .   .   .   .   .   .
village       administer        .   .   .   .   .   .   .   .   x   .   .   .   x
report        add               x   .   .   .   .   .   .   .   .   .   .   .   .
report        edit_own          x   .   .   .   .   .   .   .   .   .   .   .   .
report        see_approximate   .   x   x   x   x   x   x   x   x   x   x   x   x
report        see_exact         .   .   .   x   x   .   x   x   .   .   .   .   .
report        review            .   .   x   x   x   .   x   x   .   .   .   .   .
report        approve           .   .   .   .   x   .   .   .   .   .   .   .   .
public_count  see_approximate   x   .   .   .   .   .   .   .   .   .   .   .   .
report        moderate          .   .   .   .   x   .   x   .   .   .   .   .   .
report        export            .   .   .   .   x   .   x   x   x   .   .   .   .
incident      see_exact         x   .   .   .   .   .   .   .   .   .   .   .   .
lamp          see_exact         x   .   .   .   .   .   .   .   .   .   .   .   .
camera        see_approximate   x   .   .   .   .   .   .   .   .   .   .   .   .
camera        see_exact         .   x   x   x   x   x   x   x   x   x   x   x   x
camera        review            .   .   .   .   .   .   x   x   x   .   .   .   .
camera        approve           .   .   .   .   .   .   .   x   x   .   .   .   .
patrol_route  see_exact         .   x   x   x   x   x   x   x   x   x   x   x   x
patrol_route  administer        .   .   .   x   x   .   .   .   .   .   .   .   .
patrol_time   see_exact         .   x   x   x   x   x   x   x   x   x   x   x   x
patrol_time   edit_own          .   .   x   x   .   .   .   .   .   .   .   .   .
patrol_time   administer        .   .   .   x   .   .   .   .   .   .   .   .   .
block         see_approximate   x   .   .   .   .   .   .   .   .   .   .   .   .
block         see_exact         .   .   .   x   x   x   x   x   x   .   .   .   .
block         edit_own          .   .   .   .   .   x   .   .   .   .   .   .   .
dead_zone     see_exact         .   x   x   x   x   x   x   x   x   x   x   x   x
dead_zone     add               .   .   .   x   x   .   x   x   x   .   .   .   x
dead_zone     export            .   .   .   x   x   .   x   x   x   .   .   .   x
person        see_exact         .   .   .   x   x   .   .   x   x   .   .   .   x
person        edit_own          x   .   .   .   .   .   .   .   .   .   .   .   .
person        administer        .   .   .   .   x   .   .   x   x   .   .   x   x
role          see_exact         .   .   .   .   x   .   .   x   x   .   .   x   x
role          add               .   .   .   .   x   .   .   x   x   .   .   x   x
data_request  add               x   .   .   .   .   .   .   .   .   .   .   .   .
data_request  review            .   .   .   .   x   .   .   .   x   .   .   .   x
breach        see_exact         .   .   .   .   .   .   .   .   x   .   .   .   x
breach        administer        .   .   .   .   .   .   .   .   x   .   .   .   x
audit         see_exact         .   .   .   .   .   .   .   .   x   .   .   x   x
"""


@cache
def permissions() -> dict[tuple[Kind, Verb], frozenset[Role]]:
    """Return the table: the roles that may do a verb with a kind of record."""
    head, *rows = TABLE.strip().splitlines()
    roles = [COLUMNS[name] for name in head.split()[2:]]
    found: dict[tuple[Kind, Verb], frozenset[Role]] = {}
    for row in rows:
        kind, verb, *cells = row.split()
        found[Kind(kind), Verb(verb)] = frozenset(role for role, cell in zip(roles, cells, strict=True) if cell == "x")
    return found


def may(viewer: Viewer, verb: Verb, kind: Kind, village_ids: Iterable[int] = ()) -> bool:
    """Whether a viewer may do something with such records of all the named villages; of none named: anywhere at all.

    Several roles add up: one may reach one village, another the next.
    """
    if not viewer.is_let(verb):
        return False
    roles = permissions().get((kind, verb), frozenset())
    if Role.VISITOR in roles:
        return True
    grants = [grant for grant in viewer.grants if grant.role in roles]
    if any(grant.village_ids is None for grant in grants):
        return True
    if not grants:
        return False
    reached = frozenset[int]().union(*(grant.village_ids or () for grant in grants))
    wanted = frozenset(village_ids)
    return bool(reached) if not wanted else wanted <= reached


def require(viewer: Viewer, verb: Verb, kind: Kind, village_ids: Iterable[int] = ()) -> None:
    """Refuse what the table does not allow.

    Raises
    ------
    MayNot
        No role of the viewer allows it in all of these villages.
    """
    if not may(viewer, verb, kind, village_ids):
        raise MayNot(verb, kind, is_signed_in=viewer.is_signed_in)


def villages_seen(viewer: Viewer, verb: Verb, kind: Kind) -> frozenset[int] | None:
    """Return the villages in which a viewer may do something; None: everywhere."""
    if not viewer.is_let(verb):
        return frozenset()
    roles = permissions().get((kind, verb), frozenset())
    if Role.VISITOR in roles:
        return None
    reached: set[int] = set()
    for grant in viewer.grants:
        if grant.role in roles:
            if grant.village_ids is None:
                return None
            reached |= grant.village_ids
    return frozenset(reached)
