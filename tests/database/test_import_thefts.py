"""Lists of thefts have addresses and no coordinates: on their street or lane with its accuracy, or refused and told."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session
from tests.database.test_import_command import incidents, safemap
from tests.database.test_import_files import imported, rows
from tests.support.places import add_village
from tests.support.shared import SHARED, needs_shared

from safemap.basemap.gazetteer import FRONTAGE_M, Placed
from safemap.communities.service import villages_at
from safemap.geo.addresses import normalised, read_address
from safemap.geo.crs import GEOD
from safemap.imports.reading import WrongFile
from safemap.imports.report import ImportReport
from safemap.imports.service import import_files
from safemap.imports.thefts import places_of
from safemap.settings import Settings

OLDER = "編號,案類,發生(現)日期,發生時段,發生(現)地點"
NEWER = "編號,案類,發生日期,發生時段,發生地點"
WEST, SOUTH, EAST, NORTH = 121.53, 25.02, 121.54, 25.03
# A road through the village, a lane off it that ends before a nameless path, and a lane's name said twice far apart.
STREETS = {
    "師大路": [(WEST - 0.001, 25.025), (121.535, 25.025), (EAST + 0.001, 25.025)],
    "師大路80巷": [(121.535, 25.025), (121.535, 25.027)],
    "": [(121.534, 25.027), (121.535, 25.027), (121.536, 25.027)],
    "泰順街": [(121.532, 25.025), (121.532, 25.0255), (121.5325, 25.025)],
}


def listed(tmp_path: Path, lines: Sequence[str], header: str = OLDER, encoding: str = "cp950") -> Path:
    path = tmp_path / f"thefts-{encoding}.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding=encoding)
    return path


def write_streets(tmp_path: Path) -> Path:
    path = tmp_path / "streets.geojson"
    features = [
        {"type": "Feature", "properties": {"name": name}, "geometry": {"type": "LineString", "coordinates": points}}
        for name, points in STREETS.items()
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


@pytest.fixture
def here(session: Session, tmp_path: Path) -> Session:
    """A village of one district with its streets."""
    box = (WEST, SOUTH, EAST, NORTH)
    add_village(session, name="龍泉里", town="大安區", county="臺北市", box=box, is_fictional=False)
    import_files(session, "streets", [write_streets(tmp_path)])
    return session


def refusals(report: ImportReport) -> list[tuple[str, str, str]]:
    return [(note.row, note.field, note.reason) for note in report.notes if note.outcome.value == "refused"]


def test_a_theft_stands_on_its_lane_and_says_how_exactly(here: Session, tmp_path: Path) -> None:
    lane = "台北市大安區龍泉里師大路80巷"
    lines = [f"1,自行車竊盜,1040101,16~18,{lane}1~30號", f"2,自行車竊盜,1040102,16~18,{lane}31 ~ 60號"]
    report = imported(here, "incidents", listed(tmp_path, lines))
    assert (report.kept, report.mended, report.refused) == (2, 0, 0)
    ((accuracy_m, off_m, points, length_m, street),) = rows(
        here,
        "SELECT max(i.accuracy_m), max(ST_Distance(i.geom::geography, e.geom::geography)),"
        " count(DISTINCT ST_AsEWKB(i.geom)), max(e.length_m), max(i.details->>'street')"
        " FROM incident i CROSS JOIN street_edge e WHERE e.name = '師大路80巷'",
    )
    assert accuracy_m == pytest.approx(length_m / 2 + FRONTAGE_M, abs=1.5)
    assert (off_m < 0.1, points, street) == (True, 1, "師大路80巷")  # one lane is one point, whatever the houses
    how_exact = f"half of them within {accuracy_m:.0f} m, all within {accuracy_m:.0f} m, 2 within 200 m."
    assert report.remarks == [f"thefts-cp950.csv: 2 were placed on the street or lane of their address: {how_exact}"]


def test_what_has_no_place_is_refused_with_row_field_value_and_what_would_be_right(
    here: Session, tmp_path: Path
) -> None:
    where = "台北市大安區"
    lines = [
        f"1,自行車竊盜,1040101,16~18,{where}龍泉里臥龍街188巷1~30號",
        f"2,自行車竊盜,1040101,16~18,{where}大安森林公園",
        f"3,自行車竊盜,1040101,16~18,{where}",
        f"4,自行車竊盜,1040101,16~18,{where}師大路與臥龍街口",
        f"5,自行車竊盜,1040101,16~18,{where}泰順街與師大路80巷口",
        "6,自行車竊盜,1040101,16~18,台北市信義區松仁路1~30號",
        "7,自行車竊盜,1040101,16~18,捷運站",
        f"8,自行車竊盜,1040101,-,{where}師大路\\弄1~30號",
        f"9,自行車竊盜,1040101,16~18,{where}師大路80巷901~930號",
    ]
    report = imported(here, "incidents", listed(tmp_path, lines))
    unknown = "no street of that name is known in 臺北市大安區"
    assert refusals(report) == [
        ("2", "發生地點", unknown),
        ("3", "發生地點", "it names no street, only a landmark or less"),
        ("4", "發生地點", "it names no street, only a landmark or less"),
        ("5", "發生地點", unknown),
        ("6", "發生地點", "the two streets are known in 臺北市大安區, but nowhere meet"),
        ("7", "發生地點", "no village of 臺北市信義區 is known, so it cannot be placed"),
        ("8", "發生地點", "no village of a district that it does not name is known, so it cannot be placed"),
        ("9", "發生地點", "its street cannot be read whole"),
        ("10", "發生地點", "what is known of that street of 臺北市大安區 is too short for the number"),
    ]
    assert report.notes[0].value == "台北市大安區龍泉里臥龍街188巷1~30號"
    assert report.notes[0].right == "Import its streets first: safemap import osm or streets FILE."
    assert (report.mended, report.refused) == (0, 9)  # what is refused is not mended as well
    assert rows(here, "SELECT count(*) FROM incident") == [(0,)]


def test_a_crossing_is_where_its_streets_meet(here: Session, tmp_path: Path) -> None:
    lines = [
        "1,自行車竊盜,1040101,16~18,台北市大安區師大路與師大路80巷口",
        "2,自行車竊盜,1040101,16~18,台北市大安區師大路80巷口",
    ]
    assert imported(here, "incidents", listed(tmp_path, lines)).kept == 2
    found = rows(here, "SELECT DISTINCT accuracy_m, ST_X(geom), ST_Y(geom) FROM incident")
    assert found == [(FRONTAGE_M, pytest.approx(121.535, abs=1e-6), pytest.approx(25.025, abs=1e-6))]


def test_kinds_days_and_slots_of_hours(here: Session, tmp_path: Path) -> None:
    where = "台北市大安區師大路80巷1~30號"
    lines = [
        f"1,自行車竊盜,1040101,22~24,{where}",
        f"2,汽車失竊,1040101,-,{where}",
        f"3,機車竊盜,1040101,1月3日,{where}",
        f"4,住宅竊盜,990630,00~02,{where}",
        f"5,街頭隨機強盜,1040101,,{where}",
        f"6,搶奪,1040101,1月9日,{where}",
        f"7,偷龍,1040101,16~18,{where}",
        f"8,自行車竊盜,1月3日,16~18,{where}",
        f"9,自行車竊盜,1040101,{where}",
    ]
    report = imported(here, "incidents", listed(tmp_path, lines))
    assert (report.kept, report.mended, report.refused) == (2, 4, 3)
    assert [(row, field) for row, field, _ in refusals(report)] == [
        ("8", "案類"),
        ("9", "發生日期"),
        ("10", "columns"),
    ]
    mended = [(note.row, note.value, note.right) for note in report.notes if note.outcome.value == "mended"]
    assert mended == [
        ("3", "-", "Only the day is known."),
        ("4", "1月3日", "Read as 01~03."),
        ("6", "", "Only the day is known."),
        ("7", "1月9日", "Only the day is known."),
    ]
    local = "to_char({} AT TIME ZONE 'Asia/Taipei', 'YYYY-MM-DD HH24')"
    begin, end = local.format("occurred_at"), local.format("occurred_until")
    assert rows(here, f"SELECT kind, precision, {begin}, {end} FROM incident ORDER BY kind, precision") == [
        ("burglary", "hours", "2010-06-30 00", "2010-06-30 03"),
        ("robbery", "day", "2015-01-01 00", None),
        ("robbery", "day", "2015-01-01 00", None),
        ("theft_bicycle", "hours", "2015-01-01 22", "2015-01-02 01"),
        ("theft_car", "day", "2015-01-01 00", None),
        ("theft_motorcycle", "hours", "2015-01-01 01", "2015-01-01 04"),
    ]


def test_the_same_list_numbered_and_spelt_anew_changes_nothing(here: Session, tmp_path: Path) -> None:
    older = ["7,自行車竊盜,1040101,16~18,台北市大安區師大路80巷1 ~ 30號"] * 2  # two alike are two thefts
    newer = [
        "1,自行車竊盜,1040101,16~18,臺北市大安區師大路80巷1~30號",
        "2,自行車竊盜,1040101,16~18,臺北市大安區師大路80巷1～30號",
    ]
    assert imported(here, "incidents", listed(tmp_path, older)).tables["incident"].added == 2
    again = listed(tmp_path, newer, NEWER, "utf-8-sig")
    counts = import_files(here, "incidents", [again]).tables["incident"]
    assert (counts.added, counts.removed) == (0, 0)
    assert rows(here, "SELECT count(*) FROM incident") == [(2,)]


def test_what_was_refused_comes_in_when_its_streets_do(session: Session, tmp_path: Path) -> None:
    path = listed(tmp_path, ["1,自行車竊盜,1040101,16~18,台北市大安區龍泉里師大路80巷1~30號"])
    assert "no village of 臺北市大安區 is known" in refusals(import_files(session, "incidents", [path]))[0][2]
    box = (WEST, SOUTH, EAST, NORTH)
    add_village(session, name="龍泉里", town="大安區", county="台北市", box=box, is_fictional=False)
    assert "no street of that name is known" in refusals(import_files(session, "incidents", [path]))[0][2]
    import_files(session, "streets", [write_streets(tmp_path)])
    assert imported(session, "incidents", path).tables["incident"].added == 1


def test_other_columns_behind_the_first_two_are_another_table(session: Session, tmp_path: Path) -> None:
    path = listed(tmp_path, ["1,自行車竊盜,大安區,3,1"], "編號,案類,地區,件數,破獲")
    with pytest.raises(WrongFile, match="no known form of incidents"):
        import_files(session, "incidents", [path])


@contextmanager
def statements_on(session: Session) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        said.append(statement)

    bind = session.connection()
    event.listen(bind, "before_cursor_execute", note)
    yield said
    event.remove(bind, "before_cursor_execute", note)


def test_a_long_list_asks_the_database_no_more_than_a_short_one(here: Session) -> None:
    asked: list[int] = []
    for many in (1, 200):
        addresses = [read_address(f"臺北市大安區師大路{lane}巷1~30號") for lane in range(1, many + 1)]
        with statements_on(here) as said:
            assert len(places_of(here)(addresses)) == many
        asked.append(len(said))
    assert asked == [2, 2]  # the villages and the streets


def test_a_dry_run_as_it_is_typed(fresh_settings: Settings, fresh_engine: Engine, tmp_path: Path) -> None:
    with Session(fresh_engine) as session, session.begin():
        box = (WEST, SOUTH, EAST, NORTH)
        add_village(session, name="龍泉里", town="大安區", county="臺北市", box=box, is_fictional=False)
    assert safemap(fresh_settings, "import", "streets", write_streets(tmp_path)).returncode == 0
    lines = ["1,自行車竊盜,1040101,16~18,台北市大安區師大路80巷1~30號", "2,自行車竊盜,1040101,16~18,台北市大安區西門站"]
    path, report = listed(tmp_path, lines), tmp_path / "report.json"
    tried = safemap(fresh_settings, "import", "incidents", path, "--dry-run", "--report", report)
    assert (tried.returncode, incidents(fresh_engine)) == (0, 0)
    assert "2 rows read: 1 kept, 0 mended, 1 refused." in tried.stdout
    assert "1 were placed on the street or lane of their address" in tried.stdout
    (note,) = json.loads(report.read_text(encoding="utf-8"))["notes"]
    assert (note["row"], note["field"], note["value"]) == ("3", "發生地點", "台北市大安區西門站")
    assert safemap(fresh_settings, "import", "incidents", path).returncode == 0
    assert incidents(fresh_engine) == 1


@pytest.fixture
def daan(session: Session) -> Session:
    """All villages of Taipei, and the named streets of a part of one district."""
    import_files(session, "villages", [SHARED / "boundaries" / "taipei_village.geojson"])
    import_files(session, "streets", [SHARED / "streets" / "taipei_daan_named_roads_osm.geojson"])
    return session


def names_found_as_text(addresses: Sequence[str]) -> int:
    """How many addresses begin with the name of a known road or lane, by a reading of its own, without geometry."""
    features = json.loads((SHARED / "streets" / "taipei_daan_named_roads_osm.geojson").read_text(encoding="utf-8"))
    known = {feature["properties"].get("name") for feature in features["features"]}
    numerals = dict(zip("12345", "一二三四五", strict=True))
    found = 0
    for address in addresses:
        street = re.sub(r"^台北市大安區(?:..里)?(?:\d+鄰)?", "", address)
        street = re.sub(r"(\d)段", lambda section: f"{numerals[section[1]]}段", street)
        road = re.match(r"([^\d路街]*(?:大道|路|街)(?:.段)?)((?:\d+巷)?(?:\d+弄)?)", street)
        found += road is not None and bool({road[1], road[1] + road[2]} & known)
    return found


@needs_shared
def test_the_real_bicycle_thefts_of_a_district(daan: Session) -> None:
    path = SHARED / "awkward" / "taipei_bicycle_theft_daan_cp950.csv"
    report = imported(daan, "incidents", path)
    assert (report.rows_read, report.kept, report.mended, report.refused) == (142, 63, 0, 79)
    assert Counter(reason for _, _, reason in refusals(report)) == {
        "no street of that name is known in 臺北市大安區": 66,
        "it names no street, only a landmark or less": 5,
        "its street is known in 臺北市大安區, but not in that village": 4,
        "that street of 臺北市大安區 ends where the imported streets end, and may go on": 2,
        "what is known of that street of 臺北市大安區 is too short for the number": 2,
    }
    with path.open(encoding="cp950", newline="") as lines:
        addresses = [row[4] for row in csv.reader(lines)][1:]
    # All of them are placed (a crossing of roads without their sections beside) or refused in the last three ways.
    assert names_found_as_text(addresses) == 63 - 1 + 4 + 2 + 2
    # On the line of the street that it names, and in the village that it names or on its border.
    assert rows(
        daan,
        "SELECT count(*) FROM incident i WHERE NOT EXISTS (SELECT FROM street_edge e WHERE ST_DWithin("
        "i.geom::geography, e.geom::geography, 0.1) AND e.name <> '' AND strpos(i.details->>'street', e.name) > 0)"
        " AND details->>'street' NOT LIKE '%/%'",
    ) == [(0,)]
    assert rows(
        daan,
        "SELECT count(*), count(*) FILTER (WHERE ST_DWithin(i.geom::geography, v.geom::geography, 41)) FROM incident i"
        " JOIN village v ON v.town = '大安區' AND strpos(i.place, '大安區' || v.name) > 0",
    ) == [(62, 62)]  # one names no village
    exact = "SELECT count(*), count(*) FILTER (WHERE accuracy_m <= 200), max(accuracy_m) FROM incident"
    assert rows(daan, exact) == [(63, 16, 744.0)]


@needs_shared
@pytest.mark.parametrize(
    ("name", "read", "kept"),
    [("taipei_bicycle_theft_2015-2017.csv", 771, 67), ("taipei_car_theft_2015-2017.csv", 209, 2)],
)
def test_the_real_lists_of_a_city_of_which_few_streets_are_known(
    daan: Session, name: str, read: int, kept: int
) -> None:
    report = imported(daan, "incidents", SHARED / "crime" / name)
    assert (report.rows_read, report.kept, report.mended, report.refused) == (read, kept, 0, read - kept)
    assert rows(daan, "SELECT count(*) FROM incident WHERE geom IS NULL") == [(0,)]


@needs_shared
def test_places_whose_coordinates_are_published_too_are_within_the_accuracy(daan: Session) -> None:
    features = json.loads((SHARED / "poi" / "taipei_aed.geojson").read_text(encoding="utf-8"))["features"]
    sites = [site for site in features if site["properties"]["dist"] == "大安區"]
    lonlat = np.array([site["geometry"]["coordinates"][:2] for site in sites])
    names = dict(rows(daan, "SELECT id, name FROM village WHERE town = '大安區'"))
    addresses = [
        replace(read_address(f"臺北市大安區{site['properties']['addr']}"), village=normalised(names.get(village, "")))
        for site, village in zip(sites, villages_at(daan, lonlat).tolist(), strict=True)
    ]
    within = [
        GEOD.inv(*where, found.lon, found.lat)[2] <= found.accuracy_m
        for where, address, found in zip(lonlat, addresses, places_of(daan)(addresses), strict=True)
        if isinstance(found, Placed) and address.village
    ]
    assert (len(within), sum(within)) == (91, 90)  # one is published at a wrong place, 480 m from its road
