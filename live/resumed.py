"""Which page asks for a seat: a bad network may deliver an older try after a newer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Resumed:
    """Which page asks for a seat, and the how manieth time; `page` is a secret that it shares with us alone."""

    page: str
    turn: int

    def is_before(self, other: "Resumed | None") -> bool:
        """Whether the same page has asked since."""
        return other is not None and other.page == self.page and other.turn >= self.turn
