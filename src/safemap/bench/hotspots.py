"""Hotspots: what is true on maps whose truth is known, and how fast, beside peers in the same run."""

import os
import subprocess
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import fft, ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from safemap.analysis.hotspots.exact import smallest_ratio
from safemap.analysis.hotspots.grid import Grid, Placed, grid_over, place_events
from safemap.analysis.hotspots.hot_cells import Null, hot_cells
from safemap.analysis.hotspots.kde import Edge, density_surface
from safemap.analysis.hotspots.near_repeat import near_repeats
from safemap.analysis.hotspots.scan import scan, scattered
from safemap.analysis.hotspots.streets import put_on_streets, street_density
from safemap.analysis.hotspots.windows import window_sums
from safemap.analysis.segments import Segments, cut_streets
from safemap.bench._hotspot_truth import EVENTS, KNOWN_POWER, false_alarms, found
from safemap.bench.diagnosis import made_up_village
from safemap.bench.measure import Measure
from safemap.geo.crs import Metric
from safemap.settings import PROJECT_ROOT, Settings

SEED = 20261125
FALSE_MAPS, PLANTED_MAPS = 4000, 1000
MOST_FALSE = 0.06
CORNER = np.array([300_000.0, 2_700_000.0])
PEERS_MISSING = "peers are not installed: the README says how"
T = TypeVar("T")


def run(_settings: Settings) -> list[Measure]:
    """Measure truth first, then speed, each with its correctness."""
    return [
        *truth(),
        *_village(),
        *_gi_star(),
        *_density(),
        *_scan(),
        *_near_repeats(),
        *_streets(),
    ]


def truth() -> list[Measure]:
    """Random maps with a hotspot, beside the textbook; planted hotspots that are found, beside what is known."""
    measures = []
    for events in EVENTS:
        alarms = false_alarms(events, FALSE_MAPS, SEED)
        measures.append(
            Measure(
                f"random maps of {events} events that show a hotspot",
                alarms.exact.value,
                "of maps",
                f"at most {MOST_FALSE:.2f}; upper end of its 95 % interval {alarms.exact.highest:.3f}",
                alarms.exact.highest <= MOST_FALSE,
                alarms.textbook_corrected.value,
                f"Gi*'s z, corrected; bare {alarms.textbook.value:.2f}",
            )
        )
    for events in EVENTS:
        ratio = smallest_ratio(events, 9 / 400, 400)
        share = found(events, ratio, PLANTED_MAPS, SEED)
        measures.append(
            Measure(
                f"maps of {events} events with {ratio:.1f} times the risk, what is said to be found in 4 of 5: found",
                share.value,
                "of maps",
                "at least 0.75",
                share.value >= 0.75,
            )
        )
    for (events, times), known in KNOWN_POWER.items():
        value = found(events, times, PLANTED_MAPS, SEED).value
        measures.append(
            Measure(
                f"maps of {events} events with {times} times the risk in 9 of 400 cells: found",
                value,
                "of maps",
                "as known, within 0.05",
                value >= known - 0.05,
                known,
                "when the method was chosen",
            )
        )
    return measures


def _village() -> list[Measure]:
    grid = _square(256, 10.0)
    xy = _clustered(10_000, 2560.0)

    def work() -> Any:
        hot = hot_cells(place_events(grid, xy), 15.0)
        return hot, density_surface(grid, xy, bandwidth_m=60.0)

    seconds, _ = best_cpu_s(work, 7)
    return [
        Measure(
            "a village: density, Gi*, exact chances, correction; 10,000 events, 256 × 256 cells, CPU",
            seconds,
            "s",
            "at most 0.05 s",
            seconds <= 0.05,
        )
    ]


