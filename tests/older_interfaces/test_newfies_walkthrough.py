"""The eight printed steps of the older appointment module, run as printed over real HTTP.

Replaced are host, credentials, ids, and dates that lie in the past; nothing else.
"""

import re
from datetime import UTC, datetime, timedelta

import pytest

from accounts import tenancy
from calendars.models import Alarm, AlarmRequest, CalendarUserProfile, Event, Rule
from calendars.services import events
from surveys.models import CallRequest
from tests.factories import NOW, PASSWORD
from tests.older_interfaces import curl

STEPS = curl.read("newfies_walkthrough.txt")
PRINTED = datetime(2013, 12, 10, tzinfo=UTC)
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")


class Walkthrough:
    """Replaces what has to be replaced in a printed step, runs it, and compares."""

    def __init__(self, world, base):
        self.world, self.base, self.ids = world, base, {}
        self.days = (NOW + timedelta(days=1) - PRINTED).days

    def run(self, number):
        """Run a step, and remember under which number its row is kept here."""
        step = STEPS[number]
        call = curl.parse(step.line)
        call.user = f"manager:{PASSWORD}"
        call.url = self.replaced(call.url)
        call.data = call.data and self.replaced(call.data)
        answer = curl.run(call)
        assert answer.status == step.status, answer.body
        if step.status == 201:
            self.learn(step, answer)
        return step, answer

    def learn(self, step, answer):
        """Remember the printed id of what was made, and check where it says that it is."""
        kind, printed = re.search(r"rest-api/([a-z-]+)/(\d+)/$", step.body["url"]).groups()
        self.ids[kind, printed] = re.search(r"/(\d+)/$", answer.body["url"])[1]
        assert answer.headers["Location"] == answer.body["url"]

    def replaced(self, text):
        """Return printed text with our host, ids and dates."""
        text = re.sub(r"http://(127\.0\.0\.1|localhost):8000", self.base, text)
        text = re.sub(r"rest-api/([a-z-]+)/(\d+)/", self._address, text)
        setting = self.ids.get(("calendar-setting", "3"))
        text = text.replace('"calendar_setting": "3"', f'"calendar_setting": "{setting}"')
        return re.sub(r"2013-12-\d\d", self._later, text)

    def _address(self, found):
        # Profiles stand under the number of their user, and the nested list is asked for under an event's.
        kind = "event" if "nested" in found.string else found[1].removesuffix("-profile")
        return f"rest-api/{found[1]}/{self.ids[kind, found[2]]}/"

    def _later(self, found):
        day = datetime.strptime(found[0], "%Y-%m-%d").replace(tzinfo=UTC)
        return (day + timedelta(days=self.days)).date().isoformat()

    def compare(self, told, printed, *, own=()):
        """Compare every printed key; `own` are numbers and moments that each run has for itself."""
        for key in printed:
            if key == "password":
                assert key not in told
            elif key in own:
                assert type(told[key]) is type(printed[key])
            elif isinstance(printed[key], str) and MOMENT.fullmatch(printed[key]):
                self._same_moment(told[key], self.replaced(printed[key]))
            elif isinstance(printed[key], str):
                assert told[key] == self.replaced(printed[key]), key
            else:
                assert told[key] == printed[key], key

    @staticmethod
    def _same_moment(told, printed):
        # What was printed without offset is answered with the clinic's.
        tail = told.removeprefix(printed)
        assert told.startswith(printed)
        assert re.fullmatch(r"(Z|[+-]\d\d:\d\d)?", tail)


@pytest.fixture
def walkthrough(committed, world, live_server):
    """Return a walk as the clinic's manager, knowing the rows that the document takes for granted."""
    world.manager.username = "manager"
    world.manager.save()
    walkthrough = Walkthrough(world, live_server.url)
    walkthrough.ids = {
        ("user", "2"): world.manager.pk,
        ("sealed-survey", "1"): world.survey.pk,
        ("gateway", "1"): world.voice_gateway.pk,
        ("sms-gateway", "1"): world.sms_gateway.pk,
    }
    return walkthrough


def test_01_both_documents_print_the_same_eight_steps():
    assert sorted(STEPS) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert curl.read("newfies_walkthrough.rst") == STEPS


MADE = ("created_date", "updated_date", "created_on")


