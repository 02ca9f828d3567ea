"""Reference systems: known points, zones, there and back."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from safemap.geo.crs import (
    TWD67_TM2_121,
    TWD97_TM2_119,
    TWD97_TM2_121,
    Lonlat,
    Metric,
    MetricPlane,
    geodesic_length_m,
    metric_epsg,
    reproject,
)

MAIN_ISLAND = (st.floats(120.05, 121.95), st.floats(22.0, 25.2))

# Published pairs of the same points in degrees and in TWD97 TM2 zone 121 (converters of the Taiwanese community).
KNOWN = [
    ((121.55344420780119, 25.170699408342106), (305787.783, 2784799.355)),
    ((121.522737, 25.047902), (302745.088, 2771185.18)),
]


@pytest.mark.parametrize(("lonlat", "expected"), KNOWN)
def test_known_points_in_twd97(lonlat: tuple[float, float], expected: tuple[float, float]) -> None:
    found = MetricPlane(TWD97_TM2_121).to_metric(Lonlat(shapely.Point(lonlat)))
    assert found.x == pytest.approx(expected[0], abs=0.05)
    assert found.y == pytest.approx(expected[1], abs=0.05)


def test_twd67_is_shifted_and_not_taken_for_twd97() -> None:
    """The same numbers in the old datum lie some 850 m away; a ballpark transformation would leave them there."""
    xy = np.array([[304956.927, 2785003.304]])
    lon, lat = reproject(xy, TWD67_TM2_121)[0]
    metres = Geod(ellps="GRS80").inv(lon, lat, 121.55344420780119, 25.170699408342106)[2]
    assert metres < 5.0


@pytest.mark.parametrize(
    ("place", "lon", "lat", "epsg"),
    [
        ("Taipei", 121.54, 25.03, TWD97_TM2_121),
        ("Kinmen", 118.32, 24.44, TWD97_TM2_119),
        ("Penghu", 119.57, 23.57, TWD97_TM2_119),
        ("Matsu", 119.95, 26.16, TWD97_TM2_119),
        ("the westernmost main island", 120.03, 23.1, TWD97_TM2_121),
        ("Helsinki", 24.94, 60.17, 32635),
        ("Wellington", 174.78, -41.29, 32760),
        ("the date line", 180.0, 10.0, 32601),
    ],
)
def test_the_plane_follows_the_place(place: str, lon: float, lat: float, epsg: int) -> None:
    assert metric_epsg(lon, lat) == epsg, place


@given(lon=MAIN_ISLAND[0], lat=MAIN_ISLAND[1])
def test_there_and_back_within_a_millimetre(lon: float, lat: float) -> None:
    plane = MetricPlane(TWD97_TM2_121)
    there = plane.to_metric(Lonlat(shapely.Point(lon, lat)))
    back = plane.to_metric(plane.to_lonlat(there))
    assert there.distance(back) < 0.001


@given(lon=MAIN_ISLAND[0], lat=MAIN_ISLAND[1], azimuth_deg=st.floats(0, 360), length_m=st.floats(1, 2000))
def test_lengths_in_the_plane_are_those_on_the_ellipsoid(
    lon: float, lat: float, azimuth_deg: float, length_m: float
) -> None:
    end_lon, end_lat, _ = Geod(ellps="GRS80").fwd(lon, lat, azimuth_deg, length_m)
    line = Lonlat(shapely.LineString([(lon, lat), (end_lon, end_lat)]))
    assert geodesic_length_m(line) == pytest.approx(length_m, rel=1e-6, abs=1e-3)
    in_plane_m = MetricPlane.around(line).to_metric(line).length
    assert in_plane_m == pytest.approx(length_m, rel=2e-4)  # TM2's scale is 0.9999 on the meridian, 1.0001 at 120°


def test_many_geometries_go_the_same_way_as_one() -> None:
    points = shapely.points([[121.5, 25.0], [121.6, 25.1]])
    plane = MetricPlane(TWD97_TM2_121)
    together = plane.to_metric_all(points)
    assert [shapely.get_coordinates(plane.to_metric(Lonlat(point))).tolist() for point in points] == [
        shapely.get_coordinates(point).tolist() for point in together
    ]
    assert shapely.equals_exact(plane.to_lonlat_all(together), points, tolerance=1e-9).all()


def test_longitude_comes_first() -> None:
    """With the axes swapped a point of Taiwan is outside the plane and becomes infinite without an exception."""
    found = MetricPlane(TWD97_TM2_121).to_lonlat(Metric(shapely.Point(305787.783, 2784799.355)))
    assert found.x == pytest.approx(121.5534, abs=1e-4)
