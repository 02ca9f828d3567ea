"""The audit trail: chained in commit order, never changed by the app, and every tampering has its row's number."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st
from psycopg import sql
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from tests.support.database import HASTY, new_database, short_home

from safemap.audit import service
from safemap.audit.rules import (
    NOTHING_BEFORE,
    Access,
    AccessRow,
    Broken,
    Chain,
    Deed,
    DeedRow,
    DetailRefusedError,
    Fault,
    Head,
    NotAHead,
    hash_of,
    parse_head,
)
from safemap.db.backup import back_up, restore
from safemap.db.cluster import Cluster
from safemap.db.migration import migrate
from safemap.db.opening import open_database
from safemap.db.rights import APP_ROLE, app_url, let_the_app_in
from safemap.db.session import engine_for, unit_of_work
from safemap.settings import Settings

BOTH = pytest.mark.parametrize("chain", list(Chain))


def note(session: Session, number: int) -> None:
    service.record(
        session,
        Deed("close", "hazard", f"通報 {number}", 7, ("leader", "member"), 3, "檢討", {"from": "open", "n": number}),
    )
    service.record_access(session, Access("person", (f"p{number}", "p0"), "聯絡隊員", 7, ("leader",), 3))


@pytest.fixture
def five(fresh_engine: Engine) -> Engine:
    for number in range(5):
        with unit_of_work(fresh_engine) as session:
            note(session, number)
    return fresh_engine


@pytest.fixture
def app(fresh_url: str) -> Iterator[Engine]:
    engine = engine_for(let_the_app_in(fresh_url))
    yield engine
    engine.dispose()


def broken(engine: Engine, chain: Chain, written_down: Head | None = None) -> Broken | None:
    with unit_of_work(engine) as session:
        return service.verify(session, chain, written_down=written_down).broken


def tamper(engine: Engine, statement: str) -> None:
    """As the owner and superuser, with every trigger off."""
    with engine.begin() as connection:
        for chain in Chain:
            connection.execute(text(f"ALTER TABLE {chain.value} DISABLE TRIGGER ALL"))
        connection.execute(text(statement))
        for chain in Chain:
            connection.execute(text(f"ALTER TABLE {chain.value} ENABLE TRIGGER ALL"))


def forge(engine: Engine, row: int, change: str) -> None:
    """Change a deed and give it the hash that fits."""
    tamper(engine, f"UPDATE audit_entry SET {change} WHERE id = {row}")
    with engine.connect() as connection:
        fields = connection.execute(
            text(
                "SELECT id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), actor, actor_roles, "
                "verb, kind, record, village_id, purpose, details::text, previous_hash, hash FROM audit_entry "
                "WHERE id = :row"
            ),
            {"row": row},
        ).one()
    tamper(engine, f"UPDATE audit_entry SET hash = '{hash_of(DeedRow(*fields))}' WHERE id = {row}")


# --- Writing ----------------------------------------------------------------------------------------------------------


@BOTH
def test_an_untouched_trail_is_whole_and_its_head_can_be_written_down(five: Engine, chain: Chain) -> None:
    with unit_of_work(five) as session:
        head = service.head(session, chain)
        found = service.verify(session, chain, written_down=parse_head(str(head)))
    assert found.broken is None
    assert found.head == head
    assert head.entries == 5


@BOTH
def test_an_empty_trail_is_whole(session: Session, chain: Chain) -> None:
    assert service.verify(session, chain).head == service.head(session, chain) == Head(0, NOTHING_BEFORE)


def test_what_was_noted_can_be_read(five: Engine) -> None:
    with unit_of_work(five) as session:
        deeds = service.deeds(session, kind="hazard", limit=2)
        assert [(deed.id, deed.record, deed.details) for deed in deeds] == [
            (4, "通報 3", {"from": "open", "n": 3}),
            (5, "通報 4", {"from": "open", "n": 4}),
        ]
        assert deeds[0].actor_roles == "leader,member"
        assert service.deeds(session, since=deeds[1].at) == [deeds[1]]
        assert service.deeds(session, kind="person") == []
        assert [seen.records for seen in service.accesses(session, record="p3")] == [["p3", "p0"]]


def test_concurrent_writers_are_chained_without_gaps(fresh_engine: Engine) -> None:
    def work(number: int) -> None:
        with unit_of_work(fresh_engine) as session:
            note(session, number)
            note(session, number)
            if number % 5 == 0:
                session.rollback()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(60)))
    for chain, rows in ((Chain.DEEDS, 96), (Chain.ACCESSES, 48)):
        with unit_of_work(fresh_engine) as session:
            found = service.verify(session, chain)
        assert found.broken is None
        assert found.head.entries == rows


def test_a_transaction_that_fails_leaves_no_gap(fresh_engine: Engine) -> None:
    for number in range(4):
        try:
            with unit_of_work(fresh_engine) as session:
                note(session, number)
                session.execute(text("SELECT set_config('x.y', '', true)"))
                if number % 2:
                    session.execute(text("INSERT INTO audit_entry (verb) VALUES ('')"))
        except DBAPIError:
            assert number % 2
    with unit_of_work(fresh_engine) as session:
        assert service.verify(session).head.entries == 2


def test_a_savepoint_takes_its_notes_with_it_and_its_release_writes_nothing(fresh_engine: Engine) -> None:
    with unit_of_work(fresh_engine) as session:
        note(session, 1)
        with session.begin_nested() as savepoint:
            note(session, 2)
            with session.begin_nested():
                note(session, 3)
            savepoint.rollback()
        with session.begin_nested():
            note(session, 4)
        assert session.scalar(text("SELECT entries FROM audit_head WHERE chain = 'audit_entry'")) == 0
    with unit_of_work(fresh_engine) as session:
        assert [deed.record for deed in service.deeds(session)] == ["通報 1", "通報 4"]


def test_a_session_that_is_closed_and_used_again_forgets(fresh_engine: Engine) -> None:
    with Session(fresh_engine) as session:
        note(session, 1)
        session.close()
        note(session, 2)
        session.commit()
        assert [deed.record for deed in service.deeds(session)] == ["通報 2"]


def test_what_one_request_saw_is_one_row(fresh_engine: Engine) -> None:
    with unit_of_work(fresh_engine) as session:
        for number in range(40):
            service.record_access(session, Access("person", (f"p{number % 30}",), "名冊", 7))
        service.record_access(session, Access("person", (), "名冊", 7))
        service.record_access(session, Access("person", ("p1",), "聯絡", 7))
    with unit_of_work(fresh_engine) as session:
        first, second = service.accesses(session)
    assert first.records == [f"p{number}" for number in range(30)]
    assert second.records == ["p1"]


def test_details_hold_no_coordinates() -> None:
    with pytest.raises(DetailRefusedError):
        Deed("move", "hazard", details={"lon": 121.5})  # type: ignore[dict-item]
    with pytest.raises(DetailRefusedError):
        Deed("move", "hazard", details={"at": [121, 25]})  # type: ignore[dict-item]


@pytest.mark.parametrize("words", ["", "5", "5:abc", f"x:{'0' * 64}", f"²:{'0' * 64}", f"5:{'G' * 64}"])
def test_a_head_that_is_none_is_refused(words: str) -> None:
    with pytest.raises(NotAHead):
        parse_head(words)


# --- Tampering --------------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    "change",
    ["actor = 8", "actor = NULL", "village_id = 4", "purpose = 'x'", "at = at + interval '1 us'", "at = 'infinity'"],
)
def test_a_changed_row_is_named(five: Engine, chain: Chain, change: str) -> None:
    tamper(five, f"UPDATE {chain.value} SET {change} WHERE id = 3")
    assert broken(five, chain) == Broken(3, Fault.CHANGED)


def test_changed_words_are_named(five: Engine) -> None:
    tamper(five, """UPDATE audit_entry SET details = '{"from": "open", "n": 3, "x": null}' WHERE id = 4""")
    tamper(five, "UPDATE access_entry SET records = '{p1p0}' WHERE id = 2")
    assert broken(five, Chain.DEEDS) == Broken(4, Fault.CHANGED)
    assert broken(five, Chain.ACCESSES) == Broken(2, Fault.CHANGED)


@BOTH
def test_a_removed_row_is_named(five: Engine, chain: Chain) -> None:
    tamper(five, f"DELETE FROM {chain.value} WHERE id = 2")
    assert broken(five, chain) == Broken(2, Fault.MISSING)


@BOTH
def test_a_removed_row_is_missed_after_the_others_moved_up(five: Engine, chain: Chain) -> None:
    tamper(five, f"DELETE FROM {chain.value} WHERE id = 1; UPDATE {chain.value} SET id = id - 1")
    assert broken(five, chain) == Broken(1, Fault.CHANGED)


@BOTH
def test_a_cut_off_end_is_named(five: Engine, chain: Chain) -> None:
    tamper(five, f"DELETE FROM {chain.value} WHERE id > 3")
    assert broken(five, chain) == Broken(4, Fault.CUT_OFF)
    tamper(five, f"TRUNCATE {chain.value}")
    assert broken(five, chain) == Broken(1, Fault.CUT_OFF)


@BOTH
def test_an_exchanged_order_is_named(five: Engine, chain: Chain) -> None:
    tamper(five, f"UPDATE {chain.value} SET id = 9 WHERE id = 2")
    tamper(five, f"UPDATE {chain.value} SET id = 2 WHERE id = 3; UPDATE {chain.value} SET id = 3 WHERE id = 9")
    assert broken(five, chain) == Broken(2, Fault.CHANGED)


@BOTH
def test_a_lost_head_is_named(five: Engine, chain: Chain) -> None:
    tamper(five, "DELETE FROM audit_head")
    assert broken(five, chain) == Broken(5, Fault.HEAD_LOST)


def test_a_row_with_a_forged_hash_breaks_the_link_after_it(five: Engine) -> None:
    forge(five, 2, "purpose = 'other'")
    assert broken(five, Chain.DEEDS) == Broken(3, Fault.UNLINKED)


def test_a_last_row_with_a_forged_hash_is_not_what_the_head_names(five: Engine) -> None:
    forge(five, 5, "purpose = 'other'")
    assert broken(five, Chain.DEEDS) == Broken(5, Fault.NOT_COUNTED)


def test_a_trail_made_anew_as_a_whole_shows_only_beside_a_head_that_was_written_down(five: Engine) -> None:
    with unit_of_work(five) as session:
        kept = service.head(session)
    tamper(five, f"TRUNCATE audit_entry, access_entry; UPDATE audit_head SET entries = 0, hash = '{NOTHING_BEFORE}'")
    for number in range(6):
        with unit_of_work(five) as session:
            note(session, number)
    assert broken(five, Chain.DEEDS) is None
    assert broken(five, Chain.DEEDS, kept) == Broken(5, Fault.REWRITTEN)
    assert broken(five, Chain.DEEDS, Head(50, kept.hash)) == Broken(7, Fault.CUT_OFF)


# --- Rights -----------------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {} SET purpose = 'x'",
        "DELETE FROM {} WHERE false",
        "TRUNCATE {}",
        "INSERT INTO {} SELECT * FROM {} LIMIT 1 ON CONFLICT (id) DO UPDATE SET purpose = 'x'",
    ],
)
def test_nobody_changes_a_row_not_even_the_owner(five: Engine, app: Engine, chain: Chain, statement: str) -> None:
    for engine in (five, app):
        with engine.connect() as connection:
            if engine is five:
                connection.execute(text("SET LOCAL session_replication_role = replica"))  # no ordinary trigger fires
            with pytest.raises(DBAPIError) as refused:
                connection.execute(text(statement.format(chain.value, chain.value)))
        assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)
    assert broken(five, chain) is None


@BOTH
@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE {} DISABLE TRIGGER ALL",
        "DROP TRIGGER refuse_change ON {}",
        "DROP TRIGGER chain ON {}",
        "ALTER TABLE {} ADD COLUMN x text",
        "DROP TABLE {}",
        "SET session_replication_role = replica",
        "UPDATE audit_head SET entries = 0 WHERE chain = '{}'",
        "SELECT * FROM audit_head WHERE chain = '{}' FOR UPDATE",
        "CREATE OR REPLACE FUNCTION chain_{}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "SET ROLE safemap",
        "UPDATE alembic_version SET version_num = 'x'",
    ],
)
def test_the_app_cannot_disarm_the_trail(app: Engine, chain: Chain, statement: str) -> None:
    with pytest.raises(DBAPIError) as refused, app.begin() as connection:
        connection.execute(text(statement.format(chain.value)))
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


@BOTH
def test_the_app_cannot_move_a_head_by_a_table_of_its_own(app: Engine, chain: Chain) -> None:
    with app.connect() as connection:
        connection.execute(text(f"CREATE TEMP TABLE mine (LIKE {chain.value})"))
        connection.execute(
            text(f"CREATE TRIGGER t BEFORE INSERT ON mine FOR EACH ROW EXECUTE FUNCTION chain_{chain.value}()")
        )
        with pytest.raises(DBAPIError, match="this is the chain of") as refused:
            connection.execute(text("INSERT INTO mine (purpose) VALUES ('x')"))
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


def test_the_app_writes_the_trail_but_chooses_neither_number_nor_moment_nor_hash(app: Engine) -> None:
    with unit_of_work(app) as session:
        note(session, 1)
        session.execute(
            text(
                "INSERT INTO audit_entry VALUES (77, '2000-01-01', 1, '', 'v', 'k', '', NULL, '', '{}', 'before', 'me')"
            )
        )
    assert broken(app, Chain.DEEDS) is None
    with unit_of_work(app) as session:
        assert [deed.id for deed in service.deeds(session)] == [1, 2]
        assert all(deed.at.year > 2000 for deed in service.deeds(session))


def test_each_table_grants_the_app_what_it_should(fresh_engine: Engine) -> None:
    with fresh_engine.connect() as connection:
        granted = {
            name: set(rights)
            for name, rights in connection.execute(
                text(
                    "SELECT c.relname, array_remove(array_agg(a.privilege_type), NULL)"
                    " FROM pg_class c LEFT JOIN LATERAL aclexplode(c.relacl) a ON a.grantee = to_regrole(:role)"
                    " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT EXISTS"
                    " (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e') GROUP BY c.relname"
                ),
                {"role": APP_ROLE},
            )
        }
        appended = set(
            connection.scalars(text("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'refuse_change'"))
        )
    assert {chain.value for chain in Chain} <= appended
    for table, rights in granted.items():
        if table in {"alembic_version", "audit_head"}:
            assert rights == {"SELECT"}, table
        elif table in appended:
            assert rights == {"SELECT", "INSERT"}, table  # a new one: its migration ends with SELECT grant_app_rights()
        else:
            assert rights == {"SELECT", "INSERT", "UPDATE", "DELETE"}, table


def test_a_table_made_later_grants_by_itself(fresh_engine: Engine, app: Engine) -> None:
    with fresh_engine.begin() as connection:
        connection.execute(text("CREATE TABLE later (id serial PRIMARY KEY)"))
    with app.begin() as connection:
        connection.execute(text("INSERT INTO later DEFAULT VALUES"))
        connection.execute(text("DELETE FROM later"))


def test_the_private_databases_engine_is_the_apps_and_an_imports_is_the_owners() -> None:
    with short_home() as home:
        cluster = Cluster(home, server_settings=HASTY)
        settings = Settings(home=home)
        try:
            cluster.ensure_running()
            engines = [open_database(settings), open_database(settings), open_database(settings, as_owner=True)]
            users = []
            for engine in engines:
                with engine.connect() as connection:
                    users.append(connection.scalar(text("SELECT current_user")))
                engine.dispose()
            assert users == [APP_ROLE, APP_ROLE, "safemap"]
        finally:
            cluster.stop()


def test_on_another_server_a_user_with_the_roles_rights_opens_what_the_owner_migrated(
    fresh_url: str, cluster: Cluster, tmp_path: Path
) -> None:
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE ROLE web LOGIN IN ROLE safemap_app")
    engine = open_database(Settings(database_url=fresh_url.replace("safemap@", "web@"), home=tmp_path))
    with unit_of_work(engine) as session:
        note(session, 1)
    with pytest.raises(DBAPIError, match="permission denied"), engine.begin() as connection:
        connection.execute(text("UPDATE audit_head SET entries = 0"))
    engine.dispose()


def test_an_owner_who_may_make_no_roles_migrates_all_the_same(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE ROLE modest LOGIN")
    with new_database(cluster, template="template0") as url:
        name = url.rsplit("/", 1)[1].split("?")[0]
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE EXTENSION postgis")
            connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO modest").format(sql.Identifier(name)))
        modest = url.replace("safemap@", "modest@")
        migrate(modest)
        with unit_of_work(engine_for(modest)) as session:
            note(session, 1)
        with unit_of_work(engine_for(app_url(url))) as session:
            note(session, 2)
        assert broken(engine_for(modest), Chain.DEEDS) is None
        engine_for(modest).dispose()
        engine_for(app_url(url)).dispose()


def test_a_restored_trail_keeps_numbers_hashes_and_guards(
    five: Engine, fresh_url: str, cluster: Cluster, tmp_path: Path
) -> None:
    file = tmp_path / "a.backup"
    back_up(fresh_url, file, cluster.programs())
    with unit_of_work(five) as session:
        kept = service.head(session)
    with new_database(cluster) as url:
        restore(url, file, cluster.programs())
        restored = engine_for(let_the_app_in(url))
        assert broken(restored, Chain.DEEDS, kept) is None
        with unit_of_work(restored) as session:
            note(session, 6)
        assert broken(restored, Chain.DEEDS, kept) is None
        for statement in (
            "DELETE FROM audit_entry",
            "UPDATE audit_head SET entries = 0",
            "DELETE FROM alembic_version",
        ):
            with pytest.raises(DBAPIError, match=r"permission denied"), restored.begin() as connection:
                connection.execute(text(statement))
        with pytest.raises(DBAPIError, match="only ever added to"), engine_for(url).begin() as connection:
            connection.execute(text("DELETE FROM audit_entry"))
        test_each_table_grants_the_app_what_it_should(engine_for(url))
        restored.dispose()


# --- The canonical form -----------------------------------------------------------------------------------------------

words = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12) | st.sampled_from(
    ["", "~", "~,", "1:a,", ",", "0:,", "2:a,"]
)
numbers = st.none() | st.integers(-(2**31), 2**31 - 1)
details = st.dictionaries(words, words | st.integers() | st.booleans() | st.none(), max_size=3)
deed_rows = st.builds(
    DeedRow,
    *(st.integers(1, 2**62), words, numbers, words, words, words, words, numbers, words),
    *(details.map(json.dumps), words, st.just("")),
)
access_rows = st.builds(
    AccessRow,
    *(st.integers(1, 2**62), words, numbers, words, words, st.lists(words, max_size=4).map(tuple), numbers),
    *(words, words, st.just("")),
)


@given(deed_rows | access_rows, deed_rows | access_rows)
def test_no_two_rows_share_a_form(one: DeedRow | AccessRow, other: DeedRow | AccessRow) -> None:
    assert (one == other) == (one.form() == other.form())


@given(st.lists(st.none() | words, min_size=2, max_size=5), st.data())
def test_moving_a_letter_between_fields_changes_the_form(fields: list[str | None], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(fields[0] or "")))
    first, second = fields[0] or "", fields[1] or ""
    moved = AccessRow(1, first[:cut], None, first[cut:] + second, "", (), None, "", "", "")
    whole = AccessRow(1, first, None, second, "", (), None, "", "", "")
    assert (moved.form() == whole.form()) == (cut == len(first))


@tried(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(words, words, words.filter(bool), numbers, st.lists(words, min_size=1, max_size=4), details)
def test_the_database_and_the_check_agree_on_the_form(
    session: Session, a: str, b: str, c: str, number: int | None, records: list[str], told: dict[str, str]
) -> None:
    with session.begin_nested() as savepoint:
        session.info.clear()
        written = [
            Deed(c, c, a, number, (b,), number, a, told),
            Access(c, tuple(records), c, number, (a,), number),
        ]
        for row in written:
            if isinstance(row, Deed):
                service.repository.add_deeds(session, [service._deed_row(row)])
            else:
                service.repository.add_accesses(session, service._merged([row]))
        assert service.verify(session, Chain.DEEDS).broken is None
        assert service.verify(session, Chain.ACCESSES).broken is None
        savepoint.rollback()
