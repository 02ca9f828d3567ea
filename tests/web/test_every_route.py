"""Every route × every role × own and other scope, against the table of permission; no route is left out.

A route says in one `Rule` what it asks for. Here each role, given for 永和里 (V1) in its smallest scope,
asks every route once about that village and once about one in another county (V3), and the answer is compared with the
table. What is V3's own, and private, is nowhere in what the others read, and unchanged by what they send.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from fastapi import Depends
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from tests.support.members import HOME, OPERATOR, give
from tests.support.reports import shown_report
from tests.support.routes import EXAMPLES, Route, every_route
from tests.support.told import tells_duty, without_moments
from tests.web.conftest import A_BROWSER

from safemap.communities.service import study_area
from safemap.db.session import unit_of_work
from safemap.diagnosis.service import diagnose
from safemap.hazards.schemas import HazardReport
from safemap.identity import invitations, service, signing_in
from safemap.identity.permissions import permissions
from safemap.identity.rules import SCOPES_OF_ROLE, Role, ScopeKind
from safemap.identity.schemas import NewInvitation, NewPerson, Scope
from safemap.privacy import asking, breaches
from safemap.privacy.rules import Ask, DataKind
from safemap.privacy.schemas import NewBreach, NewRequest
from safemap.settings import Settings
from safemap.web.app import create_app
from safemap.web.permits import Anywhere, InTheVillage, OpenToAll
from safemap.web.viewing import SESSION, _signed_in

SITE = "http://localhost:8000"
WITHOUT_A_RULE = {"/api/v1/openapi.json", "/static/{path}"}  # what the API is, and what pages are made of
NOT_LET_IN = {"may-not", "sign-in-first"}
SCOPES = {
    ScopeKind.VILLAGE: Scope(kind=ScopeKind.VILLAGE, village_id=1),
    ScopeKind.PRECINCT: Scope(kind=ScopeKind.PRECINCT, precinct_id=1),
    ScopeKind.COUNTY: Scope(kind=ScopeKind.COUNTY, county="測試縣"),
    ScopeKind.COUNTRY: Scope(kind=ScopeKind.COUNTRY),
}
SMALLEST_FIRST = list(SCOPES)
# What a form needs to get as far as the records that it is about.
FORMS: dict[str, dict[str, str]] = {
    "/moderation/{public_id}/hide": {"reason": "insults"},
    "/hazards/{public_id}/steps": {"from_stage": "open", "to_stage": "acknowledged"},
    "/moderation/notes/{public_id}/hide": {"reason": "insults"},
    "/members/people/{public_id}/close": {"reason": "left"},
}
# What stands in V3's records and nowhere else, and is not public.
PRIVATE = (
    "外縣秘語",
    "外縣請求",
    "外縣事故",
    "外縣住戶",
    "wai@other.example",
    "invited@other.example",
    "121.71357",
    "25.20864",
)
DUTY = ("03:37", "04:51")
WORLD = """
INSERT INTO village (id, source, code, county, town, name, name_en, is_fictional, geom) VALUES
  (3, 'test', 'V3', '外縣', '遠鎮', '遠里', 'Yuan', true,
   'MULTIPOLYGON(((121.71 25.20, 121.72 25.20, 121.72 25.21, 121.71 25.21, 121.71 25.20)))');
INSERT INTO street_node (id, source, source_id, geom) VALUES
  (11, 'test', '11', 'POINT(121.71 25.205)'), (12, 'test', '12', 'POINT(121.72 25.205)');
INSERT INTO street_edge (source, source_id, from_node_id, to_node_id, name, name_en, street_class,
                         is_walkable, is_oneway, length_m, geom) VALUES
  ('test', '11', 11, 12, '遠路', 'Yuan Rd', 'main', true, false, 1008, 'LINESTRING(121.71 25.205, 121.72 25.205)');
INSERT INTO patrol_team (id, village_id, name, name_en, kind) VALUES (3, 3, '遠里隊', 'Yuan squad', 'year_round');
INSERT INTO patrol_route (source, source_id, team_id, name, weekdays, starts_at, ends_at, geom) VALUES
  ('test', '3', 3, '凌晨巡', 127, '03:37', '04:51', 'MULTILINESTRING((121.71 25.205, 121.72 25.205))');
