"""Pages about personal data as they are used: by everybody, by members, by who reviews, by who reads the trail."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient
from tests.support.members import OPERATOR, PASSWORD, browse_as, give, person_with_password
from tests.support.requests import report_at

from safemap.db.session import unit_of_work
from safemap.identity import invitations, service
from safemap.identity.rights import require_person
from safemap.identity.rules import Role, ScopeKind
from safemap.identity.schemas import NewInvitation, Scope
from safemap.identity.trail import note
from safemap.privacy import asking, breaches
from safemap.privacy.notices import notices
from safemap.privacy.retention import RULES
from safemap.privacy.rules import Ask, DataKind, Field
from safemap.privacy.schemas import NewBreach, NewRequest

VILLAGE, OTHER = (Scope(kind=ScopeKind.VILLAGE, village_id=number) for number in (1, 2))
COUNTY, COUNTRY = Scope(kind=ScopeKind.COUNTY, county="測試縣"), Scope(kind=ScopeKind.COUNTRY)
SITE = "http://localhost:8000"
STRICT = {"county", "administrator", "ministry"}


@pytest.fixture(scope="module")
def people(world: Engine) -> Engine:
    with unit_of_work(world) as session:
        for name, role, scope in (
            ("secretary", Role.SECRETARY, VILLAGE),
            ("neighbour", Role.SECRETARY, OTHER),
            ("resident", Role.RESIDENT, VILLAGE),
            ("asker", Role.RESIDENT, VILLAGE),
            ("leaver", Role.RESIDENT, VILLAGE),
            ("police", Role.STATION_OFFICER, VILLAGE),
            ("county", Role.COUNTY_OFFICER, COUNTY),
            ("ministry", Role.MINISTRY_OFFICER, COUNTRY),
            ("administrator", Role.ADMINISTRATOR, COUNTRY),
        ):
            give(session, person_with_password(session, f"{name}@example.org", f"示範 {name}"), role, scope)
        person_with_password(session, "newcomer@example.org", "新人", answered=False)
    return world


@pytest.fixture(autouse=True)
def _nobody_is_signed_in(client: TestClient) -> Iterator[None]:
    client.cookies.clear()
    yield
    client.cookies.clear()


def found(pattern: str, within: str) -> str:
    match = re.search(pattern, within)
    assert match is not None, pattern
    return match[match.re.groups]


def be(client: TestClient, engine: Engine, who: str) -> None:
    with unit_of_work(engine) as session:
        browse_as(client, session, f"{who}@example.org", passed=who in STRICT)


def asks(engine: Engine, who: str, ask: Ask, **words: object) -> str:
    """Have a member ask; returns the request's number. What they asked before of the kind is closed."""
    now = datetime.now(UTC)
    with unit_of_work(engine) as session:
        person_id = service.person_id_by_email(session, f"{who}@example.org")
        session.execute(text("UPDATE data_request SET state = 'closed' WHERE person_id = :id"), {"id": person_id})
        assert person_id is not None
        new = NewRequest.model_validate({"ask": ask, **words})
        return asking.ask_for_account(session, require_person(session, person_id), new, SITE, now).number


def stored(engine: Engine, query: str, **values: object) -> object:
    with unit_of_work(engine) as session:
        return session.scalar(text(query), values)


# --- For everybody ----------------------------------------------------------------------------------------------------


def test_everybody_reads_what_is_kept_why_and_how_long(client: TestClient, chinese: dict[str, str]) -> None:
    shown = client.get("/privacy").text
    assert "What happens to data when you mark a spot" in shown
    assert "What happens to members&#39; personal data" in shown
    assert "whoever runs this site (they have not entered their name yet)" in shown
    assert shown.count('<th scope="row">') == len(RULES)
    told = client.get("/privacy", headers=chinese).text
    assert "標記地點時，我們怎麼處理資料" in told
    assert "十五日內答覆" in told
    assert 'href="/privacy"' in client.get("/about").text


def test_every_version_stays_readable_and_no_other_is_made_up(client: TestClient) -> None:
    for notice in notices():
        assert notice.texts["en"].title.replace("'", "&#39;") in client.get(f"/privacy/notices/{notice.version}").text
    assert client.get("/privacy/notices/members-1999-01-01").status_code == 404


