"""Suggestions, "me too" and telling reports together: what each may do and see, by page and by API."""

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from safemap.hazards.routing_out import WAYS

PLACE = {"lon": 121.50712, "lat": 25.00803}
FORM = {
    "lon": "121.50712",
    "lat": "25.00803",
    "category": "lamp_out",
    "severity": "2",
    "noticed_at": "night",
    "description": "路燈壞了好幾天",
}


@pytest.fixture(autouse=True)
def _clean(world: Engine) -> Iterator[None]:
    yield
    with world.begin() as connection:
        connection.execute(text("DELETE FROM hazard_merge"))
        connection.execute(text("DELETE FROM hazard WHERE source IS NULL AND public_id NOT LIKE 'report-%'"))


def put(client: TestClient, world: Engine, **changes: object) -> str:
    """Put a report on the map; returns its public id."""
    body = {**PLACE, "category": "lamp_out", "description": "路燈不亮", "is_public_place": True, **changes}
    made = client.post("/api/v1/villages/V1/hazards", json=body)
    assert made.status_code == 201, made.text
    public_id = str(made.json()["report"]["public_id"])
    with world.begin() as connection:
        connection.execute(
            text("UPDATE hazard SET visibility = 'shown', stage = 'open', text_state = 'shown' WHERE public_id = :id"),
            {"id": public_id},
        )
    return public_id


