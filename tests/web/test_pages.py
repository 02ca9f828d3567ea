"""What people see without a script: every page in both languages, the plain form, the files of a diagnosis."""

import re

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from safemap.web.pages._common import SIGNS

FOR_ALL = [
    "/",
    "/about",
    "/villages/V1",
    "/villages/V1?layer=watch",
    "/villages/V1?layer=traffic",
    "/villages/V1?layer=crime",
    "/villages/V2",
    "/villages/V2?layer=watch",
    "/villages/V1/mark",
]
FOR_MEMBERS = [
    "/villages/V1?layer=density",
    "/villages/V1?layer=zones&period=day",
    "/villages/V1/dead-zones",
    "/hazards/report-02",
]
FOR_STAFF = ["/moderation"]
PAGES = [*FOR_ALL, *FOR_MEMBERS, *FOR_STAFF]
A_SPOT = {"lon": "121.505", "lat": "25.005", "category": "lighting", "severity": "2", "noticed_at": "night"}


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("language", ["en", "zh-Hant"])
def test_every_page_opens_in_both_languages(staff: TestClient, address: str, language: str) -> None:
    answer = staff.get(address, headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text
    assert not re.search(r"%\(|\{[a-z_]+\}(?!s? (villages|reports))", re.sub(r'data-[a-z-]+="[^"]*"', "", answer.text))


@pytest.mark.parametrize("address", FOR_ALL)
def test_a_visitor_opens_what_is_for_all(client: TestClient, address: str) -> None:
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("address", FOR_MEMBERS[:3])
def test_a_visitor_is_told_who_may_open_the_rest(client: TestClient, member: TestClient, address: str) -> None:
    refused = client.get(address)
    assert refused.status_code == 403
    assert "Sign in" in refused.text
    assert member.get(address).status_code == 200


def test_a_report_near_homes_is_not_there_for_a_visitor(client: TestClient) -> None:
    assert client.get("/hazards/report-02").status_code == 404


@pytest.mark.parametrize("address", FOR_STAFF)
def test_a_member_who_does_not_moderate_is_refused(member: TestClient, address: str) -> None:
    assert member.get(address).status_code == 403


@pytest.mark.parametrize("address", PAGES)
def test_no_page_needs_what_the_policy_forbids(staff: TestClient, address: str) -> None:
    text = staff.get(address).text
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*src=)", text)
    assert not re.search(r'(src|href)="(https?:)?//(?!www\.openstreetmap\.org|data\.gov\.tw)', text)


@pytest.mark.parametrize("address", PAGES)
def test_every_page_has_one_heading_and_labelled_fields(staff: TestClient, address: str) -> None:
    text = staff.get(address).text
    assert len(re.findall(r"<h1", text)) == 1
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    labelled = set(re.findall(r'<label for="([^"]+)"', text))
    fields = re.findall(r"<(?:input|select|textarea)[^>]*>", text)
    for field in fields:
        if re.search('type="(hidden|radio|checkbox)"', field):  # those stand in their labels
            continue
        assert re.search(r'id="([^"]+)"', field)[1] in labelled  # type: ignore[index]


def test_fictional_villages_say_so(staff: TestClient) -> None:
    for address in ("/villages/V1", "/villages/V1/mark", "/villages/V1/dead-zones", "/hazards/report-02"):
        assert "everything here is invented" in staff.get(address).text


def test_every_category_has_a_letter_of_its_own(client: TestClient) -> None:
    codes = [one["code"] for one in client.get("/api/v1/categories").json()["categories"]]
    assert list(SIGNS) == codes
    assert len(set(SIGNS.values())) == len(codes)


def test_a_plain_form_stores_a_report_and_shows_it_to_its_reporter(client: TestClient, staff: TestClient) -> None:
    words = "燈壞了 <b>\r\n兩週"
    sent = client.post("/villages/V1/mark", data={**A_SPOT, "description": words}, follow_redirects=False)
    assert sent.status_code == 303
    own_page = sent.headers["location"].split("?")[0]
    shown = client.get(sent.headers["location"])
    assert "Thank you" in shown.text
    assert shown.headers["cache-control"] == "no-store"
    assert "燈壞了 &lt;b&gt;\n兩週" in shown.text
    assert "25.00500, 121.50500" in client.get(own_page).text
    assert own_page in shown.text  # to be kept
    assert "Thank you" not in client.get(own_page).text
    assert "燈壞了" not in client.get("/villages/V1").text
    assert "燈壞了" in staff.get("/villages/V1").text
    assert own_page not in staff.get("/villages/V1").text


def sent_report(client: TestClient, **changes: str) -> str:
    """Send a report and return the path of its reporter's page."""
    sent = client.post("/villages/V1/mark", data={**A_SPOT, "is_new": "yes", **changes}, follow_redirects=False)
    assert sent.status_code == 303
    return str(sent.headers["location"].split("?")[0])


