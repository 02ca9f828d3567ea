"""A phone that loses its connection, its page, its answers: each report arrives, and arrives once."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect, sync_playwright
from sqlalchemy import Engine, text
from tests.browser.conftest import PHONE, QUIET, chromium

from safemap.bench._line import Line
from safemap.demo.layout import CODE

pytestmark = pytest.mark.browser
VILLAGE_BYTES = 2_000_000
KEPT = """async (key) => {
    const cache = await caches.open(`safemap village ${key}`);
    const notes = await (await cache.match('/kept'))?.json();
    return notes?.keptAt && notes.ground ? notes : null;
}"""


class Phone:
    """A browser with a folder of its own, so that what it keeps outlives its being closed, and a line to the site."""

    def __init__(self, play: Playwright, folder: Path, line: Line, **options: Any) -> None:
        self._play, self._folder, self.line = play, folder, line
        self._options = {"viewport": PHONE, "has_touch": True, "locale": "en", "reduced_motion": "reduce", **options}
        self.open: BrowserContext | None = None
        self.site = line.site

    def start(self) -> Page:
        """Switch the phone on."""
        self.open = self._play.chromium.launch_persistent_context(
            self._folder, executable_path=chromium(), args=QUIET, **self._options
        )
        # The browser's own background sync would send at moments that no test chooses.
        self.open.add_init_script("delete ServiceWorkerRegistration.prototype.sync")
        return self.open.pages[0] if self.open.pages else self.open.new_page()

    def die(self) -> None:
        """Have its battery run out."""
        if self.open:
            self.open.close()
        self.open = None

    def keep_village(self) -> Page:
        """Open the village with a connection and wait until it is kept."""
        page = self.start()
        page.goto(f"{self.site}/villages/{CODE}/mark")
        kept(page)
        return page

    def in_the_field(self) -> Page:
        """Open the form where there is no connection any more, on a phone that was off in between."""
        self.keep_village()
        self.die()
        self.line.cut()
        page = self.start()
        page.goto(f"{self.site}/villages/{CODE}/mark")
        return page


def kept(page: Page) -> dict[str, Any]:
    """Wait until the village is kept; return what the phone wrote down of it."""
    found: dict[str, Any] = until(page, lambda: page.evaluate(KEPT, CODE))
    return found


def until(page: Page, asked: Callable[[], Any]) -> Any:
    """Ask until there is an answer, while the browser goes on; what never comes fails."""
    for _ in range(150):
        if answer := asked():
            return answer
        page.wait_for_timeout(100)
    raise AssertionError(asked)


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
def arrived(engine: Engine, site: str) -> Callable[[str], int]:
    """How many reports with some words are on the server."""

    def count(words: str) -> int:
        with engine.connect() as connection:
            found = connection.execute(text("SELECT count(*) FROM hazard WHERE description = :words"), {"words": words})
            return int(found.scalar_one())

    return count


def mark(page: Page, words: str) -> None:
    """Fill in the form and send it."""
    page.locator("#map").click(position={"x": 150, "y": 130})
    page.get_by_role("button", name="Next").click()
    page.get_by_role("radio", name=re.compile("Too dark")).check()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("radio", name="Somebody could be hurt").check()
    page.get_by_role("radio", name="At night").check()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("textbox").fill(words)
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Send", exact=True).click()


def test_it_can_be_installed(phone: Phone) -> None:
    page = phone.keep_village()
    session = page.context.new_cdp_session(page)
    assert session.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
    described = session.send("Page.getAppManifest")
    assert described["errors"] == []
    assert '"Community safety map"' in described["data"]
    page.goto(f"{phone.site}/start?to=mark")  # where the app's shortcut leads: the village that was looked at last
    expect(page).to_have_url(f"{phone.site}/villages/{CODE}/mark")


def test_a_village_that_was_opened_once_opens_without_a_connection(phone: Phone) -> None:
    notes = kept(phone.keep_village())
    assert notes["bytes"] + notes["groundBytes"] < VILLAGE_BYTES
    phone.die()
    phone.line.cut()
    page = phone.start()
    page.goto(f"{phone.site}/villages/{CODE}/mark")
    expect(page.get_by_role("heading", name=re.compile("Mark an unsafe spot"))).to_be_visible()
    expect(page.get_by_text("No connection: this was kept on")).to_be_visible()
    assert is_painted(page)
    page.goto(f"{phone.site}/villages/{CODE}")
    expect(page.locator("#map")).to_have_attribute("data-drawn", "reports")
    assert is_painted(page)
    page.locator("[data-sheet-handle]").tap()
    page.get_by_role("link", name="Who watches", exact=True).tap()
    expect(page.get_by_role("heading", name="No connection: this page cannot be opened now")).to_be_visible()
    page.get_by_role("link", name="Mark a spot").click()
    expect(page.get_by_role("heading", name=re.compile("Mark an unsafe spot"))).to_be_visible()
    page.goto(f"{phone.site}/waiting")
    expect(page.get_by_role("heading", name="Nothing waits on this phone")).to_be_visible()


def is_painted(page: Page) -> bool:
    """Whether the map's ground shows more than its empty colour."""
    page.wait_for_function("document.querySelectorAll('.leaflet-tile-loaded').length > 0")
    return bool(
        page.evaluate(
            """() => [...document.querySelectorAll('canvas.leaflet-tile-loaded')].some((canvas) => {
                const seen = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
                return new Set(new Uint32Array(seen.buffer)).size > 3;
            })"""
        )
    )


def test_on_a_line_that_hangs_the_form_opens_all_the_same(phone: Phone) -> None:
    page = phone.keep_village()
    phone.line.hang()
    page.goto(f"{phone.site}/villages/{CODE}/mark")
    expect(page.get_by_text("No connection: this was kept on")).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("Mark an unsafe spot"))).to_be_visible()
