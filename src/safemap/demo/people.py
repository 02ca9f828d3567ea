"""The people of the demo village: one for each role, named by it, with roles in the fictional village alone."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from safemap.communities.rules import CommunityKind, StudyArea
from safemap.communities.service import ensure_community, ensure_precinct, study_area
from safemap.demo.layout import CODE
from safemap.identity.rules import Role, ScopeKind, operator
from safemap.identity.schemas import NewPerson, PersonSeen, Scope
from safemap.identity.service import add_person, enable_person, grant_role, person_by_email, person_seen

COMMUNITY = "示範市示範區榕樹社區發展協會"
PRECINCT = "示範分局"
SINCE = date(2026, 1, 1)


@dataclass(frozen=True)
class DemoPerson:
    """Somebody to look at the demo village as."""

    role: Role
    name: str
    scope: ScopeKind

    @property
    def email(self) -> str:
        """An address that cannot exist (RFC 2606)."""
        return f"{self.role.value.replace('_', '-')}@demo.example"


# In the order in which a newcomer would want to try them.
PEOPLE = (
    DemoPerson(Role.RESIDENT, "示範居民", ScopeKind.VILLAGE),
    DemoPerson(Role.LEADER, "示範隊長", ScopeKind.COMMUNITY),
    DemoPerson(Role.SECRETARY, "示範幹事", ScopeKind.COMMUNITY),
    DemoPerson(Role.VOLUNTEER, "示範隊員", ScopeKind.COMMUNITY),
    DemoPerson(Role.ADOPTER, "示範認養人", ScopeKind.VILLAGE),
    DemoPerson(Role.STATION_OFFICER, "示範員警", ScopeKind.VILLAGE),
    DemoPerson(Role.PRECINCT_REVIEWER, "示範分局承辦人", ScopeKind.PRECINCT),
    DemoPerson(Role.FIRE_OFFICER, "示範消防員", ScopeKind.VILLAGE),
    DemoPerson(Role.COUNTY_OFFICER, "示範縣市承辦人", ScopeKind.COUNTY),
    DemoPerson(Role.EVALUATOR, "示範評鑑委員", ScopeKind.COUNTY),
)


BY_EMAIL = {person.email: person for person in PEOPLE}
BY_ROLE = {person.role: person for person in PEOPLE}
LOADER = operator("safemap demo")


def role_of_demo_person(email: str) -> Role | None:
    """Return the role of the demo person with an address; None: it is nobody of them."""
    return BY_EMAIL[email].role if email in BY_EMAIL else None


def load_people(session: Session) -> None:
    """Add the demo people who are not there yet; nobody gets a password."""
    for person in PEOPLE:
        restore(session, person)


def restore(session: Session, person: DemoPerson) -> PersonSeen:
    """Return a demo person as the demo begins with them: visitors may have closed the account or ended the role."""
    seen = person_by_email(session, person.email)
    if seen is None:
        seen = add_person(session, NewPerson(email=person.email, name=person.name))
    if seen.disabled_at is not None:
        enable_person(session, LOADER, seen.public_id)
    if not any(grant.role is person.role and grant.ended_at is None for grant in seen.grants):
        scope = _scopes(session, study_area(session, CODE))[person.scope]
        grant_role(session, LOADER, seen.id, person.role, scope, starts_on=SINCE)
    return person_seen(session, seen.public_id)


def _scopes(session: Session, area: StudyArea) -> dict[ScopeKind, Scope]:
    community = ensure_community(session, COMMUNITY, CommunityKind.ASSOCIATION, area.village_ids)
    precinct = ensure_precinct(session, area.county, PRECINCT, area.village_ids)
    return {
        ScopeKind.VILLAGE: Scope(kind=ScopeKind.VILLAGE, village_id=area.village_ids[0]),
        ScopeKind.COMMUNITY: Scope(kind=ScopeKind.COMMUNITY, community_id=community),
        ScopeKind.PRECINCT: Scope(kind=ScopeKind.PRECINCT, precinct_id=precinct),
        ScopeKind.COUNTY: Scope(kind=ScopeKind.COUNTY, county=area.county),
    }
