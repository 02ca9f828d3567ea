"""Imports: a million points beside a bare binary COPY and beside ogr2ogr; memory for a whole city's extract.

Every run fills the real, empty table ``incident`` (five indexes, checks, a generated geometry) of a scratch database
and commits; the runs alternate and medians are told, because machines are never quiet. All three start from the
same points; ours and ogr2ogr also read and check them from a CSV file, the bare COPY has them in memory already.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psycopg
import shapely
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pyarrow import csv, table
from sqlalchemy.orm import Session

from safemap.bench._scratch import scratch_database
from safemap.bench.measure import Measure
from safemap.db.copy import Column, Kind
from safemap.db.merging import copy_rows
from safemap.db.server import plain_url
from safemap.db.session import engine_for, unit_of_work
from safemap.imports.incidents import import_incidents
from safemap.imports.report import ImportReport
from safemap.settings import Settings

POINTS = 1_000_000
ROUNDS = 3
SEED = 20261124
EXTRACT_VARIABLE = "BENCH_OSM_FILE"  # an .osm.pbf, say central Helsinki's
MEMORY_LIMIT_MB = 500.0
WEST, SOUTH, EAST, NORTH = 120.2, 22.6, 121.9, 25.2
KINDS = np.array(["accident_a1", "accident_a2", "theft_bicycle", "burglary"], dtype=object)
# The import of an extract, alone in a process of its own, that says how much memory it took at most.
MEASURED_IMPORT = """
import sys
from pathlib import Path
from safemap.db.session import engine_for, unit_of_work
from safemap.imports.osm import import_osm
from safemap.imports.report import ImportReport
with unit_of_work(engine_for(sys.argv[2])) as session:
    import_osm(session, Path(sys.argv[1]), ImportReport("osm", [sys.argv[1]]), village="Bench")
# Not ru_maxrss: that remembers the process that this one was forked from.
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(int(peak.split()[1]) / 1024)
"""


def run(settings: Settings) -> list[Measure]:
    """Measure and tell; the scratch database is dropped at the end."""
    with tempfile.TemporaryDirectory(prefix="safemap-bench-") as folder, scratch_database(settings) as url:
        columns = made_up_points(POINTS)
        file = Path(folder) / "points.csv"
        write_csv(columns, file)
        memory = _memory(url)
        _timed_bare_copy(url, columns)  # the first one finds everything cold
        seconds: dict[str, list[float]] = {}
        for _ in range(ROUNDS):
            seconds.setdefault("bare", []).append(_timed_bare_copy(url, columns))
            seconds.setdefault("ours", []).append(_timed_import(url, file))
        if shutil.which("ogr2ogr"):
            _drop_generated_column(url)
            for _ in range(ROUNDS):
                seconds.setdefault("ogr2ogr", []).append(_timed_ogr2ogr(url, file))
                seconds.setdefault("ours beside ogr2ogr", []).append(_timed_import(url, file))
        rate = {name: POINTS / statistics.median(spent) for name, spent in seconds.items()}
        return [*_measures(rate), memory]


def _measures(rate: dict[str, float]) -> list[Measure]:
    name = f"{POINTS:,} incidents from CSV into the empty table"
    beside_copy = Measure(
        name,
        rate["ours"],
        "rows/s",
        "at least 0.8 of the peer",
        rate["ours"] >= 0.8 * rate["bare"],
        rate["bare"],
        "bare binary COPY from memory, same table and indexes",
    )
    if "ogr2ogr" not in rate:
        missing = "ogr2ogr is not installed: gdal-bin"
        return [beside_copy, Measure(name, rate["ours"], "rows/s", "at least 2 times ogr2ogr", None, None, missing)]
    ours, peer = rate["ours beside ogr2ogr"], rate["ogr2ogr"]
    beside_ogr = Measure(
        f"{name}, without geom_tile",
        ours,
        "rows/s",
        "at least 2 times the peer",
        ours >= 2 * peer,
        peer,
        "ogr2ogr PG_USE_COPY=YES, same table and indexes",
    )
    return [beside_copy, beside_ogr]


def made_up_points(count: int) -> list[Column]:
    """Incidents all over the main island, as columns of their table."""
    rng = np.random.default_rng(SEED)
    seconds = rng.integers(0, 365 * 86_400, count).astype("timedelta64[s]")
    lonlat = np.column_stack([rng.uniform(WEST, EAST, count), rng.uniform(SOUTH, NORTH, count)]).round(6)
    return [
        Column("source", Kind.TEXT, np.full(count, "points", dtype=object)),
        Column("source_id", Kind.TEXT, np.array([f"p{number}" for number in range(count)], dtype=object)),
        Column("kind", Kind.TEXT, KINDS[rng.integers(0, len(KINDS), count)]),
        Column("occurred_at", Kind.TIMESTAMPTZ, np.datetime64("2025-01-01T00:00:00", "us") + seconds),
        Column("occurred_until", Kind.TIMESTAMPTZ, np.full(count, np.datetime64("NaT"), dtype="datetime64[us]")),
        Column("precision", Kind.TEXT, np.full(count, "minute", dtype=object)),
        Column("place", Kind.TEXT, np.full(count, "路口", dtype=object)),
        Column("killed", Kind.INT2, np.zeros(count, dtype=np.int64)),
        Column("injured", Kind.INT2, rng.integers(0, 3, count)),
        Column("accuracy_m", Kind.FLOAT8, rng.integers(0, 30, count).astype(np.float64)),
        Column("geom", Kind.GEOMETRY, np.asarray(shapely.points(lonlat), dtype=object)),
    ]


def write_csv(columns: list[Column], file: Path) -> None:
    """Write the same points in safemap's own form."""
    values = {column.name: column.values for column in columns}
    coords = shapely.get_coordinates(values["geom"])
    moments = np.char.add(np.datetime_as_string(values["occurred_at"], unit="s"), "+00:00")
    csv.write_csv(
        table(
            {
                "id": values["source_id"],
                **{
                    name: values[name]
                    for name in ("source", "kind", "precision", "place", "killed", "injured", "accuracy_m")
                },
                "occurred_at": moments,
                "lon": coords[:, 0],
                "lat": coords[:, 1],
            }
        ),
        file,
    )


