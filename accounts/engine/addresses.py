"""The network address of a client of trusted proxies. Plain Python."""

from ipaddress import IPv6Address, ip_address, ip_network

# A client with one IPv6 address has all of its /64.
PREFIX = 64


def client_address(remote: str, forwarded: str, *, proxies: int) -> str:
    """Return who connected to the outermost of so many trusted proxies.

    `forwarded` is X-Forwarded-For, to whose end each proxy adds its client's address; the client may have written the
    rest. A request with fewer hops than proxies came past them, so that its header proves nothing.
    """
    hops = [*(part.strip() for part in forwarded.split(",") if part.strip()), remote] if proxies > 0 else [remote]
    return _plain(hops[-1 - proxies]) or _plain(remote) if len(hops) > proxies else _plain(remote)


def _plain(text: str) -> str:
    """Return an address without its port, IPv6 shortened to its network; empty for anything else."""
    host = text[1:].partition("]")[0] if text.startswith("[") else text
    host = host.partition(":")[0] if host.count(":") == 1 else host
    try:
        found = ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((int(found), PREFIX), strict=False))
