"""A copy holds all of somebody's records and only theirs; erasure leaves no byte of them but what the table says."""

import itertools
import json
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session
from tests.support.members import give, person_with_password
from tests.support.places import SOUTH, WEST
from tests.support.requests import (
    DAY,
    NOW,
    SITE,
    asked,
    asked_by_mail,
    everywhere,
    in_village,
    letters,
    member,
    report_at,
    reviewer,
    session_of,
    two_villages,
)

from safemap.audit import service as audit
from safemap.audit.rules import Access, Chain, Deed
from safemap.communities.tables import Village
from safemap.i18n import translations
from safemap.identity import api_tokens, invitations
from safemap.identity import service as people
from safemap.identity.rules import Grant, NobodyThere, Role, Verb, Viewer
from safemap.identity.schemas import NewApiToken, NewInvitation
from safemap.identity.tables import ApiToken, Invitation, KnownDevice, OneTimeLink, SignIn
from safemap.notifications.rules import Letter
from safemap.notifications.service import send
from safemap.privacy import asking, consent, service
from safemap.privacy.holders import HOLDERS, copy_of
from safemap.privacy.notices import current
from safemap.privacy.retention import run
from safemap.privacy.rules import Ask, Audience, Field
from safemap.privacy.schemas import NewRequest, Subject
from safemap.privacy.tables import NoticeAnswer
from safemap.privacy.words import FIELDS, PARTS, in_words

numbers = itertools.count(1)


# --- A copy -----------------------------------------------------------------------------------------------------------


@dataclass
class Owner:
    """Somebody, and the marks of all that was stored about them."""

    person_id: int
    public_id: str
    email: str
    name: str
    marks: dict[str, list[str]] = field(default_factory=dict)

    def own(self, kind: str) -> str:
        mark = f"mark{next(numbers):06d}x"
        self.marks.setdefault(kind, []).append(mark)
        return mark


def _session(session: Session, owner: Owner, mark: str) -> None:
    _add(session, SignIn(token_hash=mark.encode(), person_id=owner.person_id, expires_at=NOW, browser=mark))


def _token(session: Session, owner: Owner, mark: str) -> None:
    _add(
        session, ApiToken(token_hash=mark.encode(), person_id=owner.person_id, name=mark, verbs=["add"], expires_at=NOW)
    )


def _browser(session: Session, owner: Owner, mark: str) -> None:
    _add(session, KnownDevice(token_hash=mark.encode(), person_id=owner.person_id))


def _link(session: Session, owner: Owner, mark: str) -> None:
    _add(session, OneTimeLink(token_hash=mark.encode(), person_id=owner.person_id, expires_at=NOW))


def _invitation(session: Session, owner: Owner, mark: str) -> None:
    _add(
        session,
        Invitation(
            token_hash=mark.encode(),
            email=owner.email,
            name=mark,
            role="resident",
            scope="village",
            village_id=session.scalar(text("SELECT min(id) FROM village")),
            expires_at=NOW,
        ),
    )


def _letter(session: Session, owner: Owner, mark: str) -> None:
    send(session, Letter(owner.email, "test", "en", mark, "body"))


def _request(session: Session, owner: Owner, mark: str) -> None:
    asked_by_mail(session, owner.email, Ask.ACCESS, NOW + next(numbers) * DAY, wish=mark)


def _notice(session: Session, owner: Owner, mark: str) -> None:
    _add(session, NoticeAnswer(person_id=owner.person_id, version="v", basis="consent", controller=mark, language="en"))


def _deed_by(session: Session, owner: Owner, mark: str) -> None:
    audit.record(session, Deed(mark, "dead_zone", "elsewhere", actor=owner.person_id))


def _deed_about(session: Session, owner: Owner, mark: str) -> None:
    audit.record(session, Deed("disable", "person", owner.public_id, purpose=mark))


def _seen_by(session: Session, owner: Owner, mark: str) -> None:
    audit.record_access(session, Access("person", (owner.public_id,), mark, actor=None, actor_roles=("secretary",)))


def _looked_at(session: Session, owner: Owner, mark: str) -> None:
    audit.record_access(session, Access("person", ("somebody-else",), mark, actor=owner.person_id))


