"""The mail provider: an SMTP server (RFC 5321) whose mailboxes are the carrier's."""

import asyncio
import functools
import logging
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any, TypeVar

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from django.db import close_old_connections, connections
from django.utils.html import strip_tags

from simulator import carrier, faults
from simulator.carrier import Letter
from simulator.faults import Fault

OK = "250 2.0.0 OK: taken"
_SPACES = re.compile(r"\n\s*\n\s*")
T = TypeVar("T")


class Mailboxes:
    """Store each mail, one row per recipient, unless a fault is chosen for it."""

    def __init__(self) -> None:
        # The ORM must stay out of the event loop; one thread keeps one database connection for all mail.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="mailboxes")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take a mail (250), or answer as the chosen fault demands."""
        fault = (await self._apart(faults.current)).draw()
        if fault is Fault.SLOW:
            await asyncio.sleep(faults.SLOW_SECONDS)
        if fault is Fault.REFUSE:
            return "550 5.1.1 There is no such mailbox here"
        if fault is Fault.OVERLOAD:
            return "451 4.3.2 Overloaded, try again later"
        if fault is Fault.ERROR_BEFORE:
            return "451 4.3.0 Something went wrong"
        await self._apart(functools.partial(_store, envelope))
        return await _answer(fault, server)

    def close(self) -> None:
        """Give the database connection back and end the thread."""
        self._thread.submit(connections.close_all).result()
        self._thread.shutdown()

    async def _apart(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, _with_fresh_connection, work)


class PostOffice(Controller):
    """The server's thread; after the start, `port` is the port it really has."""

    def _trigger_server(self) -> None:
        if isinstance(self.server, asyncio.Server):
            self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def serving(*, port: int, host: str = "127.0.0.1") -> Iterator[PostOffice]:
    """Run the SMTP server in its own thread; port 0 takes any free one."""
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd tells every line of every dialogue
    mailboxes = Mailboxes()
    controller = PostOffice(
        mailboxes, hostname=host, port=port, ident="Punctual simulator", authenticator=_anybody, auth_require_tls=False
    )
    controller.start()
    try:
        yield controller
    finally:
        controller.stop()
        mailboxes.close()


async def _answer(fault: Fault | None, server: SMTP) -> str:
    """Answer a fault although the mail is taken."""
    if fault is Fault.ERROR_AFTER:
        return "451 4.3.0 Something went wrong"
    if fault is Fault.HANG:
        await asyncio.sleep(faults.HANG_SECONDS)
    if fault is Fault.LOSE_RESPONSE and isinstance(server.transport, asyncio.Transport):
        server.transport.abort()
    return OK


def _with_fresh_connection(work: Callable[[], T]) -> T:
    close_old_connections()
    return work()


def _store(envelope: Envelope) -> None:
    content = envelope.content or b""
    mail = message_from_bytes(content.encode() if isinstance(content, str) else content, policy=policy.default)
    sender = parseaddr(str(mail.get("From", "")))[1] or envelope.mail_from or ""
    text, html = _part(mail, "plain"), _part(mail, "html")
    for recipient in envelope.rcpt_tos:
        carrier.receive(
            Letter(
                sender=_clean(sender).lower(),
                recipient=_clean(recipient).lower(),
                subject=_clean(str(mail.get("Subject", ""))),
                text=text or _SPACES.sub("\n\n", strip_tags(html)).strip(),
                html=html,
                message_id=str(mail.get("Message-ID", "")).strip(),
            )
        )


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    if part is None:
        return ""
    try:
        return _clean(part.get_content())
    except LookupError:  # a character set that Python does not know
        raw = part.get_payload(decode=True)
        return _clean(raw.decode("latin-1") if isinstance(raw, bytes) else "")


def _clean(text: str) -> str:
    return text.replace("\x00", "").replace("\r\n", "\n").encode(errors="replace").decode()


def _anybody(server: Any, session: Any, envelope: Any, mechanism: str, credentials: Any) -> AuthResult:
    """Let every name and password in."""
    return AuthResult(success=True)
