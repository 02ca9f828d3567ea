"""Whatever fits the API's description, and whatever does not: no server error, no answer that it does not declare.

schemathesis makes the requests, with a fixed seed, for a visitor and for each role; addresses of real villages and
reports are put in often, for made-up ones would only ever be not found.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import Engine
from starlette.testclient import TestClient
from tests.support.members import HOME, OPERATOR
from tests.web.conftest import A_BROWSER

from safemap.communities.service import study_area
from safemap.db.session import unit_of_work
from safemap.diagnosis.service import diagnose
from safemap.identity import service, signing_in
from safemap.identity.rules import SCOPES_OF_ROLE, Role, ScopeKind
from safemap.identity.schemas import NewPerson, Scope
from safemap.settings import Settings
from safemap.web.app import OPENAPI_URL, create_app
from safemap.web.viewing import SESSION

EXAMPLES = 10  # of each operation, role and mode
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
REAL = {
    "key": ["V1", "V2", "town-測試縣平安區", "永和里"],
    "public_id": ["report-01", "report-05"],
    "layer": ["base", "incidents"],
}


@pytest.fixture(scope="module")
def api(world: Engine, settings: Settings) -> Iterator[TestClient]:
    with unit_of_work(world) as session:
        diagnose(session, study_area(session, "V1"), now=datetime(2026, 6, 1, tzinfo=UTC))
    generous = settings.model_copy(update={"rate_factor": 1000.0})
    with TestClient(create_app(generous, world), headers=A_BROWSER) as opened:
        yield opened


@pytest.fixture(scope="module")
def described(api: TestClient) -> schemathesis.BaseSchema:
    schema = schemathesis.openapi.from_dict(api.get(OPENAPI_URL).json())
    schema.config.update(base_url="http://testserver")
    return schema


def begin_as(api: TestClient, world: Engine, role: Role) -> None:
    """Have the browser hold a session of somebody with a role in V1, or in all of its county or country."""
    api.cookies.clear()
    if role is Role.VISITOR:
        return
    kinds = SCOPES_OF_ROLE[role]
    scopes = (
        Scope(kind=ScopeKind.VILLAGE, village_id=1),
        Scope(kind=ScopeKind.COUNTY, county="測試縣"),
        Scope(kind=ScopeKind.COUNTRY),
    )
    scope = next((scope for scope in scopes if scope.kind in kinds), None)
    with unit_of_work(world) as session:
        if scope is None:
            precinct = session.connection().exec_driver_sql(
                "INSERT INTO precinct (county, name) VALUES ('測試縣', '平安分局') RETURNING id"
            )
            precinct_id = precinct.scalar_one()
            session.connection().exec_driver_sql("INSERT INTO precinct_village VALUES (%s, 1)", (precinct_id,))
            scope = Scope(kind=ScopeKind.PRECINCT, precinct_id=precinct_id)
        person_id = service.add_person(session, NewPerson(email=f"{role}@example.org", name=role.value)).id
        service.grant_role(session, OPERATOR, person_id, role, scope, starts_on=date(2026, 1, 1))
        begun = signing_in.begin(session, person_id, HOME, datetime.now(UTC), passed_second_factor=True)
    api.cookies.set(SESSION, begun.token)


@pytest.mark.parametrize("role", list(Role))
def test_no_answer_is_undeclared(
    api: TestClient, described: schemathesis.BaseSchema, world: Engine, role: Role
) -> None:
    begin_as(api, world, role)
    asked: list[int] = []
    for found in described.get_all_operations():
        operation = found.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @seed(20261125)
            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode), chosen=st.integers(0, 7))
            def ask(case: schemathesis.Case, chosen: int) -> None:
                for name, real in REAL.items():
                    if name in case.path_parameters and chosen < 6:
                        case.path_parameters[name] = real[chosen % len(real)]
                sent = case.as_transport_kwargs()
                sent.pop("cookies", None)  # of the description, not of the browser
                if isinstance(sent.get("data"), bytes):
                    sent["content"] = sent.pop("data")
                answer = api.request(**sent)
                asked.append(answer.status_code)
                case.validate_response(answer, checks=CHECKS)

            try:
                ask()
            except Exception as error:
                if "Unsatisfiable" in type(error).__name__ and mode is GenerationMode.NEGATIVE:
                    continue  # nothing about it can be wrong
                raise
    assert len(asked) > 200
    assert {200, 400, 404} <= set(asked)
    assert 403 in asked or role not in {Role.VISITOR, Role.RESIDENT}  # who may not everything is told so
