"""A viewer turned again and again between publishers, with real decoders; and what a seat may send."""

import itertools
from collections.abc import Iterator
from contextlib import AsyncExitStack

import av
import numpy as np
import pytest
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext

from media.allowance import BURST_S
from media.contract import LOWEST_LIMIT, SeatState
from media.frames import Codec, EncodedFrame, Kind
from media.guard import Discard
from media.plane import BITRATE_CEILING
from media.publication import TOLERANCE
from media.reorder import Assembler
from media.rtcp import Remb
from media.timeline import SenderClock, Timeline
from tests.support.attacks import a_scene
from tests.support.encoded_clip import Clip, encoded_clip, vp8_packets
from tests.support.two_peers import AUDIO, DELTA, KEYFRAME, VIDEO, Browser, Heard, browser, stage, vp8

pytestmark = pytest.mark.rim

TURNS = ("subject", "officer", None, "officer", "subject", None, None, "subject", "officer", "subject", "officer")
LIMIT = 80_000  # bits a second
FRAMES_A_TURN = 14  # with a keyframe in ten: a turn never falls on one twice


async def nothing(frame: int) -> None:
    pass


class Player:
    """One browser that sends a clip over and over, in small packets, with pictures numbered as Chromium does."""

    def __init__(self, on: Browser, clip: Clip) -> None:
        self._on = on
        self.clip = clip
        self._sent = 0
        self._packets = 0

    def play(self, frames: int) -> None:
        for _ in range(frames):
            picture = self.clip.video[self._sent % len(self.clip.video)]
            sound = self.clip.audio[self._sent % len(self.clip.audio)]
            for payload, last in vp8_packets(picture.data, 300):
                data = vp8(self._sent, payload[1:], begins=payload[0] == 0x10)
                self._on.send(VIDEO, self._packets, self._sent * 3600, data, marker=last)
                self._packets += 1
            self._on.send(AUDIO, self._sent, self._sent * 960, sound.data)
            self._sent += 1

    @property
    def sent(self) -> int:
        return self._sent


def frames_in(packets: list[Heard], codec: Codec) -> list[EncodedFrame]:
    """As a browser puts them together."""
    frames: list[EncodedFrame] = []
    clock = SenderClock()
    assembler = Assembler(codec, frames.append, Timeline(90_000, clock), lambda: None)
    for packet in packets:
        assembler.packet(packet.sequence_number, packet.rtp_time, packet.marker, packet.payload, 0.0)
    return frames


def pictures(frames: list[bytes]) -> Iterator[np.ndarray]:
    """Each decoded; an error where a decoder meets one."""
    decoder = VideoCodecContext.create("vp8", "r")
    decoder.options = {"err_detect": "explode"}
    for data in frames:
        [picture] = decoder.decode(av.Packet(data))
        yield picture.to_ndarray(format="gray")


async def sounds(viewer: Browser, packets: int) -> None:
    """Until it has heard exactly so many."""
    await viewer.until(lambda: len(viewer.of(AUDIO)) >= packets)
    assert len(viewer.of(AUDIO)) == packets


async def test_a_decoder_that_is_turned_again_and_again_sees_every_picture_whole_and_sound_too() -> None:
    clips = {
        "subject": encoded_clip(2.0, 160, 120, keyframe_every_s=0.4),
        "officer": encoded_clip(2.0, 320, 240, keyframe_every_s=0.4),
    }
    async with stage(seats=3) as on, AsyncExitStack() as opened:
        subject, officer, visitor = [await opened.enter_async_context(browser()) for _ in range(3)]
        players = {"subject": Player(subject, clips["subject"]), "officer": Player(officer, clips["officer"])}
        for seat, played in (("subject", subject), ("officer", officer), ("visitor", visitor)):
            await played.join(on, seat)
        spoken = 0
        for other in TURNS:
            on.room.watch("visitor", other)
            for player in players.values():
                player.play(FRAMES_A_TURN)
            spoken += FRAMES_A_TURN if other is not None else 0
            await sounds(subject, players["officer"].sent)
            await sounds(officer, players["subject"].sent)
            await sounds(visitor, spoken)

    for kind, payload_type in ((Kind.VIDEO, VIDEO), (Kind.AUDIO, AUDIO)):
        packets = visitor.of(payload_type)
        steps = {
            (after.sequence_number - before.sequence_number) & 0xFFFF for before, after in itertools.pairwise(packets)
        }
        assert steps == {1}, kind
        assert len({packet.ssrc for packet in packets}) == 1
        assert all(
            (after.rtp_time - before.rtp_time) & 0xFFFF_FFFF < 1 << 31 for before, after in itertools.pairwise(packets)
        )

    shown = [frame.data for frame in frames_in(visitor.of(VIDEO), Codec.VP8)]
    sent: dict[bytes, list[np.ndarray]] = {}  # two frames may be the same change to different pictures
    for clip in clips.values():
        encoded = [frame.data for frame in clip.video]
        for data, picture in zip(encoded, pictures(encoded), strict=True):
            sent.setdefault(data, []).append(picture)
    decoded = list(pictures(shown))
    assert len(decoded) > FRAMES_A_TURN * 5
    for data, picture in zip(shown, decoded, strict=True):
        assert any(np.array_equal(picture, as_sent) for as_sent in sent[data])
    turns = sum(before.shape != after.shape for before, after in itertools.pairwise(decoded))
    assert turns == 5

    opus = AudioCodecContext.create("libopus", "r")
    opus.sample_rate, opus.layout = 48_000, "stereo"
    samples = sum(frame.samples for packet in visitor.of(AUDIO) for frame in opus.decode(av.Packet(packet.payload)))
    assert samples == 960 * spoken


