"""Density along streets: hand-worked stars, all paths of a small network written out, conserved events, laws."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from safemap.analysis.hotspots.checks import LooksLikeDegrees, NotUsable
from safemap.analysis.hotspots.streets import put_on_streets, street_density
from safemap.analysis.segments import Segments, cut_streets

Line = list[tuple[float, float]]
H = 100.0
X0 = 42.0


def pieces_of(lines: list[Line], longest_m: float = 5.0) -> Segments:
    """Cut streets that meet where their ends do."""
    streets = np.array([shapely.LineString(line) for line in lines], dtype=object)
    ends = np.round([line[0] for line in lines] + [line[-1] for line in lines], 6)
    node = np.unique(ends, axis=0, return_inverse=True)[1].ravel()
    return cut_streets(streets, node[: len(lines)], node[len(lines) :], longest_m=longest_m)


def star(arms: int) -> Segments:
    angle = 2 * np.pi * np.arange(arms) / arms
    return pieces_of([[(0.0, 0.0), (1500 * np.cos(a), 1500 * np.sin(a))] for a in angle])


def middles(pieces: Segments) -> np.ndarray:
    return shapely.get_coordinates(shapely.line_interpolate_point(pieces.lines, 0.5, normalized=True))


@pytest.mark.parametrize("arms", [1, 2, 3, 4, 5])
def test_a_star_of_d_streets_is_the_closed_form(arms: int) -> None:
    """At r from a crossing of d streets, of an event at x0; one street is a dead end, two are a straight one.

    On its own street G(r − x0) + (2/d − 1) G(r + x0), on the others 2/d · G(r + x0) (McSwiggan et al. 2017).
    """
    pieces = star(arms)
    found = street_density(pieces, put_on_streets(pieces, [[X0, 0.0]]), bandwidth_m=H)
    r = np.hypot(*middles(pieces).T)
    through = 2 / arms * norm.pdf(r + X0, scale=H)
    own = norm.pdf(r - X0, scale=H) + (2 / arms - 1) * norm.pdf(r + X0, scale=H)
    exact = 1000 * np.where(pieces.edge == 0, own, through)
    assert np.abs(found.per_km - exact).max() / exact.max() < 1e-3


def test_a_cross_shares_out_what_passes_it() -> None:
    """Half of what reaches a crossing of four goes into each other arm; half of it comes back, less."""
    pieces = star(4)
    found = street_density(pieces, put_on_streets(pieces, [[X0, 0.0]]), bandwidth_m=H)
    events = np.bincount(pieces.edge, weights=found.per_km * pieces.length_m / 1000)
    passes = norm.sf(X0 / H)
    assert events[1:] == pytest.approx(np.full(3, passes / 2), abs=2e-4)
    assert events[0] == pytest.approx(1 - 1.5 * passes, abs=5e-4)


def test_density_is_continuous_at_crossings() -> None:
    pieces = star(5)
    found = street_density(pieces, put_on_streets(pieces, [[X0, 0.0], [7.0, 0.0]]), bandwidth_m=H)
    at_crossing = np.hypot(*middles(pieces).T) < 3.0
    assert np.ptp(found.per_km[at_crossing]) < 0.06 * found.per_km.max()


class Walks:
    """All walks from an event, as equal-split continuous kernels are defined (Okabe and Sugihara 2012, 9.3.3)."""

    def __init__(self, lines: list[Line], points: list[tuple[int, float]], to_m: float, width_m: float) -> None:
        self.lines, self.points, self.to_m, self.width_m = lines, points, to_m, width_m
        self.length_m = [float(np.hypot(*(np.array(line[1]) - line[0]))) for line in lines]
        self.ends: dict[tuple[float, float], list[tuple[int, int]]] = {}
        for edge, line in enumerate(lines):
            for side in (0, 1):
                self.ends.setdefault(line[side], []).append((edge, side))
        self.per_km = np.zeros(len(points))

    def start(self, edge: int, along_m: float) -> None:
        self._add(edge, lambda here: abs(here - along_m), 1.0)
        for side, away_m in ((0, along_m), (1, self.length_m[edge] - along_m)):
            self._meet(edge, side, away_m, 1.0)

    def _meet(self, edge: int, side: int, gone_m: float, part: float) -> None:
        """At the end of a street: 2/d into each street there, less 1 into the one that it came by."""
        meeting = self.ends[self.lines[edge][side]]
        for other, other_side in meeting:
            share = part * (2 / len(meeting) - ((other, other_side) == (edge, side)))
            if gone_m <= self.to_m and share != 0:
                length_m = self.length_m[other]
                self._add(other, lambda here, s=other_side, n=length_m: gone_m + (n - here if s else here), share)
                self._meet(other, 1 - other_side, gone_m + length_m, share)

    def _add(self, edge: int, distance_m: Callable[[float], float], part: float) -> None:
        for place, (where, here) in enumerate(self.points):
            if where == edge:
                self.per_km[place] += 1000 * part * norm.pdf(distance_m(here), scale=self.width_m)


def test_a_network_with_rings_and_dead_ends_is_all_paths_written_out() -> None:
    corners = [(float(x), float(y)) for x in (0, 50, 100) for y in (0, 50)]
    lines = [[a, b] for a in corners for b in corners if a < b and abs(a[0] - b[0]) + abs(a[1] - b[1]) == 50]
    lines.append([(100.0, 50.0), (130.0, 90.0)])  # a dead end
    pieces = pieces_of(lines, longest_m=1.0)
    source = lines.index([(50.0, 0.0), (50.0, 50.0)])
    found = street_density(pieces, put_on_streets(pieces, [[50.0, 13.0]]), bandwidth_m=20.0)
    some = np.arange(0, len(pieces), 7)
    streets = shapely.linestrings(lines)[pieces.edge[some]]
    along_m = shapely.line_locate_point(streets, shapely.points(middles(pieces)[some]))
    walks = Walks(lines, list(zip(pieces.edge[some].tolist(), along_m.tolist(), strict=True)), to_m=170.0, width_m=20.0)
    walks.start(source, 13.0)
    assert np.abs(found.per_km[some] - walks.per_km).max() / walks.per_km.max() < 2e-3


def town(seed: int, side: int = 6) -> Segments:
    random = np.random.default_rng(seed)
    at = {(x, y): tuple(np.array([x, y]) * 60.0 + random.uniform(-9, 9, 2)) for x in range(side) for y in range(side)}
    lines = [[at[x, y], at[x + dx, y + dy]] for x, y in at for dx, dy in ((1, 0), (0, 1)) if (x + dx, y + dy) in at]
    return pieces_of(lines, longest_m=12.0)


@given(st.integers(0, 2**32 - 1))
def test_every_event_counts_exactly_one(seed: int) -> None:
    random = np.random.default_rng(seed)
    pieces = town(seed)
    xy, weights, accuracy = random.uniform(0, 300, (40, 2)), random.uniform(0, 4, 40), random.choice([0, 20, 90], 40)
    on = put_on_streets(pieces, xy)
    found = street_density(pieces, on, bandwidth_m=80.0, weights=weights, accuracy_m=accuracy)
    assert found.events == pytest.approx(weights[on.piece >= 0].sum(), rel=1e-7)
    assert found.n + found.off == 40
    assert (found.per_km >= 0).all()


@given(st.integers(0, 2**32 - 1))
def test_order_and_place_on_earth_do_not_matter(seed: int) -> None:
    random = np.random.default_rng(seed)
    pieces, xy = town(seed), random.uniform(0, 300, (30, 2))
    order = random.permutation(len(pieces))
    moved = Segments(
        shapely.transform(pieces.lines[order], lambda part: part + 65_536),
        *(part[order] for part in (pieces.length_m, pieces.edge, pieces.from_node, pieces.to_node)),
    )
    here = street_density(pieces, put_on_streets(pieces, xy), bandwidth_m=50.0)
    there = street_density(moved, put_on_streets(moved, random.permutation(xy) + 65_536), bandwidth_m=50.0)
    assert there.per_km == pytest.approx(here.per_km[order], rel=1e-4, abs=1e-6)


def test_an_event_at_a_crossing_is_the_same_on_every_street() -> None:
    pieces = star(4)
    found = street_density(pieces, put_on_streets(pieces, [[0.0, 0.0]]), bandwidth_m=H)
    of_arm = found.per_km.reshape(4, -1)
    assert of_arm == pytest.approx(np.broadcast_to(of_arm[0], of_arm.shape))


def test_short_steps_between_streets_change_nothing_much() -> None:
    """A straight street with a mapper's half-metre pieces in it is a straight street."""
    steps = np.linspace(-850, 950, 7)
    ends = np.unique(np.concatenate([np.linspace(-1500, 1500, 31), steps, steps + 0.4]))
    pieces = pieces_of([[(a, 0.0), (b, 0.0)] for a, b in pairwise(ends.tolist())], longest_m=10.0)
    assert pieces.length_m.min() < 0.5
    found = street_density(pieces, put_on_streets(pieces, [[33.0, 0.0]]), bandwidth_m=H)
    exact = 1000 * norm.pdf(middles(pieces)[:, 0] - 33.0, scale=H)
    long = pieces.length_m > 1
    assert np.abs(found.per_km - exact)[long].max() / exact.max() < 0.02
    assert found.events == pytest.approx(1.0)


