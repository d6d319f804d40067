"""A browser that sends sound and a picture over a network that loses packets, and heeds what it is asked."""

import heapq
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from itertools import count
from random import Random

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from numpy.typing import NDArray

from media.frames import CLOCK_RATE, Codec, Kind
from media.guard import Counters
from media.h264 import configuration, parameters_of
from media.publication import Publication
from media.reception import Reception
from tests.support import h264
from tests.support.encoded_clip import PICTURES_PER_S, encoded_clip, vp8_packets

ONE_WAY_S = 0.03
TICK_S = 0.01
SIZE = 160, 120
CEILING = 1_500_000
FIRST = 65_000  # sequence number: it wraps around during the call


class Camera:
    """Encodes one picture after the other; a keyframe only first, and when one was asked for."""

    def __init__(self, codec: Codec = Codec.VP8) -> None:
        self.codec = codec
        self.encoded: list[bytes] = []
        self.keyframes: set[int] = set()
        self._asked = True
        if codec is Codec.H264:
            self._encoder = h264.encoder(*SIZE)
            return
        encoder = VideoCodecContext.create("libvpx", "w")
        encoder.width, encoder.height = SIZE
        encoder.pix_fmt = "yuv420p"
        encoder.time_base, encoder.framerate = Fraction(1, PICTURES_PER_S), Fraction(PICTURES_PER_S)
        encoder.bit_rate, encoder.gop_size = 400_000, 100_000
        # A fixed speed: with a positive one the encoder looks at the machine's clock, and no two calls would be alike.
        encoder.options = {"deadline": "realtime", "cpu-used": "-8", "lag-in-frames": "0", "auto-alt-ref": "0"}
        self._encoder = encoder

    def ask(self) -> None:
        self._asked = True

    def shoot(self) -> bytes:
        n = len(self.encoded)
        pixels = np.full((SIZE[1], SIZE[0], 3), 128, np.uint8)
        pixels[:, (n * 4) % SIZE[0] : (n * 4) % SIZE[0] + 8] = (0, 0, 255)
        pixels[(n * 7) % SIZE[1], :] = n % 256
        picture = av.VideoFrame.from_ndarray(pixels, format="bgr24")
        picture.pts = n
        picture.pict_type = PictureType.I if self._asked else PictureType.NONE
        (packet,) = self._encoder.encode(picture)
        if packet.is_keyframe:
            self.keyframes.add(n)
            self._asked = False
        data = bytes(packet)
        self.encoded.append(h264.picture_of(data) if self.codec is Codec.H264 else data)
        return self.encoded[-1]

    def packets(self, size: int) -> list[tuple[bytes, bool]]:
        """The next picture as RTP payloads with their markers."""
        return (h264.h264_packets if self.codec is Codec.H264 else vp8_packets)(self.shoot(), size)

    def pictures(self) -> list[NDArray[np.uint8]]:
        """What a decoder that got everything would show."""
        decoder = VideoCodecContext.create("vp8" if self.codec is Codec.VP8 else "h264", "r")
        if self.codec is Codec.H264:
            parameters = parameters_of(self.encoded[0])
            assert parameters is not None
            decoder.extradata = configuration(*parameters)
        return [
            picture.to_ndarray().astype(np.uint8, copy=False)
            for data in self.encoded
            for picture in decoder.decode(av.Packet(data))
        ]


class LossyCall:
    """One seat's publication, heard over a network where `lost` says of each packet, either way, whether it is lost."""

    def __init__(self, lost: Callable[[], bool], *, repairs: bool, codec: Codec = Codec.VP8) -> None:
        self.camera = Camera(codec)
        self.audio_sent = 0
        self.audio_arrived = 0
        self.packets_of: list[list[int]] = []  # of each picture: its packets' numbers
        self.late: dict[int, float] = {}  # by how much each packet that came was later than it need
        self._lost = lost
        self._repairs = repairs
        self._now = 0.0
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._receptions: dict[Kind, Reception] = {}
        self._sent: list[tuple[float, int, bool, bytes]] = []
        self.publication = Publication(lambda: self._now, CEILING, Counters())
        self.publication.come_from(self)
        self.publication.tracks[Kind.VIDEO].carry(codec)

    def request_keyframe(self) -> bool:
        if not self._lost():
            self._later(ONE_WAY_S, self.camera.ask)
        return True

    def run(self, seconds: float) -> None:
        sounds = [frame.data for frame in encoded_clip(1.0).audio]
        for n in range(round(seconds * 50)):
            self._later(n / 50, partial(self._speak, n, sounds[n % len(sounds)]))
        for n in range(round(seconds * PICTURES_PER_S)):
            self._later(n / PICTURES_PER_S + 0.001, partial(self._show, n))
        for n in range(round((seconds + 1) / TICK_S)):
            self._later(n * TICK_S, self._tick)
        while self._agenda:
            self._now, _, act = heapq.heappop(self._agenda)
            act()

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (self._now + seconds, next(self._order), act))

    def _speak(self, n: int, data: bytes) -> None:
        self.audio_sent += 1
        if not self._lost():
            self.audio_arrived += 1
            self._later(ONE_WAY_S, partial(self._hear, Kind.AUDIO, n, n * 960, n == 0, data))

    def _show(self, n: int) -> None:
        packets = self.camera.packets(120)
        self.packets_of.append(list(range(len(self._sent), len(self._sent) + len(packets))))
        for payload, marker in packets:
            self._sent.append((self._now, n * 3600, marker, payload))
            self._send_video(len(self._sent) - 1)

    def _send_video(self, number: int) -> None:
        if not self._lost():
            self._later(ONE_WAY_S, partial(self._see, number))

    def _see(self, number: int) -> None:
        sent_at, rtp_time, marker, payload = self._sent[number]
        self.late.setdefault(number, self._now - sent_at - ONE_WAY_S)
        self._hear(Kind.VIDEO, number, rtp_time, marker, payload)

    def _hear(self, kind: Kind, number: int, rtp_time: int, marker: bool, payload: bytes) -> None:  # noqa: FBT001 (header fields)
        sequence_number = (FIRST + number) & 0xFFFF
        reception = self._receptions.get(kind)
        if reception is None:
            reception = self._receptions[kind] = Reception(1, CLOCK_RATE[kind], sequence_number)
        counted = reception.hear(sequence_number, rtp_time, self._now)
        self.publication.tracks[kind].publish(counted, rtp_time, marker, payload, self._now)

    def _tick(self) -> None:
        self.publication.tick(self._now)
        reception = self._receptions.get(Kind.VIDEO)
        if self._repairs and reception is not None:
            for counted in reception.missing.due(self._now):
                if not self._lost():
                    self._later(ONE_WAY_S, partial(self._send_video, counted - FIRST))


def random_loss(share: float, seed: int) -> Callable[[], bool]:
    random = Random(seed)
    return lambda: random.random() < share


def burst_loss(share: float, seed: int, mean_burst: float = 5.0) -> Callable[[], bool]:
    """Gilbert's model: the network is either up or away, and away for `mean_burst` packets."""
    random = Random(seed)
    away = False

    def lost() -> bool:
        nonlocal away
        away = random.random() < (1 - 1 / mean_burst if away else share / (1 - share) / mean_burst)
        return away

    return lost
