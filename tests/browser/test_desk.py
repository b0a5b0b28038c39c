"""The desk and the admin in a real browser, as a receptionist uses them."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from accounts import tenancy
from appointments.models import Appointment
from appointments.services import visits
from calendars.services.series import series_edits
from config.kernel import clock
from notifications.models import StaffItem
from tests.browser.conftest import enter, fits, shot

pytestmark = pytest.mark.browser


def test_stranger_finds_the_way_in_and_a_friendly_page_where_nothing_is(committed, page, problems):
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Every patient reminded")
    assert fits(page)
    shot(page, "landing")
    page.get_by_role("link", name="Sign in").first.click()
    expect(page.get_by_label("Username")).to_be_visible()
    shot(page, "login")
    page.goto("/nowhere/")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
    shot(page, "404")
    # Chromium writes the 404 of the page itself to its console.
    problems[:] = [problem for problem in problems if "404" not in problem]


def test_member_sees_the_day_at_a_glance_and_does_a_thing_with_one_press(day, page):
    enter(page)
    row = page.get_by_role("row").filter(has_text="Omar Haddad").first
    expect(row).to_contain_text("11:30")
    expect(row).to_contain_text("SMS failed")
    expect(page.get_by_role("row").filter(has_text="Ana Lopez").first).to_contain_text("Yes, will come")
    assert fits(page)
    shot(page, "day")
    # A thing for staff is done with one press.
    page.get_by_role("button", name="Mark as done: A message could not be delivered").click()
    expect(page.get_by_role("button", name="Mark as done")).to_have_count(1)
    with tenancy.tenant(day.organization.pk):
        assert [item.done_by for item in StaffItem.objects.filter(done_at__isnull=False)] == [day.staff]


def test_visit_is_opened_confirmed_and_moved_with_what_follows(day, page):
    with tenancy.tenant(day.organization.pk):
        visit = Appointment.objects.filter(contact__last_name="Berg").earliest("starts_at")
        series_edits.change(visit.event, now=clock.now(), recurrence="RRULE:FREQ=WEEKLY;COUNT=6")
        later = visit.starts_at + timedelta(days=14)
        third = Appointment.objects.get(starts_at__range=(later - timedelta(hours=2), later + timedelta(hours=2)))
    enter(page)
    page.get_by_role("link", name="Ida Berg").first.click()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Confirmed.", exact=True)).to_be_visible()
    page.goto(f"/visits/{third.pk}/")
    page.get_by_label("Time").fill("15:45")
    page.get_by_label("This visit and all that follow").first.check()
    assert fits(page)
    shot(page, "visit")
    page.get_by_role("button", name="Move").press("Enter")
    expect(page.get_by_text("Moved. The reminders move along.")).to_be_visible()
    series = page.get_by_role("region", name="Series")
    expect(series.get_by_role("listitem").filter(has_text="15:45")).to_have_count(4)
    with tenancy.tenant(day.organization.pk):
        visits = Appointment.objects.filter(contact=visit.contact).order_by("starts_at")
        clinic = ZoneInfo("America/New_York")
        times = [f"{row.starts_at.astimezone(clinic):%H:%M}" for row in visits]
        assert (times, visits[0].status) == (["14:00"] * 2 + ["15:45"] * 4, "confirmed")


def test_visit_that_changed_meanwhile_keeps_what_was_typed(day, page, problems):
    with tenancy.tenant(day.organization.pk):
        visit = Appointment.objects.filter(contact__last_name="Silva").earliest("starts_at")
    enter(page, address=f"/visits/{visit.pk}/")
    page.get_by_label("Length in minutes").fill("50")
    with tenancy.tenant(day.organization.pk):
        visits.confirm(visit, now=clock.now())
    page.get_by_role("button", name="Move").click()
    expect(page.get_by_role("alert")).to_contain_text("Somebody changed this visit meanwhile")
    expect(page.get_by_label("Length in minutes")).to_have_value("50")
    assert fits(page)
    shot(page, "visit-changed")
    # Chromium writes the 412 of the page itself to its console.
    problems[:] = [problem for problem in problems if "412" not in problem]


# Name of the picture, address, words that stand there.
ADMIN = [
    ("dashboard", "/admin/", "visits today"),
    ("appointments", "/admin/appointments/appointment/", "Leo Martin"),
    ("events", "/admin/calendars/event/", "Check-up"),
    ("alarms", "/admin/calendars/alarm/", "planned"),
    ("deliveries", "/admin/notifications/delivery/", "delivered"),
    ("new-appointment", "/admin/appointments/appointment/add/", "Calendar"),
    ("gateway", "/admin/notifications/gateway/add/", "Secret key"),
]


def test_pages_of_the_admin_work(day, page):
    enter(page, "riverside-owner", "about:blank")
    for name, address, words in ADMIN:
        page.goto(address)
        expect(page.get_by_text(words).first, address).to_be_attached()
        shot(page, name)


def test_admin_says_why_a_delivery_failed_and_shows_an_events_alarms(day, page):
    enter(page, address="/admin/notifications/delivery/?state__exact=failed")
    page.locator("#result_list a").filter(has_text="+1555").first.click()
    expect(page.get_by_role("heading", name="Why was this not sent?")).to_be_visible()
    expect(page.get_by_text("Carrier rejected the message").first).to_be_visible()
    shot(page, "why")
    page.goto("/admin/calendars/event/")
    page.get_by_role("link", name="Root canal").first.click()
    expect(page.locator("#alarms-group, #alarms-heading").first).to_be_attached()
    shot(page, "event")
