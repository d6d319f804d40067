"""What lies over a picture: legible whatever the picture is, and no thing over another, however small the screen."""

from itertools import combinations

import pytest
from playwright.async_api import Page, expect

from tests.journeys.conftest import Journey
from tests.support.browsers import misfits

pytestmark = pytest.mark.journey

SCREENS = ((320, 640), (360, 740), (390, 844), (640, 360), (844, 390), (1280, 720), (1440, 900))

# The contrast (WCAG 2.2, 1.4.3) between an element's words and its own ground, laid on black and on white.
WORST_CONTRAST = """(each) => {
  const rgba = (text) => [...text.matchAll(/[\\d.]+/g)].map(Number);
  const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const grounded = each.closest("button, .logo, .name, .say, .tag");
  const [r, g, b, alpha = 1] = rgba(getComputedStyle(grounded).backgroundColor);
  const words = light(rgba(getComputedStyle(each).color));
  return Math.min(...[0, 255].map((picture) => {
    const ground = light([r, g, b].map((c) => c * alpha + picture * (1 - alpha)));
    return (Math.max(words, ground) + 0.05) / (Math.min(words, ground) + 0.05);
  }));
}"""


async def legible(page: Page, *selectors: str) -> None:
    """On any picture."""
    for selector in selectors:
        contrast = await page.locator(selector).filter(visible=True).first.evaluate(WORST_CONTRAST)
        assert contrast >= 4.5, (selector, contrast)


async def apart(page: Page, *selectors: str) -> None:
    """None of these lies over another one, on any screen, and all that the page has fits."""
    for width, height in SCREENS:
        await page.set_viewport_size({"width": width, "height": height})
        assert await misfits(page) == [], (width, height)
        places = {name: await page.locator(name).filter(visible=True).first.bounding_box() for name in selectors}
        for one, other in combinations(selectors, 2):
            a, b = places[one], places[other]
            assert a is not None and b is not None, (one, other)  # noqa: PT018  # mypy follows it as one
            across = a["x"] < b["x"] + b["width"] and b["x"] < a["x"] + a["width"]
            along = a["y"] < b["y"] + b["height"] and b["y"] < a["y"] + a["height"]
            assert not (across and along), (width, height, one, other)


async def test_words_over_a_picture_are_legible_and_nothing_lies_over_anything_else(journey: Journey) -> None:
    subject, officer = await journey.invited(), await journey.desk()
    await subject.agrees()
    await legible(subject.page, ".above .logo", ".above .logo i", ".above button", ".say b", ".marks li")
    await apart(subject.page, ".above .logo", ".above button", ".say")
    await subject.waits()
    await officer.the_way_in().click()
    await expect(officer.part("admit")).to_be_visible()
    await legible(officer.page, ".scene .name")
    await apart(officer.page, ".scene .name", ".scene .me", '[data-part="over"]')
    await officer.part("admit").click()
    await subject.sees_the_other()
    await officer.sees_the_other()
    await apart(officer.page, ".scene .name", ".scene .me", '[data-part="recording"]')
    await apart(subject.page, '[data-part="own"]', '[data-part="recording"]', ".bar")


async def test_what_stands_for_a_picture_that_is_not_there_has_its_place_too(journey: Journey) -> None:
    subject, officer = await journey.invited(permissions=[]), await journey.desk()
    await subject.chooses("face")
    await subject.presses("先等着也可以")
    await apart(subject.page, '[data-part="no-picture"] b', '[data-part="no-picture"] small', ".say")
    await officer.admits()
    await subject.sees_the_other()
    await subject.reads("您能看也能听，但矫正官看不到、也听不到您")
    await apart(subject.page, '[data-part="no-picture"]', '[data-part="call-note"]', '[data-part="recording"]', ".bar")
