"""E-mails about visits: what they say, and that each leaves once."""

from datetime import UTC, datetime, timedelta

import pytest

from appointments.models import AppointmentNotification
from appointments.services import visit_notifications, visits
from contacts.models import ContactAddress
from notifications.errors import TemporaryFailure
from notifications.models import Delivery
from notifications.providers import registry
from notifications.providers.memory import Memory
from notifications.services import dispatch
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(monkeypatch):
    """Let every gateway's driver be one provider in memory."""
    memory = Memory(channel="email", can_list=False, can_look_up=False)
    monkeypatch.setattr(registry, "load", lambda name: memory if name else None)
    return memory


@pytest.fixture
def visit(inside, clock):
    """Return a visit on the 28th of November at 10 o'clock in Berlin, in an organization that writes German."""
    organization = inside.organization
    organization.language, organization.time_zone, organization.name = "de", "Europe/Berlin", "Meier & Söhne"
    organization.save()
    return book(inside, contact=factories.contact(inside))


def book(world, *, contact=None, start=datetime(2026, 11, 28, 9, tzinfo=UTC), **fields):
    return visits.book(contact=contact, calendar=world.calendar, starts_at=start, now=NOW, **fields)


def notify(visit, **fields):
    given = {"appointment": visit, "recipient": "max@patients.example", "send_notification": True, **fields}
    return visit_notifications.create(now=NOW, **given)


def stored(row):
    return AppointmentNotification.objects.get(pk=row.pk)


def test_words_are_german_on_the_clock_of_the_organization(visit, post):
    visits.change(visit, now=NOW, address="Hauptstraße 1, Berlin")
    row = notify(visit, send_notification=False, org_phone="+49301234567")
    assert row.subject == "Erinnerung an Ihren Termin in 5 Tagen bei Meier & Söhne, 28. November 2026"
    assert row.message.splitlines() == [
        "Sehr geehrte Damen und Herren,",
        "",
        "wir erinnern Sie an Ihren Termin:",
        "",
        "Tag: 28. November 2026",
        "Zeit: 10:00–11:00",
        "Ort: Hauptstraße 1, Berlin",
        "Telefon: +49301234567",
        "",
        "Mit freundlichen Grüßen",
        "Meier & Söhne",
    ]
    assert Delivery.objects.count() == 0


def test_a_visit_over_days_tells_from_when_until_when(visit, inside):
    long = book(inside, ends_at=datetime(2026, 11, 30, 16, tzinfo=UTC))
    lines = notify(long, send_notification=False).message.splitlines()
    assert lines[4:6] == ["Von: 28. November 2026, 10:00", "Bis: 30. November 2026, 17:00"]


@pytest.mark.parametrize(
    ("days", "words"), [(0, "heute"), (1, "in 1 Tag "), (2, "in 2 Tagen ")], ids=["today", "tomorrow", "later"]
)
def test_days_are_counted_on_the_calendar(inside, visit, days, words):
    other = book(inside, start=datetime(2026, 11, 23, 22, 30, tzinfo=UTC) + timedelta(days=days))
    assert f"Erinnerung an Ihren Termin {words}" in notify(other, send_notification=False).subject


def test_a_past_visit_is_no_reminder(inside, visit):
    past = book(inside, start=datetime(2026, 11, 2, 9, tzinfo=UTC))
    assert notify(past, send_notification=False).subject == "Ihr Termin bei Meier & Söhne, 2. November 2026"


def test_a_long_name_is_cut_to_fit_the_subject(inside, visit):
    inside.organization.name = "Praxis " * 25
    inside.organization.save()
    row = notify(book(inside), send_notification=False)
    assert len(row.subject) <= 100
    assert row.subject.endswith("28. November 2026")


def test_a_message_of_ones_own_stays_and_gets_a_subject(visit):
    row = notify(visit, message="Bis bald", send_notification=False)
    assert (row.message, row.is_generated) == ("Bis bald", False)
    assert row.subject.startswith("Erinnerung an Ihren Termin")


def test_one_mail_leaves_however_often_it_is_saved(visit, post):
    row = notify(visit)
    assert (row.sent_at, row.state) == (None, "scheduled")
    dispatch.run(seconds=5)
    assert (stored(row).sent_at, stored(row).state) == (NOW, "accepted")
    visit_notifications.change(row, now=NOW, subject="Noch einmal", send_notification=True)
    dispatch.run(seconds=5)
    [mail] = post.ledger
    assert mail.recipient == "max@patients.example"
    assert mail.subject == "Erinnerung an Ihren Termin in 5 Tagen bei Meier & Söhne, 28. November 2026"
    assert "Meier & Söhne" in mail.text
    assert "Meier &amp; Söhne" in mail.html
    assert "&amp;amp;" not in mail.html
    assert "BEGIN:VEVENT" in mail.calendar


