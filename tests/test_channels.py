"""The one table of channels: all code that differs by channel reads it, so that a new channel is known everywhere."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import get_resolver

from calendars.api.serializers import CalendarSettingSerializer
from calendars.engine.states import AlarmMethod
from calendars.models import Alarm, CalendarSetting
from calendars.services.alarms import alarm_queueing, alarm_validation, alarms
from config.kernel.errors import Invalid
from contacts.models import Contact
from notifications import channels
from notifications.api.views import gateway_views
from notifications.engine.states import Channel
from notifications.models import Delivery, Gateway, InboundEvent, Suppression
from notifications.providers import registry
from notifications.providers.memory import Memory
from notifications.services import dispatch, inbound_processing
from notifications.services.call_intents import hash_of
from tests import factories
from tests.clients import client_of

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def fax(monkeypatch):
    """Add a made-up channel, which says texts to numbers through the gateways of texts."""
    get_resolver().url_patterns  # noqa: B018 # read before, so that no address of it stays behind
    entry = replace(
        channels.of("sms"),
        channel="fax",
        label="Fax",
        method=4,
        reminder_label="Fax",
        is_usual=False,
        recipient_words="number to fax to",
        gateway_path="fax-gateway",
        keywords=replace(channels.of("sms").keywords, stop=frozenset({"basta"})),
    )
    monkeypatch.setitem(channels.TABLE, "fax", entry)
    return entry


@pytest.fixture
def provider(monkeypatch):
    """Let every gateway's driver be one provider in memory."""
    memory = Memory()
    monkeypatch.setattr(registry, "load", lambda name: memory if name else None)
    return memory


@pytest.fixture
def alarm(inside, clock, fax):
    """Return a fax that is due, to a patient."""
    event = factories.event(inside, contact=factories.contact(inside), start=clock.at + timedelta(hours=3))
    return alarms.create(event, now=clock.at, method=fax.method, sms_template=inside.sms_template)


def test_table_names_each_channel_once_and_agrees_with_the_numbers():
    assert sorted(channels.TABLE) == sorted(Channel)
    numbers = {entry.method for entry in channels.entries()}
    assert numbers == {int(method) for method in AlarmMethod}
    assert [entry.channel for entry in channels.entries() if entry.is_usual] == ["sms"]


def test_what_the_table_names_exists():
    for entry in channels.entries():
        Alarm._meta.get_field(entry.content_field)
        Alarm._meta.get_field(entry.address.alarm_field)
        CalendarSetting._meta.get_field(entry.gateway_field)
        related = Contact._meta.get_field(entry.address.contact_relation).related_model
        assert (related._meta.db_table, related._meta.get_field(entry.address.contact_column).column) == (
            entry.address.contact_table,
            entry.address.contact_column,
        )


def test_models_take_one_more_channel(fax):
    for model in (Gateway, Delivery, Suppression):
        assert "fax" in dict(model._meta.get_field("channel").choices)
    assert dict(Alarm._meta.get_field("method").choices)[4] == "Fax"


def test_validation_names_what_is_missing_on_it(inside, clock, fax):
    event = factories.event(inside)
    alarm = factories.alarm(inside, event, method=4, sms_template=None)
    with pytest.raises(Invalid, match="A text message needs a text"):
        alarm_validation.check(alarm, event)
    alarm.sms_template = inside.sms_template
    with pytest.raises(Invalid, match="There is no number to fax to: its event names no contact") as caught:
        alarm_validation.check(alarm, event)
    assert caught.value.field == "alarm_phonenumber"


def test_planning_puts_it_into_the_outbox_and_the_outbox_sends_it(alarm, clock, provider):
    clock.set(alarm.due_at)
    alarm_queueing.plan()
    delivery = Delivery.objects.get()
    assert (delivery.channel, delivery.recipient, delivery.state) == ("fax", "+15551234567", "scheduled")
    assert (delivery.gateway.name, delivery.sms_template.label) == ("Text", "Reminder")
    assert delivery.answerable_until == alarm.event.end
    dispatch.run(seconds=10)
    assert [message.recipient for message in provider.ledger] == ["+15551234567"]


def test_its_own_word_opts_out_of_it_alone(inside, fax, provider, client):
    inside.sms_gateway.channel, inside.sms_gateway.hook_hash = "fax", hash_of("fax-hook-1")
    inside.sms_gateway.save()
    for number, word in enumerate(("STOP", "basta")):
        text = {"id": f"t{number}", "from": "+15551230001", "to": "+15550100001", "body": word}
        client.post("/hooks/fax-hook-1/inbound/", text, content_type="application/json")
    inbound_processing.process_pending()
    assert list(InboundEvent.objects.order_by("pk").values_list("intent", flat=True)) == ["unclear", "stop"]
    assert Suppression.objects.values_list("channel", "address").get() == ("fax", "+15551230001")


def test_rest_takes_and_tells_it(alarm, world, fax):
    api = client_of(world.owner)
    address = f"/rest-api/alarm/{alarm.pk}/"
    assert api.get(address).json()["method"] == 4
    assert api.patch(address, {"method": 5}).status_code == 400
    assert CalendarSettingSerializer().fields["sms_gateway"].only == {"channel__in": ["sms", "fax"]}
    assert gateway_views(fax).channel == "fax"


def test_admin_and_screens_offer_it(alarm, inside, client):
    client.force_login(inside.manager)
    page = client.get(f"/admin/calendars/alarm/{alarm.pk}/change/").content.decode()
    assert re.search(r'<option value="4"[^>]*selected[^>]*>Fax', page)
    assert "Fax" in client.get(f"/events/{alarm.event_id}/").content.decode()
    gateway = client.get(f"/admin/notifications/gateway/{inside.sms_gateway.pk}/change/").content.decode()
    assert '<option value="fax"' in gateway


def test_setting_is_offered_the_gateways_of_each_channel(inside, clock, client):
    client.force_login(inside.manager)
    page = client.get(f"/admin/calendars/calendarsetting/{inside.setting.pk}/change/").content.decode()
    for field, name in (("sms_gateway", "Text"), ("mail_gateway", "Mail"), ("aleg_gateway", "Voice")):
        select = re.search(rf'<select name="{field}".*?</select>', page, re.DOTALL)[0]
        assert re.findall(r">(Text|Mail|Voice)<", select) == [name]


ASKS = re.compile(
    r"Channel\.(SMS|EMAIL|VOICE)|AlarmMethod\.|channel\s*(==|!=|=)\s*[\"'](sms|email|voice)|is_sms"
    r"|method\s*(=|<>|==)\s*[1-4]\b|WHEN [1-4] THEN '(sms|email|voice)'"
)
# What may name a channel: the table, the names themselves, and who serves just one.
MAY = {
    "notifications/channels.py": "the table",
    "calendars/models/alarms.py": "the older interface's default is a call",
    "surveys/api/serializers.py": "calls are what it is about",
    "appointments/services/visit_notifications.py": "the older interface's notifications are e-mails",
}


def test_nobody_else_asks_which_channel_it_is():
    apps = ("accounts", "contacts", "notifications", "surveys", "calendars", "appointments", "config")
    files = [file for app in apps for file in sorted((ROOT / app).rglob("*.py"))]
    names = {file.relative_to(ROOT).as_posix(): file for file in files}
    asking = {
        name
        for name, file in names.items()
        if "/tests/" not in name and "/migrations/" not in name and ASKS.search(file.read_text())
    }
    # A driver says which channel it serves.
    drivers = {name for name in names if re.fullmatch(r"notifications/providers/(memory|\w+/driver)\.py", name)}
    assert asking - drivers - set(MAY) == set()
