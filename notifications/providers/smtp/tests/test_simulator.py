"""Mail comes in by real SMTP and lies in a mailbox."""

import smtplib
from email.message import EmailMessage

import pytest

from notifications.providers.smtp import simulator
from simulator import faults
from simulator.models import CarrierFaults, CarrierMessage
from tests.time_limits import HANG


@pytest.fixture
def post_office(committed, monkeypatch):
    """Run the mail provider on a free port; return a function that hands mail to it."""
    monkeypatch.setattr(faults, "SLOW_SECONDS", 0.01)
    monkeypatch.setattr(faults, "HANG_SECONDS", 0.01)
    with simulator.serving(port=0) as controller:
        yield lambda mail, **how: _hand_over(controller.port, mail, **how)


def _hand_over(port, mail, *, to=("ana@example.org",), login=False):
    with smtplib.SMTP("127.0.0.1", port, timeout=HANG) as connection:
        if login:
            connection.login("clinic", "secret")
        connection.send_message(mail, from_addr="bounce@clinic.example", to_addrs=list(to))


def letter(text="Please come.", subject="Your visit"):
    mail = EmailMessage()
    mail["From"] = "Riverside Clinic <Clinic@Riverside.example>"
    mail["To"] = "ana@example.org"
    mail["Subject"] = subject
    mail["Message-ID"] = "<1@riverside.example>"
    mail.set_content(text)
    return mail


def test_a_mail_lies_in_the_mailbox_decoded(post_office, client):
    mail = letter("Bis morgen, Zoë!\nIhre Praxis", subject="Ihr Termin am 3. März – bitte bestätigen")
    mail.add_alternative("<p>Bis <b>morgen</b></p>", subtype="html")
    post_office(mail)
    [shown] = client.get("/simulator/api/messages/?email=Ana@example.org").json()
    assert shown["text"] == "Bis morgen, Zoë!\nIhre Praxis\n"
    assert shown["subject"] == "Ihr Termin am 3. März – bitte bestätigen"
    assert (shown["channel"], shown["from"], shown["to"]) == ("email", "clinic@riverside.example", "ana@example.org")
    assert CarrierMessage.objects.get().html == "<p>Bis <b>morgen</b></p>\n"


def test_each_recipient_has_a_copy(post_office):
    post_office(letter(), to=["ana@example.org", "BEN@example.org"])
    assert sorted(CarrierMessage.objects.values_list("recipient", flat=True)) == ["ana@example.org", "ben@example.org"]


def test_html_alone_is_read_as_text(post_office):
    mail = letter()
    mail.set_content("<h1>Visit</h1>\n<p>on Monday</p>", subtype="html")
    post_office(mail)
    assert CarrierMessage.objects.get().text == "Visit\non Monday"


def test_any_name_and_password_are_good(post_office):
    post_office(letter(), login=True)
    assert CarrierMessage.objects.count() == 1


def test_the_same_mail_again_stands_in_the_ledger_as_repeated(post_office):
    post_office(letter())
    post_office(letter())
    assert list(CarrierMessage.objects.values_list("status", flat=True)) == ["delivered", "repeated"]


@pytest.mark.parametrize(
    ("kind", "code", "taken"),
    [("refuse", 550, 0), ("overload", 451, 0), ("error_before", 451, 0), ("error_after", 451, 1)],
)
def test_fault_answers_and_takes_as_its_name_says(post_office, kind, code, taken):
    CarrierFaults.objects.create(rate=1, kinds=[kind])
    with pytest.raises(smtplib.SMTPDataError) as caught:
        post_office(letter())
    assert caught.value.smtp_code == code
    assert CarrierMessage.objects.count() == taken


@pytest.mark.parametrize("kind", ["slow", "hang"])
def test_late_answers_are_answers(post_office, kind):
    CarrierFaults.objects.create(rate=1, kinds=[kind])
    post_office(letter())
    assert CarrierMessage.objects.count() == 1


def test_lost_response_breaks_the_line_after_the_mail_was_taken(post_office):
    CarrierFaults.objects.create(rate=1, kinds=["lose_response"])
    with pytest.raises(smtplib.SMTPServerDisconnected):
        post_office(letter())
    assert CarrierMessage.objects.count() == 1


def test_an_unknown_character_set_is_no_reason_to_lose_a_mail(post_office):
    mail = letter("x")
    mail.replace_header("Content-Type", 'text/plain; charset="klingon"')
    post_office(mail)
    assert CarrierMessage.objects.get().text == "x\n"
