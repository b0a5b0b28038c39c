"""From which address a request comes, behind trusted proxies."""

import pytest

from accounts.engine.addresses import client_address

PROXY = "10.0.0.1"


@pytest.mark.parametrize(
    ("remote", "forwarded", "proxies", "expected"),
    [
        pytest.param("1.2.3.4", "", 0, "1.2.3.4", id="no proxy"),
        pytest.param("1.2.3.4", "9.9.9.9", 0, "1.2.3.4", id="a header that nobody asked for"),
        pytest.param(PROXY, "1.2.3.4", 1, "1.2.3.4", id="one proxy"),
        pytest.param(PROXY, "9.9.9.9, 1.2.3.4", 1, "1.2.3.4", id="written by the client before the proxy"),
        pytest.param(PROXY, "9.9.9.9, 1.2.3.4, 10.0.0.2", 2, "1.2.3.4", id="two proxies"),
        pytest.param("1.2.3.4", "9.9.9.9", 2, "1.2.3.4", id="past the proxies"),
        pytest.param("1.2.3.4", "", 1, "1.2.3.4", id="no header behind a proxy"),
        pytest.param(PROXY, "1.2.3.4:5678", 1, "1.2.3.4", id="with a port"),
        pytest.param(PROXY, "[2001:db8:1:2::7]:80", 1, "2001:db8:1:2::/64", id="IPv6 with a port"),
        pytest.param("2001:db8:1:2:aaaa::1", "", 0, "2001:db8:1:2::/64", id="IPv6 is its network"),
        pytest.param("::ffff:1.2.3.4", "", 0, "1.2.3.4", id="IPv4 inside IPv6"),
        pytest.param(PROXY, "unknown", 1, PROXY, id="no address at all"),
        pytest.param("", "", 0, "", id="a socket file"),
    ],
)
def test_client_is_whom_the_outermost_proxy_heard(remote, forwarded, proxies, expected):
    assert client_address(remote, forwarded, proxies=proxies) == expected
