"""Going through the form that marks a spot, a step at a time."""

from playwright.sync_api import Page, expect


def onward(page: Page) -> None:
    """Go to the next step; past the question whether it is one of those that are here, where it is asked."""
    step = _step(page)
    page.locator("[data-next]").click()
    expect(page.locator(f"#{step}")).to_be_hidden()  # what is near is looked up on the way
    if _step(page) == "similar":
        onward(page)


def _step(page: Page) -> str:
    return str(page.locator("[data-step]:not([hidden])").get_attribute("id"))
