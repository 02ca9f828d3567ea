"""What Alembic runs: a connection handed over by ``safemap.db.migration``, all tables, GeoAlchemy2's three helpers."""

import importlib
from pathlib import Path

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import text

import safemap
from safemap.db.base import Base

# Every domain's tables, found by name: a new domain cannot be forgotten.
for tables in sorted(Path(safemap.__file__).parent.glob("*/tables.py")):
    importlib.import_module(f"safemap.{tables.parent.name}.tables")

connection = context.config.attributes["connection"]
# A migration that waits for a lock makes every request behind it wait as well: better give up and be run again.
connection.execute(text("SET lock_timeout = '10s'"))
connection.commit()


def is_compared(thing: object, name: str | None, kind: str, reflected: bool, other: object) -> bool:
    """Whether something of the database is held against the code's tables: not the queue's, which is a library's."""
    if kind == "table" and name is not None and name.startswith("procrastinate_"):
        return False
    return bool(alembic_helpers.include_object(thing, name, kind, reflected, other))


context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    include_object=is_compared,
    process_revision_directives=alembic_helpers.writer,
    render_item=alembic_helpers.render_item,
    compare_type=True,
    compare_server_default=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
