"""Addresses as the police's lists write them: one spelling for many, and their parts."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from safemap.geo.addresses import (
    StreetName,
    from_chinese,
    in_chinese,
    normalised,
    read_address,
    read_street,
)

SIGNS = "臺台北市大安區里鄰路街段巷弄號之第至口~～－-（）()０１２3 　〇一二三十百零"
TEXTS = st.text(st.sampled_from(SIGNS + string.digits), max_size=24)
STREETS = st.builds(
    StreetName,
    road=st.sampled_from(["復興南路", "和平東路", "師大路", "臥龍街", "市民大道", "民族西路", "八德路"]),
    section=st.none() | st.integers(1, 12),
    lane=st.just("") | st.integers(1, 999).map(str) | st.just("12之1"),
    alley=st.just("") | st.integers(1, 99).map(str),
)


@pytest.mark.parametrize(
    "text",
    [
        "臺北市大安區復興南路二段361~390號",
        "台北市大安區復興南路2段361 ~ 390號",
        "台北市大安區復興南路２段３６１～３９０號",
        " 臺北市大安區 復興南路二段 361 ～ 390 號",
        "臺北市大安區復興南路二2段361-390號",
        "臺北市大安區復興南路二段(公園旁)361—390號",
        "臺北市大安區復興南路二段第361至390號",
    ],
)
def test_one_address_in_many_spellings(text: str) -> None:
    assert normalised(text) == "臺北市大安區復興南路二段361~390號"


def test_a_smaller_number_behind_a_dash_is_part_of_a_house() -> None:
    assert normalised("復興南路1段219-1號") == "復興南路一段219之1號"
    assert normalised("復興南路1段1-30號") == "復興南路一段1~30號"


def test_numerals_that_differ_are_left_as_they_stand() -> None:
    assert normalised("中華路一2段") == "中華路一2段"
    assert read_address("臺北市萬華區中華路一2段1~30號").is_unclear


@given(TEXTS)
@example("１第２段")
@example("台(台(北)市)一第1段")
def test_to_write_it_twice_in_one_way_changes_nothing(text: str) -> None:
    once = normalised(text)
    assert normalised(once) == once


@given(st.text(max_size=12))
def test_any_text_can_be_read(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)
    assert read_address(text) == read_address(normalised(text))


@given(STREETS, st.booleans())
def test_a_street_is_read_as_it_is_spelt_in_either_numerals(street: StreetName, in_arabic: bool) -> None:
    spelt = str(street)
    if in_arabic and street.section is not None:
        spelt = spelt.replace(f"{in_chinese(street.section)}段", f" {street.section} 段")
    assert read_street(spelt) == street
    assert read_address(f"台北市大安區龍泉里{spelt}1 ~ 30號").street == street


@given(st.integers(1, 999))
def test_chinese_numerals_there_and_back(number: int) -> None:
    assert from_chinese(in_chinese(number)) == number


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("一百零三", 103),
        ("一百二十", 120),
        ("二六六", 266),
        ("兩", None),
        ("", None),
    ],
)
def test_chinese_numerals(words: str, number: int | None) -> None:
    assert from_chinese(words) == number


# Shapes of the published lists: text, village, street, the other street, at a mouth, house numbers.
@pytest.mark.parametrize(
    ("text", "village", "street", "crossing", "at_mouth", "houses"),
    [
        ("台北市大安區臥龍街188巷1~30號", "", "臥龍街188巷", "", False, (1, 30)),
        ("台北市大安區住安里四維路124巷1~30號", "住安里", "四維路124巷", "", False, (1, 30)),
        ("台北市大安區光信里5鄰光復南路421~450號", "光信里", "光復南路", "", False, (421, 450)),
        ("台北市文山區木柵里029鄰木柵路3段102巷1 ~ 30號", "木柵里", "木柵路三段102巷", "", False, (1, 30)),
        ("台北市北投區豐年里大業路527巷第1 ~ 30號", "豐年里", "大業路527巷", "", False, (1, 30)),
        ("台北市中山區北安路569之1 ~ 30號", "", "北安路", "", False, (569, 569)),
        ("台北市松山區八德路三3段1~30號", "", "八德路三段", "", False, (1, 30)),
        ("台北市大安區復興南路１段２１９號之１", "", "復興南路一段", "", False, (219, 219)),
        ("台北市大安區敦煌里仁愛路四段266巷", "敦煌里", "仁愛路四段266巷", "", False, (None, None)),
        ("台北市文山區景華里景興路46弄景興國中大門旁停車格", "景華里", "景興路46弄", "", False, (None, None)),
        ("台北市中正區愛國東路上", "", "愛國東路", "", False, (None, None)),
        ("台北市大安區信義路敦化南路口", "", "信義路", "敦化南路", False, (None, None)),
        ("台北市大安區福住里新生南路與金華街口", "福住里", "新生南路", "金華街", False, (None, None)),
        ("台北市大同區重慶北路歸綏街", "", "重慶北路", "歸綏街", False, (None, None)),
        ("台北市中山區市民大道與中山北路口西北角", "", "市民大道", "中山北路", False, (None, None)),
        ("台北市文山區景慶里景福街223巷口", "景慶里", "景福街223巷", "", True, (None, None)),
        ("台北市內湖區康樂街151巷巷口人行道", "", "康樂街151巷", "", True, (None, None)),
        ("台北市文山區萬年里羅斯福路五段170巷公館街口", "萬年里", "羅斯福路五段170巷", "公館街", False, (None, None)),
        ("台北市士林區中山北路五段61~90號劍潭捷運站1號出口", "", "中山北路五段", "", False, (61, 90)),
        ("台北市信義區忠孝東路五段市府捷運站", "", "忠孝東路五段", "", False, (None, None)),
        ("台北市內湖區潭美街潭美街上編號154停車格", "", "潭美街", "", False, (None, None)),
        ("台北市大同區國慶里民族西路252(大同公園）巷", "國慶里", "民族西路252巷", "", False, (None, None)),
        ("新北市八里區八里大道100號", "", "八里大道", "", False, (100, 100)),
        ("桃園市平鎮區環南路100號", "", "環南路", "", False, (100, 100)),
        ("臺北市市民大道六段", "", "市民大道六段", "", False, (None, None)),
        ("苗栗縣三義鄉廣盛村中正路十二巷3號", "廣盛村", "中正路12巷", "", False, (3, 3)),
    ],
)
def test_addresses_of_published_lists(
    text: str, village: str, street: str, crossing: str, at_mouth: bool, houses: tuple[int | None, int | None]
) -> None:
    read = read_address(text)
    assert (read.village, str(read.street), str(read.crossing or "")) == (village, street, crossing)
    assert (read.is_at_mouth, (read.first, read.last)) == (at_mouth, houses)
    assert not read.is_unclear


@pytest.mark.parametrize(
    "text",
    [
        "台北市萬華區西門站",
        "台北市大安區龍門里捷運大安森林公園站1 ~ 30號出口",
        "台北市中正區黎明里1 ~ 30號",
        "台北市中山區劍南路捷運站",
        "台北市南港區東明里家樂福前",
        "台北市中正區台北車站東側人行道自行車架處路",
        "",
    ],
)
def test_a_landmark_is_no_street(text: str) -> None:
    assert read_address(text).street is None


@pytest.mark.parametrize(
    "text",
    [
        r"台北市文山區景慶里景福街\弄151 ~ 180號",
        "台北市中正區市民大道路3段1 ~ 30號",
        "台北市大同區延平北路4段接五段停車格",
    ],
)
def test_a_street_that_cannot_be_read_whole_is_unclear(text: str) -> None:
    assert read_address(text).is_unclear


def test_the_parts_before_the_street() -> None:
    read = read_address("台北市大安區光信里5鄰光復南路421~450號")
    assert (read.county, read.town, read.village, read.neighbourhood) == ("臺北市", "大安區", "光信里", 5)


def test_broader_streets_and_where_a_lane_begins() -> None:
    alley = StreetName("仁愛路", 4, "300", "31")
    assert [str(street) for street in alley.and_broader()] == ["仁愛路四段300巷31弄", "仁愛路四段300巷", "仁愛路四段"]
    assert [str(street) for street in StreetName("景興路", alley="46").and_broader()] == ["景興路46弄", "景興路"]
    assert str(read_address("台北市大安區仁愛路四段300巷31弄口").meeting) == "仁愛路四段300巷"
    assert read_address("台北市大安區仁愛路四段300巷31弄").meeting is None


def test_names_of_other_forms_are_names_all_the_same() -> None:
    assert read_street("主步道") == StreetName("主步道")
    assert read_street("公園巷5弄") == StreetName("公園巷", alley="5")
    assert read_street("金山南路二段10巷 4弄") == StreetName("金山南路", 2, "10", "4")
