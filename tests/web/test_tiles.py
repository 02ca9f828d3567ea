"""Vector tiles: what is in them, when they are empty, and how soon they are stale."""

import gzip
import math
from typing import Any

import mapbox_vector_tile
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from safemap.settings import Settings
from safemap.web.app import create_app
from safemap.web.tile_store import KEY_BYTES, Tile, TileCache
from safemap.web.tiles import tile_bounds


def tile_at(lon: float, lat: float, z: int) -> tuple[int, int, int]:
    x = int((lon + 180) / 360 * 2**z)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z)
    return z, x, y


def address(layer: str, lon: float, lat: float, z: int) -> str:
    return "/tiles/{}/{}/{}/{}.mvt".format(layer, *tile_at(lon, lat, z))


def decoded(content: bytes) -> dict[str, Any]:
    return mapbox_vector_tile.decode(content, default_options={"y_coord_down": True})


def test_the_base_map_has_its_layers(client: TestClient) -> None:
    answer = client.get(address("base", 121.505, 25.005, 14))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    layers = decoded(answer.content)
    assert set(layers) == {"water", "green", "building", "street", "place", "village"}
    streets = {feature["properties"]["name"]: feature for feature in layers["street"]["features"]}
    assert streets["平安路"]["properties"] == {"class": "main", "name": "平安路", "name_en": "Ping'an Rd"}
    # Two pieces of one street are one line, so that its name is written once.
    assert streets["平安路"]["geometry"]["type"] == "LineString"
    assert [feature["properties"]["key"] for feature in layers["village"]["features"]] == ["V1"]
    assert {feature["properties"]["kind"] for feature in layers["place"]["features"]} == {"park", "police"}


@pytest.mark.parametrize(("z", "names"), [(10, {"平安路"}), (13, {"平安路"}), (14, {"平安路", "平安路1巷"})])
def test_narrow_streets_appear_when_there_is_room(client: TestClient, z: int, names: set[str]) -> None:
    layers = decoded(client.get(address("base", 121.505, 25.005, z)).content)
    assert {feature["properties"]["name"] for feature in layers["street"]["features"]} == names
    assert "building" not in layers if z < 13 else True


def test_tiles_of_incidents_hold_the_points_of_the_table(client: TestClient, world: Engine) -> None:
    z, x, y = tile_at(121.505, 25.005, 16)
    features = decoded(client.get(f"/tiles/incidents/{z}/{x}/{y}.mvt").content)["incidents"]["features"]
    west, south, east, north = tile_bounds(z, x, y)
    with world.connect() as connection:
        inside = connection.execute(
            text(
                "SELECT id, kind, extract(epoch FROM occurred_at)::bigint, ST_X(geom), ST_Y(geom) FROM incident"
                " WHERE ST_X(geom) BETWEEN :w AND :e AND ST_Y(geom) BETWEEN :s AND :n"
            ),
            {"w": west, "e": east, "s": south, "n": north},
        ).all()
    drawn = {feature["id"]: feature for feature in features}
    assert len(inside) > 5
    for number, kind, epoch, lon, lat in inside:
        assert drawn[number]["properties"] == {"kind": kind, "occurred_at": epoch}
        column, row = drawn[number]["geometry"]["coordinates"]
        assert column == pytest.approx((lon - west) / (east - west) * 4096, abs=1)
        assert row == pytest.approx((north - lat) / (north - south) * 4096, abs=1)
    beyond = set(drawn) - {row[0] for row in inside}
    for number in beyond:  # in the margin, for symbols that reach over the border
        column, row = drawn[number]["geometry"]["coordinates"]
        assert not (0 < column < 4096 and 0 < row < 4096)


@pytest.mark.parametrize("z", [0, 5, 9, 12])
def test_far_out_every_point_is_counted_once_by_family(client: TestClient, z: int) -> None:
    counted = {"traffic": 0, "crime": 0}
    west, south, _ = 121.50, 25.00, 0
    tiles = {tile_at(lon, lat, z) for lon in (west, west + 0.01, west + 0.02) for lat in (south, south + 0.01)}
    for tile in tiles:
        answer = client.get("/tiles/incidents/{}/{}/{}.mvt".format(*tile))
        if answer.status_code == 200:
            for feature in decoded(answer.content)["incidents"]["features"]:
                counted[feature["properties"]["family"]] += feature["properties"]["count"]
    assert counted == {"traffic": 60, "crime": 30}


