"""Numbers and rings make room for each other, and all is reachable from close by."""

import re

import pytest
from playwright.sync_api import Page, expect

from safemap.demo.layout import CODE

pytestmark = pytest.mark.browser

OVERLAPPING = """selector => {
  const boxes = [...document.querySelectorAll(selector)].map(one => one.getBoundingClientRect());
  const apart = (a, b) => Math.hypot(a.x + a.width / 2 - b.x - b.width / 2, a.y + a.height / 2 - b.y - b.height / 2);
  return boxes.flatMap((a, i) => boxes.slice(i + 1).filter(b => apart(a, b) < (a.width + b.width) / 2 - 0.5)).length;
}"""


def drawn(page: Page, layer: str) -> None:
    expect(page.locator("#map")).to_have_attribute("data-drawn", layer)


def test_numbers_never_overlap_and_the_higher_rank_keeps_its_number(pocket: Page, site: str) -> None:
    pocket.goto(f"{site}/villages/{CODE}/dead-zones")
    drawn(pocket, "zones")
    listed = pocket.locator("#zones tbody tr").count()
    counts = []
    for _ in range(3):
        numbers = sorted(int(text) for text in pocket.locator(".zone-number").all_inner_texts())
        assert pocket.evaluate(OVERLAPPING, ".zone-number") == 0
        assert numbers[0] == 1
        assert len(numbers) + pocket.locator(".zone-mark").count() == listed
        counts.append(len(numbers))
        before = pocket.locator(".leaflet-control-scale-line").inner_text()
        pocket.get_by_role("button", name="Farther").click()
        expect(pocket.locator(".leaflet-control-scale-line")).not_to_have_text(before)
        pocket.wait_for_timeout(400)
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] < listed  # from afar some are small marks


def test_every_dead_zone_shows_its_number_from_close_by(office: Page, site: str) -> None:
    office.goto(f"{site}/villages/{CODE}/dead-zones")
    drawn(office, "zones")
    for link in office.locator("#zones tbody a[data-id]").all():
        link.click()
        office.wait_for_timeout(300)
        rank = link.get_attribute("data-id")
        expect(office.locator(".zone-number", has_text=re.compile(f"^{rank}$"))).to_be_in_viewport()


def test_incidents_gather_into_rings_whose_numbers_add_up(desktop: Page, site: str) -> None:
    desktop.goto(f"{site}/villages/{CODE}?layer=traffic")
    drawn(desktop, "traffic")
    said = desktop.locator("#legend-body", has_text="n = ").inner_text()
    all_of_them = int(re.search(r"n = (\d+)", said)[1])  # type: ignore[index]
    rings = [int(text) for text in desktop.locator(".cluster").all_inner_texts()]
    assert rings
    assert min(rings) >= 2
    assert sum(rings) <= all_of_them
    assert desktop.evaluate(OVERLAPPING, ".cluster") == 0
    ring = desktop.locator(".cluster").first
    ring.focus()
    ring.press("Enter")
    expect(desktop.locator(".cluster", has_text=re.compile(f"^{rings[0]}$"))).to_have_count(0)


GATHER = """async points => {
  const { gathered } = await import("/static/js/data/crowding.js");
  return gathered(points, point => point, 44).map(group => group.together.length);
}"""
SEAT = """async points => {
  const { seated } = await import("/static/js/data/crowding.js");
  return seated(points, point => [point], 28, 16).map(({ item, isSmall }) => [item.rank, isSmall]);
}"""


def test_what_is_exactly_as_far_as_the_reach_stands_alone(desktop: Page, site: str) -> None:
    desktop.goto(site)
    assert desktop.evaluate(GATHER, [{"x": 0, "y": 0}, {"x": 44, "y": 0}, {"x": 43.9, "y": 0}]) == [2, 1]
    assert desktop.evaluate(GATHER, [{"x": -1, "y": -1}, {"x": 1, "y": 1}]) == [2]
    assert desktop.evaluate(GATHER, []) == []
    places = [{"rank": rank, "x": x, "y": 0} for rank, x in ((1, 0), (2, 27), (3, 28))]
    assert desktop.evaluate(SEAT, places) == [[1, False], [3, False], [2, True]]
