"""Where browsers send their media: the LAN's addresses, not those of bridges and tunnels, and no further than pages."""

import ipaddress
from collections.abc import Sequence

import pytest

import server
from addresses import Interface, interfaces, lan_address, reached_by_others
from server import media_addresses
from settings import Settings

pytestmark = pytest.mark.rim

LAN = Interface("eth0", "192.168.1.7")
WIFI = Interface("wlp3s0", "192.168.1.9")
BRIDGE = Interface("docker0", "172.17.0.1")
TUNNEL = Interface("wg0", "10.9.0.2")


@pytest.mark.parametrize(
    ("found", "route", "told"),
    [
        ([LAN], LAN.address, [LAN]),
        ([LAN, WIFI], LAN.address, [LAN, WIFI]),
        ([LAN, BRIDGE, TUNNEL, Interface("br-1b2c3d", "172.18.0.1")], LAN.address, [LAN]),
        ([Interface("br0", "192.168.1.7"), Interface("virbr0", "192.168.122.1")], "192.168.1.7", [LAN]),
        ([LAN, Interface("eth1", "169.254.7.7")], LAN.address, [LAN]),
        ([BRIDGE, TUNNEL], TUNNEL.address, [TUNNEL]),  # the way out of this machine, whatever it is called
        ([BRIDGE], "127.0.0.1", []),
        ([], "127.0.0.1", []),
    ],
)
def test_a_phone_is_told_the_addresses_it_may_reach(
    found: Sequence[Interface], route: str, told: Sequence[Interface]
) -> None:
    assert reached_by_others(found, route) == tuple(one.address for one in told)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (Settings(), ["127.0.0.1"]),
        (Settings(host="localhost"), ["127.0.0.1"]),
        (Settings(host="::1"), ["127.0.0.1"]),
        (Settings(host="0.0.0.0"), ["127.0.0.1", LAN.address]),
        (Settings(host=LAN.address), ["127.0.0.1", LAN.address]),
        (Settings(host="fairwatch.example"), ["127.0.0.1", LAN.address]),
        (Settings(public_origin="https://fairwatch.example"), ["127.0.0.1", LAN.address]),  # a proxy stands before us
        (Settings(udp_announced=("203.0.113.7",)), ["203.0.113.7"]),
        (Settings(host="0.0.0.0", udp_announced=("203.0.113.7",)), ["203.0.113.7"]),
    ],
)
def test_media_is_announced_no_further_than_pages_are_served(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, told: list[str]
) -> None:
    monkeypatch.setattr(server, "interfaces", lambda: [LAN, BRIDGE])
    monkeypatch.setattr(server, "lan_address", lambda: LAN.address)
    assert list(media_addresses(settings)) == told


def test_this_machine_has_addresses() -> None:
    assert ipaddress.ip_address(lan_address()).version == 4
    for one in interfaces():
        assert one.name
        assert not ipaddress.ip_address(one.address).is_loopback
