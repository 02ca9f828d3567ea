"""What is covered is gone, in both sizes, and the rest is as it was."""

import io
import math
from itertools import pairwise

import pytest
from PIL import Image
from tests.support import pictures
from tests.support.pictures import CORNERS, is_near

from safemap.media import apart
from safemap.media.kinds import is_bare_jpeg
from safemap.media.rules import BOXES_PER_PHOTO, BadBox, Box, Cover, NoBox, checked_boxes


def striped() -> bytes:
    """A picture whose left half has fine stripes, as a face or a number has fine detail."""
    image = pictures.upright(400, 400)
    for x in range(0, 200, 8):
        image.paste((0, 0, 0), (x, 0, x + 4, 400))
        image.paste((255, 255, 255), (x + 4, 0, x + 8, 400))
    return apart.drawn_anew(pictures.png(image)).large


def test_black_is_black_and_the_rest_stays() -> None:
    large = apart.drawn_anew(pictures.jpeg()).large
    done = apart.covered(large, [Box(0, 0, 50, 50)])
    for content in (done.large, done.small):
        assert is_bare_jpeg(content)
        left_above, *others = pictures.corners_of(content)
        assert is_near(left_above, (0, 0, 0), 6)
        assert all(is_near(a, b) for a, b in zip(others, CORNERS[1:], strict=True))


def test_a_mosaic_leaves_six_fields_along_the_longer_side() -> None:
    done = apart.covered(striped(), [Box(0, 0, 50, 100, Cover.MOSAIC)])
    image = Image.open(io.BytesIO(done.large)).convert("L")
    row = [image.getpixel((x, 200)) for x in range(6, 194)]
    changes = sum(abs(one - other) > 12 for one, other in pairwise(row))  # type: ignore[operator]
    assert changes <= 6  # of 47 edges between the stripes


def test_boxes_reach_outward_to_whole_dots() -> None:
    large = apart.drawn_anew(pictures.png(Image.new("RGB", (150, 150), (255, 255, 255)))).large
    done = apart.covered(large, [Box(33.4, 33.4, 1.0, 1.0)])
    image = Image.open(io.BytesIO(done.large)).convert("L")
    dark = [(x, y) for x in range(150) for y in range(150) if image.getpixel((x, y)) < 90]  # type: ignore[operator]
    assert {(50, 50), (51, 51)} <= set(dark)


@pytest.mark.parametrize(
    "box",
    [
        Box(-1, 0, 5, 5),
        Box(0, 100, 5, 5),
        Box(0, 0, 0.5, 5),
        Box(99.5, 0, 5, 5),
        Box(math.nan, 0, 5, 5),
        Box(0, 0, math.nan, 5),
        Box(0, 0, math.inf, -math.inf),
    ],
)
def test_a_box_outside_is_refused(box: Box) -> None:
    with pytest.raises(BadBox) as refused:
        checked_boxes((Box(0, 0, 5, 5), box))
    assert refused.value.values["row"] == 2


def test_a_box_ends_at_the_edge_and_there_are_some() -> None:
    assert checked_boxes((Box(90, 90, 50, 50),)) == (Box(90, 90, 10, 10),)
    for count in (0, BOXES_PER_PHOTO + 1):
        with pytest.raises(NoBox):
            checked_boxes((Box(0, 0, 5, 5),) * count)
