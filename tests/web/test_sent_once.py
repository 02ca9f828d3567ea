"""A report that is sent again with its key is the same report: one row, one link, counted once, at once or later."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient
from tests.web.conftest import A_BROWSER

from safemap.db.session import engine_for
from safemap.identity.limits import REPORTS
from safemap.privacy.notices import current
from safemap.privacy.rules import Audience
from safemap.settings import Settings
from safemap.web.app import create_app

REPORT = {"lon": 121.505, "lat": 25.004, "category": "lighting", "description": "路燈不亮"}
HERE = "/api/v1/villages/V1/hazards"


def key() -> str:
    return str(uuid.uuid4())


def send(client: TestClient, sent_key: str, report: dict[str, Any] = REPORT) -> Any:
    return client.post(HERE, json=report, headers={"Idempotency-Key": sent_key})


def stored(world: Engine) -> int:
    with world.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM hazard")).scalar_one())


def spent(world: Engine) -> list[Any]:
    with world.connect() as connection:
        names = [limit.name for limit in REPORTS]
        asked = text('SELECT used_until FROM allowance WHERE "limit" = ANY(:names) ORDER BY "limit"')
        return list(connection.execute(asked, {"names": names}).scalars())


def test_the_same_report_sent_again_is_answered_as_the_first_time(client: TestClient, world: Engine) -> None:
    mine = key()
    first = send(client, mine)
    assert first.status_code == 201
    before, used = stored(world), spent(world)
    again = send(client, mine)
    assert again.status_code == 201
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["cache-control"] == "no-store"
    assert (stored(world), spent(world)) == (before, used)
    link = first.json()["follow_up"]
    assert client.get(f"/r/{link.rpartition('/')[2]}").status_code == 200


def test_what_says_the_same_in_other_words_is_the_same(client: TestClient) -> None:
    mine = key()
    first = send(client, mine)
    spelt_out = {**REPORT, "severity": "1", "noticed_at": "any", "accuracy_m": 0, "description": "路燈不亮 "}
    assert send(client, mine, spelt_out).json() == first.json()


def test_another_report_under_a_key_is_refused_and_told_nothing(client: TestClient, world: Engine) -> None:
    mine = key()
    first = send(client, mine).json()
    before = stored(world)
    other = send(client, mine, {**REPORT, "description": "別的事"})
    assert other.status_code == 409
    assert other.headers["content-type"] == "application/problem+json"
    assert other.json()["type"] == "urn:safemap:problem:sent-with-other-content"
    assert "new key" in other.json()["remedy"]
    assert first["follow_up"] not in other.text
    assert first["report"]["public_id"] not in other.text
    assert stored(world) == before


def test_another_key_is_another_report(client: TestClient, world: Engine) -> None:
    before = stored(world)
    one, other = (send(client, key()).json() for _ in range(2))
    assert one["follow_up"] != other["follow_up"]
    without = [client.post(HERE, json=REPORT).json() for _ in range(2)]
    assert without[0]["follow_up"] != without[1]["follow_up"]
    assert stored(world) == before + 4


@pytest.mark.parametrize("wrong", ["short", "x" * 65, "with space in it", 'quoted"quote', "ключ-ключ"])
def test_what_is_no_key_is_refused(client: TestClient, world: Engine, wrong: str) -> None:
    before = stored(world)
    answer = client.post(HERE, json=REPORT, headers=[(b"idempotency-key", wrong.encode())])
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
    assert "8 to 64" in answer.json()["remedy"]
    assert stored(world) == before


def test_many_at_once_are_one(world: Engine, settings: Settings) -> None:
    """Twelve threads send the same report at the same moment, through an app with connections of its own."""
    app = create_app(settings, engine_for(settings.database_url))
    mine, before, used = key(), stored(world), spent(world)
    at_once = Barrier(12)

    with TestClient(app, headers=A_BROWSER) as client:

        def go(_: int) -> Any:
            at_once.wait()
            return send(client, mine)

        with ThreadPoolExecutor(12) as threads:
            answers = list(threads.map(go, range(12)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["follow_up"] for answer in answers}) == 1
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert stored(world) == before + 1
    assert len(spent(world)) == len(REPORTS)
    assert spent(world) != used


def test_a_report_that_is_refused_leaves_its_key_free(client: TestClient) -> None:
    mine = key()
    assert send(client, mine, {**REPORT, "lon": 121.9}).status_code == 400
    assert send(client, mine).status_code == 201


def test_keys_and_links_are_stored_nowhere(client: TestClient, world: Engine) -> None:
    mine = key()
    follow_up = send(client, mine).json()["follow_up"].rpartition("/")[2]
    with world.connect() as connection:
        row = connection.execute(text("SELECT hazard::text FROM hazard ORDER BY id DESC LIMIT 1")).scalar_one()
    assert mine not in row
    assert mine.encode().hex() not in row
    assert follow_up not in row


def test_what_the_reporter_was_told_is_noted(client: TestClient, world: Engine) -> None:
    version = current(Audience.REPORTERS, datetime.now(UTC).date()).version
    for given, kept in ((version, version), ("made-up-2026", None)):
        assert send(client, key(), {**REPORT, "notice": given}).status_code == 201
        with world.connect() as connection:
            found = connection.execute(text("SELECT notice_version FROM hazard ORDER BY id DESC LIMIT 1")).scalar_one()
        assert found == kept


def test_a_form_sent_twice_leads_to_one_report(client: TestClient, world: Engine) -> None:
    form = {"lon": "121.505", "lat": "25.004", "category": "lighting", "severity": "1", "noticed_at": "now"}
    mine, before = key(), stored(world)
    first, again = (
        client.post("/villages/V1/mark", data={**form, "sent_key": mine}, follow_redirects=False) for _ in range(2)
    )
    assert first.status_code == again.status_code == 303
    assert first.headers["location"] == again.headers["location"]
    assert stored(world) == before + 1
    other = client.post("/villages/V1/mark", data={**form, "category": "blocked", "sent_key": mine})
    assert other.status_code == 409
    assert "already sent from this form" in other.text
    assert mine not in other.text  # sent once more, it has a key of its own
