"""What one browser sends us: its packets into its seat's publication, and our reports back to it."""

from collections.abc import Callable

from media import rtcp
from media.allowance import Intake
from media.frames import CLOCK_RATE, Codec, Kind
from media.guard import Counters, Discard
from media.negotiation import Offer
from media.publication import Publication, Track
from media.reception import Reception
from media.rtp import HEADER, MARKER, payload_of, retransmitted
from media.timeline import SenderClock

REPORT_EVERY_S = 1.0  # RFC 3550 §6.2 would allow 5 s; the browser's bandwidth estimate waits for each
MOST_SSRCS = 16  # of one connection: each costs SRTP state that is never given back


class _Media:
    """The SSRC that carries a track."""

    def __init__(self, track: Track, intake: Intake, clock: SenderClock) -> None:
        self.track = track
        self.intake = intake
        self._clock = clock
        self.ssrc: int | None = None
        self.reception: Reception | None = None
        self._cut = False

    @property
    def media(self) -> "_Media":
        return self

    def begin(self, ssrc: int, sequence_number: int) -> None:
        self.ssrc = ssrc
        self.reception = Reception(ssrc, CLOCK_RATE[self.track.kind], sequence_number)
        self.track.begin_source(self._clock)

    def hear(self, sequence_number: int, rtp_time: int, marker: bool, payload: bytes, heard_at: float) -> None:  # noqa: FBT001 (header fields)
        assert self.reception is not None
        number = self.reception.hear(sequence_number, rtp_time, heard_at)
        if self._cut:
            self._cut = False
            self.reception.missing.give_up()
            self.track.begin_source(self._clock)
        self.track.publish(number, rtp_time, marker, payload, heard_at)

    def turn_to(self, codec: Codec) -> bool:
        """What is heard now is of another codec: the browser's first packet, or it has changed its mind."""
        self.track.carry(codec)
        self.track.begin_source(self._clock)
        return True

    def cut(self) -> None:
        """More came than is taken: the track goes on with what is taken next, video with a keyframe.

        What was dropped is not asked for again: that would be more still.
        """
        self._cut = True
        if self.reception is not None:
            self.reception.missing.give_up()


class _Retransmissions:
    """The SSRC that carries packets of `original` again (RFC 4588), and padding that probes the bandwidth."""

    def __init__(self, original: _Media) -> None:
        self.media = original
        self.ssrc: int | None = None

    def begin(self, ssrc: int, sequence_number: int) -> None:
        self.ssrc = ssrc

    def turn_to(self, codec: Codec) -> bool:
        """What comes again of another codec is of before."""
        return False

    def hear(self, sequence_number: int, rtp_time: int, marker: bool, payload: bytes, heard_at: float) -> None:  # noqa: FBT001 (header fields)
        if not payload or self.media.reception is None:
            return
        again, payload = retransmitted(payload)
        number = self.media.reception.retransmitted(again)
        if number is not None:
            self.media.track.publish(number, rtp_time, marker, payload, heard_at)


