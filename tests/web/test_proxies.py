"""Whom a request comes from: what a proxy of ours says is believed, what anybody else says of themselves is not."""

from ipaddress import ip_network

import pytest

from tests.support.house import House
from web.proxies import Proxies

OURS = Proxies((ip_network("10.0.0.0/8"), ip_network("192.0.2.1"), ip_network("2001:db8::/64")))
WRONG = {"login": "wang.fang", "password": "wrong"}


@pytest.mark.unit
@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.7"], "203.0.113.9"),  # anybody may write that
        ("10.0.0.2", [], "10.0.0.2"),  # the proxy itself asks
        ("10.0.0.2", ["198.51.100.7"], "198.51.100.7"),
        ("10.0.0.2", ["1.1.1.1, 198.51.100.7"], "198.51.100.7"),  # the first was the browser's own invention
        ("10.0.0.2", ["198.51.100.7, 192.0.2.1"], "198.51.100.7"),  # two proxies in a row
        ("10.0.0.2", ["198.51.100.7", "192.0.2.1"], "198.51.100.7"),  # in two lines
        ("10.0.0.2", ["10.0.0.9, 10.0.0.8"], "10.0.0.9"),  # somebody in our own network
        ("10.0.0.2", ["1.1.1.1, nonsense, 192.0.2.1"], "192.0.2.1"),  # as far as one can see
        ("10.0.0.2", ["nonsense"], "10.0.0.2"),
        ("10.0.0.2", [""], "10.0.0.2"),
        ("::ffff:10.0.0.2", ["198.51.100.7"], "198.51.100.7"),
        ("::ffff:203.0.113.9", [], "203.0.113.9"),
        ("10.0.0.2", ["::ffff:198.51.100.7"], "198.51.100.7"),
        ("10.0.0.2", ["198.51.100.7:51234"], "198.51.100.7"),
        ("10.0.0.2", ["198.51.100.7, 10.0.0.9:443"], "198.51.100.7"),
        ("10.0.0.2", ["2001:DB8:1::7"], "2001:db8:1::7"),
        ("10.0.0.2", ["[2001:db8:1::7]"], "2001:db8:1::7"),
        ("10.0.0.2", ["[2001:db8:1::7]:51234"], "2001:db8:1::7"),
        ("10.0.0.2", ['"[2001:db8:1::7]:51234"'], "2001:db8:1::7"),
        ("10.0.0.2", ['"198.51.100.7:51234"'], "198.51.100.7"),
        ("10.0.0.2", ["[::ffff:198.51.100.7]:51234"], "198.51.100.7"),
        ("10.0.0.2", ["198.51.100.7:port"], "10.0.0.2"),
        ("2001:db8::5", ["2001:db8:1::7"], "2001:db8:1::7"),
        ("unknown", ["198.51.100.7"], "unknown"),
    ],
)
def test_the_newest_hop_that_is_no_proxy_of_ours_counts(peer: str, forwarded: list[str], client: str) -> None:
    assert OURS.client(peer, forwarded) == client


@pytest.mark.unit
def test_a_proxy_that_names_no_address_is_complained_of_once_and_not_quoted(caplog: pytest.LogCaptureFixture) -> None:
    proxies = Proxies((ip_network("10.0.0.2"),))
    proxies.client("10.0.0.2", ["198.51.100.7"])
    proxies.client("10.0.0.2", [])
    proxies.client("203.0.113.9", ["zhang.wei"])
    assert caplog.messages == []
    proxies.client("10.0.0.2", ["zhang.wei"])
    proxies.client("10.0.0.2", ["unknown"])
    assert len(caplog.messages) == 1
    assert "zhang" not in caplog.messages[0]


@pytest.mark.unit
def test_without_proxies_nobody_is_believed() -> None:
    assert Proxies().client("127.0.0.1", ["198.51.100.7"]) == "127.0.0.1"


async def tried(house: House, forwarded: str) -> int:
    """The status of a wrong password that says that it comes from there."""
    return (await house.browser().post("/sign-in", WRONG, {"X-Forwarded-For": forwarded})).status


@pytest.mark.rim
async def test_whoever_names_another_address_each_time_is_still_one(house: House) -> None:
    assert [await tried(house, f"198.51.100.{n}") for n in range(6)] == [422] * 5 + [429]


@pytest.mark.rim
@pytest.mark.parametrize("proxies", [Proxies((ip_network("127.0.0.1"),))])
async def test_behind_a_proxy_of_ours_one_who_guesses_locks_nobody_else_out(house: House) -> None:
    assert [await tried(house, "198.51.100.7") for _ in range(6)] == [422] * 5 + [429]
    assert await tried(house, "198.51.100.8") == 422
