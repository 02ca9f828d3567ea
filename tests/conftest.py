"""Fixtures for every layer of tests.

===================  ==========  =====================================================================
fixture              lives for   gives
===================  ==========  =====================================================================
``cluster``          the run     a private cluster, its template database migrated once
``engine``           a module    a fresh database; what is committed stays for the module
``session``          a test      a session in ``engine`` whose every change is rolled back
``fresh_engine``     a test      a fresh database for what commits, such as a command or an import
``settings``         a module    settings that name ``engine``'s database and an empty data folder
``fresh_settings``   a test      settings that name ``fresh_engine``'s database and an empty data folder
===================  ==========  =====================================================================
Apps made with these settings do no background work of their own: what is due about personal data, say, would be done in
the middle of a test. A test that wants it turns ``jobs_in_web`` on, or uses ``tests.support.working``.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from tests.support.database import hasty_cluster, new_database

from safemap.db.cluster import Cluster
from safemap.db.session import engine_for
from safemap.settings import Settings

# No test is timed: a machine that is busy would fail it. Examples are the same each time, so that a run fails by what
# was changed; others are tried by `pytest --hypothesis-profile=searching`.
hypothesis_settings.register_profile("searching", deadline=None)
hypothesis_settings.register_profile("steady", deadline=None, derandomize=True)
hypothesis_settings.load_profile("steady")


@pytest.fixture(autouse=True, scope="session")
def _no_settings_of_the_person_who_runs_the_tests() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in Settings.model_fields:
            patch.delenv(f"SAFEMAP_{name.upper()}", raising=False)
        yield


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with hasty_cluster() as running:
        yield running


@pytest.fixture(scope="module")
def database_url(cluster: Cluster) -> Iterator[str]:
    with new_database(cluster) as url:
        yield url


@pytest.fixture(scope="module")
def engine(database_url: str) -> Engine:
    return engine_for(database_url)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with engine.connect() as connection, connection.begin() as everything:
        with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as opened:
            yield opened
        everything.rollback()


@pytest.fixture(scope="module")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(database_url=database_url, home=tmp_path_factory.mktemp("home"), jobs_in_web=False)


@pytest.fixture
def fresh_url(cluster: Cluster) -> Iterator[str]:
    with new_database(cluster) as url:
        yield url


@pytest.fixture
def fresh_engine(fresh_url: str) -> Engine:
    return engine_for(fresh_url)


@pytest.fixture
def fresh_settings(fresh_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=fresh_url, home=tmp_path, jobs_in_web=False)