def _gi_star() -> list[Measure]:
    counts = np.random.default_rng(SEED).negative_binomial(0.2, 0.5, (250, 200))
    grid = grid_over(Metric(shapely.box(*CORNER, *(CORNER + np.array([20_000, 25_000])))), 100.0)
    placed = Placed(grid, counts, np.zeros(0, dtype=np.int64), 0)
    # The null of the peer: the middle cell holds its count, the others change places.
    seconds, hot = best_cpu_s(lambda: hot_cells(placed, 150.0, null=Null.SHUFFLE_OTHERS), 7)
    by_exposure, _ = best_cpu_s(lambda: hot_cells(placed, 150.0), 7)
    peer = ask_peer("esda", counts=counts)
    errors = _errors_of_chances(counts, hot.p_value)
    return [
        Measure(
            "Gi* on 50,000 cells with exact chances (cells shuffled) and correction, CPU",
            seconds,
            "s",
            "at most 0.03 s, and at most 1/100 of the peer",
            None if peer is None else bool(seconds <= 0.03 and seconds * 100 <= peer["seconds"]),
            None if peer is None else float(peer["seconds"]),
            PEERS_MISSING if peer is None else "esda, 999 permutations, compiled, weights made before",
        ),
        Measure("the same by exposure, CPU", by_exposure, "s", "at most 0.03 s", by_exposure <= 0.03),
        Measure(
            "largest difference of z from the peer's",
            np.nan if peer is None else float(np.abs(hot.gi_star_z - peer["z"]).max()),
            "",
            "at most 1e-9",
            None if peer is None else bool(np.abs(hot.gi_star_z - peer["z"]).max() <= 1e-9),
        ),
        Measure(
            "chances of 300 cells against 20,000 deals each: largest difference in standard errors",
            errors,
            "",
            "at most 4.5",
            errors <= 4.5,
        ),
    ]


def _errors_of_chances(counts: NDArray[np.int64], p_value: NDArray[np.float64]) -> float:
    """Deal the eight neighbours of 300 cells out of all other cells, 20,000 times."""
    random = np.random.default_rng(SEED)
    histogram, deals, worst = np.bincount(counts.ravel()), 20_000, 0.0
    rows, columns = counts.shape
    for row, column in zip(random.integers(1, rows - 1, 300), random.integers(1, columns - 1, 300), strict=True):
        own = int(counts[row, column])
        others = histogram.copy()
        others[own] -= 1
        dealt = random.multivariate_hypergeometric(others, 8, size=deals) @ np.arange(len(others))
        there = int(counts[row - 1 : row + 2, column - 1 : column + 2].sum()) - own
        chance = float(p_value[row * columns + column])
        spread = max(np.sqrt(chance * (1 - chance) / deals), 1 / deals)
        worst = max(worst, abs(float((dealt >= there).mean()) - chance) / spread)
    return float(worst)


def _density() -> list[Measure]:
    grid = _square(512, 40.0)
    side_m, width_m = 512 * 40.0, 500.0
    xy = _clustered(1_000_000, side_m)
    limits = [[CORNER[0], CORNER[0] + side_m], [CORNER[1], CORNER[1] + side_m]]

    def plain() -> Any:
        counts, _, _ = np.histogram2d(xy[:, 0], xy[:, 1], bins=512, range=limits)
        return ndimage.gaussian_filter(counts, width_m / 40.0, mode="constant")

    ours_s, surface = best_cpu_s(lambda: density_surface(grid, xy, bandwidth_m=width_m, edge=Edge.NONE), 7)
    plain_s, smoothed = best_cpu_s(plain, 7)
    diggle = density_surface(grid, xy, bandwidth_m=width_m, edge=Edge.DIGGLE)
    places = np.random.default_rng(SEED).choice(len(grid), 60, replace=False)
    tree_s, exact = _exact_density(xy, grid.centres_xy()[places], width_m)
    tree_s *= len(grid) / len(places)
    ours = grid.of_cells(surface.per_km2)[places]
    peak = float(np.nanmax(surface.per_km2))
    error = float(np.abs(ours - exact).max() / peak)
    peers = float(np.abs(smoothed.T.ravel()[places] / 1600e-6 - exact).max() / peak)
    lost = abs(diggle.events / diggle.n - 1)
    return [
        Measure(
            "density of 1,000,000 events on 512 × 512 cells, CPU",
            ours_s,
            "s",
            "at most 1/3 of the peer",
            ours_s * 3 <= plain_s,
            plain_s,
            f"histogram2d and scipy.ndimage; its error {peers:.0e} of the peak",
        ),
        Measure(
            "the same, CPU",
            ours_s,
            "s",
            "at most 1/1,000 of the peer",
            ours_s * 1000 <= tree_s,
            tree_s,
            "scikit-learn's KernelDensity, exact, from 60 cells",
        ),
        Measure("its largest error at 60 cells, of the peak", error, "", "at most 1e-3", error <= 1e-3),
        Measure("events lost with Diggle's correction", lost, "of events", "at most 1e-6", lost <= 1e-6),
    ]


