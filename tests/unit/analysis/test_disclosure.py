"""Public counts: nothing is lost or told twice, and nothing small is told of a place."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safemap.analysis.disclosure import LEAST_ADDRESSES, LEAST_REPORTS, PublicCounts, public_counts


@st.composite
def villages(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    size = draw(st.integers(1, 25))
    xy = draw(st.lists(st.tuples(st.floats(-3000, 3000), st.floats(-3000, 3000)), min_size=size, max_size=size))
    addresses = draw(st.lists(st.integers(0, 20), min_size=size, max_size=size))
    reports = draw(st.lists(st.integers(0, size - 1), max_size=60))
    return np.array(reports, dtype=np.int64), np.array(xy), np.array(addresses, dtype=np.int64)


def segments_in(published: PublicCounts, xy: np.ndarray, cell: int) -> np.ndarray:
    one = published.cells[cell]
    return ((np.floor(xy / one.side_m) * one.side_m) == [one.x_m, one.y_m]).all(axis=1)


@given(villages())
def test_the_parts_add_up_and_none_is_small(village: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    reports, xy, addresses = village
    published = public_counts(reports, xy, addresses)
    assert published.total == len(reports)
    assert (published.counts >= LEAST_REPORTS).all()
    assert (addresses[published.segments] >= LEAST_ADDRESSES).all()
    assert all(cell.count >= LEAST_REPORTS for cell in published.cells)
    for number in range(len(published.cells)):
        within = segments_in(published, xy, number)
        within[published.segments] = False
        assert addresses[within].sum() >= LEAST_ADDRESSES


@given(villages())
def test_a_segment_with_few_reports_or_few_addresses_is_never_told_alone(
    village: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    reports, xy, addresses = village
    published = public_counts(reports, xy, addresses)
    counted = np.bincount(reports, minlength=len(xy))
    told = set(published.segments.tolist())
    assert told == {
        number for number in range(len(xy)) if counted[number] >= LEAST_REPORTS and addresses[number] >= LEAST_ADDRESSES
    }


@given(villages(), st.randoms(use_true_random=False))
def test_the_order_of_reports_says_nothing(village: tuple[np.ndarray, np.ndarray, np.ndarray], random: object) -> None:
    reports, xy, addresses = village
    mixed = np.random.default_rng(random.randrange(2**31)).permutation(reports)  # type: ignore[attr-defined]
    one, other = public_counts(reports, xy, addresses), public_counts(mixed, xy, addresses)
    assert one.cells == other.cells
    assert one.counts.tolist() == other.counts.tolist()


@pytest.mark.parametrize(("reports", "addresses", "is_told"), [(3, 8, True), (2, 8, False), (3, 7, False)])
def test_the_limits_are_inclusive(reports: int, addresses: int, is_told: bool) -> None:
    published = public_counts(np.zeros(reports, dtype=np.int64), np.array([[1.0, 1.0]]), np.array([addresses]))
    assert (len(published.segments) == 1) is is_told
    assert published.rest == (0 if is_told else reports)


def test_what_is_too_little_for_a_segment_is_gathered_in_a_square() -> None:
    xy = np.array([[10.0, 10.0], [60.0, 20.0], [110.0, 90.0]])
    published = public_counts(np.array([0, 1, 2]), xy, np.array([3, 3, 3]))
    assert [(cell.x_m, cell.y_m, cell.side_m, cell.count) for cell in published.cells] == [(0.0, 0.0, 125.0, 3)]


def test_squares_grow_until_enough_lies_within() -> None:
    xy = np.array([[10.0, 10.0], [300.0, 20.0], [450.0, 400.0]])
    published = public_counts(np.array([0, 1, 2]), xy, np.array([9, 9, 9]))
    assert [cell.side_m for cell in published.cells] == [500.0]


def test_nothing_reported_is_nothing_told() -> None:
    published = public_counts(np.array([], dtype=np.int64), np.zeros((0, 2)), np.array([], dtype=np.int64))
    assert (published.total, published.cells, published.rest) == (0, (), 0)
