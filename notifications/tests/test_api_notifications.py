"""Gateways, texts, messages and things for staff over REST."""

import pytest

from accounts import tenancy
from notifications.engine.states import State
from notifications.models import Delivery, Gateway
from tests import admin_rows
from tests.clients import client_of

pytestmark = pytest.mark.django_db

SMS = {
    "name": "Second",
    "sender": "+15550100009",
    "base_url": "https://sms.example",
    "access_key": "user-7",
    "secret_key": "s3cret",
}


def stored(world, **wanted):
    with tenancy.tenant(world.organization.pk):
        return Gateway.objects.get(**wanted)


def test_credentials_go_in_and_never_come_out(api, world):
    made = api.post("/rest-api/sms-gateway/", SMS)
    assert (made.status_code, made.json()["driver"], made.json()["has_credentials"]) == (201, "flowroute", True)
    assert stored(world, name="Second").secrets == {"access_key": "user-7", "secret_key": "s3cret"}
    for address in ("/rest-api/sms-gateway/", made.json()["url"]):
        text = api.get(address).content.decode()
        assert "s3cret" not in text
        assert "user-7" not in text
        assert "hook" not in text


def test_gateways_are_listed_by_channel(api, world):
    for kind, name in (("gateway", "Voice"), ("sms-gateway", "Text"), ("mail-gateway", "Mail")):
        assert [row["name"] for row in api.get(f"/rest-api/{kind}/").json()["results"]] == [name]
    assert api.get(f"/rest-api/sms-gateway/{world.mail_gateway.pk}/").status_code == 404


def test_new_credentials_leave_the_callback_secret(api, world):
    api.patch(f"/rest-api/sms-gateway/{world.sms_gateway.pk}/", {"secret_key": "new"})
    assert stored(world, name="Text").secrets == {
        "access_key": "riverside-key",
        "secret_key": "new",
        "hook": "riverside-hook",
    }


def test_another_address_needs_the_credentials_again(api, world):
    address = f"/rest-api/sms-gateway/{world.sms_gateway.pk}/"
    answer = api.patch(address, {"base_url": "https://elsewhere.example"})
    assert (answer.status_code, set(answer.json())) == (400, {"access_key", "secret_key", "code"})
    body = {"base_url": "https://elsewhere.example", "access_key": "a", "secret_key": "b"}
    assert api.patch(address, body).status_code == 200


@pytest.mark.parametrize(
    "base_url", ["ftp://x", "//x", "x", "https://", "https://user:pw@x", "https://x:port", "smtp://x", "https://[x"]
)
def test_address_of_a_wrong_kind_is_refused(api, base_url):
    answer = api.post("/rest-api/sms-gateway/", {**SMS, "base_url": base_url})
    assert (answer.status_code, list(answer.json())) == (400, ["base_url", "code"])


def test_mail_gateway_is_an_smtp_server(api, world):
    body = {"name": "Post", "base_url": "smtp+starttls://mail.example:587", "username": "u", "password": " p "}
    made = api.post("/rest-api/mail-gateway/", body)
    assert (made.status_code, made.json()["driver"]) == (201, "smtp")
    assert stored(world, name="Post").secrets == {"username": "u", "password": " p "}


def test_name_is_taken_once_in_an_organization(api, stranger_api):
    assert api.post("/rest-api/sms-gateway/", SMS).status_code == 201
    assert api.post("/rest-api/sms-gateway/", SMS).status_code == 400
    assert stranger_api.post("/rest-api/sms-gateway/", SMS).status_code == 201


def test_staff_cannot_change_gateways(world):
    address = f"/rest-api/sms-gateway/{world.sms_gateway.pk}/"
    assert client_of(world.staff).patch(address, {"name": "x"}).status_code == 403
    assert client_of(world.manager).patch(address, {"name": "x"}).status_code == 200


