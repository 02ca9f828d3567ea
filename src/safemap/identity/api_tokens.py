"""Tokens by which a person's programs ask: what the person may do, and no more than the verbs chosen."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from safemap.identity import credentials
from safemap.identity.rules import CodeFirst, NobodyThere, Verb, Viewer
from safemap.identity.schemas import ApiTokenSeen, NewApiToken
from safemap.identity.service import viewer_of
from safemap.identity.signing_in import OpenSession, today
from safemap.identity.tables import ApiToken, Person
from safemap.identity.tokens import hash_of, is_api_token, new_api_token
from safemap.identity.trail import note

USED_EVERY = timedelta(minutes=10)  # how exactly the last use is kept


def make_api_token(session: Session, open_session: OpenSession, new: NewApiToken, now: datetime) -> str:
    """Return a new token, shown this once. Roles that need a second factor are in it if the session has passed one.

    Raises
    ------
    CodeFirst
        The person has a second factor that the session has not passed.
    """
    if open_session.needs_code:
        raise CodeFirst
    token = new_api_token()
    session.add(
        ApiToken(
            token_hash=hash_of(token),
            person_id=open_session.person_id,
            name=new.name,
            verbs=sorted(verb.value for verb in new.verbs),
            passed_second_factor=open_session.passed_code,
            made_at=now,
            expires_at=now + timedelta(days=new.days),
        )
    )
    session.flush()
    person = session.get_one(Person, open_session.person_id)
    note(
        session,
        "make_token",
        "person",
        person.public_id,
        by=open_session.viewer,
        verbs=" ".join(sorted(new.verbs)),
        days=new.days,
    )
    return token


def api_tokens_of(session: Session, person_id: int, now: datetime) -> list[ApiTokenSeen]:
    """Tokens of a person that work, the newest first."""
    rows = credentials.api_tokens(session, person_id, now)
    return [
        ApiTokenSeen(
            id=row.id,
            name=row.name,
            verbs=tuple(Verb(verb) for verb in row.verbs),
            made_at=row.made_at,
            expires_at=row.expires_at,
            used_at=row.used_at,
        )
        for row in rows
    ]


def revoke_api_token(session: Session, open_session: OpenSession, token_id: int, now: datetime) -> None:
    """End one of one's own tokens.

    Raises
    ------
    NobodyThere
        One has no such token, or it was ended.
    """
    kept = session.get(ApiToken, token_id)
    if kept is None or kept.person_id != open_session.person_id or kept.revoked_at is not None:
        raise NobodyThere
    kept.revoked_at = now
    person = session.get_one(Person, open_session.person_id)
    note(session, "end_token", "person", person.public_id, by=open_session.viewer)


def viewer_for_api_token(session: Session, token: str, now: datetime) -> Viewer | None:
    """Return who asks with a token, restricted to its verbs; None when it does not work (any more)."""
    if not is_api_token(token):
        return None
    kept = credentials.api_token(session, hash_of(token), now)
    if kept is None:
        return None
    viewer = viewer_of(session, kept.person_id, today(now), passed_second_factor=kept.passed_second_factor)
    if viewer is None:
        return None
    if kept.used_at is None or now - kept.used_at >= USED_EVERY:
        _note_use(session, kept.id, now)
    return Viewer(viewer.person_id, viewer.name, viewer.grants, frozenset(Verb(verb) for verb in kept.verbs))


def _note_use(session: Session, token_id: int, now: datetime) -> None:
    """Keep when a token was used last, unless another request is just doing so: none waits for that."""
    kept = credentials.api_token_free(session, token_id)
    if kept is not None:
        kept.used_at = now