def test_streets_that_do_not_meet_share_nothing() -> None:
    pieces = pieces_of([[(0, 0), (500, 0)], [(0, 8), (500, 8)]])
    found = street_density(pieces, put_on_streets(pieces, [[250.0, 1.0]]), bandwidth_m=50.0)
    assert found.per_km[pieces.edge == 1].max() == 0
    assert found.per_km[pieces.edge == 0].max() > 7


def test_a_street_of_nothing_but_inches_keeps_its_event() -> None:
    pieces = pieces_of([[(0, 0), (500, 0)], [(0, 100), (0.3, 100)], [(0.3, 100), (0.5, 100)]])
    found = street_density(pieces, put_on_streets(pieces, [[0.2, 100.0], [250.0, 0.0]]), bandwidth_m=50.0)
    assert found.events == pytest.approx(2.0)
    assert (found.per_km * pieces.length_m / 1000)[pieces.edge > 0].sum() == pytest.approx(1.0)


def test_a_ring_of_one_piece_and_a_loop() -> None:
    ring = shapely.Point(0, 0).buffer(30, quad_segs=16).exterior
    pieces = cut_streets(np.array([ring], dtype=object), np.array([0]), np.array([0]), longest_m=10.0)
    found = street_density(pieces, put_on_streets(pieces, [[30.0, 0.0]]), bandwidth_m=200.0)
    assert found.per_km == pytest.approx(np.full(len(pieces), 1000 / ring.length), rel=1e-3)
    whole = cut_streets(np.array([ring], dtype=object), np.array([0]), np.array([0]), longest_m=1000.0)
    assert street_density(whole, put_on_streets(whole, [[30.0, 0.0]]), bandwidth_m=400.0).events == pytest.approx(1.0)


