"""A room whose packets another process handles, and which goes on in the next one when that process dies."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from media import orders, recording
from media.contract import NoMedia, SeatState, Traffic
from media.negotiation import Way
from media.orders import Answer, Asked, Order
from media.process import Ears, WorkerLost, WorkerProcess
from media.recording import Recorded
from media.sampler import Pause, Still

PLACE_WITHIN_S = 10.0  # for an offer while no worker is there; a page gives its connection up after as long


class RemoteRoom:
    """A CallRoom. It keeps what it was told, so that another worker can be told the same."""

    def __init__(
        self,
        opening: orders.OpenRoom,
        on_seat: Callable[[str, SeatState], None],
        on_close: Callable[["RemoteRoom"], None],
    ) -> None:
        self.number = opening.room
        self.worker: WorkerProcess | None = None
        self._opening = opening
        self._on_seat = on_seat
        self._on_close = on_close
        self._told: dict[tuple[type[Order], str], Order] = {}
        self._on_still: dict[str, Callable[[Still], object]] = {}
        self._unfinished: set[str] = set()
        self._answered: set[str] = set()  # seats whose browsers believe to be connected to the present worker
        self._placed = asyncio.Event()
        self._closed = False

    def move_to(self, worker: WorkerProcess | None) -> None:
        """Be there from now on; None while there is no worker. Whoever was connected is asked to offer anew."""
        self.worker = worker
        if worker is None:
            self._placed.clear()
        else:
            worker.open_room(self._opening, Ears(self._hear_seat, self._hear_still))
            for order in self._told.values():
                worker.order(order)
            self._placed.set()
        lost, self._answered = self._answered, set()
        for seat in sorted(lost):
            self._on_seat(seat, SeatState.FAILED)

    async def connect(self, seat: str, offer: str, way: Way = Way.BOTH) -> str:
        try:
            async with asyncio.timeout(PLACE_WITHIN_S):
                return await self._connect(seat, offer, way)
        except TimeoutError:
            raise NoMedia("no media worker is there") from None

    async def _connect(self, seat: str, offer: str, way: Way) -> str:
        """By whichever worker lives to answer: to the browser an offer that nobody has answered is as good as new."""
        while True:
            await self._placed.wait()
            worker = self.worker
            with suppress(WorkerLost):
                said = await self.ask(
                    lambda n: orders.Connect(request=n, room=self.number, seat=seat, offer=offer, way=way)
                )
                assert isinstance(said, orders.Answered)
                if worker is self.worker:
                    self._answered.add(seat)
                    return said.answer
            if worker is self.worker:
                self._placed.clear()  # until we are moved, which is a matter of moments

    async def disconnect(self, seat: str) -> None:
        self._answered.discard(seat)
        with suppress(WorkerLost):
            await self.ask(lambda n: orders.Disconnect(request=n, room=self.number, seat=seat))

    def watch(self, seat: str, other: str | None) -> None:
        self._tell(seat, orders.Watch(room=self.number, seat=seat, other=other))

    def limit(self, seat: str, bits_per_second: int) -> None:
        self._tell(seat, orders.Limit(room=self.number, seat=seat, bits_per_second=bits_per_second))

    def record(self, seat: str, folder: Path, zero: float) -> "RemoteRecording":
        order = orders.Record(room=self.number, seat=seat, folder=str(folder.absolute()), zero=zero)
        self._unfinished.add(order.folder)
        self._tell(order.folder, order)
        return RemoteRecording(self, seat, folder)

    def sample(self, seat: str, pause: Pause, on_still: Callable[[Still], object]) -> None:
        self._on_still[seat] = on_still
        self._tell(
            seat,
            orders.Sample(room=self.number, seat=seat, shortest_s=pause.shortest_s, longest_s=pause.longest_s),
        )

    def ask_keyframe(self, seat: str) -> None:
        if self.worker is not None:
            self.worker.order(orders.AskKeyframe(room=self.number, seat=seat))

    async def traffic(self, seat: str) -> Traffic:
        try:
            said = await self.ask(lambda n: orders.AskTraffic(request=n, room=self.number, seat=seat))
        except WorkerLost:
            return Traffic()
        assert isinstance(said, orders.TrafficIs)
        return said.traffic

    async def close(self) -> None:
        self._closed = True
        self._answered.clear()
        self._on_close(self)  # from here on no other worker takes it over: what there is of it lies on the disk
        with suppress(WorkerLost):
            await self.ask(lambda n: orders.CloseRoom(request=n, room=self.number))
        self._forget_if_over()

    async def ask(self, order: Callable[[int], Asked]) -> Answer:
        """As WorkerProcess.ask, of the worker that it is with."""
        if self.worker is None:
            raise WorkerLost("no worker is there")
        return await self.worker.ask(order)

    def writes_no_more(self, folder: str) -> None:
        """Wherever we move to: what a worker that dies now has left is all there is."""
        self._told.pop((orders.Record, folder), None)

    def finished(self, folder: str) -> None:
        """It is complete."""
        self._unfinished.discard(folder)
        self._forget_if_over()

    def _forget_if_over(self) -> None:
        if self._closed and not self._unfinished and self.worker is not None:
            self.worker.forget_room(self.number)

    def _tell(self, about: str, order: Order) -> None:
        self._told[type(order), about] = order
        if self.worker is not None:
            self.worker.order(order)

    def _hear_seat(self, seat: str, state: SeatState) -> None:
        if state is SeatState.CLOSED:
            self._answered.discard(seat)
        self._on_seat(seat, state)

    def _hear_still(self, seat: str, still: Still) -> None:
        if not self._closed:
            self._on_still[seat](still)


class RemoteRecording:
    """A Recording in whichever worker the room is: after a death the next one goes on in the same folder."""

    def __init__(self, room: RemoteRoom, seat: str, folder: Path) -> None:
        self._room = room
        self._seat = seat
        self._folder = folder
        self._recorded: Recorded | None = None

    async def finish(self) -> Recorded:
        if self._recorded is None:
            self._recorded = await self._finish()
            self._room.finished(str(self._folder.absolute()))
        return self._recorded

    async def _finish(self) -> Recorded:
        room, seat, folder = self._room.number, self._seat, str(self._folder.absolute())
        self._room.writes_no_more(folder)
        try:
            said = await self._room.ask(
                lambda n: orders.FinishRecording(request=n, room=room, seat=seat, folder=folder)
            )
        except WorkerLost:  # what it has left is on the disk
            return await asyncio.to_thread(recording.join, self._folder, broken=True)
        assert isinstance(said, orders.RecordedAs)
        return said.in_folder(self._folder)
