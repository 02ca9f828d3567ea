"""The tables go into a spreadsheet by one button."""

import re

import pytest
from playwright.sync_api import Page, expect

from safemap.demo.layout import CODE

pytestmark = pytest.mark.browser

# As a spreadsheet reads what is pasted.
ROWS = "async () => (await navigator.clipboard.readText()).split('\\n').map(line => line.split('\\t'))"


def copied(page: Page, site: str) -> list[list[str]]:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site)
    page.get_by_role("button", name="Copy table").press("Enter")
    expect(page.locator("#said")).to_have_text(re.compile(r"^\d+ rows copied"))
    return page.evaluate(ROWS)  # type: ignore[no-any-return]


def test_dead_zones_are_copied_in_the_order_shown(office: Page, site: str) -> None:
    office.goto(f"{site}/villages/{CODE}/dead-zones")
    office.get_by_role("button", name="Length").click()
    heads, *rows = copied(office, site)
    assert heads == ["Rank", "Place", "Length (m)", "Events", "Why", "Who watches"]
    assert {len(row) for row in rows} == {len(heads)}
    lengths = [int(row[2].replace(",", "")) for row in rows]
    assert lengths == sorted(lengths)
    assert [row[0] for row in rows] == office.locator("#zones .rank").all_inner_texts()
    assert all("; " in row[4] for row in rows)


def test_reports_are_copied_with_a_column_for_each_part(office: Page, site: str) -> None:
    office.goto(f"{site}/villages/{CODE}")
    expect(office.locator("#map")).to_have_attribute("data-drawn", "reports")
    heads, *rows = copied(office, site)
    assert heads == ["Kind", "State", "In words", "Reported", "When?", "How bad is it?", "Say so too"]
    assert len(rows) == office.locator("a.report").count()
    assert {len(row) for row in rows} == {len(heads)}
    assert {"Open"} < {row[1] for row in rows}
    assert all(row[0] and row[3] for row in rows)


def test_without_the_new_clipboard_it_is_copied_the_old_way_and_formulas_stay_words(office: Page, site: str) -> None:
    office.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })")
    office.goto(f"{site}/villages/{CODE}")
    expect(office.locator("#map")).to_have_attribute("data-drawn", "reports")
    office.locator("a.report [data-column=Kind]").first.evaluate("one => { one.textContent = '=1+1' }")
    office.evaluate("document.addEventListener('copy', () => { window.taken = String(document.activeElement.value) })")
    office.get_by_role("button", name="Copy table").click()
    expect(office.locator("#said")).to_have_text(re.compile(r"^\d+ rows copied"))
    assert office.evaluate("window.taken.split('\\n')[1]").startswith("'=1+1\t")


def test_a_browser_without_script_shows_no_button(without_script: Page, site: str) -> None:
    without_script.goto(f"{site}/villages/{CODE}")
    expect(without_script.get_by_text("Copy table")).to_be_hidden()
