"""notices answered, requests about personal data, the breach register; erased accounts; trails found by who acted

Revision: 9d41a6e83b07
Follows: a3d85f6017ce
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "9d41a6e83b07"
down_revision = "a3d85f6017ce"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ASKS = "ask IN ('access', 'correction', 'stop', 'erasure')"
ABOUTS = "about IN ('member', 'report', 'address')"
STATES = "state IN ('received', 'confirmed', 'extended', 'answered', 'refused', 'closed')"
FIELDS = "field IN ('name', 'email', 'words', 'other')"
REFUSALS = "refusal IN ('not_theirs', 'third_party', 'duty', 'still_needed', 'nothing_kept', 'not_wrong')"


def upgrade() -> None:
    op.add_column("person", sa.Column("erased_at", MOMENT, nullable=True))
    for trail in ("audit_entry", "access_entry"):
        op.create_index(op.f(f"ix_{trail}_actor"), trail, ["actor"], unique=False)
    _answers()
    _requests()
    _breaches()


def _answers() -> None:
    op.create_table(
        "notice_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("controller", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("asked_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("accepted_at", MOMENT, nullable=True),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.CheckConstraint("basis IN ('consent', 'duty')", name=op.f("ck_notice_answer_basis")),
        sa.CheckConstraint("withdrawn_at IS NULL OR accepted_at IS NOT NULL", name=op.f("ck_notice_answer_order")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_notice_answer_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_answer")),
    )
    op.create_index(op.f("ix_notice_answer_person_id"), "notice_answer", ["person_id"], unique=False)


def _requests() -> None:
    op.create_table(
        "data_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("ask", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("report_id", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=True),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("wish", sa.String(), nullable=False),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("extended_at", MOMENT, nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("wiped_at", MOMENT, nullable=True),
        sa.Column("link_hash", sa.LargeBinary(), nullable=True),
        sa.Column("proof_hash", sa.LargeBinary(), nullable=True),
        sa.Column("proof_until", MOMENT, nullable=True),
        sa.Column("reminded", sa.String(), nullable=False),
        sa.CheckConstraint(ASKS, name=op.f("ck_data_request_ask")),
        sa.CheckConstraint(ABOUTS, name=op.f("ck_data_request_about")),
        sa.CheckConstraint(STATES, name=op.f("ck_data_request_state")),
        sa.CheckConstraint(FIELDS, name=op.f("ck_data_request_field")),
        sa.CheckConstraint(REFUSALS, name=op.f("ck_data_request_refusal")),
        sa.CheckConstraint("(ask = 'correction') = (field IS NOT NULL)", name=op.f("ck_data_request_correction")),
        sa.CheckConstraint("char_length(wish) <= 1000", name=op.f("ck_data_request_wish_length")),
        sa.CheckConstraint("char_length(value) <= 500", name=op.f("ck_data_request_value_length")),
        sa.CheckConstraint("due_on > received_on", name=op.f("ck_data_request_due")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_data_request_person_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_request")),
        sa.UniqueConstraint("number", name=op.f("uq_data_request_number")),
        sa.UniqueConstraint("link_hash", name=op.f("uq_data_request_link_hash")),
        sa.UniqueConstraint("proof_hash", name=op.f("uq_data_request_proof_hash")),
    )
    for column in ("state", "person_id", "report_id", "email", "due_on"):
        op.create_index(op.f(f"ix_data_request_{column}"), "data_request", [column], unique=False)
    op.create_table(
        "data_request_village",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["data_request.id"], name=op.f("fk_data_request_village_request_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["village_id"], ["village.id"], name=op.f("fk_data_request_village_village_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("request_id", "village_id", name=op.f("pk_data_request_village")),
    )
    op.create_index(op.f("ix_data_request_village_village_id"), "data_request_village", ["village_id"], unique=False)
    op.create_table(
        "data_request_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("by_person", sa.Integer(), nullable=True),
        sa.Column("words", sa.String(), nullable=False),
        sa.CheckConstraint(STATES, name=op.f("ck_data_request_step_state")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["data_request.id"], name=op.f("fk_data_request_step_request_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["by_person"], ["person.id"], name=op.f("fk_data_request_step_by_person"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_request_step")),
    )
    for column in ("request_id", "by_person"):
        op.create_index(op.f(f"ix_data_request_step_{column}"), "data_request_step", [column], unique=False)


def _breaches() -> None:
    op.create_table(
        "breach",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("county", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("data_kinds", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("people_count", sa.Integer(), nullable=True),
        sa.Column("is_estimate", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("measures", sa.String(), nullable=False),
        sa.Column("entered_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=True),
        sa.Column("stopped_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.CheckConstraint("state IN ('open', 'stopped', 'closed')", name=op.f("ck_breach_state")),
        sa.CheckConstraint("people_count >= 0", name=op.f("ck_breach_people_count")),
        sa.CheckConstraint("cardinality(data_kinds) > 0", name=op.f("ck_breach_data_kinds")),
        sa.CheckConstraint("char_length(what) BETWEEN 1 AND 4000", name=op.f("ck_breach_what_length")),
        sa.CheckConstraint("char_length(measures) <= 4000", name=op.f("ck_breach_measures_length")),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name=op.f("fk_breach_entered_by"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach")),
        sa.UniqueConstraint("number", name=op.f("uq_breach_number")),
    )
    op.create_index(op.f("ix_breach_county"), "breach", ["county"], unique=False)
    op.create_table(
        "breach_telling",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("breach_id", sa.Integer(), nullable=False),
        sa.Column("told", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("people_count", sa.Integer(), nullable=True),
        sa.Column("words", sa.String(), nullable=False),
        sa.CheckConstraint(
            "told IN ('affected', 'authority', 'police', 'public')", name=op.f("ck_breach_telling_told")
        ),
        sa.CheckConstraint(
            "way IN ('letter', 'phone', 'in_person', 'official', 'website')", name=op.f("ck_breach_telling_way")
        ),
        sa.CheckConstraint("people_count >= 0", name=op.f("ck_breach_telling_people_count")),
        sa.ForeignKeyConstraint(
            ["breach_id"], ["breach.id"], name=op.f("fk_breach_telling_breach_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach_telling")),
    )
    op.create_index(op.f("ix_breach_telling_breach_id"), "breach_telling", ["breach_id"], unique=False)


def downgrade() -> None:
    for table in (
        *("breach_telling", "breach", "data_request_step", "data_request_village", "data_request", "notice_answer"),
    ):
        op.drop_table(table)
    for trail in ("audit_entry", "access_entry"):
        op.drop_index(op.f(f"ix_{trail}_actor"), table_name=trail)
    op.drop_column("person", "erased_at")
