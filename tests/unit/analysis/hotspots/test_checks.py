"""What is refused, and that the refusal says what, where and what would be right."""

import numpy as np
import pytest

from safemap.analysis.hotspots.checks import (
    LooksLikeDegrees,
    NotUsable,
    are_degrees,
    counts_checked,
    numbers_checked,
    points_checked,
    positive,
    refuse_degrees,
    share,
)

TAIPEI = np.array([[121.53, 25.03], [121.56, 25.01], [121.55, 25.05]])


def test_no_points_are_points() -> None:
    assert points_checked([]).shape == (0, 2)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_coordinate_that_is_no_number_is_named_by_its_row(bad: float) -> None:
    with pytest.raises(NotUsable, match="1 of 3 rows hold no finite number, the first of them row 2") as caught:
        points_checked([[0.0, 0.0], [1.0, 1.0], [2.0, bad]])
    assert caught.value.field == "xy"


@pytest.mark.parametrize("given", [[1.0, 2.0], [[1.0, 2.0, 3.0]], np.zeros((2, 2, 2))])
def test_points_of_another_shape(given: object) -> None:
    with pytest.raises(NotUsable, match="its shape is"):
        points_checked(given)


def test_numbers_one_for_each_and_none_too_small() -> None:
    assert numbers_checked(None, 2, "weights").tolist() == [1.0, 1.0]
    with pytest.raises(NotUsable, match="2 numbers, one for each"):
        numbers_checked([1.0], 2, "weights")
    with pytest.raises(NotUsable, match=r"row 1 is -1\.0"):
        numbers_checked([1.0, -1.0], 2, "weights")
    with pytest.raises(NotUsable, match="row 0 is nan"):
        numbers_checked([np.nan, 1.0], 2, "weights")


@pytest.mark.parametrize("bad", [-1.0, 0.5, np.nan, np.inf])
def test_counts_are_whole(bad: float) -> None:
    with pytest.raises(NotUsable, match="whole numbers"):
        counts_checked([1.0, bad], "counts")


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
def test_lengths_are_above_nothing(bad: float) -> None:
    with pytest.raises(NotUsable, match="above 0 m"):
        positive(bad, "bandwidth_m", "m")


@pytest.mark.parametrize("bad", [0.0, 1.0, np.nan, 5.0])
def test_shares_lie_between(bad: float) -> None:
    with pytest.raises(NotUsable, match="below 1"):
        share(bad, "level")


def test_longitudes_and_latitudes_are_refused_with_where_they_lie() -> None:
    with pytest.raises(LooksLikeDegrees, match=r"between 121\.53 and 121\.56, 25\.01 and 25\.05") as caught:
        refuse_degrees(TAIPEI, 50.0)
    assert "TWD97" in str(caught.value)


def test_metres_pass_and_so_do_toys_and_a_single_place() -> None:
    refuse_degrees(np.array([[302_000.0, 2_770_000.0]]), 50.0)
    refuse_degrees(np.array([[0.0, 0.0], [90.0, 60.0]]), 50.0)
    refuse_degrees(np.array([[5.0, 5.0], [5.0, 5.0]]), 50.0)
    refuse_degrees(np.zeros((0, 2)), 50.0)


def test_the_bounds_of_the_earth_are_degrees_still() -> None:
    assert are_degrees(np.array([[-180.0, -90.0], [180.0, 90.0]]))
    assert not are_degrees(np.array([[180.1, 0.0]]))
    assert not are_degrees(np.array([[0.0, 90.1]]))
    assert not are_degrees(np.zeros((0, 2)))
