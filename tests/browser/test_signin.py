"""Signing in as a person does it, with an app and with a passkey, and the pages of one's account."""

import re
import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from playwright.sync_api import expect

from accounts.models import Organization
from tests import factories
from tests.browser.conftest import fits, shot, sign_in
from tests.factories import PASSWORD

pytestmark = pytest.mark.browser
OWNER = "riverside-owner"
VIRTUAL_KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def clinic(committed):
    return factories.world("Riverside")


def confirm(page):
    """Type the password again, where a weighty page asks for it."""
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def code_of(secret):
    now = int(time.time())  # noqa: TID251 - allauth compares codes with the machine's clock
    return totp.format_hotp_value(totp.hotp_value(secret, now // 30))


def test_role_that_needs_a_second_factor_is_led_to_an_app(clinic, page):
    Organization.objects.update(second_factor_roles=["owner"])
    page.goto("/")
    page.get_by_role("link", name="Sign in").first.click()
    shot(page, "sign-in")
    page.get_by_label("Username or e-mail").fill(OWNER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Your role needs a second factor")
    assert fits(page)
    shot(page, "second-factor")
    page.get_by_role("link", name="Set up an app").click()
    shot(page, "confirm")
    confirm(page)
    secret = page.get_by_label("Authenticator secret").input_value()
    assert fits(page)
    shot(page, "app")
    page.get_by_label("Authenticator code").fill(code_of(secret))
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_label("Unused codes")).to_have_value(re.compile(r"^(\d{8}\s*){10}$"))
    shot(page, "recovery-codes")
    page.get_by_role("link", name="Day").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Riverside")


@pytest.fixture
def passkey(page):
    """Let the browser have a passkey's device, until the test ends."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": VIRTUAL_KEY})
    yield
    devices.detach()


@pytest.mark.usefixtures("passkey")
def test_passkey_signs_in_without_a_password(clinic, page):
    sign_in(page, OWNER)
    page.goto("/accounts/2fa/webauthn/add/")
    confirm(page)
    page.get_by_label("Name").fill("This computer")
    page.get_by_label("Passwordless").check()
    shot(page, "add-key")
    page.get_by_role("button", name="Add").click()
    page.wait_for_url("**/recovery-codes/")
    assert Authenticator.objects.get(type="webauthn").wrap().is_passwordless is True
    page.goto("/accounts/2fa/webauthn/")
    expect(page.get_by_role("cell", name="This computer")).to_be_visible()
    shot(page, "keys")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="Sign in").first.click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(lambda address: address.endswith("/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Riverside")


def test_pages_of_ones_account_fit(clinic, page):
    EmailAddress.objects.create(user=clinic.owner, email="ana@clinic.example", verified=True, primary=True)
    sign_in(page, OWNER)
    for name, address, words in (
        ("account", "/accounts/", "Second factor"),
        ("password", "/accounts/password/change/", "Change Password"),
        ("email", "/accounts/email/", "ana@clinic.example"),
        ("sessions", "/accounts/sessions/", "Browser"),
    ):
        page.goto(address)
        expect(page.get_by_text(words).first).to_be_visible()
        assert fits(page), address
        shot(page, name)
    page.get_by_role("button", name="Sign out").first.click()
    for name, address in (("forgotten", "/accounts/password/reset/"), ("no-account", "/accounts/signup/")):
        page.goto(address)
        assert fits(page), address
        shot(page, name)