INSERT INTO precinct (id, county, name) VALUES (1, '測試縣', '平安分局');
INSERT INTO precinct_village (precinct_id, village_id) VALUES (1, 1), (1, 2);
"""


@dataclass(frozen=True)
class Place:
    """A village with a record of each kind that a route can be about."""

    key: str
    report: str
    person: str
    grant: int
    invitation: int
    request: str
    breach: str

    def address(self, route: Route) -> str:
        """The route's address about this village, or about this village's record."""
        record = self.person if route.path.startswith("/members/people/") else self.report
        mine = {
            "key": self.key,
            "public_id": record,
            "grant_id": str(self.grant),
            "invitation_id": str(self.invitation),
            "number": self.breach if route.path.startswith("/privacy/breaches/") else self.request,
        }
        return route.address({**EXAMPLES, **mine})


@dataclass(frozen=True)
class Asked:
    """What came of a request."""

    status: int
    failure: str
    text: str

    @property
    def is_let_in(self) -> bool:
        return self.failure not in NOT_LET_IN


@pytest.fixture(scope="module")
def app(world: Engine, settings: Settings) -> Iterator[TestClient]:
    with world.begin() as connection:
        connection.exec_driver_sql(WORLD)
    with unit_of_work(world) as session:
        for code in ("V1", "V3"):
            diagnose(session, study_area(session, code), now=datetime(2026, 6, 1, tzinfo=UTC))
    generous = settings.model_copy(update={"rate_factor": 1000.0})
    with TestClient(create_app(generous, world), headers=A_BROWSER, follow_redirects=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def people(app: TestClient, world: Engine) -> dict[Role, int]:
    """One person for each role that is given."""
    found: dict[Role, int] = {}
    with unit_of_work(world) as session:
        for role, kinds in SCOPES_OF_ROLE.items():
            found[role] = service.add_person(session, NewPerson(email=f"{role}@example.org", name=f"示範 {role}")).id
            give(session, found[role], role, SCOPES[min(kinds & set(SCOPES), key=SMALLEST_FIRST.index)])
    return found


def place(session: Session, key: str, village_id: int, name: str, lon: float, lat: float, words: str) -> Place:
    """Add a record of each kind to a village."""
    scope = Scope(kind=ScopeKind.VILLAGE, village_id=village_id)
    email = f"{'wai' if key == 'V3' else 'own'}@other.example"
    person = service.add_person(session, NewPerson(email=email, name=name))
    now, county = datetime.now(UTC), "外縣" if key == "V3" else "測試縣"
    report = HazardReport.model_validate({"lon": lon, "lat": lat, "category": "lighting", "description": words})
    new = NewInvitation(email=f"{'invited' if key == 'V3' else 'asked'}@other.example", role=Role.RESIDENT, scope=scope)
    invitations.invite(session, OPERATOR, new, SITE, now)
    taken = shown_report(session, report)
    asked = NewRequest(ask=Ask.STOP, wish=f"{county}請求")
    kinds = frozenset({DataKind.EMAIL})
    breach = NewBreach(county=county, found_at=now, what=f"{county}事故", data_kinds=kinds)
    return Place(
        key=key,
        report=taken.seen.public_id,
        request=asking.ask_about_report(session, taken.follow_up, asked, SITE, now).number,
        breach=breaches.enter(session, OPERATOR, breach),
        person=person.public_id,
        grant=give(session, person.id, Role.RESIDENT, scope, ends_on=date(2027, 12, 31)),
        invitation=session.execute(text("SELECT max(id) FROM invitation")).scalar_one(),
    )


@pytest.fixture(scope="module")
def places(app: TestClient, people: dict[Role, int], world: Engine) -> dict[str, Place]:
    with unit_of_work(world) as session:
        return {
            "own": place(session, "V1", 1, "本里住戶", 121.50357, 25.00864, "本里的話"),
            "other": place(session, "V3", 3, "外縣住戶", 121.71357, 25.20864, "外縣秘語"),
        }


def fingerprint(world: Engine) -> list[Any]:
    """Everything about V3's records that a request could change."""
    with world.connect() as connection:
        return [
            connection.execute(text(f"SELECT md5(string_agg(t::text, '' ORDER BY id)) FROM {table} t {where}")).scalar()
            for table, where in (
                ("hazard", "WHERE village_id = 3"),
                ("role_grant", "WHERE village_id = 3"),
                ("person", "WHERE email = 'wai@other.example'"),
                ("invitation", "WHERE village_id = 3"),
                ("data_request", "WHERE wish = '外縣請求'"),
                ("breach", "WHERE county = '外縣'"),
            )
        ]


