"""What a photo is, who may see it when, what is refused and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum

from safemap.errors import Conflict, InvalidInput, NotFound, OutsideFailure
from safemap.i18n import mark

FILE_LIMIT_BYTES = 12_000_000  # a phone's photo is 2 to 8 MB
PIXEL_LIMIT = 50_000_000  # the largest that phones make of one shot is 50 million
LARGE_PX = 2048  # long side of what is kept: a number on a lamp post 10 m away can be read
SMALL_PX = 480  # long side of the small one: a phone's width
PHOTOS_PER_REPORT = 4
BOXES_PER_PHOTO = 24
FORMATS = "JPEG, PNG, WebP, HEIC, AVIF"


class PhotoState(StrEnum):
    """Whether somebody looked at a photo: until then only its sender and moderators see it."""

    HELD = "held"
    SHOWN = "shown"
    HIDDEN = "hidden"


PHOTO_STATE_NAMES = {
    PhotoState.HELD: mark("Waits until somebody has looked at it"),
    PhotoState.SHOWN: mark("Shown"),
    PhotoState.HIDDEN: mark("Hidden by a moderator"),
}


@dataclass(frozen=True)
class Picture:
    """A photo drawn anew: two JPEG files without metadata, and the size of the larger in dots."""

    large: bytes
    small: bytes
    width_px: int
    height_px: int


class Cover(StrEnum):
    """What a part of a photo is covered with."""

    BLACK = "black"
    MOSAIC = "mosaic"  # at most 6 fields along the longer side: too few for a face or a number


COVER_NAMES = {Cover.BLACK: mark("Black"), Cover.MOSAIC: mark("Large squares of its colours")}


@dataclass(frozen=True)
class Box:
    """A part of a photo to cover, in percent of its width and height from the left and from the top."""

    left_percent: float
    top_percent: float
    width_percent: float
    height_percent: float
    cover: Cover = Cover.BLACK


class PhotoNotFound(NotFound):
    """No photo has that id, or the viewer may not know of it."""

    def __init__(self) -> None:
        super().__init__("There is no such photo.", remedy="It may have been taken away, or parts of it were covered.")


class EmptyFile(InvalidInput):
    """A file has no content."""

    def __init__(self) -> None:
        super().__init__("The file is empty.", remedy="Choose the photo once more.", field="photos")


class FileTooHeavy(InvalidInput):
    """A file has too many bytes."""

    def __init__(self) -> None:
        super().__init__(
            "The photo is larger than {limit_mb} MB.",
            remedy="Send it in a smaller size; most phones ask for the size when you share a photo.",
            field="photos",
            limit_mb=FILE_LIMIT_BYTES // 1_000_000,
        )


class NotAPhoto(InvalidInput):
    """A file's content is no photo of a kind that is taken, whatever its name says."""

    def __init__(self) -> None:
        super().__init__(
            "This file is not a photo.",
            remedy="Photos are files of these kinds, as phones and cameras make them: {formats}.",
            field="photos",
            formats=FORMATS,
        )


class TooManyPixels(InvalidInput):
    """A photo has more dots than are decoded."""

    def __init__(self) -> None:
        super().__init__(
            "The photo has more than {limit} million dots.",
            remedy="Send it in a smaller size; most phones ask for the size when you share a photo.",
            field="photos",
            limit=PIXEL_LIMIT // 1_000_000,
        )


class PhotoUnreadable(InvalidInput):
    """A photo could not be drawn anew; nothing of it was kept."""

    def __init__(self) -> None:
        super().__init__(
            "The photo is damaged or cannot be read. Nothing of it was kept.",
            remedy="Open it on your phone: if you can see it, take a screenshot and send that.",
            field="photos",
        )


class TooManyPhotos(InvalidInput):
    """A report has as many photos as it may have."""

    def __init__(self) -> None:
        super().__init__(
            "A report has at most {limit} photos.",
            remedy="Delete one of them first.",
            field="photos",
            limit=PHOTOS_PER_REPORT,
        )


class BadBox(InvalidInput):
    """A box to cover does not lie in the photo, or there is none or too many."""

    def __init__(self, row: int) -> None:
        super().__init__(
            "Box {row} does not lie in the photo.",
            remedy="Left and top are 0 to 99 percent; width and height are 1 percent or more and end at the edge.",
            field="boxes",
            row=row,
        )


class NoBox(InvalidInput):
    """Nothing was marked, or more than can be covered at once."""

    def __init__(self) -> None:
        super().__init__(
            "Mark what is to be covered: 1 to {limit} boxes.",
            remedy="Draw over it in the photo, or fill in the numbers.",
            field="boxes",
            limit=BOXES_PER_PHOTO,
        )


class AnotherPhoto(Conflict):
    """A key that came with one photo comes with another."""

    def __init__(self, photo_id: int) -> None:
        self.photo_id = photo_id  # of the one that is kept
        super().__init__("Another photo came with this Idempotency-Key.", remedy="Use a new random key for each photo.")


class PhotosBusy(OutsideFailure):
    """More photos arrive at once than can be read."""

    def __init__(self) -> None:
        super().__init__("Many photos arrive just now.", remedy="Please send yours again in a minute.")


def checked_boxes(boxes: tuple[Box, ...]) -> tuple[Box, ...]:
    """Return boxes that lie in the photo; what reaches past the right or lower edge ends there.

    Raises
    ------
    NoBox
        None was given, or more than 24.
    BadBox
        One lies outside, or is thinner than 1 percent.
    """
    if not 1 <= len(boxes) <= BOXES_PER_PHOTO:
        raise NoBox
    return tuple(_checked(row, box) for row, box in enumerate(boxes, start=1))


def _checked(row: int, box: Box) -> Box:
    width = min(box.width_percent, 100 - box.left_percent)
    height = min(box.height_percent, 100 - box.top_percent)
    # Comparisons with NaN are false: it is refused with the rest.
    if not (0 <= box.left_percent <= 99 and 0 <= box.top_percent <= 99 and 1 <= width <= 100 and 1 <= height <= 100):
        raise BadBox(row)
    return Box(box.left_percent, box.top_percent, width, height, box.cover)
