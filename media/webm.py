"""WebM as bytes: the init segment, clusters and blocks of a live recording, and the head that makes it seekable.

What holds H.264 is no WebM and says so: it is Matroska, the same elements under its own name.

Written here and not by libavformat, because its interleaver holds back every audio packet for as long as a declared VP8
track is silent: with the camera off nothing would reach the disk before the end of the call.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from mmap import mmap

from media.frames import Codec, Kind

# Element ids: RFC 9559 §5, EBML's own: RFC 8794 §11.2.
EBML, DOC_TYPE, DOC_TYPE_VERSION, DOC_TYPE_READ_VERSION = 0x1A45DFA3, 0x4282, 0x4287, 0x4285
SEGMENT, INFO, TIMESTAMP_SCALE, DURATION = 0x18538067, 0x1549A966, 0x2AD7B1, 0x4489
MUXING_APP, WRITING_APP = 0x4D80, 0x5741
TRACKS, TRACK_ENTRY, TRACK_NUMBER, TRACK_UID, TRACK_TYPE = 0x1654AE6B, 0xAE, 0xD7, 0x73C5, 0x83
FLAG_LACING, LANGUAGE, CODEC_ID, CODEC_PRIVATE, SEEK_PRE_ROLL = 0x9C, 0x22B59C, 0x86, 0x63A2, 0x56BB
VIDEO, PIXEL_WIDTH, PIXEL_HEIGHT = 0xE0, 0xB0, 0xBA
AUDIO, SAMPLING_FREQUENCY, CHANNELS = 0xE1, 0xB5, 0x9F
CLUSTER, TIMESTAMP, SIMPLE_BLOCK = 0x1F43B675, 0xE7, 0xA3
CUES, CUE_POINT, CUE_TIME, CUE_TRACK_POSITIONS, CUE_TRACK, CUE_CLUSTER_POSITION = (
    0x1C53BB6B, 0xBB, 0xB3, 0xB7, 0xF7, 0xF1,
)  # fmt: skip

TRACK = {Codec.VP8: 1, Codec.OPUS: 2, Codec.H264: 3}
CODEC = {number: codec for codec, number in TRACK.items()}
UNKNOWN_SIZE = b"\x01" + b"\xff" * 7
NO_PICTURE_YET = (640, 480)  # only a hint: every VP8 keyframe carries its own size
CLUSTER_HEAD = 12  # bytes: id and eight bytes of size, known or not
FARTHEST_MS = 0x7FFF  # of a block from its cluster's timestamp
# RFC 7845 §5.1: version 1, two channels, 48 kHz. Nothing to skip: a call has no encoder delay to hide, and the first
# packet keeps its time.
OPUS_HEAD = b"OpusHead" + struct.pack("<BBHIhB", 1, 2, 0, 48_000, 0, 0)


@dataclass(frozen=True, slots=True)
class Block:
    """One frame in a cluster; its bytes are data[start:end] of what was read."""

    codec: Codec
    ms: int
    keyframe: bool
    start: int
    end: int

    @property
    def kind(self) -> Kind:
        return self.codec.kind


@dataclass(frozen=True, slots=True)
class Cluster:
    """The whole blocks of a cluster that lies at data[start:end]; what follows `end` within it was cut off."""

    start: int
    end: int
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Cue:
    """Where to start reading for `ms`: at a cluster, `offset` bytes after the first."""

    codec: Codec
    ms: int
    offset: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A track of pictures: the first one's size, and H.264's avcC."""

    codec: Codec
    width: int
    height: int
    configuration: bytes = b""


def live_head() -> bytes:
    """What stands before the clusters of a recording in progress: no length, and what nearly always comes.

    Whatever comes, its blocks say what they are, and the head of what they are joined to declares that.
    """
    tracks = _tracks([Picture(Codec.VP8, *NO_PICTURE_YET)], sound=True)
    return _ebml_head(b"webm") + _id(SEGMENT) + UNKNOWN_SIZE + _info() + tracks


def finished_head(
    duration_ms: int, pictures: Sequence[Picture], *, sound: bool, cues: Sequence[Cue], clusters_length: int
) -> bytes:
    """What stands before the clusters of a finished recording: length and cues come first, so a player seeks at once.

    `pictures` and `sound` are what has a frame: a player would wait for the first one of any other track declared.
    """
    before = _info(_element(DURATION, struct.pack(">d", duration_ms))) + _tracks(pictures, sound=sound)
    # Positions count from the segment's first byte and have a fixed length, so the cues' own length is known first.
    first_cluster = len(before) + len(_cues(cues, 0))
    content = before + _cues(cues, first_cluster)
    doc_type = b"webm" if all(picture.codec is Codec.VP8 for picture in pictures) else b"matroska"
    return _ebml_head(doc_type) + _id(SEGMENT) + _known_size(len(content) + clusters_length) + content


def cluster_head(ms: int) -> bytes:
    """The beginning of a cluster in progress; its blocks are appended until the next one begins."""
    return _id(CLUSTER) + UNKNOWN_SIZE + _uint(TIMESTAMP, ms)


def sized_cluster(cluster: bytes) -> bytes:
    """A whole cluster of ours with its size in the place of none."""
    return _id(CLUSTER) + _known_size(len(cluster) - CLUSTER_HEAD) + cluster[CLUSTER_HEAD:]


def block(codec: Codec, ms_in_cluster: int, data: bytes, *, keyframe: bool) -> bytes:
    """One frame; at most FARTHEST_MS from its cluster's timestamp."""
    head = struct.pack(">BhB", 0x80 | TRACK[codec], ms_in_cluster, 0x80 if keyframe else 0)
    return _element(SIMPLE_BLOCK, head, data)


