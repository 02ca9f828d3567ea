"""Use cases of villages: naming one, listing them, finding where a point lies."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from safemap.communities import repository
from safemap.communities.repository import VillageRow
from safemap.communities.rules import (
    CommunityKind,
    CommunityNotFound,
    NowhereKnown,
    PrecinctNotFound,
    StudyArea,
    VillageAmbiguous,
    VillageNotFound,
)
from safemap.communities.tables import Community, Precinct
from safemap.db.copy import Column
from safemap.db.merging import MergeCounts, merge_rows
from safemap.geo.crs import Lonlat

TOWN_KEY = "town-"  # before the county and town in the key of a study area that is a whole town


@dataclass(frozen=True)
class AreaSummary:
    """A study area as menus show it."""

    key: str
    name: str
    name_en: str
    county: str
    town: str
    is_fictional: bool


def study_area(session: Session, named: str) -> StudyArea:
    """Find a village by code or name, or a town by name; 台 and 臺 are the same.

    Raises
    ------
    VillageNotFound
        Nothing has that name; the error lists some that exist.
    VillageAmbiguous
        Several villages have it; the error lists their codes.
    """
    wanted = named.strip().replace("台", "臺").removeprefix(TOWN_KEY)
    if not wanted:
        raise VillageNotFound(named, _some_known(session))
    found = repository.villages_named(session, wanted)
    if len(found) == 1:
        return _area_of_village(found[0])
    if len(found) > 1:
        raise VillageAmbiguous(named, "、".join(f"{row.county}{row.town}{row.name} {row.code}" for row in found[:8]))
    town = repository.villages_of_town(session, wanted)
    if not town:
        raise VillageNotFound(named, _some_known(session))
    return _area_of_town(town)


def study_area_by_key(session: Session, key: str) -> StudyArea:
    """Find a study area by the key that its pages' addresses hold."""
    return study_area(session, key)


def boundary_sources(session: Session, area: StudyArea) -> list[str]:
    """Names of the sources of an area's boundaries, for attribution."""
    return repository.sources_of(session, area.village_ids)


def study_areas(session: Session) -> list[AreaSummary]:
    """All villages for menus, fictional ones first, then by county, town and code."""
    return [
        AreaSummary(code, name, name_en, county, town, is_fictional)
        for _, code, county, town, name, name_en, is_fictional in repository.village_list(session)
    ]


def outlines_of(session: Session, village_ids: Sequence[int]) -> dict[int, Lonlat]:
    """Return some villages' own outlines, by their numbers."""
    return {
        row.id: cast("Lonlat", shapely.from_wkb(row.outline)) for row in repository.villages_by_id(session, village_ids)
    }


def villages_drawn(session: Session, village_ids: Sequence[int]) -> tuple[list[str], list[Lonlat]]:
    """Return some villages' names and outlines, side by side."""
    rows = repository.villages_by_id(session, village_ids)
    return [row.name for row in rows], [cast("Lonlat", shapely.from_wkb(row.outline)) for row in rows]


def villages_of_towns(session: Session, names: Iterable[str]) -> dict[tuple[str, str], dict[str, Lonlat]]:
    """Return the outlines of the villages of some towns, by county and town and by name; 臺 is written for 台."""
    found: dict[tuple[str, str], dict[str, Lonlat]] = {}
    for row in repository.villages_of_any_town(session, names):
        county, town, name = (words.replace("台", "臺") for words in (row.county, row.town, row.name))
        villages = found.setdefault((county, town), {})
        outline = cast("Lonlat", shapely.from_wkb(row.outline))
        before = villages.get(name)  # one source's 里 and another's
        villages[name] = outline if before is None else cast("Lonlat", shapely.union(before, outline))
    return found


def are_fictional(session: Session, village_ids: Iterable[int]) -> bool:
    """Whether every one of some villages is invented."""
    return repository.real_villages(session, village_ids) == 0


def names_of(session: Session, village_ids: Sequence[int]) -> list[str]:
    """Return the whole names of some villages, by county, town and code."""
    wanted = set(village_ids)
    rows = repository.village_list(session) if wanted else ()
    return [f"{county}{town}{name}" for id_, _, county, town, name, *_ in rows if id_ in wanted]


