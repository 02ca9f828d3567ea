"""Shapes as paths, hatches, sectors, names that do not cover each other, symbols that a copier keeps."""

import itertools
import re
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from tests.support.sheets import empty_scene, full_scene, marks, plane_and_corner

from safemap.hazards.categories import CATEGORIES, Shape
from safemap.maps import symbols
from safemap.maps.drawing import hatch, path_data, sector_shapes
from safemap.maps.fonts import print_font
from safemap.maps.labels import Occupied, write_streets
from safemap.maps.plate import draw_plate
from safemap.maps.rules import FORMATS, Paper
from safemap.maps.scale import MapFrame, frame_for
from safemap.maps.scene import Scene, Views
from safemap.maps.spots import gather

coordinates = st.tuples(st.floats(-300, 300), st.floats(-300, 300))


def frame_of(scene: Scene) -> MapFrame:
    plane, _ = plane_and_corner()
    return frame_for(plane.to_lonlat(scene.area), "榕樹里", FORMATS[Paper.A3])


def read_back(data: str) -> list[np.ndarray]:
    lines = []
    for start, steps, _ in re.findall(r"M([^lz]+)l([^zM]+)(z?)", data):
        moves = np.array([float(number) for number in steps.split()]).reshape(-1, 2)
        lines.append(np.cumsum(np.vstack([[float(number) for number in start.split()], moves]), axis=0))
    return lines


@given(st.lists(coordinates, min_size=2, max_size=40))
def test_a_path_never_drifts_from_its_line(points: list[tuple[float, float]]) -> None:
    (line, *more) = read_back(path_data([shapely.LineString(points)])) or [np.array(points)[:1]]
    assert not more
    assert np.abs(line[-1] - points[-1]).max() <= 0.0051
    assert np.abs(line[0] - points[0]).max() <= 0.0051


def test_many_shapes_are_one_path_and_rings_are_closed() -> None:
    holed = shapely.box(0, 0, 9, 9).difference(shapely.box(3, 3, 6, 6))
    data = path_data([holed, shapely.MultiPolygon([shapely.box(20, 0, 21, 1)]), shapely.Point(1, 1)])
    assert data.count("M") == data.count("z") == 3
    assert path_data([]) == ""
    assert path_data([shapely.Polygon()]) == ""


@given(st.floats(0.5, 5), st.floats(-89, 89))
def test_a_hatch_stays_inside_and_is_as_dense_as_it_says(step_mm: float, angle_deg: float) -> None:
    shape = shapely.Point(50, 60).buffer(20)
    (lines,) = hatch(np.array([shape], dtype=object), step_mm, angle_deg)
    assert shapely.covered_by(lines, shape.buffer(1e-6))
    assert shapely.length(lines) * step_mm == pytest.approx(shape.area, rel=0.12)


def test_a_sector_looks_where_the_camera_looks() -> None:
    xy = np.zeros((2, 2))
    east = Views(xy, np.array([90.0, np.nan]), np.array([60.0, 60.0]), np.array([40.0, 40.0]), np.ones(2, bool))
    sector, circle = sector_shapes(east)
    assert sector.contains(shapely.Point(30, 0))
    assert not sector.intersects(shapely.Point(-1, 0))
    assert sector.area == pytest.approx(np.pi * 40**2 / 6, rel=0.01)
    assert circle.area == pytest.approx(np.pi * 40**2, rel=0.01)


def test_names_are_upright_on_the_sheet_and_cover_nothing() -> None:
    scene = full_scene()
    frame = frame_of(scene)
    taken = shapely.box(80, 80, 120, 120)
    occupied = Occupied(frame.width_mm, frame.height_mm)
    occupied.take(taken)
    written = write_streets(scene, frame, print_font(), occupied)
    assert len(written) >= 10
    assert {word.is_stacked for word in written} == {True, False}
    sheet = shapely.box(0, 0, frame.width_mm, frame.height_mm)
    for word in written:
        assert -90 <= word.turn_deg < 90
        assert sheet.covers(word.room)
        assert not word.room.intersects(taken)
    for one, other in itertools.combinations(written, 2):
        assert not one.room.intersects(other.room)


def test_symbols_are_told_apart_without_colour() -> None:
    assert len({symbols.SHAPE_PATHS[shape] for shape in Shape}) == len(Shape)
    assert {category.shape for category in CATEGORIES} == set(Shape)
    assert len({category.sign for category in CATEGORIES}) == len(CATEGORIES)
    assert len({symbols.LETTER_OF_CATEGORY[category.code] for category in CATEGORIES}) == len(CATEGORIES)
    for signs in zip(*symbols.PLACE_SIGNS.values(), strict=True):
        assert len(set(signs)) == len(signs)
    assert set(symbols.PLACE_SIGNS) == set(symbols.PLACE_NAMES)


@pytest.mark.parametrize("number", [0, 1, 300])
def test_every_report_on_the_sheet_is_counted_once(number: int) -> None:
    _, corner = plane_and_corner()
    scene = replace(empty_scene(), reports=marks(corner + np.random.default_rng(3).uniform(0, 400, (number, 2))))
    assert sum(group.number for group in gather(scene.reports, frame_of(scene))) == number


def test_reports_at_one_spot_become_one_symbol_with_their_number() -> None:
    _, corner = plane_and_corner()
    same = replace(marks(np.tile(corner + 200, (4, 1))), kinds=np.full(4, "lighting", dtype=object))
    svg = draw_plate(
        replace(empty_scene(), reports=same), frame_of(empty_scene()), print_font(), language="en", title="x"
    ).svg
    assert "×4</text>" in svg


def test_what_is_written_on_the_map_is_escaped() -> None:
    scene = full_scene()
    names = scene.streets.names.copy()
    names[:] = '<b>&"巷'
    hostile = replace(scene, streets=replace(scene.streets, names=names))
    plate = draw_plate(hostile, frame_of(scene), print_font(), language="zh-Hant", title='<i>"&')
    assert "<b>" not in plate.svg
    assert "<i>" not in plate.svg
    assert "&lt;b&gt;&amp;&quot;巷" in plate.svg


def test_zones_are_keyed_to_the_square_of_their_middle() -> None:
    scene = full_scene()
    plate = draw_plate(scene, frame_of(scene), print_font(), language="zh-Hant", title="x")
    frame = frame_of(scene)
    for zone in scene.zones:
        middle = shapely.get_coordinates(zone.line.interpolate(0.5, normalized=True))
        assert plate.squares[zone.number] == frame.square_at(*frame.mm(middle)[0])
