"""Hotspots in a real browser: list and map point at each other, families stay apart, every page can be used by all."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from safemap.demo.layout import CODE
from safemap.i18n import LANGUAGES

pytestmark = pytest.mark.browser
PAGES = ("hotspots", "times", "trends", "scores")


def drawn(page: Page) -> None:
    expect(page.locator("#map")).to_have_attribute("data-drawn", "hotspots")


def test_from_the_map_to_the_hotspots_and_back(office: Page, site: str) -> None:
    office.goto(f"{site}/villages/{CODE}")
    office.get_by_role("link", name=re.compile("^Hotspots: where, when")).click()
    drawn(office)
    said = office.get_by_role("heading", level=1).inner_text()
    assert re.match(r"\d hotspots of reports; the strongest is ", said)
    office.locator("#hotspot-1").hover()
    expect(office.locator(".zone-number.lit")).to_have_text("1")
    office.locator(".zone-number", has_text=re.compile("^2$")).click()
    expect(office.locator("#hotspot-2 a")).to_be_focused()
    assert office.locator("#hotspots tbody tr").count() == int(said.split()[0])
    office.get_by_role("link", name=re.compile("Banyan Village")).click()
    expect(office.get_by_role("link", name="Mark an unsafe spot")).to_be_visible()


def test_a_family_is_chosen_and_kept_from_page_to_page(office: Page, site: str) -> None:
    office.goto(f"{site}/villages/{CODE}/hotspots")
    office.get_by_role("link", name=re.compile("^Traffic accidents")).click()
    expect(office.get_by_role("heading", level=1)).to_contain_text("traffic accidents")
    for name in ("When", "Changes", "Track record"):
        office.get_by_role("link", name=name, exact=True).click()
        expect(office.get_by_role("link", name=re.compile("^Traffic accidents"))).to_have_attribute(
            "aria-current", "true"
        )
    office.get_by_role("link", name="Where", exact=True).click()
    drawn(office)
    expect(office.locator("#map")).to_have_attribute("data-events", "traffic")


def test_the_map_page_draws_the_same_family_that_it_lists(office: Page, site: str) -> None:
    office.goto(f"{site}/villages/{CODE}?layer=density")
    expect(office.locator("#map")).to_have_attribute("data-drawn", "density")
    listed = office.locator("#layer li a.item").count()
    expect(office.locator(".zone-number")).to_have_count(listed)
    office.get_by_role("link", name=re.compile("^Crimes \\d")).click()
    expect(office.locator("#layer h2")).to_contain_text("crime")
    expect(office.locator("#layer")).to_have_attribute("data-events", "crime")


def test_it_is_measured_again_from_the_page(office: Page, site: str) -> None:
    office.goto(f"{site}/villages/{CODE}/hotspots")
    office.get_by_role("button", name="Measure again with today's data").click()
    drawn(office)
    expect(office).to_have_url(f"{site}/villages/{CODE}/hotspots")


@pytest.mark.parametrize("events", ["reports", "traffic"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_are_for_everybody(
    pocket: Page, site: str, accessible: Callable[[Page], None], language: str, events: str
) -> None:
    pocket.goto(f"{site}/villages/{CODE}?lang={language}")
    for name in PAGES:
        pocket.goto(f"{site}/villages/{CODE}/{name}?events={events}")
        if name == "hotspots":
            drawn(pocket)
        accessible(pocket)


def test_without_a_script_everything_is_told(without_script: Page, secretary: dict[str, str], site: str) -> None:
    without_script.context.add_cookies([secretary])  # type: ignore[list-item]
    without_script.goto(f"{site}/villages/{CODE}/hotspots")
    assert without_script.locator("#hotspots tbody tr").count() >= 1
    expect(without_script.locator("#hotspot-1 .reasons li").first).to_be_visible()
    without_script.goto(f"{site}/villages/{CODE}/trends?events=traffic")
    without_script.get_by_text("The numbers as a table").click()
    expect(without_script.locator("#steps")).to_be_visible()
