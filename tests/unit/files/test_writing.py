"""Result files of every kind: read back as they were written, rounded, in degrees; whole or not at all."""

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from tests.support.event_files import CORNER, PLANE, events, mask_file, written

from safemap.files.rules import Choices, DoesNotGoTogether, Method
from safemap.files.service import require_targets, study_files
from safemap.files.writing import WRITERS, rounded, write_results
from safemap.imports.reading import read_features
from safemap.imports.report import ImportReport

KINDS = sorted(WRITERS)


def read_back(path: Path) -> pd.DataFrame:
    if path.suffix == ".csv":
        return pd.read_csv(path, encoding="utf-8-sig")
    if path.suffix in {".parquet", ".geoparquet"}:
        return pd.read_parquet(path)
    return gpd.read_file(path)


def some_rows() -> gpd.GeoDataFrame:
    cells = [shapely.box(*(CORNER + offset), *(CORNER + offset + 100)) for offset in (0, 100, 200)]
    rows = {
        "name": ["老廟巷", "", "a, “b”"],
        "count": [3, 0, 1],
        "ratio": [1.23456789, np.inf, np.nan],
        "p": [1.23456789e-9, 1.0, 0.05],
        "is_hot": [True, False, False],
    }
    return gpd.GeoDataFrame(rows, geometry=cells, crs=PLANE)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_come_back_as_they_were_written(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"out{kind}"
    write_results(some_rows(), path, {}, None)
    found = read_back(path)
    assert found["name"].fillna("").tolist() == ["老廟巷", "", "a, “b”"]
    assert found["count"].tolist() == [3, 0, 1]
    assert np.allclose(found["ratio"].astype(float), [1.23457, np.nan, np.nan], rtol=0, atol=0, equal_nan=True)
    assert found["p"].tolist() == [1.23457e-9, 1.0, 0.05]
    assert found["is_hot"].astype(bool).tolist() == [True, False, False]
    if kind == ".csv":
        shapes = shapely.from_wkt(found["geometry"])
        assert shapely.contains_xy(shapes, found["lon"], found["lat"]).all()
    else:
        report = ImportReport("", [])
        shapes = read_features(path, report, ("Polygon",)).geometry.array
    west, south, east, north = shapely.total_bounds(shapes)
    assert (west, south) == pytest.approx((121.5351, 25.0191), abs=1e-4)
    assert (east - west, north - south) == pytest.approx((0.00297, 0.00271), abs=2e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_without_places_are_written_too(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"out{kind}"
    write_results(pd.DataFrame({"from_h": [0, 4], "events": [1.5, 0.25]}), path, {}, None)
    found = read_back(path)
    assert found["from_h"].tolist() == [0, 4]
    assert found["events"].tolist() == [1.5, 0.25]


def test_geojson_is_strict_json_in_degrees(tmp_path: Path) -> None:
    path = tmp_path / "out.geojson"
    write_results(some_rows(), path, {}, None)
    strict = json.loads(path.read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert strict["features"][1]["properties"]["ratio"] is None
    assert "crs" not in strict


def test_a_csv_opens_in_a_spreadsheet_with_the_right_letters(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    write_results(some_rows(), path, {}, None)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfname,count")


@pytest.mark.parametrize("value", [0.0, 1e-300, 123456.4, 0.000123456499, -2.5, 1e300])
def test_numbers_keep_six_figures(value: float) -> None:
    (found,) = rounded(pd.DataFrame({"a": [value]}))["a"]
    assert found == float(f"{value:.6g}") or found == pytest.approx(value, rel=1e-6)


@pytest.mark.parametrize("kind", [".geojson", ".gpkg", ".parquet", ".csv"])
@pytest.mark.parametrize("method", [Method.HOT_CELLS, Method.SCAN, Method.HOURS, Method.PROBLEMS])
def test_each_kind_of_finding_goes_into_each_kind_of_file(tmp_path: Path, kind: str, method: Method) -> None:
    path = written(events(210, 40), tmp_path / "events.csv")
    answer = study_files([path], method, Choices({}, mask=mask_file(tmp_path)))
    out = tmp_path / f"out{kind}"
    write_results(answer.found.frame, out, {}, None)
    found = read_back(out)
    assert len(found) == len(answer.found.frame) > 0
    assert set(answer.found.columns) <= set(found.columns)


def test_a_result_may_be_looked_at_again(tmp_path: Path) -> None:
    """What is written as CSV has columns that are known when it is read."""
    path = written(events(210, 40), tmp_path / "events.csv")
    groups = study_files([path], Method.PROBLEMS, Choices({}, mask=mask_file(tmp_path)))
    out = tmp_path / "groups.csv"
    write_results(groups.found.frame, out, {}, None)
    again = study_files([out], Method.PROBLEMS, Choices({}, mask=mask_file(tmp_path)))
    assert again.situation.facts.placed == len(groups.found.frame)


def test_rows_and_summary_are_written_both_or_neither(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, summary = tmp_path / "out.csv", tmp_path / "out.json"
    out.write_text("before")
    with pytest.raises(TypeError):
        write_results(some_rows(), out, {"no json": object()}, summary)
    assert out.read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv"]

    def half(_frame: Any, path: Path) -> None:
        path.write_text("half of")
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(WRITERS, ".csv", half)
    with pytest.raises(OSError, match="No space left"):
        write_results(some_rows(), out, {}, summary)
    assert out.read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv"]


def test_where_results_cannot_go_is_said_before_any_work(tmp_path: Path) -> None:
    source = written(events(3), tmp_path / "events.csv")
    for out, why in (
        (tmp_path / "out.xlsx", "is of a kind that is not written"),
        (tmp_path, "is of a kind that is not written"),
        (tmp_path / "no" / "out.csv", "stands in none"),
        (source, "is a file that is read"),
    ):
        with pytest.raises(DoesNotGoTogether, match=why):
            require_targets(out, None, [source])
    with pytest.raises(DoesNotGoTogether, match=r"--json: .* is a folder"):
        require_targets(None, tmp_path, [source])
