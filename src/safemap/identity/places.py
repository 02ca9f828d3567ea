"""Queries for the places that lie within the villages that somebody reaches."""

from collections.abc import Iterable

from sqlalchemy import Column, ColumnElement, Select, Table, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from safemap.communities.tables import Community, Precinct, Village, community_village, precinct_village
from safemap.identity.rules import ScopeKind
from safemap.identity.schemas import PlaceSeen, Scope


def within(
    session: Session, village_ids: frozenset[int] | None, kinds: Iterable[ScopeKind], named: str, limit: int
) -> list[PlaceSeen]:
    """Places of some kinds all of whose villages are among the given (None: everywhere), by name, each kind limited."""
    found: list[PlaceSeen] = []
    for kind in sorted(kinds, key=list(ScopeKind).index):
        if kind is ScopeKind.COUNTRY:
            if village_ids is None and not named:
                found.append(PlaceSeen(scope=Scope(kind=kind), name=""))
            continue
        field, statement, name = _QUERIES[kind]()
        if named:
            statement = statement.where(name.contains(named, autoescape=True))
        if village_ids is not None:
            statement = statement.having(func.bool_and(Village.id.in_(village_ids)))
        for key, title in session.execute(statement.order_by(name).limit(limit)):
            found.append(PlaceSeen(scope=Scope.model_validate({"kind": kind, field: key}), name=title))
    return found


def _villages() -> tuple[str, Select[int, str], ColumnElement[str]]:
    name = Village.county + Village.town + Village.name
    return "village_id", select(Village.id, name).group_by(Village.id), name


def _counties() -> tuple[str, Select[str, str], ColumnElement[str]]:
    return "county", select(Village.county, Village.county).group_by(Village.county), Village.county.expression


def _communities() -> tuple[str, Select[int, str], ColumnElement[str]]:
    statement = _with_villages(Community.id, Community.name.expression, community_village, "community_id")
    return "community_id", statement, Community.name.expression


def _precincts() -> tuple[str, Select[int, str], ColumnElement[str]]:
    name = Precinct.county + Precinct.name
    return "precinct_id", _with_villages(Precinct.id, name, precinct_village, "precinct_id"), name


def _with_villages(
    key: InstrumentedAttribute[int], name: ColumnElement[str], members: Table, column: str
) -> Select[int, str]:
    owner: Column[int] = members.c[column]
    return (
        select(key, name)
        .outerjoin(members, owner == key)
        .outerjoin(Village, Village.id == members.c.village_id)
        .group_by(key)
    )


_QUERIES = {
    ScopeKind.VILLAGE: _villages,
    ScopeKind.COUNTY: _counties,
    ScopeKind.COMMUNITY: _communities,
    ScopeKind.PRECINCT: _precincts,
}
