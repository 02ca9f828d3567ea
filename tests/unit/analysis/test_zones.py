"""Dead zones: named runs, ranking, the longest dark way."""

import numpy as np
import pytest
import shapely

from safemap.analysis.segments import Segments, cut_streets, sample_segments
from safemap.analysis.zones import Zone, dead_zones, longest_gap_m, street_beside

Row = tuple[str, int, int, tuple[float, float], tuple[float, float]]


def network(*rows: Row, longest_m: float = 1000.0) -> tuple[Segments, np.ndarray]:
    """Of name, from node, to node, and the two ends."""
    segments = cut_streets(
        np.array([shapely.LineString([start, end]) for *_, start, end in rows], dtype=object),
        np.array([row[1] for row in rows]),
        np.array([row[2] for row in rows]),
        longest_m=longest_m,
    )
    return segments, np.array([row[0] for row in rows], dtype=object)[segments.edge]


STRAIGHT = (
    ("永和巷", 0, 1, (0, 0), (50, 0)),
    ("永和巷", 1, 2, (50, 0), (100, 0)),
    ("永和巷", 2, 3, (100, 0), (150, 0)),
    ("中正路", 2, 4, (100, 0), (100, 80)),
)


def zones_of(
    rows: tuple[Row, ...],
    density: list[float] | None = None,
    guardianship: list[float] | None = None,
    dead: list[bool] | None = None,
    **options: float,
) -> list[Zone]:
    segments, names = network(*rows)
    return dead_zones(
        segments,
        names,
        np.array(density or [10.0] * len(rows)),
        np.array(guardianship or [0.0] * len(rows)),
        np.array(dead or [True] * len(rows)),
        **options,
    )


def test_segments_of_one_name_that_meet_are_one_zone() -> None:
    zones = zones_of(STRAIGHT)
    assert [(zone.street, zone.length_m) for zone in zones] == [("中正路", 80.0), ("永和巷", 150.0)]


def test_a_watched_segment_parts_a_street_into_two_zones() -> None:
    zones = zones_of(STRAIGHT, dead=[True, False, True, False])
    assert [zone.segments.tolist() for zone in zones] == [[0], [2]]


def test_the_score_is_what_nobody_watches_by_length() -> None:
    zone = zones_of(STRAIGHT, [10, 20, 40, 0], [0, 0.5, 0.25, 0], [True, True, True, False])[0]
    assert zone.density_per_km == pytest.approx((10 + 20 + 40) / 3)
    assert zone.guardianship == pytest.approx(0.25)
    assert zone.score == pytest.approx((10 + 10 + 30) / 3)


def test_the_worst_zone_is_first_and_equal_ones_go_by_name() -> None:
    assert [zone.street for zone in zones_of(STRAIGHT, [10, 10, 10, 30])] == ["中正路", "永和巷"]
    assert [zone.street for zone in zones_of(STRAIGHT, [30, 30, 30, 10])] == ["永和巷", "中正路"]


def test_a_nameless_way_alongside_belongs_to_the_road() -> None:
    footway = ("", 7, 8, (0, 25), (50, 25))
    passage = ("", 3, 9, (150, 0), (150, 60))
    zones = zones_of((*STRAIGHT[:3], footway, passage))
    assert [(zone.street, zone.length_m, len(zone.segments)) for zone in zones] == [("永和巷", 150.0, 5)]


def test_a_nameless_way_that_leads_away_is_a_zone_beside_a_street() -> None:
    rows = (*STRAIGHT, ("", 3, 9, (150, 0), (150, 90)))
    assert sorted(zone.street for zone in zones_of(rows)) == ["", "中正路", "永和巷"]
    zones = zones_of(rows, dead=[False, False, False, False, True])
    assert [(zone.street, zone.length_m) for zone in zones] == [("", 90.0)]
    assert street_beside(*network(*rows), zones[0]) == "永和巷"
    assert street_beside(*network(*rows), zones_of(STRAIGHT)[0]) == ""


def test_a_nameless_way_far_off_is_named_by_the_nearest_street_within_300_m() -> None:
    path = ("", 7, 8, (0, 200), (50, 200))
    rows = (*STRAIGHT[:3], path)
    zone = zones_of(rows, dead=[False, False, False, True])[0]
    assert street_beside(*network(*rows), zone) == "永和巷"
    far = (*STRAIGHT[:3], ("", 7, 8, (0, 301), (50, 301)))
    assert street_beside(*network(*far), zones_of(far, dead=[False, False, False, True])[0]) == ""


