"""Who helps at once is told on every page, and dialled by a tap."""

import re

import pytest
from starlette.testclient import TestClient


@pytest.mark.parametrize(
    "address", ["/", "/about", "/privacy", "/villages/V1", "/villages/V1/mark", "/sign-in", "/nothing"]
)
def test_who_helps_at_once_is_on_every_page(client: TestClient, address: str) -> None:
    page = client.get(address).text
    assert set(re.findall(r'href="tel:(\d+)"', page)) >= {"110", "119", "113", "165"}
    assert page.count('aria-labelledby="numbers-title"') == 1
