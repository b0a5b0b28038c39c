"""The acceptance checks of the older appointment module that its interface answers, by their numbers.

Check 1 follows the steps of both documents in tests/older_interfaces; series and times are in
test_acceptance_series.py. Checks that need calls, limits or webhooks come with those. Check 9 holds in the sense of
a rolling horizon: a pause is the series'.
"""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from accounts import tenancy
from calendars.engine.states import EventStatus
from calendars.models import (
    Alarm,
    AlarmRequest,
    Calendar,
    CalendarSetting,
    CalendarUserProfile,
    Event,
)
from calendars.services.alarms import alarm_queueing
from calendars.services.series import expansion
from calendars.tests.older import link, rule
from notifications.models import Gateway
from surveys.models import Branching, Section, SectionTemplate
from tests import factories, routes
from tests.clients import client_of

pytestmark = pytest.mark.django_db
local = datetime.fromisoformat
DAY = timedelta(days=1)


@pytest.fixture
def least(inside):
    """Return the least that an event needs over REST."""
    return {
        "title": "Wake up",
        "creator": link("calendar-user", inside.calendar_user.pk),
        "calendar": link("calendar", inside.calendar.pk),
    }


def test_02_setting_belongs_to_the_caller_whoever_is_named(api, inside):
    body = {
        "label": "cal_setting",
        "user": link("user", inside.staff.pk),
        "survey": link("sealed-survey", inside.survey.pk),
        "aleg_gateway": link("gateway", inside.voice_gateway.pk),
    }
    made = api.post("/rest-api/calendar-setting/", body)
    assert (made.status_code, made.json()["user"]) == (201, "riverside-owner")
    assert CalendarSetting.objects.get(label="cal_setting").user == inside.owner


def test_03_calendar_user_has_a_profile_and_no_answer_a_password(api, inside):
    made = api.post("/rest-api/calendar-user/", {"username": "caluser3", "password": "caluser3 secret"})
    profile = CalendarUserProfile.objects.get(user__username="caluser3")
    told = [
        made,
        api.get(made.json()["url"]),
        api.get("/rest-api/calendar-user/"),
        api.get("/rest-api/calendar-user/?shape=newfies"),
        api.get(f"/rest-api/calendar-user-profile/{profile.user_id}/"),
    ]
    assert (made.status_code, profile.calendar_setting) == (201, inside.setting)
    text = b"".join(answer.content for answer in told)
    assert [word for word in (b"password", b"secret", profile.user.password.encode(), b"md5$") if word in text] == []


def test_04_profile_is_changed_under_the_number_of_its_user(api, inside):
    address = f"/rest-api/calendar-user-profile/{inside.calendar_user.pk}/"
    told = api.patch(address, {"accountcode": "35365532", "calendar_setting": str(inside.setting.pk)}).json()
    assert (told["user"], told["accountcode"]) == (inside.calendar_user.pk, 35365532)
    assert CalendarUserProfile.objects.get().accountcode == 35365532


def test_05_least_event_lasts_an_hour_and_may_recur_for_a_month(api, clock, least):
    made = api.post("/rest-api/event/", least).json()
    start, end, until = (local(made[name]) for name in ("start", "end", "end_recurring_period"))
    assert (start, end - start) == (clock.at, timedelta(hours=1))
    assert until == datetime(2026, 12, 23, 9, tzinfo=UTC)
    assert (made["status"], made["occ_count"]) == (1, 0)


@pytest.mark.parametrize("end", ["2026-12-10T09:00", "2026-12-10T08:59"])
def test_06_end_that_is_not_after_the_start_is_400(api, clock, least, end):
    answer = api.post("/rest-api/event/", {**least, "start": "2026-12-10T09:00", "end": end})
    assert (answer.status_code, answer.json()["code"]) == (400, "end_before_start")
    assert not Event.objects.exists()


def test_07_three_children_are_listed_oldest_first(api, make):
    root = make(rule=rule(params="count:4"))
    told = api.get(f"/rest-api/event/{root.pk}/get_list_child/").json()
    assert [row["start"] for row in told] == [str(root.start + number * DAY) for number in (1, 2, 3)]


