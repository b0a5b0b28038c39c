"""Edits of series over REST."""

from datetime import timedelta

import pytest

from calendars.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def series(make):
    """Return a series of five days, as rows in order."""
    root = make(recurrence="RRULE:FREQ=DAILY;COUNT=5")
    return [root, *root.children.order_by("start")]


def address(event, **query):
    """Return the address of an event."""
    return f"/rest-api/event/{event.pk}/" + ("?" + "&".join(f"{k}={v}" for k, v in query.items()) if query else "")


def titles():
    return list(Event.objects.order_by("start").values_list("title", flat=True))


@pytest.mark.parametrize(
    ("reach", "expected"),
    [("this", "ooXoo"), ("following", "ooXXX"), ("all", "XXXXX"), ("", "ooXoo")],
)
def test_an_edit_reaches_as_far_as_it_says(api, series, reach, expected):
    answer = api.patch(address(series[2], edit=reach), {"title": "New"})
    assert (answer.status_code, answer.json()["title"]) == (200, "New")
    assert titles() == ["New" if letter == "X" else "Visit" for letter in expected]


def test_unknown_reach_is_told(api, series):
    answer = api.patch(address(series[2], edit="some"), {"title": "New"})
    assert (answer.status_code, answer.json()) == (
        400,
        {"edit": ["“some” is none of this, following, all."], "code": "bad_reach"},
    )
    assert titles() == ["Visit"] * 5


def test_following_ones_are_cancelled_and_deleted(api, series):
    assert api.post(address(series[3]) + "cancel/?edit=following", {"reason": "x"}).status_code == 200
    assert Event.objects.filter(cancelled_at=None).count() == 3
    assert api.delete(address(series[1], edit="following")).status_code == 204
    assert Event.objects.filter(cancelled_at=None).count() == 1


def test_editor_who_saw_an_old_version_is_told(api, series):
    seen = api.get(address(series[0]))["ETag"]
    changed = api.patch(address(series[0]), {"title": "One"}, headers={"If-Match": seen})
    assert (changed.status_code, changed["ETag"] != seen) == (200, True)
    late = {"If-Match": seen}
    answers = [
        api.patch(address(series[0]), {"title": "Two"}, headers=late),
        api.put(address(series[0]), {"title": "Two"}, headers=late),
        api.post(address(series[0]) + "cancel/", {"reason": "x"}, headers=late),
        api.delete(address(series[0]), headers=late),
    ]
    assert [answer.status_code for answer in answers] == [412] * 4
    assert answers[0].json()["code"] == "changed_meanwhile"
    assert titles() == ["One"] * 5
    assert api.patch(address(series[0]), {"title": "Two"}, headers={"If-Match": changed["ETag"]}).status_code == 200
    assert api.patch(address(series[0]), {"title": "Three"}, headers={"If-Match": "*"}).status_code == 200


def test_made_events_carry_their_tag(api, make, world):
    calendar, creator = (
        f"http://testserver/rest-api/{name}/{pk}/"
        for name, pk in (("calendar", world.calendar.pk), ("calendar-user", world.calendar_user.pk))
    )
    made = api.post("/rest-api/event/", {"title": "New", "calendar": calendar, "creator": creator})
    assert made["ETag"] == api.get(made.json()["url"])["ETag"]


def test_a_time_moves_all_by_as_much(api, series):
    start = series[2].start + timedelta(hours=2)
    answer = api.patch(address(series[2], edit="all"), {"start": start.isoformat()})
    assert answer.status_code == 200
    assert {row.start.hour for row in Event.objects.all()} == {start.hour}
    assert Event.objects.count() == 5


def test_rule_that_does_not_move_along_names_the_field(api, make):
    root = make(recurrence="RRULE:FREQ=MONTHLY;BYDAY=4WE", time_zone="UTC")
    answer = api.patch(address(root), {"start": (root.start + timedelta(days=1)).isoformat()})
    assert (answer.status_code, answer.json()["code"], list(answer.json())) == (
        400,
        "rule_names_days",
        ["start", "code"],
    )


def test_occurrence_that_a_new_end_leaves_out_is_refused_with_the_reason(api, make):
    root = make(recurrence="RRULE:FREQ=DAILY;UNTIL=20261129T235959Z", time_zone="UTC")
    last = root.children.order_by("start").last()
    before = list(Event.objects.order_by("pk").values_list("pk", "start"))
    given = {"start": (last.start + timedelta(days=1)).isoformat(), "recurrence": "RRULE:FREQ=DAILY;COUNT=2"}
    answer = api.patch(address(last, edit="all"), given)
    text = "There it would lie behind the end of its series; move it alone, or let the series end later."
    assert (answer.status_code, answer.json()) == (409, {"start": [text], "code": "behind_end"})
    assert list(Event.objects.order_by("pk").values_list("pk", "start")) == before


def test_time_of_a_series_that_has_begun_is_changed_for_what_is_to_come(api, series, clock):
    clock.set(series[1].start + timedelta(hours=1))
    answer = api.patch(address(series[0]), {"start": (series[0].start + timedelta(hours=2)).isoformat()})
    where = f"http://testserver{address(series[2])}"
    assert (answer.status_code, answer.json()["url"], answer["Content-Location"]) == (200, where, where)
    assert answer["ETag"] == api.get(where)["ETag"]
    started = [row.start - series[0].start for row in Event.objects.order_by("start")]
    assert [gap // timedelta(hours=1) for gap in started] == [0, 24, 50, 74, 98]
    late = api.post(address(series[0]) + "cancel/", {"reason": "x"})
    assert (late.status_code, late.json()["code"]) == (409, "series_over")
