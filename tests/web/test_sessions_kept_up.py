"""A session kept up while requests come in crowds: one of them changes the token, and none waits for another."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from threading import Barrier
from typing import Any, cast

from fastapi import FastAPI
from sqlalchemy import Engine, text
from starlette.requests import Request
from starlette.testclient import TestClient
from tests.support.members import person_with_password

from safemap.db.session import unit_of_work
from safemap.identity import signing_in
from safemap.identity.signing_in import ROTATED_AFTER, Who
from safemap.web.viewing import SESSION, session_of_request

REQUESTS = 16  # as many as the pool has connections, and each holds one


def test_a_crowd_of_requests_gets_one_new_token_and_nobody_waits(client: TestClient, world: Engine) -> None:
    app = cast("FastAPI", client.app)
    with unit_of_work(world) as session:
        person_id = person_with_password(session, "crowd@example.org")
        old = datetime.now(UTC) - ROTATED_AFTER - timedelta(minutes=1)
        token = signing_in.begin(session, person_id, Who("203.0.113.7"), old).token

    all_hold_one = Barrier(REQUESTS)

    def request(_: int) -> list[str]:
        scope: dict[str, Any] = {
            "type": "http",
            "app": app,
            "path": "/",
            "method": "GET",
            "query_string": b"",
            "headers": [(b"cookie", f"{SESSION}={token}".encode())],
        }
        with unit_of_work(app.state.engine) as session:
            session.execute(text("SELECT 1"))
            all_hold_one.wait()
            found = session_of_request(Request(scope), session)
        assert found is not None
        assert found.person_id == person_id
        return cast("list[str]", scope.get("state", {}).get("cookies", []))

    began = time.monotonic()
    with ThreadPoolExecutor(REQUESTS) as pool:
        cookies = [cookie for sent in pool.map(request, range(REQUESTS)) for cookie in sent]
    assert time.monotonic() - began < 10
    assert len(cookies) == 1
    new = SimpleCookie(cookies[0])[SESSION].value
    with unit_of_work(world) as session:
        assert signing_in.session_of(session, new, datetime.now(UTC)) is not None
