"""WHIP by a client that we did not write: FFmpeg's own."""

from pathlib import Path

import av
import pytest

from devices.device import Stage, StreamState
from media import webm
from tests.support.devices import a_yard
from tests.support.foreign_devices import HAS_WHIP, ffmpeg, write_certificate
from tests.support.two_peers import StockClient
from tests.support.waiting import until

pytestmark = [
    pytest.mark.rim,
    pytest.mark.skipif(not HAS_WHIP, reason="the FFmpeg in this PyAV has no WHIP muxer; 8.0 and later have"),
]


async def test_ffmpeg_streams_sound_is_watched_and_recorded_and_ends_it_itself(tmp_path: Path) -> None:
    async with a_yard(tmp_path) as yard, StockClient() as viewer:
        device, token = await yard.camera()
        await yard.publish(viewer, None, f"/whep/{device.id}")
        url = str(yard.server.make_url("/whip"))
        async with ffmpeg(url, token, "audio", "whip_flags=dtls_active", *write_certificate(tmp_path)):
            await yard.becomes(device, StreamState.LIVE)
            await until(lambda: any(tmp_path.glob("files/working/devices/*/*/*.cluster")))
            await viewer.hears(20)
        [recording] = await yard.recordings(device)
        assert recording.stage is Stage.SEALED
        assert recording.name is not None
        data = yard.files.path(recording.name).read_bytes()
        assert sum(len(cluster.blocks) for cluster in webm.clusters(data)) > 20


async def test_ffmpeg_streams_h264_which_is_watched_and_recorded_as_it_came(tmp_path: Path) -> None:
    async with a_yard(tmp_path) as yard, StockClient() as viewer:
        device, token = await yard.camera()
        await yard.publish(viewer, None, f"/whep/{device.id}")
        url = str(yard.server.make_url("/whip"))
        async with ffmpeg(url, token, "audio+video", "whip_flags=dtls_active", *write_certificate(tmp_path)):
            await yard.becomes(device, StreamState.LIVE)
            await viewer.decodes(20)
        [recording] = await yard.recordings(device)
        assert recording.stage is Stage.SEALED
        assert recording.name is not None
        assert recording.name.endswith(".mkv")
        with av.open(yard.files.path(recording.name)) as opened:
            [picture] = opened.streams.video
            assert (picture.codec_context.name, picture.width, picture.height) == ("h264", 320, 240)
            assert len(list(opened.decode(picture))) > 15
