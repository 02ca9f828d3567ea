"""The offline page in a real browser that has no network at all."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine

from safemap.communities.service import study_area
from safemap.db.session import unit_of_work
from safemap.demo.layout import CODE
from safemap.demo.loading import load_demo
from safemap.diagnosis.service import diagnose
from safemap.maps.service import offline_map

pytestmark = pytest.mark.browser
NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.mark.parametrize("size", [{"width": 360, "height": 740}, {"width": 1440, "height": 900}], ids=["phone", "desk"])
def test_it_opens_without_a_network_and_list_and_map_are_linked(
    browser: Browser, engine: Engine, tmp_path: Path, size: dict[str, int]
) -> None:
    with unit_of_work(engine) as session:
        load_demo(session)
        area = study_area(session, CODE)
        diagnose(session, area, now=NOW)
        (tmp_path / "map.html").write_text(
            offline_map(session, area, language="en", printed_by="示範幹事", now=NOW), encoding="utf-8"
        )
    context = browser.new_context(offline=True, viewport=size, reduced_motion="reduce")
    page = context.new_page()
    asked: list[str] = []
    trouble: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: trouble.append(message.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.goto((tmp_path / "map.html").as_uri())
    page.locator("[data-zone='2']").click()
    said = page.locator(".leaflet-popup-content strong").inner_text()
    assert said.startswith("2 ")
    assert said[2:] in page.locator("[data-zone='2']").inner_text()
    page.locator(".leaflet-control-layers").hover()
    layers = page.locator(".leaflet-control-layers-overlays label").all_inner_texts()
    assert {"Streets", "Buildings", "Dead zones", "Cameras", "Patrols", "Open reports"} <= {
        name.strip() for name in layers
    }
    assert page.locator("canvas").count() >= 1
    assert page.locator(".symbol svg").count() > 20
    assert page.locator("html").get_attribute("lang") == "en"
    assert "Fictional data" in page.locator("main").inner_text()
    assert asked == [page.url]
    assert trouble == []
    context.close()
