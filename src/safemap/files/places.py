"""Where events are: from columns of numbers, from text, from shapes, from stored bytes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from safemap.files.columns import Columns
from safemap.files.rules import Choices, Role
from safemap.files.values import Mask, coordinates, texts
from safemap.geo.crs import WGS84
from safemap.imports.positions import positions
from safemap.imports.reading import WrongFile
from safemap.imports.report import ImportReport, Outcome
from safemap.imports.systems import WrongSystem, refuse_degrees_said_metres, require_system

POINT_BYTES = 21  # of a point as well-known binary: byte order, type, x, y


def placed_by_columns(
    path: Path,
    cells: dict[Role, pd.Series],
    columns: Columns,
    rows: NDArray[np.int64],
    choices: Choices,
    report: ImportReport,
) -> tuple[NDArray[np.float64], int]:
    """Read positions from two columns of numbers or one of WKT, and their system; NaN when there are none."""
    if Role.SHAPE in columns:
        words = texts(cells.pop(Role.SHAPE))
        shapes = shapely.from_wkt(words.mask(words == "", None).to_numpy(), on_invalid="ignore")
        is_wrong = (words != "").to_numpy() & shapely.is_missing(shapes)
        note_all(path, rows, is_wrong, "geometry", words.iloc.__getitem__, "no geometry", "POINT (121.5 25.0)", report)
        xy = coordinates_of(path, np.asarray(shapes, dtype=object), rows, report)
    elif Role.X in columns and Role.Y in columns:
        both = []
        for role in (Role.X, Role.Y):
            cell = cells.pop(role)
            found, wrong = coordinates(cell)
            note_all(
                path, rows, wrong, columns.of[role], cell.iloc.__getitem__, "no number", "121.5436 and 25.0260", report
            )
            both.append(found)
        xy = np.column_stack(both)
    else:
        return np.full((len(rows), 2), np.nan), WGS84
    return in_a_system(path, xy, choices.crs, rows, report)


def in_a_system(
    path: Path, xy: NDArray[np.float64], epsg: int | None, rows: NDArray[np.int64], report: ImportReport
) -> tuple[NDArray[np.float64], int]:
    """Return numbers and the system that they are in: the one that was said, else degrees, as they can only be."""
    has: Mask = np.asarray(np.isfinite(xy).all(axis=1))
    if epsg is not None and epsg != WGS84:
        require_system(epsg)
        refuse_degrees_said_metres(path, epsg, box_of(xy[has]))
        return np.where(has[:, None], xy, np.nan), epsg
    judged = positions(xy[:, 0], xy[:, 1], anywhere=True)
    wrong = judged.outside
    if wrong.any() and bool((wrong == has).all()):
        x, y = xy[np.flatnonzero(wrong)[0]]
        raise WrongSystem(path, f"its first position is {x:g}, {y:g}, neither degrees nor metres of Taiwan")

    def pair(place: int) -> str:
        return f"{xy[place, 0]:g}, {xy[place, 1]:g}"

    swapped, nowhere = "latitude stands before longitude", "neither degrees nor metres of Taiwan"
    note_all(path, rows, judged.swapped, "x, y", pair, swapped, "Swapped.", report, Outcome.MENDED)
    note_all(path, rows, wrong, "x, y", pair, nowhere, "121.5436, 25.0260", report)
    if judged.projected.any():
        report.remark(f"{path.name}: {int(judged.projected.sum()):,} positions are metres; read as TWD97 TM2 zone 121.")
    return judged.lonlat, WGS84


def box_of(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the first point and the box of all as ``(2, 4)`` west, south, east, north; nothing without any."""
    if len(xy) == 0:
        return np.zeros((0, 4))
    return np.stack([np.tile(xy[0], 2), np.concatenate([xy.min(axis=0), xy.max(axis=0)])])


def coordinates_of(
    path: Path, shapes: NDArray[np.object_], rows: NDArray[np.int64], report: ImportReport
) -> NDArray[np.float64]:
    """Take coordinates out of points; a multi-point of one point is a point."""
    types = shapely.get_type_id(shapes)
    single = (types == shapely.GeometryType.MULTIPOINT) & (shapely.get_num_geometries(shapes) == 1)
    shapes = np.where(single, shapely.get_geometry(shapes, 0), shapes)
    is_point = (shapely.get_type_id(shapes) == shapely.GeometryType.POINT) & ~shapely.is_empty(shapes)
    other = ~is_point & (types >= 0) & ~shapely.is_empty(shapes)
    if other.any():
        if other.sum() == (types >= 0).sum():
            place = int(np.flatnonzero(other)[0])
            raise WrongFile(
                path, f"holds no points (row {rows[place]} is a {shapes[place].geom_type})", "Bring points."
            )

        def kind(place: int) -> str:
            return str(shapes[place].geom_type)

        note_all(path, rows, other, "geometry", kind, "no point", "Events are points.", report)
    points = shapes.copy()
    points[~is_point] = None
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)])


def stored_coordinates(path: Path, column: Any, rows: NDArray[np.int64], report: ImportReport) -> NDArray[np.float64]:
    """Read points of GeoParquet: bytes all alike at once, others one by one; or two columns of numbers."""
    whole = column.combine_chunks()
    if pa.types.is_struct(whole.type):
        return np.column_stack([whole.field(axis).to_numpy(zero_copy_only=False) for axis in ("x", "y")])
    if whole.null_count == 0 and len(whole):
        stored = whole.cast(pa.binary())
        offsets = np.frombuffer(stored.buffers()[1], dtype=np.int32)[stored.offset : stored.offset + len(stored) + 1]
        content = np.frombuffer(stored.buffers()[2], dtype=np.uint8)[offsets[0] : offsets[-1]]
        if bool((np.diff(offsets) == POINT_BYTES).all()):
            record = np.dtype([("order", "u1"), ("type", "<u4"), ("x", "<f8"), ("y", "<f8")])
            points = content.view(record)
            if bool(((points["order"] == 1) & (points["type"] == 1)).all()):
                return np.column_stack([points["x"], points["y"]])
    return coordinates_of(path, shapely.from_wkb(whole.to_numpy(zero_copy_only=False)), rows, report)


def note_all(
    path: Path,
    rows: NDArray[np.int64],
    wrong: Mask,
    name: str,
    shown: Callable[[int], object],
    reason: str,
    right: str,
    report: ImportReport,
    outcome: Outcome = Outcome.REFUSED,
) -> None:
    """Note some rows of a file, each with the value that is shown of it."""
    for place in np.flatnonzero(wrong).tolist():
        report.note(path, rows[place], outcome, name, shown(place), reason, right)
