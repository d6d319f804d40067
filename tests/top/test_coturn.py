"""What coturn is told: on paper, and to a real one, which leads to the media server and to nowhere else."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from ipaddress import ip_address
from pathlib import Path

import pytest

from checkins.checkin import CheckInId
from checkins.news import Seat
from coturn import MOST_OF_A_SEAT, Certificate, NoPeer, Ports, configuration, installed, peers, version_in, ways_in
from server import wall_clock
from signaling.messages import Relay
from signaling.relays import PASS_S, Relays
from tests.support.networks import Network, networks
from tests.support.turn import DONE, IPV4, IPV6, Client, coturn, why_no_coturn

pytestmark = pytest.mark.rim

SECRET = "only-a-test-knows-this-one"
RELAY, MEDIA = "192.0.2.2", "192.0.2.129"
URLS = (f"turn:{RELAY}:3478", f"turn:{RELAY}:3478?transport=tcp")
UNAUTHORISED, FORBIDDEN, QUOTA_REACHED = 401, 403, 486
THE_REST = ("denied-peer-ip=0.0.0.0-255.255.255.255", f"denied-peer-ip=::-{':'.join(['ffff'] * 8)}")

# One of every kind that a relay must not lead to, by its family.
NEVER = {
    IPV4: (
        *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.255.255.254"),
        *("169.254.169.254", "172.16.0.1", "172.31.255.254", "192.0.0.1", "192.0.2.1", RELAY, "192.0.2.128"),
        *("192.0.2.130", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1"),
        *("239.255.255.250", "240.0.0.1", "255.255.255.255"),
    ),
    IPV6: (
        *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:0.0.0.0", "::ffff:10.0.0.1", f"::ffff:{MEDIA}"),
        *("::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1"),
        *("2002:7f00:1::1", "3fff::1", "5f00::1", "fc00::1", "fd00::1", "fe80::1", "fec0::1", "ff02::1"),
    ),
}
OF_OTHERS = {IPV4: ("1.1.1.1", "8.8.8.8", "223.255.255.254"), IPV6: ("2606:4700::1111", "2400:3200::1")}


def printed(ports: Ports | None = None) -> str:
    return configuration(ways_in(URLS), SECRET, peers([MEDIA]), ports or Ports())


def special_only(text: str) -> str:
    """The configuration, as it is left by somebody who took out the two lines that deny the rest of the world."""
    lines = text.splitlines()
    assert set(THE_REST) <= set(lines)
    return "\n".join(line for line in lines if line not in THE_REST) + "\n"


# on paper


def values(text: str, name: str) -> list[str]:
    """What the configuration says under this name."""
    return [line.partition("=")[2] for line in text.splitlines() if line.partition("=")[0] == name]


def denied(text: str, address: str) -> bool:
    """Whether a range of its own family holds it, as the text stands."""
    asked = ip_address(address)
    ranges = (one.partition("-")[::2] for one in values(text, "denied-peer-ip"))
    pairs = ((ip_address(first), ip_address(last)) for first, last in ranges)
    return any(first.version == asked.version and int(first) <= int(asked) <= int(last) for first, last in pairs)


@pytest.mark.parametrize("address", [*NEVER[IPV4], *NEVER[IPV6]])
def test_every_special_address_is_denied_by_a_range_of_its_own(address: str) -> None:
    assert denied(special_only(printed()), address)


def test_only_the_media_servers_addresses_are_allowed() -> None:
    assert values(printed(), "allowed-peer-ip") == [MEDIA]


@pytest.mark.parametrize("announced", [[], ["127.0.0.1"], ["::1"], ["0.0.0.0", "169.254.1.1", "fe80::1", "224.0.0.1"]])
def test_a_relay_never_leads_to_itself(announced: list[str]) -> None:
    with pytest.raises(NoPeer):
        peers(announced)
    assert [str(peer) for peer in peers([*announced, "10.0.0.7"])] == ["10.0.0.7"]  # said by the operator: their LAN


def test_a_certificate_opens_a_second_door() -> None:
    ways = ways_in(["turn:turn.example", "turns:turn.example:443?transport=tcp"])
    text = configuration(ways, SECRET, peers([MEDIA]), Ports(), certificate=Certificate("/tls/chain", "/tls/key"))
    assert values(text, "realm") == ["turn.example"]
    assert (values(text, "listening-port"), values(text, "tls-listening-port")) == (["3478"], ["443"])
    assert (values(text, "cert"), values(text, "pkey")) == (["/tls/chain"], ["/tls/key"])
    assert "no-tls\n" not in text
    assert "no-tls\n" in printed()


def test_a_relay_behind_a_nat_says_its_public_address() -> None:
    text = configuration(ways_in(["turn:[2001:db8::1]"]), SECRET, peers([MEDIA]), Ports(), external="198.51.100.4")
    assert values(text, "external-ip") == ["198.51.100.4"]
    assert values(text, "realm") == ["2001:db8::1"]


@pytest.mark.parametrize(
    ("says", "version"), [("4.6.1\n", (4, 6, 1)), ("Version Coturn-4.10.0 'Gorst'", (4, 10, 0)), ("", None)]
)
def test_a_version_is_read(says: str, version: tuple[int, ...] | None) -> None:
    assert version_in(says) == version


# to a real one


@dataclass(frozen=True, slots=True)
class Street:
    """A phone's network, the relay's, and nothing else."""

    phone: Network
    relay: Network
    folder: Path

    def relaying(self, text: str) -> AbstractContextManager[Path]:
        return coturn(self.relay, RELAY, text, self.folder)

    def client(self, opened: ExitStack, pass_: Relay | None = None) -> Client:
        client = Client(self.phone, RELAY, pass_ or a_pass())
        opened.callback(client.close)
        return client


def a_pass(seat: Seat = Seat.SUBJECT, *, ends_in_s: float = PASS_S, secret: str = SECRET) -> Relay:
    """One that was made so long ago that it ends then."""
    made_at = wall_clock() - timedelta(seconds=PASS_S - ends_in_s)
    return Relays(URLS, secret).pass_for(CheckInId("c1"), seat, made_at)


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    why = why_no_coturn()
    if why is not None:
        pytest.skip(f"no real coturn: {why}")
    with networks(2) as (phone, relay):
        phone.cable("near", "192.0.2.1/25", relay, f"{RELAY}/25")
        relay.cable("far", "192.0.2.130/25", phone, f"{MEDIA}/25")
        relay.cable("six", "fd09::2/64", phone, "fd09::1/64")
        yield Street(phone, relay, tmp_path)


@pytest.mark.parametrize("left", [lambda text: text, special_only], ids=["as printed", "special ranges only"])
def test_it_leads_to_the_media_server_and_to_no_special_address(street: Street, left: Callable[[str], str]) -> None:
    refused: dict[str, tuple[int, int]] = {}
    with street.relaying(left(printed())), ExitStack() as opened:
        for family, addresses in NEVER.items():
            client = street.client(opened)
            assert client.allocate(family) == DONE
            refused |= {address: (client.permit(address), client.bind(address)) for address in addresses}
            if family == IPV4:
                assert (client.permit(MEDIA), client.bind(MEDIA)) == (DONE, DONE)
    assert len(refused) >= 40
    assert refused == dict.fromkeys(refused, (FORBIDDEN, FORBIDDEN))


def test_it_leads_to_nobody_elses_address(street: Street) -> None:
    with street.relaying(printed()), ExitStack() as opened:
        for family, addresses in OF_OTHERS.items():
            client = street.client(opened)
            assert client.allocate(family) == DONE
            assert {client.permit(address) for address in addresses} == {FORBIDDEN}


@pytest.mark.parametrize(
    "pass_",
    [
        partial(a_pass, ends_in_s=-1),
        partial(a_pass, secret="another-secret-of-that-length"),
        lambda: a_pass().model_copy(update={"username": f"{2**31 - 1}:c1-subject"}),
    ],
    ids=["ended", "of another secret", "made longer"],
)
def test_a_pass_that_is_not_good_opens_nothing(street: Street, pass_: Callable[[], Relay]) -> None:
    with street.relaying(printed()), ExitStack() as opened:
        assert street.client(opened, pass_()).allocate() == UNAUTHORISED


def test_what_a_pass_has_opened_stays_open_after_its_end(street: Street) -> None:
    """So a call may last longer than a pass, also when coturn asks for its nonce to be renewed meanwhile."""
    with street.relaying(printed().replace("stale-nonce=600", "stale-nonce=1")), ExitStack() as opened:
        pass_ = a_pass(ends_in_s=3)
        client = street.client(opened, pass_)
        while client.allocate() == UNAUTHORISED:  # a machine may be too slow for the first
            pass_ = a_pass(ends_in_s=30)
            client = street.client(opened, pass_)
        assert client.permit(MEDIA) == DONE
        with ExitStack() as others:
            while street.client(others, pass_).allocate() != UNAUTHORISED:
                others.close()  # until the pass has ended; the seat's places are soon taken, and then it hears that
        assert (client.refresh(), client.permit(MEDIA), client.bind(MEDIA)) == (DONE, DONE, DONE)


def test_a_seat_and_the_whole_relay_have_so_many_places_and_no_more(street: Street) -> None:
    with street.relaying(printed(Ports(50000, 50000 + MOST_OF_A_SEAT + 7))), ExitStack() as opened:
        for number in range(MOST_OF_A_SEAT):
            assert street.client(opened, a_pass(ends_in_s=PASS_S - number)).allocate() == DONE
        assert street.client(opened, a_pass()).allocate() == QUOTA_REACHED
        for _ in range(8):
            assert street.client(opened, a_pass(Seat.OFFICER)).allocate() == DONE
        assert street.client(opened, a_pass(Seat.OFFICER)).allocate() == QUOTA_REACHED


def test_the_secret_is_on_no_command_line_and_in_no_log(street: Street) -> None:
    with street.relaying(printed()) as log, ExitStack() as opened:
        assert street.client(opened).allocate() == DONE
        lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline")]
        assert any(line.startswith(b"turnserver\0") for line in lines)
        assert not any(SECRET.encode() in line for line in lines)
    assert "Coturn-" in log.read_text(encoding="utf-8", errors="replace")
    assert SECRET not in log.read_text(encoding="utf-8", errors="replace")


def test_the_version_of_the_one_that_is_here_is_known(street: Street) -> None:
    found = installed()
    assert found is not None
    assert found > (4, 0)
