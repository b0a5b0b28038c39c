"""Signing in on the page: with a password, a code, a recovery code, and by no way round."""

import base64
import re
import time
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.tokens import default_token_generator
from django.core import mail
from django.core.cache import cache
from django.test import Client, TestCase
from rest_framework.test import APIClient

from accounts.models import Membership, Organization, Tally, User
from accounts.services import resets
from accounts.tasks import send_resets
from tests.clients import client_of, key_client
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
CODE = "/accounts/2fa/authenticate/"
OWNER = "riverside-owner"
HTML = {"HTTP_ACCEPT": "text/html,*/*"}


def sign_in(login=OWNER, password=PASSWORD, client=None, **extra):
    """Type a name and a password; return the client and the answer."""
    client = client or Client()
    return client, client.post(LOGIN, {"login": login, "password": password}, **extra)


def is_signed_in(client):
    return "_auth_user_id" in client.session


@pytest.fixture(autouse=True)
def fresh_cache():
    cache.clear()


@pytest.fixture
def secret(world):
    """Give the owner an authenticator app with recovery codes, and return its secret."""
    made = totp.generate_totp_secret()
    totp.TOTP.activate(world.owner, made)
    RecoveryCodes.activate(world.owner)
    return made


def code_of(secret, steps=0):
    """Return the code that the app shows, so many half minutes from now."""
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + steps))


def test_right_password_opens_the_day(world, clock):
    client, answer = sign_in()
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert client.get("/").status_code == 200
    assert is_signed_in(client)


def test_page_asked_for_is_opened_and_no_foreign_one(world, clock):
    assert sign_in()[1].headers["Location"] == "/"
    for wanted, got in (("/admin/contacts/contact/", "/admin/contacts/contact/"), ("https://evil.example/", "/")):
        answer = Client().post(LOGIN, {"login": OWNER, "password": PASSWORD, "next": wanted})
        assert answer.headers["Location"] == got


@pytest.mark.parametrize("typed", ["ana@clinic.example", "ANA@Clinic.example"])
def test_address_is_as_good_as_a_name(world, clock, typed):
    User.objects.filter(pk=world.owner.pk).update(email="ana@clinic.example")
    assert is_signed_in(sign_in(typed)[0])
    assert basic(typed).status_code == 200


def test_address_that_two_accounts_carry_means_none_of_them(world, clock):
    User.objects.filter(username__startswith="riverside-").update(email="desk@clinic.example")
    assert not is_signed_in(sign_in("desk@clinic.example")[0])


def test_verified_address_comes_before_a_written_one(world, clock):
    User.objects.filter(username__startswith="riverside-").update(email="desk@clinic.example")
    EmailAddress.objects.create(user=world.staff, email="desk@clinic.example", verified=True)
    client, _ = sign_in("desk@clinic.example")
    assert client.session["_auth_user_id"] == str(world.staff.pk)


def test_all_names_of_an_account_share_its_tries(world, clock):
    User.objects.filter(pk=world.owner.pk).update(email="ana@clinic.example")
    answers = [sign_in(name, "wrong")[1].status_code for name in (OWNER, "ana@clinic.example") * 3]
    assert answers == [200] * 5 + [429]


def test_switched_off_account_is_answered_as_a_wrong_password(world, clock):
    User.objects.filter(pk=world.staff.pk).update(is_active=False)
    pages = [sign_in(name, PASSWORD)[1].content.decode() for name in ("riverside-staff", "riverside-nobody")]
    assert plain(pages[0]).replace("riverside-staff", "X") == plain(pages[1]).replace("riverside-nobody", "X")


def plain(page):
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)


@pytest.mark.parametrize("address", ["/admin/login/", "/admin/login", "/admin/login/?next=/admin/"])
def test_admins_own_form_signs_nobody_in(world, clock, address):
    client = Client()
    answer = client.post(address, {"username": OWNER, "password": PASSWORD})
    assert answer.headers["Location"] == f"{LOGIN}?next=/admin/"
    assert not is_signed_in(client)


def test_admin_leads_strangers_to_the_one_page(world):
    answer = Client().get("/admin/", follow=True)
    assert [address for address, _ in answer.redirect_chain] == [
        "/admin/login/?next=/admin/",
        f"{LOGIN}?next=/admin/",
    ]


def test_who_may_not_enter_the_admin_is_told_so(world):
    User.objects.filter(pk=world.staff.pk).update(is_staff=False)
    client = Client()
    client.force_login(world.staff)
    assert client.get("/admin/", follow=True).status_code == 403


def test_nobody_signs_up(world):
    client, users = Client(), User.objects.count()
    data = {"username": "new", "email": "new@x.example", "password1": "long enough 1", "password2": "long enough 1"}
    assert "no account" in client.post("/accounts/signup/", data).content.decode()
    assert client.post("/accounts/3rdparty/signup/", data).status_code == 302
    assert User.objects.count() == users


def test_pages_of_signing_in_hold_nothing_inline(world, clock):
    page = Client().get(LOGIN)
    assert "'unsafe-inline'" not in page.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*(?:src=|type=\"application/json\"))", page.content.decode())
    assert " style=" not in page.content.decode()


# The second factor.


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


def basic(username=OWNER, password=PASSWORD):
    token = base64.b64encode(f"{username}:{password}".encode()).decode()
    return APIClient().get("/rest-api/organization/", HTTP_AUTHORIZATION=f"Basic {token}")


def test_recent_proof_of_the_password_is_no_way_round_either(world, clock):
    assert basic().status_code == 200
    totp.TOTP.activate(world.owner, totp.generate_totp_secret())
    assert basic().status_code == 403


def test_secrets_of_second_factors_are_encrypted(world, secret):
    kept = " ".join(str(row.data) for row in Authenticator.objects.all())
    assert secret not in kept
    assert kept.count("gAAAAA") == 2


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