@pytest.mark.parametrize("layer", ["base", "incidents"])
@pytest.mark.parametrize("z", [3, 12, 16])
def test_an_empty_tile_says_so(client: TestClient, layer: str, z: int) -> None:
    answer = client.get(address(layer, 10.0, 50.0, z))
    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-type" not in answer.headers
    again = client.get(address(layer, 10.0, 50.0, z), headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/tiles/nothing/14/1/1.mvt", 404),
        ("/tiles/base/14/16384/1.mvt", 404),
        ("/tiles/base/14/-1/1.mvt", 404),
        ("/tiles/base/23/1/1.mvt", 404),
        ("/tiles/base/99999999999999999999/1/1.mvt", 404),
        ("/tiles/base/x/1/1.mvt", 400),
        ("/tiles/base/14/1.5/1.mvt", 400),
        ("/tiles/base/14/1/1.png", 404),
    ],
)
def test_tiles_that_cannot_be_are_refused_in_words(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("cache_mb", [0, 8])
def test_a_write_makes_tiles_stale_at_once(world: Engine, settings: Settings, cache_mb: int) -> None:
    path = address("incidents", 121.515, 25.005, 15)
    add = text(
        "INSERT INTO incident"
        " (source, source_id, kind, occurred_at, precision, place, killed, injured, accuracy_m, geom)"
        " VALUES ('stale', :id, 'other', now(), 'minute', '', 0, 0, 0, 'SRID=4326;POINT(121.515 25.005)')"
    )
    app = create_app(settings.model_copy(update={"tile_cache_mb": cache_mb}), world)
    with TestClient(app) as client:
        for round_number in range(4):
            first = client.get(path)
            assert client.get(path).headers["etag"] == first.headers["etag"]
            unchanged = client.get(path, headers={"If-None-Match": first.headers["etag"]})
            assert (unchanged.status_code, unchanged.content) == (304, b"")
            with world.connect() as connection, connection.begin() as writing:
                connection.execute(add, {"id": f"{cache_mb}-{round_number}"})
                # Not committed yet: nobody may see it.
                assert client.get(path, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
                writing.commit()
            changed = client.get(path, headers={"If-None-Match": first.headers["etag"]})
            assert changed.status_code == 200
            assert changed.headers["etag"] != first.headers["etag"]
            assert count_of(changed.content) == count_of(first.content) + 1


def count_of(content: bytes) -> int:
    return len(decoded(content)["incidents"]["features"]) if content else 0


def test_compressed_or_not_it_is_the_same_tile(client: TestClient) -> None:
    path = address("base", 121.505, 25.005, 15)
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    packed = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert plain.content == packed.content
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"


def test_etags_of_another_database_are_not_believed(client: TestClient) -> None:
    path = address("base", 121.505, 25.005, 15)
    etag = client.get(path).headers["etag"]
    foreign = etag.replace(etag[3:13], "0123456789")
    assert client.get(path, headers={"If-None-Match": foreign}).status_code == 200


def test_the_cache_keeps_what_was_asked_for_last_and_no_more_than_its_room() -> None:
    cache = TileCache(limit_bytes=3 * (KEY_BYTES + 100))
    for x in range(3):
        cache.keep(("base", 5, x, 0), Tile(1, bytes(100)))
    cache.find(("base", 5, 0, 0))
    cache.keep(("base", 5, 3, 0), Tile(1, bytes(100)))
    assert cache.find(("base", 5, 1, 0)) is None
    assert cache.find(("base", 5, 0, 0)) is not None
    cache.keep(("base", 5, 0, 0), Tile(2, bytes(50)))
    assert len(cache) == 3
    assert cache.held_bytes == 3 * KEY_BYTES + 250
    cache.keep(("base", 5, 9, 0), Tile(1, gzip.compress(bytes(range(256)) * 10)))
    assert cache.held_bytes <= cache.limit_bytes


@given(st.integers(0, 22).flatmap(lambda z: st.tuples(st.just(z), st.integers(0, 2**z - 1), st.integers(0, 2**z - 1))))
def test_a_tiles_bounds_hold_exactly_that_tile(tile: tuple[int, int, int]) -> None:
    west, south, east, north = tile_bounds(*tile)
    assert tile_at((west + east) / 2, (south + north) / 2, tile[0]) == tile
    assert tile_bounds(*tile, 0.1)[0] <= west < east <= tile_bounds(*tile, 0.1)[2]
