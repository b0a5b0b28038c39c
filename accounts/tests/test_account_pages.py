"""Signing in on the page with a password, by no way round, and for how long."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import User
from accounts.tasks import forget_sessions
from accounts.tests.pages import LOGIN, OWNER, basic, is_signed_in, sign_in
from tests.factories import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


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


@pytest.mark.parametrize(("came", "kept"), [("", "::"), ("2001:db8::7", "2001:db8::"), ("203.0.113.9", "203.0.113.9")])
def test_session_remembers_where_it_came_from(world, clock, came, kept):
    client, _ = sign_in(REMOTE_ADDR=came)
    assert is_signed_in(client)
    assert UserSession.objects.get().ip == kept


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


def test_sessions_that_are_over_are_forgotten(world, clock):
    old, _ = sign_in()
    Session.objects.update(expire_date=clock.at)
    new, _ = sign_in("riverside-staff")
    Session.objects.filter(session_key=new.session.session_key).update(expire_date=clock.at + timedelta(seconds=1))
    forget_sessions()
    assert [row.session_key for row in Session.objects.all()] == [new.session.session_key]
    assert [row.user for row in UserSession.objects.all()] == [world.staff]


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
