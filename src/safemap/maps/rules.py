"""Prints of the safety map: papers, round scales, and what is refused."""

from dataclasses import dataclass
from enum import StrEnum

from safemap.errors import InvalidInput, OutsideFailure


class Paper(StrEnum):
    """Sheets that a village office can copy."""

    A4 = "A4"
    A3 = "A3"


@dataclass(frozen=True)
class SheetFormat:
    """Where things stand on a sheet, in millimetres.

    Parameters
    ----------
    width_mm, height_mm
        Of the paper, as it is turned.
    map_width_mm, map_height_mm
        Of what is drawn inside the map's frame; the grid's last row or column may be cut.
    list_width_mm
        Of the list beside the map; 0: the list follows on the next page.
    foot_mm
        Above the lower margin, for one or two lines at the foot of each page.
    """

    paper: Paper
    width_mm: float
    height_mm: float
    map_width_mm: float
    map_height_mm: float
    square_mm: float
    list_width_mm: float
    foot_mm: float


# A3 lies: map on two thirds, list beside it. A4 stands: map on the first page, list on the second.
FORMATS = {
    Paper.A3: SheetFormat(Paper.A3, 420.0, 297.0, 240.0, 220.0, 40.0, 140.0, 5.0),
    Paper.A4: SheetFormat(Paper.A4, 210.0, 297.0, 175.0, 166.0, 35.0, 0.0, 9.0),
}
MARGIN_MM = 12.0  # copiers and office printers leave up to 8 mm white
BAND_MM = 5.0  # around the map, for the letters and numbers of the grid

ROUND_SCALES = (
    1_000, 1_500, 2_000, 2_500, 3_000, 4_000, 5_000, 6_000, 7_500, 8_000, 10_000, 12_500, 15_000, 20_000,
    25_000, 30_000, 40_000, 50_000, 75_000, 100_000, 200_000, 500_000, 1_000_000,
)  # fmt: skip
LARGEST_SCALE, SMALLEST_SCALE = 200, 1_000_000  # a scale is larger the smaller its number


class ScaleImpossible(InvalidInput):
    """No map can be printed at that scale."""

    def __init__(self, denominator: int) -> None:
        super().__init__(
            "A map cannot be printed at 1:{denominator}.",
            remedy="Choose a number from {largest} to {smallest}, for example 2500.",
            field="scale",
            denominator=denominator,
            largest=LARGEST_SCALE,
            smallest=SMALLEST_SCALE,
        )


class AreaTooLarge(InvalidInput):
    """The area does not fit on the paper at the wanted scale."""

    def __init__(self, area: str, paper: Paper, denominator: int, fitting: int) -> None:
        super().__init__(
            "{area} does not fit on {paper} at 1:{denominator}.",
            remedy="The largest round scale that fits is 1:{fitting}; leave the scale out to get it.",
            field="scale",
            area=area,
            paper=paper.value,
            denominator=f"{denominator:,}",
            fitting=f"{fitting:,}",
        )


class FontMissing(OutsideFailure):
    """No font with Taiwan's characters is installed."""

    def __init__(self) -> None:
        super().__init__(
            "No font with Taiwan's characters was found, so nothing can be printed.",
            remedy="Install Noto Sans CJK: apt-get install fonts-noto-cjk.",
        )


class GlyphsMissing(OutsideFailure):
    """The font has no glyph for some characters: a print would show empty boxes."""

    def __init__(self, characters: str, font: str) -> None:
        super().__init__(
            "{font} has no glyph for {characters}, so the print would show empty boxes.",
            remedy="Correct the names that hold these characters, or install a font that has them.",
            characters=", ".join(f"{character} (U+{ord(character):04X})" for character in characters),
            font=font,
        )


class PrinterMissing(OutsideFailure):
    """The libraries that lay out a print are not installed."""

    def __init__(self, why: str) -> None:
        super().__init__(
            "The libraries that lay out a print cannot be loaded: {why}.",
            remedy="Install them: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0.",
            why=why,
        )


class LeafletMissing(OutsideFailure):
    """The map library that an offline page carries is not there."""

    def __init__(self, path: str) -> None:
        super().__init__(
            "The map library is missing at {path}.",
            remedy="Reinstall safemap; it is part of the package.",
            path=path,
        )