def test_events_are_moved_to_the_nearest_street_within_reach() -> None:
    pieces = pieces_of([[(0, 0), (100, 0)]], longest_m=200.0)
    on = put_on_streets(pieces, [[20.0, 30.0], [20.0, 30.01], [-30.0, 0.0]], reach_m=30.0)
    assert on.piece.tolist() == [0, -1, 0]
    assert on.distance_m[[0, 2]].tolist() == [30.0, 30.0]
    assert on.along_m.tolist() == [20.0, 0.0, 0.0]
    assert on.off == 1


def test_nothing_at_all() -> None:
    pieces = pieces_of([[(0, 0), (100, 0)]])
    nothing = street_density(pieces, put_on_streets(pieces, []), bandwidth_m=50.0)
    assert (nothing.per_km == 0).all()
    bare = cut_streets(np.empty(0, dtype=object), np.zeros(0, dtype=int), np.zeros(0, dtype=int))
    assert street_density(bare, put_on_streets(bare, [[1000.0, 5.0]]), bandwidth_m=50.0).off == 1


def test_what_makes_no_sense_is_refused() -> None:
    pieces = pieces_of([[(0, 0), (100, 0)]], longest_m=50.0)
    with pytest.raises(NotUsable, match="cut shorter"):
        street_density(pieces, put_on_streets(pieces, [[50.0, 0.0]]), bandwidth_m=60.0)
    with pytest.raises(NotUsable, match="no finite number"):
        put_on_streets(pieces, [[np.nan, 0.0]])
    far = pieces_of([[(300_000, 2_700_000), (300_100, 2_700_000)]])
    with pytest.raises(LooksLikeDegrees):
        put_on_streets(far, [[121.5, 25.0], [121.6, 25.1]])
