"""Keys change while everything runs; what is stored never opens without one."""

import threading
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection, connections

from accounts import tenancy
from accounts.models import IdempotentRequest
from accounts.services import key_rotation, keys
from accounts.tests import conftest as signing_in
from config.kernel import crypto
from notifications.models import Gateway
from notifications.services import gateways
from tests import factories
from tests.clients import key_client

secret = signing_in.secret
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
SECRETS = {"access_key": "riverside-key", "secret_key": "riverside-secret", "hook": "riverside-hook"}


@pytest.fixture
def old_key(settings):
    """Let everything be stored under the old key."""
    settings.FIELD_ENCRYPTION_KEY = OLD


@pytest.fixture
def world(db, old_key):
    """Return a clinic that is made anew: one that is put back would bring secrets under the key of its making."""
    return clinic("Riverside")


@pytest.fixture
def other(db, old_key):
    """Return a second one."""
    return clinic("Lakeside")


def clinic(name):
    """Make a clinic, all of whose gateways have secrets."""
    made = factories.world(name)
    with tenancy.tenant(made.organization.pk):
        for gateway in Gateway.objects.exclude(pk=made.sms_gateway.pk):
            gateways.set_credentials(gateway, secret_key="of-another-gateway")
    return made


def secrets_of(world):
    with tenancy.tenant(world.organization.pk):
        return Gateway.objects.get(pk=world.sms_gateway.pk).secrets


def run():
    """Rotate, and return what is said of each field."""
    out = StringIO()
    call_command("rotate_keys", stdout=out)
    *fields, last = out.getvalue().splitlines()
    assert last == "Everything is under the first key; the others may be removed."
    return dict(line.split(": ") for line in fields)


@pytest.mark.django_db
def test_secrets_of_all_organizations_open_without_the_old_key(old_key, world, other, settings):
    settings.FIELD_ENCRYPTION_KEY = f"{NEW},{OLD}"
    said = run()
    assert said["notifications.Gateway.secrets"] == "6 of 6 encrypted anew"
    assert said["accounts.IdempotentRequest.answer"] == "0 of 0 encrypted anew"
    settings.FIELD_ENCRYPTION_KEY = NEW
    assert secrets_of(world) == SECRETS
    assert secrets_of(other)["secret_key"] == "lakeside-secret"
    assert run()["notifications.Gateway.secrets"] == "0 of 6 encrypted anew"


@pytest.mark.django_db
def test_second_factors_open_without_the_old_key(old_key, secret, world, settings):
    settings.FIELD_ENCRYPTION_KEY = f"{NEW},{OLD}"
    assert run()["mfa.Authenticator.data"] == "2 of 2 encrypted anew"
    assert run()["mfa.Authenticator.data"] == "0 of 2 encrypted anew"
    settings.FIELD_ENCRYPTION_KEY = NEW
    app, codes = Authenticator.objects.order_by("pk")
    assert decrypt(app.data["secret"]) == secret
    assert len(codes.wrap().get_unused_codes()) == 10


@pytest.mark.django_db
def test_second_factor_without_its_key_is_told_and_left_alone(old_key, secret, world, settings):
    before = list(Authenticator.objects.order_by("pk").values_list("data", flat=True))
    settings.FIELD_ENCRYPTION_KEY = NEW
    with pytest.raises(CommandError, match="2 of mfa.Authenticator.data"):
        run()
    assert list(Authenticator.objects.order_by("pk").values_list("data", flat=True)) == before


@pytest.mark.django_db
def test_every_encrypted_field_is_found():
    found = {f"{model._meta.label}.{field.name}" for model, field in key_rotation.encrypted_fields()}
    assert found >= {"accounts.IdempotentRequest.answer", "notifications.Gateway.secrets"}


@pytest.mark.django_db
def test_rotation_goes_on_where_it_was_stopped(old_key, world, settings, monkeypatch):
    monkeypatch.setattr(key_rotation, "BATCH", 1)
    settings.FIELD_ENCRYPTION_KEY = f"{NEW},{OLD}"
    with tenancy.tenant(world.organization.pk):
        first = Gateway.objects.order_by("pk").first()
        gateways.set_credentials(first, access_key="of-today")
    assert run()["notifications.Gateway.secrets"] == "2 of 3 encrypted anew"
    settings.FIELD_ENCRYPTION_KEY = NEW
    assert secrets_of(world)["access_key"] == "of-today"


