"""A program's token: taken in the API alone, for its verbs alone; one that does not work is said to be so."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from starlette.requests import Request
from starlette.testclient import TestClient
from tests.support.members import give, person_with_password, signed_in

from safemap.db.session import unit_of_work
from safemap.identity.api_tokens import make_api_token, viewer_for_api_token
from safemap.identity.rules import ANONYMOUS, Role, ScopeKind, Verb, Viewer
from safemap.identity.schemas import NewApiToken, Scope
from safemap.web.rules import TokenNotTaken
from safemap.web.viewing import viewer_of_request

Asked = Callable[..., Viewer]


@pytest.fixture(scope="module")
def token(world: Engine) -> str:
    now = datetime.now(UTC)
    with unit_of_work(world) as session:
        person_id = person_with_password(session, "program@example.org")
        give(session, person_id, Role.RESIDENT, Scope(kind=ScopeKind.VILLAGE, village_id=1))
        new = NewApiToken(name="巡守表", verbs=frozenset({Verb.SEE_EXACT}))
        return make_api_token(session, signed_in(session, "program@example.org", now), new, now)


@pytest.fixture
def asked(world: Engine) -> Asked:
    def ask(path: str, authorization: str) -> Viewer:
        headers = [(b"authorization", authorization.encode())]
        request = Request({"type": "http", "path": path, "headers": headers, "query_string": b"", "method": "GET"})
        with unit_of_work(world) as session:
            return viewer_of_request(request, session, None)

    return ask


def test_a_token_is_its_person_with_its_verbs_in_the_api_alone(asked: Asked, token: str) -> None:
    viewer = asked("/api/v1/villages", f"Bearer {token}")
    assert viewer.verbs == {Verb.SEE_EXACT}
    assert viewer.roles == {Role.VISITOR, Role.RESIDENT}
    assert asked("/api/v1/villages", f"bearer  {token} ").person_id == viewer.person_id
    assert asked("/members", f"Bearer {token}") is ANONYMOUS
    assert asked("/api/v1/villages", f"Basic {token}") is ANONYMOUS


@pytest.mark.parametrize("wrong", ["", "smp_0", "Bearer", "x" * 4000])
def test_a_token_that_does_not_work_is_no_visitor(asked: Asked, wrong: str) -> None:
    with pytest.raises(TokenNotTaken):
        asked("/api/v1/villages", f"Bearer {wrong}")


def test_the_api_says_so(client: TestClient, token: str) -> None:
    answer = client.get("/api/v1/villages/V1/cameras", headers={"Authorization": f"Bearer {token}x"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert answer.json()["type"] == "urn:safemap:problem:token-not-taken"
    assert token not in answer.text
    right = client.get("/api/v1/villages/V1/cameras", headers={"Authorization": f"Bearer {token}"})
    assert right.status_code == 200
    assert right.json()["features"][0]["properties"] != {}


def test_a_token_ends_with_its_day(world: Engine, token: str) -> None:
    with unit_of_work(world) as session:
        assert viewer_for_api_token(session, token, datetime.now(UTC) + timedelta(days=89)) is not None
        assert viewer_for_api_token(session, token, datetime.now(UTC) + timedelta(days=91)) is None
