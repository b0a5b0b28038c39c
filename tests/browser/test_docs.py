"""The pages about the REST interface, in a browser that may reach no other host."""

import pytest
from django.conf import settings

from tests.browser.conftest import enter, shot

pytestmark = pytest.mark.browser
# Large pages of other makers; nothing is said of them for a narrow window.
ONCE = pytest.mark.parametrize("page", [1280], indirect=True, ids=["wide"])


@ONCE
def test_swagger_lists_the_operations(committed, page):
    page.goto("/docs/")
    page.locator('[data-path="/rest-api/alarm/{id}/send_now/"]').wait_for()
    shot(page, "swagger")


def test_members_browse_the_interface(day, page):
    enter(page, address="/rest-api/event/")
    page.get_by_role("heading", name="Events").wait_for()
    shot(page, "browsable")


@ONCE
def test_redoc_shows_the_operations(committed, page, problems):
    page.goto("/docs/redoc/")
    # What each of some 20,000 elements is called to a screen reader takes long to find out.
    page.locator("h1", has_text=f"Punctual ({settings.VERSION})").wait_for()
    assert page.locator("[data-section-id] >> text=/rest-api/alarm/ >> nth=0").is_visible()
    shot(page, "redoc")
    # The policy keeps its maker's logo out, and a style that it can do without.
    problems[:] = [each for each in problems if "Content Security Policy" not in each and "logo-mini" not in each]
