"""API clients of people and of keys."""

import base64

from rest_framework.test import APIClient

from accounts.services import keys
from tests.factories import PASSWORD


def client_of(user, password=PASSWORD):
    """Return an API client that signs in by Basic."""
    client = APIClient()
    token = base64.b64encode(f"{user.username}:{password}".encode()).decode()
    client.credentials(HTTP_AUTHORIZATION=f"Basic {token}")
    return client


def key_client(world, role="owner", **fields):
    """Return an API client that shows a key of an organization."""
    _key, text = keys.create(world.organization.pk, name="CRM", role=role, **fields)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {text}")
    return client
