"""Files of every kind become the same events; what is the matter with a row is noted, with the row."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from tests.support.event_files import PLANE, events, written
from tests.support.shared import SHARED, needs_shared

from safemap.errors import NotFound
from safemap.files.events import Events, joined
from safemap.files.reading import parts_of, read_part
from safemap.files.rules import Choices, KnownForm, Role, WrongValue
from safemap.imports.reading import WrongFile
from safemap.imports.systems import WrongSystem


def read(path: Path, choices: Choices | None = None) -> Events:
    return joined([read_part(part, choices or Choices({})) for part in parts_of([path])])


def table(folder: Path, content: str | bytes, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("ending", ["csv", "geojson", "gpkg", "parquet", "shp"])
def test_every_kind_of_file_says_the_same(tmp_path: Path, ending: str) -> None:
    frame = events(40, 10)
    if ending == "shp":  # names of ten letters and no more
        frame = frame.rename(columns={"accuracy_m": "accuracy"})
        frame["time"] = frame["time"].dt.strftime("%Y-%m-%d %H:%M")
    found = read(written(frame, tmp_path / f"events.{ending}"))
    assert np.allclose(found.in_system(PLANE), np.column_stack([frame.geometry.x, frame.geometry.y]), atol=0.02)
    whens = pd.to_datetime(frame["time"]).to_numpy().astype("datetime64[m]")
    assert np.array_equal(found.begin, whens)
    assert found.weight is not None
    assert found.accuracy_m is not None
    assert found.reporters is not None
    assert found.weight.tolist() == frame["weight"].tolist()
    assert found.facts.rows == found.facts.placed == found.facts.timed == 50
    assert {role for _, role, _ in found.facts.read} >= {"time", "weight", "accuracy", "reporter"}


def test_parquet_is_read_by_groups_of_rows_which_add_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safemap.files.reading.PART_ROWS", 20)
    frame = events(95)
    path = tmp_path / "a.parquet"
    frame.to_parquet(path, row_group_size=10)
    parts = parts_of([path])
    assert [part.row_groups for part in parts] == [(0, 1), (2, 3), (4, 5), (6, 7), (8, 9)]
    assert [part.first_row for part in parts] == [1, 21, 41, 61, 81]
    assert np.array_equal(read(path).xy, np.column_stack([frame.geometry.x, frame.geometry.y]))


@pytest.mark.parametrize("encoding", ["WKB", "geoarrow"])
def test_parquet_with_a_missing_and_an_empty_point(tmp_path: Path, encoding: str) -> None:
    points = [shapely.Point(121.5, 25.0), None, shapely.Point()] if encoding == "WKB" else [shapely.Point(121.5, 25.0)]
    path = tmp_path / "a.parquet"
    gpd.GeoDataFrame(geometry=points, crs="EPSG:4326").to_parquet(path, geometry_encoding=encoding)
    found = read(path)
    assert found.has_place.tolist() == [True, False, False][: len(points)]
    assert found.xy[0].tolist() == [121.5, 25.0]


def test_parquet_without_geometry_is_a_table(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pd.DataFrame({"x": [304_000.0], "y": [2_768_000.0], "when": ["2025-01-01"]}).to_parquet(path)
    assert read(path, Choices({}, crs=PLANE)).epsg == PLANE
    assert read(path).in_system(PLANE)[0] == pytest.approx([304_000, 2_768_000], abs=0.01)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp950"])
def test_a_table_reads_the_same_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    found = read(table(tmp_path, "經度,緯度,發生日期,類別\r\n121.5,25.0,1140301,噪音\r\n".encode(encoding)))
    assert found.kinds is not None
    assert found.kinds.words().tolist() == ["噪音"]
    assert str(found.begin[0]) == "2025-03-01T00:00"


def test_a_title_above_the_header_is_passed_over(tmp_path: Path) -> None:
    assert read(table(tmp_path, "警察局清單,,\nlon,lat,time\n121.5,25.0,2025-01-01\n")).facts.placed == 1


def test_rows_that_cannot_be_placed_are_noted_and_the_others_stay(tmp_path: Path) -> None:
    rows = "abc,24.6\n121.54,25.03\n0,0\n25.03,121.54\n111,11\n,\n121.54,25.03,9\n304000,2768000\n9000000,1\n"
    found = read(table(tmp_path, f"lon,lat\n{rows}"))
    assert found.facts.rows == 9
    assert found.facts.placed == 3
    noted = {trouble.reason: (trouble.row, trouble.field, trouble.value) for trouble in found.facts.troubles}
    assert noted == {
        "a row of another width": ("8", "row", "3 cells"),
        "no number": ("2", "lon", "abc"),
        "latitude stands before longitude": ("5", "x, y", "25.03, 121.54"),
        "neither degrees nor metres of Taiwan": ("10", "x, y", "9e+06, 1"),
    }
    assert "read as TWD97 TM2 zone 121" in found.facts.remarks[0]


def test_a_time_that_is_none_is_noted_and_the_event_stays(tmp_path: Path) -> None:
    found = read(table(tmp_path, "lon,lat,time\n121.54,25.03,昨天\n121.54,25.03,2025-01-01\n"))
    assert (found.facts.events, found.facts.timed) == (2, 1)
    assert [(trouble.reason, trouble.row, trouble.value) for trouble in found.facts.troubles] == [
        ("no date and time", "2", "昨天")
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "is empty"),
        ("lon,lat\n", "has a header and no row"),
        ("lon;lat\n1;2\n", "has no commas between its columns"),
        (b"PK\x03\x04rest", "zip or spreadsheet"),
        (b"a,b\n1,2\n3,\xff\xff\n", "line 3 is neither UTF-8 nor cp950"),
    ],
)
def test_a_table_that_is_none_is_refused_with_the_reason(tmp_path: Path, content: str | bytes, says: str) -> None:
    with pytest.raises(WrongFile, match=says):
        read(table(tmp_path, content))


def test_files_that_are_not_there_or_of_no_known_kind(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read(tmp_path / "nothing.csv")
    with pytest.raises(WrongFile, match=r"is of a kind that is not read \(.xlsx\)"):
        read(table(tmp_path, "x", "a.xlsx"))
    with pytest.raises(WrongFile, match="cannot be read as Parquet"):
        read(table(tmp_path, "x", "a.parquet"))
    pd.DataFrame({"lon": [], "lat": []}).to_parquet(tmp_path / "none.parquet")
    with pytest.raises(WrongFile, match="has columns and no row"):
        read(tmp_path / "none.parquet")


def test_a_folder_stands_for_its_files(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv"):
        table(tmp_path, "lon,lat\n121.5,25.0\n", name)
    assert [part.path.name for part in parts_of([tmp_path])] == ["a.csv", "b.csv"]


def test_degrees_said_to_be_metres_are_refused(tmp_path: Path) -> None:
    degrees = table(tmp_path, "x,y\n121.54,25.03\n121.55,25.04\n")
    with pytest.raises(WrongSystem, match=r"EPSG:3826 .*, which is in metres, but its numbers are degrees"):
        read(degrees, Choices({}, crs=PLANE))
    frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy([121.54], [25.03]), crs=PLANE)
    for ending in ("gpkg", "parquet"):
        path = tmp_path / f"lies.{ending}"
        frame.to_parquet(path) if ending == "parquet" else frame.to_file(path)
        with pytest.raises(WrongSystem, match="which is in metres, but its numbers are degrees"):
            read(path)


def test_numbers_in_no_known_system_are_refused_and_a_system_that_is_said_is_used(tmp_path: Path) -> None:
    utm = table(tmp_path, "x,y\n385000,6672000\n")
    with pytest.raises(WrongSystem, match=r"its first position is 385000, 6.672e"):
        read(utm)
    lon, lat = read(utm, Choices({}, crs=32635)).in_system(4326)[0]
    assert (lon, lat) == pytest.approx((24.93, 60.17), abs=0.02)


def test_lines_are_no_events_and_a_multi_point_of_one_point_is(tmp_path: Path) -> None:
    line = shapely.LineString([(121.5, 25.0), (121.6, 25.0)])
    path = tmp_path / "lines.geojson"
    gpd.GeoDataFrame(geometry=[line], crs="EPSG:4326").to_file(path)
    with pytest.raises(WrongFile, match=r"holds no points \(row 1 is a LineString\)"):
        read(path)
    gpd.GeoDataFrame(geometry=[shapely.MultiPoint([(121.5, 25.0)]), line], crs="EPSG:4326").to_file(path)
    found = read(path)
    assert found.has_place.tolist() == [True, False]
    assert [(trouble.reason, trouble.row, trouble.value) for trouble in found.facts.troubles] == [
        ("no point", "2", "LineString")
    ]


def test_a_weight_below_zero_is_refused_with_file_row_field_and_value(tmp_path: Path) -> None:
    with pytest.raises(WrongValue, match=r"a.csv, row 3: 權重 is “-3”. It has to be a number of at least 0."):
        read(table(tmp_path, "lon,lat,權重\n121.5,25,1\n121.5,25,-3\n"))


def test_shapes_as_text_are_read_too(tmp_path: Path) -> None:
    found = read(table(tmp_path, 'geometry,time\n"POINT (121.5 25.0)",2025-01-01\nnowhere,\n,\n'))
    assert found.has_place.tolist() == [True, False, False]
    assert [(trouble.reason, trouble.value) for trouble in found.facts.troubles] == [("no geometry", "nowhere")]


def test_only_some_kinds_are_taken_and_all_are_counted(tmp_path: Path) -> None:
    path = table(tmp_path, "lon,lat,kind\n121.5,25,a\n121.5,25,b\n121.5,25,b\n")
    found = read(path, Choices({}, only=("b",)))
    assert len(found) == 2
    assert found.facts.kinds == {"b": 2, "a": 1}


@needs_shared
def test_police_files_are_read_by_the_importers() -> None:
    accidents = read(SHARED / "accidents" / "npa_A1_2025.csv")
    assert accidents.facts.rows == 3918
    assert (accidents.facts.events, accidents.facts.placed) == (1526, 1520)
    assert ("npa_A1_2025.csv", "time", "發生日期") in accidents.facts.read
    assert str(accidents.facts.first) == "2025-01-01T03:35"
    thefts = read(SHARED / "crime" / "taipei_bicycle_theft_2015-2017.csv")
    assert (thefts.facts.events, thefts.facts.placed, thefts.facts.timed) == (771, 0, 771)
    assert ("taipei_bicycle_theft_2015-2017.csv", "clock", "發生時段") in thefts.facts.read
    village = read(SHARED / "accidents" / "cunli_a2_daan" / "63000030001.csv")
    assert {column for _, _, column in village.facts.read} == {"3", "4", "5", "50", "51"}


@needs_shared
def test_columns_of_police_files_cannot_be_chosen() -> None:
    with pytest.raises(KnownForm, match="--time cannot be chosen"):
        read(SHARED / "accidents" / "npa_A1_2025.csv", Choices({Role.TIME: "發生時間"}))