@pytest.mark.parametrize(("count", "older"), [(1, {"note": "no child event found"}), (2, "object")])
def test_08_few_children_are_an_array_and_the_older_shape_on_demand(api, make, count, older):
    address = f"/rest-api/event/{make(rule=rule(params=f'count:{count}')).pk}/get_list_child/"
    plain = api.get(address).json()
    assert (type(plain), len(plain)) == (list, count - 1)
    assert api.get(f"{address}?shape=newfies").json() == (plain[0] if older == "object" else older)


def test_09_pause_shows_on_the_newest_child_and_holds_the_series(api, make, remind, clock):
    root = make(rule=rule())
    remind(root)
    answer = api.patch(f"/rest-api/event/{root.pk}/update_last_child_status/", {"status": "3"})
    assert (answer.status_code, answer.json()) == (200, {"status": "event status has been updated"})
    newest = root.children.order_by("-start").first()
    assert list(Event.objects.filter(status=EventStatus.PAUSED)) == [newest]
    clock.forward(days=5)
    assert (expansion.expand(now=clock.at), alarm_queueing.plan()) == (0, 0)


@pytest.mark.parametrize(
    ("count", "body", "status"),
    [(1, {"status": 3}, 404), (2, {"status": 9}, 400), (2, {"status": "x"}, 400), (2, {}, 400)],
)
def test_10_no_child_is_404_and_a_bad_status_400(api, make, count, body, status):
    root = make(rule=rule(params=f"count:{count}"))
    assert api.patch(f"/rest-api/event/{root.pk}/update_last_child_status/", body).status_code == status
    assert not Event.objects.filter(status=EventStatus.PAUSED).exists()


def attempts_of(api, root):
    """Return what is nested below an event: the attempts by alarm."""
    told = api.get(f"/rest-api/alarm-request/{root.pk}/get_nested_alarm_request/").json()
    assert told["event-url"] == f"http://testserver/rest-api/event/{root.pk}/"
    assert set(told) == {"event-url", f"event-{root.pk}"}
    return {name: sorted(set(rows) - {"url"}) for name, rows in told[f"event-{root.pk}"].items()}


def test_11_attempts_of_children_are_nested_by_alarm(api, make, remind, clock):
    root = make(rule=rule(params="count:2"))
    copy = Alarm.objects.get(parent_alarm=remind(root))
    rows = [AlarmRequest.objects.create(alarm=copy, date=clock.at, status=status) for status in (4, 5)]
    assert attempts_of(api, root)[f"alarm-{copy.pk}"] == sorted(f"alarm-request-{row.pk}" for row in rows)


def test_12_attempts_of_the_parents_own_alarm_are_nested_too(api, make, remind, clock):
    root = make(rule=rule(params="count:2"))
    alarm = remind(root)
    row = AlarmRequest.objects.create(alarm=alarm, date=clock.at)
    assert attempts_of(api, root)[f"alarm-{alarm.pk}"] == [f"alarm-request-{row.pk}"]


def test_13_foreign_ids_are_404_on_every_verb_and_nothing_changes(stranger_api, make, remind, other, inside, clock):
    event = make()
    alarm = remind(event)
    attempt = AlarmRequest.objects.create(alarm=alarm, date=clock.at)
    kinds = {
        "event": event.pk,
        "alarm": alarm.pk,
        "alarm-request": attempt.pk,
        "calendar": inside.calendar.pk,
        "calendar-setting": inside.setting.pk,
        "calendar-user": inside.calendar_user.pk,
        "calendar-user-profile": inside.calendar_user.pk,
        "sms-template": inside.sms_template.pk,
    }
    before = [list(model.objects.values()) for model in (Event, Alarm, AlarmRequest, Calendar, CalendarUserProfile)]
    told = {
        (kind, verb): getattr(stranger_api, verb)(f"/rest-api/{kind}/{pk}/", {}).status_code
        for kind, pk in kinds.items()
        for verb in ("get", "put", "patch", "delete")
    }
    assert {key: status for key, status in told.items() if status != 404} == {}
    desk = Client()
    desk.force_login(other.owner)
    assert desk.post(f"/admin/calendars/event/{event.pk}/delete/", {"post": "yes"}).headers["Location"] == "/admin/"
    after = [list(model.objects.values()) for model in (Event, Alarm, AlarmRequest, Calendar, CalendarUserProfile)]
    assert after == before


