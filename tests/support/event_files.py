"""Made-up files of events: a square of ground in Taipei, events all over it and many in one corner."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

CORNER = np.array([304_000.0, 2_768_000.0])  # TWD97 TM2 zone 121
SIDE_M = 1000.0
PLANE = 3826
HOT_XY = CORNER + 550.0


def at(east_m: float, north_m: float) -> NDArray[np.float64]:
    """A place so far east and north of the corner."""
    return CORNER + np.array([east_m, north_m])


def together(*frames: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Frames of one system as one."""
    return gpd.GeoDataFrame(pd.concat(frames, ignore_index=True))


def square(name: str = "", east_m: float = 0.0) -> gpd.GeoDataFrame:
    """A square of one kilometre, so far east of the corner."""
    west, south = at(east_m, 0.0)
    shape = shapely.box(west, south, west + SIDE_M, south + SIDE_M)
    return gpd.GeoDataFrame({"name": [name]}, geometry=[shape], crs=PLANE).to_crs("EPSG:4326")


def mask_file(folder: Path) -> Path:
    """The square as a file."""
    path = folder / "mask.geojson"
    square("榕樹里").to_file(path)
    return path


def events(n: int, hot: int = 0, *, seed: int = 1) -> gpd.GeoDataFrame:
    """So many events anywhere and so many around one place, in metres; with times, accuracies, weights, people."""
    random = np.random.default_rng(seed)
    xy: NDArray[np.float64] = np.concatenate(
        [CORNER + random.uniform(0, SIDE_M, (n, 2)), HOT_XY + random.uniform(-40, 40, (hot, 2))]
    )
    number = n + hot
    minutes = random.integers(0, 360 * 24 * 60, number)
    minutes[n:] -= minutes[n:] % 1440 - random.integers(21 * 60, 23 * 60, hot)  # in the evening
    return gpd.GeoDataFrame(
        {
            "time": pd.Timestamp("2025-01-01") + pd.to_timedelta(minutes, "min"),
            "accuracy_m": random.choice([5.0, 10.0, 20.0], number),
            "weight": random.choice([1.0, 2.0], number),
            "reporter": [f"p{person}" for person in random.integers(0, 40, number)],
        },
        geometry=gpd.points_from_xy(*np.round(xy, 3).T),
        crs=PLANE,
    )


def written(frame: gpd.GeoDataFrame, path: Path) -> Path:
    """Write events in the form that a file's ending names; tables and GeoJSON in degrees, others in metres."""
    degrees = frame.to_crs("EPSG:4326")
    if path.suffix == ".csv":
        table = pd.DataFrame(degrees.drop(columns="geometry"))
        table.assign(lon=degrees.geometry.x, lat=degrees.geometry.y).to_csv(path, index=False)
    elif path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        (degrees if path.suffix == ".geojson" else frame).to_file(path)
    return path
