"""Roles, scopes, verbs and kinds of records; who a viewer is; the errors."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from safemap.errors import Conflict, InvalidInput, NotAllowed, NotFound
from safemap.i18n import mark


class Role(StrEnum):
    """What somebody is in the programme."""

    VISITOR = "visitor"  # everybody, signed in or not; never granted
    RESIDENT = "resident"
    VOLUNTEER = "volunteer"
    LEADER = "leader"
    SECRETARY = "secretary"
    ADOPTER = "adopter"
    STATION_OFFICER = "station_officer"
    PRECINCT_REVIEWER = "precinct_reviewer"
    COUNTY_OFFICER = "county_officer"
    EVALUATOR = "evaluator"
    FIRE_OFFICER = "fire_officer"
    MINISTRY_OFFICER = "ministry_officer"
    ADMINISTRATOR = "administrator"


class ScopeKind(StrEnum):
    """How far a role reaches."""

    VILLAGE = "village"
    COMMUNITY = "community"  # all villages that a community works in
    PRECINCT = "precinct"
    COUNTY = "county"
    COUNTRY = "country"


class Verb(StrEnum):
    """What can be done with a record."""

    ADD = "add"
    SEE_EXACT = "see_exact"
    SEE_APPROXIMATE = "see_approximate"
    EDIT_OWN = "edit_own"
    MODERATE = "moderate"
    REVIEW = "review"
    APPROVE = "approve"
    EXPORT = "export"
    ADMINISTER = "administer"


class Kind(StrEnum):
    """Kinds of records that permission is given for."""

    VILLAGE = "village"  # its outline, its base map, public places
    REPORT = "report"  # a resident's report of an unsafe spot
    PUBLIC_COUNT = "public_count"  # what the public is told of reports: counts, and those at public places
    INCIDENT = "incident"  # what authorities publish
    CAMERA = "camera"  # exact: where it looks, so where nobody looks
    LAMP = "lamp"
    PATROL_ROUTE = "patrol_route"
    PATROL_TIME = "patrol_time"  # timetables and check-ins
    BLOCK = "block"  # exact: with its adopter's contact
    DEAD_ZONE = "dead_zone"  # diagnoses, density, coverage, prints of them
    PERSON = "person"  # members with their names and addresses
    ROLE = "role"
    DATA_REQUEST = "data_request"  # what people ask of their own data
    BREACH = "breach"  # the register of data that came to harm
    AUDIT = "audit"  # who did and saw what


ROLE_NAMES = {
    Role.VISITOR: mark("Visitor"),
    Role.RESIDENT: mark("Resident"),
    Role.VOLUNTEER: mark("Patrol volunteer"),
    Role.LEADER: mark("Watch-team leader"),
    Role.SECRETARY: mark("Community secretary"),
    Role.ADOPTER: mark("Block adopter"),
    Role.STATION_OFFICER: mark("Station officer"),
    Role.PRECINCT_REVIEWER: mark("Precinct reviewer"),
    Role.COUNTY_OFFICER: mark("County officer"),
    Role.EVALUATOR: mark("Evaluator"),
    Role.FIRE_OFFICER: mark("Fire officer"),
    Role.MINISTRY_OFFICER: mark("Ministry officer"),
    Role.ADMINISTRATOR: mark("System administrator"),
}
VERB_NAMES = {
    Verb.ADD: mark("add"),
    Verb.SEE_EXACT: mark("see exactly"),
    Verb.SEE_APPROXIMATE: mark("see approximately"),
    Verb.EDIT_OWN: mark("change their own"),
    Verb.MODERATE: mark("moderate"),
    Verb.REVIEW: mark("review"),
    Verb.APPROVE: mark("approve"),
    Verb.EXPORT: mark("export and print"),
    Verb.ADMINISTER: mark("administer"),
}
KIND_NAMES = {
    Kind.VILLAGE: mark("Villages and their base map"),
    Kind.REPORT: mark("Residents' reports"),
    Kind.PUBLIC_COUNT: mark("Counts of reports, and reports at public places"),
    Kind.INCIDENT: mark("Published incidents"),
    Kind.CAMERA: mark("Cameras"),
    Kind.LAMP: mark("Street lamps"),
    Kind.PATROL_ROUTE: mark("Patrol routes"),
    Kind.PATROL_TIME: mark("Patrol times and check-ins"),
    Kind.BLOCK: mark("Adopted blocks"),
    Kind.DEAD_ZONE: mark("Dead zones and coverage"),
    Kind.PERSON: mark("Members"),
    Kind.ROLE: mark("Roles"),
    Kind.DATA_REQUEST: mark("Requests about personal data"),
    Kind.BREACH: mark("Breach register"),
    Kind.AUDIT: mark("Audit trail and access log"),
}

# How far each role may reach. 派出所 and 分局 are scopes of police; an evaluator judges a county's communities or all.
SCOPES_OF_ROLE: dict[Role, frozenset[ScopeKind]] = {
    Role.RESIDENT: frozenset({ScopeKind.VILLAGE}),
    Role.VOLUNTEER: frozenset({ScopeKind.VILLAGE, ScopeKind.COMMUNITY}),
    Role.LEADER: frozenset({ScopeKind.VILLAGE, ScopeKind.COMMUNITY}),
    Role.SECRETARY: frozenset({ScopeKind.VILLAGE, ScopeKind.COMMUNITY}),
    Role.ADOPTER: frozenset({ScopeKind.VILLAGE}),
    Role.STATION_OFFICER: frozenset({ScopeKind.VILLAGE, ScopeKind.PRECINCT}),
    Role.PRECINCT_REVIEWER: frozenset({ScopeKind.PRECINCT}),
    Role.COUNTY_OFFICER: frozenset({ScopeKind.COUNTY}),
    Role.EVALUATOR: frozenset({ScopeKind.COUNTY, ScopeKind.COUNTRY}),
    Role.FIRE_OFFICER: frozenset({ScopeKind.VILLAGE, ScopeKind.COUNTY}),
    Role.MINISTRY_OFFICER: frozenset({ScopeKind.COUNTRY}),
    Role.ADMINISTRATOR: frozenset({ScopeKind.COUNTRY}),
}

NEEDS_SECOND_FACTOR = frozenset(
    {Role.PRECINCT_REVIEWER, Role.COUNTY_OFFICER, Role.EVALUATOR, Role.MINISTRY_OFFICER, Role.ADMINISTRATOR}
)
"""Reviewers and above: their roles are in force only in a session that passed the second factor."""

MAY_GRANT: dict[Role, frozenset[Role]] = {
    Role.SECRETARY: frozenset({Role.RESIDENT, Role.VOLUNTEER, Role.LEADER, Role.ADOPTER}),
    Role.PRECINCT_REVIEWER: frozenset({Role.STATION_OFFICER, Role.SECRETARY}),
    Role.COUNTY_OFFICER: frozenset({Role.SECRETARY, Role.PRECINCT_REVIEWER, Role.FIRE_OFFICER, Role.EVALUATOR}),
    Role.MINISTRY_OFFICER: frozenset({Role.COUNTY_OFFICER, Role.EVALUATOR}),
    Role.ADMINISTRATOR: frozenset(set(Role) - {Role.VISITOR}),
}
"""Which roles a role may grant and end, within its own scope; nobody grants a wider scope than their own."""


@dataclass(frozen=True)
class Grant:
    """A role in force, with the villages that its scope holds now.

    Parameters
    ----------
    village_ids
        None: everywhere, also where no village is known yet.
    """

    role: Role
    village_ids: frozenset[int] | None

    def reaches(self, village_ids: Iterable[int]) -> bool:
        """Whether every one of some villages lies within the scope."""
        return self.village_ids is None or self.village_ids.issuperset(village_ids)


@dataclass(frozen=True)
class Viewer:
    """Whoever asks.

    Parameters
    ----------
    person_id
        None: an anonymous visitor, or the operator of the machine.
    name
        How prints and the audit trail name them; empty for a visitor.
    grants
        The roles in force now; being a visitor needs none.
    verbs
        What a program may do that asks with a person's token; None: everything that the roles allow.
    """

    person_id: int | None = None
    name: str = ""
    grants: tuple[Grant, ...] = field(default=())
    verbs: frozenset[Verb] | None = None

    def is_let(self, verb: Verb) -> bool:
        """Whether nothing but the roles stands in the way of a verb."""
        return self.verbs is None or verb in self.verbs

    @property
    def is_signed_in(self) -> bool:
        """Whether this is a person with an account."""
        return self.person_id is not None

    @property
    def roles(self) -> frozenset[Role]:
        """All roles in force anywhere."""
        return frozenset({Role.VISITOR, *(grant.role for grant in self.grants)})


ANONYMOUS = Viewer()


def operator(name: str) -> Viewer:
    """Return the viewer of a command: who runs it has the database itself, so may do everything."""
    return Viewer(name=name, grants=(Grant(Role.ADMINISTRATOR, None), Grant(Role.STATION_OFFICER, None)))


ASK_FOR_A_ROLE = mark("Your community's secretary can give you one.")
SIGN_IN = mark("Sign in, if you have a role.")


A_MEMBER = Viewer(grants=(Grant(Role.RESIDENT, None),))
"""The view of any member: what a print shows that goes from hand to hand."""


class MayNot(NotAllowed):
    """The viewer's roles do not allow it here."""

    def __init__(self, verb: Verb, kind: Kind, *, is_signed_in: bool) -> None:
        self.verb = verb
        self.kind = kind
        self.is_signed_in = is_signed_in
        super().__init__(
            "This is open to people with a role in this place.",
            remedy=ASK_FOR_A_ROLE if is_signed_in else SIGN_IN,
        )


