"""The pages about the REST interface, in a browser that may reach no other host."""

import pytest

from tests.browser.conftest import shot, sign_in

pytestmark = pytest.mark.browser


def test_swagger_lists_the_operations(committed, page):
    page.goto("/docs/")
    page.locator('[data-path="/rest-api/alarm/{id}/send_now/"]').wait_for()
    shot(page, "swagger")


def test_members_browse_the_interface(day, page):
    sign_in(page)
    page.goto("/rest-api/event/")
    page.get_by_role("heading", name="Events").wait_for()
    shot(page, "browsable")
