"""The list of members, inviting, tokens of programs, and the table of who may do what: for whom, where, and undone."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient
from tests.support.members import browse_as, give, person_with_password
from tests.support.places import add_village

from safemap.audit.service import accesses, deeds
from safemap.db.session import unit_of_work
from safemap.identity import service
from safemap.identity.permissions import permissions
from safemap.identity.rules import KIND_NAMES, MAY_GRANT, ROLE_NAMES, Kind, Role, ScopeKind, Verb
from safemap.identity.schemas import NewPerson, PersonSeen, Scope
from safemap.web.pages.members import A_PAGE
from safemap.web.pages.who_may import GROUPS, rows_of

VILLAGE, OTHER = (Scope(kind=ScopeKind.VILLAGE, village_id=number) for number in (1, 2))
COUNTY = Scope(kind=ScopeKind.COUNTY, county="測試縣")
SECRETARY, LEADER, RESIDENT, STRANGER, OFFICER = (
    f"{name}@example.org" for name in ("secretary", "leader", "resident", "stranger", "officer")
)


@pytest.fixture
def people(world: Engine) -> Iterator[Engine]:
    with unit_of_work(world) as session:
        for email, name, role, scope in (
            (SECRETARY, "林幹事", Role.SECRETARY, VILLAGE),
            (LEADER, "隊長", Role.LEADER, VILLAGE),
            (RESIDENT, "居民", Role.RESIDENT, VILLAGE),
            (STRANGER, "隔壁", Role.RESIDENT, OTHER),
            (OFFICER, "承辦", Role.COUNTY_OFFICER, COUNTY),
        ):
            give(session, person_with_password(session, email, name), role, scope)
    yield world
    with unit_of_work(world) as session:
        session.execute(text("DELETE FROM person"))
        session.execute(text("DELETE FROM invitation"))
        session.execute(text("DELETE FROM message"))


@pytest.fixture
def desk(client: TestClient, people: Engine) -> Iterator[TestClient]:
    """The secretary's browser."""
    with unit_of_work(people) as session:
        browse_as(client, session, SECRETARY)
    yield client
    client.cookies.clear()


def become(client: TestClient, engine: Engine, email: str, *, passed: bool = True) -> TestClient:
    with unit_of_work(engine) as session:
        browse_as(client, session, email, passed=passed)
    return client


def person(engine: Engine, email: str) -> PersonSeen:
    with unit_of_work(engine) as session:
        found = service.person_by_email(session, email)
    assert found is not None
    return found


def role_of(engine: Engine, email: str) -> int:
    return person(engine, email).grants[0].id


# --- Who is listed, and for whom --------------------------------------------------------------------------------------


def test_the_list_holds_the_viewers_villages_and_no_other(desk: TestClient, people: Engine) -> None:
    shown = desk.get("/members").text
    for email in (SECRETARY, LEADER, RESIDENT, OFFICER):  # the county reaches the village
        assert email in shown
    assert STRANGER not in shown
    assert STRANGER in become(desk, people, OFFICER).get("/members").text


def test_whose_names_were_shown_is_kept(desk: TestClient, people: Engine) -> None:
    answer = desk.get("/members")
    assert answer.headers["cache-control"] == "no-store"
    with unit_of_work(people) as session:
        seen = list(accesses(session))[-1]
    assert seen.kind == "person"
    assert person(people, RESIDENT).public_id in seen.records
    assert person(people, STRANGER).public_id not in seen.records


@pytest.mark.parametrize(
    ("email", "sees", "gives"),
    [(LEADER, True, False), (RESIDENT, False, False), (STRANGER, False, False), (OFFICER, True, True)],
)
def test_each_may_what_their_role_says(client: TestClient, people: Engine, email: str, sees: bool, gives: bool) -> None:
    become(client, people, email)
    shown = client.get("/members")
    assert (shown.status_code == 200) is sees
    assert ("/members/invite" in shown.text) is gives
    assert (client.get("/members/invite").status_code == 200) is gives
    grant = role_of(people, STRANGER)
    if email != STRANGER:
        assert (client.post(f"/members/roles/{grant}/end").status_code == 200) is False  # none of them gives residents
    client.cookies.clear()


def test_a_visitor_is_let_in_nowhere(client: TestClient, people: Engine) -> None:
    client.cookies.clear()
    of = person(people, RESIDENT)
    for path in ("/members", "/members/invite", "/members/invite?role=resident", "/me/tokens"):
        assert client.get(path).status_code == 403
    for path in (
        f"/members/roles/{of.grants[0].id}/end",
        f"/members/roles/{of.grants[0].id}/confirm",
        f"/members/roles/{of.grants[0].id}/resume",
        f"/members/people/{of.public_id}/close",
        f"/members/people/{of.public_id}/open",
        "/members/invitations/1/withdraw",
        "/members/invite",
        "/me/tokens",
        "/me/tokens/1/end",
    ):
        refused = client.post(path, data={"reason": "left", "role": "resident"})
        assert refused.status_code == 403, path
    assert person(people, RESIDENT).grants[0].ended_at is None


