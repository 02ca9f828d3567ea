"""What is found in files, what may be said of it, and what is refused."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.event_files import (
    CORNER,
    HOT_XY,
    PLANE,
    SIDE_M,
    at,
    events,
    mask_file,
    square,
    together,
    written,
)
from tests.support.shared import SHARED, needs_shared

from safemap.analysis.hotspots.frames import density_frame, hot_frame, scan_frame
from safemap.files.rules import (
    AreaMissing,
    Choices,
    DoesNotGoTogether,
    Method,
    MixedKinds,
    NoneOfKind,
    NoPositions,
    NothingInside,
    StreetsMissing,
    TimesMissing,
    UnknownColumn,
    WrongValue,
)
from safemap.files.service import Answer, study_files
from safemap.files.writing import rounded
from safemap.i18n import translations
from safemap.imports.reading import WrongFile

SAY = translations("en").gettext


def study(folder: Path, frame: gpd.GeoDataFrame, method: Method = Method.HOT_CELLS, **choices: Any) -> Answer:
    return study_files(
        [written(frame, folder / "events.parquet")], method, Choices({}, mask=mask_file(folder), **choices)
    )


def said(answer: Answer) -> str:
    record = answer.as_record(SAY)
    return "\n".join([record["title"], *record["lead"], *record["items"], *record["how"], *record["doubts"]])


def area() -> gpd.GeoDataFrame:
    return square().to_crs(PLANE)


def streets_file(folder: Path) -> Path:
    across = [shapely.LineString([at(0, y), at(SIDE_M, y)]) for y in (150, 350, 550, 750, 950)]
    lines = across + [shapely.LineString([at(550, y), at(550, y + 200)]) for y in (150, 350, 550, 750)]
    for place, line in enumerate(lines[:5]):  # with a vertex where they meet
        x, y = line.coords[0]
        lines[place] = shapely.LineString([line.coords[0], (x + 550, y), line.coords[1]])
    names = [f"第{place}街" for place in range(9)]
    path = folder / "streets.geojson"
    gpd.GeoDataFrame({"name": names}, geometry=lines, crs=PLANE).to_crs("EPSG:4326").to_file(path)
    return path


# --- The engine's own answers -----------------------------------------------------------------------------------------


def test_hot_cells_are_those_of_the_engines_door(tmp_path: Path) -> None:
    frame = events(150, 40)
    answer = study(tmp_path, frame, cell_m=50.0, reach_m=75.0)
    # The mask went through degrees and back: a hair of area, and no event, moves.
    door = hot_frame(frame, area(), cell_m=50.0, reach_m=75.0)
    found = answer.found.frame
    assert np.array_equal(found["window_count"], door.cells["count"])
    assert np.allclose(found["p_adjusted"], door.cells["p_adjusted"], rtol=1e-6)
    assert np.array_equal(found["hotspot"] - 1, door.cells["hotspot"])
    assert answer.situation.rule.smallest_ratio == pytest.approx(door.may_show.smallest_ratio)
    first = answer.as_record(SAY)["figures"]["hotspots"][0]
    assert first["reporters"] == len(set(frame["reporter"][near(frame, 75.0)]))
    assert first["busiest_from_h"] in {19, 20, 21}
    assert "different reporters" in said(answer)


def near(frame: gpd.GeoDataFrame, reach_m: float) -> Any:
    """The events in the 3 by 3 cells around the cell of the hot place."""
    middle = np.floor((HOT_XY - CORNER) / 50.0) * 50.0 + 25.0 + CORNER
    offset = np.abs(np.column_stack([frame.geometry.x, frame.geometry.y]) - middle)
    return (offset <= reach_m).all(axis=1)


def test_a_density_is_that_of_the_engines_door(tmp_path: Path) -> None:
    frame = events(300, 80)
    answer = study(tmp_path, frame, Method.DENSITY, cell_m=20.0)
    cells, surface, width = density_frame(frame, area(), cell_m=20.0)
    assert width is not None
    assert answer.found.figures["bandwidth_m"] == pytest.approx(surface.bandwidth_m)
    assert np.allclose(answer.found.frame["per_km2"], cells["per_km2"], rtol=1e-5, atol=1e-6)
    months = answer.found.frame["per_km2_month"] / answer.found.frame["per_km2"]
    assert np.allclose(months, 365.25 / 12 / answer.found.figures["days"])
    assert answer.found.frame["class"].between(0, 5).all()
    assert f"bandwidth of {surface.bandwidth_m:.0f} m" in said(answer)


def test_a_scan_is_that_of_the_engines_door(tmp_path: Path) -> None:
    frame = events(60, 20)
    answer = study(tmp_path, frame, Method.SCAN, cell_m=50.0)
    circles, found = scan_frame(frame, area(), cell_m=50.0, seed=1)
    assert answer.found.frame["count"].tolist() == circles["count"].tolist()
    assert answer.found.frame["p_value"].tolist() == circles["p_value"].tolist()
    assert found.is_any
    assert "somewhere there are more than chance puts there" in said(answer)


def test_what_emerges_is_told(tmp_path: Path) -> None:
    frame = events(300, 60)
    late = frame.index >= 300
    frame.loc[late, "time"] = frame["time"].max() - (frame["time"].max() - frame.loc[late, "time"]) % np.timedelta64(
        60, "D"
    )
    answer = study(tmp_path, frame, Method.TRENDS, steps=4, recent=1, cell_m=100.0)
    found = answer.found.frame
    emerging = found[found["course"] == "emerging"]
    assert len(emerging) == answer.found.figures["emerging"] > 0
    middle = shapely.Point(*HOT_XY)
    assert (emerging.distance(middle) <= 150.0).all()
    assert "p_rising" not in found  # fewer than 8 steps
    assert "The whole area:" in said(answer)
    assert "p_rising" in study(tmp_path, frame, Method.TRENDS, cell_m=100.0).found.columns


def test_scores_are_of_what_came_later(tmp_path: Path) -> None:
    frame = events(400, 200)
    answer = study(tmp_path, frame, Method.SCORE, cell_m=50.0, split="2025-10-01")
    found = answer.found.frame
    later = frame["time"] >= "2025-10-01"
    assert found["later"].sum() == later.sum()
    assert found["earlier"].sum() == (~later).sum()
    scores = {(row["map"], row["score"]): row["value"] for row in answer.found.figures["scores"]}
    assert scores["density", "hit_rate"] > 0.2
    assert scores["density", "pai"] == pytest.approx(scores["density", "hit_rate"] / 0.05)
    assert "foretold from" in said(answer)


def test_a_split_that_leaves_nothing_is_refused(tmp_path: Path) -> None:
    for split in ("2031-01-01", "2020-01-01", "someday"):
        with pytest.raises(DoesNotGoTogether, match="--split"):
            study(tmp_path, events(600), Method.SCORE, split=split)


def test_prone_streets_are_named(tmp_path: Path) -> None:
    frame = events(220, 40)
    answer = study(tmp_path, frame, Method.STREETS, streets=streets_file(tmp_path))
    found = answer.found.frame
    assert set(found["what"]) == {"segment", "junction"}
    prone = found[found["is_prone"]]
    assert (prone["name"].isin({"第2街", "第6街", "第7街", ""})).all()
    assert len(prone) > 0
    assert found["count"].sum() == answer.found.figures["n"]
    assert np.nansum(found["per_km"] * found.length / 1000) > 0
    assert "are farther than 30 m from every street" in said(answer)
    assert "(25." in said(answer)


def test_hot_cells_by_length_of_street_are_named_by_their_street(tmp_path: Path) -> None:
    answer = study(tmp_path, events(220, 60), streets=streets_file(tmp_path), cell_m=100.0)
    assert "by length of street" in said(answer)
    assert "街 (25." in answer.as_record(SAY)["items"][0]


def test_exposure_of_points_is_what_events_are_compared_by(tmp_path: Path) -> None:
    path = tmp_path / "lamps.geojson"
    points = events(400, seed=9)
    points.assign(weight=2.0).to_crs("EPSG:4326").to_file(path)
    answer = study(tmp_path, events(100, 30), exposure=path, cell_m=100.0)
    assert answer.found.frame["exposure"].sum() == pytest.approx(800.0)
    assert "by the weight of the points given" in said(answer)


def test_near_repeats_planted_are_found(tmp_path: Path) -> None:
    frame = events(100)
    again = frame.copy()
    again["time"] += np.timedelta64(2, "D")
    both = together(frame, again)
    answer = study(tmp_path, both, Method.NEAR_REPEAT)
    table = answer.found.frame.set_index(["from_m", "from_days"])
    assert table.loc[(0.0, 0.0), "pairs"] == 100
    assert table.loc[(0.0, 0.0), "is_more"]
    assert "there are more near repeats than chance brings" in said(answer)


def test_hours_need_no_positions_and_are_blocks_when_few(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    rows = [f"大安路,2025-01-{day:02d} 22:{day:02d}" for day in range(1, 29)]
    table.write_text("地點,time\n" + "\n".join(rows) + "\n大安路,\n")
    answer = study_files([table], Method.HOURS, Choices({}))
    assert answer.found.given == "blocks of hours"
    assert answer.found.frame["events"].tolist() == [0, 0, 0, 0, 0, 28]
    assert "100% of them between" in said(answer)
    assert "1 events have no time and take no part" in said(answer)
    whole = study(tmp_path, events(200, 100), Method.HOURS)
    assert whole.found.given == "hours"
    assert whole.found.frame["events"].sum() == pytest.approx(300.0)


def test_problems_are_grouped_by_kind(tmp_path: Path) -> None:
    frame = events(0, 12)
    frame["kind"] = ["lighting"] * 6 + ["noise"] * 6
    answer = study(tmp_path, frame, Method.PROBLEMS)
    assert sorted(answer.found.frame["kind"]) == ["lighting", "noise"]
    assert study(tmp_path, frame, Method.PROBLEMS, mix=True).found.frame["count"].tolist() == [12]
    assert "no proof of a hotspot" in said(answer)


# --- The rule of honesty ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "given"), [(19, "counts"), (20, "one answer"), (49, "one answer"), (50, "hot-cells"), (199, "hot-cells")]
)
@pytest.mark.parametrize("method", [Method.HOT_CELLS, Method.DENSITY, Method.TRENDS, Method.SCORE])
def test_with_few_events_less_is_given_and_said(tmp_path: Path, n: int, given: str, method: Method) -> None:
    answer = study(tmp_path, events(n), method)
    assert answer.found.given == given
    if method.value != given:
        assert f"“{method.value}” is shown from" in said(answer)
    tested = {"p_value", "p_adjusted", "is_hot", "per_km2", "course"} & set(answer.found.frame.columns)
    assert bool(tested) == (given == "hot-cells")
    assert answer.found.frame["count"].sum() == n


def test_the_columns_of_the_frame_are_those_that_are_explained(tmp_path: Path) -> None:
    streets = streets_file(tmp_path)
    for method in Method:
        for n in (30, 600):
            answer = study(tmp_path, events(n), method, streets=streets)
            assert [name for name in answer.found.frame.columns if name != "geometry"] == list(answer.found.columns)
            assert all(answer.as_record(SAY)["columns"].values())


def test_what_stands_beside_every_finding(tmp_path: Path) -> None:
    frame = events(100)
    frame = together(frame, frame[:60])
    frame.loc[frame.index[:3], "geometry"] = shapely.Point(*(CORNER - 500))
    record = study(tmp_path, frame, accuracy_m=999.0).as_record(SAY)
    assert record["took_part"] == [
        f"157 events took part, of 160 rows, from {record['first'][:10]} to {record['last'][:10]}.",
        "Nine of ten positions are known within 20 m.",
        f"{record['reporters']} different people reported them.",
    ]
    assert any("are exactly where another one is" in doubt for doubt in record["doubts"])
    assert "3 events lie outside the area and take no part." in record["doubts"]
    assert any("cells keep their counts and change places" in how for how in record["how"])
    assert any(how.startswith("The smallest risk that would have been found") for how in record["how"])
    assert record["null"] == "shuffle"


def test_accuracy_that_nobody_states_is_said_to_be_unknown_and_makes_no_cells_wider(tmp_path: Path) -> None:
    frame = events(100)
    wide = study(tmp_path, frame.drop(columns="accuracy_m"), accuracy_m=300.0).as_record(SAY)
    assert wide["cell_m"] == 150.0
    unknown = study(tmp_path, frame.drop(columns="accuracy_m")).as_record(SAY)
    assert "How well positions are known is not said; they count as exact." in unknown["took_part"]
    assert unknown["cell_m"] == 50.0
    coarse = study(tmp_path, frame.drop(columns="accuracy_m"), accuracy_m=300.0, cell_m=50.0)
    assert "cells should be 150 m wide at least" in said(coarse)


def test_several_areas_are_corrected_together_and_each_by_its_own_number(tmp_path: Path) -> None:
    mask = tmp_path / "villages.geojson"
    together(square("甲里"), square("乙里", 1000.0)).to_file(mask)
    few = events(30, seed=3)
    few.geometry = few.geometry.translate(SIDE_M, 0)
    both = together(events(120, 30), few)
    path = written(both, tmp_path / "events.parquet")
    answer = study_files([path], Method.HOT_CELLS, Choices({}, mask=mask, each="name", cell_m=50.0))
    found = answer.found.frame
    assert found["area"].tolist() == ["甲里"] * 400 + ["乙里"] * 400
    assert found["p_value"].notna().tolist() == [True] * 400 + [False] * 400
    assert "1 of 2 areas have fewer than 50 events" in said(answer)
    assert "甲里, 25." in answer.as_record(SAY)["items"][0]
    alone = study(tmp_path, events(120, 30), cell_m=50.0).found.frame
    assert np.allclose(found["p_value"][:400], alone["p_value"], rtol=1e-6)
    none = study_files([written(few, tmp_path / "few.parquet")], Method.HOT_CELLS, Choices({}, mask=mask, each="name"))
    assert "none of 2 areas has the 50 events" in said(none)


@given(st.randoms(use_true_random=False), st.integers(1, 4))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_order_of_rows_and_the_files_they_are_in_do_not_matter(
    tmp_path_factory: pytest.TempPathFactory, shuffled: Any, files: int
) -> None:
    folder = tmp_path_factory.mktemp("order")
    frame = events(230, 40)
    mask = mask_file(folder)
    order = list(range(len(frame)))
    shuffled.shuffle(order)
    moved = frame.iloc[order]
    parts = [written(moved.iloc[part::files], folder / f"part{part}.parquet") for part in range(files)]
    whole = written(frame, folder / "whole.parquet")
    method = shuffled.choice([method for method in Method if method is not Method.STREETS])
    one = study_files([whole], method, Choices({}, mask=mask))
    other = study_files(parts, method, Choices({}, mask=mask))
    left, right = one.as_record(SAY), other.as_record(SAY)
    for record in (left, right):
        for name in ("read", "figures"):  # names of files; figures are compared as rows
            record.pop(name)
    assert left == right
    for name in one.found.frame.columns:
        a, b = rounded(one.found.frame)[name], rounded(other.found.frame)[name]
        assert a.equals(b) or np.allclose(a, b, rtol=1e-5, equal_nan=True), name


# --- What is refused --------------------------------------------------------------------------------------------------


def test_what_is_missing_is_asked_for(tmp_path: Path) -> None:
    path = written(events(60), tmp_path / "a.parquet")
    bare = written(events(60).drop(columns="time"), tmp_path / "b.parquet")
    with pytest.raises(AreaMissing, match="Name an area with --mask FILE"):
        study_files([path], Method.HOT_CELLS, Choices({}))
    with pytest.raises(StreetsMissing, match="--streets FILE"):
        study_files([path], Method.STREETS, Choices({}))
    for method in (Method.HOURS, Method.NEAR_REPEAT):
        with pytest.raises(TimesMissing, match=r"no event of b.parquet has one"):
            study_files([bare], method, Choices({}))


def test_different_kinds_are_not_mixed_unless_asked(tmp_path: Path) -> None:
    frame = events(100)
    frame["kind"] = ["accident_a1", "A2類", "theft_bicycle", "lighting"] * 25
    with pytest.raises(MixedKinds, match=r"column kind holds different kinds .*lighting.*--only KIND.*--mix"):
        study(tmp_path, frame)
    mixed = study(tmp_path, frame, mix=True)
    assert mixed.situation.tally.n == 100
    assert "Events of different kinds are counted together" in said(mixed)
    traffic = study(tmp_path, frame, only=("accident_a1", "A2類"))
    assert traffic.situation.tally.n == 50
    assert "counted together" not in said(traffic)
    with pytest.raises(NoneOfKind, match=r"No event is of kind robbery. There are: A2類, accident_a1"):
        study(tmp_path, frame, only=("robbery",))


def test_a_mask_that_is_elsewhere_says_where_both_are(tmp_path: Path) -> None:
    far = events(30)
    far.geometry = far.geometry.translate(50_000, 0)
    with pytest.raises(
        NothingInside, match=r"None of 30 events lies in the area: they lie around 122\.0.*around 121\.5"
    ):
        study(tmp_path, far)


def test_masks_and_streets_of_another_shape_are_refused(tmp_path: Path) -> None:
    path = written(events(30), tmp_path / "a.parquet")
    streets = streets_file(tmp_path)
    with pytest.raises(WrongValue, match=r"streets.geojson, row 1: geometry is “LineString”. It has to be a Polygon"):
        study_files([path], Method.HOT_CELLS, Choices({}, mask=streets))
    with pytest.raises(WrongFile, match="has no line in it"):
        study_files([path], Method.STREETS, Choices({}, streets=mask_file(tmp_path)))
    with pytest.raises(UnknownColumn, match=r"no column “VILLAGE” \(--each\). Its columns are: name"):
        study_files([path], Method.HOT_CELLS, Choices({}, mask=mask_file(tmp_path), each="VILLAGE"))
    with pytest.raises(DoesNotGoTogether, match="--each"):
        study_files([path], Method.SCAN, Choices({}, mask=mask_file(tmp_path), each="name"))
    with pytest.raises(DoesNotGoTogether, match="--zone: there is no time zone “Mars”"):
        study_files([path], Method.HOURS, Choices({}, zone="Mars"))


@needs_shared
def test_thefts_without_coordinates_are_refused_with_the_reason(tmp_path: Path) -> None:
    thefts = SHARED / "crime" / "taipei_bicycle_theft_2015-2017.csv"
    with pytest.raises(NoPositions, match=r"Its places are words \(column 發生\(現\)地點\).*--method hours"):
        study_files([thefts], Method.HOT_CELLS, Choices({}, mask=mask_file(tmp_path)))
    hours = study_files([thefts], Method.HOURS, Choices({}))
    assert hours.situation.tally.n == 771
    assert hours.found.given == "hours"


@needs_shared
def test_the_accidents_of_daan(tmp_path: Path) -> None:
    towns = gpd.read_file(SHARED / "boundaries" / "taipei_town.geojson")
    mask = tmp_path / "daan.geojson"
    towns[towns["TNAME"] == "大安區"].to_file(mask)
    folder = SHARED / "accidents" / "cunli_a2_daan"
    answer = study_files([folder], Method.HOT_CELLS, Choices({}, mask=mask))
    assert (answer.situation.facts.rows, answer.situation.tally.n, answer.situation.tally.outside) == (308, 304, 4)
    assert answer.as_record(SAY)["smallest_ratio"] == pytest.approx(3.8, abs=0.1)