def test_14_manager_without_superuser_walks_the_whole_interface(inside, clock):
    manager = client_of(inside.manager)
    assert not inside.manager.is_superuser

    def made(kind, **body):
        answer = manager.post(f"/rest-api/{kind}/", body)
        assert answer.status_code == 201, (kind, answer.json())
        assert manager.get(answer.json().get("url", f"/rest-api/{kind}/")).status_code == 200
        return answer.json()

    survey = made("survey-template", name="Reminder")["url"]
    section = made("section-template", survey=survey, question="Will you come?", type=3)["url"]
    made("branching-template", section=section, keys="1")
    sealed = manager.post(f"{survey}seal/").json()["url"]
    setting = made(
        "calendar-setting",
        label="walk",
        survey=sealed,
        aleg_gateway=link("gateway", inside.voice_gateway.pk),
        sms_gateway=link("sms-gateway", inside.sms_gateway.pk),
    )
    user = made("calendar-user", username="walker", password="walker secret")["url"]
    number = user.rstrip("/").rpartition("/")[2]
    profile = {"calendar_setting": setting["url"].rstrip("/").rpartition("/")[2]}
    assert manager.patch(f"/rest-api/calendar-user-profile/{number}/", profile).status_code == 200
    calendar = made("calendar", name="walk", user=user)["url"]
    event = made("event", title="walk", creator=user, calendar=calendar, recurrence="RRULE:FREQ=DAILY;COUNT=2")["url"]
    alarm = made("alarm", event=event, method=1, survey=sealed, alarm_phonenumber="+15551234567")["url"]
    made("alarm-request", alarm=alarm, date="2026-11-23T10:00:00Z")
    for call in ("get_list_child", "get_list_alarm"):
        assert len(manager.get(f"{event}{call}/").json()) == 1
    assert manager.patch(f"{event}update_last_child_status/", {"status": 3}).status_code == 200
    assert manager.delete(event).status_code == 204


def test_14_every_list_opens_for_a_manager(inside):
    manager = client_of(inside.manager)
    lists = [route for route in routes.everything() if route.name.endswith("-list") and hasattr(route.view, "cls")]
    refused = {
        route.name: manager.get(route.url(**dict.fromkeys(route.groups, inside.calendar.pk))).status_code
        for route in lists
    }
    # Keys are the owners'.
    assert {name: status for name, status in refused.items() if status != 200} == {"apikey-list": 403}
    assert len(refused) > 25


def test_15_sealed_survey_is_a_deep_copy(api, inside):
    template = api.post("/rest-api/survey-template/", {"name": "Reminder"}).json()["url"]
    for question in ("Hello", "Goodbye"):
        api.post("/rest-api/section-template/", {"survey": template, "question": question})
    first, second = SectionTemplate.objects.order_by("order")
    first.branchings.update(goto=second)
    sealed = api.post(f"{template}seal/").json()
    api.patch(f"/rest-api/section-template/{first.pk}/", {"question": "Changed", "script": "Changed"})
    api.delete(f"/rest-api/section-template/{second.pk}/")
    api.patch(template, {"name": "Changed"})
    assert api.get(sealed["url"]).json()["name"] == "Reminder"
    assert list(Section.objects.order_by("order").values_list("question", "script")) == [
        ("Hello", "Hello"),
        ("Goodbye", "Goodbye"),
    ]
    assert Branching.objects.get(section__question="Hello").goto == Section.objects.get(question="Goodbye")


