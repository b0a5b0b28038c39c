"""ETags of every row of the REST interface: what was changed meanwhile is not overwritten, what is known not sent."""

import re
import threading

import pytest
from django.db import connection

from accounts import tenancy
from accounts.api.base import RetrieveMixin
from accounts.models import User
from appointments.models import Appointment
from calendars.models import Alarm, Calendar, CalendarImport, CalendarUser, Event
from calendars.services import events
from calendars.services.alarms import alarms
from config.kernel import clock as the_clock
from contacts.models import Contact
from contacts.services import contact_types, contacts
from notifications.models import Gateway, StaffItem
from surveys.models import AudioFile, CallRequest
from tests import admin_rows, factories, routes
from tests.clients import client_of
from tests.saved_rows import SavedRows
from tests.time_limits import HANG

STRONG = re.compile(r'"[!#-~]+"')
CHANGES = ("put", "patch", "delete")
REST = [route for route in routes.everything() if hasattr(getattr(route.view, "cls", None), "lock")]
OF_ROW = [route for route in REST if route.view.initkwargs["detail"]]
SHOWN = {
    route.name: route
    for route in OF_ROW
    if route.view.actions.get("get") == "retrieve" and issubclass(route.view.cls, RetrieveMixin)
}
# What the machine computes from the columns and rows that its view names, by model.
COMPUTED = {
    # What is odd about its time is told of the clinic's hours and of the patient's other visits, as they are now.
    Appointment: {"contact_uuid", "warnings", "warning_codes"},
    Calendar: {"warnings"},
    CalendarImport: {"components", "counts"},
    CalendarUser: {"groups"},
    CallRequest: {"content_type"},
    # An organization keeps its UUID.
    Contact: {"organization_uuid", "title_display"},
    Event: {"start_date", "end_date", "recurrence_text", "warnings"},
    Gateway: {"callback_url", "has_credentials"},
    StaffItem: {"summary"},
    User: {"groups"},
}


def writes(route):
    """Return the methods of an address of a row that change it, with the names of their actions."""
    return {method: name for method, name in route.view.actions.items() if method in (*CHANGES, "post")}


CHANGED = {route.view.cls for route in OF_ROW if writes(route)}
CHANGEABLE = {name: route for name, route in SHOWN.items() if route.view.cls in CHANGED}


def create_rows(world):
    for tag in ("a", "b"):
        admin_rows.create_rows(world, tag, hours=30)
    AudioFile.objects.unscoped().update(content=b"RIFF", media_type="audio/wav")
    admin_rows.SurveyTemplate.objects.unscoped().update(user=world.staff)


CREATED_ROWS = SavedRows(create_rows)


@pytest.fixture
def filled(clock, world):
    """Return a clinic with at least two rows of every kind."""
    CREATED_ROWS.restore(world)
    return world


def send(api, method, address, **headers):
    """Send a request without content, as a form where the view takes nothing else."""
    form = {"format": "multipart"} if "audio" in address else {}
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return getattr(api, method)(address, {}, headers=headers, **form)


def stored(route, world):
    """Return the columns of all of a clinic's rows of a kind."""
    with tenancy.tenant(world.organization.pk):
        return list(route.model._base_manager.order_by("pk").values())


def test_all_that_can_be_changed_is_looked_at():
    assert {route.view.cls for route in CHANGEABLE.values()} == CHANGED
    assert len(CHANGED) == 46


@pytest.mark.usefixtures("principals_kept")
@pytest.mark.django_db
@pytest.mark.parametrize("name", CHANGEABLE)
def test_reader_who_knows_a_row_is_sent_nothing(filled, api, name):
    address = CHANGEABLE[name].address_of(routes.row_of(CHANGEABLE[name], filled))
    seen = api.get(address)
    tag = seen["ETag"]
    assert STRONG.fullmatch(tag)
    assert (api.head(address)["ETag"], api.head(address).content) == (tag, b"")
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        for method in ("get", "head"):
            answer = send(api, method, address, If_None_Match=known)
            assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)
            assert "Content-Type" not in answer
    other = send(api, "get", address, If_None_Match='"other"')
    assert (other.status_code, other.json()) == (200, seen.json())
    assert send(api, "get", address, If_Match='"other"').status_code == 412
    assert send(api, "get", address, If_None_Match="other").json()["code"] == "bad_condition"
    assert "ETag" not in api.get(address, headers={"Accept": "text/html", "If-None-Match": "*"})


