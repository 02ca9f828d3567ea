"""The phone understands what people say as the server does, with no connection."""

import json

import pytest
from playwright.sync_api import Page
from tests.support.said import NOWHERE, SAID

from safemap.demo.layout import CODE

pytestmark = pytest.mark.browser
LIST_BYTES = 12_000  # of the demo village, compressed: 60 streets, 250 lamps

FIND = """async ([key, said]) => {
  const { Gazetteer } = await import("/static/js/data/gazetteer.js");
  const listed = await (await fetch(`/api/v1/villages/${key}/places`)).json();
  const known = new Gazetteer(listed);
  const onServer = async (words) =>
    (await (await fetch(`/api/v1/villages/${key}/places/found?words=${encodeURIComponent(words)}`)).json()).found
      .filter((one) => one.kind !== "camera"); // the list that a phone takes along has none
  return Promise.all(said.map(async (words) => [known.find(words), words ? await onServer(words) : []]));
}"""


def test_both_find_the_same_at_the_same_place(phone: Page, site: str) -> None:
    phone.goto(f"{site}/about")
    said = [*(words for words, *_ in SAID), *NOWHERE]
    answers = phone.evaluate(FIND, [CODE, said])
    assert len(answers) == len(said)
    for words, (here, there) in zip(said, answers, strict=True):
        assert [(one["kind"], one["name"], one["is_sure"]) for one in here] == [
            (one["kind"], one["name"], one["is_sure"]) for one in there
        ], words
        for one, other in zip(here, there, strict=True):
            assert one["lon"] == pytest.approx(other["lon"], abs=2e-5)
            assert one["lat"] == pytest.approx(other["lat"], abs=2e-5)
            assert one["accuracy_m"] == pytest.approx(other["accuracy_m"], abs=2)
    firsts = [(here[0]["kind"], here[0]["name"], here[0]["is_sure"]) for here, _ in answers[: len(SAID)]]
    assert firsts == [(kind, name, is_sure) for _, kind, name, is_sure in SAID]


def test_the_list_of_places_is_small(phone: Page, site: str) -> None:
    phone.goto(f"{site}/about")
    with phone.expect_request_finished() as finished:
        listed = phone.evaluate("async (key) => (await fetch(`/api/v1/villages/${key}/places`)).text()", CODE)
    assert finished.value.sizes()["responseBodySize"] < LIST_BYTES
    assert {"label", "azimuth_deg"}.isdisjoint(json.loads(listed))  # nothing of cameras
