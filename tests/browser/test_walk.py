"""The first walk in a real browser: open, mark, see it, find dead zones, take the handout."""

import re

import pytest
from playwright.sync_api import Page, Request, expect

from safemap.demo.layout import CODE

pytestmark = pytest.mark.browser
FIRST_VISIT_BYTES = 210_000


def drawn(page: Page, layer: str) -> None:
    expect(page.locator("#map")).to_have_attribute("data-drawn", layer)


def test_the_walk_on_a_phone(phone: Page, office: Page, site: str) -> None:
    phone.goto(site)
    phone.get_by_role("link", name=re.compile("Open Banyan")).click()
    drawn(phone, "reports")
    office.goto(f"{site}/villages/{CODE}")
    before = office.locator("a.report").count()
    phone.get_by_role("link", name="Mark an unsafe spot").click()
    phone.locator(".family summary").first.click()
    phone.get_by_role("radio", name=re.compile("Too dark")).check()
    phone.get_by_role("button", name="Next").click()
    phone.locator("#map").click(position={"x": 150, "y": 130})
    expect(phone.get_by_text("Chosen. Not quite right?")).to_be_visible()
    phone.get_by_role("button", name="Next").click()
    phone.get_by_role("radio", name="Somebody could be hurt").check()
    phone.get_by_role("radio", name="Usually at night").check()
    phone.get_by_role("button", name="Next").click()
    phone.get_by_role("textbox").fill("廟旁的燈壞了")
    expect(phone.get_by_text("6 of 500 characters")).to_be_visible()
    phone.go_back()  # a step back, and everything is kept
    expect(phone.get_by_role("radio", name="Usually at night")).to_be_checked()
    phone.get_by_role("button", name="Next").click()
    phone.get_by_role("button", name="Next").click()
    expect(phone.get_by_text("Is this right?")).to_be_visible()
    expect(phone.get_by_role("definition").filter(has_text="Not given yet")).to_have_count(0)
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_text("Thank you. Your report has arrived.")).to_be_visible()
    expect(phone.get_by_text("廟旁的燈壞了")).to_be_visible()
    own_page = phone.url.split("?")[0]
    phone.get_by_role("link", name="Back to the map").click()
    drawn(phone, "reports")
    expect(phone.locator("#sheet")).not_to_contain_text("廟旁的燈壞了")
    office.reload()
    drawn(office, "reports")
    expect(office.locator("a.report")).to_have_count(before + 1)
    expect(office.locator("a.report").first).to_contain_text("廟旁的燈壞了")
    phone.goto(own_page)
    phone.get_by_text("Take the whole report back").click()
    phone.get_by_role("button", name="Delete the report").click()
    expect(phone.get_by_role("heading", name="Your report is deleted")).to_be_visible()
    office.reload()
    expect(office.locator("a.report")).to_have_count(before)


def test_the_sheet_opens_by_tap_and_by_key(pocket: Page, site: str) -> None:
    pocket.goto(f"{site}/villages/{CODE}")
    sheet, handle = pocket.locator("#sheet"), pocket.locator("[data-sheet-handle]")
    for step in ("half", "full", "peek"):
        handle.tap()
        expect(sheet).to_have_attribute("data-sheet", step)
    handle.focus()
    pocket.keyboard.press("ArrowUp")
    expect(sheet).to_have_attribute("data-sheet", "half")
    expect(pocket.get_by_role("link", name="Dead zones", exact=True)).to_be_visible()