def test_the_form_keeps_what_was_typed_and_says_what_is_wrong(client: TestClient, people: Engine) -> None:
    empty = client.post("/privacy/request", data={})
    assert empty.status_code == 400
    assert "Choose what you would like." in empty.text
    assert "Choose whose data it is about." in empty.text
    typed = {"ask": "access", "about": "address", "email": 'no"><b>', "wish": "<i>hello"}
    wrong = client.post("/privacy/request", data=typed)
    assert wrong.status_code == 400
    assert "Give your e-mail address" in wrong.text
    assert "no&#34;&gt;&lt;b&gt;" in wrong.text
    assert "&lt;i&gt;hello" in wrong.text
    link = client.post("/privacy/request", data={"ask": "access", "about": "report", "link": "/r/nothing"})
    assert "This link belongs to no report." in link.text
    value = client.post("/privacy/request", data={"ask": "correction", "about": "address", "email": "a@example.org"})
    assert "Write what would be right." in value.text
    long = client.post("/privacy/request", data={**typed, "email": "a@example.org", "wish": "x" * 1001})
    assert (long.status_code, "The words are too long." in long.text) == (400, True)


def test_an_address_is_asked_for_by_a_mailed_link_and_nobody_learns_what_is_known_of_it(
    client: TestClient, people: Engine
) -> None:
    answers = [
        client.post("/privacy/request", data={"ask": "access", "about": "address", "email": email})
        for email in ("resident@example.org", "guest@example.org")
    ]
    assert [answer.url.path for answer in answers] == ["/privacy/request/sent"] * 2
    assert answers[0].text == answers[1].text
    body = str(
        stored(people, "SELECT body FROM message WHERE to_address = 'guest@example.org' ORDER BY id DESC LIMIT 1")
    )
    path = found(r"/privacy/request/\S+", body)
    for _ in range(2):  # mail programs look first
        looked = client.get(path)
        assert "Please confirm your request" in looked.text
        assert looked.headers["cache-control"] == "no-store"
    done = client.post(f"{path}/confirm")
    assert "will be decided by" in done.text
    assert client.get(f"{path}/copy").status_code == 404
    be(client, people, "secretary")
    number = found(r"Request ([\w-]+) will", done.text)
    assert client.get(f"/privacy/requests/{number}").status_code == 404
    be(client, people, "administrator")
    assert "guest@example.org" in client.get(f"/privacy/requests/{number}").text
    assert client.post(f"/privacy/requests/{number}/grant").status_code == 200
    client.cookies.clear()
    assert "guest@example.org" in client.get(f"{path}/copy").text
    kept = client.get(f"{path}/copy.json")
    assert "attachment" in kept.headers["content-disposition"]
    assert kept.json()["records"]["requests"][0]["email"] == "guest@example.org"


def test_a_fourth_letter_to_one_address_is_not_written(client: TestClient, people: Engine) -> None:
    typed = {"ask": "stop", "about": "address", "email": "flooded@example.org"}
    codes = [client.post("/privacy/request", data=typed).status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]


def test_a_reporter_comes_from_their_own_page_asks_and_reads_the_answer(client: TestClient, people: Engine) -> None:
    with unit_of_work(people) as session:
        _, follow_up = report_at(session, 121.505, 25.004, "路燈壞了")
    page = client.get(f"/r/{follow_up}").text
    assert 'action="/privacy/request/start"' in page
    own_link = found(r'name="link" value="([^"]+)"', page)
    form = client.post("/privacy/request/start", data={"link": own_link})
    assert own_link in form.text
    typed = {"ask": "access", "about": "report", "link": own_link}
    made = client.post("/privacy/request", data=typed)
    assert made.url.path.startswith("/privacy/request/")
    assert "Keep this link" in made.text
    again = client.post("/privacy/request", data=typed)
    assert again.status_code == 409
    assert "You have asked for this already" in again.text
    number = found(r"Request ([\w-]+) will", made.text)
    be(client, people, "neighbour")
    assert client.get(f"/privacy/requests/{number}").status_code == 404
    be(client, people, "secretary")
    client.post(f"/privacy/requests/{number}/grant", data={"words": "請收好"})
    client.cookies.clear()
    answered = client.get(made.url.path).text
    assert "was granted" in answered
    assert "請收好" in answered
    assert "路燈壞了" in client.get(f"{made.url.path}/copy").text


