"""Letters: in the writer's transaction, to a real mail server, repeated by one id or not at all, their texts wiped."""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from tests.support.mail import PASSWORD, USER, MailBox, certificate, mail_box
from tests.support.working import until, work_off
from typer.testing import CliRunner

from safemap.cli.app import command_app
from safemap.db.rights import let_the_app_in
from safemap.db.session import engine_for, unit_of_work
from safemap.notifications import repository, service
from safemap.notifications.couriers import Couriers
from safemap.notifications.mailer import Mailer
from safemap.notifications.rules import (
    REFUSALS,
    BadAddress,
    BadMailSetting,
    BadSubject,
    Channel,
    Letter,
    MailNotConfigured,
    Security,
    checked_address,
    checked_subject,
    mail_server,
    next_attempt,
)
from safemap.notifications.schemas import Delivered, Waiting
from safemap.notifications.tables import Message
from safemap.settings import Settings
from safemap.web.app import create_app

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(autouse=True)
def _trusted(pem: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))


@pytest.fixture
def box(pem: Path) -> Iterator[MailBox]:
    with mail_box(pem) as running:
        yield running


@pytest.fixture
def app(fresh_url: str) -> Iterator[Engine]:
    engine = engine_for(let_the_app_in(fresh_url))
    yield engine
    engine.dispose()


def mailer(box: MailBox, scheme: str = "smtp+plain", user: str = "") -> Couriers:
    server = mail_server(f"{scheme}://{user}localhost:{box.port}", "safemap@example.org")
    return Couriers({Channel.EMAIL: Mailer(server)})


NOBODY = Couriers({})


def letter(number: int = 1, **changes: Any) -> Letter:
    said = {
        "to_address": f"reader{number}@example.org",
        "purpose": "sign-in",
        "language": "zh-Hant",
        "subject": "登入連結 {number}",
        "body": "請開啟 {link}\n.\n.一行\n",
        "values": {"number": number, "link": "https://example.org/s/秘"},
    }
    return Letter(**{**said, **changes})


def put(engine: Engine, *letters: Letter) -> None:
    with unit_of_work(engine) as session:
        for each in letters:
            service.send(session, each)


def states(engine: Engine) -> list[tuple[bool, bool, int, str, str]]:
    with unit_of_work(engine) as session:
        return [
            (row.sent_at is not None, row.failed_at is not None, row.attempts, row.last_error, row.body)
            for row in service.outbox(session)
        ]


# --- Delivering -------------------------------------------------------------------------------------------------------


def test_a_letter_arrives_as_it_was_written_and_its_text_is_wiped(app: Engine, box: MailBox) -> None:
    put(app, letter())
    began = datetime.now(UTC).replace(microsecond=0)
    assert service.deliver_waiting(app, mailer(box)) == Delivered(sent=1)
    [(sender, recipient, mail)] = box.does.letters
    assert "<safemap@example.org>" in sender
    assert "<reader1@example.org>" in recipient
    assert mail["Subject"] == "登入連結 1"
    assert mail.get_content().replace("\r\n", "\n") == "請開啟 https://example.org/s/秘\n.\n.一行\n"
    assert mail.get_content_type() == "text/plain"
    assert (mail["From"], mail["To"]) == ("safemap@example.org", "reader1@example.org")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "zh-Hant"
    assert mail["Message-ID"].endswith("@example.org>")
    assert began <= mail["Date"].datetime <= datetime.now(UTC)
    assert states(app) == [(True, False, 1, "", "")]
    assert service.deliver_waiting(app, mailer(box)) == Delivered()
    assert len(box.does.letters) == 1


@pytest.mark.parametrize(
    ("scheme", "behaviour", "encrypted"),
    [
        ("smtps", {"implicit": True}, True),
        ("smtp", {"offers_starttls": True}, True),
        ("smtp+plain", {"offers_starttls": True}, False),
    ],
)
def test_each_kind_of_way_with_sign_in(
    app: Engine, pem: Path, scheme: str, behaviour: dict[str, Any], encrypted: bool
) -> None:
    with mail_box(pem, wants_sign_in=True, **behaviour) as box:
        put(app, letter())
        assert service.deliver_waiting(app, mailer(box, scheme, f"{USER}:p%40ss%2Fword@")).sent == 1
        assert box.does.was_encrypted == [encrypted]
    assert PASSWORD not in repr(mailer(box, scheme, f"{USER}:p%40ss%2Fword@").of(Channel.EMAIL))


