"""Streets cut into segments, and samples on them."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from safemap.analysis.segments import Segments, cut_streets, sample_segments
from safemap.geo.crs import Metric


def cut(*lines: shapely.LineString, longest_m: float = 60.0, area: shapely.Polygon | None = None) -> Segments:
    nodes = np.arange(2 * len(lines)).reshape(-1, 2)
    return cut_streets(
        np.array(lines, dtype=object),
        nodes[:, 0],
        nodes[:, 1],
        longest_m=longest_m,
        area=None if area is None else Metric(area),
    )


def test_a_street_is_cut_into_equal_pieces_no_longer_than_allowed() -> None:
    pieces = cut(shapely.LineString([(0, 0), (130, 0)]))
    assert pieces.length_m == pytest.approx([130 / 3] * 3)
    assert [list(line.coords) for line in pieces.lines][1] == [
        (pytest.approx(43.3333, abs=1e-3), 0),
        (pytest.approx(86.6667, abs=1e-3), 0),
    ]


@pytest.mark.parametrize(("length_m", "pieces"), [(59.9, 1), (60.0, 1), (60.1, 2), (120.0, 2), (180.0, 3)])
def test_a_street_of_exactly_the_longest_length_stays_whole(length_m: float, pieces: int) -> None:
    diagonal = shapely.LineString([(250000.1, 2750000.2), (250000.1 + 0.6 * length_m, 2750000.2 + 0.8 * length_m)])
    assert len(cut(diagonal)) == pieces


def test_pieces_keep_bends_and_nodes() -> None:
    bent = shapely.LineString([(0, 0), (50, 0), (50, 50)])
    pieces = cut(bent, longest_m=40)
    assert shapely.union_all(pieces.lines).length == pytest.approx(100)
    assert (50, 0) in pieces.lines[1].coords
    assert pieces.from_node[0] == 0
    assert pieces.to_node[-1] == 1
    assert list(pieces.to_node[:-1]) == list(pieces.from_node[1:])
    assert (pieces.to_node[:-1] < 0).all()
    assert len(set(pieces.to_node[:-1])) == 2


def test_a_vertex_on_a_cut_is_the_cut() -> None:
    pieces = cut(shapely.LineString([(0, 0), (50, 0), (100, 0)]), longest_m=50)
    assert [len(line.coords) for line in pieces.lines] == [2, 2]


def test_cuts_of_two_streets_have_different_nodes() -> None:
    pieces = cut(shapely.LineString([(0, 0), (100, 0)]), shapely.LineString([(0, 9), (100, 9)]))
    inner = np.concatenate([pieces.from_node, pieces.to_node])
    assert len(set(inner[inner < 0])) == 2


def test_streets_without_length_give_nothing() -> None:
    pieces = cut(
        shapely.LineString([(5, 5), (5, 5)]), shapely.LineString(), shapely.LineString([(0, 0), (10, 0), (10, 0)])
    )
    assert list(pieces.edge) == [2]
    assert len(cut()) == 0
    assert len(sample_segments(cut())) == 0


def test_pieces_belong_to_an_area_by_their_middle_or_15_m_from_it() -> None:
    area = shapely.box(0, 0, 100, 100)
    inside = shapely.LineString([(10, 50), (20, 50)])
    on_the_border = shapely.LineString([(10, 100), (20, 100)])
    exactly_15_m_out = shapely.LineString([(10, 115), (20, 115)])
    farther = shapely.LineString([(10, 115.01), (20, 115.01)])
    leaving = shapely.LineString([(50, 50), (290, 50)])  # four pieces of 60 m with middles at x = 80, 140 …
    pieces = cut(inside, on_the_border, exactly_15_m_out, farther, leaving, area=area)
    assert list(pieces.edge) == [0, 1, 2, 4]


def test_samples_stand_at_the_middles_of_pieces_of_at_most_10_m() -> None:
    samples = sample_segments(cut(shapely.LineString([(0, 0), (25, 0)])))
    assert samples.xy.tolist() == [[pytest.approx(25 / 6), 0], [pytest.approx(12.5), 0], [pytest.approx(125 / 6), 0]]
    assert samples.length_m == pytest.approx([25 / 3] * 3)
    assert len(sample_segments(cut(shapely.LineString([(0, 0), (0.2, 0)])))) == 1


coordinate = st.floats(-500, 500).map(lambda value: round(value, 2))
line = st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=6).map(shapely.LineString)


@given(st.lists(line, max_size=5), st.floats(5, 200))
def test_cutting_loses_no_metre(lines: list[shapely.LineString], longest_m: float) -> None:
    pieces = cut(*lines, longest_m=longest_m)
    assert pieces.length_m.sum() == pytest.approx(sum(line.length for line in lines))
    assert (pieces.length_m <= longest_m * (1 + 1e-6)).all()
    assert (pieces.length_m > 0).all()
    samples = sample_segments(pieces)
    assert samples.length_m.sum() == pytest.approx(pieces.length_m.sum())
    assert (samples.length_m <= 10 * (1 + 1e-6)).all()
    ends = shapely.get_coordinates(shapely.get_point(pieces.lines, -1))[:-1]
    starts = shapely.get_coordinates(shapely.get_point(pieces.lines, 0))[1:]
    is_cut = pieces.to_node[:-1] < 0
    assert ends[is_cut] == pytest.approx(starts[is_cut])
