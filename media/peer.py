"""One browser's connection: what it sends goes into its seat's publication, what it sees comes from another's."""

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from enum import StrEnum

from media import rtcp
from media.aiortc_seam import Certificate, Link, LinkLost, Srtp, SrtpError, fingerprints, reason_of
from media.allowance import Intake
from media.answer import OurEnd, OurSsrcs, write_answer
from media.contract import Traffic
from media.forward import Forward, Outgoing, PayloadTypes
from media.frames import Codec, Kind
from media.ground import Ground
from media.guard import LONGEST_DATAGRAM, Discard
from media.incoming import MOST_SSRCS, Incoming
from media.negotiation import Offer, Section
from media.publication import Publication
from media.rtp import HEADER_SIZE, BadPacket, mid_extension
from statetable import Table, step

log = logging.getLogger(__name__)

JOIN_LIMIT_S = 15.0  # a browser that has not connected by then has asked again, or never will
SILENCE_S = 2.0  # without a packet of media, from a browser that has sent some; audio alone sends 50 a second
REPORT_BYTES_PER_S = 20_000  # of one browser; Chromium's are 3,000 where much is lost
SMALLEST_REPORT = 100  # bytes that a shorter one counts for: each costs its decryption


class PeerState(StrEnum):
    NEW = "new"
    NEGOTIATING = "negotiating"
    CONNECTED = "connected"
    LOST = "lost"
    CLOSED = "closed"


class PeerCue(StrEnum):
    OFFER = "offer"
    TRANSPORT_UP = "transport_up"
    SILENCE = "silence"
    MEDIA = "media"
    GONE = "gone"  # closed by either side, or no consent for 30 s
    TIMED_OUT = "timed_out"


PEER: Table[PeerState, PeerCue] = {
    (PeerState.NEW, PeerCue.OFFER): PeerState.NEGOTIATING,
    (PeerState.NEGOTIATING, PeerCue.TRANSPORT_UP): PeerState.CONNECTED,
    (PeerState.NEGOTIATING, PeerCue.TIMED_OUT): PeerState.CLOSED,
    (PeerState.NEGOTIATING, PeerCue.GONE): PeerState.CLOSED,
    (PeerState.CONNECTED, PeerCue.SILENCE): PeerState.LOST,
    (PeerState.CONNECTED, PeerCue.GONE): PeerState.CLOSED,
    (PeerState.LOST, PeerCue.MEDIA): PeerState.CONNECTED,
    (PeerState.LOST, PeerCue.GONE): PeerState.CLOSED,
}


