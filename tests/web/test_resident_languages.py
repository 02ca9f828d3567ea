"""Residents are spoken to in five languages: all that the form, its errors and its thanks say is in each of them."""

import re
from collections.abc import Iterator
from gettext import NullTranslations

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from starlette.testclient import TestClient
from tests.architecture.test_words import SOURCE

from safemap.hazards.routing_out import WAYS
from safemap.i18n import LOCALES, RESIDENT_LANGUAGES, best_resident_language, translations, whole_pages_in
from safemap.privacy.notices import notices
from safemap.web import deps, templating
from safemap.web.credits import OPENSTREETMAP, SOURCE_NAMES
from safemap.web.pages.supporting import MANY_AT_ONCE
from safemap.web.photos_in import PhotoErrors

MARK = "/villages/V1/mark"
A_SPOT = {"lon": "121.505", "lat": "25.005", "category": "lighting", "severity": "2", "noticed_at": "night"}
OWN_CATALOGUES = [code for code in RESIDENT_LANGUAGES if code not in {"en", "zh-Hant"}]
# Words that the form's Python has and a page shows in some cases only.
SPOKEN = ("web/marking.py", "web/pages/marking.py", "hazards/categories.py", "hazards/routing_out.py")
OF_THE_GROUND = {OPENSTREETMAP, *(SOURCE_NAMES[source] for source in ("demo", "nlsc", "taipei"))}
OF_PHOTOS = {words for error in PhotoErrors for words in (error().message, error().remedy)}
NOT_SHOWN = re.compile(r"office$|brigade$|bureau$|station$")  # who is responsible is told to staff
ROUTED = ("每天打老婆", "想不開", "詐騙集團", "有人販毒", "他有憂鬱症")


class Recording(NullTranslations):
    """Words as they are, and which of them were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def gettext(self, message: str) -> str:
        self.asked.add(message)
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        self.asked |= {msgid1, msgid2}
        return msgid1 if n == 1 else msgid2


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    recording = Recording()
    templating.environment.cache_clear()
    for module in (templating, deps):
        monkeypatch.setattr(module, "translations", lambda _language: recording)
    yield recording.asked
    templating.environment.cache_clear()


def catalogue(language: str) -> dict[str, str]:
    words: dict[str, str] = {}
    for path in sorted((LOCALES / language).glob("*.po")):
        with path.open(encoding="utf-8") as lines:
            for message in read_po(lines):
                if message.id:
                    assert isinstance(message.id, str)
                    assert message.id not in words, "twice"
                    words[message.id] = str(message.string)
    return words


def spoken_in_python() -> set[str]:
    found: set[str] = set()
    for name in SPOKEN:
        for _, message, _, _ in extract_from_file("python", str(SOURCE / name), keywords={"mark": None}):
            found.add(str(message))
    return {message for message in found if not NOT_SHOWN.search(message)}


def said_by_the_form(client: TestClient, member: TestClient, asked: set[str]) -> set[str]:
    """Show the form in every way that it can look, and the thanks; return all words that were asked for."""
    for browser in (client, member):
        assert browser.get(f"{MARK}?lang=vi").status_code == 200
    assert client.post(MARK, data={}).status_code == 400
    for words in ROUTED:
        assert client.post(MARK, data={**A_SPOT, "description": words}).status_code == 400
    for place in ("平安", "路口", "A-9"):
        assert (
            client.post(MARK, data={**A_SPOT, "lon": "", "lat": "", "place": place, "severity": ""}).status_code == 400
        )
    assert client.post(MARK, data=A_SPOT, files={"photos": ("a.jpg", b"no photo")}).status_code == 400
    assert client.post(MARK, data=A_SPOT).status_code == 200
    say_so_too(member)
    client.cookies.clear()
    member.cookies.delete("safemap_language")
    return {message for message in asked if message} | spoken_in_python() | OF_THE_GROUND | OF_PHOTOS | {MANY_AT_ONCE}


def say_so_too(member: TestClient) -> None:
    """See what is like a spot before sending it, say so too with a note, and take the note back."""
    asked = member.post(MARK, data={**A_SPOT, "lon": "121.5034", "lat": "25.0051"}).text
    report = re.findall(r'action="(/hazards/report-\d+)/me-too"', asked)[0]
    assert member.get(f"{report}/me-too").status_code == 200
    assert member.post(f"{report}/me-too", data={"note": "長" * 501}).status_code == 400
    member.post(f"{report}/me-too")
    thanks = member.post(f"{report}/me-too", data={"note": "也很暗"})
    assert thanks.status_code == 200
    assert member.post(f"{thanks.url.path}/note").status_code == 200
    assert member.get(f"{report}/me-too").status_code == 200


def test_all_that_the_form_says_is_in_every_language(client: TestClient, member: TestClient, asked: set[str]) -> None:
    said = said_by_the_form(client, member, asked)
    assert len(said) > 200
    assert len(ROUTED) == len(WAYS)
    for language in OWN_CATALOGUES:
        words = catalogue(language)
        assert sorted(message for message in said if not words.get(message)) == [], language
        assert sorted(set(words) - said) == [], f"{language}: left over"


@pytest.mark.parametrize("language", OWN_CATALOGUES)
def test_named_places_survive(language: str) -> None:
    place = re.compile(r"\{(\w+)[^}]*\}|%\((\w+)\)[sd]")
    broken = [
        message
        for message, said in catalogue(language).items()
        if sorted(a or b for a, b in place.findall(message)) != sorted(a or b for a, b in place.findall(said))
    ]
    assert broken == []


def test_each_language_has_letters_of_its_own() -> None:
    for language, letters in {"vi": "ăđơưạả", "th": "กขคงจ"}.items():
        assert set(letters) & set("".join(catalogue(language).values()))
    assert translations("id").gettext("Send") == "Kirim"


@pytest.mark.parametrize("language", list(RESIDENT_LANGUAGES))
def test_the_form_speaks_the_language_that_was_chosen_and_keeps_it(client: TestClient, language: str) -> None:
    form = client.get(f"{MARK}?lang={language}")
    try:
        assert f'<html lang="{language}">' in form.text
        assert f"safemap_language={language}" in form.headers["set-cookie"]
        assert f'<html lang="{language}">' in client.get(MARK).text
        other = client.get("/about")
        assert f'<html lang="{whole_pages_in(language)}">' in other.text
        for code, name in RESIDENT_LANGUAGES.items():
            assert f'lang="{code}"' in form.text
            assert f">{name}</" in form.text
    finally:
        client.cookies.clear()


@pytest.mark.parametrize(
    ("header", "language"),
    [("vi-VN,vi;q=0.9,en;q=0.8", "vi"), ("id", "id"), ("th-TH", "th"), ("fr,en;q=0.5", "en"), ("ja", "zh-Hant")],
)
def test_the_browser_is_asked_first(client: TestClient, header: str, language: str) -> None:
    assert best_resident_language(header) == language
    assert f'<html lang="{language}">' in client.get(MARK, headers={"Accept-Language": header}).text


def test_the_notice_is_in_every_language() -> None:
    reporters = [notice for notice in notices() if notice.version.startswith("reporters-")]
    for notice in reporters:
        assert set(notice.texts) == set(RESIDENT_LANGUAGES)
