"""Pages about people as they are used: links from letters, invitations, the members of a village, tokens."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient
from tests.support.members import AGREED, KEYS, OPERATOR, PASSWORD, browse_as, give, person_with_password

from safemap.db.session import unit_of_work
from safemap.identity import invitations, links, service, signing_in
from safemap.identity.rules import Role, ScopeKind
from safemap.identity.schemas import NewInvitation, Scope
from safemap.identity.signing_in import Who

VILLAGE, OTHER = (Scope(kind=ScopeKind.VILLAGE, village_id=number) for number in (1, 2))
SITE = "http://localhost:8000"
NEW = "glass pond tram nineteen"


@pytest.fixture(scope="module")
def people(world: Engine) -> Engine:
    with unit_of_work(world) as session:
        for name, role, scope in (
            ("secretary", Role.SECRETARY, VILLAGE),
            ("resident", Role.RESIDENT, VILLAGE),
            ("neighbour", Role.RESIDENT, OTHER),
            ("leader", Role.LEADER, VILLAGE),
            ("county", Role.COUNTY_OFFICER, Scope(kind=ScopeKind.COUNTY, county="測試縣")),
        ):
            person_id = person_with_password(session, f"{name}@example.org", f"示範 {name}")
            give(session, person_id, role, scope)
    return world


@pytest.fixture(autouse=True)
def _nobody_is_signed_in(client: TestClient) -> Iterator[None]:
    client.cookies.clear()
    yield
    client.cookies.clear()


def invited(engine: Engine, email: str, role: Role = Role.RESIDENT) -> str:
    with unit_of_work(engine) as session:
        new = NewInvitation(email=email, role=role, scope=VILLAGE)
        return invitations.invite(session, OPERATOR, new, SITE, datetime.now(UTC))


def enters(engine: Engine, email: str, password: str) -> bool:
    with unit_of_work(engine) as session:
        who = Who("198.51.100.9")
        return signing_in.sign_in(session, KEYS, email, password, who, datetime.now(UTC)) is not None


# --- Links from letters -----------------------------------------------------------------------------------------------


def test_asking_for_a_password_says_the_same_of_every_address(client: TestClient, people: Engine) -> None:
    answers = [
        client.post("/password/forgot", data={"email": email}) for email in ("resident@example.org", "no@example.org")
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].text == answers[1].text
    assert "<code>safemap outbox</code>" in answers[0].text  # no mail server is set
    with unit_of_work(people) as session:
        letters = session.execute(text("SELECT to_address, body FROM message")).all()
    assert [letter.to_address for letter in letters if "/password/" in letter.body] == ["resident@example.org"]


def test_what_is_no_address_is_kept_and_said(client: TestClient, people: Engine) -> None:
    answer = client.post("/password/forgot", data={"email": 'wrong"><b>'})
    assert answer.status_code == 400
    assert "Give your e-mail address" in answer.text
    assert 'value="wrong&#34;&gt;&lt;b&gt;"' in answer.text


def test_a_link_sets_a_password_once(client: TestClient, people: Engine) -> None:
    with unit_of_work(people) as session:
        person_id = service.person_id_by_email(session, "resident@example.org")
        assert person_id is not None
        token = links.new_link(session, person_id, datetime.now(UTC))
    for _ in range(2):  # mail programs look at links first
        looked = client.get(f"/password/{token}")
        assert looked.status_code == 200
        assert "resident@example.org" in looked.text
        assert looked.headers["cache-control"] == "no-store"
    weak = client.post(f"/password/{token}", data={"password": "short"})
    assert weak.status_code == 400
    assert "The password is too short" in weak.text
    assert 'value="short"' not in weak.text
    done = client.post(f"/password/{token}", data={"password": NEW})
    assert done.url.path == "/password/set"
    assert enters(people, "resident@example.org", NEW)
    assert not enters(people, "resident@example.org", PASSWORD)
    assert client.get(f"/password/{token}").status_code == 404
    assert client.post(f"/password/{token}", data={"password": NEW}).status_code == 404


def test_logs_hold_no_token(client: TestClient, people: Engine, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG", logger="safemap"):
        client.get("/password/very-secret")
        client.get("/invitation/very-secret")
    written = [record.fields for record in caplog.records if record.name == "safemap.access"]  # type: ignore[attr-defined]
    assert [fields["route"] for fields in written] == ["/password/{token}", "/invitation/{token}"]
    assert "very-secret" not in str([vars(record) for record in caplog.records])


# --- Invitations ------------------------------------------------------------------------------------------------------


def test_an_invitation_makes_an_account_with_the_role_once(client: TestClient, people: Engine) -> None:
    token = invited(people, "new@example.org")
    offered = client.get(f"/invitation/{token}").text
    assert "You are invited: Resident, 測試縣平安區永和里" in offered
    kept = client.post(f"/invitation/{token}", data={"name": "新人", "password": "short", "agree": AGREED})
    assert kept.status_code == 400
    assert 'value="新人"' in kept.text
    nameless = client.post(f"/invitation/{token}", data={"name": " ", "password": NEW, "agree": AGREED})
    assert "Give your name as others should see it" in nameless.text
    done = client.post(f"/invitation/{token}", data={"name": "新人", "password": NEW, "agree": AGREED})
    assert done.url.path == "/invitation/accepted"
    assert "Welcome, 新人" in done.text
    assert enters(people, "new@example.org", NEW)
    assert client.get(f"/invitation/{token}").status_code == 404


def test_who_has_an_account_adds_the_role_signed_in_as_that_very_address(client: TestClient, people: Engine) -> None:
    token = invited(people, "leader@example.org", Role.ADOPTER)
    strange = client.get(f"/invitation/{token}").text
    assert "This address has an account" in strange
    assert 'name="password"' not in strange
    taken = client.post(f"/invitation/{token}", data={"name": "x", "password": NEW})
    assert taken.status_code == 403
    with unit_of_work(people) as session:
        browse_as(client, session, "secretary@example.org")
    assert "This invitation is for another address" in client.get(f"/invitation/{token}").text
    assert client.post(f"/invitation/{token}").status_code == 403
    with unit_of_work(people) as session:
        browse_as(client, session, "leader@example.org")
    assert client.post(f"/invitation/{token}").url.path == "/invitation/accepted"
    with unit_of_work(people) as session:
        leader = service.person_by_email(session, "leader@example.org")
    assert leader is not None
    assert [grant.role for grant in leader.grants] == [Role.LEADER, Role.ADOPTER]
    assert client.get(f"/invitation/{token}").status_code == 404


def test_a_strict_role_is_said_to_rest_until_the_second_factor_is_set_up(client: TestClient, people: Engine) -> None:
    with unit_of_work(people) as session:
        county = Scope(kind=ScopeKind.COUNTY, county="測試縣")
        new = NewInvitation(email="officer@example.org", role=Role.COUNTY_OFFICER, scope=county)
        token = invitations.invite(session, OPERATOR, new, SITE, datetime.now(UTC))
    assert "This role needs a second factor" in client.get(f"/invitation/{token}").text
    done = client.post(f"/invitation/{token}", data={"name": "承辦", "password": NEW, "agree": AGREED})
    assert "Until then these roles rest" in done.text
