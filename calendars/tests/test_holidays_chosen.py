"""Public holidays that are newly chosen, zones and clinics that change, reach what is made already."""

import pytest
from celery import current_app

from calendars import tasks
from calendars.models import Event, OpeningHours
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def rung(monkeypatch):
    """Collect what workers are called for."""
    calls = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args=(), **options: calls.append((name, *args)))
    return calls


@pytest.fixture
def christmas(world, clock):
    """Return an event on Christmas Day two years ahead."""
    return factories.event(world, start=clock.at.replace(year=2028, month=12, day=25, hour=15))


def change(api, callbacks, kind, row, **fields):
    with callbacks(execute=True):
        assert api.patch(f"/rest-api/{kind}/{row.pk}/", fields).status_code == 200


def test_chosen_holidays_reach_everything_ahead(api, world, christmas, rung, django_capture_on_commit_callbacks):
    change(api, django_capture_on_commit_callbacks, "organization", world.organization, public_holidays="DE-BY")
    assert rung == [("calendars.close", world.organization.pk)]
    tasks.close(world.organization.pk)
    assert Event.objects.unscoped().get(pk=christmas.pk).closure == "Erster Weihnachtstag"


def test_those_of_a_clinic_do_too(api, world, christmas, rung, django_capture_on_commit_callbacks):
    change(api, django_capture_on_commit_callbacks, "clinic", world.clinic, public_holidays="US")
    assert rung == [("calendars.close", world.organization.pk)]


def test_other_changes_call_nobody(api, world, christmas, rung, django_capture_on_commit_callbacks):
    change(api, django_capture_on_commit_callbacks, "clinic", world.clinic, phone="+15550100000")
    change(api, django_capture_on_commit_callbacks, "organization", world.organization, reminder_margin=60)
    assert rung == []


def test_calendar_that_goes_to_another_clinic_is_judged_by_it(
    api, inside, christmas, rung, django_capture_on_commit_callbacks
):
    second = factories.Clinic.objects.create(number=2, name="Hill", time_zone="America/New_York")
    OpeningHours.objects.create(clinic=second, weekday=0, opens="08:00", closes="09:00")
    link = f"http://testserver/rest-api/clinic/{second.pk}/"
    change(api, django_capture_on_commit_callbacks, "calendar", inside.calendar, clinic=link)
    assert rung == [("calendars.close", inside.organization.pk)]
    tasks.close(inside.organization.pk)
    assert Event.objects.get(pk=christmas.pk).warnings == ["It lies outside the opening hours."]


def test_admin_who_chooses_holidays_calls_a_worker(client, world, rung, django_capture_on_commit_callbacks):
    client.force_login(world.owner)
    address = f"/admin/accounts/clinic/{world.clinic.pk}/change/"
    form = client.get(address).context["adminform"].form
    given = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(address, {**given, "public_holidays": "DE-BY"})
    assert (answer.status_code, rung) == (302, [("calendars.close", world.organization.pk)])


def test_broker_that_is_down_costs_nobody_their_change(
    api, world, monkeypatch, caplog, django_capture_on_commit_callbacks
):
    def down(*args, **options):
        raise ConnectionError("down")

    monkeypatch.setattr(current_app, "send_task", down)
    change(api, django_capture_on_commit_callbacks, "organization", world.organization, public_holidays="US")
    assert "call_worker" in caplog.text
