"""What may be called: public addresses in their plain form, and nothing that leads anywhere else."""

import asyncio
import socket
import threading

import pytest

from notifications.engine import outgoing_addresses
from notifications.errors import Ambiguous, PermanentFailure, TemporaryFailure
from notifications.providers import ssrf
from notifications.providers.base import Account, Outgoing
from notifications.providers.flowroute.driver import Flowroute
from notifications.providers.smtp.driver import Smtp
from notifications.services import provider_calls

# Ways to write this machine, its network and its cloud; PORT is where this test listens.
HOSTS = """
127.0.0.1 127.0.0.2 127.1 127.0.1 127 0 0.0.0.0 0x7f.0.0.1 0x7f000001 0x7f.1 0X7F.0.0.1 0177.0.0.1 0177.1 017700000001
2130706433 127.0.0.01 00127.0.0.1 127.0.0.1. 127.0.0.1.. .127.0.0.1 1.1.1.1.127.0.0.1 localhost LOCALHOST localhost.
a.localhost localhost.localdomain printer printer.local db.internal router.lan nas.home.arpa 10.0.0.1 172.16.0.1
192.168.0.1 169.254.169.254 100.64.0.1 100.100.100.200 168.63.129.16 192.88.99.1 198.18.0.1 192.0.2.1 224.0.0.1
239.255.255.250 255.255.255.255 240.0.0.1 [::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1]
[0:0:0:0:0:ffff:127.0.0.1] [::127.0.0.1] [::7f00:1] [::ffff:0:127.0.0.1] [64:ff9b::127.0.0.1] [64:ff9b::7f00:1]
[64:ff9b:1::7f00:1] [64:ff9b::a9fe:a9fe] [2002:7f00:1::] [2002:7f00:1::1] [2001:0:4136:e378:8000:63bf:80ff:fffe]
[fe80::1] [fe80::1%25lo] [fe80::1%lo] [fec0::1] [fc00::1] [fd00:ec2::254] [ff02::1] [ff0e::1] [2001:db8::1] [3fff::1]
[100::1] [::1 ::1] ① １２７.0.0.1 ⓛocalhost 127。0。0。1 127．0．0．1 user@127.0.0.1 user:pw@127.0.0.1
api.example.com@127.0.0.1 127.0.0.1\\@api.example.com 127.0.0.1%00.example.com 127.0.0.1%2eexample.com %31%32%37.0.0.1
api_x.example.com -a.example.com a..example.com 127.0.0.1# 127.0.0.1? exa\u00admple.com example.com\u2024local
""".split()
FORMS = [
    "http://{host}:{port}/",
    "HTTP://{host}:{port}",
    "https://{host}/",
    "http://{host}:/",
    "http:{host}",
    "//{host}/",
    "http:///{host}",
    "http:\\\\{host}",
    " http://{host}",
    "http://{host} ",
    "http://{host}\t.example.com",
    "http://{host}\r\nHost: x",
    "smtp://{host}:{port}",
    "smtps://{host}",
    "file://{host}/etc/passwd",
    "gopher://{host}:{port}/_x",
    "ftp://{host}/",
    "unix://{host}",
    "http+unix://{host}/",
    "jar:http://{host}!/",
]
CORPUS = [form.format(host=host, port="{port}") for host in HOSTS for form in FORMS]
PUBLIC = [
    ("https://api.flowroute.com", ("https", "api.flowroute.com", 443)),
    ("HTTP://API.Example.com:80/x?y=1", ("http", "api.example.com", 80)),
    ("http://api.example.com:443", ("http", "api.example.com", 443)),
    ("https://8.8.8.8", ("https", "8.8.8.8", 443)),
    ("https://[2606:4700::1111]/", ("https", "2606:4700::1111", 443)),
    ("https://[64:ff9b::808:808]", ("https", "64:ff9b::808:808", 443)),
    ("https://xn--bcher-kva.example.com", ("https", "xn--bcher-kva.example.com", 443)),
    ("smtp://mail.example.com", ("smtp", "mail.example.com", 25)),
    ("smtps://mail.example.com", ("smtps", "mail.example.com", 465)),
    ("smtp+starttls://mail.example.com:2525", ("smtp+starttls", "mail.example.com", 2525)),
]
MESSAGE = Outgoing(recipient="+15551234567", sender="+15550100001", text="Hello", message_id="<a@b.example>")


@pytest.fixture
def strict(settings):
    """Allow public hosts only, as production does."""
    settings.OUTGOING_ALLOWED = []


@pytest.fixture
def door(strict):
    """Listen on this machine; yield the port and the list of who came."""
    came = []
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        listener.settimeout(0.05)
        over = threading.Event()
        thread = threading.Thread(target=_listen, args=(listener, came, over))
        thread.start()
        yield listener.getsockname()[1], came
        over.set()
        thread.join()


def _listen(listener, came, over):
    while not over.is_set():
        try:
            came.append(listener.accept()[0].close())
        except TimeoutError:
            continue


