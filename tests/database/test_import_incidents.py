"""Incidents as the authorities publish them: parties become accidents, footers and placeholders are no surprise."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from tests.database.test_import_files import imported, rows
from tests.support.shared import SHARED, needs_shared

from safemap.imports.incidents import FULL_WIDTH
from safemap.imports.reading import WrongFile
from safemap.imports.service import Choices, import_files

HEADER = ["發生年度", *[f"欄{number}" for number in range(2, FULL_WIDTH + 1)]]
FOOTERS = ["資料提供日期：115年08月17日" + "," * 50, "事故類別：A1類" + "," * 50]


def party(place: str = "某路 / 某街", lon: str = "121.54", lat: str = "25.03", clock: str = "221600") -> str:
    cells = ["x"] * FULL_WIDTH
    cells[0], cells[1], cells[2], cells[3], cells[4], cells[6] = "2025", "12", "20251222", clock, "A1", place
    cells[32], cells[49], cells[50] = "死亡1;受傷2", lon, lat
    return ",".join(cells)


def written(tmp_path: Path, lines: list[str], encoding: str = "utf-8-sig", name: str = "npa.csv") -> Path:
    path = tmp_path / name
    path.write_text("\r\n".join(lines) + "\r\n", encoding=encoding, newline="")
    return path


def test_parties_of_one_accident_are_one_row(session: Session, tmp_path: Path) -> None:
    path = written(tmp_path, [",".join(HEADER), party(), party(), party(clock="230000"), *FOOTERS])
    report = imported(session, "incidents", path)
    assert (report.rows_read, report.kept) == (3, 3)
    assert rows(
        session,
        "SELECT kind, killed, injured, details->>'parties', to_char(occurred_at AT TIME ZONE 'Asia/Taipei', 'HH24:MI')"
        " FROM incident ORDER BY occurred_at",
    ) == [("accident_a1", 1, 2, "2", "22:16"), ("accident_a1", 1, 2, "1", "23:00")]


def test_the_same_accident_from_two_files_is_one_row(session: Session, tmp_path: Path) -> None:
    whole = written(tmp_path, [",".join(HEADER), party(), *FOOTERS])
    without_header = written(tmp_path, [party()], encoding="utf-8", name="63000030001.csv")
    imported(session, "incidents", whole)
    assert imported(session, "incidents", without_header).tables["incident"].unchanged == 1
    assert rows(session, "SELECT count(*) FROM incident") == [(1,)]


@pytest.mark.parametrize(
    ("change", "outcome", "has_point"),
    [
        (lambda: party(lon="111.000000", lat="11.000000"), "mended", False),
        (lambda: party(lon="25.03", lat="121.54"), "mended", True),
        (lambda: party(lon="125.0"), "mended", False),
        (lambda: party(lon="", lat=""), "mended", False),
        (lambda: party(clock="996199"), "refused", None),
        (lambda: party().replace(",A1,", ",A9,"), "refused", None),
        (lambda: party() + ",more", "refused", None),
    ],
)
def test_a_wrong_row_is_mended_or_refused_and_told(
    session: Session, tmp_path: Path, change: Callable[[], str], outcome: str, has_point: bool | None
) -> None:
    path = written(tmp_path, [",".join(HEADER), party(place="別處"), change()])
    report = imported(session, "incidents", path)
    (note,) = report.notes
    assert (note.row, note.outcome.value) == ("3", outcome)
    found = rows(session, "SELECT geom IS NOT NULL FROM incident WHERE place <> '別處'")
    assert found == ([] if has_point is None else [(has_point,)])


def test_the_older_form_has_no_positions_and_says_so(session: Session, tmp_path: Path) -> None:
    line = "102年01月01日 03時00分,臺中市龍井區中興路,死亡1;受傷1,普通重型-機車;自用-小客車"
    path = written(tmp_path, ["發生時間,發生地點,死亡受傷人數,車種", line, line, "昨天,某地,死亡1;受傷0,", *FOOTERS])
    report = imported(session, "incidents", path)
    assert (report.kept, report.refused) == (2, 1)
    assert rows(session, "SELECT kind, killed, injured, geom FROM incident") == [("accident_a1", 1, 1, None)] * 2
    assert any("not on the map" in remark for remark in report.remarks)


def test_national_lists_have_two_headers_and_no_place(session: Session, tmp_path: Path) -> None:
    lines = [
        "type,oc_year,oc_data,oc_county,oc_region",
        "案類,發生年度,發生日期,發生縣市,發生地區",
        "住宅竊盜,104,0630,臺北市,臺北市大安區",
        "毒品,104,1040701,臺北市,信義區",
    ]
    report = imported(session, "incidents", written(tmp_path, lines))
    assert (report.rows_read, report.kept) == (2, 2)
    assert rows(session, "SELECT kind, precision, place, occurred_at::date::text FROM incident ORDER BY 1") == [
        ("burglary", "day", "臺北市大安區", "2015-06-30"),
        ("other", "day", "臺北市信義區", "2015-07-01"),
    ]


@pytest.mark.parametrize("lines", [["里,件數", "龍泉里,3"], [",".join(HEADER)], [",".join(HEADER), *FOOTERS]])
def test_another_table_or_one_without_rows(session: Session, tmp_path: Path, lines: list[str]) -> None:
    with pytest.raises(WrongFile):
        import_files(session, "incidents", [written(tmp_path, lines)])


# What each real file holds, counted with other programs.
REAL = [
    ("accidents/npa_A1_2025.csv", 3918, 6, 1526, 1520),
    ("accidents/npa_A1_2013_old_format.csv", 1867, 0, 1867, 0),
    ("accidents/cunli_a2_daan", 308, 0, 308, 308),
    ("awkward/npa_A2_2025-12_taipei_daan.csv", 41, 0, 19, 19),
]


@needs_shared
@pytest.mark.parametrize(("name", "read", "mended", "incidents", "on_the_map"), REAL)
def test_real_incidents(session: Session, name: str, read: int, mended: int, incidents: int, on_the_map: int) -> None:
    report = imported(session, "incidents", SHARED / name)
    assert (report.rows_read, report.mended, report.refused) == (read, mended, 0)
    assert rows(session, "SELECT count(*), count(geom) FROM incident") == [(incidents, on_the_map)]


@needs_shared
def test_the_real_extract_of_a_city_centre(session: Session) -> None:
    report = imported(session, "osm", SHARED / "osm" / "Helsinki.osm.pbf", village="Helsinki")
    assert report.tables["street_lamp"].added == 586
    assert report.tables["camera"].added == 221
    assert report.tables["building"].added == 446  # 385 of the 433 ways and 61 of the 67 relations close
    reasons = {reason: count for _, reason, count, _ in report.reasons()}
    # 2,650 highways are 2,353 streets and what is none.
    assert reasons["no street that people use"] + reasons["fewer than two nodes in the file"] == 2650 - 2353
    assert session.scalar(text("SELECT count(DISTINCT split_part(source_id, ':', 1)) FROM street_edge")) == 2353
    assert session.scalar(text("SELECT count(*) FROM camera WHERE azimuth_deg IS NOT NULL")) == 61


@needs_shared
def test_real_villages_streets_and_cameras(session: Session) -> None:
    taipei = imported(session, "villages", SHARED / "boundaries" / "taipei_village.geojson")
    nlsc = imported(session, "villages", SHARED / "boundaries" / "miaoli_sanyi_villages_nlsc.geojson")
    assert (taipei.tables["village"].added, taipei.mended, nlsc.tables["village"].added) == (456, 2, 7)
    assert rows(session, "SELECT count(*) FROM village WHERE town = '大安區'") == [(53,)]
    streets = imported(session, "streets", SHARED / "streets" / "taipei_daan_named_roads_osm.geojson")
    assert (streets.kept, streets.tables["street_edge"].added) == (1149, 3475)
    cameras = imported(session, "cameras", SHARED / "cctv" / "taipei_traffic_cctv_2015_big5dbf.shp")
    assert cameras.kept == 103
    assert any("TWD67" in remark for remark in cameras.remarks)
    # The first one's attributes say 121.6119667, 25.06873333; read as TWD97 it would stand 850 m off.
    off_m = session.scalar(
        text(
            "SELECT min(ST_Distance(geom::geography, ST_Point(121.6119667, 25.06873333, 4326)::geography)) FROM camera"
        )
    )
    assert off_m < 15
    places = import_files(session, "places", [SHARED / "poi" / "taipei_aed.geojson"], choices=Choices(place_kind="aed"))
    assert places.tables["public_place"].added == 2279
