"""What one seat publishes: one audio and one video track that go on, whoever's connection they come from."""

from collections.abc import Callable
from typing import Protocol

from media.allowance import Intake
from media.audience import Audience
from media.continuation import Ending, Shift, following
from media.feedback import BitrateAdvice, KeyframeRequests, RepairRing
from media.formats import FORMATS
from media.forward import Forward
from media.frames import CLOCK_RATE, Codec, EncodedFrame, FrameSink, Kind
from media.guard import Counters, Discard
from media.picture import picture_of, shifted
from media.reorder import Assembler
from media.rtcp import NTP_UNIT, SenderReport
from media.timeline import SenderClock, Timeline

FIRST = {Kind.AUDIO: Codec.OPUS, Kind.VIDEO: Codec.VP8}  # until something else comes
AUDIO_CEILING = 128_000  # bits a second: Opus at its best for music in stereo (RFC 7587 §3.1.1); speech takes 32,000
# Bytes that a shorter packet counts for: each costs every viewer a packet.
SMALLEST = {Kind.AUDIO: 100, Kind.VIDEO: 300}
WEIGHED_EVERY_S = 1.0  # the viewers' reports come as often
TOLERANCE = 2  # times a ceiling, headers and repairs included; a browser that heeds what it is told stays far below


class Publisher(Protocol):
    """The connection a publication comes from at present."""

    def request_keyframe(self) -> bool:
        """Send a picture loss indication; False if there is no video of it yet to ask for."""


