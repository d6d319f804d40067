"""A class: the teacher before all learners, whose small pictures and sound come in, and one of whom has the word."""

import asyncio
from collections.abc import Sequence

from bench.load import LEARNER, clip
from bench.ours import Ours
from bench.participant import Publisher, Viewer
from bench.scenario import JOINS_AT_ONCE, Load, Measured, at_most

ROOM, TEACHER = "class", "teacher"
NOBODY = ""
LIMIT = 100_000  # bits a second of a learner's picture


class Classroom(Load):
    """Each learner has two connections: it sends, and sees the teacher, on the first; the second is for who speaks."""

    def __init__(self, server: Ours, learners: int) -> None:
        super().__init__(server, clip(), 0.0)
        self._ours = server
        self._learners = [Publisher(clip(LEARNER), 0.0, 1 + number) for number in range(learners)]
        self._of_teacher: list[Viewer] = []
        self._of_speaker: list[tuple[str, Viewer]] = []

    async def gather(self) -> None:
        """Everybody is connected; nobody has the word."""
        teacher = Publisher(self.clip, 0.0, 0)
        await self._publish(ROOM, TEACHER, None, teacher)
        await at_most(JOINS_AT_ONCE, [self._arrive(number, teacher) for number in range(len(self._learners))])

    async def run_with_word(self, seconds: float) -> tuple[int, Measured]:
        """The first learner is given the word while all send: what came of it before, and how it went after that."""
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(self._send())
            await _all_see(self._of_teacher)
            too_early = sum(viewer.seen.packets for _, viewer in self._of_speaker)
            await self._give_word(0)
            await _all_see([viewer for _, viewer in self._of_speaker])
            return too_early, await self._measure(seconds, sending)

    def seen(self) -> list[int]:
        """Packets that each of the learners' connections has seen."""
        return [viewer.seen.packets for viewer, _ in self._viewers]

    async def _arrive(self, number: int, teacher: Publisher) -> None:
        name, learner = seat_of(number), self._learners[number]
        viewer = Viewer(teacher.clip, teacher.sent, self.clock)
        client = viewer.client = learner.client = self._client(viewer.hear, learner.hear_control, controlling=True)
        began = self.clock()
        await self._ours.arrive(ROOM, name, TEACHER, client, learner.ssrcs, LIMIT)
        self._joined(began)
        self._publishers.append(learner)
        self._viewers.append((viewer, teacher))
        self._of_teacher.append(viewer)
        second = await self._view(ROOM, f"{name}-second", NOBODY, self._learners[0])
        self._of_speaker.append((f"{name}-second", second))

    async def _give_word(self, number: int) -> None:
        await self._ours.record(ROOM, seat_of(number))
        for second, _ in self._of_speaker:
            await self._ours.turn(ROOM, second, seat_of(number))


def seat_of(number: int) -> str:
    return f"learner{number}"


async def _all_see(viewers: Sequence[Viewer]) -> None:
    while True:
        if all(viewer.seen.packets for viewer in viewers):
            return
        await asyncio.sleep(0.05)
