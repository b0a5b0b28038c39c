"""E-mail over SMTP (RFC 5321): 4xx is for now, 5xx for good, and what follows DATA unanswered is a doubt."""

import asyncio
import smtplib
import socket
import ssl
import threading
from contextlib import suppress
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any, NoReturn

import aiohttp

from notifications.engine import outgoing_addresses
from notifications.engine.states import Channel
from notifications.errors import Ambiguous, PermanentFailure, TemporaryFailure
from notifications.providers import ssrf
from notifications.providers.base import Accepted, Account, Driver, Outgoing
from notifications.providers.smtp import form

TIMEOUT = 10  # seconds for each step of the dialogue


class Smtp(Driver):
    """E-mail through any SMTP server; base_url is smtp://, smtp+starttls:// or smtps://host:port."""

    label = form.LABEL
    channel = Channel.EMAIL
    fields = form.FIELDS
    schemes = outgoing_addresses.MAIL
    # A fixed Message-ID lets mailboxes tell a repetition, so a doubt is worth one more try.
    resends_in_doubt = 1

    async def deliver(self, http: aiohttp.ClientSession, account: Account, message: Outgoing) -> Accepted:
        """Hand over one e-mail."""
        line = _Line()
        try:
            await asyncio.to_thread(_deliver, account, message, line)
        except asyncio.CancelledError:
            line.hang_up()
            raise
        return Accepted(message.message_id)


class _Line:
    """The connection of one dialogue, which can be cut from outside its thread: a server may answer for ever."""

    def __init__(self) -> None:
        self.cut = threading.Event()
        self.connection: smtplib.SMTP | None = None

    def hang_up(self) -> None:
        """End the dialogue at any stage; a message that was not begun is not sent."""
        self.cut.set()
        sock = self.connection and self.connection.sock
        if sock:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


class _Smtp(smtplib.SMTP):
    def __init__(self, line: _Line, *args: Any, **kwargs: Any) -> None:
        line.connection = self  # before it connects, which it does at once
        super().__init__(*args, **kwargs)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return ssrf.connect(host, port, timeout)


class _SmtpTls(smtplib.SMTP_SSL):
    def __init__(self, line: _Line, *args: Any, **kwargs: Any) -> None:
        line.connection = self
        super().__init__(*args, **kwargs)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self.context.wrap_socket(ssrf.connect(host, port, timeout), server_hostname=host)


def _deliver(account: Account, message: Outgoing, line: _Line) -> None:
    try:
        connection = _connect(account, line)
    except smtplib.SMTPAuthenticationError as error:
        raise TemporaryFailure("credentials", str(error)) from error
    except (OSError, smtplib.SMTPException) as error:
        raise TemporaryFailure("unreachable", str(error)) from error
    if line.cut.is_set():
        connection.close()
        raise TemporaryFailure("unreachable", "The server took too long.")
    # Whether the server takes it shows at the end of DATA; QUIT may fail afterwards without harm.
    try:
        connection.send_message(_mail(message), from_addr=message.sender, to_addrs=[message.recipient])
    except smtplib.SMTPRecipientsRefused as error:
        _refuse(*error.recipients[message.recipient])
    except smtplib.SMTPResponseException as error:
        _refuse(error.smtp_code, error.smtp_error)
    except (smtplib.SMTPNotSupportedError, HeaderParseError, ValueError) as error:
        raise PermanentFailure("bad_address", str(error)) from error
    except (OSError, smtplib.SMTPException) as error:
        raise Ambiguous("no_answer", type(error).__name__) from error
    finally:
        connection.close()


def _connect(account: Account, line: _Line) -> smtplib.SMTP:
    address = ssrf.check(account.base_url, outgoing_addresses.MAIL)
    if address.scheme == "smtps":
        connection: smtplib.SMTP = _SmtpTls(
            line, address.host, address.port, timeout=TIMEOUT, context=ssl.create_default_context()
        )
    else:
        connection = _Smtp(line, address.host, address.port, timeout=TIMEOUT)
    if address.scheme == "smtp+starttls":
        connection.starttls(context=ssl.create_default_context())
    if account.secrets.get("username"):
        connection.login(account.secrets["username"], account.secrets.get("password", ""))
    return connection


def _mail(message: Outgoing) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = " ".join(message.subject.split())
    mail["From"] = Address(message.from_name, addr_spec=message.sender)
    mail["To"] = message.recipient
    mail["Message-ID"] = message.message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    if message.calendar:
        mail.add_attachment(message.calendar, subtype="calendar", filename="appointment.ics")
    return mail


def _refuse(code: int, words: bytes | str) -> NoReturn:
    detail = words.decode(errors="replace") if isinstance(words, bytes) else words
    if 400 <= code < 500:
        raise TemporaryFailure(f"smtp_{code}", detail)
    if code < 400:
        # smtplib's word for an answer that is no SMTP: it may have been an acceptance.
        raise Ambiguous("garbled_answer", detail)
    raise PermanentFailure(f"smtp_{code}", detail)
