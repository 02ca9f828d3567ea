"""What a phone waits for, and pays for: a page opened in a real browser over a slow line with a slow processor.

Bytes are counted on the way (`_line.Line`), so the worker's are among them; the line's pace and the processor's are
the browser's own simulation of a page, as Lighthouse uses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safemap.bench._line import Line
from safemap.errors import OutsideFailure

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Playwright, ViewportSize

PHONE: ViewportSize = {"width": 360, "height": 740}
QUIET = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
QUIET_FOR_MS = 2500  # with nothing passing the line, a page and its worker are done
AT_MOST_MS = 90_000
ASKED_EVERY_MS = 200


@dataclass(frozen=True)
class Pace:
    """How slow a line and a processor are.

    Parameters
    ----------
    rtt_ms
        From the request to the first byte of its answer, at least.
    cpu_slowdown
        How many times slower than this machine the processor is.
    """

    name: str
    rtt_ms: float
    down_kbit_s: float
    up_kbit_s: float
    cpu_slowdown: float


# Lighthouse's mobile profile ("slow 4G"), and Chromium's own "slow 3G" halved in delay: the end of a lane.
SLOW_4G = Pace("slow 4G", 150, 1638.4, 750, 4)
POOR = Pace("poor", 400, 400, 400, 4)
PACES = (SLOW_4G, POOR)
UNHURRIED = Pace("this machine's own", 0, 1e6, 1e6, 1)


@dataclass(frozen=True)
class Visit:
    """A page opened once.

    Parameters
    ----------
    painted_s
        Until the first words or lines stood there.
    usable_s
        Until `ready` held.
    down_bytes
        All that came, compressed as it came, until nothing more did: the page's and the worker's.
    """

    painted_s: float
    usable_s: float
    down_bytes: int


# Whether the map is there and takes a finger, and something of its ground is drawn.
MARKING = "document.querySelector('.leaflet-tile-loaded') && !document.querySelector('[data-with-map]')?.hidden"
LOOKING = "document.getElementById('map')?.dataset.drawn && document.querySelector('.leaflet-tile-loaded')"


def visits(
    play: Playwright, browser: str, folder: Path, line: Line, path: str, ready: str, pace: Pace, times: int = 2
) -> list[Visit]:
    """Open a page several times on one phone: the first time nothing is kept, then what the visits before kept.

    Parameters
    ----------
    folder
        Of the phone's own; empty: it was never there.
    ready
        An expression of the page's script that holds as soon as somebody can use it.

    Raises
    ------
    OutsideFailure
        The page was not ready within a minute and a half.
    """
    phone = play.chromium.launch_persistent_context(
        folder, executable_path=browser, args=list(QUIET), viewport=PHONE, has_touch=True, locale="zh-TW"
    )
    try:
        return [_visit(phone, line, path, ready, pace) for _ in range(times)]
    finally:
        phone.close()


def _visit(phone: BrowserContext, line: Line, path: str, ready: str, pace: Pace) -> Visit:
    page = phone.new_page()
    page.add_init_script(f"""
        addEventListener("DOMContentLoaded", () => {{
            const look = () => {{
                if ({ready}) globalThis.usableMs = performance.now();
                else requestAnimationFrame(look);
            }};
            look();
        }});
    """)
    _slow_down(phone, page, pace)
    before = line.down_bytes
    page.goto(f"{line.site}{path}", timeout=AT_MOST_MS)
    usable_ms = _usable_ms(page)
    paints: list[float] = page.evaluate(
        "performance.getEntriesByName('first-contentful-paint').map((one) => one.startTime)"
    )
    _wait_until_quiet(page, line)
    page.close()
    painted_ms = paints[0] if paints else usable_ms
    return Visit(painted_s=painted_ms / 1000, usable_s=usable_ms / 1000, down_bytes=line.down_bytes - before)


def _usable_ms(page: Page) -> float:
    """Ask until the page was ready: by asking again, for its policy lets nobody's words be run as script."""
    for _ in range(AT_MOST_MS // ASKED_EVERY_MS):
        found: float | None = page.evaluate("globalThis.usableMs ?? null")
        if found is not None:
            return found
        page.wait_for_timeout(ASKED_EVERY_MS)
    raise OutsideFailure(
        "The page was not ready within {seconds} s.", remedy="Open it by hand.", seconds=AT_MOST_MS // 1000
    )


def _slow_down(phone: BrowserContext, page: Page, pace: Pace) -> None:
    session: Any = phone.new_cdp_session(page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": pace.rtt_ms,
            "downloadThroughput": pace.down_kbit_s * 1000 / 8,
            "uploadThroughput": pace.up_kbit_s * 1000 / 8,
        },
    )
    session.send("Emulation.setCPUThrottlingRate", {"rate": pace.cpu_slowdown})


def _wait_until_quiet(page: Page, line: Line) -> None:
    passed = -1
    while passed != line.down_bytes:
        passed = line.down_bytes
        page.wait_for_timeout(QUIET_FOR_MS)
