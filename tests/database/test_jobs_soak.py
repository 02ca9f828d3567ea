"""Thousands of letters, several workers that are killed at random moments: none is lost, none is taken twice."""

import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from tests.support.line import TOKEN, line_platform, user
from tests.support.mail import certificate, mail_box
from tests.support.working import started_worker

from safemap.db.rights import let_the_app_in
from safemap.db.session import engine_for, unit_of_work
from safemap.notifications.rules import Channel, Letter
from safemap.notifications.service import send

LETTERS = 800  # of each of three kinds
WORKERS = 3
KILLS = 12


@pytest.fixture
def app(fresh_url: str) -> Iterator[Engine]:
    engine = engine_for(let_the_app_in(fresh_url))
    yield engine
    engine.dispose()


def put_all(engine: Engine) -> None:
    """By mail news, which may be repeated, and sign-in links, which may not; by LINE news. Each key comes twice."""
    for first in range(0, LETTERS, 100):
        with unit_of_work(engine) as session:
            for number in range(first, first + 100):
                for _ in range(2):
                    news = {"dedupe_key": f"mail {number}", "is_repeatable": True}
                    send(session, Letter(f"news{number}@example.org", "news", "en", "News", "x", **news))
                    link = {"dedupe_key": f"link {number}"}
                    send(session, Letter(f"link{number}@example.org", "sign-in", "en", "Link", "x", **link))
                    line = {"dedupe_key": f"line {number}", "channel": Channel.LINE}
                    send(session, Letter(user(number), "news", "en", "News", "x", **line))


def states(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT CASE WHEN sent_at IS NOT NULL THEN 'sent' WHEN failed_at IS NOT NULL THEN 'failed' "
                "ELSE 'open' END, count(*) FROM message GROUP BY 1"
            )
        )
        return {str(state): int(count) for state, count in rows}


def test_no_letter_is_lost_or_taken_twice_however_workers_die(
    app: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(4)
    put_all(app)
    url = app.url.render_as_string(hide_password=False)
    with mail_box(certificate(tmp_path)) as box, line_platform() as line, ExitStack() as at_the_end:
        # Now and then the other side takes a letter and is not heard, or is not well.
        line.next_answers += [
            chance.choice([None, None, None, "take and hang up", "hang up", (500, {}, "no")]) for _ in range(300)
        ]
        settings = {
            "SAFEMAP_SMTP_URL": f"smtp+plain://localhost:{box.port}",
            "SAFEMAP_MAIL_FROM": "safemap@example.org",
            "SAFEMAP_LINE_URL": f"http://127.0.0.1:{line.port}",
            "SAFEMAP_LINE_CHANNEL_TOKEN": TOKEN,
        }
        began = time.monotonic()
        workers = [started_worker(url, settings) for _ in range(WORKERS)]
        at_the_end.callback(lambda: [(worker.kill(), worker.wait()) for worker in workers])
        kills = 0
        while states(app).get("open", 0):
            assert time.monotonic() - began < 150, states(app)
            if kills < KILLS:
                time.sleep(chance.uniform(0.2, 1.5))
                # Not before it works: one that is killed while it starts proves little.
                victim = chance.randrange(WORKERS)
                workers[victim].send_signal(signal.SIGKILL)
                workers[victim].wait()
                workers[victim] = started_worker(url, settings)
                kills += 1
            else:
                # What was refused waits for half a minute and more; the test does not.
                with app.begin() as connection:
                    connection.execute(
                        text(
                            "UPDATE procrastinate_jobs SET scheduled_at = now() "
                            "WHERE status = 'todo' AND task_name = 'notifications.deliver'"
                        )
                    )
                    connection.execute(text("UPDATE message SET next_attempt_at = now() WHERE next_attempt_at > now()"))
                time.sleep(0.5)
        took = time.monotonic() - began

    by_id = {mail["Message-ID"]: mail["To"] for _, _, mail in box.does.letters}
    arrived = Counter(by_id.values())
    news = {f"news{number}@example.org" for number in range(LETTERS)}
    links = {f"link{number}@example.org" for number in range(LETTERS)}
    assert not news - arrived.keys()  # none lost
    assert max(arrived.values()) == 1  # none twice, as mailboxes count
    handed = Counter(mail["To"] for _, _, mail in box.does.letters)
    assert all(handed[link] <= 1 for link in links)  # these not even with the same id
    assert Counter(push.to for push in line.accepted) == Counter(user(number) for number in range(LETTERS))
    done = states(app)
    assert done["sent"] + done.get("failed", 0) == 3 * LETTERS
    with app.connect() as connection:
        given_up = set(connection.scalars(text("SELECT to_address FROM message WHERE failed_at IS NOT NULL")))
    assert given_up <= links
    assert links - arrived.keys() <= given_up  # what did not arrive, the outbox says
    with capsys.disabled():
        repeats = sum(handed.values()) - len(by_id)
        print(
            f"\n{3 * LETTERS} letters in {took:.0f} s, {3 * LETTERS / took:.0f}/s, {kills} kills: "
            f"{repeats} mails and {line.repeats} pushes repeated by the same id, {len(given_up)} links given up"
        )
