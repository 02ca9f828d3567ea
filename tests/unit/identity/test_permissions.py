"""The table of permission: whole, and never wider than its scopes."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from safemap.identity.permissions import COLUMNS, TABLE, may, permissions, villages_seen
from safemap.identity.rules import ANONYMOUS, MAY_GRANT, SCOPES_OF_ROLE, Grant, Kind, Role, Verb, Viewer, operator

VILLAGES = st.frozensets(st.integers(1, 5), max_size=5)
GRANTS = st.builds(Grant, st.sampled_from(sorted(set(Role) - {Role.VISITOR})), st.one_of(st.none(), VILLAGES))
VIEWERS = st.builds(lambda grants: Viewer(person_id=1, grants=tuple(grants)), st.lists(GRANTS, max_size=4))
RULES = st.sampled_from(sorted(permissions()))


def test_the_table_has_a_cell_for_every_role_and_a_row_for_every_kind() -> None:
    assert set(COLUMNS.values()) == set(Role)
    head, *rows = TABLE.strip().splitlines()
    assert all(len(row.split()) == len(head.split()) for row in rows)
    assert {cell for row in rows for cell in row.split()[2:]} == {"x", "."}
    assert {kind for kind, _ in permissions()} == set(Kind)
    assert len(permissions()) == len(rows)  # no row twice


def test_every_role_can_be_given_by_somebody_and_for_some_scope() -> None:
    assert set(SCOPES_OF_ROLE) == set(Role) - {Role.VISITOR}
    assert frozenset().union(*MAY_GRANT.values()) == set(SCOPES_OF_ROLE)


def test_a_visitor_sees_no_report_exactly_and_no_dead_zone_and_nobody() -> None:
    for kind in (Kind.REPORT, Kind.DEAD_ZONE, Kind.PERSON, Kind.PATROL_TIME, Kind.PATROL_ROUTE, Kind.CAMERA):
        assert not may(ANONYMOUS, Verb.SEE_EXACT, kind)
    assert may(ANONYMOUS, Verb.ADD, Kind.REPORT, [1, 2])


def test_who_watches_and_where_nobody_does_is_for_members_and_staff() -> None:
    everybody_with_a_role = set(Role) - {Role.VISITOR}
    for kind in (Kind.PATROL_TIME, Kind.PATROL_ROUTE, Kind.CAMERA, Kind.DEAD_ZONE):
        assert permissions()[kind, Verb.SEE_EXACT] == everybody_with_a_role


def test_who_runs_the_machine_may_do_all_that_staff_may() -> None:
    assert may(operator("root"), Verb.SEE_EXACT, Kind.REPORT, [7])
    assert may(operator("root"), Verb.EXPORT, Kind.DEAD_ZONE, [7])


@given(VIEWERS, RULES, VILLAGES)
def test_nothing_is_allowed_outside_the_scope_of_a_role_that_has_the_right(
    viewer: Viewer, rule: tuple[Kind, Verb], villages: frozenset[int]
) -> None:
    kind, verb = rule
    roles = permissions()[rule]
    if Role.VISITOR in roles:
        assert may(viewer, verb, kind, villages)
        return
    fitting = [grant for grant in viewer.grants if grant.role in roles]
    each = all(any(grant.reaches([village]) for grant in fitting) for village in villages)
    if villages:
        assert may(viewer, verb, kind, villages) == each
    else:
        assert may(viewer, verb, kind) == any(grant.village_ids != frozenset() for grant in fitting)


@given(VIEWERS, GRANTS, RULES, VILLAGES)
def test_another_role_takes_no_right_away(
    viewer: Viewer, more: Grant, rule: tuple[Kind, Verb], villages: frozenset[int]
) -> None:
    kind, verb = rule
    richer = Viewer(person_id=1, grants=(*viewer.grants, more))
    assert may(richer, verb, kind, villages) >= may(viewer, verb, kind, villages)


@given(VIEWERS, RULES)
def test_queries_are_narrowed_to_where_each_village_is_allowed(viewer: Viewer, rule: tuple[Kind, Verb]) -> None:
    kind, verb = rule
    seen = villages_seen(viewer, verb, kind)
    for village in range(1, 6):
        assert (seen is None or village in seen) == may(viewer, verb, kind, [village])


VERBS = st.one_of(st.none(), st.frozensets(st.sampled_from(sorted(Verb))))


@given(VIEWERS, VERBS, RULES, VILLAGES)
def test_a_program_may_what_its_person_may_with_the_verbs_of_its_token_and_nothing_else(
    viewer: Viewer, verbs: frozenset[Verb] | None, rule: tuple[Kind, Verb], villages: frozenset[int]
) -> None:
    kind, verb = rule
    program = replace(viewer, verbs=verbs)
    is_let = verbs is None or verb in verbs
    assert may(program, verb, kind, villages) == (is_let and may(viewer, verb, kind, villages))
    assert villages_seen(program, verb, kind) == (villages_seen(viewer, verb, kind) if is_let else frozenset())


@given(VIEWERS, st.sampled_from(sorted(Kind)), st.sampled_from(sorted(Verb)), VILLAGES)
def test_what_the_table_does_not_name_is_refused(
    viewer: Viewer, kind: Kind, verb: Verb, villages: frozenset[int]
) -> None:
    if (kind, verb) not in permissions():
        assert not may(viewer, verb, kind, villages)
        assert villages_seen(viewer, verb, kind) == frozenset()
