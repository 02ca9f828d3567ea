"""The same answer from several processes: counts and bins add up, chances are corrected for all at the end."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from tests.support.event_files import events, mask_file, square, written
from tests.unit.files.test_service import streets_file

from safemap.errors import OutsideFailure
from safemap.files.rules import Choices, DoesNotGoTogether, Method, WrongValue
from safemap.files.service import study_files
from safemap.files.spread import Here, OnDask, Spread, spread_over
from safemap.i18n import translations

SAY = translations("en").gettext
pytestmark = pytest.mark.filterwarnings("ignore")  # Dask's own parts warn of each other


@pytest.fixture(scope="module")
def several() -> Iterator[Spread]:
    with spread_over(3, None) as spread:
        yield spread


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A thousand events in seven files, one of them of several groups of rows, one a table; and what lies around."""
    made = tmp_path_factory.mktemp("spread")
    frame = events(960, 60)
    mask_file(made)
    streets_file(made)
    (made / "events").mkdir()
    for part in range(7):
        written(frame.iloc[part::7], made / "events" / (f"{part}.csv" if part == 3 else f"{part}.parquet"))
    frame.iloc[0::7].to_parquet(made / "events" / "0.parquet", row_group_size=20)
    return made


def answer(folder: Path, method: Method, spread: Spread, **choices: Any) -> Any:
    given = Choices({}, mask=folder / "mask.geojson", **choices)
    return study_files([folder / "events"], method, given, spread)


@pytest.mark.parametrize("method", list(Method))
def test_each_method_says_and_finds_the_same(folder: Path, several: Spread, method: Method) -> None:
    choices = {"streets": folder / "streets.geojson"} if method in {Method.STREETS, Method.SCAN} else {}
    here, there = (answer(folder, method, spread, **choices) for spread in (Here(), several))
    assert here.as_record(SAY) == there.as_record(SAY)
    pd.testing.assert_frame_equal(
        pd.DataFrame(here.found.frame.drop(columns="geometry", errors="ignore")),
        pd.DataFrame(there.found.frame.drop(columns="geometry", errors="ignore")),
        check_exact=True,
    )


def test_work_is_done_by_several_processes(several: Spread) -> None:
    assert several.processes == 3
    pids = set(several.gather(several.map(_who, range(60))))
    assert len(pids) > 1
    assert _who(0) not in pids


def _who(_place: int) -> int:
    time.sleep(0.02)
    return os.getpid()


def test_a_county_of_villages_is_corrected_at_the_end(folder: Path, several: Spread, tmp_path: Path) -> None:
    mask = tmp_path / "villages.geojson"
    whole = square().to_crs(3826).geometry[0]
    west, south, east, north = whole.bounds
    quarters = [
        shapely.box(x, y, x + (east - west) / 2, y + (north - south) / 2)
        for x in (west, (west + east) / 2)
        for y in (south, (south + north) / 2)
    ]
    gpd.GeoDataFrame({"name": list("甲乙丙丁")}, geometry=quarters, crs=3826).to_crs("EPSG:4326").to_file(mask)
    given = Choices({}, mask=mask, each="name", cell_m=50.0)
    here, there = (study_files([folder / "events"], Method.HOT_CELLS, given, spread) for spread in (Here(), several))
    assert here.as_record(SAY) == there.as_record(SAY)
    one, other = here.found.frame, there.found.frame
    assert one.drop(columns="geometry").equals(other.drop(columns="geometry"))
    assert set(one.loc[one["is_hot"], "area"]) == {"丁"}
    # Benjamini and Hochberg over the cells of all four, not of each.
    order = np.sort(one["p_value"].to_numpy())
    smallest = (order * len(order) / np.arange(1, len(order) + 1)).min()
    assert one["p_adjusted"].min() == pytest.approx(smallest)


def test_a_failure_elsewhere_is_the_same_sentence_here(several: Spread, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("lon,lat,weight\n121.54,25.02,1\n121.54,25.02,-3\n")
    with pytest.raises(WrongValue, match=r"a.csv, row 3: weight is “-3”") as refused:
        study_files([path], Method.HOT_CELLS, Choices({}, mask=mask_file(tmp_path)), several)
    assert refused.value.field == "weight"
    assert "row 3" in str(refused.value)


def test_workers_of_a_scheduler_do_it_too(folder: Path, several: Spread) -> None:
    assert isinstance(several, OnDask)
    with spread_over(None, several.client.scheduler.address) as spread:
        assert spread.processes == 3
        there = answer(folder, Method.HOT_CELLS, spread)
    assert there.as_record(SAY) == answer(folder, Method.HOT_CELLS, Here()).as_record(SAY)


def test_a_scheduler_without_workers_or_with_another_safemap_is_refused(
    several: Spread, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(several, OnDask)
    address = several.client.scheduler.address
    monkeypatch.setattr("safemap.files.spread.metadata.version", lambda _name: "0.0")
    with (
        pytest.raises(OutsideFailure, match=r"workers have safemap .*, here it is 0\.0"),
        spread_over(None, address),
    ):
        pass


def test_workers_and_a_scheduler_exclude_each_other() -> None:
    with pytest.raises(DoesNotGoTogether, match="--workers: there is a scheduler too"), spread_over(2, "tcp://x:1"):
        pass