class Track:
    """One kind's packets in numbers of the track's own, handed to every viewer and, as frames, to the sinks.

    A source is one SSRC of one connection. When another follows, sequence numbers, RTP time and VP8 picture ids go on
    from where the last one ended, and video waits for a keyframe.
    """

    def __init__(
        self,
        kind: Kind,
        hand_out: Callable[[EncodedFrame], None],
        ask_keyframe: Callable[[], None],
        counters: Counters,
    ) -> None:
        self.kind = kind
        self.ring = RepairRing()
        self.keyframes = KeyframeRequests()
        self._forwards: list[Forward] = []
        self._waiting: list[Forward] = []  # for the packet that they can begin with
        self._hand_out = hand_out
        self._ask_keyframe = ask_keyframe
        self._counters = counters
        self._video = kind is Kind.VIDEO
        self.codec = FIRST[kind]
        self._format = FORMATS[Codec.VP8]
        self._clock = SenderClock()
        self._timeline = Timeline(CLOCK_RATE[kind], self._clock)
        self._assembler: Assembler | None = None
        self._beginning = True
        self._first = 0  # number of the source's first packet; earlier ones are another frame's
        self._shift = Shift()
        # The newest packet, where another source goes on.
        self._newest: int | None = None
        self._newest_rtp_time = 0
        self._newest_heard_at = 0.0
        self._newest_payload = b""

    def begin_source(self, clock: SenderClock) -> None:
        """The packets that follow come from another source, whose reports are by `clock`."""
        self.release()
        self._beginning = True
        self._clock = clock
        self._timeline = Timeline(CLOCK_RATE[self.kind], clock)
        if self._assembler is not None:
            self.assemble()

    def carry(self, codec: Codec) -> None:
        """The sources that follow are of another codec: nothing of before is sent again, and viewers begin anew."""
        newest = self._ending()
        if newest is not None:
            for forward in self._forwards:
                forward.end(newest)
        self._waiting += self._forwards
        self._forwards.clear()
        self.ring = RepairRing()
        self._newest_payload = b""
        self.codec = codec
        self._format = FORMATS[codec]

    def assemble(self) -> None:
        """From the next packet on, hand out frames."""
        self._assembler = Assembler(self.codec, self._hand_out, self._timeline, self._ask_keyframe)

    def release(self) -> None:
        """Hand out what still waits for lost packets: none comes any more, or nobody stays to hear it."""
        if self._assembler is not None:
            self._assembler.release()

    def disband(self) -> None:
        """Hand out nothing any more."""
        self._assembler = None

    def publish(self, number: int, rtp_time: int, marker: bool, payload: bytes, heard_at: float) -> None:  # noqa: FBT001 (header fields)
        """One packet of the source, once; `number` is its sequence number counted on beyond 16 bits."""
        keyframe = self._video and self._format.begins_keyframe(payload)
        if keyframe and not self._format.fits(payload):
            # Whoever shows it would have to make room for it. The picture goes on at a keyframe that fits.
            self._counters[Discard.TOO_LARGE] += 1
            self.begin_source(self._clock)
            return
        if keyframe:
            self.keyframes.arrived()
        if self._beginning:
            if self._video and not keyframe:
                self._ask_keyframe()
                return
            self._go_on(number, rtp_time, payload, heard_at)
        shift = self._shift
        number += shift.number
        if number < self._first:
            return
        rtp_time = (rtp_time + shift.rtp_time) & 0xFFFF_FFFF
        if shift.picture is not None:
            payload = shifted(payload, *shift.picture)
        if self._newest is None or number > self._newest:
            self._newest = number
            self._newest_rtp_time = rtp_time
            self._newest_heard_at = heard_at
            self._newest_payload = payload or self._newest_payload  # empty: padding that only probes the bandwidth
        if self._video:
            self.ring.keep(number, rtp_time, marker, payload)
        if self._waiting and (keyframe or not self._video):
            self._begin_forwards(number, rtp_time, payload, heard_at)
        for forward in self._forwards:
            forward.offer(number, rtp_time, marker, payload)
        if self._assembler is not None:
            self._assembler.packet(number & 0xFFFF, rtp_time, marker, payload, heard_at)

    def report(self, report: SenderReport, heard_at: float) -> None:
        """The source's own report: to the time line, and to every viewer with our numbers and its clock."""
        if self._beginning:
            return  # nothing of this source has gone out yet, so its RTP time has no place in ours
        rtp_time = (report.rtp_time + self._shift.rtp_time) & 0xFFFF_FFFF
        self._timeline.report(report.ntp / NTP_UNIT, rtp_time, heard_at)
        for forward in self._forwards:
            forward.report(report.ntp, rtp_time, heard_at)

    def add(self, forward: Forward) -> None:
        """Show it what comes: sound from the next packet on, video from the next keyframe on."""
        self._waiting.append(forward)

    def is_unknown_to(self, forward: Forward) -> bool:
        """Whether something comes that its browser cannot show."""
        return self._newest is not None and not forward.takes(self.codec)

    def remove(self, forward: Forward) -> None:
        if forward in self._waiting:
            self._waiting.remove(forward)
            return
        self._forwards.remove(forward)
        newest = self._ending()
        assert newest is not None  # it began with a packet
        forward.end(newest)

    def _begin_forwards(self, number: int, rtp_time: int, payload: bytes, heard_at: float) -> None:
        begun = [forward for forward in self._waiting if forward.takes(self.codec)]
        for forward in begun:
            forward.begin(self.codec, number, rtp_time, payload, heard_at)
            self._waiting.remove(forward)
        self._forwards += begun

    def _ending(self) -> Ending | None:
        """Where another source, or to a viewer another track, goes on."""
        if self._newest is None:
            return None
        picture = picture_of(self._newest_payload) if self.codec is Codec.VP8 else None
        return Ending(self._newest, self._newest_rtp_time, picture, self._newest_heard_at)

    def _go_on(self, number: int, rtp_time: int, payload: bytes, heard_at: float) -> None:
        """Let the source's first packet follow the newest one."""
        self._beginning = False
        self._first = number
        ended = self._ending()
        if ended is not None:
            self._first = ended.number + 1
            self._shift = following(ended, self.codec, number, rtp_time, payload, heard_at)


