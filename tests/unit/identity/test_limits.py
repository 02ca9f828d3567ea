"""A limit lets so many through at once and as many again within its time, never more, and says how long to wait."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safemap.identity.limits import Limit, after_one
from safemap.web import limits as web_limits
from safemap.web.limits import Counter

THREE = Limit("three", 3, timedelta(seconds=60))


def test_three_at_once_and_then_one_every_twenty_seconds() -> None:
    counter = Counter(THREE)
    assert [counter.wait_s("a", 1000.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert counter.wait_s("a", 1000.0) == pytest.approx(20.0)
    assert counter.wait_s("a", 1019.9) == pytest.approx(0.1)
    assert counter.wait_s("a", 1020.0) == 0.0  # the very moment counts
    assert counter.wait_s("a", 1020.0) == pytest.approx(20.0)
    assert counter.wait_s("b", 1000.0) == 0.0  # another asker


def test_what_was_refused_costs_nothing() -> None:
    counter = Counter(THREE)
    for _ in range(3):
        counter.wait_s("a", 0.0)
    for _ in range(100):
        counter.wait_s("a", 1.0)
    assert counter.wait_s("a", 20.0) == 0.0


@given(
    at_once=st.integers(1, 20),
    within_s=st.integers(1, 3600),
    gaps_s=st.lists(st.floats(0, 100, allow_nan=False), max_size=100),
)
def test_no_span_of_its_time_sees_more_than_twice_the_limit_nor_any_pause_less(
    at_once: int, within_s: int, gaps_s: list[float]
) -> None:
    limit = Limit("some", at_once, timedelta(seconds=within_s))
    used_until_s, now_s = 0.0, 1_000_000.0
    passed: list[float] = []
    for gap_s in gaps_s:
        now_s += gap_s
        reached_s, wait_s = after_one(used_until_s, now_s, limit)
        if wait_s == 0.0:
            used_until_s = reached_s
            passed.append(now_s)
        else:
            after_wait = after_one(used_until_s, now_s + wait_s + 1e-6, limit)
            assert after_wait[1] == 0.0  # who waits as told is let through
    for began_s in passed:
        span = [at_s for at_s in passed if began_s <= at_s < began_s + within_s - 1e-6]
        assert len(span) <= 2 * at_once


def test_a_factor_multiplies_and_leaves_at_least_one() -> None:
    assert THREE.times(2).at_once == 6
    assert THREE.times(0.01).at_once == 1
    assert THREE.times(1) == THREE


def test_the_memory_of_addresses_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_limits, "ASKERS_KEPT", 100)
    counter = Counter(THREE)
    for number in range(90):
        counter.wait_s(str(number), 0.0)
    for number in range(1000, 1020):
        counter.wait_s(str(number), 100.0)  # the old ones are forgotten
    assert len(counter._used_until_s) <= 30
    loud = Counter(THREE)
    for _ in range(3):
        loud.wait_s("loud", 0.0)
    for number in range(1000):  # an attack from very many addresses does not make room for the loudest
        loud.wait_s(str(number), 0.0)
    assert len(loud._used_until_s) <= 100
    assert loud.wait_s("loud", 0.0) > 0.0
