"""Retention: what is a moment too old goes, all else stays; a dry run only counts; the trail is told how much."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from tests.support.members import give, person_with_password
from tests.support.places import SOUTH, WEST
from tests.support.requests import COUNTRY, NOW, everywhere, in_village, report_at, two_villages
from typer.testing import CliRunner

from safemap.audit import service as audit
from safemap.audit.rules import Chain
from safemap.cli.app import command_app
from safemap.communities.tables import Village
from safemap.db.session import unit_of_work
from safemap.hazards.life import STAGE_OF_STATE
from safemap.hazards.rules import STREET_ACCURACY_M, HazardState
from safemap.identity import service as people
from safemap.identity.rules import Role
from safemap.privacy import retention
from safemap.privacy.retention import LOCK, RULES, AnotherIsAtIt, run, run_once_a_day
from safemap.settings import Settings

A_SECOND = timedelta(seconds=1)
PERIODS = {rule.code: rule.period for rule in RULES}


@pytest.fixture
def village(session: Session) -> Village:
    return two_villages(session)[0]


@pytest.fixture
def person_id(session: Session, village: Village) -> int:
    made = person_with_password(session, "mei@example.org", "林美")
    give(session, made, Role.RESIDENT, in_village(village))
    session.execute(text("DELETE FROM message"))
    session.execute(text("DELETE FROM one_time_link"))
    session.execute(text("DELETE FROM known_device"))
    return made


def _put(session: Session, statement: str, **values: object) -> None:
    session.execute(text(statement), values)


def attempt(session: Session, at: datetime, _person: int, mark: str) -> None:
    _put(
        session, "INSERT INTO failed_attempt (account, network, at) VALUES (:m, :n, :at)", m=mark.encode(), n="n", at=at
    )


def allowance(session: Session, at: datetime, _person: int, mark: str) -> None:
    _put(session, "INSERT INTO allowance (\"limit\", asker, used_until) VALUES ('l', :m, :at)", m=mark.encode(), at=at)


def trip(session: Session, at: datetime, _person: int, mark: str) -> None:
    _put(
        session,
        "INSERT INTO agency_trip (agency, browser_hash, sealed, expires_at) VALUES ('a', :m, :m, :at)",
        m=mark.encode(),
        at=at,
    )


def ended_session(session: Session, at: datetime, person: int, mark: str) -> None:
    _put(
        session,
        "INSERT INTO sign_in (token_hash, person_id, expires_at, ended_at, browser) VALUES (:m, :p, :later, :at, '')",
        m=mark.encode(),
        p=person,
        at=at,
        later=NOW + timedelta(days=9),
    )


def run_out_session(session: Session, at: datetime, person: int, mark: str) -> None:
    _put(
        session,
        "INSERT INTO sign_in (token_hash, person_id, expires_at, browser) VALUES (:m, :p, :at, '')",
        m=mark.encode(),
        p=person,
        at=at,
    )


def used_link(session: Session, at: datetime, person: int, mark: str) -> None:
    _put(
        session,
        "INSERT INTO one_time_link (token_hash, person_id, expires_at, used_at) VALUES (:m, :p, :later, :at)",
        m=mark.encode(),
        p=person,
        at=at,
        later=NOW,
    )


def used_code(session: Session, at: datetime, person: int, mark: str) -> None:
    _put(
        session,
        "INSERT INTO recovery_code (code_hash, person_id, used_at) VALUES (:m, :p, :at)",
        m=mark.encode(),
        p=person,
        at=at,
    )


def invitation(session: Session, at: datetime, _person: int, mark: str) -> None:
    _put(
        session,
        "INSERT INTO invitation (token_hash, email, name, role, scope, expires_at) "
        "VALUES (:m, 'x@example.org', '', 'ministry_officer', 'country', :at)",
        m=mark.encode(),
        at=at,
    )


def browser(session: Session, at: datetime, person: int, mark: str) -> None:
    _put(
        session,
        "INSERT INTO known_device (token_hash, person_id, seen_at) VALUES (:m, :p, :at)",
        m=mark.encode(),
        p=person,
        at=at,
    )


def token(session: Session, at: datetime, person: int, mark: str) -> None:
    _put(
        session,
        "INSERT INTO api_token (token_hash, person_id, name, verbs, expires_at, passed_second_factor) "
        "VALUES (:m, :p, '', '{}', :at, false)",
        m=mark.encode(),
        p=person,
        at=at,
    )


def letter(session: Session, at: datetime, _person: int, mark: str) -> None:
    _put(
        session,
        "INSERT INTO message (to_address, language, subject, body, purpose, attempts, last_error, kept_until) "
        "VALUES ('x@example.org', 'en', :m, '', 't', 0, '', :at)",
        m=mark,
        at=at + PERIODS["letters"],
    )


def _report(session: Session, at: datetime, description: str, state: str = "closed") -> str:
    public_id, _ = report_at(session, WEST + 0.0041, SOUTH + 0.0041, description)
    _put(
        session,
        "UPDATE hazard SET stage = :stage WHERE public_id = :id",
        stage=STAGE_OF_STATE[HazardState(state)].value,
        id=public_id,
    )
    _put(session, "UPDATE hazard SET state_since = :at WHERE public_id = :id", at=at, id=public_id)
    return public_id


def closed_report(session: Session, at: datetime, _person: int, _mark: str) -> None:
    _report(session, at, "路燈壞了")


def photographed_report(session: Session, at: datetime, _person: int, mark: str) -> None:
    public_id = _report(session, at, "")
    _put(
        session,
        "WITH made AS (INSERT INTO photo (public_id, state, width_px, height_px) "
        "VALUES (:m, 'held', 4, 3) RETURNING id) "
        "INSERT INTO hazard_photo (photo_id, hazard_id) SELECT made.id, hazard.id FROM made, hazard "
        "WHERE hazard.public_id = :id",
        m=mark,
        id=public_id,
    )


def closed_account(session: Session, at: datetime, _person: int, mark: str) -> None:
    who = person_with_password(session, f"{mark}@example.org", mark)
    _put(session, "UPDATE person SET disabled_at = :at WHERE id = :who", at=at, who=who)


def erased_account(session: Session, at: datetime, _person: int, mark: str) -> None:
    who = person_with_password(session, f"{mark}@example.org", mark, answered=False)
    give(session, who, Role.ADMINISTRATOR, COUNTRY)
    _put(session, "UPDATE person SET disabled_at = :at, erased_at = :at WHERE id = :who", at=at, who=who)
    _put(
        session,
        "INSERT INTO notice_answer (person_id, version, basis, controller, language) "
        "VALUES (:who, 'v', 'duty', '', 'en')",
        who=who,
    )


def _request(session: Session, mark: str, state: str, *, received: datetime, closed: datetime | None) -> None:
    _put(
        session,
        "INSERT INTO data_request (number, ask, about, state, email, language, value, wish, received_at, received_on, "
        "due_on, closed_at, reminded) VALUES (:m, 'access', 'address', :state, 'x@example.org', 'en', '', 'words', "
        ":received, '2026-01-01', '2026-01-16', :closed, '')",
        m=mark,
        state=state,
        received=received,
        closed=closed,
    )


def unconfirmed(session: Session, at: datetime, _person: int, mark: str) -> None:
    _request(session, mark, "received", received=at, closed=None)


def closed_request(session: Session, at: datetime, _person: int, mark: str) -> None:
    _request(session, mark, "closed", received=at, closed=at)


def closed_breach(session: Session, at: datetime, _person: int, mark: str) -> None:
    _put(
        session,
        "INSERT INTO breach (number, state, found_at, what, data_kinds, measures, closed_at) "
        "VALUES (:m, 'closed', :at, 'x', '{name}', '', :at)",
        m=mark,
        at=at,
    )


CASES: list[tuple[str, Callable[[Session, datetime, int, str], None], str]] = [
    ("attempts", attempt, "SELECT count(*) FROM failed_attempt"),
    ("allowances", allowance, "SELECT count(*) FROM allowance"),
    ("trips", trip, "SELECT count(*) FROM agency_trip"),
    ("sessions", ended_session, "SELECT count(*) FROM sign_in"),
    ("sessions", run_out_session, "SELECT count(*) FROM sign_in"),
    ("links", used_link, "SELECT count(*) FROM one_time_link"),
    ("links", used_code, "SELECT count(*) FROM recovery_code"),
    ("invitations", invitation, "SELECT count(*) FROM invitation"),
    ("browsers", browser, "SELECT count(*) FROM known_device WHERE person_id = (SELECT min(id) FROM person)"),
    ("tokens", token, "SELECT count(*) FROM api_token"),
    ("letters", letter, "SELECT count(*) FROM message WHERE purpose = 't'"),
    ("report_words", closed_report, "SELECT count(*) FROM hazard WHERE description <> ''"),
    ("report_photos", photographed_report, "SELECT count(*) FROM photo"),
    ("report_links", closed_report, "SELECT count(*) FROM hazard WHERE follow_up_hash IS NOT NULL"),
    (
        "report_places",
        closed_report,
        "SELECT count(*) FROM hazard WHERE ST_Distance(geom, street_geom) > 1e-7 OR accuracy_m = 0",
    ),
    ("accounts", closed_account, "SELECT count(*) FROM person WHERE disabled_at IS NOT NULL AND name <> '—'"),
    ("roles", erased_account, "SELECT count(*) FROM role_grant WHERE role = 'administrator'"),
    ("answers", erased_account, "SELECT count(*) FROM notice_answer WHERE version = 'v'"),
    ("unconfirmed_requests", unconfirmed, "SELECT count(*) FROM data_request"),
    ("request_words", closed_request, "SELECT count(*) FROM data_request WHERE wish <> '' AND email IS NOT NULL"),
    ("requests", closed_request, "SELECT count(*) FROM data_request"),
    ("breaches", closed_breach, "SELECT count(*) FROM breach"),
]


def test_every_rule_with_a_period_is_tried_here() -> None:
    assert {code for code, *_ in CASES} == {rule.code for rule in RULES if rule.period is not None}


@pytest.mark.parametrize(("code", "store", "count"), CASES, ids=[f"{c[0]}-{c[1].__name__}" for c in CASES])
def test_what_is_younger_by_a_second_or_as_old_as_the_period_is_kept(
    session: Session,
    person_id: int,
    code: str,
    store: Callable[[Session, datetime, int, str], None],
    count: str,
) -> None:
    end = NOW - PERIODS[code]
    store(session, end + A_SECOND, person_id, "younger")
    store(session, end, person_id, "asold")
    assert session.scalar(text(count)) == 2
    assert run(session, everywhere(), NOW)[code] == 0
    assert session.scalar(text(count)) == 2
    store(session, end - A_SECOND, person_id, "older")
    assert session.scalar(text(count)) == 3
    assert run(session, everywhere(), NOW, is_dry=True)[code] == 1
    assert session.scalar(text(count)) == 3
    assert run(session, everywhere(), NOW)[code] == 1
    assert session.scalar(text(count)) == 2
    assert run(session, everywhere(), NOW)[code] == 0


def test_what_is_open_or_imported_is_not_touched(session: Session, person_id: int) -> None:
    long_ago = NOW - timedelta(days=9999)
    opened = _report(session, long_ago, "還沒修", "open")
    imported = _report(session, long_ago, "外面來的")
    _put(session, "UPDATE hazard SET source = 'file', source_id = '1' WHERE public_id = :id", id=imported)
    before = session.execute(text("SELECT * FROM hazard ORDER BY id")).all()
    counts = run(session, everywhere(), NOW)
    assert (counts["report_words"], counts["report_links"], counts["report_places"]) == (0, 0, 0)
    assert session.execute(text("SELECT * FROM hazard ORDER BY id")).all() == before
    assert opened


def test_a_public_place_stays_where_it_is(session: Session, person_id: int) -> None:
    public_id = _report(session, NOW - timedelta(days=9999), "")
    _put(session, "UPDATE hazard SET is_public_place = true WHERE public_id = :id", id=public_id)
    assert run(session, everywhere(), NOW)["report_places"] == 0


def test_a_forgotten_place_is_the_one_that_members_saw(session: Session, person_id: int) -> None:
    public_id = _report(session, NOW - timedelta(days=9999), "")
    query = text("SELECT ST_AsText(geom), ST_AsText(street_geom), accuracy_m FROM hazard WHERE public_id = :id")
    exact, street, _ = session.execute(query, {"id": public_id}).one()
    assert exact != street
    run(session, everywhere(), NOW)
    assert session.execute(query, {"id": public_id}).one() == (street, street, STREET_ACCURACY_M)


def test_a_dry_run_changes_nothing_and_is_not_noted(session: Session, person_id: int) -> None:
    for _, store, _ in CASES:
        for days in (0, 9999):
            store(
                session, NOW - timedelta(days=days), person_id, f"{store.__name__}-{days}-{_digit()}".replace("_", "-")
            )
    session.commit()
    before = everything(session)
    counts = run(session, everywhere(), NOW, is_dry=True)
    session.commit()
    assert everything(session) == before
    assert all(count > 0 for count in counts.values())
    assert run(session, everywhere(), NOW) == counts


counter = iter(range(10_000))


def _digit() -> int:
    return next(counter)


def everything(session: Session) -> dict[str, str]:
    tables = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")).all()
    return {
        table: session.scalar(
            text(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t")
        )
        for table in tables
    }


def test_the_trail_is_told_how_many_of_each_kind_and_stays_whole(session: Session, person_id: int) -> None:
    closed_account(session, NOW - timedelta(days=9999), person_id, "gone")
    for number in range(3):
        attempt(session, NOW - timedelta(days=2), person_id, f"a{number}")
    run(session, everywhere(), NOW)
    session.commit()
    entry = audit.newest_of(session, "retention", "run")
    assert entry is not None
    assert entry.details["attempts"] == 3
    assert entry.details["accounts"] == 1
    assert "tokens" not in entry.details  # none
    erased = session.execute(text("SELECT verb, purpose FROM audit_entry WHERE verb = 'erase'")).all()
    assert erased == [("erase", "retention")]
    assert all(audit.verify(session, chain).broken is None for chain in Chain)


def test_a_closed_account_that_is_erased_keeps_its_number_only(session: Session, person_id: int) -> None:
    closed_account(session, NOW - timedelta(days=9999), person_id, "gone")
    public_id = people.person_by_email(session, "gone@example.org").public_id
    run(session, everywhere(), NOW)
    row = session.execute(text("SELECT * FROM person WHERE public_id = :id"), {"id": public_id}).one()
    assert "gone" not in str(row)
    assert row.erased_at is not None


# --- When it runs -----------------------------------------------------------------------------------------------------


def test_it_runs_once_a_day(session: Session) -> None:
    now = datetime.now(NOW.tzinfo)
    assert run_once_a_day(session, now) is not None
    session.commit()
    assert run_once_a_day(session, now) is None
    assert run_once_a_day(session, now + timedelta(days=1)) is not None


def test_one_worker_runs_it_at_a_time(fresh_engine: Engine) -> None:
    now = datetime.now(NOW.tzinfo)
    with unit_of_work(fresh_engine) as first, unit_of_work(fresh_engine) as second:
        assert run_once_a_day(first, now) is not None
        assert run_once_a_day(second, now) is None
        with pytest.raises(AnotherIsAtIt):
            run(second, everywhere(), now)
    with unit_of_work(fresh_engine) as third:
        assert run_once_a_day(third, now) is None  # the first has done it
        assert (
            third.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = :k"), {"k": LOCK})
            <= 1
        )


def test_the_command_counts_and_takes(
    fresh_engine: Engine, fresh_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAFEMAP_DATABASE_URL", fresh_settings.database_url)
    monkeypatch.setenv("SAFEMAP_HOME", str(fresh_settings.home))
    with unit_of_work(fresh_engine) as session:
        attempt(session, datetime.now(NOW.tzinfo) - timedelta(days=2), 0, "a")

    def said(*words: str) -> str:
        done = CliRunner().invoke(command_app("retention"), ["retention", *words])
        assert done.exit_code == 0, done.output
        return done.output

    assert "1 day" in said("show")
    dry = said("run", "--dry-run")
    assert "attempts" in dry
    assert "would" in dry
    with unit_of_work(fresh_engine) as session:
        assert session.scalar(text("SELECT count(*) FROM failed_attempt")) == 1
    assert "attempts" in said("run")
    with unit_of_work(fresh_engine) as session:
        assert session.scalar(text("SELECT count(*) FROM failed_attempt")) == 0
    assert "Nothing" in said("run")


def test_the_table_has_words_for_each_row() -> None:
    for rule in retention.RULES:
        assert rule.kind
        assert rule.words
        assert rule.why
        assert (rule.sweep is None) == (rule.period is None)