def test_a_role_that_rests_opens_no_list(client: TestClient, people: Engine) -> None:
    assert become(client, people, OFFICER, passed=False).get("/members").status_code == 403
    client.cookies.clear()


def test_it_is_found_by_words_and_role_and_leafed_through(desk: TestClient, people: Engine) -> None:
    with unit_of_work(people) as session:
        for number in range(A_PAGE + 1):
            new = service.add_person(session, NewPerson(email=f"n{number}@example.org", name=f"第{number:02d}人"))
            give(session, new.id, Role.VOLUNTEER, VILLAGE)
    first, second = desk.get("/members").text, desk.get("/members?page=2").text
    assert f"{A_PAGE + 5} people have a role" in first
    assert "Page 1 of 2" in first
    assert first.count('<li class="card member">') == A_PAGE
    assert second.count('<li class="card member">') == 5
    assert desk.get("/members?page=99").text.count('<li class="card member">') == 5  # the last there is
    found = desk.get("/members?q=第07&role=volunteer").text
    assert found.count('<li class="card member">') == 1
    assert "n7@example.org" in found
    assert "Nobody matches" in desk.get("/members?q=第07&role=leader").text
    assert desk.get("/members?q=%22%3E%3Cb%3E").text.count("<b>") == 0


# --- Ending, and taking it back ---------------------------------------------------------------------------------------


def test_a_role_is_ended_and_the_end_taken_back(desk: TestClient, people: Engine) -> None:
    grant = role_of(people, RESIDENT)
    done = desk.post(f"/members/roles/{grant}/end", data={"back": "q=居民&show=now"})
    assert "The role is ended" in done.text
    assert 'value="居民"' in done.text  # the list is as it was
    assert person(people, RESIDENT).grants[0].ended_at is not None
    assert RESIDENT in desk.get("/members?show=past").text
    undo = re.search(r'action="(/members/roles/\d+/resume)"', done.text)
    assert undo
    assert "in force again" in desk.post(undo[1]).text
    assert person(people, RESIDENT).grants[0].ended_at is None
    with unit_of_work(people) as session:
        assert [deed.verb for deed in deeds(session)][-2:] == ["end", "resume"]


def test_an_end_is_taken_back_within_the_hour_alone(desk: TestClient, people: Engine) -> None:
    grant = role_of(people, RESIDENT)
    desk.post(f"/members/roles/{grant}/end")
    with unit_of_work(people) as session:
        session.execute(
            text("UPDATE role_grant SET ended_at = now() - interval '61 minutes' WHERE id = :id"), {"id": grant}
        )
    assert desk.post(f"/members/roles/{grant}/resume").status_code == 404


def test_nobody_ends_or_takes_back_what_they_could_not_have_given(desk: TestClient, people: Engine) -> None:
    for email in (STRANGER, OFFICER):
        assert desk.post(f"/members/roles/{role_of(people, email)}/end").status_code == 403
        assert desk.post(f"/members/roles/{role_of(people, email)}/confirm").status_code == 403
        assert person(people, email).grants[0].ended_at is None
    own = role_of(people, SECRETARY)
    assert desk.post(f"/members/roles/{own}/confirm").status_code == 403
    assert f"/members/roles/{own}/end" not in desk.get("/members").text
    assert desk.post("/members/roles/999999/end").status_code == 404


def test_what_is_due_is_confirmed_and_leaves_the_list(desk: TestClient, people: Engine) -> None:
    grant = role_of(people, RESIDENT)
    assert "Nothing to do" in desk.get("/members?show=due").text
    with unit_of_work(people) as session:
        session.execute(
            text("UPDATE role_grant SET reviewed_at = now() - interval '366 days' WHERE id = :id"), {"id": grant}
        )
    due = desk.get("/members?show=due").text
    assert ", 1 to look at again" in due
    assert "not confirmed for a year" in due
    done = desk.post(f"/members/roles/{grant}/confirm", data={"back": "show=due"}).text
    assert "the role is still right" in done
    assert "Nothing to do" in done


def test_an_account_is_closed_for_a_reason_and_opened_again(desk: TestClient, people: Engine) -> None:
    of = person(people, RESIDENT)
    assert desk.post(f"/members/people/{of.public_id}/close", data={"reason": "a story about them"}).status_code == 400
    done = desk.post(f"/members/people/{of.public_id}/close", data={"reason": "moved"})
    assert "The account is closed" in done.text
    assert person(people, RESIDENT).disabled_at is not None
    undo = re.search(r'action="(/members/people/[\w-]+/open)"', done.text)
    assert undo
    assert "open again" in desk.post(undo[1]).text
    assert person(people, RESIDENT).disabled_at is None
    for email in (STRANGER, OFFICER):
        assert (
            desk.post(f"/members/people/{person(people, email).public_id}/close", data={"reason": "left"}).status_code
            == 403
        )


