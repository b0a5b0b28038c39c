"""Sign-in with another identity provider: it joins an account that is here, and takes none over."""

from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from accounts.models import User
from accounts.tests.issuers import Issuer
from accounts.tests.pages import CODE, code_of, confirmed, is_signed_in, sign_in

pytestmark = pytest.mark.django_db
ANA = "ana@clinic.example"
START = "/accounts/oidc/clinic/login/"
APP = {"provider_id": "clinic", "name": "Clinic", "client_id": "punctual", "secret": "s"}


@pytest.fixture
def issuer(world, clock, settings):
    made = Issuer()
    apps = [{**APP, "settings": {"server_url": made.url, "domains": ["clinic.example"]}}]
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": apps, "OAUTH_PKCE_ENABLED": True}}
    yield made
    made.close()


def come(issuer, client=None, process="login", **claims):
    """Walk to the provider and back; return the client and the last answer."""
    client = client or Client()
    issuer.claims = {"sub": "a-1", "email": ANA, "email_verified": True, **claims}
    there = client.post(f"{START}?process={process}")
    state = parse_qs(urlsplit(there.headers["Location"]).query)["state"][0]
    return client, client.get(f"{START}callback/", {"code": "c", "state": state})


def know(user, *, verified=True, email=ANA):
    User.objects.filter(pk=user.pk).update(email=email)
    EmailAddress.objects.create(user=user, email=email, verified=verified, primary=True)


def test_address_verified_on_both_sides_joins_and_signs_in(world, issuer):
    know(world.owner)
    client, _ = come(issuer)
    assert client.session["_auth_user_id"] == str(world.owner.pk)
    assert SocialAccount.objects.get().user == world.owner
    assert issuer.asked[0]["code_verifier"]
    # From now on the identity itself is known, whatever its address is.
    assert is_signed_in(come(issuer, email="other@elsewhere.example")[0])


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": "false"},
        {"email_verified": "true"},
        {"email_verified": None},
        {"email": ""},
        {"email": "ana@evil.example"},
        {"email": "nobody@clinic.example"},
    ],
    ids=str,
)
def test_what_the_provider_does_not_vouch_for_takes_nothing_over(world, issuer, claims):
    know(world.owner)
    User.objects.filter(pk=world.staff.pk).update(email="ana@evil.example")
    client, page = come(issuer, **claims)
    assert not is_signed_in(client)
    assert "There is no account for you here" in page.content.decode()
    assert (SocialAccount.objects.count(), User.objects.count()) == (0, 4)


def test_address_that_is_not_verified_here_takes_nothing_over(world, issuer):
    know(world.owner, verified=False)
    before = User.objects.get(pk=world.owner.pk).password
    assert not is_signed_in(come(issuer)[0])
    assert User.objects.get(pk=world.owner.pk).password == before
    assert not SocialAccount.objects.exists()


def test_address_of_a_domain_that_the_provider_may_not_speak_for_takes_nothing_over(world, issuer):
    know(world.owner, email="ana@lakeside.example")
    assert not is_signed_in(come(issuer, email="ana@lakeside.example")[0])


def test_second_factor_is_asked_for_after_a_provider_too(world, issuer, secret):
    know(world.owner)
    client, answer = come(issuer)
    assert (answer.headers["Location"], is_signed_in(client)) == (CODE, False)
    client.post(CODE, {"code": code_of(secret)})
    assert is_signed_in(client)


def test_switched_off_account_stays_out(world, issuer):
    know(world.owner)
    User.objects.filter(pk=world.owner.pk).update(is_active=False)
    assert not is_signed_in(come(issuer)[0])


def test_signed_in_person_connects_an_identity(world, issuer):
    client, _ = sign_in()
    confirmed(client)
    come(issuer, client, "connect", email="ana@elsewhere.example", email_verified=False)
    assert SocialAccount.objects.get().user == world.owner
    assert is_signed_in(come(issuer, email="")[0])


def test_page_names_the_provider(world, issuer):
    page = Client().get("/accounts/login/").content.decode()
    assert "Sign in with Clinic" in page
    assert START in page


def test_provider_that_is_not_configured_is_not_there(world):
    assert Client().post(START).status_code == 404