def test_new_recovery_codes_are_no_second_factor(world, clock):
    totp.TOTP.activate(world.owner, totp.generate_totp_secret())
    client = Client()
    client.force_login(world.owner)
    confirmed(client)
    client.post("/accounts/2fa/recovery-codes/generate/")
    Organization.objects.filter(pk=world.organization.pk).update(second_factor_roles=["owner"])
    assert Authenticator.objects.filter(type="recovery_codes").exists()
    assert client.get("/rest-api/organization/").status_code == 403


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


# Passwords.


def test_changed_password_ends_the_other_sessions(world, clock):
    client, other = sign_in()[0], sign_in()[0]
    new = "another horse battery"
    data = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    client.post("/accounts/password/change/", data)
    assert client.get("/rest-api/organization/").status_code == 200
    assert other.get("/rest-api/organization/").status_code == 401
    assert not is_signed_in(sign_in()[0])


def test_old_password_is_asked_behind_the_lock_out(world, clock):
    client, _ = sign_in()
    data = {"oldpassword": "wrong", "password1": "another horse battery", "password2": "another horse battery"}
    answers = [client.post("/accounts/password/change/", data).status_code for _ in range(5)]
    assert answers == [200] * 5
    assert basic().status_code == 429


def test_admins_own_password_form_leads_to_the_counted_one(world, clock):
    client, _ = sign_in()
    answer = client.post("/admin/password_change/", {"old_password": PASSWORD, "new_password1": "x"})
    assert answer.headers["Location"] == "/accounts/password/change/"


@pytest.fixture
def rung(monkeypatch):
    """Return what workers are told."""
    told = []
    monkeypatch.setattr(resets.current_app, "send_task", lambda name, args, **kwargs: told.append((name, args)))
    return told


def reset_link(world, rung):
    User.objects.filter(pk=world.owner.pk).update(email="ana@clinic.example")
    Client().post("/accounts/password/reset/", {"email": "Ana@clinic.example"})
    send_resets(*rung[-1][1])
    return re.search(r"http://127.0.0.1:8000(\S+)", mail.outbox[-1].body)[1]


def test_forgotten_password_is_replaced_and_the_second_factor_stays(world, clock, rung, secret):
    link, client, new = reset_link(world, rung), Client(), "another horse battery"
    assert mail.outbox[0].to == ["ana@clinic.example"]
    form = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(form, {"password1": new, "password2": new})
    assert not is_signed_in(client)
    client, answer = sign_in(password=new)
    assert (answer.headers["Location"], is_signed_in(client)) == (CODE, False)
    assert not Client().get(link, follow=True).redirect_chain


def test_answer_to_a_forgotten_password_tells_nothing(world, clock, rung):
    User.objects.filter(pk=world.owner.pk).update(email="ana@clinic.example")
    User.objects.filter(pk=world.staff.pk).update(email="off@clinic.example", is_active=False)
    pages = []
    for address in ("ana@clinic.example", "nobody@clinic.example", "off@clinic.example"):
        answer = Client().post("/accounts/password/reset/", {"email": address})
        pages.append((answer.status_code, answer.headers["Location"]))
    assert len(set(pages)) == 1
    assert rung == [("accounts.send_resets", [ids]) for ids in ([world.owner.pk], [], [])]
    assert mail.outbox == []


def test_link_of_the_admin_kind_is_not_taken(world, clock):
    key = default_token_generator.make_token(world.owner)
    page = Client().get(f"/accounts/password/reset/key/{world.owner.pk}-{key}/")
    assert "password1" not in page.content.decode()


# How long a session lasts.


def test_session_ends_when_nobody_does_anything(world, clock):
    client, _ = sign_in()
    clock.forward(seconds=7199)
    assert client.get("/rest-api/organization/").status_code == 200
    clock.forward(seconds=7199)
    assert client.get("/rest-api/organization/").status_code == 200
    clock.forward(seconds=7200)
    assert client.get("/rest-api/organization/").status_code == 401
    assert not is_signed_in(client)


def test_page_that_refreshes_itself_keeps_no_session_alive(world, clock):
    client, _ = sign_in()
    for _ in range(4):
        clock.forward(minutes=30)
        answer = client.get("/rest-api/organization/", headers={"HX-Request": "true"})
    assert answer.status_code == 401


def test_session_ends_in_any_case(world, clock):
    client, _ = sign_in()
    for _ in range(11):
        clock.forward(hours=1)
        assert client.get("/rest-api/organization/").status_code == 200
    clock.forward(hours=1)
    assert client.get("/rest-api/organization/").status_code == 401


def test_time_of_a_session_counts_from_its_sign_in(world, clock):
    client, _ = sign_in()
    for _ in range(10):
        clock.forward(hours=1)
        client.get("/rest-api/organization/")
    sign_in(client=client)
    clock.forward(minutes=119)
    client.get("/rest-api/organization/")
    clock.forward(minutes=119)
    assert client.get("/rest-api/organization/").status_code == 200


def test_wrong_codes_are_counted_apart_from_passwords(world, clock, secret):
    client, _ = sign_in()
    client.post(CODE, {"code": "000000"})
    wrong = {row.kind: row.wrong for row in Tally.objects.all()}
    assert wrong == {"account": 0, "address": 0, "code": 1}


def test_spent_codes_are_forgotten_when_they_are_no_longer_right(world, clock, secret):
    client, _ = sign_in()
    client.post(CODE, {"code": code_of(secret)})
    assert Tally.objects.get(kind="spent").ends_at == clock.at + timedelta(minutes=5)


def test_users_api_client_is_not_asked_for_a_session(world, clock):
    assert client_of(world.staff).get("/rest-api/organization/").status_code == 200
