"""The pages: what is shown again, what is not there, what a letter may do."""

import pytest
from django.test import Client

from simulator import carrier
from simulator.carrier import Letter, Text
from simulator.models import CarrierAccount, CarrierMessage
from simulator.tests.conftest import CLINIC, PHONE


@pytest.fixture
def text(db):
    """Return a function that lets the clinic text a phone."""
    account = CarrierAccount.objects.create(protocol="flowroute", access_key="key")
    return lambda body="Hello", to=PHONE: carrier.accept(account, Text(CLINIC, to, body), receipts=list, fault=None)


@pytest.fixture
def mail(db):
    """Return a mail with HTML in it."""
    return carrier.receive(Letter("c@x.example", "ana@example.org", "Visit", "plain", "<script>1</script>", "<1>"))


@pytest.mark.parametrize(
    "path", ["phones/", f"phone/{PHONE}/conversation/", "mailboxes/", "mail/ana@example.org/letters/"]
)
def test_list_is_sent_again_only_when_something_is_new(client, text, mail, path):
    text()
    first = client.get(f"/simulator/{path}")
    etag = {"If-None-Match": first["ETag"]}
    assert first.status_code == 200
    assert client.get(f"/simulator/{path}", headers=etag).status_code == 304
    text()
    carrier.receive(Letter("c@x.example", "ana@example.org", "Another", "", "", "<2>"))
    assert client.get(f"/simulator/{path}", headers=etag).status_code == 200


def test_unread_texts_are_counted_until_the_phone_is_looked_at(client, text):
    text("one")
    text("two")
    assert 'class="badge"><span class="unseen">Unread: </span>2<' in client.get("/simulator/phones").content.decode()
    client.get(f"/simulator/phone/{PHONE}")
    assert 'class="badge"' not in client.get("/simulator/phones").content.decode()


def test_texts_are_escaped_and_links_can_be_followed(client, text):
    text("<b>x</b> https://example.org/v/1")
    page = client.get(f"/simulator/phone/{PHONE}").content.decode()
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert '<a href="https://example.org/v/1" rel="nofollow">' in page


def test_answer_without_script_leads_back_to_the_phone(client, text):
    text()
    answer = client.post(f"/simulator/phone/{PHONE}/", {"quick": "Yes"})
    assert (answer.status_code, answer["Location"]) == (302, f"/simulator/phone/{PHONE}")
    assert CarrierMessage.objects.get(direction="inbound").text == "Yes"


@pytest.mark.parametrize(
    ("body", "words"), [({"text": " "}, "Write something"), ({"text": "Hi"}, "Nobody has written")]
)
def test_answer_that_cannot_be_says_why(client, db, body, words):
    answer = client.post(f"/simulator/phone/{PHONE}/", body)
    assert answer.status_code == 400
    assert words in answer.content.decode()


def test_page_forms_want_their_token(db, text):
    text()
    assert Client(enforce_csrf_checks=True).post(f"/simulator/phone/{PHONE}/", {"quick": "Yes"}).status_code == 403


@pytest.mark.parametrize("typed", ["+1 (555) 123-4567", "15551234567"])
def test_typed_number_opens_its_phone(client, db, typed):
    assert client.get("/simulator/open/", {"address": typed})["Location"] == f"/simulator/phone/{PHONE}"


def test_typed_nonsense_is_told_so(client, db):
    answer = client.get("/simulator/open/", {"address": "<i>"})
    assert answer.status_code == 400
    assert "is not a phone number like +15551234567" in answer.content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "phone/1234567/",
        "phone/1234567/conversation/",
        "mail/ana@example.org/99/",
        "mail/ben@example.org/1/html",
        "mail/x",
    ],
)
def test_what_is_not_there_is_not_found(client, db, path):
    assert client.get(f"/simulator/{path}").status_code == 404


def test_a_letter_is_found_in_its_own_mailbox_only(client, mail):
    assert client.get(f"/simulator/mail/ana@example.org/{mail.pk}").status_code == 200
    assert client.get(f"/simulator/mail/ben@example.org/{mail.pk}").status_code == 404


def test_html_of_a_letter_can_run_and_reach_nothing(client, mail):
    answer = client.get(f"/simulator/mail/ana@example.org/{mail.pk}/html/")
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none';")
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


def test_home_finds_phones_by_a_part_of_their_number(client, text):
    text(to="+15550000001")
    text(to="+15550000002")
    page = client.get("/simulator/", {"q": "0002"}).content.decode()
    assert "+15550000002" in page
    assert "+15550000001" not in page


@pytest.mark.parametrize("page", ["0", "x", "-1", "99999999"])
def test_pages_that_do_not_exist_show_the_first(client, text, page):
    text()
    assert PHONE in client.get("/simulator/phones", {"phones": page}).content.decode()
