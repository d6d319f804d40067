"""Who really asks: the address of a request's own browser, also through proxies that are trusted to say it."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp import web

log = logging.getLogger(__name__)

Address = IPv4Address | IPv6Address

# How a hop is written: some proxies add the port, and put brackets around IPv6, or quotes around all of it.
HOP = re.compile(r'"?(?:\[(?P<v6>[^]]*)\](?::[0-9]+)?|(?P<v4>[^:]*):[0-9]+|(?P<bare>.*?))"?', re.ASCII)


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies before us. Whatever anybody else writes into X-Forwarded-For is not believed."""

    networks: Sequence[IPv4Network | IPv6Network] = ()
    _complained: list[str] = field(default_factory=list, init=False, compare=False)

    def __contains__(self, address: object) -> bool:
        parsed = _parsed(address) if isinstance(address, str) else address
        return any(parsed in network for network in self.networks if isinstance(parsed, Address))

    def client(self, peer: str, forwarded: Sequence[str]) -> str:
        """The newest hop that is no proxy of ours: each wrote down behind the others whom it had before it.

        What stands before that hop was written by whoever is there. A hop that is no address is as far as we can see.
        """
        seen = _parsed(peer)
        if seen is None:
            return peer
        for hop in reversed([part.strip() for line in forwarded for part in line.split(",")]):
            if seen not in self:
                break
            said = _parsed(_address_in(hop))
            if said is None:
                self._complain_once()
                break
            seen = said
        return str(seen)

    def _complain_once(self) -> None:
        """Not about each request, and not with what was sent."""
        if not self._complained:
            self._complained.append("said")
            log.warning("a trusted proxy's X-Forwarded-For ends in no address: all whom it speaks for count as one")


def _address_in(hop: str) -> str:
    """The hop's address without what may stand around it."""
    found = HOP.fullmatch(hop)
    return next((part for part in found.groups() if part is not None), "") if found else ""


def _parsed(text: str) -> Address | None:
    """The address; an IPv4 one also as IPv6 sockets write it."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


PROXIES = web.AppKey("proxies", Proxies)


def client_address(request: web.Request) -> str:
    """From where the request's browser comes, as far as we can know; "unknown" if its connection is gone."""
    return request.app[PROXIES].client(request.remote or "unknown", request.headers.getall("X-Forwarded-For", []))