def test_dead_zones_and_the_handout(office: Page, site: str) -> None:
    office.goto(f"{site}/villages/{CODE}")
    office.get_by_role("link", name=re.compile("Dead zones as a table")).click()
    drawn(office, "zones")
    first = office.locator("#zone-1")
    expect(first).to_be_visible()
    first.hover()
    expect(office.locator(".zone-number.lit")).to_have_text("1")
    office.locator(".zone-number", has_text=re.compile("^2$")).click()
    expect(office.locator("#zone-2 a[data-id]")).to_be_focused()
    office.get_by_role("button", name="Length").click()
    lengths = [int(text.replace(",", "")) for text in office.locator("#zones td:nth-child(3)").all_inner_texts()]
    assert lengths == sorted(lengths)
    with office.expect_download() as started:
        office.get_by_role("link", name="Handout A4").click()
    assert started.value.path().read_bytes()[:5] == b"%PDF-"


def test_layers_are_chosen_and_back_returns(office: Page, site: str) -> None:
    office.goto(f"{site}/villages/{CODE}")
    drawn(office, "reports")
    for name, layer in (("Where they cluster", "density"), ("Who watches", "watch"), ("Crimes", "crime")):
        office.get_by_role("link", name=name, exact=True).click()
        drawn(office, layer)
        expect(office.get_by_role("link", name=name, exact=True)).to_have_attribute("aria-current", "page")
    office.go_back()
    drawn(office, "watch")
    expect(office.get_by_role("heading", name="Who and what watches here")).to_be_visible()
    assert office.locator(".leaflet-marker-icon").count() == 0  # nothing of the other layers is left


def test_the_map_names_its_sources_in_its_corner_and_in_the_legend(office: Page, site: str) -> None:
    office.goto(f"{site}/villages/{CODE}?layer=watch")
    drawn(office, "watch")
    expect(office.locator(".leaflet-control-attribution")).to_contain_text("invented data")
    expect(office.locator("#legend-body .sources")).to_have_text("Sources: invented data")
    html = "import('/static/js/map/base.js').then(it => it.creditHtml('A <i>, © OpenStreetMap contributors, B'))"
    link = '<a href="https://www.openstreetmap.org/copyright">© OpenStreetMap contributors</a>'
    assert office.evaluate(html) == f"A &lt;i&gt;, {link}, B"


def test_list_and_map_light_each_other(office: Page, site: str) -> None:
    office.goto(f"{site}/villages/{CODE}")
    drawn(office, "reports")
    office.locator("a.report").first.focus()
    expect(office.locator(".leaflet-marker-icon.lit")).to_have_count(1)
    office.locator(".pin:not(.cluster)").last.hover()
    expect(office.locator("a.report.lit")).to_have_count(1)


def test_the_language_is_one_tap_away(desktop: Page, site: str) -> None:
    desktop.goto(f"{site}/villages/{CODE}")
    desktop.get_by_role("link", name="中文").click()
    expect(desktop.locator("html")).to_have_attribute("lang", "zh-Hant")
    expect(desktop.get_by_role("link", name="標記不安全的地方")).to_be_visible()


@pytest.mark.parametrize("address", ["", "/mark", "/dead-zones", "/hotspots"])
def test_a_first_visit_on_a_phone_costs_less_than_210_kb(pocket: Page, site: str, address: str) -> None:
    finished: list[Request] = []
    pocket.on("requestfinished", lambda request: finished.append(request))  # noqa: PLW0108 Playwright marks functions
    pocket.goto(f"{site}/villages/{CODE}{address}")
    pocket.wait_for_load_state("networkidle")
    spent = sum(request.sizes()["responseBodySize"] for request in finished)
    assert spent <= FIRST_VISIT_BYTES


@pytest.mark.parametrize(
    "address",
    [
        *("", "mark", "dead-zones", "hotspots", "times", "trends", "scores", "hotspots?events=traffic"),
        *("times?events=traffic", "trends?events=crime", "?layer=zones", "?layer=watch", "?layer=density"),
    ],
)
def test_nothing_is_wider_than_a_phone(pocket: Page, site: str, address: str) -> None:
    pocket.goto(f"{site}/villages/{CODE}/{address}".replace("/?", "?").rstrip("/"))
    assert pocket.evaluate("document.documentElement.scrollWidth <= innerWidth")
