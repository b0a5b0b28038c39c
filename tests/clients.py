"""API clients of people and of keys."""

import base64

from django.core.cache import cache
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import keys, signin, support
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


def supporter_of(world, *, hours=8, **ticks):
    """Return a browser of a platform administrator who works for an organization under a support access."""
    user = User.objects.filter(username="supporter").first()
    user = user or User.objects.create_superuser(username="supporter", password=PASSWORD, language="en")
    reason = "Reminders do not leave, says Ana"
    support.open_access(world.organization, person=user, reason=reason, hours=hours, now=clock.now(), **ticks)
    client = Client()
    client.force_login(user)
    return client


def key_client(world, role="owner", **fields):
    """Return an API client that shows a key of an organization."""
    _key, text = keys.create(world.organization.pk, name="CRM", role=role, **fields)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {text}", HTTP_ACCEPT_LANGUAGE="en")
    return client
