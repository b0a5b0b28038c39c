"""Which addresses may be called, as tenants write them: public ones, written in the plain form. Plain Python."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from config.kernel.text import N_

# The port where none is written, and those that may be.
SCHEMES: dict[str, tuple[int, frozenset[int]]] = {
    "http": (80, frozenset({80, 443})),
    "https": (443, frozenset({80, 443})),
    "smtp": (25, frozenset({25, 465, 587, 2525})),
    "smtp+starttls": (587, frozenset({25, 465, 587, 2525})),
    "smtps": (465, frozenset({25, 465, 587, 2525})),
}
WEB = ("https", "http")
MAIL = ("smtp", "smtps", "smtp+starttls")
# What programs read differently has no place here: users, escapes, other alphabets, an empty port, a last dot.
FORM = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z+]*)://(?P<host>[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<rest>[/?#][!-~]*)?"
)
LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# Programs take a last part that looks like a number for an IPv4 address, in one of many ways of writing.
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# Names of this machine and of private networks.
OWN_NAMES = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "private", "home.arpa")
NAT64 = ip_network("64:ff9b::/96")
UNICAST6 = ip_network("2000::/3")
# Counted as global, and yet ways to somewhere else: 6to4 and its relays, documentation, a cloud's own host.
BY_WAYS = [ip_network(text) for text in ("192.88.99.0/24", "168.63.129.16/32", "2002::/16", "3fff::/20")]


@dataclass(frozen=True)
class Target:
    """Where an address leads: its scheme in small letters, its host without brackets, its port."""

    scheme: str
    host: str
    port: int


def is_public(text: str) -> bool:
    """Return whether an IP address, and the IPv4 address that it may embed, is one host of the public internet."""
    try:
        found: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and (found.ipv4_mapped or found in NAT64):
        found = found.ipv4_mapped or IPv4Address(int(found) & 0xFFFFFFFF)
    elif isinstance(found, IPv6Address) and found not in UNICAST6:
        return False
    return found.is_global and not found.is_multicast and not any(found in way for way in BY_WAYS)


def is_allowed(host: str, port: int, allowed: Collection[str]) -> bool:
    """Tell whether the operator named this host (`host` or `host:port`; IPv6 without brackets)."""
    return host in allowed or f"{host}:{port}" in allowed


def parse(address: str, schemes: Collection[str], allowed: Collection[str] = ()) -> Target:
    """Return where an address leads; raise ValueError, in words for its writer, when it may not be called.

    A name is judged by its looks only: where it leads is seen, and judged, when it is called.
    """
    form = FORM.fullmatch(address)
    scheme = form["scheme"].lower() if form else ""
    if not form or scheme not in schemes:
        raise ValueError(f"Write an address that begins with {' or '.join(f'{name}://' for name in schemes)}")
    usual, ports = SCHEMES[scheme]
    host, port = form["host"].lower().strip("[]"), int(form["port"] or usual)
    if not is_allowed(host, port, allowed):
        if port not in ports:
            raise ValueError(
                N_(
                    "Port %(port)s may not be called; use %(choices)s.",
                    port=port,
                    choices=" or ".join(map(str, sorted(ports))),
                )
            )
        _check_host(host)
    return Target(scheme, host, port)


def _check_host(host: str) -> None:
    labels = host.split(".")
    if ":" in host or NUMBER.fullmatch(labels[-1]):
        if not is_public(host):
            raise ValueError(N_("“%(host)s” is no public address.", host=host))
    elif len(labels) < 2 or not all(LABEL.fullmatch(label) for label in labels):
        raise ValueError(N_("“%(host)s” is no full host name; write one like api.example.com.", host=host))
    elif any(host.endswith(f".{name}") for name in OWN_NAMES):
        raise ValueError(N_("“%(host)s” leads into a local network; write a public name.", host=host))
