"""Every colour that carries words or meaning stands out from its ground, day and night (WCAG 2.2: 1.4.3, 1.4.11)."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

import safemap

CSS = Path(safemap.__file__).parent / "web" / "static" / "css"
DAY = (CSS / "base.css").read_text(encoding="utf-8")
NIGHT = (CSS / "dark.css").read_text(encoding="utf-8")
TEXT = 4.5
SHAPE = 3.0
GROUNDS = ("ground", "surface", "sunken")

# What is written on what.
WRITTEN = [
    *((ink, ground) for ink in ("ink", "ink-soft", "accent", "warning", "danger", "watch") for ground in GROUNDS),
    ("accent-ink", "accent"),
    *((ink, "accent-soft") for ink in ("ink", "ink-soft", "accent")),
    *((ink, "warning-soft") for ink in ("ink", "warning", "accent")),
    *((ink, "danger-soft") for ink in ("ink", "danger")),
    ("surface", "ink"),  # the number of a rank, the letter of a pin
    ("surface", "closed"),
    ("surface", "lit"),
    *((ink, f"map-{on}") for ink in ("map-label", "map-strong") for on in ("halo", "ground", "street", "building")),
    ("map-strong", "map-green"),
    *((f"on-density-{shade}", f"density-{shade}") for shade in range(1, 6)),  # numbers of the hours' table
]
# What is drawn on what: edges of fields, focus, what the map says.
DRAWN = [
    *((edge, ground) for edge in ("line-strong", "focus", "accent", "lit") for ground in GROUNDS),
    *((sign, f"map-{on}") for sign in ("watch", "zone-edge", "ink", "closed", "lit") for on in ("ground", "building")),
    ("map-village", "map-ground"),
    ("map-strong", "map-ground"),
    ("density-5", "map-ground"),
    ("density-5", "map-street"),
    ("density-4", "map-ground"),
]


def tokens(style: str) -> dict[str, tuple[int, int, int]]:
    declared = style[style.index(":root {") : style.index("}", style.index(":root {"))]
    return {
        name: (int(value[0:2], 16), int(value[2:4], 16), int(value[4:6], 16))
        for name, value in re.findall(r"--([\w-]+): #([0-9a-f]{6})", declared)
    }


def luminance(colour: tuple[int, int, int]) -> float:
    shares = [value / 255 for value in colour]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """``(L1 + 0.05) / (L2 + 0.05)``, the lighter above."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_gives_known_answers() -> None:
    assert contrast((255, 255, 255), (0, 0, 0)) == pytest.approx(21)
    assert contrast((118, 118, 118), (255, 255, 255)) == pytest.approx(4.54, abs=0.005)  # #767676, the textbook's grey


@pytest.mark.parametrize("style", [DAY, NIGHT], ids=["day", "night"])
def test_colours_stand_out(style: str) -> None:
    colours = tokens(style)
    weak = [
        f"{front} on {back}: {found:.2f} < {least}"
        for pairs, least in ((WRITTEN, TEXT), (DRAWN, SHAPE))
        for front, back in pairs
        if (found := contrast(colours[front], colours[back])) < least
    ]
    assert weak == []


@pytest.mark.parametrize("style", [DAY, NIGHT], ids=["day", "night"])
def test_density_goes_one_way_and_ends_strongest(style: str) -> None:
    colours = tokens(style)
    steps = [contrast(colours[f"density-{number}"], colours["map-ground"]) for number in range(1, 6)]
    assert steps == sorted(steps)
    assert all(after / before > 1.15 for before, after in pairwise(steps))


def test_night_has_every_colour_of_the_day() -> None:
    assert tokens(NIGHT).keys() == tokens(DAY).keys()


def test_no_style_hides_a_colour_of_its_own() -> None:
    """Colours are named once, save on paper and where one of two meets its mate in a pattern."""
    allowed = {"#fff", "#000", "#333", "#1f2421", "#3e423d"}
    for path in sorted(CSS.glob("*.css")):
        plain = re.sub(r":root \{.*?\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert set(re.findall(r"#[0-9a-f]{3,6}\b(?![\w-]*\s*\{)", plain)) <= allowed, path.name