def similar(client: TestClient, **changes: object) -> list[dict[str, object]]:
    body = {**PLACE, "category": "lamp_out", "description": "燈壞了", **changes}
    answer = client.post("/api/v1/villages/V1/hazards/similar", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return list(answer.json()["similar"])


def say_so(client: TestClient, report: str, key: str = "", **body: str) -> dict[str, object]:
    answer = client.post(
        f"/api/v1/hazards/{report}/supports", json=body, headers={"Idempotency-Key": key or str(uuid4())}
    )
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def own_path(said: dict[str, object]) -> str:
    return re.sub(r"^https?://[^/]+", "", str(said["link"]))


def test_the_api_offers_what_is_like_a_report_and_says_why(client: TestClient, world: Engine) -> None:
    report = put(client, world)
    say_so(client, report)
    [found] = similar(client)
    assert found["report"]["public_id"] == report  # type: ignore[index]
    assert found["report"]["supporters"] == 1  # type: ignore[index]
    assert found["about_m"] == 0
    assert found["reasons"] == ["place", "category", "words"]
    assert found["reasons_in_words"] == ["the same place", "the same kind", "words that are alike"]


def test_a_visitor_is_not_told_of_what_is_near_homes_and_a_member_by_street(
    client: TestClient, world: Engine, member: TestClient, staff: TestClient
) -> None:
    report = put(client, world, is_public_place=False, lon=121.5051, lat=25.0061)
    assert similar(client, lon=121.5051, lat=25.0061) == []
    for viewer in (member, staff):
        [found] = similar(viewer, lon=121.5051, lat=25.0091)  # of the same part of a street
        assert found["report"]["public_id"] == report  # type: ignore[index]
        assert (found["about_m"], found["report"]["position"]) == (None, "street")  # type: ignore[index]


@pytest.mark.parametrize(
    "body", [{}, {"lon": 1}, {**PLACE, "category": "nothing"}, {**PLACE, "category": "dogs", "x": 1}]
)
def test_what_cannot_be_asked_about_says_what_is_wrong(client: TestClient, body: dict[str, object]) -> None:
    answer = client.post("/api/v1/villages/V1/hazards/similar", json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"]


def test_the_plain_form_asks_first_and_loses_nothing(client: TestClient, world: Engine) -> None:
    report = put(client, world)
    given = {**FORM, "weekdays": ["1", "3"], "from_hour": "20", "until_hour": "23", "notice": "reporters-2026-11-25"}
    given["sent_key"] = "a-key-of-this-form"
    asked = client.post("/villages/V1/mark", data=given, follow_redirects=False)
    assert asked.status_code == 200
    assert "Is it one of these?" in asked.text
    assert f"/hazards/{report}/me-too" in asked.text
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', asked.text.split("</form>")[0])
    sent: dict[str, list[str]] = {}
    for name, value in fields:
        sent.setdefault(name, []).append(value)
    assert {name: sent[name] for name in ("description", "weekdays", "from_hour", "sent_key", "notice")} == {
        "description": [FORM["description"]],
        "weekdays": ["1", "3"],
        "from_hour": ["20"],
        "sent_key": ["a-key-of-this-form"],
        "notice": ["reporters-2026-11-25"],
    }
    stored = client.post("/villages/V1/mark", data=sent, follow_redirects=False)
    assert stored.status_code == 303
    again = client.post("/villages/V1/mark", data=sent, follow_redirects=False)
    assert again.headers["location"] == stored.headers["location"]
    assert FORM["description"] in client.get(stored.headers["location"].split("?")[0]).text


def test_the_plain_form_does_not_ask_where_nothing_is_like_it(client: TestClient, world: Engine) -> None:
    put(client, world, category="dogs", description="狗會追人")
    assert client.post("/villages/V1/mark", data=FORM, follow_redirects=False).status_code == 303


def test_words_that_belong_to_who_helps_are_not_given_back_into_hidden_fields(
    client: TestClient, world: Engine
) -> None:
    put(client, world)
    words = "隔壁先生每天晚上打老婆"
    answer = client.post("/villages/V1/mark", data={**FORM, "description": words})
    assert answer.status_code == 400
    assert words not in answer.text
    assert any(number in answer.text for number in ("113", "110"))
    assert WAYS


def test_me_too_by_the_page_counts_once_and_thanks(client: TestClient, world: Engine) -> None:
    report = put(client, world)
    page = client.get(f"/hazards/{report}")
    assert f'href="/hazards/{report}/me-too"' in page.text
    form = client.get(f"/hazards/{report}/me-too")
    key = re.search(r'name="sent_key" value="([^"]+)"', form.text)[1]  # type: ignore[index]
    given = {"sent_key": key, "note": "我家門口也是", "notice": "reporters-2026-11-25"}
    said = client.post(f"/hazards/{report}/me-too", data=given, follow_redirects=False)
    assert said.status_code == 303
    again = client.post(f"/hazards/{report}/me-too", data=given, follow_redirects=False)
    assert again.headers["location"] == said.headers["location"]
    thanks = client.get(said.headers["location"])
    assert "Thank you. It counts." in thanks.text
    assert "我家門口也是" in thanks.text
    assert thanks.headers["cache-control"] == "no-store"
    own = said.headers["location"].split("?")[0]
    assert own in thanks.text
    assert "1 other says so too" in client.get(f"/hazards/{report}").text
    assert "1 other says so too" in client.get("/villages/V1").text
    listed = client.get("/api/v1/villages/V1/hazards").json()["features"]
    assert {one["id"]: one["properties"]["supporters"] for one in listed}[report] == 1
    assert "我家門口也是" not in client.get(f"/hazards/{report}").text


def test_what_was_said_is_taken_back_by_the_link(client: TestClient, world: Engine) -> None:
    report = put(client, world)
    own = own_path(say_so(client, report, note="我家門口也是"))
    done = client.post(f"{own}/note")
    assert "Your note is deleted" in done.text
    assert "我家門口也是" not in done.text
    left = client.post(f"{own}/take-back")
    assert "It is taken back" in left.text
    assert client.get(own).status_code == 404
    assert "says so too" not in client.get(f"/hazards/{report}").text


def test_a_note_that_belongs_elsewhere_or_is_too_long_is_refused_beside_it(client: TestClient, world: Engine) -> None:
    report = put(client, world)
    for note in ("隔壁先生每天晚上打老婆", "長" * 501):
        answer = client.post(f"/hazards/{report}/me-too", data={"note": note})
        assert answer.status_code == 400
        assert 'role="alert"' in answer.text
    with world.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM hazard_support")).scalar_one() == 0


def test_what_may_not_be_seen_or_is_fixed_takes_no_me_too(client: TestClient, world: Engine) -> None:
    private = put(client, world, is_public_place=False)
    fixed = put(client, world, lat=25.0065)
    with world.begin() as connection:
        connection.execute(text("UPDATE hazard SET stage = 'verified_fixed' WHERE public_id = :id"), {"id": fixed})
    for method in (client.get, client.post):
        assert method(f"/hazards/{private}/me-too").status_code == 404
        assert method(f"/hazards/{fixed}/me-too").status_code == 409
    headers = {"Idempotency-Key": str(uuid4())}
    assert client.post(f"/api/v1/hazards/{private}/supports", json={}, headers=headers).status_code == 404
    assert client.post(f"/api/v1/hazards/{fixed}/supports", json={}, headers=headers).status_code == 409


def test_the_same_browser_counts_once_by_the_api(client: TestClient, world: Engine) -> None:
    report, key = put(client, world), str(uuid4())
    first, again = say_so(client, report, key), say_so(client, report, key)
    assert (first["is_first"], again["is_first"]) == (True, False)
    assert first["link"] == again["link"]
    assert say_so(client, report, key, note="別的話")["link"] is None
    answer = client.post(f"/api/v1/hazards/{report}/supports", json={}, headers={"Idempotency-Key": "short"})
    assert answer.status_code == 422


def test_notes_wait_for_a_moderator_who_shows_hides_and_takes_back(
    client: TestClient, world: Engine, staff: TestClient, member: TestClient
) -> None:
    report = put(client, world)
    say_so(client, report, note="我家門口也是")
    assert "/moderation/notes" in staff.get("/moderation").text
    waiting = staff.get("/moderation/notes")
    assert "我家門口也是" in waiting.text
    note = re.search(r'id="note-([\w-]+)"', waiting.text)[1]  # type: ignore[index]
    assert member.post(f"/moderation/notes/{note}/show").status_code == 403
    shown = staff.post(f"/moderation/notes/{note}/show")
    assert f'action="/moderation/notes/{note}/hold"' in shown.text
    assert "我家門口也是" in client.get(f"/hazards/{report}").text
    staff.post(f"/moderation/notes/{note}/hide", data={"reason": "insults"})
    assert "我家門口也是" not in client.get(f"/hazards/{report}").text
    staff.post(f"/moderation/notes/{note}/hold")
    assert "我家門口也是" in staff.get("/moderation/notes").text
    assert client.get("/moderation/notes", follow_redirects=False).status_code in {303, 401, 403}


def test_a_moderator_tells_two_together_from_what_is_offered_and_takes_it_back(
    client: TestClient, world: Engine, staff: TestClient
) -> None:
    one, other = put(client, world), put(client, world, lon=PLACE["lon"] + 0.00005, description="燈壞了")
    assert f"/hazards/{one}/same" in staff.get(f"/hazards/{one}").text
    offered = staff.get(f"/hazards/{one}/same")
    assert f'name="into" value="{other}"' in offered.text
    merged = staff.post(f"/hazards/{one}/same", data={"into": other})
    assert merged.url.path == f"/hazards/{other}"
    assert "The two are told together now" in merged.text
    assert f'action="/hazards/{one}/apart"' in merged.text
    old = client.get(f"/hazards/{one}")
    assert "This report is told together with another one." in old.text
    assert f'href="/hazards/{other}"' in old.text
    assert "1 other says so too" in client.get(f"/hazards/{other}").text
    listed = {feature["id"] for feature in client.get("/api/v1/villages/V1/hazards").json()["features"]}
    assert other in listed
    assert one not in listed
    apart = staff.post(f"/hazards/{one}/apart")
    assert "The two are told apart again" in apart.text
    assert one in {feature["id"] for feature in client.get("/api/v1/villages/V1/hazards").json()["features"]}


@pytest.mark.parametrize("form", ["{id}", "https://map.example/hazards/{id}", " /hazards/{id}?done=step#life "])
def test_another_report_is_named_by_number_or_link(
    client: TestClient, world: Engine, staff: TestClient, form: str
) -> None:
    one, other = put(client, world), put(client, world, lat=25.0065)
    merged = staff.post(f"/hazards/{one}/same", data={"other": form.format(id=other)})
    assert merged.url.path == f"/hazards/{other}"


def test_what_cannot_be_told_together_says_why_and_keeps_what_was_typed(
    client: TestClient, world: Engine, staff: TestClient
) -> None:
    one = put(client, world)
    for typed, status, words in (
        ("", 400, "Choose a report"),
        ("nobody", 404, "There is no report"),
        (one, 400, "This is the report itself"),
    ):
        answer = staff.post(f"/hazards/{one}/same", data={"other": typed})
        assert (answer.status_code, words in answer.text) == (status, True)
        assert f'value="{typed}"' in answer.text
    made = client.post(
        "/api/v1/villages/V2/hazards", json={"lon": 121.515, "lat": 25.005, "category": "lamp_out"}
    ).json()["report"]["public_id"]
    answer = staff.post(f"/hazards/{one}/same", data={"other": made})
    assert answer.status_code == 400
    assert "太平里" in answer.text


def test_who_does_not_moderate_neither_tells_together_nor_apart(
    client: TestClient, world: Engine, member: TestClient, staff: TestClient
) -> None:
    one, other = put(client, world), put(client, world, lat=25.0065)
    assert member.get(f"/hazards/{one}/same").status_code == 403
    assert member.post(f"/hazards/{one}/same", data={"into": other}).status_code == 403
    staff.post(f"/hazards/{one}/same", data={"into": other})
    assert member.post(f"/hazards/{one}/apart").status_code == 403
    assert "/same" not in member.get(f"/hazards/{other}").text


def test_who_holds_the_old_link_learns_where_their_report_went(
    client: TestClient, world: Engine, staff: TestClient
) -> None:
    body = {**PLACE, "category": "lamp_out", "is_public_place": True}
    made = client.post("/api/v1/villages/V1/hazards", json=body).json()
    one, own = made["report"]["public_id"], re.sub(r"^https?://[^/]+", "", made["follow_up"])
    with world.begin() as connection:
        connection.execute(
            text("UPDATE hazard SET visibility = 'shown', stage = 'open' WHERE public_id = :id"), {"id": one}
        )
    other = put(client, world)
    staff.post(f"/hazards/{one}/same", data={"into": other})
    page = client.get(own)
    assert f'href="/hazards/{other}"' in page.text
    assert "Two reports tell of one problem" in page.text
