"""Every table that points at a person is known to copies and to erasure."""

import importlib
from pathlib import Path

import safemap
from safemap.db.base import Base
from safemap.identity.tables import Person

# What a copy shows of each, or why it shows nothing; a new table fails here until somebody has thought of both.
KNOWN = {
    "role_grant": {"person_id": "roles", "granted_by": "deeds"},
    "invitation": {"invited_by": "deeds; erased with who invited"},
    "sign_in": {"person_id": "sessions"},
    "one_time_link": {"person_id": "links"},
    "agency_account": {"person_id": "agencies"},
    "recovery_code": {"person_id": "account: how many are left"},
    "api_token": {"person_id": "tokens"},
    "known_device": {"person_id": "browsers"},
    "notice_answer": {"person_id": "notices"},
    "data_request": {"person_id": "requests"},
    "data_request_step": {"by_person": "deeds"},
    "breach": {"entered_by": "deeds"},
}


def test_every_table_that_points_at_a_person_is_known() -> None:
    for tables in Path(safemap.__file__).parent.glob("*/tables.py"):
        importlib.import_module(f"safemap.{tables.parent.name}.tables")
    found: dict[str, set[str]] = {}
    for table in Base.metadata.tables.values():
        for key in table.foreign_keys:
            if key.column.table is Person.__table__:
                found.setdefault(table.name, set()).add(key.parent.name)
    assert found == {table: set(columns) for table, columns in KNOWN.items()}