class Asker:
    """Somebody with a role, in a browser that begins a new session for each request: some end it, or the account."""

    def __init__(self, app: TestClient, world: Engine, person_id: int | None) -> None:
        self.app, self.world, self.person_id = app, world, person_id
        self.written: list[Any] = []

    def asks(self, method: str, address: str, form: dict[str, str]) -> Asked:
        self.app.cookies.clear()
        if self.person_id is not None:
            with unit_of_work(self.world) as session:
                now = datetime.now(UTC)
                session.execute(text("UPDATE person SET disabled_at = NULL WHERE id = :id"), {"id": self.person_id})
                begun = signing_in.begin(session, self.person_id, HOME, now, passed_second_factor=True)
            self.app.cookies.set(SESSION, begun.token)
        listener = _Listener()
        logging.getLogger("safemap.access").addHandler(listener)
        try:
            answer = self.app.request(method, address, data=form if method == "POST" else None)
        finally:
            logging.getLogger("safemap.access").removeHandler(listener)
        assert answer.status_code < 500, (method, address, answer.status_code)
        return Asked(answer.status_code, listener.fields.get("failure", ""), answer.text)


class _Listener(logging.Handler):
    """Hears what the front door writes down of one request."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.fields: dict[str, Any] = {}

    def emit(self, record: logging.LogRecord) -> None:
        self.fields = record.fields  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _everything_is_written(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="safemap.access")


def walked(app: TestClient) -> list[Route]:
    return [route for route in every_route(app.app) if route.path not in WITHOUT_A_RULE]


def reaches_everywhere(role: Role) -> bool:
    return min(SCOPES_OF_ROLE.get(role, frozenset()) & set(SCOPES), key=SMALLEST_FIRST.index, default=None) is (
        ScopeKind.COUNTRY
    )


def is_let_in_by_the_table(route: Route, role: Role, *, own: bool) -> bool:
    (rule,) = route.rules
    able = permissions()[rule.kind, rule.verb]
    if _signed_in in route.calls and role is Role.VISITOR:
        return False  # a page of one's own: whose?
    if Role.VISITOR in able:
        return True
    return role in able and (own or reaches_everywhere(role) or not isinstance(rule, InTheVillage))


def is_about_a_record(route: Route) -> bool:
    """Whether the route is about a record that stands in its address, and not about a village."""
    return any(f"{{{place}}}" in route.path for place in ("public_id", "grant_id", "invitation_id", "number"))


# --- The table --------------------------------------------------------------------------------------------------------


def lacking(app: Any) -> list[str]:
    """Routes that carry no rule, or more than one."""
    return [route.path for route in every_route(app) if len(route.rules) != 1 and route.path not in WITHOUT_A_RULE]


def test_every_route_carries_exactly_one_rule(app: TestClient) -> None:
    assert lacking(app.app) == []
    assert len(walked(app)) > 70
    kinds = {type(route.rules[0]) for route in walked(app)}
    assert kinds == {OpenToAll, InTheVillage, Anywhere}


def test_a_new_route_without_a_rule_fails_the_build(world: Engine, settings: Settings) -> None:
    app = create_app(settings, world)
    app.add_api_route("/new", lambda: None)
    app.add_api_route("/twice", lambda: None, dependencies=walked_rules(app)[:2])
    assert lacking(app) == ["/new", "/twice"]


def walked_rules(app: Any) -> list[Any]:
    return [Depends(route.rules[0]) for route in every_route(app) if route.rules]


def test_each_village_in_an_address_is_asked_about(app: TestClient) -> None:
    """A rule that asks for a village stands on a route that names one, and no other is about one without asking."""
    for route in walked(app):
        (rule,) = route.rules
        if isinstance(rule, InTheVillage):
            assert "{key}" in route.path
        elif "{key}" in route.path:
            assert isinstance(rule, OpenToAll), route.path


# --- The walk ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_each_route_lets_in_whom_the_table_names(
    app: TestClient, people: dict[Role, int], places: dict[str, Place], world: Engine, role: Role
) -> None:
    asker = Asker(app, world, people.get(role))
    wrong: list[tuple[str, str, str, Asked]] = []
    for where, about in places.items():
        before = fingerprint(world)
        for route in walked(app):
            expected = is_let_in_by_the_table(route, role, own=where == "own")
            for method in sorted(route.methods):
                came = asker.asks(method, about.address(route), FORMS.get(route.path, {}))
                if came.is_let_in != expected or (not expected and came.status != 403):
                    wrong.append((where, method, route.path, Asked(came.status, came.failure, "")))
                if where == "other" and not reaches_everywhere(role):
                    told = without_moments(came.text)
                    assert [words for words in PRIVATE if words in told] == [], (method, route.path)
                    assert not tells_duty(told, *DUTY), (method, route.path)
                    if method == "POST" and is_about_a_record(route) and not route.path.startswith("/me/"):
                        assert came.status in {403, 404}, (route.path, came.status)
        if where == "other" and not reaches_everywhere(role):
            assert fingerprint(world) == before
    assert wrong == []


def test_reading_changes_nothing(
    app: TestClient, people: dict[Role, int], places: dict[str, Place], world: Engine
) -> None:
    """What a page of another site can have a browser fetch is safe: routes that answer GET change no record."""
    kept = ("hazard", "person", "role_grant", "invitation", "api_token", "one_time_link", "recovery_code", "diagnosis")

    def everything() -> list[Any]:
        with world.connect() as connection:
            row = "(to_jsonb(t) - 'signed_in_at')::text"  # each request here begins a session of its own
            sums = (f"SELECT md5(string_agg({row}, '' ORDER BY id)) FROM {table} t" for table in kept)
            return [connection.execute(text(one)).scalar() for one in sums]

    for role in (Role.VISITOR, Role.SECRETARY, Role.ADMINISTRATOR):
        asker = Asker(app, world, people.get(role))
        before = everything()
        for route in walked(app):
            if route.methods == {"GET"}:
                asker.asks("GET", places["own"].address(route), {})
        assert everything() == before


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.VISITOR, Role.ADMINISTRATOR}])
def test_ones_own_pages_are_about_oneself(app: TestClient, people: dict[Role, int], world: Engine, role: Role) -> None:
    """Sessions, roles and tokens of somebody else, by their numbers, are not touched."""
    with unit_of_work(world) as session:
        other = people[Role.ADMINISTRATOR]
        signing_in.begin(session, other, HOME, datetime.now(UTC), passed_second_factor=True)
        numbers = {
            "session_id": session.execute(text("SELECT max(id) FROM sign_in WHERE person_id = :p"), {"p": other}),
            "grant_id": session.execute(text("SELECT max(id) FROM role_grant WHERE person_id = :p"), {"p": other}),
        }
        found = {name: str(row.scalar_one()) for name, row in numbers.items()}
    asker = Asker(app, world, people[role])
    for route in walked(app):
        if route.path.startswith("/me/") and "{" in route.path and "POST" in route.methods:
            asker.asks("POST", route.address({**EXAMPLES, **found}), {})
    with world.connect() as connection:
        kept = connection.execute(text("SELECT ended_at FROM sign_in WHERE id = :id"), {"id": found["session_id"]})
        assert kept.scalar_one() is None
        kept = connection.execute(text("SELECT ended_at FROM role_grant WHERE id = :id"), {"id": found["grant_id"]})
        assert kept.scalar_one() is None
