"""The fictional village keeps the laws of real ones, and its troubles have reasons."""

import csv
import io
import json
import re
from datetime import datetime, timedelta

import numpy as np
import pytest
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely import Point
from shapely.geometry import shape

from safemap.demo.generate import SEED, demo_files
from safemap.demo.houses import houses
from safemap.demo.lamps import dark_ground, lamps
from safemap.demo.landmarks import House
from safemap.demo.layout import BOUNDARY, CREEK, MARKET, PARK, PLANE, SCHOOL, azimuth_on_earth, to_lonlat
from safemap.demo.loading import FOLDER
from safemap.demo.network import Network, noded_streets
from safemap.demo.reports import AS_OF
from safemap.demo.watch import CAMERAS, walks
from safemap.geo.crs import Lonlat
from safemap.imports.noding import node_lines


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return demo_files()


@pytest.fixture(scope="module")
def streets() -> Network:
    return noded_streets()


@pytest.fixture(scope="module")
def built(streets: Network) -> list[House]:
    return houses(streets, SEED)


def features(files: dict[str, str], kind: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(files[f"{kind}.geojson"])["features"]
    return found


def shapes(files: dict[str, str], kind: str) -> list[shapely.Geometry]:
    return [shape(feature["geometry"]) for feature in features(files, kind)]


def test_the_files_in_the_folder_are_what_the_plan_makes(files: dict[str, str]) -> None:
    for name, text in files.items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, f"{name}: run safemap demo --regenerate"


def test_another_seed_makes_another_village(files: dict[str, str]) -> None:
    other = demo_files(seed=1)
    assert other["hazards.geojson"] != files["hazards.geojson"]
    assert other["streets.geojson"] == files["streets.geojson"]  # the plan itself is drawn by hand


def test_coordinates_have_seven_decimals_at_most(files: dict[str, str]) -> None:
    for name, text in files.items():
        if name.endswith(".geojson"):
            assert not re.search(r"\d\.\d{8,}", text), name


def test_it_lies_where_no_village_is(files: dict[str, str]) -> None:
    (outline,) = shapes(files, "villages")
    west, south, east, north = outline.bounds
    assert 120.3 < west < east < 120.4
    assert 24.5 < south < north < 24.7  # the Taiwan Strait: the coast of Miaoli is at 120.65


def test_it_has_the_size_of_a_village(files: dict[str, str]) -> None:
    (outline,) = shapes(files, "villages")
    area_km2 = PLANE.to_metric(Lonlat(outline)).area / 1e6
    assert 0.30 < area_km2 < 0.45
    assert 1500 < len(features(files, "buildings")) < 2600  # 4-10 m wide, wall to wall, and the neighbours' front rows
    assert 60 <= len(features(files, "hazards")) <= 80
    assert 150 <= len(features(files, "lamps")) <= 280
    assert 12 <= len(features(files, "cameras")) <= 18
    assert len(list(csv.DictReader(io.StringIO(files["incidents.csv"])))) == 120


def test_streets_are_cut_into_a_network_of_a_village_with_dead_ends(streets: Network) -> None:
    network = node_lines([shapely.get_coordinates(to_lonlat(line)) for _, line in streets])
    assert 150 <= len(network.lines) <= 280
    uses = np.bincount(np.concatenate([network.from_node, network.to_node]))
    assert (uses == 1).sum() > 15  # dead ends, and where the extract ends
    assert (uses >= 3).sum() > 80
    assert network.length_m.min() > 2.0  # nothing meets beside where it was meant to meet


def test_lanes_and_alleys_bear_the_house_number_at_which_they_leave(streets: Network) -> None:
    lines = {street.name: line for street, line in streets if street.name}
    doors: dict[tuple[str, bool], list[tuple[float, int]]] = {}
    for name, line in lines.items():
        numbered = re.fullmatch(r"(.+?)(\d+)[巷弄]", name)
        if numbered is None:
            continue
        parent, number = lines[numbered[1]], int(numbered[2])
        door, inside = np.array(line.coords[:2])
        assert tuple(door) in parent.coords, f"{name} begins at {numbered[1]}"
        along_m = parent.project(Point(door))
        before, after = (np.array(parent.interpolate(along_m + step_m).coords[0]) for step_m in (-1.0, 1.0))
        is_left = float(np.cross(np.append(after - before, 0), np.append(inside - door, 0))[2]) > 0
        assert is_left == (number % 2 == 1), f"{name}: odd numbers are on the left"
        doors.setdefault((numbered[1], is_left), []).append((along_m, number))
    assert len(doors) > 15
    for side, found in doors.items():
        assert [number for _, number in sorted(found)] == sorted(number for _, number in found), side


def test_the_path_passes_under_the_bridge(streets: Network) -> None:
    lines = {street.id: line for street, line in streets}
    path, bridge = lines["s82"], lines["s05"]
    assert path.crosses(bridge)
    assert not set(path.coords) & set(bridge.coords)


def test_all_streets_are_one_network(files: dict[str, str]) -> None:
    lines = shapes(files, "streets")
    vertices = {vertex: number for number, vertex in enumerate({v for line in lines for v in line.coords})}
    pairs = np.array(
        [(vertices[a], vertices[b]) for line in lines for a, b in zip(line.coords, line.coords[1:], strict=False)]
    )
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(vertices), len(vertices)))
    assert connected_components(graph, directed=False)[0] == 1


