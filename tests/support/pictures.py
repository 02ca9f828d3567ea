"""Photos made for tests: each corner has a colour of its own, and their files hold all that must not come through."""

import io
import struct
import subprocess
import zlib
from pathlib import Path

import pillow_heif
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

pillow_heif.register_heif_opener(thumbnails=False)

LON, LAT = 121.5652, 25.0330
SECRETS = (b"SECRET-MAKER", b"SECRET-OWNER", b"SECRET-COMMENT", b"SECRET-XMP", b"SECRET-IPTC", b"SECRET-TAIL")
XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="25,1.98N" exif:UserComment="SECRET-XMP"/>'
    b'</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)
RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 170, 60), (40, 60, 220), (240, 220, 40)
CORNERS = (RED, GREEN, BLUE, YELLOW)
"""Upright: left above, right above, left below, right below."""

# The way a camera lays the dots of an upright picture, by the orientation that it writes down.
LAID = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def upright(width: int = 320, height: int = 200) -> Image.Image:
    """A picture of four coloured quarters."""
    image = Image.new("RGB", (width, height))
    for number, colour in enumerate(CORNERS):
        left, top = (number % 2) * width // 2, (number // 2) * height // 2
        image.paste(colour, (left, top, left + width // 2, top + height // 2))
    return image


def corners_of(content: bytes) -> list[tuple[int, int, int]]:
    """The colours near the four corners of a file's picture."""
    image = Image.open(io.BytesIO(content)).convert("RGB")
    width, height = image.size
    places = [(width // 8, height // 8), (width * 7 // 8, height // 8)]
    places += [(x, height * 7 // 8) for x, _ in places]
    return [image.getpixel(place) for place in places]  # type: ignore[misc]


def is_near(one: tuple[int, int, int], other: tuple[int, int, int], within: int = 24) -> bool:
    return all(abs(a - b) <= within for a, b in zip(one, other, strict=True))


def exif(orientation: int = 1, comment: bytes = b"SECRET-OWNER") -> bytes:
    """EXIF with a place, a maker, an owner and a small picture of its own."""
    notes = Image.Exif()
    notes[0x0112] = orientation
    notes[0x010F] = "SECRET-MAKER"
    notes[0x013B] = comment.decode()
    degrees = lambda value: (int(value), int(value * 60 % 60), round(value * 3600 % 60, 4))  # noqa: E731
    notes.get_ifd(0x8825).update({1: "N", 2: degrees(LAT), 3: "E", 4: degrees(LON), 29: "2026:11:25"})
    notes.get_ifd(0x8769).update({0x9003: "2026:11:25 08:30:00", 0xA430: "SECRET-OWNER"})
    return notes.tobytes()


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def iptc() -> bytes:
    words = b"SECRET-IPTC"
    record = b"\x1c\x02\x78" + struct.pack(">H", len(words)) + words
    block = b"8BIM\x04\x04\x00\x00" + struct.pack(">I", len(record)) + record + b"\0" * (len(record) % 2)
    return b"Photoshop 3.0\x00" + block


def jpeg(image: Image.Image | None = None, orientation: int = 1, **more: object) -> bytes:
    """A JPEG with EXIF (and a small picture in it), XMP, IPTC, a comment, a profile, and something behind its end."""
    image = image or upright()
    laid = LAID[orientation]
    target = io.BytesIO()
    (image.transpose(laid) if laid is not None else image).save(target, "JPEG", quality=92, **more)
    plain = target.getvalue()
    small = io.BytesIO()
    Image.new("RGB", (160, 120), RED).save(small, "JPEG", comment=b"SECRET-COMMENT")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    notes = (
        segment(0xE1, with_thumbnail(exif(orientation), small.getvalue()))
        + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + XMP)
        + segment(0xE2, b"ICC_PROFILE\x00\x01\x01" + profile)
        + segment(0xED, iptc())
        + segment(0xFE, b"SECRET-COMMENT")
    )
    return plain[:2] + notes + plain[2:] + b"SECRET-TAIL" + small.getvalue()


def with_thumbnail(notes: bytes, small: bytes) -> bytes:
    """EXIF (little or big endian) with a second directory that points to a small JPEG behind it."""
    tiff = notes[6:]
    order = "<" if tiff[:2] == b"II" else ">"
    first = struct.unpack_from(order + "I", tiff, 4)[0]
    count = struct.unpack_from(order + "H", tiff, first)[0]
    link = first + 2 + 12 * count
    start = len(tiff) + len(tiff) % 2
    directory = struct.pack(order + "H", 2)
    directory += struct.pack(order + "HHII", 0x0201, 4, 1, start + 30)
    directory += struct.pack(order + "HHII", 0x0202, 4, 1, len(small)) + b"\0\0\0\0"
    body = bytearray(tiff.ljust(start, b"\0"))
    struct.pack_into(order + "I", body, link, start)
    return notes[:6] + bytes(body) + directory + small


def mpo() -> bytes:
    """A JPEG with a second picture behind it, as phones add depth maps and large previews."""
    target = io.BytesIO()
    upright().save(target, "MPO", save_all=True, append_images=[Image.new("RGB", (320, 200), BLUE)], exif=exif())
    return target.getvalue()


def png(image: Image.Image | None = None, **more: object) -> bytes:
    """A PNG with eXIf, tEXt, zTXt and iTXt chunks, and something behind its end."""
    words = PngInfo()
    words.add_text("Author", "SECRET-OWNER")
    words.add_text("Comment", "SECRET-COMMENT", zip=True)
    words.add_itxt("XML:com.adobe.xmp", XMP.decode())
    target = io.BytesIO()
    (image or upright()).save(target, "PNG", pnginfo=words, exif=exif(), **more)
    return target.getvalue() + b"SECRET-TAIL"


def webp(image: Image.Image | None = None, **more: object) -> bytes:
    target = io.BytesIO()
    (image or upright()).save(target, "WEBP", exif=exif(), xmp=XMP, quality=90, **more)
    return target.getvalue() + b"SECRET-TAIL"


def heic(image: Image.Image | None = None) -> bytes:
    target = io.BytesIO()
    (image or upright()).save(target, "HEIF", exif=exif(), xmp=XMP, quality=90)
    return target.getvalue()


def avif(image: Image.Image | None = None) -> bytes:
    target = io.BytesIO()
    (image or upright()).save(target, "AVIF", exif=exif(), xmp=XMP, quality=90)
    return target.getvalue()


def moving(kind: str) -> bytes:
    """Three pictures one after the other; the first is the upright one."""
    target = io.BytesIO()
    others = [Image.new("RGB", (320, 200), colour) for colour in (BLUE, YELLOW)]
    upright().save(target, kind, save_all=True, append_images=others, duration=80, exif=exif())
    return target.getvalue()


def bomb_png(side: int) -> bytes:
    """A PNG of a few kilobytes that says to be a square of many dots."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    dots = zlib.compress(b"\0" * 200_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", dots) + chunk(b"IEND", b"")


def bomb_webp(side: int) -> bytes:
    """A WebP that says to be a square of many dots."""
    small = io.BytesIO()
    Image.new("RGB", (8, 8), RED).save(small, "WEBP")
    canvas = b"\x00\x00\x00\x00" + (side - 1).to_bytes(3, "little") * 2
    body = b"WEBPVP8X" + struct.pack("<I", 10) + canvas + small.getvalue()[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


def bomb_jpeg(side: int) -> bytes:
    """A JPEG whose frame says to be a square of many dots."""
    target = io.BytesIO()
    upright().save(target, "JPEG")
    content = bytearray(target.getvalue())
    at = content.index(b"\xff\xc0")
    struct.pack_into(">HH", content, at + 5, side, side)
    return bytes(content)


def groups_of(path: Path) -> set[str]:
    """The groups of notes that exiftool finds in a file, each with its name."""
    told = subprocess.run(["exiftool", "-a", "-G1", "-s", str(path)], capture_output=True, text=True, check=True)
    return {
        line.split("]")[0].strip("[") + ":" + line.split("]")[1].split(":")[0].strip()
        for line in told.stdout.splitlines()
    }