def test_logs_hold_no_token_of_a_request(client: TestClient, people: Engine, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG", logger="safemap"):
        client.get("/privacy/request/very-secret")
        client.get("/privacy/address/very-secret")
    said = [str(record.__dict__) for record in caplog.records if record.name.startswith("safemap")]
    assert "/privacy/request/{token}" in "".join(said)
    assert "very-secret" not in "".join(said)


# --- One's own --------------------------------------------------------------------------------------------------------

OWN = ("/me/data", "/me/data/copy", "/me/data/copy.json", "/me/data/withdraw", "/me/seen", "/me/notice")


@pytest.mark.parametrize("path", OWN)
def test_pages_of_one_s_own_want_signing_in_and_are_kept_by_no_cache(
    client: TestClient, people: Engine, path: str
) -> None:
    assert client.get(path).status_code == 403
    be(client, people, "resident")
    opened = client.get(path)
    assert opened.status_code == 200
    assert opened.headers["cache-control"] == "no-store"


def test_a_member_reads_and_downloads_all_that_is_kept(
    client: TestClient, people: Engine, chinese: dict[str, str]
) -> None:
    be(client, people, "resident")
    shown = client.get("/me/data").text
    assert "records are kept about you" in shown
    file = client.get("/me/data/copy.json")
    assert file.headers["content-type"] == "application/json"
    kept = file.json()["records"]
    assert kept["account"][0]["email"] == "resident@example.org"
    assert kept["roles"][0]["role"] == "resident"
    readable = client.get("/me/data/copy", headers=chinese).text
    assert "測試縣平安區永和里" in readable
    assert "居民" in readable
    whole = json.dumps(kept, ensure_ascii=False)
    assert not re.findall(r"(secretary|county|asker)@example\.org", whole)


def test_a_member_asks_and_is_told_what_is_wrong(client: TestClient, people: Engine) -> None:
    be(client, people, "asker")
    wrong = client.post("/me/data/ask", data={"ask": "", "wish": "hello"})
    assert (wrong.status_code, "Choose what you would like." in wrong.text, "hello" in wrong.text) == (400, True, True)
    wrong = client.post("/me/data/ask", data={"ask": "correction", "field": "email", "value": "no address"})
    assert (wrong.status_code, "Write what would be right." in wrong.text) == (400, True)
    assert 'value="no address"' in wrong.text
    assert client.post("/me/data/ask", data={"ask": "correction", "field": "words", "value": "x"}).status_code == 400
    done = client.post("/me/data/ask", data={"ask": "stop", "wish": "不再參加"})
    assert "Your request was received." in done.text
    again = client.post("/me/data/ask", data={"ask": "stop"})
    assert again.status_code == 409
    assert "You have asked for this already" in again.text


def test_a_new_address_is_proved_by_the_letter_that_went_there(client: TestClient, people: Engine) -> None:
    with unit_of_work(people) as session:
        give(session, person_with_password(session, "old@example.org", "搬家人"), Role.RESIDENT, VILLAGE)
    number = asks(people, "old", Ask.CORRECTION, field=Field.EMAIL, value="moved@example.org")
    be(client, people, "secretary")
    assert "moved@example.org" in client.get(f"/privacy/requests/{number}").text
    client.post(f"/privacy/requests/{number}/grant")
    client.cookies.clear()
    body = str(
        stored(people, "SELECT body FROM message WHERE to_address = 'moved@example.org' ORDER BY id DESC LIMIT 1")
    )
    path = found(r"/privacy/address/\S+", body)
    assert "Give your account this address?" in client.get(path).text
    assert "Your account has a new address" in client.post(path).text
    assert client.post(path).status_code == 404
    assert stored(people, "SELECT count(*) FROM person WHERE email = 'moved@example.org'") == 1


def test_who_saw_one_s_data_is_told_by_role_without_a_name(client: TestClient, people: Engine) -> None:
    be(client, people, "secretary")
    client.get("/members")
    be(client, people, "resident")
    shown = client.get("/me/seen").text
    assert "Community secretary" in shown
    assert "List of members" in shown
    assert "示範 secretary" not in shown


def test_withdrawing_consent_signs_out_at_once(client: TestClient, people: Engine) -> None:
    be(client, people, "police")
    assert "for an office that you hold" in client.get("/me/data/withdraw").text
    assert client.post("/me/data/withdraw").status_code == 403
    be(client, people, "leaver")
    assert "Withdraw my consent and close my account" in client.get("/me/data/withdraw").text
    done = client.post("/me/data/withdraw")
    assert "Your consent is withdrawn" in done.text
    assert client.get("/me").status_code == 403
    assert stored(people, "SELECT count(*) FROM person WHERE email = 'leaver@example.org' AND disabled_at IS NULL") == 0


def test_a_notice_is_put_to_a_member_once_after_signing_in(client: TestClient, people: Engine) -> None:
    def signs_in() -> str:
        typed = {"email": "newcomer@example.org", "password": PASSWORD, "next": "/about"}
        return str(client.post("/sign-in", data=typed, follow_redirects=False).headers["location"])

    asked = signs_in()
    assert asked == "/me/notice?next=/about"
    form = client.get(asked).text
    version = found(r'name="version" value="([^"]+)"', form)
    assert client.post("/me/notice", data={"version": "members-1999-01-01", "answer": "accept"}).status_code == 409
    led = client.post(
        "/me/notice", data={"version": version, "answer": "later", "next": "//evil.example"}, follow_redirects=False
    )
    assert led.headers["location"].startswith("/me/data")
    client.cookies.clear()
    assert signs_in() == "/about"
    assert "You have not answered to this version yet." in client.get("/me/data").text
    client.post("/me/notice", data={"version": version, "answer": "accept"})
    assert "You agreed to this version on" in client.get("/me/data").text


def test_nobody_gets_an_account_without_answering_to_the_notice(client: TestClient, people: Engine) -> None:
    with unit_of_work(people) as session:
        new = NewInvitation(email="joiner@example.org", role=Role.VOLUNTEER, scope=VILLAGE)
        token = invitations.invite(session, OPERATOR, new, SITE, datetime.now(UTC))
    form = client.get(f"/invitation/{token}").text
    version = found(r'name="agree" value="([^"]+)"', form)
    typed = {"name": "新隊員", "password": "glass pond tram nineteen"}
    for agree in ("", "members-1999-01-01"):
        refused = client.post(f"/invitation/{token}", data={**typed, "agree": agree})
        assert refused.status_code == 400
        assert "Read what happens to your data and tick the box" in refused.text
        assert 'value="新隊員"' in refused.text
    assert client.post(f"/invitation/{token}", data={**typed, "agree": version}).url.path == "/invitation/accepted"
    row = stored(
        people,
        "SELECT a.version || ' ' || a.basis FROM notice_answer a JOIN person p ON p.id = a.person_id "
        "WHERE p.email = 'joiner@example.org' AND a.accepted_at IS NOT NULL",
    )
    assert row == f"{version} consent"


# --- The queue --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["", "resident", "police", "ministry"])
@pytest.mark.parametrize("path", ["/privacy/requests", "/privacy/requests/XXXX-XXXX"])
def test_the_queue_is_for_who_reviews(client: TestClient, people: Engine, who: str, path: str) -> None:
    if who:
        be(client, people, who)
    assert client.get(path).status_code == 403
    for deed in ("extend", "grant", "refuse", "close"):
        assert client.post(f"/privacy/requests/XXXX-XXXX/{deed}").status_code == 403


def test_another_village_s_secretary_finds_nothing(client: TestClient, people: Engine) -> None:
    number = asks(people, "asker", Ask.ACCESS)
    be(client, people, "neighbour")
    assert number not in client.get("/privacy/requests").text
    assert client.get(f"/privacy/requests/{number}").status_code == 404
    for deed in ("extend", "grant", "refuse", "close"):
        typed = {"why": "not_theirs", "reason": "x"}
        assert client.post(f"/privacy/requests/{number}/{deed}", data=typed).status_code == 404


def test_a_reviewer_extends_refuses_and_closes(client: TestClient, people: Engine) -> None:
    number = asks(people, "asker", Ask.ACCESS, wish="我想看看")
    be(client, people, "secretary")
    assert number in client.get("/privacy/requests").text
    shown = client.get(f"/privacy/requests/{number}").text
    assert "我想看看" in shown
    assert "asker@example.org" in shown
    empty = client.post(f"/privacy/requests/{number}/extend", data={"reason": "  "})
    assert (empty.status_code, "Give a reason" in empty.text) == (400, True)
    assert "(extended)" in client.post(f"/privacy/requests/{number}/extend", data={"reason": "還在查"}).text
    assert client.post(f"/privacy/requests/{number}/extend", data={"reason": "再一次"}).status_code == 409
    none = client.post(f"/privacy/requests/{number}/refuse", data={"why": "because", "words": "說明在這"})
    assert (none.status_code, "說明在這" in none.text) == (400, True)
    refused = client.post(f"/privacy/requests/{number}/refuse", data={"why": "third_party", "words": "提到鄰居"})
    assert "was refused" in refused.text
    assert "is closed" in client.post(f"/privacy/requests/{number}/close").text
    assert number in client.get("/privacy/requests?show=decided").text
    be(client, people, "asker")
    assert "提到鄰居" in client.get("/me/data").text


def test_who_could_not_have_made_an_account_is_told_that_others_decide(client: TestClient, people: Engine) -> None:
    number = asks(people, "police", Ask.ERASURE)
    be(client, people, "secretary")
    shown = client.get(f"/privacy/requests/{number}").text
    assert "You cannot decide this" in shown
    assert "Grant and carry out" not in shown
    assert client.post(f"/privacy/requests/{number}/grant").status_code == 403


# --- The register -----------------------------------------------------------------------------------------------------

ENTRY = {"county": "測試縣", "found_at": "2026-11-25 14:30", "what": "名單寄錯人", "data_kinds": ["email"]}


@pytest.fixture(scope="module")
def breach(people: Engine) -> str:
    with unit_of_work(people) as session:
        new = NewBreach(
            county="測試縣", found_at=datetime.now(UTC), what="一份名單", data_kinds=frozenset({DataKind.NAME})
        )
        return breaches.enter(session, OPERATOR, new)


@pytest.mark.parametrize("who", ["", "resident", "secretary", "police", "ministry"])
def test_the_register_is_for_counties_and_administrators(
    client: TestClient, people: Engine, breach: str, who: str
) -> None:
    if who:
        be(client, people, who)
    for path in ("", "/new", f"/{breach}", f"/{breach}/change", f"/{breach}/letter"):
        assert client.get(f"/privacy/breaches{path}").status_code == 403
    for path in ("/new", f"/{breach}/change", f"/{breach}/stop", f"/{breach}/close", f"/{breach}/tell"):
        assert client.post(f"/privacy/breaches{path}", data=ENTRY).status_code == 403
    assert client.post(f"/privacy/breaches/{breach}/letter?sure=1").status_code == 403


def test_a_county_enters_changes_tells_and_closes(client: TestClient, people: Engine) -> None:
    be(client, people, "county")
    wrong = client.post("/privacy/breaches/new", data={**ENTRY, "found_at": "yesterday", "people_count": "many"})
    assert wrong.status_code == 400
    assert "Give the day and hour when it was found" in wrong.text
    assert "Give a whole number" in wrong.text
    assert "名單寄錯人" in wrong.text
    nowhere = client.post("/privacy/breaches/new", data={**ENTRY, "county": ""})
    assert (nowhere.status_code, "Choose where it happened." in nowhere.text) == (400, True)
    made = client.post("/privacy/breaches/new", data=ENTRY)
    path = made.url.path
    assert "have not been told yet" in made.text
    assert client.post(f"{path}/close").status_code == 409
    changed = client.post(f"{path}/change", data={**ENTRY, "people_count": "12", "is_estimate": "1"})
    assert "12 (estimated)" in changed.text
    refused = client.post(f"{path}/tell", data={"told": "aunt", "way": "phone", "at": "2026-11-25 15:00"})
    assert (refused.status_code, "Choose who was told." in refused.text) == (400, True)
    client.post(f"{path}/tell", data={"told": "affected", "way": "phone", "at": "2026-11-25 15:00"})
    assert "This breach is closed" in client.post(f"{path}/close").text


def test_a_letter_is_read_before_it_goes_out(client: TestClient, people: Engine, breach: str) -> None:
    path = f"/privacy/breaches/{breach}/letter"
    be(client, people, "county")
    assert "一份名單" in client.get(path).text
    typed = {"to": "listed", "addresses": "a@example.org\nnonsense", "subject": "通知", "text": "內容 {一}"}
    wrong = client.post(path, data=typed)
    assert (wrong.status_code, "These are no addresses: nonsense" in wrong.text) == (400, True)
    before = stored(people, "SELECT count(*) FROM message WHERE purpose = 'breach'")
    typed["addresses"] = "a@example.org\nb@example.org"
    shown = client.post(path, data=typed)
    assert "Send 2 letters" in shown.text
    assert "內容 {一}" in shown.text
    assert stored(people, "SELECT count(*) FROM message WHERE purpose = 'breach'") == before == 0
    sent = client.post(f"{path}?sure=1", data=typed)
    assert "The letters are in the outbox" in sent.text
    assert "a@example.org" not in sent.text
    assert stored(people, "SELECT count(*) FROM message WHERE purpose = 'breach' AND body = '內容 {一}'") == 2


# --- The trail --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["", "resident", "secretary", "police"])
def test_the_trail_is_for_who_may_read_it(client: TestClient, people: Engine, who: str) -> None:
    if who:
        be(client, people, who)
    assert client.get("/audit").status_code == 403
    assert client.post("/audit/verify").status_code == 403


def test_the_trail_is_read_in_plain_words_and_searched(
    client: TestClient, people: Engine, chinese: dict[str, str]
) -> None:
    number = asks(people, "asker", Ask.ACCESS)
    be(client, people, "administrator")
    shown = client.get("/audit").text
    assert "asked about personal data" in shown
    assert "示範 asker" in shown
    assert "提出個人資料請求" in client.get("/audit", headers=chinese).text
    rows = client.get("/audit?what=data_request:ask&person=asker@example.org").text
    assert number in rows
    assert "gave a role</strong>" not in rows
    assert client.get("/audit?day=2001-01-01").text.count("asked about personal data</strong>") == 0
    for query in ("person=nobody@example.org", "day=someday"):
        assert client.get(f"/audit?{query}").status_code == 400
    assert "List of members" in client.get("/audit?show=accesses").text


def test_pages_of_the_trail_lead_on_and_keep_what_was_looked_for(client: TestClient, people: Engine) -> None:
    with unit_of_work(people) as session:
        for _ in range(60):
            person = service.person_id_by_email(session, "resident@example.org")
            note(session, "edit", "person", "x", by=person)
    be(client, people, "administrator")
    first = client.get("/audit?what=person:edit").text
    assert first.count("<li>") >= 50
    older = found(r'rel="next" href="([^"]+)"', first).replace("&amp;", "&")
    assert "what=person%3Aedit" in older
    second = client.get(older).text
    rows = [set(re.findall(r"row (\d+)<", page)) for page in (first, second)]
    assert len(rows[0]) == 50
    assert not rows[0] & rows[1]


def test_a_ministry_reads_numbers_and_no_names(client: TestClient, people: Engine) -> None:
    be(client, people, "ministry")
    shown = client.get("/audit").text
    assert "account " in shown
    assert "示範 asker" not in shown
    assert "示範 resident" not in shown
    assert client.get("/audit?person=resident@example.org").status_code == 400


def test_the_head_is_shown_and_a_check_says_whether_it_held(client: TestClient, people: Engine) -> None:
    be(client, people, "administrator")
    checked = client.post("/audit/verify").text
    assert "The last check found it whole" in checked
    head = stored(people, "SELECT entries || ':' || hash FROM audit_head WHERE chain = 'audit_entry'")
    assert str(head) in client.get("/audit").text


def test_the_menu_leads_to_what_one_may_open(client: TestClient, people: Engine) -> None:
    wanted = {
        "resident": {"/me/data"},
        "secretary": {"/me/data", "/privacy/requests"},
        "county": {"/me/data", "/privacy/requests", "/privacy/breaches", "/audit"},
        "ministry": {"/me/data", "/audit"},
    }
    paths = {"/me/data", "/privacy/requests", "/privacy/breaches", "/audit"}
    for who, mine in wanted.items():
        be(client, people, who)
        page = client.get("/about").text
        assert {path for path in paths if f'<a href="{path}">' in page} == mine