@pytest.mark.django_db
def test_secret_that_is_changed_meanwhile_stays_changed(old_key, world, settings, monkeypatch):
    settings.FIELD_ENCRYPTION_KEY = f"{NEW},{OLD}"
    rotated, changed = crypto.rotated, []

    def slow(token):
        if not changed:
            changed.append(gateways.set_credentials(world.sms_gateway, secret_key="of-a-person"))
        return rotated(token)

    monkeypatch.setattr(crypto, "rotated", slow)
    assert run()["notifications.Gateway.secrets"] == "2 of 3 encrypted anew"
    settings.FIELD_ENCRYPTION_KEY = NEW
    assert secrets_of(world)["secret_key"] == "of-a-person"


@pytest.mark.django_db
def test_secret_without_its_key_is_told_and_left_alone(old_key, world, settings):
    settings.FIELD_ENCRYPTION_KEY = NEW
    with pytest.raises(CommandError, match=r"Open with no key that is known: 3 of notifications.Gateway.secrets"):
        run()
    with pytest.raises(ImproperlyConfigured):
        secrets_of(world)
    settings.FIELD_ENCRYPTION_KEY = OLD
    assert secrets_of(world) == SECRETS


def test_secrets_are_read_and_written_while_keys_change(committed, old_key, world, settings):
    settings.FIELD_ENCRYPTION_KEY = f"{NEW},{OLD}"
    over, counts = threading.Event(), []

    def rotate():
        while not over.is_set():
            first, second = settings.FIELD_ENCRYPTION_KEY.split(",")
            settings.FIELD_ENCRYPTION_KEY = f"{second},{first}"
            counts.append(sum(count.rewritten for count in key_rotation.rotate()))
        connections.close_all()

    thread = threading.Thread(target=rotate)
    thread.start()
    try:
        for number in range(60):
            with tenancy.tenant(world.organization.pk):
                gateways.set_credentials(Gateway.objects.get(pk=world.sms_gateway.pk), access_key=f"number-{number}")
            assert secrets_of(world) == {**SECRETS, "access_key": f"number-{number}"}
    finally:
        over.set()
        thread.join()
    assert sum(counts) > 3


@pytest.mark.django_db
def test_no_table_holds_a_live_secret(world, clock, settings):
    client = key_client(world)
    sms = {"access_key": "AK-canary-1", "secret_key": "SK-canary-2", "hook": "HK-canary-3"}
    with tenancy.tenant(world.organization.pk):
        gateways.set_credentials(world.sms_gateway, **sms)
        gateways.set_credentials(world.mail_gateway, username="user-canary-4", password="password-canary-5")
    made = client.post("/rest-api/api-key/", {"name": "Second", "role": "staff"}, HTTP_IDEMPOTENCY_KEY="once")
    text = made.json()["key"]
    assert keys.TEXT.fullmatch(text)
    with tenancy.tenant(world.organization.pk):
        assert IdempotentRequest.objects.get().answer
        stored = "\n".join(_everything()).lower()
    assert "riverside family" in stored or "riverside" in stored
    secret = text.split("_", 2)[2]
    shown = client._credentials["HTTP_AUTHORIZATION"].split("_", 2)[2]
    canaries = ["ak-canary-1", "sk-canary-2", "hk-canary-3", "user-canary-4", "password-canary-5", secret, shown]
    assert [each for each in canaries if _is_in(each.lower(), stored)] == []
    assert [each for each in (*settings.FIELD_ENCRYPTION_KEY.split(","), settings.SECRET_KEY) if each in stored] == []


def _is_in(text, stored):
    """Look for a text as it is and as a column of bytes shows it."""
    return text in stored or text.encode().hex() in stored


def _everything():
    """Yield every row of every table as PostgreSQL writes it."""
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            if model._meta.managed:
                cursor.execute(f"SELECT t::text FROM {connection.ops.quote_name(model._meta.db_table)} t")
                yield from (row for (row,) in cursor.fetchall())