def test_25_parameters_are_not_evaluated(api, clock, least):
    bad = rule(params="byweekday:__import__('os').abort()")
    answer = api.post("/rest-api/event/", {**least, "rule": link("rule", bad.pk)})
    assert (answer.status_code, list(answer.json()), answer.json()["code"]) == (400, ["rule", "code"], "bad_rule")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"method": 2, "alarm_phonenumber": "+15551234567"}, "sms_template"),
        ({"method": 2, "sms_template": "sms"}, "alarm_phonenumber"),
        ({"method": 3, "alarm_email": "ana@example.org"}, "mail_template"),
        ({"method": 3, "mail_template": "mail"}, "alarm_email"),
        ({"method": 1, "alarm_phonenumber": "+15551234567"}, "survey"),
    ],
)
def test_40_alarm_that_lacks_something_is_400(api, make, inside, fields, field):
    links = {
        "sms": link("sms-template", inside.sms_template.pk),
        "mail": link("mail-template", inside.mail_template.pk),
    }
    body = {name: links.get(value, value) for name, value in fields.items()}
    answer = api.post("/rest-api/alarm/", {"event": link("event", make(contact=None).pk), **body})
    assert (answer.status_code, list(answer.json())) == (400, [field, "code"])
    assert not Alarm.objects.exists()


def test_40_alarm_without_gateway_is_400(api, make, inside):
    CalendarSetting.objects.update(mail_gateway=None)
    Gateway.objects.filter(channel="email").update(status=Gateway.Status.INACTIVE)
    body = {"method": 3, "mail_template": link("mail-template", inside.mail_template.pk)}
    answer = api.post("/rest-api/alarm/", {"event": link("event", make().pk), **body})
    assert (answer.status_code, answer.json()["code"]) == (400, "no_gateway")


def test_45_lists_hold_what_was_asked_for_in_pages(api, inside, clock):
    calendar = Calendar.objects.create(name="other", user=inside.calendar_user)
    for number in range(12):
        event = factories.event(inside, start=clock.at + number * DAY)
        AlarmRequest.objects.create(alarm=factories.alarm(inside, event), date=event.start)
    apart = factories.event(inside, calendar=calendar, status=EventStatus.PAUSED)
    AlarmRequest.objects.create(alarm=factories.alarm(inside, apart, status=3), date=apart.start, status=3)
    page = {"count": 12, "next": True, "previous": False, "results": 10}
    asked = [
        ("event", {"calendar": inside.calendar.pk}, page),
        ("event", {"status": 3}, {"count": 1, "results": [apart.pk]}),
        ("event", {"start_from": "2026-12-03T09:00Z"}, {"count": 2}),
        ("alarm", {"calendar": inside.calendar.pk}, page),
        ("alarm", {"status": 3}, {"count": 1}),
        ("alarm", {"due_from": "2026-12-03T09:00Z"}, {"count": 2}),
        ("alarm-request", {"calendar": inside.calendar.pk}, page),
        ("alarm-request", {"status": 3}, {"count": 1}),
        ("alarm-request", {"date_from": "2026-12-03T09:00Z"}, {"count": 2}),
    ]
    for kind, query, expected in asked:
        told = api.get(f"/rest-api/{kind}/", query).json()
        shown = {"next": bool(told["next"]), "previous": bool(told["previous"]), "count": told["count"]}
        shown["results"] = (
            len(told["results"]) if expected.get("results") == 10 else [_number(row) for row in told["results"]]
        )
        assert {name: shown[name] for name in expected} == expected, (kind, query)


def _number(row):
    return int(row["url"].rstrip("/").rpartition("/")[2])


def test_45_every_list_is_filtered_searched_and_ordered():
    views = {
        route.name: route.view.cls
        for route in routes.everything()
        if route.name.endswith("-list") and hasattr(route.view, "cls")
    }
    bare = {
        name
        for name, view in views.items()
        if not (getattr(view, "filterset_class", None) or getattr(view, "filterset_fields", None))
        or not getattr(view, "search_fields", None)
        or len(view.ordering_fields) < 2
    }
    # The caller's own organization is one row, free times are no rows, and holds of minutes have no words.
    without_rows = {"organization-list", "slot-list", "slothold-list"}
    # Documented by the older appointment service: one has filters of its own, and three are arrays in one order.
    older = {f"crm-service-appointment{name}-list" for name in ("", "note", "notification", "drivingtime")}
    assert bare == without_rows | older


def test_45_another_organizations_calendar_finds_nothing(api, other, inside):
    factories.event(inside)
    with tenancy.tenant(other.organization.pk):
        foreign = other.calendar.pk
    assert api.get("/rest-api/event/", {"calendar": foreign}).json()["results"] == []
