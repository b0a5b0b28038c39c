"""The second factor: a code, a recovery code, and roles that get nothing without."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client

from accounts.models import Membership, Organization, RateCounter, User
from accounts.tests.pages import CODE, HTML, basic, code_of, confirmed, is_signed_in, set_up, sign_in
from tests.clients import key_client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


def test_password_alone_does_not_pass_a_second_factor(world, clock, secret):
    client, answer = sign_in()
    assert answer.headers["Location"] == CODE
    assert not is_signed_in(client)
    assert client.get("/rest-api/organization/").status_code == 401
    assert client.get("/admin/").status_code == 302
    client.post(CODE, {"code": code_of(secret)})
    assert is_signed_in(client)


def test_code_counts_once_in_every_process(world, clock, secret):
    code = code_of(secret)
    for typed, is_in in ((code, True), (code, False), (f"{code[:3]} {code[3:]}", False), (code_of(secret, 1), True)):
        client, _ = sign_in()
        # Another process has a cache of its own.
        cache.clear()
        client.post(CODE, {"code": typed})
        assert is_signed_in(client) is is_in


def test_recovery_code_counts_once(world, clock, secret):
    code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    for is_in in (True, False):
        client, _ = sign_in()
        client.post(CODE, {"code": code})
        assert is_signed_in(client) is is_in


def test_five_wrong_codes_lock_the_sixth(world, clock, secret):
    client, _ = sign_in()
    answers = [client.post(CODE, {"code": "000000"}).status_code for _ in range(5)]
    assert answers == [200] * 5
    last = client.post(CODE, {"code": code_of(secret)})
    assert (last.status_code, last.headers["Retry-After"]) == (429, "900")
    assert not is_signed_in(client)
    clock.forward(minutes=15)
    client.post(CODE, {"code": code_of(secret)})
    assert is_signed_in(client)


def test_unlocking_forgets_wrong_codes_too(world, clock, secret):
    client, _ = sign_in()
    for _ in range(6):
        client.post(CODE, {"code": "000000"})
    root = Client()
    root.force_login(User.objects.create_superuser(username="root", password="x"))
    root.post(f"/admin/accounts/user/{world.owner.pk}/do/unlock/")
    client.post(CODE, {"code": code_of(secret)})
    assert is_signed_in(client)


def test_basic_is_no_way_round_a_second_factor(world, clock, secret):
    answer = basic()
    assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_required")
    assert basic(password="wrong").status_code == 401
    assert basic("riverside-staff").status_code == 200


def test_recent_proof_of_the_password_is_no_way_round_either(world, clock):
    assert basic().status_code == 200
    totp.TOTP.activate(world.owner, totp.generate_totp_secret())
    assert basic().status_code == 403


def test_secrets_of_second_factors_are_encrypted(world, secret):
    kept = " ".join(str(row.data) for row in Authenticator.objects.all())
    assert secret not in kept
    assert kept.count("gAAAAA") == 2


def test_app_is_set_up_and_ends_the_other_sessions(world, clock):
    client, other = sign_in()[0], sign_in()[0]
    secret = set_up(client)
    assert Authenticator.objects.filter(user=world.owner).count() == 2
    assert "mfa.totp.secret" not in client.session
    assert client.get("/").status_code == 200
    assert other.get("/rest-api/organization/").status_code == 401
    # The code that showed the app works signs nobody in.
    third, _ = sign_in()
    third.post(CODE, {"code": code_of(secret)})
    assert not is_signed_in(third)


def test_confirming_the_password_is_behind_the_lock_out(world, clock):
    client, _ = sign_in()
    assert [confirmed(client, "wrong").status_code for _ in range(6)] == [200] * 5 + [429]


def test_owner_removes_a_lost_second_factor(world, clock):
    totp.TOTP.activate(world.staff, totp.generate_totp_secret())
    client = Client()
    client.force_login(world.owner)
    client.post(f"/admin/accounts/user/{world.staff.pk}/do/forget_factor/")
    assert not Authenticator.objects.exists()
    assert is_signed_in(sign_in("riverside-staff")[0])


def test_owner_removes_nothing_of_who_belongs_elsewhere_too(world, other, clock):
    Membership.objects.unscoped().create(organization=other.organization, user=world.staff, role="staff")
    totp.TOTP.activate(world.staff, totp.generate_totp_secret())
    client = Client()
    client.force_login(world.owner)
    client.post(f"/admin/accounts/user/{world.staff.pk}/do/forget_factor/")
    assert Authenticator.objects.count() == 1


def test_key_of_somebody_else_is_not_there(world, clock):
    theirs = Authenticator.objects.create(user=world.staff, type="webauthn", data={"name": "Desk"})
    client, _ = sign_in()
    confirmed(client)
    for verb in ("edit", "remove"):
        for pk in (theirs.pk, theirs.pk + 1000):
            assert client.post(f"/accounts/2fa/webauthn/keys/{pk}/{verb}/", {"name": "x"}).status_code == 404
    assert Authenticator.objects.get().data == {"name": "Desk"}


def test_wrong_codes_are_counted_apart_from_passwords(world, clock, secret):
    client, _ = sign_in()
    client.post(CODE, {"code": "000000"})
    wrong = {row.kind: row.wrong for row in RateCounter.objects.all()}
    assert wrong == {"account": 0, "address": 0, "code": 1}


def test_spent_codes_are_forgotten_when_they_are_no_longer_right(world, clock, secret):
    client, _ = sign_in()
    client.post(CODE, {"code": code_of(secret)})
    assert RateCounter.objects.get(kind="spent").ends_at == clock.at + timedelta(minutes=5)


# Roles that need one.


@pytest.fixture
def strict_owners(world):
    Organization.objects.filter(pk=world.organization.pk).update(second_factor_roles=["owner"])


def test_role_that_needs_a_second_factor_gets_nothing_without(world, clock, strict_owners):
    client, _ = sign_in()
    for address in ("/", "/admin/", "/rest-api/contact/", "/docs/", "/organization/"):
        page = client.get(address, **HTML)
        assert page.headers["Location"] == f"/accounts/2fa/?next={address.replace('/', '%2F')}", address
        refused = client.get(address)
        assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_required")
    assert client.post("/rest-api/contact/", {"first_name": "A"}).status_code == 403
    assert is_signed_in(sign_in("riverside-staff")[0])
    assert basic("riverside-staff").status_code == 200


def test_setting_one_up_opens_everything(committed, world, clock, strict_owners):
    client, _ = sign_in()
    assert "Your role needs a second factor" in client.get("/", follow=True, **HTML).content.decode()
    set_up(client)
    assert client.get("/", **HTML).status_code == 200
    assert client.get("/rest-api/organization/").status_code == 200


def test_role_that_needs_a_second_factor_cannot_use_basic(world, clock, strict_owners):
    answer = basic()
    assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_required")
    assert key_client(world).get("/rest-api/organization/").status_code == 200


def test_session_from_before_shows_its_code_first(world, clock, strict_owners, secret):
    client = Client()
    client.force_login(world.owner)
    assert client.get("/", **HTML).headers["Location"] == "/accounts/2fa/reauthenticate/?next=%2F"
    # With the password alone it can neither add a key nor make recovery codes.
    for address in ("/accounts/2fa/webauthn/add/", "/accounts/2fa/recovery-codes/generate/", "/accounts/email/"):
        assert client.get(address, **HTML).headers["Location"].startswith("/accounts/2fa/reauthenticate/")
    client.post("/accounts/2fa/reauthenticate/", {"code": code_of(secret)})
    assert client.get("/", **HTML).status_code == 200


def test_platform_administrators_need_one_where_the_setting_says_so(world, clock, settings):
    root = User.objects.create_superuser(username="root", password="x")
    client = Client()
    client.force_login(root)
    assert client.get("/admin/", **HTML).status_code == 200
    settings.SUPERUSER_SECOND_FACTOR = True
    assert client.get("/admin/", **HTML).headers["Location"] == "/accounts/2fa/?next=%2Fadmin%2F"


def test_owner_says_which_roles_need_one(world):
    client = Client()
    client.force_login(world.owner)
    address = f"/admin/accounts/organization/{world.organization.pk}/change/"
    form = client.get(address).context["adminform"].form.initial
    data = {name: value for name, value in form.items() if value is not None}
    inlines = {name: 0 for name in re.findall(r"name=\"(\S+_FORMS)\"", client.get(address).content.decode())}
    client.post(address, {**data, **inlines, "second_factor_roles": ["owner", "manager"]})
    assert Organization.objects.get(pk=world.organization.pk).second_factor_roles == ["owner", "manager"]
