"""The clip of every publisher: a picture that any decoder takes, at the rate it claims, and no payload twice."""

import av
import pytest

from bench.load import BITRATE, FPS, HEIGHT, KEYFRAME_EVERY, LENGTH_S, LONGEST_PAYLOAD, OPUS_FRAME_S, WIDTH, Clip, clip
from media.frames import is_keyframe

pytestmark = pytest.mark.rim


@pytest.fixture(scope="module")
def made() -> Clip:
    return clip()


def frames(made: Clip) -> list[bytes]:
    """The packets' payloads without their descriptors, put together at each marker."""
    whole, parts = [], b""
    for packet in made.video:
        parts += packet.payload[1:]
        if packet.marker:
            whole.append(parts)
            parts = b""
    return whole


def test_every_picture_can_be_decoded_and_one_a_second_stands_alone(made: Clip) -> None:
    decoder = av.CodecContext.create("vp8", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    pictures = [picture for frame in frames(made) for picture in decoder.decode(av.Packet(frame))]
    assert {(picture.width, picture.height) for picture in pictures} == {(WIDTH, HEIGHT)}
    assert len(pictures) == FPS * LENGTH_S
    keyframes = [number for number, frame in enumerate(frames(made)) if is_keyframe(frame)]
    assert keyframes == list(range(0, FPS * LENGTH_S, KEYFRAME_EVERY))


def test_the_picture_has_the_bitrate_it_claims_and_the_sound_fifty_packets_a_second(made: Clip) -> None:
    bits = 8 * sum(len(packet.payload) for packet in made.video) / LENGTH_S
    assert 0.85 * BITRATE < bits < 1.15 * BITRATE
    assert len(made.audio) == LENGTH_S / OPUS_FRAME_S


def test_no_two_payloads_are_alike_and_none_is_too_long_for_a_packet(made: Clip) -> None:
    payloads = [packet.payload for packet in made.video + made.audio]
    assert len(set(payloads)) == len(payloads)
    assert max(map(len, payloads)) <= LONGEST_PAYLOAD + 1
