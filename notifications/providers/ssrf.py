"""Connections to public addresses only: a name is looked up once, and the address that was checked is called."""

import asyncio
import socket
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult
from django.conf import settings

from notifications.engine import outgoing_addresses
from notifications.errors import PermanentFailure

Found = tuple[socket.AddressFamily, tuple[Any, ...]]


def check(address: str, schemes: tuple[str, ...]) -> outgoing_addresses.Target:
    """Return where a gateway's address leads; a definite no when it may not be called."""
    try:
        return outgoing_addresses.parse(address, schemes, settings.OUTGOING_ALLOWED)
    except ValueError as error:
        raise PermanentFailure("bad_base_url", str(error)) from error


def look_up(host: str, port: int) -> list[Found]:
    """Return the addresses of a host; a definite no when even one of them is not public. May raise OSError."""
    rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    found: list[Found] = [(family, place) for family, _, _, _, place in rows]
    if outgoing_addresses.is_allowed(host, port, settings.OUTGOING_ALLOWED):
        return found
    if not all(outgoing_addresses.is_public(str(place[0])) for _, place in found):
        raise PermanentFailure("forbidden_address", f"{host} leads into a network that may not be called.")
    return found


def connect(host: str, port: int, timeout: float) -> socket.socket:
    """Return a connection to the first of a host's addresses that takes it."""
    refusal: OSError = OSError(f"{host} has no address")
    for family, place in look_up(host, port):
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.settimeout(timeout)
        try:
            sock.connect(place)
        except OSError as error:
            sock.close()
            refusal = error
        else:
            return sock
    raise refusal


class Resolver(AbstractResolver):
    """Looks names up for aiohttp, which then connects to just these addresses; TLS still asks for the name."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a host that may be called."""
        found = await asyncio.to_thread(look_up, host, port)
        return [_result(host, number, place) for number, place in found if family in (number, socket.AF_UNSPEC)]

    async def close(self) -> None:
        """Do nothing: nothing is held."""


def _result(host: str, family: socket.AddressFamily, place: tuple[Any, ...]) -> ResolveResult:
    numeric = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(hostname=host, host=place[0], port=place[1], family=family, proto=0, flags=numeric)
