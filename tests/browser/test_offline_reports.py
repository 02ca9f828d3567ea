"""A phone that loses its connection, its page, its answers: each report arrives, and arrives once."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, Route, expect, sync_playwright
from sqlalchemy import Engine, text
from tests.browser.conftest import PHONE, QUIET, chromium
from tests.browser.test_marking import choose_kind
from tests.support.stepping import onward

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


def begin(page: Page, words: str) -> None:
    """Fill in the form up to its words, as it asks."""
    choose_kind(page, "lighting")
    onward(page)
    page.locator("#map").click(position={"x": 150, "y": 130})
    expect(page.get_by_text("Chosen. Not quite right?")).to_be_visible()
    onward(page)
    page.get_by_role("radio", name="Somebody could be hurt").check()
    page.get_by_role("radio", name="Usually at night").check()
    onward(page)
    page.locator("[name=description]").fill(words)


def change(page: Page, words: str) -> None:
    """Change the words of a report that waits, and send it."""
    page.get_by_role("button", name="Change", exact=True).click()
    expect(page.get_by_text("What you wrote before is still here.")).to_be_visible()
    for _ in range(3):
        onward(page)
    page.locator("[name=description]").fill(words)
    send(page)


def send(page: Page) -> None:
    onward(page)
    page.get_by_role("button", name="Send", exact=True).click()


def mark(page: Page, words: str) -> None:
    """Fill in the form and send it."""
    begin(page, words)
    send(page)


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


def test_a_report_marked_without_a_connection_arrives_once(phone: Phone, arrived: Callable[[str], int]) -> None:
    page = phone.in_the_field()
    mark(page, "離線寫的")
    expect(page.get_by_role("heading", name="1 report waits on this phone")).to_be_visible()
    expect(page.get_by_text("Your report is kept on this phone.")).to_be_visible()
    expect(page.get_by_text("Waits for a connection.")).to_be_visible()
    phone.die()
    assert arrived("離線寫的") == 0
    phone.line.mend()
    page = phone.start()
    page.goto(phone.site)  # any page sends what waits
    until(page, lambda: arrived("離線寫的"))
    page.goto(f"{phone.site}/waiting")
    link = page.get_by_role("link", name=re.compile("Too dark"))
    link.click()
    expect(page.get_by_text("離線寫的")).to_be_visible()
    phone.die()
    page = phone.start()
    page.goto(f"{phone.site}/waiting")
    expect(page.get_by_role("heading", name="Nothing waits on this phone")).to_be_visible()
    page.wait_for_timeout(2500)  # longer than a page waits before it sends
    assert arrived("離線寫的") == 1


def test_an_answer_that_is_lost_makes_no_second_report(phone: Phone, arrived: Callable[[str], int]) -> None:
    page = phone.keep_village()
    lost = []

    def lose(route: Route) -> None:
        route.fetch()  # the server takes it
        lost.append(route.request.headers["idempotency-key"])
        route.abort("connectionreset")

    page.context.route("**/hazards", lose)
    mark(page, "答覆遺失")
    expect(page.get_by_role("heading", name="1 report waits on this phone")).to_be_visible()
    assert arrived("答覆遺失") == 1
    page.get_by_role("button", name="Send now").click()
    until(page, lambda: len(lost) > 1)
    phone.die()
    page = phone.start()
    page.goto(f"{phone.site}/waiting")
    page.get_by_role("button", name="Send now").click()
    page.get_by_role("link", name=re.compile("Too dark")).click()
    expect(page.get_by_text("答覆遺失")).to_be_visible()  # the link is the first one's
    assert arrived("答覆遺失") == 1
    assert len(set(lost)) == 1


def test_two_pages_send_a_report_once(phone: Phone, arrived: Callable[[str], int]) -> None:
    page = phone.in_the_field()
    mark(page, "兩個分頁")
    expect(page.get_by_role("heading", name="1 report waits on this phone")).to_be_visible()
    other = page.context.new_page()
    other.goto(f"{phone.site}/waiting")
    sent: list[str] = []
    page.context.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    phone.line.mend()
    for tab in (page, other):
        tab.evaluate("dispatchEvent(new Event('online'))")
    until(page, lambda: arrived("兩個分頁"))
    for tab in (page, other):
        expect(tab.get_by_role("heading", name="Nothing waits on this phone")).to_be_visible()
        expect(tab.get_by_role("link", name=re.compile("Too dark"))).to_have_count(1)
    assert arrived("兩個分頁") == 1
    assert len(sent) == 1


def test_a_spot_in_the_address_is_taken_without_a_connection_too(phone: Phone) -> None:
    page = phone.in_the_field()
    west, south, east, north = map(float, str(page.locator("#map").get_attribute("data-bounds")).split(","))
    lon, lat = (west + east) / 2, (south + north) / 2
    page.goto(f"{phone.site}/villages/{CODE}/mark?lon={lon:.6f}&lat={lat:.6f}")  # as a poster's code says
    expect(page.locator("[name=lat]")).to_have_value(f"{lat:.6f}")


def test_what_waits_can_be_changed_and_deleted(phone: Phone, arrived: Callable[[str], int]) -> None:
    page = phone.in_the_field()
    mark(page, "寫錯了")
    change(page, "改好了")
    expect(page.get_by_role("heading", name="1 report waits on this phone")).to_be_visible()
    expect(page.get_by_text("改好了")).to_be_visible()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("heading", name="Nothing waits on this phone")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("改好了")).to_be_visible()
    phone.line.mend()
    page.get_by_role("button", name="Send now").click()
    expect(page.get_by_role("link", name=re.compile("Too dark"))).to_be_visible()
    assert (arrived("寫錯了"), arrived("改好了")) == (0, 1)


def test_a_change_after_a_lost_answer_replaces_what_arrived(phone: Phone, arrived: Callable[[str], int]) -> None:
    page = phone.keep_village()
    page.context.route("**/hazards", lambda route: (route.fetch(), route.abort("connectionreset")))
    mark(page, "第一版")
    expect(page.get_by_role("heading", name="1 report waits on this phone")).to_be_visible()
    assert arrived("第一版") == 1  # the phone cannot know
    page.context.unroute("**/hazards")
    change(page, "第二版")
    expect(page.get_by_text("Thank you. Your report has arrived.")).to_be_visible()
    assert (arrived("第一版"), arrived("第二版")) == (0, 1)


def test_what_may_have_arrived_is_taken_back_when_it_is_deleted(phone: Phone, arrived: Callable[[str], int]) -> None:
    page = phone.keep_village()
    page.context.route("**/hazards", lambda route: (route.fetch(), route.abort("connectionreset")))
    mark(page, "不要了")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("Should it have arrived already")).to_be_visible()
    assert arrived("不要了") == 1
    page.context.unroute("**/hazards")
    until(page, lambda: not arrived("不要了"))


def test_the_worker_sends_when_the_browser_wakes_it(phone: Phone, arrived: Callable[[str], int]) -> None:
    page = phone.in_the_field()
    mark(page, "背景送出")
    expect(page.get_by_text("Waits for a connection.")).to_be_visible()
    phone.line.mend()
    session = page.context.new_cdp_session(page)
    found: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: found.extend(one["registrationId"] for one in told["registrations"]),
    )
    session.send("ServiceWorker.enable")
    until(page, lambda: found)
    wake = {"origin": phone.site, "registrationId": found[0], "tag": "safemap send", "lastChance": False}
    session.send("ServiceWorker.dispatchSyncEvent", wake)
    until(page, lambda: arrived("背景送出"))
    expect(page.get_by_role("heading", name="Nothing waits on this phone")).to_be_visible()
    assert arrived("背景送出") == 1


def test_on_a_line_that_hangs_the_form_opens_all_the_same(phone: Phone) -> None:
    page = phone.keep_village()
    phone.line.hang()
    page.goto(f"{phone.site}/villages/{CODE}/mark")
    expect(page.get_by_text("No connection: this was kept on")).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("Mark an unsafe spot"))).to_be_visible()


def test_a_report_that_is_refused_can_be_corrected(phone: Phone, arrived: Callable[[str], int]) -> None:
    page = phone.in_the_field()
    mark(page, "有人打老婆")  # belongs to who helps, not on a map
    expect(page.get_by_role("heading", name="1 report waits on this phone")).to_be_visible()
    phone.line.mend()
    page.get_by_role("button", name="Send now").click()
    expect(page.get_by_text("It could not be taken as it is:")).to_be_visible()
    page.goto(f"{phone.site}/villages/{CODE}")
    expect(page.get_by_role("link", name="1 reports need to be looked at again")).to_be_visible()
    page.goto(f"{phone.site}/waiting")
    change(page, "巷口的燈壞了，看不清楚")
    expect(page.get_by_text("Thank you. Your report has arrived.")).to_be_visible()
    assert arrived("巷口的燈壞了，看不清楚") == 1


def test_links_are_kept_for_as_long_as_somebody_wants(phone: Phone) -> None:
    page = phone.keep_village()
    mark(page, "留下連結")
    expect(page.get_by_text("Thank you. Your report has arrived.")).to_be_visible()
    page.goto(f"{phone.site}/waiting")
    link = page.get_by_role("link", name=re.compile("Too dark"))
    expect(link).to_be_visible()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(link).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(link).to_have_count(1)
    page.get_by_role("checkbox").uncheck()
    expect(link).to_have_count(0)
    page.goto(f"{phone.site}/villages/{CODE}/mark")
    mark(page, "不留連結")
    expect(page.get_by_text("Thank you. Your report has arrived.")).to_be_visible()
    page.goto(f"{phone.site}/waiting")
    expect(page.get_by_role("checkbox")).not_to_be_checked()
    expect(page.get_by_role("heading", name="Nothing waits on this phone")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("Too dark"))).to_have_count(0)
