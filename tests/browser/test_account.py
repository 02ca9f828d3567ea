"""Accounts in a real browser: by keyboard alone, without a script, and nothing for axe-core to find fault with."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, text
from tests.browser.conftest import DESKTOP, PHONE, pages
from tests.support.members import OPERATOR, PASSWORD, begun, give, person_with_password

from safemap.communities.service import study_area
from safemap.db.session import unit_of_work
from safemap.demo.layout import CODE
from safemap.identity import invitations, links, second_factor, service
from safemap.identity.keys import keys_of
from safemap.identity.rules import Role, ScopeKind
from safemap.identity.schemas import NewInvitation, NewPerson, Scope
from safemap.settings import Settings
from safemap.web.viewing import SESSION

pytestmark = pytest.mark.browser
REVIEWER = "reviewer@example.org"
Accessible = Callable[[Page], None]


@pytest.fixture(scope="module")
def village(engine: Engine, site: str) -> Scope:
    with unit_of_work(engine) as session:
        return Scope(kind=ScopeKind.VILLAGE, village_id=study_area(session, CODE).village_ids[0])


@pytest.fixture(scope="module")
def app_on_phone(engine: Engine, settings: Settings, village: Scope) -> pyotp.TOTP:
    """A county officer with a second factor, who is resident as well; their app."""
    seed = second_factor.new_seed()
    app, then = pyotp.TOTP(seed), datetime.now(UTC) - timedelta(minutes=2)
    with unit_of_work(engine) as session:
        person_id = person_with_password(session, REVIEWER, "陳承辦")
        give(session, person_id, Role.COUNTY_OFFICER, Scope(kind=ScopeKind.COUNTY, county="示範市"))
        give(session, person_id, Role.RESIDENT, village)
        second_factor.enrol(session, keys_of(settings), person_id, seed, app.at(then), then)
    return app


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has a name is in focus, as somebody does who has no mouse."""
    for _ in range(60):
        page.keyboard.press("Tab")
        words = page.evaluate(
            "() => { const at = document.activeElement;"
            " return (at.labels?.[0]?.textContent ?? at.getAttribute('aria-label') ?? at.textContent).trim(); }"
        )
        if re.search(name, words):
            return
    pytest.fail(f"Tab never came to “{name}”")


def go_on(page: Page) -> None:
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_by_keyboard_alone_one_signs_in_sees_the_browsers_and_signs_out(
    desktop: Page, site: str, app_on_phone: pyotp.TOTP
) -> None:
    page = desktop
    page.goto(site)
    tab_to(page, "^Sign in$")
    go_on(page)
    tab_to(page, "Your e-mail address")
    page.keyboard.type(REVIEWER)
    tab_to(page, "Your password")
    page.keyboard.type("paper lantern river twelve")
    go_on(page)
    expect(page.get_by_role("alert")).to_contain_text("The address or the password is not right")
    tab_to(page, "Your password")
    page.keyboard.type(PASSWORD)
    tab_to(page, "^Show")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your password", exact=True)).to_have_attribute("type", "text")
    tab_to(page, "^Sign in$")
    go_on(page)
    expect(page.get_by_role("heading", name="Your second factor")).to_be_visible()
    tab_to(page, "Six digits")
    page.keyboard.type(app_on_phone.now())
    go_on(page)
    expect(page.locator("summary .name")).to_have_text("陳承辦")
    tab_to(page, "^陳承辦$")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Your account")).to_be_hidden()
    page.keyboard.press("Enter")  # Escape leaves the focus where it was
    tab_to(page, "^Your account$")
    go_on(page)
    expect(page.get_by_role("heading", name="1 browser is signed in")).to_be_visible()
    expect(page.locator("#browsers")).to_contain_text("Chrome")
    expect(page.locator("#browsers")).to_contain_text("this one")
    tab_to(page, "^陳承辦$")
    page.keyboard.press("Enter")
    tab_to(page, "^Sign out$")
    go_on(page)
    expect(page.get_by_role("status").first).to_contain_text("You are signed out")
    page.goto(f"{site}/me")
    expect(page.get_by_role("heading", name="This page is your own: sign in first")).to_be_visible()


