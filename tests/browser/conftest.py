"""A served demo village and a real browser to walk through it with."""

import os
import re
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import Engine
from tests.support.members import begun, give, person_with_password

from safemap.cli.doctor import BROWSERS
from safemap.communities.service import study_area
from safemap.db.session import unit_of_work
from safemap.demo.layout import CODE
from safemap.demo.loading import load_demo
from safemap.demo.people import load_people
from safemap.diagnosis.service import diagnose
from safemap.identity.rules import Role, ScopeKind
from safemap.identity.schemas import Scope
from safemap.settings import Settings
from safemap.web.app import create_app
from safemap.web.viewing import SESSION

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def site(engine: Engine, settings: Settings) -> Iterator[str]:
    with unit_of_work(engine) as session:
        load_demo(session)
        diagnose(session, study_area(session, CODE), now=datetime(2026, 11, 20, tzinfo=UTC))
    yield from served(engine, settings)


@pytest.fixture(scope="module")
def trial(site: str, engine: Engine, settings: Settings) -> Iterator[str]:
    """The same village as `safemap demo` serves it: visitors may look at it as its people."""
    with unit_of_work(engine) as session:
        load_people(session)
    yield from served(engine, settings.model_copy(update={"demo": True}))


def served(engine: Engine, settings: Settings) -> Iterator[str]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(settings, engine), log_level="error"))
        serving = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        serving.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        serving.join(20)


def chromium() -> str:
    """Find the browser; without one these tests are skipped, save where CI is set: there they must run."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        missing = f"no Chromium on this machine ({', '.join(BROWSERS)}); scripts/setup --test brings it"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@pytest.fixture(scope="session", autouse=True)
def _chromium_is_there() -> None:
    chromium()  # before a village is loaded for nothing


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=chromium(), args=QUIET)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def secretary(engine: Engine, site: str) -> dict[str, str]:
    """The session cookie of who runs the demo village: works on reports, sees who watches, measures and prints."""
    with unit_of_work(engine) as session:
        person_id = person_with_password(session, "secretary@example.org", "林幹事")
        village_id = study_area(session, CODE).village_ids[0]
        give(session, person_id, Role.SECRETARY, Scope(kind=ScopeKind.VILLAGE, village_id=village_id))
        token = begun(session, "secretary@example.org", datetime.now(UTC)).token
    return {"name": SESSION, "value": token, "url": site}


def pages(browser: Browser, cookie: dict[str, str] | None = None, **options: object) -> Iterator[Page]:
    """Open a page; whatever the browser complains about fails the test."""
    context: BrowserContext = browser.new_context(reduced_motion="reduce", locale="en", **options)  # type: ignore[arg-type]
    if cookie:
        context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield page
    context.close()
    # A form or a page that is refused is no complaint.
    assert [said for said in complaints if not re.search("status of (400|403|429)", said)] == []


@pytest.fixture(scope="session")
def accessible() -> Callable[[Page], None]:
    """Prove that axe-core finds no fault with a page as it stands, in light and in dark."""
    axe = Axe()

    def prove(page: Page) -> None:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            found = axe.run(page).response["violations"]
            faults = [
                (fault["id"], node["target"], node["failureSummary"]) for fault in found for node in fault["nodes"]
            ]
            assert faults == [], f"{page.url} {scheme}"

    return prove


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    yield from pages(browser, viewport=PHONE, has_touch=True)


@pytest.fixture
def desktop(browser: Browser) -> Iterator[Page]:
    yield from pages(browser, viewport=DESKTOP)


@pytest.fixture
def pocket(browser: Browser, secretary: dict[str, str]) -> Iterator[Page]:
    yield from pages(browser, secretary, viewport=PHONE, has_touch=True)


@pytest.fixture
def office(browser: Browser, secretary: dict[str, str]) -> Iterator[Page]:
    yield from pages(browser, secretary, viewport=DESKTOP)


@pytest.fixture
def without_script(browser: Browser) -> Iterator[Page]:
    yield from pages(browser, viewport=PHONE, java_script_enabled=False)