def test_voice_gateways_are_read_only(api, world):
    assert api.patch(f"/rest-api/gateway/{world.voice_gateway.pk}/", {"name": "x"}).status_code == 405


def test_gateway_that_cannot_be_reached_says_so(api, world):
    answer = api.post(f"/rest-api/sms-gateway/{world.sms_gateway.pk}/connect/")
    assert (answer.status_code, answer.json()["code"]) == (409, "gateway_refused")


@pytest.mark.parametrize("text", ["{", "{first_name.__class__}", "{0}", "{first_name!r}", "{unknown thing}"])
def test_text_with_odd_braces_is_refused(api, text):
    answer = api.post("/rest-api/sms-template/", {"label": "x", "template_key": "x", "sms_text": text})
    assert (answer.status_code, list(answer.json())) == (400, ["sms_text", "code"])


def test_template_in_use_cannot_be_deleted(api, clock, world):
    admin_rows.create_rows(world)
    answer = api.delete(f"/rest-api/sms-template/{world.sms_template.pk}/")
    assert (answer.status_code, answer.json()["code"]) == (409, "in_use")


def test_mail_template_is_kept_as_written(api):
    body = {"label": "x", "template_key": "x", "subject": "On {date}", "message_plaintext": "Dear {first_name}"}
    made = api.post("/rest-api/mail-template/", body)
    assert {key: made.json()[key] for key in body} == body


def test_one_reply_text_for_a_key_and_language(api):
    body = {"key": "confirmed", "language": "fr", "text": "Merci"}
    made = api.post("/rest-api/reply-text/", body)
    assert made.status_code == 201
    assert list(api.post("/rest-api/reply-text/", body).json()) == ["language", "code"]
    assert api.patch(made.json()["url"], {"text": "Merci bien"}).json()["text"] == "Merci bien"


def test_message_is_told_with_its_attempts(api, clock, world):
    admin_rows.create_rows(world)
    [told] = api.get("/rest-api/delivery/", {"state": "scheduled"}).json()["results"]
    assert (told["recipient"], told["gateway"], told["due_at"]) == ("+15551234567", "Text", "2026-11-23T09:00:00Z")
    assert [(row["number"], row["state"]) for row in told["attempts"]] == [(1, "accepted")]
    assert "token_hash" not in told["attempts"][0]


def test_failed_message_is_put_back(api, clock, world):
    admin_rows.create_rows(world)
    with tenancy.tenant(world.organization.pk):
        pk = Delivery.objects.get().pk
        Delivery.objects.filter(pk=pk).update(state=State.SKIPPED, origin="notice")
    assert api.post(f"/rest-api/delivery/{pk}/retry/").json()["state"] == "scheduled"
    assert api.post(f"/rest-api/delivery/{pk}/retry/").json()["code"] == "not_retryable"


def test_thing_for_staff_is_done_once(api, clock, world):
    admin_rows.create_rows(world)
    [item] = api.get("/rest-api/staff-item/", {"is_done": "false"}).json()["results"]
    assert (item["kind"], item["text"], item["done_at"]) == ("failed", "Yes", None)
    done = api.post(f"{item['url']}done/").json()
    assert (done["done_at"], done["done_by"]) == ("2026-11-23T09:00:00Z", "riverside-owner")
    assert api.get("/rest-api/staff-item/", {"is_done": "false"}).json()["count"] == 0


def test_lists_take_the_same_queries_for_many_rows(api, clock, world, django_assert_num_queries):
    for number in range(12):
        admin_rows.create_rows(world, f"t{number}", hours=number + 1)
    api.get("/rest-api/delivery/")
    with django_assert_num_queries(7):  # user, membership, savepoint, count, page, attempts, release
        assert len(api.get("/rest-api/delivery/?page_size=12").json()["results"]) == 12
    with django_assert_num_queries(6):
        assert len(api.get("/rest-api/staff-item/?page_size=12").json()["results"]) == 12
