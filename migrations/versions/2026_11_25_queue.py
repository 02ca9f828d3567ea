"""the background queue: procrastinate's tables, as of its version 3.10.0

Revision: c41f7b2e9d05
Follows: 5e1b93d7a460
"""

from pathlib import Path

from alembic import op

revision = "c41f7b2e9d05"
down_revision = "5e1b93d7a460"
branch_labels = None
depends_on = None

# The library's own file, kept here: what a migration makes must not change when the library does.
SCHEMA = Path(__file__).parents[1] / "procrastinate" / "3.10.0.sql"
TABLES = ("procrastinate_events", "procrastinate_periodic_defers", "procrastinate_jobs", "procrastinate_workers")
TYPES = ("procrastinate_job_to_defer_v1", "procrastinate_job_event_type", "procrastinate_job_status")


def upgrade() -> None:
    op.get_bind().connection.driver_connection.execute(SCHEMA.read_bytes())
    op.execute("SELECT grant_app_rights()")


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TABLE {table} CASCADE")
    op.execute(
        """
        DO $$
        DECLARE own record;
        BEGIN
            FOR own IN
                SELECT oid::regprocedure AS name FROM pg_proc
                WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'procrastinate\\_%'
            LOOP
                EXECUTE format('DROP ROUTINE %s', own.name);
            END LOOP;
        END $$
        """
    )
    for name in TYPES:
        op.execute(f"DROP TYPE {name}")