def test_without_a_script_one_signs_in_and_out(without_script: Page, site: str, engine: Engine, village: Scope) -> None:
    page = without_script
    with unit_of_work(engine) as session:
        give(session, person_with_password(session, "plain@example.org", "無腳本"), Role.RESIDENT, village)
    page.goto(f"{site}/villages/{CODE}/dead-zones")
    page.get_by_role("main").get_by_role("link", name="Sign in").click()
    page.get_by_label("Your e-mail address").fill("plain@example.org")
    page.get_by_label("Your password", exact=True).fill(PASSWORD)
    expect(page.get_by_role("button", name="Show")).to_have_count(0)  # it could do nothing
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    assert page.url == f"{site}/villages/{CODE}/dead-zones"
    page.locator("details.own summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out")).to_be_visible()


def test_a_visitor_of_the_demo_looks_as_others_do(phone: Page, trial: str) -> None:
    phone.goto(trial)
    phone.get_by_role("button", name="Watch-team leader").click()
    expect(phone.locator(".fictional")).to_contain_text("You look at the practice village as: Watch-team leader")
    phone.get_by_role("link", name="change", exact=True).click()
    phone.get_by_role("button", name=re.compile("County officer")).click()
    phone.locator("details.own summary").click()
    phone.get_by_role("link", name="Members").click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("people have a role")


# --- What axe-core says, on a phone and in both languages -------------------------------------------------------------


def looked_at(page: Page, addresses: list[str], accessible: Accessible) -> None:
    for address in addresses:
        page.goto(address)
        for details in page.locator("details").all():
            details.evaluate("it => it.open = true")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        accessible(page)


