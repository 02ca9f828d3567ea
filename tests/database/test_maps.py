"""Handouts and offline maps of villages in the database."""

import io
import json
import re
from html.parser import HTMLParser

import pypdf
import pytest
import sqlalchemy
from sqlalchemy.orm import Session
from tests.support.neighbourhood import NOW, Neighbourhood
from tests.support.places import add_village

from safemap.basemap.tables import StreetEdge
from safemap.communities.rules import StudyArea
from safemap.communities.service import study_area
from safemap.diagnosis.rules import Period
from safemap.diagnosis.service import diagnose
from safemap.maps.rules import AreaTooLarge, Paper
from safemap.maps.service import handout_pdf, offline_map

SITE = "https://safemap.example"
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}"


@pytest.fixture
def village(session: Session) -> Neighbourhood:
    return Neighbourhood(session, add_village(session))


def dangerous(village: Neighbourhood) -> StudyArea:
    village.lanes()
    village.reports(250, 302, 25, category="lighting", noticed_at="night")
    village.camera(500, 500, kind="fixed", azimuth_deg=90.0)
    village.lamp(100, 100)
    village.building(110, 110, 130, 130)
    village.route((100, 100), (600, 100), start="20:00", end="22:00")
    village.block(400, 400, 480, 480)
    area = study_area(village.session, "榕樹里")
    diagnose(village.session, area, now=NOW)
    return area


def words(pdf: bytes) -> str:
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages))


def handout(village: Neighbourhood, area: StudyArea, **choices: object) -> str:
    return words(handout_pdf(village.session, area, site_url=SITE, printed_by="示範幹事", now=NOW, **choices))


def test_a_handout_says_the_finding_with_its_reasons(village: Neighbourhood) -> None:
    said = handout(village, dangerous(village))
    assert re.search(r"有\d+處治安死角", said)
    assert "橫3巷" in said
    assert "沒有監視器照到" in said
    assert "虛構資料" in said
    assert "safemap.example/villages/T001" in said
    assert "週" not in said.split("巡守")[0]
    assert "每天20:00–22:00" in said


def test_a_period_can_be_chosen(village: Neighbourhood) -> None:
    area = dangerous(village)
    assert "深夜（22:00–06:00）" in handout(village, area, period=Period.NIGHT)
    by_day = handout(village, area, period=Period.DAY)
    assert "白天（06:00–18:00）" in by_day
    assert "深夜" not in by_day


def test_english_and_a4(village: Neighbourhood) -> None:
    said = handout(village, dangerous(village), paper=Paper.A4, language="en", period=Period.NIGHT)
    assert "deadzone" in said
    assert "nocameraseesit" in said
    assert "24November2026" in said


@pytest.mark.parametrize("number", [0, 1, 19])
def test_few_reports_are_counted_and_nothing_is_claimed(village: Neighbourhood, number: int) -> None:
    village.lanes()
    village.reports(250, 302, number)
    area = study_area(village.session, "榕樹里")
    diagnose(village.session, area, now=NOW)
    said = handout(village, area)
    assert ("還沒有通報" if number == 0 else f"目前只有{number}件通報") in said
    assert "死角與編號" not in said


def test_without_a_diagnosis_or_streets_there_is_a_sheet_too(village: Neighbourhood) -> None:
    said = handout(village, study_area(village.session, "榕樹里"))
    assert "尚未診斷治安死角" in said


def test_a_scale_at_which_it_does_not_fit_is_refused(village: Neighbourhood) -> None:
    with pytest.raises(AreaTooLarge, match="1:6,000"):
        handout(village, study_area(village.session, "榕樹里"), scale=1000)


class Loads(HTMLParser):
    """Collects what a page would load, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        self.loaded += [value or "" for name, value in attributes if name in {"src", "href", "srcset", "data"}]


def test_the_offline_page_loads_nothing(village: Neighbourhood) -> None:
    page = offline_map(village.session, dangerous(village), printed_by="示範幹事", now=NOW)
    read = Loads()
    read.feed(page)
    assert [address for address in read.loaded if not address.startswith("#")] == []
    assert "@import" not in page
    assert re.findall(r"url\((?!#)", page.split("</style>")[0]) == []
    assert "default-src 'none'" in page
    assert '<html lang="zh-Hant">' in page
    assert "虛構資料" in page
    for layer in ("街道", "建築物", "治安死角", "監視器", "巡守", "認養區塊", "路燈", "未結案的通報"):
        assert json.dumps(layer)[1:-1] in page, layer


def test_what_people_wrote_stays_text(village: Neighbourhood) -> None:
    village.lanes()
    village.session.execute(sqlalchemy.update(StreetEdge).values(name=HOSTILE))
    village.reports(250, 302, 25, description=HOSTILE)
    area = study_area(village.session, "榕樹里")
    diagnose(village.session, area, now=NOW)
    page = offline_map(village.session, area, printed_by="示範幹事", now=NOW)
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "{{ 7*7 }}" in page.replace("\\u007b", "{")
    assert HOSTILE.split("{{", maxsplit=1)[0] not in page
    assert "<script>alert" in handout(village, area).replace("&lt;", "<")


def test_the_same_data_make_the_same_page(village: Neighbourhood) -> None:
    area = dangerous(village)
    assert offline_map(village.session, area, printed_by="示範幹事", now=NOW) == offline_map(
        village.session, area, printed_by="示範幹事", now=NOW
    )


def test_english_page(village: Neighbourhood) -> None:
    page = offline_map(village.session, dangerous(village), language="en", printed_by="示範幹事", now=NOW)
    assert '<html lang="en">' in page
    assert "Dead zones" in page
    assert "Fictional data" in page


@pytest.mark.parametrize("shown", ["camera", "reports"])
def test_what_helps_a_burglar_is_marked_for_members_even_without_dead_zones(village: Neighbourhood, shown: str) -> None:
    village.lanes()
    area = study_area(village.session, "榕樹里")
    assert "僅供社區成員使用" not in handout(village, area)
    getattr(village, shown)(300, 300)
    assert "僅供社區成員使用" in handout(village, area)
    assert "僅供社區成員使用" in offline_map(village.session, area, printed_by="示範幹事", now=NOW)
