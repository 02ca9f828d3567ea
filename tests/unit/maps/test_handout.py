"""The PDF itself: pages, words, fonts, the QR code, true lengths, what fits and what does not."""

import io
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pypdf
import pytest
import shapely
from PIL import Image
from tests.support.sheets import REASONS, empty_scene, facts, full_scene, plane_and_corner

from safemap.geo.crs import GEOD
from safemap.hazards.categories import CATEGORIES
from safemap.i18n import translations
from safemap.maps.handout import make_handout, said_day, village_url
from safemap.maps.rules import FORMATS, GlyphsMissing, Paper
from safemap.maps.scale import frame_for
from safemap.maps.scene import Scene, Views

BLUE = (28, 82, 128)
needs_poppler = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is not installed")
needs_zbar = pytest.mark.skipif(shutil.which("zbarimg") is None, reason="zbar-tools is not installed")


def printed(scene: Scene, paper: Paper = Paper.A3, language: str = "zh-Hant", **said: object) -> bytes:
    plane, _ = plane_and_corner()
    frame = frame_for(plane.to_lonlat(scene.area), "榕樹里", FORMATS[paper])
    return make_handout(scene, frame, facts(**said), paper, language)


def words_of(pdf: bytes) -> str:
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    return re.sub(r"\s+", "", text)


def picture(pdf: bytes, folder: Path, dpi: int, *, grey: bool = False) -> Path:
    (folder / "sheet.pdf").write_bytes(pdf)
    command = ["pdftoppm", "-r", str(dpi), "-png", *(["-gray"] if grey else []), "-f", "1", "-l", "1", "-singlefile"]
    subprocess.run([*command, "sheet.pdf", "sheet"], cwd=folder, check=True)
    return folder / "sheet.png"


@pytest.fixture(scope="module")
def a3() -> bytes:
    return printed(full_scene())


def test_a3_lies_on_one_page_and_says_everything(a3: bytes) -> None:
    (page,) = pypdf.PdfReader(io.BytesIO(a3)).pages
    assert [float(side) * 25.4 / 72 for side in page.mediabox[2:]] == pytest.approx([420, 297], abs=0.1)
    words = words_of(a3)
    for expected in (
        "深夜有3處治安死角",
        "榕樹里",
        "示範市示範區",
        "虛構資料",
        "資料截至民國115年10月30日",
        "民國115年11月24日製作",
        "1:2,000",
        re.sub(r"\s", "", REASONS),
        "上次會議決定的事",
        "僅供社區成員使用",
        "110",
        "safemap.example/villages/demo-banyan",
        "榕樹公園",
        "這裡沒有路燈資料",
    ):
        assert expected in words, expected


@pytest.mark.parametrize("language", ["zh-Hant", "en"])
@pytest.mark.parametrize(("paper", "pages"), [(Paper.A3, 1), (Paper.A4, 2)])
def test_all_kinds_at_once_are_told_by_family_each_with_its_letter(paper: Paper, pages: int, language: str) -> None:
    codes = np.array([category.code for category in CATEGORIES], dtype=object)
    scene = full_scene()
    kinds = np.resize(codes, len(scene.reports.xy))
    pdf = printed(replace(scene, reports=replace(scene.reports, kinds=kinds)), paper, language)
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) == pages
    words, say = words_of(pdf), translations(language).gettext
    for category in CATEGORIES:
        assert re.sub(r"\s", "", f"{category.letter} {say(category.name)}") in words


def test_a4_has_the_map_on_the_first_page_and_the_list_on_the_second() -> None:
    pdf = printed(full_scene(), Paper.A4, "en")
    first, second = pypdf.PdfReader(io.BytesIO(pdf)).pages
    assert [float(side) * 25.4 / 72 for side in first.mediabox[2:]] == pytest.approx([210, 297], abs=0.1)
    assert "What we decided last time" in second.extract_text()
    assert "Open reports" in first.extract_text()
    assert "24 November 2026" in first.extract_text()


def test_it_is_tagged_and_knows_its_language_and_title(a3: bytes) -> None:
    root = pypdf.PdfReader(io.BytesIO(a3)).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "zh-Hant"
    assert pypdf.PdfReader(io.BytesIO(a3)).metadata.title == "深夜有 3 處治安死角"