class Peer:
    """Made for one offer and gone with one connection: a browser that comes back is a new peer.

    What comes from it goes into `publication`; `on_state` hears of every change of state.
    """

    def __init__(
        self,
        ground: Ground,
        certificate: Certificate,
        offer: Offer,
        publication: Publication,
        on_state: Callable[["Peer"], None],
    ) -> None:
        self.state = PeerState.NEW
        self._ground = ground
        self._certificate = certificate
        self._offer = offer
        self._on_state = on_state
        self._counters = ground.counters
        self._link = Link(ground.port, certificate, ground.counters, self._hear, self._is_heard)
        self._srtp: Srtp | None = None
        self._round_trip_s: float | None = None
        self._reports = Intake(REPORT_BYTES_PER_S, SMALLEST_REPORT)
        self._reporters: set[bytes] = set()  # the SSRCs that reports have come from
        self._ended = asyncio.Event()

        numbers = iter(secrets.SystemRandom().sample(range(1, 1 << 32), 2 * len(Kind)))
        self._ssrcs = {kind: OurSsrcs(media=next(numbers), rtx=next(numbers)) for kind in Kind}
        self._cname = secrets.token_hex(8)
        self._watched: Publication | None = None
        self._forwards = {
            section.kind: Forward(self._outgoing(section), self._send, self._send_control)
            for section in offer.sections
            if section.direction != "recvonly"
        }
        self._incoming = Incoming(
            offer, publication, ground.counters, self._ssrcs[Kind.VIDEO].media, self._cname, self._send_control
        )

    def answer(self) -> str:
        ours = OurEnd(
            fragment=self._link.fragment,
            password=self._link.password,
            fingerprints=fingerprints(self._certificate),
            addresses=self._ground.addresses,
            port=self._ground.port.number,
            cname=self._cname,
            ssrcs=self._ssrcs,
        )
        return write_answer(self._offer, ours)

    async def run(self) -> None:
        """The connection's whole life. It ends by itself when the browser goes or never comes, or by close()."""
        offer = self._offer
        self._step(PeerCue.OFFER)
        try:
            async with asyncio.timeout(JOIN_LIMIT_S):
                self._srtp = await self._link.connect(offer.fragment, offer.password, offer.fingerprints)
            self._step(PeerCue.TRANSPORT_UP)
            await self._link.gone()
        except TimeoutError:
            self._step(PeerCue.TIMED_OUT)
        except LinkLost:
            pass
        except Exception:
            log.exception("a connection met a fault of ours and is closed")
        finally:
            await self._link.close()
            self._srtp = None
            if self.state is not PeerState.CLOSED:
                self._step(PeerCue.GONE)
            self._ended.set()

    async def close(self) -> None:
        """Say goodbye; everything of it has stopped when this returns."""
        await self._link.close()
        await self._ended.wait()

    @property
    def sends(self) -> tuple[Codec, ...]:
        """The codecs of which it may send pictures, the one that the answer asks for first."""
        video = self._offer.section(Kind.VIDEO)
        return () if video is None or video.direction == "sendonly" else video.codecs

    @property
    def shows(self) -> tuple[Codec, ...]:
        """The codecs of which it can show pictures."""
        video = self._offer.section(Kind.VIDEO)
        return () if video is None or video.direction == "recvonly" else video.codecs

    def watch(self, publication: Publication) -> None:
        """Show the browser what `publication` carries, and nothing else any more."""
        if publication is self._watched:
            return
        self.stop_watching()
        self._watched = publication
        for forward in self._forwards.values():
            publication.add(forward)

    def stop_watching(self) -> None:
        if self._watched is not None:
            for forward in self._forwards.values():
                self._watched.remove(forward)
            self._watched = None

    def request_keyframe(self) -> bool:
        return self._incoming.request_keyframe()

    def tick(self, at: float) -> None:
        """Ten times a second: notice silence, and send what is due."""
        if self._srtp is None:
            return
        # A person without camera and microphone is here and only listens: that they have gone their transport tells.
        silent = self._incoming.heard_at is not None and at - self._incoming.heard_at > SILENCE_S
        if silent and self.state is PeerState.CONNECTED:
            self._step(PeerCue.SILENCE)
        elif not silent and self.state is PeerState.LOST:
            self._step(PeerCue.MEDIA)
        self._incoming.tick(at)

    def traffic(self) -> Traffic:
        packets, lost, jitter_s, size = self._incoming.received()
        rtt_ms = None if self._round_trip_s is None else self._round_trip_s * 1000
        video, watched = self._forwards.get(Kind.VIDEO), self._watched
        if video is None or watched is None:
            return Traffic(packets, lost, jitter_s * 1000, rtt_ms, size)
        unshown = watched.tracks[Kind.VIDEO].is_unknown_to(video)
        return Traffic(packets, lost, jitter_s * 1000, rtt_ms, size, watched.rests(video.ssrc), unshown)

    def _is_heard(self) -> bool:
        """Whether something has come lately of one who only sends."""
        heard_at = self._incoming.heard_at
        return not self._forwards and heard_at is not None and self._ground.clock() - heard_at < SILENCE_S

    def _step(self, cue: PeerCue) -> None:
        self.state = step(PEER, self.state, cue)
        self._on_state(self)

    def _outgoing(self, section: Section) -> Outgoing:
        ssrcs = self._ssrcs[section.kind]
        extension = b"" if section.mid_extension is None else mid_extension(section.mid_extension, section.mid)
        types = {one.codec: PayloadTypes(one.payload_type, one.rtx_payload_type) for one in section.encodings}
        return Outgoing(section.kind, ssrcs.media, types, extension, self._cname, ssrcs.rtx)

    # The packet path: everything from here on runs in the port's callback, and nothing in it waits.

    def _hear(self, datagram: bytes, heard_at: float) -> bool:
        """True if it has proved to be the browser's."""
        srtp = self._srtp
        if srtp is None:
            self._counters[Discard.EARLY] += 1
            return False
        if not HEADER_SIZE <= len(datagram) <= LONGEST_DATAGRAM:
            self._counters[Discard.MALFORMED] += 1
            return False
        try:
            if 191 < datagram[1] < 224:  # RFC 5761 §4: RTCP
                return self._hear_reports(datagram, srtp, heard_at)
            return self._incoming.hear(datagram, srtp.unprotect, heard_at)
        except SrtpError as error:
            self._counters[reason_of(error)] += 1
        except (BadPacket, rtcp.BadRtcp):
            self._counters[Discard.MALFORMED] += 1
        return False

    def _hear_reports(self, datagram: bytes, srtp: Srtp, heard_at: float) -> bool:
        if not self._reports.takes(heard_at):
            self._counters[Discard.FLOOD] += 1
            return False
        reporter = datagram[4:8]
        if reporter not in self._reporters and len(self._reporters) == MOST_SSRCS:
            self._counters[Discard.UNKNOWN_STREAM] += 1
            return False
        packet = srtp.unprotect_control(datagram)
        self._reports.took(len(datagram))
        self._reporters.add(reporter)
        self._hear_control(rtcp.parse(packet), heard_at)
        return True

    def _hear_control(self, reports: Sequence[rtcp.Report], heard_at: float) -> None:
        for report in reports:
            match report:
                case rtcp.SenderReport():
                    self._incoming.reported(report, heard_at)
                    self._hear_blocks(report.blocks, heard_at)
                case rtcp.ReceiverReport():
                    self._hear_blocks(report.blocks, heard_at)
                case rtcp.Bye():
                    self._incoming.left(report.ssrcs)
                case rtcp.Nack() | rtcp.KeyframeRequest() | rtcp.Remb():
                    if self._watched is not None:
                        self._hear_viewer(self._watched, report, heard_at)

    def _hear_blocks(self, blocks: Sequence[rtcp.Block], heard_at: float) -> None:
        for block in blocks:
            for forward in self._forwards.values():
                if forward.ssrc == block.ssrc:
                    self._round_trip_s = forward.round_trip_s(block, heard_at) or self._round_trip_s
                    if self._watched is not None:
                        self._watched.viewer_loses(block.ssrc, block.fraction_lost / 256, heard_at)

    def _hear_viewer(
        self, watched: Publication, report: rtcp.Nack | rtcp.KeyframeRequest | rtcp.Remb, heard_at: float
    ) -> None:
        """The browser as a viewer: what it lacks of the video that we send."""
        video = self._forwards.get(Kind.VIDEO)
        if video is None:
            return
        match report:
            case rtcp.Nack() if report.media == video.ssrc:
                video.repair(watched.tracks[Kind.VIDEO].ring, report.lost, heard_at)
            case rtcp.KeyframeRequest() if report.media == video.ssrc:
                watched.viewer_asks_keyframe(video.ssrc)
            case rtcp.Remb() if video.ssrc in report.media:
                watched.viewer_takes(video.ssrc, report.bitrate, heard_at)
            case _:
                pass

    def _send(self, packet: bytes) -> None:
        srtp, address = self._srtp, self._link.address
        if srtp is not None and address is not None:
            try:
                self._ground.port.send(srtp.protect(packet), address)
            except (SrtpError, ValueError):  # ValueError: too long to protect
                self._counters[Discard.UNSENT] += 1

    def _send_control(self, packet: bytes) -> None:
        srtp, address = self._srtp, self._link.address
        if srtp is not None and address is not None:
            self._ground.port.send(srtp.protect_control(packet), address)
