"""A network out of lines: cut where they share a vertex and nowhere else; nothing lost, nothing twice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safemap.geo.crs import GEOD
from safemap.imports.noding import cleaned, node_lines


def line(*points: tuple[float, float]) -> np.ndarray:
    return np.array(points, dtype=np.float64) * 0.001 + (121.5, 25.0)


def test_a_crossing_with_a_shared_vertex_is_a_junction_of_four_edges() -> None:
    network = node_lines([line((0, 1), (1, 1), (2, 1)), line((1, 0), (1, 1), (1, 2))])
    assert len(network.lines) == 4
    assert len(network.node_ids) == 5
    centre = np.bincount(np.concatenate([network.from_node, network.to_node])).argmax()
    assert network.node_points[centre].coords[0] == pytest.approx((121.501, 25.001))


def test_a_bridge_is_no_junction() -> None:
    network = node_lines([line((0, 1), (2, 1)), line((1, 0), (1, 2))])
    assert len(network.lines) == 2
    assert len(network.node_ids) == 4


def test_pieces_are_numbered_along_each_line() -> None:
    network = node_lines([line((0, 0), (1, 0), (2, 0), (3, 0)), line((1, 0), (1, 1)), line((2, 0), (2, 1))])
    assert list(zip(network.way.tolist(), network.piece.tolist(), strict=True)) == [
        (0, 0), (0, 1), (0, 2), (1, 0), (2, 0),
    ]  # fmt: skip


def test_a_ring_begins_and_ends_at_one_node() -> None:
    network = node_lines([line((0, 0), (1, 0), (1, 1), (0, 0))])
    assert network.from_node.tolist() == network.to_node.tolist() == [0]


def test_vertices_within_a_centimetre_are_one() -> None:
    first = line((0, 0), (1, 0))
    second = line((1, 0), (2, 0)) + 3e-8
    assert len(node_lines([first, second]).node_ids) == 3


def test_no_lines_no_network() -> None:
    network = node_lines([])
    assert (len(network.lines), len(network.node_ids)) == (0, 0)


def test_cleaning_takes_out_vertices_that_stand_still() -> None:
    assert len(cleaned(line((0, 0), (0, 0), (1, 0), (1, 0)))) == 2
    assert len(cleaned(line((0, 0), (0, 0)))) == 1


steps = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=8)


@given(st.lists(steps, min_size=1, max_size=6))
def test_cutting_keeps_all_length_and_every_node_is_an_end(drawn: list[list[tuple[int, int]]]) -> None:
    lines = [walked for walked in (cleaned(line(*points)) for points in drawn) if len(walked) >= 2]
    if not lines:
        return
    network = node_lines(lines)
    whole_m = sum(GEOD.line_length(walked[:, 0], walked[:, 1]) for walked in lines)
    assert network.length_m.sum() == pytest.approx(whole_m, rel=1e-9)
    assert set(network.from_node) | set(network.to_node) == set(range(len(network.node_ids)))
    for edge, start, end in zip(network.lines, network.from_node, network.to_node, strict=True):
        assert edge.coords[0] == network.node_points[start].coords[0]
        assert edge.coords[-1] == network.node_points[end].coords[0]
    inner = {point for edge in network.lines for point in list(edge.coords)[1:-1]}
    assert not inner & {node.coords[0] for node in network.node_points}
