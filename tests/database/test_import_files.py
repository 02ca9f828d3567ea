"""Files of every kind become rows; a second import changes nothing; what is wrong costs its row and is told."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session
from tests.support.extracts import write_extract
from tests.support.places import add_village

from safemap.cameras.service import cameras_in
from safemap.errors import InvalidInput
from safemap.geo.crs import Lonlat
from safemap.imports.reading import WrongFile
from safemap.imports.report import ImportReport
from safemap.imports.service import Choices, RefusedByDatabase, import_files

VILLAGE_BOX = (121.53, 25.02, 121.54, 25.03)
Fact = tuple[str, str, str]


def imported(session: Session, kind: str, *paths: Path, **choices: Any) -> ImportReport:
    """Import twice: counts add up, and the second time nothing changes."""
    first = import_files(session, kind, list(paths), choices=Choices(**choices))
    again = import_files(session, kind, list(paths), choices=Choices(**choices))
    assert first.kept + first.mended + first.refused == first.rows_read
    assert (again.kept, again.mended, again.refused) == (first.kept, first.mended, first.refused)
    for table, counts in again.tables.items():
        assert (counts.added, counts.changed, counts.removed) == (0, 0, 0), table
        assert counts.unchanged == sum((first.tables[table].added, first.tables[table].unchanged)), table
    return first


def facts(report: ImportReport) -> list[Fact]:
    return sorted((note.outcome.value, note.row, note.reason) for note in report.notes)


def collection(tmp_path: Path, *features: tuple[Any, dict[str, Any]], name: str = "map.geojson") -> Path:
    path = tmp_path / name
    records = [
        {
            "type": "Feature",
            "properties": properties,
            "geometry": None if shape is None else shapely.geometry.mapping(shape),
        }
        for shape, properties in features
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": records}), encoding="utf-8")
    return path


def rows(session: Session, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in session.execute(text(query))]


def test_an_extract(session: Session, tmp_path: Path) -> None:
    report = imported(session, "osm", write_extract(tmp_path / "small.osm.pbf"), village="小區")
    assert rows(
        session,
        "SELECT source_id, name, name_en, street_class, is_walkable, is_oneway, is_lit FROM street_edge ORDER BY 1",
    ) == [
        ("w101:0", "師大路", "Shida Rd.", "main", True, True, True),
        ("w101:1", "師大路", "Shida Rd.", "main", True, True, True),
        ("w102:0", "龍泉街", "", "lane", True, False, None),
        ("w102:1", "龍泉街", "", "lane", True, False, None),
        ("w105:0", "", "", "motorway", False, False, None),
    ]
    assert rows(session, "SELECT source_id, height_m, levels, ST_NumInteriorRings(ST_GeometryN(geom, 1)) FROM building"
        " ORDER BY 1") == [("r201", None, None, 1), ("w106", 12.0, 4.0, 0)]  # fmt: skip
    assert rows(session, "SELECT source_id, number, is_working FROM street_lamp ORDER BY 1") == [
        ("n31", "L-1", True),
        ("n32", "", False),
    ]
    assert rows(session, "SELECT source_id, kind, name FROM public_place ORDER BY 1") == [
        ("n51", "temple", "福德宮"),
        ("n52", "aed", ""),
        ("w110", "park", "中庭公園"),
    ]
    assert rows(session, "SELECT code, name, round(ST_XMax(geom)::numeric, 3)::float FROM village") == [
        ("osm-小區", "小區", 121.54)
    ]
    assert facts(report) == [
        ("mended", "n43", "a direction that cannot be read"),
        ("mended", "w102", "nodes outside the extract"),
        ("refused", "n45", "no camera"),
        ("refused", "w103", "fewer than two nodes in the file"),
        ("refused", "w104", "no street that people use"),
        ("refused", "w109", "a building or place whose outline does not close"),
    ]


def test_cameras_of_an_extract_look_where_they_are_said_to(session: Session, tmp_path: Path) -> None:
    imported(session, "osm", write_extract(tmp_path / "small.osm.pbf"))
    found = rows(
        session,
        "SELECT source_id, kind, site, round(azimuth_deg::numeric, 1)::float, field_of_view_deg, mount_height_m"
        " FROM camera ORDER BY 1",
    )
    assert found == [
        ("n41", "dome", "public", 261.5, 45.0, 4.5),
        ("n42", "fixed", "unknown", 45.0, None, None),
        ("n42.2", "fixed", "unknown", 225.0, None, None),
        ("n43", "fixed", "indoor", None, None, None),
        ("n44", "panning", "unknown", 90.0, None, None),
    ]
    assert len(cameras_in(session, Lonlat(shapely.box(*VILLAGE_BOX)))) == 5


def test_an_extract_that_was_cut_or_is_none(session: Session, tmp_path: Path) -> None:
    whole = write_extract(tmp_path / "small.osm.pbf").read_bytes()
    for name, content in {"cut": whole[: len(whole) // 2], "tail": whole[:-3], "text": b"hello " * 99}.items():
        path = tmp_path / f"{name}.osm.pbf"
        path.write_bytes(content)
        with pytest.raises(WrongFile, match=f"{name}.osm.pbf"):
            import_files(session, "osm", [path])
    assert rows(session, "SELECT count(*) FROM street_edge") == [(0,)]


def test_streets_as_lines(session: Session, tmp_path: Path) -> None:
    def line(*points: tuple[int, int]) -> shapely.LineString:
        return shapely.LineString([(121.53 + x * 0.001, 25.02 + y * 0.001) for x, y in points])

    path = collection(
        tmp_path,
        (line((0, 1), (1, 1), (2, 1)), {"name": "和平東路"}),
        (line((1, 0), (1, 1), (1, 2)), {"name": "12巷", "is_lit": False}),
        (line((3, 3), (3, 3)), {"name": "點街"}),
        (shapely.Point(121.53, 25.02), {"name": "不是路"}),
        (None, {"name": "無"}),
    )
    report = imported(session, "streets", path)
    assert (report.kept, report.refused) == (2, 3)
    assert rows(session, "SELECT DISTINCT name, street_class, is_lit FROM street_edge ORDER BY 1") == [
        ("12巷", "lane", False),
        ("和平東路", "main", None),
    ]
    assert report.tables["street_edge"].added == 4
    assert any("last character" in remark for remark in report.remarks)


def test_a_street_that_is_cut_otherwise_later_leaves_no_old_piece(session: Session, tmp_path: Path) -> None:
    road = (shapely.LineString([(121.53, 25.02), (121.531, 25.02), (121.532, 25.02)]), {"id": "a", "name": "甲路"})
    lane = (shapely.LineString([(121.531, 25.02), (121.531, 25.021)]), {"id": "b", "name": "乙巷"})
    import_files(session, "streets", [collection(tmp_path, road, lane)])
    report = import_files(session, "streets", [collection(tmp_path, road)])
    assert report.tables["street_edge"].removed == 1
    assert rows(session, "SELECT source_id FROM street_edge ORDER BY 1") == [("a:0",), ("b:0",)]


TAIPEI = {"PNAME": "台北市", "TNAME": "大安區", "VNAME": "龍泉里", "CPTVID": "6300300001"}
NLSC = {
    "VILLCODE": "63000030001", "COUNTYNAME": "臺北市", "TOWNNAME": "大安區", "VILLNAME": "龍泉里",
    "VILLENG": "Longquan Vil.",
}  # fmt: skip


def test_villages_of_two_publishers_stand_side_by_side(session: Session, tmp_path: Path) -> None:
    box = shapely.box(*VILLAGE_BOX)
    imported(session, "villages", collection(tmp_path, (box, TAIPEI), name="a.geojson"))
    imported(session, "villages", collection(tmp_path, (box, NLSC), name="b.geojson"))
    assert rows(session, "SELECT source, code, county, name, name_en FROM village ORDER BY 1") == [
        ("nlsc", "63000030001", "臺北市", "龍泉里", "Longquan Vil."),
        ("taipei", "6300300001", "臺北市", "龍泉里", ""),
    ]


def test_a_boundary_that_crosses_itself_is_mended_and_one_that_is_none_refused(
    session: Session, tmp_path: Path
) -> None:
    bow_tie = shapely.Polygon([(121.53, 25.02), (121.54, 25.03), (121.54, 25.02), (121.53, 25.03)])
    line = shapely.LineString([(121.53, 25.02), (121.54, 25.03)])
    path = collection(tmp_path, (bow_tie, NLSC), (line, {**NLSC, "VILLCODE": "2"}), (bow_tie, {**NLSC, "VILLCODE": ""}))
    report = imported(session, "villages", path)
    assert (report.kept, report.mended, report.refused) == (0, 1, 2)
    assert rows(session, "SELECT ST_IsValid(geom) FROM village") == [(True,)]


def shapefile(tmp_path: Path, frame: gpd.GeoDataFrame) -> Path:
    frame.to_file(tmp_path / "villages.shp", encoding="cp950")
    for suffix in (".cpg", ".prj"):
        (tmp_path / "villages").with_suffix(suffix).unlink()
    return tmp_path / "villages.shp"


def zipped(tmp_path: Path, frame: gpd.GeoDataFrame) -> Path:
    frame.to_file(tmp_path / "villages.shp", encoding="utf-8")
    archive = tmp_path / "villages.zip"
    with zipfile.ZipFile(archive, "w") as bundle:
        for part in tmp_path.glob("villages.[dsc]*"):
            bundle.write(part, part.name)
    return archive


def topojson(tmp_path: Path, _frame: gpd.GeoDataFrame) -> Path:
    west, south, east, north = VILLAGE_BOX
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    shape = {"type": "Polygon", "arcs": [[0]], "properties": NLSC}
    topology = {
        "type": "Topology",
        "objects": {"villages": {"type": "GeometryCollection", "geometries": [shape]}},
        "arcs": [ring],
    }
    path = tmp_path / "villages.topojson"
    path.write_text(json.dumps(topology), encoding="utf-8")
    return path


@pytest.mark.parametrize("write", [shapefile, zipped, topojson])
def test_villages_in_other_formats(
    session: Session, tmp_path: Path, write: Callable[[Path, gpd.GeoDataFrame], Path]
) -> None:
    frame = gpd.GeoDataFrame([NLSC], geometry=[shapely.box(*VILLAGE_BOX)], crs=4326)
    imported(session, "villages", write(tmp_path, frame))
    assert rows(session, "SELECT name, round(ST_XMin(geom)::numeric, 4)::float FROM village") == [("龍泉里", 121.53)]


def test_villages_without_known_fields(session: Session, tmp_path: Path) -> None:
    path = collection(tmp_path, (shapely.box(*VILLAGE_BOX), {"TNAME": "大安區"}))
    with pytest.raises(WrongFile, match="VILLCODE"):
        import_files(session, "villages", [path])


HAZARD = {"id": "h1", "category": "lighting", "severity": 2, "reported_at": "2026-03-01T22:30+08:00"}
HOURS = {"weekdays": "Mon,Wed", "starts_at": "22:00", "ends_at": "02:00"}
PATROL = {"id": "p1", "name": "夜巡", "team": "甲隊", **HOURS}
BLOCK = {
    "id": "b1", "name": "校園區塊", "adopter": "某校", "adopter_kind": "school", **HOURS,
    "in_force_from": "2026-01-01", "in_force_until": "2026-12-31",
}  # fmt: skip
INSIDE, OUTSIDE = shapely.Point(121.535, 25.025), shapely.Point(121.6, 25.1)
LINE = shapely.LineString([(121.531, 25.021), (121.535, 25.025)])


@pytest.mark.parametrize(
    ("kind", "shape", "outside", "properties", "table"),
    [
        ("hazards", INSIDE, OUTSIDE, HAZARD, "hazard"),
        ("patrols", LINE, shapely.transform(LINE, lambda xy: xy + 1), PATROL, "patrol_route"),
        ("blocks", INSIDE.buffer(0.001), OUTSIDE.buffer(0.001), BLOCK, "block"),
    ],
)
def test_what_belongs_to_a_village_lies_in_one(
    session: Session, tmp_path: Path, kind: str, shape: Any, outside: Any, properties: dict[str, Any], table: str
) -> None:
    add_village(session, box=VILLAGE_BOX)
    path = collection(tmp_path, (shape, properties), (outside, {**properties, "id": "far"}))
    report = imported(session, kind, path)
    assert (report.kept, report.refused) == (1, 1)
    assert rows(session, f"SELECT source_id FROM {table}") == [(properties["id"],)]


@pytest.mark.parametrize(
    ("kind", "shape", "properties"),
    [
        ("hazards", INSIDE, {**HAZARD, "category": "dragon"}),
        ("hazards", INSIDE, {**HAZARD, "severity": 4}),
        ("hazards", INSIDE, {**HAZARD, "reported_at": "yesterday"}),
        ("hazards", INSIDE, {**HAZARD, "description": "長" * 501}),
        ("hazards", LINE, HAZARD),
        ("patrols", LINE, {**PATROL, "weekdays": "Someday"}),
        ("patrols", LINE, {**PATROL, "starts_at": "25:00"}),
        ("blocks", INSIDE.buffer(0.001), {**BLOCK, "adopter_kind": "dragon"}),
        ("cameras", INSIDE, {"azimuth_deg": "there"}),
        ("cameras", INSIDE, {"reach_m": -5}),
        ("buildings", INSIDE.buffer(0.0001), {"height_m": 5000}),
        ("places", INSIDE, {"kind": "dragon"}),
        ("places", INSIDE, {"name": "no kind"}),
        ("incidents", INSIDE, {"kind": "theft_bicycle"}),
    ],
)
def test_a_wrong_property_costs_its_feature(
    session: Session, tmp_path: Path, kind: str, shape: Any, properties: dict[str, Any]
) -> None:
    add_village(session, box=VILLAGE_BOX)
    report = import_files(session, kind, [collection(tmp_path, (shape, properties))])
    assert (report.rows_read, report.refused, len(report.notes)) == (1, 1, 1)


def test_one_id_twice_is_kept_once(session: Session, tmp_path: Path) -> None:
    path = collection(tmp_path, (INSIDE, {"id": "L1"}), (INSIDE, {"id": "L1"}))
    assert facts(imported(session, "lamps", path)) == [("refused", "2", "an id that an earlier feature has")]


def test_places_of_one_kind_that_the_file_does_not_name(session: Session, tmp_path: Path) -> None:
    path = collection(tmp_path, (INSIDE, {"名稱": "螢橋國中"}))
    imported(session, "places", path, place_kind="shelter")
    assert rows(session, "SELECT kind, name FROM public_place") == [("shelter", "螢橋國中")]
    with pytest.raises(InvalidInput, match="no kind of place “dragon”"):
        import_files(session, "places", [path], choices=Choices(place_kind="dragon"))


def test_incidents_as_features(session: Session, tmp_path: Path) -> None:
    properties = {"id": "i1", "kind": "theft_bicycle", "occurred_at": "2026-03-01T22:30", "place": "巷口"}
    imported(session, "incidents", collection(tmp_path, (INSIDE, properties)))
    assert rows(session, "SELECT source_id, kind, place, to_char(occurred_at AT TIME ZONE 'UTC', 'HH24:MI')"
        " FROM incident") == [("i1", "theft_bicycle", "巷口", "14:30")]  # fmt: skip


def test_a_rule_that_only_the_database_knows_is_a_sentence(session: Session, tmp_path: Path) -> None:
    backwards = {**BLOCK, "in_force_until": "2025-01-01"}
    add_village(session, box=VILLAGE_BOX)
    path = collection(tmp_path, (INSIDE.buffer(0.001), backwards))
    with pytest.raises(RefusedByDatabase, match="in_force"), session.begin_nested():
        import_files(session, "blocks", [path])


def test_a_kind_that_does_not_exist(session: Session, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no kind of import “dragons”"):
        import_files(session, "dragons", [tmp_path / "x"])
