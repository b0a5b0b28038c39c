"""One patient goes through everything, also through everything that fails; no sink tells who they are."""

import inspect
import logging
import os
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client

from accounts import tenancy
from calendars.services.alarms import alarm_queueing
from contacts.models import Contact
from contacts.services import contacts
from notifications.errors import Ambiguous, PermanentFailure, TemporaryFailure
from notifications.models import Attempt, Delivery, InboundEvent
from notifications.services import dispatch, inbound_processing, reconcile
from notifications.services.call_intents import hash_of
from notifications.signals import reply_received
from tests import factories
from tests.clients import client_of
from tests.factories import NOW
from tests.privacy import patients

pytestmark = pytest.mark.django_db

FIRST, LAST, PHONE, MAIL, TEXT = "Qwyjibo", "Zzyzxson", "+15554443322", "qwyjibo@zzyzxson.example", "My xylophonitis"
CANARIES = [FIRST, LAST, "4443322", "444-3322", "xylophonitis"]
SERVER_LOG = Path(os.environ.get("SERVER_LOG", "none"))


class Sinks(logging.Handler):
    """Everything that is written down for operators."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.lines = []
        self.server_log = SERVER_LOG.stat().st_size if SERVER_LOG.exists() else 0
        self.broker = set(self.messages())

    def emit(self, record):
        self.lines += [self.format(record), str(record.msg), str(record.args)]

    @staticmethod
    def messages():
        return Path(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_in"]).glob("*.msg")

    def read(self, capfd):
        """Return all that was written since this was made."""
        mails = [f"{letter.subject}\n{letter.body}\n{letter.alternatives}" for letter in mail.outbox]
        broker = [path.read_text() for path in set(self.messages()) - self.broker]
        server = SERVER_LOG.read_bytes()[self.server_log :].decode() if SERVER_LOG.exists() else ""
        return "\n".join([*self.lines, *mails, *broker, server, *capfd.readouterr()])


@pytest.fixture
def sinks(settings, world, clock):
    settings.ADMINS = [("Operator", "operator@punctual.example")]
    found = Sinks()
    loggers = [logging.root, *(logging.getLogger(name) for name in list(logging.root.manager.loggerDict))]
    levels = {logger: logger.level for logger in loggers}
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
        if logger is logging.root or not logger.propagate:
            logger.addHandler(found)
    yield found
    for logger in loggers:
        logger.removeHandler(found)
        logger.setLevel(levels[logger])


@pytest.fixture
def quiet(sinks, capfd):
    """Return a function that says which canaries the sinks hold, and demands that they wrote something at all."""

    def ask(expected):
        told = sinks.read(capfd).lower()
        assert expected.lower() in told
        return [canary for canary in CANARIES if canary.lower() in told]

    return ask


@pytest.fixture
def canary(world, provider, sinks):
    return factories.contact(world, phone=PHONE, email=MAIL, first_name=FIRST, last_name=LAST)


@pytest.fixture
def hook(world):
    with tenancy.tenant(world.organization.pk):
        world.sms_gateway.hook_hash = hash_of("riverside-hook")
        world.sms_gateway.save()
    return "/hooks/riverside-hook/inbound/"


def remind(world, contact):
    with tenancy.tenant(world.organization.pk):
        patients.book(world, contact, days=2)
    alarm_queueing.plan()
    dispatch.run(seconds=5)


def boom(*args, **kwargs):
    raise ValueError(f"{FIRST} {LAST} {PHONE} {TEXT}")


@pytest.fixture
def browser(world, canary):
    """Return a signed-in browser that shows error pages."""
    client = Client(raise_request_exception=False)
    client.force_login(world.owner)
    return client


def api_of(world):
    client = client_of(world.owner)
    client.raise_request_exception = False
    return client


def test_import(world, sinks, capfd, tmp_path):
    table = tmp_path / "visits.csv"
    good, bad = f"{FIRST},{LAST},{PHONE},2026-12-01 09:00", f"{FIRST},{LAST},{PHONE},never"
    table.write_text(f"first name,last name,phone,start\n{good}\n{bad}\n")
    call_command("import_appointments", table, organization="Riverside", commit=True, no_progress=True)
    # Its output is for the person who supplied the file.
    capfd.readouterr()
    assert [canary for canary in CANARIES if canary.lower() in sinks.read(capfd).lower()] == []
    assert Contact.objects.unscoped().filter(last_name=LAST).count() == 1


@pytest.mark.parametrize(
    "error",
    [
        PermanentFailure("http_422", f"{PHONE} is no number of {FIRST}"),
        TemporaryFailure("overloaded", PHONE),
        Ambiguous("no_answer", PHONE),
        ValueError(f"{FIRST}: {TEXT}"),
        KeyError(PHONE),
    ],
    ids=lambda error: type(error).__name__,
)
def test_sending_that_fails(world, canary, provider, sinks, capfd, clock, error):
    provider.script = [(error, False)]
    remind(world, canary)
    clock.forward(hours=1)
    reconcile.run()
    assert Attempt.objects.unscoped().count() == 1
    assert [canary for canary in CANARIES if canary.lower() in sinks.read(capfd).lower()] == []


def test_provider_that_repeats_the_number(world, canary, provider):
    provider.script = [(PermanentFailure("http_422", f"{PHONE} is no mobile"), False)]
    remind(world, canary)
    assert Attempt.objects.unscoped().get().error_detail == "…22 is no mobile"
    assert Delivery.objects.unscoped().get().detail == "…22 is no mobile"


def test_reply_on_whose_way_something_breaks(world, canary, hook, quiet):
    remind(world, canary)
    Delivery.objects.unscoped().update(answerable_until=NOW.replace(year=2027))
    reply_received.connect(boom)
    try:
        said = {"id": "1", "from": PHONE, "to": world.sms_gateway.sender, "body": "Yes"}
        assert Client().post(hook, said, content_type="application/json").status_code == 200
        inbound_processing.process_pending()
    finally:
        reply_received.disconnect(boom)
    assert InboundEvent.objects.unscoped().get().failures == 1
    assert quiet("could not be processed") == []


def test_callbacks_that_cannot_be_read(hook, quiet):
    client = Client(raise_request_exception=False)
    for body in (f'{{"from": "{PHONE}", "{FIRST}', f'{{"x": "{TEXT}"}}', f"from={PHONE}&body={TEXT}"):
        assert client.post(hook, body, content_type="application/json").status_code == 400
    assert client.post(f"/hooks/{FIRST}/inbound/", {}).status_code == 404
    assert quiet("/hooks/…") == []


def test_rest_errors(world, canary, quiet):
    client = api_of(world)
    person = {"first_name": FIRST, "last_name": LAST, "external_id": "1"}
    codes = [
        client.post("/rest-api/contact/", {**person, "phones": [f"{PHONE}000000000"]}).status_code,
        client.post("/rest-api/contact/", {**person, "time_zone": TEXT}).status_code,
        client.post("/rest-api/contact/", f'{{"first_name": "{FIRST}', content_type="application/json").status_code,
        client.get("/rest-api/contact/", {"phone": PHONE, "search": LAST, "offset": "x"}).status_code,
        client.get("/rest-api/contact/", {"phone": PHONE, "search": LAST}).status_code,
        client.get("/rest-api/nothing/", {"search": LAST}).status_code,
        client.get("/rest-api/event/", {"contact": FIRST}).status_code,
    ]
    assert codes == [400, 400, 400, 400, 200, 404, 400]
    assert quiet("Bad Request: /rest-api/contact/") == []


def test_rest_that_breaks(world, canary, quiet, monkeypatch):
    monkeypatch.setattr(contacts, "create", boom)
    answer = api_of(world).post("/rest-api/contact/?format=json", {"first_name": FIRST, "phones": [PHONE]})
    assert (answer.status_code, [word for word in CANARIES if word in answer.content.decode()]) == (500, [])
    assert [letter.subject for letter in mail.outbox][0].endswith("Internal Server Error: /rest-api/contact/")
    assert quiet("ValueError") == []


def test_pages_that_break(browser, canary, quiet, monkeypatch):
    monkeypatch.setattr(Contact, "__str__", boom)
    answer = browser.get(f"/admin/contacts/contact/{canary.pk}/change/", {"q": LAST})
    assert (answer.status_code, [word for word in CANARIES if word in answer.content.decode()]) == (500, [])
    assert len(mail.outbox) == 1
    assert quiet("Internal Server Error: /admin/contacts/contact/") == []


def test_searches_and_refusals_in_the_admin(browser, canary, quiet, world):
    assert browser.get("/admin/contacts/contact/", {"q": f"{FIRST} {PHONE}"}).status_code == 200
    assert browser.get("/admin/contacts/contact/", {"nonsense": LAST}).status_code == 302
    assert browser.get(f"/nowhere/?name={LAST}").status_code == 404
    browser.force_login(world.viewer)
    page = f"/admin/contacts/contact/{canary.pk}/change/"
    assert browser.post(page, {"first_name": FIRST}).status_code == 403
    assert quiet("Forbidden") == []


def test_database_that_refuses(inside, canary, sinks, capfd):
    fields = {"first_name": FIRST, "last_name": LAST, "external_id": "xylophonitis"}
    Contact.objects.create(**fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        Contact.objects.create(**fields)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_settings WHERE name = 'log_min_error_statement' AND setting = 'panic'")
        assert cursor.fetchone() == (1,)
    told = sinks.read(capfd)
    if SERVER_LOG.exists():
        assert "contact_external_id" in told
    assert [canary for canary in CANARIES if canary.lower() in told.lower()] == []


@pytest.mark.parametrize("name", ["notifications.dispatch", "calendars.plan", "contacts.retain"])
def test_tasks_that_break(name, quiet, monkeypatch):
    current_app.loader.import_default_modules()
    task = current_app.tasks[name]
    monkeypatch.setattr(task, "run", boom)
    assert task.apply(throw=False).state == "FAILURE"
    assert quiet(f"Task {name}[") == []


def test_messages_to_workers_carry_nothing():
    current_app.loader.import_default_modules()
    ours = [task for name, task in current_app.tasks.items() if not name.startswith("celery.")]
    assert len(ours) >= 6
    told = {task.name: list(inspect.signature(task.run).parameters) for task in ours}
    # Numbers of users, who are staff.
    assert told.pop("accounts.send_resets") == ["user_ids"]
    # Of which organization: a number too.
    assert told.pop("calendars.close") == ["organization_id"]
    assert told.pop("calendars.import_file") == ["organization_id", "import_id"]
    assert [name for name, parameters in told.items() if parameters] == []
    assert [row for row in current_app.conf.beat_schedule.values() if row.get("args") or row.get("kwargs")] == []


@pytest.fixture
def broker():
    """Let tasks go to the broker's folder."""
    current_app.conf.task_always_eager = False
    yield
    current_app.conf.task_always_eager = True


def test_doorbell_carries_nothing(world, canary, hook, broker, sinks, capfd, django_capture_on_commit_callbacks):
    said = {"id": "7", "from": PHONE, "to": world.sms_gateway.sender, "body": TEXT}
    with django_capture_on_commit_callbacks(execute=True):
        assert Client().post(hook, said, content_type="application/json").status_code == 200
    assert len(set(sinks.messages()) - sinks.broker) == 1
    assert [canary for canary in CANARIES if canary.lower() in sinks.read(capfd).lower()] == []
