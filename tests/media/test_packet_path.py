"""The promise of ADR 4, shown by a profile: a packet is forwarded in the datagram callback and touches nothing else."""

import cProfile
import gc
import pstats
from collections.abc import Iterator
from pathlib import Path

import pytest

from media.udp_port import UdpPort
from tests.support.two_peers import DELTA, KEYFRAME, VIDEO, browser, stage, vp8

pytestmark = pytest.mark.rim

PACKETS = 200
CALLS_PER_PACKET = 60  # Python's and C's together, with one viewer; whoever adds to the path raises it knowingly


@pytest.fixture
def profile(monkeypatch: pytest.MonkeyPatch) -> Iterator[cProfile.Profile]:
    """What the port's callback does with RTP, and nothing else of this process."""
    running = cProfile.Profile(subcalls=True, builtins=True)
    real = UdpPort.datagram_received

    def profiled(self: UdpPort, data: bytes, addr: tuple[str | int, ...]) -> None:
        if not 127 < data[0] < 192 or 191 < data[1] < 224:
            real(self, data, addr)
            return
        running.enable()
        try:
            real(self, data, addr)
        finally:
            running.disable()

    monkeypatch.setattr(UdpPort, "datagram_received", profiled)
    gc.disable()  # a test library listens to collections, in whatever function they happen
    yield running
    gc.enable()


async def test_a_packet_touches_no_task_no_packet_object_and_no_decoder(profile: cProfile.Profile) -> None:
    async with stage() as on, browser() as subject, browser() as officer:
        await subject.join(on, "subject")
        await officer.join(on, "officer")
        subject.send(VIDEO, 0, 0, vp8(0, KEYFRAME))
        await officer.until(lambda: officer.of(VIDEO))
        profile.clear()
        for number in range(1, PACKETS + 1):
            subject.send(VIDEO, number, number * 3000, vp8(number, DELTA + bytes(1000)))
        await officer.until(lambda: len(officer.of(VIDEO)) == PACKETS + 1)

    called = pstats.Stats(profile).stats  # type: ignore[attr-defined] # (file, line, function): (calls, …)
    places = {Path(file).parent.name for file, _, _ in called if not file.startswith("~")}
    assert places == {"media", "pylibsrtp"}
    assert not {name for _, _, name in called} & {"__init__", "__new__", "create_task", "call_soon", "send_nowait"}
    calls = sum(count for count, *_ in called.values())
    assert calls / PACKETS < CALLS_PER_PACKET