def test_a_server_without_starttls_or_with_anothers_certificate_gets_nothing(
    app: Engine, pem: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(app, letter())
    with mail_box(pem) as box:
        assert service.deliver_waiting(app, mailer(box, "smtp")) == Delivered(postponed=1)
    stranger = certificate(tmp_path, "elsewhere.example.org")
    for implicit, scheme in ((True, "smtps"), (False, "smtp")):
        with mail_box(stranger, implicit=implicit, offers_starttls=True) as box:
            monkeypatch.setenv("SSL_CERT_FILE", str(pem))  # not trusted
            assert service.deliver_waiting(app, mailer(box, scheme), at_once=True) == Delivered(postponed=1)
            monkeypatch.setenv("SSL_CERT_FILE", str(stranger))  # trusted, but for another name
            assert service.deliver_waiting(app, mailer(box, scheme), at_once=True) == Delivered(postponed=1)
            assert box.does.letters == []
    assert states(app)[0][3] == "server: SSLCertVerificationError"


def test_a_server_that_is_away_is_left_alone_for_a_while_and_no_letter_is_given_up(app: Engine, box: MailBox) -> None:
    away = mailer(MailBox(1, box.does))
    put(app, letter(1), letter(2))
    moment = datetime.now(UTC)
    assert service.deliver_waiting(app, away, now=moment) == Delivered(postponed=1)
    assert states(app)[0] == (False, False, 1, "server: ConnectionRefusedError", letter().written()[1])
    assert service.deliver_waiting(app, away, now=moment + timedelta(seconds=20)) == Delivered()  # it rests
    for _ in range(3 * REFUSALS):
        moment += timedelta(minutes=20)
        service.deliver_waiting(app, away, now=moment)
    assert [state[:2] for state in states(app)] == [(False, False), (False, False)]
    later = moment + timedelta(minutes=20)
    assert service.deliver_waiting(app, mailer(box), now=later) == Delivered(sent=2)


def test_waits_double_and_end(app: Engine, box: MailBox) -> None:
    waits = [next_attempt(attempts, NOW) for attempts in range(1, REFUSALS + 1)]
    assert [(wait - NOW).total_seconds() for wait in waits if wait] == [30, 60, 120, 240, 480, 960, 1920]
    assert waits[-1] is None
    box.does.answer_to_recipient = "450 reader1@example.org is busy"
    put(app, letter())
    moment = datetime.now(UTC)
    for attempt in range(1, REFUSALS):
        assert service.deliver_waiting(app, mailer(box), now=moment) == Delivered(postponed=1), attempt
        assert service.deliver_waiting(app, mailer(box), now=moment + timedelta(seconds=29)) == Delivered()
        moment += timedelta(seconds=30 * 2**attempt)
    assert service.deliver_waiting(app, mailer(box), now=moment) == Delivered(failed=1)
    assert states(app) == [(False, True, REFUSALS, "recipient: 450", "")]


@pytest.mark.parametrize(
    ("behaviour", "outcome", "why"),
    [
        ({"answer_to_recipient": "550 no reader1@example.org here"}, Delivered(failed=1), "recipient: 550"),
        ({"answer_to_text": "554 spam from reader1@example.org"}, Delivered(failed=1), "text: 554"),
        ({"answer_to_text": "451 later"}, Delivered(postponed=1), "text: 451"),
        ({"answer_to_text": None}, Delivered(failed=1), "no answer after the text"),
        ({"wants_sign_in": True}, Delivered(failed=1), "sender: 530"),
    ],
)
def test_what_a_server_refuses(app: Engine, box: MailBox, behaviour: Any, outcome: Delivered, why: str) -> None:
    for name, value in behaviour.items():
        setattr(box.does, name, value)
    put(app, letter(1), letter(2))
    done = service.deliver_waiting(app, mailer(box))
    assert done == Delivered(failed=2 * outcome.failed, postponed=2 * outcome.postponed)
    assert [state[3] for state in states(app)] == [why, why]  # one refused letter does not hold up the next
    assert service.deliver_waiting(app, mailer(box)) == Delivered()


def test_many_workers_send_each_letter_once(app: Engine, box: MailBox) -> None:
    put(app, *(letter(number) for number in range(30)))
    with ThreadPoolExecutor(6) as pool:
        rounds = list(pool.map(lambda _: service.deliver_waiting(app, mailer(box)), range(6)))
    assert sum(done.sent for done in rounds) == 30
    assert len({mail["To"] for _, _, mail in box.does.letters}) == len(box.does.letters) == 30


def test_a_living_worker_keeps_its_letter_however_long_it_takes(app: Engine, box: MailBox) -> None:
    box.does.while_taking = threading.Event()
    put(app, letter())
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(service.deliver_waiting, app, mailer(box))
        while not box.does.connections:
            pass
        with app.connect() as connection:
            seen = connection.execute(text("SELECT handed_over_at IS NOT NULL, attempts FROM message")).one()
        assert tuple(seen) == (True, 1)  # committed before the server answers
        late = datetime.now(UTC) + timedelta(minutes=6)
        assert service.deliver_waiting(app, mailer(box), now=late) == Delivered()
        box.does.while_taking.set()
        slow.result()
    assert states(app) == [(True, False, 1, "", "")]


def test_what_a_dead_worker_was_at_is_repeated_with_the_same_id_or_given_up_as_the_letter_says(
    app: Engine, box: MailBox
) -> None:
    put(app, letter(1), letter(2, is_repeatable=True))
    with app.begin() as connection:  # as a worker leaves them that died over them
        connection.execute(
            text("UPDATE message SET handed_over_at = now(), attempts = 1, attempt_id = gen_random_uuid()")
        )
        [_, kept] = connection.scalars(text("SELECT attempt_id FROM message ORDER BY id")).all()
    assert service.deliver_waiting(app, mailer(box)) == Delivered()  # not yet: it might just have begun
    late = datetime.now(UTC) + timedelta(seconds=10)
    assert service.deliver_waiting(app, mailer(box), now=late) == Delivered(sent=1, failed=1)
    [(_, _, mail)] = box.does.letters
    assert mail["Message-ID"] == f"<{kept}@example.org>"
    assert states(app) == [
        (False, True, 1, "interrupted while it was handed over", ""),
        (True, False, 2, "", ""),
    ]


def test_a_worker_that_lost_its_letter_does_not_hand_it_over(
    app: Engine, box: MailBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(app, letter(is_repeatable=True))
    hold = repository.hold

    def hold_late(session: Session, waiting: Waiting) -> bool:  # asleep between claiming and holding
        monkeypatch.setattr(repository, "hold", hold)
        late = datetime.now(UTC) + timedelta(seconds=10)
        assert service.deliver_waiting(app, mailer(box), now=late) == Delivered(sent=1)
        return hold(session, waiting)

    monkeypatch.setattr(repository, "hold", hold_late)
    assert service.deliver_waiting(app, mailer(box)) == Delivered()
    assert len(box.does.letters) == 1


def test_a_silent_server_gets_a_repeatable_letter_again_by_the_same_id(app: Engine, box: MailBox) -> None:
    put(app, letter(is_repeatable=True))
    box.does.answer_to_text = None
    assert service.deliver_waiting(app, mailer(box)) == Delivered(postponed=1)
    box.does.answer_to_text = "250 ok"
    assert service.deliver_waiting(app, mailer(box), at_once=True) == Delivered(sent=1)
    first, second = (mail["Message-ID"] for _, _, mail in box.does.letters)
    assert first == second


def test_a_second_letter_of_one_key_is_not_put_in_and_quiet_hours_are_kept(app: Engine, box: MailBox) -> None:
    morning = datetime.now(UTC) + timedelta(hours=8)
    with unit_of_work(app) as session:
        assert service.send(session, letter(1, dedupe_key="report 1 fixed", not_before=morning))
        assert not service.send(session, letter(2, dedupe_key="report 1 fixed"))
        assert service.send(session, letter(3, dedupe_key="report 2 fixed"))
    assert service.deliver_waiting(app, mailer(box), at_once=True) == Delivered(sent=1)
    assert service.deliver_waiting(app, mailer(box), now=morning + timedelta(seconds=1)) == Delivered(sent=1)
    assert [mail["To"] for _, _, mail in box.does.letters] == ["reader3@example.org", "reader1@example.org"]
    put(app, letter(4, dedupe_key="report 1 fixed"))
    assert service.deliver_waiting(app, mailer(box)) == Delivered()


def test_a_rolled_back_letter_is_never_sent_and_an_expired_one_neither(app: Engine, box: MailBox) -> None:
    with Session(app) as session:
        service.send(session, letter())
        session.rollback()
    put(app, letter(2, kept_for=timedelta(minutes=10)), letter(3))
    assert service.deliver_waiting(app, NOBODY) == Delivered()
    late = datetime.now(UTC) + timedelta(minutes=11)
    assert service.deliver_waiting(app, mailer(box), now=late) == Delivered(sent=1, dropped=1)
    assert [mail["To"] for _, _, mail in box.does.letters] == ["reader3@example.org"]
    gone = service.deliver_waiting(app, NOBODY, now=late + timedelta(days=31))
    assert gone == Delivered(dropped=1)
    assert states(app) == []


def test_neither_addresses_nor_texts_are_logged(
    app: Engine, box: MailBox, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    put(app, letter(1), letter(2))
    box.does.answer_to_recipient = "550 reader1@example.org?"
    service.deliver_waiting(app, mailer(box))
    said = caplog.text + "".join(capfd.readouterr())
    assert "reader" not in said
    assert "登入" not in said


# --- The web app and the command --------------------------------------------------------------------------------------


def configured(fresh_settings: Settings, box: MailBox) -> Settings:
    return fresh_settings.model_copy(
        update={"smtp_url": SecretStr(f"smtp+plain://localhost:{box.port}"), "mail_from": "safemap@example.org"}
    )


def test_the_web_app_delivers_by_itself(fresh_settings: Settings, app: Engine, box: MailBox) -> None:
    settings = configured(fresh_settings, box)
    assert service.is_mail_configured(settings)
    assert not service.is_mail_configured(fresh_settings)
    with TestClient(create_app(settings.model_copy(update={"jobs_in_web": True}), app)):
        put(app, letter())
        until(lambda: states(app)[0][0])
    assert len(box.does.letters) == 1


def test_a_web_app_that_leaves_the_work_to_others_delivers_nothing(
    fresh_settings: Settings, app: Engine, box: MailBox
) -> None:
    settings = configured(fresh_settings, box)
    with TestClient(create_app(settings, app)):
        put(app, letter())
    assert box.does.connections == 0
    work_off(app, settings)
    assert len(box.does.letters) == 1


def test_letters_that_waited_before_a_mail_server_was_configured_are_found(
    fresh_settings: Settings, app: Engine, box: MailBox
) -> None:
    put(app, letter())
    work_off(app, fresh_settings)
    later = datetime.now(UTC) + timedelta(minutes=1)
    for _ in range(2):  # the second time there is a job
        service.look_after_the_outbox(app, mailer(box), now=later)
    with app.connect() as connection:
        jobs = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'notifications.deliver'")
        assert connection.scalar(jobs) == 1
    work_off(app, configured(fresh_settings, box))
    assert len(box.does.letters) == 1


@pytest.fixture
def said(fresh_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    monkeypatch.setenv("SAFEMAP_DATABASE_URL", fresh_settings.database_url)

    def run(*words: str) -> str:
        done = CliRunner().invoke(command_app("outbox"), ["outbox", *words], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    return run


def test_an_operator_reads_letters_out_and_empties_the_outbox(said: Callable[..., str], app: Engine) -> None:
    assert said().startswith("The outbox is empty.")
    put(app, letter(1), letter(2))
    shown = said()
    assert shown.index("登入連結 1") < shown.index("登入連結 2")
    assert "To: reader2@example.org" in shown
    assert "https://example.org/s/秘" in shown
    assert "No mail server is configured" in shown
    assert said("--purge") == "2 letters deleted, 2 of them never sent.\n"
    assert states(app) == []


def test_an_operator_sends_at_once(
    said: Callable[..., str], app: Engine, box: MailBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(app, letter())
    with pytest.raises(MailNotConfigured):
        said("send")
    monkeypatch.setenv("SAFEMAP_SMTP_URL", f"smtp+plain://localhost:{box.port}")
    monkeypatch.setenv("SAFEMAP_MAIL_FROM", "safemap@example.org")
    box.does.answer_to_text = "451 later"
    assert said("send") == "0 sent, 1 will be tried again, 0 given up.\n"
    assert "waits, 1 attempts (text: 451)" in said()
    box.does.answer_to_text = "250 ok"
    assert said("send") == "1 sent, 0 will be tried again, 0 given up.\n"
    assert "sent; its text was wiped" in said()
    assert "秘" not in said()


# --- What is refused --------------------------------------------------------------------------------------------------


def test_words_come_from_the_catalogue_and_finished_texts_stay_as_they_are() -> None:
    assert letter(subject="That is not an e-mail address.", body="{a}", values={"a": "{b}"}).written() == (
        "這不是電子郵件地址。",
        "{b}",
    )
    assert letter(subject="{完}", body="", values={}).written() == ("{完}", "")


@pytest.mark.parametrize("subject", ["x\nBcc: all@example.org", "x\r\ny", "x\u2028y", "x\0", "", "  ", "x" * 201])
def test_a_subject_of_two_lines_is_refused(session: Session, subject: str) -> None:
    with pytest.raises(BadSubject):
        service.send(session, letter(subject="{words}", values={"words": subject, "link": ""}))
    assert session.query(Message).count() == 0


@pytest.mark.parametrize(
    "address",
    [
        "",
        "reader",
        "@example.org",
        "reader@",
        "a b@example.org",
        "a@b@example.org",
        "a@example.org\nBcc: b@example.org",
        "a@example.org\n",
        "a@example.org,b@example.org",
        "<a@example.org>",
        "a@-example.org",
        "a@example..org",
        ".a@example.org",
        "a..b@example.org",
        "讀者@example.org",
        "a@例子.tw",
        "a" * 65 + "@example.org",
        "a@" + "b" * 63 + "." + ".".join(["c" * 63] * 3),
    ],
)
def test_an_address_that_is_none_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(BadAddress) as refused:
        checked_address(address)
    assert str(refused.value).count("@") == 1  # the example's


@pytest.mark.parametrize("address", ["a@example.org", " a@example.org ", "a.b+c@x-y.example.org", "root@localhost"])
def test_an_address_is_taken(address: str) -> None:
    assert checked_address(address) == address.strip()


@given(st.text(max_size=40))
def test_no_address_or_subject_brings_a_line_break_into_the_headers(words: str) -> None:
    for check in (checked_address, checked_subject):
        try:
            taken = check(words)
        except (BadAddress, BadSubject):
            continue
        assert len(taken.splitlines()) == 1


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        ("imap://localhost", "a@example.org"),
        ("smtps://", "a@example.org"),
        ("smtps://host:port", "a@example.org"),
        ("localhost:25", "a@example.org"),
        ("smtp+plain://mail.example.org", "a@example.org"),
        ("smtps://a:%E5%AD%97@mail.example.org", "a@example.org"),
        ("smtps://secret:secret@mail.example.org", "no address"),
    ],
)
def test_a_mail_setting_that_cannot_be_used_is_refused_without_its_password(url: str, sender: str) -> None:
    with pytest.raises(BadMailSetting, match=r"SAFEMAP_\w+ cannot be used") as refused:
        mail_server(url, sender)
    assert "secret" not in str(refused.value)


def test_ports_have_defaults() -> None:
    seen = [mail_server(f"{way.value}://localhost", "a@example.org").port for way in Security]
    assert seen == [465, 587, 25]
