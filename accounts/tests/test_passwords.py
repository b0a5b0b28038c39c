"""Changing a password, and forgetting it."""

import re

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.core import mail
from django.test import Client

from accounts.models import User
from accounts.services import password_resets
from accounts.tasks import send_resets
from accounts.tests.pages import CODE, basic, is_signed_in, sign_in
from tests.factories import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


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
    monkeypatch.setattr(
        password_resets.current_app, "send_task", lambda name, args, **kwargs: told.append((name, args))
    )
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
