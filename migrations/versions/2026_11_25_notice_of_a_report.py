"""which notice a reporter was shown, and since when a report is in its state

Revision: 5b7e20c4f6a9
Follows: 71f0c3de8a95
"""

import sqlalchemy as sa
from alembic import op

revision = "5b7e20c4f6a9"
down_revision = "71f0c3de8a95"
branch_labels = None
depends_on = None

# Whatever way a state is set, by a page or by an import: what is kept of a settled report is counted from here.
KEEP_SINCE = """
CREATE FUNCTION keep_state_since() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.state_since := coalesce(NEW.fixed_at, NEW.state_since, now());
    ELSIF NEW.state IS DISTINCT FROM OLD.state THEN
        NEW.state_since := now();
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.add_column("hazard", sa.Column("notice_version", sa.String(), nullable=True))
    op.create_check_constraint("notice_version", "hazard", "notice_version ~ '^[a-z0-9.-]{1,40}$'")
    op.add_column(
        "hazard",
        sa.Column("state_since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.execute("UPDATE hazard SET state_since = coalesce(fixed_at, reported_at)")
    op.execute(KEEP_SINCE)
    op.execute(
        "CREATE TRIGGER keep_state_since BEFORE INSERT OR UPDATE OF state ON hazard "
        "FOR EACH ROW EXECUTE FUNCTION keep_state_since()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER keep_state_since ON hazard")
    op.execute("DROP FUNCTION keep_state_since()")
    op.drop_column("hazard", "state_since")
    op.drop_column("hazard", "notice_version")
