"""Reports that are one problem: groups by their definition, names, kinds apart, order of no matter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

from safemap.analysis.hotspots.checks import LooksLikeDegrees, NotUsable
from safemap.analysis.hotspots.problems import Grouping, group_reports


def sets(found: object) -> set[frozenset[int]]:
    return {frozenset(group.members.tolist()) for group in found.groups}


@given(st.integers(0, 2**32 - 1), st.integers(2, 5))
def test_groups_are_chains_of_reports_with_enough_neighbours(seed: int, fewest: int) -> None:
    """Ester et al. (1996) written out; a border report between two groups may go to either."""
    xy = np.random.default_rng(seed).uniform(0, 900, (40, 2)) + 1000
    found = group_reports(xy, within_m=100.0, fewest=fewest)
    near = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) <= 100.0
    core = near.sum(axis=1) >= fewest
    number, component = connected_components(near & core[:, None] & core[None, :])
    chains = [set(np.flatnonzero(core & (component == which)).tolist()) for which in range(number)]
    chains = [chain for chain in chains if chain]
    assert len(found.groups) == len(chains)
    for chain in chains:
        (group,) = {int(found.group[place]) for place in chain}
        extra = set(found.groups[group].members.tolist()) - chain
        assert all(near[place, list(chain)].any() for place in extra)
    assert found.alone == (~(near & core[None, :]).any(axis=1)).sum()


def test_the_largest_group_is_first_and_is_named_by_most_of_its_reports() -> None:
    xy = [[1000, 0], [1030, 0], [1060, 0], [3000, 0], [3020, 0], [3040, 0], [3060, 0]]
    found = group_reports(xy, streets=["A", "A", "B", "C", None, "", "D"])
    assert [group.members.tolist() for group in found.groups] == [[3, 4, 5, 6], [0, 1, 2]]
    assert found.group.tolist() == [1, 1, 1, 0, 0, 0, 0]
    assert (found.groups[1].street, found.groups[1].street_share) == ("A", pytest.approx(2 / 3))
    assert (found.groups[0].street, found.groups[0].street_share) == ("C", 0.25)
    assert found.groups[1].centre_xy == (1030.0, 0.0)
    assert found.groups[1].radius_m == pytest.approx(30.0)


def test_names_may_come_from_a_function() -> None:
    found = group_reports(
        [[1000, 0], [1030, 0], [1060, 0]], name_of=lambda xy: np.array([f"{x:.0f} m" for x in xy[:, 0] // 100 * 100])
    )
    assert found.groups[0].street == "1000 m"
    with pytest.raises(NotUsable, match="one of the two"):
        group_reports([[1000, 0]], streets=["A"], name_of=lambda xy: xy)


def test_exactly_as_far_apart_is_near_enough() -> None:
    assert len(group_reports([[1000, 0], [1060, 0]], within_m=60.0, fewest=2).groups) == 1
    assert len(group_reports([[1000, 0], [1060.01, 0]], within_m=60.0, fewest=2).groups) == 0


def test_kinds_are_not_mixed() -> None:
    xy = [[1000, 0], [1010, 0], [1020, 0], [1000, 5], [1010, 5], [1020, 5]]
    found = group_reports(xy, kinds=["dark", "dark", "dark", "dog", "dog", "dog"])
    assert sets(found) == {frozenset({0, 1, 2}), frozenset({3, 4, 5})}
    assert {group.kind for group in found.groups} == {"dark", "dog"}
    assert len(group_reports(xy).groups) == 1


@pytest.mark.parametrize("grouping", list(Grouping))
def test_order_does_not_matter(grouping: Grouping) -> None:
    random = np.random.default_rng(5)
    centres = random.uniform(0, 3000, (6, 2))
    xy = np.concatenate([centres[which] + random.normal(0, 25, (8, 2)) for which in range(6)]) + 300_000
    order = random.permutation(len(xy))
    first = group_reports(xy, grouping=grouping)
    second = group_reports(xy[order], grouping=grouping)
    assert sets(first) == {frozenset(order[list(group)].tolist()) for group in sets(second)}
    assert len(first.groups) >= 5


@pytest.mark.parametrize("grouping", list(Grouping))
def test_few_equal_and_lonely_reports(grouping: Grouping) -> None:
    assert group_reports([], grouping=grouping).groups == ()
    assert group_reports([[5.0, 5.0]], grouping=grouping).alone == 1
    same = group_reports([[1000.0, 5.0]] * 4, grouping=grouping)
    assert sets(same) == {frozenset(range(4))}
    assert same.groups[0].radius_m == 0.0
    assert group_reports([[1000.0, 0], [2000, 0], [3500, 0], [9000, 0]], within_m=50.0).alone == 4


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(NotUsable, match="2 reports"):
        group_reports([[1000, 0]], fewest=1)
    with pytest.raises(NotUsable, match="kinds"):
        group_reports([[1000, 0], [2000, 0]], kinds=["dark"])
    with pytest.raises(LooksLikeDegrees):
        group_reports([[121.5, 25.0], [121.6, 25.1]])
