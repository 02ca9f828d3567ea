"""Vector tiles over a million points: against pgbench with the same query, and against tipg.

The points are spread over a city, four fifths of them in 200 clusters, and stored in the order of a space-filling
curve, as an import stores them. The app runs as it does for people, in a process of its own, driven by ``wrk`` over
eight connections; the runs alternate and medians are told, because machines are never quiet.
"""

import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import numpy as np
import psycopg
from numpy.typing import NDArray
from sqlalchemy.engine import make_url

from safemap.bench._scratch import scratch_database
from safemap.bench.measure import Measure
from safemap.errors import NotYetPossible, OutsideFailure
from safemap.settings import PROJECT_ROOT, Settings
from safemap.web.tile_sql import INCIDENTS_SQL

POINTS = 1_000_000
CLUSTERS = 200
CLUSTER_SPREAD_DEG = 0.008
CITY = (121.3, 24.85, 121.7, 25.21)  # west, south, east, north: 40 km by 40 km
TILES = 2000
ZOOMS = {14: 0.6, 15: 0.3, 16: 0.1}
CLIENTS = 8
ROUNDS = 2
RUN_S = 8
WARM_S = 2
TILES_PER_TRANSACTION = 20
SEED = 20
KINDS = np.array(["accident_a2", "theft_bicycle", "theft_motorcycle", "burglary", "accident_a1"])

TIPG_PATH = "/collections/public.incident/tiles/WebMercatorQuad/{}/{}/{}?properties=kind,occurred_at"

WRK_SCRIPT = """
local paths = {}
for line in io.lines(os.getenv("TILE_PATHS")) do paths[#paths + 1] = line end
local headers = {}
if os.getenv("TAKES_GZIP") then headers["Accept-Encoding"] = "gzip" end
math.randomseed(20)
request = function() return wrk.format("GET", paths[math.random(#paths)], headers) end
"""
# What a browser sends that has every tile already.
WRK_REVALIDATING_SCRIPT = """
local paths = {}
for line in io.lines(os.getenv("TILE_PATHS")) do
    local path, etag = line:match("^(%S+)%s+(.+)$")
    paths[#paths + 1] = {path, {["If-None-Match"] = etag, ["Accept-Encoding"] = "gzip"}}
end
math.randomseed(20)
request = function() local one = paths[math.random(#paths)] return wrk.format("GET", one[1], one[2]) end
"""


@dataclass(frozen=True)
class Tools:
    """The programs that a run needs."""

    wrk: str
    pgbench: str
    tipg_python: Path | None


def run(settings: Settings) -> list[Measure]:
    """Measure and tell; the scratch database is dropped at the end."""
    tools = _tools()
    rng = np.random.default_rng(SEED)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="safemap-bench-")))
        url = stack.enter_context(scratch_database(settings))
        lon, lat = points_of_a_city(rng, POINTS)
        _store(url, lon, lat, rng)
        tiles = tiles_at_points(rng, lon, lat, TILES)
        ours = stack.enter_context(_safemap(url, cache_mb=0))
        cached = stack.enter_context(_safemap(url, cache_mb=256))
        tipg = stack.enter_context(_tipg(tools.tipg_python, url)) if tools.tipg_python else None
        our_paths = [f"/tiles/incidents/{z}/{x}/{y}.mvt" for z, x, y in tiles]
        etags = [_etag(cached + path) for path in our_paths]  # fills the cache as well
        found: dict[str, list[float]] = {}
        for _ in range(ROUNDS):
            _note(found, "pgbench", _pgbench(tools, url, tiles, folder))
            _note(found, "ours", _wrk(tools, ours, our_paths, folder))
            if tipg:
                paths = [TIPG_PATH.format(*tile) for tile in tiles]
                _note(found, "tipg", _wrk(tools, tipg, paths, folder))
                told = [f"{path}&geom-column=geom_tile" for path in paths]
                _note(found, "tipg told", _wrk(tools, tipg, told, folder))
            _note(found, "cached", _wrk(tools, cached, our_paths, folder, takes_gzip=True))
            _note(found, "unchanged", _wrk(tools, cached, our_paths, folder, etags=etags))
        return _measures({name: statistics.median(values) for name, values in found.items()})