@pytest.fixture(params=["en", "zh-Hant"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def in_language(site: str, language: str, *paths: str) -> list[str]:
    return [f"{site}{path}{'&' if '?' in path else '?'}lang={language}" for path in paths]


@pytest.fixture
def signed_in(browser: Browser, engine: Engine, site: str, village: Scope) -> Iterator[Callable[..., Page]]:
    """Open a page as somebody with a role."""
    opened: list[Iterator[Page]] = []

    def as_somebody(email: str, *, passed: bool = False, size: dict[str, int] = PHONE) -> Page:
        with unit_of_work(engine) as session:
            cookie = {
                "name": SESSION,
                "value": begun(session, email, datetime.now(UTC), passed=passed).token,
                "url": site,
            }
        opened.append(pages(browser, cookie, viewport=size))
        return next(opened[-1])

    yield as_somebody
    for one in opened:
        for _ in one:
            pass


@pytest.fixture(scope="module")
def giver(engine: Engine, village: Scope) -> str:
    """A secretary with an invitation, a member whose review is due and one whose account is closed."""
    with unit_of_work(engine) as session:
        person_id = person_with_password(session, "giver@example.org", "林幹事")
        give(session, person_id, Role.SECRETARY, village)
        closed = service.add_person(session, NewPerson(email="closed@example.org", name="離開的人"))
        give(session, closed.id, Role.RESIDENT, village)
        service.disable_person(session, OPERATOR, closed.public_id, "left", datetime.now(UTC))
        old = service.add_person(session, NewPerson(email="old@example.org", name="老隊員"))
        give(session, old.id, Role.VOLUNTEER, village)
        session.execute(
            text("UPDATE role_grant SET reviewed_at = now() - interval '2 years' WHERE person_id = :id"), {"id": old.id}
        )
        new = NewInvitation(email="new@example.org", role=Role.RESIDENT, scope=village)
        invitations.invite(session, OPERATOR, new, "http://localhost:8000", datetime.now(UTC))
    return "giver@example.org"


def test_pages_of_visitors_have_no_fault(
    phone: Page, site: str, trial: str, engine: Engine, language: str, accessible: Accessible, village: Scope
) -> None:
    with unit_of_work(engine) as session:
        person_id = person_with_password(session, f"link-{language}@example.org")
        link = links.new_link(session, person_id, datetime.now(UTC))
        new = NewInvitation(
            email=f"invited-{language}@example.org",
            role=Role.COUNTY_OFFICER,
            scope=Scope(kind=ScopeKind.COUNTY, county="示範市"),
        )
        offer = invitations.invite(session, OPERATOR, new, "http://localhost:8000", datetime.now(UTC))
    paths = [
        "/sign-in",
        "/sign-in?done=out",
        "/who-may-do-what",
        "/password/forgot",
        "/password/asked",
        "/password/set",
    ]
    looked_at(phone, in_language(site, language, *paths, f"/password/{link}", f"/invitation/{offer}"), accessible)
    looked_at(phone, in_language(site, language, "/me", "/members", f"/villages/{CODE}/dead-zones"), accessible)
    looked_at(phone, in_language(trial, language, "/", "/sign-in", "/demo/as", "/me", "/members"), accessible)
    phone.goto(f"{trial}/demo/as?lang={language}")
    phone.locator('form[action="/demo/as/secretary"] button').click()
    looked_at(phone, in_language(trial, language, "/", "/me", "/demo/as"), accessible)


def test_pages_of_ones_own_have_no_fault(
    signed_in: Callable[..., Page],
    site: str,
    engine: Engine,
    app_on_phone: pyotp.TOTP,
    language: str,
    accessible: Accessible,
    village: Scope,
) -> None:
    email = f"own-{language}@example.org"
    with unit_of_work(engine) as session:
        person_id = person_with_password(session, email, "王小明")
        give(session, person_id, Role.RESIDENT, village)
        give(session, person_id, Role.EVALUATOR, Scope(kind=ScopeKind.COUNTRY))
    page = signed_in(email)
    paths = ["/me", "/me?done=role", "/me/name", "/me/password", "/me/second-factor", "/me/tokens"]
    looked_at(page, in_language(site, language, *paths, "/me/second-factor/set-up", "/invitation/accepted"), accessible)
    seed = page.locator("code.token")
    page.goto(f"{site}/me/second-factor/set-up?lang={language}")
    page.locator("#code").fill("1")
    page.locator("main form button").click()
    accessible(page)
    page.locator("#code").fill(pyotp.TOTP(seed.inner_text().replace(" ", "")).now())
    page.locator("main form button").click()
    expect(page.locator(".codes li")).to_have_count(10)
    accessible(page)
    looked_at(page, in_language(site, language, "/me", "/me/second-factor"), accessible)
    waiting = signed_in(email)
    looked_at(waiting, in_language(site, language, "/sign-in/code", "/sign-in/code?paper=1", "/me"), accessible)
    waiting.goto(f"{site}/sign-in/code?lang={language}")
    waiting.locator("main form button").first.click()
    expect(waiting.locator("#code-wrong")).to_be_visible()
    accessible(waiting)


def test_pages_about_members_have_no_fault(
    signed_in: Callable[..., Page], site: str, giver: str, language: str, accessible: Accessible
) -> None:
    for size in (PHONE, DESKTOP):
        page = signed_in(giver, size=size)
        paths = ["/members", "/members?show=due", "/members?show=past", "/members?q=nobody", "/members/invite"]
        looked_at(page, in_language(site, language, *paths, "/members/invite?role=resident"), accessible)
        page.locator("main form[method=post] button").click()
        expect(page.locator("#email-wrong")).to_be_visible()
        accessible(page)
        page.goto(f"{site}/me/tokens?lang={language}")
        page.locator("#name").fill("城市系統")
        page.locator("main form[action='/me/tokens'] button").click()
        expect(page.locator("[data-token]")).to_be_visible()
        accessible(page)