async def test_whoever_watches_nobody_hears_nobody_and_joins_again_to_nobody() -> None:
    async with stage() as on, browser() as subject, browser() as officer, browser() as again:
        await subject.join(on, "subject")
        await officer.join(on, "officer")
        on.room.watch("officer", None)
        subject.send(AUDIO, 0, 0, b"unheard")
        await again.join(on, "officer")
        subject.send(AUDIO, 1, 960, b"unheard")
        again.send(AUDIO, 1, 960, b"fence")
        await subject.until(lambda: subject.of(AUDIO))
        on.room.watch("officer", "subject")
        subject.send(AUDIO, 2, 1920, b"heard")
        await again.until(lambda: again.of(AUDIO))
        assert [packet.payload for packet in again.of(AUDIO)] == [b"heard"]
        assert officer.of(AUDIO) == []
        assert ("subject", SeatState.LOST) not in on.seats


async def is_told(played: Browser, bitrate: int) -> None:
    """Until it is; the report that is on its way when a limit changes may still say the former one."""

    def told() -> bool:
        last = next((report.bitrate for report in reversed(played.reports) if isinstance(report, Remb)), 0)
        return last == pytest.approx(bitrate, rel=1e-3)

    await played.until(told)


async def test_a_seat_is_told_its_limit_and_never_more_than_the_ceiling() -> None:
    async with stage(bitrate_ceiling=1_000_000) as on, browser() as subject, browser() as again:
        await subject.join(on, "subject")
        subject.send(VIDEO, 0, 0, vp8(0, KEYFRAME))
        await is_told(subject, 1_000_000)
        for limit, expected in ((80_000, 80_000), (400_000, 400_000), (5_000_000, 1_000_000), (80_000, 80_000)):
            on.room.limit("subject", limit)
            await is_told(subject, expected)
        await again.join(on, "subject")
        again.send(VIDEO, 0, 0, vp8(0, KEYFRAME))
        await again.until(lambda: any(isinstance(report, Remb) for report in again.reports))
        await is_told(again, 80_000)


async def test_a_limit_below_what_a_picture_takes_is_the_caller_s_mistake() -> None:
    async with stage() as on:
        with pytest.raises(ValueError, match="30000 bits a second"):
            on.room.limit("subject", LOWEST_LIMIT - 1)


async def test_who_sends_far_more_than_the_limit_loses_the_picture_and_not_the_sound() -> None:
    async with a_scene() as scene:
        scene.near.room.limit("subject", LIMIT)
        size = 1000

        async def sends(packets: int) -> int:
            """How many of so many are taken."""
            before = scene.dropped(Discard.FLOOD)
            for number in range(packets):
                scene.hostile.send(VIDEO, scene.own.skip(), 0, vp8(number, DELTA + bytes(size)))
                if number % 50 == 49:
                    await scene.fence()
            await scene.fence()
            return packets - (scene.dropped(Discard.FLOOD) - before)

        await sends(BITRATE_CEILING * TOLERANCE * 3 // 8 // size)  # what it might still, and more
        scene.clock.advance(5)
        assert await sends(200) <= BURST_S * TOLERANCE * LIMIT / 8 / size + 1
        heard = len(scene.officer.of(AUDIO))
        assert await scene.play(5, nothing) == [1, 1, 1, 0]
        assert len(scene.officer.of(AUDIO)) >= heard + 5
