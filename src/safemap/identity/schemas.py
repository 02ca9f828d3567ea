"""Shapes in and out of people and their roles."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field, field_validator

from safemap.i18n import LANGUAGES
from safemap.identity.rules import Role, ScopeKind, Verb
from safemap.notifications.rules import BadAddress, checked_address

NAME_LIMIT = 80


class Scope(BaseModel):
    """How far a role reaches: a kind, and which one of that kind (none for the whole country)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ScopeKind
    village_id: int | None = None
    community_id: int | None = None
    precinct_id: int | None = None
    county: str | None = None


class PlaceSeen(BaseModel):
    """For where a role can be given, as a form offers it; the whole country has no name."""

    model_config = ConfigDict(frozen=True)

    scope: Scope
    name: str


class NewPerson(BaseModel):
    """Somebody who gets an account."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    email: str
    name: str
    language: str = "zh-Hant"

    @field_validator("email")
    @classmethod
    def _address(cls, email: str) -> str:
        return plain_email(email)

    @field_validator("name")
    @classmethod
    def _printable(cls, name: str) -> str:
        return _plain_name(name)

    @field_validator("language")
    @classmethod
    def _spoken(cls, language: str) -> str:
        return _known_language(language)


class Profile(BaseModel):
    """What people change of their own account."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: str
    language: str

    @field_validator("name")
    @classmethod
    def _printable(cls, name: str) -> str:
        return _plain_name(name)

    @field_validator("language")
    @classmethod
    def _spoken(cls, language: str) -> str:
        return _known_language(language)


class NewInvitation(BaseModel):
    """A role offered to an address."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    email: str
    role: Role
    scope: Scope
    role_ends_on: date | None = None
    language: str = "zh-Hant"

    @field_validator("email")
    @classmethod
    def _address(cls, email: str) -> str:
        return plain_email(email)

    @field_validator("language")
    @classmethod
    def _spoken(cls, language: str) -> str:
        return _known_language(language)


class InvitationSeen(BaseModel):
    """An open invitation, for its list and for whoever follows its link."""

    model_config = ConfigDict(frozen=True)

    id: int
    email: str
    role: Role
    scope_name: str
    inviter: str
    expires_at: datetime
    has_account: bool


class NewApiToken(BaseModel):
    """A key for a program of a person's."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: str
    verbs: frozenset[Verb] = Field(min_length=1)
    days: int = Field(default=90, ge=1, le=365)

    @field_validator("name")
    @classmethod
    def _printable(cls, name: str) -> str:
        return _plain_name(name)


class ApiTokenSeen(BaseModel):
    """A token in its person's own list."""

    model_config = ConfigDict(frozen=True)

    id: int
    name: str
    verbs: tuple[Verb, ...]
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None


class GrantSeen(BaseModel):
    """A role of a person as lists show it."""

    model_config = ConfigDict(frozen=True)

    id: int
    role: Role
    scope: ScopeKind
    scope_name: str
    starts_on: date
    ends_on: date | None
    ended_at: datetime | None
    reviewed_at: datetime


class PersonSeen(BaseModel):
    """A person as a member list shows them."""

    model_config = ConfigDict(frozen=True)

    id: int
    public_id: str
    name: str
    email: str
    language: str
    has_second_factor: bool
    signed_in_at: datetime | None
    disabled_at: datetime | None
    grants: tuple[GrantSeen, ...]


def _plain_name(name: str) -> str:
    if not 1 <= len(name) <= NAME_LIMIT or not name.isprintable():
        message = f"must be 1 to {NAME_LIMIT} printable characters"
        raise ValueError(message)
    return name


def _known_language(language: str) -> str:
    if language not in LANGUAGES:
        message = f"must be one of: {', '.join(LANGUAGES)}"
        raise ValueError(message)
    return language


def plain_email(email: str) -> str:
    """Return an e-mail address in the one spelling that it is kept in.

    Raises
    ------
    ValueError
        It is not an address.
    """
    try:
        plain = checked_address(email.strip().lower())
    except BadAddress:
        plain = ""
    if "." not in plain.partition("@")[2]:
        message = "is not an e-mail address such as name@example.org"
        raise ValueError(message)
    return plain