def _exact_density(
    xy: NDArray[np.float64], at: NDArray[np.float64], width_m: float
) -> tuple[float, NDArray[np.float64]]:
    from sklearn.neighbors import KernelDensity  # noqa: PLC0415 - a second to load

    tree = KernelDensity(bandwidth=width_m, kernel="gaussian").fit(xy)
    seconds, log_density = best_cpu_s(lambda: tree.score_samples(at), 1)
    return seconds, np.exp(log_density) * len(xy) * 1e6


def _scan() -> list[Measure]:
    grid = _square(64, 100.0)
    placed = place_events(grid, _clustered(500, 6400.0))
    radii_m = 100.0 * np.arange(1, 12)
    seconds, _ = best_cpu_s(lambda: scan(placed, seed=SEED, radii_m=radii_m), 2)
    maps = scattered(np.random.default_rng(SEED), np.full(4096, 1 / 4096), 500, 100).reshape(100, 64, 64)
    windows = [grid.window(radius) for radius in radii_m]
    ours_s, ours = best_cpu_s(lambda: [window_sums(maps, window) for window in windows], 3)
    peer_s, theirs = best_cpu_s(lambda: _sums_by_fft(maps, 11), 3)
    off = max(float(np.abs(one - other).max()) for one, other in zip(ours, theirs, strict=True))
    return [
        Measure(
            "scan of 64 × 64 cells, 11 radii, 999 random maps, 500 events, CPU",
            seconds,
            "s",
            "at most 5 s",
            seconds <= 5,
        ),
        Measure(
            "its sums over circles, of 100 maps, CPU",
            ours_s,
            "s",
            "the same sums, in at most 1.5 of the peer's time",
            bool(ours_s <= 1.5 * peer_s and off < 1e-6),
            peer_s,
            "by FFT",
        ),
    ]


def _sums_by_fft(maps: NDArray[np.int32], radii: int) -> list[NDArray[np.float64]]:
    """Sum over circles of 1 to `radii` cells."""
    size = fft.next_fast_len(maps.shape[1] + radii, real=True)
    spectrum = fft.rfft2(maps, s=(size, size))
    away = np.minimum(np.arange(size), size - np.arange(size))
    apart = np.hypot(away[:, None], away[None, :])
    discs = [fft.rfft2((apart <= radius).astype(np.float64)) for radius in range(1, radii + 1)]
    rows, columns = maps.shape[1:]
    return [fft.irfft2(spectrum * disc, s=(size, size))[:, :rows, :columns] for disc in discs]


def _near_repeats() -> list[Measure]:
    random = np.random.default_rng(SEED)
    xy, days = _clustered(12_000, 20_000.0), random.integers(0, 365, 12_000).astype(np.float64)
    far, late = [100, 200, 400, 600, 800], [7, 14, 21, 28]
    seconds, _ = best_cpu_s(
        lambda: near_repeats(xy, days, distance_edges_m=far, time_edges_days=late, seed=SEED, runs=99), 3
    )
    few, when = xy[:4000], days[:4000]
    # The peer's limits are inclusive, ours are not.
    one = [float(np.nextafter(200.0, 201.0))], [float(np.nextafter(14.0, 15.0))]
    few_s, ours = best_cpu_s(
        lambda: near_repeats(
            few, when, distance_edges_m=one[0], time_edges_days=one[1], seed=SEED, runs=99, same_place_m=0.0
        ),
        3,
    )
    peer = ask_peer("pointpats", xy=few, days=when, within_m=200.0, within_days=14.0)
    is_same = None if peer is None else int(peer["pairs"]) == int(ours.pairs[0, 0])
    return [
        Measure("near repeats of 12,000 events, 99 deals, 20 bands, CPU", seconds, "s", "at most 1 s", seconds <= 1),
        Measure(
            "near repeats of 4,000 events, 99 deals, 1 band, CPU",
            few_s,
            "s",
            "faster than the peer, with as many pairs",
            None if peer is None else bool(is_same and few_s < peer["seconds"]),
            None if peer is None else float(peer["seconds"]),
            PEERS_MISSING if peer is None else "pointpats",
        ),
    ]


