"""Letters by LINE: pushed to a platform that speaks its protocol, taken once by their retry key."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from tests.support.line import SECRET, TOKEN, Platform, line_platform, signature, user

from safemap.db.rights import let_the_app_in
from safemap.db.session import engine_for, unit_of_work
from safemap.notifications import service
from safemap.notifications.couriers import Couriers
from safemap.notifications.line import is_from_line
from safemap.notifications.rules import (
    LINE_TEXT_UNITS,
    LINE_TEXTS,
    REFUSALS,
    BadLineId,
    BadLineSetting,
    Channel,
    Letter,
    TextTooLong,
    line_account,
    line_texts,
)
from safemap.notifications.schemas import Delivered
from safemap.settings import Settings


@pytest.fixture
def platform() -> Iterator[Platform]:
    with line_platform() as running:
        yield running


@pytest.fixture
def app(fresh_url: str) -> Iterator[Engine]:
    engine = engine_for(let_the_app_in(fresh_url))
    yield engine
    engine.dispose()


@pytest.fixture
def couriers(platform: Platform) -> Couriers:
    return service.couriers_of(Settings(**platform.settings))


def put(engine: Engine, number: int = 1, **changes: Any) -> None:
    said = {"subject": "通報 {number} 已修好", "body": "路燈亮了。", "values": {"number": number}, **changes}
    with unit_of_work(engine) as session:
        service.send(
            session, Letter(user(number), "news", "zh-Hant", channel=Channel.LINE, is_repeatable=False, **said)
        )


def outcome(engine: Engine) -> tuple[bool, bool, str]:
    with unit_of_work(engine) as session:
        [row] = service.outbox(session)
        return row.sent_at is not None, row.failed_at is not None, row.last_error


def test_a_letter_is_pushed_as_text_with_a_retry_key(app: Engine, platform: Platform, couriers: Couriers) -> None:
    put(app)
    assert service.deliver_waiting(app, couriers) == Delivered(sent=1)
    [push] = platform.accepted
    assert (push.to, push.texts) == (user(1), ["通報 1 已修好\n\n路燈亮了。"])
    assert outcome(app) == (True, False, "")


@pytest.mark.parametrize("planned", ["take and hang up", (500, {}, "Internal Server Error")])
def test_an_answer_that_was_not_heard_is_asked_for_again_by_the_same_key(
    app: Engine, platform: Platform, couriers: Couriers, planned: Any
) -> None:
    put(app)
    platform.next_answers.append(planned)
    assert service.deliver_waiting(app, couriers) == Delivered(postponed=1)
    assert service.deliver_waiting(app, couriers, at_once=True) == Delivered(sent=1)
    assert len(platform.accepted) == 1
    assert platform.requests == 2
    assert platform.repeats == (planned == "take and hang up")
    assert outcome(app) == (True, False, "")


def test_too_many_at_once_rests_the_channel_as_long_as_line_says(
    app: Engine, platform: Platform, couriers: Couriers
) -> None:
    for number in (1, 2, 3):
        put(app, number)
    platform.next_answers.append((429, {"Retry-After": "120"}, "The API rate limit has been exceeded."))
    now = datetime.now(UTC)
    assert service.deliver_waiting(app, couriers, now=now) == Delivered(postponed=1)
    assert platform.requests == 1  # the others are not tried
    assert service.deliver_waiting(app, couriers, now=now + timedelta(seconds=119)) == Delivered()
    assert service.deliver_waiting(app, couriers, now=now + timedelta(seconds=121)) == Delivered(sent=3)


def test_a_used_up_quota_is_told_and_nothing_is_given_up(app: Engine, platform: Platform, couriers: Couriers) -> None:
    put(app)
    now = datetime.now(UTC)
    for day in range(20):
        platform.next_answers.append((429, {}, "You have reached your monthly limit."))
        at = now + timedelta(days=day)
        assert service.deliver_waiting(app, couriers, now=at) == Delivered(postponed=1)
    assert outcome(app) == (False, False, "429: the month's quota is used up")
    at = now + timedelta(days=20)
    assert service.deliver_waiting(app, couriers, now=at) == Delivered(sent=1)


@pytest.mark.parametrize(
    ("planned", "done", "why"),
    [
        ((400, {}, f"{user(1)} is not valid"), Delivered(failed=1), "400"),
        ((404, {}, "Not found"), Delivered(failed=1), "404"),
        ((401, {}, "Authentication failed"), Delivered(postponed=1), "401: the channel access token is refused"),
        ((503, {"Retry-After": "soon"}, "later"), Delivered(postponed=1), "503"),
        ("hang up", Delivered(postponed=1), "no answer: RemoteDisconnected"),
        ((409, {}, "accepted before"), Delivered(sent=1), ""),
    ],
)
def test_what_line_answers(
    app: Engine, platform: Platform, couriers: Couriers, planned: Any, done: Delivered, why: str
) -> None:
    put(app)
    platform.next_answers.append(planned)
    assert service.deliver_waiting(app, couriers) == done
    assert outcome(app)[2] == why


def test_line_that_is_out_of_reach_loses_nothing(app: Engine) -> None:
    put(app)
    away = service.couriers_of(Settings(line_url="http://127.0.0.1:1", line_channel_token=TOKEN))
    assert service.deliver_waiting(app, away) == Delivered(postponed=1)
    assert outcome(app) == (False, False, "server: ConnectionRefusedError")


def test_server_errors_end_in_giving_up(app: Engine, platform: Platform, couriers: Couriers) -> None:
    put(app)
    now = datetime.now(UTC)
    platform.next_answers += [(500, {}, "no")] * REFUSALS
    for _ in range(REFUSALS - 1):
        assert service.deliver_waiting(app, couriers, now=now) == Delivered(postponed=1)
        now += timedelta(hours=1)
    assert service.deliver_waiting(app, couriers, now=now) == Delivered(failed=1)


def test_a_key_that_line_has_forgotten_is_not_used_again(app: Engine, platform: Platform, couriers: Couriers) -> None:
    put(app, 1)
    put(app, 2)
    # The first may have been taken, the second was refused; both were tried a day ago.
    platform.next_answers += ["take and hang up", (429, {}, "rate")]
    day_ago = datetime.now(UTC) + timedelta(seconds=1)
    assert service.deliver_waiting(app, couriers, now=day_ago) == Delivered(postponed=2)
    with app.connect() as connection:
        [before, _] = connection.scalars(text("SELECT attempt_id FROM message ORDER BY id DESC")).all()
    now = day_ago + timedelta(hours=25)
    assert service.deliver_waiting(app, couriers, now=now) == Delivered(sent=1, failed=1)
    assert [push.to for push in platform.accepted] == [user(1), user(2)]
    assert platform.accepted[1].key != str(before)


# --- Texts, ids, settings ---------------------------------------------------------------------------------------------


@given(st.text(st.characters(codec="utf-8"), max_size=30), st.integers(1, 900))
def test_long_texts_are_cut_between_lines_and_characters(word: str, times: int) -> None:
    try:
        texts = line_texts("", word * times)
    except TextTooLong:
        assert len((word * times).encode("utf-16-le")) // 2 > LINE_TEXT_UNITS
        return
    assert len(texts) <= LINE_TEXTS
    assert all(0 < len(text.encode("utf-16-le")) // 2 <= LINE_TEXT_UNITS for text in texts)
    assert re.sub(r"\s", "", "".join(texts)) == re.sub(r"\s", "", word * times)


def test_a_text_is_cut_at_a_line_break_if_there_is_one() -> None:
    line = "一" * 2999
    assert line_texts("", f"{line}\n{line}\n{line}") == [line, line, line]
    assert [len(text) for text in line_texts("", "🙂" * 5000)] == [2500, 2500, 2500][:2]
    assert line_texts("主旨", "") == ["主旨"]
    with pytest.raises(TextTooLong):
        line_texts("", "一" * (LINE_TEXT_UNITS * LINE_TEXTS + 1))


@pytest.mark.parametrize("to", ["", "mei@example.org", "U123", "u" + "0" * 32, "U" + "G" * 32, user(1) + "\n"])
def test_an_id_that_is_none_is_refused(app: Engine, to: str) -> None:
    with pytest.raises(BadLineId), unit_of_work(app) as session:
        service.send(session, Letter(to, "news", "en", "x", "y", channel=Channel.LINE))


@pytest.mark.parametrize(
    ("url", "token"),
    [
        ("http://api.line.me", TOKEN),
        ("ftp://127.0.0.1", TOKEN),
        ("https://", TOKEN),
        ("https://api.line.me/v2", TOKEN),
        ("https://api.line.me:port", TOKEN),
        ("https://api.line.me", "secret\r\nHost: elsewhere"),
        ("https://api.line.me", "祕密"),
    ],
)
def test_a_line_setting_that_cannot_be_used_is_refused_without_its_token(url: str, token: str) -> None:
    with pytest.raises(BadLineSetting, match=r"SAFEMAP_\w+ cannot be used") as refused:
        line_account(url, token)
    assert token not in str(refused.value)
    assert TOKEN not in repr(line_account("https://api.line.me", TOKEN))


def test_a_demo_sends_nothing_by_line() -> None:
    assert service.couriers_of(Settings(line_channel_token=TOKEN)).channels == (Channel.LINE,)
    assert service.couriers_of(Settings(line_channel_token=TOKEN, demo=True)).channels == ()


def test_only_lines_own_calls_are_believed() -> None:
    body = b'{"events":[{"type":"follow"}]}'
    assert is_from_line(body, signature(body), SECRET)
    assert not is_from_line(body + b" ", signature(body), SECRET)
    assert not is_from_line(body, signature(body, "another"), SECRET)
    assert not is_from_line(body, "", SECRET)
    assert not is_from_line(body, "簽章", SECRET)
    assert not is_from_line(body, signature(body, ""), "")
