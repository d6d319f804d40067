"""The clip of every publisher: a picture that any decoder takes, at the rate it claims, and no payload twice."""

import av
import pytest

from bench.load import LEARNER, LENGTH_S, LONGEST_PAYLOAD, OPUS_FRAME_S, PERSON, Clip, Picture, clip
from media.frames import is_keyframe

pytestmark = pytest.mark.rim


@pytest.fixture(scope="module", params=[PERSON, LEARNER])
def picture(request: pytest.FixtureRequest) -> Picture:
    asked: Picture = request.param
    return asked


@pytest.fixture(scope="module")
def made(picture: Picture) -> Clip:
    return clip(picture)


def frames(made: Clip) -> list[bytes]:
    """The packets' payloads without their descriptors, put together at each marker."""
    whole, parts = [], b""
    for packet in made.video:
        parts += packet.payload[1:]
        if packet.marker:
            whole.append(parts)
            parts = b""
    return whole


def test_every_picture_can_be_decoded_and_one_a_second_stands_alone(made: Clip, picture: Picture) -> None:
    decoder = av.CodecContext.create("vp8", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoded = [one for frame in frames(made) for one in decoder.decode(av.Packet(frame))]
    assert {(one.width, one.height) for one in decoded} == {(picture.width, picture.height)}
    assert len(decoded) == picture.fps * LENGTH_S
    keyframes = [number for number, frame in enumerate(frames(made)) if is_keyframe(frame)]
    assert keyframes == list(range(0, picture.fps * LENGTH_S, picture.fps))


def test_the_picture_has_the_bitrate_it_claims_and_the_sound_fifty_packets_a_second(
    made: Clip, picture: Picture
) -> None:
    bits = 8 * sum(len(packet.payload) for packet in made.video) / LENGTH_S
    assert 0.85 * picture.bitrate < bits < 1.15 * picture.bitrate
    assert len(made.audio) == LENGTH_S / OPUS_FRAME_S


def test_no_two_payloads_are_alike_and_none_is_too_long_for_a_packet(made: Clip) -> None:
    payloads = [packet.payload for packet in made.video + made.audio]
    assert len(set(payloads)) == len(payloads)
    assert max(map(len, payloads)) <= LONGEST_PAYLOAD + 1
