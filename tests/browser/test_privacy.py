"""Personal data in a real browser: nothing for axe-core to find fault with, and a walk without a script."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import Engine
from tests.browser.conftest import DESKTOP, PHONE, pages
from tests.support.members import OPERATOR, begun, give, person_with_password, signed_in
from tests.support.reports import shown_report

from safemap.communities.service import study_area
from safemap.db.session import unit_of_work
from safemap.demo.layout import CODE
from safemap.hazards.schemas import HazardReport
from safemap.identity import managing, service
from safemap.identity.rules import Role, ScopeKind
from safemap.identity.schemas import Scope
from safemap.privacy import asking, breaches
from safemap.privacy.notices import notices
from safemap.privacy.rules import Ask, DataKind, Field, Told, Way
from safemap.privacy.schemas import NewBreach, NewRequest, NewTelling
from safemap.privacy.service import extend, grant
from safemap.web.viewing import SESSION

pytestmark = pytest.mark.browser
Accessible = Callable[[Page], None]
MEMBER, COUNTY = "member@example.org", "county@example.org"


@dataclass(frozen=True)
class Story:
    """What there is to look at."""

    follow_up: str
    granted: str
    waiting: str
    breach: str
    told: str


@pytest.fixture(scope="module")
def story(engine: Engine, site: str) -> Story:
    """A member who asked for four things, a reporter who got a copy, two breaches, and somebody who looked."""
    now = datetime.now(UTC)
    with unit_of_work(engine) as session:
        area = study_area(session, CODE)
        village = Scope(kind=ScopeKind.VILLAGE, village_id=area.village_ids[0])
        give(session, person_with_password(session, MEMBER, "林美玲"), Role.RESIDENT, village)
        county = Scope(kind=ScopeKind.COUNTY, county=area.county)
        give(session, person_with_password(session, COUNTY, "王承辦"), Role.COUNTY_OFFICER, county)
        held = signed_in(session, MEMBER, now)
        words = NewRequest(ask=Ask.CORRECTION, field=Field.EMAIL, value="new@example.org", wish="舊的不用了")
        waiting = asking.ask_as_member(session, held, words, site, now - timedelta(days=27))
        asking.ask_as_member(session, held, NewRequest(ask=Ask.ACCESS), site, now - timedelta(days=20))
        stopped = asking.ask_as_member(session, held, NewRequest(ask=Ask.STOP), site, now)
        extend(session, OPERATOR, stopped.number, "資料分散三處", site, now)
        spot = area.geometry.representative_point()
        taken = shown_report(
            session, HazardReport(lon=spot.x, lat=spot.y, category="lighting", description="路燈壞了三天")
        )
        asked = asking.ask_about_report(session, taken.follow_up, NewRequest(ask=Ask.ACCESS), site, now)
        grant(session, OPERATOR, asked.number, "請保存", site, now)
        new = NewBreach(
            county=area.county,
            found_at=now,
            what="收件人互相看得到電子郵件。",
            data_kinds=frozenset({DataKind.EMAIL}),
            people_count=38,
        )
        breach = breaches.enter(session, OPERATOR, new)
        told = breaches.enter(session, OPERATOR, new.model_copy(update={"people_count": None}))
        telling = NewTelling(told=Told.AFFECTED, way=Way.PHONE, at=now, people_count=38, words="逐一電話說明")
        breaches.note_telling(session, OPERATOR, told, telling)
        viewer = service.viewer_of(session, held.person_id, now.date(), passed_second_factor=True)
        assert viewer is not None
        officer = signed_in(session, COUNTY, now, passed=True).viewer
        managing.saw_people(session, officer, service.members(session, officer), "member list")
    return Story(taken.follow_up, asked.link, waiting.number, breach, told)


@pytest.fixture
def opened(browser: Browser, engine: Engine, site: str) -> Iterator[Callable[..., Page]]:
    """Open pages as somebody."""
    made: list[Iterator[Page]] = []

    def open_as(email: str, size: dict[str, int] = PHONE) -> Page:
        with unit_of_work(engine) as session:
            token = begun(session, email, datetime.now(UTC), passed=email == COUNTY).token
        opening = pages(browser, {"name": SESSION, "value": token, "url": site}, viewport=size)
        made.append(opening)
        return next(opening)

    yield open_as
    for opening in made:
        next(opening, None)


def look_at(page: Page, site: str, language: str, accessible: Accessible, *paths: str) -> None:
    for path in paths:
        page.goto(f"{site}{path}{'&' if '?' in path else '?'}lang={language}")
        for details in page.locator("main details").all():
            details.evaluate("one => { one.open = true; }")
        accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


@pytest.mark.parametrize("language", ["zh-Hant", "en"])
def test_pages_for_everybody_have_no_fault(
    phone: Page, desktop: Page, site: str, story: Story, language: str, accessible: Accessible
) -> None:
    own = f"/privacy/request/{story.granted}"
    paths = ["/privacy", f"/privacy/notices/{notices()[0].version}", "/privacy/request", "/privacy/request/sent"]
    for page in (phone, desktop):
        look_at(page, site, language, accessible, *paths, own, f"{own}?new=1", f"{own}/copy")
        page.goto(f"{site}/privacy/request?lang={language}")
        page.locator("main form button[type=submit]").click()
        expect(page.locator("#ask-wrong")).to_be_visible()
        accessible(page)


@pytest.mark.parametrize("language", ["zh-Hant", "en"])
def test_pages_of_one_s_own_data_have_no_fault(
    opened: Callable[..., Page], site: str, story: Story, language: str, accessible: Accessible
) -> None:
    paths = ["/me/data", "/me/data?done=asked", "/me/data/copy", "/me/data/withdraw", "/me/seen", "/me/notice"]
    for size in (PHONE, DESKTOP):
        page = opened(MEMBER, size)
        look_at(page, site, language, accessible, *paths)
        page.goto(f"{site}/me/data?lang={language}")
        page.locator("#ask-correction").check()
        page.locator('main form[action="/me/data/ask"] button').click()
        expect(page.locator("#value-wrong")).to_be_visible()
        accessible(page)


@pytest.mark.parametrize("language", ["zh-Hant", "en"])
def test_pages_of_officers_have_no_fault(
    opened: Callable[..., Page], site: str, story: Story, language: str, accessible: Accessible
) -> None:
    register = f"/privacy/breaches/{story.breach}"
    paths = [
        *("/privacy/requests", "/privacy/requests?show=decided", f"/privacy/requests/{story.waiting}"),
        *("/privacy/breaches", "/privacy/breaches/new", register, f"/privacy/breaches/{story.told}"),
        *(f"{register}/change", f"{register}/letter"),
        *("/audit", "/audit?show=accesses", "/audit?day=2001-01-01", f"/audit?person={MEMBER}"),
    ]
    for size in (PHONE, DESKTOP):
        page = opened(COUNTY, size)
        look_at(page, site, language, accessible, *paths)
        page.goto(f"{site}{register}/letter?lang={language}")
        page.locator("main form button[type=submit]").click()
        expect(page.locator(".letter")).to_be_visible()
        accessible(page)
        page.goto(f"{site}/privacy/breaches/new?lang={language}")
        page.locator("main form button[type=submit]").click()
        expect(page.locator("#what-wrong")).to_be_visible()
        accessible(page)
        page.goto(f"{site}/audit?person=nobody@example.org&lang={language}")
        accessible(page)


def test_a_reporter_asks_and_a_secretary_answers_without_a_script(
    browser: Browser, site: str, story: Story, secretary: dict[str, str]
) -> None:
    plain: BrowserContext = browser.new_context(java_script_enabled=False, locale="en", viewport=PHONE)
    page = plain.new_page()
    page.goto(f"{site}/r/{story.follow_up}")
    page.get_by_role("button", name="Ask about the data of this report").click()
    page.get_by_label("Have it erased").check()
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_role("status").first).to_contain_text("Keep this link")
    own = page.url
    number = re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}", page.locator("h1").inner_text())
    assert number is not None
    plain.add_cookies([secretary])  # type: ignore[list-item]
    page.goto(f"{site}/privacy/requests")
    page.get_by_role("link", name=re.compile(number[0])).click()
    page.get_by_role("button", name="Grant and carry out").click()
    expect(page.locator("h1")).to_contain_text("was granted and is closed")
    plain.clear_cookies()
    page.goto(own)
    expect(page.locator("h1")).to_contain_text("was granted and is closed")
    page.goto(f"{site}/r/{story.follow_up}")
    expect(page.locator("h1")).to_contain_text("There is nothing here")
    plain.close()