class Incoming:
    """Hears one browser's RTP in place; what it reports goes to `send_control` as whole compound packets."""

    def __init__(
        self,
        offer: Offer,
        publication: Publication,
        counters: Counters,
        our_ssrc: int,
        cname: str,
        send_control: Callable[[bytes], None],
    ) -> None:
        self.heard_at: float | None = None
        self._publication = publication
        self._counters = counters
        self._our_ssrc = our_ssrc
        self._name = rtcp.source_description(our_ssrc, cname)
        self._send_control = send_control
        self._met = 0
        self._bytes = 0
        self._reported_at = float("-inf")
        self._repaired: _Media | None = None
        self._media: dict[Kind, _Media] = {}
        self._streams: dict[int, tuple[_Media | _Retransmissions, Codec]] = {}  # by payload type
        clock = SenderClock()  # one connection is one device, and its tracks share what it calls now
        video = offer.section(Kind.VIDEO)
        self._advises = video is not None and any("goog-remb" in one.feedback for one in video.encodings)
        for section in offer.sections:
            if section.direction == "sendonly":
                continue
            media = self._media[section.kind] = _Media(
                publication.tracks[section.kind], publication.intakes[section.kind], clock
            )
            again = _Retransmissions(media)
            for encoding in section.encodings:
                self._streams[encoding.payload_type] = media, encoding.codec
                if "nack" in encoding.feedback:
                    self._repaired = media
                if encoding.rtx_payload_type is not None:
                    self._streams[encoding.rtx_payload_type] = again, encoding.codec

    def hear(self, datagram: bytes, unprotect: Callable[[bytes], bytes], heard_at: float) -> bool:
        """One RTP packet, still protected; BadPacket or `unprotect`'s own error when it is not what it seems.

        True if it has proved to be the browser's, False if it was dropped unread.
        """
        _, second, sequence_number, rtp_time, ssrc = HEADER.unpack_from(datagram)
        stream, codec = self._streams.get(second & 0x7F, (None, Codec.OPUS))
        if stream is None or stream.ssrc != ssrc and (stream.ssrc is not None or self._met == MOST_SSRCS):
            self._counters[Discard.UNKNOWN_STREAM] += 1
            return False
        media = stream.media
        if not media.intake.takes(heard_at):
            self._counters[Discard.FLOOD] += 1
            media.cut()
            return False
        packet = unprotect(datagram)
        size = len(datagram)
        media.intake.took(size)
        self._bytes += size
        payload = payload_of(packet)
        if stream.ssrc is None:
            # The browser's own SSRCs need not be in its offer: the first that authenticates with a payload type has it.
            self._met += 1
            stream.begin(ssrc, sequence_number)
        self.heard_at = heard_at
        if codec is media.track.codec or stream.turn_to(codec):
            stream.hear(sequence_number, rtp_time, second & MARKER != 0, payload, heard_at)
        self._ask_again(heard_at)
        return True

    def reported(self, report: rtcp.SenderReport, heard_at: float) -> None:
        for media in self._media.values():
            if media.ssrc == report.ssrc and media.reception is not None:
                media.reception.reported(report, heard_at)
                media.track.report(report, heard_at)

    def left(self, ssrcs: tuple[int, ...]) -> None:
        """The browser has ended these; another may take their payload type."""
        for stream, _ in self._streams.values():
            if stream.ssrc in ssrcs:
                stream.ssrc = None

    def request_keyframe(self) -> bool:
        """Ask for one; False if the browser has sent no video yet."""
        video = self._media.get(Kind.VIDEO)
        if video is None or video.ssrc is None:
            return False
        self._send_feedback(rtcp.picture_loss(self._our_ssrc, video.ssrc))
        return True

    def tick(self, at: float) -> None:
        """Ten times a second: ask again for what is missing; once a second: report, and advise a bitrate."""
        self._ask_again(at)
        if at - self._reported_at < REPORT_EVERY_S:
            return
        self._reported_at = at
        receptions = {kind: media.reception for kind, media in self._media.items() if media.reception is not None}
        blocks = {kind: reception.block(at) for kind, reception in receptions.items()}
        packet = rtcp.receiver_report(self._our_ssrc, list(blocks.values())) + self._name
        video = blocks.get(Kind.VIDEO)
        if video is not None and self._advises:
            bitrate = self._publication.advise(video.fraction_lost / 256, at)
            packet += rtcp.remb(self._our_ssrc, bitrate, [video.ssrc])
        self._send_control(packet)

    def received(self) -> tuple[int, int, float, int]:
        """Packets, packets lost, the largest jitter in seconds, and bytes."""
        receptions = [media.reception for media in self._media.values() if media.reception is not None]
        return (
            sum(reception.received for reception in receptions),
            sum(reception.lost for reception in receptions),
            max((reception.jitter_s for reception in receptions), default=0.0),
            self._bytes,
        )

    def _ask_again(self, at: float) -> None:
        reception = self._repaired.reception if self._repaired is not None else None
        if reception is None or at < reception.missing.next_at:
            return
        lost = [number & 0xFFFF for number in reception.missing.due(at)]
        if lost:
            self._send_feedback(rtcp.nack(self._our_ssrc, reception.ssrc, lost))

    def _send_feedback(self, packet: bytes) -> None:
        self._send_control(rtcp.receiver_report(self._our_ssrc, ()) + self._name + packet)