def test_two_carriageways_are_one_road() -> None:
    rows = (("大道", 0, 1, (0, 0), (90, 0)), ("大道", 2, 3, (0, 30), (90, 30)), ("大道", 4, 5, (0, 61), (90, 61)))
    assert [zone.segments.tolist() for zone in zones_of(rows)] == [[0, 1], [2]]


def test_stubs_are_no_zones() -> None:
    stub = (("短巷", 0, 1, (0, 0), (19.9, 0)), ("整巷", 2, 3, (0, 9), (20, 9)))
    assert [zone.street for zone in zones_of(stub)] == ["整巷"]
    assert zones_of(STRAIGHT, dead=[False] * 4) == []


def test_the_list_is_the_same_however_streets_are_stored() -> None:
    random = np.random.default_rng(7)
    side = 8
    rows: list[Row] = []
    for x in range(side):
        for y in range(side):
            if x < side - 1:
                rows.append((f"橫{y}", x * side + y, (x + 1) * side + y, (x * 50, y * 50), (x * 50 + 50, y * 50)))
            if y < side - 1:
                name = "" if x == 3 else f"直{x}"
                rows.append((name, x * side + y, x * side + y + 1, (x * 50, y * 50), (x * 50, y * 50 + 50)))
    density, watched = random.integers(1, 6, len(rows)) * 10.0, random.random(len(rows)).round(1)
    dead = random.random(len(rows)) < 0.6
    order = random.permutation(len(rows))
    one = zones_of(tuple(rows), density.tolist(), watched.tolist(), dead.tolist())
    other = zones_of(
        tuple(rows[place] for place in order), density[order].tolist(), watched[order].tolist(), dead[order].tolist()
    )
    assert len(one) > 8
    assert [(zone.street, zone.length_m) for zone in one] == [
        (zone.street, pytest.approx(zone.length_m)) for zone in other
    ]
    assert [zone.score for zone in one] == pytest.approx([zone.score for zone in other])


def gap(rows: tuple[Row, ...], is_lit: object, longest_m: float = 60.0) -> float:
    segments, _ = network(*rows, longest_m=longest_m)
    samples = sample_segments(segments)
    lit = np.array([is_lit(x, y) for x, y in samples.xy])  # type: ignore[operator]
    return longest_gap_m(segments, samples, np.arange(len(segments)), lit)


ALONG = (("巷", 0, 1, (0, 0), (100, 0)),)


class TestLongestGap:
    def test_all_dark_is_the_whole_length(self) -> None:
        assert gap(ALONG, lambda x, y: False) == pytest.approx(100)

    def test_all_lit_is_none(self) -> None:
        assert gap(ALONG, lambda x, y: True) == 0

    def test_it_is_the_longest_run_between_lit_pieces(self) -> None:
        assert gap(ALONG, lambda x, y: 20 < x < 40) == pytest.approx(60)

    def test_it_runs_through_cuts_and_nodes(self) -> None:
        rows = (("巷", 0, 1, (0, 0), (70, 0)), ("巷", 2, 1, (150, 0), (70, 0)))
        assert gap(rows, lambda x, y: x > 140) == pytest.approx(140)

    def test_of_a_fork_the_two_longest_arms_count(self) -> None:
        rows = (
            ("巷", 0, 1, (0, 0), (50, 0)),
            ("巷", 1, 2, (50, 0), (50, 40)),
            ("巷", 1, 3, (50, 0), (50, -20)),
        )
        assert gap(rows, lambda x, y: False) == pytest.approx(90)

    def test_a_ring_is_walked_half_way_round_and_a_little(self) -> None:
        ring = (("弄", 0, 1, (0, 0), (40, 0)), ("弄", 1, 0, (40, 0), (0, 0)))
        assert 40 <= gap(ring, lambda x, y: False) <= 60

    def test_a_street_from_a_node_to_itself(self) -> None:
        loop = cut_streets(
            np.array([shapely.LineString([(0, 0), (4, 0), (4, 4), (0, 0)])], dtype=object), np.array([5]), np.array([5])
        )
        samples = sample_segments(loop)
        dark = np.zeros(len(samples), dtype=bool)
        assert longest_gap_m(loop, samples, np.arange(1), dark) == pytest.approx(loop.length_m[0], abs=5.1)
