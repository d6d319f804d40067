"""The network of one call: each connection is measured every few seconds, told, and on the record where it is weak."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from checkins.call import Call
from checkins.comparing import AloneIn
from checkins.marks import SignalTurned
from checkins.news import Presence, QualityNews, Seat
from checkins.quality import Course, quality_between
from media.contract import Traffic

MEASURED_EVERY_S = 3.0  # some 500 packets of a good call: one lost packet in a hundred is seen, and soon


@dataclass(slots=True)
class _Measured:
    """One seat: the last reading and its moment, and how its connection has been going."""

    traffic: Traffic = field(default_factory=Traffic)
    at_s: float = 0.0
    course: Course = field(default_factory=Course)


class Measuring:
    """Reads the traffic of both seats as long as the call goes on; the subject's quality is told to `tell`.

    That a browser knows no way to show the other's picture is told by `tell_standing`.
    """

    def __init__(
        self,
        call: Call,
        sleep: Callable[[float], Awaitable[None]],
        alone_in: AloneIn,
        tell: Callable[[QualityNews], None],
        tell_standing: Callable[[], Awaitable[None]],
    ) -> None:
        self._call = call
        self._sleep = sleep
        self._alone_in = alone_in
        self._tell = tell
        self._tell_standing = tell_standing
        self._measured = {seat: _Measured() for seat in Seat}

    async def go_on(self) -> None:
        """Until somebody calls it off."""
        while True:
            await self._sleep(MEASURED_EVERY_S)
            for seat in Seat:
                await self._measure(seat)

    async def _measure(self, seat: Seat) -> None:
        measured = self._measured[seat]
        connected = self._call.presence[seat] is Presence.CONNECTED
        traffic = await self._call.traffic(seat) if connected else Traffic()
        at_s = self._call.elapsed()
        if self._call.cannot_show(seat, unshown=traffic.unshown):
            async with self._alone_in(self._call) as goes_on:
                if goes_on:
                    await self._tell_standing()
        quality = quality_between(measured.traffic, traffic, at_s - measured.at_s)
        former, course = measured.course, measured.course.on(quality, measured.at_s)
        measured.traffic, measured.at_s, measured.course = traffic, at_s, course
        if quality is None:
            self._call.measured.pop(seat, None)
        else:
            self._call.measured[seat] = quality
        if quality is not None and seat is Seat.SUBJECT:
            self._tell(QualityNews(quality))
        if course.weak is not former.weak and course.worst is not None:
            async with self._alone_in(self._call) as goes_on:
                if goes_on:
                    await self._call.mark(SignalTurned(seat, course.since_s, course.weak, course.worst))