STORES = {
    "sessions": _session,
    "tokens": _token,
    "browsers": _browser,
    "links": _link,
    "invitations": _invitation,
    "letters": _letter,
    "requests": _request,
    "notices": _notice,
    "deeds": _deed_by,
    "deeds about": _deed_about,
    "seen_by": _seen_by,
    "looked_at": _looked_at,
}
UNNAMED = {"browsers", "links"}  # rows that hold moments alone


def _add(session: Session, row: object) -> None:
    session.add(row)
    session.flush()


@pytest.fixture
def village(session: Session) -> Village:
    return two_villages(session)[0]


@tried(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(sorted(STORES))), max_size=30))
def test_a_copy_holds_all_of_a_member_s_records_and_only_theirs(
    session: Session, village: Village, stored: list[tuple[int, str]]
) -> None:
    owners = []
    for _ in range(3):
        number = next(numbers)
        person_id = member(session, village, f"owner{number:06d}x@example.org", f"持有人{number:06d}x")
        seen = people.person_by_email(session, f"owner{number:06d}x@example.org")
        assert seen is not None
        owners.append(Owner(person_id, seen.public_id, seen.email, seen.name))
    session.commit()
    before = [copy_of(session, Subject(owner.person_id, None, owner.email)) for owner in owners]
    session.execute(text("DELETE FROM failed_attempt"))  # letters may be asked for three times
    for at, kind in stored:
        STORES[kind](session, owners[at], owners[at].own(kind))
        session.execute(text("DELETE FROM failed_attempt"))
    session.commit()
    for owner, earlier in zip(owners, before, strict=True):
        copy = copy_of(session, Subject(owner.person_id, None, owner.email))
        whole = json.dumps(copy, default=str, ensure_ascii=False)
        assert owner.name in whole
        assert owner.email in whole
        for kind, marks in owner.marks.items():
            assert kind in UNNAMED or all(mark in whole for mark in marks)
            part = kind.split()[0]
            added = len(owner.marks.get(part, [])) + (len(owner.marks.get("deeds about", [])) if part == "deeds" else 0)
            letters_too = len(owner.marks.get("requests", [])) if part == "letters" else 0
            assert len(copy[part]) == len(earlier.get(part, [])) + added + letters_too
        for other in owners:
            if other is not owner:
                foreign = [other.name, other.email, other.public_id, *itertools.chain(*other.marks.values())]
                assert [mark for mark in foreign if mark in whole] == []


def test_a_deed_done_to_somebody_else_is_told_to_both_and_names_neither_to_the_other(
    session: Session, village: Village
) -> None:
    secretary = reviewer(session, Role.SECRETARY, in_village(village))
    mei = member(session, village)
    public_id = people.person_by_email(session, "mei@example.org").public_id
    people.disable_person(session, secretary, public_id, "moved", NOW)
    session.commit()
    assert secretary.person_id is not None
    own = people.person_by_email(session, "secretary@example.org")
    doer = copy_of(session, Subject(secretary.person_id, None, own.email))
    done_to = copy_of(session, Subject(mei, None, "mei@example.org"))
    assert [one["record"] for one in doer["deeds"] if one["verb"] == "disable"] == [""]
    assert [(one["record"], one["roles"]) for one in done_to["deeds"] if one["verb"] == "disable"] == [
        (public_id, "secretary")
    ]
    assert public_id not in json.dumps(doer, default=str)
    for of_secretary in (own.public_id, own.name, own.email):
        assert of_secretary not in json.dumps(done_to, default=str, ensure_ascii=False)


def test_a_copy_holds_no_secret(session: Session, village: Village) -> None:
    member(session, village)
    held = session_of(session)
    token = api_tokens.make_api_token(session, held, NewApiToken(name="城市", verbs=frozenset({Verb.ADD})), NOW)
    link = asked_by_mail(session, "mei@example.org", Ask.ACCESS)
    whole = json.dumps(asking.own_copy(session, held), default=str)
    assert token not in whole
    assert link not in whole
    assert "argon2" not in whole
    assert "x'" not in whole
    assert "\\x" not in whole


