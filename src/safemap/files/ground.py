"""The ground that events are looked at on: areas, their cells with exposure, streets, all in metres of one plane."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from safemap.analysis.hotspots.grid import Grid, Tiling, grid_over, suggest_cell_m
from safemap.analysis.hotspots.streets import REACH_M
from safemap.analysis.segments import Segments, cut_streets
from safemap.files.events import Facts
from safemap.files.rules import IN_CELLS, AreaMissing, Choices, Method, StreetsMissing, UnknownColumn, WrongValue
from safemap.files.values import numbers, texts
from safemap.geo.crs import TWD97_TM2_121, WGS84, Lonlat, Metric, MetricPlane, reproject
from safemap.imports.noding import cleaned, node_lines
from safemap.imports.reading import WrongFile, read_features
from safemap.imports.report import ImportReport
from safemap.imports.villages import areas_only

FINE_CELLS = 128  # on a side of a square as large as the area: fine enough for the narrowest density worth drawing
FINEST_M, COARSEST_FINE_M = 5.0, 100.0
QUEEN = 1.5  # cells: the 3 by 3 around a square
TOUCHING_HEXAGONS = 1.0
PIECE_M = 60.0
STREET_BANDWIDTH_M = 100.0
ACCURATE_SHARE = 0.9


Areas = tuple[tuple[str, Metric], ...]


@dataclass(frozen=True, eq=False)
class Study:
    """One area with its cells."""

    name: str
    area: Metric
    grid: Grid


@dataclass(frozen=True, eq=False)
class Streets:
    """Streets in pieces: `name_of` is that of each piece."""

    pieces: Segments
    name_of: NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Ground:
    """What everything is measured on.

    Attributes
    ----------
    areas
        The areas, by name, in metres; empty where the method needs none and none is given.
    studies
        The same with cells; empty where the method counts in no cells.
    exposure
        What exposure is measured in: area, streets, points.
    remarks
        What was noted about the files.
    """

    plane: MetricPlane
    areas: Areas
    studies: tuple[Study, ...]
    streets: Streets | None
    cell_m: float
    reach_m: float
    exposure: str
    remarks: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class GroundFiles:
    """Everything but the events, in degrees."""

    areas: tuple[tuple[str, Lonlat], ...]
    lines: NDArray[np.object_] | None
    line_names: NDArray[np.object_]
    points: NDArray[np.float64] | None
    weights: NDArray[np.float64]
    remarks: tuple[str, ...]


def read_ground(choices: Choices, method: Method) -> GroundFiles:
    """Read mask, streets and exposure, before any event is read.

    Raises
    ------
    AreaMissing, StreetsMissing
        The method needs them.
    WrongFile, WrongSystem, UnknownColumn
        A file cannot be used.
    """
    report = ImportReport("ground", [])
    if method is Method.STREETS and choices.streets is None:
        raise StreetsMissing
    areas: tuple[tuple[str, Lonlat], ...] = ()
    lines, names = None, np.zeros(0, dtype=object)
    points, weights = None, np.zeros(0)
    if choices.mask is not None:
        areas = _areas(choices.mask, choices.each, report)
    if choices.streets is not None:
        lines, names = _lines(choices.streets, report)
    if choices.exposure is not None:
        points, weights = _exposure(choices.exposure, report)
    return GroundFiles(areas, lines, names, points, weights, tuple(report.remarks))


def lay_ground(files: GroundFiles, choices: Choices, method: Method, facts: Facts, centre: Lonlat | None) -> Ground:
    """Bring everything to metres and lay cells.

    Parameters
    ----------
    centre
        Where the events are; the plane is chosen by it when there is neither mask nor street.

    Raises
    ------
    AreaMissing
        The method counts in cells, and nobody says where.
    """
    shapes: list[Any] = [area for _, area in files.areas]
    if not shapes and files.lines is not None:
        shapes = list(files.lines)
    if not shapes and centre is not None:
        shapes = [centre]
    plane = MetricPlane(TWD97_TM2_121)  # of what has no place, nothing is measured
    if shapes:
        plane = MetricPlane.around(Lonlat(shapely.box(*shapely.total_bounds(np.array(shapes, dtype=object)))))
    areas = tuple((name, plane.to_metric(area)) for name, area in files.areas)
    lines = None if files.lines is None else plane.to_metric_all(files.lines)
    if not areas and lines is not None and method is not Method.STREETS:
        areas = (("", Metric(shapely.union_all(shapely.buffer(lines, REACH_M)))),)
    streets = None if lines is None else _in_pieces(files, plane, areas, choices)
    sizes = np.array([area.area for _, area in areas])
    accuracy_m = facts.accuracy.quantile(ACCURATE_SHARE) if facts.accuracy is not None else 0.0
    cell_m = choices.cell_m or (_cell_m(float(np.median(sizes)), accuracy_m, method) if len(sizes) else 0.0)
    reach = TOUCHING_HEXAGONS if choices.hexagons else QUEEN
    studies: tuple[Study, ...] = ()
    if method in IN_CELLS:
        if not areas:
            raise AreaMissing(method)
        tiling = Tiling.HEXAGON if choices.hexagons else Tiling.SQUARE
        studies = tuple(Study(name, area, grid_over(area, cell_m, tiling)) for name, area in areas)
        studies = tuple(_exposed(study, lines, files, plane) for study in studies)
    exposure = "points" if files.points is not None else "streets" if lines is not None else "area"
    return Ground(plane, areas, studies, streets, cell_m, choices.reach_m or reach * cell_m, exposure, files.remarks)


def _cell_m(area_m2: float, accuracy_m: float, method: Method) -> float:
    """Choose a side: some 400 cells where they are tested, fine ones where a density is drawn."""
    if method is not Method.DENSITY:
        return round(suggest_cell_m(area_m2, accuracy_m), 1)
    fine = min(COARSEST_FINE_M, max(FINEST_M, float(np.sqrt(area_m2)) / FINE_CELLS))
    return round(max(fine, accuracy_m / 4), 1)


def _exposed(study: Study, lines: NDArray[np.object_] | None, files: GroundFiles, plane: MetricPlane) -> Study:
    if files.points is not None:
        xy = reproject(files.points, WGS84, plane.epsg)
        return replace(study, grid=study.grid.by_points(xy, files.weights))
    if lines is not None:
        return replace(study, grid=study.grid.by_street_length(lines))
    return study


def _in_pieces(
    files: GroundFiles, plane: MetricPlane, areas: tuple[tuple[str, Metric], ...], choices: Choices
) -> Streets:
    """Join streets where they share a vertex, and cut them into pieces."""
    ways = [cleaned(shapely.get_coordinates(line)) for line in files.lines] if files.lines is not None else []
    is_long = np.array([len(way) > 1 for way in ways], dtype=np.bool_)
    network = node_lines([way for way, is_kept in zip(ways, is_long, strict=True) if is_kept])
    pieces = cut_streets(
        plane.to_metric_all(network.lines),
        network.from_node,
        network.to_node,
        longest_m=min(PIECE_M, (choices.bandwidth_m or STREET_BANDWIDTH_M) / 2),
        area=Metric(shapely.union_all([area for _, area in areas])) if areas else None,
    )
    return Streets(pieces, files.line_names[is_long][network.way[pieces.edge]])


def _areas(path: Path, each: str | None, report: ImportReport) -> tuple[tuple[str, Lonlat], ...]:
    frame = read_features(path, report, ("Polygon",))
    header = [str(name) for name in frame.columns.drop(frame.geometry.name)]
    if each is not None and each not in header:
        raise UnknownColumn(path.name, "each", each, header)
    found: dict[str, list[Any]] = {}
    for row, (shape, name) in enumerate(
        zip(frame.geometry, texts(frame[each]) if each is not None else [""] * len(frame), strict=True), 1
    ):
        if shape is None or shape.is_empty:
            continue
        if shape.geom_type not in {"Polygon", "MultiPolygon"}:
            raise WrongValue(path.name, row, "geometry", shape.geom_type, "a Polygon: the mask is an area")
        found.setdefault(str(name), []).append(shape if shape.is_valid else areas_only(shapely.make_valid(shape)))
    areas = tuple(
        (name, Lonlat(shapely.union_all(shapely.force_2d(np.array(shapes))))) for name, shapes in found.items()
    )
    if not areas or all(area.is_empty for _, area in areas):
        raise WrongFile(path, "has no area in it", "Bring a mask of Polygons: where an event could have happened.")
    return areas


def _lines(path: Path, report: ImportReport) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    frame = read_features(path, report, ("LineString",)).explode(index_parts=False, ignore_index=True)
    shapes = np.asarray(frame.geometry.array, dtype=object)
    is_line = shapely.get_type_id(shapes) == shapely.GeometryType.LINESTRING
    if not is_line.any():
        raise WrongFile(path, "has no line in it", "Bring streets as LineStrings.")
    if not is_line.all():
        row = int(np.flatnonzero(~is_line)[0])
        found = "nothing" if shapes[row] is None else shapes[row].geom_type
        raise WrongValue(path.name, row + 1, "geometry", found, "a LineString: streets are lines")
    name = next((column for column in ("name", "NAME", "路名", "道路名稱", "ROADNAME") if column in frame), None)
    names = [""] * len(frame) if name is None else [str(word) if word else "" for word in frame[name].fillna("")]
    return np.asarray(shapely.force_2d(shapes), dtype=object), np.array(names, dtype=object)


def _exposure(path: Path, report: ImportReport) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    frame = read_features(path, report, ("Point",))
    shapes = np.asarray(frame.geometry.array, dtype=object)
    is_point = shapely.get_type_id(shapes) == shapely.GeometryType.POINT
    if not is_point.all():
        row = int(np.flatnonzero(~is_point)[0])
        found = "nothing" if shapes[row] is None else shapes[row].geom_type
        raise WrongValue(path.name, row + 1, "geometry", found, "a Point: addresses, residents, lamps")
    weights = np.ones(len(frame))
    if "weight" in frame:
        weights = numbers(frame["weight"], path.name, np.arange(1, len(frame) + 1), "weight", empty=np.nan)
    return shapely.get_coordinates(shapes), weights
