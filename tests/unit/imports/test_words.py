"""How files write dates, slots of hours, directions and what a camera sees."""

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safemap.geo.crs import GEOD
from safemap.imports.dates import TAIPEI, gregorian_digits, hours_of_slot, roc_digits, roc_text, slot_from_date, slot_on
from safemap.imports.directions import Direction, directions_of
from safemap.imports.sightings import view_towards

HERE = (121.54, 25.03)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("102年01月01日 03時00分", datetime(2013, 1, 1, 3, tzinfo=TAIPEI)),
        ("102年1月1日 3時5分7秒", datetime(2013, 1, 1, 3, 5, 7, tzinfo=TAIPEI)),
        ("99年12月31日", datetime(2010, 12, 31, tzinfo=TAIPEI)),
    ],
)
def test_roc_texts(text: str, moment: datetime) -> None:
    assert roc_text(text) == moment


def test_roc_digits_before_and_after_the_year_100() -> None:
    assert roc_digits("1040101") == datetime(2015, 1, 1, tzinfo=TAIPEI)
    assert roc_digits("990630") == datetime(2010, 6, 30, tzinfo=TAIPEI)


@pytest.mark.parametrize("text", ["", "1月3日", "20150101", "1041301", "104010a", "-"])
def test_what_is_no_roc_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - datetime's own words differ
        roc_digits(text)


def test_a_clock_that_lost_its_zeros() -> None:
    assert gregorian_digits("20251222", "500") == datetime(2025, 12, 22, 0, 5, tzinfo=TAIPEI)
    assert gregorian_digits("20251222", "221600") == datetime(2025, 12, 22, 22, 16, tzinfo=TAIPEI)


@pytest.mark.parametrize(
    ("text", "hours"),
    [("01~03", (1, 4)), ("22~24", (22, 25)), ("22～24", (22, 25)), ("00~02", (0, 3)), ("17~19", (17, 20))],
)
def test_a_slot_ends_with_its_last_hour(text: str, hours: tuple[int, int]) -> None:
    assert hours_of_slot(text) == hours


def test_the_slots_of_a_day_tile_it() -> None:
    published = ["01~03", "04~06", "07~09", "10~12", "13~15", "16~18", "19~21", "22~24"]
    slots = [hours_of_slot(text) or (0, 0) for text in published]
    assert sorted(hour % 24 for begin, end in slots for hour in range(begin, end)) == list(range(24))


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("1月3日", "01~03"),
        ("10月12日", "10~12"),
        ("3-Jan", "01~03"),
        ("06-APR", "04~06"),
        ("1月4日", None),  # no slot has four hours
        ("13月15日", None),
        ("1月3日午後", None),
        ("01~03", None),
        ("", None),
    ],
)
def test_a_slot_that_a_spreadsheet_made_a_date(text: str, slot: str | None) -> None:
    assert slot_from_date(text) == slot


@pytest.mark.parametrize("text", ["", "-", "夜間", "25~27", "00~24", "03~01", "1月3日"])
def test_what_is_no_slot(text: str) -> None:
    assert hours_of_slot(text) is None


def test_the_last_slot_ends_on_the_next_day() -> None:
    day = datetime(2015, 1, 31, tzinfo=TAIPEI)
    assert slot_on(day, "22~24") == (
        datetime(2015, 1, 31, 22, tzinfo=TAIPEI),
        datetime(2015, 2, 1, 1, tzinfo=TAIPEI),
    )


@pytest.mark.parametrize(
    ("text", "views"),
    [
        ("90", [Direction(90.0, None)]),
        ("90°", [Direction(90.0, None)]),
        ("-90", [Direction(270.0, None)]),
        ("360", [Direction(0.0, None)]),
        ("NNE", [Direction(22.5, None)]),
        ("wsw", [Direction(247.5, None)]),
        ("西南西", [Direction(247.5, None)]),
        ("南南東", [Direction(157.5, None)]),
        ("239-284", [Direction(261.5, 45.0)]),
        ("350-10", [Direction(0.0, 20.0)]),
        ("0-360", [Direction(180.0, 360.0)]),
        ("NW-NE", [Direction(0.0, 90.0)]),
        ("45;225", [Direction(45.0, None), Direction(225.0, None)]),
        ("45; 100-140", [Direction(45.0, None), Direction(120.0, 40.0)]),
        ("", []),
    ],
)
def test_directions_in_all_their_forms(text: str, views: list[Direction]) -> None:
    assert directions_of(text) == (views, [])


@pytest.mark.parametrize("text", ["both", "400", "N-", "?", "towards the gate"])
def test_directions_that_cannot_be_read_are_told(text: str) -> None:
    assert directions_of(text) == ([], [text])


@given(st.floats(0, 359.9), st.floats(0.1, 359.9))
def test_the_middle_of_a_range_is_as_far_from_both_ends(start: float, width: float) -> None:
    start, end = round(start, 1), round((start + width) % 360.0, 1)
    ((view,), wrong) = directions_of(f"{start}-{end}")
    assert wrong == []
    assert view.azimuth_deg is not None
    assert 0.0 <= view.azimuth_deg < 360.0
    assert (view.azimuth_deg - start) % 360.0 == pytest.approx((end - view.azimuth_deg) % 360.0, abs=1e-6)


def spots(*seen: tuple[float, float]) -> np.ndarray:
    """Places at a bearing (degrees) and a distance (metres) from here."""
    places = [GEOD.fwd(*HERE, bearing, distance)[:2] for bearing, distance in seen]
    return np.array(places, dtype=np.float64).reshape(-1, 2)


def test_one_spot_gives_a_direction_and_no_width() -> None:
    view, reach_m = view_towards(HERE, spots((80, 20)), spots())
    assert view.azimuth_deg == pytest.approx(80, abs=1e-6)
    assert (view.field_of_view_deg, reach_m) == (None, None)


def test_spots_across_north_give_the_sector_between_them() -> None:
    view, reach_m = view_towards(HERE, spots((310, 20), (0, 5), (40, 30)), spots((310, 20), (40, 30)))
    assert view.azimuth_deg == pytest.approx(355, abs=1e-6)
    assert view.field_of_view_deg == pytest.approx(90, abs=1e-6)
    assert reach_m == pytest.approx(30, abs=1e-6)


def test_near_spots_prove_no_narrow_lens() -> None:
    view, _ = view_towards(HERE, spots((10, 20), (30, 20)), spots())
    assert view.azimuth_deg == pytest.approx(20, abs=1e-6)
    assert view.field_of_view_deg is None


def test_a_spot_under_the_camera_or_a_town_away_says_nothing() -> None:
    assert view_towards(HERE, spots((10, 0.2), (30, 20_000)), spots()) == (Direction(None, None), None)
