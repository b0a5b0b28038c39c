"""The patients' phones in a real browser."""

import os

import pytest
from playwright.sync_api import expect, sync_playwright

from notifications.tests.simulator.conftest import PHONE

pytestmark = pytest.mark.browser
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
]
SHOTS = os.environ.get("SCREENSHOTS", "")


@pytest.fixture(scope="module")
def chromium():
    """Return a browser."""
    # Playwright runs an event loop in this thread; Django's guard against the ORM in one does not apply.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(params=[1280, 390])
def page(request, chromium, live_server):
    """Return a page, wide and narrow, that fails the test when a script fails."""
    context = chromium.new_context(
        viewport={"width": request.param, "height": 860}, base_url=live_server.url, locale="en-GB", timezone_id="UTC"
    )
    page = context.new_page()
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert problems == []


def shot(page, name):
    """Keep a picture when SCREENSHOTS names a folder."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}-{page.viewport_size['width']}.png")


def fits(page):
    """Tell whether nothing sticks out sideways."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_person_sees_a_new_text_and_answers_it(customer, page):
    customer.send("[Riverside] Ana, you have an appointment on Tuesday 24 November, 2:30 pm. Reply Yes or No.")
    page.goto("/simulator/")
    expect(page.get_by_role("link", name=PHONE)).to_contain_text("1")
    shot(page, "home-one")
    page.get_by_role("link", name=PHONE).click()
    page.get_by_role("button", name="Yes").click()
    expect(page.locator(".bubble.inbound")).to_contain_text("Yes")
    customer.send("[Riverside]\nThank you! Your appointment has been marked confirmed. https://example.org/visit/1")
    expect(page.locator(".bubble.outbound")).to_have_count(2)
    page.get_by_label("Your text").fill("See you then")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".bubble.inbound")).to_have_count(2)
    expect(page.get_by_label("Your text")).to_have_value("")
    page.get_by_role("button", name="STOP").click()
    expect(page.locator(".bubble.notice")).to_contain_text("blocks all texts")
    assert fits(page)
    shot(page, "phone")
