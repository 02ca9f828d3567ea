"""Use cases of the base map: what is drawn under everything, and what is measured on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from safemap.basemap import repository
from safemap.db.copy import Column, Kind
from safemap.db.merging import MergeCounts, merge_rows
from safemap.db.reading import geometries, numbers, texts, widened
from safemap.geo.crs import Lonlat


@dataclass(frozen=True)
class Streets:
    """Street edges as arrays of one length, by id; geometries are LineStrings in degrees."""

    ids: NDArray[np.int64]
    names: NDArray[np.object_]
    names_en: NDArray[np.object_]
    classes: NDArray[np.object_]
    is_walkable: NDArray[np.bool_]
    is_lit: NDArray[np.object_]  # True, False, or None where the source does not say
    length_m: NDArray[np.float64]
    from_node_ids: NDArray[np.int64]
    to_node_ids: NDArray[np.int64]
    sources: NDArray[np.object_]
    geometries: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Buildings:
    """Buildings as arrays of one length; geometries are MultiPolygons in degrees; NaN where a height is not known."""

    ids: NDArray[np.int64]
    names: NDArray[np.object_]
    height_m: NDArray[np.float64]
    levels: NDArray[np.float64]
    geometries: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Lamps:
    """Street lamps as arrays of one length; geometries are Points in degrees."""

    ids: NDArray[np.int64]
    numbers: NDArray[np.object_]
    is_working: NDArray[np.bool_]
    geometries: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Places:
    """Public places as arrays of one length; geometries are Points or (Multi)Polygons in degrees."""

    ids: NDArray[np.int64]
    kinds: NDArray[np.object_]
    names: NDArray[np.object_]
    names_en: NDArray[np.object_]
    geometries: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.ids)


def streets_in(session: Session, place: Lonlat, margin_m: float = 0.0) -> Streets:
    """Street edges that touch a place widened by a margin."""
    ids, names, names_en, classes, walkable, lit, length_m, from_ids, to_ids, sources, wkb = repository.edges_touching(
        session, widened(place, margin_m) if margin_m else place
    )
    return Streets(
        ids=np.array(ids, dtype=np.int64),
        names=texts(names),
        names_en=texts(names_en),
        classes=texts(classes),
        is_walkable=np.array(walkable, dtype=np.bool_),
        is_lit=texts(lit),
        length_m=numbers(length_m),
        from_node_ids=np.array(from_ids, dtype=np.int64),
        to_node_ids=np.array(to_ids, dtype=np.int64),
        sources=texts(sources),
        geometries=geometries(wkb),
    )


def buildings_in(session: Session, place: Lonlat, margin_m: float = 0.0) -> Buildings:
    """Buildings that touch a place widened by a margin."""
    ids, names, height_m, levels, wkb = repository.buildings_touching(
        session, widened(place, margin_m) if margin_m else place
    )
    return Buildings(
        ids=np.array(ids, dtype=np.int64),
        names=texts(names),
        height_m=numbers(height_m),
        levels=numbers(levels),
        geometries=geometries(wkb),
    )


def lamps_in(session: Session, place: Lonlat, margin_m: float = 0.0) -> Lamps:
    """Street lamps in a place widened by a margin, working or not."""
    ids, lamp_numbers, working, wkb = repository.lamps_touching(
        session, widened(place, margin_m) if margin_m else place
    )
    return Lamps(
        ids=np.array(ids, dtype=np.int64),
        numbers=texts(lamp_numbers),
        is_working=np.array(working, dtype=np.bool_),
        geometries=geometries(wkb),
    )


def places_in(session: Session, place: Lonlat, margin_m: float = 0.0) -> Places:
    """Public places that touch a place widened by a margin."""
    ids, kinds, names, names_en, wkb = repository.places_touching(
        session, widened(place, margin_m) if margin_m else place
    )
    return Places(
        ids=np.array(ids, dtype=np.int64),
        kinds=texts(kinds),
        names=texts(names),
        names_en=texts(names_en),
        geometries=geometries(wkb),
    )


def sources_in(session: Session, place: Lonlat) -> list[str]:
    """Names of the sources of a place's streets and buildings, for attribution."""
    return repository.sources_touching(session, place)


def lamp_sources_in(session: Session, place: Lonlat) -> list[str]:
    """Names of the sources of a place's street lamps, for attribution."""
    return repository.lamp_sources_in(session, place)


def store_streets(
    session: Session,
    source: str,
    *,
    node_ids: NDArray[np.object_],
    node_points: NDArray[np.object_],
    edges: Sequence[Column],
    from_node: NDArray[np.int64],
    to_node: NDArray[np.int64],
) -> tuple[MergeCounts, MergeCounts]:
    """Store a noded network; returns what changed among its nodes and its edges.

    Parameters
    ----------
    edges
        Columns of the edges without their nodes and source; ``source_id`` is the way's id, ``:`` and a number.
        Pieces that a way of this file had before and has no longer are removed.
    from_node, to_node
        For each edge the positions of its nodes in `node_ids`.
    """
    named = np.full(len(node_ids), source, dtype=object)
    nodes = merge_rows(
        session,
        "street_node",
        [
            Column("source", Kind.TEXT, named),
            Column("source_id", Kind.TEXT, node_ids),
            Column("geom", Kind.GEOMETRY, node_points),
        ],
    )
    id_of = repository.node_ids_by_source_id(session, source)
    row_ids = np.array([id_of[node] for node in node_ids], dtype=np.int64)
    columns = [
        Column("source", Kind.TEXT, np.full(len(from_node), source, dtype=object)),
        *edges,
        Column("from_node_id", Kind.INT4, row_ids[from_node]),
        Column("to_node_id", Kind.INT4, row_ids[to_node]),
    ]
    source_ids = next(column.values for column in edges if column.name == "source_id")
    removed = repository.remove_pieces_not_among(session, source, [str(source_id) for source_id in source_ids])
    return nodes, merge_rows(session, "street_edge", columns) + MergeCounts(removed=removed)


def store_buildings(session: Session, columns: Sequence[Column]) -> MergeCounts:
    """Store buildings by their source's ids."""
    return merge_rows(session, "building", columns)


def store_lamps(session: Session, columns: Sequence[Column]) -> MergeCounts:
    """Store street lamps by their source's ids."""
    return merge_rows(session, "street_lamp", columns)


def store_places(session: Session, columns: Sequence[Column]) -> MergeCounts:
    """Store public places by their source's ids."""
    return merge_rows(session, "public_place", columns)