def test_its_reporter_deletes_the_words_and_then_the_report(client: TestClient, staff: TestClient) -> None:
    own_page = sent_report(client, description="第三盞燈不亮")
    assert "第三盞燈不亮" in client.get(own_page).text
    done = client.post(f"{own_page}/words")
    assert "Your words are deleted" in done.text
    assert "第三盞燈不亮" not in done.text + staff.get("/villages/V1").text
    gone = client.post(f"{own_page}/withdraw")
    assert "Your report is deleted" in gone.text
    assert client.get(own_page).status_code == 404


def test_a_closed_link_opens_nothing_and_the_report_stays(client: TestClient, staff: TestClient) -> None:
    own_page = sent_report(client, description="門前的水溝蓋破了")
    assert "The link is closed" in client.post(f"{own_page}/forget").text
    for does in ("", "/words", "/withdraw"):
        answer = client.post(own_page + does) if does else client.get(own_page)
        assert answer.status_code == 404
    assert "門前的水溝蓋破了" in staff.get("/villages/V1").text


@pytest.mark.parametrize(
    ("words", "number"), [("隔壁先生每天打老婆", "113"), ("這裡常有詐騙集團面交", "165"), ("有人在公園販毒", "110")]
)
def test_words_that_belong_elsewhere_are_neither_stored_nor_given_back(
    client: TestClient, staff: TestClient, words: str, number: str
) -> None:
    before = len(staff.get("/api/v1/villages/V1/hazards?limit=1000").json()["features"])
    answer = client.post("/villages/V1/mark", data={**A_SPOT, "description": words})
    assert answer.status_code == 400
    assert f'href="tel:{number}"' in answer.text
    assert words not in answer.text
    assert re.search(r'name="severity" value="2" checked', answer.text)
    assert len(staff.get("/api/v1/villages/V1/hazards?limit=1000").json()["features"]) == before


def test_a_public_place_is_chosen_by_the_reporter_and_can_be_called_private(
    client: TestClient, staff: TestClient, member: TestClient
) -> None:
    own_page = sent_report(client, is_public_place="yes", description="公園的燈壞了", lon="121.503111", lat="25.003222")
    assert "Everybody: it is a public place." in client.get(own_page).text
    public_id = ids_in(staff.get("/moderation").text)[-1]
    assert client.get(f"/hazards/{public_id}").status_code == 404  # nobody has looked at it yet
    assert staff.post(f"/moderation/{public_id}/hide", data={"reason": "insults"}).status_code == 200
    page = client.get(f"/hazards/{public_id}").text
    assert "25.00322, 121.50311" in page
    assert "公園的燈壞了" not in page
    assert client.post(f"/moderation/{public_id}/private").status_code == 403
    assert member.post(f"/moderation/{public_id}/private").status_code == 403
    done = staff.post(f"/moderation/{public_id}/private")
    assert "treated as near homes" in done.text
    assert client.get(f"/hazards/{public_id}").status_code == 404
    assert "121.50311" not in member.get(f"/hazards/{public_id}").text
    undo = re.search(r'action="(/moderation/[^"]+/public)"', done.text)
    assert undo is not None
    assert staff.post(undo[1]).status_code == 200
    assert client.get(f"/hazards/{public_id}").status_code == 200


def ids_in(page: str) -> list[str]:
    """Ids of the reports that a village's page lists, newest first."""
    return re.findall(r'href="/hazards/([\w-]+)"', page)


def test_words_are_shown_once_somebody_read_them_or_hidden_for_a_reason(client: TestClient, staff: TestClient) -> None:
    sent_report(client, is_public_place="yes", description="站牌旁的燈閃爍")
    waiting = staff.get("/moderation").text
    public_id = ids_in(waiting)[-1]
    assert "站牌旁的燈閃爍" in waiting
    assert client.get(f"/hazards/{public_id}").status_code == 404
    shown = staff.post(f"/moderation/{public_id}/show")
    assert "The words are shown now." in shown.text
    assert "站牌旁的燈閃爍" in client.get(f"/hazards/{public_id}").text
    assert staff.post(f"/moderation/{public_id}/hide").status_code == 400  # without a reason
    assert staff.post(f"/moderation/{public_id}/hide", data={"reason": "names_a_person"}).status_code == 200
    assert "站牌旁的燈閃爍" not in client.get(f"/hazards/{public_id}").text
    staff.post(f"/moderation/{public_id}/hold")
    assert "站牌旁的燈閃爍" in staff.get("/moderation").text


