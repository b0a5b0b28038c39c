"""Chromium against the live server, with a clinic's day in it."""

import os
from datetime import datetime, time, timedelta
from urllib.parse import urlparse
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.test import Client

from accounts import tenancy
from accounts.models import Clinic, Organization, User
from appointments.models import Appointment
from calendars.models import Alarm
from notifications.models import StaffItem
from tests import database_clock, factories
from tests.admin_rows import delivery
from tests.chromium import in_use, launched, opened
from tests.factories import NOW, PASSWORD

SHOTS = os.environ.get("SCREENSHOTS", "")
# Hour, first and last name, visit, status, state of the alarm, its reason, the answer.
DAY = [
    (8, "Ana", "Lopez", "Check-up", "confirmed", "delivered", "", 1),
    (9, "Leo", "Martin", "Cleaning", "scheduled", "delivered", "", 0),
    (10, "Mia", "Chen", "Root canal", "cancelled", "delivered", "", 2),
    (11, "Omar", "Haddad", "Check-up", "scheduled", "failed", "no_recipient", 0),
    (14, "Ida", "Berg", "Crown fitting", "scheduled", "queued", "", 0),
    (16, "Noah", "Silva", "Extraction", "scheduled", "planned", "", 0),
]

# One browser and its windows for all of the folder, as every test in it wants them.
chromium = pytest.fixture(scope="package")(launched)
windows = pytest.fixture(scope="package")(opened)


@pytest.fixture
def problems():
    """Collect what a page must not do: reach for other machines, fail a script, miss a file."""
    return []


@pytest.fixture(params=[1280, 390], ids=["wide", "narrow"])
def page(request, chromium, live_server, windows, problems):
    """Return a page that remembers nothing of earlier tests, and fails the test for any problem."""
    page = windows.get(request.param) or windows.setdefault(
        request.param, _window(chromium, live_server, request.param)
    )
    own = urlparse(live_server.url).netloc
    heard = {
        "request": lambda sent: problems.append(sent.url) if _foreign(sent.url, own) else None,
        "pageerror": lambda error: problems.append(str(error)),
        "console": lambda said: problems.append(said.text) if said.type == "error" else None,
        "response": lambda answer: problems.append(answer.url) if answer.status >= 500 else None,
    }
    with in_use(page, live_server.url, heard):
        yield page
    assert problems == []


def _window(chromium, live_server, width):
    size = {"width": width, "height": 900}
    context = chromium.new_context(viewport=size, base_url=live_server.url, locale="en-GB", timezone_id="UTC")
    context.clock.set_fixed_time(NOW)
    return context.new_page()


def _foreign(url, own):
    parts = urlparse(url)
    return parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != own


@pytest.fixture
def day(committed):
    """Return a clinic with visits today and tomorrow, early on a Monday; the clock stands for browser and server."""
    with database_clock.standing(NOW):
        yield _riverside()


def _riverside():
    world = factories.world("Riverside", time_zone="America/New_York")
    with tenancy.tenant(world.organization.pk):
        Organization.objects.filter(pk=world.organization.pk).update(name="Riverside Family Dental")
        today = NOW.astimezone(ZoneInfo(Clinic.objects.get().time_zone)).date()
        for shift in (0, 1):
            for number, line in enumerate(DAY[: 6 - 2 * shift]):
                _visit(world, today + timedelta(days=shift), number, line, tomorrow=bool(shift))
        _things()
    return world


def _visit(world, day, number, line, *, tomorrow):
    hour, first, last, title, status, state, reason, result = line
    start = datetime.combine(day, time(hour, 30 * (number % 2)), ZoneInfo("America/New_York"))
    phone = f"+1555020{number:02}{1 + tomorrow}0"
    contact = factories.contact(world, first_name=first, last_name=last, phone=phone)
    event = factories.event(world, start=start, contact=contact, title=title)
    state, status, result = ("planned", "scheduled", 0) if tomorrow else (state, status, result)
    alarm = factories.alarm(world, event, advance_notice=7200, due_at=start - timedelta(hours=2))
    Alarm.objects.filter(pk=alarm.pk).update(state=state, reason=reason, result=result)
    Appointment.objects.create(
        clinic=world.clinic,
        contact=contact,
        event=event,
        starts_at=event.start,
        ends_at=event.end,
        title=title,
        status=status,
    )
    delivery(
        world,
        f"d{day}{number}",
        contact=contact,
        recipient=phone,
        state="delivered" if number < 3 else "failed",
        reason="" if number < 3 else "30007",
        detail="" if number < 3 else "Carrier rejected the message",
        due_at=start - timedelta(hours=2),
        useful_until=start,
        origin_id=alarm.pk,
    )


def _things():
    lopez = Appointment.objects.select_related("contact").first().contact
    StaffItem.objects.create(
        kind="unclear_reply",
        code="replied",
        values={"sender": "+15550200010", "text": "maybe, can I come an hour later?"},
        dedup_key="1",
        contact=lopez,
    )
    StaffItem.objects.create(kind="failed", code="not_delivered", values={"recipient": "+15550200310"}, dedup_key="2")


def sign_in(page, username="riverside-staff"):
    """Sign in as a person does, and land on the day."""
    page.goto("/")
    page.get_by_role("link", name="Sign in").first.click()
    page.get_by_label("Username or e-mail").fill(username)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/")


def enter(page, username="riverside-staff", address="/"):
    """Be signed in since a moment ago, and open a page; the form of signing in has tests of its own."""
    browser = Client()
    browser.force_login(User.objects.get(username=username))
    session = {"name": settings.SESSION_COOKIE_NAME, "value": browser.session.session_key}
    page.context.add_cookies([{**session, "domain": "localhost", "path": "/"}])
    page.goto(address)


def shot(page, name):
    """Keep a picture when SCREENSHOTS names a folder."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}-{page.viewport_size['width']}.png")


def fits(page):
    """Tell whether nothing sticks out sideways."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
