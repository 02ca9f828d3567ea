"""Photos in a real browser: sent from a phone, covered with finger, keys and numbers, gone for good."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, text
from tests.browser.conftest import PHONE, pages
from tests.support import pictures

from safemap.communities.service import study_area
from safemap.db.session import unit_of_work
from safemap.demo.layout import CODE
from safemap.hazards.schemas import HazardReport
from safemap.hazards.service import take_report
from safemap.media.kinds import is_bare_jpeg

pytestmark = pytest.mark.browser
Accessible = Callable[[Page], None]


def a_street() -> bytes:
    """Somebody under a lamp, with a number plate beside them, as a phone held upright takes it."""
    image = Image.new("RGB", (1200, 1600), (120, 140, 160))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 1000, 1200, 1600), fill=(90, 90, 92))
    draw.rectangle((880, 200, 900, 1200), fill=(60, 60, 60))
    draw.ellipse((820, 140, 960, 240), fill=(250, 240, 180))
    draw.ellipse((260, 480, 460, 720), fill=(225, 180, 150))
    draw.rectangle((240, 720, 480, 1200), fill=(40, 80, 150))
    draw.rectangle((620, 1150, 860, 1230), fill=(250, 250, 250))
    return pictures.jpeg(image)


@pytest.fixture
def report(engine: Engine, site: str) -> str:
    """A reporter's token, of a report at a public place that everybody sees."""
    with unit_of_work(engine) as session:
        area = study_area(session, CODE)
        spot = area.geometry.representative_point()
        made = take_report(session, HazardReport(lon=spot.x, lat=spot.y, category="lighting", is_public_place=True))
        session.execute(
            text("UPDATE hazard SET visibility = 'shown', stage = 'open' WHERE public_id = :of"),
            {"of": made.seen.public_id},
        )
    return made.follow_up


@pytest.fixture
def photo(phone: Page, site: str, report: str, tmp_path: Path) -> str:
    """The id of a photo that a phone has sent."""
    (tmp_path / "IMG_0001.jpg").write_bytes(a_street())
    phone.goto(f"{site}/r/{report}/photos")
    phone.get_by_label("Choose photos").set_input_files(tmp_path / "IMG_0001.jpg")
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_role("status").filter(has_text="Your photo has arrived.")).to_be_visible()
    source = phone.locator(".photos img").get_attribute("src")
    assert source
    return source.split("/")[-2]


