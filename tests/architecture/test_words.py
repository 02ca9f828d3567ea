"""Every sentence that people can see has its Traditional Chinese."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import safemap
from safemap.i18n import LOCALES, best_language, translations

SOURCE = Path(safemap.__file__).parent
# Errors are sentences too: the message and remedy of a SafemapError can reach a page.
ERROR_ROOMS = (
    "audit",
    "communities",
    "demo",
    "identity",
    "hazards",
    "diagnosis",
    "maps",
    "media",
    "notifications",
    "privacy",
    "web",
)


def catalogue() -> dict[str, str]:
    words: dict[str, str] = {}
    for path in sorted((LOCALES / "zh_Hant").glob("*.po")):
        with path.open(encoding="utf-8") as lines:
            for message in read_po(lines):
                if isinstance(message.id, str) and message.id:
                    words[message.id] = "" if message.fuzzy else str(message.string)
                elif message.id:
                    for part in message.id:
                        words[part] = "" if message.fuzzy else "".join(message.string)
    return words


def marked() -> set[str]:
    found: set[str] = set()
    for _, _, message, _, _ in extract_from_dir(
        SOURCE,
        method_map=[("**.py", "python"), ("**/templates/**", "jinja2")],
        options_map={"**/templates/**": {"trimmed": "true", "silent": "false"}},
        keywords={"_": None, "gettext": None, "ngettext": (1, 2), "mark": None, "N_": None},
    ):
        parts = [message] if isinstance(message, str) else [part for part in message if isinstance(part, str)]
        found.update(part for part in parts if part)
    return found


def error_sentences() -> set[str]:
    found: set[str] = set()
    for room in ERROR_ROOMS:
        for path in sorted((SOURCE / room).rglob("rules.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("__init__") and node.args:
                    arguments = [node.args[0], *(word.value for word in node.keywords if word.arg == "remedy")]
                    found.update(
                        argument.value
                        for argument in arguments
                        if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and argument.value
                    )
    return found


def test_every_marked_sentence_is_translated() -> None:
    words = catalogue()
    missing = sorted(message for message in marked() | error_sentences() if not words.get(message))
    assert missing == []


def test_no_translation_is_left_over() -> None:
    used = marked() | error_sentences()
    assert sorted(set(catalogue()) - used) == []


def test_a_sentence_has_one_translation() -> None:
    said: dict[str, set[str]] = {}
    for path in sorted((LOCALES / "zh_Hant").glob("*.po")):
        with path.open(encoding="utf-8") as lines:
            for message in read_po(lines):
                if message.id:
                    said.setdefault(str(message.id), set()).add(str(message.string))
    assert {message: words for message, words in said.items() if len(words) > 1} == {}


def test_named_places_survive_translation() -> None:
    place = re.compile(r"\{(\w+)[^}]*\}|%\((\w+)\)[sd]")
    broken = [
        message
        for message, translated in catalogue().items()
        if {a or b for a, b in place.findall(message)} != {a or b for a, b in place.findall(translated)}
    ]
    assert broken == []


def test_chinese_is_traditional() -> None:
    only_simplified = set("们这说时间图层数据区监视对应类传单见现处点发过还进选择线开关电灯动")
    assert not only_simplified & set("們這說時間圖層數據區監視對應類傳單見現處點發過還進選擇線開關電燈動")
    offenders = [text for text in catalogue().values() if only_simplified & set(text)]
    assert offenders == []


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "zh-Hant"),
        ("", "zh-Hant"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh-Hant"),
        ("fr,en;q=0.5", "en"),
        ("ja", "zh-Hant"),
    ],
)
def test_the_language_follows_the_browser(header: str | None, language: str) -> None:
    assert best_language(header) == language


def test_english_needs_no_catalogue_and_an_unknown_sentence_stays_itself() -> None:
    assert translations("en").gettext("Too dark") == "Too dark"
    assert translations("zh-Hant").gettext("never translated") == "never translated"