def _measures(median: Mapping[str, float]) -> list[Measure]:
    ours, pgbench, tipg, told = median["ours"], median["pgbench"], median.get("tipg"), median.get("tipg told")
    return [
        Measure(
            "tiles of 1,000,000 points, nothing kept",
            ours,
            "tiles/s",
            "at least 0.85 of pgbench",
            ours >= 0.85 * pgbench,
            pgbench,
            f"pgbench, same query, {CLIENTS} clients",
        ),
        Measure(
            "tiles of 1,000,000 points, nothing kept",
            ours,
            "tiles/s",
            "at least 2 times tipg",
            None if tipg is None else ours >= 2 * tipg,
            tipg,
            "tipg 1.6.1, same table and columns" if tipg else "tipg is not installed: the README says how",
        ),
        Measure(
            "tiles of 1,000,000 points, nothing kept",
            ours,
            "tiles/s",
            "at least 1.3 times tipg",
            None if told is None else ours >= 1.3 * told,
            told,
            "tipg 1.6.1, told of our stored plane" if told else "tipg is not installed: the README says how",
        ),
        Measure(
            "the same tiles kept, compressed",
            median["cached"],
            "tiles/s",
            "at least 5 times pgbench",
            median["cached"] >= 5 * pgbench,
            pgbench,
            "pgbench",
        ),
        Measure(
            "the same tiles unchanged (ETag, 304)",
            median["unchanged"],
            "tiles/s",
            "at least 5 times pgbench",
            median["unchanged"] >= 5 * pgbench,
            pgbench,
            "pgbench",
        ),
    ]


