"""Light, dark or as the device: at once, remembered, on the map too, with and without a script."""

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import PHONE, pages

from safemap.demo.layout import CODE

pytestmark = pytest.mark.browser

GROUND = "getComputedStyle(document.body).backgroundColor"
LIGHT, DARK = "rgb(251, 250, 247)", "rgb(22, 25, 24)"


def test_the_choice_changes_page_and_map_at_once_and_is_remembered(desktop: Page, site: str) -> None:
    desktop.goto(f"{site}/villages/{CODE}")
    expect(desktop.locator("#map")).to_have_attribute("data-ground", "light")
    assert desktop.evaluate(GROUND) == LIGHT
    desktop.get_by_label("Light or dark").press("Enter")
    desktop.get_by_role("link", name="Dark", exact=True).press("Enter")
    expect(desktop.locator("#map")).to_have_attribute("data-ground", "dark")
    assert desktop.evaluate(GROUND) == DARK
    expect(desktop.get_by_label("Light or dark")).to_be_focused()
    desktop.goto(f"{site}/about")
    assert desktop.evaluate(GROUND) == DARK
    desktop.get_by_label("Light or dark").click()
    expect(desktop.get_by_role("link", name="Dark", exact=True)).to_have_attribute("aria-current", "true")
    desktop.keyboard.press("Escape")
    expect(desktop.get_by_role("link", name="Dark", exact=True)).to_be_hidden()
    desktop.emulate_media(media="print")  # paper is white
    assert desktop.evaluate(GROUND) == "rgb(255, 255, 255)"


def test_without_a_choice_the_page_follows_the_device(desktop: Page, site: str) -> None:
    desktop.emulate_media(color_scheme="dark")
    desktop.goto(f"{site}/villages/{CODE}")
    expect(desktop.locator("#map")).to_have_attribute("data-ground", "dark")
    desktop.emulate_media(color_scheme="light")
    expect(desktop.locator("#map")).to_have_attribute("data-ground", "light")
    assert desktop.evaluate(GROUND) == LIGHT


def test_the_switch_works_without_a_script(browser: Browser, site: str) -> None:
    for page in pages(browser, viewport=PHONE, java_script_enabled=False):
        page.goto(f"{site}/villages/{CODE}?layer=watch")
        page.get_by_label("Light or dark").click()
        page.get_by_role("link", name="Dark", exact=True).click()
        expect(page).to_have_url(f"{site}/villages/{CODE}?layer=watch&appearance=dark")
        page.goto(f"{site}/about")
        assert page.evaluate(GROUND) == DARK
