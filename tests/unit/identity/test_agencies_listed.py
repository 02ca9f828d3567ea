"""How agencies are written down in the settings, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from safemap.errors import InvalidInput
from safemap.identity.agencies.listed import agencies_of
from safemap.settings import Settings

ONE: dict[str, Any] = {
    "name": "police",
    "title": "警察局",
    "title_en": "Police",
    "issuer": "https://sso.police.example/realms/staff",
    "client_id": "safemap",
    "client_secret": "do not tell",
    "domains": ["Police.example"],
}


def read(*agencies: object) -> Any:
    return agencies_of(Settings(agencies=SecretStr(json.dumps(agencies))))


def test_without_a_setting_there_are_none() -> None:
    assert agencies_of(Settings()) == ()


def test_they_stand_in_the_variable_or_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "agencies.json"
    file.write_text(json.dumps([ONE]), encoding="utf-8")
    assert agencies_of(Settings(agencies=SecretStr(str(file)))) == read(ONE)
    (agency,) = read(ONE)
    assert agency.domains == {"police.example"}
    assert (agency.titled("en"), agency.titled("zh-Hant")) == ("Police", "警察局")
    assert "do not tell" not in repr(agency)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"issuer": "http://sso.police.example"}, "issuer"),
        ({"issuer": "https://user:word@sso.police.example"}, "issuer"),
        ({"issuer": "https://sso.police.example/?a=1"}, "issuer"),
        ({"issuer": "sso.police.example"}, "issuer"),
        ({"domains": []}, "domains"),
        ({"domains": ["*"]}, "domains"),
        ({"domains": ["@police.example"]}, "domains"),
        ({"name": "../me"}, "name"),
        ({"hosts": ["https://keys.police.example"]}, "hosts"),
        ({"networks": ["10.0.0.0/8/8"]}, "networks"),
        ({"second_factor": ["mfa"]}, "second_factor"),
        ({"client_id": ""}, "client_id"),
    ],
)
def test_a_mistake_is_named_and_no_secret_repeated(change: dict[str, object], named: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read({**ONE, **change})
    assert named in str(caught.value)
    assert "do not tell" not in str(caught.value)


def test_what_is_no_list_is_said(tmp_path: Path) -> None:
    for written in ("[{", '["police"]', str(tmp_path / "missing.json")):
        with pytest.raises(InvalidInput):
            agencies_of(Settings(agencies=SecretStr(written)))
    with pytest.raises(InvalidInput, match="same name"):
        read(ONE, ONE)
