"""`safemap hotspots` as it is typed: words, files, exit codes; nothing half-written, no database."""

import json
import os
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pytest
from tests.support.event_files import PLANE, events, mask_file, written

from safemap.cli import app as shell
from safemap.cli.errors import EXIT_CODES
from safemap.errors import InvalidInput, NotFound, NotYetPossible, OutsideFailure


@pytest.fixture(autouse=True)
def _no_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SAFEMAP_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nothing")
    monkeypatch.setenv("SAFEMAP_HOME", str(tmp_path / "no home"))
    monkeypatch.chdir(tmp_path)


def run(*words: object) -> int:
    """Type a command; return its exit code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["safemap", "hotspots", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            shell.main()
    code = left.value.code
    assert isinstance(code, int)
    return code


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_in_and_a_file_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(events(120, 30), tmp_path / "events.csv")
    mask = mask_file(tmp_path)
    assert run(path, "--mask", mask, "--out", "hot.gpkg", "--language", "en", "--json", "hot.json") == 0
    words = capsys.readouterr().out
    assert words.startswith("150 events: 1 hotspot beyond chance.\n")
    for sentence in (
        "150 events took part, of 150 rows, from 2025-",
        "Nine of ten positions are known within 20 m.",
        "different people reported them.",
        "windows, each reaching",
        "corrected for all of them (Benjamini and Hochberg) at 5%.",
        "The smallest risk that would have been found, four times of five:",
        "Read from events.csv: longitude or easting from column lon, latitude or northing from column lat, time from",
        "Written: hot.gpkg, 400 rows. Its columns:",
        "  · p_adjusted: the same, corrected for everything that was looked at",
    ):
        assert sentence in words
    cells, record = gpd.read_file("hot.gpkg"), json.loads(Path("hot.json").read_text())
    assert cells["is_hot"].sum() == record["figures"]["hotspots"][0]["cells"] > 0
    assert cells["count"].sum() == record["n"] == 150
    assert record["columns"].keys() == set(cells.columns) - {"geometry"}
    assert files(tmp_path) == {"events.csv", "mask.geojson", "hot.gpkg", "hot.json"}


def test_it_speaks_chinese_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(events(120, 30), tmp_path / "events.csv")
    assert run(path, "--mask", mask_file(tmp_path)) == 0
    words = capsys.readouterr().out
    assert words.startswith("150 件：有 1 處超出隨機的熱點。")
    assert "請留意" not in words
    assert "讀自 events.csv：經度或橫坐標（欄位 lon）" in words


def test_json_instead_of_words(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    path = written(events(30), tmp_path / "events.csv")
    assert run(path, "--mask", mask_file(tmp_path), "--json", "-", "--language", "en") == 0
    record = json.loads(capfdbinary.readouterr().out)
    assert (record["asked"], record["given"], record["step"]) == ("hot-cells", "one answer", "one answer")
    assert record["figures"]["p_value"] > 0.05


def test_columns_are_named_by_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = events(60).rename(columns={"time": "stamp", "accuracy_m": "fog", "reporter": "who", "weight": "load"})
    path = written(frame, tmp_path / "events.csv")
    named = (
        "--time",
        "stamp",
        "--accuracy",
        "fog",
        "--reporter",
        "who",
        "--weight",
        "load",
        "--x",
        "lon",
        "--y",
        "lat",
    )
    assert run(path, "--mask", mask_file(tmp_path), "--language", "en", *named) == 0
    words = capsys.readouterr().out
    assert "time from column stamp" in words
    assert "accuracy from column fog" in words
    assert "different people reported them" in words


def test_steps_bands_and_the_rest_are_said_by_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(events(300), tmp_path / "events.csv")
    mask = mask_file(tmp_path)
    assert run(path, "--mask", mask, "--method", "trends", "--steps", 6, "--recent", 2, "--language", "en") == 0
    assert "cut into 6 equal steps" in capsys.readouterr().out
    bands = ("--distance-m", "50,100", "--days", "3", "--seed", 7, "--out", "bands.csv")
    assert run(path, "--method", "near-repeat", "--language", "en", *bands) == 0
    assert "(seed 7)" in capsys.readouterr().out
    assert len(Path("bands.csv").read_text().splitlines()) == 4
    assert run(path, "--mask", mask, "--hexagons", "--cell-m", 100, "--out", "hex.geojson") == 0
    assert {len(cell.exterior.coords) for cell in gpd.read_file("hex.geojson").geometry} == {7}
    assert run(path, "--mask", mask, "--method", "density", "--bandwidth-m", 80, "--language", "en") == 0
    assert "Gaussian kernel of 80 m, as asked" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "options", "kind", "says"),
    [
        ("lon,lat\n121.54,25.03\n", ("--crs", "3826"), InvalidInput, "which is in metres, but its numbers are degrees"),
        ("lon,lat\n121.54,25.03\n", ("--crs", "99"), InvalidInput, "There is no reference system EPSG:99."),
        ("lon,lat,kind\n1,1,a\n1,1,b\n", (), InvalidInput, "holds different kinds of events: a (1), b (1)."),
        ("", (), InvalidInput, "events.csv: is empty."),
        ("lon,lat\n", (), InvalidInput, "events.csv: has a header and no row."),
        ("地點\n大安路\n", (), InvalidInput, "events.csv: no event has coordinates; its columns are 地點."),
        ("lon,lat,weight\n1,1,-2\n", (), InvalidInput, "events.csv, row 2: weight is “-2”."),
        ("lon,lat\n121.54,25.03\n", ("--time", "t"), InvalidInput, "there is no column “t” (--time)."),
        ("lon,lat\n121.54,25.03\n", ("--cell-m", "-1"), InvalidInput, "“cell_m” cannot be used: it is -1.0."),
        ("lon,lat\n121.54,25.03\n", ("--days", "a week"), InvalidInput, "--days: “a week” is no list of numbers."),
        ("lon,lat\n121.54,25.03\n", ("--language", "fr"), InvalidInput, "There is no language “fr”."),
        ("lon,lat\n121.54,25.03\n", ("--workers", "0"), InvalidInput, "--workers: it is 0."),
        ("lon,lat\n9,9\n", (), InvalidInput, "None of 1 events lies in the area"),
        (None, (), NotFound, "There is no file events.csv."),
    ],
)
def test_what_is_wrong_is_one_sentence_and_an_exit_code_and_nothing_is_written(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: str | None,
    options: tuple[str, ...],
    kind: type,
    says: str,
) -> None:
    mask = mask_file(tmp_path)
    if content is not None:
        (tmp_path / "events.csv").write_text(content)
    before = files(tmp_path)
    assert run("events.csv", "--mask", mask, "--out", "out.csv", "--json", "out.json", *options) == EXIT_CODES[kind]
    captured = capsys.readouterr()
    assert captured.out == ""
    assert says in captured.err
    assert captured.err.count("\n") == 1
    assert files(tmp_path) == before


def test_lon_and_lat_in_a_file_that_says_metres_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy([121.54], [25.03]), crs=PLANE)
    frame.to_file(tmp_path / "a.gpkg")
    assert run("a.gpkg", "--mask", mask_file(tmp_path), "--out", "out.csv") == EXIT_CODES[InvalidInput]
    assert "it says TWD97 / TM2 zone 121, which is in metres, but its numbers are degrees" in capsys.readouterr().err
    assert not Path("out.csv").exists()


def test_without_dask_it_says_how_to_get_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    path = written(events(30), tmp_path / "events.csv")
    assert run(path, "--mask", mask_file(tmp_path), "--workers", 2) == EXIT_CODES[NotYetPossible]
    assert "requirements/dask.lock" in capsys.readouterr().err


def test_a_scheduler_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("safemap.files.spread.PATIENCE_S", 0.2)
    path = written(events(30), tmp_path / "events.csv")
    code = run(path, "--mask", mask_file(tmp_path), "--scheduler", "tcp://127.0.0.1:9")
    assert code == EXIT_CODES[OutsideFailure]
    assert "The Dask scheduler at tcp://127.0.0.1:9 does not answer" in capsys.readouterr().err


def test_as_a_program_of_its_own(tmp_path: Path) -> None:
    path = written(events(120, 30), tmp_path / "events.csv")
    typed = "from safemap.cli.app import main; main()"
    program = [sys.executable, "-c", typed, "hotspots", str(path), "--mask", str(mask_file(tmp_path))]
    done = subprocess.run(program, check=False, capture_output=True, encoding="utf-8", env=os.environ)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("150 件：有 1 處超出隨機的熱點。")


def test_dask_is_loaded_by_who_asks_for_it_only() -> None:
    loads = "import sys; import safemap.cli.hotspots; sys.exit('distributed' in sys.modules or 'dask' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loads], check=False).returncode == 0