def test_an_upper_domain_adds_its_part_to_a_copy_and_erases_its_own(session: Session, village: Village) -> None:
    gone: list[int | None] = []
    rota = replace(
        HOLDERS[0],
        parts=lambda _session, subject: {"shifts": [{"person": subject.person_id}]},
        erase=lambda _session, _viewer, subject, _now: gone.append(subject.person_id),
    )
    mei = member(session, village)
    assert copy_of(session, Subject(mei, None, "mei@example.org"), (*HOLDERS, rota))["shifts"] == [{"person": mei}]
    number = asked(session, Ask.ERASURE).number
    secretary = reviewer(session, Role.SECRETARY, in_village(village))
    service.grant(session, secretary, number, "", SITE, NOW, (*HOLDERS, rota))
    assert gone == [mei]


def test_every_kind_and_field_of_a_copy_has_words(session: Session, village: Village, busy: int) -> None:
    public_id, _ = report_at(session, WEST + 0.004, SOUTH + 0.004, "路燈")
    kept = copy_of(session, Subject(busy, public_id, "mei@example.org"))
    assert {"account", "roles", "tokens", "letters", "requests", "request_steps", "notices", "reports"} <= set(kept)
    assert set(kept) <= set(PARTS)
    assert {field for rows in kept.values() for row in rows for field in row} <= set(FIELDS)
    for say in (lambda words: words, translations("zh-Hant").gettext):
        worded = in_words(kept, say, str, str)
        assert [len(rows) for _, rows in worded] == [len(rows) for rows in kept.values()]


# --- Erasure ----------------------------------------------------------------------------------------------------------


def traces(session: Session, *words: str) -> dict[str, int]:
    """Rows of any table of the database that hold any of some words, as text or as bytes, with their number."""
    session.flush()
    found: dict[str, int] = {}
    tables = session.scalars(
        text(
            "SELECT c.oid::regclass::text FROM pg_class c "
            "WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' "
            "AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e') ORDER BY 1"
        )
    ).all()
    assert {"person", "message", "data_request", "audit_entry", "breach"} <= set(tables)
    for table in tables:
        for word in words:
            held = session.scalar(
                text(f"SELECT count(*) FROM {table} t WHERE t::text ILIKE :word OR t::text ILIKE :bytes"),
                {"word": f"%{word}%", "bytes": f"%{word.encode().hex()}%"},
            )
            if held:
                found[table] = found.get(table, 0) + held
    return found


@pytest.fixture
def busy(session: Session, village: Village) -> int:
    """A leader who has done everything that leaves a trace of name or address."""
    mei = person_with_password(session, "mei@example.org", "林美美")
    give(session, mei, Role.LEADER, in_village(village))
    give(session, mei, Role.SECRETARY, in_village(village))
    held = session_of(session)
    api_tokens.make_api_token(session, held, NewApiToken(name="林美美的表格", verbs=frozenset({Verb.ADD})), NOW)
    viewer = Viewer(mei, "林美美", (Grant(Role.SECRETARY, frozenset({village.id})),))
    invited = NewInvitation(email="friend@example.org", role=Role.RESIDENT, scope=in_village(village))
    invitations.invite(session, viewer, invited, SITE, NOW)
    for role in (Role.ADOPTER, Role.VOLUNTEER):
        again = NewInvitation(email="mei@example.org", role=role, scope=in_village(village))
        invitations.invite(session, everywhere(), again, SITE, NOW)
    consent.accept(session, mei, current(Audience.MEMBERS, NOW.date()).version, "里辦公處", "zh-Hant", NOW)
    earlier = asked(session, Ask.CORRECTION, field=Field.NAME, value="林美美美", wish="我是林美美").number
    service.extend(session, everywhere(), earlier, "林美美的姓名要查證", SITE, NOW)
    asking.confirm_by_link(session, asked_by_mail(session, "mei@example.org", Ask.ACCESS, wish="林美美"), SITE, NOW)
    asked_by_mail(session, "mei@example.org", Ask.STOP, wish="林美美，未確認")
    service.request_to_review(session, everywhere(), earlier, NOW)
    session.commit()
    return mei


