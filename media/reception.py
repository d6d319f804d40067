"""What has arrived of one SSRC: numbers counted on beyond 16 bits, loss and jitter for reports (RFC 3550 §6.4, A)."""

from media.feedback import Missing
from media.rtcp import Block, SenderReport


class Reception:
    """Hears every packet of one SSRC once. Times are seconds on the server's monotonic clock."""

    def __init__(self, ssrc: int, clock_rate: int, sequence_number: int) -> None:
        self.ssrc = ssrc
        self.missing = Missing()
        self.received = 0
        self._clock_rate = clock_rate
        self._first = sequence_number
        self._highest = sequence_number - 1
        self._arrival: float | None = None
        self._rtp_time = 0
        self._jitter = 0.0  # in RTP time
        self._reported_expected = 0
        self._reported_received = 0
        self._sender_report = 0  # the middle 32 bits of its NTP time
        self._sender_report_at = 0.0

    @property
    def lost(self) -> int:
        """Packets; copies that arrive later lower it again."""
        return self._highest - self._first + 1 - self.received

    @property
    def jitter_s(self) -> float:
        return self._jitter / self._clock_rate

    def hear(self, sequence_number: int, rtp_time: int, heard_at: float) -> int:
        """The packet's number, counted on beyond 16 bits from the first one's."""
        ahead = (sequence_number - self._highest) & 0xFFFF
        if ahead < 0x8000:
            number = self._highest + ahead
            if ahead > 1:
                self.missing.gap(self._highest + 1, number, heard_at)
            self._highest = number
        else:
            number = self._highest + ahead - 0x10000
            self.missing.found(number)
        self.received += 1
        arrival = heard_at * self._clock_rate
        if self._arrival is not None:
            sent = ((rtp_time - self._rtp_time + 0x8000_0000) & 0xFFFF_FFFF) - 0x8000_0000
            self._jitter += (abs(arrival - self._arrival - sent) - self._jitter) / 16
        self._arrival = arrival
        self._rtp_time = rtp_time
        return number

    def retransmitted(self, sequence_number: int) -> int | None:
        """The number of a packet that came again on its RTX stream; None if it was not missing."""
        ahead = (sequence_number - self._highest) & 0xFFFF
        number = self._highest + ahead - 0x10000
        return number if self.missing.found(number) else None

    def reported(self, report: SenderReport, heard_at: float) -> None:
        self._sender_report = report.ntp >> 16 & 0xFFFF_FFFF
        self._sender_report_at = heard_at

    def block(self, at: float) -> Block:
        """What to say about it now; loss is counted from the block before."""
        expected = self._highest - self._first + 1
        expected_since = expected - self._reported_expected
        lost_since = expected_since - (self.received - self._reported_received)
        self._reported_expected = expected
        self._reported_received = self.received
        since = int((at - self._sender_report_at) * 65536) if self._sender_report else 0
        return Block(
            ssrc=self.ssrc,
            fraction_lost=min(255, (lost_since << 8) // expected_since) if lost_since > 0 else 0,
            lost=expected - self.received,
            highest=self._highest & 0xFFFF_FFFF,
            jitter=int(self._jitter) & 0xFFFF_FFFF,
            last_report=self._sender_report,
            since_last_report=min(since, 0xFFFF_FFFF),
        )
