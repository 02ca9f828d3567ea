"""Public counts: nothing is told twice, nothing small is told of a place, and no difference singles anybody out."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from safemap.analysis.disclosure import (
    LEAST_ADDRESSES,
    LEAST_REPORTS,
    SMALLEST_CELL_M,
    PublicCounts,
    houses_by_segment,
    public_counts,
)
from safemap.analysis.frames import count_frames
from safemap.analysis.planes import NotInMetres

Village = tuple[np.ndarray, np.ndarray, np.ndarray]


@st.composite
def villages(draw: st.DrawFn) -> Village:
    size = draw(st.integers(1, 25))
    xy = draw(st.lists(st.tuples(st.floats(-3000, 3000), st.floats(-3000, 3000)), min_size=size, max_size=size))
    addresses = draw(st.lists(st.integers(0, 20), min_size=size, max_size=size))
    reports = draw(st.lists(st.integers(0, size - 1), max_size=60))
    return np.array(reports, dtype=np.int64), np.array(xy), np.array(addresses, dtype=np.int64)


def parts_of(published: PublicCounts, xy: np.ndarray) -> list[tuple[list[int], int]]:
    """The segments that each published part is about, smallest parts first, as a reader finds them out."""
    free = set(range(len(xy))) - set(published.segments.tolist())
    parts = [([segment], count) for segment, count in zip(published.segments.tolist(), published.counts, strict=True)]
    for cell in sorted(published.cells, key=lambda cell: cell.side_m):
        is_within = (np.floor(xy / cell.side_m) * cell.side_m == [cell.x_m, cell.y_m]).all(axis=1)
        within = sorted(free & set(np.flatnonzero(is_within).tolist()))
        free -= set(within)
        parts.append((within, cell.count))
    parts.append((sorted(free), published.rest))
    return parts


def numbers_of(published: PublicCounts) -> list[int]:
    return [*published.counts.tolist(), *(cell.count for cell in published.cells), published.rest, published.total]


@given(villages())
def test_the_parts_are_disjoint_and_each_is_told_of_enough_reports_and_addresses(village: Village) -> None:
    reports, xy, addresses = village
    counted = np.bincount(reports, minlength=len(xy))
    published = public_counts(reports, xy, addresses)
    *placed, (rest, rest_count) = parts_of(published, xy)
    for segments, count in placed:
        assert LEAST_REPORTS <= count <= counted[segments].sum() < count + LEAST_REPORTS
        assert addresses[segments].sum() >= LEAST_ADDRESSES
    assert rest_count <= counted[rest].sum() < rest_count + LEAST_REPORTS
    assert published.is_rest_few is bool(0 < counted[rest].sum() < LEAST_REPORTS)
    assert sum(counted[segments].sum() for segments, _ in parts_of(published, xy)) == len(reports)


@given(villages(), st.lists(st.tuples(st.integers(0, 59), st.booleans()), max_size=20), st.data())
def test_no_sum_or_difference_of_anything_published_on_two_days_is_one_or_two(
    village: Village, changes: list[tuple[int, bool]], data: st.DataObject
) -> None:
    reports, xy, addresses = village
    later = reports.tolist()
    for place, is_new in changes:  # new reports come, old ones are fixed or withdrawn
        if is_new:
            later.append(place % len(xy))
        elif later:
            later.pop(place % len(later))
    numbers = numbers_of(public_counts(reports, xy, addresses))
    numbers += numbers_of(public_counts(np.array(later, dtype=np.int64), xy, addresses))
    signs = data.draw(st.lists(st.sampled_from((-1, 0, 1)), min_size=len(numbers), max_size=len(numbers)))
    found = abs(sum(sign * number for sign, number in zip(signs, numbers, strict=True)))
    assert found == 0 or found >= LEAST_REPORTS


@given(villages())
def test_whether_a_segment_is_told_alone_depends_on_nothing_but_itself(village: Village) -> None:
    reports, xy, addresses = village
    published = public_counts(reports, xy, addresses)
    counted = np.bincount(reports, minlength=len(xy))
    enough = (counted >= LEAST_REPORTS) & (addresses >= LEAST_ADDRESSES)
    assert published.segments.tolist() == np.flatnonzero(enough).tolist()


@given(villages(), st.integers(0, 2**31))
def test_the_order_of_reports_says_nothing(village: Village, seed: int) -> None:
    reports, xy, addresses = village
    mixed = np.random.default_rng(seed).permutation(reports)
    one, other = public_counts(reports, xy, addresses), public_counts(mixed, xy, addresses)
    assert one.cells == other.cells
    assert numbers_of(one) == numbers_of(other)


@pytest.mark.parametrize(("reports", "addresses", "is_told"), [(3, 8, True), (2, 8, False), (3, 7, False)])
def test_the_limits_are_inclusive(reports: int, addresses: int, is_told: bool) -> None:
    published = public_counts(np.zeros(reports, dtype=np.int64), np.array([[1.0, 1.0]]), np.array([addresses]))
    assert (len(published.segments) == 1) is is_told
    assert published.is_total_few is (reports < LEAST_REPORTS)
    assert published.rest == (3 if (reports, addresses) == (3, 7) else 0)


def test_what_is_too_little_for_a_segment_is_gathered_in_a_square() -> None:
    xy = np.array([[10.0, 10.0], [60.0, 20.0], [110.0, 90.0]])
    published = public_counts(np.array([0, 1, 2]), xy, np.array([3, 3, 3]))
    assert [(cell.x_m, cell.y_m, cell.side_m, cell.count) for cell in published.cells] == [(0.0, 0.0, 125.0, 3)]


def test_squares_grow_until_enough_lies_within() -> None:
    xy = np.array([[10.0, 10.0], [300.0, 20.0], [450.0, 400.0]])
    published = public_counts(np.array([0, 1, 2]), xy, np.array([9, 9, 9]))
    assert [cell.side_m for cell in published.cells] == [500.0]


def test_a_square_does_not_borrow_addresses_from_a_smaller_one_that_is_told_by_itself() -> None:
    xy = np.array([[10.0, 10.0], [20.0, 20.0], [200.0, 200.0]])
    published = public_counts(np.array([0, 0, 1, 2, 2, 2]), xy, np.array([50, 50, 0]))
    assert [(cell.side_m, cell.count) for cell in published.cells] == [(SMALLEST_CELL_M, 3)]
    assert published.rest == 3  # nobody lives where those three are: they are told of the village alone


def test_nothing_reported_is_nothing_told() -> None:
    published = public_counts(np.array([], dtype=np.int64), np.zeros((0, 2)), np.array([], dtype=np.int64))
    assert (published.total, published.cells, published.rest) == (0, (), 0)
    assert not published.is_rest_few
    assert not published.is_total_few


def street_and_houses() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    streets = gpd.GeoDataFrame(geometry=[shapely.LineString([(0, y), (120, y)]) for y in (0, 60)], crs=3826)
    houses = gpd.GeoDataFrame(geometry=[shapely.box(x, 5, x + 10, 15) for x in range(0, 96, 12)], crs=3826)
    reports = gpd.GeoDataFrame(geometry=[shapely.Point(x, 3) for x in (10, 50, 90, 91)], crs=3826)
    return streets, reports, houses


def test_a_house_belongs_to_its_nearest_street_and_a_shed_is_no_house() -> None:
    streets, _, houses = street_and_houses()
    sheds = np.array([shapely.box(0, 50, 4, 54)] * 9, dtype=object)
    lines = np.asarray(streets.geometry.array, dtype=object)
    every = np.concatenate([np.asarray(houses.geometry.array, dtype=object), sheds])
    assert houses_by_segment(lines, every).tolist() == [8, 0]
    assert houses_by_segment(lines, np.array([], dtype=object)).tolist() == [0, 0]
    assert houses_by_segment(np.array([shapely.box(0, 0, 5, 4)])[:0], every).tolist() == []


def test_frames_give_the_same_and_refuse_degrees() -> None:
    streets, reports, houses = street_and_houses()
    told, rest = count_frames(streets, reports, houses)
    assert (told["count"].tolist(), told["side_m"].tolist(), rest) == ([3], [0.0], 0)
    assert told.geometry.iloc[0].equals(streets.geometry.iloc[0])
    with pytest.raises(NotInMetres):
        count_frames(streets, reports.to_crs(4326), houses)
