"""What all connections of one media plane stand on."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from media.guard import Counters
from media.udp_port import UdpPort


@dataclass(frozen=True, slots=True)
class Ground:
    """`clock` gives monotonic seconds; browsers reach `port` at `addresses`; `tasks` owns every connection's life."""

    port: UdpPort
    addresses: Sequence[str]
    tasks: asyncio.TaskGroup
    clock: Callable[[], float]
    counters: Counters
    bitrate_ceiling: int  # bits a second and publisher
