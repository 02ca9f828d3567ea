"""Queries for villages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import shapely
from sqlalchemy import ColumnElement, Row, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from safemap.communities.tables import Community, Precinct, Village, community_village, precinct_village
from safemap.db.reading import literal
from safemap.geo.crs import Lonlat


@dataclass(frozen=True)
class VillageRow:
    """A village as queries return it, its outline as WKB."""

    id: int
    code: str
    county: str
    town: str
    name: str
    name_en: str
    is_fictional: bool
    outline: bytes


def villages_where(session: Session, *conditions: ColumnElement[bool]) -> list[VillageRow]:
    """Villages that meet all conditions, in the order of their codes."""
    rows = session.execute(
        select(
            Village.id,
            Village.code,
            Village.county,
            Village.town,
            Village.name,
            Village.name_en,
            Village.is_fictional,
            func.ST_AsBinary(Village.geom),
        )
        .where(*conditions)
        .order_by(Village.code, Village.id)
    )
    return [VillageRow(*row) for row in rows]


def sources_of(session: Session, village_ids: Sequence[int]) -> list[str]:
    """Names of the sources of some villages' boundaries."""
    return sorted(set(session.scalars(select(Village.source).where(Village.id.in_(village_ids)))))


def villages_named(session: Session, named: str) -> list[VillageRow]:
    """Villages by code, by name, or by name with town or with county and town before it."""
    return villages_where(
        session,
        or_(
            Village.code == named,
            Village.name == named,
            func.lower(Village.name_en) == named.lower(),
            Village.town + Village.name == named,
            Village.county + Village.town + Village.name == named,
        ),
    )


def villages_by_id(session: Session, village_ids: Sequence[int]) -> list[VillageRow]:
    """Villages by their numbers."""
    return villages_where(session, Village.id.in_(village_ids))


def villages_of_town(session: Session, named: str) -> list[VillageRow]:
    """Villages of a town by its name, with or without the county before it."""
    return villages_where(
        session, Village.town != "", or_(Village.town == named, Village.county + Village.town == named)
    )


def villages_of_any_town(session: Session, names: Iterable[str]) -> list[VillageRow]:
    """Villages of the towns that have one of some names, whatever their counties; 台 and 臺 are the same."""
    wanted = {name.replace("台", "臺") for name in names} - {""}
    return villages_where(session, func.replace(Village.town, "台", "臺").in_(wanted))


def village_list(session: Session) -> Sequence[Row[int, str, str, str, str, str, bool]]:
    """All villages without their outlines, for menus."""
    return session.execute(
        select(
            Village.id,
            Village.code,
            Village.county,
            Village.town,
            Village.name,
            Village.name_en,
            Village.is_fictional,
        ).order_by(Village.is_fictional.desc(), Village.county, Village.town, Village.code)
    ).all()


def real_villages(session: Session, village_ids: Iterable[int]) -> int:
    """How many of some villages are not invented."""
    return session.scalars(
        select(func.count()).where(Village.id.in_(list(village_ids)), Village.is_fictional.is_(False))
    ).one()


def village_id_at(session: Session, lon: float, lat: float) -> int | None:
    """The village that a point lies in or on the border of; on a shared border the one imported first."""
    point = literal(Lonlat(shapely.Point(lon, lat)))
    return session.scalars(
        select(Village.id).where(func.ST_Intersects(Village.geom, point)).order_by(Village.id).limit(1)
    ).first()


def villages_touching_box(session: Session, west: float, south: float, east: float, north: float) -> list[VillageRow]:
    """Villages whose own box touches a box of degrees, which may be a single point."""
    box = literal(Lonlat(shapely.box(west, south, east, north)))
    return villages_where(session, Village.geom.intersects(box))


def community_named(session: Session, name: str) -> Community | None:
    """The community with a name."""
    return session.scalars(select(Community).where(Community.name == name)).one_or_none()


def precinct_named(session: Session, county: str, name: str) -> Precinct | None:
    """The precinct of a county with a name."""
    return session.scalars(select(Precinct).where(Precinct.county == county, Precinct.name == name)).one_or_none()


def put_villages_in_community(session: Session, community_id: int, village_ids: Sequence[int]) -> None:
    """Have a community work in villages; those that it works in already stay."""
    rows = [{"community_id": community_id, "village_id": village_id} for village_id in village_ids]
    session.execute(insert(community_village).on_conflict_do_nothing(), rows)


def put_villages_in_precinct(session: Session, precinct_id: int, village_ids: Sequence[int]) -> None:
    """Give villages to a precinct; from the one that they belonged to before, if any."""
    rows = [{"precinct_id": precinct_id, "village_id": village_id} for village_id in village_ids]
    put = insert(precinct_village)
    moved = {"precinct_id": put.excluded.precinct_id}
    session.execute(put.on_conflict_do_update(index_elements=["village_id"], set_=moved), rows)