def points_of_a_city(rng: np.random.Generator, count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return longitudes and latitudes, four fifths in clusters, in the order of a Z curve."""
    west, south, east, north = CITY
    spread = count * 4 // 5
    centre = rng.integers(0, CLUSTERS, spread)
    centres_lon, centres_lat = rng.uniform(west, east, CLUSTERS), rng.uniform(south, north, CLUSTERS)
    lon = np.concatenate(
        [centres_lon[centre] + rng.normal(0, CLUSTER_SPREAD_DEG, spread), rng.uniform(west, east, count - spread)]
    )
    lat = np.concatenate(
        [centres_lat[centre] + rng.normal(0, CLUSTER_SPREAD_DEG, spread), rng.uniform(south, north, count - spread)]
    )
    column = ((lon - west + 0.05) / 0.5 * 65535).astype(np.uint64)
    row = ((lat - south + 0.05) / 0.5 * 65535).astype(np.uint64)
    order = np.argsort(_spread_bits(column) | _spread_bits(row) << np.uint64(1), kind="stable")
    return lon[order], lat[order]


def _spread_bits(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Put a zero between all bits of 16-bit numbers."""
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        values = (values | values << np.uint64(shift)) & np.uint64(mask)
    return values


def tiles_at_points(
    rng: np.random.Generator, lon: NDArray[np.float64], lat: NDArray[np.float64], count: int
) -> list[tuple[int, int, int]]:
    """Return tiles at random points: where people look, there is something."""
    chosen = rng.integers(0, len(lon), count)
    zooms = rng.choice(list(ZOOMS), count, p=list(ZOOMS.values()))
    sides = 2.0**zooms
    columns = (lon[chosen] + 180) / 360 * sides
    rows = (1 - np.arcsinh(np.tan(np.radians(lat[chosen]))) / np.pi) / 2 * sides
    return [(int(z), int(x), int(y)) for z, x, y in zip(zooms, np.floor(columns), np.floor(rows), strict=True)]


# Programs


def _tools() -> Tools:
    wrk, pgbench = shutil.which("wrk"), shutil.which("pgbench") or _newest_pgbench()
    if not wrk or not pgbench:
        raise NotYetPossible(
            "This benchmark needs wrk and pgbench.", remedy="Install them: apt install wrk postgresql-contrib."
        )
    peers = Path(os.environ.get("SAFEMAP_BENCH_PEERS") or PROJECT_ROOT / ".venv-bench") / "bin" / "python"
    return Tools(wrk, pgbench, peers if peers.exists() else None)


def _newest_pgbench() -> str:
    return max(map(str, Path("/usr/lib/postgresql").glob("*/bin/pgbench")), default="")


def _store(url: str, lon: NDArray[np.float64], lat: NDArray[np.float64], rng: np.random.Generator) -> None:
    kinds = KINDS[rng.integers(0, len(KINDS), len(lon))]
    moments = np.datetime64("2026-01-01T00:00") + rng.integers(0, 365 * 24 * 60, len(lon)).astype("timedelta64[m]")
    with psycopg.connect(url) as connection:
        columns = "source, source_id, kind, occurred_at, precision, place, killed, injured, accuracy_m, geom"
        with connection.cursor().copy(f"COPY incident ({columns}) FROM STDIN") as copy:
            for start in range(0, len(lon), 50_000):
                part = slice(start, start + 50_000)
                rows = zip(kinds[part], moments[part], lon[part], lat[part], strict=True)
                copy.write(
                    "".join(
                        f"bench\t{number}\t{kind}\t{moment}+08\tminute\t\t0\t1\t0\tPOINT({x} {y})\n"
                        for number, (kind, moment, x, y) in enumerate(rows, start)
                    )
                )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (FREEZE, ANALYZE) incident")


@contextmanager
def _server(arguments: list[str], environment: Mapping[str, str]) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [*arguments, "--host", "127.0.0.1", "--port", str(port), "--no-access-log", "--log-level", "warning"],
        env={**os.environ, **environment},
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/healthz", process)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(15)
        process.kill()
        process.wait()


def _safemap(url: str, cache_mb: int) -> AbstractContextManager[str]:
    return _server(
        [sys.executable, "-m", "uvicorn", "safemap.web.app:app_from_environment", "--factory"],
        {"SAFEMAP_DATABASE_URL": url, "SAFEMAP_TILE_CACHE_MB": str(cache_mb), "SAFEMAP_LOG_LEVEL": "warning"},
    )


def _tipg(python: Path, url: str) -> AbstractContextManager[str]:
    parts = make_url(url)
    query = {name: str(value) for name, value in parts.query.items()}
    host = quote(query.get("host") or parts.host or "127.0.0.1", safe="")
    port = query.get("port") or parts.port or 5432
    user = quote(parts.username or "", safe="") + (f":{quote(parts.password, safe='')}" if parts.password else "")
    return _server(
        [str(python), "-m", "uvicorn", "tipg.main:app"],
        {
            "DATABASE_URL": f"postgresql://{user}@{host}:{port}/{parts.database}",
            "DB_MIN_CONN_SIZE": str(CLIENTS),
            "DB_MAX_CONN_SIZE": str(CLIENTS),
            "TIPG_DB_TABLES": '["public.incident"]',
            "TIPG_DB_EXCLUDE_FUNCTION_SCHEMAS": '["public"]',
            "TIPG_TILE_BUFFER": "64",
            "TIPG_CATALOG_TTL": "0",
        },
    )


def _wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own server
            return
        time.sleep(0.1)
    raise OutsideFailure("A server for the benchmark did not start: {address}.", address=address)


def _etag(address: str) -> str:
    with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 - our own server
        return str(answer.headers["ETag"])


# Runs


def _wrk(
    tools: Tools,
    address: str,
    paths: list[str],
    folder: Path,
    *,
    etags: list[str] | None = None,
    takes_gzip: bool = False,
) -> float:
    """Return answers per second."""
    script, asked = folder / "drive.lua", folder / "paths.txt"
    script.write_text(WRK_REVALIDATING_SCRIPT if etags else WRK_SCRIPT)
    asked.write_text(
        "\n".join(f"{path} {etag}" for path, etag in zip(paths, etags, strict=True)) if etags else "\n".join(paths)
    )
    environment = {**os.environ, "TILE_PATHS": str(asked)} | ({"TAKES_GZIP": "1"} if takes_gzip else {})
    said = ""
    for seconds in (WARM_S, RUN_S):
        command = [tools.wrk, "-t1", f"-c{CLIENTS}", f"-d{seconds}s", "-s", str(script), address]
        said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise OutsideFailure("A server failed under load: {said}", said=" ".join(said.split()))
    return float(said.split("Requests/sec:")[1].split()[0])


def _pgbench(tools: Tools, url: str, tiles: list[tuple[int, int, int]], folder: Path) -> float:
    """Return tiles per second: twenty tiles a transaction, so that choosing them costs next to nothing."""
    names = [f"{letter}{number}" for number in range(TILES_PER_TRANSACTION) for letter in "zxy"]
    groups = np.array(tiles[: len(tiles) // TILES_PER_TRANSACTION * TILES_PER_TRANSACTION]).reshape(-1, len(names))
    with psycopg.connect(url) as connection:
        typed = ", ".join(f"{name} int" for name in names)
        connection.execute(
            f"DROP TABLE IF EXISTS bench_tiles; CREATE TABLE bench_tiles (n serial PRIMARY KEY, {typed})".encode()
        )
        with connection.cursor().copy(f"COPY bench_tiles ({', '.join(names)}) FROM STDIN".encode()) as copy:
            for group in groups.tolist():
                copy.write_row(group)
    query = " ".join(INCIDENTS_SQL.split())
    lines = [
        f"\\set n random(1, {len(groups)})",
        f"SELECT {', '.join(names)} FROM bench_tiles WHERE n = :n \\gset",  # noqa: S608 - our own names
        *(
            query.replace("$1", f":z{number}").replace("$2", f":x{number}").replace("$3", f":y{number}") + ";"
            for number in range(TILES_PER_TRANSACTION)
        ),
    ]
    script = folder / "tiles.sql"
    script.write_text("\n".join(lines) + "\n")
    said = ""
    for seconds in (WARM_S, RUN_S):
        command = [tools.pgbench, "-n", "-M", "prepared", f"-c{CLIENTS}", "-j1", f"-T{seconds}", "-f", str(script), url]
        environment = {**os.environ, "PGOPTIONS": "-c jit=off"}
        said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    return TILES_PER_TRANSACTION * float(said.split("tps = ")[1].split()[0])


def _note(found: dict[str, list[float]], name: str, value: float) -> None:
    found.setdefault(name, []).append(value)
