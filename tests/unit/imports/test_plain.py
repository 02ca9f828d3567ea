"""safemap's own table of incidents: each wrong value costs its row or is mended, and counts add up."""

from pathlib import Path

import numpy as np
import pytest

from safemap.db.copy import Column
from safemap.imports.plain import is_plain_table, plain_incidents
from safemap.imports.positions import positions
from safemap.imports.reading import WrongFile
from safemap.imports.report import ImportReport

HEADER = "id,kind,occurred_at,lon,lat,accuracy_m,place,killed,injured"
GOOD = "a,accident_a2,2025-03-01T21:30+08:00,121.54,25.03,5,某路口,0,1"


def read(tmp_path: Path, *rows: str, header: str = HEADER) -> tuple[dict[str, Column], ImportReport]:
    path = tmp_path / "incidents.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    report = ImportReport("incidents", [path.name])
    columns = plain_incidents(path, report, source="test")
    assert report.kept + report.mended + report.refused == report.rows_read == len(rows)
    assert {len(column) for column in columns} == {report.kept + report.mended}
    return {column.name: column for column in columns}, report


def test_a_good_row_is_kept(tmp_path: Path) -> None:
    columns, report = read(tmp_path, GOOD)
    assert report.kept == 1
    assert columns["source_id"].values.to_pylist() == ["a"]
    assert columns["place"].values.to_pylist() == ["某路口"]
    assert columns["occurred_at"].values[0] == np.datetime64("2025-03-01T13:30")
    assert columns["geom"].values.tolist() == [[121.54, 25.03]]
    assert columns["injured"].values.tolist() == [1]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (GOOD.replace("a,acc", ",acc", 1), "id"),
        (GOOD.replace("accident_a2", "dragon"), "kind"),
        (GOOD.replace("2025-03-01T21:30+08:00", "yesterday"), "occurred_at"),
        (GOOD.replace("2025-03-01T21:30+08:00", ""), "occurred_at"),
        ("x,accident_a2,2025-03-01T21:30+08:00,121.54", ""),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_its_line(tmp_path: Path, row: str, field: str) -> None:
    other = GOOD.replace("a,", "b,", 1)
    columns, report = read(tmp_path, other, row, other.replace("b,", "c,", 1))
    assert (report.kept, report.refused) == (2, 1)
    assert [(note.row, note.field) for note in report.notes] == [("3", field)]
    assert columns["source_id"].values.to_pylist() == ["b", "c"]


def test_the_second_row_of_an_id_is_refused(tmp_path: Path) -> None:
    _, report = read(tmp_path, GOOD, GOOD)
    assert [(note.row, note.field, note.value) for note in report.notes] == [("3", "id", "a")]


@pytest.mark.parametrize(
    ("lon", "lat", "has_point"),
    [
        ("111", "11", False),
        ("0", "0", False),
        ("", "", False),
        ("nan", "25", False),
        ("inf", "25", False),
        ("abc", "25", False),
        ("25.03", "121.54", True),
        ("305787.783", "2784799.355", True),
        ("100.5", "13.7", False),
    ],
)
def test_a_wrong_position_is_mended_or_left_out_and_said(tmp_path: Path, lon: str, lat: str, has_point: bool) -> None:
    row = GOOD.replace("121.54,25.03", f"{lon},{lat}")
    others = [GOOD.replace("a,", f"{name},", 1) for name in "bcd"]
    columns, report = read(tmp_path, row, *others)
    assert (report.kept, report.mended, report.refused) == (3, 1, 0)
    assert np.isfinite(columns["geom"].values[0]).all() == has_point


def test_times_without_an_offset_are_taiwans_even_beside_others(tmp_path: Path) -> None:
    naive, utc = GOOD.replace("+08:00", ""), GOOD.replace("a,", "b,", 1).replace("21:30+08:00", "13:30Z")
    columns, _ = read(tmp_path, naive, utc)
    assert columns["occurred_at"].values.tolist()[0] == columns["occurred_at"].values.tolist()[1]


def test_numbers_of_people_that_cannot_be_are_mended(tmp_path: Path) -> None:
    columns, report = read(tmp_path, GOOD.replace(",0,1", ",-2,1.5"))
    assert columns["killed"].values.tolist() == columns["injured"].values.tolist() == [0]
    assert (report.mended, len(report.notes)) == (1, 2)


def test_an_end_before_its_start_is_left_out(tmp_path: Path) -> None:
    columns, report = read(tmp_path, GOOD + ",2025-03-01T20:00+08:00", header=HEADER + ",occurred_until")
    assert report.mended == 1
    assert np.isnat(columns["occurred_until"].values[0])


def test_a_table_of_another_country_is_read_and_said(tmp_path: Path) -> None:
    columns, report = read(tmp_path, GOOD.replace("121.54", "24.94").replace("25.03", "60.17"))
    assert columns["geom"].values.tolist() == [[24.94, 60.17]]
    assert "not in Taiwan" in report.remarks[0]


def test_cp950_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "incidents.csv"
    path.write_bytes(f"{HEADER}\n{GOOD}\n".encode("cp950"))
    (place,) = [
        column for column in plain_incidents(path, ImportReport("incidents", []), source="t") if column.name == "place"
    ]
    assert place.values.to_pylist() == ["某路口"]


def test_an_endless_line_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "incidents.csv"
    path.write_bytes(HEADER.encode() + b"\n" + b"x" * (50 * 1024**2))
    with pytest.raises(WrongFile, match="line 2 is longer than 4 MB"):
        plain_incidents(path, ImportReport("incidents", []), source="t")


def test_which_tables_are_safemaps_own(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    for header, is_ours in [("lat,lon,id,occurred_at,kind", True), ('\ufeff"id",kind,occurred_at,lon,lat', True)]:
        path.write_text(header + "\n", encoding="utf-8")
        assert is_plain_table(path) == is_ours
    path.write_text("發生時間,發生地點\n", encoding="cp950")
    assert not is_plain_table(path)


def test_positions_of_many_forms_at_once() -> None:
    found = positions(
        np.array([121.5, 25.0, 111.0, np.nan, 302745.088, 180.0]),
        np.array([25.0, 121.5, 11.0, np.nan, 2771185.18, 80.0]),
    )
    assert found.swapped.tolist() == [False, True, False, False, False, False]
    assert found.placeholder.tolist() == [False, False, True, True, False, False]
    assert found.projected.tolist() == [False, False, False, False, True, False]
    assert found.outside.tolist() == [False, False, False, False, False, True]
    assert found.points[4].x == pytest.approx(121.522737, abs=1e-6)
    assert [point is None for point in found.points] == [False, False, True, True, False, True]