class ScopeDoesNotFit(InvalidInput):
    """A role cannot be given for such a scope."""

    def __init__(self, role: Role, scope: ScopeKind) -> None:
        super().__init__(
            "The role “{role}” cannot be given for a {scope}.",
            remedy="It can be given for: {fitting}.",
            field="scope",
            role=role.value,
            scope=scope.value,
            fitting=", ".join(sorted(SCOPES_OF_ROLE.get(role, frozenset()))) or "—",
        )


class AlreadyKnown(Conflict):
    """The address has an account."""

    def __init__(self) -> None:
        super().__init__("This e-mail address has an account already.", remedy="Give its owner the role instead.")


class NobodyThere(NotFound):
    """No such person, or no such role that is still open."""

    def __init__(self) -> None:
        super().__init__("There is no such person or role.", remedy="It may have been ended by somebody else.")


class MayNotGrant(NotAllowed):
    """None of the viewer's roles may give that role there."""

    def __init__(self, role: Role) -> None:
        super().__init__(
            "You may not give or end the role “{role}” there.",
            remedy="Who may is listed under “Who may do what”.",
            role=role.value,
        )


class TooManyAttempts(NotAllowed):
    """Too many wrong passwords or codes of late."""

    def __init__(self, wait_s: int) -> None:
        self.wait_s = wait_s
        super().__init__(
            "Too many attempts went wrong. You can try again in {minutes} minutes.",
            remedy="A browser that you signed in with before is not held up.",
            minutes=-(-wait_s // 60),
        )


class TooOften(NotAllowed):
    """Somebody does more in a short time than one person, or one address, may."""

    def __init__(self, wait_s: int) -> None:
        self.wait_s = wait_s
        super().__init__(
            "Very many requests came from here in a short time.",
            remedy="Please wait {wait} s, then try again.",
            wait=wait_s,
        )


class WrongCode(InvalidInput):
    """The six digits are not those of the app."""

    def __init__(self) -> None:
        super().__init__(
            "The code is not right.",
            remedy="Type the six digits that your app shows now. Each code works once.",
            field="code",
        )


class LinkUsedUp(NotFound):
    """A mailed link was used, was withdrawn or is too old."""

    def __init__(self) -> None:
        super().__init__(
            "This link has been used, was withdrawn or is too old.", remedy="Ask for a new one where it came from."
        )


class WrongPassword(InvalidInput):
    """The present password, asked for before a change, is not right."""

    def __init__(self) -> None:
        super().__init__("This is not your present password.", field="present")


class CodeFirst(NotAllowed):
    """The session has yet to pass the second factor that its person set up."""

    def __init__(self) -> None:
        super().__init__(
            "Your second factor is needed for this.", remedy="Type the six digits that your app shows now."
        )


class ProveAgain(NotAllowed):
    """A change to what proves who somebody is, from a session whose proof is not fresh."""

    def __init__(self) -> None:
        super().__init__(
            "This needs a fresh sign-in, so that nobody changes it in a browser that you left open.",
            remedy="Sign in once more.",
        )


class AnothersInvitation(NotAllowed):
    """Somebody signed in follows a link that was mailed to another address."""

    def __init__(self) -> None:
        super().__init__(
            "This invitation is for another address than yours.",
            remedy="Sign out first, or ask for one to your own address.",
        )
