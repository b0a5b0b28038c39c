"""The calendar and the pages of events in a real browser, as a receptionist uses them."""

import pytest
from playwright.sync_api import expect

from accounts import tenancy
from calendars.models import Event
from tests.browser.conftest import enter, fits, shot

pytestmark = pytest.mark.browser


def test_event_is_made_from_the_calendar_and_changed_with_what_follows(day, page):
    enter(page)
    page.get_by_role("link", name="Calendar", exact=True).click()
    expect(page.get_by_role("link", name="Ida Berg").first).to_be_visible()
    assert fits(page)
    shot(page, "month")
    page.get_by_role("link", name="New event").click()
    page.get_by_label("Title").fill("Team meeting")
    page.get_by_label("Time", exact=True).fill("08:15")
    page.get_by_label("Repeats").select_option("Weekly")
    page.get_by_label("Ends after so many times").fill("4")
    assert fits(page)
    page.get_by_role("button", name="Make it").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Team meeting")
    page.get_by_role("listitem").get_by_role("link").nth(1).click()
    page.get_by_label("Time", exact=True).fill("08:45")
    page.get_by_label("This one and all that follow").first.check()
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("Changed. Its reminders follow.")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="08:45")).to_have_count(3)
    assert fits(page)
    shot(page, "event-page")
    page.get_by_role("link", name="← The calendar").click()
    expect(page.get_by_role("link", name="08:45–09:45 Team meeting")).to_be_visible()
    assert fits(page)
    shot(page, "week")
    with tenancy.tenant(day.organization.pk):
        assert Event.objects.filter(title="Team meeting").count() == 4
