"""Migrations make exactly the tables that the code declares, and can be taken back."""

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.orm import Session

from safemap.db.migration import DatabaseFromTheFuture, downgrade, drift, migrate, newest_revision, revision_of
from safemap.db.tables import LayerVersion


def test_a_migrated_database_is_what_the_code_declares(database_url: str) -> None:
    assert revision_of(database_url) == newest_revision()
    assert drift(database_url) == []


def test_migrations_go_down_and_up_again(fresh_url: str, fresh_engine: Engine) -> None:
    downgrade(fresh_url)
    left = set(inspect(fresh_engine).get_table_names()) - {"alembic_version", "spatial_ref_sys"}
    assert left == set()
    with fresh_engine.connect() as connection:
        functions = connection.execute(
            text(
                "SELECT proname FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = 'public' "
                "AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')"
            )
        ).scalars()
        assert list(functions) == []
    migrate(fresh_url)
    assert revision_of(fresh_url) == newest_revision()
    assert drift(fresh_url) == []


def test_tables_of_a_newer_safemap_are_left_alone(fresh_url: str, fresh_engine: Engine) -> None:
    with fresh_engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from_tomorrow'"))
    with pytest.raises(DatabaseFromTheFuture, match="from_tomorrow"):
        migrate(fresh_url)


@pytest.mark.parametrize("time", ["first", "second"])
def test_each_test_starts_from_an_untouched_database(session: Session, time: str) -> None:
    assert session.get(LayerVersion, "test") is None
    session.add(LayerVersion(layer="test", version=1))
    session.commit()