async def _send_all(accounts):
    async with provider_calls.session() as http:
        drivers = [driver for _ in accounts for driver in (Flowroute(), Smtp())]
        twice = [account for account in accounts for _ in range(2)]
        sends = [driver.send(http, account, MESSAGE) for driver, account in zip(drivers, twice, strict=True)]
        return await asyncio.gather(*sends, return_exceptions=True)


def test_no_form_of_an_own_address_is_ever_connected_to(door):
    port, came = door
    accounts = [Account(form.replace("{port}", str(port)), "+15550100001", {}) for form in CORPUS]
    said = asyncio.run(_send_all(accounts))
    assert len(HOSTS) >= 60
    assert {type(error) for error in said} == {PermanentFailure}
    assert {error.code for error in said} == {"bad_base_url"}
    assert came == []


@pytest.mark.parametrize(("address", "parts"), PUBLIC)
def test_public_address_may_be_called(address, parts):
    found = outgoing_addresses.parse(address, (*outgoing_addresses.WEB, *outgoing_addresses.MAIL))
    assert (found.scheme, found.host, found.port) == parts


@pytest.mark.parametrize("port", [1, 22, 25, 81, 5432, 6379, 8080, 8443, 65536])
def test_only_the_ports_of_the_web_are_called(port):
    with pytest.raises(ValueError, match=f"Port {port} may not be called; use 80 or 443."):
        outgoing_addresses.parse(f"http://api.example.com:{port}", outgoing_addresses.WEB)


def test_host_that_the_operator_names_may_be_called():
    assert outgoing_addresses.parse("smtp://127.0.0.1:8025", outgoing_addresses.MAIL, ["127.0.0.1:8025"]).port == 8025
    assert outgoing_addresses.parse("smtp://relay:9", outgoing_addresses.MAIL, ["relay"]).host == "relay"
    with pytest.raises(ValueError, match="Port 8026"):
        outgoing_addresses.parse("smtp://127.0.0.1:8026", outgoing_addresses.MAIL, ["127.0.0.1:8025"])


class Names:
    """A name server that answers what is scripted, each time the next."""

    def __init__(self, monkeypatch, *answers):
        self.answers, self.asked = list(answers), 0
        monkeypatch.setattr(socket, "getaddrinfo", self)

    def __call__(self, host, port, *args, **kwargs):
        self.asked += 1
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]


@pytest.fixture
def dialled(monkeypatch):
    """Keep whom sockets connect to, and let them connect to nobody."""
    found = []

    def connect(self, place):
        found.append(place)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "socket", type("Silent", (socket.socket,), {"connect": connect}))
    return found


@pytest.mark.parametrize("answer", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["169.254.169.254"]], ids=str)
@pytest.mark.parametrize("driver", [Flowroute(), Smtp()], ids=["http", "smtp"])
def test_name_that_leads_home_is_refused_when_it_is_called(door, monkeypatch, driver, answer):
    Names(monkeypatch, answer)
    scheme = "smtp" if isinstance(driver, Smtp) else "http"

    async def send():
        async with provider_calls.session() as http:
            await driver.send(http, Account(f"{scheme}://evil.example.com", "+15550100001", {}), MESSAGE)

    with pytest.raises(PermanentFailure) as caught:
        asyncio.run(send())
    assert caught.value.code == "forbidden_address"
    assert door[1] == []


def test_second_answer_of_a_name_server_is_never_asked_for(strict, monkeypatch, dialled):
    names = Names(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
    with pytest.raises(ConnectionRefusedError):
        ssrf.connect("evil.example.com", 25, 1)
    assert (dialled, names.asked) == ([("8.8.8.8", 25)], 1)


def test_http_connects_to_the_address_that_was_judged_and_names_the_host(strict, monkeypatch):
    names = Names(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
    (found,) = asyncio.run(ssrf.Resolver().resolve("evil.example.com", 443))
    assert (found["host"], found["hostname"], found["port"]) == ("8.8.8.8", "evil.example.com", 443)
    assert names.asked == 1
    assert isinstance(_connector()._resolver, ssrf.Resolver)


def _connector():
    async def made():
        async with provider_calls.session() as http:
            return http.connector

    return asyncio.run(made())


async def _against(answer, asked):
    """Send one text to a server of this machine that gives an answer; return what the driver raised."""

    async def serve(reader, writer):
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, provider_calls.session() as http:
        account = Account(f"http://127.0.0.1:{port}", "+15550100001", {})
        return await asyncio.gather(Flowroute().send(http, account, MESSAGE), return_exceptions=True)


def test_redirection_is_not_followed():
    asked = []
    (error,) = asyncio.run(_against(b"HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n", asked))
    assert (type(error), error.code, len(asked)) == (TemporaryFailure, "redirected", 1)


def test_endless_answer_is_a_doubt_and_not_read_to_its_end():
    body = b"x" * (64 * 1024 + 1)
    (error,) = asyncio.run(_against(b"HTTP/1.1 202 Accepted\r\nContent-Length: 65537\r\n\r\n" + body, []))
    assert (type(error), error.code) == (Ambiguous, "garbled_answer")
    assert error.detail == "The answer is longer than 65536 bytes."