def test_houses_stand_apart_from_each_other_streets_and_water(streets: Network, built: list[House]) -> None:
    outlines = np.array([house.outline for house in built], dtype=object)
    assert shapely.is_valid(outlines).all()
    one, other = shapely.STRtree(outlines).query(outlines, predicate="intersects")
    apart = one != other
    overlap_m2 = shapely.area(shapely.intersection(outlines[one[apart]], outlines[other[apart]], grid_size=0.001))
    assert overlap_m2.max(initial=0.0) < 0.01  # neighbours share a wall, and no ground
    for street, line in streets:
        inside = shapely.intersection(outlines, line.buffer(street.width_m / 2, cap_style="flat"))
        assert shapely.area(inside).max() < 0.01, street.name
    assert not shapely.intersects(outlines, CREEK).any()


def test_houses_are_as_large_as_houses(built: list[House]) -> None:
    for house in built:
        assert house.outline.area > 8, house
        assert 1 <= house.levels <= 14
        assert house.height_m == pytest.approx(house.levels * 3.2 + 0.8)


def test_lamps_and_cameras_stand_outdoors_beside_the_carriageway(streets: Network, built: list[House]) -> None:
    walls = shapely.union_all([house.outline for house in built])
    posts = [lamp.place for lamp in lamps(streets, built)]
    posts += [eye.place for eye in CAMERAS if eye.site.value != "indoor"]
    assert not [post.wkt for post in posts if walls.contains(post)]
    roads = [(line, street.width_m / 2) for street, line in streets]
    assert not [post.wkt for post in posts if any(line.distance(post) < half_m - 0.01 for line, half_m in roads)]
    numbers = [lamp.number for lamp in lamps(streets, built)]
    assert len(numbers) == len(set(numbers))


def test_cameras_look_where_the_plan_says_on_the_earth() -> None:
    east = azimuth_on_earth(90.0)
    assert east == pytest.approx(90.0 - 9.0, abs=1.0)  # the plan is turned by 9°, and the plane's north by 0.3°


def test_everything_placed_lies_in_the_village(files: dict[str, str]) -> None:
    (outline,) = shapes(files, "villages")
    for kind in ("hazards", "lamps", "cameras", "blocks"):
        outside = [point.wkt for point in shapes(files, kind) if not outline.intersects(point)]
        assert outside == [], kind


def test_incidents_happened_in_the_village_and_in_its_year(files: dict[str, str]) -> None:
    (outline,) = shapes(files, "villages")
    rows = list(csv.DictReader(io.StringIO(files["incidents.csv"])))
    assert [row["id"] for row in rows if not outline.contains(Point(float(row["lon"]), float(row["lat"])))] == []
    times = [datetime.fromisoformat(row["occurred_at"]) for row in rows]
    assert times == sorted(times)
    assert AS_OF - timedelta(days=366) < times[0] < times[-1] < AS_OF
    assert {row["kind"] for row in rows} >= {"accident_a2", "theft_bicycle", "theft_motorcycle", "burglary"}


def test_no_lamp_stands_in_a_dark_stretch(streets: Network, built: list[House]) -> None:
    posts = shapely.union_all([lamp.place for lamp in lamps(streets, built)])
    assert not dark_ground(streets).intersects(posts)


def test_troubles_gather_where_their_reason_is(files: dict[str, str]) -> None:
    spots: dict[str, list[shapely.Geometry]] = {}
    for feature in features(files, "hazards"):
        place = PLANE.to_metric(Lonlat(shape(feature["geometry"])))
        spots.setdefault(feature["properties"]["category"], []).append(place)  # type: ignore[index]
    school, market, park = (PLANE.to_metric(Lonlat(to_lonlat(ground))).buffer(25) for ground in (SCHOOL, MARKET, PARK))
    assert sum(school.contains(spot) for spot in spots["traffic"]) >= 4
    assert sum(market.contains(spot) for spot in [*spots["blocked"], *spots["lighting"]]) >= 6
    assert sum(park.contains(spot) for spot in spots["theft"]) >= 3


def test_what_is_fixed_was_fixed_after_it_was_reported_and_before_today(files: dict[str, str]) -> None:
    states = set()
    for feature in features(files, "hazards"):
        facts = feature["properties"]
        assert isinstance(facts, dict)
        states.add(facts["state"])
        assert (facts["fixed_at"] is not None) == (facts["state"] == "fixed")
        times = [facts["reported_at"], facts["fixed_at"] or facts["reported_at"], AS_OF.isoformat()]
        assert times == sorted(times)
    assert states == {"open", "fixed"}


def test_more_than_half_of_the_dark_reports_lie_in_the_dark(files: dict[str, str]) -> None:
    lit = shapely.union_all([PLANE.to_metric(Lonlat(point)) for point in shapes(files, "lamps")])
    spots = [
        PLANE.to_metric(Lonlat(shape(feature["geometry"])))
        for feature in features(files, "hazards")
        if feature["properties"]["category"] == "lighting"  # type: ignore[index]
    ]
    assert sum(spot.distance(lit) > 20 for spot in spots) > len(spots) / 2


def test_patrols_walk_along_streets_and_never_into_the_old_lane(streets: Network) -> None:
    roads = shapely.union_all([line for _, line in streets])
    for walk in walks(streets):
        assert roads.buffer(0.01).contains(walk.shape), walk.name
        assert walk.shape.distance(Point(206, 386)) > 20, walk.name
        assert walk.ends_at <= "22:00"
    assert BOUNDARY.buffer(1).contains(shapely.union_all([walk.shape for walk in walks(streets)]))


def test_reports_speak_of_places_and_not_of_persons(files: dict[str, str]) -> None:
    words = " ".join(str(feature["properties"]["description"]) for feature in features(files, "hazards"))  # type: ignore[index]
    assert not re.search(r"先生|小姐|姓|外勞|遊民|少年|男子|女子", words)
