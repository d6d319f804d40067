"""coturn for this installation: a configuration that leads to the media server and nowhere else, and its version."""

import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Version: TypeAlias = tuple[int, ...]

SEES_MAPPED: Version = (4, 9, 0)  # the first that sees an IPv4 address within an IPv6 one: CVE-2026-27624
LONGEST_ANSWER_S = 10

# One browser asks for a place by each way in (UDP, TCP, TLS) and from each of its networks, and leaves them for ten
# minutes when its network breaks: enough for some drops in a row.
MOST_OF_A_SEAT = 32

# IANA's special-purpose registries, and multicast. `::ffff:0:0/96` is the one that matters before coturn 4.9.0: it does
# not see that ::ffff:127.0.0.1 is 127.0.0.1 (CVE-2026-27624), so no range of IPv4 denies it.
SPECIAL = (
    ("0.0.0.0/8", "this network; 0.0.0.0 reached loopback before 4.5.2 (CVE-2020-26262)"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "carrier-grade NAT"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local, and a cloud's metadata"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "protocol assignments"),
    ("192.0.2.0/24", "documentation"),
    ("192.88.99.0/24", "6to4 relays"),
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "benchmarks"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved, and broadcast"),
    ("::/96", "unspecified, loopback, IPv4-compatible"),
    ("::ffff:0:0/96", "IPv4-mapped (CVE-2026-27624)"),
    ("64:ff9b::/96", "NAT64"),
    ("64:ff9b:1::/48", "local NAT64"),
    ("100::/64", "discard"),
    ("2001::/23", "protocol assignments, Teredo among them"),
    ("2001:db8::/32", "documentation"),
    ("2002::/16", "6to4"),
    ("3fff::/20", "documentation"),
    ("5f00::/16", "segment routing"),
    ("fc00::/7", "private"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "site-local"),
    ("ff00::/8", "multicast"),
)
EVERYTHING = (("0.0.0.0/0", "all of IPv4"), ("::/0", "all of IPv6"))


class NoPeer(ValueError):
    """There is no address that a relay may lead to."""


@dataclass(frozen=True, slots=True)
class Way:
    """One `turn:` or `turns:` address that browsers are told."""

    secure: bool
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Ports:
    """Those of the relay that face the media server, one for each place; both ends are included."""

    first: int = 49152
    last: int = 50151

    @property
    def count(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Certificate:
    """Paths on the relay's machine, for `turns:`."""

    chain: str
    key: str


def ways_in(urls: Iterable[str]) -> tuple[Way, ...]:
    """The addresses as settings.py has checked them."""
    return tuple(_way(url) for url in urls)


def peers(announced: Iterable[str]) -> tuple[Address, ...]:
    """The announced addresses that a relay may lead to: never itself. NoPeer if none is left."""
    found = tuple(
        address for address in map(ip_address, announced) if not (address.is_loopback or _is_nowhere(address))
    )
    if not found:
        raise NoPeer
    return found


def configuration(
    ways: Sequence[Way],
    secret: str,
    peers: Sequence[Address],
    ports: Ports,
    *,
    certificate: Certificate | None = None,
    external: str | None = None,
) -> str:
    """turnserver.conf. `external` is the relay's public address where it stands behind a NAT that maps ports 1:1."""
    plain = [way.port for way in ways if not way.secure]
    secure = [way.port for way in ways if way.secure]
    lines = [
        "# Printed by `fairwatch turn config`; change the settings and print it again. It holds a secret: mode 0600.",
        f"realm={ways[0].host}",
        f"listening-port={plain[0] if plain else 3478}",
        *([] if external is None else [f"external-ip={external}"]),
        "",
        "# Who may: whoever was given a pass in the last minutes.",
        "use-auth-secret",
        f"static-auth-secret={secret}",
        "stale-nonce=600",
        "fingerprint",
        f"user-quota={MOST_OF_A_SEAT}",
        f"total-quota={ports.count}",
        f"min-port={ports.first}",
        f"max-port={ports.last}",
        "",
        "# What there is not: a console, TCP to a peer, relaying to many, old TLS, our version in every answer.",
        "no-cli",
        "no-tcp-relay",
        "no-multicast-peers",
        "no-dynamic-ip-list",
        "no-dynamic-realms",
        "no-rfc5780",
        "no-stun-backward-compatibility",
        "no-software-attribute",
        "no-dtls",
        *_tls(secure, certificate),
        "",
        "# Where to: the media server, and nowhere else. What is allowed wins over what is denied.",
        *(f"allowed-peer-ip={peer}" for peer in peers),
        *(_denied(network, why) for network, why in (*EVERYTHING, *SPECIAL)),
    ]
    return "\n".join(lines) + "\n"


def installed() -> Version | None:
    """The version of the coturn on this machine; None if there is none, or if it does not say."""
    try:
        asked = subprocess.run(
            ["turnserver", "--version"], capture_output=True, text=True, timeout=LONGEST_ANSWER_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return version_in(asked.stdout)


def version_in(text: str) -> Version | None:
    """The first thing that looks like one."""
    found = re.search(r"\d+(?:\.\d+)+", text)
    return None if found is None else tuple(map(int, found[0].split(".")))


def _way(url: str) -> Way:
    scheme, _, rest = url.partition(":")
    authority = rest.partition("?")[0]
    host, colon, port = authority.rpartition(":")
    if not colon or port.endswith("]"):
        host, port = authority, ""
    secure = scheme == "turns"
    return Way(secure, host.strip("[]"), int(port) if port else 5349 if secure else 3478)


def _tls(secure: Sequence[int], certificate: Certificate | None) -> list[str]:
    if not secure or certificate is None:
        return ["no-tls"]
    return [
        f"tls-listening-port={secure[0]}",
        f"cert={certificate.chain}",
        f"pkey={certificate.key}",
        "no-tlsv1",
        "no-tlsv1_1",
    ]


def _denied(network: str, why: str) -> str:
    """coturn knows ranges, no prefixes; and no words behind a value."""
    whole = ip_network(network)
    return f"# {why}\ndenied-peer-ip={whole[0]}-{whole[-1]}"


def _is_nowhere(address: Address) -> bool:
    return address.is_unspecified or address.is_multicast or address.is_link_local
