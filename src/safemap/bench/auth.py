"""Signing in: what a password costs, how many people come in, what a request's look-up costs, what guessing gets.

Each figure stands beside its floor in the same run: sign-ins beside bare argon2 verifications by as many threads,
look-ups beside the same rows fetched by bare statements. The clock of the wordlist attack is made up: its quarter of an
hour is what the attempts are counted in, not what it takes.
"""

import statistics
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import psycopg
import shapely
from geoalchemy2.shape import from_shape
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from safemap.bench._scratch import scratch_database
from safemap.bench.measure import Measure
from safemap.communities.tables import Village
from safemap.db.session import engine_for, unit_of_work
from safemap.geo.crs import WGS84
from safemap.identity import signing_in
from safemap.identity.attempts import PER_ACCOUNT, WINDOW
from safemap.identity.keys import Keys
from safemap.identity.passwords import HASHER, hashed_password, is_right
from safemap.identity.rules import Role, ScopeKind, TooManyAttempts, operator
from safemap.identity.schemas import NewPerson, Scope
from safemap.identity.service import add_person, grant_role
from safemap.identity.signing_in import Who
from safemap.identity.tables import Person
from safemap.identity.tokens import hash_of
from safemap.settings import Settings

PEOPLE, VILLAGES = 200, 40
THREADS = 4
RUN_S = 4.0
LOOKUPS = 400
ROUNDS = 5
PASSWORD = "paper lantern river eleven"  # noqa: S105 - of made-up people in a scratch database
GUESSES = 2_000
VERIFY_LIMITS_MS = (10.0, 250.0)
SIGN_IN_SHARE, LOOKUP_TIMES, ATTACKED_SHARE = 0.5, 3.0, 0.5
ATTACKER = Who("192.0.2.66")
NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
SAMPLE = hashed_password(PASSWORD)
KEYS = Keys(b"a key for a scratch database only")

# The rows of a look-up as bare statements: the session with its person, then the roles with their villages.
SESSION_SQL = """
SELECT s.*, p.* FROM sign_in s JOIN person p ON p.id = s.person_id
WHERE (s.token_hash = %(hash)s OR s.last_token_hash = %(hash)s) AND s.ended_at IS NULL AND p.disabled_at IS NULL
"""
ROLES_SQL = """
SELECT g.role, g.scope, array_agg(v.id) FROM role_grant g LEFT JOIN village v ON
    v.id = g.village_id OR v.county = g.county
    OR v.id IN (SELECT village_id FROM community_village c WHERE c.community_id = g.community_id)
    OR v.id IN (SELECT village_id FROM precinct_village c WHERE c.precinct_id = g.precinct_id)
WHERE g.person_id = %(person)s AND g.starts_on <= %(day)s AND (g.ends_on IS NULL OR g.ends_on >= %(day)s)
    AND g.ended_at IS NULL
GROUP BY g.id ORDER BY g.id
"""


def run(settings: Settings) -> list[Measure]:
    """Measure and tell; the scratch database is dropped at the end."""
    with scratch_database(settings) as url:
        engine = engine_for(url)
        _fill(engine)
        verify_ms = _verify_ms()
        bare = _rate(lambda _: is_right(PASSWORD, SAMPLE))
        ours = _rate(lambda number: _sign_in(engine, number))
        looked_up_ms, bare_ms = _lookup_ms(engine, url)
        judged, refused_per_s, attacked = _attack(engine)
    low, high = VERIFY_LIMITS_MS
    return [
        Measure(
            "one password, verified (argon2id, 19 MiB, 2 passes)",
            verify_ms,
            "ms",
            f"{low:.0f} to {high:.0f} ms: dear to guess, cheap to serve",
            low <= verify_ms <= high,
        ),
        Measure(
            f"sign-ins, {THREADS} at once",
            ours,
            "per s",
            f"at least {SIGN_IN_SHARE} of the floor",
            ours >= SIGN_IN_SHARE * bare,
            bare,
            "argon2 alone",
        ),
        Measure(
            "who asks, looked up for a request",
            looked_up_ms,
            "ms",
            f"at most {LOOKUP_TIMES:.0f} × the floor",
            looked_up_ms <= LOOKUP_TIMES * bare_ms,
            bare_ms,
            "bare SELECT of the same rows",
        ),
        Measure(
            f"guesses judged of {GUESSES:,} sent from one network within {WINDOW.seconds // 60} min",
            judged,
            "guesses",
            f"at most {PER_ACCOUNT}",
            judged <= PER_ACCOUNT,
        ),
        Measure("guesses refused", refused_per_s, "per s", "shown", None),
        Measure(
            "honest sign-ins elsewhere during the attack",
            attacked,
            "per s",
            f"at least {ATTACKED_SHARE} of without",
            attacked >= ATTACKED_SHARE * ours,
            ours,
            "without an attack",
        ),
    ]


