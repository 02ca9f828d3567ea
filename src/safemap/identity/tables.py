"""People, their roles, and what proves that it is them; secrets are kept as hashes or encrypted."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from safemap.communities.tables import Community, Precinct, Village
from safemap.db.base import Base
from safemap.identity.rules import SCOPES_OF_ROLE, ScopeKind

ONE_SCOPE = """
CASE scope
    WHEN 'village' THEN village_id IS NOT NULL AND num_nonnulls(community_id, precinct_id, county) = 0
    WHEN 'community' THEN community_id IS NOT NULL AND num_nonnulls(village_id, precinct_id, county) = 0
    WHEN 'precinct' THEN precinct_id IS NOT NULL AND num_nonnulls(village_id, community_id, county) = 0
    WHEN 'county' THEN county IS NOT NULL AND num_nonnulls(village_id, community_id, precinct_id) = 0
    ELSE num_nonnulls(village_id, community_id, precinct_id, county) = 0
END
"""


def _one_of(column: str, values: list[str]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


ROLE_CHECKS = (
    CheckConstraint(_one_of("role", [role.value for role in SCOPES_OF_ROLE]), name="role"),
    CheckConstraint(_one_of("scope", [scope.value for scope in ScopeKind]), name="scope_kind"),
    CheckConstraint(ONE_SCOPE, name="one_scope"),
)


class Person(Base):
    """Somebody with an account; one person has one account, whatever roles they hold."""

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint("char_length(name) BETWEEN 1 AND 80", name="name_length"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    language: Mapped[str]
    password_hash: Mapped[str | None]  # argon2id; NULL: signs in through an agency, or was invited and has not yet come
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)  # encrypted with the installation's key
    totp_step: Mapped[int | None]  # the last time step that was used: a code works once
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    signed_in_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    disabled_reason: Mapped[str] = mapped_column(default="")
    erased_at: Mapped[datetime | None]  # name and address are gone: what is left is a number for the trail


class RoleGrant(Base):
    """A role of a person in a scope, from a day to a day; ended and never deleted."""

    __tablename__ = "role_grant"
    __table_args__ = (
        *ROLE_CHECKS,
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    role: Mapped[str]
    scope: Mapped[str]
    village_id: Mapped[int | None] = mapped_column(ForeignKey(Village.id, ondelete="CASCADE"), index=True)
    community_id: Mapped[int | None] = mapped_column(ForeignKey(Community.id, ondelete="CASCADE"), index=True)
    precinct_id: Mapped[int | None] = mapped_column(ForeignKey(Precinct.id, ondelete="CASCADE"), index=True)
    county: Mapped[str | None]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]  # the last day in force
    granted_by: Mapped[int | None] = mapped_column(ForeignKey(Person.id, ondelete="SET NULL"))
    granted_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]  # ended before its last day
    reviewed_at: Mapped[datetime] = mapped_column(server_default=func.now())  # somebody said: still right


class Invitation(Base):
    """A role offered to an address: who follows its link makes an account, or adds the role to theirs."""

    __tablename__ = "invitation"
    __table_args__ = ROLE_CHECKS

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    email: Mapped[str] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(default="")
    role: Mapped[str]
    scope: Mapped[str]
    village_id: Mapped[int | None] = mapped_column(ForeignKey(Village.id, ondelete="CASCADE"))
    community_id: Mapped[int | None] = mapped_column(ForeignKey(Community.id, ondelete="CASCADE"))
    precinct_id: Mapped[int | None] = mapped_column(ForeignKey(Precinct.id, ondelete="CASCADE"))
    county: Mapped[str | None]
    role_ends_on: Mapped[date | None]
    invited_by: Mapped[int | None] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"))  # NULL: the operator
    invited_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SignIn(Base):
    """One signed-in browser: the server's half of a session cookie."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    last_token_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)  # for requests already on their way
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    rotated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    confirmed_at: Mapped[datetime | None]  # when the browser first showed its newest token
    expires_at: Mapped[datetime]
    second_factor_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    browser: Mapped[str] = mapped_column(default="")  # “Firefox, Android”: for the list of one's own sessions


class OneTimeLink(Base):
    """A link mailed to a person to set a new password."""

    __tablename__ = "one_time_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class AgencyTrip(Base):
    """A browser that is away at an agency's sign-in, or back with a proof that waits to be used; soon forgotten."""

    __tablename__ = "agency_trip"

    id: Mapped[int] = mapped_column(primary_key=True)
    agency: Mapped[str]
    browser_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    state_hash: Mapped[bytes | None] = mapped_column(LargeBinary)  # NULL: back, with a proof
    sealed: Mapped[bytes] = mapped_column(LargeBinary)  # encrypted with the installation's key
    expires_at: Mapped[datetime] = mapped_column(index=True)


class AgencyAccount(Base):
    """Who a person is at an agency: known there by a subject that is never given to another, as an address may be."""

    __tablename__ = "agency_account"
    __table_args__ = (UniqueConstraint("issuer", "subject"), UniqueConstraint("person_id", "issuer"))

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"))
    issuer: Mapped[str]
    subject: Mapped[str]
    bound_at: Mapped[datetime] = mapped_column(server_default=func.now())
    used_at: Mapped[datetime]


class RecoveryCode(Base):
    """A code on paper that replaces the second factor once."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("person_id", "code_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"))
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    used_at: Mapped[datetime | None]


class ApiToken(Base):
    """A program's key: it may do what its person may, and no more than the verbs that it was made for."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    name: Mapped[str]
    verbs: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    passed_second_factor: Mapped[bool] = mapped_column(default=False)  # the session in which it was made had
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class KnownDevice(Base):
    """A browser that signed in before: it is let through while strangers guess at its person's password."""

    __tablename__ = "known_device"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), index=True)
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Allowance(Base):
    """Until when somebody has used up what a limit allows; unlogged: it may be lost in a crash."""

    __tablename__ = "allowance"
    __table_args__ = {"prefixes": ["UNLOGGED"]}  # noqa: RUF012 - SQLAlchemy's idiom

    limit: Mapped[str] = mapped_column(primary_key=True)
    asker: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)  # keyed hash of a person or an address
    used_until: Mapped[datetime] = mapped_column(index=True)


class FailedAttempt(Base):
    """A wrong password, code or link: counted per account and network, kept for a day."""

    __tablename__ = "failed_attempt"
    __table_args__ = (
        Index("ix_failed_attempt_account", "account", "network", "at"),
        Index("ix_failed_attempt_network", "network", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[bytes] = mapped_column(LargeBinary)  # keyed hash of the address, known or not
    network: Mapped[str]  # /24 or /48: coarse on purpose
    device_id: Mapped[int | None] = mapped_column(ForeignKey(KnownDevice.id, ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
