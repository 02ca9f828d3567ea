"""Looking at the demo village as one of its people: in a demo alone, and as nobody real."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from tests.support.members import PASSWORD
from tests.support.places import add_village
from tests.web.conftest import A_BROWSER

from safemap.db.session import unit_of_work
from safemap.demo.layout import CODE
from safemap.demo.loading import load_demo
from safemap.demo.people import BY_ROLE, PEOPLE, load_people, role_of_demo_person
from safemap.demo.rules import NobodyInvented, NoDemoHere
from safemap.demo.visiting import begin_as
from safemap.identity import service, signing_in
from safemap.identity.rules import NEEDS_SECOND_FACTOR, Role, ScopeKind, operator
from safemap.identity.schemas import Scope
from safemap.identity.signing_in import Who
from safemap.identity.tables import Person
from safemap.notifications.service import is_mail_configured, mailer_of
from safemap.settings import Settings
from safemap.web.app import create_app

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
HOME = Who("203.0.113.7")


@pytest.fixture(scope="module")
def village(engine: Engine) -> Engine:
    with unit_of_work(engine) as session:
        load_demo(session)
        load_people(session)
    return engine


@pytest.fixture(scope="module")
def demo(village: Engine, settings: Settings) -> Iterator[TestClient]:
    on = settings.model_copy(update={"demo": True})
    with TestClient(create_app(on, village), headers=A_BROWSER) as client:
        yield client


@pytest.fixture(scope="module")
def earnest(village: Engine, settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings, village), headers=A_BROWSER) as client:
        yield client


@pytest.fixture(autouse=True)
def _a_new_browser(demo: TestClient) -> None:
    demo.cookies.clear()


def look_as(client: TestClient, role: Role, onward: str = "") -> None:
    answer = client.post(f"/demo/as/{role.value}", data={"next": onward}, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == (onward or f"/villages/{CODE}")


# --- In a demo --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(BY_ROLE))
def test_each_role_is_in_force_at_once(demo: TestClient, village: Engine, role: Role) -> None:
    look_as(demo, role)
    assert BY_ROLE[role].name in demo.get("/me").text
    assert demo.get(f"/villages/{CODE}/dead-zones").status_code == 200
    assert demo.get("/members").status_code == (200 if role in MEMBERS_SEEN_BY else 403)
    assert "You look at the practice village as:" in demo.get("/about").text


MEMBERS_SEEN_BY = {Role.LEADER, Role.SECRETARY, Role.PRECINCT_REVIEWER, Role.COUNTY_OFFICER}


def test_it_is_offered_where_somebody_looks_for_it(demo: TestClient) -> None:
    for path in ("/", "/sign-in", "/demo/as"):
        assert 'action="/demo/as/resident"' in demo.get(path).text
    closed = demo.get("/members")
    assert 'href="/demo/as?next=/members"' in closed.text
    look_as(demo, Role.LEADER, onward="/members")
    assert demo.get("/members").status_code == 200


def test_another_one_is_a_tap_away_and_the_first_session_ends(demo: TestClient, village: Engine) -> None:
    look_as(demo, Role.RESIDENT)
    first = demo.cookies["safemap_session"]
    look_as(demo, Role.SECRETARY)
    assert "Community secretary" in demo.get("/demo/as").text
    with unit_of_work(village) as session:
        assert signing_in.session_of(session, first, datetime.now(UTC)) is None


def test_nobody_is_led_to_another_site(demo: TestClient) -> None:
    answer = demo.post("/demo/as/resident", data={"next": "//evil.example"}, follow_redirects=False)
    assert answer.headers["location"] == f"/villages/{CODE}"


def test_what_all_visitors_share_is_changed_by_none(demo: TestClient) -> None:
    look_as(demo, Role.RESIDENT)
    page = demo.get("/me").text
    assert "nothing of it can be changed" in page
    assert "/me/password" not in page
    for path in ("/me/name", "/me/password", "/me/sessions/end-all", "/me/second-factor/off", "/me/roles/1/end"):
        assert demo.post(path, data={"name": "x", "language": "en", "present": "x"}).status_code == 403


def test_what_a_visitor_ended_is_whole_again_for_the_next(demo: TestClient, village: Engine) -> None:
    with unit_of_work(village) as session:
        resident = service.person_by_email(session, BY_ROLE[Role.RESIDENT].email)
        assert resident is not None
        service.disable_person(session, operator("a visitor"), resident.public_id, "left", NOW)
        for grant in resident.grants:
            service.end_role(session, operator("a visitor"), grant.id, NOW)
    look_as(demo, Role.RESIDENT)
    assert demo.get(f"/villages/{CODE}/dead-zones").status_code == 200


def test_no_mail_leaves_a_demo(settings: Settings) -> None:
    named = {"home": settings.home, "smtp_url": "smtp+plain://localhost:2525", "mail_from": "a@example.org"}
    earnest, on = Settings(**named), Settings(**named, demo=True)
    assert is_mail_configured(earnest)
    assert not is_mail_configured(on)
    assert mailer_of(on) is None


def test_nobody_of_them_has_a_password(village: Engine) -> None:
    with unit_of_work(village) as session:
        with_password = session.execute(
            text("SELECT count(*) FROM person WHERE password_hash IS NOT NULL")
        ).scalar_one()
    assert with_password == 0
    assert {one.role for one in PEOPLE} & NEEDS_SECOND_FACTOR  # so it is worth proving that those are in force
    assert role_of_demo_person("somebody@example.org") is None


# --- Anywhere else, and as anybody real -------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_without_the_setting_it_is_refused(
    earnest: TestClient, village: Engine, settings: Settings, role: Role
) -> None:
    refused = earnest.post(f"/demo/as/{role.value}")
    assert refused.status_code == 403
    assert "set-cookie" not in refused.headers
    with unit_of_work(village) as session, pytest.raises(NoDemoHere):
        begin_as(session, settings, role, HOME, NOW)


def test_without_the_setting_nothing_is_offered(earnest: TestClient) -> None:
    assert Settings.model_fields["demo"].default is False
    assert earnest.get("/demo/as").status_code == 403
    for path in ("/", "/sign-in", "/members", f"/villages/{CODE}/dead-zones"):
        assert "/demo/as" not in earnest.get(path).text


@pytest.mark.parametrize("role", [role for role in Role if role not in BY_ROLE])
def test_a_role_that_no_demo_person_has_is_refused(demo: TestClient, role: Role) -> None:
    assert demo.post(f"/demo/as/{role.value}").status_code == 403
    assert demo.post("/demo/as/nonsense").status_code == 400


@pytest.mark.usefixtures("village")
@pytest.mark.parametrize("turned", ["password", "real village", "real village later", "country"])
def test_somebody_real_is_never_looked_on_as(session: Session, settings: Settings, turned: str) -> None:
    on = settings.model_copy(update={"demo": True})
    person = service.person_by_email(session, BY_ROLE[Role.LEADER].email)
    assert person is not None
    real = add_village(session, name="真實里", code="R001", county="真實市", is_fictional=False).id
    if turned == "password":
        signing_in.set_password(session, session.get_one(Person, person.id), PASSWORD)
    elif turned == "country":
        country = Scope(kind=ScopeKind.COUNTRY)
        service.grant_role(session, operator("x"), person.id, Role.EVALUATOR, country, starts_on=date(2026, 1, 1))
    else:
        day = date(2026, 1, 1) if turned == "real village" else date(2999, 1, 1)
        scope = Scope(kind=ScopeKind.VILLAGE, village_id=real)
        service.grant_role(session, operator("x"), person.id, Role.RESIDENT, scope, starts_on=day)
    with pytest.raises(NobodyInvented):
        begin_as(session, on, Role.LEADER, HOME, NOW)
    assert begin_as(session, on, Role.RESIDENT, HOME, NOW)  # the others stay invented


@pytest.mark.usefixtures("village")
def test_a_village_that_turns_real_takes_its_people_along(session: Session, settings: Settings) -> None:
    on = settings.model_copy(update={"demo": True})
    session.execute(text("UPDATE village SET is_fictional = false"))
    for role in BY_ROLE:
        with pytest.raises(NobodyInvented):
            begin_as(session, on, role, HOME, NOW)
