"""The people of the demo village: one for each role, named by it, with roles in the fictional village alone."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from safemap.communities.rules import CommunityKind, StudyArea
from safemap.communities.service import ensure_community, ensure_precinct, study_area
from safemap.demo.layout import CODE
from safemap.identity.rules import Role, ScopeKind, operator
from safemap.identity.schemas import NewPerson, Scope
from safemap.identity.service import add_person, grant_role, person_id_by_email

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


def load_people(session: Session) -> None:
    """Add the demo people who are not there yet; nobody gets a password."""
    area = study_area(session, CODE)
    scopes = _scopes(session, area)
    who = operator("safemap demo")
    for person in PEOPLE:
        if person_id_by_email(session, person.email) is None:
            added = add_person(session, NewPerson(email=person.email, name=person.name))
            grant_role(session, who, added.id, person.role, scopes[person.scope], starts_on=SINCE)


def _scopes(session: Session, area: StudyArea) -> dict[ScopeKind, Scope]:
    community = ensure_community(session, COMMUNITY, CommunityKind.ASSOCIATION, area.village_ids)
    precinct = ensure_precinct(session, area.county, PRECINCT, area.village_ids)
    return {
        ScopeKind.VILLAGE: Scope(kind=ScopeKind.VILLAGE, village_id=area.village_ids[0]),
        ScopeKind.COMMUNITY: Scope(kind=ScopeKind.COMMUNITY, community_id=community),
        ScopeKind.PRECINCT: Scope(kind=ScopeKind.PRECINCT, precinct_id=precinct),
        ScopeKind.COUNTY: Scope(kind=ScopeKind.COUNTY, county=area.county),
    }
