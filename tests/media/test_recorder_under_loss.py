"""A recording over a network that loses packets: all sound that came is on file, and every picture on it is whole."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from media.frames import Codec
from media.room import SeatRecording
from tests.support.lossy_call import LossyCall, burst_loss, random_loss

pytestmark = pytest.mark.rim

SECONDS = 8.0
REPAIRED_IN_TIME_S = 0.3  # what comes again this soon is waited for, whatever else is missing


def whole_pictures(call: LossyCall, within_s: float = float("inf")) -> list[int]:
    """The rule: a picture is kept if all of it came, and it is a keyframe or the one before is kept."""
    kept: list[int] = []
    for n, packets in enumerate(call.packets_of):
        came = all(packet in call.late and call.late[packet] <= within_s for packet in packets)
        if came and (n in call.camera.keyframes or kept[-1:] == [n - 1]):
            kept.append(n)
    return kept


async def check(folder: Path, lost: Callable[[], bool], codec: Codec, *, repairs: bool) -> tuple[LossyCall, list[int]]:
    """The call, and the pictures on file by number; each of them shows what it showed the camera."""
    call = LossyCall(lost, repairs=repairs, codec=codec)
    recording = SeatRecording(call.publication, folder, zero=0.0)
    call.run(SECONDS)
    recorded = await recording.finish()
    assert recorded.path is not None
    numbers = {data: n for n, data in enumerate(call.camera.encoded)}
    shown = call.camera.pictures()
    on_file: list[int] = []
    sounds = 0
    with av.open(str(recorded.path)) as opened:
        for packet in opened.demux():
            if packet.pts is None:
                continue
            if packet.stream.type == "audio":
                sounds += len(packet.decode())
                continue
            on_file.append(numbers[bytes(packet)])
            (picture,) = packet.decode()
            assert isinstance(picture, av.VideoFrame)
            assert np.array_equal(picture.to_ndarray(), shown[on_file[-1]])
    assert sounds == call.audio_arrived
    return call, on_file


@pytest.mark.parametrize("share", [0.01, 0.05, 0.1, 0.2])
@pytest.mark.parametrize("network", [random_loss, burst_loss])
@pytest.mark.parametrize("codec", [Codec.VP8, Codec.H264])
async def test_without_repairs_what_came_whole_is_kept_and_nothing_else(
    tmp_path: Path, network: Callable[[float, int], Callable[[], bool]], share: float, codec: Codec
) -> None:
    call, on_file = await check(tmp_path, network(share, 7), codec, repairs=False)
    assert on_file == whole_pictures(call)
    assert len(call.camera.keyframes) > 1 or len(on_file) == len(call.camera.encoded)  # a hole has one asked for
    assert len(call.camera.encoded) - on_file[-1] < 3 * 25


@pytest.mark.parametrize("share", [0.01, 0.05, 0.1, 0.2])
@pytest.mark.parametrize("network", [random_loss, burst_loss])
@pytest.mark.parametrize("codec", [Codec.VP8, Codec.H264])
async def test_with_repairs_what_came_again_in_time_is_kept(
    tmp_path: Path, network: Callable[[float, int], Callable[[], bool]], share: float, codec: Codec
) -> None:
    call, on_file = await check(tmp_path, network(share, 7), codec, repairs=True)
    assert set(whole_pictures(call, REPAIRED_IN_TIME_S)) <= set(on_file) <= set(whole_pictures(call))
    if share <= 0.05:
        assert len(on_file) > 0.95 * len(call.camera.encoded)
