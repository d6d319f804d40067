"""WebM written by us and read back, by us and by libavformat, whole and cut off."""

import io

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media import webm
from media.frames import Codec

pytestmark = pytest.mark.unit

Frame = tuple[Codec, int, bytes, bool]

frames = st.lists(
    st.tuples(st.sampled_from(Codec), st.integers(-2_000, 30_000), st.binary(max_size=300), st.booleans()), max_size=8
)


def cluster_of(start_ms: int, content: list[Frame]) -> bytes:
    blocks = (webm.block(codec, ms, data, keyframe=keyframe) for codec, ms, data, keyframe in content)
    return webm.cluster_head(start_ms) + b"".join(blocks)


def read(data: bytes) -> list[list[Frame]]:
    return [
        [(block.codec, block.ms, data[block.start : block.end], block.keyframe) for block in cluster.blocks]
        for cluster in webm.clusters(data)
    ]


def shifted(content: list[Frame], start_ms: int) -> list[Frame]:
    return [(codec, start_ms + ms, data, keyframe) for codec, ms, data, keyframe in content]


@given(st.lists(st.tuples(st.integers(0, 100_000_000), frames), max_size=4))
def test_what_was_written_is_read_with_and_without_sizes(written: list[tuple[int, list[Frame]]]) -> None:
    clusters = [cluster_of(start_ms, content) for start_ms, content in written]
    expected = [shifted(content, start_ms) for start_ms, content in written]
    assert read(b"".join(clusters)) == expected
    assert read(webm.live_head() + b"".join(clusters)) == expected
    sized = b"".join(map(webm.sized_cluster, clusters))
    assert len(sized) == sum(map(len, clusters))
    assert (
        read(
            webm.finished_head(
                1000, [webm.Picture(Codec.VP8, 640, 480)], sound=True, cues=[], clusters_length=len(sized)
            )
            + sized
        )
        == expected
    )


@given(frames, st.data())
def test_a_cluster_cut_off_anywhere_keeps_its_whole_blocks(content: list[Frame], data: st.DataObject) -> None:
    whole = cluster_of(5_000, content)
    cut = whole[: data.draw(st.integers(0, len(whole)))]
    found = read(cut)
    assert len(found) <= 1
    for kept in found:
        assert kept == shifted(content, 5_000)[: len(kept)]
        (cluster,) = webm.clusters(cut)
        assert read(webm.sized_cluster(cut[: cluster.end])) == [kept]


@given(st.binary(max_size=200))
def test_any_bytes_are_read_to_an_end(noise: bytes) -> None:
    for prefix in (b"", webm.live_head(), cluster_of(0, [(Codec.OPUS, 0, b"sound", True)])):
        for cluster in webm.clusters(prefix + noise):
            assert cluster.end <= len(prefix + noise)


def test_a_tail_of_zeros_ends_a_cluster() -> None:
    # What a power cut may leave of blocks that were not synced.
    whole = cluster_of(0, [(Codec.OPUS, 0, b"sound", True)])
    assert read(whole + bytes(5_000)) == [[(Codec.OPUS, 0, b"sound", True)]]


def test_nothing_is_found_behind_an_element_without_an_end() -> None:
    assert read(b"\xec" + webm.UNKNOWN_SIZE + cluster_of(0, [])) == []


@pytest.mark.parametrize(
    ("codecs", "streams"),
    [
        ({Codec.OPUS, Codec.VP8}, [("video", "vp8"), ("audio", "opus")]),
        ({Codec.VP8}, [("video", "vp8")]),
        ({Codec.OPUS}, [("audio", "opus")]),
    ],
)
def test_a_finished_head_says_length_tracks_and_picture(codecs: set[Codec], streams: list[tuple[str, str]]) -> None:
    content: list[Frame] = [
        (codec, 0, b"\x10\x02\x00\x9d\x01\x2a\x40\x01\xf0\x00" + bytes(20), True) for codec in codecs
    ]
    cluster = webm.sized_cluster(cluster_of(0, content))
    cues = [webm.Cue(codec, 0, 0) for codec in codecs]
    pictures = [webm.Picture(Codec.VP8, 320, 240)] if Codec.VP8 in codecs else []
    sound = Codec.OPUS in codecs
    head = webm.finished_head(83_400, pictures, sound=sound, cues=cues, clusters_length=len(cluster))
    with av.open(io.BytesIO(head + cluster), "r", format="matroska") as opened:
        assert opened.duration == 83_400_000
        assert [(stream.type, stream.codec_context.name) for stream in opened.streams] == streams
        for video in opened.streams.video:
            assert (video.codec_context.width, video.codec_context.height) == (320, 240)
        for audio in opened.streams.audio:
            assert (audio.codec_context.sample_rate, audio.codec_context.layout.name) == (48_000, "stereo")


def test_a_live_head_declares_both_tracks() -> None:
    live = webm.live_head() + cluster_of(0, [(Codec.OPUS, 0, b"\xfc", True)])
    with av.open(io.BytesIO(live), "r", format="matroska") as opened:
        assert [stream.codec_context.name for stream in opened.streams] == ["vp8", "opus"]
