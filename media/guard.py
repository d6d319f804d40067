"""Which datagrams are let in: only from addresses that have proved themselves, and a count of everything dropped."""

from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from typing import Generic, TypeAlias, TypeVar

Address: TypeAlias = tuple[str, int]

TRUST_S = 30.0  # RFC 7675 §5.1: consent to send lasts 30 s; browsers renew it every 5 s or less
MOST_ADDRESSES = 16  # of one browser in one connection; it has a handful: a Wi-Fi's, a phone network's, a relay's

STUN_HEADER = 20
STUN_COOKIE = b"\x21\x12\xa4\x42"
BINDING_REQUEST = b"\x00\x01"
BINDING_SUCCESS = b"\x01\x01"
USERNAME = 0x0006
MOST_ATTRIBUTES = 16  # of one message; browsers send eight
LONGEST_DATAGRAM = 1500  # bytes, of any kind; what SRTP has room for

R = TypeVar("R")


class Discard(StrEnum):
    """Why a datagram, or a packet in it, was not used. There is never a log line for one: only these counts."""

    EMPTY = "empty"
    STRANGER = "stranger"  # from an address whose Binding request we have not answered in the last 30 s
    MALFORMED = "malformed"
    FORGED = "forged"  # STUN or SRTP that does not authenticate
    REPLAYED = "replayed"
    FLOOD = "flood"  # more than a browser has reason to send
    TOO_LARGE = "too_large"  # a picture beyond LARGEST_SIDE, or one that hides its size
    QUEUE_FULL = "queue_full"  # DTLS faster than the handshake takes it
    EARLY = "early"  # media before the keys are agreed
    UNKNOWN_STREAM = "unknown_stream"  # a payload type we did not answer with, or a second SSRC for one
    UNSENT = "unsent"  # the system would not take it: no route, a full buffer, or too long to protect
    FAULT = "fault"  # an exception that should not be: a bug of ours


Counters: TypeAlias = Counter[Discard]


class _Source(Generic[R]):
    __slots__ = ("owner", "proven", "until")

    def __init__(self, owner: R, until: float) -> None:
        self.owner = owner
        self.until = until
        self.proven = False


class Guard(Generic[R]):
    """Who owns a remote address: the connection that answered a valid Binding request from there in the last 30 s.

    A request can be sent again from elsewhere by anybody who has seen it. Only the browser can answer ours, or send
    what decrypts: an address from which that has come is proven. `on_replaced` hears of each that lost its place.
    """

    def __init__(self, on_replaced: Callable[[R, Address], None]) -> None:
        self._on_replaced = on_replaced
        self._sources: dict[Address, _Source[R]] = {}
        self._addresses: dict[R, set[Address]] = {}

    def trust(self, owner: R, address: Address, at: float) -> bool:
        """Let `address` speak to `owner` from `at` on. False if it may not: another's, or no place is left.

        One too many takes the place of the one that has been silent for longest, of those that are not proven.
        """
        source = self._sources.get(address)
        if source is not None and source.owner is owner:
            source.proven = source.proven and at <= source.until
            source.until = at + TRUST_S
            return True
        if source is not None and at <= source.until:
            return False  # a sender address can be forged: it is not taken from a connection that lives
        addresses = self._addresses.setdefault(owner, set())
        if len(addresses) >= MOST_ADDRESSES:
            replaceable = [each for each in addresses if not self._is_proven(each, at)]
            if not replaceable:
                return False
            self._replace(min(replaceable, key=lambda each: self._sources[each].until))
        if source is not None:
            self._replace(address)
        addresses.add(address)
        self._sources[address] = _Source(owner, at + TRUST_S)
        return True

    def prove(self, owner: R, address: Address) -> None:
        """Only the browser itself can have sent what came from there."""
        source = self._sources.get(address)
        if source is not None and source.owner is owner:
            source.proven = True

    def proven(self, owner: R, address: Address, at: float) -> bool:
        return self.owner(address, at) is owner and self._is_proven(address, at)

    def owner(self, address: Address, at: float) -> R | None:
        source = self._sources.get(address)
        return source.owner if source is not None and at <= source.until else None

    def forget(self, owner: R) -> None:
        for address in self._addresses.pop(owner, ()):
            del self._sources[address]

    def _is_proven(self, address: Address, at: float) -> bool:
        source = self._sources[address]
        return source.proven and at <= source.until

    def _replace(self, address: Address) -> None:
        owner = self._sources.pop(address).owner
        self._addresses[owner].discard(address)
        self._on_replaced(owner, address)


def is_message(datagram: bytes) -> bool:
    """Whether a STUN message fills the datagram with a few attributes (RFC 8489 §5, §14), before any is read.

    A parser that checks a fingerprint each time it meets one takes a tenth of a second over a datagram full of them.
    """
    length = STUN_HEADER + int.from_bytes(datagram[2:4], "big")
    if not STUN_HEADER <= len(datagram) == length <= LONGEST_DATAGRAM:
        return False
    position = STUN_HEADER
    for _ in range(MOST_ATTRIBUTES):
        if position >= len(datagram):
            break
        length = int.from_bytes(datagram[position + 2 : position + 4], "big")
        position += 4 + length + -length % 4
    return position == len(datagram)


def local_fragment(datagram: bytes) -> str | None:
    """The ICE user fragment of ours that a Binding request names (RFC 8445 §7.2.2), read without trusting anything."""
    if datagram[:2] != BINDING_REQUEST or datagram[4:8] != STUN_COOKIE:
        return None
    position = STUN_HEADER
    for _ in range(MOST_ATTRIBUTES):
        attribute = datagram[position : position + 4]
        if len(attribute) < 4:
            return None
        length = int.from_bytes(attribute[2:], "big")
        if int.from_bytes(attribute[:2], "big") == USERNAME:
            fragment, colon, _ = datagram[position + 4 : position + 4 + length].partition(b":")
            return fragment.decode("ascii", "replace") if colon else None
        position += 4 + length + -length % 4
    return None
