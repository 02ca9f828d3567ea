"""What a phone keeps of the site: nothing that somebody sees by their roles, nothing of a session that has ended."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, Route, expect, sync_playwright
from sqlalchemy import Engine, text
from tests.browser.conftest import chromium
from tests.browser.test_offline_reports import Phone, begin, kept, mark, send, until
from tests.support import pictures

from safemap.bench._browsing import LOOKING, MARKING, UNHURRIED, visits
from safemap.bench._line import Line
from safemap.demo.layout import CODE
from safemap.web import offline

pytestmark = pytest.mark.browser
FIRST_VISIT_BYTES = 300_000
EVERYTHING = """async () => {
    const found = {};
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const { url } of await cache.keys()) {
            found[url.replace(location.origin, '')] = await (await cache.match(url)).text();
        }
    }
    return found;
}"""
OPEN_TO_ALL = re.compile(
    r"/kept|/waiting|/offline|/static/.+\?v=\w+|/tiles/base/\d+/\d+/\d+\.mvt"
    r"|/villages/[^/?]+(/mark)?|/api/v1/villages/[^/?]+(/(places|report-counts|hazards\?limit=1000))?"
)


@pytest.fixture(scope="module")
def play() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture
def phone(play: Playwright, tmp_path: Path, site: str) -> Iterator[Phone]:
    with Line(site) as line:
        made = Phone(play, tmp_path / "phone", line)
        yield made
        made.die()


@pytest.fixture
def office(phone: Phone, secretary: dict[str, str]) -> Page:
    """The phone of who runs the village, signed in."""
    page = phone.start()
    page.context.add_cookies([{**secretary, "url": phone.site}])  # type: ignore[typeddict-item]
    return page


def test_nothing_that_a_secretary_sees_is_kept(office: Page, phone: Phone, engine: Engine) -> None:
    with engine.connect() as connection:
        private = list(
            connection.execute(
                text("SELECT description, public_id FROM hazard WHERE NOT is_public_place AND length(description) > 4")
            )
        )
    own = f"{phone.site}/villages/{CODE}"
    seen = ""
    for address in (
        *(own, f"{own}?layer=watch", f"{own}?layer=zones", f"{own}?layer=density", f"{own}/mark", f"{own}/dead-zones"),
        *(f"{phone.site}/{path}" for path in ("moderation", "members", "me", "me/data", "audit", "waiting")),
    ):
        office.goto(address)
        office.wait_for_load_state("networkidle")
        seen += office.content()
    assert "林幹事" in seen
    assert sum(words in seen for words, _ in private) > 10  # what was looked at is worth looking for
    office.goto(own)
    kept(office)
    until(office, lambda: "/offline" in office.evaluate(EVERYTHING))
    everything: dict[str, str] = office.evaluate(EVERYTHING)
    assert len(everything) > 30
    assert [address for address in everything if not OPEN_TO_ALL.fullmatch(address)] == []
    whole = "\n".join(everything.values())
    assert "林幹事" not in whole
    assert "data-signed-in>" not in whole
    assert "/sign-out" not in whole
    assert [one for one in private if one.description in whole or one.public_id in whole] == []
    # And so it is what the phone opens when the line is cut.
    phone.line.cut()
    office.goto(own)
    expect(office.get_by_role("link", name="Sign in").first).to_be_visible()
    office.goto(f"{phone.site}/moderation")
    expect(office.get_by_role("heading", name="No connection: this page cannot be opened now")).to_be_visible()


def test_who_signs_out_leaves_a_report_that_waits_and_nothing_else(
    office: Page, phone: Phone, arrived: Callable[[str], int]
) -> None:
    own = f"{phone.site}/villages/{CODE}/mark"
    office.goto(own)
    kept(office)
    mark(office, "登入時送出")
    expect(office.get_by_text("Thank you. Your report has arrived.")).to_be_visible()
    office.context.route("**/api/v1/**/hazards", lambda route: route.abort("connectionreset"))
    office.goto(own)
    mark(office, "登出後才送")
    expect(office.get_by_role("heading", name="1 report waits on this phone")).to_be_visible()
    expect(office.get_by_role("link", name=re.compile("Too dark"))).to_have_count(1)
    office.goto(own)
    begin(office, "寫到一半")
    assert office.evaluate("sessionStorage.length") > 0
    office.locator("details.own summary").click()
    office.get_by_role("button", name="Sign out").click()
    expect(office.get_by_role("link", name="1 report waits on this phone")).to_be_visible()
    assert office.evaluate("sessionStorage.length") == 0
    office.goto(f"{phone.site}/waiting")
    expect(office.get_by_text("登出後才送")).to_be_visible()
    expect(office.get_by_role("link", name=re.compile("Too dark"))).to_have_count(0)  # who it was, saw it; nobody else
    kept(office)  # the village still opens without a connection
    office.goto(own)
    expect(office.get_by_text("What you wrote before is still here.")).to_be_hidden()
    office.context.unroute("**/api/v1/**/hazards")
    asked: list[dict[str, str]] = []
    office.context.on("request", lambda one: asked.append(one.all_headers()) if one.method == "POST" else None)
    office.goto(f"{phone.site}/waiting")
    office.get_by_role("button", name="Send now").click()
    expect(office.get_by_role("link", name=re.compile("Too dark"))).to_have_count(1)
    assert arrived("登出後才送") == 1
    assert ["cookie" in headers for headers in asked] == [False]


def test_a_new_version_takes_over_and_loses_no_draft(
    phone: Phone, monkeypatch: pytest.MonkeyPatch, arrived: Callable[[str], int]
) -> None:
    page = phone.keep_village()
    begin(page, "更新前寫的")
    monkeypatch.setattr(offline, "version_of_pages", lambda: "another")
    changed = """() => new Promise(async (done) => {
        navigator.serviceWorker.addEventListener('controllerchange', () => done(true));
        await (await navigator.serviceWorker.ready).update();
    })"""
    assert page.evaluate(changed)
    expect(page.locator("[name=description]")).to_be_visible()  # where it was, at its step
    expect(page.locator("[name=description]")).to_have_value("更新前寫的")
    send(page)
    expect(page.get_by_text("Thank you. Your report has arrived.")).to_be_visible()
    assert arrived("更新前寫的") == 1
    until(page, lambda: page.evaluate(f"async () => (await ({KEPT_VERSION})()) === 'another'"))


KEPT_VERSION = """async () => {
    const cache = await caches.open('safemap shell');
    return (await (await cache.match('/kept')).json()).version;
}"""


@pytest.fixture
def arrived(engine: Engine, site: str) -> Callable[[str], int]:
    def count(words: str) -> int:
        with engine.connect() as connection:
            found = connection.execute(text("SELECT count(*) FROM hazard WHERE description = :words"), {"words": words})
            return int(found.scalar_one())

    return count


PUT_IN = """async () => {
    const { enqueue, newKey } = await import('/static/js/data/queue.js');
    const canvas = Object.assign(document.createElement('canvas'), { width: 3000, height: 1500 });
    canvas.getContext('2d').fillRect(0, 0, 1500, 1500);
    const drawn = await new Promise((done) => canvas.toBlob(done, 'image/jpeg'));
    const bytes = new Uint8Array(await drawn.arrayBuffer());
    const note = new TextEncoder().encode('Exif..GPS 24.60300 120.35300');
    const header = [0xff, 0xe1, 0, note.length + 2, ...note];
    const photo = new Blob([bytes.slice(0, 2), new Uint8Array(header), bytes.slice(2)], { type: 'image/jpeg' });
    const [west, south, east, north] = document.getElementById('map').dataset.bounds.split(',').map(Number);
    const body = { lon: (west + east) / 2, lat: (south + north) / 2, category: 'lighting', description: '有照片' };
    const { village } = document.body.dataset;
    const photos = [photo, new Blob(['unreadable'])];
    const report = await enqueue({ key: newKey(), village, name: '榕樹里', body, photos });
    const [kept, other] = report.photos;
    const picture = await createImageBitmap(kept.blob);
    const [tells, told] = await Promise.all([kept.blob, photo].map(async (one) => (await one.text()).includes('GPS')));
    return { width: picture.width, height: picture.height, tells, told, other: await other.blob.text() };
}"""


def test_photos_are_made_small_before_they_wait(phone: Phone) -> None:
    page = phone.keep_village()
    put = page.evaluate(PUT_IN)
    phone.line.cut()
    assert (put["width"], put["height"]) == (2048, 1024)
    assert put["told"]
    assert not put["tells"]
    assert put["other"] == "unreadable"  # the server can read more than this browser
    page.goto(f"{phone.site}/waiting")
    until(page, lambda: page.get_by_role("img", name="Photo 1").evaluate("(image) => image.naturalWidth === 2048"))
    phone.line.mend()
    page.get_by_role("button", name="Send now").click()
    expect(page.get_by_text("The report has arrived. A photo could not be taken:")).to_be_visible()
    expect(page.get_by_role("link", name="See what became of it")).to_be_visible()
    page.get_by_role("button", name="Remove photo 1").click()
    expect(page.get_by_role("heading", name="Nothing waits on this phone")).to_be_visible()


def test_photos_taken_without_a_connection_arrive_once(
    phone: Phone, arrived: Callable[[str], int], engine: Engine
) -> None:
    page = phone.in_the_field()
    begin(page, "離線拍的照片")
    page.locator("[name=photos]").set_input_files(
        [
            {"name": "lamp.jpg", "mimeType": "image/jpeg", "buffer": pictures.jpeg()},
            {"name": "lane.heic", "mimeType": "image/heic", "buffer": pictures.heic()},  # this browser cannot read it
        ]
    )
    send(page)
    expect(page.locator("[data-photos] img")).to_have_count(2)
    phone.die()
    phone.line.mend()
    page = phone.start()
    keys: list[str] = []

    def lose_the_first_answer(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        answer = route.fetch()
        assert answer.status == 201
        if len(keys) == 1:
            route.abort("connectionreset")
        else:
            route.fulfill(response=answer)

    page.context.route("**/api/v1/reports/*/photos", lose_the_first_answer)
    page.goto(f"{phone.site}/waiting")
    expect(page.get_by_role("link", name="See what became of it")).to_be_visible()  # the report is there already
    until(page, lambda: len(keys) == 1)
    expect(page.get_by_text("Waits for a connection.")).to_be_visible()
    page.get_by_role("button", name="Send now").click()
    expect(page.get_by_role("heading", name="Nothing waits on this phone")).to_be_visible()
    assert arrived("離線拍的照片") == 1
    assert keys[0] == keys[1] != keys[2]
    assert len(keys) == 3
    with engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT large FROM photo_picture JOIN hazard_photo USING (photo_id) "
                "JOIN hazard ON hazard.id = hazard_id WHERE description = '離線拍的照片'"
            )
        ).scalars()
        larges = [bytes(one) for one in found]
    assert len(larges) == 2
    assert not [one for one in larges if b"Exif" in one or b"SECRET" in one]


@pytest.mark.parametrize("language", ["en", "zh-Hant"])
def test_everybody_can_use_what_the_phone_shows(
    phone: Phone, accessible: Callable[[Page], None], language: str
) -> None:
    page = phone.keep_village()
    mark(page, "先送出一件")
    expect(page.get_by_text("Thank you. Your report has arrived.")).to_be_visible()
    page.evaluate(PUT_IN.replace("document.getElementById('map').dataset.bounds", "'120.35,24.6,120.36,24.61'"))
    for path in ("waiting", "offline", "privacy"):
        page.goto(f"{phone.site}/{path}?lang={language}")
        if path == "waiting":
            expect(page.locator("[data-unsent] .card")).to_have_count(1)
            expect(page.locator("[data-links] .card")).to_have_count(1)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        accessible(page)


@pytest.mark.parametrize(("path", "ready"), [("/mark", MARKING), ("", LOOKING)], ids=["form", "map"])
def test_a_first_visit_with_all_that_is_kept_costs_little(
    play: Playwright, tmp_path: Path, site: str, path: str, ready: str
) -> None:
    with Line(site) as line:
        address = f"/villages/{CODE}{path}"
        first, second = visits(play, chromium(), tmp_path / "new", line, address, ready, UNHURRIED)
    assert first.down_bytes <= FIRST_VISIT_BYTES  # heads of answers, the worker and the village's ground among them
    assert second.down_bytes <= first.down_bytes / 5
