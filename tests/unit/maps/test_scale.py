"""Round scales, true distances, true north, squares."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from safemap.geo.crs import GEOD, Lonlat, Metric
from safemap.maps.rules import FORMATS, ROUND_SCALES, AreaTooLarge, Paper, ScaleImpossible
from safemap.maps.scale import MapFrame, frame_for

PLACES = {"臺北": (121.54, 25.03), "金門": (118.37, 24.44), "榕樹里": (120.35, 24.6), "Helsinki": (24.944, 60.171)}


def frame_around(lon: float, lat: float, size_deg: float = 0.004, paper: Paper = Paper.A3, scale: int | None = None) -> MapFrame:  # fmt: skip # noqa: E501
    box = Lonlat(shapely.box(lon - size_deg, lat - size_deg / 2, lon + size_deg, lat + size_deg / 2))
    return frame_for(box, "某里", FORMATS[paper], scale)


@pytest.mark.parametrize("place", PLACES)
def test_a_millimetre_of_paper_is_the_ground_that_the_scale_says(place: str) -> None:
    lon, lat = PLACES[place]
    frame = frame_around(lon, lat)
    for other in ((lon + 0.003, lat), (lon, lat + 0.002), (lon - 0.002, lat - 0.001)):
        ends = frame.plane.to_metric_all(np.array([shapely.Point(lon, lat), shapely.Point(other)], dtype=object))
        paper_mm = float(np.hypot(*np.diff(frame.mm(shapely.get_coordinates(ends)), axis=0)[0]))
        _, _, ground_m = GEOD.inv(lon, lat, *other)
        assert paper_mm * frame.denominator / 1000 == pytest.approx(ground_m, rel=2e-5)


@pytest.mark.parametrize("place", PLACES)
def test_the_arrow_points_where_north_is(place: str) -> None:
    lon, lat = PLACES[place]
    frame = frame_around(lon, lat)
    centre = frame.plane.to_lonlat(Metric(shapely.Point(frame.centre_xy)))
    north = Lonlat(shapely.Point(centre.x, centre.y + 0.001))
    (x1, y1), (x2, y2) = frame.mm(np.array([frame.centre_xy, shapely.get_coordinates(frame.plane.to_metric(north))[0]]))
    assert frame.north_deg == pytest.approx(np.degrees(np.arctan2(x2 - x1, y1 - y2)), abs=1e-3)
    assert abs(frame.north_deg) < (0.5 if place != "Helsinki" else 3.0)


@given(
    width=st.floats(0.0005, 0.4),
    height=st.floats(0.0005, 0.4),
    lon=st.floats(120.2, 121.9),
    lat=st.floats(22.5, 25.0),
    paper=st.sampled_from(Paper),
)
def test_the_whole_area_is_on_the_sheet_at_the_largest_round_scale(
    width: float, height: float, lon: float, lat: float, paper: Paper
) -> None:
    area = Lonlat(shapely.box(lon, lat, lon + width, lat + height))
    frame = frame_for(area, "某里", FORMATS[paper])
    xy = frame.mm(shapely.get_coordinates(frame.plane.to_metric(area)))
    assert (xy >= 0).all()
    assert (xy <= (frame.width_mm, frame.height_mm)).all()
    assert frame.denominator in ROUND_SCALES
    larger = [scale for scale in ROUND_SCALES if scale < frame.denominator]
    if larger:
        with pytest.raises(AreaTooLarge):
            frame_for(area, "某里", FORMATS[paper], larger[-1])


def test_a_wanted_scale_is_kept_when_the_area_fits() -> None:
    assert frame_around(121.5, 25.0, scale=12_345).denominator == 12_345


@pytest.mark.parametrize("scale", [-5, 0, 199, 1_000_001])
def test_a_scale_that_is_none_is_refused(scale: int) -> None:
    with pytest.raises(ScaleImpossible, match="2500"):
        frame_around(121.5, 25.0, scale=scale)


def test_the_refusal_names_the_scale_that_fits() -> None:
    with pytest.raises(AreaTooLarge, match=r"1:4,000") as refused:
        frame_around(121.5, 25.0, scale=500)
    assert refused.value.field == "scale"


def test_squares_are_named_from_the_top_left() -> None:
    frame = frame_around(121.5, 25.0)
    assert (frame.columns, frame.rows) == (6, 6)
    assert frame.square_at(0, 0) == "A1"
    assert frame.square_at(40.0, 39.9) == "A2"
    assert frame.square_at(239.9, 219.9) == "F6"
    assert frame.square_at(-3, 500) == "F1"


@given(denominator=st.sampled_from(ROUND_SCALES))
def test_the_bar_is_round_and_no_longer_than_its_room(denominator: int) -> None:
    frame = frame_around(121.5, 25.0, 0.00001, scale=denominator)
    length = frame.bar_m(46.0)
    assert str(length).strip("0") in {"1", "2", "5"}
    assert frame.bar_mm(length) <= 46.0 < frame.bar_mm(length) * 2.5 + 1e-9
