"""How fresh the drawn layers are, and which database they are in: what ETags are made of."""

from collections.abc import Sequence

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from safemap.db.tables import LayerVersion


def layer_versions(session: Session, layers: Sequence[str]) -> tuple[int, ...]:
    """Return the versions of some layers, in their order; 0 for one that is not known."""
    found = {
        row.layer: row.version
        for row in session.execute(
            select(LayerVersion.layer, LayerVersion.version).where(LayerVersion.layer.in_(layers))
        )
    }
    return tuple(found.get(layer, 0) for layer in layers)


def revision_in(session: Session) -> str | None:
    """Return the revision of the tables; None when they were never made."""
    if session.scalar(text("SELECT to_regclass('alembic_version')")) is None:
        return None
    revision: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


# Two databases can stand at the same versions with other contents: one restored, one made anew in its place.
IDENTITY_SQL = (
    "SELECT concat(oid, '-', (SELECT system_identifier FROM pg_control_system()))"
    " FROM pg_database WHERE datname = current_database()"
)


def identity_of(session: Session) -> str:
    """Return a text that no other database has."""
    return str(session.scalar(text(IDENTITY_SQL)))
