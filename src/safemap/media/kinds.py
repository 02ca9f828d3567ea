"""What kind of photo some bytes are, and how many dots it says it has, told from the bytes and never from a name."""

from enum import StrEnum


class Kind(StrEnum):
    """Kinds of photos that are taken; each the name of the one program of Pillow that reads it."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WEBP"
    HEIF = "HEIF"
    AVIF = "AVIF"


# Brands in the first box of ISO base media files (ISO/IEC 23008-12, and AV1 Image File Format).
HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"mif2"})
AVIF_BRANDS = frozenset({b"avif", b"avis"})


def kind_of(content: bytes) -> Kind | None:
    """Return the kind of a file by its first bytes; None: it is none that is taken."""
    if content.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return Kind.WEBP
    if content[4:8] == b"ftyp":
        size = int.from_bytes(content[:4], "big")
        brands = {content[8:12], *(content[at : at + 4] for at in range(16, min(size, 256), 4))}
        if brands & AVIF_BRANDS:
            return Kind.AVIF
        if brands & HEIF_BRANDS:
            return Kind.HEIF
    return None


def webp_size(content: bytes) -> tuple[int, int]:
    """Return width and height of a WebP's canvas in dots; Pillow asks for its memory before it tells them.

    Raises
    ------
    ValueError
        The first chunk is none that a WebP begins with.
    """
    chunk, head = content[12:16], content[20:30]
    if len(head) < 10:
        raise ValueError("cut short")
    if chunk == b"VP8X":
        return 1 + int.from_bytes(head[4:7], "little"), 1 + int.from_bytes(head[7:10], "little")
    if chunk == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if chunk == b"VP8 ":
        return int.from_bytes(head[6:8], "little") & 0x3FFF, int.from_bytes(head[8:10], "little") & 0x3FFF
    raise ValueError(chunk)


# The only parts of the JPEG files that are kept: JFIF's head, tables, the frame's head, the scans.
JFIF, QUANTIZATION, HUFFMAN, BASELINE, PROGRESSIVE, SCAN = 0xE0, 0xDB, 0xC4, 0xC0, 0xC2, 0xDA
NEEDED = frozenset({JFIF, QUANTIZATION, HUFFMAN, BASELINE, PROGRESSIVE, SCAN})
# Version 1.01, dots without a unit, 1 by 1, no small picture inside.
JFIF_HEAD = b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"


def is_bare_jpeg(content: bytes) -> bool:
    """Whether a JPEG holds its picture and nothing else: no other segment, no word in its head, nothing after its end.

    Segments are walked one by one; what is not known is not bare.
    """
    if not content.startswith(b"\xff\xd8"):
        return False
    at = 2
    while at + 4 <= len(content):
        if content[at] != 0xFF:
            return False
        marker = content[at + 1]
        if marker == 0xD9:
            return False  # an end, and then more
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        segment = content[at + 4 : at + 2 + length]
        if marker not in NEEDED or length < 2 or len(segment) != length - 2:
            return False
        if (marker == JFIF) != (at == 2) or (marker == JFIF and segment != JFIF_HEAD):
            return False
        at += 2 + length
        if marker == SCAN:
            at = _end_of_scan(content, at)
    return content[at:] == b"\xff\xd9"


def _end_of_scan(content: bytes, at: int) -> int:
    """Return where the next marker stands after a scan's bits, in which 0xFF is followed by 0 or a restart."""
    while True:
        at = content.find(b"\xff", at)
        if at < 0 or at + 1 >= len(content):
            return len(content)
        if content[at + 1] == 0 or 0xD0 <= content[at + 1] <= 0xD7:
            at += 2
        else:
            return at
