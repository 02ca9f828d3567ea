"""Which reference system numbers are in: known points, proofs by attributes, and what is refused."""

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from safemap.errors import InvalidInput
from safemap.imports.reading import read_features
from safemap.imports.report import ImportReport
from safemap.imports.systems import WrongSystem

# Published pairs of one place: degrees, TWD97 and TWD67 on the plane of zone 121.
LONLAT = (121.55344420780119, 25.170699408342106)
TWD97, TWD67 = (305787.783, 2784799.355), (304956.927, 2785003.304)


def written(tmp_path: Path, *points: tuple[float, float], crs: str = "", **properties: Any) -> Path:
    collection: dict[str, Any] = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": point}}
            for point in points
        ],
    }
    if crs:
        collection["crs"] = {"type": "name", "properties": {"name": crs}}
    path = tmp_path / "points.geojson"
    path.write_text(json.dumps(collection), encoding="utf-8")
    return path


def read(path: Path, epsg: int | None = None) -> tuple[gpd.GeoDataFrame, ImportReport]:
    report = ImportReport("lamps", [path.name])
    frame = read_features(path, report, ("Point",), epsg=epsg)
    report.rows_read = len(frame)
    return frame, report


def metres_from_truth(frame: gpd.GeoDataFrame) -> float:
    return float(frame.to_crs(3826).geometry.iloc[0].distance(shapely.Point(TWD97)))


def test_degrees_stay_as_they_are(tmp_path: Path) -> None:
    frame, report = read(written(tmp_path, LONLAT))
    assert frame.geometry.iloc[0].coords[0] == LONLAT
    assert (report.remarks, report.notes) == ([], [])


def test_metres_without_a_word_are_twd97_and_that_is_said(tmp_path: Path) -> None:
    frame, report = read(written(tmp_path, TWD97))
    assert metres_from_truth(frame) < 0.1
    assert "TWD97" in report.remarks[0]
    assert "850 m" in report.remarks[0]


@pytest.mark.parametrize(("point", "name", "limit_m"), [(TWD97, "TWD97", 0.1), (TWD67, "TWD67", 10.0)])
def test_attributes_in_degrees_prove_the_plane(
    tmp_path: Path, point: tuple[float, float], name: str, limit_m: float
) -> None:
    frame, report = read(written(tmp_path, point, E=LONLAT[0], N=LONLAT[1]))
    assert metres_from_truth(frame) < limit_m
    assert f"read as {name}" in report.remarks[0]


def test_the_person_may_say_the_system(tmp_path: Path) -> None:
    frame, _ = read(written(tmp_path, TWD67), epsg=3828)
    assert metres_from_truth(frame) < 10.0


def test_a_system_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no reference system EPSG:99999"):
        read(written(tmp_path, TWD97), epsg=99999)


def test_a_system_that_the_file_names_is_used(tmp_path: Path) -> None:
    web = (13531267.4, 2895500.0)
    frame, _ = read(written(tmp_path, web, crs="urn:ogc:def:crs:EPSG::3857"))
    assert frame.geometry.iloc[0].x == pytest.approx(121.5534, abs=1e-3)


def test_swapped_axes_are_mended_row_by_row(tmp_path: Path) -> None:
    frame, report = read(written(tmp_path, LONLAT, LONLAT[::-1]))
    assert frame.geometry.iloc[1].coords[0] == LONLAT
    assert (report.kept, report.mended, report.refused) == (1, 1, 0)


def test_one_wrong_position_costs_one_row(tmp_path: Path) -> None:
    frame, report = read(written(tmp_path, LONLAT, (5e8, 5e8)))
    assert frame.geometry.isna().tolist() == [False, True]
    assert (report.kept, report.mended, report.refused) == (1, 0, 1)


def test_a_file_of_wrong_positions_is_refused_whole(tmp_path: Path) -> None:
    with pytest.raises(WrongSystem, match="neither degrees nor metres of Taiwan"):
        read(written(tmp_path, (13531267.4, 2895500.0)))


def test_degrees_that_are_called_metres_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongSystem, match="its numbers are degrees"):
        read(written(tmp_path, LONLAT, crs="urn:ogc:def:crs:EPSG::3826"))


def test_degrees_that_are_said_to_be_metres_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongSystem, match=r"EPSG:3826 .*, which is in metres, but its numbers are degrees"):
        read(written(tmp_path, LONLAT), epsg=3826)


def test_geoparquet_is_read_like_any_map_file(tmp_path: Path) -> None:
    path = tmp_path / "points.parquet"
    gpd.GeoDataFrame({"id": ["a"]}, geometry=[shapely.Point(TWD97)], crs=3826).to_parquet(path)
    frame, _ = read(path)
    assert frame.geometry[0].coords[0] == pytest.approx(LONLAT, abs=1e-6)
    path.write_bytes(b"PAR1 but no more")
    with pytest.raises(InvalidInput, match=r"points.parquet: cannot be read as GeoParquet"):
        read(path)
