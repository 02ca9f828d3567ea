"""photos of reports: drawn anew, with ids that can be revoked, gone with their report

Revision: e4a07c92d5b1
Follows: c83d5f10b6e2
"""

import sqlalchemy as sa
from alembic import op

revision = "e4a07c92d5b1"
down_revision = "c83d5f10b6e2"
branch_labels = None
depends_on = None

DELETE_PHOTO = """
CREATE FUNCTION delete_photo_of_report() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM photo WHERE id = OLD.photo_id;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "photo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("width_px", sa.SmallInteger(), nullable=False),
        sa.Column("height_px", sa.SmallInteger(), nullable=False),
        sa.Column("times_covered", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("sent_key_hash", sa.LargeBinary(), nullable=True),
        sa.Column("sent_body_hash", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("state IN ('held', 'shown', 'hidden')", name=op.f("ck_photo_state")),
        sa.CheckConstraint("width_px BETWEEN 1 AND 2048 AND height_px BETWEEN 1 AND 2048", name=op.f("ck_photo_size")),
        sa.CheckConstraint("(sent_key_hash IS NULL) = (sent_body_hash IS NULL)", name=op.f("ck_photo_sent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo")),
        sa.UniqueConstraint("public_id", name=op.f("uq_photo_public_id")),
        sa.UniqueConstraint("sent_key_hash", name=op.f("uq_photo_sent_key_hash")),
    )
    op.create_index(op.f("ix_photo_sent_at"), "photo", ["sent_at"], unique=False)
    op.create_table(
        "photo_picture",
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("large", sa.LargeBinary(), nullable=False),
        sa.Column("small", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            r"substring(large FROM 1 FOR 3) = '\xffd8ff' AND substring(small FROM 1 FOR 3) = '\xffd8ff'",
            name=op.f("ck_photo_picture_jpeg"),
        ),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name=op.f("fk_photo_picture_photo_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_photo_picture")),
    )
    for column in ("large", "small"):  # compressed already
        op.execute(f"ALTER TABLE photo_picture ALTER COLUMN {column} SET STORAGE EXTERNAL")
    op.create_table(
        "hazard_photo",
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("hazard_id", sa.Integer(), nullable=False),
        sa.Column("tells_no_place", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name=op.f("fk_hazard_photo_photo_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["hazard_id"], ["hazard.id"], name=op.f("fk_hazard_photo_hazard_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_hazard_photo")),
    )
    op.create_index(op.f("ix_hazard_photo_hazard_id"), "hazard_photo", ["hazard_id"], unique=False)
    op.execute(DELETE_PHOTO)
    op.execute(
        "CREATE TRIGGER delete_photo_of_report AFTER DELETE ON hazard_photo "
        "FOR EACH ROW EXECUTE FUNCTION delete_photo_of_report()"
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("hazard_photo")
    op.execute("DROP FUNCTION delete_photo_of_report()")
    op.drop_table("photo_picture")
    op.drop_table("photo")
