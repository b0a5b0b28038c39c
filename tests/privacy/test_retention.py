"""What has been kept long enough goes at night; what is still needed stays."""

from datetime import timedelta

import pytest

from accounts import tenancy
from config.kernel import clock as database_clock
from contacts.models import RetentionPolicy
from contacts.services import personal_data_export, retention
from contacts.tasks import retain
from notifications.models import Attempt, Delivery, InboundEvent, StaffItem
from tests import factories
from tests.admin_rows import delivery
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def days_on(number):
    return NOW + timedelta(days=number)


def night(number):
    """Let the task run so many days later."""
    assert retention.apply_policies(now=days_on(number), seconds=30)


@pytest.fixture
def policy(inside):
    return RetentionPolicy.objects.create(text_days=100, raw_days=10, staff_item_days=20)


def make(world, key="d", state="delivered", **fields):
    made = delivery(world, key, values={"first_name": "Ana"}, detail="…22 is off", **fields)
    Delivery.objects.filter(pk=made.pk).update(useful_until=fields.get("useful_until", NOW))
    for step in {"delivered": ["leased", "calling", "delivered"], "calling": ["leased", "calling"]}.get(state, [state]):
        Delivery.objects.filter(pk=made.pk).update(state=step)
    return made


def receive(world, key="i", **fields):
    given = {"kind": "message", "text": "Yes", "raw": '{"a": 1}', "received_at": NOW, "processed_at": NOW, **fields}
    return InboundEvent.objects.create(gateway=world.sms_gateway, event_key=key, **given)


def kept(row):
    row.refresh_from_db()
    return (row.values, row.detail) if isinstance(row, Delivery) else (row.text, row.raw)


def test_words_of_a_message_go_after_their_days(inside, policy):
    row = make(inside)
    night(100)
    assert kept(row) == ({"first_name": "Ana"}, "…22 is off")
    night(101)
    assert kept(row) == ({}, "")
    assert (row.state, row.recipient) == ("delivered", "+15551234567")


def test_words_of_the_provider_go_with_them(inside, policy):
    row = make(inside)
    attempt = Attempt.objects.create(
        delivery=row,
        gateway=inside.sms_gateway,
        number=1,
        token_hash="t",
        body_hash="b",
        started_at=NOW,
        state="delivered",
        error_detail="words",
        error_code="http_422",
    )
    night(101)
    attempt.refresh_from_db()
    assert (attempt.error_detail, attempt.error_code, attempt.body_hash) == ("", "http_422", "b")


@pytest.mark.parametrize("state", ["scheduled", "leased", "calling"])
def test_message_that_has_not_ended_stays(inside, policy, state):
    row = make(inside, state=state)
    night(1000)
    assert kept(row) == ({"first_name": "Ana"}, "…22 is off")


def test_message_that_may_be_answered_stays(inside, policy):
    row = make(inside, answerable_until=days_on(200))
    night(150)
    assert kept(row) == ({"first_name": "Ana"}, "…22 is off")
    night(201)
    assert kept(row) == ({}, "")


def test_raw_payload_goes_before_the_words(inside, policy):
    row = receive(inside)
    night(10)
    assert kept(row) == ("Yes", '{"a": 1}')
    night(11)
    assert kept(row) == ("Yes", "")
    night(101)
    assert kept(row) == ("", "")


def test_payload_that_waits_stays(inside, policy):
    row = receive(inside, processed_at=None)
    night(1000)
    assert kept(row) == ("Yes", '{"a": 1}')


def test_done_things_for_staff_go_and_open_ones_stay(inside, policy):
    for key, done in (("open", None), ("new", days_on(5)), ("old", NOW)):
        StaffItem.objects.create(kind="failed", code="erased", dedup_key=key, done_at=done)
    night(21)
    assert set(StaffItem.objects.values_list("dedup_key", flat=True)) == {"open", "new"}


def test_zero_keeps_for_ever(inside):
    RetentionPolicy.objects.create(text_days=0, raw_days=0, staff_item_days=0)
    sent, came = make(inside), receive(inside)
    StaffItem.objects.create(kind="failed", code="erased", dedup_key="a", done_at=NOW)
    night(10_000)
    assert (kept(sent), kept(came)) == (({"first_name": "Ana"}, "…22 is off"), ("Yes", '{"a": 1}'))
    assert StaffItem.objects.count() == 1


def test_without_a_policy_the_defaults_hold(inside):
    sent, came = make(inside), receive(inside)
    night(365)
    assert (kept(sent), kept(came)) == (({"first_name": "Ana"}, "…22 is off"), ("Yes", ""))
    night(366)
    assert (kept(sent), kept(came)) == (({}, ""), ("", ""))


def test_each_clinic_has_its_own_days(inside, other, policy):
    own = receive(inside)
    with tenancy.tenant(other.organization.pk):
        RetentionPolicy.objects.create(raw_days=1000)
        theirs = receive(other)
    night(11)
    assert kept(own) == ("Yes", "")
    with tenancy.tenant(other.organization.pk):
        assert kept(theirs) == ("Yes", '{"a": 1}')


def test_many_rows_go_in_batches(inside, policy):
    InboundEvent.objects.bulk_create(
        InboundEvent(
            gateway=inside.sms_gateway,
            kind="receipt",
            event_key=str(number),
            raw="{}",
            received_at=NOW,
            processed_at=NOW,
        )
        for number in range(25)
    )
    cleaned = [retention.clean_batch(policy, now=days_on(11), limit=10) for _ in range(4)]
    assert cleaned == [10, 10, 5, 0]


def test_time_that_does_not_suffice_leaves_the_rest(inside, policy):
    receive(inside)
    assert retention.apply_policies(now=days_on(11), seconds=-1) is False
    assert retention.apply_policies(now=days_on(11), seconds=30) is True


def test_task_goes_on_until_all_is_done(inside, policy, clock, monkeypatch):
    row, rounds = receive(inside), []
    run = retention.apply_policies
    monkeypatch.setattr(
        retention, "apply_policies", lambda **given: rounds.append(1) or (run(**given) and len(rounds) > 2)
    )
    clock.set(days_on(11))
    retain()
    assert (len(rounds), kept(row)) == (3, ("Yes", ""))
    assert database_clock.now() == days_on(11)


def test_export_of_what_was_cleaned_up_tells_no_words(inside, policy):
    contact = factories.contact(inside)
    make(inside, contact=contact)
    night(101)
    (row,) = next(
        table.rows for table in personal_data_export.collect(contact, now=NOW).tables if table.name == "deliveries"
    )
    assert (row["recipient"], row["values"], row["text"]) == ("+15551234567", {}, "")