@pytest.mark.usefixtures("principals_kept")
@pytest.mark.django_db
@pytest.mark.parametrize("name", CHANGEABLE)
def test_change_of_what_was_not_seen_is_refused(filled, api, name):
    route = CHANGEABLE[name]
    row = routes.row_of(route, filled)
    tag = api.get(route.address_of(row))["ETag"]
    later = route.model._base_manager.exclude(pk=row.pk).filter(**same(row)).first()
    another = api.get(route.address_of(later))["ETag"] if later else '"another"'
    assert another != tag
    before = stored(route, filled)
    for each in [each for each in OF_ROW if each.view.cls is route.view.cls]:
        for method in writes(each):
            answers = [
                send(api, method, each.address_of(row), If_Match=another),
                send(api, method, each.address_of(row), If_Match=f'W/{tag}, "x"'),
                send(api, method, each.address_of(row), If_Match=""),
                send(api, method, each.address_of(row), If_None_Match=f"W/{tag}"),
                send(api, method, each.address_of(row), If_None_Match="*"),
                send(api, method, each.address_of(row), If_Match=tag.strip('"')),
            ]
            assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
                *[(412, "changed_meanwhile")] * 3,
                *[(412, "already_there")] * 2,
                (400, "bad_condition"),
            ], (each.name, method)
    assert stored(route, filled) == before


def same(row):
    """Return what tells the rows of one list from those of another of the same model."""
    return {name: getattr(row, name) for name in ("organization_id", "channel") if hasattr(row, name)}


@pytest.mark.usefixtures("principals_kept")
@pytest.mark.django_db
@pytest.mark.parametrize("name", [name for name in CHANGEABLE if "patch" in CHANGEABLE[name].view.actions])
def test_change_of_what_was_seen_answers_with_the_next_tag(filled, api, name):
    address = CHANGEABLE[name].address_of(routes.row_of(CHANGEABLE[name], filled))
    if name == "alarmrequest-detail":
        admin_rows.AlarmRequest.objects.unscoped().update(attempt=None)
    tag = api.get(address)["ETag"]
    for wanted in (f'"x", {tag}', "*"):
        answer = send(api, "patch", address, If_Match=wanted)
        assert (answer.status_code, answer["ETag"]) == (200, api.get(address)["ETag"])


@pytest.mark.django_db
def test_events_that_differ_in_nothing_but_their_number_have_tags_of_their_own(filled, api):
    first, second = factories.event(filled, title="Visit"), factories.event(filled, title="Visit")
    tags = [api.get(f"/rest-api/event/{event.pk}/")["ETag"] for event in (first, second)]
    assert tags[0] != tags[1]
    assert send(api, "patch", f"/rest-api/event/{second.pk}/", If_Match=tags[0]).status_code == 412


@pytest.mark.django_db
def test_list_has_no_tag(filled, api):
    address = "/rest-api/contact/"
    assert "ETag" not in api.get(address)
    for headers in ({"If_Match": '"x"'}, {"If_None_Match": "*"}):
        assert send(api, "post", address, **headers).status_code == 412
    made = api.post(address, {"first_name": "Ana"}, headers={"If-Match": "*", "If-None-Match": '"x"'})
    assert (made.status_code, made["ETag"]) == (201, api.get(made.json()["url"])["ETag"])


@pytest.mark.django_db
def test_every_answer_with_the_row_carries_its_tag(filled, api):
    with tenancy.tenant(filled.organization.pk):
        visit, alarm = Appointment.objects.first(), Alarm.objects.last()
        key = admin_rows.keys.create(filled.organization.pk, name="New", role="staff")[0]
    for where, action in (
        (f"/rest-api/appointment/{visit.pk}/", "confirm"),
        (f"/rest-api/appointment/{visit.pk}/", "cancel"),
        (f"/rest-api/event/{alarm.event_id}/", "pause"),
        (f"/rest-api/event/{alarm.event_id}/", "resume"),
        (f"/rest-api/alarm/{alarm.pk}/", "send_now"),
        (f"/rest-api/api-key/{key.pk}/", "rotate"),
        (f"/rest-api/api-key/{key.pk}/", "revoke"),
    ):
        before = api.get(where)["ETag"]
        answer = send(api, "post", f"{where}{action}/", If_Match=before)
        assert (answer.status_code, answer["ETag"]) == (200, api.get(where)["ETag"]), action
        assert answer["ETag"] != before, action


@pytest.mark.django_db
def test_answer_with_something_else_carries_no_tag(filled, api):
    with tenancy.tenant(filled.organization.pk):
        template = admin_rows.SurveyTemplate.objects.first()
    answer = api.post(f"/rest-api/survey-template/{template.pk}/seal/")
    assert answer.status_code == 201
    assert "ETag" not in answer


def contact_gets_a_phone(world, row):
    contacts.change(row, phones=["+15557654321"])


def type_is_renamed(world, row):
    contact_types.rename(row.contact_type, name="other")


def visit_moves(world, row):
    day = factories.timedelta(days=1)
    events.change(row.event, now=the_clock.now(), start=row.starts_at + day, end=row.ends_at + day)


def visit_meets_a_closure(world, row):
    type(row.event).objects.filter(pk=row.event_id).update(closure="Party", version=2)


def gateway_gets_a_password(world, row):
    row.secrets = {**row.secrets, "access_key": "other"}
    row.save()


def user_gets_a_password(world, row):
    row.set_password("other")
    row.save()


def recording_gets_other_bytes(world, row):
    AudioFile.objects.filter(pk=row.pk).update(content=b"RIFX")


