"""The installation's key: made once, whoever is first; never shown; a use's key tells nothing of another's."""

import multiprocessing
import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from safemap.errors import InvalidInput, OutsideFailure
from safemap.identity.keys import FILE, Keys, keys_of
from safemap.settings import Settings

GIVEN = "0123456789abcdef0123456789abcdef"


def _secret(home: Path) -> bytes:
    return keys_of(Settings(home=home)).secret


def test_it_is_made_at_the_first_use_for_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "not there yet"
    first = _secret(home)
    assert len(first) == 64
    assert _secret(home) == first
    assert [path.name for path in home.iterdir()] == [FILE]
    assert stat.S_IMODE((home / FILE).stat().st_mode) == 0o600


def test_processes_that_start_at_once_end_up_with_one_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        found = pool.map(_secret, [tmp_path / "home"] * 16, chunksize=1)
    assert len(set(found)) == 1
    assert [path.name for path in (tmp_path / "home").iterdir()] == [FILE]


def test_a_setting_goes_before_the_file(tmp_path: Path) -> None:
    assert keys_of(Settings(home=tmp_path, secret_key=SecretStr(GIVEN))).secret == GIVEN.encode()
    assert not (tmp_path / FILE).exists()


def test_what_is_too_short_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="too short"):
        keys_of(Settings(home=tmp_path, secret_key=SecretStr("secret")))
    (tmp_path / FILE).write_text("cut off")
    with pytest.raises(OutsideFailure, match="holds no whole key"):
        keys_of(Settings(home=tmp_path))


def test_it_is_never_shown(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, secret_key=SecretStr(GIVEN))
    assert GIVEN not in repr(settings) + str(settings) + repr(keys_of(settings)) + settings.model_dump_json()


def test_each_use_and_each_installation_has_a_key_of_its_own() -> None:
    ours, theirs = Keys(b"x" * 32), Keys(b"y" * 32)
    hashes = {ours.hashed("account", "a"), ours.hashed("other", "a"), theirs.hashed("account", "a")}
    assert len(hashes | {ours.hashed("account", "b")}) == 4
    assert ours.unlocked(ours.locked("seed")) == "seed"
    assert ours.locked("seed") != ours.locked("seed")
    with pytest.raises(OutsideFailure, match="not the one that second factors were stored with"):
        theirs.unlocked(ours.locked("seed"))
    assert theirs.unlocked_if_ours(ours.locked("seed")) == ""
