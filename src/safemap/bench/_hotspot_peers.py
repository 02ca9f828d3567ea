"""What peers need for the same work: run by a Python that has them, so it knows nothing of safemap.

``python _hotspot_peers.py NAME IN.npz OUT.npz`` writes CPU seconds, best of so many, and the answer.
"""

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np


def best_cpu_s(work: Callable[[], Any], times: int) -> tuple[float, Any]:
    """Run work so many times; return the least CPU seconds, and what it gave."""
    spent, result = np.inf, None
    for _ in range(times):
        start = time.process_time()
        result = work()
        spent = min(spent, time.process_time() - start)
    return spent, result


def esda_gi_star(given: Any) -> dict[str, Any]:
    """Gi* of PySAL's esda on a grid of queens, 999 permutations; compiled and with its weights made beforehand."""
    from esda.getisord import G_Local  # noqa: PLC0415 - a peer, there or not
    from libpysal.weights import fill_diagonal, lat2W  # noqa: PLC0415

    counts = given["counts"]
    weights = fill_diagonal(lat2W(*counts.shape, rook=False), 1.0)

    def run(permutations: int) -> Any:
        values = counts.ravel().astype(float)
        known = {"transform": "B", "star": True, "n_jobs": 1, "seed": 1, "keep_simulations": False}
        return G_Local(values, weights, permutations=permutations, **known)

    run(9)
    seconds, found = best_cpu_s(lambda: run(999), 2)
    return {"seconds": seconds, "z": found.Zs}


def pointpats_knox(given: Any) -> dict[str, Any]:
    """Knox of PySAL's pointpats, 99 deals."""
    from pointpats.spacetime import Knox  # noqa: PLC0415 - a peer, there or not

    def run() -> Any:
        days, delta, tau = given["days"].reshape(-1, 1).copy(), float(given["within_m"]), float(given["within_days"])
        return Knox(given["xy"].copy(), days, delta=delta, tau=tau, permutations=99)

    seconds, found = best_cpu_s(run, 1)
    return {"seconds": seconds, "pairs": found.statistic_}


def duckdb_counting(given: Any) -> dict[str, Any]:
    """Count a Parquet file's events by cell in DuckDB: wall seconds, the file read in each run."""
    import duckdb  # noqa: PLC0415 - a peer, there or not

    (first_x, first_y), cell_m = given["first_xy"].tolist(), float(given["cell_m"])
    rows, columns = given["shape"].tolist()
    query = f"""
        SELECT CAST(floor((y - {first_y!r}) / {cell_m!r} + 0.5) AS INTEGER) AS r,
               CAST(floor((x - {first_x!r}) / {cell_m!r} + 0.5) AS INTEGER) AS c, count(*) AS n
        FROM read_parquet(?) GROUP BY r, c HAVING r >= 0 AND r < {rows} AND c >= 0 AND c < {columns}
    """  # noqa: S608 - numbers of our own
    database = duckdb.connect(config={"threads": int(given["threads"])})
    spent, cpu, found = np.inf, np.inf, {}
    for _ in range(3):
        start, cpu_start = time.perf_counter(), time.process_time()
        found = database.execute(query, [str(given["path"])]).fetchnumpy()
        spent, cpu = min(spent, time.perf_counter() - start), min(cpu, time.process_time() - cpu_start)
    counts = np.zeros((rows, columns), dtype=np.int64)
    counts[found["r"], found["c"]] = found["n"]
    return {"seconds": spent, "cpu_seconds": cpu, "counts": counts}


PEERS = {"esda": esda_gi_star, "pointpats": pointpats_knox, "duckdb": duckdb_counting}

if __name__ == "__main__":
    name, source, target = sys.argv[1:]
    import warnings

    warnings.simplefilter("ignore")
    np.savez(target, **PEERS[name](np.load(source)))
