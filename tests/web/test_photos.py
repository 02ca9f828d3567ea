"""Photos at every door: a place goes in, none comes out; who may see them; what is refused and said."""

import io
import json
import re
import shutil
import tempfile
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import Engine, text
from starlette.testclient import TestClient
from tests.support import pictures

from safemap.media import apart
from safemap.media.kinds import is_bare_jpeg
from safemap.web.bodies import PHOTOS_IN_A_FORM

KEY = "9f1b3a52-3b6c-4d9a-8a64-0a6f7a1f0c11"
IMAGE = {"Content-Type": "image/jpeg"}


def sent_report(client: TestClient, *, is_public: bool = False) -> tuple[str, str]:
    """A report's public id and its reporter's token."""
    body = {"lon": 121.5052, "lat": 25.0052, "category": "lighting", "is_public_place": is_public}
    told = client.post("/api/v1/villages/V1/hazards", json=body).json()
    return told["report"]["public_id"], told["follow_up"].rpartition("/")[2]


def show_reports(world: Engine) -> None:
    with world.begin() as connection:
        connection.execute(text("UPDATE hazard SET visibility = 'shown', stage = 'open' WHERE visibility = 'held'"))


def stored(world: Engine) -> list[bytes]:
    with world.begin() as connection:
        rows = connection.execute(text("SELECT large, small FROM photo_picture")).all()
    return [bytes(content) for row in rows for content in row]