def village_at(session: Session, lon: float, lat: float) -> int:
    """Return the id of the village at a point.

    Raises
    ------
    NowhereKnown
        The point lies in no imported village.
    """
    village_id = repository.village_id_at(session, lon, lat)
    if village_id is None:
        raise NowhereKnown
    return village_id


def villages_at(session: Session, lonlat: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the ids of the villages at ``(n, 2)`` points in degrees, -1 where there is none."""
    found = np.full(len(lonlat), -1, dtype=np.int64)
    if len(lonlat) == 0:
        return found
    rows = repository.villages_touching_box(session, *lonlat.min(axis=0), *lonlat.max(axis=0))
    outlines = shapely.from_wkb(np.array([row.outline for row in rows], dtype=object))
    points, villages = shapely.STRtree(outlines).query(shapely.points(lonlat), predicate="intersects")
    # Smaller ids later, so that they win on a shared border.
    for point, village_id in sorted(
        zip(points, (rows[village].id for village in villages), strict=True), key=lambda pair: -pair[1]
    ):
        found[point] = village_id
    return found


def store_villages(session: Session, columns: Sequence[Column]) -> MergeCounts:
    """Store villages by their source's codes."""
    return merge_rows(session, "village", columns, key=("source", "code"))


def ensure_community(session: Session, name: str, kind: CommunityKind, village_ids: Sequence[int]) -> int:
    """Return the id of the community with a name, made if needed; it works in these villages too from now on."""
    community = repository.community_named(session, name)
    if community is None:
        community = Community(name=name, kind=kind.value)
        session.add(community)
        session.flush()
    if village_ids:
        repository.put_villages_in_community(session, community.id, village_ids)
    return community.id


def ensure_precinct(session: Session, county: str, name: str, village_ids: Sequence[int]) -> int:
    """Return the id of a county's police precinct, made if needed; these villages belong to it from now on."""
    precinct = repository.precinct_named(session, county, name)
    if precinct is None:
        precinct = Precinct(county=county, name=name)
        session.add(precinct)
        session.flush()
    if village_ids:
        repository.put_villages_in_precinct(session, precinct.id, village_ids)
    return precinct.id


def community_id(session: Session, name: str) -> int:
    """Return the id of the community with a name.

    Raises
    ------
    CommunityNotFound
        None has it.
    """
    found = repository.community_named(session, name)
    if found is None:
        raise CommunityNotFound(name)
    return found.id


def precinct_id(session: Session, county: str, name: str) -> int:
    """Return the id of a county's police precinct.

    Raises
    ------
    PrecinctNotFound
        The county has none of that name.
    """
    found = repository.precinct_named(session, county, name)
    if found is None:
        raise PrecinctNotFound(county, name)
    return found.id


def _some_known(session: Session) -> str:
    names = [f"{row[3]}{row[4]}" for row in repository.village_list(session)[:5]]
    return "、".join(names) + " …" if names else "none yet; import villages first: safemap import villages FILE"


def _area_of_village(row: VillageRow) -> StudyArea:
    return StudyArea(
        key=row.code,
        name=row.name,
        name_en=row.name_en,
        county=row.county,
        town=row.town,
        village_ids=(row.id,),
        geometry=cast("Lonlat", shapely.from_wkb(row.outline)),
        is_fictional=row.is_fictional,
    )


def _area_of_town(rows: list[VillageRow]) -> StudyArea:
    counties = sorted({row.county for row in rows})
    if len(counties) > 1:
        raise VillageAmbiguous(rows[0].town, "、".join(f"{county}{rows[0].town}" for county in counties))
    outlines = shapely.from_wkb(np.array([row.outline for row in rows], dtype=object))
    return StudyArea(
        key=f"{TOWN_KEY}{rows[0].county}{rows[0].town}",
        name=rows[0].town,
        name_en="",
        county=rows[0].county,
        town=rows[0].town,
        village_ids=tuple(row.id for row in rows),
        geometry=cast("Lonlat", shapely.union_all(outlines)),
        is_fictional=all(row.is_fictional for row in rows),
    )
