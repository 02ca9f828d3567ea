"""An app over a small world: two villages side by side, streets, a few of everything."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from safemap.db.rights import let_the_app_in
from safemap.db.session import engine_for
from safemap.settings import Settings
from safemap.web.app import create_app

WORLD = Path(__file__).with_name("world.sql")


@pytest.fixture(scope="module")
def world(engine: Engine, settings: Settings) -> Engine:
    with psycopg.connect(settings.database_url) as connection:
        connection.execute(WORLD.read_bytes())
    return engine


@pytest.fixture(scope="module")
def client(world: Engine, settings: Settings) -> Iterator[TestClient]:
    as_the_app = engine_for(let_the_app_in(settings.database_url))  # as in safemap's own database
    with TestClient(create_app(settings, as_the_app), headers={"Accept-Language": "en"}) as opened:
        yield opened


@pytest.fixture(scope="module")
def chinese(client: TestClient) -> dict[str, str]:
    return {"Accept-Language": "zh-TW"}
