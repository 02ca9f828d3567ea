"""A report's life on the pages: who is offered which step, what everybody reads of it, what its reporter answers."""

import re

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient
from tests.support.reports import shown_report
from tests.web.conftest import browser_of

from safemap.db.session import unit_of_work
from safemap.hazards.schemas import HazardReport
from safemap.hazards.service import Reported
from safemap.identity.rules import Role


@pytest.fixture
def taken(world: Engine) -> Reported:
    sent = {"lon": 121.505, "lat": 25.005, "category": "lamp_out", "is_public_place": True}
    with unit_of_work(world) as session:
        return shown_report(session, HazardReport.model_validate(sent))


@pytest.fixture(scope="module")
def walker(client: TestClient, world: Engine) -> TestClient:
    return browser_of(client, world, "walker", Role.VOLUNTEER)


def offered(page: str) -> set[str]:
    return set(re.findall(r'name="to_stage" value="(\w+)"', page))


def take(browser: TestClient, taken: Reported, of: str, to: str, **told: str) -> str:
    done = browser.post(f"/hazards/{taken.seen.public_id}/steps", data={"from_stage": of, "to_stage": to, **told})
    assert done.status_code == 200, done.text
    return done.text


def test_each_is_offered_what_their_roles_allow(
    client: TestClient, member: TestClient, walker: TestClient, staff: TestClient, taken: Reported
) -> None:
    address = f"/hazards/{taken.seen.public_id}"
    assert offered(client.get(address).text) == offered(member.get(address).text) == set()
    assert offered(walker.get(address).text) == {"verified_fixed"}
    on_it = {"acknowledged", "investigating", "scheduled", "claimed_fixed", "verified_fixed", "referred", "no_action"}
    assert offered(staff.get(address).text) == on_it


def test_a_step_is_told_to_everybody_who_sees_the_report_with_its_role_and_no_name(
    client: TestClient, staff: TestClient, taken: Reported, world: Engine
) -> None:
    told = take(staff, taken, "open", "referred", body="lamps", words="已通知路燈管理單位")
    assert "Written down" in told
    shown = client.get(f"/hazards/{taken.seen.public_id}").text
    for words in ("Handed to who is responsible", "Street-lamp office", "已通知路燈管理單位", "Community secretary"):
        assert words in shown
    assert "staff@example.org" not in shown
    answer = client.get(f"/api/v1/hazards/{taken.seen.public_id}/updates").json()["updates"]
    assert answer[-1].keys() == {"on", "from_stage", "to_stage", "actor", "role", "reason", "body", "words"}
    assert (answer[-1]["to_stage"], answer[-1]["role"], answer[-1]["body"]) == ("referred", "secretary", "lamps")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", answer[-1]["on"])  # no hour: it would tell when somebody walks
    with world.connect() as connection:
        kept = connection.execute(
            text("SELECT verb, details ->> 'stage', actor IS NOT NULL FROM audit_entry WHERE record = :id"),
            {"id": taken.seen.public_id},
        ).all()
    assert ("take_step", "referred", True) in [tuple(row) for row in kept]


def test_a_reporter_is_asked_whether_it_is_fixed_and_their_no_opens_it_again(
    client: TestClient, staff: TestClient, taken: Reported
) -> None:
    own = f"/r/{taken.follow_up}"
    assert "Is it fixed already?" in client.get(own).text
    take(staff, taken, "open", "claimed_fixed")
    asked = client.get(own).text
    assert "Is it fixed?" in asked
    assert offered(asked) == {"verified_fixed", "reopened"}
    no = {"from_stage": "claimed_fixed", "to_stage": "reopened", "reason": "half_done", "words": "只修一盞"}
    assert "Only a part was mended" in client.post(f"{own}/steps", data=no).text
    assert "只修一盞" in staff.get(f"/hazards/{taken.seen.public_id}").text
    assert "只修一盞" not in client.get(f"/hazards/{taken.seen.public_id}").text
    yes = client.post(f"{own}/steps", data={"from_stage": "reopened", "to_stage": "verified_fixed"}).text
    assert "Fixed and checked" in yes
    assert "Is it there again?" in yes


def test_who_decides_on_what_has_moved_meanwhile_is_told_so(staff: TestClient, taken: Reported) -> None:
    take(staff, taken, "open", "scheduled")
    late = staff.post(f"/hazards/{taken.seen.public_id}/steps", data={"from_stage": "open", "to_stage": "acknowledged"})
    assert late.status_code == 409
    assert "Somebody changed this report" in late.text


def test_closing_without_a_reason_is_refused_and_says_which_there_are(staff: TestClient, taken: Reported) -> None:
    refused = staff.post(f"/hazards/{taken.seen.public_id}/steps", data={"from_stage": "open", "to_stage": "no_action"})
    assert refused.status_code == 400
    assert "no_means" in refused.text


@pytest.mark.parametrize("field", ["to_stage", "words", "surprise"])
def test_what_no_form_sends_is_refused(staff: TestClient, taken: Reported, field: str) -> None:
    sent = {"from_stage": "open", "to_stage": "acknowledged", field: "長" * 501}
    assert staff.post(f"/hazards/{taken.seen.public_id}/steps", data=sent).status_code in {400, 422}


def test_a_reporters_link_that_is_unknown_opens_nothing(client: TestClient) -> None:
    gone = client.post(f"/r/{'y' * 43}/steps", data={"from_stage": "open", "to_stage": "verified_fixed"})
    assert gone.status_code == 404
