"""Without Chromium these tests say so and step aside; where CI is set they fail."""

import pytest
from tests.browser.conftest import chromium

pytestmark = pytest.mark.browser


def test_a_missing_browser_skips_at_home_and_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no Chromium on this machine"):
        chromium()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="scripts/setup --test"):
        chromium()
