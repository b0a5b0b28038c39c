import re

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts import tenancy
from calendars.models import CalendarFeed, CalendarImport, Event
from calendars.services import events
from calendars.tests.imports import work_all
from calendars.tests.test_ical_components import calendar as file
from calendars.tests.test_ical_components import event as vevent
from calendars.tests.test_import_calendar import ONCE
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, world, clock):
    client.force_login(world.owner)
    return f"/admin/calendars/calendar/{world.calendar.pk}"


def upload(client, page, *components, **fields):
    raw = "\r\n".join(file(*components)).encode()
    return client.post(f"{page}/import/", {"file": SimpleUploadedFile("visits.ics", raw), **fields})


def test_the_page_of_a_calendar_offers_what_can_be_done(client, page):
    text = client.get(f"{page}/change/").content.decode()
    assert {f"{page}/{name}/" for name in ("import", "subscribe", "export")} <= set(re.findall(r'href="([^"]+)"', text))


def test_a_file_is_looked_at_first(client, page):
    answer = upload(client, page, vevent(*ONCE), vevent("SUMMARY:Lost"))
    text = answer.content.decode()
    assert (answer.status_code, "nothing has changed yet" in text) == (200, True)
    assert "DTSTART is missing" in text
    assert not Event.objects.unscoped().exists()


def test_a_file_is_taken_in_and_back_again(client, page, world):
    answer = upload(client, page, vevent(*ONCE), vevent(*ONCE, uid="b@x"), commit="1")
    row = CalendarImport.objects.unscoped().get()
    assert answer["Location"] == f"/admin/calendars/calendarimport/{row.pk}/change/"
    assert (row.file_name, row.created_by) == ("visits.ics", world.owner)
    waiting = client.get(answer["Location"])
    assert (waiting["Refresh"], "<progress" in waiting.content.decode()) == ("2", True)
    work_all()
    shown = client.get(answer["Location"])
    text = shown.content.decode()
    assert ("Refresh" in shown, len(re.findall(r">\s*Created\s*<", text))) == (False, 2)
    assert "&#x27;created&#x27;" not in text
    with tenancy.tenant(world.organization.pk):
        events.change(Event.objects.get(uid="b@x"), now=NOW, title="Ours")
    done = client.post(f"/admin/calendars/calendarimport/{row.pk}/do/undo/")
    assert [str(message) for message in get_messages(done.wsgi_request)] == [
        "Line 8, Ours: left as it is, somebody changed it since.",
        "1 calendar import taken back.",
    ]
    assert [event.title for event in Event.objects.unscoped()] == ["Ours"]


def test_a_refusal_is_shown_on_the_page(client, page, world):
    type(world.calendar).objects.unscoped().filter(pk=world.calendar.pk).update(user=None)
    answer = upload(client, page, vevent(*ONCE), commit="1")
    assert "The calendar belongs to no calendar user" in answer.content.decode()


def test_an_address_is_made_shown_once_and_revoked(client, page, world):
    factories.event(world)
    text = client.post(f"{page}/subscribe/", {"name": "Phone", "detail": "full"}).content.decode()
    path = re.search(r'value="http://testserver(/feeds/[\w-]+\.ics)"', text)[1]
    assert Client().get(path).status_code == 200
    feed = CalendarFeed.objects.unscoped().get()
    assert (feed.name, feed.detail, feed.created_by) == ("Phone", "full", world.owner)
    client.post(f"/admin/calendars/calendarfeed/{feed.pk}/do/revoke/")
    assert Client().get(path).status_code == 404


def test_the_export_is_a_file(client, page, world):
    answer = client.get(f"{page}/export/")
    assert answer["Location"] == f"/rest-api/calendar/{world.calendar.pk}/export/"
    assert b"".join(client.get(answer["Location"])).startswith(b"BEGIN:VCALENDAR")


def test_viewers_neither_import_nor_subscribe(page, world):
    viewer = Client()
    viewer.force_login(world.viewer)
    assert [viewer.get(f"{page}/{name}/").status_code for name in ("import", "subscribe")] == [403, 403]
    assert upload(viewer, page, vevent(*ONCE), commit="1").status_code == 403
