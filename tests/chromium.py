"""A real browser for tests of pages: Debian's Chromium, driven by Playwright."""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.staticfiles import handlers
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from playwright.sync_api import Browser, Page, expect, sync_playwright

# Milliseconds until a page is taken not to show what is expected.
PATIENCE = 60_000

# Parts of the program around a page that no test sees, and of which each window would load two as pages of its own.
# The rest of the list is Playwright's, which this one replaces.
UNUSED = [
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "SpareRendererForSitePerProcess",
    "AimEnabled",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    # All pages are ours: they may share a process.
    "--disable-site-isolation-trials",
    f"--disable-features={','.join(UNUSED)}",
]


class KeptFiles(handlers.StaticFilesHandler):
    """Static files that a browser keeps, as it keeps those of production."""

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and say for how long the answer holds."""
        response = super().get_response(request)
        response["Cache-Control"] = "max-age=86400, immutable"
        return response


@pytest.fixture(scope="session")
def kept_files() -> Iterator[None]:
    """Let the live server, which is made after this, serve its static files so."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handlers, "StaticFilesHandler", KeptFiles)
        yield


@pytest.fixture(scope="session")
def live_server(kept_files: None, live_server: Any) -> Any:
    """Return pytest-django's live server."""
    return live_server


def launched() -> Iterator[Browser]:
    """Return a browser; without Chromium the tests are skipped, unless it is required."""
    # The first is the same without the program around a page.
    path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if not path:
        required = os.environ.get("PUNCTUAL_REQUIRE_BROWSER") == "1"
        (pytest.fail if required else pytest.skip)("There is no chromium on the PATH: apt-get install chromium")
    # Playwright runs an event loop in this thread; Django's guard against the ORM in one does not apply.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


chromium = pytest.fixture(scope="module")(launched)


def opened() -> Iterator[dict[int, Page]]:
    """Hold windows by their width, from when a test first asks for one until the last is done."""
    found: dict[int, Page] = {}
    yield found
    for page in found.values():
        page.context.close()


# To open one takes the computer longer than most tests need. What looks into a window asks for its own.
windows = pytest.fixture(scope="module")(opened)


@contextlib.contextmanager
def in_use(page: Page, origin: str, heard: dict[str, Callable[[Any], None]]) -> Iterator[Page]:
    """Yield a window that passes events to `heard` by name; its storage is cleared afterwards."""
    page.set_default_timeout(PATIENCE)
    for event, note in heard.items():
        page.on(event, note)
    yield page
    page.goto("about:blank")
    for event, note in heard.items():
        page.remove_listener(event, note)
    devices = page.context.new_cdp_session(page)
    devices.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
    devices.detach()
    page.context.clear_cookies()
