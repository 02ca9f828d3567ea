"""Result files: GeoJSON, GeoPackage, GeoParquet, CSV; whole or not at all, together with the summary."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import pyogrio
import shapely

from safemap.files.rules import DoesNotGoTogether
from safemap.geo.crs import WGS84

FIGURES = 6  # that are written of a number
COORDINATE_DECIMALS = 7  # of degrees: about 1 cm
LAYER = "hotspots"


def require_target(out: Path | None, sources: list[Path], option: str = "out") -> None:
    """Raise a clear error when a file to be written cannot be, before anything is read.

    Raises
    ------
    DoesNotGoTogether
        It is of no known kind, is a folder, is in none, or is one of the files that are read.
    """
    if out is None:
        return
    if option == "out" and out.suffix.lower() not in WRITERS:
        kinds = ", ".join(WRITERS)
        raise DoesNotGoTogether(option, f"{out.name} is of a kind that is not written", f"End its name in {kinds}.")
    if out.is_dir() or not out.absolute().parent.is_dir():
        raise DoesNotGoTogether(option, f"{out} is a folder, or stands in none", "Name a file in a folder that exists.")
    if any(out.exists() and source.exists() and out.samefile(source) for source in sources):
        raise DoesNotGoTogether(option, f"{out.name} is a file that is read", "Name another file.")


def write_results(
    frame: gpd.GeoDataFrame | pd.DataFrame, out: Path | None, record: Any, json_file: Path | None
) -> None:
    """Write rows and summary: both, or neither."""
    made: list[tuple[Path, Path]] = []
    folders: list[TemporaryDirectory[str]] = []

    def beside(target: Path) -> Path:
        folder = TemporaryDirectory(dir=target.absolute().parent, prefix=".safemap-")
        folders.append(folder)
        made.append((Path(folder.name) / target.name, target))
        return made[-1][0]

    try:
        if out is not None:
            WRITERS[out.suffix.lower()](rounded(frame), beside(out))
        if json_file is not None:
            beside(json_file).write_bytes(as_json(record))
        for source, target in made:
            source.replace(target)
    finally:
        for folder in folders:
            folder.cleanup()


def as_json(record: Any) -> bytes:
    """Return a record as JSON; numbers that are none are null."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
    return orjson.dumps(record, option=options)


def rounded(frame: gpd.GeoDataFrame | pd.DataFrame) -> gpd.GeoDataFrame | pd.DataFrame:
    """Round numbers to six figures and bring geometries to degrees; what is infinite is left empty."""
    made = frame.copy()
    for name in made.columns:
        if pd.api.types.is_float_dtype(made[name].dtype):
            made[name] = _figures(made[name].to_numpy(dtype=np.float64))
    if isinstance(made, gpd.GeoDataFrame):
        made = made.to_crs(WGS84)
        shapes = shapely.transform(
            np.asarray(made.geometry.array, dtype=object), lambda xy: np.round(xy, COORDINATE_DECIMALS)
        )
        made = made.set_geometry(gpd.GeoSeries(shapes, index=made.index, crs=WGS84))
    return made


def _figures(values: Any) -> Any:
    found = np.where(np.isfinite(values), values, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where((found == 0) | np.isnan(found), 0.0, np.floor(np.log10(np.abs(found))))
    # Powers of ten from a table of whole exponents: the same digits on every machine.
    step = np.power(10.0, FIGURES - 1 - size)
    return np.where(np.isnan(found), np.nan, np.round(found * step) / step)


def _geojson(frame: gpd.GeoDataFrame | pd.DataFrame, path: Path) -> None:
    options = {"RFC7946": "YES", "COORDINATE_PRECISION": str(COORDINATE_DECIMALS)}
    pyogrio.write_dataframe(_features(frame), path, driver="GeoJSON", layer=LAYER, layer_options=options)


def _geopackage(frame: gpd.GeoDataFrame | pd.DataFrame, path: Path) -> None:
    pyogrio.write_dataframe(frame, path, driver="GPKG", layer=LAYER)


def _features(frame: gpd.GeoDataFrame | pd.DataFrame) -> gpd.GeoDataFrame:
    """Return rows without places as features without geometry: GeoJSON has nothing else."""
    if isinstance(frame, gpd.GeoDataFrame):
        return frame
    return gpd.GeoDataFrame(frame, geometry=[None] * len(frame), crs=WGS84)


def _parquet(frame: gpd.GeoDataFrame | pd.DataFrame, path: Path) -> None:
    frame.to_parquet(path, index=False)


def _csv(frame: gpd.GeoDataFrame | pd.DataFrame, path: Path) -> None:
    """Write a table that spreadsheets open with the right letters; shapes as text, with the middle of each."""
    table = pd.DataFrame(frame.drop(columns="geometry")) if isinstance(frame, gpd.GeoDataFrame) else frame
    if isinstance(frame, gpd.GeoDataFrame):
        shapes = np.asarray(frame.geometry.array, dtype=object)
        middle = np.round(shapely.get_coordinates(shapely.point_on_surface(shapes)), COORDINATE_DECIMALS)
        added = {"lon": middle[:, 0], "lat": middle[:, 1]} if "lon" not in table else {}
        table = table.assign(**added, geometry=shapely.to_wkt(shapes, rounding_precision=COORDINATE_DECIMALS))
    table.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")


Writer = Callable[[gpd.GeoDataFrame | pd.DataFrame, Path], None]
WRITERS: dict[str, Writer] = {
    ".geojson": _geojson,
    ".json": _geojson,
    ".gpkg": _geopackage,
    ".parquet": _parquet,
    ".geoparquet": _parquet,
    ".csv": _csv,
}