class Publication:
    """Survives the connection it comes from: viewers and sinks stay when a browser comes back on another one."""

    def __init__(self, clock: Callable[[], float], bitrate_ceiling: int, counters: Counters) -> None:
        self.tracks = {kind: Track(kind, self._hand_out, self.ask_keyframe, counters) for kind in Kind}
        ceilings = {Kind.AUDIO: AUDIO_CEILING, Kind.VIDEO: bitrate_ceiling}
        # One for each kind, so that sound goes on whatever the picture does; here, so that joining again resets none.
        self.intakes = {kind: Intake(TOLERANCE * ceiling / 8, SMALLEST[kind]) for kind, ceiling in ceilings.items()}
        self._clock = clock
        self._publisher: Publisher | None = None
        self._sinks: list[FrameSink] = []
        self._advice = BitrateAdvice(bitrate_ceiling)
        self._pictures: dict[int, Forward] = {}  # those of video, by SSRC
        self._audience = Audience()  # of the picture, by the same
        self._weighed_at = float("-inf")
        self._taken_then = 0

    def come_from(self, publisher: Publisher | None) -> None:
        """Keyframes are asked of `publisher` from now on; None while nobody is there."""
        self._publisher = publisher

    def limit(self, bits_per_second: int) -> None:
        """What the video may take from now on."""
        self._advice.limit(bits_per_second)
        self.intakes[Kind.VIDEO].limit(TOLERANCE * bits_per_second / 8)

    def ask_keyframe(self) -> None:
        """Ask the publisher now, or as soon as the pause between two requests is over."""
        self.tracks[Kind.VIDEO].keyframes.want()
        self.tick(self._clock())

    def tick(self, at: float) -> None:
        if self._pictures and at - self._weighed_at >= WEIGHED_EVERY_S:
            self._weigh_audience(at)
        keyframes = self.tracks[Kind.VIDEO].keyframes
        if self._publisher is not None and keyframes.due(at) and self._publisher.request_keyframe():
            keyframes.asked(at)

    def add(self, forward: Forward) -> None:
        self.tracks[forward.kind].add(forward)
        if forward.kind is Kind.VIDEO:
            self._pictures[forward.ssrc] = forward
            self._audience.joins(forward.ssrc)
            self.ask_keyframe()

    def remove(self, forward: Forward) -> None:
        if not self.rests(forward.ssrc):
            self.tracks[forward.kind].remove(forward)
        if forward.kind is Kind.VIDEO:
            del self._pictures[forward.ssrc]
            self._audience.leaves(forward.ssrc)

    def attach(self, sink: FrameSink) -> None:
        """Hand whole frames to `sink` too; frames are put together only while there is one."""
        self._sinks.append(sink)
        if len(self._sinks) == 1:
            for track in self.tracks.values():
                track.assemble()
        self.ask_keyframe()

    def detach(self, sink: FrameSink) -> None:
        """Hand it what still waits for lost packets, and then no more."""
        for track in self.tracks.values():
            track.release()
        self._sinks.remove(sink)
        if not self._sinks:
            for track in self.tracks.values():
                track.disband()

    def viewer_takes(self, ssrc: int, bitrate: int, at: float) -> None:
        """The viewer that is shown the picture as `ssrc` can take so many bits a second."""
        self._audience.takes(ssrc, bitrate, at)

    def viewer_loses(self, ssrc: int, share: float, at: float) -> None:
        """The viewer has not got that share of what it was sent as `ssrc` since it said so last."""
        if ssrc in self._pictures:
            self._audience.loses(ssrc, share, at)

    def viewer_asks_keyframe(self, ssrc: int) -> None:
        """Whoever goes without the picture needs none, and everybody pays for one."""
        if not self.rests(ssrc):
            self.ask_keyframe()

    def rests(self, ssrc: int) -> bool:
        """Whether the viewer goes without the picture at present, because the others can take far more."""
        return ssrc in self._pictures and self._audience.rests(ssrc)

    def advise(self, loss: float, at: float) -> int:
        """Bits a second for the publisher, once a second; `loss` is the share of packets lost since the last time."""
        return self._advice.advise(loss, self._audience.limits(at))

    def _weigh_audience(self, at: float) -> None:
        """Let go of who has fallen behind, and show the picture again to who has rested."""
        video, taken = self.tracks[Kind.VIDEO], self.intakes[Kind.VIDEO].taken
        sent = (taken - self._taken_then) * 8 / (at - self._weighed_at)
        self._weighed_at, self._taken_then = at, taken
        for ssrc in self._audience.fallen_behind(sent, at):
            video.remove(self._pictures[ssrc])
        for ssrc in self._audience.rested(at):
            video.add(self._pictures[ssrc])
            self.ask_keyframe()

    def _hand_out(self, frame: EncodedFrame) -> None:
        for sink in self._sinks:
            sink.offer(frame)