@needs_poppler
def test_every_font_is_embedded_and_has_taiwans_forms(a3: bytes, tmp_path: Path) -> None:
    (tmp_path / "sheet.pdf").write_bytes(a3)
    listed = subprocess.run(
        ["pdffonts", "sheet.pdf"], cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout.splitlines()[2:]
    assert listed
    for line in listed:
        assert re.search(r"(CJK-TC|Sans-TC)", line), line
        assert line.split()[-5:-2] == ["yes", "yes", "yes"], line


@needs_poppler
@needs_zbar
@pytest.mark.parametrize("dpi", [100, 150, 200])
def test_the_code_leads_to_the_page_from_a_bad_copy_too(a3: bytes, tmp_path: Path, dpi: int) -> None:
    read = subprocess.run(
        ["zbarimg", "-q", "--raw", str(picture(a3, tmp_path, dpi, grey=True))],
        check=True,
        capture_output=True,
        text=True,
    )
    assert read.stdout.strip() == "https://safemap.example/villages/demo-banyan"


def test_the_code_holds_an_address_and_nothing_else() -> None:
    assert village_url("https://a.example", "town-臺北市大安區") == (
        "https://a.example/villages/town-%E8%87%BA%E5%8C%97%E5%B8%82%E5%A4%A7%E5%AE%89%E5%8D%80"
    )


@needs_poppler
def test_two_points_and_the_bar_are_as_far_apart_as_on_the_earth(tmp_path: Path) -> None:
    plane, corner = plane_and_corner()
    xy = corner + np.array([[40.0, 60.0], [350.0, 330.0]])
    seen = Views(xy, np.full(2, np.nan), np.full(2, 60.0), np.full(2, 0.5), np.ones(2, dtype=np.bool_))
    pdf = printed(replace(empty_scene(), cameras=seen))
    pixels = np.asarray(Image.open(picture(pdf, tmp_path, 300)).convert("RGB")).astype(int)
    mm_per_pixel = 25.4 / 300
    rows, columns = np.nonzero(np.abs(pixels - BLUE).sum(axis=2) < 30)
    on_map = (rows < 3050) & (columns < 3100)  # the legend has a blue camera too
    left = on_map & (columns < np.median(columns[on_map]))
    right = on_map & ~left
    across = (columns[left].mean() - columns[right].mean()) * mm_per_pixel
    along = (rows[left].mean() - rows[right].mean()) * mm_per_pixel
    lonlat = plane.to_lonlat_all(shapely.points(xy))
    _, _, ground_m = GEOD.inv(lonlat[0].x, lonlat[0].y, lonlat[1].x, lonlat[1].y)
    assert np.hypot(across, along) * 2000 / 1000 == pytest.approx(ground_m, rel=0.005)

    strip = (pixels[3170:3290, 560:1200].sum(axis=2) < 150).sum(axis=1)
    bar = np.flatnonzero(pixels[3170 + int(np.argmax(strip)), 560:1200].sum(axis=1) < 300)
    bar_mm = (bar.max() - bar.min()) * mm_per_pixel
    assert bar_mm * 2000 / 1000 == pytest.approx(50.0, rel=0.01)


def test_a_list_too_long_for_the_sheet_goes_on_honestly() -> None:
    scene = full_scene()
    many = tuple(replace(scene.zones[place % 3], number=place + 1, reasons=REASONS * 3) for place in range(30))
    pdf = printed(replace(scene, zones=many), zone_count=34)
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) == 1
    words = words_of(pdf)
    listed = int(re.search(r"深夜有(\d+)處", words)[1])
    assert 3 <= listed < 30
    assert f"另有{34 - listed}處列在網頁上" in words
    assert "上次會議決定的事" in words


def test_nothing_known_still_makes_a_sheet_that_teaches() -> None:
    words = words_of(printed(empty_scene(), title=lambda _: "還沒有通報", zone_count=0))
    assert "還沒有通報" in words
    assert "晚上走一條巷子" in words
    assert "僅供社區成員使用" not in words


def test_counts_are_shown_where_there_are_too_few_for_zones() -> None:
    pdf = printed(empty_scene(), by_category=(("lighting", "太暗", 7),), by_street=(("永和巷", 4),), zone_count=0)
    assert "太暗7" in words_of(pdf)
    assert "永和巷4" in words_of(pdf)


def test_three_hundred_reports_fit() -> None:
    pdf = printed(full_scene(reports=300))
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) == 1
    assert "（300）" in words_of(pdf)
    assert len(pdf) < 3_000_000


@pytest.mark.parametrize("where", ["name", "reasons"])
def test_a_character_that_the_font_lacks_stops_the_print(where: str) -> None:
    scene = full_scene()
    zones = (replace(scene.zones[0], **{where: "恐龍🦖街"}), *scene.zones[1:])
    with pytest.raises(GlyphsMissing, match="U\\+1F996"):
        printed(replace(scene, zones=zones))


def test_a_rare_name_is_printed() -> None:
    assert "𥕢" in words_of(printed(empty_scene(), area_name="𥕢里", zone_count=0))


def test_words_are_text_and_never_markup() -> None:
    words = words_of(printed(empty_scene(), area_name="<b>里</b>", zone_count=0, attribution='"; } body { x'))
    assert "<b>里</b>" in words


def test_days_are_said_as_readers_say_them() -> None:
    assert said_day(facts().made_on, "zh-Hant") == "民國115年11月24日"
    assert said_day(facts().made_on, "en") == "24 November 2026"