def test_erasure_leaves_no_byte_of_name_or_address_but_in_the_letter_that_tells_of_it(
    session: Session, busy: int
) -> None:
    words = ("林美美", "mei@example.org")
    assert {"person", "message", "invitation", "data_request", "data_request_step", "api_token"} <= set(
        traces(session, *words)
    )
    number = asked(session, Ask.ERASURE, wish="刪掉林美美").number
    service.grant(session, everywhere(), number, "林美美您好", SITE, NOW)
    session.commit()
    assert traces(session, *words) == {"message": 1}
    to, _, body = letters(session, "data_request_granted")[0]
    assert to == "mei@example.org"
    assert "林美美" not in body
    run(session, None, NOW + timedelta(days=31) + DAY)
    assert traces(session, *words) == {}


def test_what_stays_of_an_erased_account_is_a_number_its_roles_and_the_trail(session: Session, busy: int) -> None:
    number = asked(session, Ask.ERASURE).number
    service.grant(session, everywhere(), number, "", SITE, NOW)
    session.commit()
    left = {
        table: session.scalar(text(f"SELECT count(*) FROM {table} WHERE person_id = :who"), {"who": busy})
        for table in ("role_grant", "sign_in", "api_token", "known_device", "one_time_link", "notice_answer")
    }
    assert left == {
        "role_grant": 2,
        "sign_in": 0,
        "api_token": 0,
        "known_device": 0,
        "one_time_link": 0,
        "notice_answer": 2,  # one before
    }
    assert (
        session.scalar(
            text("SELECT count(*) FROM role_grant WHERE person_id = :who AND ended_at IS NULL"), {"who": busy}
        )
        == 0
    )
    assert session.scalar(text("SELECT count(*) FROM audit_entry WHERE actor = :who"), {"who": busy}) > 0
    assert all(audit.verify(session, chain).broken is None for chain in Chain)
    public_id = session.scalar(text("SELECT public_id FROM person WHERE id = :who"), {"who": busy})
    with pytest.raises(NobodyThere):
        people.enable_person(session, everywhere(), public_id)
    assert public_id not in {person.public_id for person in people.members(session, everywhere())}


def test_what_others_have_is_left_alone(session: Session, village: Village, busy: int) -> None:
    member(session, village, "amei@example.org", "林美美麗")  # begins like the other's
    asked(session, Ask.ACCESS, "amei@example.org", wish="給阿美")
    number = asked(session, Ask.ERASURE).number
    service.grant(session, everywhere(), number, "", SITE, NOW)
    other = people.person_by_email(session, "amei@example.org")
    assert other is not None
    assert other.name == "林美美麗"
    copy = copy_of(session, Subject(other.id, None, other.email))
    assert copy["requests"][0]["words"] == "給阿美"
    assert copy["letters"]


def test_an_address_without_an_account_is_forgotten(session: Session, village: Village) -> None:
    invited = NewInvitation(email="guest@example.org", role=Role.RESIDENT, scope=in_village(village))
    invitations.invite(session, everywhere(), invited, SITE, NOW)
    link = asked_by_mail(session, "guest@example.org", Ask.ERASURE, wish="guest@example.org")
    number = asking.confirm_by_link(session, link, SITE, NOW).number
    service.grant(session, everywhere(), number, "", SITE, NOW)
    assert traces(session, "guest@example.org") == {"message": 1}
    assert asking.request_by_link(session, link, NOW).is_wiped


def test_a_report_is_erased_with_its_words_and_place(session: Session, village: Village) -> None:
    public_id, follow_up = report_at(session, WEST + 0.00412345, SOUTH + 0.00412345, "林家門口很暗")
    made = asking.ask_about_report(session, follow_up, NewRequest(ask=Ask.ERASURE, wish="林家"), SITE, NOW)
    service.grant(session, everywhere(), made.number, "", SITE, NOW)
    session.commit()
    assert traces(session, "林家") == {}
    left = traces(session, public_id)
    assert set(left) == {"audit_entry", "data_request"}  # its public id alone, as proof of what was erased
