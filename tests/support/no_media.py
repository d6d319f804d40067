"""No media: every room is refused, as it is while all workers are away."""

from collections.abc import Callable

from media.contract import CallRoom, NoMedia, SeatState


class NoRooms:
    """Has the doors of Media."""

    def open_room(self, name: str, on_seat: Callable[[str, SeatState], None], seats: int) -> CallRoom:
        raise NoMedia(name)

    async def close(self) -> None:
        """Nothing was opened."""
