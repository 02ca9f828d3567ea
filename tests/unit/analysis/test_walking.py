"""Distance on foot: along streets, never shorter than straight, and between lanes where a position is not sure."""

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from safemap.analysis.walking import Walks

# Two lanes 60 m apart, joined at their left ends by a street: a U lying on its side.
LANES = [[(0, 0), (200, 0)], [(0, 60), (200, 60)], [(0, 0), (0, 60)]]
NODES = [(1, 2), (3, 4), (1, 3)]


def walks(lanes: list[list[tuple[float, float]]] = LANES, nodes: list[tuple[int, int]] = NODES) -> Walks:
    ends = np.array(nodes, dtype=np.int64).reshape(-1, 2)
    return Walks.over(np.array([shapely.LineString(one) for one in lanes], dtype=object), ends[:, 0], ends[:, 1])


def metres(one: tuple[float, float], *others: tuple[float, float], slack_m: float = 0.0) -> list[float]:
    xy = np.array(others, dtype=np.float64).reshape(-1, 2)
    slack = np.full(len(xy), slack_m)
    found: NDArray[np.float64] = walks().metres(np.array([one], dtype=float), xy, spot_slack_m=slack_m, slack_m=slack)
    return found.round(3).tolist()


def test_along_one_street() -> None:
    assert metres((10, 0), (90, 0), (10, 0)) == [80.0, 0.0]


def test_the_parallel_lane_is_as_far_as_one_walks() -> None:
    assert metres((100, 0), (100, 60)) == [260.0]


def test_beyond_the_limit_is_infinitely_far_and_at_it_is_not() -> None:
    network, one = walks(), np.array([[0.0, 0.0]])
    assert network.metres(one, np.array([[100.0, 0.0]]), limit_m=100.0).tolist() == [100.0]
    assert network.metres(one, np.array([[100.0, 0.0]]), limit_m=99.9).tolist() == [np.inf]


def test_across_a_street_is_as_far_as_straight() -> None:
    assert metres((50, 8), (50, -8)) == [16.0]


def test_a_spot_between_two_lanes_is_near_to_both_when_its_position_is_not_sure() -> None:
    sure, unsure = metres((100, 25), (100, 58)), metres((100, 25), (100, 58), slack_m=15.0)
    assert sure == [260.0]
    assert unsure == [33.0]


def test_far_from_every_street_one_walks_straight() -> None:
    assert metres((100, 30), (140, 30)) == [40.0]


def test_a_bridge_does_not_lead_down_to_the_path_below() -> None:
    crossing = walks([[(0, -50), (0, 50)], [(-50, 0), (50, 0)]], [(1, 2), (3, 4)])
    assert crossing.metres(np.array([[0.0, 20.0]]), np.array([[20.0, 0.0]])).tolist() == [np.inf]


def test_of_two_streets_between_the_same_junctions_the_shorter_counts() -> None:
    ring = walks([[(0, 0), (0, 40), (100, 40), (100, 0)], [(0, 0), (100, 0)]], [(1, 2), (1, 2)])
    assert ring.metres(np.array([[0.0, 0.0]]), np.array([[100.0, 0.0]])).tolist() == [100.0]


def test_without_streets_one_walks_straight() -> None:
    nowhere = walks([], [])
    assert nowhere.metres(np.array([[0.0, 0.0]]), np.array([[30.0, 40.0]])).tolist() == [50.0]


def test_the_nearest_of_several_places_counts_and_none_is_near_nobody() -> None:
    lane = np.array([[10.0, 0.0], [80.0, 0.0]])
    assert walks().metres(lane, np.array([[90.0, 0.0]])).tolist() == [10.0]
    assert walks().metres(lane, np.zeros((0, 2))).tolist() == []


SPOT = st.tuples(st.floats(-20, 220), st.floats(-30, 90))


@given(SPOT, SPOT, st.floats(0, 30))
def test_it_is_as_far_there_as_back_and_never_shorter_than_straight(
    one: tuple[float, float], other: tuple[float, float], slack_m: float
) -> None:
    there, back = metres(one, other, slack_m=slack_m), metres(other, one, slack_m=slack_m)
    assert np.allclose(there, back, atol=2e-3)
    assert there[0] >= np.hypot(one[0] - other[0], one[1] - other[1]) - 2e-3
