"""Wrong passwords: exactly so many are looked at, then none for a while."""

import base64
import os
import threading
from itertools import count

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import authenticate
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client, RequestFactory
from rest_framework.test import APIClient

from accounts import backends
from accounts.errors import TooManyTries
from accounts.models import RateCounter, User
from accounts.services import limits, lockout
from accounts.tasks import forget_rate_counters
from tests import factories
from tests.factories import PASSWORD
from tests.time_limits import HANG

pytestmark = pytest.mark.django_db
ADDRESS = "/rest-api/organization/"
LOGIN = "/accounts/login/"
OWNER = "riverside-owner"


@pytest.fixture
def looked(monkeypatch):
    """Return the names whose password was looked at."""
    names, real = [], ModelBackend.authenticate

    def noted(self, request, username=None, password=None, **kwargs):
        names.append(username)
        return real(self, request, username=username, password=password, **kwargs)

    monkeypatch.setattr(ModelBackend, "authenticate", noted)
    cache.clear()
    return names


@pytest.fixture
def hashed(monkeypatch):
    """Return the passwords that were hashed, by whatever backend, form or view; none passes without."""
    passwords, real = [], MD5PasswordHasher.encode

    def noted(self, password, salt):
        passwords.append(password)
        return real(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", noted)
    cache.clear()
    return passwords


def basic(username=OWNER, password="wrong", **extra):
    token = base64.b64encode(f"{username}:{password}".encode()).decode()
    return APIClient().get(ADDRESS, HTTP_AUTHORIZATION=f"Basic {token}", **extra)


def form(username=OWNER, password="wrong", **extra):
    return Client().post(LOGIN, {"login": username, "password": password}, **extra)


def told(answer):
    return answer.status_code, answer.headers.get("Retry-After"), answer.json().get("code")


LOCKED = (429, "900", "too_many_tries")


def test_after_five_wrong_passwords_the_right_one_is_not_looked_at(world, clock, looked):
    assert [basic().status_code for _ in range(5)] == [401] * 5
    assert told(basic(password=PASSWORD)) == LOCKED
    assert len(looked) == 5


def test_pause_begins_with_the_last_wrong_one(world, clock, looked):
    for _ in range(4):
        basic()
    clock.forward(minutes=10)
    basic()
    clock.forward(seconds=899)
    assert told(basic(password=PASSWORD)) == (429, "1", "too_many_tries")
    clock.forward(seconds=1)
    assert basic(password=PASSWORD).status_code == 200


def test_asking_during_the_pause_does_not_lengthen_it(world, clock):
    for _ in range(8):
        basic()
    clock.forward(minutes=15)
    assert basic().status_code == 401


def test_wrong_ones_are_forgotten_after_a_window(world, clock):
    for _ in range(4):
        basic()
    clock.forward(minutes=15)
    assert [basic().status_code for _ in range(6)] == [401] * 5 + [429]


def test_right_passwords_do_not_count(world, clock, looked):
    for _ in range(8):
        cache.clear()
        assert basic(password=PASSWORD).status_code == 200
    assert len(looked) == 8
    assert list(RateCounter.objects.values_list("taken", "wrong")) == [(0, 0), (0, 0)]


def test_right_password_forgives_no_wrong_one(world, clock):
    for _ in range(4):
        basic()
    assert basic(password=PASSWORD).status_code == 200
    basic()
    cache.clear()
    assert told(basic(password=PASSWORD)) == LOCKED


def test_proof_of_a_right_password_still_lets_in(world, clock):
    assert basic(password=PASSWORD).status_code == 200
    assert [basic().status_code for _ in range(6)] == [401] * 5 + [429]
    assert basic(password=PASSWORD).status_code == 200


def test_unknown_name_is_answered_as_a_known_one(world, clock, looked):
    known, unknown = ([basic(name) for _ in range(6)] for name in (OWNER, "nobody"))
    assert [(told(answer), answer.content) for answer in known] == [
        (told(answer), answer.content) for answer in unknown
    ]
    assert told(unknown[-1]) == LOCKED
    assert looked == [OWNER] * 5 + ["nobody"] * 5


def test_unknown_and_switched_off_names_cost_a_hash_too(world, clock, monkeypatch):
    costs = []
    hasher = "django.contrib.auth.hashers.MD5PasswordHasher.encode"
    monkeypatch.setattr(hasher, lambda self, password, salt: costs.append(password) or f"md5${salt}$x")
    User.objects.filter(username="riverside-staff").update(is_active=False)
    for name in (OWNER, "nobody", "riverside-staff"):
        basic(name, f"by {name}")
    assert sorted(costs) == sorted(f"by {name}" for name in (OWNER, "nobody", "riverside-staff"))


def test_one_name_locked_leaves_the_others_alone(world, clock):
    for _ in range(6):
        basic()
    assert basic("riverside-staff", PASSWORD).status_code == 200


def test_fifty_wrong_names_lock_their_address(world, clock, looked):
    assert [basic(f"nobody-{number}").status_code for number in range(50)] == [401] * 50
    assert told(basic(password=PASSWORD)) == LOCKED
    assert basic(password=PASSWORD, REMOTE_ADDR="203.0.113.9").status_code == 200
    assert len(looked) == 51


def test_locked_name_does_not_lock_the_address(world, clock):
    for _ in range(80):
        basic()
    assert basic("riverside-staff", PASSWORD).status_code == 200


def test_forwarded_address_is_not_believed(world, clock):
    for number in range(50):
        basic(f"nobody-{number}", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")
    assert told(basic(password=PASSWORD, HTTP_X_FORWARDED_FOR="198.51.100.99")) == LOCKED


def test_behind_a_proxy_only_what_it_wrote_counts(world, clock, settings):
    settings.TRUSTED_PROXIES = 1
    for number in range(50):
        basic(f"nobody-{number}", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}, 203.0.113.9")
    assert told(basic(password=PASSWORD, HTTP_X_FORWARDED_FOR="7.7.7.7, 203.0.113.9")) == LOCKED
    assert basic(password=PASSWORD, HTTP_X_FORWARDED_FOR="203.0.113.10").status_code == 200


def test_sign_in_page_counts_with_the_header(world, clock, looked):
    assert [form().status_code for _ in range(3)] == [200] * 3
    assert [basic().status_code for _ in range(2)] == [401] * 2
    page = form(password=PASSWORD)
    assert (page.status_code, page.headers["Retry-After"]) == (429, "900")
    assert TooManyTries().message in page.content.decode()
    assert told(basic(password=PASSWORD)) == LOCKED
    assert len(looked) == 5


def test_sign_in_page_lets_in(world, clock):
    assert form(password=PASSWORD).status_code == 302
    assert Client().get(LOGIN).status_code == 200


def test_locked_page_says_the_same_of_unknown_names(world, clock):
    pages = [[form(name) for _ in range(6)][-1].content for name in (OWNER, "nobody")]
    assert pages[0] == pages[1]


def test_password_is_never_looked_at_inside_a_transaction_that_could_forget_it(committed):
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        authenticate(None, username="nobody", password="x")


def test_asynchronous_way_is_guarded_too(monkeypatch):
    asked = []
    monkeypatch.setattr(backends.PasswordBackend, "authenticate", lambda self, *args, **kwargs: asked.append(args))
    assert async_to_sync(backends.PasswordBackend().aauthenticate)(None, "ana", "x") is None
    assert asked == [(None, "ana", "x")]


def test_error_while_looking_stays_counted(world, clock, monkeypatch):
    monkeypatch.setattr(ModelBackend, "authenticate", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        authenticate(None, username=OWNER, password="x")
    assert list(RateCounter.objects.values_list("taken", "wrong")) == [(1, 1), (1, 1)]


def test_place_of_an_earlier_window_is_not_given_back(clock):
    limit = lockout._limit("account", 5)
    early = limits.acquire(limit, "ana")
    clock.forward(minutes=15)
    limits.acquire(limit, "ana")
    limits.refund(early), limits.count_failure(early)
    assert list(RateCounter.objects.values_list("taken", "wrong")) == [(1, 0)]


def test_names_and_addresses_are_not_readable_in_the_table(clock):
    lockout.finish_attempt(lockout.start_attempt("ana", RequestFactory().get("/")), is_right=False)
    rows = repr(list(RateCounter.objects.values()))
    assert "ana" not in rows
    assert "127.0.0.1" not in rows


def test_what_is_over_is_forgotten(clock):
    lockout.start_attempt("ana", None)
    clock.forward(seconds=899)
    forget_rate_counters()
    assert RateCounter.objects.count() == 2
    clock.forward(seconds=1)
    forget_rate_counters()
    assert RateCounter.objects.count() == 0


def test_tries_under_way_are_waited_for(clock, monkeypatch):
    held = [lockout.start_attempt("ana", None) for _ in range(5)]
    monkeypatch.setattr(lockout.time, "sleep", lambda seconds: lockout.finish_attempt(held.pop(), is_right=True))
    assert lockout.start_attempt("ana", None)
    assert len(held) == 4


def test_tries_that_never_end_are_not_waited_for_long(clock, monkeypatch):
    naps = []
    monkeypatch.setattr(lockout.time, "sleep", naps.append)
    for _ in range(5):
        lockout.start_attempt("ana", None)
    with pytest.raises(TooManyTries) as caught:
        lockout.start_attempt("ana", None)
    assert (caught.value.retry_after, sum(naps)) == (1, pytest.approx(2.0))


def test_owner_unlocks_a_colleague(world, clock):
    for _ in range(6):
        basic("riverside-staff")
    client = Client()
    client.force_login(world.owner)
    client.post(f"/admin/accounts/user/{world.staff.pk}/do/unlock/")
    assert basic("riverside-staff", PASSWORD).status_code == 200


def test_owner_unlocks_nobody_who_belongs_elsewhere_too(world, other, clock):
    factories.Membership.objects.unscoped().create(organization=other.organization, user=world.staff, role="staff")
    for _ in range(6):
        basic("riverside-staff")
    client = Client()
    client.force_login(world.owner)
    client.post(f"/admin/accounts/user/{world.staff.pk}/do/unlock/")
    assert told(basic("riverside-staff", PASSWORD)) == LOCKED


def test_only_platform_administrators_see_and_release_rate_counters(world, clock):
    for _ in range(6):
        basic()
    row, client = RateCounter.objects.get(kind="account"), Client()
    client.force_login(world.owner)
    assert client.get("/admin/accounts/ratecounter/").status_code == 403
    assert client.post(f"/admin/accounts/ratecounter/{row.pk}/do/release/").status_code == 403
    client.force_login(User.objects.create_superuser(username="root", password="x"))
    client.post(f"/admin/accounts/ratecounter/{row.pk}/do/release/")
    assert basic(password=PASSWORD).status_code == 200


# Races, on connections of their own.


# The continuous integration guesses 300 times, `make soak` a thousand.
GUESSES = int(os.environ.get("GUESSES", "150"))


def storm(ask, *, guesses, threads=50):
    """Ask so often from so many threads, and return the answers."""
    number, answers, start = count(), [], threading.Barrier(threads)

    def run():
        try:
            start.wait()
            while (mine := next(number)) < guesses:
                answers.append(ask(mine))
        finally:
            connection.close()

    crowd = [threading.Thread(target=run) for _ in range(threads)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join(timeout=HANG)
    assert len(answers) == guesses
    return [answer.status_code for answer in answers]


@pytest.mark.slow
def test_guesses_from_fifty_threads_get_five_looks(committed, looked):
    factories.world("Riverside")
    codes = storm(lambda number: basic(password=f"guess-{number}"), guesses=GUESSES // 3)
    assert (len(looked), codes.count(401), codes.count(429)) == (5, 5, GUESSES // 3 - 5)
    assert told(basic(password=PASSWORD))[::2] == (429, "too_many_tries")


@pytest.mark.slow
def test_hundreds_of_names_from_one_address_get_fifty_looks(committed, looked):
    factories.world("Riverside")
    codes = storm(lambda number: basic(f"name-{number}"), guesses=200)
    assert (len(looked), codes.count(401), codes.count(429)) == (50, 50, 150)


@pytest.mark.slow
def test_page_and_header_share_the_looks_in_a_storm(committed, hashed):
    world, address = factories.world("Riverside"), "ana@clinic.example"
    User.objects.filter(pk=world.owner.pk).update(email=address)
    hashed.clear()
    ways = (lambda: form(), lambda: basic(), lambda: form(address), lambda: basic(address))
    codes = storm(lambda number: ways[number % 4](), guesses=100)
    assert (len(hashed), codes.count(429)) == (5, 95)


@pytest.mark.slow
def test_guesses_on_the_page_get_five_looks(committed, hashed):
    factories.world("Riverside")
    hashed.clear()
    codes = storm(lambda number: form(password=f"guess-{number}"), guesses=GUESSES)
    assert (len(hashed), codes.count(200), codes.count(429)) == (5, 5, GUESSES - 5)
    assert form(password=PASSWORD).status_code == 429


@pytest.mark.slow
def test_right_password_on_many_connections_at_once_is_let_in(committed, looked):
    factories.world("Riverside")
    assert set(storm(lambda number: basic(password=PASSWORD), guesses=60, threads=20)) == {200}
    assert list(RateCounter.objects.values_list("taken", "wrong")) == [(0, 0), (0, 0)]