@pytest.mark.parametrize(
    "query", ["done=ended&of=1'", "done=nonsense", "done=closed&of=../../x", "done=ended&of=%3Cb%3E"]
)
def test_what_was_done_is_only_what_can_be_done(desk: TestClient, people: Engine, query: str) -> None:
    assert 'class="thanks' not in desk.get(f"/members?{query}").text


# --- Inviting ---------------------------------------------------------------------------------------------------------


def test_only_roles_and_places_are_offered_that_the_viewer_may_give(desk: TestClient, people: Engine) -> None:
    offered = desk.get("/members/invite").text
    assert set(re.findall(r"role=(\w+)", offered)) == {role.value for role in MAY_GRANT[Role.SECRETARY]}
    form = desk.get("/members/invite?role=resident").text
    assert 'value="village:1"' in form
    assert 'value="village:2"' not in form
    assert desk.get("/members/invite?role=county_officer").status_code == 403
    assert desk.get("/members/invite?role=nonsense").status_code == 400
    become(desk, people, OFFICER)
    both = desk.get("/members/invite?role=fire_officer").text
    assert {"county:測試縣", "village:1", "village:2"} <= set(re.findall(r'<option value="([^"]+)"', both))


def test_an_invitation_is_written_listed_and_withdrawn(desk: TestClient, people: Engine) -> None:
    data = {"role": "volunteer", "place": "village:1", "email": "New@Example.org", "role_ends_on": "2999-12-31"}
    done = desk.post("/members/invite", data=data)
    assert "The invitation is written" in done.text
    assert "<code>safemap outbox</code>" in done.text
    assert "new@example.org" in done.text
    withdraw = re.search(r'action="(/members/invitations/\d+/withdraw)"', done.text)
    assert withdraw
    assert "withdrawn" in desk.post(withdraw[1]).text
    assert desk.post(withdraw[1]).status_code == 404
    with unit_of_work(people) as session:
        letters = session.execute(text("SELECT to_address FROM message WHERE purpose = 'invitation'")).scalars().all()
    assert letters == ["new@example.org"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"email": "nobody"}, "Give their e-mail address"),
        ({"email": ""}, "Give their e-mail address"),
        ({"role_ends_on": "31.12.2999"}, "Give the last day as year, month, day"),
        ({"role_ends_on": "2001-01-01"}, "The last day has passed"),
        ({"place": ""}, "Choose for where the role is"),
        ({"place": "village:x"}, "Choose for where the role is"),
        ({"place": "planet:1"}, "Choose for where the role is"),
    ],
)
def test_what_is_wrong_is_named_and_what_was_typed_is_kept(
    desk: TestClient, people: Engine, changes: dict[str, str], said: str
) -> None:
    data = {
        "role": "resident",
        "place": "village:1",
        "email": "kept@example.org",
        "role_ends_on": "2999-12-31",
    } | changes
    answer = desk.post("/members/invite", data=data)
    assert answer.status_code == 400
    assert said in answer.text
    assert answer.text.count(said) == 2  # above and beside the field
    for name in ("email", "role_ends_on"):
        assert f'value="{data[name]}"' in answer.text
    with unit_of_work(people) as session:
        assert session.execute(text("SELECT count(*) FROM invitation")).scalar_one() == 0


@pytest.mark.parametrize("place", ["village:2", "country:", "county:測試縣", "community:1", "village:999"])
def test_nobody_invites_to_where_they_give_no_roles(desk: TestClient, people: Engine, place: str) -> None:
    data = {"role": "volunteer", "place": place, "email": "x@example.org"}
    answer = desk.post("/members/invite", data=data)
    assert answer.status_code == 403
    assert "Choose for where the role is" in answer.text
    with unit_of_work(people) as session:
        assert session.execute(text("SELECT count(*) FROM invitation")).scalar_one() == 0


def test_anothers_invitation_is_neither_seen_nor_withdrawn(desk: TestClient, people: Engine) -> None:
    become(desk, people, OFFICER)
    desk.post("/members/invite", data={"role": "secretary", "place": "village:2", "email": "far@example.org"})
    with unit_of_work(people) as session:
        number = session.execute(text("SELECT id FROM invitation")).scalar_one()
    become(desk, people, SECRETARY)
    assert "far@example.org" not in desk.get("/members").text
    assert desk.post(f"/members/invitations/{number}/withdraw").status_code == 403


