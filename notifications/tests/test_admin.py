"""Gateways, deliveries and things for staff in the admin."""

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from accounts import tenancy
from notifications.models import Delivery, Gateway, SMSTemplate, StaffItem, Suppression
from tests.admin_rows import delivery
from tests.factories import NOW


@pytest.fixture
def desk(world, clock):
    client = Client()
    client.force_login(world.manager)
    return client


def gateway_form(**fields):
    return {
        "name": "Second",
        "channel": "sms",
        "driver": "flowroute",
        "sender": "+15550100009",
        "status": 1,
        "rate_per_second": 5,
        "flowroute__access_key": "AK-1",
        "flowroute__secret_key": "very-secret",
        **fields,
    }


def test_credentials_are_kept_and_never_shown(desk, world):
    desk.post("/admin/notifications/gateway/add/", gateway_form())
    with tenancy.tenant(world.organization.pk):
        gateway = Gateway.objects.get(name="Second")
    assert gateway.secrets == {"access_key": "AK-1", "secret_key": "very-secret"}
    page = desk.get(f"/admin/notifications/gateway/{gateway.pk}/change/").content.decode()
    assert "AK-1" not in page
    assert "very-secret" not in page
    assert "One is kept" in page


def test_empty_credentials_keep_the_old_ones(desk, world):
    pk = world.sms_gateway.pk
    empty = {"flowroute__access_key": "", "flowroute__secret_key": "new-secret"}
    data = gateway_form(name="Text", base_url="http://127.0.0.1:1", **empty)
    desk.post(f"/admin/notifications/gateway/{pk}/change/", data)
    with tenancy.tenant(world.organization.pk):
        secrets = Gateway.objects.get(pk=pk).secrets
    assert secrets == {"access_key": "riverside-key", "secret_key": "new-secret", "hook": "riverside-hook"}


def test_address_into_an_own_network_is_an_error_of_its_field(desk, settings):
    settings.OUTGOING_ALLOWED = []
    response = desk.post("/admin/notifications/gateway/add/", gateway_form(base_url="http://10.0.0.1"))
    assert response.context["adminform"].form.errors == {"base_url": ["“10.0.0.1” is no public address."]}


def test_credentials_are_never_sent_to_another_host_unasked(desk, world):
    pk = world.sms_gateway.pk
    empty = {"flowroute__access_key": "", "flowroute__secret_key": ""}
    data = gateway_form(name="Text", base_url="https://elsewhere.example.com", **empty)
    response = desk.post(f"/admin/notifications/gateway/{pk}/change/", data)
    words = ["Needed anew, since the address changes."]
    errors = {"flowroute__access_key": words, "flowroute__secret_key": words}
    assert response.context["adminform"].form.errors == errors
    with tenancy.tenant(world.organization.pk):
        assert Gateway.objects.get(pk=pk).base_url == "http://127.0.0.1:1"


def test_second_gateway_of_that_name_is_an_error_of_the_form(desk):
    response = desk.post("/admin/notifications/gateway/add/", gateway_form(name="Mail"))
    assert "already exists" in str(response.context["adminform"].form.errors)


def test_gateway_is_switched_off_and_on(desk, world):
    pk = world.sms_gateway.pk
    for verb, status in (("deactivate", 0), ("activate", 1)):
        desk.post(f"/admin/notifications/gateway/{pk}/do/{verb}/")
        with tenancy.tenant(world.organization.pk):
            assert Gateway.objects.get(pk=pk).status == status


def test_provider_that_cannot_be_reached_is_a_message(desk, world):
    response = desk.post(f"/admin/notifications/gateway/{world.sms_gateway.pk}/do/connect/")
    assert [message.level_tag for message in get_messages(response.wsgi_request)] == ["error"]


def test_failed_delivery_explains_itself_and_is_retried(desk, world):
    with tenancy.tenant(world.organization.pk):
        row = delivery(world, "k", origin="test", state="failed", reason="gateway_down", detail="HTTP 503")
    page = desk.get(f"/admin/notifications/delivery/{row.pk}/change/").content.decode()
    assert "Why was this not sent?" in page
    assert "The provider said: “HTTP 503”" in page
    desk.post(f"/admin/notifications/delivery/{row.pk}/do/retry/")
    with tenancy.tenant(world.organization.pk):
        assert Delivery.objects.get(pk=row.pk).state == "scheduled"


def test_delivered_message_is_not_retried(desk, world):
    with tenancy.tenant(world.organization.pk):
        row = delivery(world, "k", state="delivered")
    response = desk.post("/admin/notifications/delivery/", {"action": "retry", "_selected_action": [row.pk]})
    (message,) = get_messages(response.wsgi_request)
    assert str(message).startswith("Only a message that failed")


def test_thing_for_staff_is_marked_as_done(desk, world):
    with tenancy.tenant(world.organization.pk):
        item = StaffItem.objects.create(kind="failed", code="erased", dedup_key="x")
    desk.post(f"/admin/notifications/staffitem/{item.pk}/do/finish/")
    with tenancy.tenant(world.organization.pk):
        item.refresh_from_db()
    assert (item.done_by, item.done_at) == (world.manager, NOW)


def test_lifting_a_suppression_keeps_the_row(desk, world):
    with tenancy.tenant(world.organization.pk):
        row = Suppression.objects.create(channel="sms", address="+15551234567", reason="stop")
    desk.post(f"/admin/notifications/suppression/{row.pk}/do/lift/")
    with tenancy.tenant(world.organization.pk):
        assert Suppression.objects.get().lifted_at == NOW


@pytest.mark.parametrize("text", ["Hello {first_name.__class__}", "Hello {0}", "Hello {"])
def test_template_takes_named_placeholders_only(desk, world, text):
    data = {"label": "x", "template_key": "x", "sms_text": text}
    response = desk.post("/admin/notifications/smstemplate/add/", data)
    assert list(response.context["adminform"].form.errors) == ["sms_text"]
    with tenancy.tenant(world.organization.pk):
        assert SMSTemplate.objects.count() == 1


def test_sender_of_texts_is_kept_in_its_international_form(desk, world):
    desk.post("/admin/notifications/gateway/add/", gateway_form(sender="(518) 555-0100"))
    with tenancy.tenant(world.organization.pk):
        assert Gateway.objects.get(name="Second").sender == "+15185550100"


def test_impossible_sender_is_an_error_of_its_field(desk):
    response = desk.post("/admin/notifications/gateway/add/", gateway_form(sender="1234567890123456"))
    assert list(response.context["adminform"].form.errors) == ["sender"]


def test_suppressed_number_stands_as_messages_are_addressed(desk, world):
    data = {"channel": "sms", "address": "(518) 555-0161", "reason": "manual"}
    desk.post("/admin/notifications/suppression/add/", data)
    with tenancy.tenant(world.organization.pk):
        assert Suppression.objects.get().address == "+15185550161"