def test_the_public_is_told_numbers_of_reports_near_homes(client: TestClient, member: TestClient) -> None:
    page = client.get("/villages/V1").text
    assert re.search(r"At least \d+ unsafe spots are open in Yonghe", page)
    assert "Members of the village also see" in page
    assert "report-01" not in page
    assert "report-01" in member.get("/villages/V1").text
    watch = client.get("/villages/V1?layer=watch").text
    assert "faces east" not in watch
    assert "21:00" not in watch
    assert "07:00" not in watch
    assert "夜巡" not in watch
    theirs = member.get("/villages/V1?layer=watch").text
    assert "faces east" in theirs
    assert "21:00–01:00" in theirs


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"lon": "", "lat": ""}, "where", "Choose where it is"),
        ({"lon": "abc"}, "where", "no coordinates"),
        ({"lon": "nan"}, "where", "no coordinates"),
        ({"lon": "121.515"}, "where", "lies outside the village"),
        ({"lon": "0", "lat": "0"}, "where", "lies outside the village"),
        ({"category": ""}, "category", "Choose what is unsafe"),
        ({"category": "ghosts"}, "category", "Choose what is unsafe"),
        ({"severity": ""}, "severity", "Choose how bad"),
        ({"noticed_at": "noon"}, "noticed_at", "Choose when"),
        ({"description": "x" * 501}, "description", "too long"),
        ({"description": "a\x00b"}, "description", "cannot be kept"),
    ],
)
def test_what_is_wrong_is_said_twice_and_nothing_is_lost(
    client: TestClient, change: dict[str, str], field: str, words: str
) -> None:
    given = {**A_SPOT, "description": "beside the temple", **change}
    answer = client.post("/villages/V1/mark", data=given)
    assert answer.status_code == 400
    assert re.sub(r'="[^"]*"', "", answer.text).count(words) == 2  # at the top, and beside the field
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}-wrong"' in answer.text
    for name in ("category", "severity", "noticed_at"):
        if name not in change:
            assert re.search(rf'name="{name}" value="{given[name]}" checked', answer.text)
    assert given["description"] in answer.text


def test_an_empty_form_says_all_that_is_missing(client: TestClient) -> None:
    answer = client.post("/villages/V1/mark", data={})
    assert answer.status_code == 400
    assert answer.text.count('class="wrong"') == 4


def test_another_site_cannot_send_the_form(client: TestClient) -> None:
    answer = client.post("/villages/V1/mark", data=A_SPOT, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert "another website" in answer.text


def test_a_village_is_measured_when_asked_and_its_files_follow(staff: TestClient) -> None:
    before = staff.get("/villages/V2/dead-zones")
    assert "not measured yet" in before.text
    assert staff.get("/villages/V2/dead-zones.csv").status_code == 404
    measured = staff.post("/villages/V1/diagnose?period=day")
    assert measured.status_code == 200
    assert measured.url.query == b"period=day"
    table = staff.get("/villages/V1/dead-zones.csv?period=night")
    assert table.text.startswith("\ufeffRank,Place,")
    zones = staff.get("/villages/V1/dead-zones.geojson").json()["features"]
    assert len(table.text.splitlines()) == len(zones) + 1
    back = staff.post("/villages/V1/diagnose?back=hotspots")
    assert back.url.path == "/villages/V1/hotspots"
    for layer in ("density", "zones"):
        assert "n = " in staff.get(f"/villages/V1?layer={layer}").text


@pytest.mark.parametrize(
    "address", ["/villages/nowhere", "/r/none", "/hazards/none", "/villages/nowhere/mark", "/nothing"]
)
def test_what_is_not_there_is_said_on_a_page(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
    assert 'class="brand"' in answer.text


def test_the_choice_of_colours_is_remembered_and_nothing_else_is_taken(client: TestClient) -> None:
    asked = client.get("/about?appearance=dark")
    assert 'media="screen" id="dark"' in asked.text
    assert "safemap_appearance=dark" in asked.headers["set-cookie"]
    for wrong in ("", "blue", '"><script>'):
        answer = client.get("/about", params={"appearance": wrong}, headers={"Cookie": "safemap_appearance="})
        assert 'media="screen and (prefers-color-scheme: dark)" id="dark"' in answer.text
        assert "set-cookie" not in answer.headers
    client.cookies.clear()


def test_the_form_shows_the_notice_and_the_report_keeps_which(client: TestClient, world: Engine) -> None:
    form = client.get("/villages/V1/mark").text
    shown = re.search(r'name="notice" value="([^"]+)"', form)
    assert shown is not None
    kept = []
    for notice in (shown[1], "1999-01-01", ""):
        sent_report(client, notice=notice, description=f"第{len(kept)}盞")
        with world.connect() as connection:
            newest = text("SELECT notice_version FROM hazard ORDER BY id DESC LIMIT 1")
            kept.append(connection.execute(newest).scalar_one())
    assert kept == [shown[1], None, None]


def test_who_saw_an_exact_place_near_homes_is_kept(
    client: TestClient, staff: TestClient, member: TestClient, world: Engine
) -> None:
    sent_report(client, description="門口的燈壞了")
    public_id = ids_in(staff.get("/villages/V1").text)[0]

    def looks() -> list[tuple[str, list[str], str]]:
        with world.connect() as connection:
            asked = text("SELECT kind, records, purpose FROM access_entry WHERE kind LIKE 'report%' ORDER BY id")
            return [tuple(row) for row in connection.execute(asked)]

    before = looks()
    assert ("report_map", ["V1"], "map of reports") in before
    for browser in (client, member):  # who sees nothing of it, or its street alone
        browser.get("/villages/V1")
        browser.get(f"/hazards/{public_id}")
    assert looks() == before
    staff.get(f"/hazards/{public_id}")
    assert looks()[len(before) :] == [("report", [public_id], "one report")]