def _timed_bare_copy(url: str, columns: list[Column]) -> float:
    _empty(url)
    with psycopg.connect(plain_url(url)) as connection:
        began = time.perf_counter()
        copy_rows(connection, "incident", columns)
        connection.commit()
        return time.perf_counter() - began


def _timed_import(url: str, file: Path) -> float:
    _empty(url)
    began = time.perf_counter()
    with unit_of_work(engine_for(url)) as session:
        _import(session, file)
    return time.perf_counter() - began


def _import(session: Session, file: Path) -> None:
    report = ImportReport("incidents", [file.name])
    import_incidents(session, file, report)
    assert report.kept == report.tables["incident"].added == POINTS


def _drop_generated_column(url: str) -> None:
    """COPY by ogr2ogr names every column, which a generated one forbids."""
    _empty(url)
    with psycopg.connect(plain_url(url), autocommit=True) as connection:
        connection.execute("ALTER TABLE incident DROP COLUMN geom_tile")


def _timed_ogr2ogr(url: str, file: Path) -> float:
    _empty(url)
    began = time.perf_counter()
    subprocess.run(
        [
            "ogr2ogr", "-append", "-f", "PostgreSQL", f"PG:{ogr_connection(url)}", str(file), "-nln", "incident",
            "-sql", OGR_STATEMENT.format(layer=file.stem), "-a_srs", "EPSG:4326", "-oo", "X_POSSIBLE_NAMES=lon",
            "-oo", "Y_POSSIBLE_NAMES=lat", "-oo", "AUTODETECT_TYPE=YES", "-oo", "KEEP_GEOM_COLUMNS=NO",
        ],
        check=True,
        env={**os.environ, "PG_USE_COPY": "YES"},
        capture_output=True,
    )  # fmt: skip
    spent = time.perf_counter() - began
    with psycopg.connect(plain_url(url), autocommit=True) as connection:
        stored = connection.execute("SELECT count(*) FROM incident WHERE geom IS NOT NULL").fetchone()
        assert stored == (POINTS,)
    return spent


OGR_STATEMENT = (
    "SELECT source, id AS source_id, kind, occurred_at, precision, place, killed, injured, accuracy_m, "
    '"_ogr_geometry_" AS geom FROM {layer}'
)


def ogr_connection(url: str) -> str:
    """Return a database's address in the words that GDAL passes on to libpq."""
    words = {name: str(value) for name, value in conninfo_to_dict(plain_url(url)).items() if value is not None}
    return make_conninfo("", **words)


def _empty(url: str) -> None:
    with psycopg.connect(plain_url(url), autocommit=True) as connection:
        connection.execute("TRUNCATE incident")
        connection.execute("CHECKPOINT")


def _memory(url: str) -> Measure:
    name, wanted = "memory of importing a whole extract", f"below {MEMORY_LIMIT_MB:.0f} MB"
    file = Path(os.environ.get(EXTRACT_VARIABLE, ""))
    if not file.is_file():
        return Measure(f"{name} (skipped: {EXTRACT_VARIABLE} names no .osm.pbf)", float("nan"), "MB", wanted, None)
    told = subprocess.run(
        [sys.executable, "-c", MEASURED_IMPORT, str(file), url], check=True, capture_output=True, text=True
    )
    peak_mb = float(told.stdout)
    return Measure(f"{name}, {file.name}", peak_mb, "MB", wanted, peak_mb < MEMORY_LIMIT_MB)
