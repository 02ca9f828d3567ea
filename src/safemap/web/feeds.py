"""Feeds as bytes: Atom 1.0 (RFC 4287) with the place of each entry, for any reader of feeds."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from safemap.hazards.categories import CATEGORY_BY_CODE
from safemap.hazards.feeds import Told
from safemap.hazards.life import STAGE_NAMES
from safemap.hazards.rules import SEVERITY_NAMES
from safemap.i18n import mark

ATOM = "http://www.w3.org/2005/Atom"
GEORSS = "http://www.georss.org/georss"
UNFIT = re.compile(
    r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)  # no XML may hold these, however written
FEED_TITLE = mark("Unsafe spots at public places in {name}")
PRACTICE = mark("Practice village: everything here is invented.")
ENTRY_TITLE = mark("{category}: {stage}")
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # of a feed in which nothing has happened yet


@dataclass(frozen=True)
class Feed:
    """What a feed is of.

    Parameters
    ----------
    own_url, page_url
        Where it is read again, and the page that tells the same to people; both whole.
    """

    name: str
    language: str
    own_url: str
    page_url: str
    site_url: str
    is_fictional: bool


def atom(feed: Feed, told: Sequence[Told], say: Callable[[str], str]) -> bytes:
    """Return a feed document: one entry for each report, with its stage, and its words where they are shown."""
    root = ET.Element("feed", {"xmlns": ATOM, "xmlns:georss": GEORSS, "xml:lang": feed.language})
    _put(root, "id", feed.own_url)
    _put(root, "title", say(FEED_TITLE).format(name=feed.name))
    if feed.is_fictional:
        _put(root, "subtitle", say(PRACTICE))
    _put(root, "updated", _moment(max((one.changed_at for one in told), default=NEVER)))
    _put(_put(root, "author"), "name", feed.name)
    _put(root, "link", rel="self", type="application/atom+xml", href=feed.own_url)
    _put(root, "link", rel="alternate", type="text/html", hreflang=feed.language, href=feed.page_url)
    _put(root, "generator", "safemap")
    for one in told:
        _entry(root, feed, one, say)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _entry(root: ET.Element, feed: Feed, one: Told, say: Callable[[str], str]) -> None:
    seen = one.seen
    category = say(CATEGORY_BY_CODE[seen.category].name)
    stage = say(STAGE_NAMES[seen.stage])
    url = f"{feed.site_url}/hazards/{seen.public_id}"
    entry = _put(root, "entry")
    _put(entry, "id", url)
    _put(entry, "title", say(ENTRY_TITLE).format(category=category, stage=stage))
    _put(entry, "published", _moment(seen.reported_at))
    _put(entry, "updated", _moment(one.changed_at))
    _put(entry, "link", rel="alternate", type="text/html", hreflang=feed.language, href=url)
    _put(entry, "category", term=seen.category, label=category)
    severity = say(next(name for value, name in SEVERITY_NAMES.items() if int(value) == seen.severity))
    _put(entry, "content", "\n".join(filter(None, (seen.description, severity, stage))), type="text")
    _put(entry, "georss:point", f"{seen.lat:.7f} {seen.lon:.7f}")


def _put(parent: ET.Element, tag: str, text: str | None = None, **attributes: str) -> ET.Element:
    made = ET.SubElement(parent, tag, attributes)
    made.text = None if text is None else UNFIT.sub("\ufffd", text)
    return made


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
