"""How alike words are, in several languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safemap.analysis.wording import Words, likeness


@pytest.mark.parametrize(
    ("one", "other", "thing"),
    [
        ("路燈不亮", "The lamp is out", "lamp"),
        ("有狗會追人", "stray dogs chase people", "dog"),
        ("電線垂下來", "Dây điện rơi xuống", "wire"),
        ("這裡很暗", "Gang ini gelap sekali", "dark"),
        ("監視器壞了", "กล้อง camera is broken", "camera"),
    ],
)
def test_a_thing_is_the_same_in_every_language(one: str, other: str, thing: str) -> None:
    assert thing in likeness(Words(one), Words(other)).shared


@pytest.mark.parametrize(
    ("one", "other"),
    [("12號門口", "１２ 號前面"), ("五巷的燈", "5巷"), ("第二盞燈", "第2盞"), ("lane 51 is dark", "51巷很暗")],
)
def test_numbers_are_read_however_they_are_written(one: str, other: str) -> None:
    found = likeness(Words(one), Words(other))
    assert (found.agree, found.differ) == (1, 0)


@pytest.mark.parametrize(("one", "other"), [("12號門口", "30號門口"), ("51巷", "87巷"), ("第一盞", "第二盞")])
def test_other_numbers_speak_of_other_places(one: str, other: str) -> None:
    assert likeness(Words(one), Words(other)).differ == 1


def test_an_alley_of_one_number_is_no_lane_of_it() -> None:
    assert likeness(Words("12巷"), Words("12弄")).differ == 0


def test_things_that_have_nothing_in_common_are_apart() -> None:
    assert likeness(Words("一台廢棄機車"), Words("舊沙發沒人收")).apart == 1.0
    assert likeness(Words("路燈不亮"), Words("很暗")).apart == 0.0


def test_no_words_are_like_no_words() -> None:
    assert likeness(Words(""), Words("")) == likeness(Words("…！"), Words("路燈"))
    assert likeness(Words(""), Words("")).letters == 0.0


@given(st.text(max_size=40), st.text(max_size=40))
def test_it_does_not_matter_which_comes_first(one: str, other: str) -> None:
    there, back = likeness(Words(one), Words(other)), likeness(Words(other), Words(one))
    assert there == back
    assert 0.0 <= there.letters <= 1.0 + 1e-12


@given(st.text(alphabet="路燈不亮壞了lamp out", min_size=1, max_size=20))
def test_words_are_most_like_themselves(text: str) -> None:
    found = likeness(Words(text), Words(text)).letters
    assert found == pytest.approx(1.0) or found == 0.0
