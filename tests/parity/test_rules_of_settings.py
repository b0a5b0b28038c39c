"""What follows a change or a deletion of calendars, calendar users and clinics, by REST and in the admin alike."""

from datetime import datetime, timedelta

import pytest

from accounts.models import AuditEntry, Clinic
from appointments.models import Appointment
from appointments.services import visits
from appointments.tests.visiting import browser
from calendars.engine.states import AlarmMethod
from calendars.models import Calendar, CalendarUser, CalendarUserProfile, Event, Rule
from calendars.services import events
from calendars.services.alarms import alarm_queueing, alarms
from notifications.models import Delivery, StaffItem
from tests import factories
from tests.clients import client_of
from tests.parity.forms import fields_of

pytestmark = pytest.mark.django_db
START = datetime.fromisoformat("2026-12-01T09:00")
ENTRY_POINTS = ("rest", "admin", "list")


@pytest.fixture
def admin(world, clock):
    """Return a browser in which the owner is signed in."""
    return browser(world.owner)


@pytest.fixture
def visit(inside, clock):
    """Return a visit whose text is in the outbox, in the second of two calendars."""
    user = CalendarUser.objects.create(username="second")
    CalendarUserProfile.objects.create(user=user, manager=inside.owner, calendar_setting=inside.setting)
    calendar = Calendar.objects.create(name="Second", user=user, clinic=inside.clinic)
    made = visits.book(contact=factories.contact(inside), calendar=calendar, starts_at=START, now=clock.at)
    alarms.create(
        made.event, now=clock.at, method=AlarmMethod.SMS, sms_template=inside.sms_template, advance_notice=2_592_000
    )
    alarm_queueing.plan()
    return made


def delete(entry_point, kind, pk, api, admin):
    if entry_point == "rest":
        assert api.delete(f"/rest-api/{kind}/{pk}/").status_code == 204
        return
    app = "accounts" if kind == "clinic" else "calendars"
    page = f"/admin/{app}/{kind.replace('-', '')}/"
    chosen = {"action": "delete_selected", "_selected_action": pk}
    admin.post(
        f"{page}{pk}/delete/" if entry_point == "admin" else page,
        {"post": "yes", **(chosen if entry_point == "list" else {})},
    )


@pytest.mark.parametrize("entry_point", ENTRY_POINTS)
@pytest.mark.parametrize("kind", ["calendar", "calendar-user"])
def test_deleting_takes_visits_and_their_messages_along(visit, api, admin, entry_point, kind):
    calendar = visit.event.calendar
    # It had left when somebody looked, so that staff has to call.
    for state in ("leased", "calling"):
        Delivery.objects.update(state=state)
    delete(entry_point, kind, calendar.pk if kind == "calendar" else calendar.user_id, api, admin)
    assert not Appointment.objects.exists()
    assert not Calendar.objects.filter(pk=calendar.pk).exists()
    assert [item.kind for item in StaffItem.objects.all()] == ["too_late"]
    told = AuditEntry.objects.filter(action="delete").values_list("kind", flat=True)
    assert sorted(told) == ["appointments.appointment", f"calendars.{kind.replace('-', '')}"]


def change(entry_point, kind, row, api, admin, **fields):
    if entry_point == "rest":
        return api.patch(f"/rest-api/{kind}/{row.pk}/", fields)
    app = "accounts" if kind == "clinic" else "calendars"
    page = f"/admin/{app}/{kind}/{row.pk}/change/"
    return admin.post(page, fields_of(admin.get(page)) | {name: value for name, value in fields.items() if value})


@pytest.mark.parametrize("entry_point", ["rest", "admin"])
def test_whole_days_go_along_to_another_zone(inside, clock, api, admin, entry_point):
    calendar = inside.calendar
    day = events.create(
        calendar=calendar,
        creator=inside.calendar_user,
        title="Outing",
        all_day=True,
        now=clock.at,
        start=datetime.fromisoformat("2026-12-01T00:00"),
    )
    change(entry_point, "calendar", calendar, api, admin, time_zone="Asia/Tokyo")
    day.refresh_from_db()
    assert (day.time_zone, day.start.isoformat()) == ("Asia/Tokyo", "2026-11-30T15:00:00+00:00")


@pytest.mark.parametrize("entry_point", ["rest", "admin"])
def test_new_default_clinic_takes_the_place_of_the_old_one(inside, clock, api, admin, entry_point):
    north = Clinic.objects.create(number=2, name="North", time_zone="America/Chicago")
    change(entry_point, "clinic", north, api, admin, is_default="true")
    assert list(Clinic.objects.order_by("number").values_list("is_default", flat=True)) == [False, True]


