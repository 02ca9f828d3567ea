"""Drawing a photo anew from its dots, without anything else that its file held. Runs in the room apart.

Every kind goes the same way: its size is read and bounded, it is decoded, made smaller, laid on white where one sees
through it, brought to sRGB and to 8 bits, turned upright, and its bare dots are written as a new JPEG.
"""

import io
import math
from collections.abc import Sequence
from contextlib import suppress

import pillow_heif
from PIL import Image, ImageCms, ImageDraw, ImageFile

from safemap.media.kinds import Kind, kind_of, webp_size
from safemap.media.rules import LARGE_PX, PIXEL_LIMIT, SMALL_PX, Box, Cover, NotAPhoto, Picture, TooManyPixels

LARGE_QUALITY, SMALL_QUALITY = 82, 76
MOSAIC_FIELDS = 6
ORIENTATION, GPS = 0x0112, 0x8825  # EXIF tags
LATITUDE_REF, LATITUDE, LONGITUDE_REF, LONGITUDE = 1, 2, 3, 4
WHITE = (255, 255, 255)

# EXIF orientations, each with what turns it upright.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

Image.MAX_IMAGE_PIXELS = PIXEL_LIMIT
ImageFile.LOAD_TRUNCATED_IMAGES = False
pillow_heif.register_heif_opener(thumbnails=False)


def drawn_anew(content: bytes) -> Picture:
    """Return the picture of a file.

    Raises
    ------
    NotAPhoto, TooManyPixels
        It is refused before it is decoded.
    Exception
        Whatever the decoders raise at a file that they cannot read.
    """
    return _written(_dots(_opened(content)))


def covered(large: bytes, boxes: Sequence[Box]) -> Picture:
    """Return a picture with parts of it covered: their dots are gone in both sizes."""
    image = _dots(_opened(large))
    for box in boxes:
        _cover(image, box)
    return _written(image)


def position_of(content: bytes) -> tuple[float, float] | None:
    """Return the longitude and latitude in degrees that a camera wrote into a photo; None: none that can be used."""
    position = _opened(content).getexif().get_ifd(GPS)
    lon = _degrees(position.get(LONGITUDE), position.get(LONGITUDE_REF), "W", 180)
    lat = _degrees(position.get(LATITUDE), position.get(LATITUDE_REF), "S", 90)
    if lon is None or lat is None or (lon == 0 and lat == 0):  # what cameras write before they know
        return None
    return lon, lat


def _degrees(parts: object, side: object, negative: str, limit: int) -> float | None:
    if not isinstance(parts, tuple) or len(parts) != 3 or not isinstance(side, str):
        return None
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if not (math.isfinite(value) and 0 <= value <= limit):
        return None
    return round(-value if side.strip("\0 ").upper() == negative else value, 6)


def _opened(content: bytes) -> Image.Image:
    kind = kind_of(content)
    if kind is None:
        raise NotAPhoto
    if kind is Kind.WEBP:
        _bound(*webp_size(content))
    try:
        image = Image.open(io.BytesIO(content), formats=[kind.value])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise TooManyPixels from None
    _bound(*image.size)
    return image


def _bound(width: int, height: int) -> None:
    if width * height > PIXEL_LIMIT:
        raise TooManyPixels


def _dots(image: Image.Image) -> Image.Image:
    """Return the first picture of a file as RGB, upright, in sRGB, not larger than is kept, without anything else."""
    turn = TURNS.get(_orientation_of(image))
    profile = image.info.get("icc_profile")
    image.seek(0)
    image.draft("RGB", (LARGE_PX, LARGE_PX))  # a large JPEG is decoded at a half, a quarter or an eighth
    image.load()
    image = _fitted(_plain(image), LARGE_PX)
    if "A" in image.mode:
        ground = Image.new("RGB", image.size, WHITE)
        ground.paste(image.convert("RGB"), mask=image.getchannel("A"))
        image = ground
    image = _in_srgb(image, profile)
    if turn is not None:
        image = image.transpose(turn)
    return Image.frombytes("RGB", image.size, image.tobytes())


def _orientation_of(image: Image.Image) -> int:
    """Return how a photo has to be turned; one whose notes cannot be read stays as it lies."""
    with suppress(Exception):
        return int(image.getexif().get(ORIENTATION, 1))
    return 1


def _plain(image: Image.Image) -> Image.Image:
    """Return a picture in a mode that can be made smaller: L, RGB, CMYK, or RGBA where one sees through it."""
    if image.mode.startswith("I"):  # 16 bits of grey: the upper eight say enough
        return image.convert("I").point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode in {"L", "RGB", "CMYK"} else image.convert("RGB")


def _fitted(image: Image.Image, longest_px: int) -> Image.Image:
    share = longest_px / max(image.size)
    if share >= 1:
        return image
    width, height = (max(1, round(side * share)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return a picture in sRGB; a profile that cannot be used is as good as none, for it goes in any case."""
    if profile:
        with suppress(Exception):
            stated = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, stated, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if converted is not None:
                return converted
    return image.convert("RGB")


def _cover(image: Image.Image, box: Box) -> None:
    """Cover a part, outward to whole dots."""
    left = math.floor(box.left_percent / 100 * image.width)
    top = math.floor(box.top_percent / 100 * image.height)
    right = min(image.width, math.ceil((box.left_percent + box.width_percent) / 100 * image.width))
    bottom = min(image.height, math.ceil((box.top_percent + box.height_percent) / 100 * image.height))
    if box.cover is Cover.BLACK:
        ImageDraw.Draw(image).rectangle((left, top, right - 1, bottom - 1), fill=(0, 0, 0))
        return
    part = image.crop((left, top, right, bottom))
    share = MOSAIC_FIELDS / max(part.size)
    fields = tuple(max(1, round(side * min(1.0, share))) for side in part.size)
    coarse = part.resize((fields[0], fields[1]), Image.Resampling.BOX)
    image.paste(coarse.resize(part.size, Image.Resampling.NEAREST), (left, top))


def _written(image: Image.Image) -> Picture:
    return Picture(
        large=_jpeg(image, LARGE_QUALITY),
        small=_jpeg(_fitted(image, SMALL_PX), SMALL_QUALITY),
        width_px=image.width,
        height_px=image.height,
    )


def _jpeg(image: Image.Image, quality: int) -> bytes:
    target = io.BytesIO()
    Image.frombytes("RGB", image.size, image.tobytes()).save(
        target, "JPEG", quality=quality, optimize=True, progressive=True
    )
    return target.getvalue()
