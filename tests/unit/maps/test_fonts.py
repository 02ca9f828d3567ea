"""The font of prints: what it has, and what is said when it has not."""

from pathlib import Path

import pytest

from safemap.maps.fonts import find_font, print_font
from safemap.maps.rules import FontMissing, GlyphsMissing


def test_it_has_taiwans_rare_names() -> None:
    assert print_font().missing("𥕢龍泉里鄉龜𠝹埗崁塭磺…①「」／〇") == ""


def test_what_it_lacks_is_named_once_with_its_code() -> None:
    with pytest.raises(GlyphsMissing, match=r"🦖 \(U\+1F996\), 🐉 \(U\+1F409\)") as refused:
        print_font().check(["榕樹里", "龍🦖街🐉🦖"])
    assert "font" in refused.value.remedy


def test_line_breaks_need_no_glyph() -> None:
    print_font().check(["一\n二\t三"])


def test_widths_are_those_of_the_font() -> None:
    font = print_font()
    assert font.width_em("榕樹里") == 3.0
    assert 0.4 < font.width_em("a") < 0.7
    assert font.width_em("") == 0.0


def test_without_a_font_the_package_is_named(tmp_path: Path) -> None:
    with pytest.raises(FontMissing, match="apt-get install fonts-noto-cjk"):
        find_font([tmp_path, tmp_path / "nowhere"])