def _fill(engine: Engine) -> None:
    """Add made-up people, each with a role in some villages of a county."""
    with unit_of_work(engine) as session:
        session.add_all(_village(number) for number in range(VILLAGES))
        session.flush()
        who = operator("bench")
        for number in range(PEOPLE):
            person = add_person(session, NewPerson(email=_email(number), name="Somebody"))
            session.get_one(Person, person.id).password_hash = SAMPLE
            scope = Scope(kind=ScopeKind.COUNTY, county="示範市")
            grant_role(session, who, person.id, Role.FIRE_OFFICER, scope, starts_on=date(2026, 1, 1))


def _village(number: int) -> Village:
    west = 120 + number / 100
    box = shapely.MultiPolygon([shapely.box(west, 24.0, west + 0.009, 24.009)])
    return Village(
        source="bench",
        code=f"B{number}",
        county="示範市",
        town="示範區",
        name=f"{number}里",
        geom=from_shape(box, srid=WGS84),
    )


def _email(number: int) -> str:
    return f"p{number % PEOPLE}@village.example"


def _home(number: int) -> Who:
    return Who(f"10.{number % PEOPLE // 250}.{number % PEOPLE % 250}.7")


def _verify_ms() -> float:
    took = []
    for _ in range(20):
        began = time.perf_counter()
        HASHER.verify(SAMPLE, PASSWORD)
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000


def _rate(do: Callable[[int], object]) -> float:
    """Return how often something is done in a second by some threads, each with numbers of its own."""
    done = [0] * THREADS
    end = time.perf_counter() + RUN_S

    def work(thread: int) -> None:
        number = thread
        while time.perf_counter() < end:
            do(number)
            done[thread] += 1
            number += THREADS

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))
    return sum(done) / RUN_S


def _sign_in(engine: Engine, number: int) -> None:
    with unit_of_work(engine) as session:
        begun = signing_in.sign_in(session, KEYS, _email(number), PASSWORD, _home(number), NOW)
    assert begun is not None


def _lookup_ms(engine: Engine, url: str) -> tuple[float, float]:
    """Return medians of a look-up and of its bare statements, in alternating rounds."""
    tokens = []
    with unit_of_work(engine) as session:
        for number in range(20):
            begun = signing_in.sign_in(session, KEYS, _email(number), PASSWORD, _home(number), NOW)
            assert begun is not None
            tokens.append((begun.token, hash_of(begun.token), begun.person_id))
    ours, bare = [], []
    with psycopg.connect(url) as connection, Session(engine) as session:
        for _ in range(ROUNDS):
            ours.append(_median_ms(lambda n: _looked_up(session, tokens[n % 20][0])))
            bare.append(_median_ms(lambda n: _fetched(connection, *tokens[n % 20][1:])))
    return min(ours), min(bare)


def _median_ms(do: Callable[[int], object]) -> float:
    took = []
    for number in range(LOOKUPS):
        began = time.perf_counter()
        do(number)
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000


def _looked_up(session: Session, token: str) -> None:
    session.expunge_all()  # every request has a session of its own
    found = signing_in.session_of(session, token, NOW)
    assert found is not None
    assert len(found.viewer.grants[0].village_ids or ()) == VILLAGES


def _fetched(connection: psycopg.Connection, hashed: bytes, person_id: int) -> None:
    assert len(connection.execute(SESSION_SQL, {"hash": hashed}).fetchall()) == 1
    rows = connection.execute(ROLES_SQL, {"person": person_id, "day": NOW.date()}).fetchall()
    assert len(rows[0][2]) == VILLAGES


def _attack(engine: Engine) -> tuple[int, float, float]:
    """Send a wordlist from one network while others sign in elsewhere: guesses judged, refused a second, sign-ins."""
    judged, refused, over = 0, 0, threading.Event()
    spacing = WINDOW / (GUESSES + 1)
    took = 0.0

    def attack() -> None:
        nonlocal judged, refused, took
        began = time.perf_counter()
        for number in range(GUESSES):
            try:
                with unit_of_work(engine) as session:
                    guess = f"guess number {number}"
                    signing_in.sign_in(session, KEYS, _email(0), guess, ATTACKER, NOW + number * spacing)
                judged += 1
            except TooManyAttempts:
                refused += 1
            if over.is_set():
                break
        took = time.perf_counter() - began

    attacker = threading.Thread(target=attack)
    attacker.start()
    honest = _rate(lambda number: _sign_in(engine, number))
    attacker.join()
    return judged, refused / took, honest
