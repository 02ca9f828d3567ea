"""An app over a small world: two villages side by side, streets, a few of everything."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient
from tests.support.members import browse_as, give, person_with_password

from safemap.db.rights import let_the_app_in
from safemap.db.session import engine_for, unit_of_work
from safemap.identity.rules import Role, ScopeKind
from safemap.identity.schemas import Scope
from safemap.settings import Settings
from safemap.web.app import create_app

A_BROWSER = {"Accept-Language": "en", "Sec-Fetch-Site": "same-origin"}  # on our own pages
WORLD = Path(__file__).with_name("world.sql")


@pytest.fixture(scope="module")
def world(engine: Engine, settings: Settings) -> Engine:
    with psycopg.connect(settings.database_url) as connection:
        connection.execute(WORLD.read_bytes())
    return engine


@pytest.fixture(scope="module")
def client(world: Engine, settings: Settings) -> Iterator[TestClient]:
    as_the_app = engine_for(let_the_app_in(settings.database_url))  # as in safemap's own database
    with TestClient(create_app(settings, as_the_app), headers=A_BROWSER) as opened:
        yield opened


@pytest.fixture(scope="module")
def chinese(client: TestClient) -> dict[str, str]:
    return {"Accept-Language": "zh-TW"}


def browser_of(client: TestClient, world: Engine, name: str, *roles: Role) -> TestClient:
    """A browser of its own, signed in as somebody with roles in both villages."""
    own = TestClient(client.app, headers=A_BROWSER)
    own.portal = client.portal  # the app belongs to one event loop
    with unit_of_work(world) as session:
        person_id = person_with_password(session, f"{name}@example.org", name)
        for role in roles:
            for village_id in (1, 2):
                give(session, person_id, role, Scope(kind=ScopeKind.VILLAGE, village_id=village_id))
        browse_as(own, session, f"{name}@example.org")
    return own


@pytest.fixture(scope="module")
def staff(client: TestClient, world: Engine) -> TestClient:
    """Who works on reports, measures and prints."""
    return browser_of(client, world, "staff", Role.SECRETARY, Role.STATION_OFFICER)


@pytest.fixture(scope="module")
def member(client: TestClient, world: Engine) -> TestClient:
    """A resident with an account."""
    return browser_of(client, world, "member", Role.RESIDENT)
