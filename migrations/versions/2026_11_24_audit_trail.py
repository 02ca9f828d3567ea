"""an append-only trail of what was done and who saw what; a role for the app that cannot change it

Revision: b41e6f0c92d7
Follows: 10ff892fd864
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b41e6f0c92d7"
down_revision = "10ff892fd864"
branch_labels = None
depends_on = None

AT = """to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
RECORDS = "(SELECT string_agg(netstring(r), '' ORDER BY n) FROM unnest(NEW.records) WITH ORDINALITY AS u (r, n))"
# Each trail's columns in the order of its canonical form, after a word that names the trail and the form's version.
FORMS = {
    "audit_entry": (
        *("'safemap-audit-1'", "NEW.id::text", AT, "NEW.actor::text", "NEW.actor_roles", "NEW.verb", "NEW.kind"),
        *("NEW.record", "NEW.village_id::text", "NEW.purpose", "NEW.details::text", "NEW.previous_hash"),
    ),
    "access_entry": (
        *("'safemap-access-1'", "NEW.id::text", AT, "NEW.actor::text", "NEW.actor_roles", "NEW.kind", RECORDS),
        *("NEW.village_id::text", "NEW.purpose", "NEW.previous_hash"),
    ),
}
NOTHING_BEFORE = "0" * 64


def upgrade() -> None:
    _tables()
    _chains()
    _refusals()
    _rights()


def downgrade() -> None:
    """Drop it all but the role, which other databases of the server may use."""
    op.execute("DROP FUNCTION grant_app_rights()")
    op.execute(
        """
        DO $$ BEGIN
            IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'safemap_app') THEN
                ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM safemap_app;
                ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM safemap_app;
            END IF;
        END $$
        """
    )
    for table in FORMS:
        op.drop_table(table)
        op.execute(f"DROP FUNCTION chain_{table}()")
    op.drop_table("audit_head")
    op.execute("DROP FUNCTION refuse_change()")
    op.execute("DROP FUNCTION netstring(text)")


def _tables() -> None:
    op.create_table(
        "audit_head",
        sa.Column("chain", sa.String(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_audit_head")),
    )
    for table in FORMS:
        op.execute(f"INSERT INTO audit_head (chain, entries, hash) VALUES ('{table}', 0, '{NOTHING_BEFORE}')")
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.BigInteger(), nullable=True),
        sa.Column("actor_roles", sa.String(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("record", sa.String(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("previous_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.CheckConstraint("kind <> ''", name=op.f("ck_audit_entry_kind")),
        sa.CheckConstraint("verb <> ''", name=op.f("ck_audit_entry_verb")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index(op.f("ix_audit_entry_at"), "audit_entry", ["at"], unique=False)
    op.create_index(op.f("ix_audit_entry_kind_record"), "audit_entry", ["kind", "record"], unique=False)
    op.create_table(
        "access_entry",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.BigInteger(), nullable=True),
        sa.Column("actor_roles", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("records", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("previous_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.CheckConstraint("cardinality(records) > 0", name=op.f("ck_access_entry_records")),
        sa.CheckConstraint("kind <> ''", name=op.f("ck_access_entry_kind")),
        sa.CheckConstraint("purpose <> ''", name=op.f("ck_access_entry_purpose")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_entry")),
    )
    op.create_index(op.f("ix_access_entry_at"), "access_entry", ["at"], unique=False)
    op.create_index(op.f("ix_access_entry_records"), "access_entry", ["records"], unique=False, postgresql_using="gin")


def _chains() -> None:
    # A field is its length in bytes, a colon, itself, a comma; NULL is a tilde and a comma. So no two rows share a form.
    op.execute(
        """
        CREATE FUNCTION netstring(value text) RETURNS text LANGUAGE sql IMMUTABLE
        SET search_path = pg_catalog, pg_temp
        AS $$ SELECT coalesce(octet_length(value) || ':' || value || ',', '~,') $$
        """
    )
    for table, fields in FORMS.items():
        form = " || ".join(f"public.netstring({field})" for field in fields).replace(
            "(netstring(", "(public.netstring("
        )
        # Its owner's rights: the app itself may not touch the head. The head's row is the lock that writers queue for
        # until they commit, so rows are numbered without gaps in the order in which they became true.
        op.execute(
            f"""
            CREATE FUNCTION chain_{table}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp AS $$
            DECLARE head public.audit_head;
            BEGIN
                IF TG_RELID <> 'public.{table}'::regclass THEN
                    RAISE EXCEPTION 'this is the chain of {table} alone' USING ERRCODE = 'insufficient_privilege';
                END IF;
                SELECT * INTO STRICT head FROM public.audit_head WHERE chain = '{table}' FOR UPDATE;
                NEW.id := head.entries + 1;
                NEW.at := clock_timestamp();
                NEW.previous_hash := head.hash;
                NEW.hash := encode(sha256(convert_to({form}, 'UTF8')), 'hex');
                UPDATE public.audit_head SET entries = NEW.id, hash = NEW.hash WHERE chain = '{table}';
                RETURN NEW;
            END $$
            """
        )
        op.execute(f"CREATE TRIGGER chain BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION chain_{table}()")


def _refusals() -> None:
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is only ever added to: % is refused', TG_TABLE_NAME, TG_OP
                USING ERRCODE = 'insufficient_privilege', TABLE = TG_TABLE_NAME;
        END $$
        """
    )
    for table in FORMS:
        op.execute(
            f"CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER refuse_change")


def _rights() -> None:
    # A function, because a restored backup needs the same again: dumps carry no rights.
    op.execute(
        """
        CREATE FUNCTION grant_app_rights() RETURNS void LANGUAGE plpgsql AS $$
        DECLARE own record;
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'safemap_app') THEN
                BEGIN
                    CREATE ROLE safemap_app NOLOGIN;
                EXCEPTION
                    WHEN duplicate_object OR unique_violation THEN NULL;
                    WHEN insufficient_privilege THEN RETURN;  -- a server where the app runs as the owner
                END;
            END IF;
            IF NOT has_schema_privilege('safemap_app', 'public', 'USAGE') THEN
                GRANT USAGE ON SCHEMA public TO safemap_app;
            END IF;
            ALTER DEFAULT PRIVILEGES IN SCHEMA public
                GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO safemap_app;
            ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO safemap_app;
            FOR own IN
                SELECT relname, CASE
                    WHEN relkind = 'S' THEN 'USAGE ON SEQUENCE'
                    WHEN relname IN ('alembic_version', 'audit_head') THEN 'SELECT ON'
                    WHEN EXISTS (SELECT FROM pg_trigger WHERE tgrelid = pg_class.oid AND tgname = 'refuse_change')
                        THEN 'SELECT, INSERT ON'
                    ELSE 'SELECT, INSERT, UPDATE, DELETE ON' END AS may
                FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S')
                    AND pg_has_role(relowner, 'USAGE')
                    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
                ORDER BY relname
            LOOP
                IF own.may NOT LIKE '%SEQUENCE' THEN
                    EXECUTE format('REVOKE ALL ON public.%I FROM safemap_app', own.relname);
                END IF;
                EXECUTE format('GRANT %s public.%I TO safemap_app', own.may, own.relname);
            END LOOP;
        END $$
        """
    )
    op.execute("SELECT grant_app_rights()")