def everything_stored(world: Engine) -> str:
    """All rows of all tables of photos, in PostgreSQL's own text."""
    with world.begin() as connection:
        return "".join(
            str(connection.execute(text(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t")).scalar())
            for table in ("photo", "photo_picture", "hazard_photo", "hazard")
        )


def api(client: TestClient, token: str, content: bytes, **more: str) -> str:
    answer = client.post(f"/api/v1/reports/{token}/photos", content=content, headers={**IMAGE, **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["photo"])


def own_page(client: TestClient, token: str, content: bytes, name: str = "IMG_0001.jpg") -> str:
    answer = client.post(f"/r/{token}/photos", files={"photos": (name, content)})
    assert answer.status_code == 200, answer.text
    return re.findall(r"/photos/([\w-]{22})/small", answer.text)[-1]


def mark_form(client: TestClient, content: bytes, **more: str) -> tuple[str, str]:
    """Send a report with a photo by the form without scripts: its token, and the photo's id."""
    fields = {
        "lon": "121.5052",
        "lat": "25.0052",
        "category": "lighting",
        "severity": "1",
        "noticed_at": "night",
        "description": "",
        "is_public_place": "no",
        **more,
    }
    answer = client.post("/villages/V1/mark", data=fields, files={"photos": ("IMG_0001.jpg", content)})
    assert answer.status_code == 200, answer.text
    token = answer.url.path.rpartition("/")[2]
    return token, re.findall(r"/photos/([\w-]{22})/small", client.get(f"/r/{token}").text)[-1]


SHAPES = {
    "jpeg": pictures.jpeg,
    "rotated": lambda: pictures.jpeg(orientation=6),
    "several": pictures.mpo,
    "heic": pictures.heic,
    "png": pictures.png,
    "webp": pictures.webp,
    "avif": pictures.avif,
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("door", ["api", "own page", "form"])
def test_a_place_goes_in_and_none_comes_out(
    client: TestClient, world: Engine, door: str, shape: str, tmp_path: Path
) -> None:
    content = SHAPES[shape]()
    (tmp_path / "sent").write_bytes(content)
    if shutil.which("exiftool"):
        assert any("GPS" in name for name in pictures.groups_of(tmp_path / "sent"))
    if door == "form":
        token, photo = mark_form(client, content)
    else:
        _, token = sent_report(client)
        photo = api(client, token, content) if door == "api" else own_page(client, token, content)
    for path in (f"/r/{token}/photos/{photo}", f"/r/{token}/photos/{photo}/small"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
        assert answer.headers["cache-control"] == "no-store"
        assert is_bare_jpeg(answer.content)
        assert all(
            pictures.is_near(a, b) for a, b in zip(pictures.corners_of(answer.content), pictures.CORNERS, strict=True)
        )
        if shutil.which("exiftool"):
            (tmp_path / "got.jpg").write_bytes(answer.content)
            assert not [
                name
                for name in pictures.groups_of(tmp_path / "got.jpg")
                if name.startswith(("GPS:", "IFD", "ExifIFD:", "XMP"))
            ]
    assert all(is_bare_jpeg(one) for one in stored(world))
    told = everything_stored(world)
    for secret in (*pictures.SECRETS, content[:64]):
        assert secret.hex() not in told
        assert secret.decode("latin-1") not in told


def test_a_name_says_nothing_and_is_kept_nowhere(client: TestClient, world: Engine) -> None:
    _, token = sent_report(client)
    own_page(client, token, pictures.png(), name="25.0330N 121.5652E 王小明.jpg")
    assert "王小明" not in everything_stored(world)
    answer = client.post(f"/r/{token}/photos", files={"photos": ("photo.jpg", b"<svg onload=alert(1)>", "image/jpeg")})
    assert answer.status_code == 400
    assert "This file is not a photo." in answer.text
    assert len(client.get(f"/r/{token}/photos").text.split("<img ")) == 2


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty-file"),
        (b"<svg/>", "not-a-photo"),
        (pictures.jpeg()[:-700], "photo-unreadable"),
        (pictures.bomb_png(30_000), "too-many-pixels"),
        (pictures.bomb_webp(16_000), "too-many-pixels"),
    ],
)
def test_what_is_refused_leaves_nothing(client: TestClient, world: Engine, content: bytes, kind: str) -> None:
    if kind == "photo-unreadable":
        content = pictures.jpeg()[: pictures.jpeg().index(b"SECRET-TAIL") - 400]
    _, token = sent_report(client)
    before = len(stored(world))
    answer = client.post(f"/api/v1/reports/{token}/photos", content=content, headers=IMAGE)
    assert answer.status_code == 400
    assert answer.json()["type"].endswith(kind)
    assert answer.json()["remedy"]
    assert len(stored(world)) == before


def test_a_form_with_a_bad_photo_comes_back_whole_and_reports_nothing(client: TestClient, world: Engine) -> None:
    with world.begin() as connection:
        before = connection.execute(text("SELECT count(*) FROM hazard")).scalar()
    fields = {"lon": "121.5052", "lat": "25.0052", "category": "lighting", "severity": "1", "noticed_at": "night"}
    fields["description"] = "涼亭旁的燈不亮"
    answer = client.post("/villages/V1/mark", data=fields, files={"photos": ("a.jpg", b"no photo")})
    assert answer.status_code == 400
    assert "This file is not a photo." in answer.text
    assert "涼亭旁的燈不亮" in answer.text
    with world.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM hazard")).scalar() == before


def test_the_same_key_twice_is_one_photo_and_another_photo_a_conflict(client: TestClient) -> None:
    _, token = sent_report(client)
    content = pictures.jpeg()
    first = api(client, token, content, **{"Idempotency-Key": KEY})
    assert api(client, token, content, **{"Idempotency-Key": KEY}) == first
    answer = client.post(
        f"/api/v1/reports/{token}/photos", content=pictures.png(), headers={**IMAGE, "Idempotency-Key": KEY}
    )
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("another-photo")
    assert client.get(f"/r/{token}/photos").text.count("<img ") == 1


def test_a_form_of_the_api_brings_one(client: TestClient) -> None:
    _, token = sent_report(client)
    two = [("photos", ("a.jpg", pictures.jpeg())), ("photos", ("b.jpg", pictures.jpeg()))]
    path = f"/api/v1/reports/{token}/photos"
    assert client.post(path, files=two[:1]).status_code == 201
    assert client.post(path, files=two).status_code == 400
    assert client.post(path, data={"photos": "a word"}, files={"other": ("a.jpg", pictures.jpeg())}).status_code == 400


def test_five_are_too_many(client: TestClient) -> None:
    _, token = sent_report(client)
    five = [("photos", (f"{n}.jpg", pictures.jpeg())) for n in range(5)]
    answer = client.post(f"/r/{token}/photos", files=five)
    assert answer.status_code == 400
    assert "at most 4 photos" in answer.text
    assert answer.text.count("<img ") == 4
    assert 'type="file"' not in answer.text


def test_no_link_no_photo(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_run", lambda *_: pytest.fail("it was drawn for nobody"))
    for path in ("/api/v1/reports/{}/photos", "/r/{}/photos"):
        answer = client.post(path.format("y" * 43), files={"photos": ("a.jpg", pictures.jpeg())})
        assert answer.status_code == 404


def test_a_reporter_deletes_a_photo(client: TestClient, world: Engine) -> None:
    _, token = sent_report(client)
    photo = api(client, token, pictures.jpeg())
    before = len(stored(world))
    answer = client.post(f"/r/{token}/photos/{photo}/delete")
    assert "The photo is deleted for good." in answer.text
    assert client.get(f"/r/{token}/photos/{photo}").status_code == 404
    assert len(stored(world)) == before - 2


def test_who_is_served_which_photo(client: TestClient, world: Engine, staff: TestClient, member: TestClient) -> None:
    for is_public in (False, True):
        report, token = sent_report(client, is_public=is_public)
        show_reports(world)
        photo = api(client, token, pictures.jpeg())
        path = f"/photos/{photo}"
        assert [one.get(path).status_code for one in (client, member, staff)] == [404, 404, 200]
        assert staff.get(path).headers["cache-control"] == "no-store"
        staff.post(f"/moderation/photos/{photo}/show")
        seen = 200 if is_public else 404
        for one in (path, f"{path}/small"):
            assert [browser.get(one).status_code for browser in (client, member, staff)] == [seen, seen, 200]
        assert (photo in client.get(f"/hazards/{report}").text) == is_public
        if not is_public:
            staff.post(f"/moderation/photos/{photo}/show", data={"tells_no_place": "yes"})
            assert [browser.get(path).status_code for browser in (client, member)] == [404, 200]
        staff.post(f"/moderation/photos/{photo}/hide", data={"reason": "shows_a_person"})
        assert [browser.get(path).status_code for browser in (client, member, staff)] == [404, 404, 200]
        assert client.get(f"/r/{token}/photos/{photo}").status_code == 200


def test_what_is_hidden_is_not_served_to_who_kept_it(client: TestClient, world: Engine, staff: TestClient) -> None:
    _, token = sent_report(client, is_public=True)
    show_reports(world)
    photo = api(client, token, pictures.jpeg())
    staff.post(f"/moderation/photos/{photo}/show")
    kept = client.get(f"/photos/{photo}")
    assert kept.headers["cache-control"] == "no-cache"
    tag = {"If-None-Match": kept.headers["etag"]}
    assert client.get(f"/photos/{photo}", headers=tag).status_code == 304
    assert client.get(f"/photos/{photo}/small", headers=tag).status_code == 200
    staff.post(f"/moderation/photos/{photo}/hold")
    assert client.get(f"/photos/{photo}", headers=tag).status_code == 404
    assert client.get("/photos/" + "z" * 22).headers["cache-control"] == "no-store"


def test_covering_destroys_and_the_old_id_opens_nothing(client: TestClient, world: Engine, staff: TestClient) -> None:
    _, token = sent_report(client, is_public=True)
    show_reports(world)
    photo = api(client, token, pictures.jpeg(pictures.upright(310, 190)))
    staff.post(f"/moderation/photos/{photo}/show")
    before = client.get(f"/photos/{photo}").content
    page = staff.get(f"/moderation/photos/{photo}")
    assert page.text.index("This cannot be undone.") < page.text.index("Cover for good")
    form = {"left": ["0", ""], "top": ["0", ""], "width": ["50 %", ""], "height": ["50,5", ""], "cover": ["black"] * 2}
    answer = staff.post(f"/moderation/photos/{photo}/cover", data=form)
    assert "It is covered for good" in answer.text
    new = answer.url.path.rpartition("/")[2]
    assert new != photo
    for path in (f"/photos/{photo}", f"/photos/{photo}/small", f"/r/{token}/photos/{photo}"):
        assert [browser.get(path).status_code for browser in (client, staff)] == [404, 404]
    content = client.get(f"/photos/{new}").content
    assert pictures.is_near(pictures.corners_of(content)[0], (0, 0, 0), 8)
    assert before.hex() not in everything_stored(world)
    assert Image.open(io.BytesIO(content)).size == (310, 190)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "Mark what is to be covered"),
        ({"left": ["5"], "top": ["x"], "width": ["5"], "height": ["5"]}, "Box 1 does not lie in the photo."),
        ({"left": ["", "5"], "top": ["", "5"], "width": ["", "0"], "height": ["", "5"]}, "Box 1 does not lie"),
        ({"left": ["120"], "top": ["5"], "width": ["5"], "height": ["5"]}, "Box 1 does not lie in the photo."),
        ({"left": ["5"] * 25, "top": ["5"] * 25, "width": ["5"] * 25, "height": ["5"] * 25}, "1 to 24 boxes"),
    ],
)
def test_bad_boxes_cover_nothing_and_come_back(
    client: TestClient, staff: TestClient, form: dict[str, list[str]], said: str
) -> None:
    _, token = sent_report(client)
    photo = api(client, token, pictures.jpeg())
    answer = staff.post(f"/moderation/photos/{photo}/cover", data=form)
    assert answer.status_code == 400
    assert said in answer.text
    for value in {value for values in form.values() for value in values if value}:
        assert f'value="{value}"' in answer.text
    assert staff.get(f"/photos/{photo}").status_code == 200


def test_only_who_moderates_there_does(client: TestClient, member: TestClient) -> None:
    _, token = sent_report(client)
    photo = api(client, token, pictures.jpeg())
    for act in ("show", "hide", "hold", "cover"):
        for browser in (client, member):
            answer = browser.post(f"/moderation/photos/{photo}/{act}", data={"reason": "shocks"})
            assert answer.status_code == 403
    assert client.get(f"/photos/{photo}").status_code == 404


def test_photos_that_wait_are_listed(client: TestClient, staff: TestClient) -> None:
    _, token = sent_report(client)
    photo = api(client, token, pictures.jpeg())
    for path in ("/moderation", "/moderation/photos"):
        assert f"/moderation/photos/{photo}" in staff.get(path).text
    staff.post(f"/moderation/photos/{photo}/hide", data={"reason": "shocks"})
    assert photo not in staff.get("/moderation/photos").text


def test_a_place_is_proposed_and_neither_kept_nor_written_down(
    client: TestClient, world: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    before = everything_stored(world)
    answer = client.post("/api/v1/photos/position", content=pictures.heic(), headers=IMAGE)
    assert answer.json() == pytest.approx({"lon": pictures.LON, "lat": pictures.LAT}, abs=1e-5)
    assert answer.headers["cache-control"] == "no-store"
    assert everything_stored(world) == before
    assert not re.search(r"121\.56|25\.03", "".join(record.getMessage() for record in caplog.records))
    bare = apart.drawn_anew(pictures.jpeg()).large
    assert client.post("/api/v1/photos/position", content=bare, headers=IMAGE).json() == {"lon": None, "lat": None}
    assert client.post("/api/v1/photos/position", content=b"<svg/>", headers=IMAGE).status_code == 400


def test_only_doors_for_photos_take_much(client: TestClient) -> None:
    much = bytes(200_000)
    assert client.post("/api/v1/villages/V1/hazards", content=much, headers=IMAGE).status_code == 413
    assert client.post("/moderation/x/show", content=much, headers=IMAGE).status_code == 413
    _, token = sent_report(client)
    assert client.post(f"/api/v1/reports/{token}/photos", content=much, headers=IMAGE).status_code == 400
    for path, limit in (
        (f"/api/v1/reports/{token}/photos", 12_100_000),
        (f"/r/{token}/photos", PHOTOS_IN_A_FORM.limit_bytes),
    ):
        assert client.post(path, content=bytes(limit + 1), headers=IMAGE).status_code == 413
    pieces = iter([bytes(1_000_000)] * 13)
    assert client.post(f"/api/v1/reports/{token}/photos", content=pieces, headers=IMAGE).status_code == 413


def test_a_members_photo_is_shown_at_once_unless_they_ask(world: Engine, member: TestClient) -> None:
    _, token = sent_report(member)
    states = []
    for query in ("", "?wait=true"):
        answer = member.post(f"/api/v1/reports/{token}/photos{query}", content=pictures.png(), headers=IMAGE)
        states.append(json.loads(answer.text)["state"])
    assert states == ["shown", "held"]


def test_no_form_writes_a_photo_into_a_file(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", lambda _: pytest.fail("a photo went to the disk"))
    _, token = sent_report(client)
    noise = Image.effect_noise((1600, 1600), 90).convert("RGB")
    heavy = pictures.png(noise)
    assert len(heavy) > 2_000_000
    own_page(client, token, heavy)
