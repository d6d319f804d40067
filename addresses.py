"""This machine's own addresses: which of them browsers are told to send their media to."""

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import ifaddr

LOOPBACK = "127.0.0.1"
LINK_LOCAL = "169.254."  # RFC 3927: what an interface calls itself that found no network

# Bridges, tunnels and the near ends of containers, by the names that those who make them give: no phone is behind one,
# and its address would tell every subject how this machine is built. A bridge called br0 is a LAN's.
VIRTUAL = (
    *("br-", "cni", "docker", "flannel", "incusbr", "lxcbr", "lxdbr", "podman", "tailscale", "tap", "tun", "utun"),
    *("vboxnet", "veth", "virbr", "vmnet", "wg", "zt"),
)


@dataclass(frozen=True, slots=True)
class Interface:
    """One address of this machine, and the name of what has it."""

    name: str
    address: str


def interfaces() -> list[Interface]:
    """Every IPv4 address of an interface that is not known to be down, but loopback's."""
    found = [
        Interface(adapter.name, str(ip.ip)) for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4
    ]
    return [one for one in found if not one.address.startswith("127.") and not _is_down(one.name)]


def reached_by_others(found: Iterable[Interface], route: str) -> tuple[str, ...]:
    """The addresses that phones in the LAN may reach; `route`, from where our own packets leave, is always one."""
    return tuple(sorted({one.address for one in found if one.address == route or not _is_virtual(one)}))


def lan_address() -> str:
    """The address of this machine that others in the LAN reach; 127.0.0.1 when there is no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # RFC 5737: nobody's; a datagram socket sends nothing to connect
        except OSError:
            return LOOPBACK
        return str(probe.getsockname()[0])


def _is_virtual(one: Interface) -> bool:
    return one.name.startswith(VIRTUAL) or one.address.startswith(LINK_LOCAL)


def _is_down(name: str) -> bool:
    """Linux says so; of what it does not know, and elsewhere, we believe the address."""
    try:
        return Path("/sys/class/net", name, "operstate").read_text(encoding="ascii").strip() == "down"
    except (OSError, ValueError):
        return False
