"""How often something may be tried: at most so many times within a moving window, per key."""

import ipaddress
import math
from collections import deque
from datetime import datetime, timedelta


class Tries:
    """The tries of each key that still count. In memory: a restart forgives."""

    def __init__(self, most: int, within: timedelta, most_keys: int = 10_000) -> None:
        self._most = most
        self._within = within
        self._most_keys = most_keys  # a flood of made-up keys costs some megabytes, not all of them
        self._tries: dict[str, deque[datetime]] = {}  # the key tried last stands last

    def take(self, key: str, at: datetime) -> int:
        """Counts one try and returns 0; when there were too many, counts nothing and returns the seconds to wait."""
        tries = self._tries.pop(key, deque())
        # A try "after" now was counted before the clock was set back: it must not lock anybody out for longer.
        while tries and not timedelta(0) <= at - tries[0] < self._within:
            tries.popleft()
        self._tries[key] = tries
        if len(tries) >= self._most:
            return math.ceil((tries[0] + self._within - at).total_seconds())
        tries.append(at)
        if len(self._tries) > self._most_keys:
            del self._tries[next(iter(self._tries))]
        return 0

    def give_back(self, key: str, at: datetime) -> None:
        """The try that was taken then does not count after all."""
        if at in (tries := self._tries.get(key, deque())):
            tries.remove(at)


class Lately:
    """Which keys were noted within some time. In memory: a restart forgets."""

    def __init__(self, within: timedelta, most_keys: int = 10_000) -> None:
        self._within = within
        self._most_keys = most_keys
        self._noted: dict[str, datetime] = {}  # the key noted last stands last

    def note(self, key: str, at: datetime) -> None:
        self._noted.pop(key, None)
        self._noted[key] = at
        if len(self._noted) > self._most_keys:
            del self._noted[next(iter(self._noted))]

    def has(self, key: str, at: datetime) -> bool:
        return key in self._noted and at - self._noted[key] < self._within


def source_of(address: str) -> str:
    """What counts as one address: the /64 of IPv6, of which one household has 2**64 to choose from."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)