def colours(content: bytes) -> Callable[[int, int], tuple[int, int, int]]:
    """The colour at a place in percent."""
    image = Image.open(io.BytesIO(content)).convert("RGB")
    return lambda x, y: image.getpixel((x * image.width // 100, y * image.height // 100))  # type: ignore[return-value]


def is_black(colour: tuple[int, int, int]) -> bool:
    return max(colour) < 12


def test_a_reporter_sends_a_photo_from_a_phone(
    phone: Page, site: str, report: str, photo: str, accessible: Accessible
) -> None:
    expect(phone.get_by_text("Waits until somebody has looked at it")).to_be_visible()
    accessible(phone)
    phone.goto(f"{site}/r/{report}")
    expect(phone.get_by_role("img", name="Photo 1 of this spot")).to_be_visible()
    phone.get_by_role("link", name="Add or delete photos").click()
    phone.get_by_text("Delete the photo", exact=True).click()
    phone.get_by_role("button", name="Delete this photo").click()
    expect(phone.get_by_text("The photo is deleted for good.")).to_be_visible()
    assert phone.request.get(f"{site}/r/{report}/photos/{photo}").status == 404


def test_a_moderator_covers_a_face_with_a_finger_and_the_old_id_is_gone(
    pocket: Page, site: str, report: str, photo: str, accessible: Accessible
) -> None:
    pocket.goto(f"{site}/moderation")
    pocket.get_by_role("link", name="Look at the photo").first.click()
    pocket.wait_for_url("**/moderation/photos/*")
    pocket.goto(f"{site}/moderation/photos/{photo}")
    expect(pocket.get_by_role("heading", name="May others see this photo?")).to_be_visible()
    accessible(pocket)
    canvas = pocket.locator("[data-canvas]")
    canvas.scroll_into_view_if_needed()
    frame = canvas.bounding_box()
    assert frame
    pocket.mouse.move(frame["x"] + frame["width"] * 0.18, frame["y"] + frame["height"] * 0.28)
    pocket.mouse.down()
    pocket.mouse.move(frame["x"] + frame["width"] * 0.3, frame["y"] + frame["height"] * 0.4)
    pocket.mouse.move(frame["x"] + frame["width"] * 0.42, frame["y"] + frame["height"] * 0.47)
    pocket.mouse.up()
    expect(pocket.get_by_text("Boxes to cover: 1")).to_be_visible()
    accessible(pocket)
    pocket.get_by_role("button", name="Cover for good").click()
    expect(pocket.get_by_text("It is covered for good")).to_be_visible()
    new = pocket.url.split("?")[0].rsplit("/", 1)[1]
    assert new != photo
    for path in (f"/photos/{photo}", f"/photos/{photo}/small", f"/r/{report}/photos/{photo}"):
        assert pocket.request.get(site + path).status == 404
    for path in (f"/photos/{new}", f"/photos/{new}/small"):
        at = colours(pocket.request.get(site + path).body())
        assert is_black(at(30, 38))
        assert not is_black(at(75, 12))
        assert not is_black(at(10, 80))
    pocket.get_by_role("button", name="Show the photo").click()
    expect(pocket.get_by_role("heading", name="This photo is shown")).to_be_visible()


def test_a_moderator_covers_with_keys_alone(office: Page, site: str, photo: str) -> None:
    office.goto(f"{site}/moderation/photos/{photo}")
    office.get_by_role("button", name="Add a box").press("Enter")
    box = office.get_by_role("button", name="Box 1: arrow keys move it")
    expect(box).to_be_focused()
    for _ in range(35):
        office.keyboard.press("ArrowLeft")
    for _ in range(5):
        office.keyboard.press("Shift+ArrowDown")
    office.get_by_text("Boxes as numbers").click()
    fields = [office.get_by_label(f"{name} of box 1").input_value() for name in ("Left", "Top", "Width", "Height")]
    assert fields == ["5", "40", "20", "25"]
    office.get_by_role("button", name="Add a box").press("Enter")
    office.keyboard.press("Delete")
    expect(office.get_by_text("Boxes to cover: 1")).to_be_visible()
    office.get_by_role("button", name="Cover for good").press("Enter")
    expect(office.get_by_text("It is covered for good")).to_be_visible()
    new = office.url.split("?")[0].rsplit("/", 1)[1]
    at = colours(office.request.get(f"{site}/photos/{new}").body())
    assert is_black(at(15, 52))
    assert not is_black(at(50, 50))


@pytest.fixture
def plain(browser: Browser, secretary: dict[str, str]) -> Iterator[Page]:
    yield from pages(browser, secretary, viewport=PHONE, java_script_enabled=False)


def test_a_moderator_covers_by_numbers_without_a_script(plain: Page, site: str, photo: str) -> None:
    plain.goto(f"{site}/moderation/photos/{photo}")
    expect(plain.get_by_role("button", name="Add a box")).to_be_hidden()
    plain.get_by_text("Boxes as numbers").click()
    for name, value in (("Left", "50"), ("Top", "70"), ("Width", "25"), ("Height", "10")):
        plain.get_by_label(f"{name} of box 1").fill(value)
    plain.get_by_label("With of box 1").select_option("mosaic")
    plain.get_by_role("button", name="Cover for good").click()
    expect(plain.get_by_text("It is covered for good")).to_be_visible()
    assert plain.request.get(f"{site}/photos/{photo}").status == 404


LEAST = {"category": "lighting", "severity": "2", "noticed_at": "night"}
BY_THE_QUEUE = """async ([village, lon, lat, least, photos]) => {
    const { enqueue, newKey, sendNow } = await import('/static/js/data/queue.js');
    const blobs = photos.map(([type, bytes]) => new Blob([new Uint8Array(bytes)], { type }));
    const key = newKey();
    await enqueue({ key, village, name: '榕樹里', body: { lon, lat, ...least }, photos: blobs });
    return (await sendNow(key)).follow_up;
}"""


def test_the_phones_queue_brings_photos_and_no_place(
    phone: Page, site: str, engine: Engine, accessible: Accessible
) -> None:
    """A kind that the browser reads is made small there; another comes as it is: the server draws both anew."""
    with unit_of_work(engine) as session:
        spot = study_area(session, CODE).geometry.representative_point()
    sent = [("image/jpeg", list(a_street())), ("image/heic", list(pictures.heic()))]
    phone.goto(f"{site}/villages/{CODE}/mark")
    follow_up = phone.evaluate(BY_THE_QUEUE, [CODE, spot.x, spot.y, LEAST, sent])
    phone.goto(follow_up if follow_up.startswith("http") else site + follow_up)
    expect(phone.get_by_role("img", name="of this spot")).to_have_count(2)
    own = [str(one.get_attribute("src")) for one in phone.get_by_role("img", name="of this spot").all()]
    for path in own:
        for content in (phone.request.get(site + path).body(), phone.request.get(site + path[: -len("/small")]).body()):
            assert is_bare_jpeg(content)
            assert not [secret for secret in pictures.SECRETS if secret in content]


def test_photos_are_chosen_one_by_one_and_taken_away(phone: Page, site: str) -> None:
    phone.goto(f"{site}/villages/{CODE}/mark")
    field = phone.locator("[name=photos]")
    photo = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": a_street()}
    for number in range(1, 6):
        field.set_input_files(files=[photo])  # type: ignore[list-item]
        expect(phone.locator("[data-chosen-photos] canvas")).to_have_count(min(number, 4))
    phone.evaluate("document.querySelector('[data-chosen-photos] button').click()")
    assert phone.evaluate("document.querySelector('[name=photos]').files.length") == 3


def test_the_photo_that_showed_the_place_is_sent_if_somebody_says_so(phone: Page, site: str) -> None:
    phone.goto(f"{site}/villages/{CODE}/mark")
    one = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": pictures.jpeg()}
    phone.locator("[data-photo-place]").set_input_files(files=[one])  # type: ignore[list-item]
    offer = phone.locator("[data-offer-photo]")
    expect(offer).not_to_have_attribute("hidden", "")
    expect(phone.locator("[data-chosen-photos] canvas")).to_have_count(0)
    offer.evaluate("button => button.click()")  # its question comes later
    expect(phone.locator("[data-chosen-photos] canvas")).to_have_count(1)