def test_among_many_places_one_is_found_by_its_name(desk: TestClient, people: Engine) -> None:
    with unit_of_work(people) as session:
        session.execute(text("SELECT setval(pg_get_serial_sequence('village', 'id'), 1000)"))  # world.sql chose its ids
        for number in range(201):
            add_village(session, name=f"第{number}里", code=f"N{number}", town="多里鎮", county="測試縣")
    become(desk, people, OFFICER)
    form = desk.get("/members/invite?role=fire_officer").text
    assert "There are many" in form
    found = desk.get("/members/invite?role=fire_officer&where=第77里").text
    assert found.count('<option value="village:') == 1
    assert "No place where you may give" in desk.get("/members/invite?role=fire_officer&where=nowhere").text
    with unit_of_work(people) as session:
        session.execute(text("DELETE FROM village WHERE town = '多里鎮'"))


# --- Tokens of programs -----------------------------------------------------------------------------------------------


def test_a_token_is_shown_once_works_and_is_ended(desk: TestClient, people: Engine) -> None:
    made = desk.post("/me/tokens", data={"name": "城市 <系統>", "verbs": ["see_exact"], "days": "30"})
    token = re.search(r"data-token>(smp_[0-9a-f]+)<", made.text)
    assert token
    assert made.headers["cache-control"] == "no-store"
    listed = desk.get("/me/tokens").text
    assert token[1] not in listed
    assert "城市 &lt;系統&gt;" in listed
    program = TestClient(desk.app, headers={"Authorization": f"Bearer {token[1]}"})
    assert program.get("/api/v1/villages/V1/patrol-routes").status_code == 200
    assert program.get("/members").status_code == 403  # tokens open the API alone
    end = re.search(r'action="(/me/tokens/\d+/end)"', listed)
    assert end
    become(desk, people, RESIDENT)
    assert desk.post(end[1]).status_code == 404
    become(desk, people, SECRETARY)
    assert "You have no tokens" in desk.post(end[1]).text
    assert program.get("/api/v1/villages/V1/patrol-routes").status_code == 401


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": " "}, "Give the program&#39;s name"),
        ({"verbs": []}, "Choose at least one thing"),
        ({"verbs": ["fly"]}, "Choose at least one thing"),  # nobody may
        ({"days": "9999"}, "Choose for how long"),
        ({"days": "x"}, "Choose for how long"),
    ],
)
def test_a_token_that_cannot_be_is_not_made(desk: TestClient, changes: dict[str, object], said: str) -> None:
    data = {"name": "kept", "verbs": ["see_exact", "export"], "days": "30"} | changes
    answer = desk.post("/me/tokens", data=data)
    assert answer.status_code == 400
    assert said in answer.text
    assert "smp_<" not in answer.text
    assert "data-token" not in answer.text
    if "verbs" not in changes:
        assert re.search(r'value="export" checked', answer.text)


def test_what_a_program_may_is_no_more_than_its_person(client: TestClient, people: Engine) -> None:
    shown = become(client, people, RESIDENT).get("/me/tokens").text
    offered = set(re.findall(r'name="verbs" value="(\w+)"', shown))
    assert offered == {"add", "see_exact", "see_approximate", "edit_own"}
    client.cookies.clear()


# --- Who may do what --------------------------------------------------------------------------------------------------


def test_the_page_says_what_the_table_says(client: TestClient) -> None:
    shown = client.get("/who-may-do-what").text
    groups = [role for roles in GROUPS.values() for role in roles]
    assert sorted(groups) == sorted(set(Role) - {Role.VISITOR})
    for roles in GROUPS.values():
        rows = rows_of(roles)
        for (kind, verb), able in permissions().items():
            truths = rows.get(kind, {}).get(verb, [False] * len(roles))
            expected = [role in able for role in roles]
            assert truths == ([False] * len(roles) if Role.VISITOR in able else expected)
    yes = sum(len(able) for able in permissions().values() if Role.VISITOR not in able)
    assert shown.count('class="yes"') == yes
    for kind in Kind:
        assert KIND_NAMES[kind].replace("'", "&#39;") in shown
    for role in MAY_GRANT:
        assert ROLE_NAMES[role] in shown
    assert Verb.ADMINISTER.value in shown


@pytest.mark.parametrize(
    "path", ["/members", "/members?show=due", "/members/invite", "/members/invite?role=resident", "/me/tokens"]
)
def test_every_page_opens_in_chinese_and_keeps_the_policy(desk: TestClient, people: Engine, path: str) -> None:
    answer = desk.get(path, headers={"Accept-Language": "zh-TW"})
    assert answer.status_code == 200
    assert len(re.findall(r"<h1", answer.text)) == 1
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*src=)", answer.text)
    assert not re.search(r">[^<]*\b(the|role|your)\b[^<]*<", answer.text)
    ids = re.findall(r'\sid="([^"]+)"', answer.text)
    assert len(ids) == len(set(ids))
