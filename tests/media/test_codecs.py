"""Calls between phones of which one knows no VP8, or no H.264: real connections, real pictures, real losses."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import av
import pytest

from media.contract import SeatState
from media.recording import WHOLE_WITH_H264
from media.sampler import Pause, Still
from tests.support.h264 import h264_clip, h264_packets
from tests.support.two_peers import (
    H264,
    KEYFRAME,
    VIDEO,
    WAIT_S,
    Browser,
    Stage,
    StockClient,
    browser,
    stage,
    vp8,
)

pytestmark = pytest.mark.rim

H264_ONLY, VP8_ONLY, BOTH = "H264", "VP8", None


@asynccontextmanager
async def a_call(on: Stage, subject: str | None, officer: str | None) -> AsyncIterator[list[StockClient]]:
    """Two clients; the subject joins first. Whoever is asked to comes back on a new connection, as a page does."""
    clients = {"subject": StockClient(subject), "officer": StockClient(officer)}
    codecs = {"subject": subject, "officer": officer}
    for seat, client in clients.items():
        await client.__aenter__()
        await client.join(on, seat)
    await asyncio.gather(*(on.reached(seat, SeatState.CONNECTED) for seat in clients))
    for seat in [seat for seat, state in on.seats if state is SeatState.FAILED]:
        await clients[seat].__aexit__()
        clients[seat] = StockClient(codecs[seat])
        await clients[seat].__aenter__()
        await clients[seat].join(on, seat)
    try:
        yield [clients["subject"], clients["officer"]]
    finally:
        for client in clients.values():
            await client.__aexit__()


@pytest.mark.parametrize(
    ("subject", "officer", "asked_again"),
    [
        (H264_ONLY, BOTH, []),  # the second is answered so that the first sees it
        (BOTH, H264_ONLY, ["subject"]),  # the first could not know
        (H264_ONLY, H264_ONLY, []),
        (BOTH, BOTH, []),
        (VP8_ONLY, BOTH, []),
    ],
)
async def test_they_see_and_hear_each_other_whoever_comes_first(
    subject: str | None, officer: str | None, asked_again: list[str]
) -> None:
    async with stage() as on, a_call(on, subject, officer) as clients:
        assert [seat for seat, state in on.seats if state is SeatState.FAILED] == asked_again
        for client in clients:
            await client.decodes(20)
        assert [(await on.room.traffic(seat)).unshown for seat in ("subject", "officer")] == [False, False]


async def test_what_one_sends_and_the_other_cannot_show_is_left_out_and_sound_goes_on() -> None:
    async with stage() as on, a_call(on, H264_ONLY, VP8_ONLY) as clients:
        for client in clients:
            await client.hears(20)
        assert [client.pictures for client in clients] == [0, 0]
        assert [(await on.room.traffic(seat)).unshown for seat in ("subject", "officer")] == [True, True]
        assert SeatState.FAILED not in {state for _, state in on.seats}


async def test_a_phone_that_sends_h264_only_is_recorded_and_looked_at(tmp_path: Path) -> None:
    async with stage() as on, a_call(on, H264_ONLY, BOTH):
        stills: asyncio.Queue[Still] = asyncio.Queue()
        recording = on.room.record("subject", tmp_path, time.monotonic())
        on.room.sample("subject", Pause(0.1, 0.2), stills.put_nowait)
        async with asyncio.timeout(WAIT_S):
            seen = [await stills.get() for _ in range(2)]
            while len(os.listdir(tmp_path)) < 4:  # noqa: ASYNC110 (the disk has no event)
                await asyncio.sleep(0.05)
        recorded = await recording.finish()
    assert {still.pixels.shape for still in seen} == {(480, 640, 3)}
    assert recorded.path == tmp_path / WHOLE_WITH_H264
    assert [(size.width, size.height) for size in recorded.sizes] == [(640, 480)]
    with av.open(str(recorded.path)) as opened:
        assert [stream.codec_context.name for stream in opened.streams] == ["h264", "opus"]
        assert len([frame for frame in opened.decode(video=0) if frame.width == 640]) > 20


def play(caller: Browser, payload_type: int, payloads: list[tuple[bytes, bool]], first: int, rtp_time: int) -> int:
    """The payloads of one picture; the next packet's number."""
    for number, (payload, marker) in enumerate(payloads, first):
        caller.send(payload_type, number, rtp_time, payload, marker=marker)
    return first + len(payloads)


async def test_a_browser_that_changes_its_codec_in_mid_call_goes_on_for_all(tmp_path: Path) -> None:
    """As Chromium does when its encoder fails, on the same stream."""
    clip = h264_clip(0.4)
    async with stage() as on, browser(h264=True) as subject, browser(h264=True) as officer:
        await subject.join(on, "subject")
        await officer.join(on, "officer")
        recording = on.room.record("subject", tmp_path, time.monotonic())
        number = play(subject, VIDEO, [(vp8(0, KEYFRAME), True)], 0, 0)
        await officer.until(lambda: len(officer.of(VIDEO)) == 1)
        for n, frame in enumerate(clip, 1):
            number = play(subject, H264, h264_packets(frame.data), number, n * 3600)
        await officer.until(lambda: officer.of(H264)[-1:] and len(officer.of(H264)) == number - 1)
        play(subject, VIDEO, [(vp8(1, KEYFRAME), True)], number, 20 * 3600)
        await officer.until(lambda: len(officer.of(VIDEO)) == 2)
        recorded = await recording.finish()
    heard = [packet for packet in officer.heard if packet.payload_type in (VIDEO, H264)]
    assert len({packet.ssrc for packet in heard}) == 1
    numbers = [packet.sequence_number for packet in heard]
    assert numbers == [(numbers[0] + n) & 0xFFFF for n in range(len(numbers))]
    assert recorded.path is not None
    with av.open(str(recorded.path)) as opened:
        names = [stream.codec_context.name for stream in opened.streams]
        kept = [(packet.stream.codec_context.name, packet.pts) for packet in opened.demux() if packet.pts is not None]
    assert names == ["h264", "vp8"]
    assert [name for name, _ in kept] == ["vp8", *["h264"] * len(clip), "vp8"]
