"""A real browser for tests of pages: Debian's Chromium, driven by Playwright."""

import os
import shutil

import pytest
from playwright.sync_api import sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
]


@pytest.fixture(scope="module")
def chromium():
    """Return a browser; without Chromium the tests are skipped, unless it is required."""
    path = shutil.which("chromium")
    if not path:
        required = os.environ.get("PUNCTUAL_REQUIRE_BROWSER") == "1"
        (pytest.fail if required else pytest.skip)("There is no chromium on the PATH: apt-get install chromium")
    # Playwright runs an event loop in this thread; Django's guard against the ORM in one does not apply.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
