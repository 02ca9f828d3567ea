"""Nothing that somebody typed or looked at is lost by a reload, a way back or an error."""

import re

import pytest
from playwright.sync_api import Page, expect
from tests.support.stepping import onward

from safemap.demo.layout import CODE

pytestmark = pytest.mark.browser


def fill_until_the_words(page: Page, site: str) -> None:
    page.goto(f"{site}/villages/{CODE}/mark")
    page.locator(".family summary").first.click()
    page.get_by_role("radio", name=re.compile("Too dark")).check()
    onward(page)
    page.locator("#map").click(position={"x": 150, "y": 130})
    onward(page)
    page.get_by_role("radio", name="Somebody could be hurt").check()
    page.get_by_role("radio", name="At any time").check()
    onward(page)
    page.get_by_role("textbox").fill("廟旁的燈壞了")


def test_a_reload_keeps_what_was_typed_and_the_step(phone: Page, site: str) -> None:
    fill_until_the_words(phone, site)
    spot = phone.locator("[name=lat]").input_value()
    phone.reload()
    expect(phone.get_by_role("textbox")).to_have_value("廟旁的燈壞了")
    expect(phone.get_by_text("What you wrote before is still here.")).to_be_visible()
    assert phone.locator("[name=lat]").input_value() == spot
    phone.get_by_role("button", name="Next").click()
    expect(phone.get_by_role("definition").filter(has_text="Not given yet")).to_have_count(0)


def test_going_away_and_coming_back_keeps_it_until_it_is_sent(phone: Page, site: str) -> None:
    fill_until_the_words(phone, site)
    phone.goto(f"{site}/villages/{CODE}")
    phone.get_by_role("link", name="Mark an unsafe spot").click()
    expect(phone.get_by_text("What you wrote before is still here.")).to_be_visible()
    for _ in range(4):
        onward(phone)
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_text("Thank you. Your report has arrived.")).to_be_visible()
    phone.get_by_role("link", name="Mark another spot").click()
    expect(phone.get_by_text("What is unsafe?")).to_be_visible()
    expect(phone.get_by_text("What you wrote before is still here.")).to_be_hidden()
    assert phone.locator("[name=lat]").input_value() == ""
    assert phone.locator("[name=description]").input_value() == ""


def test_back_after_sending_shows_an_empty_form(phone: Page, site: str) -> None:
    fill_until_the_words(phone, site)
    phone.get_by_role("button", name="Next").click()
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_text("Thank you. Your report has arrived.")).to_be_visible()
    phone.go_back()
    expect(phone.get_by_text("What is unsafe?")).to_be_visible()
    assert phone.locator("[name=description]").input_value() == ""


def test_what_was_refused_is_kept_when_the_page_is_opened_again(phone: Page, site: str) -> None:
    fill_until_the_words(phone, site)
    phone.get_by_role("textbox").fill("隔壁先生每天打老婆")
    phone.get_by_role("button", name="Next").click()
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_role("alert").first).to_contain_text("Please tell this to those who can help at once")
    phone.locator('[name="severity"][value="3"]').check()
    phone.goto(f"{site}/villages/{CODE}/mark")
    expect(phone.locator("[name=category]:checked")).to_have_value("lighting")
    expect(phone.locator("[name=severity]:checked")).to_have_value("3")
    assert phone.locator("[name=description]").input_value() == ""  # what belongs elsewhere stands nowhere any more
    phone.get_by_role("button", name="Begin anew").click()
    expect(phone.get_by_text("What you wrote before is still here.")).to_be_hidden()
    expect(phone.locator("[name=category]:checked")).to_have_count(0)


def test_a_question_that_is_not_answered_is_said_and_the_form_stays(phone: Page, site: str) -> None:
    phone.goto(f"{site}/villages/{CODE}/mark")
    for question, words in (("What is unsafe?", "Choose what is unsafe here."), ("Where is it?", "Choose where it is")):
        phone.get_by_role("button", name="Next").click()
        expect(phone.get_by_role("alert").filter(has_text=words)).to_be_visible()
        expect(phone.get_by_role("heading", name=question)).to_be_visible()
        if question == "What is unsafe?":
            phone.locator(".family summary").first.click()
            phone.get_by_role("radio", name=re.compile("Too dark")).check()
            phone.get_by_role("button", name="Next").click()


@pytest.mark.parametrize("way", ["link", "browser"])
def test_back_from_a_report_returns_to_the_same_place(office: Page, site: str, way: str) -> None:
    office.goto(f"{site}/villages/{CODE}")
    expect(office.locator("#map")).to_have_attribute("data-drawn", "reports")
    office.get_by_role("button", name="Closer").click()
    office.wait_for_timeout(400)
    report = office.locator("a.report").nth(30)
    report.focus()
    office.wait_for_timeout(400)
    before = office.evaluate("document.getElementById('sheet-body').scrollTop")
    scale = office.locator(".leaflet-control-scale-line").inner_text()
    pins = office.locator(".pin, .cluster").count()
    report.click()
    expect(office.locator("#map .pin")).to_be_visible()
    if way == "link":
        office.get_by_role("link", name="Back to the map").click()
    else:
        office.go_back()
    expect(office.locator("#map")).to_have_attribute("data-drawn", "reports")
    expect(office.locator("a.report").nth(30)).to_be_focused()
    assert office.evaluate("document.getElementById('sheet-body').scrollTop") == pytest.approx(before, abs=2)
    assert office.locator(".leaflet-control-scale-line").inner_text() == scale
    assert office.locator(".pin, .cluster").count() == pins


def test_back_from_a_dead_zone_returns_to_its_layer_and_hours(pocket: Page, site: str) -> None:
    pocket.goto(f"{site}/villages/{CODE}?layer=zones&period=evening")
    expect(pocket.locator("#map")).to_have_attribute("data-drawn", "zones")
    pocket.locator("[data-sheet-handle]").tap()
    pocket.locator("#layer .item").nth(2).click()
    expect(pocket).to_have_url(re.compile("dead-zones"))
    expect(pocket.locator("#map")).to_have_attribute("data-drawn", "zones")
    pocket.get_by_role("link", name=re.compile("^←")).click()
    expect(pocket).to_have_url(re.compile("layer=zones&period=evening"))
    expect(pocket.locator("#sheet")).to_have_attribute("data-sheet", "half")
    expect(pocket.locator("#layer .item").nth(2)).to_be_focused()


def test_who_comes_from_the_list_of_villages_sees_the_whole_village(desktop: Page, site: str) -> None:
    desktop.goto(f"{site}/villages/{CODE}")
    whole = desktop.locator(".leaflet-control-scale-line").inner_text()
    desktop.get_by_role("button", name="Closer").click()
    desktop.get_by_role("button", name="Closer").click()
    desktop.wait_for_timeout(500)
    desktop.goto(site)
    desktop.get_by_role("link", name=re.compile("Open Banyan")).click()
    expect(desktop.locator(".leaflet-control-scale-line")).to_have_text(whole)