def clusters(data: bytes | mmap) -> Iterator[Cluster]:
    """The clusters in a cluster file, in any run of them, or in a whole WebM of ours, up to where it was cut off."""
    position = 0
    while (element := _read_head(data, position)) is not None:
        number, content, end = element
        if number == CLUSTER:
            cluster = _read_cluster(data, position, content, end)
            yield cluster
            position = cluster.end if end is None else end
        elif number == SEGMENT:
            position = content
        elif end is not None:
            position = end
        else:
            return


def _read_cluster(data: bytes | mmap, start: int, content: int, cluster_end: int | None) -> Cluster:
    position = content
    limit = len(data) if cluster_end is None else min(cluster_end, len(data))
    cluster_ms = 0
    blocks: list[Block] = []
    while position < limit and (element := _read_head(data, position)) is not None:
        number, content, end = element
        if end is None or end > limit:
            break
        if number == TIMESTAMP and end - content <= 8:
            cluster_ms = int.from_bytes(data[content:end], "big")
        elif number == SIMPLE_BLOCK and end - content >= 4 and (codec := CODEC.get(data[content] & 0x7F)) is not None:
            ms = cluster_ms + int.from_bytes(data[content + 1 : content + 3], "big", signed=True)
            blocks.append(Block(codec, ms, bool(data[content + 3] & 0x80), content + 4, end))
        else:
            break
        position = end
    return Cluster(start, position, tuple(blocks))


def _read_head(data: bytes | mmap, position: int) -> tuple[int, int, int | None] | None:
    """An element's id, and start and end (None: unknown) of its content; None when not even these are whole."""
    if position >= len(data) or not 1 <= (id_length := 9 - data[position].bit_length()) <= 4:
        return None
    size_at = position + id_length
    if size_at >= len(data) or (size_length := 9 - data[size_at].bit_length()) > 8:
        return None
    content = size_at + size_length
    if content > len(data):
        return None
    unknown = (1 << 7 * size_length) - 1
    size = int.from_bytes(data[size_at:content], "big") & unknown
    number = int.from_bytes(data[position:size_at], "big")
    return number, content, None if size == unknown else content + size


def _ebml_head(doc_type: bytes) -> bytes:
    document = _element(DOC_TYPE, doc_type), _uint(DOC_TYPE_VERSION, 4), _uint(DOC_TYPE_READ_VERSION, 2)
    return _element(EBML, *document)


def _info(duration: bytes = b"") -> bytes:
    writer = _element(MUXING_APP, b"Fairwatch"), _element(WRITING_APP, b"Fairwatch")
    return _element(INFO, _uint(TIMESTAMP_SCALE, 1_000_000), duration, *writer)  # nanoseconds: all times here are in ms


def _tracks(pictures: Sequence[Picture], *, sound: bool) -> bytes:
    tracks: list[bytes] = []
    for picture in pictures:
        size = _element(VIDEO, _uint(PIXEL_WIDTH, picture.width), _uint(PIXEL_HEIGHT, picture.height))
        if picture.codec is Codec.H264:
            avcc = _element(CODEC_PRIVATE, picture.configuration)
            tracks.append(_track(Codec.H264, 1, b"V_MPEG4/ISO/AVC", avcc, size))
        else:
            tracks.append(_track(Codec.VP8, 1, b"V_VP8", size))
    if sound:
        sampling = _element(AUDIO, _element(SAMPLING_FREQUENCY, struct.pack(">d", 48_000)), _uint(CHANNELS, 2))
        # RFC 7845 §4.6: 80 ms of decoding before a point sought sound right.
        opus = _element(CODEC_PRIVATE, OPUS_HEAD), _uint(SEEK_PRE_ROLL, 80_000_000)
        tracks.append(_track(Codec.OPUS, 2, b"A_OPUS", *opus, sampling))
    return _element(TRACKS, *tracks)


def _track(codec: Codec, track_type: int, codec_id: bytes, *particulars: bytes) -> bytes:
    number = _uint(TRACK_NUMBER, TRACK[codec]), _uint(TRACK_UID, TRACK[codec]), _uint(TRACK_TYPE, track_type)
    plain = _uint(FLAG_LACING, 0), _element(LANGUAGE, b"und"), _element(CODEC_ID, codec_id)
    return _element(TRACK_ENTRY, *number, *plain, *particulars)


def _cues(cues: Sequence[Cue], first_cluster: int) -> bytes:
    return _element(CUES, *(_cue_point(cue, first_cluster) for cue in cues)) if cues else b""


def _cue_point(cue: Cue, first_cluster: int) -> bytes:
    position = _element(CUE_CLUSTER_POSITION, struct.pack(">Q", first_cluster + cue.offset))
    place = _element(CUE_TRACK_POSITIONS, _uint(CUE_TRACK, TRACK[cue.codec]), position)
    return _element(CUE_POINT, _uint(CUE_TIME, max(0, cue.ms)), place)  # a garbled one may lie before the beginning


def _element(number: int, *content: bytes) -> bytes:
    length = sum(map(len, content))
    size = _known_size(length) if length >= 0x7F else bytes([0x80 | length])
    return b"".join((_id(number), size, *content))


def _uint(number: int, value: int) -> bytes:
    return _element(number, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


def _id(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _known_size(length: int) -> bytes:
    return b"\x01" + length.to_bytes(7, "big")