def test_saving_what_waits_sends_its_new_words(visit, post):
    row = notify(visit)
    visit_notifications.change(row, now=NOW, message="Bitte nüchtern", recipient="eva@patients.example")
    dispatch.run(seconds=5)
    assert [(mail.recipient, mail.text) for mail in post.ledger] == [("eva@patients.example", "Bitte nüchtern")]


def test_an_outage_is_tried_again_and_its_end_is_told(visit, post, clock):
    post.script = [(TemporaryFailure("unreachable"), False)]
    row = notify(visit)
    dispatch.run(seconds=5)
    assert (stored(row).sent_at, post.ledger) == (None, [])
    clock.forward(hours=1)
    dispatch.run(seconds=5)
    assert (len(post.ledger), stored(row).state, stored(row).sent_at) == (1, "accepted", clock.at)


def test_what_failed_is_told_and_tried_again_when_saved(visit, post, inside):
    inside.mail_gateway.driver = ""
    inside.mail_gateway.save()
    row = notify(visit)
    dispatch.run(seconds=5)
    assert (stored(row).state, stored(row).reason) == ("failed", "no_gateway")
    inside.mail_gateway.driver = "smtp"
    inside.mail_gateway.save()
    visit_notifications.change(row, now=NOW, send_notification=True)
    dispatch.run(seconds=5)
    assert (len(post.ledger), stored(row).state) == (1, "accepted")


def test_a_notification_waits_for_its_time(visit, post, clock):
    row = notify(visit, send_at=NOW + timedelta(days=2))
    assert "in 3 Tagen" in row.subject
    dispatch.run(seconds=5)
    assert post.ledger == []
    clock.forward(days=2)
    dispatch.run(seconds=5)
    assert len(post.ledger) == 1


def test_a_moved_visit_moves_the_words_of_what_waits(visit, post, clock):
    row = notify(visit, send_at=NOW + timedelta(days=1))
    visits.move(visit, starts_at=datetime(2026, 11, 29, 13, tzinfo=UTC), now=NOW)
    assert "29. November 2026\nZeit: 14:00–15:00" in stored(row).message
    clock.forward(days=1)
    dispatch.run(seconds=5)
    assert "29. November 2026" in post.ledger[0].text


def test_a_cancelled_visit_takes_its_mail_back_and_a_restored_one_sends_it(visit, post):
    row = notify(visit)
    visits.cancel(visit, reason="ill", now=NOW)
    assert (stored(row).state, stored(row).reason) == ("cancelled", "visit_cancelled")
    dispatch.run(seconds=5)
    assert post.ledger == []
    visits.restore(visit, now=NOW)
    dispatch.run(seconds=5)
    assert (len(post.ledger), stored(row).state) == (1, "accepted")


def test_a_notification_that_is_turned_off_or_deleted_does_not_leave(visit, post):
    off, gone = notify(visit), notify(visit)
    visit_notifications.change(off, now=NOW, send_notification=False)
    gone.delete()
    dispatch.run(seconds=5)
    assert post.ledger == []
    assert set(Delivery.objects.values_list("reason", flat=True)) == {"notification_off", "notification_deleted"}


@pytest.mark.parametrize(
    ("kinds", "place"),
    [
        (("mailing", "billing", "business", "home", "delivery"), "Ort: delivery 1, 10115 Berlin"),
        (("mailing", "billing", "business", "home"), "Ort: home 1, 10115 Berlin"),
        (("mailing", "billing", "business"), "Ort: business 1, 10115 Berlin"),
        (("mailing", "billing"), "Ort: billing 1, 10115 Berlin"),
        (("mailing",), "Ort: mailing 1, 10115 Berlin"),
        (("",), None),
    ],
)
def test_25_without_a_place_of_its_own_it_is_at_the_contacts_address(visit, kinds, place):
    for kind in kinds:
        ContactAddress.objects.create(
            contact=visit.contact, kind=kind, street=kind, house_number="1", postal_code="10115", city="Berlin"
        )
    lines = notify(visit, send_notification=False).message.splitlines()
    assert [line for line in lines if line.startswith("Ort")] == ([place] if place else [])