def _streets() -> list[Measure]:
    pieces = _pieces(4)
    random = np.random.default_rng(SEED)
    xy = random.uniform(0, 2000 * np.sqrt(4), (10_000, 2))
    on = put_on_streets(pieces, xy)
    seconds, density = best_cpu_s(lambda: street_density(pieces, on, bandwidth_m=100.0), 5)
    peer_s = _bounded_dijkstra_s(pieces, on.piece[on.piece >= 0][:200], 300.0) * len(xy) / 200
    lost = abs(density.events / density.n - 1)
    memory = [_peak_bytes(times) for times in (1, 4)]
    growth = memory[1] / memory[0]
    return [
        Measure(
            f"density along streets, 10,000 events, {len(pieces):,} pieces, CPU",
            seconds,
            "s",
            "at most 1 s",
            seconds <= 1,
            peer_s,
            "scipy's Dijkstra to 300 m from each event alone, from 200",
        ),
        Measure("events lost along streets", lost, "of events", "at most 1e-6", lost <= 1e-6),
        Measure(
            "memory along streets, 4 times the pieces and events",
            memory[1] / 1e6,
            "MB",
            f"at most 4.4 times; is {growth:.2f} times",
            growth <= 4.4,
            memory[0] / 1e6 * 4,
            "4 times that of one",
        ),
    ]


def _pieces(times: int) -> Segments:
    streets = made_up_village(times).streets
    return cut_streets(streets.lines, streets.from_node, streets.to_node, longest_m=24.0)


def _bounded_dijkstra_s(pieces: Segments, start: NDArray[np.int64], reach_m: float) -> float:
    """One row of distances for each event: what a kernel by shortest paths begins with."""
    nodes, node = np.unique(np.concatenate([pieces.from_node, pieces.to_node]), return_inverse=True)
    from_node, to_node = node[: len(pieces)], node[len(pieces) :]
    graph = coo_array((pieces.length_m, (from_node, to_node)), shape=(len(nodes), len(nodes))).tocsr()
    return best_cpu_s(lambda: dijkstra(graph, directed=False, indices=from_node[start], limit=reach_m), 1)[0]


def _peak_bytes(times: int) -> int:
    pieces = _pieces(times)
    xy = np.random.default_rng(SEED).uniform(0, 2000 * np.sqrt(times), (2500 * times, 2))
    on = put_on_streets(pieces, xy)
    tracemalloc.start()
    street_density(pieces, on, bandwidth_m=100.0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def _square(side: int, cell_m: float) -> Grid:
    return grid_over(Metric(shapely.box(*CORNER, *(CORNER + side * cell_m))), cell_m)


def _clustered(number: int, side_m: float) -> NDArray[np.float64]:
    """Half of the events anywhere, half around fifty places."""
    random = np.random.default_rng(SEED)
    centres = random.uniform(0, side_m, (50, 2))
    around = centres[random.integers(0, 50, number // 2)] + random.normal(0, side_m / 60, (number // 2, 2))
    anywhere = random.uniform(0, side_m, (number - number // 2, 2))
    return np.asarray(np.concatenate([anywhere, np.mod(around, side_m)]) + CORNER)


def best_cpu_s(work: Callable[[], T], times: int) -> tuple[float, T]:
    """Run work so many times; return the least CPU seconds, and what it gave."""
    spent = []
    for _ in range(times):
        start = time.process_time()
        result = work()
        spent.append(time.process_time() - start)
    return min(spent), result


def ask_peer(name: str, **given: Any) -> dict[str, Any] | None:
    """Let a peer do the work in the environment that has it; None without one."""
    python = Path(os.environ.get("SAFEMAP_BENCH_PEERS") or PROJECT_ROOT / ".venv-bench") / "bin" / "python"
    if not python.exists():
        return None
    with tempfile.TemporaryDirectory(prefix="safemap-bench-") as folder:
        source, target = Path(folder) / "in.npz", Path(folder) / "out.npz"
        np.savez(source, **given)
        script = Path(__file__).with_name("_hotspot_peers.py")
        done = subprocess.run([python, script, name, source, target], check=False, capture_output=True, timeout=600)
        if done.returncode:
            return None
        with np.load(target) as answer:
            return dict(answer)
