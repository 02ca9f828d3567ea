"""Styles and scripts come small, once, and whole."""

import gzip
import os
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from safemap.web import assets
from safemap.web.assets import STATIC, static_url

LEAFLET = "vendor/leaflet/leaflet.js"
PLAIN = re.compile(r'"\.{1,2}/(?:[\w-]+/)*([\w-]+\.js)"')
PLAIN_NAMES = re.compile(r'"/static/(?:[\w-]+/)*([\w-]+\.js)\?v=\w+"')


@pytest.mark.parametrize("path", [LEAFLET, "css/base.css", "js/map/layers.js"])
def test_what_is_compressed_is_the_file(client: TestClient, path: str) -> None:
    answer = client.get(static_url(path), headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert "immutable" in answer.headers["cache-control"]
    source = (STATIC / path).read_text("utf-8")
    if path.startswith("js/"):
        source = "".join(line for line in source.splitlines(keepends=True) if not line.lstrip().startswith("//"))
    assert PLAIN_NAMES.sub(r'"\1"', answer.text) == PLAIN.sub(r'"\1"', source)
    assert int(answer.headers["content-length"]) == len(gzip.compress(answer.content, 9, mtime=0))


def test_a_script_imports_others_by_their_content_too(client: TestClient) -> None:
    seen: set[str] = set()
    waiting = [static_url(str(path.relative_to(STATIC))) for path in (STATIC / "js").rglob("*.js")]
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["cache-control"], address
        named = re.findall(r'(?:from|import\(?)\s*"([^"]+)"', answer.text)
        assert [one for one in named if not re.fullmatch(r"/static/js/[\w/-]+\.js\?v=[0-9a-f]{12}", one)] == [], address
        waiting += named
    assert len(seen) == len(list((STATIC / "js").rglob("*.js")))  # one address each: no script runs twice in a page


def test_no_script_has_a_text_that_could_be_taken_for_comments() -> None:
    for path in (STATIC / "js").rglob("*.js"):
        whole = path.read_text("utf-8")
        texts = re.sub(r"(?m)^[ \t]*//.*\n", "", whole).split("`")[1::2]
        assert [one for one in texts if f"`{one}`" not in whole] == [], path  # a line of it was taken for a comment


def test_a_script_s_address_changes_with_what_it_imports(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    (tmp_path / "one.js").write_text('import { two } from "./two.js";\n')
    (tmp_path / "two.js").write_text("export const two = 2;\n")
    before = static_url("one.js")
    assert assets.imports_of("one.js") == ["two.js"]
    (tmp_path / "two.js").write_text("export const two = 22;\n")
    os.utime(tmp_path / "two.js", ns=(1, 1))
    assert static_url("one.js") != before
    assert static_url("two.js").encode() in assets.content_of("one.js")


def test_what_an_older_page_asks_for_is_not_kept_under_the_older_name(client: TestClient) -> None:
    answer = client.get("/static/js/map/layers.js?v=000000000000")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


def test_who_takes_no_gzip_or_a_part_gets_the_file_as_it_is(client: TestClient) -> None:
    plain = client.get(static_url(LEAFLET), headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == (STATIC / LEAFLET).read_bytes()
    part = client.get(static_url(LEAFLET), headers={"Accept-Encoding": "gzip", "Range": "bytes=0-9"})
    assert part.status_code == 206
    assert part.content == plain.content[:10]


def test_an_unchanged_file_is_not_sent_again(client: TestClient) -> None:
    first = client.get(f"/static/{LEAFLET}", headers={"Accept-Encoding": "gzip"})
    again = client.get(f"/static/{LEAFLET}", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""


def test_a_small_or_missing_file_goes_its_usual_way(client: TestClient) -> None:
    icon = client.get("/static/img/icon.svg", headers={"Accept-Encoding": "gzip"})
    assert icon.status_code == 200
    assert "content-encoding" not in icon.headers
    assert client.get("/static/nothing.js").status_code == 404