def maker_is_renamed(world, row):
    User.objects.filter(pk=world.staff.pk).update(username="renamed")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("model", "where", "act"),
    [
        (Contact, "contact", contact_gets_a_phone),
        (Contact, "contact", type_is_renamed),
        (Appointment, "appointment", visit_moves),
        (Appointment, "appointment", visit_meets_a_closure),
        (Gateway, "sms-gateway", gateway_gets_a_password),
        (CalendarUser, "calendar-user", user_gets_a_password),
        (AudioFile, "audio-files", recording_gets_other_bytes),
        (admin_rows.SurveyTemplate, "survey-template", maker_is_renamed),
    ],
)
def test_tag_tells_of_what_stands_elsewhere_or_is_never_shown(filled, api, model, where, act):
    with tenancy.tenant(filled.organization.pk):
        row = (model.objects.filter(channel="sms") if model is Gateway else model.objects.order_by("pk")).first()
        address = f"/rest-api/{where}/{row.pk}/"
        tag = api.get(address)["ETag"]
        act(filled, row)
    assert send(api, "patch", address, If_Match=tag).status_code == 412
    assert send(api, "get", address, If_None_Match=tag).status_code == 200


@pytest.mark.django_db
def test_work_of_the_machine_is_no_change(filled, api):
    with tenancy.tenant(filled.organization.pk):
        event, gateway = factories.event(filled), Gateway.objects.get(channel="sms")
        addresses = [f"/rest-api/event/{event.pk}/", f"/rest-api/sms-gateway/{gateway.pk}/"]
        seen = [api.get(address)["ETag"] for address in addresses]
        type(event).objects.filter(pk=event.pk).update(expanded_until=factories.NOW)
        Gateway.objects.filter(pk=gateway.pk).update(next_permit_at=factories.NOW, failures=3)
    assert [api.get(address)["ETag"] for address in addresses] == seen


def paths_of(serializer):
    """Yield, of each field of a serializer, from where its value comes."""
    for name, field in serializer.fields.items():
        # What is expanded is told without a tag.
        if not field.write_only and name not in ("url", "expanded"):
            yield name, field.source if field.source != "*" else name


@pytest.mark.parametrize("name", SHOWN)
def test_tag_covers_everything_that_is_shown(name):
    """A column is covered by itself; whatever else a serializer tells stands in `shown`, or is computed from that."""
    view = routes.named(name).view.cls
    found = view()
    found.request, found.action, found.swagger_fake_view, found.format_kwarg = None, "retrieve", True, None
    told = dict(paths_of(found.get_serializer_class()(context={"request": None})))
    assert {name for name, source in told.items() if not covers(view, source)} <= COMPUTED.get(view.model, set())


def covers(view, source):
    """Return whether a tag tells when the value at a path changes."""
    columns = {field.name for field in view.model._meta.concrete_fields}
    columns |= {field.attname for field in view.model._meta.concrete_fields}
    known = columns - set(view.unshown) | set(view.shown)
    return source in known or f"{source}_id" in known


def race(world, send_one, count=8):
    """Send as many requests at once, each on its own connection; return their statuses, sorted."""
    start, statuses = threading.Barrier(count), []

    def run(number):
        api = client_of(world.owner)
        start.wait()
        try:
            statuses.append(send_one(api, number).status_code)
        finally:
            connection.close()

    crowd = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join(timeout=HANG)
    return sorted(statuses)


@pytest.mark.slow
def test_of_many_who_saw_the_same_one_is_let_through(committed):
    world = factories.world("Riverside")
    visit = admin_rows.create_rows(world, "a", hours=10**5)
    with tenancy.tenant(world.organization.pk):
        alarm = alarms.create(visit.event, now=the_clock.now(), method=2, sms_template=world.sms_template)
    api = client_of(world.owner)
    changes = {
        f"contact/{visit.contact_id}": lambda number: {"phones": [{"number": f"+1555123400{number}"}]},
        f"appointment/{visit.pk}": lambda number: {"title": f"Title {number}"},
        f"event/{visit.event_id}": lambda number: {"title": f"Event {number}"},
        f"alarm/{alarm.pk}": lambda number: {"advance_notice": 100 + number},
        f"sms-template/{world.sms_template.pk}": lambda number: {"label": f"Label {number}"},
        f"calendar/{world.calendar.pk}": lambda number: {"name": f"Name {number}"},
    }
    for where, body in changes.items():
        address = f"/rest-api/{where}/"
        seen = {"If-Match": api.get(address)["ETag"]}
        statuses = race(world, lambda api, n, a=address, b=body, h=seen: api.patch(a, b(n), headers=h))
        assert statuses == [200, *[412] * 7], where
    seen = {"If-Match": api.get(f"/rest-api/appointment/{visit.pk}/")["ETag"]}
    statuses = race(world, lambda api, n: api.delete(f"/rest-api/appointment/{visit.pk}/", headers=seen))
    assert (statuses[0], set(statuses[1:])) == (204, {404})
