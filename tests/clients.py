"""API clients of people and of keys."""

import base64

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils.crypto import get_random_string
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import keys, signin, support
from accounts.services.sessions import LAST_USED_AT, STARTED_AT
from config.kernel import clock
from tests.factories import PASSWORD


def client_of(user, password=PASSWORD):
    """Return an API client that signs in by Basic, and did so a moment ago if the password is right."""
    if user.check_password(password):
        cache.set(signin._cache_key(user, password), True, signin.PROOF_SECONDS)
    client = APIClient()
    token = base64.b64encode(f"{user.username}:{password}".encode()).decode()
    client.credentials(HTTP_AUTHORIZATION=f"Basic {token}")
    return client


sign_in_wholly = Client.force_login  # with all that a sign-in writes, the trail too


def start_session(client, user, backend=None):
    """Give a browser the session of a sign-in a moment ago; writes one row, where `force_login` sends 11 statements."""
    key, moment = get_random_string(32, "abcdefghijklmnopqrstuvwxyz0123456789"), int(clock.now().timestamp())
    kept = {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: backend or settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: user.get_session_auth_hash(),
        STARTED_AT: moment,
        LAST_USED_AT: moment,
    }
    store = SessionStore(key)
    Session(session_key=key, session_data=store.encode(kept), expire_date=store.get_expiry_date()).save(
        force_insert=True
    )
    client.cookies[settings.SESSION_COOKIE_NAME] = key


def supporter_of(world, *, hours=8, **ticks):
    """Return a browser of a platform administrator who works for an organization under a support access."""
    user = User.objects.filter(username="supporter").first()
    user = user or User.objects.create_superuser(username="supporter", password=PASSWORD, language="en")
    reason = "Reminders do not leave, says Ana"
    support.open_access(world.organization, person=user, reason=reason, hours=hours, now=clock.now(), **ticks)
    client = Client()
    sign_in_wholly(client, user)
    return client


def key_client(world, role="owner", **fields):
    """Return an API client that shows a key of an organization."""
    _key, text = keys.create(world.organization.pk, name="CRM", role=role, **fields)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {text}", HTTP_ACCEPT_LANGUAGE="en")
    return client
