"""The font of prints: where it is, how wide its text is, and whether it has every character."""

import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTCollection, TTFont

from safemap.maps.rules import FontMissing, GlyphsMissing

# Families with Taiwan's forms and range, best first; each with the files that distributions ship it in.
FAMILIES = {
    "Noto Sans CJK TC": ("NotoSansCJK-Regular.ttc", "NotoSansCJKtc-Regular.otf"),
    "Noto Sans TC": ("NotoSansTC-Regular.otf", "NotoSansTC-Regular.ttf", "NotoSansTC[wght].ttf"),
    "Source Han Sans TC": ("SourceHanSans.ttc", "SourceHanSansTC-Regular.otf"),
}
INVISIBLE = frozenset("\n\r\t\u200b\u00ad")  # laid out, never drawn
FULL_WIDTH_FROM = 0x2E80  # CJK begins; the fonts draw all of it one em wide


def font_folders() -> list[Path]:
    """Return the folders that fontconfig looks in by default."""
    user = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "fonts"
    return [user, Path.home() / ".fonts", Path("/usr/local/share/fonts"), Path("/usr/share/fonts")]


class PrintFont:
    """One installed font family: its name for CSS, its characters, its widths."""

    def __init__(self, family: str, path: Path) -> None:
        self.family = family
        self._font = _face(path, family)
        self._glyph_of: dict[int, str] = self._font.getBestCmap()
        self._units_per_em: int = self._font["head"].unitsPerEm
        self._metrics: dict[str, tuple[int, int]] = self._font["hmtx"].metrics

    def missing(self, text: str) -> str:
        """Return the characters of a text that the font cannot draw, each once, in their order."""
        return "".join(
            character
            for character in dict.fromkeys(text)
            if ord(character) not in self._glyph_of and character not in INVISIBLE
        )

    def check(self, texts: Iterable[str]) -> None:
        """Refuse texts that would be printed with empty boxes.

        Raises
        ------
        GlyphsMissing
            Some characters have no glyph.
        """
        missing = self.missing("".join(texts))
        if missing:
            raise GlyphsMissing(missing, self.family)

    def width_em(self, text: str) -> float:
        """Return how wide a text is, in its own size."""
        return sum(self._width_em(character) for character in text)

    def _width_em(self, character: str) -> float:
        if ord(character) >= FULL_WIDTH_FROM:
            return 1.0
        glyph = self._glyph_of.get(ord(character), ".notdef")
        return self._metrics[glyph][0] / self._units_per_em


@cache
def print_font() -> PrintFont:
    """Find the font of prints, once.

    Raises
    ------
    FontMissing
        None is installed.
    """
    return find_font(font_folders())


def find_font(folders: Iterable[Path]) -> PrintFont:
    """Find the best family in some folders."""
    found: dict[str, Path] = {}
    for folder in folders:
        for path in folder.rglob("*.[ot]t[cf]") if folder.is_dir() else ():
            found.setdefault(path.name, path)
    for family, names in FAMILIES.items():
        for name in names:
            if name in found:
                return PrintFont(family, found[name])
    raise FontMissing


def _face(path: Path, family: str) -> TTFont:
    if path.suffix != ".ttc":
        return TTFont(path, lazy=True)
    for font in TTCollection(path, lazy=True).fonts:
        if font["name"].getDebugName(1) == family:
            return font
    raise FontMissing
