"""What members answer to their notice: each version is put to them once; consent can be withdrawn."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from safemap.identity import rights as accounts
from safemap.identity.rules import CodeFirst, Role
from safemap.identity.service import grants_on
from safemap.identity.signing_in import OpenSession, today
from safemap.identity.trail import note
from safemap.privacy import repository
from safemap.privacy.asking import ask_for_account
from safemap.privacy.notices import Notice, current
from safemap.privacy.rules import Ask, AskedAlready, Audience, Basis, ByDuty, NoticeChanged, basis_of
from safemap.privacy.schemas import AnswerSeen, Made, NewRequest
from safemap.privacy.tables import NoticeAnswer


@dataclass(frozen=True)
class Standing:
    """How a member stands to the notice that is shown now.

    Parameters
    ----------
    is_due
        This version has not been put to them yet.
    answer
        The newest to this version; None: there is none.
    """

    notice: Notice
    basis: Basis
    is_due: bool
    answer: AnswerSeen | None

    @property
    def is_accepted(self) -> bool:
        """Whether this version was accepted and not withdrawn."""
        return self.answer is not None and self.answer.accepted_at is not None and self.answer.withdrawn_at is None


def standing_of(session: Session, person_id: int, now: datetime) -> Standing:
    """Return how a member stands to the present notice."""
    day = today(now)
    notice = current(Audience.MEMBERS, day)
    roles = frozenset(grant.role for grant in grants_on(session, person_id, day))
    answers = [_seen(row) for row in repository.answers_of(session, person_id) if row.version == notice.version]
    return Standing(notice, basis_of(roles), not answers, answers[0] if answers else None)


def is_due(session: Session, person_id: int, now: datetime) -> bool:
    """Whether the present version has still to be put to a member."""
    version = current(Audience.MEMBERS, today(now)).version
    return all(row.version != version for row in repository.answers_of(session, person_id))


def answers_of(session: Session, person_id: int) -> list[AnswerSeen]:
    """Return all that a member answered to notices, the newest first."""
    return [_seen(row) for row in repository.answers_of(session, person_id)]


def accept(
    session: Session,
    person_id: int,
    version: str,
    controller: str,
    language: str,
    now: datetime,
    *,
    offered: Role | None = None,
) -> None:
    """Keep that a member accepted a version.

    Parameters
    ----------
    offered
        A role that they are just given, and that counts for the basis already.

    Raises
    ------
    NoticeChanged
        A newer version is shown by now.
    """
    _answer(session, person_id, version, controller, language, now, offered=offered, is_accepted=True)


def put_off(session: Session, person_id: int, version: str, controller: str, language: str, now: datetime) -> None:
    """Keep that a member was asked and will answer later: they are not asked again, and find it under their data.

    Raises
    ------
    NoticeChanged
        A newer version is shown by now.
    """
    _answer(session, person_id, version, controller, language, now, offered=None, is_accepted=False)


def withdraw(session: Session, open_session: OpenSession, site_url: str, now: datetime) -> Made | None:
    """Withdraw one's consent: the account is closed at once, and its erasure is asked for; None: it was already.

    Raises
    ------
    ByDuty
        The data stands on an office and not on consent.
    CodeFirst
        The person has a second factor that the session has not passed.
    """
    if open_session.needs_code:
        raise CodeFirst
    person = accounts.require_person(session, open_session.person_id)
    if standing_of(session, person.id, now).basis is Basis.DUTY:
        raise ByDuty
    for row in repository.answers_of(session, person.id):
        if row.accepted_at is not None and row.withdrawn_at is None:
            row.withdrawn_at = now
    note(session, "withdraw_consent", "person", person.public_id, by=person.id)
    try:
        made = ask_for_account(session, person, NewRequest(ask=Ask.ERASURE, language=person.language), site_url, now)
    except AskedAlready:
        made = None
    accounts.close_own_account(session, open_session, now)
    return made


def _answer(
    session: Session,
    person_id: int,
    version: str,
    controller: str,
    language: str,
    now: datetime,
    *,
    offered: Role | None,
    is_accepted: bool,
) -> None:
    day = today(now)
    if version != current(Audience.MEMBERS, day).version:
        raise NoticeChanged
    roles = {grant.role for grant in grants_on(session, person_id, day)} | ({offered} if offered else set())
    session.add(
        NoticeAnswer(
            person_id=person_id,
            version=version,
            basis=basis_of(frozenset(roles)).value,
            controller=controller,
            language=language,
            asked_at=now,
            accepted_at=now if is_accepted else None,
        )
    )
    session.flush()
    person = accounts.require_person(session, person_id)
    verb = "accept_notice" if is_accepted else "put_off_notice"
    note(session, verb, "person", person.public_id, by=person_id, version=version)


def _seen(row: NoticeAnswer) -> AnswerSeen:
    return AnswerSeen(row.version, Basis(row.basis), row.asked_at, row.accepted_at, row.withdrawn_at)
