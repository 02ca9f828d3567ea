"""A spot is marked in every way that the form offers, on a phone, with keys alone, and without a script."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import Engine, text
from tests.browser.conftest import PHONE, pages
from tests.support.geotagged import heic, jpeg, png, tiff, webp

from safemap.demo.layout import CODE

pytestmark = pytest.mark.browser

PLACE = (120.3528, 24.6028)  # on 榕樹街, some metres south of 安樂街
FAR = (121.5, 25.0)
STORED = """
    SELECT category, noticed_at, weekdays, from_hour, until_hour, asset_kind, asset_number, accuracy_m,
           ST_AsText(extent) AS extent, ST_X(geom) AS lon, ST_Y(geom) AS lat, is_public_place
    FROM hazard ORDER BY id DESC LIMIT 1
"""


def open_form(page: Page, site: str, kind: str = "lighting", asked: str = "") -> None:
    """Open the form and say what is unsafe; where it is is asked next."""
    page.goto(f"{site}/villages/{CODE}/mark{asked}")
    choose_kind(page, kind)
    onward(page)
    expect(page.get_by_role("heading", name="Where is it?")).to_be_visible()


def choose_kind(page: Page, kind: str) -> None:
    radio = page.locator(f'[name="category"][value="{kind}"]')
    family = page.locator(".family", has=radio)
    if family.get_attribute("open") is None:
        family.locator("summary").click()
    radio.check()


def onward(page: Page) -> None:
    page.get_by_role("button", name="Next").click()


def suggested(page: Page) -> Locator:
    return page.locator("#suggestions [role=option]")


def finish(page: Page) -> None:
    """Answer the rest, and send."""
    onward(page)
    page.get_by_role("radio", name="Somebody could be hurt").check()
    page.get_by_role("radio", name="Usually at night").check()
    onward(page)
    onward(page)
    expect(page.get_by_text("Is this right?")).to_be_visible()
    expect(page.get_by_role("definition").filter(has_text="Not given yet")).to_have_count(0)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you. Your report has arrived.")).to_be_visible()


def stored(engine: Engine) -> dict[str, Any]:
    with engine.connect() as connection:
        return dict(connection.execute(text(STORED)).mappings().one())


def near(one: dict[str, Any], lon: float, lat: float, by: float = 3e-5) -> None:
    assert (one["lon"], one["lat"]) == pytest.approx((lon, lat), abs=by)


@pytest.fixture
def at_the_spot(browser: Browser) -> Iterator[Page]:
    yield from pages(
        browser,
        viewport=PHONE,
        has_touch=True,
        permissions=["geolocation"],
        geolocation={"longitude": PLACE[0], "latitude": PLACE[1], "accuracy": 9},
    )


# --- Where ---


def test_by_a_tap(phone: Page, site: str, engine: Engine) -> None:
    open_form(phone, site)
    phone.locator("#map").click(position={"x": 150, "y": 120})
    expect(phone.get_by_text("Chosen. Not quite right?")).to_be_visible()
    expect(phone.locator("#map .spot")).to_be_visible()
    told = [float(phone.locator(f"[name={name}]").input_value()) for name in ("lon", "lat")]
    finish(phone)
    near(stored(engine), *told)


def test_by_the_cross_in_the_middle(phone: Page, site: str, engine: Engine) -> None:
    open_form(phone, site)
    phone.get_by_role("button", name="Take the middle").click()
    expect(phone.locator("#map .spot")).to_be_visible()
    finish(phone)
    west, south, east, north = (120.3494, 24.6, 120.3565, 24.6061)
    kept = stored(engine)
    assert west < kept["lon"] < east
    assert south < kept["lat"] < north


def test_by_the_phones_own_position(at_the_spot: Page, site: str, engine: Engine) -> None:
    open_form(at_the_spot, site)
    at_the_spot.get_by_role("button", name="I am here").click()
    expect(at_the_spot.get_by_text("You are here, give or take 9 m.")).to_be_visible()
    expect(at_the_spot.locator("#map .known-within")).to_be_visible()
    finish(at_the_spot)
    kept = stored(engine)
    near(kept, *PLACE)
    assert kept["accuracy_m"] == 9


@pytest.mark.parametrize(
    ("place", "accuracy", "said", "is_chosen"),
    [
        (PLACE, 240, "only within 240 m", True),
        (PLACE, 3000, "only roughly where you are", False),
        (FAR, 20, "You are not in the village now, about 12", False),
    ],
)
def test_a_position_that_is_rough_or_elsewhere_is_said_kindly(
    at_the_spot: Page, site: str, place: tuple[float, float], accuracy: int, said: str, is_chosen: bool
) -> None:
    at_the_spot.context.set_geolocation({"longitude": place[0], "latitude": place[1], "accuracy": accuracy})
    open_form(at_the_spot, site)
    at_the_spot.wait_for_timeout(300)  # the outline is there
    at_the_spot.get_by_role("button", name="I am here").click()
    expect(at_the_spot.get_by_text(said)).to_be_visible()
    assert bool(at_the_spot.locator("[name=lat]").input_value()) is is_chosen


def test_a_position_that_is_not_allowed_leaves_the_other_ways(phone: Page, site: str) -> None:
    open_form(phone, site)
    phone.get_by_role("button", name="I am here").click()
    expect(phone.get_by_text("The phone may not tell its position here.")).to_be_visible()
    onward(phone)
    expect(phone.get_by_role("alert").filter(has_text="Choose where it is")).to_be_visible()


@pytest.mark.parametrize("made", [jpeg, png, webp, heic])
@pytest.mark.parametrize("order", ["<", ">"])
def test_by_the_place_in_a_photo(
    phone: Page, site: str, engine: Engine, made: Callable[[bytes], bytes], order: str
) -> None:
    open_form(phone, site)
    phone.wait_for_timeout(200)
    photo = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": made(tiff(*PLACE, order))}
    phone.locator("[data-photo-place]").set_input_files(files=[photo])  # type: ignore[list-item]
    expect(phone.get_by_text("The photo was taken here. Is this the spot?")).to_be_visible()
    expect(phone.locator("#map .proposed")).to_be_visible()
    assert phone.locator("[name=lat]").input_value() == ""  # nothing before its reporter says so
    phone.get_by_role("button", name="Yes, here").click()
    if made is jpeg:
        finish(phone)
        near(stored(engine), *PLACE)
    else:
        assert float(phone.locator("[name=lat]").input_value()) == pytest.approx(PLACE[1], abs=2e-5)


@pytest.mark.parametrize(
    ("photo", "said"),
    [
        (jpeg(tiff(None, 0)), "does not say where it was taken"),
        (jpeg(tiff(*PLACE))[:60], "does not say where it was taken"),
        (b"no photo at all", "does not say where it was taken"),
        (b"", "does not say where it was taken"),
        (jpeg(tiff(*FAR)), "was not taken in the village"),
        (jpeg(tiff(-PLACE[0], -PLACE[1])), "was not taken in the village"),
    ],
)
def test_a_photo_that_says_no_place_here(phone: Page, site: str, photo: bytes, said: str) -> None:
    open_form(phone, site)
    phone.wait_for_timeout(300)
    one = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo}
    phone.locator("[data-photo-place]").set_input_files(files=[one])  # type: ignore[list-item]
    expect(phone.get_by_text(said)).to_be_visible()
    assert phone.locator("[name=lat]").input_value() == ""


def test_a_photos_place_can_be_declined(phone: Page, site: str) -> None:
    open_form(phone, site)
    photo = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": jpeg(tiff(*PLACE))}
    phone.locator("[data-photo-place]").set_input_files(files=[photo])  # type: ignore[list-item]
    phone.get_by_role("button", name="No", exact=True).click()
    expect(phone.locator("#map .proposed")).to_have_count(0)
    assert phone.locator("[name=lat]").input_value() == ""


@pytest.mark.parametrize("said", ["榕樹街與安樂街口", "榕樹街 / 安樂街", "榕樹街和安樂街交叉口"])
def test_by_words_and_the_first_suggestion(phone: Page, site: str, said: str) -> None:
    open_form(phone, site)
    phone.get_by_role("combobox", name="Street, lane, landmark").fill(said)
    option = suggested(phone)
    expect(option).to_have_count(1)
    option.click()
    expect(phone.locator("#map .spot")).to_be_visible()
    assert phone.locator("#place").input_value() == "榕樹街 / 安樂街"
    assert float(phone.locator("[name=lon]").input_value()) == pytest.approx(120.352797, abs=2e-5)


def test_by_words_with_keys_alone_and_sent(phone: Page, site: str, engine: Engine) -> None:
    open_form(phone, site)
    phone.locator("#place").focus()
    phone.keyboard.type("榕樹街1")
    expect(suggested(phone).nth(1)).to_contain_text("榕樹街11巷")
    phone.keyboard.press("ArrowDown")
    phone.keyboard.press("ArrowDown")
    expect(phone.locator("#place")).to_have_attribute("aria-activedescendant", "suggestion-1")
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("listbox")).to_be_hidden()
    assert phone.locator("#place").input_value() == "榕樹街11巷"
    finish(phone)
    kept = stored(engine)
    near(kept, 120.351713, 24.600832)
    assert kept["accuracy_m"] == 167  # as far as the lane's ends


def test_words_that_were_typed_and_not_chosen_count_when_they_are_sure(phone: Page, site: str) -> None:
    open_form(phone, site)
    phone.locator("#place").fill("福安宮旁邊")
    onward(phone)
    expect(phone.get_by_role("heading", name="How bad is it?")).to_be_visible()
    phone.go_back()
    phone.locator("#place").fill("不知道")
    expect(suggested(phone)).to_contain_text("Nothing known by these words")


def test_by_the_number_of_a_lamp_and_near_misses_are_offered(phone: Page, site: str, engine: Engine) -> None:
    open_form(phone, site, "lamp_out")
    phone.locator("#place").fill("示9191")
    expect(suggested(phone)).to_contain_text("示0191")
    phone.locator("#place").fill("示191")
    suggested(phone).filter(has_text="示0191").click()
    finish(phone)
    kept = stored(engine)
    assert (kept["asset_kind"], kept["asset_number"]) == ("lamp", "示0191")
    assert kept["accuracy_m"] == 5


def test_by_the_number_of_a_camera_which_the_server_alone_knows(phone: Page, site: str, engine: Engine) -> None:
    open_form(phone, site, "camera_out")
    phone.locator("#place").fill("示範路榕樹街口-2")
    phone.keyboard.press("End")
    expect(suggested(phone).filter(has_text="示範路榕樹街口-2")).to_contain_text("camera")
    suggested(phone).filter(has_text="示範路榕樹街口-2").click()
    finish(phone)
    kept = stored(engine)
    assert (kept["asset_kind"], kept["asset_number"]) == ("camera", "示範路榕樹街口-2")


def test_from_the_list_with_no_map_at_all(phone: Page, site: str, engine: Engine) -> None:
    open_form(phone, site)
    phone.get_by_text("Choose from the list, without a map").click()
    phone.get_by_label("Street", exact=True).select_option(label="榕樹街 · Rongshu St.")
    phone.get_by_label("Where on it?").select_option(label="榕樹街, near Anle St.")
    finish(phone)
    near(stored(engine), 120.352797, 24.603162)


def test_a_poster_opens_the_form_at_its_spot(phone: Page, site: str, engine: Engine) -> None:
    open_form(phone, site, asked=f"?lon={PLACE[0]}&lat={PLACE[1]}")
    expect(phone.locator("#map .spot")).to_be_visible()
    finish(phone)
    near(stored(engine), *PLACE)


def test_a_tap_outside_the_village_is_said_at_once(phone: Page, site: str) -> None:
    open_form(phone, site)
    phone.wait_for_timeout(300)
    phone.locator("#map").click(position={"x": 6, "y": 6})
    expect(phone.get_by_text("This spot lies outside the village.")).to_be_visible()
    assert phone.locator("[name=lat]").input_value() == ""


# --- Lines and areas ---


def test_a_line_is_tapped_along_streets_and_can_be_undone(phone: Page, site: str, engine: Engine) -> None:
    open_form(phone, site)
    phone.get_by_role("radio", name="A stretch of street").check(force=True)
    phone.wait_for_timeout(300)
    tap = phone.locator("#map")
    tap.click(position={"x": 150, "y": 150})
    tap.click(position={"x": 170, "y": 190})
    tap.click(position={"x": 130, "y": 200})
    measured = phone.locator("[data-measured]")
    expect(measured).to_contain_text("3 points")
    phone.get_by_role("button", name="Undo the last point").click()
    expect(measured).to_contain_text("2 points")
    line = json.loads(phone.locator("[name=line]").input_value())
    assert len(line) >= 2
    finish(phone)
    kept = stored(engine)
    assert kept["extent"].startswith("LINESTRING(")


def test_a_line_follows_the_street_between_two_points(phone: Page, site: str) -> None:
    phone.goto(f"{site}/about")
    path, straight = phone.evaluate(
        """async (key) => {
          const { Tracing } = await import("/static/js/data/tracing.js");
          const { metresBetween } = await import("/static/js/data/plane.js");
          const { streets } = await (await fetch(`/api/v1/villages/${key}/places`)).json();
          const lane = streets.find(({ name }) => name === "老廟巷").lines[0];
          const traced = new Tracing(streets, lane[0]);
          for (const end of [lane[0], lane.at(-1)]) traced.add([end[0] + 0.00002, end[1] + 0.00002]);
          return [[traced.coordinates.length, traced.length_m, lane.length], metresBetween(lane[0], lane.at(-1))];
        }""",
        CODE,
    )
    assert path[0] >= path[2]  # every bend of the lane is in it
    assert path[1] > straight * 1.01


def test_a_whole_lane_is_a_line_with_no_map(phone: Page, site: str, engine: Engine) -> None:
    open_form(phone, site)
    phone.get_by_role("radio", name="A stretch of street").check(force=True)
    phone.locator("#place").fill("老廟巷")
    suggested(phone).first.click()
    expect(phone.locator("#map .marked-path")).to_be_visible()
    expect(phone.locator("[data-measured]")).to_contain_text(" m")
    finish(phone)
    assert stored(engine)["extent"].count(",") >= 8


def test_a_known_park_is_an_area_and_corners_make_one(phone: Page, site: str, engine: Engine) -> None:
    open_form(phone, site, "dogs")
    phone.get_by_role("radio", name="A whole place").check(force=True)
    phone.locator("#place").fill("榕樹公園")
    suggested(phone).first.click()
    expect(phone.locator("#map .marked-path")).to_be_visible()
    finish(phone)
    assert stored(engine)["extent"].startswith("POLYGON((")
    open_form(phone, site, "dogs")
    phone.get_by_role("radio", name="A whole place").check(force=True)
    phone.wait_for_timeout(200)
    for x, y in ((150, 150), (190, 150), (190, 190)):
        phone.locator("#map").click(position={"x": x, "y": y})
    expect(phone.locator("[data-measured]")).to_have_text("3 corners")
    finish(phone)
    assert stored(engine)["extent"].count(",") == 3


def test_what_a_kind_is_not_drawn_as_is_not_offered(phone: Page, site: str) -> None:
    open_form(phone, site, "lamp_out")
    expect(phone.get_by_role("group", name="How large is it?")).to_be_hidden()
    phone.go_back()
    choose_kind(phone, "lighting")
    onward(phone)
    expect(phone.get_by_role("radio", name="A stretch of street")).to_have_count(1)
    expect(phone.get_by_role("radio", name="A whole place")).to_be_hidden()


# --- Urgent things first ---


def test_what_is_urgent_says_so_before_the_form_goes_on(phone: Page, site: str) -> None:
    phone.goto(f"{site}/villages/{CODE}/mark")
    choose_kind(phone, "wires")
    expect(phone.get_by_role("alert")).to_contain_text("Call 119 first")
    expect(phone.get_by_role("link", name="Call 119")).to_have_attribute("href", "tel:119")
    expect(phone.get_by_role("button", name="Next")).to_be_hidden()
    phone.get_by_role("button", name="It is not urgent: go on").click()
    expect(phone.get_by_role("heading", name="Where is it?")).to_be_visible()
    phone.go_back()
    expect(phone.get_by_role("button", name="Next")).to_be_visible()  # it was heard once


# --- When ---


def test_days_and_hours_are_kept_and_said_again(phone: Page, site: str, engine: Engine) -> None:
    open_form(phone, site)
    phone.get_by_role("button", name="Take the middle").click()
    onward(phone)
    phone.get_by_role("radio", name="I feel uneasy here").check()
    phone.get_by_role("radio", name="Usually at night").check()
    phone.get_by_text("Only on some days or at some hours?").click()
    for day in ("Fri", "Sat"):
        phone.locator(".chips label", has_text=day).click()
    phone.get_by_label("From hour").select_option("22")
    phone.get_by_label("Until hour").select_option("2")
    phone.reload()
    expect(phone.get_by_role("checkbox", name="Sat")).to_be_checked()
    expect(phone.get_by_role("checkbox", name="Sun")).not_to_be_checked()
    onward(phone)
    onward(phone)
    expect(phone.get_by_role("definition").filter(has_text="Fri Sat · 22:00 to 02:00")).to_be_visible()
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_text("Thank you. Your report has arrived.")).to_be_visible()
    kept = stored(engine)
    assert (kept["weekdays"], kept["from_hour"], kept["until_hour"]) == (0b110000, 22, 2)


# --- Once more ---


def test_each_answer_can_be_changed_and_what_others_will_see_is_shown(phone: Page, site: str) -> None:
    open_form(phone, site)
    phone.locator("#place").fill("福安宮")
    suggested(phone).first.click()
    onward(phone)
    phone.get_by_role("radio", name="I feel uneasy here").check()
    phone.get_by_role("radio", name="At any time").check()
    onward(phone)
    onward(phone)
    expect(phone.locator("#review-map .spot")).to_be_visible()
    expect(phone.get_by_role("definition").filter(has_text="福安宮")).to_be_visible()
    seen = phone.locator("[data-preview]")
    expect(seen).to_contain_text("Too dark")
    expect(seen).to_contain_text("no spot: one more")
    phone.get_by_role("radio", name="Everybody: it is a public place").check()
    expect(seen).to_contain_text("this exact spot")
    phone.get_by_role("button", name="Change: How bad is it?").click()
    expect(phone.get_by_role("radio", name="I feel uneasy here")).to_be_checked()


# --- Everybody ---


def test_keys_alone_mark_a_spot_on_the_map(desktop: Page, site: str) -> None:
    desktop.goto(f"{site}/villages/{CODE}/mark")
    desktop.locator(".family summary").nth(1).press("Enter")
    desktop.get_by_role("radio", name=re.compile("Hidden corner")).press("Space")
    desktop.get_by_role("button", name="Next").press("Enter")
    desktop.locator("#map").focus()
    desktop.keyboard.press("ArrowRight")
    desktop.keyboard.press("Enter")
    expect(desktop.locator("#map .spot")).to_be_visible()
    desktop.get_by_role("button", name="Next").press("Enter")
    desktop.get_by_role("radio", name="I feel uneasy here").press("Space")
    desktop.get_by_role("radio", name="At any time").press("Space")
    desktop.get_by_role("button", name="Next").press("Enter")
    desktop.get_by_role("button", name="Next").press("Enter")
    desktop.get_by_role("button", name="Send").press("Enter")
    expect(desktop.get_by_text("Thank you. Your report has arrived.")).to_be_visible()


def test_without_a_script_words_are_resolved_by_the_server(without_script: Page, site: str, engine: Engine) -> None:
    page = without_script
    page.goto(f"{site}/villages/{CODE}/mark")
    choose_kind(page, "blocked")
    page.get_by_label("Street, lane, landmark").fill("公園")
    page.get_by_role("radio", name="Somebody could be hurt").check()
    page.get_by_role("radio", name="At any time").check()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert").first).to_contain_text("Several places may be meant.")
    expect(page.locator("[name=category]:checked")).to_have_value("blocked")
    page.get_by_role("radio", name=re.compile("榕樹公園")).check()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you. Your report has arrived.")).to_be_visible()
    near(stored(engine), 120.351805, 24.602221)


@pytest.mark.parametrize("language", ["en", "zh-Hant"])
def test_no_step_has_a_fault_that_axe_finds(
    phone: Page, site: str, accessible: Callable[[Page], None], language: str
) -> None:
    phone.goto(f"{site}/villages/{CODE}/mark?lang={language}")
    phone.locator(".family summary").last.click()
    phone.locator('[name="category"][value="wires"]').check()
    accessible(phone)
    phone.locator("[data-not-urgent]").first.click()
    phone.locator("#place").fill("榕樹街1")
    expect(suggested(phone).nth(2)).to_be_visible()
    accessible(phone)
    suggested(phone).first.click()
    phone.locator("[data-list] summary").click()
    accessible(phone)
    phone.locator("[data-next]").click()
    phone.locator('[name="severity"]').first.check()
    phone.locator('[name="noticed_at"][value="once"]').check()
    accessible(phone)
    phone.locator('[name="noticed_at"][value="any"]').check()
    phone.locator(".rule summary").click()
    accessible(phone)
    phone.locator("[data-next]").click()
    accessible(phone)
    phone.locator("[data-next]").click()
    expect(phone.locator("#review-map .spot")).to_be_visible()
    accessible(phone)


def test_nothing_is_wider_than_a_phone_at_twice_the_size(browser: Browser, site: str) -> None:
    for page in pages(browser, viewport={"width": 320, "height": 640}, has_touch=True):  # 200 % of a small desktop
        page.goto(f"{site}/villages/{CODE}/mark")
        for step in ("category", "where", "severity", "description", "review"):
            expect(page.locator(f"#{step}")).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), step
            if step == "category":
                choose_kind(page, "lighting")
            elif step == "where":
                page.locator("#place").fill("福安宮")
                suggested(page).first.click()
            elif step == "severity":
                page.get_by_role("radio", name="I feel uneasy here").check()
                page.get_by_role("radio", name="At any time").check()
            if step != "review":
                onward(page)


@pytest.mark.parametrize("language", ["vi", "id", "th"])
def test_a_spot_is_marked_and_thanked_for_in_the_language_that_was_chosen(
    phone: Page, site: str, accessible: Callable[[Page], None], language: str
) -> None:
    phone.goto(f"{site}/villages/{CODE}/mark")
    phone.locator(f'.tongues a[lang="{language}"]').click()
    expect(phone.locator("html")).to_have_attribute("lang", language)
    for step in ("category", "where", "severity", "description", "review"):
        expect(phone.locator(f"#{step}")).to_be_visible()
        if step == "category":
            choose_kind(phone, "lighting")
        elif step == "where":
            phone.locator("#place").fill("fu'an temple")
            suggested(phone).first.click()
        elif step == "severity":
            phone.locator('[name="severity"]').first.check()
            phone.locator('[name="noticed_at"][value="night"]').check()
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth"), step
        accessible(phone)
        phone.locator("[data-next]" if step != "review" else "[data-send]").click()
    expect(phone.locator("[data-sent]")).to_be_visible()
    expect(phone.locator("html")).to_have_attribute("lang", language)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    accessible(phone)
