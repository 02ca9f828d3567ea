"""SECURITY.md holds every requirement of levels 1 and 2 once, and names tests and sections that exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from safemap.identity import attempts, limits
from safemap.web import limits as web_limits

ROOT = Path(__file__).parents[2]
# How many requirements of levels 1 and 2 each section of ASVS 5.0.0 has, and their last parts where some are level 3.
SECTIONS: dict[str, range | tuple[int, ...]] = {
    "1.1": range(1, 3),
    "1.2": range(1, 10),
    "1.3": range(1, 12),
    "1.4": range(1, 4),
    "1.5": range(1, 3),
    "2.1": range(1, 4),
    "2.2": range(1, 4),
    "2.3": range(1, 5),
    "2.4": (1,),
    "3.2": range(1, 3),
    "3.3": range(1, 5),
    "3.4": range(1, 7),
    "3.5": range(1, 6),
    "3.7": range(1, 3),
    "4.1": range(1, 4),
    "4.2": (1,),
    "4.3": range(1, 3),
    "4.4": range(1, 5),
    "5.1": (1,),
    "5.2": range(1, 4),
    "5.3": range(1, 3),
    "5.4": range(1, 4),
    "6.1": range(1, 4),
    "6.2": range(1, 13),
    "6.3": range(1, 5),
    "6.4": range(1, 5),
    "6.5": range(1, 6),
    "6.6": range(1, 4),
    "6.8": range(1, 5),
    "7.1": range(1, 4),
    "7.2": range(1, 5),
    "7.3": range(1, 3),
    "7.4": range(1, 6),
    "7.5": range(1, 3),
    "7.6": range(1, 3),
    "8.1": range(1, 3),
    "8.2": range(1, 4),
    "8.3": (1,),
    "8.4": (1,),
    "9.1": range(1, 4),
    "9.2": range(1, 5),
    "10.1": range(1, 3),
    "10.2": range(1, 3),
    "10.3": range(1, 5),
    "10.4": range(1, 12),
    "10.5": range(1, 6),
    "10.6": range(1, 3),
    "10.7": range(1, 4),
    "11.1": range(1, 3),
    "11.2": range(1, 4),
    "11.3": range(1, 4),
    "11.4": range(1, 5),
    "11.5": (1,),
    "11.6": (1,),
    "12.1": range(1, 4),
    "12.2": range(1, 3),
    "12.3": range(1, 5),
    "13.1": (1,),
    "13.2": range(1, 6),
    "13.3": range(1, 3),
    "13.4": range(1, 6),
    "14.1": range(1, 3),
    "14.2": range(1, 5),
    "14.3": range(1, 4),
    "15.1": range(1, 4),
    "15.2": range(1, 4),
    "15.3": range(1, 8),
    "16.1": (1,),
    "16.2": range(1, 6),
    "16.3": range(1, 5),
    "16.4": range(1, 4),
    "16.5": range(1, 4),
    "17.1": (1,),
    "17.2": range(1, 5),
    "17.3": range(1, 3),
}
REQUIREMENTS = [f"{section}.{number}" for section, numbers in SECTIONS.items() for number in numbers]
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
TEST = re.compile(r"`([\w/]+)::(test_\w+)`")


@pytest.fixture(scope="module")
def written() -> str:
    return (ROOT / "SECURITY.md").read_text(encoding="utf-8")


@cache
def names_in(path: str) -> frozenset[str]:
    parsed = ast.parse((ROOT / "tests" / f"{path}.py").read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(parsed) if isinstance(node, ast.FunctionDef))


def test_every_requirement_is_listed_once(written: str) -> None:
    assert len(REQUIREMENTS) == 253  # levels 1 and 2 of ASVS 5.0.0
    assert [row[0] for row in ROW.findall(written)] == REQUIREMENTS


def test_every_line_names_a_test_a_section_or_why_not(written: str) -> None:
    headings = set(re.findall(r"^## (.+)$", written, re.MULTILINE))
    wrong = []
    for number, _, answer in ROW.findall(written):
        sections = re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", answer)
        if not (TEST.search(answer) or sections or answer.startswith("does not apply: ")):
            wrong.append((number, "says nothing"))
        wrong += [(number, section) for section in sections if section not in headings]
    assert wrong == []


def test_every_named_test_exists(written: str) -> None:
    named = TEST.findall(written)
    assert len(named) > 120
    assert [f"{path}::{name}" for path, name in named if name not in names_in(path)] == []


def test_the_limits_are_those_of_the_code(written: str) -> None:
    def told(number: int, minutes: float) -> str:
        span = {10: "10 minutes", 60: "an hour", 1440: "a day", 1: "a minute"}[round(minutes)]
        return f"{number:,} in {span}"

    for limit in (
        *limits.REPORTS,
        *limits.PHOTOS,
        *limits.LETTERS,
        *limits.INVITATIONS,
        *limits.AGENCY_SIGN_INS,
        web_limits.READS,
        web_limits.HEAVY,
    ):
        assert told(limit.at_once, limit.within.total_seconds() / 60) in written
    assert (attempts.PER_ACCOUNT, attempts.PER_NETWORK, attempts.PER_CODE, attempts.PER_LETTER) == (10, 100, 5, 3)
    assert web_limits.HEAVY_AT_ONCE == 2


@pytest.mark.parametrize("lock", ["run", "dev", "bench"])
def test_every_package_is_pinned_with_its_hash(lock: str) -> None:
    written = (ROOT / "requirements" / f"{lock}.lock").read_text(encoding="utf-8")
    packages = re.split(r"^(?=[a-z0-9])", written, flags=re.MULTILINE)[1:]
    assert len(packages) > 10
    for package in packages:
        assert re.match(r"[\w.\-\[\]]+==[\w.+]+( ; .+)? \\\n", package), package.splitlines()[0]
        assert "--hash=sha256:" in package
    assert "://" not in re.sub(r"^\s*#.*$", "", written, flags=re.MULTILINE)