@pytest.mark.parametrize("entry_point", ["rest", "admin"])
def test_there_is_always_a_default_clinic(inside, clock, api, admin, entry_point):
    if entry_point == "rest":
        assert api.patch(f"/rest-api/clinic/{inside.clinic.pk}/", {"is_default": False}).status_code == 409
    else:
        page = f"/admin/accounts/clinic/{inside.clinic.pk}/change/"
        fields = fields_of(admin.get(page))
        fields.pop("is_default")
        assert list(admin.post(page, fields).context["adminform"].form.errors) == ["is_default"]
    assert Clinic.objects.get(pk=inside.clinic.pk).is_default


@pytest.mark.parametrize("entry_point", ENTRY_POINTS)
def test_default_clinic_is_not_deleted(world, clock, api, admin, entry_point):
    lonely = factories.world("Hillside")
    owner = browser(lonely.owner)
    Calendar.objects.unscoped().filter(pk=lonely.calendar.pk).update(clinic=None)

    if entry_point == "rest":
        assert client_of(lonely.owner).delete(f"/rest-api/clinic/{lonely.clinic.pk}/").status_code == 409
    else:
        delete(entry_point, "clinic", lonely.clinic.pk, None, owner)
    assert Clinic.objects.unscoped().filter(pk=lonely.clinic.pk).exists()


@pytest.mark.parametrize("entry_point", ["rest", "admin"])
def test_number_of_a_clinic_is_taken_once(inside, clock, api, admin, entry_point):
    north = Clinic.objects.create(number=2, name="North", time_zone="America/Chicago")
    answer = change(entry_point, "clinic", north, api, admin, number=1)
    assert answer.status_code in (200, 400)
    assert Clinic.objects.get(pk=north.pk).number == 2


@pytest.mark.parametrize("entry_point", ["rest event", "rest visit", "admin", "service"])
def test_series_by_a_named_rule_ends_after_a_month_unless_told_otherwise(inside, clock, api, admin, entry_point):
    rule, patient = Rule.objects.get(name="Daily"), factories.contact(inside)
    links = {
        name: f"http://localhost/rest-api/{name}/{row.pk}/"
        for name, row in (("calendar", inside.calendar), ("rule", rule), ("contact", patient))
    }
    creator = f"http://localhost/rest-api/calendar-user/{inside.calendar_user.pk}/"
    if entry_point == "rest event":
        given = {"title": "Daily", "start": "2026-12-01T09:00", "creator": creator, **links}
        assert api.post("/rest-api/event/", given).status_code == 201
    elif entry_point == "rest visit":
        assert api.post("/rest-api/appointment/", {"starts_at": "2026-12-01T09:00", **links}).status_code == 201
    elif entry_point == "admin":
        page = "/admin/calendars/event/add/"
        given = {
            "title": "Daily",
            "calendar": inside.calendar.pk,
            "creator": inside.calendar_user.pk,
            "rule": rule.pk,
            "start_0": "2026-12-01",
            "start_1": "09:00",
        }
        assert admin.post(page, fields_of(admin.get(page)) | given).status_code == 302
    else:
        events.create(
            calendar=inside.calendar, creator=inside.calendar_user, title="D", start=START, rule=rule, now=clock.at
        )
    root = Event.objects.get(parent_event=None)
    assert root.end_recurring_period - root.start == timedelta(days=31)


def test_series_without_an_end_is_asked_for(inside, clock, api):
    links = {
        name: f"http://localhost/rest-api/{name}/{row.pk}/"
        for name, row in (("calendar", inside.calendar), ("rule", Rule.objects.get(name="Daily")))
    }
    creator = f"http://localhost/rest-api/calendar-user/{inside.calendar_user.pk}/"
    given = {"title": "Daily", "start": "2026-12-01T09:00", "creator": creator, "end_recurring_period": None, **links}
    assert api.post("/rest-api/event/", given).status_code == 201
    assert Event.objects.get(parent_event=None).end_recurring_period is None


@pytest.mark.parametrize("page", ["calendarsetting", "calendaruserprofile"])
def test_admin_notes_when_a_setting_was_changed(inside, clock, page):
    row = inside.setting if page == "calendarsetting" else inside.profile
    clock.forward(days=1)
    address = f"/admin/calendars/{page}/{row.pk}/change/"
    owner = browser(inside.owner)
    name = "label" if page == "calendarsetting" else "city"
    assert owner.post(address, fields_of(owner.get(address)) | {name: "New"}).status_code == 302
    row.refresh_from_db()
    assert row.updated_date == clock.at