def test_01_steps_1_to_5_as_printed(walkthrough):
    step, answer = walkthrough.run(1)
    walkthrough.compare(answer.body, step.body, own=MADE)
    step, answer = walkthrough.run(2)
    walkthrough.compare(answer.body, step.body)
    # What every row tells comes behind the order that older programs know.
    assert list(answer.body) == [*(key for key in step.body if key != "password"), "id", "updated_at"]
    step, answer = walkthrough.run(3)
    walkthrough.compare(answer.body, step.body, own=(*MADE, "id", "user", "calendar_setting"))
    assert answer.body["user"] == int(walkthrough.ids["calendar-user", "6"])
    assert answer.body["calendar_setting"] == int(walkthrough.ids["calendar-setting", "3"])
    assert list(answer.body) == list(step.body)
    step, answer = walkthrough.run(4)
    walkthrough.compare(answer.body, step.body, own=MADE)
    step, answer = walkthrough.run(5)
    walkthrough.compare(answer.body, step.body, own=MADE)


def test_01_step_2_makes_a_profile_under_the_first_setting(walkthrough, world):
    walkthrough.run(2)
    with tenancy.tenant(world.organization.pk):
        profile = CalendarUserProfile.objects.get(user__username="caluser3")
    assert (profile.manager, profile.calendar_setting) == (world.manager, world.setting)


@pytest.fixture
def series(walkthrough, world):
    """Return the series that the document calls event 5, with its one occurrence of 17 December, 16:26:07."""
    start = datetime(2013, 12, 16, 16, 26, 7, tzinfo=UTC) + timedelta(days=walkthrough.days)
    with tenancy.tenant(world.organization.pk):
        made = events.create(
            calendar=world.calendar,
            creator=world.calendar_user,
            title="EventTitle",
            description="",
            start=start,
            time_zone="UTC",
            rule=Rule.objects.get(name="Daily"),
            end_recurring_period=start + timedelta(days=1),
            now=NOW,
        )
        walkthrough.ids["event", "5"], walkthrough.ids["event", "11"] = made.pk, made.children.get().pk
    return made


def test_01_step_6_lists_the_children_as_printed_but_always_as_an_array(walkthrough, series):
    step, answer = walkthrough.run(6)
    [child] = answer.body
    walkthrough.compare(child, step.body)
    assert set(child) == set(step.body)


def test_01_step_7_pauses_as_printed(walkthrough, series, world):
    step, answer = walkthrough.run(7)
    assert answer.body == step.body
    with tenancy.tenant(world.organization.pk):
        assert Event.objects.get(parent_event=series).status == 3


@pytest.fixture
def attempts(walkthrough, series, world):
    """Make the attempts that the document prints, on the alarms of the occurrence."""
    with tenancy.tenant(world.organization.pk):
        child = series.children.get()
        for name, printed in STEPS[8].body["event-5"].items():
            alarm = _alarm(child)
            walkthrough.ids["alarm", name.removeprefix("alarm-")] = alarm.pk
            for key in sorted(printed.keys() - {"url"}):
                _attempt(walkthrough, alarm, printed[key])


def _alarm(event):
    times = {name: event.start for name in ("date_start_notice", "due_at", "useful_until")}
    return Alarm.objects.create(event=event, status=5, **times)


def _attempt(walkthrough, alarm, printed):
    call = CallRequest.objects.create(phone_number="+15551234567")
    numbers = {name: int(printed[name]) for name in ("status", "callstatus", "duration")}
    row = AlarmRequest.objects.create(
        alarm=alarm, callrequest=call, date=datetime.fromisoformat(printed["date"]), **numbers
    )
    for kind, url, pk in (
        ("alarm-request", printed["url"], row.pk),
        ("callrequest", printed["alarm-callrequest"], call.pk),
    ):
        walkthrough.ids[kind, re.search(r"/(\d+)/$", url)[1]] = pk


def test_01_step_8_tells_the_attempts_as_printed(walkthrough, attempts):
    step, answer = walkthrough.run(8)
    assert answer.body == _renumbered(step.body, walkthrough)


def _renumbered(printed, walkthrough):
    """Return the printed body with our ids, in keys and addresses; times of attempts stay."""
    if isinstance(printed, str):
        text = re.sub(r"http://localhost:8000", walkthrough.base, printed)
        return re.sub(r"rest-api/([a-z-]+)/(\d+)/", walkthrough._address, text)
    return {
        re.sub(
            r"^(event|alarm|alarm-request)-(\d+)$", lambda key: f"{key[1]}-{walkthrough.ids[key[1], key[2]]}", key
        ): _renumbered(value, walkthrough)
        for key, value in printed.items()
    }
