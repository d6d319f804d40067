"""A class in which one viewer's network is far slower than the others': real connections, the test's clock."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest

from media.guard import Discard
from media.plane import BITRATE_CEILING
from media.rtcp import Block, KeyframeRequest, Remb, picture_loss, receiver_report, remb
from tests.support.attacks import a_stranger
from tests.support.clocks import ManualClock
from tests.support.two_peers import AUDIO, DELTA, KEYFRAME, VIDEO, WAIT_S, Browser, Stage, browser, stage, vp8

pytestmark = pytest.mark.rim

LEARNERS = ("learner 1", "learner 2", "learner 3", "learner 4")
FRAMES_A_SECOND = 25
FRAME = DELTA + bytes(5000 - len(DELTA))  # a megabit a second


@dataclass
class Class:
    clock: ManualClock
    on: Stage
    teacher: Browser
    learners: list[Browser]
    stranger: Callable[[bytes], None]
    frames: int = 0

    async def passes(self, says: Callable[[Browser, int], bytes]) -> None:
        """A second in which the teacher shows and speaks; each learner reports, and the server has heard all of it."""
        told = len(self.teacher.reports)
        for _ in range(FRAMES_A_SECOND):
            self.clock.advance(1 / FRAMES_A_SECOND)
            frame = FRAME if self.frames % FRAMES_A_SECOND else KEYFRAME + FRAME
            for part in range(5):
                payload = vp8(self.frames, frame[part * 1000 : (part + 1) * 1000], begins=part == 0)
                self.teacher.send(VIDEO, self.frames * 5 + part, self.frames * 3600, payload, marker=part == 4)
            self.teacher.send(AUDIO, self.frames, self.frames * 1920, b"opus")
            self.frames += 1
            for learner in self.learners:
                await learner.until(lambda learner=learner: len(learner.of(AUDIO)) == self.frames)  # type: ignore[misc]
        for number, learner in enumerate(self.learners):
            if learner.of(VIDEO):
                learner.send_control(says(learner, number))
        await self.hears()
        self.clock.advance(0.01)  # over the second that lies between two reports
        await self.teacher.until(lambda: len(self.teacher.reports) > told)

    async def hears(self) -> None:
        """Until the server has read every datagram that was sent before."""
        counters = self.on.plane.counters
        before = counters[Discard.EMPTY]
        async with asyncio.timeout(WAIT_S):
            while counters[Discard.EMPTY] == before:
                self.stranger(b"")
                await asyncio.sleep(0.001)

    async def sound_only(self) -> list[bool]:
        return [(await self.on.room.traffic(learner)).sound_only for learner in LEARNERS]

    def told(self) -> int:
        return next(report.bitrate for report in reversed(self.teacher.reports) if isinstance(report, Remb))


@asynccontextmanager
async def a_class() -> AsyncIterator[Class]:
    clock = ManualClock()
    async with AsyncExitStack() as opened:
        on = await opened.enter_async_context(stage(clock.clock, seats=6))
        teacher = await opened.enter_async_context(browser())
        await teacher.join(on, "officer")
        learners = []
        for seat in LEARNERS:
            learner = await opened.enter_async_context(browser())
            on.room.watch(seat, "officer")
            await learner.join(on, seat)
            learners.append(learner)
        yield Class(clock, on, teacher, learners, opened.enter_context(a_stranger(on)))


def picture(learner: Browser) -> int:
    """The SSRC of what it is shown."""
    return learner.of(VIDEO)[0].ssrc


def one_is_slow(learner: Browser, number: int) -> bytes:
    return remb(1, 200_000 if number == 0 else BITRATE_CEILING, [picture(learner)])


def one_loses(learner: Browser, number: int) -> bytes:
    return receiver_report(1, [Block(picture(learner), 80 if number == 0 else 0, 0, 0, 0, 0, 0)])


def all_is_well(learner: Browser, number: int) -> bytes:
    return remb(1, BITRATE_CEILING, [picture(learner)])


@pytest.mark.parametrize("says", [one_is_slow, one_loses])
async def test_one_slow_viewer_keeps_the_sound_and_costs_the_others_nothing_and_comes_back(
    says: Callable[[Browser, int], bytes],
) -> None:
    async with a_class() as held:
        slow, other = held.learners[:2]
        while not any(await held.sound_only()):
            await held.passes(says)
        assert await held.sound_only() == [True, False, False, False]
        assert held.told() >= 0.9 * BITRATE_CEILING
        pictures, others = len(slow.of(VIDEO)), len(other.of(VIDEO))
        await held.passes(all_is_well)
        assert len(slow.of(VIDEO)) == pictures
        assert len(other.of(VIDEO)) == others + FRAMES_A_SECOND * 5
        while any(await held.sound_only()):
            await held.passes(all_is_well)
        await held.passes(all_is_well)
        assert len(slow.of(VIDEO)) > pictures
        assert slow.of(VIDEO)[pictures].payload.endswith((KEYFRAME + FRAME)[:1000])
        numbers = [packet.sequence_number for packet in slow.of(VIDEO)]
        assert {(after - before) & 0xFFFF for before, after in itertools.pairwise(numbers)} == {1}
        assert len(slow.of(AUDIO)) == len(other.of(AUDIO)) == held.frames


async def test_who_goes_without_the_picture_asks_nobody_for_keyframes() -> None:
    async with a_class() as held:
        slow = held.learners[0]
        while not any(await held.sound_only()):
            await held.passes(one_is_slow)
        await held.passes(all_is_well)
        asked = len([report for report in held.teacher.reports if isinstance(report, KeyframeRequest)])
        slow.send_control(picture_loss(1, picture(slow)))
        await held.passes(all_is_well)
        assert len([report for report in held.teacher.reports if isinstance(report, KeyframeRequest)]) == asked


async def test_who_is_turned_away_while_it_goes_without_is_shown_the_other_at_once() -> None:
    async with a_class() as held, browser() as speaker:
        slow = held.learners[0]
        while not any(await held.sound_only()):
            await held.passes(one_is_slow)
        await speaker.join(held.on, "subject")
        held.on.room.watch(LEARNERS[0], "subject")
        pictures = len(slow.of(VIDEO))
        speaker.send(VIDEO, 9, 9, vp8(9, KEYFRAME))
        await slow.until(lambda: len(slow.of(VIDEO)) > pictures)
        assert await held.sound_only() == [False] * 4
