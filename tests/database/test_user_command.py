"""`safemap user` as it is typed: the first administrator, closing, resetting, the yearly review."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from tests.support.places import add_village
from typer.testing import CliRunner

from safemap.audit.service import deeds
from safemap.cli.app import command_app
from safemap.communities.rules import CommunityKind
from safemap.communities.service import ensure_community, ensure_precinct
from safemap.db.session import unit_of_work
from safemap.errors import InvalidInput, NotFound
from safemap.identity import links, signing_in
from safemap.identity.keys import Keys
from safemap.identity.rules import ScopeDoesNotFit
from safemap.identity.signing_in import Who
from safemap.settings import Settings

PASSWORD, HOME = "paper lantern river eleven", Who("203.0.113.7")
KEYS = Keys(b"a key for tests alone, 32 bytes!")
Said = Callable[..., str]


@pytest.fixture
def said(fresh_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Said:
    monkeypatch.setenv("SAFEMAP_DATABASE_URL", fresh_settings.database_url)

    def run(*words: str) -> str:
        done = CliRunner().invoke(command_app("user"), ["user", *words], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    return run


@pytest.fixture
def places(fresh_engine: Engine) -> None:
    with unit_of_work(fresh_engine) as session:
        village = add_village(session)
        ensure_community(session, "榕樹社區", CommunityKind.ASSOCIATION, [village.id])
        ensure_precinct(session, "示範市", "示範分局", [village.id])


def add(said: Said, email: str, role: str, *scope: str) -> str:
    return said("add", "--email", email, "--name", "承辦人 [x]", "--role", role, *scope)


def token_in(output: str) -> str:
    found = re.search(r"http://localhost:8000/password/(\S+)", output)
    assert found is not None
    return found[1]


def test_the_first_administrator_sets_a_password_by_the_printed_link(said: Said, fresh_engine: Engine) -> None:
    token = token_in(add(said, "admin@example.org", "administrator", "--country"))
    now = datetime.now(UTC)
    with unit_of_work(fresh_engine) as session:
        links.set_password_by_link(session, token, PASSWORD, HOME, "http://localhost:8000", now)
    with unit_of_work(fresh_engine) as session:
        begun = signing_in.sign_in(session, KEYS, "admin@example.org", PASSWORD, HOME, now)
        assert begun is not None
        found = signing_in.session_of(session, begun.token, now)
        assert found is not None
        assert [role.value for role in found.resting] == ["administrator"]
    with unit_of_work(fresh_engine) as session:
        verbs = [(deed.verb, deed.kind) for deed in deeds(session)]
    assert verbs == [("add", "person"), ("grant", "role"), ("set_password", "person"), ("sign_in", "person")]


@pytest.mark.usefixtures("places")
def test_each_kind_of_scope_is_named_as_people_name_it(said: Said) -> None:
    add(said, "one@example.org", "secretary", "--community", "榕樹社區")
    add(said, "two@example.org", "resident", "--village", "榕樹里")
    add(said, "three@example.org", "precinct_reviewer", "--county", "示範市", "--precinct", "示範分局")
    assert "http" in add(said, "four@example.org", "county_officer", "--county", "示範市", "--until", "2999-12-31")
    again = add(said, "two@example.org", "volunteer", "--village", "T001")
    assert "two@example.org is volunteer now." in again
    listed = said("list")
    for words in (
        "secretary 榕樹社區",
        "resident 示範市示範區榕樹里",
        "precinct_reviewer 示範市示範分局",
        "county_officer 示範市 (until 2999-12-31)",
        "承辦人 [x]",
    ):
        assert words in listed


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("--role", "resident"), InvalidInput),
        (("--role", "resident", "--village", "榕樹里", "--country"), InvalidInput),
        (("--role", "resident", "--village", "示範區"), InvalidInput),
        (("--role", "resident", "--country"), ScopeDoesNotFit),
        (("--role", "secretary", "--community", "別的社區"), NotFound),
        (("--role", "precinct_reviewer", "--county", "示範市", "--precinct", "別的分局"), NotFound),
        (("--role", "precinct_reviewer", "--precinct", "示範分局"), InvalidInput),
        (("--role", "county_officer", "--county", "別的市"), InvalidInput),
        (("--role", "administrator", "--country", "--language", "fr"), InvalidInput),
        (("--role", "administrator", "--country", "--email", "nobody"), InvalidInput),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_stored(
    said: Said, fresh_engine: Engine, words: tuple[str, ...], error: type[Exception]
) -> None:
    with pytest.raises(error):
        said("add", "--email", "x@example.org", "--name", "承辦人", *words)
    with fresh_engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM person")) == 0


def test_an_account_is_closed_opened_and_reset(said: Said, fresh_engine: Engine) -> None:
    token = token_in(add(said, "admin@example.org", "administrator", "--country"))
    said("disable", "ADMIN@example.org", "--reason", "transferred")
    assert "closed" in said("list")
    assert "closed" in said("review")
    said("enable", "admin@example.org")
    assert "closed" not in said("list")
    newer = token_in(said("reset", "admin@example.org"))
    with unit_of_work(fresh_engine) as session:
        assert links.owner_of_link(session, newer, datetime.now(UTC)).email == "admin@example.org"
        with pytest.raises(NotFound):
            links.owner_of_link(session, token, datetime.now(UTC))
    with pytest.raises(NotFound, match="Nobody has the address"):
        said("reset", "nobody@example.org")


def test_the_review_lists_what_nobody_confirmed_for_a_year_until_somebody_does(
    said: Said, fresh_engine: Engine
) -> None:
    add(said, "admin@example.org", "administrator", "--country")
    assert said("review") == "Nobody.\n"
    with fresh_engine.begin() as connection:
        long_ago = datetime.now(UTC) - timedelta(days=365)
        role = connection.scalar(text("UPDATE role_grant SET reviewed_at = :at RETURNING id"), {"at": long_ago})
    assert re.search(r"old .* admin@example.org .*administrator whole country", said("review"))
    said("confirm", str(role))
    assert said("review") == "Nobody.\n"
    said("end", str(role))
    assert "(ended " in said("review")
