"""Ten million events by two processes on one machine: what it costs, beside one process and DuckDB's counting."""

import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from safemap.bench.hotspots import PEERS_MISSING, ask_peer
from safemap.bench.measure import Measure
from safemap.files.findings import Situation
from safemap.files.reading import parts_of, read_part
from safemap.files.rules import Choices, Method
from safemap.files.service import Answer, study_files
from safemap.files.spread import Here, OnDask, spread_over
from safemap.files.tallies import Tally, locate, tally
from safemap.geo.crs import TWD97_TM2_121, MetricPlane
from safemap.settings import Settings

EVENTS, PER_GROUP = 10_000_000, 500_000
WORKERS = 2
SIDE_M, CELL_M = 200_000.0, 500.0
CORNER = np.array([150_000.0, 2_500_000.0])
SEED = 1
T = TypeVar("T")


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock, and seconds of processors, those of all workers among them."""

    wall_s: float
    cpu_s: float


@dataclass(frozen=True, eq=False)
class Several:
    """What the workers did."""

    whole: Cost
    answer: Answer
    counting: Cost
    counts: NDArray[np.int64]
    largest_mb: float


def run(_settings: Settings) -> list[Measure]:
    """Count and test ten million events."""
    with tempfile.TemporaryDirectory(prefix="safemap-bench-") as folder:
        events, mask = _made_up(Path(folder))
        choices = Choices({}, crs=TWD97_TM2_121, mask=mask, cell_m=CELL_M)
        alone_cost, alone = _cost(lambda: study_files([events], Method.HOT_CELLS, choices, Here()))
        with spread_over(WORKERS, None) as spread:
            assert isinstance(spread, OnDask)
            several = _by_workers(spread, events, choices)
        grid = alone.situation.ground.studies[0].grid
        peer = ask_peer(
            "duckdb",
            path=np.array(str(events)),
            first_xy=grid.first_xy,
            cell_m=np.array(grid.cell_m),
            shape=np.array(grid.shape),
            threads=np.array(WORKERS),
        )
    is_same = bool(np.array_equal(several.counts, _counts(alone.situation)))
    is_same &= bool(np.array_equal(_chances(alone), _chances(several.answer)))
    whole = f"hot cells of {EVENTS:,} events, {WORKERS} workers, from the file to the last corrected chance"
    rule = "completes, with the counts and chances of one process"
    return [
        Measure(f"{whole}, wall", several.whole.wall_s, "s", rule, is_same, alone_cost.wall_s, "one process"),
        Measure(
            "the same, CPU of all processes", several.whole.cpu_s, "s", rule, is_same, alone_cost.cpu_s, "the same"
        ),
        *_beside_duckdb(several, peer),
        Measure("memory of the largest worker", several.largest_mb, "MB", "at most 4,000", several.largest_mb <= 4000),
    ]


def _beside_duckdb(several: Several, peer: dict[str, NDArray[Any]] | None) -> list[Measure]:
    if peer is None:
        known = ("the same counts; its cost is told", None, None, PEERS_MISSING)
        return [Measure("counting alone: reading, placing, adding up, wall", several.counting.wall_s, "s", *known)]
    is_same = bool(np.array_equal(peer["counts"], several.counts))
    name = f"DuckDB, {WORKERS} threads, floor() and GROUP BY"
    rule = "the same counts; its cost is told"
    wall_s, cpu_s = float(peer["seconds"]), float(peer["cpu_seconds"])
    counting = "counting alone: reading, placing, adding up"
    return [
        Measure(f"{counting}, wall", several.counting.wall_s, "s", rule, is_same, wall_s, name),
        Measure("the same, CPU of all", several.counting.cpu_s, "s", rule, is_same, cpu_s, name),
    ]


def _by_workers(spread: OnDask, events: Path, choices: Choices) -> Several:
    spread.gather(spread.map(_loaded, range(4 * WORKERS)))  # the libraries are no part of the work
    whole, answer = _cost(lambda: study_files([events], Method.HOT_CELLS, choices, spread), spread)
    situation = answer.situation

    def counting() -> Tally:
        read = spread.map(read_part, parts_of([events]), choices)
        located = spread.map(locate, read, situation.ground, Method.HOT_CELLS)
        found: Tally = spread.added(spread.map(tally, located, situation.ground, situation.wanted))
        return found

    counted, found = _cost(counting, spread)
    largest_mb = max(spread.client.run(_largest_mb).values())
    return Several(whole, answer, counted, found.counts[0].sum(axis=0), float(largest_mb))


def _loaded(_place: int) -> str:
    return study_files.__name__


def _largest_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def _cost(work: Callable[[], T], spread: OnDask | None = None) -> tuple[Cost, T]:
    def spent_s() -> float:
        return time.process_time() + (sum(spread.client.run(time.process_time).values()) if spread else 0.0)

    cpu_s, wall_s = spent_s(), time.perf_counter()
    result = work()
    return Cost(time.perf_counter() - wall_s, spent_s() - cpu_s), result


def _counts(situation: Situation) -> NDArray[np.int64]:
    return np.asarray(situation.tally.counts[0].sum(axis=0))


def _chances(answer: Answer) -> NDArray[np.float64]:
    return answer.found.frame["p_adjusted"].to_numpy(dtype=np.float64)


def _made_up(folder: Path) -> tuple[Path, Path]:
    """Half of the events anywhere in a square of 200 km, half around five hundred places; as a table in metres."""
    random = np.random.default_rng(SEED)
    centres = CORNER + random.uniform(0, SIDE_M, (500, 2))
    events, mask = folder / "events.parquet", folder / "mask.geojson"
    schema = pa.schema([("x", pa.float64()), ("y", pa.float64())])
    with pq.ParquetWriter(events, schema) as writer:
        for _ in range(EVENTS // PER_GROUP):
            half = PER_GROUP // 2
            around = centres[random.integers(0, len(centres), half)] + random.normal(0, 1500.0, (half, 2))
            anywhere = CORNER + random.uniform(0, SIDE_M, (half, 2))
            xy = np.concatenate([anywhere, around])
            writer.write_table(pa.table({"x": xy[:, 0], "y": xy[:, 1]}, schema=schema), row_group_size=PER_GROUP)
    plane = MetricPlane(TWD97_TM2_121)
    square = shapely.box(*CORNER, *(CORNER + SIDE_M))
    gpd.GeoDataFrame(geometry=[square], crs=plane.crs).to_crs("OGC:CRS84").to_file(mask)
    return events, mask
