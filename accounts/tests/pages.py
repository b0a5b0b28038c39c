"""How a person signs in on the page, for tests."""

import base64
import time

from allauth.mfa.totp.internal import auth as totp
from django.test import Client, TestCase
from rest_framework.test import APIClient

from tests.factories import PASSWORD

LOGIN = "/accounts/login/"
CODE = "/accounts/2fa/authenticate/"
OWNER = "riverside-owner"
REST = "/rest-api/organization/"
# What a browser says it takes.
HTML = {"HTTP_ACCEPT": "text/html,*/*"}


def sign_in(login=OWNER, password=PASSWORD, client=None, **extra):
    """Type a name and a password; return the client and the answer."""
    client = client or Client()
    return client, client.post(LOGIN, {"login": login, "password": password}, **extra)


def is_signed_in(client):
    """Tell whether a session is somebody's."""
    return "_auth_user_id" in client.session


def code_of(secret, steps=0):
    """Return the code that an authenticator app shows, so many half minutes from now."""
    now = int(time.time())  # noqa: TID251 - allauth compares codes with the machine's clock
    return totp.format_hotp_value(totp.hotp_value(secret, now // 30 + steps))


def basic(username=OWNER, password=PASSWORD):
    """Ask with a password in the header."""
    token = base64.b64encode(f"{username}:{password}".encode()).decode()
    return APIClient().get(REST, HTTP_AUTHORIZATION=f"Basic {token}")


def confirmed(client, password=PASSWORD):
    """Type the password again, as weighty pages ask."""
    return client.post("/accounts/reauthenticate/", {"password": password})


def set_up(client):
    """Set up an authenticator app in a session, and return its secret."""
    confirmed(client)
    client.get("/accounts/2fa/totp/activate/")
    secret = client.session["mfa.totp.secret"]
    with TestCase.captureOnCommitCallbacks(execute=True):
        client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    return secret
