"""The clocks of requests about personal data: due days, the one extension, the equal day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safemap.privacy.rules import (
    DAYS_TO_DECIDE,
    FITTING_REFUSALS,
    NUMBER_LETTERS,
    WAITING,
    Ask,
    State,
    due_on,
    extended_due_on,
    is_overdue,
    new_number,
)

FIRST = date(2026, 11, 1)


@pytest.mark.parametrize(
    ("ask", "due", "longest"),
    [
        (Ask.ACCESS, date(2026, 11, 16), date(2026, 12, 1)),
        (Ask.CORRECTION, date(2026, 12, 1), date(2026, 12, 31)),
        (Ask.STOP, date(2026, 12, 1), date(2026, 12, 31)),
        (Ask.ERASURE, date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_the_day_of_receipt_does_not_count(ask: Ask, due: date, longest: date) -> None:
    assert due_on(ask, FIRST) == due
    assert extended_due_on(ask, due) == longest


@given(st.sampled_from(Ask), st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.sampled_from(State))
def test_a_request_is_late_from_the_day_after_its_due_day_on(ask: Ask, received_on: date, state: State) -> None:
    due = due_on(ask, received_on)
    assert not is_overdue(state, due, due)
    assert is_overdue(state, due, due + timedelta(days=1)) == (state in WAITING)
    assert extended_due_on(ask, due) - received_on == 2 * timedelta(days=DAYS_TO_DECIDE[ask])


def test_every_ask_has_its_reasons_for_refusal() -> None:
    assert set(FITTING_REFUSALS) == set(Ask)
    assert all(FITTING_REFUSALS.values())


def test_a_number_can_be_read_out_and_is_not_a_count() -> None:
    numbers = {new_number() for _ in range(500)}
    assert len(numbers) == 500
    assert not set("01ILO") & set(NUMBER_LETTERS)
    assert all(len(number) == 9 and number[4] == "-" for number in numbers)
