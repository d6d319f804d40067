"""One viewer's end of one track: the header rewritten for that viewer, and lost packets sent again."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from media.allowance import Allowance
from media.continuation import Ending, Shift, following
from media.feedback import RepairRing
from media.frames import Codec, Kind
from media.picture import shifted
from media.rtcp import Block, SenderReport, sender_report, source_description
from media.rtp import EXTENDED, HEADER, MARKER, VERSION_2, retransmission

NEVER = sys.maxsize
RETRANSMISSIONS_PER_S = 200  # a whole track at 1.5 Mbit/s and more; a viewer cannot make us send beyond it


@dataclass(frozen=True, slots=True)
class PayloadTypes:
    """By what numbers a browser knows one codec."""

    media: int
    rtx: int | None = None  # None: the browser takes no RTX, and the same packet is sent again


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What the answer has promised a browser about one kind: our SSRCs, its payload types, our header extension."""

    kind: Kind
    ssrc: int
    payload_types: Mapping[Codec, PayloadTypes]
    extension: bytes  # RFC 8285, or empty
    cname: str
    rtx_ssrc: int = 0


class Forward:
    """Writes a track's packets for `outgoing` to `send`, as far as the viewer's browser can show them.

    One track may follow another, or itself after a while, any number of times: to the viewer it is one stream, whose
    numbers, RTP time and picture ids go on.
    """

    def __init__(
        self, outgoing: Outgoing, send: Callable[[bytes], None], send_control: Callable[[bytes], None]
    ) -> None:
        self.ssrc = outgoing.ssrc
        self.kind = outgoing.kind
        self._outgoing = outgoing
        self._send = send
        self._send_control = send_control
        self._first_byte = VERSION_2 | (EXTENDED if outgoing.extension else 0)
        self._first = NEVER  # number of the first packet since begin(); what came before it is nobody's here
        self._shift = Shift()
        self._number_shift = 0  # the shift's, at hand for every packet
        self._time_shift = 0
        self._ended: Ending | None = None
        self._types = next(iter(outgoing.payload_types.values()))
        self._packets = 0
        self._octets = 0
        self._rtx_sequence_number = 0
        self._allowance = Allowance(RETRANSMISSIONS_PER_S)
        self._reported: int | None = None  # the middle 32 bits of the NTP time in our last sender report
        self._reported_at = 0.0

    def takes(self, codec: Codec) -> bool:
        return codec in self._outgoing.payload_types

    def begin(self, codec: Codec, number: int, rtp_time: int, payload: bytes, heard_at: float) -> None:
        """What is offered from now on begins with this packet; of video, the first one of a keyframe."""
        self._first = number
        self._types = self._outgoing.payload_types[codec]
        if self._ended is not None:
            self._shift = following(self._ended, codec, number, rtp_time, payload, heard_at)
            self._number_shift = self._shift.number
            self._time_shift = self._shift.rtp_time

    def end(self, newest: Ending) -> None:
        """Nothing is offered any more before it begins again; `newest` is the track's newest packet."""
        picture, shift = newest.picture, self._shift
        if picture is not None and shift.picture is not None:
            picture = picture[0] + shift.picture[0], picture[1] + shift.picture[1]
        self._first = NEVER
        self._ended = Ending(newest.number + shift.number, newest.rtp_time + shift.rtp_time, picture, newest.heard_at)

    def offer(self, number: int, rtp_time: int, marker: bool, payload: bytes) -> None:  # noqa: FBT001 (header fields)
        """One packet of the track."""
        if number < self._first:
            return
        if self._shift.picture is not None:
            payload = shifted(payload, *self._shift.picture)
        self._packets += 1
        self._octets += len(payload)
        outgoing = self._outgoing
        self._write(
            self._types.media,
            number + self._number_shift,
            rtp_time + self._time_shift,
            marker,
            outgoing.ssrc,
            payload,
        )

    def repair(self, ring: RepairRing, lost: tuple[int, ...], at: float) -> None:
        """Send again what the viewer lacks, as far as we have it and it has not asked for too much."""
        outgoing, types = self._outgoing, self._types
        for sequence_number in lost:
            found = ring.find((sequence_number - self._number_shift) & 0xFFFF)
            if found is None or found[0] < self._first:
                continue
            if not self._allowance.take(at):
                return
            _, rtp_time, marker, payload = found
            rtp_time += self._time_shift
            if self._shift.picture is not None:
                payload = shifted(payload, *self._shift.picture)
            if types.rtx is None:
                self._write(types.media, sequence_number, rtp_time, marker, outgoing.ssrc, payload)
                continue
            again = retransmission(sequence_number, payload)
            self._write(types.rtx, self._rtx_sequence_number, rtp_time, marker, outgoing.rtx_ssrc, again)
            self._rtx_sequence_number += 1

    def report(self, ntp: int, rtp_time: int, at: float) -> None:
        """Pass a publisher's sender report on: its clock, our numbers."""
        if not self._packets:
            return
        rtp_time = (rtp_time + self._time_shift) & 0xFFFF_FFFF
        report = SenderReport(self.ssrc, ntp, rtp_time, self._packets & 0xFFFF_FFFF, self._octets & 0xFFFF_FFFF)
        self._reported = ntp >> 16 & 0xFFFF_FFFF
        self._reported_at = at
        self._send_control(sender_report(report) + source_description(self.ssrc, self._outgoing.cname))

    def round_trip_s(self, block: Block, at: float) -> float | None:
        """To the viewer and back, when its block answers our last sender report (RFC 3550 §6.4.1)."""
        if block.last_report != self._reported:
            return None
        return max(0.0, at - self._reported_at - block.since_last_report / 65536)

    def _write(self, payload_type: int, number: int, rtp_time: int, marker: bool, ssrc: int, payload: bytes) -> None:  # noqa: FBT001 (header fields)
        second = MARKER | payload_type if marker else payload_type
        header = HEADER.pack(self._first_byte, second, number & 0xFFFF, rtp_time & 0xFFFF_FFFF, ssrc)
        self._send(header + self._outgoing.extension + payload)
